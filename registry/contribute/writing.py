"""Writing a draft as statements: each thing named after what it is of, each new one minted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from anyascii import anyascii

from registry import terms
from registry.contribute.drafts import Draft
from registry.contribute.fields import NEW
from registry.contribute.known import Known
from registry.graphs.statements import Properties, triples_of
from registry.identity.ledger import LedgerEntry
from registry.sources.claims import concept
from registry.sources.provenance import date

CONTRIBUTION: Final = "contribution"
"""Stands in the ledger under `decided` where an accepted proposal minted a reference."""

_SLUG: Final = 48
"""Characters that a name may have in a reference."""

_AGENTS: Final = ("organisation", "authority", "association", "community", "body", "network")
_CLASSES: Final = {"organisation": "org:FormalOrganization", "community": "cl:BearerCommunity"}


@dataclass
class Writing:
    """A draft that is being written into a graph; `key` tells it from the others in there.

    `passage` is the IRI of the place in its source that says it, `day` the one on which it was
    sent.
    """

    draft: Draft
    known: Known
    graph: str
    key: str
    passage: str
    day: str
    triples: dict[ox.Triple, None] = field(default_factory=dict)
    minted: list[LedgerEntry] = field(default_factory=list)

    def say(self, subject: str, properties: Properties) -> None:
        """State values of a thing by property."""
        self.triples |= dict.fromkeys(triples_of(subject, properties))

    def mint(
        self, kind: str, ref: str, label: str, known: tuple[str, str, str] = ("", "", "")
    ) -> str:
        """Note in the ledger a thing that may be new there; return its IRI.

        Of a city its GeoNames number, Wikidata item and country (three letters) are `known`.
        """
        entry = LedgerEntry(ref, kind, *known, label, CONTRIBUTION, self.day, "")
        self.minted.append(entry)
        return entry.iri

    def own(self, *parts: str) -> str:
        """Return a reference that is this draft's own, below those of some things."""
        return "/".join((*parts, self.graph, self.key))

    def described(self, kind: str, ref: str, label: str, properties: Properties) -> str:
        """Describe a new thing, which has its source; return its IRI."""
        iri = self.mint(kind, ref, label)
        self.say(iri, {**properties, "cl:supportedBy": self.passage})
        return iri

    def agent(self, name: str, language: str, kind: str = "organisation") -> str:
        """Return the IRI of an organisation or community, which is described where it is new."""
        if found := self.known.called(name, _AGENTS):
            return found
        label = ox.Literal(name, language=language)
        properties: Properties = {"rdf:type": _CLASSES[kind], "skos:prefLabel": label}
        return self.described(kind, f"{slug(name) or kind}-{digits(name)}", name, properties)

    def thing(self, name: str) -> str:
        """Return the IRI of the thing of a field; empty where it has none, or a new one."""
        value = self.draft[name]
        return iri_of(value) if value and not value.startswith(NEW) else ""

    def new(self, name: str) -> str:
        """Return the name of the new thing of a field; empty where it is known."""
        value = self.draft[name]
        return value.removeprefix(NEW) if value.startswith(NEW) else ""

    def concept(self, scheme: str, name: str) -> str:
        """Return the concept of a field; empty where it has none."""
        return concept(scheme, self.draft[name]).value if self.draft[name] else ""

    def date(self, name: str) -> ox.Literal | str:
        """Return the date of a field; empty where it has none."""
        return date(self.draft[name]) if self.draft[name] else ""

    def text(self, name: str, language: str = "") -> ox.Literal | str:
        """Return the text of a field, in the language of the draft; empty where it has none."""
        text = self.draft[name]
        return ox.Literal(text, language=language or self.draft.worded) if text else ""


def iri_of(value: str) -> str:
    """Return the IRI of the thing of a value: of a city by its reference, of others by their kind.

    >>> iri_of("pavia-3171366") == iri_of("city/pavia-3171366")
    True
    """
    return terms.ID + value if "/" in value else terms.thing("city", value)


def id_of(value: str) -> str:
    """Return the kind and reference of the thing of a value; empty for a new one.

    >>> id_of("pavia-3171366"), id_of("network/ec2u"), id_of("+A new network")
    ('city/pavia-3171366', 'network/ec2u', '')
    """
    if not value or value.startswith(NEW):
        return ""
    return value if "/" in value else f"city/{value}"


def ref_of(iri: str) -> str:
    """Return the reference in an IRI.

    >>> ref_of("https://w3id.org/citylinks/id/city/pavia-3171366")
    'pavia-3171366'
    """
    return (terms.kind_and_ref(iri) or ("", ""))[1]


def digits(text: str) -> str:
    """Return digits of the hash of a text, which tell it from others."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def slug(text: str) -> str:
    """Write a name in a-z, 0-9 and hyphens.

    >>> slug("Comune di Pavia"), slug("oxford.gov.uk"), slug("!")
    ('comune-di-pavia', 'oxford-gov-uk', '')
    """
    plain = "".join(c if c.isascii() and c.isalnum() else " " for c in anyascii(text).lower())
    made = ""
    for word in plain.split():
        if len(made) + len(word) > _SLUG:
            break
        made += f"-{word}" if made else word
    return made or "".join(plain.split())[:_SLUG]
