"""The registry at a glance: its cities by country, and how much it holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

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

LISTED: Final = 500
"""Cities up to which all are listed; of more only those of the country that is asked for."""


@dataclass(frozen=True, order=True)
class Country:
    """A country: its name and code, how many cities it has, and those that are listed."""

    words: Words
    code: str
    number: int
    cities: tuple[Value, ...]


@dataclass(frozen=True)
class Overview:
    """Cities by country, and counts by the local name of the class."""

    countries: tuple[Country, ...]
    counts: tuple[tuple[str, int], ...]


def overview(pages: Pages, chosen: str = "") -> Overview:
    """Look at the whole registry, and at the cities of the country that is chosen by its code."""
    by_country = _by_country(pages)
    few = sum(map(len, by_country.values())) <= LISTED
    countries = [
        _country(pages, iri, cities, listed=few or code_of(iri) == chosen)
        for iri, cities in by_country.items()
    ]
    counts = tuple((name, _count(pages, name)) for name in _COUNTED)
    return Overview(tuple(sorted(countries)), counts)


def code_of(country: str) -> str:
    """Give the code of a country by its IRI in the European Union's table."""
    return country.rpartition("/")[2]


def _by_country(pages: Pages) -> dict[str, list[str]]:
    """Give the IRIs of cities by that of their country, empty where no source tells it."""
    store = pages.lookup.store
    cities = set(pages.lookup.subjects("rdf:type", node("cl:City").value))
    found: dict[str, list[str]] = defaultdict(list)
    for quad in store.quads_for_pattern(None, node("cl:inCountry"), None, DEFAULT):
        city, country = quad.subject, quad.object
        if not isinstance(city, ox.NamedNode) or not isinstance(country, ox.NamedNode):
            continue
        if city.value in cities:
            cities.remove(city.value)
            found[country.value].append(city.value)
    return {**found, "": sorted(cities)} if cities else found


def _country(pages: Pages, iri: str, cities: list[str], *, listed: bool) -> Country:
    words = pages.labels.of(iri) if iri else _NOWHERE
    shown = sorted(map(pages.link, cities), key=lambda city: city.words) if listed else ()
    return Country(words, code_of(iri), len(cities), tuple(shown))


def _count(pages: Pages, name: str) -> int:
    """Count the things of a class."""
    kind, cls = node("rdf:type"), node(f"cl:{name}")
    return sum(1 for _ in pages.lookup.store.quads_for_pattern(None, kind, cls, DEFAULT))
