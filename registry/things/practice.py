"""The page of a practice: its journey from city to city, and how far it has come in each."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from registry.maps.drawing import Drawing, journey, scattered
from registry.things.city.happenings import when
from registry.things.labels import Words
from registry.things.page import Citation, Pages, Value
from registry.things.places import named_places


@dataclass(frozen=True)
class Step:
    """The practice passes from a city to another one, in some form."""

    start: tuple[Value, ...]
    end: tuple[Value, ...]
    modes: tuple[Words, ...]
    when: str
    transfer: Value
    sources: tuple[Citation, ...]


@dataclass(frozen=True)
class Stand:
    """The practice in a city: its stage, since when."""

    city: tuple[Value, ...]
    stage: tuple[Words, ...]
    when: str
    implementation: Value
    sources: tuple[Citation, ...]


@dataclass(frozen=True)
class Practice:
    """The panels of a practice's page; steps are in the order in which it travelled."""

    origin: tuple[Value, ...]
    steps: tuple[Step, ...]
    stands: tuple[Stand, ...]
    map: Drawing | None


def practice(pages: Pages, iri: str) -> Practice:
    """Collect the panels of a practice."""
    lookup = pages.lookup
    from_cities, from_regions = (
        lookup.iris(iri, f"cl:origin{kind}") for kind in ("City", "Territory")
    )
    origin = tuple(map(pages.link, dict.fromkeys([*from_cities, *from_regions])))
    steps = [_step(pages, node) for node in lookup.subjects("cl:transferOf", iri)]
    stands = [_stand(pages, node) for node in lookup.subjects("cl:implementationOf", iri)]
    return Practice(
        origin,
        tuple(_in_order(steps, [value.iri for value in origin])),
        tuple(sorted(stands, key=lambda stand: [value.words for value in stand.city])),
        _map(pages, steps, [*origin, *(city for stand in stands for city in stand.city)]),
    )


def _step(pages: Pages, node: str) -> Step:
    said = pages.lookup.described(node)
    return Step(
        tuple(map(pages.link, said.iris("cl:fromCity"))),
        tuple(map(pages.link, said.iris("cl:toCity"))),
        tuple(map(pages.labels.of, said.iris("cl:transferMode"))),
        when(pages, said),
        pages.link(node),
        pages.supporting(node),
    )


def _stand(pages: Pages, node: str) -> Stand:
    said = pages.lookup.described(node)
    return Stand(
        tuple(map(pages.link, said.iris("cl:implementedIn"))),
        tuple(map(pages.labels.of, said.iris("cl:stage"))),
        when(pages, said),
        pages.link(node),
        pages.supporting(node),
    )


def _in_order(steps: Sequence[Step], origin: Sequence[str]) -> list[Step]:
    """Follow the steps from the origin on; those that nothing leads to come last."""
    left = sorted(steps, key=lambda step: (step.when, step.transfer.words))
    reached, ordered = deque(origin), list[Step]()
    while reached:
        city = reached.popleft()
        for step in [one for one in left if city in {value.iri for value in one.start}]:
            left.remove(step)
            ordered.append(step)
            reached.extend(value.iri for value in step.end)
    return ordered + left


def _map(pages: Pages, steps: Sequence[Step], cities: Sequence[Value]) -> Drawing | None:
    """Draw the journey; where there is none, the cities that have the practice."""
    ways = [
        (start, end)
        for step in steps
        for start in named_places(pages, [value.iri for value in step.start])
        for end in named_places(pages, [value.iri for value in step.end])
    ]
    return journey(ways) or scattered(named_places(pages, dict.fromkeys(c.iri for c in cities)))
