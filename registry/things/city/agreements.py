"""Agreements on which links of a city rest, with their signing sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.things.city.partners import Partner
from registry.things.labels import Words
from registry.things.lookup import Described
from registry.things.page import Citation, Pages, Value
from registry.things.wording import worded


@dataclass(frozen=True)
class Side:
    """A side that signed: the signature, for whom, which city that governs, and by whom."""

    signature: Value
    party: Value
    cities: tuple[Value, ...]
    persons: tuple[Value, ...]


@dataclass(frozen=True)
class Agreement:
    """A text that was signed; `date` as far as it is known."""

    agreement: Value
    date: str
    when: str
    at: tuple[Value, ...]
    sides: tuple[Side, ...]
    founds: tuple[Value, ...]
    sources: tuple[Citation, ...]


def agreements(pages: Pages, city: str, linked: Iterable[Partner]) -> tuple[Agreement, ...]:
    """List the agreements of a city, in the order of time: signed for it, or of its links."""
    lookup = pages.lookup
    links = [partner.link.iri for partner in linked]
    found = {iri for link in links for iri in lookup.subjects("cl:establishes", link)}
    sides = [city, *lookup.subjects("cl:governs", city)]
    signed = (one for side in sides for one in lookup.subjects("cl:signedFor", side))
    found.update(iri for one in signed for iri in lookup.subjects("cl:signature", one))
    told = (agreement(pages, iri) for iri in sorted(found))
    return tuple(sorted(told, key=lambda one: one.date or "9999"))


def agreement(pages: Pages, iri: str) -> Agreement:
    """Describe an agreement: its signatures tell for whom; their date may be that of the event."""
    said = pages.lookup.described(iri)
    events = said.iris("cl:signedAt")
    dated = [said, *map(pages.lookup.described, events)]
    dates = [d for one in dated for n in _DATES if (d := one.literal(n)) is not None]
    sides = (_side(pages, pages.lookup.described(node)) for node in said.iris("cl:signature"))
    return Agreement(
        pages.link(iri),
        dates[0].value if dates else "",
        worded(dates[0], pages.language) if dates else "",
        tuple(map(pages.link, events)),
        tuple(sorted(sides, key=lambda side: side.party.words)),
        tuple(map(pages.link, said.iris("cl:establishes"))),
        pages.supporting(iri),
    )


_DATES = ("cl:signatureDate", "cl:startDate")
"""The properties that tell when something was signed."""


def _side(pages: Pages, said: Described) -> Side:
    party = said.first("cl:signedFor")
    governed = pages.lookup.iris(party, "cl:governs") if party else []
    return Side(
        pages.link(said.iri),
        pages.link(party) if party else Value(Words("–")),
        tuple(map(pages.link, governed)),
        tuple(map(pages.link, said.iris("cl:signatory"))),
    )
