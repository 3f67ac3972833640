"""Queries as analysts write them have the answers that another engine gives."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox
import pytest
import rdflib

from benchmarks.natural import queries
from registry.releases.reading import Release
from registry.sparql.planner import plan
from registry.sparql.planner.statistics import Counts
from tests.tables import every_row

ELSEWHERE = {
    "near": "rdflib has no functions of GeoSPARQL",
    "having": "by the letter of the standard no row has a value for the name of a column",
    "graph-of-claims": "rdflib has one graph here",
    "graph-minus": "rdflib has one graph here",
    "concat": "the order in which GROUP_CONCAT joins is not said",
    **dict.fromkeys(
        ("networks", "subclass-star", "common-partners", "incoming-property", "sub-exists"),
        "of no groups rdflib makes one",
    ),
    "average-exists": "decimals have other digits",
    **dict.fromkeys(
        ("graph-provenance", "graph-two", "graph-only-there", "graph-exists"),
        "rdflib has one graph here",
    ),
    "concat-names": "the order in which GROUP_CONCAT joins is not said",
}

COMPARED = {name: text for name, text in queries().items() if name not in ELSEWHERE}


@pytest.fixture(scope="module")
def other(release: Release) -> rdflib.Graph:
    """Give the default graph of a release in rdflib."""
    graph = rdflib.Graph()
    found = release.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    lines = ox.serialize((quad.triple for quad in found), format=ox.RdfFormat.N_TRIPLES)
    return graph.parse(data=lines or b"", format="nt")


@pytest.mark.slow
@every_row("name", COMPARED)
def test_the_answer_is_that_of_another_engine(
    name: str, release: Release, other: rdflib.Graph
) -> None:
    text = COMPARED[name]
    found = release.store.query(plan(text, Counts.beside(release.store_address)).text)
    assert isinstance(found, ox.QuerySolutions)
    expected = other.query(text)
    columns = sorted(map(str, expected.vars or ()))
    assert sorted(variable.value for variable in found.variables) == columns
    mine = Counter(tuple(normal(row[column]) for column in columns) for row in found)
    theirs: Counter[tuple[str, ...]] = Counter()
    for bound in expected.bindings:
        theirs[tuple(text_of(bound.get(rdflib.Variable(column))) for column in columns)] += 1
    if " LIMIT " in text:
        assert mine.total() == theirs.total()
    else:
        assert mine == theirs


def normal(term: object) -> str:
    return "" if term is None else text_of(rdflib.util.from_n3(str(term)))


def text_of(term: object) -> str:
    """Write a term by its value: engines differ in how they write numbers and booleans."""
    if isinstance(term, rdflib.Literal) and term.value is not None:
        return f"{term.value!r} {term.language}"
    return "" if term is None else str(term)
