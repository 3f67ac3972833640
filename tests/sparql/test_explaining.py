"""How a query is run: its steps in the engine's order, their rows, and what to change."""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
import pytest

from benchmarks.natural import queries
from registry import formats, terms
from registry.problems import Problem
from registry.releases.reading import Release
from registry.sparql import guards
from registry.sparql.engine import Embedded, Query, Remote
from registry.sparql.explaining import explain
from registry.sparql.planner import plan
from registry.sparql.planner.hints import MANY
from registry.sparql.planner.probing import PROBE, probe
from registry.sparql.planner.statistics import Counts
from tests.processes import guarded
from tests.sparql.conftest import MakeEngine
from tests.tables import every_row

PREFIXES = f"PREFIX : <x:> PREFIX cl: <{terms.CL}> "


def iri(name: object) -> ox.NamedNode:
    return ox.NamedNode(f"x:{name}")


def store(size: int) -> ox.Store:
    """Make a store of some things, each with one of three kinds and a name."""
    made = ox.Store()
    for at in range(size):
        made.add(ox.Quad(iri(at), iri("kind"), iri(f"k{at % 3}")))
        made.add(ox.Quad(iri(at), iri("prefLabel"), ox.Literal(f"n{at}")))
    return made


def told(data: ox.Store, query: str) -> dict[str, Any]:
    return explain(data, plan(PREFIXES + query), {}, 30)


def steps(found: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(" ".join(s["inside"]), s["pattern"], s["rows"]) for s in found["steps"]]


STEPS = [
    (
        "SELECT * { ?a :prefLabel ?n . ?a :kind :k1 }",
        [("", "?a :kind :k1", 10), ("", "?a :prefLabel ?n", 10)],
    ),
    (
        "SELECT * { ?a :kind :k1 OPTIONAL { ?a :prefLabel ?n FILTER(?n > 'n5') } }",
        [("", "?a :kind :k1", 10), ("OPTIONAL", "?a :prefLabel ?n", 1)],
    ),
    (
        "SELECT ?a { { ?a :kind :k1 } UNION { ?a :kind :k4 } }",
        [("UNION 1", "?a :kind :k1", 10), ("UNION 2", "?a :kind :k4", 0)],
    ),
    (
        "SELECT ?a { ?a :kind :k1 { SELECT ?a { ?a :prefLabel ?n } LIMIT 5 } }",
        [("SELECT", "?a :prefLabel ?n", 5), ("", "SELECT ?a", 5), ("", "?a :kind :k1", 2)],
    ),
    (
        "ASK { GRAPH ?g { ?a :kind/:prefLabel [] } }",
        [("GRAPH ?g", "?a :kind ?v0", 0), ("GRAPH ?g", "?v0 :prefLabel ?v1", 0)],
    ),
    ("ASK { :1 :kind :k1 }", [("", ":1 :kind :k1", 1)]),
    ("DESCRIBE :1", []),
]


@every_row(("query", "expected"), STEPS)
def test_steps_are_those_of_the_engine_with_their_rows(
    query: str, expected: list[tuple[str, str, int]]
) -> None:
    found = steps(told(store(30), query))
    if query.startswith("ASK { GRAPH"):  # of no rows no step is the first
        assert sorted(row[0] for row in found) == sorted(row[0] for row in expected)
    else:
        assert sorted(found) == sorted(expected)
        assert found[:1] == expected[:1]


def test_what_was_changed_is_named() -> None:
    found = told(store(30), "SELECT ?a { ?a :kind|:prefLabel ?n }")
    assert found["rewritings"] == ["alternatives of a path are branches of a union"]
    assert "UNION" in found["query"]
    assert found["rows"] == 60


def test_a_query_that_is_not_done_in_time_tells_what_was_seen() -> None:
    with guarded(10):
        found = explain(store(3_000), plan("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"), {}, 1)
    assert not found["complete"]
    assert [hint["name"] for hint in found["hints"]][:1] == ["cartesian"]
    assert found["steps"][0]["rows"]


