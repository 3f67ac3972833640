"""The page of a source: all that was taken from it, place by place, or row by row."""

from __future__ import annotations

from dataclasses import dataclass

from registry import terms
from registry.things.page import PAGE_LENGTH, Pages, Source, Value


@dataclass(frozen=True)
class Place:
    """A passage, and the things that it supports."""

    passage: Source
    supports: tuple[Value, ...]


@dataclass(frozen=True)
class Document:
    """The panels of a source's page; of the rows of a table some are listed, from an offset on."""

    graphs: tuple[Value, ...]
    places: tuple[Place, ...]
    total: int
    rows: tuple[Value, ...]


def document(pages: Pages, iri: str, offset: int) -> Document:
    """Collect what was taken from a source."""
    lookup = pages.lookup
    supporting = lookup.subjects("dcterms:source", iri)
    graphs = [one for one in supporting if one.startswith(terms.GRAPH)]
    rows = [one for one in supporting if one not in set(graphs)]
    passages = [_place(pages, one) for one in lookup.subjects("cl:passageOf", iri)]
    return Document(
        tuple(map(pages.link, graphs)),
        tuple(sorted(passages, key=lambda place: place.passage.locator)),
        len(rows),
        tuple(map(pages.link, rows[offset : offset + PAGE_LENGTH])),
    )


def _place(pages: Pages, iri: str) -> Place:
    supported = pages.lookup.subjects("cl:supportedBy", iri)
    named = sorted(map(pages.link, supported), key=lambda value: value.words)
    return Place(pages.passage(iri), tuple(named))
