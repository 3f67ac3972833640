"""Geometries of cities, as GeoSPARQL has them (OGC 22-047r1, sections 6.4 and 6.5).

A city is a feature; where it lies is a node of its own, which alone has a text in WKT:

    city ── geo:hasDefaultGeometry ──▶ id/geometry/{reference of the city} ── geo:asWKT ──▶ POINT(…)

A former version of this software wrote `geo:asWKT` at the city, which contradicts the axioms of
GeoSPARQL: the domain of that property is Geometry, which is disjoint with Feature.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, replaced

_HAS: Final = ox.NamedNode(terms.prefixed("geo:hasDefaultGeometry"))
_GEOMETRY: Final = ox.NamedNode(terms.prefixed("geo:Geometry"))
_AS_WKT: Final = ox.NamedNode(terms.prefixed("geo:asWKT"))
_WKT: Final = ox.NamedNode(terms.prefixed("geo:wktLiteral"))
_TYPE: Final = ox.NamedNode(terms.RDF_TYPE)

_CITY: Final = f"<{terms.thing('city', '')}".encode()
_FORMER: Final = f"> {_AS_WKT} ".encode()
"""What follows the subject in a statement that has a text in WKT."""


def point(city: str, longitude: str, latitude: str) -> Iterator[ox.Triple]:
    """Yield the triples of where a city is, given its IRI and degrees as they are written."""
    text = ox.Literal(f"POINT({longitude} {latitude})", datatype=_WKT)
    yield from _referring(city)
    yield ox.Triple(ox.NamedNode(terms.geometry_of(city)), _AS_WKT, text)


def brought_over(graph: Graph, folder: Path | None = None) -> Graph:
    """Move the text in WKT that a city itself has into a geometry of the city.

    A graph without such cities stays the object that it is; a large one that has some is written
    into a file of a folder.
    """
    former = {line for block in graph.blocks() for line in _former_lines(block)}
    if not former:
        return graph
    return replaced(graph, former, set(_rewritten(former)), folder)


def _former_lines(ntriples: bytes) -> Iterator[bytes]:
    """Yield the lines in which a city has a text in WKT itself."""
    at = ntriples.find(_FORMER)
    while at >= 0:
        start, end = ntriples.rfind(b"\n", 0, at) + 1, ntriples.find(b"\n", at)
        if ntriples.startswith(_CITY, start) and ntriples.find(b">", start) == at:
            yield ntriples[start:end]
        at = ntriples.find(_FORMER, end)


def _rewritten(lines: set[bytes]) -> Iterator[bytes]:
    for line in lines:
        city, _, text = line.partition(b"> ")
        iri = city[1:].decode()
        yield f"<{terms.geometry_of(iri)}> ".encode() + text
        yield from (f"{triple} .".encode() for triple in _referring(iri))


def _referring(city: str) -> Iterator[ox.Triple]:
    """Yield the triples that lead from a city to its geometry."""
    geometry = ox.NamedNode(terms.geometry_of(city))
    yield ox.Triple(ox.NamedNode(city), _HAS, geometry)
    yield ox.Triple(geometry, _TYPE, _GEOMETRY)
