"""Looking things up, by pattern, in a stable order."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.things.lookup import Lookup, node
from tests.things.made import add, lookup_of, store_of

A, B = terms.thing("city", "a"), terms.thing("city", "b")
FACTS = """
city:a skos:prefLabel "Pavia"@it, "Pavie"@fr ; cl:inCountry city:it, city:fr ;
    cl:population 5 ; cl:ownLanguage "it" .
link:x cl:party city:b, city:a . link:y cl:party city:a .
"""


def test_values_are_sorted() -> None:
    lookup = lookup_of(FACTS)
    assert [o.value for o in lookup.literals(A, "skos:prefLabel")] == ["Pavia", "Pavie"]
    assert lookup.iris(A, "cl:inCountry") == [terms.thing("city", "fr"), terms.thing("city", "it")]
    assert lookup.subjects("cl:party", A) == [terms.thing("link", "x"), terms.thing("link", "y")]


def test_values_are_of_the_kind_asked_for() -> None:
    lookup = lookup_of(FACTS)
    assert lookup.iris(A, "skos:prefLabel") == lookup.literals(A, "cl:inCountry") == []
    assert lookup.text(A, "cl:population") == "5"
    assert lookup.iri(A, "cl:inCountry") == terms.thing("city", "fr")
    assert lookup.text(A, "cl:status") == lookup.iri(A, "cl:status") == ""
    assert [o.value for o in lookup.literals(A, "cl:population", "cl:ownLanguage")] == ["5", "it"]


def test_what_exists_says_something_itself() -> None:
    lookup = lookup_of(FACTS)
    assert lookup.exists(A)
    assert not lookup.exists(B)
    assert {t.subject.value for t in lookup.incoming(B) if isinstance(t.subject, ox.NamedNode)} == {
        terms.thing("link", "x")
    }


def test_the_graphs_of_a_triple_are_those_that_state_it() -> None:
    store = store_of("link:x cl:party city:a .", "one")
    add(store, "link:x cl:party city:a, city:b .", "two")
    lookup = Lookup(store)
    first, second = lookup.outgoing(terms.thing("link", "x"))
    assert lookup.graphs(first) == [terms.GRAPH + "one", terms.GRAPH + "two"]
    assert lookup.graphs(second) == [terms.GRAPH + "two"]
    assert lookup.graph(terms.GRAPH + "two") == [first, second]
    assert lookup.graph(terms.GRAPH + "three") == []
    assert len(lookup.objects(terms.thing("link", "x"), "cl:party")) == 2


def test_a_prefixed_name_is_a_node() -> None:
    assert node("rdf:type").value == terms.RDF_TYPE
