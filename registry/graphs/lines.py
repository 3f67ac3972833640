"""Statements about things of some kinds by some predicates, read from N-Triples or a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from registry import terms


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

    def read(self, ntriples: bytes) -> Iterator[Statement]:
        """Yield the statements of a graph in canonical form, in its order."""
        # To parse all lines would take twice as long: most have another predicate.
        named = self._predicates
        wanted = [line for line in ntriples.splitlines(True) if line.split(b" ", 2)[1] in named]
        return self._among(ox.parse(b"".join(wanted), format=ox.RdfFormat.N_TRIPLES))

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
