"""Claims: the statements that a draft becomes, as the curated files make them.

    link ── cl:claim ──▶ claim ── cl:supportedBy ──▶ passage ── cl:passageOf ──▶ document
     └ cl:party ▶ cities   └ cl:asOf: the date of the document      publisher ◀──┘

All contributions of a month stand in one graph, which names each of their documents as its source.
A claim says nothing of the entry under which a list has it (`cl:recordedUnder`): a page does not
leave out what it does not mention. What other graphs call the link is what this one calls it, since
a thing has one name in each language.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox
from anyascii import anyascii

from registry import formats, terms
from registry.contribute.drafts import LANGUAGES, STATUS, LinkDraft, Source
from registry.graphs.statements import Value, triples_of, write
from registry.identity.ledger import LedgerEntry
from registry.places.names import fold
from registry.sources.claims import concept
from registry.sources.labels import UNTOLD
from registry.sources.provenance import date
from registry.things.lookup import Lookup
from registry.views.names import NameIndex

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
"""The licence under which contributions stand, as curated data do."""

CONTRIBUTION: Final = "contribution"
"""Stands in the ledger under `decided` where an accepted proposal minted a reference."""

_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_PUBLISHERS: Final = ("organisation", "authority")
_WHOLE: Final = "the whole document"
_SLUG: Final = 48
"""Characters that a name may have in a reference."""


@dataclass(frozen=True)
class Known:
    """What a release has already: it is named as it is called there, and not described anew."""

    lookup: Lookup
    names: NameIndex

    def city(self, ref: str) -> str:
        """Return the IRI of a city of the release; empty where it has none of this reference."""
        found = self.names.thing("city", ref)
        return found.iri if found else ""

    def name_of_link(self, draft: LinkDraft) -> str:
        """Return the name of a link without a language: that of other graphs, else its cities'."""
        stated = self.lookup.literals(terms.thing("link", draft.link), "skos:prefLabel")
        name = next((label.value for label in stated if label.language == UNTOLD), "")
        return name or "–".join(map(self._label, draft.link.split("--")))

    def _label(self, ref: str) -> str:
        found = self.names.thing("city", ref)
        return found.label if found else ref

    def authority(self, refs: Iterable[str]) -> str:
        """Return the IRI of the authority that governs one of some cities; empty if not known."""
        cities = (terms.thing("city", ref) for ref in refs)
        found = (self.lookup.subjects("cl:governs", city) for city in cities)
        return next((sorted(some)[0] for some in found if some), "")

    def publisher(self, name: str) -> str:
        """Return the IRI of the one organisation that is called so; empty where there is none."""
        named = {thing for thing, main in self.names.named(fold(name)) if main}
        found = [thing for thing in named if thing.kind in _PUBLISHERS]
        return found[0].iri if len(found) == 1 else ""


@dataclass(frozen=True)
class Written:
    """The statements of a draft: their graph, their content, and what they mint."""

    graph: str
    triples: tuple[ox.Triple, ...]
    minted: tuple[LedgerEntry, ...]
    rows: Mapping[str, int]
    """For each thing that is described, the first draft that describes it, from 0."""

    @property
    def ntriples(self) -> bytes:
        """The statements as N-Triples."""
        return write(self.triples, formats.NTRIPLES)


def graph_name(day: str) -> str:
    """Return the name of the graph of the contributions of a month.

    >>> graph_name("2026-11-30")
    'contributions-2026-11'
    """
    return f"contributions-{day[:7]}"


def claim_iri(drafts: Sequence[LinkDraft], number: int, graph: str) -> str:
    """Return the IRI of the first claim of a proposal, in the graph of a name."""
    return terms.thing("claim", f"{drafts[0].link}/{graph}/{_keys(drafts, number)[0]}")


def _keys(drafts: Sequence[LinkDraft], number: int) -> list[str]:
    """Return the keys of the claims of a proposal: its number, and that of the row of a table."""
    if len(drafts) == 1:
        return [str(number)]
    return [f"{number}-{row}" for row in range(1, len(drafts) + 1)]


