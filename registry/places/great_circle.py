"""Great circles: the shortest line between two points of a sphere, cut at the antimeridian.

Points are found by spherical linear interpolation. Where a line passes the antimeridian its two
parts end in the very point in which the plane of the circle meets the meridian of 180 degrees;
between longitudes and latitudes nothing is interpolated, which near a pole would miss it by far.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_NOTHING: Final = 1e-9
"""Radians that make no difference: six millimetres."""


class SpherePoint(NamedTuple):
    """A point of the sphere: in degrees, and as a vector of length one."""

    longitude: float
    latitude: float
    x: float
    y: float
    z: float


def sphere_point(longitude: float, latitude: float) -> SpherePoint:
    """Return the point at a position in degrees."""
    east, north = math.radians(longitude), math.radians(latitude)
    flat = math.cos(north)
    x, y, z = flat * math.cos(east), flat * math.sin(east), math.sin(north)
    return SpherePoint(longitude, latitude, x, y, z)


def shortest_line(start: SpherePoint, end: SpherePoint, step: float) -> list[list[SpherePoint]]:
    """Return the shortest line as points at most `step` radians apart (less than pi), in parts.

    A line that passes the antimeridian has two parts, any other has one. The first part ends where
    the second begins, the one at longitude 180 and the other at -180. An end that lies on the
    antimeridian gets the longitude, 180 or -180, of the side on which the line is. Between
    opposite points, where all ways are as short, the line sets out towards the equator.

    >>> parts = shortest_line(sphere_point(179, 10), sphere_point(-179, 10), 0.5)
    >>> [[(point.longitude, round(point.latitude, 4)) for point in part] for part in parts]
    [[(179, 10), (180.0, 10.0015)], [(-180.0, 10.0015), (-179, 10)]]
    """
    parts = [[start]]
    for point in (*_between(start, end, step), end):
        part = parts[-1]
        last = part[-1]
        if abs(point.longitude - last.longitude) <= 180:
            part.append(point)
        elif abs(point.longitude) == 180:
            part.append(_turned(point))
        elif abs(last.longitude) == 180:
            if len(part) == 1:
                parts.pop()
            parts.append([_turned(last), point])
        else:
            edge = _crossing(last, point)
            part.append(edge)
            parts.append([_turned(edge), point])
    return parts


def midpoint(one: SpherePoint, other: SpherePoint) -> SpherePoint:
    """Return the point half-way between two that are less than pi radians apart."""
    x, y, z = one.x + other.x, one.y + other.y, one.z + other.z
    length = math.sqrt(x * x + y * y + z * z)
    return _at(x / length, y / length, z / length)


def middle(points: Iterable[tuple[SpherePoint, int]]) -> SpherePoint:
    """Return the middle of some points, each with its weight; it is at (0, 0) where all cancel out.

    >>> at = middle([(sphere_point(0, 0), 1), (sphere_point(90, 0), 1)])
    >>> round(at.longitude), round(at.latitude)
    (45, 0)
    """
    x = y = z = 0.0
    for point, weight in points:
        x, y, z = x + weight * point.x, y + weight * point.y, z + weight * point.z
    length = math.sqrt(x * x + y * y + z * z)
    return _at(x / length, y / length, z / length) if length > _NOTHING else sphere_point(0, 0)


def _between(start: SpherePoint, end: SpherePoint, step: float) -> Iterator[SpherePoint]:
    """Find points at equal distances between two others, which are left out."""
    angle, tangent = _course(start, end)
    steps = math.ceil(angle / step)
    return (_along(start, tangent, angle * n / steps) for n in range(1, steps))


def _along(start: SpherePoint, tangent: tuple[float, float, float], angle: float) -> SpherePoint:
    """Return the point at an angle, in radians, from the start in a direction."""
    cosine, sine = math.cos(angle), math.sin(angle)
    x = cosine * start.x + sine * tangent[0]
    y = cosine * start.y + sine * tangent[1]
    z = cosine * start.z + sine * tangent[2]
    return _at(x, y, z)


def _at(x: float, y: float, z: float) -> SpherePoint:
    """Return the point of a vector; what is on the antimeridian but for rounding is on it."""
    on_it = x < 0 and abs(y) < _NOTHING
    longitude = math.copysign(180.0, y) if on_it else math.degrees(math.atan2(y, x))
    return SpherePoint(longitude, math.degrees(math.atan2(z, math.hypot(x, y))), x, y, z)


def _course(start: SpherePoint, end: SpherePoint) -> tuple[float, tuple[float, float, float]]:
    """Return the angle of two points in radians, and the direction from the first to the second.

    The angle is exact for near and for nearly opposite points alike, as neither the arc sine nor
    the arc cosine is. The direction is a vector of length one at right angles to the start.
    """
    _, _, ax, ay, az = start
    _, _, bx, by, bz = end
    nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    sine = math.sqrt(nx * nx + ny * ny + nz * nz)
    angle = math.atan2(sine, ax * bx + ay * by + az * bz)
    if sine < _NOTHING:  # The same point or the opposite one: all directions are as short.
        east, north = math.radians(start.longitude), math.radians(start.latitude)
        flat = math.sin(abs(north))
        up = -math.copysign(math.cos(north), north)
        return angle, (flat * math.cos(east), flat * math.sin(east), up)
    return angle, (
        (ny * az - nz * ay) / sine,
        (nz * ax - nx * az) / sine,
        (nx * ay - ny * ax) / sine,
    )


def _crossing(one: SpherePoint, other: SpherePoint) -> SpherePoint:
    """Return where the line of two points meets the antimeridian, at the side of the first.

    On the antimeridian y is zero, so that the two vectors are added in the proportion in which
    theirs cancel out.
    """
    first, second = abs(other.y), abs(one.y)
    x, z = first * one.x + second * other.x, first * one.z + second * other.z
    length = math.hypot(x, z)
    return _at(-abs(x) / length, math.copysign(0.0, one.y), z / length)


def _turned(point: SpherePoint) -> SpherePoint:
    """Return a point of the antimeridian with its other longitude: 180 for -180, or the reverse."""
    return point._replace(longitude=-point.longitude, y=-point.y)
