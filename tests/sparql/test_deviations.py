"""Where answers are otherwise than SPARQL 1.1 says: each is a line of the docs, and is told."""

from __future__ import annotations

import time

import pyoxigraph
import pytest

from benchmarks.natural import queries
from registry import saved_queries, shipped, terms
from registry.settings import Settings
from registry.sparql.deviations import BY_NAME, DEVIATIONS, warning
from registry.sparql.engine import Embedded, Query
from registry.sparql.guards import outline
from registry.sparql.planner import plan
from registry.terms import GEOF
from tests.conformance import ENGINE, LONG, Deviation
from tests.tables import every_row

XSD = "http://www.w3.org/2001/XMLSchema#"
CITY = "<https://w3id.org/citylinks/ontology#City>"
OXFORD, PERM = (terms.thing("city", ref) for ref in ("oxford-2640729", "perm-511196"))
DOUBLE = f"^^<{XSD}double>"
EMPTY = "\n"
"""One row without values."""

KNOWN = [
    Deviation(
        "values",
        "2.3.1",
        "numbers, booleans, dates and durations are kept by value, in data and in queries",
        "SELECT (1.0e6 AS ?a) (01 AS ?b) (1.50 AS ?c) {}",
        f'"1000000"{DOUBLE}\t1\t1.5',
        "1.0e6\t01\t1.50",
    ),
    Deviation(
        "values",
        "2.3.1",
        "midnight at the end of a day is the beginning of the next",
        f'SELECT ("2020-01-01T24:00:00Z"^^<{XSD}dateTime> AS ?a) {{}}',
        f'"2020-01-02T00:00:00Z"^^<{XSD}dateTime>',
        f'"2020-01-01T24:00:00Z"^^<{XSD}dateTime>',
    ),
    Deviation(
        "values",
        "17.4.1.8",
        "`sameTerm` does not tell 1 from 01",
        "SELECT (SAMETERM(1, 01) AS ?a) {}",
        "true",
        "false",
    ),
    Deviation(
        "language-tags",
        "2.3.1",
        "language tags are in lower case",
        'SELECT ("en-GB" = LANG("a"@en-GB) AS ?a) {}',
        "false",
        "true",
    ),
    Deviation(
        "large-numbers",
        "17.4.1",
        "integers have 64 bits; beyond them an expression has no value",
        "SELECT (9223372036854775807 + 1 AS ?a) {}",
        EMPTY,
        "9223372036854775808",
    ),
    Deviation(
        "graph-variable",
        "18.6",
        "the variable of GRAPH has its value inside already",
        "SELECT (COUNT(?g) > 0 AS ?a) { GRAPH ?g { ?s ?p ?o FILTER(BOUND(?g)) } }",
        "true",
        "false",
    ),
    Deviation(
        "graph-variable",
        "18.6",
        "the variable of GRAPH has its value in OPTIONAL already",
        f"SELECT (COUNT(*) > 0 AS ?a) {{ GRAPH ?g {{ {CITY} a ?c OPTIONAL {{ {CITY} a ?g }} }} }}",
        "true",
        "false",
    ),
    Deviation(
        "graph-variable",
        "18.6",
        "a subquery inside GRAPH runs once over all graphs, unless it selects the variable",
        "SELECT (COUNT(*) > 1 AS ?a) { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }",
        "false",
        "true",
    ),
    Deviation(
        "graph-variable",
        "18.6",
        "VALUES alone in GRAPH stand once, not once for each graph",
        "SELECT (COUNT(*) > 1 AS ?a) { GRAPH ?g { VALUES ?v { 1 } } }",
        "false",
        "true",
    ),
    Deviation(
        "graph-variable",
        "18.6",
        "GRAPH inside GRAPH stands once, not once for each graph around it",
        f"SELECT (COUNT(?g) > 0 AS ?a) {{ GRAPH ?g {{ GRAPH ?h {{ {CITY} a ?c }} }} }}",
        "false",
        "true",
    ),
    Deviation(
        "minus",
        "18.5",
        "MINUS inside GRAPH shares its variable where what is shared has no value",
        f"SELECT (COUNT(*) > 0 AS ?a) {{ GRAPH ?g {{ {CITY} a ?c OPTIONAL {{ ?c <x:p> ?o }} "
        "MINUS { ?x a ?y OPTIONAL { ?y <x:p> ?o } } } }",
        "false",
        "true",
    ),
    Deviation(
        "graph-variable",
        "18.4",
        "inside GRAPH, a path of length zero does not begin or end at what is not in the graph",
        "SELECT (COUNT(*) > 0 AS ?a) { GRAPH ?g { <x:unknown> <x:p>* ?o } }",
        "false",
        "true",
    ),
    Deviation(
        "patterns",
        "17.4.3.14",
        "regular expressions have no references back; there is no value and no error",
        r'SELECT (REGEX("aa", "(a)\\1") AS ?a) {}',
        EMPTY,
        "true",
    ),
    Deviation(
        "patterns",
        "17.4.3.14",
        "regular expressions have no classes of XML names and of blocks",
        r'SELECT (REGEX("a", "\\i") AS ?a) (REGEX("a", "\\p{IsBasicLatin}") AS ?b) {}',
        "\t",
        "true\ttrue",
    ),
    Deviation(
        "patterns",
        "17.4.3.14",
        "regular expressions take away nothing from a class of characters",
        'SELECT (REGEX("b", "[a-z-[b]]") AS ?a) {}',
        "true",
        "false",
    ),
    Deviation(
        "patterns",
        "17.4.3.14",
        "regular expressions have marks and ends of words",
        r'SELECT (REGEX("A b", "(?i)a\\b") AS ?a) {}',
        "true",
        EMPTY,
    ),
    Deviation(
        "replacements",
        "17.4.3.15",
        "REPLACE takes a pattern that fits the empty string",
        'SELECT (REPLACE("abc", "b*", "x") AS ?a) {}',
        '"xaxcx"',
        EMPTY,
    ),
    Deviation(
        "replacements",
        "17.4.3.15",
        "REPLACE takes a dollar sign without a number",
        'SELECT (REPLACE("abc", "b", "$") AS ?a) {}',
        '"a$c"',
        EMPTY,
    ),
    Deviation(
        "extensions",
        "19.8",
        "LATERAL, triple terms and functions of SPARQL 1.2 are read",
        "SELECT ?a { VALUES ?b { 1 } LATERAL { SELECT ?a { BIND(2 AS ?a) } LIMIT 1 } }",
        "2",
        "query-syntax",
    ),
    Deviation(
        "alternatives",
        "18.4",
        "alternatives of a path are a set",
        f"SELECT (COUNT(*) AS ?a) {{ {CITY} a|a <http://www.w3.org/2002/07/owl#Class> }}",
        "1",
        "2",
        LONG,
    ),
    Deviation(
        "minus",
        "18.6",
        "MINUS inside EXISTS shares the variables outside, which are values there",
        f"SELECT (COUNT(*) AS ?a) {{ {CITY} a ?c FILTER EXISTS {{ {CITY} ?p ?c "
        "MINUS { ?x ?q ?c } } }",
        "0",
        "1",
    ),
    Deviation(
        "negated-paths",
        "18.4",
        "a negated path between ends that are known is found once",
        f"SELECT (COUNT(*) > 1 AS ?a) {{ <{OXFORD}> !<x:p> <{PERM}> }}",
        "false",
        "true",
        LONG,
    ),
    Deviation(
        "minus-without-shared",
        "18.5",
        "MINUS inside GRAPH shares the variable of GRAPH",
        f"SELECT (COUNT(*) > 0 AS ?a) {{ GRAPH ?g {{ {CITY} a ?c MINUS {{ ?x a ?y }} }} }}",
        "false",
        "true",
        LONG,
    ),
    Deviation(
        "group-concat",
        "18.5.1.7",
        "GROUP_CONCAT has no value for IRIs, numbers and dates",
        "SELECT (GROUP_CONCAT(?v) AS ?a) { VALUES ?v { <x:a> } }",
        EMPTY,
        '"x:a"',
        LONG,
    ),
    Deviation(
        "having",
        "18.2.4.1",
        "the name of a column has no value in HAVING, as the standard has it; elsewhere it has one",
        "SELECT (COUNT(*) AS ?a) {} HAVING(?a = 1)",
        "",
        "1",
        LONG,
    ),
    Deviation(
        "not-grouped",
        "18.2.4.1",
        "in HAVING and ORDER BY, a variable that is not grouped by has no value",
        "SELECT (COUNT(*) AS ?a) { VALUES ?b { 1 } } HAVING(?b = 1)",
        "",
        "1",
        LONG,
    ),
    Deviation(
        "zero-divided",
        "17.4.1",
        "zero divided by a decimal fraction has no value",
        "SELECT (?b / 0.5 AS ?a) { VALUES ?b { 0 } }",
        EMPTY,
        f'"0"^^<{XSD}decimal>',
        LONG,
    ),
    Deviation(
        "paths-of-length-zero",
        "18.4",
        "a path of length zero does not begin or end at what is not in the data",
        "SELECT ?a { <x:unknown> <x:p>* ?a }",
        "",
        "<x:unknown>",
        LONG,
    ),
]

