"""Linking tables: the same rows out, with the IRI of the city that each names.

Encoding and delimiter are recognised. Rows are read, matched and written one at a time.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO, Any, Final

from registry import charsets, csv_rows
from registry.problems import Problem
from registry.reconcile.extension import PROPERTIES, Facts
from registry.reconcile.matching import Match, Matcher
from registry.reconcile.protocol import LONGEST, completed, country_of
from registry.reconcile.query import MatchQuery

ADDED: Final = ("city_uri", "score", "reason", "candidates")
"""The columns that are added, before those of facts."""

LINKED, AMBIGUOUS, UNKNOWN = "linked", "ambiguous", "unknown"

_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 64_000
"""Characters by which the delimiter is recognised."""

_LOOKED_AT: Final = 30
"""Rows by which the delimiter is recognised."""

_TOLD: Final = 5
"""How many candidates are told of a row."""

_WIDEST: Final = 1_000_000
"""Characters of the longest cell."""


@dataclass(frozen=True)
class Columns:
    """Which columns tell what, by their names; those that are empty tell nothing.

    `everywhere` is the country of all rows, where no column tells it.
    """

    name: str
    country: str = ""
    region: str = ""
    latitude: str = ""
    longitude: str = ""
    everywhere: str = ""


@dataclass
class Linking:
    """Links the rows of one table, and counts what came of them."""

    matcher: Matcher
    facts: Facts
    columns: Columns
    extra: Sequence[str] = ()
    counted: Counter[str] = field(default_factory=Counter)

    def lines(self, source: IO[bytes]) -> Iterator[str]:
        """Yield the lines of the table that comes out, its head first.

        `source` can be read twice.

        Raises
        ------
        Problem
            `data-syntax` when it cannot be read, with the line, `bad-parameter` when it lacks a
            column that is named, or a fact is unknown.

        """
        encoding = charsets.encoding_of(source, self.matcher.knows)
        text = io.TextIOWrapper(source, encoding, newline="")
        delimiter, ending = _form(text)
        rows = _rows(text, delimiter)
        head = next(rows, (0, []))[1]
        places = self._places(head)
        told = io.StringIO()
        writer = csv.writer(told, delimiter=delimiter, lineterminator=ending)
        yield _written(told, writer, [*head, *_unused(head, (*ADDED, *self.extra))])
        for line, row in rows:
            if len(row) > len(head):
                detail = f"line {line} has {len(row)} cells, the head has {len(head)}"
                raise Problem("data-syntax", detail, line=line)
            cells = [*row, *[""] * (len(head) - len(row))]
            yield _written(told, writer, [*cells, *self._linked(cells, places)] if row else row)

    def _places(self, head: Sequence[str]) -> dict[str, int]:
        """Find the columns that are named."""
        if unknown := [one for one in self.extra if one not in PROPERTIES]:
            known = ", ".join(PROPERTIES)
            raise Problem("bad-parameter", f"{unknown[0]!r} is none of the facts {known}")
        if self.columns.everywhere and not country_of(self.columns.everywhere):
            raise Problem("bad-parameter", f"{self.columns.everywhere!r} is not a country")
        named = {key: name for key, name in vars(self.columns).items() if key != "everywhere"}
        places = {name.strip(): place for place, name in reversed(list(enumerate(head)))}
        for key, name in named.items():
            if (name or key == "name") and name.strip() not in places:
                listed = ", ".join(repr(one) for one in head[:50])
                raise Problem("bad-parameter", f"there is no column {name!r}, but {listed}")
            same = [one for one in head if name and one.strip() == name.strip()]
            if len(same) > 1:
                raise Problem("bad-parameter", f"{len(same)} columns are called {name!r}")
        return {key: places[name.strip()] for key, name in named.items() if name}

    def _linked(self, cells: Sequence[str], places: dict[str, int]) -> list[str]:
        """Return what is added to a row."""
        said = {key: cells[place].strip()[:LONGEST] for key, place in places.items()}
        query = self._query(said)
        found = self.matcher.match(query)
        first = found[0] if found else None
        outcome = LINKED if first and first.certain else AMBIGUOUS if first else UNKNOWN
        self.counted[outcome] += 1
        unread = [f"the {key} {said[key]!r} cannot be read" for key in query.unread if key in said]
        if not first or not first.certain:
            candidates = " | ".join(f"{one.thing.iri} {one.score:g}" for one in found[:_TOLD])
            why = "; ".join([_why_not(found), *unread])
            return ["", "", why, candidates, *[""] * len(self.extra)]
        told = [self._told(first, pid) for pid in self.extra]
        why = "; ".join([*first.reasons, *unread])
        return [first.thing.iri, f"{first.score:g}", why, "", *told]

    def _query(self, said: Mapping[str, str]) -> MatchQuery:
        """Read a row; where it has no country that can be read, it has that of all rows."""
        values = {key: [(text,)] for key, text in said.items() if text and key != "name"}
        for key in ("latitude", "longitude"):
            # A decimal comma is one, too: two cells hold one number each.
            values |= {key: [(said[key].replace(",", "."),)]} if said.get(key) else {}
        query = completed(MatchQuery(said["name"], ("city",)), values)
        everywhere = country_of(self.columns.everywhere)
        return (
            query if query.countries or not everywhere else replace(query, countries=(everywhere,))
        )

    def _told(self, match: Match, pid: str) -> str:
        """Write a fact of a city into one cell."""
        values = PROPERTIES[pid].values(self.facts, match.thing)
        return " | ".join(
            str(value.get("name") or next(iter(value.values()), "")) for value in values
        )


def _why_not(found: Sequence[Match]) -> str:
    """Explain why a row is left to a person."""
    if not found:
        return "no city of this name"
    if len(found) > 1:
        return "several may be meant"
    # What speaks for a city alone does not explain why it was not taken.
    doubt = () if found[0].conflicts else ("another place may be meant",)
    return "; ".join([*doubt, *found[0].reasons])


def _form(text: io.TextIOWrapper) -> tuple[str, str]:
    """Recognise delimiter and line ending by the first rows; what has one column has a comma."""
    sample = text.read(_SAMPLE)
    text.seek(0)
    ending = "\r\n" if "\r\n" in sample else "\n"
    return max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter)), ending


def _fit(sample: str, delimiter: str) -> tuple[int, int]:
    """Return how well a delimiter fits: in how many rows as in the head, and how many columns."""
    try:
        rows = csv.reader(io.StringIO(sample), delimiter=delimiter)
        widths = [len(row) for row in islice(rows, _LOOKED_AT)]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]


def _rows(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the lines they end in."""
    csv.field_size_limit(_WIDEST)
    try:
        yield from csv_rows.rows(text, delimiter)
    except csv_rows.RowError as error:
        detail = f"the table cannot be read: {error}"
        raise Problem("data-syntax", detail, line=error.line) from error


def _unused(head: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return names to new columns that none has yet."""
    taken, given = set(head), []
    for name in names:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        given.append(free)
    return given


def _written(told: io.StringIO, writer: Any, row: Sequence[str]) -> str:
    """Write a row as text."""
    writer.writerow(row)
    text = told.getvalue()
    told.seek(0)
    told.truncate()
    return text
