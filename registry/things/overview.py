"""The registry at a glance: its cities by country, and how much it holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from registry.things.labels import Words
from registry.things.lookup import DEFAULT, node
from registry.things.page import Pages, Value

_COUNTED: Final = (
    "City",
    "CityLink",
    "LinkClaim",
    "Agreement",
    "PracticeTransfer",
    "SourceDocument",
)

_NOWHERE: Final = Words("–")
"""The heading over cities of which no source tells the country."""


@dataclass(frozen=True)
class Overview:
    """Cities by country, and counts by the local name of the class."""

    countries: tuple[tuple[Words, tuple[Value, ...]], ...]
    counts: tuple[tuple[str, int], ...]


def overview(pages: Pages) -> Overview:
    """Look at the whole registry."""
    by_country: dict[str, list[Value]] = defaultdict(list)
    for iri in pages.lookup.subjects("rdf:type", node("cl:City").value):
        by_country[pages.lookup.iri(iri, "cl:inCountry")].append(pages.link(iri))
    countries = [
        (
            pages.labels.of(country) if country else _NOWHERE,
            tuple(sorted(cities, key=lambda city: city.words)),
        )
        for country, cities in by_country.items()
    ]
    counts = tuple((name, _count(pages, name)) for name in _COUNTED)
    return Overview(tuple(sorted(countries)), counts)


def _count(pages: Pages, name: str) -> int:
    """Count the things of a class."""
    kind, cls = node("rdf:type"), node(f"cl:{name}")
    return sum(1 for _ in pages.lookup.store.quads_for_pattern(None, kind, cls, DEFAULT))
