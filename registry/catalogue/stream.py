"""The feed as a Linked Data Event Stream (https://w3id.org/ldes/specification) over TREE.

The root leads to page one, each page to the next; a page that has a next one never changes. A
member is an activity that creates, updates or deletes a node; the graph that is named after it
holds all triples of the node from then on. The members of one release are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry.catalogue.publication import SERIES
from registry.graphs.graph import parse_lines
from registry.graphs.statements import (
    Value,
    iri,
    triples_of,
    typed,
    worded,
)
from registry.releases.difference import Difference, What
from registry.releases.log import Event
from registry.views.feed import FeedPage, Member

_ACTIVITIES: Final = {
    What.CREATED: "as:Create",
    What.UPDATED: "as:Update",
    What.DELETED: "as:Delete",
}

_CREATOR: Final = "http://purl.org/dc/elements/1.1/creator"
"""Who made something, as a text."""

_POLLING: Final = 3_600
"""Seconds that clients are asked to wait between two requests."""

_TITLE: Final = {
    "en": "Citylinks: every change",
    "it": "Citylinks: ogni modifica",
    "fr": "Citylinks : chaque modification",
    "de": "Citylinks: jede Änderung",
    "es": "Citylinks: cada cambio",
}
_RETENTION: Final = {
    "en": "All members are kept for ever: the first page is the first publication, and there is no "
    "retention policy."
}


def root(feed: str, first: str, licence: str) -> list[ox.Quad]:
    """Describe the stream, and link to page one.

    `feed` is the address of the feed, `first` the UTC time of its first member, empty where there
    is none. The licence is that of the present release; pages that are full never change, and do
    not name it.
    """
    node: dict[str, Value | Iterable[Value]] = {
        "rdf:type": ["tree:Node", "ldes:EventSource"],
        "dcterms:description": worded(_RETENTION),
    }
    relation = _relation(feed, feed, 1, first) if first else ()
    under = triples_of(f"{feed}#stream", {"dcterms:license": licence})
    return _quads([*_stream(feed), *under, *triples_of(feed, node), *relation])


def page(feed: str, feed_page: FeedPage) -> list[ox.Quad]:
    """Describe a page: its members, each with its node, and the link to the next page."""
    address = f"{feed}/{feed_page.number}"
    triples = [*_stream(feed), *triples_of(address, {"rdf:type": "tree:Node"})]
    if feed_page.is_closed:
        triples += triples_of(address, {"ldes:immutable": typed("true", "xsd:boolean")})
        triples += _relation(feed, address, feed_page.number + 1, feed_page.following)
    members = (
        quad for member in feed_page.members for quad in _member(feed, address, feed_page, member)
    )
    return [*_quads(triples), *members]


def told_by(event: Event) -> dict[str, Value]:
    """Say who made a change, and why, where that is told."""
    said = {_CREATOR: event.by, "as:summary": event.reason}
    return {name: ox.Literal(text) for name, text in said.items() if text}


def changes(difference: Difference) -> list[ox.Triple]:
    """Describe the difference of two releases as up to three activities (Activity Streams 2.0).

    Their objects are the things, their origin is the one release and their target the other.
    """
    before, after = (f"{SERIES}/{one.version}" for one in (difference.before, difference.after))
    span = f"{SERIES}/{difference.before.version}..{difference.after.version}"
    triples: set[ox.Triple] = set()
    for what, name in _ACTIVITIES.items():
        if nodes := difference.nodes[what]:
            ends: dict[str, Value] = {"as:origin": before, "as:target": after}
            activity = {"rdf:type": name, "as:object": nodes, **ends}
            triples |= set(triples_of(f"{span}#{what.name.lower()}", activity))
    triples |= set(triples_of(after, {"prov:wasRevisionOf": before}))
    return sorted(triples, key=str)


def _quads(triples: list[ox.Triple]) -> list[ox.Quad]:
    return [ox.Quad(t.subject, t.predicate, t.object) for t in triples]


def _stream(feed: str) -> Iterator[ox.Triple]:
    """Describe the stream as each of its pages has to."""
    return triples_of(
        f"{feed}#stream",
        {
            "rdf:type": "ldes:EventStream",
            "dcterms:title": worded(_TITLE),
            "tree:view": feed,
            "ldes:timestampPath": "dcterms:created",
            "ldes:sequencePath": "schema:position",
            "ldes:versionOfPath": "dcterms:isVersionOf",
            "ldes:versionCreateObject": _ACTIVITIES[What.CREATED],
            "ldes:versionUpdateObject": _ACTIVITIES[What.UPDATED],
            "ldes:versionDeleteObject": _ACTIVITIES[What.DELETED],
            "ldes:transactionPath": "dcterms:isPartOf",
            "ldes:pollingInterval": _POLLING,
        },
    )


def _relation(feed: str, address: str, number: int, since: str) -> Iterator[ox.Triple]:
    """Link a page to a later one, all of whose members are of that time or later."""
    relation = f"{address}#to-{number}"
    yield from triples_of(address, {"tree:relation": relation})
    yield from triples_of(
        relation,
        {
            "rdf:type": "tree:GreaterThanOrEqualToRelation",
            "tree:node": f"{feed}/{number}",
            "tree:path": "dcterms:created",
            "tree:value": typed(since, "xsd:dateTime"),
        },
    )


def _member(feed: str, address: str, feed_page: FeedPage, member: Member) -> Iterator[ox.Quad]:
    """Describe the activity that changed a node, and the node's triples from then on."""
    activity = f"{address}#{member.number}"
    stream = ox.NamedNode(f"{feed}#stream")
    yield ox.Quad(stream, ox.NamedNode(iri("tree:member")), ox.NamedNode(activity))
    about = triples_of(
        activity,
        {
            "rdf:type": _ACTIVITIES[member.what],
            "dcterms:isVersionOf": member.iri,
            "dcterms:created": typed(member.event.at, "xsd:dateTime"),
            "schema:position": member.number,
            "dcterms:isPartOf": f"{SERIES}/{member.event.version}",
            **told_by(member.event),
        },
    )
    yield from _quads(list(about))
    name = ox.NamedNode(activity)
    for t in parse_lines(b"\n".join(member.lines) + b"\n"):
        yield ox.Quad(t.subject, t.predicate, t.object, name)
