"""The service description (https://www.w3.org/TR/sparql11-service-description/)."""

from __future__ import annotations

import rdflib
from rdflib.namespace import RDF, VOID

from registry import formats
from registry.releases.reading import Release
from registry.sparql.description import SD as SD_NAMESPACE
from registry.sparql.description import describe

SD = rdflib.Namespace(SD_NAMESPACE)
FORMATS = rdflib.Namespace("http://www.w3.org/ns/formats/")
ENDPOINT = "https://example.org/sparql"


def described(release: Release) -> rdflib.Graph:
    body = formats.serialise(describe(ENDPOINT, release.manifest), formats.NTRIPLES)
    return rdflib.Graph().parse(data=body, format="nt")


def test_there_is_one_service_at_its_address(release: Release) -> None:
    graph = described(release)
    (service,) = graph.subjects(RDF.type, SD.Service)
    assert list(graph.objects(service, SD.endpoint)) == [rdflib.URIRef(ENDPOINT)]
    assert set(graph.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert not any(isinstance(node, rdflib.BNode) for node in graph.all_nodes())


def test_each_result_format_has_its_name_at_the_w3c(release: Release) -> None:
    graph = described(release)
    named = {str(iri).removeprefix(str(FORMATS)) for iri in graph.objects(None, SD.resultFormat)}
    assert named == {
        *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
        *("Turtle", "RDF_XML", "N-Triples", "JSON-LD"),
    }


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


def test_terms_are_those_of_the_vocabulary(release: Release) -> None:
    known = {
        *("Service", "Dataset", "Graph", "NamedGraph", "endpoint", "supportedLanguage"),
        *("SPARQL11Query", "defaultDataset", "defaultGraph", "namedGraph", "name", "graph"),
        "resultFormat",
    }
    used = {str(node).removeprefix(str(SD)) for triple in described(release) for node in triple
            if str(node).startswith(str(SD))}  # fmt: skip
    assert used == known
