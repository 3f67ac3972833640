"""The service description (https://www.w3.org/TR/sparql11-service-description/).

It claims no more than is true, so it has no `sd:feature`: the default graph is the merge of some
named graphs, not the union of all; nothing is dereferenced, nothing federated; a dataset need not
be named; GRAPH does not find a graph without triples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from registry import formats, terms
from registry.graphs.graph import MERGED, Role
from registry.graphs.statements import triples_of
from registry.releases.manifest import GraphEntry, Manifest
from registry.sparql.full_text import MATCHES, MOST

SD: Final = terms.PREFIXES["sd"]

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
    words = ox.Literal(_MERGED_WORDS.format(count), language="en")
    return [
        *triples_of(
            service,
            {
                "rdf:type": "sd:Service",
                "sd:endpoint": endpoint,
                "sd:supportedLanguage": "sd:SPARQL11Query",
                "sd:defaultEntailmentRegime": _SIMPLE,
                "sd:defaultDataset": dataset,
                "sd:availableGraphs": dataset,
                "rdfs:seeAlso": [f"{origin}/catalog", f"{origin}/void"],
                "sd:resultFormat": map(formats.w3c, (*formats.SOLUTIONS, *formats.RDF_FORMATS)),
                "sd:extensionFunction": FUNCTIONS,
                "sd:propertyFeature": MATCHES,
                "sd:languageExtension": f"{endpoint}#sparql-1.2",
            },
        ),
        *triples_of(
            dataset,
            {
                "dcterms:isPartOf": terms.DATASET,
                "rdf:type": ["sd:Dataset", "sd:GraphCollection"],
                "sd:defaultGraph": default,
            },
        ),
        *triples_of(default, {"rdf:type": "sd:Graph", "dcterms:description": words}),
        *(t for function in FUNCTIONS for t in triples_of(function, {"rdf:type": "sd:Function"})),
        *triples_of(
            f"{endpoint}#sparql-1.2",
            {
                "rdf:type": "sd:Feature",
                "rdfs:label": ox.Literal("SPARQL 1.2", language="en"),
                "rdfs:comment": ox.Literal(_NEWER_WORDS, language="en"),
                "rdfs:seeAlso": "https://www.w3.org/TR/sparql12-query/",
            },
        ),
        *triples_of(
            MATCHES,
            {
                "rdf:type": "sd:Feature",
                "rdfs:label": ox.Literal("matches", language="en"),
                "rdfs:comment": ox.Literal(_MATCHES_WORDS.format(MOST), language="en"),
            },
        ),
        *(t for e in manifest.all_graphs() for t in _named_graph(endpoint, dataset, e)),
    ]


_MERGED_WORDS: Final = (
    "The RDF merge of the source, cities, derived, ontology, scheme and settings graphs, "
    "which have {} triples before merging; saved queries and shapes stand in their named "
    "graphs alone."
)


_NEWER_WORDS: Final = (
    "Of the draft of SPARQL 1.2: VERSION, triple terms, reifiers and annotations, base directions, "
    "TRIPLE, SUBJECT, PREDICATE, OBJECT, isTRIPLE, LANGDIR, STRLANGDIR, hasLANG and hasLANGDIR; "
    "beyond it LATERAL and ADJUST."
)

_MATCHES_WORDS: Final = (
    'Full text: ?thing cl:matches "text" finds things by their names in all languages, by the '
    'beginnings of their words, without accents, or misspelt; (?thing ?score) cl:matches "text" '
    "also says how well each fits, up to 100. It finds {} things, those that fit best."
)


def _named_graph(endpoint: str, dataset: str, entry: GraphEntry) -> Iterator[ox.Triple]:
    """Describe one named graph."""
    name = endpoint + "#graph-" + entry.graph.removeprefix(terms.GRAPH).replace("/", "-")
    content = name + "-content"
    yield from triples_of(dataset, {"sd:namedGraph": name})
    about = {"rdf:type": "sd:NamedGraph", "sd:name": entry.graph, "sd:graph": content}
    yield from triples_of(name, about)
    yield from triples_of(content, {"rdf:type": "sd:Graph", "void:triples": entry.triples})
