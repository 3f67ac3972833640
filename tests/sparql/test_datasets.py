"""Several default graphs are asked as their merge, without copying them."""

from __future__ import annotations

import random
from itertools import combinations

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry import terms
from registry.graphs.graph import lines_of
from registry.releases.graph_counts import count
from registry.sparql.planner import plan
from registry.sparql.planner.datasets import Asked, asked_of
from registry.sparql.planner.statistics import Counts
from tests.sparql.test_planner import GROUP, PREFIXES, iri, read_answer
from tests.tables import every_row

GRAPHS = [f"{terms.GRAPH}{name}" for name in ("one", "two", "three")]
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
APART = f"{terms.GRAPH}shapes"
"""A graph that is no part of the merged one."""


def triples(seed: int) -> dict[str, list[ox.Triple]]:
    """Make some graphs that share triples and properties, and some of which lack these."""
    choose = random.Random(seed)
    found = {}
    for at, graph in enumerate([*GRAPHS, APART]):
        names = "pqr"[: 1 + (at + seed) % 3]
        picked = [
            (choose.choice("klm"), choose.choice(names), choose.choice("klm")) for _ in "x" * 9
        ]
        found[graph] = [ox.Triple(iri(s), iri(p), iri(o)) for s, p, o in dict.fromkeys(picked)]
    return found


def store(seed: int) -> tuple[ox.Store, Counts]:
    """Make a store as a release has it, and count it."""
    made, graphs = ox.Store(), triples(seed)
    for graph, found in graphs.items():
        for t in found:
            made.add(ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(graph)))
            if graph != APART:
                made.add(ox.Quad(t.subject, t.predicate, t.object))
    return made, Counts({graph: count(sorted(lines_of(found))) for graph, found in graphs.items()})


def merged(seed: int, default: list[str], named: list[str]) -> ox.Store:
    """Make a store of a dataset, copied together."""
    made, graphs = ox.Store(), triples(seed)
    for graph, found in graphs.items():
        for t in found:
            if graph in default:
                made.add(ox.Quad(t.subject, t.predicate, t.object))
            if graph in named:
                made.add(ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(graph)))
    return made


def answer(data: ox.Store, asked: Asked) -> object:
    return read_answer(
        data.query(
            asked.planned.text,
            default_graph=[ox.DefaultGraph()],
            named_graphs=[ox.NamedNode(graph) for graph in asked.named],
        )
    )


CHOICES = [list(some) for n in (2, 3) for some in combinations([*GRAPHS, APART], n)]

QUERIES = [
    "SELECT (COUNT(*) AS ?n) { ?a :p ?b }",
    "SELECT * { ?a :p ?b . ?b :q ?c OPTIONAL { ?c :r ?d } }",
    "SELECT (COUNT(*) AS ?n) { ?a :p/:q ?b }",
    "SELECT * { ?a :p|:q ?b FILTER NOT EXISTS { ?b :r ?a } }",
    "SELECT * { ?a ?p ?b } ",
    "SELECT * { :k ?p ?b MINUS { ?b :q ?c } }",
    "SELECT ?g (COUNT(*) AS ?n) { ?a :p ?b GRAPH ?g { ?b ?q ?a } } GROUP BY ?g",
    f"SELECT * {{ ?a :p ?b GRAPH <{GRAPHS[0]}> {{ ?b :q ?c }} }}",
    "SELECT ?a (COUNT(?b) AS ?n) { { SELECT DISTINCT ?a { ?a :q ?c } } ?a :p ?b } GROUP BY ?a",
    "SELECT * { ?a :p ?b FILTER(?b != :k || EXISTS { ?b :p ?b }) "
    "{ ?b :q ?c } UNION { ?c :r ?b FILTER(?c = :l || EXISTS { ?c :p ?c }) } }",
    "SELECT * { { VALUES ?a { :k :l } FILTER(?a != :k || EXISTS { ?a :p ?a }) } "
    "{ ?a :p ?b } UNION { ?b :q ?a } }",
    "ASK { :k :p :l }",
    "SELECT * { ?a :x ?b }",
    "SELECT ?a ?b { ?a !:p ?b }",
]


@pytest.mark.slow
@every_row("query", QUERIES)
def test_each_query_is_answered_as_of_the_merge(query: str) -> None:
    for seed in range(4):
        data, counts = store(seed)
        for default in CHOICES:
            asked = asked_of(PREFIXES + query, default, GRAPHS[:1], counts)
            assert asked
            expected = read_answer(merged(seed, default, GRAPHS[:1]).query(asked_of_one(query)))
            assert answer(data, asked) == expected, (seed, default)


def asked_of_one(query: str) -> str:
    """Return a query as it is right of one graph; paths with alternatives, or negated, are bags."""
    either = "{ ?a :p ?b } UNION { ?a :q ?b }"
    other = "?a ?any ?b FILTER(?any != :p)"
    return (PREFIXES + query).replace("?a :p|:q ?b", either).replace("?a !:p ?b", other)


@pytest.mark.slow
def test_the_merge_is_that_of_another_engine() -> None:
    query = PREFIXES + "SELECT (COUNT(*) AS ?n) { ?a :p ?b . ?b :q|:p ?c }"
    for seed in range(4):
        data, counts = store(seed)
        for default in CHOICES:
            graph = rdflib.Graph()
            for iri_ in default:
                lines = b"\n".join(sorted(lines_of(triples(seed)[iri_])))
                graph.parse(data=lines.decode(), format="nt")
            expected = [int(row.n) for row in graph.query(query)]  # type: ignore[union-attr]
            asked = asked_of(query, default, [], counts)
            assert asked
            found = data.query(
                asked.planned.text, named_graphs=list(map(ox.NamedNode, asked.named))
            )
            assert isinstance(found, ox.QuerySolutions)
            assert [int(row["n"].value) for row in found] == expected


def test_all_merged_graphs_are_the_graph_of_the_store() -> None:
    counts = store(2)[1]
    for query in ("SELECT * { ?a :p*/!:q ?b }", "SELECT * { ?a ?p ?b . ?b :q? ?c }"):
        asked = asked_of(PREFIXES + query, GRAPHS, [], counts)
        assert asked
        assert "GRAPH" not in asked.planned.text
        assert asked.named == ()


WHOLE = [
    "SELECT * { ?a :p* ?b }",
    "SELECT * { ?a !^:p ?b }",
    "DESCRIBE :k",
    "SELECT * { ?a (:p|:q)+ ?b }",
]


@pytest.mark.slow
@every_row("query", WHOLE)
def test_what_needs_the_whole_merge_is_left_to_it(query: str) -> None:
    assert asked_of(PREFIXES + query, GRAPHS[:2], [], store(1)[1]) is None


@pytest.mark.slow
@with_settings(max_examples=300, deadline=None)
@given(group=GROUP, seed=st.integers(0, 3), default=st.sampled_from(CHOICES), star=st.booleans())
def test_any_query_is_answered_as_of_the_merge(
    group: str, seed: int, default: list[str], star: bool
) -> None:
    query = f"{PREFIXES}SELECT {'*' if star else '(COUNT(*) AS ?n)'} {group}"
    data, counts = store(seed)
    try:
        # As the planner writes it: it puts right what the engine gets wrong of one graph, too.
        expected = read_answer(merged(seed, default, []).query(plan(query).text))
    except SyntaxError:
        return
    if asked := asked_of(query, default, [], counts):
        assert answer(data, asked) == expected
