"""The service description (https://www.w3.org/TR/sparql11-service-description/)."""

from __future__ import annotations

import pytest
import rdflib
from rdflib.namespace import DCTERMS, RDF, RDFS, VOID

from registry import formats, terms
from registry.problems import Problem
from registry.releases.reading import Release
from registry.sparql.description import SD as SD_NAMESPACE
from registry.sparql.description import describe
from registry.sparql.deviations import DEVIATIONS
from registry.sparql.engine import Embedded, Query
from registry.sparql.full_text import MATCHES, MOST
from registry.sparql.functions import FUNCTIONS
from tests.tables import every_row

SD = rdflib.Namespace(SD_NAMESPACE)
FORMATS = rdflib.Namespace("http://www.w3.org/ns/formats/")
ORIGIN = "https://example.org"
ENDPOINT = f"{ORIGIN}/sparql"


def geometry(text: str) -> str:
    """Write a literal of GeoSPARQL."""
    return f'"{text}"^^<http://www.opengis.net/ont/geosparql#wktLiteral>'


def described(release: Release) -> rdflib.Graph:
    body = formats.serialise(describe(ORIGIN, "/sparql", release.manifest), formats.NTRIPLES)
    return rdflib.Graph().parse(data=body, format="nt")


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description", "sd:Service", "there is one `sd:Service`, without blank nodes"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:supportedLanguage",
    "the language is SPARQL 1.1 Query, no update",
)
def test_there_is_one_service_at_its_address(release: Release) -> None:
    graph = described(release)
    (service,) = graph.subjects(RDF.type, SD.Service)
    assert list(graph.objects(service, SD.endpoint)) == [rdflib.URIRef(ENDPOINT)]
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert not any(isinstance(node, rdflib.BNode) for node in graph.all_nodes())


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:resultFormat",
    "each format of results and of graphs by its IRI at the W3C",
)
def test_each_result_format_has_its_name_at_the_w3c(release: Release) -> None:
    graph = described(release)
    named = {str(iri).removeprefix(str(FORMATS)) for iri in graph.objects(None, SD.resultFormat)}
    assert named == {
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "RDF_XML", "N-Triples", "JSON-LD", "N-Quads", "TriG"),
    }


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:defaultDataset",
    "the default graph and each named graph, with its number of triples",
)
def test_each_graph_is_named_with_its_size(release: Release) -> None:
    graph = described(release)
    (dataset,) = graph.objects(None, SD.defaultDataset)
    found = {}
    for named in graph.objects(dataset, SD.namedGraph):
        (content,) = graph.objects(named, SD.graph)
        name, size = graph.value(named, SD.name), graph.value(content, VOID.triples)
        assert isinstance(size, rdflib.Literal)
        found[str(name)] = size.toPython()
    assert found == {entry.graph: entry.triples for entry in release.manifest.all_graphs()}
    assert (graph.value(dataset, SD.defaultGraph), RDF.type, SD.Graph) in graph


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:availableGraphs",
    "each graph may be named in FROM and FROM NAMED",
)
def test_every_graph_may_be_named_in_a_dataset(release: Release, engine: Embedded) -> None:
    graph = described(release)
    (available,) = graph.objects(None, SD.availableGraphs)
    assert (available, RDF.type, SD.GraphCollection) in graph
    names = [str(graph.value(g, SD.name)) for g in graph.objects(available, SD.namedGraph)]
    clauses = " ".join(f"FROM NAMED <{name}>" for name in names)
    text = f"SELECT DISTINCT ?g {clauses} {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    found = engine.answer(Query(text), "csv").body.decode().split()[1:]
    assert sorted(found) == sorted(names)


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description", "sd:defaultEntailmentRegime", "entailment is simple"
)
def test_entailment_is_simple(release: Release, engine: Embedded) -> None:
    """No triple follows from others when a query is answered; what rules derive is in a graph."""
    (regime,) = described(release).objects(None, SD.defaultEntailmentRegime)
    assert str(regime) == "http://www.w3.org/ns/entailment/Simple"
    text = "ASK { ?class <http://www.w3.org/2000/01/rdf-schema#subClassOf> ?super . ?x a ?class }"
    assert b"true" in engine.answer(Query(text), None).body
    text = "ASK { ?x a <http://www.w3.org/2000/01/rdf-schema#Resource> }"
    assert b"false" in engine.answer(Query(text), None).body


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description", "sd:feature", "no feature is claimed that is not so"
)
def test_nothing_is_said_that_is_not_so(release: Release, engine: Embedded) -> None:
    """The default graph is no union of all graphs, and nothing is federated or fetched."""
    graph = described(release)
    assert not list(graph.objects(None, SD.feature))
    shapes = f"GRAPH <{terms.SHAPES_GRAPH}> {{ ?s ?p ?o }}"
    text = f"ASK {{ {shapes} FILTER NOT EXISTS {{ ?s ?p ?o }} }}"
    assert b"true" in engine.answer(Query(text), None).body


POINT, LINE = "POINT(1 1)", "LINESTRING(0 0,0 1)"
SQUARE, OTHER = "POLYGON((0 0,0 2,2 2,2 0,0 0))", "POLYGON((1 1,1 3,3 3,3 1,1 1))"
METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"
UNARY = set("asGeoJSON centroid convexHull coordinateDimension dimension envelope getSRID".split())
UNARY |= {"isEmpty", "isSimple", "spatialDimension"}
OTHERS = {
    "distance": f"{geometry(POINT)}, {geometry('POINT(0 0)')}, {METRE}",
    "length": f"{geometry(LINE)}, {METRE}",
    "perimeter": f"{geometry(SQUARE)}, {METRE}",
    "relate": f"{geometry(SQUARE)}, {geometry(OTHER)}, 'T********'",
}


