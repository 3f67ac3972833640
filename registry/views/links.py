"""The links of a release as a table: their cities, status and dates, and the claims behind them.

An SQLite file beside the release's store. To ask the store for all that a page or a list shows of
its links takes a lookup for each value, thousands for a city with a hundred links.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from pathlib import Path
from sys import intern
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.damage import remade
from registry.databases import Database, writing
from registry.graphs.lines import Reader, Statement
from registry.releases.reading import Content, Release, View

_OF_LINKS: Final = (
    *("cl:party", "cl:linkKind", "cl:status", "cl:statusAsOf", "cl:startDate", "cl:endDate"),
    *("cl:lastConfirmed", "cl:notListedSince", "cl:notListedBy", "cl:decidedBy", "cl:confirmedBy"),
    *("cl:sourceCount", "cl:contested", "cl:topic", "cl:claim", "cl:period"),
)
_OF_PERIODS: Final = ("cl:periodNumber", "cl:startDate", "cl:endDate")
_OF_CLAIMS: Final = (
    *("dcterms:source", "cl:locator", "cl:asOf", "cl:supportedBy", "cl:effectiveStatus"),
)
_OF_PASSAGES: Final = ("cl:passageOf", "cl:locator")
_NAMES: Final = frozenset((*_OF_LINKS, *_OF_PERIODS, *_OF_CLAIMS, *_OF_PASSAGES))
_BEHIND: Final = ("period", "claim", "passage")
_READER: Final = Reader(("link", *_BEHIND), sorted(_NAMES))
_LINKS: Final = Reader(("link",), _OF_LINKS)
_ALL_BEHIND: Final = Reader(_BEHIND, sorted({*_OF_PERIODS, *_OF_CLAIMS, *_OF_PASSAGES}))

_BATCH: Final = 10_000
"""Links that are held in memory at a time."""

_READ: Final = frozenset(map(terms.prefixed, _NAMES))
"""The predicates that a table is made of: where none of their triples changed, neither does it."""

_TABLES: Final = """
CREATE TABLE link (id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, status TEXT, as_of TEXT,
  start TEXT, end TEXT, last_confirmed TEXT, not_listed_since TEXT, not_listed_by TEXT,
  status_by TEXT, confirmed_by TEXT,
  sources INTEGER, contested INTEGER, topics TEXT, parties TEXT,
  periods TEXT);
CREATE TABLE party (city TEXT, link INTEGER, PRIMARY KEY (city, link)) WITHOUT ROWID;
CREATE TABLE claim (link INTEGER, iri TEXT, document TEXT, locator TEXT, as_of TEXT,
  PRIMARY KEY (link, iri)) WITHOUT ROWID;
