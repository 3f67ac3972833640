"""Looking things up in a release's store, by pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
class Described:
    """What is said of one thing, read at once: for those of which most is needed."""

    iri: str
    values: Mapping[str, list[Node]]

    def objects(self, name: str) -> list[Node]:
        """List the values of a property, sorted."""
        return sorted(self.values.get(terms.prefixed(name), ()), key=str)

    def iris(self, name: str) -> list[str]:
        """List the values of a property that are IRIs."""
        return [o.value for o in self.objects(name) if isinstance(o, ox.NamedNode)]

    def first(self, name: str) -> str:
        """Return the first IRI of a property; empty where there is none."""
        return next(iter(self.iris(name)), "")

    def literal(self, name: str) -> ox.Literal | None:
        """Return the first literal of a property."""
        return next((o for o in self.objects(name) if isinstance(o, ox.Literal)), None)

    def text(self, name: str) -> str:
        """Return the text of the first literal of a property; empty where there is none."""
        found = self.literal(name)
        return found.value if found else ""


@dataclass(frozen=True)
class Solution:
    """A solution of a query, by variable."""

    terms: Mapping[str, Node | None]

    def iri(self, name: str) -> str:
        """Return an IRI; empty where the variable is not bound to one."""
        term = self.terms[name]
        return term.value if isinstance(term, ox.NamedNode) else ""

    def literal(self, name: str) -> ox.Literal | None:
        """Return a literal; None where the variable is not bound to one."""
        term = self.terms[name]
        return term if isinstance(term, ox.Literal) else None

    def text(self, name: str) -> str:
        """Return the text of a literal; empty where the variable is not bound to one."""
        found = self.literal(name)
        return found.value if found else ""


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
        """Return the first literal value of a property as text; empty where there is none."""
        found = self.literals(subject, name)
        return found[0].value if found else ""

    def iri(self, subject: str, name: str) -> str:
        """Return the first IRI value of a property; empty where there is none."""
        found = self.iris(subject, name)
        return found[0] if found else ""

    def subjects(self, name: str, value: str) -> list[str]:
        """List the things that have an IRI as value of a property."""
        found = self.store.quads_for_pattern(None, node(name), ox.NamedNode(value), DEFAULT)
        return sorted(q.subject.value for q in found if isinstance(q.subject, ox.NamedNode))

    def outgoing(
        self, subject: str, wanted: Callable[[ox.NamedNode], bool] | None = None
    ) -> list[ox.Triple]:
        """List the triples of a thing, sorted, or those of the predicates that are wanted."""
        found = self.store.quads_for_pattern(ox.NamedNode(subject), None, None, DEFAULT)
        if wanted is None:
            return sorted((quad.triple for quad in found), key=str)
        return sorted((quad.triple for quad in found if wanted(quad.predicate)), key=str)

    def rows(self, query: str) -> list[Solution]:
        """Answer a SELECT of ours; our prefixes are known."""
        found = self.store.query(query, prefixes=dict(terms.PREFIXES))
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        return [Solution(dict(zip(names, row, strict=True))) for row in found]

    def described(self, subject: str, *names: str) -> Described:
        """Read what is said of a thing, or what some properties alone say of it."""
        values: dict[str, list[Node]] = {}
        for one in map(node, names) if names else (None,):
            for quad in self.store.quads_for_pattern(ox.NamedNode(subject), one, None, DEFAULT):
                values.setdefault(quad.predicate.value, []).append(quad.object)  # type: ignore[arg-type]
        return Described(subject, values)

    def incoming(self, value: str) -> Iterator[ox.Triple]:
        """Return the triples that point at a thing."""
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
        """Whether anything is said of a thing."""
        found = self.store.quads_for_pattern(ox.NamedNode(iri), None, None, DEFAULT)
        return next(iter(found), None) is not None
