"""The service description (https://www.w3.org/TR/sparql11-service-description/).

It claims no more than is true, so it has no `sd:feature`: the default graph is the merge of some
named graphs, not the union of all; nothing is dereferenced, nothing federated; a dataset need not
be named; GRAPH does not find a graph without triples. What deviates from SPARQL 1.1 is described
under the address that the page of the endpoint has for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry import formats, terms
from registry.graphs.graph import MERGED, Role
from registry.graphs.statements import Properties, triples_of
from registry.releases.manifest import GraphEntry, Manifest
from registry.sparql.deviations import DEVIATIONS, OF_SERVERS, Deviation
from registry.sparql.full_text import MATCHES, MOST
from registry.sparql.functions import FUNCTIONS

SD: Final = terms.PREFIXES["sd"]

_SIMPLE: Final = "http://www.w3.org/ns/entailment/Simple"


def describe(origin: str, path: str, manifest: Manifest, kind: str = "embedded") -> list[ox.Triple]:
    """Describe the endpoint at a path of a server and a release's dataset, without blank nodes.

    `kind` is that of the engine behind it.
    """
    deviations = OF_SERVERS.get(kind, ())
    functions = FUNCTIONS if deviations is DEVIATIONS else ()
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
                "sd:extensionFunction": functions,
                "sd:propertyFeature": MATCHES,
                "sd:languageExtension": f"{endpoint}#extensions",
                "dcterms:relation": [f"{endpoint}#{one.name}" for one in deviations],
            },
        ),
        *_deviations(endpoint, deviations),
        *triples_of(
            dataset,
            {
                "dcterms:isPartOf": terms.DATASET,
                "rdf:type": ["sd:Dataset", "sd:GraphCollection"],
                "sd:defaultGraph": default,
            },
        ),
        *triples_of(default, {"rdf:type": "sd:Graph", "dcterms:description": words}),
        *(t for function in functions for t in triples_of(function, {"rdf:type": "sd:Function"})),
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


_MATCHES_WORDS: Final = (
    'Full text: ?thing cl:matches "text" finds things by their names in all languages, by the '
    'beginnings of their words, without accents, or misspelt; (?thing ?score) cl:matches "text" '
    "also says how well each fits, up to 100. It finds {} things, those that fit best."
)


def _deviations(endpoint: str, known: Iterable[Deviation]) -> Iterator[ox.Triple]:
    """Describe where answers deviate from the standard, as the header Citylinks-Warning does."""
    for one in known:
        words: Properties = {
            "rdf:type": "rdfs:Resource",
            "rdfs:label": ox.Literal(one.name),
            "dcterms:description": ox.Literal(one.said, language="en"),
        }
        yield from triples_of(f"{endpoint}#{one.name}", words)


def _named_graph(endpoint: str, dataset: str, entry: GraphEntry) -> Iterator[ox.Triple]:
    """Describe one named graph."""
    name = endpoint + "#graph-" + entry.graph.removeprefix(terms.GRAPH).replace("/", "-")
    content = name + "-content"
    yield from triples_of(dataset, {"sd:namedGraph": name})
    about = {"rdf:type": "sd:NamedGraph", "sd:name": entry.graph, "sd:graph": content}
    yield from triples_of(name, about)
    yield from triples_of(content, {"rdf:type": "sd:Graph", "void:triples": entry.triples})