CREATE UNIQUE INDEX by_iri ON link (iri);
CREATE INDEX by_link ON party (link);
"""


class Link(NamedTuple):
    """A link as its table has it: IRIs, and dates as far as they are known.

    What is not known is empty. `status` and `as_of` rest on the document `status_by`.
    `last_confirmed` is the newest date for which a source lists or states it, the document
    `confirmed_by`; `not_listed_since` that of the first newer edition of a list that leaves it
    out, the document `not_listed_by`. Whoever shows how old a link is reads it here. `sources`
    counts independent sources. `periods` are the start and end of each time over which it was in
    force, in order.
    """

    number: int
    iri: str
    kind: str
    status: str
    as_of: str
    start: str
    end: str
    last_confirmed: str
    not_listed_since: str
    not_listed_by: str
    status_by: str
    confirmed_by: str
    sources: int
    contested: bool
    topics: tuple[str, ...]
    parties: tuple[str, ...]
    periods: tuple[tuple[str, str], ...]


class Claim(NamedTuple):
    """A claim of a source about a link: document, place in it, and the date it speaks for."""

    iri: str
    document: str
    locator: str
    as_of: str

    @property
    def href(self) -> str:
        """The address of its page."""
        return terms.path_of(self.iri) or ""


def write(content: Content) -> None:
    """Make the table of a release in the making."""
    behind = _Values(_ALL_BEHIND.read(content.merged))
    grouped = groupby(_LINKS.read(content.merged), lambda one: one.iri)
    by_link = (list(about) for _, about in grouped)
    with writing(content.folder / LINKS.name) as connection:
        connection.executescript(_TABLES)
        while some := [*islice(by_link, _BATCH)]:
            _add(connection, _Values(chain.from_iterable(some), behind))


def follow(target: Path, before: Path, store: ox.Store, subjects: Iterable[str]) -> None:
    """Make the table from that of the last release, given the IRIs of what has changed."""
    changed = sorted({link for iri in subjects for link in _links_on(store, iri)})
    if not changed:
        target.hardlink_to(before)
        return
    shutil.copyfile(before, target)
    with writing(target) as connection:
        for iri in changed:
            _remove(connection, iri)
        _add(connection, _Values(_around(store, changed)))


def _links_on(store: ox.Store, iri: str) -> Iterator[str]:
    """Yield the links that a thing is, is a period of, or supports as a claim or its passage."""
    kind = (terms.kind_and_ref(iri) or ("",))[0]
    if kind == "link":
        yield iri
    elif pointing := _POINTING.get(kind):
        named = ox.NamedNode(terms.prefixed(pointing))
        for quad in store.quads_for_pattern(None, named, ox.NamedNode(iri), ox.DefaultGraph()):
            yield from _links_on(store, str(quad.subject)[1:-1])


_POINTING: Final = {"claim": "cl:claim", "passage": "cl:supportedBy", "period": "cl:period"}
"""What points at the things that a table is made of beside links, by their kind."""


def _around(store: ox.Store, links: Iterable[str]) -> Iterator[Statement]:
    """Yield the statements about links, their periods and claims, and passages of these."""
    for iri in links:
        for statement in _READER.read_of(store, iri):
            yield statement
            if statement.name in _POINTING.values():
                yield from _around(store, [statement.value])


class _Values:
    """The values of links, periods, claims and passages, by thing and predicate.

    `behind` has those of what links rest on, where this has none of its own.
    """

    def __init__(self, statements: Iterable[Statement], behind: _Values | None = None) -> None:
        # Millions of claims share a few documents and dates; a dictionary each would take a
        # kilobyte.
        self._values: dict[str, list[str]] = behind._values if behind else {}
        self._own = dict[str, list[str]]() if behind else self._values
        self._read: dict[str, dict[str, list[str]]] = {}
        for iri, name, value, _ in statements:
            shared = value if name == "cl:locator" else intern(value)
            self._own.setdefault(iri, []).extend((name, shared))

    def links(self) -> list[str]:
        """List the IRIs of the links: only a link has parties."""
        return sorted(iri for iri, values in self._own.items() if "cl:party" in values[::2])

    def all(self, iri: str, name: str) -> list[str]:
        """List the values of a property, sorted, each once."""
        return self._of(iri).get(name, [])

    def _of(self, iri: str) -> dict[str, list[str]]:
        """Return the values of a thing by predicate; those of the last few are kept."""
        found = self._read.get(iri)
        if found is None:
            if len(self._read) > _BATCH:
                self._read.clear()
            found = self._read[iri] = {}
            values = iter(self._own.get(iri) or self._values.get(iri) or ())
            for name, value in zip(values, values, strict=True):
                found.setdefault(name, []).append(value)
            for name, several in found.items():
                if len(several) > 1:
                    found[name] = sorted(set(several))
        return found

    def first(self, iri: str, name: str) -> str:
        """Return the first value of a property; empty where there is none."""
        return next(iter(self.all(iri, name)), "")


def _add(connection: sqlite3.Connection, values: _Values) -> None:
    """Add links."""
    (last,) = connection.execute("SELECT max(id) FROM link").fetchone()
    links, parties, claims = [], [], []
    for number, iri in enumerate(values.links(), 1 + (last or 0)):
        links.append((number, *_link(values, iri)))
        parties += [(city, number) for city in values.all(iri, "cl:party")]
        claims += [(number, *_claim(values, claim)) for claim in values.all(iri, "cl:claim")]
    connection.executemany(_INSERT, links)
    connection.executemany("INSERT INTO party VALUES (?, ?)", sorted(parties))
    connection.executemany("INSERT INTO claim VALUES (?, ?, ?, ?, ?)", claims)


_INSERT: Final = "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _link(values: _Values, iri: str) -> tuple[str | int, ...]:
    return (
        iri,
        *(values.first(iri, name) for name in _SINGLE),
        _status_by(values, iri),
        _document(values, values.first(iri, "cl:confirmedBy")),
        int(values.first(iri, "cl:sourceCount") or 0),
        values.first(iri, "cl:contested") == "true",
        " ".join(values.all(iri, "cl:topic")),
        " ".join(values.all(iri, "cl:party")),
        " ".join(_periods(values, iri)),
    )


_SINGLE: Final = (
    *("cl:linkKind", "cl:status", "cl:statusAsOf", "cl:startDate", "cl:endDate"),
    *("cl:lastConfirmed", "cl:notListedSince", "cl:notListedBy"),
)
"""What a link has one of, in the order of the columns."""

_OF_LISTINGS: Final = frozenset(
    f"{terms.SCHEME}status/{one}" for one in ("listed", "not-confirmed")
)
"""The statuses of links that no source states more of than that a list has them."""


def _periods(values: _Values, iri: str) -> list[str]:
    """List the periods of a link in order, each as its start, a slash, and its end."""
    numbered = [
        (int(values.first(one, "cl:periodNumber") or 0), one)
        for one in values.all(iri, "cl:period")
    ]
    dates = ("cl:startDate", "cl:endDate")
    return ["/".join(values.first(one, name) for name in dates) for _, one in sorted(numbered)]


def _status_by(values: _Values, iri: str) -> str:
    """Return the document of the claim that decides a link, where that claim says its status.

    The status may follow from something else: a pairing ends with its programme.
    """
    claim, status = values.first(iri, "cl:decidedBy"), values.first(iri, "cl:status")
    said = values.first(claim, "cl:effectiveStatus")
    says_so = said == status if said else status in _OF_LISTINGS
    return _document(values, claim) if says_so else ""


def _document(values: _Values, claim: str) -> str:
    """Return the document of a claim; empty for none."""
    return _claim(values, claim)[1]


def _claim(values: _Values, iri: str) -> tuple[str, ...]:
    """Return a claim with its source: the first passage it rests on, or its table."""
    passage, as_of = values.first(iri, "cl:supportedBy"), values.first(iri, "cl:asOf")
    if passage:
        return (
            iri,
            values.first(passage, "cl:passageOf"),
            values.first(passage, "cl:locator"),
            as_of,
        )
    return (
        iri,
        values.first(iri, "dcterms:source"),
        values.first(iri, "cl:locator"),
        as_of,
    )


def _remove(connection: sqlite3.Connection, iri: str) -> None:
    """Remove a link with its parties and claims."""
    query = "SELECT id FROM link WHERE iri = ?"
    for (number,) in connection.execute(query, (iri,)).fetchall():
        connection.execute("DELETE FROM party WHERE link = ?", (number,))
        connection.execute("DELETE FROM claim WHERE link = ?", (number,))
        connection.execute("DELETE FROM link WHERE id = ?", (number,))


class Links:
    """Reads a table of links."""

    def __init__(self, path: Path) -> None:
        self.ask = Database(path, remade(path)).ask

    def all(self) -> list[Link]:
        """List all links, in the order of their IRIs."""
        return list(map(_read, self.ask("SELECT * FROM link ORDER BY iri")))

    def first(self) -> str:
        """Return the IRI of the first link; empty where there is none."""
        found = self.ask("SELECT iri FROM link ORDER BY iri LIMIT 1").fetchone()
        return str(found[0]) if found else ""

    def link(self, iri: str) -> Link | None:
        """Return a link by its IRI; None where there is none."""
        row = self.ask("SELECT * FROM link WHERE iri = ?", (iri,)).fetchone()
        return _read(row) if row else None

    def of_city(self, city: str) -> list[tuple[Link, tuple[Claim, ...]]]:
        """List the links of a city in the order of their IRIs, each with its claims."""
        claims = defaultdict(list)
        for number, *claim in self.ask(_CLAIMS_OF_CITY, (city,)):
            claims[number].append(Claim._make(claim))
        links = map(_read, self.ask(_OF_CITY, (city,)))
        return [(link, tuple(claims[link.number])) for link in links]

    def between(self, some: Iterable[str], others: Iterable[str]) -> list[Link]:
        """List the links that have a party among some, and another among others."""
        asked = (json.dumps(list(some)), json.dumps(list(others)))
        return list(map(_read, self.ask(_BETWEEN, asked)))

    def standings(self) -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
        """Yield how each link stands: status, its date, end, last confirmation, and parties."""
        asked = "SELECT status, as_of, end, last_confirmed, parties FROM link ORDER BY iri"
        for status, as_of, end, confirmed, parties in self.ask(asked):
            yield status, as_of, end, confirmed, tuple(parties.split())

    def claims(self, link: str) -> tuple[Claim, ...]:
        """List the claims of a link, in the order of their IRIs."""
        return tuple(map(Claim._make, self.ask(_CLAIMS, (link,))))


def _read(row: tuple[Any, ...]) -> Link:
    *single, contested, topics, parties, periods = row
    several = (bool(contested), tuple(topics.split()), tuple(parties.split()))
    return Link._make((*single, *several, tuple(map(_period, periods.split()))))


def _period(text: str) -> tuple[str, str]:
    start, _, end = text.partition("/")
    return start, end


_OF_CITY: Final = (
    "SELECT link.* FROM party JOIN link ON link.id = party.link WHERE city = ? ORDER BY iri"
)
_BETWEEN: Final = """
SELECT * FROM link WHERE id IN (
  SELECT one.link FROM party AS one JOIN party AS other ON one.link = other.link
  WHERE one.city IN (SELECT value FROM json_each(?)) AND one.city <> other.city
    AND other.city IN (SELECT value FROM json_each(?))
) ORDER BY last_confirmed DESC, iri
"""
_CLAIMS_OF_CITY: Final = (
    "SELECT claim.* FROM party JOIN claim ON claim.link = party.link WHERE city = ? "
    "ORDER BY claim.link, claim.iri"
)
_CLAIMS: Final = (
    "SELECT claim.iri, document, locator, claim.as_of FROM link JOIN claim ON claim.link = link.id "
    "WHERE link.iri = ? ORDER BY claim.iri"
)


def _opened(release: Release) -> Links:
    return Links(release.file(LINKS.name))


LINKS: Final = View("links-3.sqlite", _opened, write, follow, _READ)
