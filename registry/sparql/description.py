"""The service description (https://www.w3.org/TR/sparql11-service-description/).

It says what is true and no more, so it has no `sd:feature`: the default graph is the merge of some
named graphs, not the union of all; nothing is dereferenced, nothing federated; a dataset need not
be named; a graph without triples is not known by GRAPH.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pyoxigraph as ox

from registry import formats, terms
from registry.intake.graphs import MERGED, Role
from registry.releases.manifest import GraphEntry, Manifest

SD: Final = terms.PREFIXES["sd"]

_W3C_FORMATS: Final = {
    "turtle": "Turtle",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF_XML",
    "ntriples": "N-Triples",
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
}
"""Local names at http://www.w3.org/ns/formats/ by format."""


FUNCTIONS: Final = tuple(
    "http://www.opengis.net/def/function/geosparql/" + name
    for name in (
        "asGeoJSON centroid convexHull coordinateDimension difference dimension distance "
        "ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap envelope "
        "getSRID intersection isEmpty isSimple length perimeter rcc8dc rcc8ec rcc8eq rcc8ntpp "
        "rcc8ntppi rcc8po rcc8tpp rcc8tppi relate sfContains sfCrosses sfDisjoint sfEquals "
        "sfIntersects sfOverlaps sfTouches sfWithin spatialDimension symDifference union"
    ).split()
)
"""The functions of GeoSPARQL 1.1 that the engine has, each proven by a test."""

_SIMPLE: Final = "http://www.w3.org/ns/entailment/Simple"


def describe(origin: str, path: str, manifest: Manifest) -> list[ox.Triple]:
    """Describe the endpoint at a path of a server and a release's dataset, without blank nodes."""
    endpoint = origin + path
    service, dataset = endpoint + "#service", endpoint + "#dataset"
    default = endpoint + "#default-graph"
    count = sum(entry.triples for entry in manifest.all_graphs() if Role(entry.role) in MERGED)
    triples = [
        _said(service, "rdf:type", "sd:Service"),
        _said(service, "sd:endpoint", endpoint),
        _said(service, "sd:supportedLanguage", "sd:SPARQL11Query"),
        _said(service, "sd:defaultEntailmentRegime", _SIMPLE),
        _said(service, "sd:defaultDataset", dataset),
        _said(service, "sd:availableGraphs", dataset),
        _said(service, "rdfs:seeAlso", f"{origin}/catalog"),
        _said(service, "rdfs:seeAlso", f"{origin}/void"),
        _said(dataset, "dcterms:isPartOf", terms.DATASET),
        _said(dataset, "rdf:type", "sd:Dataset"),
        _said(dataset, "rdf:type", "sd:GraphCollection"),
        _said(dataset, "sd:defaultGraph", default),
        _said(default, "rdf:type", "sd:Graph"),
        _said(
            default, "dcterms:description", ox.Literal(_MERGED_WORDS.format(count), language="en")
        ),
    ]
    for form in (*formats.SOLUTIONS, *formats.GRAPHS):
        iri = "http://www.w3.org/ns/formats/" + _W3C_FORMATS[form.name]
        triples.append(_said(service, "sd:resultFormat", iri))
    for function in FUNCTIONS:
        triples.append(_said(service, "sd:extensionFunction", function))
        triples.append(_said(function, "rdf:type", "sd:Function"))
    for entry in manifest.all_graphs():
        triples += _named_graph(endpoint, dataset, entry)
    return triples


_MERGED_WORDS: Final = (
    "The RDF merge of the source, cities, derived, ontology and scheme graphs, "
    "which have {} triples before merging; saved queries, shapes and settings stand in their "
    "named graphs alone."
)


def _named_graph(endpoint: str, dataset: str, entry: GraphEntry) -> Iterator[ox.Triple]:
    """Describe one named graph."""
    name = endpoint + "#graph-" + entry.graph.removeprefix(terms.GRAPH).replace("/", "-")
    content = name + "-content"
    yield _said(dataset, "sd:namedGraph", name)
    yield _said(name, "rdf:type", "sd:NamedGraph")
    yield _said(name, "sd:name", entry.graph)
    yield _said(name, "sd:graph", content)
    yield _said(content, "rdf:type", "sd:Graph")
    yield _said(content, "void:triples", ox.Literal(entry.triples))


def _said(subject: str, predicate: str, value: Any) -> ox.Triple:
    """Make a triple; prefixed names are written out."""
    if isinstance(value, str):
        value = ox.NamedNode(value if "://" in value else terms.prefixed(value))
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(terms.prefixed(predicate)), value)
