"""The validator on small shapes and data, and its report; tests/shapes tries it on real ones."""

from __future__ import annotations

import json
from dataclasses import replace

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib import RDF, SH

from registry import formats, terms
from registry.graphs.graph import Graph
from registry.publishing.shacl import (
    Report,
    Result,
    Severity,
    validate,
)
from tests.tables import every_row

PREFIXES = f"""
@prefix : <http://example.org/> .
@prefix rdfs: <{terms.PREFIXES["rdfs"]}> .
@prefix sh: <{terms.PREFIXES["sh"]}> .
@prefix skos: <{terms.PREFIXES["skos"]}> .
@prefix xsd: <{terms.PREFIXES["xsd"]}> .
"""

DATA = """
:Small rdfs:subClassOf :Thing . :Tiny rdfs:subClassOf :Small .
:a a :Thing ; :size 3 ; :part :b, :c .
:b a :Tiny ; :size "three" ; :part :a ; skos:prefLabel "Bee"@en, "Biene"@de .
:c a :Thing, :Small ; :size 4, 5 .
:d :part "a word" .
"""

BIGGER = """sh:message "Too big."@en ; sh:sparql [ sh:select '''
    SELECT $this ?value WHERE { $this <http://example.org/size> ?value
    FILTER(ISNUMERIC(?value) && ?value > 3) }''' ] ."""
BARE = """sh:message "Has a size."@en ; sh:sparql [ sh:select '''
    SELECT $this WHERE { $this <http://example.org/size> ?size }''' ] ."""

SHAPES = {
    "a class and those below it": f":s a sh:NodeShape ; sh:targetClass :Thing ; {BIGGER}",
    "two targets": f":s a sh:NodeShape ; sh:targetClass :Tiny ; sh:targetSubjectsOf :part ; {BARE}",
    "objects": f":s a sh:NodeShape ; sh:targetObjectsOf :part ; {BARE}",
    "a node": f":s a sh:NodeShape ; sh:targetNode :c ; sh:severity sh:Warning ; {BIGGER}",
    "nobody": f":s a sh:NodeShape ; sh:targetClass :Nothing ; {BARE}",
    "switched off": f":s a sh:NodeShape ; sh:targetClass :Thing ; sh:deactivated true ; {BARE}",
    "a path that the query binds": """:s a sh:NodeShape ; sh:targetClass :Thing ;
        sh:message "See there."@en ; sh:severity sh:Info ; sh:sparql [ sh:select '''
        SELECT $this ?path ?value WHERE { $this ?path ?value FILTER(ISLITERAL(?value)) }''' ] .""",
    "a message and prefixes of the constraint": """
        :s a sh:NodeShape ; sh:targetClass :Thing ; sh:message "Not this."@en ; sh:sparql :q .
        :q sh:message "But this."@en ; sh:prefixes : ; sh:select '''
        SELECT DISTINCT $this WHERE { $this e:part/e:part $this }''' .
        : sh:declare [ sh:prefix "e" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .""",
    "core constraints": """
        :s a sh:NodeShape ; sh:targetClass :Thing ; sh:property :size, :part .
        :size a sh:PropertyShape ; sh:path :size ; sh:datatype xsd:integer ; sh:maxCount 1 ;
            sh:message "One whole number."@en ; sh:severity sh:Warning .
        :part a sh:PropertyShape ; sh:path [ sh:inversePath :part ] ; sh:minCount 1 ;
            sh:message "Be part of something."@en ; sh:in ( :a :b ) .""",
    "a closed shape": """
        :s a sh:NodeShape ; sh:targetClass :Small ; sh:closed true ; sh:property :size ;
            sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
            sh:message "Nothing else."@en .
        :size a sh:PropertyShape ; sh:path :size .""",
    "both kinds": f"""
        :s a sh:NodeShape ; sh:targetClass :Thing ; sh:property :p ; {BIGGER}
        :p a sh:PropertyShape ; sh:path :size ; sh:maxInclusive 3 ; sh:message "At most 3."@en .""",
}


