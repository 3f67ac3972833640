"""The page of what cities take part in (programmes, projects, networks, bodies, events): who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.maps.drawing import Drawing, journey, scattered
from registry.things.city.happenings import size, when
from registry.things.labels import Words
from registry.things.page import Citation, Pages, Value
from registry.things.places import named_places

SHOWN: Final = 100
"""Participants that a page names: a network may have ten thousand, which takes a minute."""


@dataclass(frozen=True)
class Participant:
    """Somebody who takes part: the participation, in which role, by whom, when."""

    part: Value
    who: Value
    country: Words
    role: Words
    by: tuple[Value, ...]
    when: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True)
class Gathering:
    """The panels of a page: when and where it is, who takes part, and who went where.

    `count` is how many take part, of whom a page names some; the rest stand in its data. `dates`
    are its start and end as schema.org calls them, as far as they are known.
    """

    when: str
    size: str
    where: tuple[Value, ...]
    participants: tuple[Participant, ...]
    count: int
    dates: Mapping[str, str]
    sending: tuple[Value, ...]
    receiving: tuple[Value, ...]
    map: Drawing | None


def gathering(pages: Pages, iri: str) -> Gathering:
    """Collect the panels of something that cities take part in."""
    said = pages.lookup.described(iri)
    sending, receiving = said.iris("cl:sending"), said.iris("cl:receiving")
    nodes = sorted(said.iris("cl:participation"))
    parts = [_participant(pages, node) for node in nodes[:SHOWN]]
    ordered = sorted(parts, key=lambda part: (part.role.text, part.who.words))
    return Gathering(
        when(pages, said),
        size(pages, said),
        tuple(map(pages.link, said.iris("prov:atLocation"))),
        tuple(ordered),
        len(nodes),
        {"startDate": said.text("cl:startDate"), "endDate": said.text("cl:endDate")},
        tuple(map(pages.link, sending)),
        tuple(map(pages.link, receiving)),
        _map(pages, sending, receiving, [part.who.iri for part in ordered]),
    )


def _participant(pages: Pages, node: str) -> Participant:
    said = pages.lookup.described(node)
    who, role = said.first("cl:participant"), said.first("cl:role")
    country = pages.lookup.iri(who, "cl:inCountry") if who else ""
    return Participant(
        pages.link(node),
        pages.link(who) if who else Value(Words("–")),
        pages.labels.of(country),
        pages.labels.of(role),
        tuple(map(pages.link, said.iris("cl:actingBody"))),
        when(pages, said),
        pages.supporting(node),
    )


def _map(
    pages: Pages, sending: list[str], receiving: list[str], others: list[str]
) -> Drawing | None:
    """Draw who went where; where that is not told, who takes part."""
    starts, ends = named_places(pages, sending), named_places(pages, receiving)
    steps = [(start, end) for start in starts for end in ends if start != end]
    if steps:
        return journey(steps)
    return scattered(named_places(pages, dict.fromkeys([*others, *sending, *receiving])))
