"""Claims: the statements that drafts become, as the curated files make them.

    what is said ── cl:supportedBy ──▶ passage ── cl:passageOf ──▶ document ── dcterms:publisher

What a kind of draft says is written by its own module of `kinds`; the graph, the document, its
publisher and the passage are written here. All links of a month stand in one graph, which names
each of their documents as its source; proposals of other kinds have a graph each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from registry import formats, terms
from registry.contribute.drafts import LANGUAGES, Draft, Source
from registry.contribute.kinds import KINDS
from registry.contribute.known import Known
from registry.contribute.writing import Writing, digits, slug
from registry.graphs.statements import Properties, Value, write
from registry.identity.ledger import LedgerEntry
from registry.sources.claims import concept
from registry.sources.provenance import date

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
"""The licence under which contributions stand, as curated data do."""

LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WHOLE: Final = "the whole document"


@dataclass(frozen=True)
class Written:
    """The statements of drafts: their graph, their content, and what they mint.

    `rows` has, for each thing that is described, the first draft that describes it, from 0;
    `passage` is the passage of the first draft, which no other proposal has.
    """

    graph: str
    triples: tuple[ox.Triple, ...]
    minted: tuple[LedgerEntry, ...]
    rows: Mapping[str, int]
    passage: str

    @property
    def ntriples(self) -> bytes:
        """The statements as N-Triples."""
        return write(self.triples, formats.NTRIPLES)

    @property
    def quads(self) -> list[ox.Quad]:
        """The statements in their graph."""
        graph = ox.NamedNode(self.graph)
        return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in self.triples]


def graph_name(drafts: Sequence[Draft], number: int, day: str) -> str:
    """Name the graph of a proposal: that of its month, or one of its own.

    >>> graph_name([Draft("link", {})], 17, "2026-11-30")
    'contributions-2026-11'
    >>> graph_name([Draft("city", {})], 17, "2026-11-30")
    'contributions-2026-11-17'
    """
    month = f"contributions-{day[:7]}"
    return f"{month}-{number}" if KINDS[drafts[0].kind].own_graph else month


def written(
    drafts: Sequence[Draft], number: int, day: str, known: Known, graph: str = ""
) -> Written:
    """Write drafts as statements, given the number of their proposal and the day it was sent.

    They are the same however often they are written, so that each draft makes one claim. Without
    the name of a `graph` they are in that of `graph_name`.
    """
    graph = graph or graph_name(drafts, number, day)
    triples: dict[ox.Triple, None] = {}
    minted: dict[str, LedgerEntry] = {}
    rows: dict[str, int] = {}
    first = ""
    for row, (draft, key) in enumerate(zip(drafts, _keys(drafts, number), strict=True)):
        made = _one(draft, key, day, known, graph)
        triples |= made.triples
        minted |= {line.iri: line for line in made.minted if line.iri not in minted}
        rows |= {s: row for t in made.triples if (s := str(t.subject).strip("<>")) not in rows}
        first = first or made.passage
    return Written(terms.GRAPH + graph, tuple(triples), tuple(minted.values()), rows, first)


def passage_of(drafts: Sequence[Draft], number: int) -> str:
    """Return the IRI of the passage of the first draft of a proposal, which tells it by itself."""
    return _passage(document_ref(drafts[0].source), _keys(drafts, number)[0])


def _keys(drafts: Sequence[Draft], number: int) -> list[str]:
    """Return the keys of the drafts of a proposal: its number, and that of the row of a table."""
    if len(drafts) == 1:
        return [str(number)]
    return [f"{number}-{row}" for row in range(1, len(drafts) + 1)]


def _one(draft: Draft, key: str, day: str, known: Known, graph: str) -> Writing:
    """Write one draft, with its graph and source."""
    document, source = document_ref(draft.source), draft.source
    made = Writing(draft, known, graph, key, _passage(document, key), day)
    _graph(made, document)
    KINDS[draft.kind].write(made)
    title = source.title or source.address
    where = source.locator or _WHOLE
    made.mint("document", document, title)
    made.mint("passage", f"{document}/{key}", f"{title}, {where}")
    _document(made, document, _publisher(made))
    made.say(
        made.passage,
        {
            "rdf:type": "cl:Passage",
            "cl:passageOf": terms.thing("document", document),
            "cl:mode": concept("evidence-mode", "reported").value,
            "cl:locator": ox.Literal(where),
        },
    )
    return made


def _graph(made: Writing, document: str) -> None:
    title = f"Contributions of {_MONTHS[int(made.day[5:7]) - 1]} {made.day[:4]}"
    if KINDS[made.draft.kind].own_graph:
        title += f", number {made.key.partition('-')[0]}"
    made.say(
        terms.GRAPH + made.graph,
        {
            "rdf:type": "dcat:Dataset",
            "dcterms:title": ox.Literal(title, language="en"),
            "dcterms:license": LICENCE,
            "dcterms:source": terms.thing("document", document),
        },
    )


def _publisher(made: Writing) -> str:
    """Return the publisher of the source, which is described where it is not known."""
    source = made.draft.source
    if not source.publisher:
        return ""
    if known := made.known.publisher(source.publisher):
        return known
    label = ox.Literal(source.publisher, language=source.language)
    ref = f"{slug(source.publisher) or 'publisher'}-{digits(source.publisher)}"
    properties: Properties = {"rdf:type": "org:FormalOrganization", "skos:prefLabel": label}
    return made.described("organisation", ref, source.publisher, properties)


def _document(made: Writing, ref: str, publisher: str) -> None:
    source = made.draft.source
    title = source.title or f"Page of {urlsplit(source.address).netloc}"
    dated: dict[str, Value] = {"dcterms:issued": date(source.date)}
    if source.undated:
        dated = {"cl:issuedLatest": date(source.date)}
    made.say(
        terms.thing("document", ref),
        {
            "rdf:type": "cl:SourceDocument",
            "dcterms:title": ox.Literal(title, language=source.language if source.title else "en"),
            "dcterms:language": LANGUAGE + LANGUAGES[source.language],
            "dcterms:publisher": publisher,
            "foaf:page": source.address,
            "cl:sourceFamily": ox.Literal(_family(source)),
            **dated,
        },
    )


def _passage(document: str, key: str) -> str:
    return terms.thing("passage", f"{document}/{key}")


def document_ref(source: Source) -> str:
    """Name a document by its family, its date, and digits of the hash of what describes it."""
    parts = (source.title, source.address, source.date, source.publisher, source.language)
    described = "\x1f".join((*parts, str(source.undated)))
    return f"{_family(source)}-{source.date}-{digits(described)}"


def _family(source: Source) -> str:
    """Name the family of a document: who published it, else where it stands, else its title."""
    host = urlsplit(source.address).netloc.rpartition("@")[2].partition(":")[0]
    named = (source.publisher, host.removeprefix("www."), source.title)
    return next(filter(None, map(slug, named)), "document")
