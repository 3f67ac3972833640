"""A named graph as content: its sorted N-Triples, and the role that its IRI gives it.

A graph is the unit of provenance and of change; equal graphs have equal bytes and so equal hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise


class Role(StrEnum):
    """What a graph is in a release."""

    SOURCE = "source"
    CITIES = "cities"
    ONTOLOGY = "ontology"
    SCHEME = "scheme"
    SHAPES = "shapes"
    QUERIES = "queries"
    SETTINGS = "settings"
    DERIVED = "derived"


MERGED: Final = frozenset(
    {Role.SOURCE, Role.CITIES, Role.ONTOLOGY, Role.SCHEME, Role.SETTINGS, Role.DERIVED}
)
"""Roles whose triples stand once more, merged, in the default graph."""

WRITABLE: Final = frozenset({Role.SOURCE, Role.CITIES})
"""Roles that contributions have; all others come from the software or are computed."""

_RESERVED: Final = {
    terms.CITIES_GRAPH: Role.CITIES,
    terms.GRAPH + "ontology": Role.ONTOLOGY,
    terms.GRAPH + "alignments": Role.ONTOLOGY,
    terms.GRAPH + "wording": Role.ONTOLOGY,
    terms.SHAPES_GRAPH: Role.SHAPES,
    terms.QUERIES_GRAPH: Role.QUERIES,
    terms.SETTINGS_GRAPH: Role.SETTINGS,
    terms.DERIVED_GRAPH: Role.DERIVED,
}


def role_of(graph: str) -> Role:
    """Return the role of a graph by its IRI.

    >>> role_of("https://w3id.org/citylinks/graph/scheme-topic").value
    'scheme'
    >>> role_of("https://w3id.org/citylinks/graph/perm-twins").value
    'source'
    """
    if graph.startswith(terms.GRAPH + "scheme-"):
        return Role.SCHEME
    return _RESERVED.get(graph, Role.SOURCE)


@dataclass(frozen=True, eq=False)
class Graph:
    """A named graph: its IRI and its canonical, sorted N-Triples (UTF-8, one line a triple)."""

    iri: str
    ntriples: bytes = field(repr=False)

    def __eq__(self, other: object) -> bool:
        """Whether two graphs are one: their IRI and content are the same."""
        if not isinstance(other, Graph):
            return NotImplemented
        return (self.iri, self.sha256) == (other.iri, other.sha256)

    def __hash__(self) -> int:
        return hash((self.iri, self.sha256))

    @property
    def role(self) -> Role:
        """The role of the graph, which its IRI determines."""
        return role_of(self.iri)

    @cached_property
    def sha256(self) -> str:
        """Hash of the content, in hexadecimal."""
        return hashlib.sha256(self.ntriples).hexdigest()

    @property
    def content(self) -> bytes:
        """The N-Triples, for whoever looks at them once: they are not held in memory for it."""
        return self.ntriples

    @cached_property
    def lines(self) -> list[bytes]:
        """The triples, one line each, without line ends."""
        return self.ntriples.splitlines()

    def triples(self) -> list[ox.Triple]:
        """Parse the content, in its order."""
        return parse_lines(self.ntriples)

    def literal(self, predicate: str) -> str:
        """Return the first literal (or IRI) that the graph states of itself; empty if none."""
        start = f"<{self.iri}> <{predicate}> ".encode()
        found = next((line for line in self.lines if line.startswith(start)), None)
        if found is None:
            return ""
        value = parse_lines(found + b"\n")[0].object
        return value.value if isinstance(value, ox.Literal | ox.NamedNode) else ""


class KeptGraph(Graph):
    """A graph whose content is in a file, which is read when it is needed first."""

    def __init__(self, iri: str, sha256: str, read: Callable[[], bytes]) -> None:
        vars(self).update(iri=iri, sha256=sha256, _reader=read)

    @cached_property
    def ntriples(self) -> bytes:
        """Read the content."""
        return self._read()

    @property
    def content(self) -> bytes:
        """Read the content anew, where it is not held in memory."""
        held: bytes | None = vars(self).get("ntriples")
        return self._read() if held is None else held

    def _read(self) -> bytes:
        read: Callable[[], bytes] = vars(self)["_reader"]
        return read()


def from_lines(lines: Iterable[bytes]) -> bytes:
    """Write lines without line ends as sorted N-Triples."""
    # An empty line at the end gives the last one its line end.
    return b"\n".join([*sorted(lines), b""])


def lines_in(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines, without line ends, of N-Triples that come in blocks."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole


def parse_lines(ntriples: bytes) -> list[ox.Triple]:
    """Parse N-Triples that this software wrote."""
    return [quad.triple for quad in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES)]


def from_triples(iri: str, triples: Iterable[ox.Triple]) -> Graph:
    """Make a graph of triples that are in canonical form already."""
    return Graph(iri, from_lines(lines_of(triples)))


def lines_of(triples: Iterable[ox.Triple]) -> frozenset[bytes]:
    """Write triples as the lines that a graph has of them, without line ends."""
    return frozenset(serialise(triples, NTRIPLES).splitlines())
