"""Populated places of Natural Earth (public domain): items of Wikidata, positions, divisions.

Read once, to make the compact gazetteer. Its ids of GeoNames are often wrong and are not read: an
item is the place of the gazetteer that has one of the item's names, in its country, near by.
"""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from registry.places.anchors import Anchor
from registry.places.countries import code_of, is_within
from registry.places.gazetteer import Place
from registry.places.labels import cleaned
from registry.places.names import fold
from registry.places.position import Position, distance

_LANGUAGES: Final = ("en", "de", "es", "fr", "pt", "ru", "zh")
_CODES: Final = {"KOS": "XK", "CYN": "CY", "SOL": "SO", "SDS": "SS", "PSX": "PS", "ALD": "AX"}
"""Codes of Natural Earth that ISO 3166-1 has not, and the country in which GeoNames has it."""

_FAR: Final = 25.0
"""Kilometres within which an item is a place of its name."""

_CLEARLY: Final = 5.0
"""Kilometres by which an item is nearer than another to be the place that both would be."""

_FEWEST: Final = 0.5
"""Share of the places of a division's name that have to be in one division, and more."""


class MapPlace(NamedTuple):
    """A populated place of the map; `item` and `division` are empty where it has none.

    `labels` are its names with their languages, each language once.
    """

    item: str
    names: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    position: Position
    country: str
    division: str
    population: int


def read_places(file: Path) -> list[MapPlace]:
    """Read the places of the map, the most populous first."""
    with file.open(encoding="utf-8", newline="") as lines:
        found = [_read(row) for row in csv.DictReader(lines)]
    return sorted(found, key=lambda one: (-one.population, one))


def _read(row: dict[str, str]) -> MapPlace:
    labels = [(tag, name) for tag in _LANGUAGES if (name := cleaned(row[f"name_{tag}"]))]
    names = dict.fromkeys(name for _, name in labels)
    code = row["iso_a2"].strip()
    three = row["adm0_a3"]
    return MapPlace(
        row["wikidataid"].strip(),
        tuple(names) or (row["name"].strip(),),
        tuple(labels),
        Position(round(float(row["latitude"]), 5), round(float(row["longitude"]), 5)),
        code_of(code) or _CODES.get(three) or code_of(three),
        row["adm1name"].strip(),
        int(row["pop_max"] or 0),
    )


def with_names_of_the_map(
    places: Iterable[Place], mapped: Iterable[MapPlace], found: Iterable[Anchor]
) -> Iterator[Place]:
    """Yield places with the labels of the items that they are, which go before their own.

    The map calls Beijing `Peking` in German, as German texts do. In Chinese it mixes two scripts,
    and goes after.
    """
    items = _items(mapped)
    told = {one.place: dict(items[one.item].labels) for one in found if one.place}
    for place in places:
        yield _relabelled(place, told[place.id]) if place.id in told else place


def _relabelled(place: Place, told: dict[str, str]) -> Place:
    before = dict(place.labels)
    after = before | {tag: name for tag, name in told.items() if tag not in before or tag != "zh"}
    kept = set(after.values())
    given_up = [name for name in before.values() if name not in kept]
    others = dict.fromkeys((*place.others, *given_up))
    return place._replace(
        labels=tuple(sorted(after.items())),
        others=tuple(name for name in others if name not in kept),
    )


class Around:
    """Places of a gazetteer, by position."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._cells: dict[tuple[int, int], list[Place]] = defaultdict(list)
        for place in places:
            self._cells[_cell(place.latitude, place.longitude)].append(place)

    def near(self, position: Position, country: str) -> Iterator[tuple[float, Place]]:
        """Yield the places of a country and its territories near by, with their distances."""
        row, column = _cell(*position)
        for cell in ((row + y, (column + x) % 360) for y in (-1, 0, 1) for x in range(-2, 3)):
            for place in self._cells.get(cell, ()):
                if _is_in(place.country, country):
                    away = distance(*position, place.latitude, place.longitude)
                    if away <= _FAR:
                        yield away, place


def _cell(latitude: float, longitude: float) -> tuple[int, int]:
    return math.floor(latitude), math.floor(longitude) % 360


def _is_in(code: str, country: str) -> bool:
    return is_within(code, country) or is_within(country, code)


def anchors(mapped: Iterable[MapPlace], around: Around) -> list[Anchor]:
    """Return what is known of the items, with the places that they are.

    An item is the most populous place near by whose main name is one of the item's; where there is
    none, the most populous that has any of them. Where two items would be one place, it is the one
    that is nearer by 5 km or more; where none is, it is neither.
    """
    items = _items(mapped)
    found = {item: _place_of(one, around) for item, one in items.items()}
    claims: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for item, (away, place) in found.items():
        claims[place].append((away, item))
    kept = {item: place for place, asked in claims.items() for item in _nearest(asked)}
    return [
        Anchor(item, one.names, one.position, one.country, kept.get(item, 0))
        for item, one in items.items()
    ]


def _items(mapped: Iterable[MapPlace]) -> dict[str, MapPlace]:
    """Return the items with the first place that each of them is."""
    items: dict[str, MapPlace] = {}
    for one in mapped:
        if one.item:
            items.setdefault(one.item, one)
    return items


def _place_of(one: MapPlace, around: Around) -> tuple[float, int]:
    """Return the distance and the id of the place that an item is; the id is 0 where none is."""
    keys = {fold(name) for name in one.names} - {""}
    named = (
        (fold(place.name) not in keys, -place.population, away, place.id)
        for away, place in around.near(one.position, one.country)
        if keys & {fold(name) for name in place.names}
    )
    *_, away, number = min(named, default=(False, 0, 0.0, 0))
    return away, number


def _nearest(asked: list[tuple[float, str]]) -> list[str]:
    """Return the item that is clearly the nearest to a place.

    >>> _nearest([(9.0, "Q2"), (1.0, "Q1")]), _nearest([(3.0, "Q2"), (1.0, "Q1")])
    (['Q1'], [])
    """
    (first, item), *others = sorted(asked)
    return [] if others and others[0][0] - first < _CLEARLY else [item]


def divisions(mapped: Iterable[MapPlace], around: Around) -> Iterator[tuple[str, str, str]]:
    """Yield country, code and name of the divisions of the map.

    A name is that of the division in which most places of the gazetteer are that are called like
    those that the map has in it, near by.
    """
    votes: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for one in mapped:
        if one.division and one.country:
            near = {place.id: place for _, place in around.near(one.position, one.country)}
            if place := near.get(_place_of(one, around)[1]):
                votes[one.country, one.division][place.country, place.region] += 1
    for (_, name), counted in sorted(votes.items()):
        (country, code), most = counted.most_common(1)[0]
        if most > counted.total() * _FEWEST:
            yield country, code, name
