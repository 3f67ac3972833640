"""Heritage and practices of a city: those that come from it, and those that it carries out."""

from __future__ import annotations

from dataclasses import dataclass

from registry.things.city.panel import City
from registry.things.labels import Words
from registry.things.page import Citation, Value


@dataclass(frozen=True)
class Kept:
    """A practice of a city: what it is, whether it comes from here, and how far it has come."""

    practice: Value
    kinds: tuple[Words, ...]
    is_origin: bool
    stages: tuple[Words, ...]
    sources: tuple[Citation, ...]


def kept(city: City) -> tuple[Kept, ...]:
    """List the practices that come from a city or are carried out there, in the order of names.

    Those that passed to the city or from it are left out: the panel of transfers shows them.
    """
    lookup = city.pages.lookup
    origin = {*lookup.subjects("cl:originCity", city.iri)}
    carried: dict[str, list[str]] = {}
    for implementation in lookup.subjects("cl:implementedIn", city.iri):
        for practice in lookup.iris(implementation, "cl:implementationOf"):
            carried.setdefault(practice, []).append(implementation)
    passed = {transfer.practice.iri for transfer in (*city.taken, *city.given)}
    found = (
        _kept(city, practice, practice in origin, sorted(carried.get(practice, ())))
        for practice in sorted({*origin, *carried} - passed)
    )
    return tuple(sorted(found, key=lambda one: one.practice.words))


def _kept(city: City, practice: str, is_origin: bool, implementations: list[str]) -> Kept:
    pages, lookup = city.pages, city.pages.lookup
    kinds = [*lookup.iris(practice, "cl:heritageKind"), *lookup.iris(practice, "cl:practiceType")]
    stages = {stage for one in implementations for stage in lookup.iris(one, "cl:stage")}
    cited = implementations or [practice]
    return Kept(
        pages.link(practice),
        tuple(map(pages.labels.of, kinds)),
        is_origin,
        tuple(map(pages.labels.of, sorted(stages))),
        tuple(dict.fromkeys(source for one in cited for source in pages.supporting(one))),
    )
