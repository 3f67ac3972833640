"""Linking tables: the same rows out, with the IRI of the city that each names.

Encoding and delimiter are recognised. Rows are read, matched and written one at a time.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO, Any, Final, Literal

from registry import charsets, csv_rows, terms
from registry.problems import Problem
from registry.reconcile.extension import PROPERTIES, Facts
from registry.reconcile.matching import Match, Matcher
from registry.reconcile.protocol import LONGEST, completed, country_of
from registry.reconcile.query import MatchQuery
from registry.search.identifiers import number_of, thing_of
from registry.views.names import Thing

ADDED: Final = ("city_uri", "score", "reason", "candidates")
"""The columns that are added, before those of facts."""

LINKED, AMBIGUOUS, UNKNOWN, DECIDED = "linked", "ambiguous", "unknown", "decided"

CHOSEN: Final = "a person chose it"
REJECTED: Final = "a person says that it is none of these"
"""Reasons of rows that a person decided."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_DECLARATION: Final = re.compile(r'"?sep=([,;|\t])"?', re.IGNORECASE)
"""What spreadsheets write before the head of a table, for themselves."""

_SAMPLE: Final = 64_000
"""Characters by which the delimiter is recognised."""

_LOOKED_AT: Final = 30
"""Rows by which the delimiter is recognised."""

_TOLD: Final = 5
"""How many candidates are told of a row."""

_WIDEST: Final = 1_000_000
"""Characters of the longest cell."""

Decisions = Mapping[int, str]
"""What a person decided of rows, by the line that a row ends in: the reference of a city, such as
`pavia-3171366`, or nothing where it is none that the registry has."""


Decided = Thing | Literal[False] | None
"""A city, False for none that the registry has, or None while nobody has decided."""


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
    identifier: str = ""


def check(columns: Columns, extra: Sequence[str]) -> None:
    """Refuse what no table can be asked; `bad-parameter`."""
    if unknown := [one for one in extra if one not in PROPERTIES]:
        known = ", ".join(PROPERTIES)
        raise Problem("bad-parameter", f"{unknown[0]!r} is none of the facts {known}")
    if columns.everywhere and not country_of(columns.everywhere):
        raise Problem("bad-parameter", f"{columns.everywhere!r} is not a country")


@dataclass(frozen=True)
class Table:
    """A table as it is read: how it is written, its head, and its rows with the lines they end in.

    Rows have as many cells as the head; those of blank lines have none.
    """

    encoding: str
    delimiter: str
    ending: str
    head: list[str]
    rows: Iterator[tuple[int, list[str]]]

    @classmethod
    def read(cls, source: IO[bytes], matcher: Matcher) -> Table:
        """Recognise encoding and delimiter, and read the head; `source` can be read twice.

        Raises
        ------
        Problem
            `data-syntax` when it cannot be read, with the line; also while the rows are read.

        """
        encoding = charsets.encoding_of(source, matcher.knows)
        text = io.TextIOWrapper(source, encoding, newline="")
        delimiter, ending = _form(text)
        rows = _rows(text, delimiter)
        head = next(rows, (0, []))[1]
        if _declared(delimiter.join(head)):
            head = next(rows, (0, []))[1]
        return cls(encoding, delimiter, ending, head, _filled(rows, len(head)))


@dataclass(frozen=True)
class Row:
    """A row that was looked up: what it says by column, what may be meant, what a person decided.

    `decision` is a city, False for none that the registry has, or None while nobody has decided.
    `before` is what the table tells that was decided when it was linked the last time.
    """

    line: int
    cells: list[str]
    said: Mapping[str, str]
    query: MatchQuery
    found: Sequence[Match]
    decision: Decided
    before: Decided = None

    @property
    def outcome(self) -> str:
        """What came of it, as it is counted."""
        if self.decision is not None:
            return DECIDED
        first = self.found[0] if self.found else None
        return LINKED if first and first.certain else AMBIGUOUS if first else UNKNOWN

    @property
    def unread(self) -> list[str]:
        """What it says that cannot be read, in words."""
        named = {"identifier" if key in _IDENTIFIERS else key for key in self.query.unread}
        return [
            f"the {key} {self.said[key]!r} cannot be read" for key in sorted(named & {*self.said})
        ]

    @property
    def why_not(self) -> str:
        """Why it is left to a person."""
        return "; ".join([_why_not(self.found), *self.unread])


