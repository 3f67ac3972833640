"""Statements that are read off lines are those that a parser and a store tell."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import from_triples
from registry.graphs.lines import Reader, Statement

CITY = ox.NamedNode(terms.thing("city", "perm-511196"))
LABEL = ox.NamedNode(terms.prefixed("skos:prefLabel"))
SAID: list[ox.Literal | ox.NamedNode] = [
    ox.Literal("Perm", language="en"),
    ox.Literal('"Perm"\\\n\r\t\u0085 @en', language="de-Latn"),
    ox.Literal('a" @en'),
    ox.Literal("Пермь", language="ru"),
    ox.Literal("7", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    ox.Literal(""),
    ox.NamedNode("http://example.org/a_b@c"),
]


def test_a_store_and_lines_tell_the_same() -> None:
    triples = [ox.Triple(CITY, LABEL, one) for one in SAID]
    others = [
        ox.Triple(CITY, ox.NamedNode(terms.prefixed("skos:altLabel")), SAID[0]),
        ox.Triple(ox.NamedNode(terms.thing("link", "a--b")), LABEL, SAID[0]),
    ]
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*triples, *others))
    reader = Reader(["city"], ["skos:prefLabel"])
    expected = {
        Statement(
            CITY.value,
            "skos:prefLabel",
            one.value,
            (one.language or "") if isinstance(one, ox.Literal) else "",
        )
        for one in SAID
    }
    graph = from_triples(terms.CITIES_GRAPH, [*triples, *others])
    assert set(reader.read([graph])) == expected
    assert set(reader.read_of(store, CITY.value)) == expected
    assert list(reader.read_of(store, terms.thing("link", "a--b"))) == []
