"""Lines of canonical N-Triples: what is said of things of some kinds by some predicates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise


class Statement(NamedTuple):
    """What is said of a thing by one of the predicates that are read: its IRI begins it."""

    iri: str
    name: str
    value: str
    lang: str


class Reader:
    """Reads what is said of things of some kinds by some predicates, given as prefixed names.

    To read no other line takes a third of the time.
    """

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
        """Yield what a graph says."""
        for subject, predicate, iri, text, lang in self._line.findall(ntriples):
            value = (iri or text).decode()
            if "\\" in value:
                value = _unescaped(value)
            yield Statement(subject.decode(), self._names[predicate], value, lang.decode())

    def read_of(self, store: ox.Store, iri: str) -> Iterator[Statement]:
        """Return what the default graph of a store says of a thing."""
        quads = store.quads_for_pattern(ox.NamedNode(iri), None, None, ox.DefaultGraph())
        return self.read(serialise((quad.triple for quad in quads), NTRIPLES))


def _unescaped(text: str) -> str:
    """Read a literal with escapes (N-Triples, section 2.4)."""
    (quad,) = ox.parse(f'_:s <p:p> "{text}" .', format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.Literal)
    return quad.object.value
