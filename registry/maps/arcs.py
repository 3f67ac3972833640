"""Great circles as paths of SVG: quadratic curves through the middle of each part of the way."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final, NamedTuple

from registry.maps.projection import Point, project
from registry.places.great_circle import SpherePoint, midpoint, shortest_line, sphere_point

_PART: Final = 0.5
"""Radians that one curve spans at most: about 3,200 km, on which it is off by a few kilometres."""


class MapPoint(NamedTuple):
    """A position on the globe, and its place on maps."""

    globe: SpherePoint
    point: Point


def place(longitude: float, latitude: float) -> MapPoint:
    """Return the place of a position in degrees."""
    return _place(sphere_point(longitude, latitude))


def _place(globe: SpherePoint) -> MapPoint:
    return MapPoint(globe, project(globe.longitude, globe.latitude))


def dot(at: MapPoint, unit: int = 1) -> str:
    """Draw a place as a line of no length, which shows where lines have round ends.

    >>> dot(place(9.16, 45.19))
    'M10436 1677h0'
    """
    return f"M{round(at.point.x / unit)} {round(at.point.y / unit)}h0"


def arc(start: MapPoint, end: MapPoint, unit: int = 1) -> str:
    """Draw the shortest way between two places as commands of a path (SVG 2, section 9.3).

    It is cut where it passes the antimeridian. Numbers are whole multiples of `unit`.

    >>> arc(place(9.16, 45.19), place(9.95, 52.15))
    'M10436 1677l12 -412'
    """
    parts = shortest_line(start.globe, end.globe, _PART)
    if len(parts) == 1 and len(parts[0]) == 2:  # Most ways: their ends are projected already.
        return _curve(start, end, unit)
    return "".join(
        _curve(one, other, unit) for part in parts for one, other in pairwise(map(_place, part))
    )


def _curve(one: MapPoint, other: MapPoint, unit: int) -> str:
    """Draw a short way: a curve through its middle, where that is not straight."""
    middle = _place(midpoint(one.globe, other.globe))
    (ax, ay), (bx, by), (mx, my) = one.point, other.point, middle.point
    x, y = round(ax / unit), round(ay / unit)
    dx, dy = round(bx / unit) - x, round(by / unit) - y
    off = (bx - ax) * (my - ay) - (by - ay) * (mx - ax)
    if abs(off) <= _STRAIGHT * math.hypot(bx - ax, by - ay):
        return f"M{x} {y}l{dx} {dy}"
    cx, cy = 2 * mx - (ax + bx) / 2, 2 * my - (ay + by) / 2
    return f"M{x} {y}q{round(cx / unit) - x} {round(cy / unit) - y} {dx} {dy}"


_STRAIGHT: Final = 3.0
"""Units by which the middle of a way may be off a straight line: six kilometres."""
