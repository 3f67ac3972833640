"""Filters of distance: the positions that may pass are listed, and the answer stays the same."""

from __future__ import annotations

import json
import math
import random
from functools import cache

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import formats, terms
from registry.places.wkt import Positions
from registry.releases.reading import Release
from registry.sparql.engine import Embedded, Query
from registry.sparql.guards import outline
from registry.sparql.planner import Rewritten, plan_near
from registry.sparql.planner.distances import GEO, listing_near
from registry.views.positions import POSITIONS
from tests.tables import every_row

PREFIXES = f"""PREFIX cl: <{terms.CL}> PREFIX geo: <{GEO}>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/> PREFIX x: <x:>
"""
HERE = '"POINT(9.16 45.19)"^^geo:wktLiteral'
AREA = '"POLYGON((8 44, 11 44, 11 46, 8 44))"^^geo:wktLiteral'
PAVIA = f"<{terms.thing('city', 'pavia-3171366')}>"
BOUND = "?c a cl:City ; geo:hasDefaultGeometry/geo:asWKT ?w ."

LISTED = [
    f"{{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:metre) < 400000) }}",
    f"{{ {BOUND} FILTER(?c != x:a && 400000.0 >= geof:distance({HERE}, ?w, uom:metre)) }}",
    f"{{ ?g geo:asWKT ?w . ?c geo:hasDefaultGeometry ?g "
    f"FILTER(geof:distance(?w, {HERE}, uom:metre) < 4e5) OPTIONAL {{ ?c cl:twinCity ?t }} }}",
    f"{{ {BOUND} {PAVIA} geo:hasDefaultGeometry/geo:asWKT ?h . ?c cl:inCountry ?land "
    "FILTER(geof:distance(?w, ?h, uom:metre) <= 400000) }",
    f"{{ {BOUND} {PAVIA} geo:hasDefaultGeometry ?i . ?i geo:asWKT ?h . "
    "BIND(geof:distance(?w, ?h, uom:metre) AS ?d) "
    "FILTER(geof:distance(?h, ?w, uom:metre) < 400000) }",
    f"{{ VALUES ?n {{ x:a }} {{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }} }}",
    f"{{ {BOUND} FILTER EXISTS {{ ?c cl:twinCity ?t . ?t geo:hasDefaultGeometry/geo:asWKT ?v "
    f"FILTER(geof:distance(?v, {HERE}, uom:metre) < 400000) }} }}",
    f"{{ {BOUND} OPTIONAL {{ ?c cl:twinCity ?t . ?t geo:hasDefaultGeometry/geo:asWKT ?v "
    f"FILTER(geof:distance(?v, {HERE}, uom:metre) < 400000) }} }}",
    f"{{ {BOUND} FILTER(geof:sfWithin(?w, {AREA})) }}",
    f"{{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:metre) < 0) }}",
]
ALIKE = [
    f"{{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:metre) > 400000) }}",
    f"{{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:degree) < 4) }}",
    f"{{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:metre) < 9 || ?c = x:a) }}",
    f"{{ {BOUND} FILTER(!(geof:distance(?w, {HERE}, uom:metre) < 9)) }}",
    f"{{ {BOUND} FILTER(geof:distance(?w, ?v, uom:metre) < 9) ?d geo:asWKT ?v }}",
    f"{{ ?c x:wkt ?w FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }}",
    f"{{ ?c a cl:City OPTIONAL {{ ?c geo:hasDefaultGeometry/geo:asWKT ?w }} "
    f"FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }}",
    f"{{ OPTIONAL {{ ?c cl:twinCity ?w }} {BOUND} "
    f"FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }}",
    f"{{ GRAPH ?g {{ {BOUND} FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }} }}",
    f"{{ ?c ^geo:asWKT ?w FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }}",
    f"{{ ?c geo:asWKT* ?w FILTER(geof:distance(?w, {HERE}, uom:metre) < 9) }}",
]