POINT = '"POINT({})"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'
METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"


@pytest.mark.parametrize(
    "known", [pytest.param(d, id=d.said, marks=pytest.mark.deviates(d)) for d in KNOWN]
)
def test_what_deviates_is_told(known: Deviation, engine: Embedded) -> None:
    answer = engine.answer(Query(known.query + known.padding), "tsv")
    _, _, body = answer.body.decode().partition("\n")
    assert body.removesuffix("\n") == known.found.removesuffix("\n")
    assert known.found != known.expected
    assert answer.deviations == (known.warning,)


@pytest.mark.parametrize("known", [pytest.param(d, id=d.said) for d in KNOWN if d.padding])
def test_what_the_planner_mends_is_right_and_not_told(known: Deviation, engine: Embedded) -> None:
    answer = engine.answer(Query(known.query), "tsv")
    assert answer.body.decode().partition("\n")[2].removesuffix("\n") == known.expected
    assert answer.deviations == ()


def test_each_is_proven() -> None:
    elsewhere = {"sphere", "reference-systems", "literals-without-value", "virtuoso"}
    assert {known.warning for known in KNOWN} | elsewhere == BY_NAME.keys()
    mended = {one.name for one in DEVIATIONS if one.mended}
    assert {known.warning for known in KNOWN if known.padding} == mended


