"""Where cities are, for maps."""

from __future__ import annotations

from collections.abc import Iterable

from registry.maps.arcs import MapPoint, place
from registry.things.page import Pages
from registry.views.names import Thing


def place_of(pages: Pages, iri: str) -> MapPoint | None:
    """Return the place of a city; None where its position is not known."""
    at = pages.index.by_iri([iri]).get(iri)
    return placed(at) if at else None


def named_places(pages: Pages, iris: Iterable[str]) -> list[tuple[str, MapPoint]]:
    """Return the names and places of cities, of those whose position is known."""
    named = list(iris)
    known = pages.index.by_iri(named)
    found = ((iri, placed(known[iri])) for iri in named if iri in known)
    return [(pages.labels.of(iri).text, at) for iri, at in found if at]


def placed(city: Thing) -> MapPoint | None:
    """Return the place of a city; None where it has no position that there is."""
    if city.longitude is None or city.latitude is None:
        return None
    fits = abs(city.longitude) <= 180 and abs(city.latitude) <= 90
    return place(city.longitude, city.latitude) if fits else None
