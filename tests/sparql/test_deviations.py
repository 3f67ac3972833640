"""Where the engine does otherwise than SPARQL 1.1 says; each of these is a line of the docs."""

from __future__ import annotations

import pyoxigraph
import pytest

from registry.sparql.engine import Embedded, Query
from tests.conformance import ENGINE, Deviation

XSD = "http://www.w3.org/2001/XMLSchema#"
DOUBLE = f"^^<{XSD}double>"
EMPTY = "\n"
"""One row without values."""

KNOWN = [
    Deviation(
        "2.3.1",
        "numbers, booleans, dates and durations are kept by value, in data and in queries",
        "SELECT (1.0e6 AS ?a) (01 AS ?b) (1.50 AS ?c) {}",
        f'"1000000"{DOUBLE}\t1\t1.5',
        "1.0e6\t01\t1.50",
    ),
    Deviation(
        "2.3.1",
        "midnight at the end of a day is the beginning of the next",
        f'SELECT ("2020-01-01T24:00:00Z"^^<{XSD}dateTime> AS ?a) {{}}',
        f'"2020-01-02T00:00:00Z"^^<{XSD}dateTime>',
        f'"2020-01-01T24:00:00Z"^^<{XSD}dateTime>',
    ),
    Deviation(
        "2.3.1",
        "language tags are in lower case",
        'SELECT ("a"@en-GB AS ?a) {}',
        '"a"@en-gb',
        '"a"@en-GB',
    ),
    Deviation(
        "17.4.1.8",
        "`sameTerm` does not tell 1 from 01",
        "SELECT (SAMETERM(1, 01) AS ?a) {}",
        "true",
        "false",
    ),
    Deviation(
        "17.4.1",
        "integers have 64 bits; beyond them an expression has no value",
        "SELECT (9223372036854775807 + 1 AS ?a) {}",
        EMPTY,
        "9223372036854775808",
    ),
    Deviation(
        "18.6",
        "the variable of GRAPH has its value inside already",
        "SELECT (COUNT(?g) > 0 AS ?a) { GRAPH ?g { ?s ?p ?o FILTER(BOUND(?g)) } }",
        "true",
        "false",
    ),
    Deviation(
        "18.6",
        "a subquery inside GRAPH runs once over all graphs, unless it selects the variable",
        "SELECT (COUNT(*) > 1 AS ?a) { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }",
        "false",
        "true",
    ),
    Deviation(
        "18.4",
        "a path of length zero does not begin or end at what is not in the data",
        "SELECT ?a { <x:unknown> <x:p>* ?a }",
        "",
        "<x:unknown>",
    ),
    Deviation(
        "18.4",
        "a path of length zero does not lead from what is not in the data to itself",
        "SELECT (EXISTS { <x:unknown> <x:p>? <x:unknown> } AS ?a) {}",
        "false",
        "true",
    ),
    Deviation(
        "18.5.1.7",
        "GROUP_CONCAT with DISTINCT takes terms of the same string for one",
        'SELECT (GROUP_CONCAT(DISTINCT ?x) AS ?a) { VALUES ?x { "a" "a"@en } }',
        '"a"',
        '"a a"',
    ),
    Deviation(
        "17.4.3.14",
        "regular expressions have no references back; there is no value and no error",
        r'SELECT (REGEX("aa", "(a)\\1") AS ?a) {}',
        EMPTY,
        "true",
    ),
    Deviation(
        "17.4.3.14",
        "regular expressions have no classes of XML names and of blocks",
        r'SELECT (REGEX("a", "\\i") AS ?a) (REGEX("a", "\\p{IsBasicLatin}") AS ?b) {}',
        "\t",
        "true\ttrue",
    ),
    Deviation(
        "17.4.3.15",
        "REPLACE takes a pattern that fits the empty string",
        'SELECT (REPLACE("abc", "b*", "x") AS ?a) {}',
        '"xaxcx"',
        EMPTY,
    ),
    Deviation(
        "19.8",
        "LATERAL, triple terms and functions of SPARQL 1.2 are read",
        "SELECT ?a { VALUES ?b { 1 } LATERAL { SELECT ?a { BIND(2 AS ?a) } LIMIT 1 } }",
        "2",
        "query-syntax",
    ),
]


@pytest.mark.parametrize(
    "known", [pytest.param(d, id=d.said, marks=pytest.mark.deviates(d)) for d in KNOWN]
)
def test_the_engine_deviates_as_told(known: Deviation, engine: Embedded) -> None:
    _, _, body = engine.answer(Query(known.query), "tsv").body.decode().partition("\n")
    assert body.removesuffix("\n") == known.found.removesuffix("\n")
    assert known.found != known.expected


def test_what_is_told_is_of_this_engine() -> None:
    """With another one run the suite of the W3C again, and tell what it gives."""
    assert pyoxigraph.__version__ == ENGINE