def written(
    drafts: Sequence[LinkDraft], number: int, day: str, known: Known, graph: str = ""
) -> Written:
    """Write drafts as statements, given the number of their proposal and the day it was sent.

    They are the same however often they are written, so that each draft makes one claim. Without
    the name of a `graph` they are in that of their month.
    """
    graph = graph or graph_name(day)
    triples: dict[ox.Triple, None] = {}
    minted: dict[str, LedgerEntry] = {}
    rows: dict[str, int] = {}
    for row, (draft, key) in enumerate(zip(drafts, _keys(drafts, number), strict=True)):
        said, lines = _one(draft, key, day, known, graph)
        triples |= dict.fromkeys(said)
        minted |= {line.iri: line for line in lines if line.iri not in minted}
        rows |= {s: row for t in said if (s := str(t.subject).strip("<>")) not in rows}
    return Written(terms.GRAPH + graph, tuple(triples), tuple(minted.values()), rows)


def _one(
    draft: LinkDraft, key: str, day: str, known: Known, graph: str
) -> tuple[list[ox.Triple], list[LedgerEntry]]:
    """Write one draft; return what it says, and the lines that the ledger gets."""
    document = _document_ref(draft.source)
    claim = terms.thing("claim", f"{draft.link}/{graph}/{key}")
    refs = _Refs(graph, document, f"{document}/{key}", claim)
    publisher = known.publisher(draft.source.publisher) if draft.source.publisher else ""
    new = "" if publisher or not draft.source.publisher else _publisher_ref(draft.source.publisher)
    by = publisher or (terms.thing("organisation", new) if new else "")
    triples = [
        *_graph(refs, day),
        *_document(refs, draft.source, by),
        *_claim(refs, draft, known),
        *(_publisher(refs, draft.source, new) if new else ()),
    ]
    return triples, list(_lines(refs, draft, new, day, known.name_of_link(draft)))


@dataclass(frozen=True)
class _Refs:
    """The names of what a draft is written as; `claim` is an IRI."""

    graph: str
    document: str
    passage: str
    claim: str


def _graph(refs: _Refs, day: str) -> Iterator[ox.Triple]:
    month = f"{_MONTHS[int(day[5:7]) - 1]} {day[:4]}"
    return triples_of(
        terms.GRAPH + refs.graph,
        {
            "rdf:type": "dcat:Dataset",
            "dcterms:title": ox.Literal(f"Contributions of {month}", language="en"),
            "dcterms:license": LICENCE,
            "dcterms:source": terms.thing("document", refs.document),
        },
    )


def _document(refs: _Refs, source: Source, publisher: str) -> Iterator[ox.Triple]:
    title = source.title or f"Page of {urlsplit(source.address).netloc}"
    dated: dict[str, Value] = {"dcterms:issued": date(source.date)}
    if source.undated:
        dated = {"cl:issuedLatest": date(source.date)}
    return triples_of(
        terms.thing("document", refs.document),
        {
            "rdf:type": "cl:SourceDocument",
            "dcterms:title": ox.Literal(title, language=source.language if source.title else "en"),
            "dcterms:language": _LANGUAGE + LANGUAGES[source.language],
            "dcterms:publisher": publisher,
            "foaf:page": source.address,
            "cl:sourceFamily": ox.Literal(_family(source)),
            **dated,
        },
    )


def _publisher(refs: _Refs, source: Source, ref: str) -> Iterator[ox.Triple]:
    return triples_of(
        terms.thing("organisation", ref),
        {
            "rdf:type": "org:FormalOrganization",
            "skos:prefLabel": ox.Literal(source.publisher, language=source.language),
            "cl:supportedBy": terms.thing("passage", refs.passage),
        },
    )


