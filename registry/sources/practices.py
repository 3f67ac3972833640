"""Practices: the graph that a source of heritage practices becomes, one practice for each row.

    practice ── cl:originCity ─▶ city          only where the row names a town
       │  │ cl:practiceType, cl:topic, cl:heritageKind, cl:heritageMeasure, cl:transferability,
       │  │ cl:startDate, cl:endDate, foaf:page
       │  └─ cl:runBy ─▶ organisation
       └─ cl:supportedBy ─▶ passage            the entry in the source

That it is carried out in the city stands in an implementation where the row tells in which stage:
with a beginning and no end it is operating, with an end before the source it is discontinued.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs import canonical
from registry.graphs.graph import Graph, from_triples
from registry.places.names import fold
from registry.sources.claims import LABEL, A, concept, described, lasting, node, reported
from registry.sources.labels import tag_of
from registry.sources.minting import City
from registry.sources.statements import Document, PracticeRow, key_of

_LONGEST: Final = 60
"""Characters of a name in a reference, after which digits of its hash tell it from others."""

_PERSON: Final = re.compile(
    r"^(?:(?:Mag|Dr|Prof|Ing|Dipl|Mr|Mrs|Ms|Konsul|Dott|Arch)\b\.?\s*)+", re.IGNORECASE
)
"""How a part of the name of an organisation begins that is the name of a person."""


@dataclass(frozen=True)
class Practised:
    """A row, and the city that it names; None where it names none, or that one is not known."""

    row: PracticeRow
    city: City | None

    def ref(self, document: Document) -> str:
        """The reference of the practice: the family of its source, and what that calls it."""
        return f"{document.family}-{_slug(self.row.ref)}"

    def stage(self, document: Document) -> str:
        """The stage in the city, of the scheme practice-stage; empty where it is not told."""
        if not self.row.since:
            return ""
        until, said = self.row.until, document.date
        precision = min(len(until), len(said))
        if not until:
            return "operating"
        return "discontinued" if until[:precision] < said[:precision] else ""


def graph_of(
    document: Document, practised: Iterable[Practised], provenance: Iterable[ox.Triple] = ()
) -> Graph:
    """Make the graph of a source, which states how it was made as well."""
    triples = (triple for one in practised for triple in _practice(document, one))
    whole = (*described(document), *provenance, *triples)
    return from_triples(terms.GRAPH + document.graph, map(canonical.triple, whole))


def organisation_of(text: str) -> str:
    """Return the name of an organisation without the persons that a source names with it.

    >>> organisation_of("Museums of Iron, Mag. Erika Muster")
    'Museums of Iron'
    """
    parts = [part.strip() for part in text.split(",")]
    return ", ".join(part for part in parts if part and not _PERSON.match(part))


def _practice(document: Document, practised: Practised) -> Iterator[ox.Triple]:
    """Write a practice, who runs it, where it is from, and where the source says so."""
    row, ref, tag = practised.row, practised.ref(document), tag_of(document)
    this = ox.NamedNode(terms.thing("practice", ref))
    passage = ox.NamedNode(terms.thing("passage", f"{document.graph}/{_slug(row.ref)}"))
    yield ox.Triple(this, A, node("cl:Practice"))
    yield ox.Triple(this, A, node("cl:HeritagePractice"))
    yield ox.Triple(this, LABEL, ox.Literal(row.title, language=tag))
    yield ox.Triple(this, node("cl:supportedBy"), passage)
    for name, scheme, word in (
        ("cl:practiceType", "practice-type", row.type),
        ("cl:topic", "topic", row.topic),
        ("cl:heritageKind", "heritage-kind", row.kind),
        ("cl:heritageMeasure", "heritage-measure", row.measure),
    ):
        if word:
            yield ox.Triple(this, node(name), concept(scheme, word))
    yield from lasting(this, row.since, row.until)
    if row.transferability:
        words = ox.Literal(row.transferability, language="en")
        yield ox.Triple(this, node("cl:transferability"), words)
    if row.page:
        yield ox.Triple(this, node("foaf:page"), ox.NamedNode(row.page))
    yield from _organisation(document, row, this, tag)
    yield from _carried_out(document, practised, this, passage)
    yield from reported(passage, document, f"entry {row.ref}")


def _organisation(
    document: Document, row: PracticeRow, this: ox.NamedNode, tag: str
) -> Iterator[ox.Triple]:
    """Write the organisation that runs a practice."""
    if name := organisation_of(row.organisation):
        ref = f"{document.family}-{_slug(name)}"
        organisation = ox.NamedNode(terms.thing("organisation", ref))
        yield ox.Triple(this, node("cl:runBy"), organisation)
        yield ox.Triple(organisation, A, node("org:FormalOrganization"))
        yield ox.Triple(organisation, LABEL, ox.Literal(name, language=tag))


def _carried_out(
    document: Document, practised: Practised, this: ox.NamedNode, passage: ox.NamedNode
) -> Iterator[ox.Triple]:
    """Write where a practice is from, and in which stage it is there."""
    city, stage = practised.city, practised.stage(document)
    if city is None:
        return
    yield ox.Triple(this, node("cl:originCity"), ox.NamedNode(city.iri))
    if not stage:
        return
    ref = f"{practised.ref(document)}/{city.ref}"
    there = ox.NamedNode(terms.thing("implementation", ref))
    label = ox.Literal(f"{practised.row.title} in {city.place.name}", language="en")
    yield ox.Triple(there, A, node("cl:PracticeImplementation"))
    yield ox.Triple(there, LABEL, label)
    yield ox.Triple(there, node("cl:implementationOf"), this)
    yield ox.Triple(there, node("cl:implementedIn"), ox.NamedNode(city.iri))
    yield ox.Triple(there, node("cl:stage"), concept("practice-stage", stage))
    yield ox.Triple(there, node("cl:supportedBy"), passage)


def _slug(text: str) -> str:
    """Make a part of a reference of a name.

    >>> _slug("Casa da Memória"), len(_slug("a" * 200))
    ('casa-da-memoria', 67)
    """
    slug = fold(text).replace(" ", "-") or "entry"
    if len(slug) <= _LONGEST:
        return slug
    return f"{slug[:_LONGEST].rstrip('-')}-{key_of([text])[:6]}"
