"""Where cities are, for maps."""

from __future__ import annotations

from collections.abc import Iterable

from registry.maps.arcs import Place, place
from registry.things.page import Pages


def place_of(pages: Pages, iri: str) -> Place | None:
    """Give the place of a city; None where its position is not known."""
    return placed(*(pages.lookup.text(iri, name) for name in ("wgs84:long", "wgs84:lat")))


def named_places(pages: Pages, iris: Iterable[str]) -> list[tuple[str, Place]]:
    """Give the names and places of cities, of those whose position is known."""
    found = ((pages.labels.of(iri).text, place_of(pages, iri)) for iri in iris)
    return [(name, at) for name, at in found if at]


def placed(east: str, north: str) -> Place | None:
    """Read a position; None where it is none.

    >>> placed("9.16", "91") is None
    True
    """
    try:
        longitude, latitude = float(east), float(north)
    except ValueError:
        return None
    fits = abs(longitude) <= 180 and abs(latitude) <= 90
    return place(longitude, latitude) if fits else None
