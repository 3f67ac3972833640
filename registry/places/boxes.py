"""Boxes around countries, from the places of the gazetteer, for shapes that validate positions.

`python -m registry.places.boxes` writes them into the scheme of countries as `dcat:bbox`;
`make format` brings the file into its form.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from rdflib import DCAT, SKOS, Graph, Literal, URIRef

from registry import shipped, terms
from registry.places.gazetteer import Place, unpack
from registry.places.position import Position

_MARGIN: Final = 0.5
"""Degrees around the places of a country, for those that the gazetteer lacks."""

_HALF: Final = 180.0


class Box(NamedTuple):
    """Degrees between which positions lie."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, position: Position) -> bool:
        """Whether a position is in it."""
        north = self.south <= position.latitude <= self.north
        return north and self.west <= position.longitude <= self.east

    @property
    def wkt(self) -> str:
        """The box as a polygon from its south-western corner, longitude first."""
        west, south, east, north = (f"{value:g}" for value in self)
        corners = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
        return f"POLYGON(({corners}))"


def around(positions: Sequence[Position]) -> list[Box]:
    """Return the box around some positions; two where it crosses the antimeridian.

    >>> around([Position(66.0, 170.0), Position(65.0, -170.0)])
    [Box(west=169.0, south=64.0, east=180.0, north=67.0), \
Box(west=-180.0, south=64.0, east=-169.0, north=67.0)]
    """
    south = math.floor(min(p.latitude for p in positions) - _MARGIN)
    north = math.ceil(max(p.latitude for p in positions) + _MARGIN)
    longitudes = sorted(p.longitude for p in positions)
    gaps = [(later - earlier, earlier, later) for earlier, later in pairwise(longitudes)]
    width, last, first = max(gaps, default=(0.0, 0.0, 0.0))
    if width <= _HALF:
        return [_box(longitudes[0], south, longitudes[-1], north)]
    return [_box(first, south, _HALF, north), _box(-_HALF, south, last, north)]


def _box(west: float, south: float, east: float, north: float) -> Box:
    widest = max(-_HALF, math.floor(west - _MARGIN)), min(_HALF, math.ceil(east + _MARGIN))
    return Box(float(widest[0]), float(max(south, -90)), float(widest[1]), float(min(north, 90)))


def by_country(places: Iterable[Place]) -> dict[str, list[Box]]:
    """Return the boxes around the places of each country, by its code."""
    positions: defaultdict[str, list[Position]] = defaultdict(list)
    for place in places:
        positions[place.country].append(Position(place.latitude, place.longitude))
    return {country: around(found) for country, found in sorted(positions.items())}


def add_to(scheme: Graph, boxes: Mapping[str, Iterable[Box]]) -> None:
    """Replace the boxes of the countries in a scheme."""
    scheme.remove((None, DCAT.bbox, None))
    for country, code in scheme.subject_objects(SKOS.notation):
        for box in boxes.get(str(code), ()):
            datatype = URIRef(terms.prefixed("geo:wktLiteral"))
            scheme.add((country, DCAT.bbox, Literal(box.wkt, datatype=datatype)))


SCHEME: Final = shipped.ROOT / "ontology" / "schemes" / "country.ttl"


def main() -> None:
    """Write the boxes of the shipped gazetteer into the shipped scheme."""
    scheme = Graph().parse(SCHEME)
    places = unpack((shipped.WORLD / "gazetteer.xz").read_bytes()).places
    add_to(scheme, by_country(places))
    scheme.serialize(SCHEME, format="turtle")


if __name__ == "__main__":
    main()