def called(name: str) -> str:
    """Write a call of a function with arguments as it wants them."""
    both = f"{geometry(SQUARE)}, {geometry(OTHER)}"
    arguments = OTHERS.get(name) or (geometry(SQUARE) if name in UNARY else both)
    return f"<{terms.GEOF}{name}>({arguments})"


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:extensionFunction",
    "each function of GeoSPARQL that is named works",
)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_works(function: str, release: Release, engine: Embedded) -> None:
    assert (None, SD.extensionFunction, rdflib.URIRef(function)) in described(release)
    text = f"ASK {{ BIND({called(function.removeprefix(terms.GEOF))} AS ?x) FILTER(BOUND(?x)) }}"
    assert b"true" in engine.answer(Query(text), None).body


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:extensionFunction",
    "a function that does not work is not named",
)
@pytest.mark.parametrize(
    "name", ["area", "asWKT", "boundary", "buffer", "geometryType", "metricDistance", "minX"]
)
def test_no_other_function_is_named(name: str, release: Release, engine: Embedded) -> None:
    assert terms.GEOF + name not in FUNCTIONS
    with pytest.raises(Problem) as caught:
        engine.answer(Query(f"SELECT ({called(name)} AS ?x) {{}}"), None)
    assert caught.value.name == "unknown-function"


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:propertyFeature",
    "the property that is a full text search",
)
def test_full_text_is_a_property_of_the_service(release: Release) -> None:
    graph = described(release)
    (feature,) = graph.objects(None, SD.propertyFeature)
    assert str(feature) == MATCHES
    assert (feature, RDF.type, SD.Feature) in graph
    assert str(MOST) in str(graph.value(feature, RDFS.comment))


NEWER = {
    'VERSION "1.2" SELECT ("a" AS ?a) {}': "a",
    'PREFIX : <x:> VERSION "1.2-basic" SELECT (1 AS ?a) {}': "1",
    "SELECT (isTRIPLE(<<( <x:a> <x:b> 1 )>>) AS ?a) {}": "true",
    "SELECT (OBJECT(TRIPLE(<x:a>, <x:b>, 1)) AS ?a) {}": "1",
    'SELECT (LANGDIR(STRLANGDIR("a", "ar", "rtl")) AS ?a) {}': "rtl",
    'SELECT (LANGDIR("a"@ar--rtl) AS ?a) {}': "rtl",
    'SELECT (hasLANGDIR("a"@ar--rtl) && hasLANG("a"@ar) AS ?a) {}': "true",
    "SELECT (COUNT(*) AS ?a) { ?s ?p ?o {| ?q ?v |} }": "0",
    "SELECT (COUNT(*) AS ?a) { << ?s ?p ?o ~ ?r >> ?q ?v }": "0",
    "SELECT ?a { VALUES ?b { 1 } LATERAL { SELECT ?a { BIND(2 AS ?a) } LIMIT 1 } }": "2",
}


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description", "sd:languageExtension", "what is read of SPARQL 1.2"
)
@pytest.mark.parametrize(("query", "answer"), NEWER.items())
def test_what_is_declared_of_sparql_1_2_is_read(
    query: str, answer: str, engine: Embedded, release: Release
) -> None:
    assert engine.answer(Query(query), "csv").body.split() == [b"a", answer.encode()]
    graph = described(release)
    (feature,) = graph.objects(None, SD.languageExtension)
    assert feature == rdflib.URIRef(f"{ENDPOINT}#extensions")
    assert "1.2" in str(graph.value(feature, DCTERMS.description))


LEFT_OUT = {
    "a unit of angles": f"distance({geometry(POINT)}, {geometry(POINT)}, <{METRE[1:-6]}degree>)",
    "an unknown unit": f"length({geometry(LINE)}, <x:mile>)",
    "no unit": f"distance({geometry(POINT)}, {geometry(POINT)})",
    "one geometry too few": f"sfWithin({geometry(POINT)})",
    "none at all": "isEmpty()",
}


@every_row("call", LEFT_OUT.values())
def test_a_call_that_has_no_value_is_refused(call: str, engine: Embedded) -> None:
    """The engine would leave its column empty."""
    with pytest.raises(Problem) as caught:
        engine.answer(Query(f"PREFIX geof: <{terms.GEOF}> SELECT (geof:{call} AS ?x) {{}}"), None)
    assert caught.value.name == "unknown-function"


def test_each_deviation_is_described_under_its_address(release: Release) -> None:
    graph = described(release)
    (service,) = graph.subjects(RDF.type, SD.Service)
    told = {str(graph.value(one, RDFS.label)): graph.value(one, DCTERMS.description)
            for one in graph.objects(service, DCTERMS.relation)}  # fmt: skip
    assert {name: str(said) for name, said in told.items()} == {
        one.name: one.said for one in DEVIATIONS
    }
    assert graph.value(service, SD.languageExtension) == rdflib.URIRef(f"{ENDPOINT}#extensions")


@pytest.mark.conforms("SPARQL 1.1 Service Description", "3", "terms are those of the vocabulary")
def test_terms_are_those_of_the_vocabulary(release: Release) -> None:
    known = {
        *("Service", "Dataset", "Graph", "NamedGraph", "endpoint", "supportedLanguage"),
        *("SPARQL11Query", "defaultDataset", "defaultGraph", "namedGraph", "name", "graph"),
        *("resultFormat", "defaultEntailmentRegime", "availableGraphs", "GraphCollection"),
        *("extensionFunction", "Function", "propertyFeature", "Feature", "languageExtension"),
    }
    used = {str(node).removeprefix(str(SD)) for triple in described(release) for node in triple
            if str(node).startswith(str(SD))}  # fmt: skip
    assert used == known
