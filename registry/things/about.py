"""The document about a thing: its description, and what a reader needs to use it by itself.

    doc/city/perm-511196 ── foaf:primaryTopic ─▶ id/city/perm-511196, described with what it owns
      │ licence, publisher, date, release           and the names of all that it points at
      └ void:subset ─▶ doc/city/perm-511196#graph-cities ── prov:wasDerivedFrom ─▶ a graph of the
                         │ void:triples   statements here that this graph makes     release
                         └ foaf:topic     the things that they are about

Each subset tells where statements stand, without a node for each of them: a claim or a passage
stands in one graph, so its subset names its source.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.statements import Value, triples_of, typed
from registry.releases.manifest import Manifest
from registry.things.describe import describe
from registry.things.labels import NAMING
from registry.things.lookup import Lookup, node

NEIGHBOURS: Final = 500
"""Things of which a document has the names: those beyond are left out, in the order of IRIs."""

_NAMES_OF_ONE: Final = 8
"""Names of one thing that a document has: one for each language, the shortest tags first."""


@dataclass(frozen=True)
class Source:
    """What a document about a thing is taken from.

    That is a store, the manifest of its release, and the UTC time at which it was first published
    (empty where that is not known).
    """

    store: ox.Store
    manifest: Manifest
    published: str = ""

    def document(self, iri: str) -> list[ox.Triple]:
        """Return all triples of the document about a thing, sorted; empty when nothing is said."""
        described = describe(self.store, iri)
        if not described:
            return []
        lookup, document = Lookup(self.store), document_of(iri)
        parts = _by_graph(lookup, described)
        whole = {
            *described,
            *_names(lookup, described),
            *self._about(document, iri, parts),
            *(
                triple
                for graph, made in parts.items()
                for triple in self._part(document, graph, made)
            ),
        }
        return sorted(whole, key=str)

    def _about(self, document: str, iri: str, graphs: Iterable[str]) -> Iterator[ox.Triple]:
        """Describe the document itself, its release and its publisher."""
        release = terms.release(self.manifest.version)
        about: dict[str, Value | Iterable[Value]] = {
            "rdf:type": "foaf:Document",
            "foaf:primaryTopic": iri,
            "dcterms:license": self.manifest.licence,
            "dcterms:publisher": terms.PUBLISHER,
            "dcterms:modified": typed(self.published, "xsd:dateTime"),
            "dcterms:isPartOf": terms.DATASET,
            "prov:wasDerivedFrom": release,
            "void:subset": [_part_of(document, graph) for graph in graphs],
        }
        yield from triples_of(document, about)
        yield from triples_of(
            release,
            {
                "dcterms:isVersionOf": terms.DATASET,
                "dcterms:identifier": ox.Literal(self.manifest.version),
                "cl:asOf": typed(self.manifest.as_of, "xsd:date"),
            },
        )
        yield from triples_of(
            terms.PUBLISHER,
            {
                "rdf:type": "foaf:Agent",
                "foaf:name": ox.Literal(terms.PUBLISHER_NAME, language="en"),
            },
        )

    def _part(self, document: str, graph: str, made: Counter[str]) -> Iterator[ox.Triple]:
        """Describe what one graph contributes; `made` counts its statements by subject."""
        entry = self.manifest.graph(graph)
        source = terms.graph_in(self.manifest.version, graph)
        yield from triples_of(
            _part_of(document, graph),
            {
                "rdf:type": "void:Dataset",
                "prov:wasDerivedFrom": source,
                "dcterms:license": entry.licence if entry else "",
                "void:triples": made.total(),
                "foaf:topic": sorted(made),
            },
        )
        title = entry.title if entry else ""
        yield from triples_of(
            source,
            {
                "dcterms:isVersionOf": graph,
                "dcterms:title": ox.Literal(title, language="en") if title else "",
            },
        )


def document_of(iri: str) -> str:
    """Return the IRI of the document about a thing or concept, without the name of a server.

    >>> document_of("https://w3id.org/citylinks/id/city/perm-511196")
    'https://w3id.org/citylinks/doc/city/perm-511196'
    """
    return terms.BASE + (terms.path_of(iri) or "/").removeprefix("/")


def _part_of(document: str, graph: str) -> str:
    return f"{document}#graph-{graph.removeprefix(terms.GRAPH).replace('/', '-')}"


def _by_graph(lookup: Lookup, triples: Iterable[ox.Triple]) -> dict[str, Counter[str]]:
    """Count, for each graph that makes statements of a description, those about each subject."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for triple in triples:
        for graph in lookup.graphs(triple):
            if isinstance(triple.subject, ox.NamedNode):
                found[graph][triple.subject.value] += 1
    return {graph: found[graph] for graph in sorted(found)}


def _names(lookup: Lookup, described: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the names of the things that a description points at and does not describe."""
    own = {triple.subject for triple in described}
    ends = {triple.object for triple in described if triple.predicate not in _NOT_NAMED} - own
    iris = sorted(end.value for end in ends if isinstance(end, ox.NamedNode))
    for iri in iris[:NEIGHBOURS]:
        yield from _names_of(lookup, iri)


_NOT_NAMED: Final = frozenset({node("rdf:type")})
"""Properties whose values are terms, which the ontology names."""


def _names_of(lookup: Lookup, iri: str) -> list[ox.Triple]:
    """Return what a thing is called, by the first property of those that name things."""
    for name in NAMING:
        labels = lookup.literals(iri, name)
        if labels:
            labels.sort(
                key=lambda label: (len(label.language or ""), label.language or "", label.value)
            )
            subject, predicate = ox.NamedNode(iri), node(name)
            return [ox.Triple(subject, predicate, label) for label in labels[:_NAMES_OF_ONE]]
    return []