def triples(turtle: str) -> bytes:
    quads = ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)
    return formats.serialise([quad.triple for quad in quads], formats.NTRIPLES)


@pytest.fixture
def store() -> ox.Store:
    made = ox.Store()
    made.load(triples(DATA), format=ox.RdfFormat.N_TRIPLES)
    return made


def plain(shapes: str) -> set[tuple[str, ...]]:
    """Validate with pySHACL alone; a result has no more than one of each."""
    by = rdflib.Graph().parse(data=triples(shapes), format="nt")
    data = rdflib.Graph().parse(data=triples(DATA), format="nt")
    _, report, _ = pyshacl.validate(data, shacl_graph=by, inference="none")
    assert isinstance(report, rdflib.Graph)
    names = (
        SH.resultSeverity,
        SH.sourceShape,
        SH.focusNode,
        SH.resultPath,
        SH.value,
        SH.resultMessage,
        SH.sourceConstraintComponent,
    )
    found = [
        [report.value(node, name) for name in names] for node in report.objects(None, SH.result)
    ]
    return {
        tuple("" if v is None or isinstance(v, rdflib.BNode) else str(v) for v in row)
        for row in found
    }


@every_row("case", SHAPES)
def test_results_are_those_of_pyshacl(store: ox.Store, case: str) -> None:
    report = validate(store, Graph(terms.SHAPES_GRAPH, triples(SHAPES[case])))
    wanted = plain(SHAPES[case])
    assert {
        (
            SH[r.severity.value.capitalize()].toPython(),
            r.shape,
            r.focus,
            r.path,
            r.value,
            r.message,
            r.component,
        )
        for r in report.results
    } == wanted
    assert (not wanted) == (case in {"nobody", "switched off"})


