"""The ontology and the shapes as people read them: every term with its definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.things.labels import Words
from registry.things.languages import best
from registry.things.lookup import Lookup, node
from registry.things.page import Pages, Statement

_KINDS: Final = {
    "classes": "owl:Class",
    "relations": "owl:ObjectProperty",
    "attributes": "owl:DatatypeProperty",
}
_SHOWN: Final = (
    "rdfs:subClassOf rdfs:subPropertyOf owl:inverseOf rdfs:domain rdfs:range "
    "schema:domainIncludes schema:rangeIncludes owl:disjointWith skos:note skos:example "
    "dcterms:isReplacedBy skos:historyNote"
).split()
_ABOUT: Final = (
    "owl:versionInfo dcterms:issued dcterms:modified owl:priorVersion skos:historyNote "
    "dcterms:license dcterms:publisher vann:preferredNamespaceUri vann:preferredNamespacePrefix"
).split()


@dataclass(frozen=True)
class Term:
    """A class or property: its name in IRIs, label, definition and axioms."""

    iri: str
    name: str
    label: Words
    definition: Words
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Vocabulary:
    """What the ontology is, and its terms under headings, which are keys of the interface's words.

    Deprecated terms stand under a heading of their own.
    """

    title: Words
    description: Words
    citation: str
    about: tuple[Statement, ...]
    sections: tuple[tuple[str, tuple[Term, ...]], ...]


def ontology(pages: Pages) -> Vocabulary:
    """Describe the ontology, its classes and properties, and the concept schemes."""
    lookup = pages.lookup
    by_kind = {
        heading: lookup.subjects("rdf:type", node(kind).value) for heading, kind in _KINDS.items()
    }
    deprecated = {iri for iris in by_kind.values() for iri in iris if _is_deprecated(lookup, iri)}
    sections = [
        (heading, _terms(pages, (iri for iri in iris if iri not in deprecated)))
        for heading, iris in by_kind.items()
    ]
    if deprecated:
        sections.append(("deprecated", _terms(pages, sorted(deprecated))))
    schemes = lookup.subjects("rdf:type", node("skos:ConceptScheme").value)
    ours = [scheme for scheme in schemes if terms.is_ours(scheme)]
    sections.append(("schemes", tuple(_term(pages, scheme) for scheme in ours)))
    return Vocabulary(
        pages.labels.of(terms.ONTOLOGY),
        _chosen(lookup.literals(terms.ONTOLOGY, "dcterms:description"), pages),
        lookup.text(terms.ONTOLOGY, "dcterms:bibliographicCitation"),
        _about(pages),
        tuple(sections),
    )


def _about(pages: Pages) -> tuple[Statement, ...]:
    """List what the ontology says of itself that readers ask for."""
    shown = {terms.prefixed(name) for name in _ABOUT}
    triples = [t for t in pages.lookup.outgoing(terms.ONTOLOGY) if t.predicate.value in shown]
    return tuple(pages.statements(triples))


def _is_deprecated(lookup: Lookup, iri: str) -> bool:
    return lookup.text(iri, "owl:deprecated") == "true"


def _terms(pages: Pages, iris: Iterable[str]) -> tuple[Term, ...]:
    """Describe the terms that are ours, in the order of their names."""
    return tuple(_term(pages, iri) for iri in iris if iri.startswith(terms.CL))


def _term(pages: Pages, iri: str) -> Term:
    name = iri.removeprefix(terms.CL) if iri.startswith(terms.CL) else iri.rpartition("/")[2]
    shown = {terms.prefixed(prefixed) for prefixed in _SHOWN}
    triples = [t for t in pages.lookup.outgoing(iri) if t.predicate.value in shown]
    definition = pages.lookup.literals(iri, "skos:definition", "dcterms:description")
    return Term(
        iri,
        name,
        pages.labels.of(iri),
        _chosen(definition, pages),
        tuple(pages.statements(_without_blank(triples))),
    )


def _without_blank(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    return [t for t in triples if not isinstance(t.object, ox.BlankNode)]


def _chosen(texts: list[ox.Literal], pages: Pages) -> Words:
    found = best(texts, pages.labels.wanted)
    return Words(found.value, found.language or "") if found else Words("")


_SHAPE: Final = terms.PREFIXES["shape"]


@dataclass(frozen=True)
class Shape:
    """A part of the shapes: its name in IRIs, kind, title, severity and what it says.

    What has no message (targets, queries, prefixes) belongs to a shape that has one.
    """

    name: str
    kind: str
    title: str
    severity: str
    message: str


def shapes(pages: Pages) -> tuple[Shape, ...]:
    """List everything that has an IRI in the shapes, by name."""
    lookup = Lookup(_shapes_store(pages))
    found = {quad.subject.value for quad in lookup.store if isinstance(quad.subject, ox.NamedNode)}
    ours = sorted(iri for iri in found if iri.startswith(_SHAPE))
    return tuple(_shape(lookup, iri) for iri in ours)


def _shapes_store(pages: Pages) -> ox.Store:
    """Put the shapes, which stand in their named graph alone, where they can be looked up."""
    store = ox.Store()
    for triple in pages.lookup.graph(terms.SHAPES_GRAPH):
        store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    return store


def _shape(lookup: Lookup, iri: str) -> Shape:
    severity = lookup.iri(iri, "sh:severity").rpartition("#")[2] or "Violation"
    return Shape(
        iri.removeprefix(_SHAPE),
        lookup.iri(iri, "rdf:type").rpartition("#")[2],
        lookup.text(iri, "sh:name") or lookup.text(iri, "rdfs:label"),
        severity,
        lookup.text(iri, "sh:message"),
    )
