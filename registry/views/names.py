"""The index of names in a release, folded so that spellings of one name are equal.

An SQLite file beside the release's store, with the identifiers and positions of cities, preferred
names by language, all names by folded key, and their words for what is typed so far (FTS5,
prefixes). A city may have several items of Wikidata, as those of a town and of its municipality:
`item` has all of them.
"""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.damage import remade
from registry.databases import Database, writing
from registry.graphs.lines import Reader, Statement
from registry.places.countries import code_of
from registry.places.names import fold
from registry.releases.reading import Content, Release, View
from registry.views.spelling import Spelling

KINDS: Final = (
    *("city", "practice", "programme", "network", "project", "body", "association"),
    *("organisation", "agreement", "event", "exchange"),
    *("region", "heritage-asset", "community", "call"),
)
"""The kinds of things that people look for by name; a link is found by its cities."""

INDEXED: Final = (*KINDS, "authority", "document")
"""The kinds of things in the index: these, and those that are found beside them."""

_NAMES: Final = {
    "skos:prefLabel": 1,
    "dcterms:title": 1,
    "skos:altLabel": 0,
    "skos:hiddenLabel": 0,
}
_ABOUT: Final = {
    "cl:geonamesFeature": "geonames",
    "cl:wikidataItem": "wikidata",
    "cl:inCountry": "country",
    "wgs84:lat": "latitude",
    "wgs84:long": "longitude",
    "cl:population": "population",
}

FEWEST_INHABITANTS: Final = 50
"""A number of inhabitants that is smaller counts as not known."""

_OWN: Final = "cl:ownLanguage"
_LINK: Final = "cl:partyIn"

_READ: Final = frozenset(terms.prefixed(name) for name in (*_NAMES, *_ABOUT, _OWN, _LINK))
"""The predicates that an index is made of: where none of their triples changed, neither does it."""

_TABLES: Final = """
CREATE TABLE thing (id INTEGER PRIMARY KEY, kind TEXT, ref TEXT, label TEXT, country TEXT,
  latitude REAL, longitude REAL, population INTEGER, geonames INTEGER, wikidata TEXT);
CREATE TABLE item (item TEXT, thing INTEGER);
CREATE TABLE name (id INTEGER PRIMARY KEY, key TEXT, thing INTEGER, main INTEGER, weight REAL,
  label TEXT, lang TEXT, spelled TEXT, own INTEGER);
CREATE TABLE preferred (thing INTEGER, lang TEXT, label TEXT, own INTEGER);
CREATE VIRTUAL TABLE word USING fts5 (key, content = '', prefix = '1 2 3', tokenize = 'ascii');
"""
_INDEXES: Final = """
CREATE UNIQUE INDEX by_iri ON thing (kind, ref);
CREATE INDEX by_item ON item (item);
CREATE INDEX item_by_thing ON item (thing);
CREATE INDEX by_key ON name (key);
CREATE INDEX by_thing ON name (thing);
CREATE INDEX preferred_by_thing ON preferred (thing);
"""


class Thing(NamedTuple):
    """A thing with a name, as the index has it.

    Of a city: its country (ISO 3166-1 alpha-2), position in degrees, inhabitants, GeoNames id and
    first Wikidata item; what is not known is empty or 0. `number` is its own in this index.
    """

    number: int
    kind: str
    ref: str
    label: str
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    population: int = 0
    geonames: int = 0
    wikidata: str = ""

    @property
    def id(self) -> str:
        """What follows the base of all things in its IRI: `city/pavia-3171366`."""
        return f"{self.kind}/{self.ref}"

    @property
    def iri(self) -> str:
        """Its IRI."""
        return terms.ID + self.id


class Preferred(NamedTuple):
    """A preferred name in a language (BCP 47, empty = unknown); `own`: one spoken there."""

    text: str
    lang: str
    own: bool


class Suggestion(NamedTuple):
    """A thing whose name begins as it was typed, and that name."""

    thing: Thing
    name: str


def write(content: Content) -> None:
    """Make the index of a release in the making."""
    grouped = groupby(_READER.read(content.merged), lambda one: one.iri)
    by_thing, first = (list(about) for _, about in grouped), 1
    with writing(content.folder / NAMES.name) as connection:
        connection.executescript(_TABLES)
        while some := [*islice(by_thing, _BATCH)]:
            found = _things(chain.from_iterable(some))
            _add(connection, found, first)
            first += len(found)
        connection.executescript(_INDEXES)


