"""Claims: the graph that a source of links becomes, one claim for each thing that it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs import canonical
from registry.graphs.graph import Graph, from_triples, parse_lines
from registry.sources.labels import UNTOLD
from registry.sources.minting import City
from registry.sources.provenance import date, source_of
from registry.sources.statements import Citation, Document, LinkRow

_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"


def node(name: str) -> ox.NamedNode:
    """Return the node of a prefixed name."""
    return ox.NamedNode(terms.prefixed(name))


_LINK: Final = terms.thing("link", "")
_NAME: Final = re.compile(
    rf"^<{re.escape(_LINK)}[^>]*> <{terms.prefixed('skos:prefLabel')}> .*@{UNTOLD} \.$".encode(),
    re.MULTILINE,
)

A: Final = ox.NamedNode(terms.RDF_TYPE)
LABEL: Final = node("skos:prefLabel")


@dataclass(frozen=True)
class Claimed:
    """A row of which both cities are known."""

    row: LinkRow
    here: City
    there: City

    @property
    def link(self) -> str:
        """The reference of the link: both references in the order of their bytes."""
        return "--".join(sorted((self.here.ref, self.there.ref)))


def described(document: Document) -> Iterator[ox.Triple]:
    """Describe a graph and the document that it is taken from."""
    graph = ox.NamedNode(terms.GRAPH + document.graph)
    source = source_of(document)
    title = ox.Literal(document.title, language="en")
    yield ox.Triple(graph, A, node("dcat:Dataset"))
    yield ox.Triple(graph, node("dcterms:title"), title)
    yield ox.Triple(graph, node("dcterms:license"), ox.NamedNode(document.licence))
    yield ox.Triple(graph, node("dcterms:source"), source)
    if document.attribution:
        attribution = ox.Literal(document.attribution, language="en")
        yield ox.Triple(graph, node("dcterms:description"), attribution)
    yield ox.Triple(source, A, node("cl:SourceDocument"))
    yield ox.Triple(source, node("dcterms:title"), title)
    yield ox.Triple(source, node("dcterms:issued"), date(document.date))
    yield ox.Triple(source, node("dcterms:language"), ox.NamedNode(_LANGUAGE + document.language))
    yield ox.Triple(source, node("foaf:page"), ox.NamedNode(document.address))
    yield ox.Triple(source, node("cl:sourceFamily"), ox.Literal(document.family))


def names_in(graphs: Iterable[Graph]) -> dict[str, str]:
    """Return the names that graphs of sources give to links, by their references."""
    lines = (line for graph in graphs for line in _NAME.findall(graph.ntriples))
    named = parse_lines(b"\n".join(lines) + b"\n")
    return {
        one.subject.value.removeprefix(_LINK): one.object.value
        for one in named
        if isinstance(one.subject, ox.NamedNode) and isinstance(one.object, ox.Literal)
    }


def graph_of(
    document: Document,
    claimed: Iterable[Claimed],
    provenance: Iterable[ox.Triple] = (),
    names: Mapping[str, str] = MappingProxyType({}),
) -> Graph:
    """Make the graph of a source, which states how it was made as well.

    That its claims report stands once, at the document, and not at tens of thousands of claims. A
    link has one name: where other graphs name it, that of `names`.
    """
    iri = terms.GRAPH + document.graph
    triples = (triple for one in claimed for triple in _claim(document, one, names))
    reports = ox.Triple(source_of(document), node("cl:mode"), concept("evidence-mode", "reported"))
    whole = (*described(document), reports, *provenance, *triples)
    return from_triples(iri, map(canonical.triple, whole))


def _claim(document: Document, claimed: Claimed, names: Mapping[str, str]) -> Iterator[ox.Triple]:
    """Write a link and what the source says of it."""
    row, here, there = claimed.row, claimed.here, claimed.there
    link = ox.NamedNode(terms.thing("link", claimed.link))
    ref = f"{claimed.link}/{document.graph}/{row.key}"
    claim = ox.NamedNode(terms.thing("claim", ref))
    first, second = sorted((here, there), key=lambda city: city.ref)
    # The names are of no language that is told, and do not vie with those that a curator gives.
    name = names.get(claimed.link) or f"{first.place.name}–{second.place.name}"
    label = ox.Literal(name, language=UNTOLD)
    yield ox.Triple(link, A, node("cl:CityLink"))
    yield ox.Triple(link, LABEL, label)
    yield ox.Triple(link, node("cl:party"), ox.NamedNode(here.iri))
    yield ox.Triple(link, node("cl:party"), ox.NamedNode(there.iri))
    yield ox.Triple(link, node("cl:claim"), claim)
    yield ox.Triple(claim, A, node("cl:LinkClaim"))
    yield ox.Triple(claim, node("cl:asOf"), date(document.date))
    yield ox.Triple(claim, node("cl:claimedKind"), concept("link-kind", row.kind))
    yield ox.Triple(claim, node("cl:recordedUnder"), ox.NamedNode(here.iri))
    yield ox.Triple(claim, node("cl:locator"), ox.Literal(row.locator))
    yield ox.Triple(claim, node("dcterms:source"), source_of(document))
    if page := _page(document, row, here):
        yield ox.Triple(claim, node("foaf:page"), ox.NamedNode(page))
    if row.status:
        yield ox.Triple(claim, node("cl:claimedStatus"), concept("status", row.status))
    yield from lasting(claim, row.since, row.until)
    yield from _cited(claim, row.cites)


def _cited(claim: ox.NamedNode, cites: Iterable[Citation]) -> Iterator[ox.Triple]:
    """Write what a claim was derived from in its source, and on which day that was looked at."""
    for one in cites:
        for address in filter(None, (one.address, one.work)):
            yield ox.Triple(claim, node("prov:wasDerivedFrom"), ox.NamedNode(address))
        if one.retrieved:
            what = f"{one.address or one.work} was retrieved on {one.retrieved}"
            yield ox.Triple(claim, node("skos:note"), ox.Literal(what, language="en"))


def lasting(this: ox.NamedNode, since: str, until: str) -> Iterator[ox.Triple]:
    """Write when a thing began and ended, where that is told."""
    for name, text in (("cl:startDate", since), ("cl:endDate", until)):
        if text:
            yield ox.Triple(this, node(name), date(text))


def reported(passage: ox.NamedNode, document: Document, where: str) -> Iterator[ox.Triple]:
    """Describe a passage in which a document reports something, and where in it that is."""
    yield ox.Triple(passage, A, node("cl:Passage"))
    yield ox.Triple(passage, node("cl:passageOf"), source_of(document))
    yield ox.Triple(passage, node("cl:mode"), concept("evidence-mode", "reported"))
    yield ox.Triple(passage, node("cl:locator"), ox.Literal(where[:200]))


def _page(document: Document, row: LinkRow, here: City) -> str:
    """Return where a person can look today at what a row is about.

    That is the page of its subject, where the source has one for each item of Wikidata; else it is
    empty: the page of the document stands at the document.
    """
    item = row.here.wikidata or next(iter(here.items), "")
    return document.item_page.replace("{item}", item) if item else ""


def concept(scheme: str, word: str) -> ox.NamedNode:
    """Return the node of a concept."""
    return ox.NamedNode(f"{terms.SCHEME}{scheme}/{word}")
