"""Two cities side by side: what each has, what both have in common, and what joins them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.lists.tables import Tables
from registry.things.city.partners import Partner, cities_of, in_order, partners
from registry.things.page import Pages, Value
from registry.things.wording import country_name, day
from registry.views.names import Thing


@dataclass(frozen=True)
class Side:
    """One of the cities: its facts, and the partners that the other does not have."""

    city: Value
    code: str
    country: str
    inhabitants: int
    partners: tuple[Partner, ...]
    alone: tuple[Value, ...]
    since: str
    confirmed: str

    @property
    def holding(self) -> int:
        """How many links are active or listed."""
        return sum(one.holds for one in self.partners)

    @property
    def countries(self) -> int:
        """How many countries the partners are in whose links are active or listed."""
        return len({country for one in self.partners if one.holds for country in one.countries})


@dataclass(frozen=True)
class Comparison:
    """Both cities, their links with each other, and partners, networks and practices of both."""

    sides: tuple[Side, Side]
    joined: tuple[Partner, ...]
    common: tuple[Value, ...]
    wholes: tuple[Value, ...]
    practices: tuple[Value, ...]


def compare(pages: Pages, tables: Tables, one: Thing, other: Thing) -> Comparison:
    """Compare two cities."""
    linked = [in_order(partners(pages, city.iri)) for city in (one, other)]
    found = [cities_of(links) for links in linked]
    common = found[0].keys() & found[1].keys()
    both = {one.iri, other.iri}
    sides = [
        _side(pages, city, links, [v for iri, v in known.items() if iri not in common | both])
        for city, links, known in zip((one, other), linked, found, strict=True)
    ]
    return Comparison(
        (sides[0], sides[1]),
        tuple(link for link in linked[0] if other.iri in {city.iri for city in link.cities}),
        _sorted([found[0][iri] for iri in common - both]),
        _sorted([pages.link(row.iri) for row in tables.programmes if both <= {*row.cities}]),
        _sorted([pages.link(row.iri) for row in tables.practices if both <= {*row.cities}]),
    )


def _side(pages: Pages, city: Thing, links: Sequence[Partner], alone: Sequence[Value]) -> Side:
    return Side(
        pages.link(city.iri),
        city.country,
        country_name(city.country, pages.language),
        city.population,
        tuple(links),
        _sorted(alone),
        min((link.since for link in links if link.since), default=""),
        day(max((link.confirmed for link in links), default=""), pages.language),
    )


def _sorted(values: Sequence[Value]) -> tuple[Value, ...]:
    return tuple(sorted(values, key=lambda value: value.words))
