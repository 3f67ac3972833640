"""Positions in degrees (WGS 84): reading them, and the distance between two."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

_COMMAS: Final = re.compile(r"([-+]?[0-9]{1,3},[0-9]+)(?:\s*[;,]\s*|\s+)([-+]?[0-9]{1,3},[0-9]+)")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]+)?")

KILOMETRES_PER_DEGREE: Final = 111.195
"""Of a great circle, on a sphere of the Earth's mean radius."""


class Position(NamedTuple):
    """A position in degrees."""

    latitude: float
    longitude: float


def position_of(text: str) -> Position | None:
    """Read a position, decimal degrees with a comma, semicolon or space between.

    Where a comma stands before the decimals, what is between two numbers is something else.

    >>> position_of("45.19, 9.16")
    Position(latitude=45.19, longitude=9.16)
    >>> position_of("45,46; 9,19") == position_of("45,46, 9,19") == position_of("45,46 9,19")
    True
    >>> position_of("91,0") is None
    True
    """
    written = text.strip()
    if found := _COMMAS.fullmatch(written):
        written = " ".join(found.groups()).replace(",", ".")
    parts = [part for part in re.split(r"[,;\s]+", written) if part]
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    latitude, longitude = map(float, parts)
    valid = abs(latitude) <= 90 and abs(longitude) <= 180
    return Position(latitude, longitude) if valid else None


class Bounds(NamedTuple):
    """Degrees between which positions lie."""

    south: float
    north: float
    west: float
    east: float


def bounds(at: Position, kilometres: float) -> Bounds:
    """Return bounds that hold all positions within some kilometres.

    At a pole and where they cross the antimeridian they go around the Earth.

    >>> [round(one) for one in bounds(Position(52.0, 9.0), 1000.0)]
    [43, 61, -6, 24]
    >>> bounds(Position(52.0, 175.0), 1000.0).west
    -180.0
    """
    far = kilometres / KILOMETRES_PER_DEGREE
    south, north = max(-90.0, at.latitude - far), min(90.0, at.latitude + far)
    if abs(at.latitude) + far < 90:
        ratio = math.sin(math.radians(far)) / math.cos(math.radians(at.latitude))
        aside = math.degrees(math.asin(ratio))
        if abs(at.longitude) + aside < 180:
            return Bounds(south, north, at.longitude - aside, at.longitude + aside)
    return Bounds(south, north, -180.0, 180.0)


def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the distance of two positions in kilometres, on a sphere (haversine).

    >>> round(distance(45.19, 9.16, 52.15, 9.95))
    776
    """
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.radians(lon2 - lon1) / 2
    a = math.sin((phi2 - phi1) / 2) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half) ** 2
    return 2 * math.degrees(math.asin(min(1.0, math.sqrt(a)))) * KILOMETRES_PER_DEGREE
