"""A part of a list: the rows that fit, sorted by a column, cut into pages.

What fits, its facets and the orders are kept for the release, so that a reader who turns pages
does not wait for the same again. A column is sorted as its reader sees it: names and words in the
reader's languages, unknown values last either way, and equal ones in the order of the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

import pyoxigraph as ox

from registry.lists.filters import Filter, facets, fitting
from registry.lists.tables import TABLES, ListRow, Tables, concept
from registry.places.names import fold
from registry.problems import Problem
from registry.releases.reading import View
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.things.wording import country_name

Reader = tuple[tuple[str, ...], str]
"""The languages that a reader wants, and that of the interface."""

Ranks = Callable[[tuple[str, ...]], Mapping[str, int]]

_FILTERS: Final = 16
"""Filters whose rows are kept; those of the whole world take 300 kB."""

_ORDERS: Final = 48
"""Orders that are kept; one of all links takes 300 kB."""

_LANGUAGES: Final = 12
"""Languages of readers for which the order of all cities by name is kept."""


@dataclass(frozen=True)
class Chosen:
    """The rows of a page, how many fit, the number of the page and of all pages, and facets.

    `after` is the cursor of the rows that follow in the order of the list, empty where none do.
    """

    rows: tuple[ListRow, ...]
    total: int
    page: int
    pages: int
    after: str = ""


class Chooser:
    """Chooses rows of the lists of one release."""

    def __init__(self, tables: Tables, store: ox.Store) -> None:
        ranks = lru_cache(_LANGUAGES)(partial(_city_ranks, tables, store))
        self._fitting = lru_cache(_FILTERS)(partial(fitting, tables))
        self._facets = lru_cache(_FILTERS)(partial(_facets, tables))
        self._sorted = lru_cache(_ORDERS)(partial(_sorted, tables, store, ranks))
        self._in_this_order = lru_cache(_FILTERS)(partial(_narrowed, self._fitting, self._sorted))

    def fitting(self, name: str, asked: Filter) -> tuple[ListRow, ...]:
        """Return all rows of a list that meet the conditions of a filter."""
        return self._fitting(name, asked.conditions)

    def facets(self, name: str, asked: Filter) -> Mapping[str, Counter[str]]:
        """Count what fits by country and by each facet."""
        return self._facets(name, asked.conditions)

    def choose(self, name: str, asked: Filter, reader: Reader) -> Chosen:
        """Choose the rows of a page, in the order that is asked for.

        Raises
        ------
        Problem
            `bad-parameter` where a list has no such column, or not so many pages.

        """
        rows = self._in_order(name, asked, reader)
        total = len(rows)
        if asked.after:
            rows = tuple(row for row in rows if row.cursor > asked.after)
        limit = asked.limit or max(1, len(rows))
        pages = max(1, -(-len(rows) // limit))
        if asked.page > pages:
            raise Problem("bad-parameter", f"page is higher than {pages}", limit=pages)
        first = (max(1, asked.page) - 1) * limit
        some = rows[first : first + limit]
        more = first + limit < len(rows)
        return Chosen(some, total, max(1, asked.page), pages, some[-1].cursor if more else "")

    def _in_order(self, name: str, asked: Filter, reader: Reader) -> tuple[ListRow, ...]:
        if not asked.sort:
            return self.fitting(name, asked)
        column = asked.sort.removeprefix("-")
        if column not in COLUMNS[name]:
            allowed = sorts(name)
            wanted = f"one of {', '.join(allowed)}"
            raise Problem("bad-parameter", f"sort is not {wanted}", allowed=allowed)
        languages = reader if column in _WORDED else _NOBODY
        return self._in_this_order(languages, (name, asked.sort), asked.conditions)


def order_of(sort: str, column: str) -> str:
    """Return how a list that is sorted stands by a column, as WAI-ARIA 1.2 calls it (aria-sort).

    >>> order_of("-name", "name"), order_of("name", "kind")
    ('descending', 'none')
    """
    return {column: "ascending", f"-{column}": "descending"}.get(sort, "none")


def sorts(name: str) -> list[str]:
    """List what a list can be sorted by; a minus reverses an order.

    >>> sorts("practices")
    ['name', 'kind', 'cities', '-name', '-kind', '-cities']
    """
    return [*COLUMNS[name], *(f"-{column}" for column in COLUMNS[name])]


COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "cities": ("name", "country", "population", "links", "not_confirmed", "twins"),
    "links": ("name", "kind", "status", "start", "end", "confirmed", "sources"),
    "practices": ("name", "kind", "cities"),
    "programmes": ("name", "kind", "start", "cities"),
}
"""By list: the columns that it can be sorted by."""

COUNTED: Final = frozenset(
    "population links not_confirmed twins sources cities start end confirmed".split()
)
"""Columns of numbers and dates: readers want the highest first."""

_WORDED: Final = frozenset({"name", "country", "kind", "status"})
"""Columns whose order depends on the reader's languages."""

