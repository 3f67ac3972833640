"""The description of a thing: its outgoing triples plus the nodes it owns, bounded.

Owned nodes (claims, participations, signatures, passages, periods, geometries, dated names,
identifiers of others, inscriptions) have no meaning without their owner and come with it, as in a
concise bounded description (https://www.w3.org/submissions/CBD/).
"""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.things.lookup import Lookup, node

OWNING: Final = frozenset(
    node(name)
    for name in (
        "cl:claim",
        "cl:participation",
        "cl:signature",
        "cl:supportedBy",
        "cl:externalIdentifier",
        "cl:inscription",
        "cl:name",
        "schema:eventSchedule",
    )
)
"""Properties whose values are described with the thing that has them, and shown on its page."""

DESCRIBED: Final = OWNING | {node("cl:period"), node("geo:hasDefaultGeometry")}
"""Properties whose values are described with the thing that has them."""


def describe(store: ox.Store, iri: str) -> list[ox.Triple]:
    """Describe a thing: sorted triples, empty when nothing is said of it.

    A concept scheme is described with all its concepts.
    """
    lookup = Lookup(store)
    open_, done = [iri, *_concepts(lookup, iri)], set[str]()
    found: set[ox.Triple] = set()
    while open_:
        subject = open_.pop()
        if subject in done:
            continue
        done.add(subject)
        triples = lookup.outgoing(subject)
        found.update(triples)
        open_ += [
            t.object.value
            for t in triples
            if t.predicate in DESCRIBED and isinstance(t.object, ox.NamedNode)
        ]
    return sorted(found, key=str)


def _concepts(lookup: Lookup, iri: str) -> list[str]:
    """List the concepts of a scheme."""
    is_scheme = iri.startswith(terms.SCHEME) and "/" not in iri.removeprefix(terms.SCHEME)
    return lookup.subjects("skos:inScheme", iri) if is_scheme else []
