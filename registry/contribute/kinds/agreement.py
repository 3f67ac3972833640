"""An agreement, with the sides that signed it.

    agreement ── cl:signature ──▶ signature ── cl:signedFor ──▶ city, or the authority that governs
      ├ cl:signatureDate, cl:validUntil, cl:councilDecision      it
      ├ cl:text ──▶ where its text can be read
      └ cl:establishes ──▶ the link of its cities

A day of signing has a property; where the source tells no more than the month or the year, that is
when the agreement began.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.contribute.drafts import Draft, Faults, first, last
from registry.contribute.fields import NEW, Field, Part
from registry.contribute.kind import Kind
from registry.contribute.kinds.link import after_source
from registry.contribute.known import Known
from registry.contribute.writing import Writing, digits, id_of, iri_of, slug
from registry.graphs.statements import Properties

SIDES: Final = ("one", "other")
_DAY: Final = len("2026-11-30")


def sides_of(draft: Draft) -> list[str]:
    """List the references of the cities that signed."""
    return [*filter(None, (draft["one"], draft["other"])), *draft.lines("more")]


def _check(draft: Draft, today: str) -> Faults:
    faults = after_source(draft, ("signed",), draft.source.date or today)
    sides = sides_of(draft)
    if draft["one"] and draft["one"] == draft["other"]:
        faults["other"] = "fault_same_city"
    elif len(set(sides)) != len(sides):
        faults["more"] = "fault_same_city"
    if draft["signed"] and draft["valid"] and first(draft["signed"]) > last(draft["valid"]):
        faults["valid"] = "fault_order"
    return faults


def _against(draft: Draft, known: Known) -> Faults:
    """Find an end before the signing that the release knows."""
    if not draft["valid"] or draft["signed"] or draft["agreement"].startswith(NEW):
        return {}
    signed = _signed(iri_of(draft["agreement"]), known)
    return {"valid": "fault_order"} if signed and first(signed) > last(draft["valid"]) else {}


def _signed(agreement: str, known: Known) -> str:
    """Return when an agreement was signed; empty where the release does not know it."""
    text = known.lookup.text
    return text(agreement, "cl:signatureDate") or text(agreement, "cl:startDate")


def _same(draft: Draft, known: Known) -> Iterator[tuple[str, str]]:
    """Yield the agreements of just these sides and of this day, as far as both are known."""
    if not draft["agreement"].startswith(NEW):
        return
    sides = [_for_whom(side, known) for side in sides_of(draft)]
    for agreement in _agreements_of(sides[0], known):
        signed, own = _signed(agreement, known), _sides_known(agreement, known)
        is_of_them = len(own) == len(sides) and all(own & side for side in sides)
        if is_of_them and _may_be_one_day(signed, draft["signed"]):
            yield "agreement", agreement.removeprefix(terms.ID)


def _may_be_one_day(one: str, other: str) -> bool:
    """Whether two dates may mean the same day; one that is not known may."""
    return not one or not other or (first(one) <= last(other) and first(other) <= last(one))


def _for_whom(side: str, known: Known) -> set[str]:
    """Return whom a signature for a city may name: itself, or the authority that governs it."""
    return {terms.thing("city", side), known.authority([side])} - {""}


def _agreements_of(side: set[str], known: Known) -> list[str]:
    """List the agreements that one side has signed."""
    lookup = known.lookup
    signatures = [one for whom in sorted(side) for one in lookup.subjects("cl:signedFor", whom)]
    found = (one for node in signatures for one in lookup.subjects("cl:signature", node))
    return list(dict.fromkeys(found))


def _write(made: Writing) -> None:
    draft, sides = made.draft, sides_of(made.draft)
    agreement = made.thing("agreement") or _new(made)
    ref = agreement.removeprefix(terms.thing("agreement", ""))
    signed = made.date("signed")
    is_day = len(draft["signed"]) == _DAY
    known = _sides_known(agreement, made.known)
    made.say(
        agreement,
        {
            "cl:signatureDate": signed if is_day else "",
            "cl:startDate": "" if is_day else signed,
            "cl:validUntil": made.date("valid"),
            "cl:councilDecision": ox.Literal(draft["council"]) if draft["council"] else "",
            "cl:text": draft["text"],
            "cl:establishes": _link(made) if draft["establishes"] else "",
            "cl:supportedBy": made.passage,
        },
    )
    for side in sides:
        for_whom = made.known.authority([side]) or terms.thing("city", side)
        if not known & _for_whom(side, made.known):
            label = f"Signature for {made.known.label('city', side)}"
            properties: Properties = {"rdf:type": "cl:Signature", "cl:signedFor": for_whom}
            signature = made.described("signature", f"{ref}/{side}", label, properties)
            made.say(agreement, {"cl:signature": signature})


def _new(made: Writing) -> str:
    """Describe an agreement that is new, under a reference of its name and sides."""
    name, draft = made.new("agreement"), made.draft
    apart = digits("\x1f".join((name, *sorted(sides_of(draft)), draft["signed"])))
    label = ox.Literal(name, language=draft["spoken"])
    properties: Properties = {"rdf:type": "cl:Agreement", "skos:prefLabel": label}
    return made.described("agreement", f"{slug(name) or 'agreement'}-{apart}", name, properties)


def _sides_known(agreement: str, known: Known) -> set[str]:
    """Return for whom the release knows signatures already."""
    lookup = known.lookup
    signatures = lookup.iris(agreement, "cl:signature")
    return {side for one in signatures for side in lookup.iris(one, "cl:signedFor")}


def _link(made: Writing) -> str:
    """Return the link of exactly these cities; shapes refuse one that the registry lacks."""
    lookup, cities = made.known.lookup, {terms.thing("city", one) for one in sides_of(made.draft)}
    for link in lookup.subjects("cl:party", min(cities)):
        if set(lookup.iris(link, "cl:party")) == cities:
            return link
    return terms.thing("link", "--".join(sorted(sides_of(made.draft))))


def _shown_on(draft: Draft) -> list[str]:
    agreement = id_of(draft["agreement"])
    return [*([agreement] if agreement else []), *map(id_of, sides_of(draft))]


AGREEMENT: Final = Kind(
    "agreement",
    (
        Part(
            "part_agreement",
            (
                Field(
                    *("agreement", "thing", "agreement_name", "agreement_name_hint"),
                    kinds=("agreement",),
                    is_new=True,
                    is_needed=True,
                    parameter="agreement",
                    properties=("skos:prefLabel",),
                ),
                Field(*("spoken", "language", "language_of_name"), default="en", of=("agreement",)),
                Field(
                    *("signed", "date", "agreement_signed", "date_hint"),
                    properties=("cl:signatureDate", "cl:startDate"),
                ),
            ),
        ),
        Part(
            "part_sides",
            (
                Field(
                    *("one", "thing", "side_one", "city_hint"),
                    is_needed=True,
                    parameter="city",
                    column="city",
                    properties=("cl:signature", "cl:signedFor"),
                ),
                Field(
                    *("other", "thing", "side_other", "city_hint"),
                    is_needed=True,
                    parameter="with",
                    column="partner",
                ),
                Field("more", "things", "side_more", "one_a_line"),
                Field(
                    *("establishes", "tick", "agreement_establishes", "agreement_establishes_hint"),
                    properties=("cl:establishes",),
                    shapes=("agreement-signed-for-party", "agreement-signed-before-start"),
                ),
            ),
        ),
        Part(
            "part_text",
            (
                Field("text", "address", "cl:text", "agreement_text_hint", properties=("cl:text",)),
                Field("valid", "date", "cl:validUntil", properties=("cl:validUntil",)),
                Field(
                    *("council", "text", "cl:councilDecision", "council_hint"),
                    properties=("cl:councilDecision",),
                ),
            ),
        ),
    ),
    check=_check,
    write=_write,
    sentence=lambda _: "said_agreement",
    sentences=("said_agreement",),
    about=lambda draft: "agreement " + " ".join(sorted(sides_of(draft))),
    shown_on=_shown_on,
    same=_same,
    against=_against,
    lived=(("one", "other", "more"), ("signed",)),
)