_NOBODY: Final[Reader] = ((), "en")


def _sorted(
    tables: Tables, store: ox.Store, ranks: Ranks, reader: Reader, order: tuple[str, str]
) -> tuple[ListRow, ...]:
    """Sort a list: its name, and the column."""
    return _Sorter(tables, store, ranks, reader).sorted(*order)


def _narrowed(
    fitting_rows: Callable[[str, Filter], tuple[ListRow, ...]],
    in_order: Callable[[Reader, tuple[str, str]], tuple[ListRow, ...]],
    reader: Reader,
    order: tuple[str, str],
    conditions: Filter,
) -> tuple[ListRow, ...]:
    """Return the rows that fit, in the order of the whole list by a column."""
    rows, whole = fitting_rows(order[0], conditions), in_order(reader, order)
    if len(rows) == len(whole):
        return whole
    fit = {row.iri for row in rows}
    return tuple(row for row in whole if row.iri in fit)


def _facets(tables: Tables, name: str, conditions: Filter) -> Mapping[str, Counter[str]]:
    return facets(tables, fitting(tables, name, conditions))


@dataclass(frozen=True)
class _Sorter:
    """Sorts the lists of a release as a reader sees them."""

    tables: Tables
    store: ox.Store
    ranks: Ranks
    reader: Reader

    def sorted(self, name: str, sort: str) -> tuple[ListRow, ...]:
        """Sort a whole list; unknown values stand last in both directions."""
        key = self._key(name, sort.removeprefix("-"))
        keyed = [(key(row), row) for row in self.tables.table(name)]
        known = [pair for pair in keyed if pair[0] not in _UNKNOWN]
        known.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
        unknown = [pair for pair in keyed if pair[0] in _UNKNOWN]
        return tuple(row for _, row in (*known, *unknown))

    def _key(self, name: str, column: str) -> Callable[[ListRow], Any]:
        """Return what gives the value of a row that a column is sorted by."""
        wanted, interface = self.reader
        places = self.tables.places
        if column == "name" and name in {"cities", "links"}:
            ranks = self.ranks(wanted)
            return lambda row: tuple(ranks[city] for city in row.cities if city in ranks)
        if column in {"name", "kind", "status"}:
            label = Labels(Lookup(self.store), wanted).of
            if column == "name":
                return lambda row: _alphabetical(label(row.iri).text)
            return lambda row: _alphabetical(label(concept(name, column, _field(row, column))).text)
        if column == "country":
            return lambda row: _alphabetical(country_name(places[row.iri].country, interface))
        if column == "population":
            return lambda row: places[row.iri].population or None
        return _PLAIN.get(column) or (lambda row: row.figures[column])


_UNKNOWN: Final = ("", None)


def _field(row: ListRow, column: str) -> str:
    return str(getattr(row, column))


_PLAIN: Final[Mapping[str, Callable[[ListRow], Any]]] = {
    "start": lambda row: row.start,
    "end": lambda row: row.end,
    "confirmed": lambda row: row.confirmed,
    "cities": lambda row: len(row.cities),
}
"""Columns that are a field of a row, or follow from one."""


def _alphabetical(text: str) -> tuple[str, str] | None:
    """Return the key of a text in an alphabet of plain letters; None for an empty one."""
    return (fold(text), text) if text else None


def _city_ranks(tables: Tables, store: ox.Store, wanted: tuple[str, ...]) -> Mapping[str, int]:
    """Return the place of each city in the order of their names in some languages."""
    labels = Labels(Lookup(store), wanted)
    labels.learn(tables.index, tables.places)
    iris = [*tables.places]
    names = [(fold(text), text) for text in (labels.of(iri).text for iri in iris)]
    order = sorted(range(len(iris)), key=names.__getitem__)
    return {iris[at]: rank for rank, at in enumerate(order)}


CHOOSER: Final = View("chooser", lambda release: Chooser(release.view(TABLES), release.store))
"""It keeps what is asked for, so that publishing does not wait."""
