"""Statements about things of some kinds by some predicates, read from N-Triples or a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph
from registry.graphs.merging import merged


class Statement(NamedTuple):
    """A statement about a thing: its IRI, the predicate's prefixed name, value and language."""

    iri: str
    name: str
    value: str
    lang: str


class Reader:
    """Reads the statements about things of some kinds by some predicates (prefixed names)."""

    def __init__(self, kinds: Iterable[str], names: Iterable[str]) -> None:
        self._starts = tuple(terms.thing(kind, "") for kind in kinds)
        self._names = {terms.prefixed(name): name for name in names}
        self._predicates = {f"<{iri}>".encode() for iri in self._names}
        self._subjects = tuple(f"<{start}".encode() for start in self._starts)

    def read(self, graphs: Iterable[Graph]) -> Iterator[Statement]:
        """Yield the statements of merged graphs, all about one thing behind each other."""
        for block in merged(map(self._wanted, graphs)):
            yield from self._among(ox.parse(block, format=ox.RdfFormat.N_TRIPLES))

    def _wanted(self, graph: Graph) -> Iterator[bytes]:
        """Yield lines with one of the predicates: to parse all would take twice as long."""
        named, starts = self._predicates, self._subjects
        for block in graph.blocks():
            lines = (line for line in block.splitlines(keepends=True) if line.startswith(starts))
            if wanted := b"".join(line for line in lines if line.split(b" ", 2)[1] in named):
                yield wanted

    def read_of(self, store: ox.Store, iri: str) -> Iterator[Statement]:
        """Yield the statements about a thing in the default graph of a store."""
        quads = store.quads_for_pattern(ox.NamedNode(iri), None, None, ox.DefaultGraph())
        return self._among(quads)

    def _among(self, quads: Iterable[ox.Quad]) -> Iterator[Statement]:
        for quad in quads:
            name = self._names.get(quad.predicate.value)
            if name is None or not isinstance(quad.subject, ox.NamedNode):
                continue
            iri, value = quad.subject.value, quad.object
            if iri.startswith(self._starts) and isinstance(value, ox.NamedNode | ox.Literal):
                lang = value.language if isinstance(value, ox.Literal) else None
                yield Statement(iri, name, value.value, lang or "")
