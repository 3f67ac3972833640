"""Memberships: the graph that a source of networks becomes, a participation for each of its rows.

network ── cl:participation ─▶ participation ── cl:participant ─▶ city
│ cl:topic                     │ cl:role, cl:startDate, cl:endDate, cl:field,
│                              │ cl:participationStatus, cl:locator, foaf:page
└─ cl:supportedBy ─▶ passage ◀─┘
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    lasting,
    node,
    reported,
)
from registry.sources.minting import City
from registry.sources.statements import Document, MemberRow


@dataclass(frozen=True)
class Joined:
    """A row of which the city is known."""

    row: MemberRow
    city: City

    def network(self, document: Document) -> str:
        """The reference of the network; networks of two families are not told to be one.

        It begins with the family, which is put before a name that does not.
        """
        name = fold(self.row.network).replace(" ", "-")
        return name if name.startswith(document.family) else f"{document.family}-{name}"


def graph_of(
    document: Document, joined: Sequence[Joined], provenance: Iterable[ox.Triple] = ()
) -> Graph:
    """Make the graph of a source, which states how it was made as well."""
    iri = terms.GRAPH + document.graph
    times = Counter((one.network(document), one.city.ref) for one in joined)
    triples = (
        triple
        for one in joined
        for triple in _participation(
            document, one, several=times[one.network(document), one.city.ref] > 1
        )
    )
    whole = (*described(document), *provenance, *triples)
    return from_triples(iri, map(canonical.triple, whole))


def _participation(document: Document, joined: Joined, *, several: bool) -> Iterator[ox.Triple]:
    """Write a network, who takes part in it, and where the source says so.

    Where a city takes part in it several times, the key of the row tells one from the others.
    """
    row, ref = joined.row, joined.network(document)
    network = ox.NamedNode(terms.thing("network", ref))
    passage = ox.NamedNode(terms.thing("passage", f"{document.graph}/{ref}"))
    own = f"{ref}/{joined.city.ref}" + (f"/{row.key}" if several else "")
    this = ox.NamedNode(terms.thing("participation", own))
    label = ox.Literal(f"{joined.city.place.name} in {row.network}", language="en")
    yield ox.Triple(network, A, node("cl:Network"))
    preferred: dict[str, str] = {"en": row.network}
    for tag, name in (("en", row.network), *row.names):
        label_of = LABEL if preferred.setdefault(tag, name) == name else node("skos:altLabel")
        yield ox.Triple(network, label_of, ox.Literal(name, language=tag))
    yield ox.Triple(network, node("cl:participation"), this)
    yield ox.Triple(network, node("cl:supportedBy"), passage)
    if row.topic:
        yield ox.Triple(network, node("cl:topic"), concept("topic", row.topic))
    yield ox.Triple(this, A, node("cl:Participation"))
    yield ox.Triple(this, LABEL, label)
    yield ox.Triple(this, node("cl:participant"), ox.NamedNode(joined.city.iri))
    yield ox.Triple(this, node("cl:role"), concept("participation-role", row.role))
    yield ox.Triple(this, node("cl:supportedBy"), passage)
    yield ox.Triple(this, node("cl:locator"), ox.Literal(row.locator))
    yield from _told(row, this)
    # Where the network is spoken of is a page of its own, if the source names one.
    where = f"page {row.page}" if row.page else f"network {row.network}"
    yield from reported(passage, document, where)


def _told(row: MemberRow, this: ox.NamedNode) -> Iterator[ox.Triple]:
    """Write what a row tells of a membership beside who takes part in what."""
    yield from lasting(this, row.since, row.until)
    for name, text in (("cl:field", row.field), ("cl:participationStatus", row.status)):
        if text:
            yield ox.Triple(this, node(name), ox.Literal(text))
    if row.note:
        yield ox.Triple(this, node("skos:note"), ox.Literal(row.note, language="en"))
    if row.record:
        yield ox.Triple(this, node("foaf:page"), ox.NamedNode(row.record))
