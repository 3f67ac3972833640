"""A named graph as content: its sorted N-Triples, and the role that its IRI gives it.

A graph is the unit of provenance and of change; equal graphs have equal bytes and so equal hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.files import BLOCK
from registry.formats import NTRIPLES, serialise
from registry.graphs.merging import merged
from registry.graphs.spool import Spool


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
        digest = hashlib.sha256()
        for block in self.blocks():
            digest.update(block)
        return digest.hexdigest()

    @cached_property
    def length(self) -> int:
        """The bytes of the content."""
        return sum(map(len, self.blocks()))

    @cached_property
    def count(self) -> int:
        """The number of triples."""
        return sum(block.count(b"\n") for block in self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in blocks of whole lines."""
        at = 0
        while at < len(self.ntriples):
            end = self.ntriples.find(b"\n", at + BLOCK) + 1 or len(self.ntriples)
            yield self.ntriples[at:end]
            at = end

    def has(self, text: bytes) -> bool:
        """Whether a text without line ends is anywhere in the content."""
        return any(text in block for block in self.blocks())

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
        for block in self.blocks():
            at = 0 if block.startswith(start) else block.find(b"\n" + start) + 1
            if at or block.startswith(start):
                value = parse_lines(block[at : block.index(b"\n", at) + 1])[0].object
                return value.value if isinstance(value, ox.Literal | ox.NamedNode) else ""
            if block > start:
                break  # What follows is behind it in the order of lines.
        return ""


class KeptGraph(Graph):
    """A graph whose content is in a file; `ntriples` and `lines` read it into memory."""

    def __init__(
        self, iri: str, sha256: str, length: int, count: int, read: Callable[[], Iterable[bytes]]
    ) -> None:
        vars(self).update(iri=iri, sha256=sha256, length=length, count=count, _reader=read)

    @cached_property
    def ntriples(self) -> bytes:
        """Read the content."""
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in blocks of whole lines, from the file where it is not in memory."""
        if "ntriples" in vars(self):
            return super().blocks()
        read: Callable[[], Iterable[bytes]] = vars(self)["_reader"]
        return whole_lines(read())


def spooled(iri: str, blocks: Iterable[bytes], folder: Path | None = None) -> Graph:
    """Make a graph of its sorted N-Triples, which are in a file in a folder where they are long."""
    spool, digest, count = Spool(folder), hashlib.sha256(), 0
    for block in blocks:
        spool.write(block)
        digest.update(block)
        count += block.count(b"\n")
    return KeptGraph(iri, digest.hexdigest(), spool.length, count, spool.blocks)


def from_lines(lines: Iterable[bytes]) -> bytes:
    """Write lines without line ends as sorted N-Triples."""
    # An empty line at the end gives the last one its line end.
    return b"\n".join([*sorted(lines), b""])


def replaced(
    graph: Graph, old: Container[bytes], new: Iterable[bytes], folder: Path | None = None
) -> Graph:
    """Replace some lines of a graph by others; a large one is written into a file of a folder."""

    def left() -> Iterator[bytes]:
        for block in graph.blocks():
            yield b"".join(line for line in block.splitlines(keepends=True) if line[:-1] not in old)

    return spooled(graph.iri, merged([left(), iter([from_lines(new)])]), folder)


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Cut blocks at line ends.

    >>> list(whole_lines([b"a\nb", b"\n", b"c\n"]))
    [b'a\n', b'b\n', b'c\n']
    """
    rest = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end] if rest else block[:end]
        rest = block[end:] if end else rest + block
    if rest:
        yield rest


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