@cache
def positions(store: ox.Store) -> Positions:
    """Give the positions of a store that is no release."""
    quads = store.quads_for_pattern(None, ox.NamedNode(f"{GEO}asWKT"), None, None)
    return Positions.of(str(getattr(quad.object, "value", "")) for quad in quads)


def rows(store: ox.Store, text: str) -> list[str]:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return sorted(str([row[name.value] for name in found.variables]) for row in found)


@every_row("group", LISTED)
def test_positions_are_listed_and_the_answer_is_the_same(group: str, release: Release) -> None:
    query = f"{PREFIXES}SELECT * {group}"
    planned = plan_near(query, release.store, lambda: release.view(POSITIONS))
    assert planned is not None
    assert "LATERAL" in planned.text
    assert planned.steps[-1] == "positions near enough are listed"
    assert rows(release.store, planned.text) == rows(release.store, query)


@every_row("group", LISTED)
def test_a_release_lists_them_whatever_its_counts_are(
    group: str, engine: Embedded, release: Release
) -> None:
    """Its worker would order joins by the counts, and does tell each step."""
    query = Query(f"{PREFIXES}SELECT * {group}")
    seen = outline(query.text, engine.settings)
    found = json.loads(engine.evaluate(release, query, seen, formats.EXPLANATION).body)
    assert found["rewritings"][-1] == "positions near enough are listed"
    assert found["steps"]


@every_row("group", ALIKE)
def test_others_stay_as_they_are(group: str, release: Release) -> None:
    query = f"{PREFIXES}SELECT * {group}"
    assert listing_near(Rewritten(query), release.store, release.view(POSITIONS)) is None


def test_something_is_found_and_something_is_not(release: Release) -> None:
    found = rows(release.store, f"{PREFIXES}SELECT ?c {LISTED[0]}")
    assert 1 <= len(found) < len(rows(release.store, f"{PREFIXES}SELECT ?c {{ {BOUND} }}"))


@pytest.fixture(scope="module")
def world() -> ox.Store:
    """Give a store of points all over the world, at poles and at the antimeridian, too."""
    made, store = random.Random(7), ox.Store()
    edges = [(180, 0), (-180, 0), (0, 90), (0, -90), (179.99, 89.9), (-179.99, -89.9), (0, 0)]
    points = [
        (made.uniform(-180, 180), math.degrees(math.asin(made.uniform(-1, 1)))) for _ in range(900)
    ]
    for number, (east, north) in enumerate([*edges, *points]):
        literal = ox.Literal(f"POINT({east} {north})", datatype=ox.NamedNode(f"{GEO}wktLiteral"))
        store.add(ox.Quad(ox.NamedNode(f"x:{number}"), ox.NamedNode(f"{GEO}asWKT"), literal))
    return store


@given(
    st.floats(-180, 180),
    st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, 89.5])),
    st.integers(0, 21_000_000),
)
def test_no_position_is_passed_over(
    world: ox.Store, east: float, north: float, metres: int
) -> None:
    """Wherever the centre is, at a pole or at the antimeridian, and however far it reaches."""
    here = f'"POINT({east:.5f} {north:.5f})"^^geo:wktLiteral'
    filter_ = f"FILTER(geof:distance(?w, {here}, uom:metre) < {metres})"
    query = f"{PREFIXES}SELECT ?g {{ ?g geo:asWKT ?w {filter_} }}"
    listed = plan_near(query, world, lambda: positions(world))
    assert rows(world, listed.text if listed else query) == rows(world, query)


def test_what_is_no_point_is_always_listed() -> None:
    store = ox.Store()
    for number, text in enumerate(("LINESTRING(9 45, 10 46)", "POINT(100 5)", "nonsense")):
        literal = ox.Literal(text, datatype=ox.NamedNode(f"{GEO}wktLiteral"))
        store.add(ox.Quad(ox.NamedNode(f"x:{number}"), ox.NamedNode(f"{GEO}asWKT"), literal))
    found = positions(store)
    assert sorted(found.others) == ["LINESTRING(9 45, 10 46)", "nonsense"]
    assert found.within([]) == set(found.others)
