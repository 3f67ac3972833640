"""Positions as WKT from south to north, to be asked which are near something."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

OF_RELEASE: Final = "positions-1.json"
"""The file in a release's folder with those of its default graph."""

POINT: Final = re.compile(r"POINT\s*\(\s*(-?[0-9.]+)\s+(-?[0-9.]+)\s*\)")
"""A point as WKT writes it, with its longitude and its latitude."""


class Box(NamedTuple):
    """Bounds in degrees; from west to east over the antimeridian where west is greater."""

    south: float
    north: float
    west: float
    east: float

    def has(self, longitude: float) -> bool:
        """Whether a longitude is between west and east."""
        if self.west > self.east:
            return longitude >= self.west or longitude <= self.east
        return self.west <= longitude <= self.east


@dataclass(frozen=True)
class Positions:
    """The values of `geo:asWKT` in a release: points from south to north, and all others."""

    latitudes: Sequence[float]
    points: Sequence[tuple[float, str]]
    others: Sequence[str]

    @staticmethod
    def of(values: Iterable[str]) -> Positions:
        """Sort some values."""
        points, others = [], []
        for text in sorted(set(values)):
            if match := POINT.fullmatch(text):
                points.append((float(match[2]), float(match[1]), text))
            else:
                others.append(text)
        points.sort()
        return Positions([one[0] for one in points], [one[1:] for one in points], others)

    @staticmethod
    @lru_cache(maxsize=4)
    def beside(store: str) -> Positions | None:
        """Read those that lie beside a store once; None where an older version wrote none."""
        try:
            return Positions.read(Path(store).parent / OF_RELEASE)
        except FileNotFoundError:
            return None

    @staticmethod
    def read(path: Path) -> Positions:
        """Read what `write` wrote."""
        kept = json.loads(path.read_bytes())
        return Positions(kept["latitudes"], kept["points"], kept["others"])

    def write(self) -> bytes:
        """Write them so that they are quickly read."""
        kept = {"latitudes": self.latitudes, "points": self.points, "others": self.others}
        return json.dumps(kept, ensure_ascii=False).encode()

    def within(self, boxes: Iterable[Box]) -> set[str]:
        """Return those that may be in one of some boxes."""
        found = set(self.others)
        for box in boxes:
            first = bisect_left(self.latitudes, box.south)
            last = bisect_right(self.latitudes, box.north)
            found.update(text for east, text in self.points[first:last] if box.has(east))
        return found
