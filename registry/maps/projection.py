"""The Equal Earth projection (Šavrič, Patterson, Jenny 2018), in the frame of our maps.

Areas keep their proportions, so that no part of the world looks larger than it is.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

_A: Final = (1.340264, -0.081106, 0.000893, 0.003796)
_ROOT: Final = math.sqrt(3) / 2


class Point(NamedTuple):
    """A point of a map, in units of two kilometres; `y` grows to the south."""

    x: float
    y: float


class Box(NamedTuple):
    """A part of a map: its upper left corner, width and height."""

    x: float
    y: float
    width: float
    height: float


def _raw(longitude: float, latitude: float) -> tuple[float, float]:
    """Project degrees onto a sphere of radius one (equations 9 and 10)."""
    theta = math.asin(_ROOT * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square * square * square
    a1, a2, a3, a4 = _A
    slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    x = math.radians(longitude) * math.cos(theta) / (_ROOT * slope)
    return x, theta * (a1 + a2 * square + sixth * (a3 + a4 * square))


WIDTH: Final = 20_000
"""Units from the antimeridian to itself, along the equator."""

_SCALE: Final = WIDTH / 2 / _raw(180, 0)[0]

HEIGHT: Final = 2 * _SCALE * _raw(0, 90)[1]
"""Units from pole to pole."""


def project(longitude: float, latitude: float) -> Point:
    """Return the place of a position, in degrees, on the map.

    >>> [round(part) for part in project(0, 0)], [round(part) for part in project(-180, 0)]
    ([10000, 4867], [0, 4867])
    """
    x, y = _raw(longitude, latitude)
    return Point(WIDTH / 2 + _SCALE * x, HEIGHT / 2 - _SCALE * y)


def around(points: list[Point], least: float, ratio: float) -> Box:
    """Return the part of the map that shows some points, with a margin.

    It is at least `least` units wide, and `ratio` times as wide as high, but for the whole world.
    """
    left, right = min(p.x for p in points), max(p.x for p in points)
    top, bottom = min(p.y for p in points), max(p.y for p in points)
    margin = max(_MARGIN * max(right - left, (bottom - top) * ratio), least / 8)
    width = max(right - left + 2 * margin, (bottom - top + 2 * margin) * ratio, least)
    width = min(width, WIDTH)
    height = min(max(width / ratio, bottom - top + 2 * margin), HEIGHT)
    x = _inside((left + right - width) / 2, WIDTH - width)
    y = _inside((top + bottom - height) / 2, HEIGHT - height)
    return Box(round(x), round(y), round(width), round(height))


_MARGIN: Final = 0.06
"""How much wider than its points a map is, on each side."""


def _inside(value: float, most: float) -> float:
    return max(0.0, min(value, most))
