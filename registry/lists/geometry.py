"""Lines along great circles, cut at the antimeridian (RFC 7946, section 3.1.9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from registry.maps.arcs import vector
from registry.places.gazetteer import KILOMETRES_PER_DEGREE, distance

Point = tuple[float, float]
"""Longitude and latitude in degrees, in this order (RFC 7946, section 3.1.1)."""

_STEP: Final = 250.0
"""Kilometres between the points of a line."""

_DIGITS: Final = 4
"""Decimal places of a degree: ten metres."""


def great_circle(start: Point, end: Point) -> list[list[Point]]:
    """Give the parts of the shortest line between two points; it has several where it is cut.

    >>> great_circle((9.16, 45.19), (9.95, 52.15))[0][0]
    (9.16, 45.19)
    >>> [part[-1][0] for part in great_circle((179.0, 10.0), (-179.0, 10.0))]
    [180.0, -179.0]
    """
    parts: list[list[Point]] = [[start]]
    for point in _points(start, end):
        last = parts[-1][-1]
        if abs(point[0] - last[0]) > 180:
            side = math.copysign(180.0, last[0])
            latitude = _crossing(last, point, side)
            parts[-1].append((side, latitude))
            parts.append([(-side, latitude)])
        parts[-1].append(point)
    return [[_rounded(point) for point in part] for part in parts]


def _points(start: Point, end: Point) -> Iterator[Point]:
    """Give points along the line, without its start."""
    away = distance(start[1], start[0], end[1], end[0])
    steps = max(1, math.ceil(away / _STEP))
    angle = math.radians(away / KILOMETRES_PER_DEGREE)
    a, b = vector(*start), vector(*end)
    for step in range(1, steps):
        part = step / steps
        if math.sin(angle) < 1e-9:  # The same point, or opposite ones: any way is the shortest.
            yield start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
            continue
        first, second = math.sin((1 - part) * angle), math.sin(part * angle)
        x, y, z = (first * p + second * q for p, q in zip(a, b, strict=True))
        yield math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
    yield end


def _crossing(one: Point, other: Point, side: float) -> float:
    """Give the latitude at which two near points have the antimeridian between them."""
    beyond = other[0] + math.copysign(360.0, side)
    part = (side - one[0]) / (beyond - one[0]) if beyond != one[0] else 0.0
    return one[1] + (other[1] - one[1]) * part


def _rounded(point: Point) -> Point:
    return round(point[0], _DIGITS), round(point[1], _DIGITS)


def line(points: list[Point]) -> dict[str, Any] | None:
    """Give the geometry of a link: a line between each two of its cities; None with fewer."""
    pairs = [(a, b) for n, a in enumerate(points) for b in points[n + 1 :]]
    parts = [part for pair in pairs for part in great_circle(*pair)]
    if not parts:
        return None
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}
    return {"type": "MultiLineString", "coordinates": parts}


def dots(points: list[Point]) -> dict[str, Any] | None:
    """Give the geometry of what is at several places; None where it is nowhere."""
    if not points:
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points}