def follow(target: Path, before: Path, store: ox.Store, subjects: Iterable[str]) -> None:
    """Make the index from that of the last release, given the IRIs of what has changed."""
    changed = sorted(iri for iri in subjects if iri.startswith(_STARTS))
    if not changed:
        target.hardlink_to(before)
        return
    shutil.copyfile(before, target)
    found = _things(one for iri in changed for one in _READER.read_of(store, iri))
    with writing(target) as connection:
        for iri in changed:
            _remove(connection, iri)
        (last,) = connection.execute("SELECT max(id) FROM thing").fetchone()
        _add(connection, found, first=1 + (last or 0))


_BATCH: Final = 10_000
"""Things that are held in memory at a time."""


@dataclass
class _Description:
    """The statements about a thing: its names, own languages, links, and other values."""

    names: list[tuple[int, str, str]] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    about: dict[str, str] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)


def _things(statements: Iterable[Statement]) -> dict[str, _Description]:
    """Collect names and identifiers by thing; what has no name is left out."""
    described: dict[str, _Description] = {}
    for iri, name, value, lang in statements:
        one = described.get(iri)
        if one is None:
            one = described[iri] = _Description()
        if name in _NAMES:
            one.names.append((_NAMES[name], value, lang))
        elif name == _OWN:
            one.own.add(value)
        elif name == _LINK:
            one.links.add(value)
        else:
            key = _ABOUT[name]
            if key == "wikidata":
                one.items.add(value.rpartition("/")[2])
            # Of several values the first in their order, whichever graph is read first.
            one.about[key] = min(value, one.about.get(key, value))
    return {iri: described[iri] for iri in sorted(described) if described[iri].names}


_STARTS: Final = tuple(terms.thing(kind, "") for kind in INDEXED)

_READER: Final = Reader(INDEXED, (*_NAMES, *_ABOUT, _OWN, _LINK))


def _add(connection: sqlite3.Connection, found: dict[str, _Description], first: int) -> None:
    """Add things from a number on, and their names: each key once, the preferred names first."""
    things, items, preferred = [], [], []
    names: list[_NameRow] = []
    (last,) = connection.execute("SELECT max(id) FROM name").fetchone()
    for number, (iri, described) in enumerate(found.items(), first):
        kind, ref = terms.kind_and_ref(iri) or ("", "")
        called = sorted(described.names, key=lambda one: (-one[0], one[2] != "en", one[2], one[1]))
        about = described.about
        placed = _placed(about)
        things.append((number, kind, ref, called[0][1], *placed, *_identified(about)))
        items += [(item, number) for item in sorted(described.items)]
        size = _size(placed[-1]) if kind in _INHABITED else _KNOWN
        prominence = round(size + math.log10(1 + len(described.links)), 3)
        names += _by_key(called, number, prominence, described.own)
        main = sorted({(lang, text) for main, text, lang in described.names if main})
        preferred += [(number, lang, text, lang in described.own) for lang, text in main]
    connection.executemany("INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", things)
    connection.executemany("INSERT INTO item VALUES (?, ?)", items)
    connection.executemany("INSERT INTO name VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", names)
    connection.executemany("INSERT INTO preferred VALUES (?, ?, ?, ?)", preferred)
    words = "INSERT INTO word (rowid, key) SELECT id, key FROM name WHERE id > ? ORDER BY id"
    connection.execute(words, (last or 0,))


_INHABITED: Final = frozenset({"city", "region"})
_KNOWN: Final = 4.0
"""What a thing without inhabitants weighs: as a town of ten thousand."""

_NameRow = tuple[str, int, int, float, str, str, str, bool]


