"""Great circles as paths of SVG: quadratic curves through the middle of each part of the way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from registry.maps.projection import Point, project

_PART: Final = 0.5
"""Radians that one curve spans at most: about 3,200 km, on which it is off by a few kilometres."""


class Place(NamedTuple):
    """A position on the globe as a vector of length one, its longitude, and its place on maps."""

    x: float
    y: float
    z: float
    longitude: float
    point: Point


def place(longitude: float, latitude: float) -> Place:
    """Give the place of a position in degrees."""
    return Place(*vector(longitude, latitude), longitude, project(longitude, latitude))


def vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    """Give the vector of length one to a position in degrees."""
    east, north = math.radians(longitude), math.radians(latitude)
    flat = math.cos(north)
    return flat * math.cos(east), flat * math.sin(east), math.sin(north)


def dot(at: Place, unit: int = 1) -> str:
    """Draw a place as a line of no length, which shows where lines have round ends.

    >>> dot(place(9.16, 45.19))
    'M10436 1677h0'
    """
    return f"M{round(at.point.x / unit)} {round(at.point.y / unit)}h0"


def arc(start: Place, end: Place, unit: int = 1) -> str:
    """Draw the shortest way between two places as commands of a path (SVG 2, section 9.3).

    It is cut where it passes the antimeridian. Numbers are whole multiples of `unit`.

    >>> arc(place(9.16, 45.19), place(9.95, 52.15))
    'M10436 1677l12 -412'
    """
    parts = []
    for one, other in _parts(start, end):
        if abs(one.longitude - other.longitude) > 180:
            parts += [_to_the_edge(one, other, unit), _to_the_edge(other, one, unit)]
        else:
            parts.append(_curve(one, other, unit))
    return "".join(parts)


def _parts(start: Place, end: Place) -> Iterator[tuple[Place, Place]]:
    """Split a way into parts that one curve can follow."""
    angle = _angle(start, end)
    if angle <= _PART or angle > _OPPOSITE:
        yield start, end
        return
    middle = _middle(start, end)
    yield from _parts(start, middle)
    yield from _parts(middle, end)


_OPPOSITE: Final = math.pi - 1e-6
"""Radians from which on any way is the shortest."""


def _angle(one: Place, other: Place) -> float:
    product = one.x * other.x + one.y * other.y + one.z * other.z
    return math.acos(max(-1.0, min(1.0, product)))


def _middle(one: Place, other: Place) -> Place:
    """Give the place half-way."""
    x, y, z = one.x + other.x, one.y + other.y, one.z + other.z
    length = math.sqrt(x * x + y * y + z * z) or 1.0
    x, y, z = x / length, y / length, z / length
    longitude = math.degrees(math.atan2(y, x))
    return Place(x, y, z, longitude, project(longitude, math.degrees(math.asin(z))))


def _curve(one: Place, other: Place, unit: int) -> str:
    """Draw a short way: a curve through its middle, where that is not straight."""
    (ax, ay), (bx, by), (mx, my) = one.point, other.point, _middle(one, other).point
    x, y = round(ax / unit), round(ay / unit)
    dx, dy = round(bx / unit) - x, round(by / unit) - y
    off = (bx - ax) * (my - ay) - (by - ay) * (mx - ax)
    if abs(off) <= _STRAIGHT * math.hypot(bx - ax, by - ay):
        return f"M{x} {y}l{dx} {dy}"
    cx, cy = 2 * mx - (ax + bx) / 2, 2 * my - (ay + by) / 2
    return f"M{x} {y}q{round(cx / unit) - x} {round(cy / unit) - y} {dx} {dy}"


_STRAIGHT: Final = 3.0
"""Units by which the middle of a way may be off a straight line: six kilometres."""


def _to_the_edge(one: Place, other: Place, unit: int) -> str:
    """Draw a straight line from a place to where the way to another one leaves the map."""
    edge = math.copysign(180.0, one.longitude)
    before, beyond = abs(edge - one.longitude), 180.0 - abs(other.longitude)
    part = before / (before + beyond) if before + beyond else 0.0
    latitude = _latitude(one) + (_latitude(other) - _latitude(one)) * part
    (ax, ay), (bx, by) = one.point, project(edge, latitude)
    x, y = round(ax / unit), round(ay / unit)
    return f"M{x} {y}l{round(bx / unit) - x} {round(by / unit) - y}"


def _latitude(at: Place) -> float:
    return math.degrees(math.asin(max(-1.0, min(1.0, at.z))))
