"""Geometries of cities: how they are written, and how the former form is brought over."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise
from registry.graphs.geometry import brought_over, point
from registry.graphs.graph import Graph, from_lines, from_triples
from tests.tables import every_row
from tests.things.made import PREFIXES

GEOMETRIES = f"@prefix geometry: <{terms.thing('geometry', '')}> .\n"
WKT = terms.prefixed("geo:asWKT")
AT_A = 'geometry:a a geo:Geometry ; geo:asWKT "POINT(1 2)"^^geo:wktLiteral'


def graph_of(turtle: str) -> Graph:
    quads = ox.parse(PREFIXES + GEOMETRIES + turtle, format=ox.RdfFormat.TURTLE)
    return from_triples(terms.CITIES_GRAPH, [quad.triple for quad in quads])


BROUGHT_OVER = {
    "a point": (
        'city:a a cl:City ; geo:asWKT "POINT(1 2)"^^geo:wktLiteral .',
        f"city:a a cl:City ; geo:hasDefaultGeometry geometry:a . {AT_A} .",
    ),
    "two points, of which the shapes tell": (
        'city:a geo:asWKT "POINT(1 2)"^^geo:wktLiteral, "here" .',
        f'city:a geo:hasDefaultGeometry geometry:a . {AT_A}, "here" .',
    ),
    "a point beside a geometry": (
        'city:a geo:asWKT "POINT(1 2)"^^geo:wktLiteral ; geo:hasDefaultGeometry geometry:a .',
        f"city:a geo:hasDefaultGeometry geometry:a . {AT_A} .",
    ),
    "several cities": (
        'city:a geo:asWKT "1" . city:b geo:asWKT "2" . city:c a cl:City .',
        "city:a geo:hasDefaultGeometry geometry:a . city:b geo:hasDefaultGeometry geometry:b . "
        'geometry:a a geo:Geometry ; geo:asWKT "1" . geometry:b a geo:Geometry ; geo:asWKT "2" . '
        "city:c a cl:City .",
    ),
}

STAYING = {
    "the present form": f"city:a geo:hasDefaultGeometry geometry:a . {AT_A} .",
    "another thing": 'link:a geo:asWKT "1" . <urn:x> geo:asWKT "2" .',
    "a text that looks like it": f'city:a skos:note "x> <{WKT}> 1" .',
    "nothing": "",
}


@every_row(("former", "present"), BROUGHT_OVER.values(), ids=BROUGHT_OVER.keys())
def test_the_former_form_is_brought_over(former: str, present: str) -> None:
    assert brought_over(graph_of(former)) == graph_of(present)


@every_row("turtle", STAYING.values(), ids=STAYING.keys())
def test_what_is_as_it_should_be_stays(turtle: str) -> None:
    graph = graph_of(turtle)
    assert brought_over(graph) is graph


def test_a_point_is_written_as_it_is_brought_over() -> None:
    written = serialise(point(terms.thing("city", "a"), "1", "2"), NTRIPLES).splitlines()
    former = graph_of('city:a geo:asWKT "POINT(1 2)"^^geo:wktLiteral .')
    assert from_lines(written) == brought_over(former).ntriples
