"""Concepts and terms as trees."""

from __future__ import annotations

from collections.abc import Iterable

from registry import terms
from registry.things import trees
from registry.things.trees import Branch
from tests.things.made import pages_of, store_of

TOPIC = f"{terms.SCHEME}topic"
SCHEME = f"""
<{TOPIC}> a skos:ConceptScheme ; skos:hasTopConcept <{TOPIC}/heritage>, <{TOPIC}/arts> .
<{TOPIC}/arts> skos:inScheme <{TOPIC}> ; skos:prefLabel "Arts"@en ; skos:topConceptOf <{TOPIC}> .
<{TOPIC}/heritage> skos:inScheme <{TOPIC}> ; skos:prefLabel "Heritage"@en ;
    skos:narrower <{TOPIC}/reuse> .
<{TOPIC}/reuse> skos:inScheme <{TOPIC}> ; skos:prefLabel "Reuse"@en ;
    skos:broader <{TOPIC}/heritage> .
link:a--b cl:topic <{TOPIC}/heritage>, <{TOPIC}/reuse> .
practice:p cl:topic <{TOPIC}/reuse> .
"""

Drawn = list[tuple[str, int, "Drawn"]]


def drawn(branches: Iterable[Branch]) -> Drawn:
    return [(one.value.words.text, one.uses, drawn(one.below)) for one in branches]


def test_what_is_narrower_stands_below_with_how_often_it_is_used() -> None:
    pages = pages_of(store_of(SCHEME))
    reuse: Drawn = [("Reuse", 2, [])]
    assert drawn(trees.concepts(pages, TOPIC)) == [("Arts", 0, []), ("Heritage", 1, reuse)]
    assert drawn(trees.concepts(pages, f"{TOPIC}/heritage")) == reuse
    assert drawn(trees.concepts(pages, f"{TOPIC}/arts")) == []


def test_nothing_stands_below_itself() -> None:
    circle = f"<{TOPIC}/reuse> skos:narrower <{TOPIC}/heritage>, <{TOPIC}/reuse> ."
    pages = pages_of(store_of(SCHEME + circle))
    reuse: Drawn = [("Reuse", 2, [])]
    assert drawn(trees.concepts(pages, TOPIC))[1:] == [("Heritage", 1, reuse)]


def test_a_term_stands_below_what_it_specialises() -> None:
    told = """
cl:Region rdfs:subClassOf cl:Territory ; rdfs:label "Region"@en .
cl:Territory rdfs:subClassOf geo:Feature ; rdfs:label "Territory"@en .
cl:fromCity rdfs:subPropertyOf cl:party ; rdfs:label "from"@en .
cl:party rdfs:label "party"@en ."""
    names = (terms.CL + name for name in ("Region", "Territory", "fromCity", "party"))
    uses = {terms.CL + "Region": 3}
    assert drawn(trees.of_terms(pages_of(store_of(told)), names, uses)) == [
        ("party", 0, [("from", 0, [])]),
        ("Territory", 0, [("Region", 3, [])]),
    ]
