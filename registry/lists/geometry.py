"""Lines along great circles, cut at the antimeridian (RFC 7946, section 3.1.9)."""

from __future__ import annotations

import math
from typing import Any, Final

from registry.places.great_circle import shortest_line, sphere_point
from registry.places.position import KILOMETRES_PER_DEGREE

Point = tuple[float, float]
"""Longitude and latitude in degrees, in this order (RFC 7946, section 3.1.1)."""

_STEP: Final = math.radians(250 / KILOMETRES_PER_DEGREE)
"""Radians between the points of a line: 250 kilometres."""

_DIGITS: Final = 4
"""Decimal places of a degree: ten metres."""


def great_circle(start: Point, end: Point) -> list[list[Point]]:
    """Return the parts of the shortest line between two points; it has two where it is cut.

    >>> great_circle((9.16, 45.19), (9.95, 52.15))[0][0]
    (9.16, 45.19)
    >>> [part[-1][0] for part in great_circle((179.0, 10.0), (-179.0, 10.0))]
    [180.0, -179.0]
    """
    # Rounded first: an end that rounding puts on the antimeridian is not cut off from its line.
    first, last = sphere_point(*_round(*start)), sphere_point(*_round(*end))
    parts = shortest_line(first, last, _STEP)
    return [[_round(at.longitude, at.latitude) for at in part] for part in parts]


def _round(longitude: float, latitude: float) -> Point:
    return round(longitude, _DIGITS), round(latitude, _DIGITS)


def line(points: list[Point]) -> dict[str, Any] | None:
    """Return the geometry of a link: a line between each two of its cities; None with fewer."""
    pairs = [(a, b) for n, a in enumerate(points) for b in points[n + 1 :]]
    parts = [part for pair in pairs for part in great_circle(*pair)]
    if not parts:
        return None
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": parts}


def dots(points: list[Point]) -> dict[str, Any] | None:
    """Return the geometry of what is at several places; None where it is nowhere."""
    if not points:
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points}