@dataclass
class Linking:
    """Links the rows of one table, and counts what came of them.

    Without `decisions`, those count that the table tells of, if it was linked before.
    """

    matcher: Matcher
    facts: Facts
    columns: Columns
    extra: Sequence[str] = ()
    decisions: Decisions | None = None
    counted: Counter[str] = field(default_factory=Counter)

    def lines(self, source: IO[bytes]) -> Iterator[str]:
        """Yield the lines of the table that comes out, its head first.

        `source` can be read twice.

        Raises
        ------
        Problem
            `data-syntax` when it cannot be read, with the line, `bad-parameter` when it lacks a
            column that is named, a fact is unknown, or what was decided on is not there.

        """
        table = Table.read(source, self.matcher)
        rows = self.rows(table)
        told = io.StringIO()
        writer = csv.writer(told, delimiter=table.delimiter, lineterminator=table.ending)
        yield _written(told, writer, [*table.head, *_unused(table.head, (*ADDED, *self.extra))])
        for row in rows:
            added = self._added(row) if row.cells else []
            # The cells of a table are those of whoever sent it, and come back as they are.
            yield _written(told, writer, [*row.cells, *map(csv_rows.plain, added)])

    def rows(self, table: Table) -> Iterator[Row]:
        """Look the rows of a table up, one at a time; blank ones come back without cells.

        Raises
        ------
        Problem
            As `lines` does.

        """
        return self._looked_up(table, self._places(table.head))

    def _looked_up(self, table: Table, places: Mapping[str, int]) -> Iterator[Row]:
        left, told = dict(self.decisions or {}), _told_before(table.head)
        for line, cells in table.rows:
            if not cells:
                yield Row(line, [], {}, MatchQuery(""), (), None)
                continue
            said = {key: cells[place].strip()[:LONGEST] for key, place in places.items()}
            query = self._query(said)
            before = self._before([cells[place] for place in told])
            decision = before if self.decisions is None else self._decision(line)
            row = Row(line, cells, said, query, self.matcher.match(query), decision, before)
            left.pop(line, None)
            self.counted[row.outcome] += 1
            yield row
        if left:
            raise Problem("bad-parameter", f"decisions: no row ends in line {min(left)}")

    def _before(self, told: Sequence[str]) -> Decided:
        """Return what a row tells that was decided; None where its city is gone since."""
        match told:
            case ["", reason] if reason == REJECTED:
                return False
            case [iri, reason] if reason == CHOSEN and is_ours(iri):
                return thing_of(self.matcher.index, iri)
        return None

    def _decision(self, line: int) -> Decided:
        """Return what a person decided of a row."""
        ref = (self.decisions or {}).get(line)
        if not ref:
            return ref if ref is None else False
        city = self.matcher.index.thing("city", ref)
        if city is None:
            raise Problem("bad-parameter", f"decisions: there is no city {ref[:100]!r}")
        return city

    def _places(self, head: Sequence[str]) -> dict[str, int]:
        """Find the columns that are named."""
        check(self.columns, self.extra)
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

    def _added(self, row: Row) -> list[str]:
        """Return what is added to a row."""
        if row.outcome in {AMBIGUOUS, UNKNOWN}:
            candidates = " | ".join(f"{one.thing.iri} {one.score:g}" for one in row.found[:_TOLD])
            return ["", "", row.why_not, candidates, *[""] * len(self.extra)]
        if row.decision is False:
            return ["", "", REJECTED, "", *[""] * len(self.extra)]
        if row.decision:
            score = next((f"{m.score:g}" for m in row.found if m.thing == row.decision), "")
            return [row.decision.iri, score, CHOSEN, "", *self._facts(row.decision)]
        first = row.found[0]
        why = "; ".join([*first.reasons, *row.unread])
        return [first.thing.iri, f"{first.score:g}", why, "", *self._facts(first.thing)]

    def _query(self, said: Mapping[str, str]) -> MatchQuery:
        """Read a row; where it has no country that can be read, it has that of all rows."""
        values = {key: [(text,)] for key, text in said.items() if text and key != "name"}
        for key in ("latitude", "longitude"):
            # A decimal comma is one, too: two cells hold one number each.
            values |= {key: [(said[key].replace(",", "."),)]} if said.get(key) else {}
        name, identifier = said["name"], said.get("identifier", "")
        values.pop("identifier", None)
        if is_ours(identifier) and thing_of(self.matcher.index, identifier):
            name = identifier  # It says more than any name.
        elif identifier:
            values[_authority(identifier)] = [(identifier,)]
        query = completed(MatchQuery(name, ("city",)), values)
        everywhere = country_of(self.columns.everywhere)
        return (
            query if query.countries or not everywhere else replace(query, countries=(everywhere,))
        )

    def _facts(self, city: Thing) -> list[str]:
        """Write the facts of a city that are added, each into one cell."""
        return [
            " | ".join(
                str(value.get("name") or next(iter(value.values()), ""))
                for value in PROPERTIES[pid].values(self.facts, city)
            )
            for pid in self.extra
        ]