def _claim(refs: _Refs, draft: LinkDraft, known: Known) -> Iterator[ox.Triple]:
    link, passage = terms.thing("link", draft.link), terms.thing("passage", refs.passage)
    yield from triples_of(
        link,
        {
            "rdf:type": "cl:CityLink",
            "skos:prefLabel": ox.Literal(known.name_of_link(draft), language=UNTOLD),
            "cl:party": [terms.thing("city", ref) for ref in (draft.one, draft.other)],
            "cl:claim": refs.claim,
            "cl:supportedBy": passage,
        },
    )
    yield from triples_of(refs.claim, {"rdf:type": "cl:LinkClaim", **_said(draft)})
    yield from triples_of(refs.claim, {"cl:supportedBy": passage})
    yield from triples_of(
        passage,
        {
            "rdf:type": "cl:Passage",
            "cl:passageOf": terms.thing("document", refs.document),
            "cl:mode": concept("evidence-mode", "reported").value,
            "cl:locator": ox.Literal(draft.source.locator or _WHOLE),
        },
    )


def _said(draft: LinkDraft) -> dict[str, Value | list[str]]:
    """Return what a claim says, by property."""
    said: dict[str, Value | list[str]] = {
        "cl:asOf": date(draft.source.date),
        "cl:claimedKind": concept("link-kind", draft.kind).value,
    }
    if draft.stated_by:
        said["cl:statedBy"] = draft.stated_by
    if draft.began:
        said["cl:startDate"] = date(draft.began)
    if draft.says not in STATUS:
        return said
    said["cl:claimedStatus"] = concept("status", STATUS[draft.says]).value
    said["cl:decidedByParty"] = [terms.thing("city", ref) for ref in draft.deciders]
    if draft.changed:
        said["cl:statusSince"] = date(draft.changed)
    if draft.says == "ended":
        said["cl:endDate"] = date(draft.changed)
    if draft.reason:
        said["cl:statusReason"] = ox.Literal(draft.reason, language=draft.worded)
    return said


def _lines(
    refs: _Refs, draft: LinkDraft, publisher: str, day: str, name: str
) -> Iterator[LedgerEntry]:
    """Yield the lines that the ledger gets, for those things that it does not know yet."""
    title = draft.source.title or draft.source.address
    claim = refs.claim.removeprefix(terms.thing("claim", ""))
    minted = (
        (draft.link, "link", name),
        (claim, "claim", f"{name}, according to {title}"),
        (refs.document, "document", title),
        (refs.passage, "passage", f"{title}, {draft.source.locator or _WHOLE}"),
        *([(publisher, "organisation", draft.source.publisher)] if publisher else []),
    )
    for ref, kind, label in minted:
        yield LedgerEntry(ref, kind, "", "", "", label, CONTRIBUTION, day, "")


def _document_ref(source: Source) -> str:
    """Name a document by its family, its date, and digits of the hash of what describes it."""
    parts = (source.title, source.address, source.date, source.publisher, source.language)
    described = "\x1f".join((*parts, str(source.undated)))
    return f"{_family(source)}-{source.date}-{_digits(described)}"


def _publisher_ref(name: str) -> str:
    return f"{_slug(name) or 'publisher'}-{_digits(name)}"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _family(source: Source) -> str:
    """Name the family of a document: who published it, else where it stands, else its title."""
    host = urlsplit(source.address).netloc.rpartition("@")[2].partition(":")[0]
    named = (source.publisher, host.removeprefix("www."), source.title)
    return next(filter(None, map(_slug, named)), "document")


def _slug(text: str) -> str:
    """Write a name in a-z, 0-9 and hyphens.

    >>> _slug("Comune di Pavia"), _slug("oxford.gov.uk"), _slug("!")
    ('comune-di-pavia', 'oxford-gov-uk', '')
    """
    plain = "".join(c if c.isascii() and c.isalnum() else " " for c in anyascii(text).lower())
    slug = ""
    for word in plain.split():
        if len(slug) + len(word) > _SLUG:
            break
        slug += f"-{word}" if slug else word
    return slug or "".join(plain.split())[:_SLUG]