def test_what_is_told_is_of_this_engine() -> None:
    """With another one run the suite of the W3C again, and tell what it gives."""
    assert pyoxigraph.__version__ == ENGINE


@every_row(
    ("here", "there", "ellipsoid"),
    [("0 0", "0 0.01", 1105.7428), ("0 0", "0.01 0", 1113.1949), ("0 90", "0 89.99", 1116.9395)],
)
def test_distances_are_on_a_sphere(
    here: str, there: str, ellipsoid: float, engine: Embedded
) -> None:
    """Along a meridian at the equator the Earth is curved most, and at the poles least."""
    call = f"<{GEOF}distance>({POINT.format(here)}, {POINT.format(there)}, {METRE})"
    answer = engine.answer(Query(f"SELECT ({call} AS ?a) {{}}"), "csv")
    metres = float(answer.body.split()[1])
    assert metres == pytest.approx(6_371_008.8 * 0.01 * 3.14159265358979 / 180, rel=1e-6)
    assert -0.0045 < metres / ellipsoid - 1 < 0.0057
    assert answer.deviations == ("sphere",)


def test_a_geometry_of_another_system_has_no_value(engine: Embedded) -> None:
    system = "<http://www.opengis.net/def/crs/EPSG/0/4326> "
    one = POINT.replace("POINT", system + "POINT").format("0 0")
    answer = engine.answer(Query(f"SELECT (<{GEOF}isEmpty>({one}) AS ?a) {{}}"), "tsv")
    assert answer.body.decode() == "?a\n\n"
    assert answer.deviations == ("reference-systems",)


WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
VALUES = [
    (f"{XSD}date", "2021-02-28 2024-02-29 -0044-03-15 12021-01-31Z", "1990 2021-02-29 1990-13-01"),
    (f"{XSD}date", "2000-02-29+01:00 1900-02-28", "4.3.2022 2022-3-4 1900-02-29 2022-01-00"),
    (
        f"{XSD}dateTime",
        "2021-01-01T24:00:00 2021-01-01T00:00:00.5-05:00",
        "2021-01-01 2021-01-01T1",
    ),
    (f"{XSD}time", "23:59:59 24:00:00", "24:00:01 7:00:00"),
    (f"{XSD}gYear", "1990 -0001 12000Z", "90 1990-01 012000"),
    (f"{XSD}gYearMonth", "1990-12", "1990-13 1990"),
    (f"{XSD}integer", "-1 +007", "1.0 1,000 "),
    (f"{XSD}decimal", "1. .5 -1.50", "1e3 1,5"),
    (f"{XSD}double", "1e3 -INF NaN 1", "inf -NaN 1,5"),
    (f"{XSD}boolean", "true 0", "TRUE yes"),
    (f"{XSD}string", "a", ""),
]


@every_row(("datatype", "right", "wrong"), VALUES)
def test_a_literal_without_value_is_told(datatype: str, right: str, wrong: str) -> None:
    name = "literals-without-value"
    for text in (*right.split(), *wrong.split()):
        found = outline(f"SELECT * {{ ?s ?p '{text}'^^<{datatype}> }}", Settings()).deviations
        assert (name in found.certain) == (text in wrong.split()), text


