"""Looking things up in a release's store, by pattern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms

Node = ox.NamedNode | ox.BlankNode | ox.Literal
DEFAULT: Final = ox.DefaultGraph()


def node(name: str) -> ox.NamedNode:
    """Make the node of a prefixed name.

    >>> node("cl:party").value
    'https://w3id.org/citylinks/ontology#party'
    """
    return ox.NamedNode(terms.prefixed(name))


@dataclass(frozen=True)
class Lookup:
    """Reads a store; properties are given as prefixed names, things as IRIs."""

    store: ox.Store

    def objects(self, subject: str, name: str) -> list[Node]:
        """List the values of a property, sorted."""
        found = self.store.quads_for_pattern(ox.NamedNode(subject), node(name), None, DEFAULT)
        return sorted((quad.object for quad in found), key=str)  # type: ignore[misc]

    def iris(self, subject: str, name: str) -> list[str]:
        """List the values of a property that are IRIs."""
        return [o.value for o in self.objects(subject, name) if isinstance(o, ox.NamedNode)]

    def literals(self, subject: str, *names: str) -> list[ox.Literal]:
        """List the values of properties that are literals."""
        return [
            o for name in names for o in self.objects(subject, name) if isinstance(o, ox.Literal)
        ]

    def text(self, subject: str, name: str) -> str:
        """Give the first literal value of a property as text; empty where there is none."""
        found = self.literals(subject, name)
        return found[0].value if found else ""

    def iri(self, subject: str, name: str) -> str:
        """Give the first IRI value of a property; empty where there is none."""
        found = self.iris(subject, name)
        return found[0] if found else ""

    def subjects(self, name: str, value: str) -> list[str]:
        """List the things that have an IRI as value of a property."""
        found = self.store.quads_for_pattern(None, node(name), ox.NamedNode(value), DEFAULT)
        return sorted(q.subject.value for q in found if isinstance(q.subject, ox.NamedNode))

    def outgoing(self, subject: str) -> list[ox.Triple]:
        """List the triples of a thing, sorted."""
        found = self.store.quads_for_pattern(ox.NamedNode(subject), None, None, DEFAULT)
        return sorted((quad.triple for quad in found), key=str)

    def incoming(self, value: str) -> Iterator[ox.Triple]:
        """Give the triples that point at a thing."""
        found = self.store.quads_for_pattern(None, None, ox.NamedNode(value), DEFAULT)
        return (quad.triple for quad in found)

    def graphs(self, triple: ox.Triple) -> list[str]:
        """List the named graphs that state a triple."""
        found = self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        return sorted(q.graph_name.value for q in found if isinstance(q.graph_name, ox.NamedNode))

    def graph(self, iri: str) -> list[ox.Triple]:
        """List the triples of a named graph, sorted."""
        found = self.store.quads_for_pattern(None, None, None, ox.NamedNode(iri))
        return sorted((quad.triple for quad in found), key=str)

    def exists(self, iri: str) -> bool:
        """Tell whether anything is said of a thing."""
        found = self.store.quads_for_pattern(ox.NamedNode(iri), None, None, DEFAULT)
        return next(iter(found), None) is not None
