"""Lines of canonical N-Triples: statements about things of some kinds by some predicates.

This regular expression reads only N-Triples that this software wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise


class Statement(NamedTuple):
    """A statement about a thing: its IRI, the predicate's prefixed name, value and language."""

    iri: str
    name: str
    value: str
    lang: str


class Reader:
    """Reads the statements about things of some kinds by some predicates (prefixed names)."""

    def __init__(self, kinds: Iterable[str], names: Iterable[str]) -> None:
        self._names = {terms.prefixed(name).encode(): name for name in names}
        self._line = re.compile(
            rb"^<(%b(?:%b)/[^>]*)> <(%b)> (?:<([^>]*)>|\"(.*)\"(?:@([a-z0-9-]+)|\^\^<[^>]*>)?) \.$"
            % (
                re.escape(terms.ID.encode()),
                "|".join(kinds).encode(),
                b"|".join(map(re.escape, self._names)),
            ),
            re.MULTILINE,
        )

    def read(self, ntriples: bytes) -> Iterator[Statement]:
        """Yield the statements of a graph, in its order."""
        for subject, predicate, iri, text, lang in self._line.findall(ntriples):
            value = (iri or text).decode()
            if "\\" in value:
                # Escapes are rare; the engine knows them all (N-Triples, section 2.4).
                (quad,) = ox.parse(f'_:s <p:p> "{value}" .', format=ox.RdfFormat.N_TRIPLES)
                assert isinstance(quad.object, ox.Literal)
                value = quad.object.value
            yield Statement(subject.decode(), self._names[predicate], value, lang.decode())

    def read_of(self, store: ox.Store, iri: str) -> Iterator[Statement]:
        """Yield the statements about a thing in the default graph of a store."""
        quads = store.quads_for_pattern(ox.NamedNode(iri), None, None, ox.DefaultGraph())
        return self.read(serialise((quad.triple for quad in quads), NTRIPLES))
