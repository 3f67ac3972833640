"""The beginning of an answer."""

from __future__ import annotations

import pyoxigraph as ox

from registry.sparql.first_rows import first_rows
from tests.tables import every_row

STORE = ox.Store()
for number in range(30):
    STORE.add(ox.Quad(ox.NamedNode(f"x:{number}"), ox.NamedNode("x:p"), ox.Literal(number)))

QUERIES = [
    ("SELECT * { ?s ?p ?o }", 5),
    ("SELECT * { ?s ?p ?o } # LIMIT 2", 5),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING(COUNT(*) > 0) ORDER BY ?s", 5),
    ("SELECT * { ?s ?p ?o } OFFSET 28", 2),
    ("SELECT * { ?s ?p ?o } OFFSET 3", 5),
    ("SELECT * { ?s ?p ?o } LIMIT 3 OFFSET 3", 3),
    ("SELECT * { ?s ?p ?o } offset 3 limit 30", 5),
    ("SELECT * { ?s ?p ?o } LIMIT 0", 0),
    ("SELECT * { { SELECT * { ?s ?p ?o } LIMIT 2 } UNION { ?s ?p ?o } }", 5),
    ("SELECT * { VALUES ?x { 1 2 } ?s ?p ?o } VALUES ?y { 1 2 }", 5),
    ("SELECT * { ?s ?p ?o } LIMIT 20 VALUES (?y) { (1) (2) }", 5),
    ("PREFIX limit: <x:> PREFIX values: <x:> SELECT * { ?s values:p ?limit }", 5),
    ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER('LIMIT 1' != ?o) }", 1),
    ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", 5),
    ("CONSTRUCT WHERE { ?s ?p ?o }", 5),
    ("DESCRIBE ?s WHERE { ?s ?p ?o }", 5),
    ("DESCRIBE <x:1> <x:2>", 2),
]


@every_row(("query", "count"), QUERIES)
def test_solutions_are_as_many_as_asked_for(query: str, count: int) -> None:
    found = STORE.query(first_rows(query, 5))
    assert not isinstance(found, ox.QueryBoolean)
    assert len(list(found)) == count
