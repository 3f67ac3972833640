"""What a source says of the link of two cities: that there is one, or what became of it.

    link ── cl:claim ──▶ claim ── cl:supportedBy ──▶ passage
     └ cl:party ▶ cities   └ cl:asOf: the date of the document

A claim says nothing of the entry under which a list has it (`cl:recordedUnder`): a page does not
leave out what it does not mention. What other graphs call the link is what this one calls it, since
a thing has one name in each language.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.contribute import drafts
from registry.contribute.drafts import Draft, Faults, first, last
from registry.contribute.fields import Field, Part
from registry.contribute.kind import Kind
from registry.contribute.known import Known
from registry.contribute.writing import Writing
from registry.graphs.statements import Value
from registry.sources.claims import concept
from registry.sources.labels import UNTOLD
from registry.sources.provenance import date

SAYS: Final = ("linked", "resumed", "suspended", "ended")
"""What a source may say of two cities, by what the form calls it."""

STATUS: Final = {"resumed": "active", "suspended": "suspended", "ended": "ended"}
"""The status that a source states by it; that two cities are linked is what any list says."""

KINDS: Final = ("twinning", "friendship", "cooperation", "contact")
"""The kinds of links that a source may state; those of programmes come with the programme."""

DECIDERS: Final = ("one", "other", "both")
"""Which of the two cities decided what the source says."""

_ACTIVE: Final = concept("status", "active").value

_DECIDED: Final = {"one": ("one",), "other": ("other",), "both": ("one", "other")}


def link_of(draft: Draft) -> str:
    """Return the reference of the link: both references in the order of their bytes."""
    return "--".join(sorted((draft["one"], draft["other"])))


def _check(draft: Draft, today: str) -> Faults:
    faults: Faults = {}
    if draft["one"] and draft["one"] == draft["other"]:
        faults["other"] = "fault_same_city"
    if draft["says"] == "linked":
        told = ("decided", "reason", "changed")
        faults |= {name: "fault_no_change" for name in told if draft[name]}
    if draft["says"] == "ended" and not draft["changed"]:
        faults["changed"] = "fault_end_missing"
    known = draft.source.date or today
    faults |= after_source(draft, ("began", "changed"), known)
    if draft["began"] and draft["changed"] and first(draft["began"]) > last(draft["changed"]):
        faults["changed"] = "fault_order"
    return faults


def after_source(draft: Draft, names: Iterable[str], known: str) -> Faults:
    """Find the dates that are later than a source, of which the date is given, can know."""
    late = (name for name in names if draft[name] and first(draft[name]) > last(known))
    return dict.fromkeys(late, "fault_after_source")


def _write(made: Writing) -> None:
    draft, link = made.draft, link_of(made.draft)
    name = made.known.name_of_link(link)
    title = draft.source.title or draft.source.address
    made.mint("link", link, name)
    claim = made.mint("claim", made.own(link), f"{name}, according to {title}")
    made.say(
        terms.thing("link", link),
        {
            "rdf:type": "cl:CityLink",
            "skos:prefLabel": ox.Literal(name, language=UNTOLD),
            "cl:party": [made.thing("one"), made.thing("other")],
            "cl:claim": claim,
            "cl:supportedBy": made.passage,
        },
    )
    made.say(claim, {"rdf:type": "cl:LinkClaim", **_said(made), "cl:supportedBy": made.passage})


def _said(made: Writing) -> dict[str, Value | list[str]]:
    """Return what a claim says, by property."""
    draft = made.draft
    said: dict[str, Value | list[str]] = {
        "cl:asOf": date(draft.source.date),
        "cl:claimedKind": made.concept("link-kind", "kind"),
        "cl:statedBy": draft.stated_by,
        "cl:startDate": made.date("began"),
    }
    if draft["says"] not in STATUS:
        return said
    return said | {
        "cl:claimedStatus": concept("status", STATUS[draft["says"]]).value,
        "cl:decidedByParty": [made.thing(name) for name in _DECIDED.get(draft["decided"], ())],
        "cl:statusSince": made.date("changed"),
        "cl:endDate": made.date("changed") if draft["says"] == "ended" else "",
        "cl:statusReason": made.text("reason"),
    }


def _shown_on(draft: Draft) -> list[str]:
    return [f"link/{link_of(draft)}", f"city/{draft['one']}", f"city/{draft['other']}"]


def _standing(draft: Draft, known: Known) -> list[str]:
    """List the claims that say all that a draft says, unless the link has ended or rests since."""
    lookup, link = known.lookup, terms.thing("link", link_of(draft))
    over = {concept("status", one).value for one in ("ended", "suspended")}
    is_over = bool(over & {*lookup.iris(link, "cl:status")})
    if draft["reason"] or (draft["says"] == "linked" and is_over):
        return []
    decided = {terms.thing("city", draft[name]) for name in _DECIDED.get(draft["decided"], ())}
    status = STATUS.get(draft["says"], "")
    statuses = [[concept("status", status).value]] if status else [[], [_ACTIVE]]
    changed = "cl:endDate" if draft["says"] == "ended" else "cl:statusSince"

    def says(claim: str) -> bool:
        return (
            lookup.iris(claim, "cl:claimedKind") == [concept("link-kind", draft["kind"]).value]
            and lookup.iris(claim, "cl:claimedStatus") in statuses
            and draft["began"] in {"", lookup.text(claim, "cl:startDate")}
            and draft["changed"] in {"", lookup.text(claim, changed)}
            and decided <= {*lookup.iris(claim, "cl:decidedByParty")}
        )

    return [claim for claim in lookup.iris(link, "cl:claim") if says(claim)]


_CITIES: Final = Part(
    "part_cities",
    (
        Field(
            *("one", "thing", "city_one", "city_hint"),
            is_needed=True,
            parameter="city",
            column="city",
            properties=("cl:party", "cl:statedBy"),
        ),
        Field(
            *("other", "thing", "city_other", "city_hint"),
            is_needed=True,
            parameter="with",
            column="partner",
        ),
    ),
)
_SAYS: Final = Part(
    "what_source_says",
    (
        Field(
            *("says", "radio", "what_source_says"),
            options=SAYS,
            words="says_",
            default="linked",
            parameter="says",
            properties=("cl:claimedStatus",),
        ),
        Field(
            *("kind", "choice", "claim_kind"),
            options=KINDS,
            scheme="link-kind",
            default="twinning",
            properties=("cl:claimedKind",),
        ),
        Field("began", "date", "linked_since", "date_hint", properties=("cl:startDate",)),
    ),
)
_CHANGE: Final = Part(
    "part_change",
    (
        Field(
            *("changed", "date", "changed_when", "changed_hint"),
            properties=("cl:endDate", "cl:statusSince"),
        ),
        Field(
            *("decided", "choice", "decided_by"),
            options=DECIDERS,
            words="decided_",
            cells={"city": "one", "partner": "other"},
            properties=("cl:decidedByParty",),
        ),
        Field(
            *("reason", "text", "reason", "reason_hint"),
            longest=500,
            properties=("cl:statusReason",),
        ),
    ),
    boxed=True,
)

LINK: Final = Kind(
    drafts.LINK,
    (_CITIES, _SAYS, _CHANGE),
    check=_check,
    write=_write,
    sentence=lambda draft: f"said_{draft['says']}",
    sentences=tuple(f"said_{one}" for one in SAYS),
    about=link_of,
    shown_on=_shown_on,
    own_graph=False,
    standing=_standing,
    lived=(("one", "other"), ("began",)),
)
