"""Every shape that speaks has data that make it speak; the shipped data give none a cause to.

A file ``damage/{shape}.ru`` damages the good data (sources, cities, what is derived, ontology and
schemes in one graph) so that this shape reports something new. For speed only the shape and what
it refers to is run on the damaged copy; the good data meet all shapes at once.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph
import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

ROOT = Path(__file__).parents[2]
DAMAGE = Path(__file__).parent / "damage"
SHAPES = "https://w3id.org/citylinks/shapes#"
SETTINGS = pyoxigraph.NamedNode("https://w3id.org/citylinks/graph/settings")
AS_OF = pyoxigraph.NamedNode("https://w3id.org/citylinks/ontology#asOf")
DATE = pyoxigraph.NamedNode("http://www.w3.org/2001/XMLSchema#date")
TODAY = pyoxigraph.Literal("2022-04-30", datatype=DATE)
REFERENCES = (SH.property, SH.node, SH.qualifiedValueShape, RDF.first)


class Finding(NamedTuple):
    """What a shape has to say of one thing, how grave it is, and in which words."""

    shape: str
    severity: str
    message: str
    focus: str


def validate_graph(graph: Graph, shapes: Graph | None = None) -> set[Finding]:
    """Judge a graph by the shapes, by all of them unless told otherwise."""
    shapes = all_shapes() if shapes is None else shapes
    judged = pyshacl.validate(graph, shacl_graph=shapes, inference="none", inplace=True)
    report: Graph = judged[1]
    return {
        Finding(str(shape), str(severity), str(message), str(focus))
        for result, shape in report.subject_objects(SH.sourceShape)
        for severity in report.objects(result, SH.resultSeverity)
        for message in report.objects(result, SH.resultMessage)
        for focus in report.objects(result, SH.focusNode)
    }


@cache
def all_shapes() -> Graph:
    """Read every file of shapes into one graph."""
    graph = Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


@cache
def good_data() -> Graph:
    """Merge what the registry ships into one graph, and derive from it."""
    store = pyoxigraph.Store()
    store.add(pyoxigraph.Quad(SETTINGS, AS_OF, TODAY, SETTINGS))
    for path in [*ROOT.glob("data/*.ttl"), *ROOT.glob("ontology/**/*.ttl")]:
        store.load(path=path, format=pyoxigraph.RdfFormat.TURTLE)
    for path in sorted(ROOT.glob("queries/derive/*.rq")):
        derived = store.query(path.read_text(encoding="utf-8"))
        assert isinstance(derived, pyoxigraph.QueryTriples)
        store.extend([pyoxigraph.Quad(*triple) for triple in derived])
    triples = store.dump(
        format=pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph()
    )
    return Graph().parse(data=triples, format="nt")


@cache
def good_findings() -> set[Finding]:
    """Judge the good data by all shapes, once."""
    return validate_graph(good_data())


def damaged(update: str) -> Graph:
    """Copy the good data and damage the copy."""
    graph = Graph()
    graph += good_data()
    graph.update(update)
    assert set(graph) != set(good_data()), "the update changes nothing"
    return graph


def described(node: Node, into: Graph) -> Graph:
    """Copy a shape and all that it refers to."""
    for triple in all_shapes().triples((node, None, None)):
        if triple not in into:
            into.add(triple)
            described(triple[2], into)
    return into


def owner(shape: URIRef) -> Node:
    """Find the shape with a target by which this one is reached."""
    return all_shapes().value(None, SH.property, shape) or shape


def speaking() -> list[str]:
    """List the local names of the shapes that carry a message."""
    return sorted(str(shape).removeprefix(SHAPES) for shape in all_shapes().subjects(SH.message))


def silent() -> list[str]:
    """List the local names of the shapes that only group or serve others."""
    kinds = (SH.NodeShape, SH.PropertyShape)
    shapes = {str(shape) for kind in kinds for shape in all_shapes().subjects(RDF.type, kind)}
    return sorted({shape.removeprefix(SHAPES) for shape in shapes} - {*speaking()})


def only(shape: URIRef, predicate: URIRef) -> Node:
    """Give the one value that the shape must have."""
    (value,) = all_shapes().objects(shape, predicate)
    return value


def test_good_data_conform() -> None:
    assert {finding for finding in good_findings() if finding.severity != str(SH.Info)} == set()


def test_each_speaking_shape_has_its_damage() -> None:
    assert sorted(path.stem for path in DAMAGE.iterdir()) == speaking()


@pytest.mark.parametrize("name", speaking())
def test_damage_is_reported(name: str) -> None:
    update = (DAMAGE / f"{name}.ru").read_text(encoding="utf-8")
    assert update.startswith("# "), "the first line says what is damaged"
    shape = URIRef(SHAPES + name)
    new = validate_graph(damaged(update), described(owner(shape), Graph())) - good_findings()
    wanted = (str(shape), str(only(shape, SH.severity)), str(only(shape, SH.message)))
    assert wanted in {finding[:3] for finding in new}


@pytest.mark.parametrize("name", speaking())
def test_speaking_shape_has_name_message_and_severity(name: str) -> None:
    shape = URIRef(SHAPES + name)
    assert only(shape, SH.severity) in {SH.Violation, SH.Warning, SH.Info}
    for predicate in (SH.name, SH.message):
        text = only(shape, predicate)
        assert isinstance(text, Literal)
        assert text.language == "en"


@pytest.mark.parametrize("name", silent())
def test_silent_shape_has_label_and_use(name: str) -> None:
    shape = URIRef(SHAPES + name)
    assert only(shape, RDFS.label)
    targeted = {SH.targetClass, SH.targetSubjectsOf} & {*all_shapes().predicates(shape)}
    assert targeted or any((None, way, shape) in all_shapes() for way in REFERENCES)


def test_only_lists_and_inverse_paths_are_blank() -> None:
    said = {p for s, p in all_shapes().subject_predicates() if isinstance(s, BNode)}
    assert said <= {RDF.first, RDF.rest, SH.inversePath}


def test_shapes_are_valid_shacl() -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=all_shapes(), meta_shacl=True)
    assert conforms, text


@pytest.mark.parametrize("query", sorted(map(str, all_shapes().subjects(SH.select))))
def test_query_keeps_to_what_every_validator_can_bind(query: str) -> None:
    text = str(only(URIRef(query), SH.select))
    assert text.startswith(("SELECT $this", "SELECT DISTINCT $this"))
    assert not {"VALUES", "MINUS", "SERVICE", "GRAPH", "NOW"} & {
        *text.upper().replace("(", " ").split()
    }
