"""Statements about things of some kinds by some predicates, read from N-Triples or a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, parse_lines
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
        self._predicates = {f"<{iri}>".encode(): name for iri, name in self._names.items()}
        self._subjects = tuple(f"<{start}".encode() for start in self._starts)

    def read(self, graphs: Iterable[Graph]) -> Iterator[Statement]:
        """Yield the statements of merged graphs, all about one thing behind each other."""
        named = self._predicates
        for block in merged(map(self._wanted, graphs)):
            for line in block.splitlines():
                subject, predicate, rest = line.split(b" ", 2)
                if found := _cut(rest) or _value(parse_lines(line)[0].object):
                    yield Statement(subject[1:-1].decode(), named[predicate], *found)

    def _wanted(self, graph: Graph) -> Iterator[bytes]:
        """Yield the lines about such things with one of the predicates."""
        named, starts = self._predicates, self._subjects
        for block in graph.blocks():
            lines = (line for line in block.splitlines(keepends=True) if line.startswith(starts))
            if wanted := b"".join(line for line in lines if line.split(b" ", 2)[1] in named):
                yield wanted

    def read_of(self, store: ox.Store, iri: str) -> Iterator[Statement]:
        """Yield the statements about a thing in the default graph of a store."""
        if not iri.startswith(self._starts):
            return
        for quad in store.quads_for_pattern(ox.NamedNode(iri), None, None, ox.DefaultGraph()):
            name, found = self._names.get(quad.predicate.value), _value(quad.object)
            if name and found:
                yield Statement(iri, name, *found)


def _cut(rest: bytes) -> tuple[str, str] | None:
    r"""Cut value and language out of the end of a canonical line; None where a parser has to.

    There are millions of them, and a parser makes objects of all their terms.

    >>> _cut(b'"Perm"@en .'), _cut(b'"7"^^<a:b> .'), _cut(b'<a:b> .'), _cut(rb'"\"" .')
    (('Perm', 'en'), ('7', ''), ('a:b', ''), None)
    """
    if b"\\" in rest or rest.startswith(b"<<"):
        return None
    if rest.startswith(b"<"):
        return rest[1:-3].decode(), ""
    value, _, behind = rest[1:-2].rpartition(b'"')
    return value.decode(), behind[1:].decode() if behind.startswith(b"@") else ""


def _value(term: object) -> tuple[str, str] | None:
    """Return the value and language of an IRI or a literal; None for other terms."""
    if not isinstance(term, ox.NamedNode | ox.Literal):
        return None
    return term.value, (term.language or "") if isinstance(term, ox.Literal) else ""
