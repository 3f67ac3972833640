"""The columns of `SELECT *`."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from registry import formats
from registry.releases.reading import Release
from registry.sparql.columns import in_order
from registry.sparql.engine import Embedded, Query
from registry.sparql.guards import outline
from tests.tables import every_row

COLUMNS = [
    ("SELECT * { ?s ?p ?o }", "s p o"),
    ("select*{ ?z $b ?a }", "z b a"),
    ("SELECT REDUCED * { ?z ?b ?a . ?y ?a ?z }", "z b a y"),
    ("PREFIX select: <x:> SELECT # * { ?a\n * { ?s select:b ?a }", "s a"),
    ("BASE <http://SELECT/*> SELECT * WHERE { ?s <a> ?a }", "s a"),
    ("SELECT * { { SELECT ?b ?a { ?a ?c ?b } } ?a ?d ?e }", "b a d e"),
    ("SELECT * { { SELECT * { ?b ?p ?a } } }", "b p a"),
    ("SELECT * { ?b ?p ?a MINUS { ?z ?p ?y } FILTER NOT EXISTS { ?x ?p ?w } }", "b p a"),
    ("SELECT * { FILTER(?o > 1) ?s ?p ?o BIND(?q + 1 AS ?n) }", "o s p n"),
    ("SELECT * { ?s <x:p>? ?o OPTIONAL { ?o ?q ?b } } VALUES ?a { 1 }", "s o q b a"),
    ("SELECT * { GRAPH ?g { [] ?p [ ?q '?x' ] } }", "g p q"),
    ("SELECT * { ?b ?p ?a } ORDER BY ?nothing ?a LIMIT 2", "b p a"),
]
ALIKE = [
    "SELECT * {}",
    "SELECT ?o ?a { ?a ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?z ?p ?a }",
    "SELECT ?a { SELECT * { ?z ?p ?a } }",
    "ASK { SELECT * { ?z ?p ?a } }",
    "CONSTRUCT { ?z ?p ?a } { SELECT * { ?z ?p ?a } }",
    "DESCRIBE * { ?z ?p ?a }",
]


@every_row(("query", "columns"), COLUMNS)
def test_columns_are_in_the_order_of_the_query(query: str, columns: str) -> None:
    """They are those that the engine has, and so are the rows."""
    store = ox.Store()
    for number in range(3):
        name = ox.NamedNode(f"x:{number}")
        store.add(ox.Quad(name, ox.NamedNode("x:p"), name, ox.NamedNode("x:g")))
        store.add(ox.Quad(name, ox.NamedNode("x:p"), ox.Literal(number)))
    found, written = (store.query(text, base_iri="x:") for text in (in_order(query, "x:"), query))
    assert isinstance(found, ox.QuerySolutions)
    assert isinstance(written, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    assert names == columns.split()
    assert sorted(names) == [variable.value for variable in written.variables]
    rows = [sorted(str([row[name] for name in names]) for row in one) for one in (found, written)]
    assert rows[0] == rows[1]


@every_row("query", ALIKE)
def test_others_stay_as_they_are(query: str) -> None:
    assert in_order(query) == query


def test_what_is_no_query_is_told_where_it_is_written() -> None:
    with pytest.raises(SyntaxError, match="error at 2:"):
        in_order("SELECT * {\n ?a.. }")


def test_an_answer_has_them_so(engine: Embedded) -> None:
    query = "SELECT * { ?subject a ?class } LIMIT 1"
    for form in ("csv", "tsv"):
        head = engine.answer(Query(query), form).body.decode().splitlines()[0]
        assert head.replace("?", "").replace("\t", ",") == "subject,class"
    body = json.loads(engine.answer(Query(query), "json").body)
    assert body["head"]["vars"] == ["subject", "class"]


@pytest.mark.parametrize("graphs", [0, 1, 2, 3])
def test_a_column_may_name_an_earlier_one_of_any_dataset(
    graphs: int, engine: Embedded, release: Release
) -> None:
    listed = [entry.graph for entry in release.manifest.all_graphs() if entry.triples][:graphs]
    group = " ".join(f"FROM <{graph}>" for graph in listed) + " { ?s ?p ?o }"
    alone = engine.answer(Query(f"SELECT (COUNT(*) AS ?n) {group}"), "csv").body.split()[1]
    both = engine.answer(Query(f"SELECT (COUNT(*) AS ?n) (?n * 2 AS ?m) {group}"), "csv").body
    assert both.decode().split() == ["n,m", f"{int(alone)},{2 * int(alone)}"]


UNREAD = [
    ("SELECT ?k (COUNT(*) AS ?n) { ?a <x:p> ?b } GROUP BY (?b AS ?k) ORDER BY ?k", "x:b,1 x:c,2"),
    ("SELECT * { { SELECT ?k { ?a <x:p> ?b } GROUP BY (?b AS ?k) } } ORDER BY ?k", "x:b x:c"),
    ("SELECT ?b (COUNT(*) AS ?n) ?b { ?a <x:p> ?b } GROUP BY ?b ORDER BY ?b", "x:b,1 x:c,2"),
]


@every_row(("query", "rows"), UNREAD)
def test_what_is_sparql_is_answered(query: str, rows: str, engine: Embedded) -> None:
    """The engine refuses it as it is written."""
    values = "VALUES (?a ?b) { (<x:a> <x:b>) (<x:b> <x:c>) (<x:d> <x:c>) }"
    asked = query.replace("?a <x:p> ?b", values)
    with pytest.raises(SyntaxError):
        ox.Store().query(asked)
    _, *found = engine.answer(Query(asked), "csv").body.decode().split()
    assert found == rows.split()


def test_how_such_a_query_is_run_can_be_asked(engine: Embedded, release: Release) -> None:
    query = Query("SELECT (COUNT(*) AS ?n) (?n * 2 AS ?m) { ?s ?p ?o }")
    seen = outline(query.text, engine.settings)
    found = json.loads(engine.evaluate(release, query, seen, formats.EXPLANATION).body)
    assert (found["complete"], found["rows"], len(found["steps"])) == (True, 1, 1)
