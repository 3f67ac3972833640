"""Queries made at random: each is answered right or refused by name, and harms no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import event, example, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry import terms
from registry.problems import Problem
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.engine import Answer, Embedded, Query
from registry.sparql.guards import outline
from registry.sparql.planner import plan
from registry.sparql.pool import Pool
from tests.sparql.grammar import DAMAGED, GOOD, Good

LIMITS = {"workers": 1, "query_seconds": 1.0, "answer_bytes": 500_000, "query_memory": 300_000_000}

STOPPED = {"query-timeout", "query-memory", "answer-too-large"}
REFUSED = {
    *("query-syntax", "query-too-deep", "query-too-large", "unknown-graph"),
    *("service-refused", "update-refused"),
}

GRAPHS = [terms.GRAPH + name for name in ("ec2u-cultcities", "pavia-notice", "cities")]


@pytest.fixture(scope="module")
def bounded(workspace: Workspace, settings: Settings) -> Iterator[Embedded]:
    """Give an engine with small limits."""
    small = replace(settings, **LIMITS)  # type: ignore[arg-type]
    with Embedded(small, Shelf(workspace), Pool(small)) as engine:
        yield engine


def asked(engine: Embedded, query: Query) -> Answer | Problem:
    """Ask; whatever comes of it, the next answer is right."""
    try:
        outcome: Answer | Problem = engine.answer(query, None)
    except Problem as problem:
        outcome = problem
    cities = engine.answer(Query(f"SELECT * {{ ?city a <{terms.CL}City> }}"), "csv").body
    assert cities.count(b"\n") == 18
    event(outcome.name if isinstance(outcome, Problem) else "answered")
    return outcome


# What is SPARQL is answered, as the engine in this process answers it.


def answered(answer: Answer) -> object:
    """Read an answer: a yes or no, a bag of rows, or a set of triples."""
    if answer.format.name != "json":
        return {quad.triple for quad in ox.parse(answer.body, format=ox.RdfFormat.TURTLE)}
    return read(ox.parse_query_results(answer.body, format=ox.QueryResultsFormat.JSON))


def read(found: object) -> object:
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    if isinstance(found, ox.QueryTriples):
        return set(found)
    assert isinstance(found, ox.QuerySolutions)
    # SELECT * has another order of columns where the query names them than the engine has.
    names = sorted(variable.value for variable in found.variables)
    return names, Counter(tuple(str(row[name]) for name in names) for row in found)


def assert_as_here(outcome: Answer | Problem, store: ox.Store, query: Good) -> None:
    """Compare with what the engine says in this process; what took too long is not repeated."""
    if isinstance(outcome, Answer) and "graph-variable" in outcome.deviations:
        return  # What the engine says depends on how the group is written.
    if isinstance(outcome, Answer):
        assert answered(outcome) == read(store.query(plan(query.text()).text))
    elif outcome.name == "query-syntax":
        # By the grammar alone: BIND to a variable that is in use already (section 18.2.1).
        with pytest.raises(SyntaxError):
            store.query(query.text())
    else:
        assert outcome.name in STOPPED, outcome


@pytest.mark.slow
@with_settings(max_examples=200)
@given(query=GOOD)
def test_a_query_is_answered_right(query: Good, bounded: Embedded, release: Release) -> None:
    outcome = asked(bounded, Query(query.text()))
    assert_as_here(outcome, release.store, query)


def merged(release: Release, default: list[str], named: list[str]) -> ox.Store:
    """Build the dataset: one graph of all default ones, merged as RDF, and the named ones."""
    store = ox.Store()
    for iri in (*default, *named):
        for quad in release.store.quads_for_pattern(None, None, None, ox.NamedNode(iri)):
            if iri in named:
                store.add(quad)
            if iri in default:
                store.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    return store


SOME = st.lists(st.sampled_from(GRAPHS), max_size=4)
DATASETS = st.tuples(SOME, SOME)
TWICE = Good("SELECT (COUNT(*) AS ?n) {} {}", "?link cl:party ?city .")
"""Two of the graphs state the parties of the same link."""


@pytest.mark.slow
@with_settings(max_examples=100)
@example(query=TWICE, dataset=(GRAPHS, []), by_request=True)
@given(query=GOOD, dataset=DATASETS, by_request=st.booleans())
def test_a_dataset_is_merged_as_rdf(
    query: Good,
    dataset: tuple[list[str], list[str]],
    by_request: bool,
    bounded: Embedded,
    release: Release,
) -> None:
    """Named twice or in two graphs, a triple is there once (SPARQL 1.1 Query, section 13.2)."""
    default, named = dataset
    clauses = [f"FROM <{iri}>" for iri in default] + [f"FROM NAMED <{iri}>" for iri in named]
    if by_request:
        outcome = asked(bounded, Query(query.text(), tuple(default), tuple(named)))
    else:
        outcome = asked(bounded, Query(query.text(" ".join(clauses))))
    whole = not default and not named
    assert_as_here(outcome, release.store if whole else merged(release, default, named), query)


# What is damaged is refused by name, or answered where it still is SPARQL.


@pytest.mark.slow
@with_settings(max_examples=300)
@given(text=DAMAGED)
def test_a_damaged_query_does_no_harm(text: str, bounded: Embedded) -> None:
    outcome = asked(bounded, Query(text))
    if isinstance(outcome, Answer):
        assert is_sparql(text, bounded.settings)
    elif outcome.name == "query-syntax":
        assert not is_sparql(text, bounded.settings)
    else:
        # What stopped a worker would stop this process, too.
        assert outcome.name in STOPPED | REFUSED, outcome


def is_sparql(text: str, settings: Settings) -> bool:
    """Tell whether the engine's parser takes what the guards let pass; on no data at all."""
    try:
        ox.Store().query(outline(text, settings).text)
    except (Problem, SyntaxError):
        return False
    return True