HINTS = [
    ("SELECT * { ?a :kind ?b . ?c :kind :k1 }", {"cartesian"}),
    ("SELECT * { ?a :kind ?b . ?c :kind :k1 FILTER(?a = ?c) }", set()),
    ("SELECT * { ?a :kind :k1 . OPTIONAL { ?a :prefLabel ?n } }", set()),
    ("SELECT * { OPTIONAL { ?a :prefLabel ?n } ?a :kind :k1 }", {"optional-first"}),
]


@every_row(("query", "names"), HINTS)
def test_hints_say_what_to_change(query: str, names: set[str]) -> None:
    assert {hint["name"] for hint in told(store(30), query)["hints"]} == names


LARGE = [
    ("SELECT ?a { ?a :prefLabel ?n FILTER(CONTAINS(?n, '77')) }", {"text", "unanchored"}),
    ("SELECT DISTINCT ?k { ?a :kind ?k }", {"distinct", "unanchored"}),
    ("SELECT ?a { ?a :kind :k1 ; :prefLabel ?n }", set()),
]


@pytest.fixture(scope="module")
def large() -> ox.Store:
    return store(MANY + 1)


@every_row(("query", "names"), LARGE)
def test_hints_on_steps_with_many_rows(query: str, names: set[str], large: ox.Store) -> None:
    assert {hint["name"] for hint in told(large, query)["hints"]} == names


@pytest.mark.slow
@every_row("name", queries())
def test_probes_change_no_answer(name: str, release: Release) -> None:
    planned = plan(queries()[name])
    probed = probe(planned)
    assert probed
    probes = {ox.NamedNode(f"{PROBE}{at}"): lambda *_: ox.Literal(True) for at in range(99)}
    found = release.store.query(probed.text, custom_functions=probes)  # type: ignore[arg-type]
    expected = release.store.query(planned.text)
    assert isinstance(found, ox.QuerySolutions)
    assert isinstance(expected, ox.QuerySolutions)
    assert found.variables == expected.variables
    assert sum(1 for _ in found) == sum(1 for _ in expected)


# Behind the endpoint


def answered(engine: Embedded, text: str) -> dict[str, Any]:
    seen = guards.outline(text, engine.settings)
    answer = engine.evaluate(engine.shelf.current(), Query(text), seen, formats.EXPLANATION)
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_estimates_come_from_the_counts_of_the_release(engine: Embedded) -> None:
    found = answered(engine, PREFIXES + "SELECT * { ?c a cl:City ; cl:inCountry ?k }")
    cities, countries = found["steps"]
    assert cities["estimated"] == cities["rows"] > 0
    assert countries["rows"] / 2 <= countries["estimated"] <= 2 * countries["rows"]


def test_a_worker_whose_query_runs_on_ends(make_engine: MakeEngine) -> None:
    engine = make_engine(query_seconds=6, young_seconds=60)
    found = answered(engine, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert not found["complete"]
    assert engine.answer(Query("ASK { ?a ?b ?c }"), "json").body


def test_what_is_no_query_is_refused(engine: Embedded) -> None:
    with pytest.raises(Problem) as raised:
        answered(engine, "SELECT ?a { ?a ?b ?c BIND(1 AS ?a) }")
    assert raised.value.name == "query-syntax"


def test_the_counts_of_a_release_are_those_of_its_store(release: Release) -> None:
    counts = Counts.beside(release.store_address)
    assert counts
    for iri_, counted in counts.graphs.items():
        found = release.store.quads_for_pattern(None, None, None, ox.NamedNode(iri_))
        values: dict[str, list[str]] = {}
        for quad in found:
            values.setdefault(str(quad.predicate), []).append(str(quad.object))
        assert counted.keys() == values.keys()
        for name, known in counted.items():
            assert known["triples"] == len(values[name])
            assert known["values"] == len(set(values[name]))
            for value, n in known.get("of", {}).items():
                assert values[name].count(value) == n


def test_the_command_line_asks_for_an_explanation_as_a_format(engine: Embedded) -> None:
    answer = engine.answer(Query("ASK { ?a ?b ?c }"), "explanation")
    assert json.loads(answer.body)["steps"][0]["pattern"] == "?a ?b ?c"
    with pytest.raises(Problem) as raised:
        Remote("http://127.0.0.1:9/sparql", engine.settings).answer(
            Query("ASK { ?a ?b ?c }"), "explanation"
        )
    assert raised.value.name == "not-acceptable"
