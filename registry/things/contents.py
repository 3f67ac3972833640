"""What a named graph describes: its things, by class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.things.labels import Words
from registry.things.page import Pages, Statement, Value

SHOWN: Final = 200
"""Things of one class on the page of a graph."""


@dataclass(frozen=True)
class Contents:
    """What a graph says of itself, and the things it describes, by class: how many, and some."""

    about: tuple[Statement, ...]
    classes: tuple[tuple[Words, int, tuple[Value, ...]], ...]


def contents(pages: Pages, graph: str) -> Contents:
    """List what a graph describes."""
    by_class: dict[str, set[str]] = defaultdict(set)
    named, kinds = ox.NamedNode(graph), ox.NamedNode(terms.RDF_TYPE)
    for quad in pages.lookup.store.quads_for_pattern(None, kinds, None, named):
        thing, kind = quad.subject, quad.object
        if thing != named and isinstance(thing, ox.NamedNode) and isinstance(kind, ox.NamedNode):
            by_class[kind.value].add(thing.value)
    classes = [
        (pages.labels.of(name), len(things), _some(pages, things))
        for name, things in by_class.items()
    ]
    about = pages.statements(pages.lookup.outgoing(graph))
    return Contents(tuple(about), tuple(sorted(classes, key=lambda row: row[0])))


def _some(pages: Pages, things: set[str]) -> tuple[Value, ...]:
    values = (pages.link(iri) for iri in sorted(things)[:SHOWN])
    return tuple(sorted(values, key=lambda value: value.words))