_IDENTIFIERS: Final = ("wikidata", "geonames")
"""Properties that a column of identifiers tells, one or the other."""


def _authority(text: str) -> str:
    """Return the property that an identifier is of; what cannot be read is told as of the first.

    >>> _authority("Q6259"), _authority("3171366"), _authority("?")
    ('wikidata', 'geonames', 'wikidata')
    """
    return "geonames" if number_of(text) else "wikidata"


def is_ours(text: str) -> bool:
    """Whether a text is written as the IRIs and references of our cities are."""
    return text.startswith((terms.ID, terms.DOC, "city/"))


def counted(table: bytes, extra: int) -> dict[str, int]:
    r"""Count what came of the rows of a linked table, to which so many facts were added.

    >>> counted(b"city,city_uri,score,reason,candidates\nPavia,x,99,,\nPerm,,,,x | y\n", 0)
    {'linked': 1, 'ambiguous': 1, 'unknown': 0}
    """
    with io.TextIOWrapper(io.BytesIO(table), "utf-8", newline="") as text:
        delimiter, _ = _form(text)
        rows = [row for _, row in _rows(text, delimiter) if row][1:]
    added = [row[len(row) - extra - len(ADDED) :] for row in rows]
    linked, candidates = sum(bool(one[0]) for one in added), sum(bool(one[3]) for one in added)
    return {LINKED: linked, AMBIGUOUS: candidates, UNKNOWN: len(rows) - linked - candidates}


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
    if declared := _declared(sample.partition("\n")[0]):
        return declared, ending
    return max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter)), ending


def _declared(line: str) -> str:
    """Return the delimiter that a first line declares, as spreadsheets write it; else nothing.

    >>> _declared("sep=;"), _declared('"sep=|"'), _declared("sep=;city")
    (';', '|', '')
    """
    found = _DECLARATION.fullmatch(line.rstrip("\r"))
    return found[1] if found else ""


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


def _filled(rows: Iterable[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with as many cells as the head; `data-syntax` for one with more."""
    for line, row in rows:
        if len(row) > width:
            detail = f"line {line} has {len(row)} cells, the head has {width}"
            raise Problem("data-syntax", detail, line=line)
        yield line, [*row, *[""] * (width - len(row))] if row else row


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


def _told_before(head: Sequence[str]) -> tuple[int, ...]:
    """Return the columns of cities and reasons that were added when a table was linked last.

    >>> _told_before(["city"]), _told_before(["city_uri", "reason", "city_uri_2", "reason_2"])
    ((), (2, 3))
    """
    places = {name: place for place, name in enumerate(head)}
    names = [(name, name.removeprefix(ADDED[0])) for name in places if name.startswith(ADDED[0])]
    pairs = [(places[name], places.get(ADDED[2] + number, -1)) for name, number in names]
    return max((pair for pair in pairs if pair[1] >= 0), default=())


def _written(told: io.StringIO, writer: Any, row: Sequence[str]) -> str:
    """Write a row as text."""
    writer.writerow(row)
    text = told.getvalue()
    told.seek(0)
    told.truncate()
    return text
