"""What may stand where: the rules of intake that look at graphs, which shapes do not see.

Derived terms stand in the derived graph alone, territories are described in `graph/cities` alone
but for what people propose of them, no contribution writes into the graphs of the software or
describes its terms, and every graph describes itself as a data set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import WRITABLE, Role, role_of

_LINK: Final = terms.thing("link", "")
_PERIOD: Final = terms.thing("period", "")
_TERRITORIES: Final = {terms.thing(kind, ""): kind for kind in ("city", "region")}
_DATASET: Final = ox.NamedNode(terms.prefixed("dcat:Dataset"))

NAME_LENGTH: Final = 100
"""Longest name of a graph, in characters; files are named after it."""

PROPOSED: Final = terms.GRAPH + "contributions-"
"""How the names of graphs begin that hold what people proposed."""

_DERIVED_ON_LINKS: Final = frozenset(
    terms.prefixed(name) for name in ("cl:startDate", "cl:endDate", "cl:asOf")
)
"""Properties that sources state of claims and of things, and rules of links and their periods."""


def graph_fault(graph: str) -> str | None:
    """Explain why a contribution cannot have this graph IRI; None when it can."""
    name = graph.removeprefix(terms.GRAPH)
    if name == graph:
        return f"<{graph}> is not a graph of this registry: it does not begin with {terms.GRAPH}"
    if not terms.NAME.fullmatch(name):
        return f"{name!r} cannot be the name of a graph: it is not in a-z, 0-9 and hyphens between"
    if len(name) > NAME_LENGTH:
        return f"{name!r} cannot be the name of a graph: it has over {NAME_LENGTH} characters"
    if role_of(graph) not in WRITABLE:
        return f"<{graph}> is written by the software, not by contributions"
    return None


def described(triples: Iterable[ox.Triple]) -> Iterator[str]:
    """List the graphs of this registry that triples describe as a data set."""
    for t in triples:
        if t.predicate.value == terms.RDF_TYPE and t.object == _DATASET:
            iri = str(t.subject).strip("<>")
            if iri.startswith(terms.GRAPH):
                yield iri


def fault(graph: str, triples: Iterable[ox.Triple], derived: frozenset[str]) -> str | None:
    """Explain why triples cannot stand in a graph that a contribution writes; None when they can.

    `derived` holds the IRIs of the predicates and classes that rules write.
    """
    return next(filter(None, (_triple_fault(graph, one, derived) for one in triples)), None)


def describes_itself(graph: str, triples: Iterable[ox.Triple]) -> bool:
    """Whether triples say that a graph is a data set, as each graph has to."""
    return graph in described(triples)


def undescribed(graph: str) -> str:
    """Explain what a graph lacks that does not describe itself."""
    return f"the graph does not say what it is: <{graph}> a dcat:Dataset, title, licence, source"


def _triple_fault(graph: str, triple: ox.Triple, derived: frozenset[str]) -> str | None:
    """Explain why a triple cannot stand in a graph; None when it can."""
    subject, predicate = str(triple.subject).strip("<>"), triple.predicate.value
    is_other = subject.startswith(terms.GRAPH) and "#" not in subject and subject != graph
    if is_other and role_of(subject) in WRITABLE:
        return (
            f"<{subject}> is another graph than <{graph}>, and each describes itself alone: "
            "correct this address, or the name of the file or graph that is sent"
        )
    if _is_of_the_software(graph, subject):
        return f"<{subject}> is described by the software, not by contributions"
    if _is_derived(subject, predicate, triple.object, derived):
        return f"{terms.compact(predicate)} of <{subject}> is derived, it is not stated by a source"
    kind = next((kind for start, kind in _TERRITORIES.items() if subject.startswith(start)), None)
    if kind and role_of(graph) is not Role.CITIES and not graph.startswith(PROPOSED):
        return (
            f"{terms.compact(predicate)} describes the {kind} <{subject}>, "
            f"which only <{terms.CITIES_GRAPH}> may"
        )
    return None


def _is_of_the_software(graph: str, subject: str) -> bool:
    """Whether a subject is a term, a concept, a shape or another graph of this registry."""
    own = subject == graph or subject.startswith((terms.ID, graph + "#"))
    return terms.is_ours(subject) and not own


def _is_derived(subject: str, predicate: str, value: object, derived: frozenset[str]) -> bool:
    """Whether a triple is one that rules write."""
    if predicate == terms.RDF_TYPE:
        return isinstance(value, ox.NamedNode) and value.value in derived
    if predicate in _DERIVED_ON_LINKS:
        return subject.startswith((_LINK, _PERIOD))
    return predicate in derived
