"""What may stand in which graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import saved_queries, shipped, terms
from registry.graphs import parsing, placement
from registry.graphs.graph import Graph
from registry.problems import Problem
from registry.releases import code
from registry.settings import Settings
from tests.tables import every_row

Read = Callable[[str, str | bytes], dict[str, Graph]]

DERIVED = saved_queries.derived_terms(code.rules())
LIST = f"{terms.GRAPH}list"

GRAPHS = {
    "http://example.org/graph/list": "is not a graph of this registry",
    "https://w3id.org/citylinks/list": "is not a graph of this registry",
    "https://w3id.org/citylinks/graph/List": "cannot be the name of a graph",
    "https://w3id.org/citylinks/graph/": "cannot be the name of a graph",
    "https://w3id.org/citylinks/graph/a/b": "cannot be the name of a graph",
    "https://w3id.org/citylinks/graph/list#part": "cannot be the name of a graph",
    "https://w3id.org/citylinks/graph/list?x": "cannot be the name of a graph",
    "https://w3id.org/citylinks/graph/" + "a" * 101: "over 100 characters",
    **{
        terms.GRAPH + name: "is written by the software"
        for name in "ontology alignments wording shapes queries settings derived scheme-x".split()
    },
}

FAULTS = {
    "cl:twinCity": ("<city/a-1> cl:twinCity <city/b-2>", "cl:twinCity of <…city/a-1> is derived"),
    "cl:status": ("<link/a-1--b-2> cl:status <x>", "cl:status of <…link/a-1--b-2> is derived"),
    "a derived class": (
        "<link/a-1--b-2> a cl:TwinningLink",
        "rdf:type of <…link/a-1--b-2> is derived",
    ),
    "the start of a link": (
        "<link/a-1--b-2> cl:startDate 1992",
        "cl:startDate of <…link/a-1--b-2>",
    ),
    "the date of a link": (
        "<link/a-1--b-2> cl:asOf 1992",
        "cl:asOf of <…link/a-1--b-2> is derived",
    ),
    "a date of a period": (
        "<period/a-1--b-2/1> cl:endDate 1992",
        "cl:endDate of <…period/a-1--b-2/1>",
    ),
    "a region": ("<region/a> cl:within <region/b>", "describes the region <…region/a>, which only"),
    "a city": ("<city/a-1> cl:population 5", "describes the city <…city/a-1>, which only"),
    "a name of a city": ('<city/a-1> skos:altLabel "A"@it', "describes the city <…city/a-1>"),
    "a term": ("cl:City rdfs:subClassOf cl:Practice", "is described by the software"),
    "a concept": ("<scheme/status/active> skos:broader <x>", "is described by the software"),
    "a shape": ("<../shapes#city> sh:deactivated true", "is described by the software"),
    "another graph": (
        "<../graph/perm-twins> dcterms:title 'x'@en",
        "graph/perm-twins> is another graph than <https://w3id.org/citylinks/graph/",
    ),
    "the cities": ("<../graph/cities> dcterms:title 'x'@en", "cities> is another graph than <"),
    "a graph of the software": ("<../graph/shapes> dcterms:title 'x'@en", "by the software"),
    "the settings": ("<../graph/settings> cl:asOf 2030", "is described by the software"),
}
"""By name: a statement that cannot stand in a source graph, and what is said of it."""

ALLOWED = [
    "<claim/a-1--b-2/list/1> cl:startDate '1992'^^xsd:gYear ; cl:recordedUnder <city/a-1>",
    "<link/a-1--b-2> a cl:CityLink ; cl:party <city/a-1>, <city/b-2>",
    "<http://example.org/house> dcterms:title 'A house of others'@en",
    "<event/e> cl:startDate '2022-04-07'^^xsd:date",
]


def turtle(graph: str, statement: str) -> str:
    """Write a graph that describes itself and makes one statement; IRIs are relative to things."""
    prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in terms.PREFIXES.items())
    statement = statement.replace("<scheme/", f"<{terms.SCHEME}")
    return f"@base <{terms.ID}> .\n{prefixes}<{graph}> a dcat:Dataset .\n{statement} ."


def faulty(content: str, name: str = "list") -> str:
    """Say what intake has against a graph."""
    triples = [q.triple for q in ox.parse(content, format=ox.RdfFormat.TURTLE)]
    return (placement.fault(terms.GRAPH + name, triples, DERIVED) or "").replace(terms.ID, "…")


@pytest.mark.parametrize(("graph", "words"), GRAPHS.items())
def test_graphs_that_contributions_cannot_have(read: Read, graph: str, words: str) -> None:
    assert words in (placement.graph_fault(graph) or "")
    with pytest.raises(Problem) as caught:
        read("list.nq", f"<urn:s> <urn:p> <urn:o> <{graph}> .")
    assert caught.value.name == "data-syntax"
    assert words in str(caught.value)


@every_row("graph", ["list", "cities", "wikidata-2026-11", "a" * 100, "schemes"])
def test_graphs_that_contributions_can_have(graph: str) -> None:
    assert placement.graph_fault(terms.GRAPH + graph) is None


@every_row("case", FAULTS)
def test_statements_that_cannot_stand_in_a_source(case: str) -> None:
    statement, words = FAULTS[case]
    assert words in faulty(turtle(LIST, statement))


@every_row("statement", ALLOWED)
def test_statements_that_can(statement: str) -> None:
    assert faulty(turtle(LIST, statement)) == ""


@every_row("case", ["cl:twinCity", "a derived class", "a term", "another graph"])
def test_statements_that_cannot_stand_among_the_cities_either(case: str) -> None:
    statement, words = FAULTS[case]
    assert words in faulty(turtle(terms.CITIES_GRAPH, statement), "cities")


def test_cities_are_described_in_their_graph() -> None:
    assert faulty(turtle(terms.CITIES_GRAPH, FAULTS["a city"][0]), "cities") == ""


def test_a_graph_says_what_it_is() -> None:
    content = turtle(LIST, "<event/e> a cl:Event").replace("a dcat:Dataset", "dcterms:title 'x'@en")
    triples = [q.triple for q in ox.parse(content, format=ox.RdfFormat.TURTLE)]
    assert not placement.describes_itself(f"{terms.GRAPH}list", triples)


def test_every_term_that_rules_write_is_refused() -> None:
    for term in sorted(DERIVED):
        said = turtle(LIST, f"<link/a-1--b-2> <{term}> <x>")
        typed = turtle(LIST, f"<link/a-1--b-2> a <{term}>")
        assert "is derived" in (faulty(typed) if term[-4:] == "Link" else faulty(said)), term


def test_intake_refuses_with_the_name_of_the_file(tmp_path: Path, short: Settings) -> None:
    path = tmp_path / "list.ttl"
    path.write_text(turtle(LIST, FAULTS["a city"][0]))
    with pytest.raises(Problem, match=rf"{path}: cl:population describes the city"):
        parsing.read([parsing.source_of(path)], short, derived=DERIVED)


def test_shipped_data_stand_where_they_may(short: Settings) -> None:
    sources = [parsing.source_of(path) for path in shipped.data_files()]
    assert len(parsing.read(sources, short, derived=DERIVED)) == len(sources)


def test_what_people_propose_of_a_city_stands_beside_the_authority_file() -> None:
    content = turtle(f"{terms.GRAPH}contributions-2026-11-7", FAULTS["a name of a city"][0])
    assert faulty(content, "contributions-2026-11-7") == ""
    assert "which only" in faulty(content.replace("contributions-", "list-"), "list-2026-11-7")
