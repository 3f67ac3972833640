"""A city takes part in a network, a programme or a project, in a role and for a time.

    network ── cl:participation ──▶ participation ── cl:participant ──▶ city
                                      └ cl:role, cl:startDate, cl:endDate, cl:field

What is told joins the participation that is known, unless that has other dates or another role:
then sources disagree, and each has its own.
"""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from registry.contribute.drafts import Draft, Faults, first, last
from registry.contribute.fields import Field, Part
from registry.contribute.kind import Kind
from registry.contribute.kinds.link import after_source
from registry.contribute.writing import Writing, digits, id_of, ref_of, slug
from registry.graphs.statements import Properties
from registry.sources.claims import concept

WHOLES: Final = ("network", "programme", "project", "body")
"""Kinds of things in which a city takes part; one that is new is a network."""

ROLES: Final = (
    *("member", "partner", "coordinator", "associated-partner", "host", "organiser"),
    *("delegation", "selected"),
)
"""The roles in which it does, of the scheme participation-role."""


def _check(draft: Draft, today: str) -> Faults:
    faults = after_source(draft, ("since",), draft.source.date or today)
    if draft["since"] and draft["until"] and first(draft["since"]) > last(draft["until"]):
        faults["until"] = "fault_order"
    return faults


def _write(made: Writing) -> None:
    draft, city = made.draft, made.thing("city")
    whole = made.thing("network") or _network(made)
    name = made.new("network") or made.known.label(*id_of(draft["network"]).split("/", 1))
    ref = _known(made, whole, city) or made.own(ref_of(whole), ref_of(city))
    label = f"{made.known.label('city', ref_of(city))} in {name}"
    participation = made.described(
        "participation",
        ref,
        label,
        {
            "rdf:type": "cl:Participation",
            "cl:participant": city,
            "cl:role": concept("participation-role", draft["role"]).value,
            "cl:startDate": made.date("since"),
            "cl:endDate": made.date("until"),
            "cl:field": ox.Literal(draft["field"]) if draft["field"] else "",
        },
    )
    made.say(whole, {"cl:participation": participation})


def _network(made: Writing) -> str:
    """Describe a network that is new."""
    name = made.new("network")
    label = ox.Literal(name, language=made.draft["spoken"])
    properties: Properties = {"rdf:type": "cl:Network", "skos:prefLabel": label}
    return made.described("network", f"{slug(name) or 'network'}-{digits(name)}", name, properties)


def _known(made: Writing, whole: str, city: str) -> str:
    """Return the reference of the participation that says nothing else; empty without one.

    Of several it is one with the same dates.
    """
    lookup, draft = made.known.lookup, made.draft
    own = set(lookup.subjects("cl:participant", city))
    dates = (("cl:startDate", draft["since"]), ("cl:endDate", draft["until"]))
    role = concept("participation-role", draft["role"]).value
    found = [
        (-sum(bool(said) and lookup.text(one, name) == said for name, said in dates), one)
        for one in sorted(own & set(lookup.iris(whole, "cl:participation")))
        if lookup.iris(one, "cl:role") == [role]
        and all(not said or lookup.text(one, name) in {"", said} for name, said in dates)
    ]
    return ref_of(min(found)[1]) if found else ""


def _sentence(draft: Draft) -> str:
    """Say that it took part where it has ended; a source may tell of an end to come."""
    until = draft["until"]
    has_ended = until and last(until) <= last(draft.source.date)
    return "said_left" if has_ended else "said_member"


def _shown_on(draft: Draft) -> list[str]:
    return [one for name in ("city", "network") if (one := id_of(draft[name]))]


MEMBERSHIP: Final = Kind(
    "membership",
    (
        Part(
            "part_membership",
            (
                Field(
                    *("city", "thing", "city", "city_hint"),
                    is_needed=True,
                    parameter="city",
                    properties=("cl:participant",),
                ),
                Field(
                    *("network", "thing", "network_or_programme", "network_hint"),
                    kinds=WHOLES,
                    is_new=True,
                    is_needed=True,
                    parameter="network",
                    properties=("cl:participation", "skos:prefLabel"),
                ),
                Field(*("spoken", "language", "language_of_new"), default="en", of=("network",)),
                Field(
                    *("role", "choice", "cl:role"),
                    options=ROLES,
                    scheme="participation-role",
                    default="member",
                    properties=("cl:role",),
                ),
                Field("since", "date", "member_since", "date_hint", properties=("cl:startDate",)),
                Field("until", "date", "member_until", properties=("cl:endDate",)),
                Field("field", "text", "cl:field", "field_hint", properties=("cl:field",)),
            ),
        ),
    ),
    check=_check,
    write=_write,
    sentence=_sentence,
    sentences=("said_left", "said_member"),
    about=lambda draft: f"membership {draft['city']} {draft['network']}",
    shown_on=_shown_on,
    lived=(("city",), ("since",)),
)
