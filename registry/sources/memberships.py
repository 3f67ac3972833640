"""Memberships: the graph that a source of networks becomes, a participation for each city."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from registry import terms
from registry.graphs import canonical
from registry.graphs.graph import Graph, from_triples
from registry.places.names import fold
from registry.sources.claims import (
    LABEL,
    A,
    concept,
    described,
    node,
)
from registry.sources.minting import City
from registry.sources.provenance import date, source_of
from registry.sources.statements import Document, MemberRow


@dataclass(frozen=True)
class Joined:
    """A row of which the city is known."""

    row: MemberRow
    city: City

    def network(self, document: Document) -> str:
        """The reference of the network; networks of two families are not told to be one."""
        return f"{document.family}-{fold(self.row.network).replace(' ', '-')}"


def graph_of(
    document: Document, joined: Iterable[Joined], provenance: Iterable[ox.Triple] = ()
) -> Graph:
    """Make the graph of a source, which states how it was made as well."""
    iri = terms.GRAPH + document.graph
    triples = (triple for one in joined for triple in _participation(document, one))
    whole = (*described(document), *provenance, *triples)
    return from_triples(iri, map(canonical.triple, whole))


def _participation(document: Document, joined: Joined) -> Iterator[ox.Triple]:
    """Write a network, who takes part in it, and where the source says so."""
    row, ref = joined.row, joined.network(document)
    network = ox.NamedNode(terms.thing("network", ref))
    passage = ox.NamedNode(terms.thing("passage", f"{document.graph}/{ref}"))
    this = ox.NamedNode(terms.thing("participation", f"{ref}/{joined.city.ref}"))
    label = ox.Literal(f"{joined.city.place.name} in {row.network}", language="en")
    yield ox.Triple(network, A, node("cl:Network"))
    yield ox.Triple(network, LABEL, ox.Literal(row.network, language="en"))
    yield ox.Triple(network, node("cl:participation"), this)
    yield ox.Triple(network, node("cl:supportedBy"), passage)
    yield ox.Triple(this, A, node("cl:Participation"))
    yield ox.Triple(this, LABEL, label)
    yield ox.Triple(this, node("cl:participant"), ox.NamedNode(joined.city.iri))
    yield ox.Triple(this, node("cl:role"), concept("participation-role", row.role))
    yield ox.Triple(this, node("cl:supportedBy"), passage)
    for name, text in (("cl:startDate", row.since), ("cl:endDate", row.until)):
        if text:
            yield ox.Triple(this, node(name), date(text))
    yield from _passage(document, row, passage)


def _passage(document: Document, row: MemberRow, passage: ox.NamedNode) -> Iterator[ox.Triple]:
    """Describe where a network is spoken of: the page of its own, if the source names one."""
    locator = f"page {row.page}" if row.page else f"network {row.network}"
    yield ox.Triple(passage, A, node("cl:Passage"))
    yield ox.Triple(passage, node("cl:passageOf"), source_of(document))
    yield ox.Triple(passage, node("cl:mode"), concept("evidence-mode", "reported"))
    yield ox.Triple(passage, node("cl:locator"), ox.Literal(locator[:200]))
