"""Division of zero: a result where the standard has one, and an error where it has none."""

from __future__ import annotations

from decimal import Decimal

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from registry.sparql.planner import plan
from registry.sparql.planner.dividing import STEP
from registry.sparql.planner.rewriting import rewrite
from tests.tables import every_row

NUMBERS = st.sampled_from("0 0.0 1 -2 0.5 -0.25 3.75 7 1e0 0e0 'a' <x:a> UNDEF".split())
EXPRESSIONS = st.sampled_from(
    ["?a / ?b", "?a / ?b * ?c", "?a * ?b / ?c", "(?a / ?b) / ?c", "1 + ?a / (?b + 0.5)", "?a / 2"]
)


def result(text: str) -> str | None:
    rows = ox.Store().query(text)
    assert isinstance(rows, ox.QuerySolutions)
    (row,) = rows
    return row["x"] and str(row["x"])


@given(EXPRESSIONS, NUMBERS, NUMBERS, NUMBERS)
def test_what_has_a_result_keeps_it(expression: str, a: str, b: str, c: str) -> None:
    query = f"SELECT ({expression} AS ?x) {{ VALUES (?a ?b ?c) {{ ({a} {b} {c}) }} }}"
    before, after = result(query), result(rewrite(query).text)
    if before is not None:
        assert after == before


@every_row(
    ("a", "b", "quotient"),
    [
        ("0", "0.5", "0"),
        ("0.0", "0.001", "0"),
        ("0", "-3.75", "0"),
        ("0", "2", "0"),
        ("1", "0.5", "2"),
        ("0", "0", None),
        ("0", "0.0", None),
        ("1", "0", None),
        ("0", "'a'", None),
        ("'a'", "0.5", None),
        ("UNDEF", "0.5", None),
        ("0", "UNDEF", None),
    ],
)
def test_zero_by_a_fraction_is_zero(a: str, b: str, quotient: str | None) -> None:
    for expression in ("?a / ?b", "1 * ?a / ?b", "?a / ?b / 2 * 2", "-(-?a / ?b)"):
        query = f"SELECT ({expression} AS ?x) {{ VALUES (?a ?b) {{ ({a} {b}) }} }}"
        found = result(rewrite(query).text)
        value = found and Decimal(found.split(chr(34))[1])
        assert value == (quotient and Decimal(quotient)), expression


@every_row(
    "query",
    [
        "SELECT ?s { ?s ?p ?o FILTER(?o / ?s < 1) }",
        "SELECT ?s { ?s ?p ?o BIND(?o/?s AS ?q) }",
        "SELECT (SUM(?o) / COUNT(?s) AS ?q) { ?s ?p ?o }",
        "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING(SUM(?o) / MAX(?o) > 0.5)",
        "SELECT ?s { ?s ?p ?o } ORDER BY (?o / ?s)",
        "SELECT ?s { ?s ?p ?o FILTER EXISTS { ?s ?p ?c FILTER(?c / ?s < 1) } }",
    ],
)
def test_divisions_are_found_wherever_they_stand(query: str) -> None:
    assert STEP in plan(query).steps


@every_row(
    "query",
    [
        "SELECT ?s { ?s <x:p>/<x:q> ?o }",
        "SELECT ?s { ?s ?p ?o FILTER(?o / 2 < 1) }",
        "SELECT ?s { ?s ?p ?o FILTER(?o / 100.0 * 3 < 1) }",
        "SELECT (RAND() / ?o AS ?x) { ?s ?p ?o }",
    ],
)
def test_others_stay_as_they_are(query: str) -> None:
    assert STEP not in plan(query).steps
