"""Countries and pairs of them, counted from the rows of lists: each number is that of a list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Final

from registry.lists.tables import TABLES, ListRow, Tables
from registry.releases.reading import View
from registry.things.decades import GROUPS, Decade, by_decade, group_of

MOST_CITIES: Final = 20
"""Cities that the page of a country names."""

_STEPS: Final = (1, 5, 10)
"""Years before the release at which the ages of confirmations are parted."""

_KEPT: Final = 128
"""Countries and pairs whose counts are kept."""


@dataclass(frozen=True)
class Aged:
    """Links by their last confirmation: in or after `since`, before `before`; nought = no bound."""

    since: int
    before: int
    count: int


@dataclass(frozen=True)
class Tally:
    """Some links counted: all, by status, by decade of their start, by last confirmation."""

    total: int
    states: tuple[tuple[str, int], ...]
    decades: tuple[Decade, ...]
    undated: int
    ages: tuple[Aged, ...]

    @property
    def groups(self) -> Mapping[str, int]:
        """How many stand how."""
        found = Counter(dict.fromkeys(GROUPS, 0))
        for state, count in self.states:
            found[group_of(state)] += count
        return found


@dataclass(frozen=True)
class Land:
    """A country: its cities, links, partner countries, foremost cities, and what they are in.

    `cities` and `wholes` have how many links, or how many cities of the country.
    """

    code: str
    count: int
    tally: Tally
    partners: tuple[tuple[str, Counter[str]], ...]
    cities: tuple[tuple[str, int], ...]
    wholes: tuple[tuple[str, int], ...]
    practices: int


@dataclass(frozen=True)
class Pair:
    """Two countries, which may be one: their links, and the foremost cities of each."""

    one: str
    other: str
    tally: Tally
    cities: Mapping[str, tuple[tuple[str, int], ...]]


def tally(rows: Iterable[ListRow], year: int) -> Tally:
    """Count links, as a release of some year has them."""
    some = list(rows)
    states = Counter(row.status for row in some)
    return Tally(
        len(some),
        tuple(sorted(states.items(), key=lambda one: (-one[1], one[0]))),
        by_decade((row.start, row.status) for row in some),
        sum(not row.start for row in some),
        tuple(_ages(some, year)),
    )


def _ages(rows: list[ListRow], year: int) -> Iterable[Aged]:
    """Part links by the year of their last confirmation; the last part has those without one."""
    bounds = [year - step for step in _STEPS]
    for since, before in zip((*bounds, 0), (0, *bounds), strict=True):
        count = sum(_is_within(row.confirmed[:4], since, before) for row in rows)
        yield Aged(since, before, count)


def _is_within(year: str, since: int, before: int) -> bool:
    return int(year or 0) >= since and (not before or int(year or 0) < before)


class Lands:
    """The countries of one release."""

    def __init__(self, tables: Tables, year: int) -> None:
        self._tables, self.year = tables, year
        self.land = lru_cache(_KEPT)(partial(_land, tables, year))
        self.pair = lru_cache(_KEPT)(partial(_pair, tables, year))

    @cached_property
    def all(self) -> Mapping[str, tuple[int, Counter[str], int]]:
        """Each country by code: its cities, its links by how they stand, its partner countries."""
        cities = Counter(one.country for one in self._tables.places.values() if one.country)
        links: defaultdict[str, Counter[str]] = defaultdict(Counter)
        partners: defaultdict[str, set[str]] = defaultdict(set)
        for row in self._tables.links:
            codes = self._tables.countries(row)
            for code in codes:
                links[code][group_of(row.status)] += 1
                partners[code] |= codes - {code}
        return {code: (cities[code], links[code], len(partners[code])) for code in sorted(cities)}


def _land(tables: Tables, year: int, code: str) -> Land:
    rows = tables.table("links", code)
    partners: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for other in _others(tables, row, code):
            partners[other][group_of(row.status)] += 1
    return Land(
        code,
        len(tables.table("cities", code)),
        tally(rows, year),
        tuple(sorted(partners.items(), key=lambda one: (-one[1].total(), one[0]))),
        _foremost(tables, rows, code),
        tuple(
            (row.iri, sum(tables.places[city].country == code for city in row.cities))
            for row in tables.table("programmes", code)
        ),
        len(tables.table("practices", code)),
    )


def _others(tables: Tables, row: ListRow, code: str) -> set[str]:
    """Return the countries that a link of a country leads to; itself where it joins two cities."""
    others = tables.countries(row) - {code}
    return others | ({code} if tables.joins(row, code, code) else set())


def _pair(tables: Tables, year: int, one: str, other: str) -> Pair:
    rows = [row for row in tables.table("links", one) if tables.joins(row, one, other)]
    cities = {code: _foremost(tables, rows, code) for code in dict.fromkeys((one, other))}
    return Pair(one, other, tally(rows, year), cities)


def _foremost(tables: Tables, rows: Iterable[ListRow], code: str) -> tuple[tuple[str, int], ...]:
    """Return the cities of a country with most of some links, each with how many."""
    counted = Counter(
        city
        for row in rows
        for city in row.cities
        if city in tables.places and tables.places[city].country == code
    )
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:MOST_CITIES])


LANDS: Final = View(
    "lands", lambda release: Lands(release.view(TABLES), int(release.manifest.as_of[:4]))
)
"""They are counted when somebody first asks for them, so that publishing does not wait."""
