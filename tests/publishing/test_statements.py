"""Constraints on single statements, validated by distinct values, against each by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from registry import terms
from registry.publishing.shacl import statements
from registry.publishing.shacl.constraints import Constraint
from registry.publishing.shacl.report import SH, Severity
from tests.tables import every_row

EX = "http://example.org/"
PREFIX = f"PREFIX : <{EX}>\n"

SELECTS = {
    "blank": 'SELECT $this ?path ?value WHERE { $this ?path ?value . FILTER(STR(?value) = "") }',
    "long": """SELECT DISTINCT $this ?path ?value
WHERE {
  $this ?path ?value .
  FILTER(ISLITERAL(?value))
  FILTER(STRLEN(STR(?value)) > 9 && REGEX(STR(?value), "^[^)]*[)]$"))
}""",
    "high": "SELECT $this ?value WHERE { $this ?path ?value . FILTER(?value > 9) }",
    "unknown": """SELECT $this ?value WHERE { $this ?path ?value .
        FILTER(ISIRI(?value)) FILTER NOT EXISTS { ?value a ?class } }""",
    "term": "SELECT $this ?path WHERE { $this ?path ?a . FILTER NOT EXISTS { ?path a ?class } }",
    "kind": "SELECT $this ?value WHERE { $this a ?value . FILTER(?value = :Rock) }",
    "limit": """SELECT $this ?value WHERE { $this :a|:b ?value . <http://example.org/limit> :is ?l .
        FILTER(?value > ?l) FILTER(STR($this) != "http://example.org/worse")
        FILTER NOT EXISTS { $this :d ?other } FILTER NOT EXISTS { $this :c "y" } }""",
}
"""Constraints on single statements."""

OTHERS = {
    "node": "SELECT $this WHERE { $this ?path ?value . FILTER(?value = $this) }",
    "two": "SELECT $this WHERE { $this :a ?value ; :b ?other . FILTER(?value = ?other) }",
    "next": "SELECT $this WHERE { $this :a ?value . ?value :b ?other . FILTER(?other = 1) }",
    "without": "SELECT $this WHERE { $this :a ?value }",
    "exists": "SELECT $this WHERE { $this :a ?value . FILTER(NOT EXISTS { ?value :b ?other }) }",
    "whole": "SELECT $this WHERE { $this ?path ?value . FILTER NOT EXISTS { ?value :b ?path } }",
    "elsewhere": "SELECT $this WHERE { $this :a ?value . FILTER(?value = ?other) }",
    "union": "SELECT $this WHERE { { $this :a ?value . FILTER(?value = 1) } UNION { $this :b 1 } }",
}
"""Constraints that read more than a statement, or say something of the node."""

DATA = """
@prefix : <http://example.org/> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:a a rdf:Property . :b a rdf:Property . rdf:type a rdf:Property .
:good a :Thing ; :a "good", 5 ; :b :good .
:bad a :Thing ; :a "", "words (and)" ; :b 12 .
:worse a :Rock ; :a "" ; :b :nobody ; :c "x" .
:limit :is 10 . :high a :Thing ; :a 11 . :worse :b 12 . :left a :Thing ; :a 11 ; :d 1 .
:untyped :a "", 12 ; :c "y" ; :b :nobody .
"""


def constraint(name: str, select: str) -> Constraint:
    """Make a constraint that has everything with a type as its target."""
    target = (f"{SH}targetSubjectsOf", f"<{terms.RDF_TYPE}>")
    shape = EX + name
    return Constraint(shape, PREFIX + select, frozenset({target}), Severity.WARNING, "", name)


@pytest.fixture
def store() -> ox.Store:
    """Load the data."""
    loaded = ox.Store()
    loaded.load(DATA.encode(), format=ox.RdfFormat.TURTLE)
    return loaded


def test_constraints_of_one_pattern_are_validated_together(store: ox.Store) -> None:
    made = [constraint(name, select) for name, select in (SELECTS | OTHERS).items()]
    jobs = statements.jobs(made)
    assert [[one.message for one in job] for job in jobs if len(job) > 1] == [
        ["blank", "long", "high"]
    ]
    found = [list(statements.results(store, job)) for job in jobs]
    for job, results in zip(jobs, found, strict=True):
        alone = [result for one in job for result in one.results(store)]
        assert sorted(results) == sorted(alone)
    assert {r.message for results in found for r in results} >= SELECTS.keys(), "each finds some"


@every_row("name", SELECTS)
def test_only_nodes_that_may_violate_a_constraint_are_validated(
    name: str, store: ox.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Constraint, __: ox.Store) -> Iterator[None]:
        raise AssertionError("all nodes are validated")

    one = constraint(name, SELECTS[name])
    wanted = sorted(one.results(store))
    with monkeypatch.context() as patch:
        patch.setattr(Constraint, "results", refused)
        assert sorted(statements.results(store, [one])) == wanted


@every_row("name", OTHERS)
def test_what_reads_more_than_a_statement_is_recognised(name: str) -> None:
    assert statements.statements(OTHERS[name]) is None


def test_where_many_nodes_may_violate_a_constraint_all_are_validated() -> None:
    one, store = constraint("blank", SELECTS["blank"]), ox.Store()
    lines = (f'<{EX}{n}> a <{EX}Thing> ; <{EX}a> "" .' for n in range(statements._MANY + 1))
    store.load("\n".join(lines).encode(), format=ox.RdfFormat.TURTLE)
    assert len(list(statements.results(store, [one]))) == statements._MANY + 1
