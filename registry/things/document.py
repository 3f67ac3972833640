"""The page of a source: all that was taken from it, place by place, or row by row."""

from __future__ import annotations

from dataclasses import dataclass

from registry import terms
from registry.things.page import PAGE_LENGTH, Citation, Pages, Value


@dataclass(frozen=True)
class PassageSupport:
    """A passage, and the things that it supports."""

    passage: Citation
    supports: tuple[Value, ...]


@dataclass(frozen=True)
class DocumentPage:
    """The panels of a source's page; of the rows of a table some are listed, from an offset on."""

    graphs: tuple[Value, ...]
    places: tuple[PassageSupport, ...]
    total: int
    rows: tuple[Value, ...]


def document(pages: Pages, iri: str, offset: int) -> DocumentPage:
    """Collect what was taken from a source."""
    lookup = pages.lookup
    supporting = lookup.subjects("dcterms:source", iri)
    graphs = [one for one in supporting if one.startswith(terms.GRAPH)]
    rows = [one for one in supporting if one not in set(graphs)]
    passages = [_place(pages, one) for one in lookup.subjects("cl:passageOf", iri)]
    return DocumentPage(
        tuple(map(pages.link, graphs)),
        tuple(sorted(passages, key=lambda place: place.passage.locator)),
        len(rows),
        tuple(map(pages.link, rows[offset : offset + PAGE_LENGTH])),
    )


def _place(pages: Pages, iri: str) -> PassageSupport:
    supported = pages.lookup.subjects("cl:supportedBy", iri)
    named = sorted(map(pages.link, supported), key=lambda value: value.words)
    return PassageSupport(pages.passage(iri), tuple(named))
