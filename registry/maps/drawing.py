"""A map of one city's links: the part of the world they reach, lines, dots and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from registry.maps.arcs import MapPoint, arc, dot
from registry.maps.projection import WIDTH, Box, Point, around

RATIO: Final = 2.1
"""How much wider than high a map is."""

_LEAST: Final = 1_500.0
"""Units that a map is wide at least: 3,000 kilometres, to see where it is."""

_MOST_NAMES: Final = 14
"""Names of cities on a map; of more only those of the farthest are readable."""

_NARROW: Final = 1.8
"""How much larger letters are on a map in a narrow window (`style.css`)."""

_LONGEST: Final = 32
"""Characters of a name that are shown on a map."""


@dataclass(frozen=True)
class End:
    """The other end of a link: name and place of the city, and the key of the link's row."""

    name: str
    place: MapPoint
    kind: str
    key: str


@dataclass(frozen=True)
class Line:
    """A line: its path, the kind of link it stands for, and the key of the row."""

    path: str
    kind: str
    key: str


@dataclass(frozen=True)
class Name:
    """A name on the map, beside a dot; at its left where there is no room at its right.

    `narrow` is set where it has room in a narrow window, too, whose letters are larger.
    """

    text: str
    at: Point
    left: bool
    narrow: bool


@dataclass(frozen=True)
class Drawing:
    """A map: the part of the world it shows, the size of its letters, lines, dots and names."""

    box: Box
    letter: float
    lines: tuple[Line, ...]
    dots: str
    home: str
    names: tuple[Name, ...]


def draw(name: str, home: MapPoint, ends: Sequence[End]) -> Drawing:
    """Draw the links of a city."""
    lines = tuple(Line(arc(home, end.place), end.kind, end.key) for end in ends)
    named = [(name, home), *((end.name, end.place) for end in _farthest(ends))]
    return _drawing([home, *(end.place for end in ends)], lines, named, home)


def between(cities: Sequence[tuple[str, MapPoint]], kind: str) -> Drawing | None:
    """Draw a link of some cities, each joined with each; None where no place is known."""
    pairs = combinations([at for _, at in cities], 2)
    lines = tuple(Line(arc(one, other), kind, "") for one, other in pairs)
    return _drawing([at for _, at in cities], lines, cities) if cities else None


def journey(steps: Sequence[tuple[tuple[str, MapPoint], tuple[str, MapPoint]]]) -> Drawing | None:
    """Draw ways from a city to another one; None where there is none."""
    lines = tuple(Line(arc(start[1], end[1]), "way", "") for start, end in steps)
    cities = list(dict.fromkeys(city for step in steps for city in step))
    return _drawing([at for _, at in cities], lines, cities) if cities else None


def joined(pairs: Sequence[tuple[MapPoint, MapPoint, str]]) -> Drawing | None:
    """Draw many links, each of two cities and a kind, without names; None where there is none."""
    lines = tuple(Line(arc(one, other), kind, "") for one, other, kind in pairs)
    places = list(dict.fromkeys(at for *both, _ in pairs for at in both))
    return _drawing(places, lines, ()) if places else None


def scattered(cities: Sequence[tuple[str, MapPoint]]) -> Drawing | None:
    """Draw cities alone; None where no place is known."""
    return _drawing([at for _, at in cities], (), cities) if cities else None


def _drawing(
    places: Sequence[MapPoint],
    lines: tuple[Line, ...],
    named: Sequence[tuple[str, MapPoint]],
    home: MapPoint | None = None,
) -> Drawing:
    """Put a map together around some places."""
    box = around([at.point for at in places], _LEAST, RATIO)
    letter = box.width / 62
    return Drawing(
        box,
        round(letter, 1),
        lines,
        "".join(map(dot, places)),
        dot(home) if home else "",
        tuple(_place_names([(name, at.point) for name, at in named], box, letter)),
    )


def _farthest(ends: Sequence[End]) -> list[End]:
    """Choose the cities that are named: each once, the ones at the margin first."""
    once = {end.name: end for end in ends}
    middle = sum(end.place.point.x for end in ends) / len(ends) if ends else WIDTH / 2
    ordered = sorted(once.values(), key=lambda end: -abs(end.place.point.x - middle))
    return ordered[: 3 * _MOST_NAMES]


def _place_names(shown: Sequence[tuple[str, Point]], box: Box, letter: float) -> list[Name]:
    """Place names beside their dots, without those that would cover another name."""
    wide, narrow = _Room(box, letter), _Room(box, letter * _NARROW)
    placed: list[Name] = []
    for name, point in shown:
        if len(placed) > _MOST_NAMES:
            break
        text = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        left = point.x + wide.length(text) > box.x + box.width
        if wide.takes(text, point, left):
            fits = not placed or narrow.holds(text, point, left)
            fits = fits and narrow.takes(text, point, left)
            at = Point(round(point.x), round(point.y))
            placed.append(Name(text, at, left, fits))
    return placed


@dataclass
class _Room:
    """The room that names take on a map, in letters of one size."""

    box: Box
    letter: float
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def length(self, text: str) -> float:
        """Return the length of a name, with its distance from the dot."""
        return len(text) * self.letter * 0.58 + self.letter

    def holds(self, text: str, at: Point, left: bool) -> bool:
        """Whether a name ends on the map."""
        end = at.x + self.length(text) * (-1 if left else 1)
        return self.box.x <= end <= self.box.x + self.box.width

    def takes(self, text: str, at: Point, left: bool) -> bool:
        """Place a name beside a dot unless it would cover another one; return whether it did."""
        length = self.length(text)
        start = at.x - length if left else at.x
        covered = any(
            abs(at.y - y) < self.letter * 1.25 and start < e and s < start + length
            for s, e, y in self.taken
        )
        if not covered:
            self.taken.append((start, start + length, at.y))
        return not covered