def test_lists_may_have_names_for_their_nodes(store: ox.Store) -> None:
    """So they stand in a release; paths may not, since an IRI is a path of one step."""
    blank = triples(SHAPES["core constraints"])
    first = f" <{terms.PREFIXES['rdf']}first> ".encode()
    labels = {line.partition(b" ")[0] for line in blank.splitlines() if first in line}
    named = blank
    for number, label in enumerate(sorted(labels)):
        named = named.replace(label, f"<{terms.SHAPES_GRAPH}#_c14n{number}>".encode())
    assert labels
    assert validate(store, Graph(terms.SHAPES_GRAPH, named)) == validate(
        store, Graph(terms.SHAPES_GRAPH, blank)
    )


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (f":s a sh:NodeShape ; {BARE}", "has a SPARQL constraint and no target"),
        (
            ":s sh:targetClass :T ; sh:message 'x' ; sh:sparql [ sh:select 'SELECT $this {}' ] .",
            "must have WHERE",
        ),
    ],
)
def test_constraints_that_could_not_be_batched_are_an_error(
    store: ox.Store, shape: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        validate(store, Graph(terms.SHAPES_GRAPH, triples(shape)))


def test_ill_typed_literals_are_reported_and_not_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    made = ox.Store()
    made.load(
        triples(':a a :Thing ; :size "2022-02-30"^^xsd:date .'), format=ox.RdfFormat.N_TRIPLES
    )
    shape = """:s a sh:NodeShape ; sh:targetClass :Thing ; sh:property :p .
        :p a sh:PropertyShape ; sh:path :size ; sh:datatype xsd:date ; sh:message "No date."@en ."""
    (result,) = validate(made, Graph(terms.SHAPES_GRAPH, triples(shape))).results
    assert (result.value, result.message) == ("2022-02-30", "No date.")
    assert capfd.readouterr() == ("", "")


LIST = f"{terms.GRAPH}list"
RESULTS = (
    Result(Severity.INFO, "http://example.org/s", "http://example.org/a", "", "", "Nice."),
    Result(
        Severity.VIOLATION,
        terms.SHAPES + "#size",
        terms.thing("city", "pavia-3171366"),
        terms.prefixed("cl:population"),
        "many",
        "Give a number.",
        "Pavia",
        LIST,
        f"{SH}DatatypeConstraintComponent",
    ),
)


def test_results_have_a_label_and_the_graph_that_describes_them() -> None:
    made = ox.Store()
    for graph in (LIST, f"{terms.GRAPH}zoo", terms.DERIVED_GRAPH):
        made.load(triples(DATA), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(graph))
    made.load(triples(DATA), format=ox.RdfFormat.N_TRIPLES)
    report = validate(made, Graph(terms.SHAPES_GRAPH, triples(SHAPES["two targets"])))
    assert [(r.focus[-1], r.label, r.graph) for r in report.results] == [
        ("a", "", LIST),
        ("b", "Bee", LIST),
    ]


def test_the_gravest_comes_first(store: ox.Store) -> None:
    cases = ("core constraints", "a path that the query binds", "objects")
    shapes = "".join(
        SHAPES[case].replace(":s ", f":{n} ") for n, case in zip("stu", cases, strict=True)
    )
    report = validate(store, Graph(terms.SHAPES_GRAPH, triples(shapes)))
    ranks = [list(Severity).index(result.severity) for result in report.results]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 3


def test_a_report_conforms_where_nothing_violates() -> None:
    assert Report(()).conforms
    assert Report(RESULTS[:1]).conforms
    assert not Report(RESULTS).conforms


def test_a_report_as_text() -> None:
    assert Report(RESULTS[::-1]).as_text() == (
        "violation: Give a number.\n"
        "  Pavia <https://w3id.org/citylinks/id/city/pavia-3171366>, cl:population, many\n"
        "  in <https://w3id.org/citylinks/graph/list>\n"
        "  shape:size\n"
        "\n"
        "info: Nice.\n"
        "  <http://example.org/a>\n"
        "  http://example.org/s\n"
        "\n"
        "1 violation, 0 warning, 1 info"
    )


def test_a_report_as_json() -> None:
    body = Report(RESULTS).as_json()
    assert json.loads(str(Report(RESULTS))) == body
    assert body["conforms"] is False
    assert body["counts"] == {"violation": 1, "warning": 0, "info": 1}
    assert list(body["results"][1].values()) == [
        "violation",
        "https://w3id.org/citylinks/shapes#size",
        "https://w3id.org/citylinks/id/city/pavia-3171366",
        "https://w3id.org/citylinks/ontology#population",
        "many",
        "Give a number.",
        "Pavia",
        LIST,
    ]


@every_row("form", formats.GRAPHS, ids=lambda form: form.name)
def test_a_report_as_rdf(form: formats.Format) -> None:
    names = {"jsonld": "json-ld", "rdfxml": "xml", "ntriples": "nt"}
    content = Report(RESULTS).as_rdf(form)
    graph = rdflib.Graph().parse(data=content, format=names.get(form.name, form.name))
    head = graph.value(None, RDF.type, SH.ValidationReport)
    assert graph.value(head, SH.conforms) == rdflib.Literal(False)
    assert len(list(graph.objects(head, SH.result))) == 2
    node = graph.value(None, SH.resultSeverity, SH.Violation)
    assert graph.value(node, SH.value) == rdflib.Literal("many")
    assert str(graph.value(node, SH.focusNode)) == RESULTS[1].focus
    assert str(graph.value(node, SH.resultPath)) == RESULTS[1].path
    assert graph.value(node, SH.resultMessage) == rdflib.Literal("Give a number.", lang="en")
    assert graph.value(node, SH.sourceConstraintComponent) == SH.DatatypeConstraintComponent


@pytest.mark.parametrize("text", ["https://a b", "http://<x>", "http:// "])
def test_a_value_that_only_begins_as_an_iri_is_a_literal(text: str) -> None:
    report = Report((replace(RESULTS[1], focus=text, value=text),))
    graph = rdflib.Graph().parse(data=report.as_rdf(formats.NTRIPLES), format="nt")
    found = [*graph.objects(None, SH.value), *graph.objects(None, SH.focusNode)]
    assert found == [rdflib.Literal(text)] * 2


def test_a_report_is_read_as_it_was_written() -> None:
    assert Report.from_json(Report(RESULTS).to_json()) == Report(RESULTS)