def _by_key(
    called: Sequence[tuple[int, str, str]], number: int, prominence: float, own: Container[str]
) -> Iterator[_NameRow]:
    """Yield the rows of a thing's names, each key once, by the first name that has it.

    All spellings of it with letters that are not ASCII are listed beside, folded and as written;
    and whether one of them is its name in a language that is spoken there.
    """
    by_key: dict[str, list[tuple[int, str, str]]] = {}
    for name in called:
        by_key.setdefault(fold(name[1]), []).append(name)
    for key in sorted(by_key.keys() - {""}):
        alike = by_key[key]
        texts = sorted({text for _, text, _ in alike if not text.isascii()})
        spelled = "".join(f"\n{_spelled(one)}\t{one}" for one in texts)
        main, text, lang = alike[0]
        weight = round(prominence - (0 if main else _OTHER), 3)
        is_own = any(one and not text.isascii() and tag in own for one, text, tag in alike)
        yield key, number, main, weight, text, lang, spelled, is_own


def _spelled(text: str) -> str:
    """Return a name with its diacritics, but for case and how they are encoded."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def _spelling(spellings: str, spelled: str) -> str:
    """Return the first spelling that begins as it was typed, as it is written; else empty."""
    listed = (one.partition("\t") for one in spellings.split("\n"))
    return next((text for key, _, text in listed if spelled and key.startswith(spelled)), "")


def inhabitants(stated: int) -> int:
    """Return the inhabitants of a city as far as the number can be meant; 0 where it cannot.

    Gazetteers have numbers such as 3 for cities that partner with others: slips, not counts. The
    statement stays in the data; what shows or compares inhabitants reads it through this rule.
    """
    return stated if stated >= FEWEST_INHABITANTS else 0


def _size(population: int) -> float:
    """Return inhabitants as a power of ten; so few that nobody knows them weigh as a thousand."""
    return round(math.log10(max(population, 1_000)), 3)


def _remove(connection: sqlite3.Connection, iri: str) -> None:
    """Remove a thing and its names; the index of words needs each name to remove it."""
    query = "SELECT id FROM thing WHERE kind = ? AND ref = ?"
    for (number,) in connection.execute(query, terms.kind_and_ref(iri) or ("", "")).fetchall():
        connection.execute(
            "INSERT INTO word (word, rowid, key) SELECT 'delete', id, key FROM name "
            "WHERE thing = ?",
            (number,),
        )
        connection.execute("DELETE FROM name WHERE thing = ?", (number,))
        for table in ("preferred", "item"):
            connection.execute(f"DELETE FROM {table} WHERE thing = ?", (number,))  # noqa: S608
        connection.execute("DELETE FROM thing WHERE id = ?", (number,))


def _placed(about: dict[str, str]) -> tuple[str, float | None, float | None, int]:
    """Read country, position and inhabitants."""
    country = code_of(about.get("country", "").rpartition("/")[2])
    if "latitude" not in about or "longitude" not in about:
        return country, None, None, inhabitants(int(about.get("population", 0)))
    position = float(about["latitude"]), float(about["longitude"])
    return country, *position, inhabitants(int(about.get("population", 0)))


def _identified(about: dict[str, str]) -> tuple[int, str]:
    """Read the identifiers that others have given."""
    number = about.get("geonames", "").rstrip("/").rpartition("/")[2]
    return int(number or 0), about.get("wikidata", "").rpartition("/")[2]


_SELECT: Final = (
    "SELECT thing.id, kind, ref, thing.label, country, latitude, longitude, population, geonames, "
    "wikidata FROM thing"
)


_AMONG: Final = (
    "(kind, ref) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') "
    "FROM json_each(?))"
)

_PREFERRED: Final = (
    "SELECT kind, ref, preferred.label, lang, own "
    "FROM thing JOIN preferred ON thing.id = preferred.thing"
)


def _listed(iris: Iterable[str]) -> str:
    """Write the kinds and references of things as JSON, to be asked for at once."""
    return json.dumps([parts for iri in iris if (parts := terms.kind_and_ref(iri))])


_KEPT: Final = 1 << 14
"""Things that are kept by their numbers."""


class NameIndex:
    """Reads an index."""

    def __init__(self, path: Path) -> None:
        self.ask = Database(path, remade(path)).ask
        self._numbered: dict[int, Thing] = {}

    def number(self, number: int) -> Thing:
        """Return a thing by its number in this index."""
        # Not `lru_cache`: an object that refers to itself is not closed with its last reference.
        found = self._numbered.get(number)
        if found is None:
            if len(self._numbered) >= _KEPT:
                self._numbered.clear()
            (found,) = self._all("thing.id = ?", number)
            self._numbered[number] = found
        return found

    def thing(self, kind: str, ref: str) -> Thing | None:
        """Return a thing by kind and reference."""
        found = self._all("kind = ? AND ref = ?", kind, ref)
        return found[0] if found else None

    def by_iri(self, iris: Iterable[str]) -> dict[str, Thing]:
        """Return things by their IRIs, of those that are known."""
        return {thing.iri: thing for thing in self._all(_AMONG, _listed(iris))}

    def by_geonames(self, number: int) -> Thing | None:
        """Return the city that has a GeoNames id."""
        found = self._geonames.get(number)
        return self.number(found) if found else None

    @cached_property
    def _geonames(self) -> dict[int, int]:
        """The numbers of cities by their GeoNames ids: it is asked of all namesakes."""
        asked = "SELECT geonames, id FROM thing WHERE geonames > 0 ORDER BY id DESC"
        return dict(self.ask(asked).fetchall())

    def by_wikidata(self, item: str) -> Thing | None:
        """Return the thing that an item of Wikidata is about."""
        found = self._all("thing.id IN (SELECT thing FROM item WHERE item = ?)", item)
        return found[0] if found else None

    def items(self, thing: Thing) -> list[str]:
        """List the items of Wikidata that are about a thing, sorted."""
        rows = self.ask("SELECT item FROM item WHERE thing = ? ORDER BY item", (thing.number,))
        return [item for (item,) in rows]

    def items_beginning(self, typed: str, limit: int) -> list[Suggestion]:
        """List the things about which an item is that begins so, with the item."""
        # ':' follows the digits.
        return self._identified(
            "SELECT thing, item FROM item WHERE item >= ?1 AND item < ?1 || ':'", typed, limit
        )

    def numbers_beginning(self, typed: int, limit: int) -> list[Suggestion]:
        """List the cities whose GeoNames id begins so, with the id."""
        return self._identified(
            "SELECT id AS thing, geonames AS item FROM thing WHERE geonames > 0 "
            "AND substr(geonames, 1, length(?1)) = ?1",
            str(typed),
            limit,
        )

    def references_beginning(self, kind: str, typed: str, limit: int) -> list[Suggestion]:
        """List the things of a kind whose reference begins so, with kind and reference."""
        return self._identified(
            "SELECT id AS thing, kind || '/' || ref AS item FROM thing WHERE kind = ?3 "
            "AND substr(ref, 1, length(?1)) = ?1",
            typed,
            limit,
            kind,
        )

    def _identified(self, asked: str, *values: object) -> list[Suggestion]:
        """List things by a question for them and an identifier, the larger cities first."""
        ordered = _IDENTIFIED.replace("{found}", asked)
        rows = self.ask(ordered, values)
        return [Suggestion(self.number(number), str(item)) for number, item in rows]

    @cached_property
    def cities(self) -> dict[str, Thing]:
        """The cities by their IRIs, in the order of these."""
        return {city.iri: city for city in self.of_kind("city")}

    def countries(self) -> list[tuple[str, int]]:
        """List the countries of cities by code, each with the number of its cities."""
        asked = (
            "SELECT country, count(*) FROM thing WHERE kind = 'city' AND country <> '' "
            "GROUP BY country ORDER BY country"
        )
        return self.ask(asked).fetchall()

    def city_countries(self) -> list[tuple[str, str]]:
        """List the references of cities, each with the code of its country."""
        asked = "SELECT ref, country FROM thing WHERE kind = 'city' AND country <> '' ORDER BY ref"
        return self.ask(asked).fetchall()

    def of_kind(self, kind: str) -> list[Thing]:
        """List the things of a kind, in the order of their references."""
        return sorted(self._all("kind = ?", kind), key=lambda thing: thing.ref)

    def unlisted(self) -> list[Thing]:
        """List the cities without a GeoNames id."""
        return self._all("kind = 'city' AND geonames = 0")

    def named(self, key: str) -> list[tuple[Thing, bool]]:
        """List the things of a folded name, and if it is a preferred one."""
        rows = self.ask("SELECT thing, main FROM name WHERE key = ? ORDER BY thing", (key,))
        return [(self.number(number), bool(main)) for number, main in rows]

    def preferred(self, iris: Iterable[str]) -> dict[str, list[Preferred]]:
        """Return the preferred names of things by their IRIs, in the order of languages."""
        found: dict[str, list[Preferred]] = {}
        asked = f"{_PREFERRED} WHERE {_AMONG} ORDER BY thing.id, lang, preferred.label"
        for kind, ref, *name in self.ask(asked, (_listed(iris),)):
            found.setdefault(terms.thing(kind, ref), []).append(Preferred._make(name))
        return found

    def names(self, thing: Thing) -> list[str]:
        """List the names of a thing, the preferred ones first."""
        asked = "SELECT label FROM name WHERE thing = ? ORDER BY main DESC, id"
        return [label for (label,) in self.ask(asked, (thing.number,))]

    @cached_property
    def city_keys(self) -> dict[str, list[str]]:
        """The folded names of cities by country."""
        asked = (
            "SELECT DISTINCT country, key FROM name JOIN thing ON thing.id = name.thing "
            "WHERE kind = 'city' ORDER BY country, key"
        )
        keys: dict[str, list[str]] = {}
        for country, key in self.ask(asked):
            keys.setdefault(country, []).append(key)
        return keys

    @cached_property
    def other_keys(self) -> list[tuple[str, int]]:
        """List the folded names of all that is no city, each with the number of the thing."""
        asked = (
            "SELECT key, thing FROM name JOIN thing ON thing.id = name.thing "
            "WHERE kind <> 'city' ORDER BY key, thing"
        )
        return list(self.ask(asked))

    @cached_property
    def spelling(self) -> Spelling:
        """The words of all names, for what was mistyped."""
        return Spelling([key for (key,) in self.ask("SELECT DISTINCT key FROM name")])

    def beginning(self, typed: str, kinds: Iterable[str] = (), limit: int = 20) -> list[Suggestion]:
        """List the things of which a word of a name begins as each word that was typed.

        Their order is that of `matching`.
        """
        words = [[word] for word in fold(typed).split(" ") if word]
        if not words:
            return []
        return [one for one, _ in self.matching(typed, words, (tuple(kinds), ""), limit)]

    def matching(
        self, typed: str, words: Words, among: Among, limit: int, offset: int = 0
    ) -> list[tuple[Suggestion, int]]:
        """List the things of which a word of a name begins as one of each group of words.

        Each comes with how its name fits what was typed: 4 it is that and a preferred name, 3 it is
        that, 2 it begins so, 1 a later word does. The order is that of the best name of each thing:

        1. Where letters were typed that are not ASCII, names that are spelled so, to the letter but
           for case, before those that only meet in folded form: "mü" is Munich (München), Mülheim,
           and only then Mumbai. Names in a language that is spoken there go before (by `_AT_HOME`):
           "San José" is the one in Costa Rica before the one in California.
        2. Names that begin so, names of which a later word does.
        3. The better known place and the shorter name: inhabitants as a power of ten (one of 3
           where they are not known) and so its links, `_SHARE` times the share of the name that was
           typed, `_WHOLE` where that is all of it, less `_OTHER` where it is not a preferred name
           in any language (by a third of it where it is spelled so). So "pav" is Pavia before
           Pavlodar, which has five times as many inhabitants, "st petersburg" is the one in Russia
           before the one in Florida, and "besan" Besançon before Bet She'an, which is called so.
        """
        asked, values = self._among(_MATCHING, words, among)
        key, spelled = fold(typed), "" if typed.isascii() else _spelled(typed)
        values |= {"key": key, "typed": len(key), "share": _SHARE * len(key)}
        values |= {"spelled": f"\n{spelled}", "other": _SPELLED_OTHER, "whole": _WHOLE}
        values |= {"home": _AT_HOME}
        values |= {"limit": limit, "offset": offset}
        rows = self.ask(asked.replace("{spelled}", _SPELLED if spelled else "0"), values)
        return [
            (Suggestion(self.number(number), _spelling(spellings, spelled) or label), _FITS[fit])
            for number, label, fit, spellings in rows
        ]

    def matching_numbers(self, words: Words) -> dict[tuple[str, str], int]:
        """Count, by kind and country, the things of which words of a name begin as `matching`."""
        rows = self.ask(*self._among(_MATCHING_NUMBERS, words, ((), "")))
        return {(kind, country): number for kind, country, number in rows}

    def _among(self, asked: str, words: Words, among: Among) -> tuple[str, dict[str, object]]:
        """Complete a question for words by the kinds and country that are wanted."""
        kinds, country = among
        clauses = ["kind IN (SELECT value FROM json_each(:kinds))"] if kinds else []
        clauses += ["country = :country"] if country else []
        one = words[0][0] if len(words) == 1 == len(words[0]) else ""
        named = _BY_LETTER if len(one) == 1 else _BY_WORDS
        match = one if len(one) == 1 else _match(words)
        where = " AND ".join(clauses)
        wanted = f" AND thing IN (SELECT id FROM thing WHERE {where})" if where else ""  # noqa: S608
        asked = asked.replace("{named}", named).replace("{among}", wanted)
        return asked, {"match": match, "kinds": json.dumps(kinds), "country": country}

    def _all(self, where: str, *values: object) -> list[Thing]:
        return list(map(Thing._make, self.ask(f"{_SELECT} WHERE {where} ORDER BY 1", values)))


def _match(words: Words) -> str:
    """Ask the index of words (FTS5, section 3) for one of each group; each may be unfinished."""
    groups = (" OR ".join(f'"{word}"*' for word in group) for group in words)
    return " AND ".join(f"({group})" for group in groups)


_IDENTIFIED: Final = """
WITH found AS ({found})
SELECT thing, item FROM found JOIN thing ON thing.id = thing
ORDER BY population DESC, kind, ref, item LIMIT ?2
"""

Words = Sequence[Sequence[str]]
"""Groups of words in folded form, each of which may be unfinished."""

Among = tuple[tuple[str, ...], str]
"""Kinds and country of what is wanted; all where they are empty."""

_SHARE: Final = 3.5
"""Powers of ten that a name weighs more of which all was typed than one of which hardly any was."""

_OTHER: Final = 2.5
"""Powers of ten that a name weighs less which is not a preferred one."""

_WHOLE: Final = 2.5
"""Powers of ten that a name weighs more which is all that was typed."""

_AT_HOME: Final = 1.0
"""Powers of ten that a name weighs more which is spelled so where it is."""

_SPELLED_OTHER: Final = 1.7
"""Powers of ten that such a name weighs more where it is spelled as it was typed."""

_MATCHING: Final = """
WITH best AS (
  SELECT thing, id, max(
    weight + :share / length(key) + (key = :key) * :whole
    + (substr(key, 1, :typed) = :key) * 100 + {spelled} - id / 1e9
  ) AS rank
  FROM name WHERE {named}{among} GROUP BY thing
), first AS (
  SELECT best.id AS id, round(rank, 3) AS rank, kind, ref
  FROM best JOIN thing ON thing.id = best.thing
  ORDER BY round(rank, 3) DESC, kind, ref LIMIT :limit OFFSET :offset
)
SELECT thing, label,
  (key = :key) * 4 + (substr(key, 1, :typed) = :key) * 2 + (main AND :key <> ''), spelled
FROM first JOIN name ON name.id = first.id ORDER BY rank DESC, kind, ref
"""

_SPELLED: Final = "(instr(spelled, :spelled) > 0) * (300 + (NOT main) * :other + own * :home)"
"""What is added to the rank of a name that is spelled as it was typed."""

_FITS: Final = {0: 1, 1: 1, 2: 2, 3: 2, 6: 3, 7: 4}
"""How a name fits, by what is counted above."""

_MATCHING_NUMBERS: Final = """
SELECT kind, country, count(*) FROM thing
WHERE id IN (SELECT thing FROM name WHERE {named}{among}) GROUP BY kind, country
"""

_BY_WORDS: Final = "name.id IN (SELECT rowid FROM word WHERE word MATCH :match)"
_BY_LETTER: Final = "main AND key >= :match AND key < :match || '{'"
"""One letter begins too many words: it is taken for that of preferred names ('{' follows z)."""


def _opened(release: Release) -> NameIndex:
    return NameIndex(release.file(NAMES.name))


NAMES: Final = View("names-4.sqlite", _opened, write, follow, _READ)
