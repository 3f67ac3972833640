"""What may stand where: the rules of intake that look at graphs, which shapes do not see.

Derived terms stand in the derived graph alone, cities are described in `graph/cities` alone, and
nobody writes into the graphs of the software.
"""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.intake.graphs import WRITABLE, Role, role_of

_LINK: Final = terms.thing("link", "")
_CITY: Final = terms.thing("city", "")

_DERIVED_ON_LINKS: Final = frozenset(
    terms.prefixed(name) for name in ("cl:startDate", "cl:endDate", "cl:asOf")
)
"""Claimed of claims and of things; on a link they are derived."""


def graph_fault(graph: str) -> str | None:
    """Say why a contribution cannot have this graph IRI; None when it can."""
    if not graph.startswith(terms.GRAPH):
        return f"<{graph}> is not a graph of this registry: it does not begin with {terms.GRAPH}"
    if not terms.REF.fullmatch(graph.removeprefix(terms.GRAPH)):
        return f"<{graph}> is not a graph IRI: its name is not in a-z, 0-9 and hyphens"
    if role_of(graph) not in WRITABLE:
        return f"<{graph}> is written by the software, not by contributions"
    return None


def triple_fault(graph: str, triple: ox.Triple, derived: frozenset[str]) -> str | None:
    """Say why a triple cannot stand in a graph that a contribution writes; None when it can.

    `derived` holds the IRIs of the predicates and classes that rules write.
    """
    subject, predicate = str(triple.subject).strip("<>"), triple.predicate.value
    if _is_derived(subject, predicate, triple.object, derived):
        return f"{terms.compact(predicate)} of <{subject}> is derived, it is not stated by a source"
    if role_of(graph) is not Role.CITIES and subject.startswith(_CITY):
        return (
            f"{terms.compact(predicate)} describes the city <{subject}>, "
            f"which only <{terms.CITIES_GRAPH}> may"
        )
    return None


def _is_derived(subject: str, predicate: str, value: object, derived: frozenset[str]) -> bool:
    """Tell whether a triple is one that rules write."""
    if predicate == terms.RDF_TYPE:
        return isinstance(value, ox.NamedNode) and value.value in derived
    if predicate in _DERIVED_ON_LINKS:
        return subject.startswith(_LINK)
    return predicate in derived