GEOMETRIES = [
    ("POINT(1 2)", True),
    ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> point (-1.5 2e1)", True),
    ("POINT Z (1 2 3)", True),
    ("MultiPolygon(((0 0, 0 1, 1 1, 0 0),(0 0, 1 1, 1 0, 0 0)), ((2 2, 2 3, 3 3, 2 2)))", True),
    ("GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4), POINT EMPTY)", True),
    ("POLYGON EMPTY", True),
    ("POINT(1, 2)", False),
    ("POINT(1 2", False),
    ("POINT 1 2", False),
    ("POINT(52°N 1°W)", False),
    ("51.5, -1.2", False),
    ("POINT()", False),
    ("", False),
]


@every_row(("text", "has_value"), GEOMETRIES)
def test_a_geometry_without_value_is_told(text: str, has_value: bool) -> None:
    found = outline(f"SELECT * {{ ?s ?p '{text}'^^<{WKT}> }}", Settings()).deviations
    assert ("literals-without-value" in found.certain) == (not has_value)
    engine = f"SELECT (BOUND(?d) AS ?b) {{ BIND(<{GEOF}dimension>('{text}'^^<{WKT}>) AS ?d) }}"
    rows = pyoxigraph.Store().query(engine)
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    assert [str(row["b"].value) for row in rows] == [str(has_value).lower()]


def test_a_long_geometry_is_read_at_once() -> None:
    for text in (
        "POINT" + " " * 900_000,
        "(" * 900_000,
        "POINT(1 2" + " " * 900_000,
        "(1 2" * 200_000,
    ):
        began = time.process_time()
        outline(f"SELECT * {{ ?s ?p '{text}'^^<{WKT}> }}", Settings())
        assert time.process_time() - began < 2


QUIET = [
    "SELECT ?b { ?b ?p ?c } LIMIT 9223372036854775807",
    "SELECT ?b { ?b ?p ?c } ORDER BY ?c OFFSET 9223372036854775807",
    "SELECT ?b (COUNT(?c) AS ?n) { ?b ?p ?c } GROUP BY ?b HAVING(MAX(?c) > 1) ORDER BY ?n ?b",
    "SELECT (1.0 AS ?a) (-1 AS ?b) (0.5 AS ?c) (true AS ?d) { FILTER(?o >= 1.50) } LIMIT 010",
    f'SELECT * {{ ?s ?p "2020-01-01T00:00:00.5Z"^^<{XSD}dateTime>, "1995"^^<{XSD}gYear> }}',
    'SELECT * { ?s ?p ?o FILTER(LANGMATCHES(LANG(?o), "en-GB") || STR(?o) = "a") }',
    'SELECT * { ?s ?p ?o FILTER(REGEX(?o, "^[A-Z][a-z]*(-[a-z]+)? \\\\d{4}$", "i")) }',
    'SELECT (REPLACE(?o, "a+(b)", "$1") AS ?a) { ?s ?p ?o }',
    "SELECT * { GRAPH ?g { ?s ?p ?o OPTIONAL { ?o ?q ?r } FILTER(?o > 1) VALUES ?s { <x:a> } } }",
    "SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(?g != <x:g>) { SELECT ?g { GRAPH ?g {} } } }",
    "SELECT * { GRAPH ?g { ?g a ?c FILTER(?g != <x:g>) } }",
    "SELECT * { GRAPH <x:g> { SELECT ?s { ?s ?p ?o } } }",
    "SELECT * { ?a <x:p>*/<x:q>? ?b FILTER(?b*2 > 1 || ?b < <x:c>) }",
    "SELECT (COUNT(*)*2 AS ?n) (SUM(?o) AS ?m) { ?s <x:p> ?o } HAVING(COUNT(*) > 1)",
    "SELECT (GROUP_CONCAT(DISTINCT STR(?o); SEPARATOR=' ') AS ?n) { ?s <x:p> ?o }",
]


@every_row("query", QUIET)
def test_nothing_is_told_of_what_is_right(query: str) -> None:
    found = outline(query, Settings()).deviations
    assert (found.certain, found.as_written) == ((), ())


def ordinary() -> dict[str, str]:
    saved = {query.name: query.text for query in saved_queries.read(shipped.query_files())}
    return {**queries(), **saved}


def test_nothing_is_told_of_ordinary_queries() -> None:
    found = {name: outline(text, Settings()).deviations for name, text in ordinary().items()}
    told = {name: one.certain for name, one in found.items() if one.certain}
    assert told == {"near": ("sphere",)}


@pytest.mark.slow
@every_row("name", ordinary())
def test_ordinary_queries_are_planned(name: str) -> None:
    assert not plan(ordinary()[name]).given_up


def test_a_header_can_hold_what_is_told() -> None:
    """Structured fields are ASCII (RFC 8941, section 3.3.3)."""
    line = warning(list(BY_NAME))
    assert line.isascii() and line.isprintable() and "\\" not in line
    assert line.count('"') == 2 * len(BY_NAME)
