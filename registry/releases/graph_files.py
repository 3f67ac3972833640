"""The files of a graph as gzip members, so that a changed graph's files cost what has changed.

A graph is cut into chunks at subjects whose checksum is a multiple of a number, so that a change
moves no other cut; a chunk that the last version had, too, is copied from that version's files.
Gzip members one after another are one gzip file (RFC 1952, section 2.2), and the files' bytes
depend on the content alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyoxigraph as ox

from registry import files, formats, terms
from registry.damage import json_object, reading
from registry.formats import Format
from registry.graphs.graph import Graph, parse_lines
from registry.releases import as_of, graph_counts
from registry.sandbox import read_frame, write_frame

INDEX: Final = "members.json"
"""The file, beside those of a graph, with its chunks' keys and the lengths of their members."""

_REMEDY: Final = "restore it and the files beside it from a backup, or remove it alone"
"""Without it the files are there all the same; the next version of the graph is written whole."""

_SUBJECTS: Final = 64
"""Subjects of a chunk, on average."""


@dataclass(frozen=True)
class _Layout:
    """How a file is put together: what stands before, between and after its chunks."""

    write: Callable[[str, _Chunk], bytes]
    """Writes a chunk, given the IRI of its graph."""

    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""


@dataclass
class GraphFiles:
    """The files of one version of a graph in a workspace."""

    folder: Path
    iri: str

    @cached_property
    def paths(self) -> dict[str, Path]:
        """The files, by extension; those with the graph's name in them are its own."""
        own = hashlib.sha256(self.iri.encode()).hexdigest()[:16]
        return {
            name: self.folder / f"{f'{own}.' if name in _NAMED else ''}{name}.gz"
            for name in _LAYOUTS
        }

    def keep(self, graph: Graph, before: GraphFiles | None = None) -> None:
        """Write the files that are not there, with the members that an earlier version has."""
        if not (stated := self.folder / as_of.STATED).exists():
            files.write(stated, "\n".join(sorted(as_of.stated_by(graph))).encode())
        if missing := [name for name, path in self.paths.items() if not path.exists()]:
            self._write(missing, graph, before)
        if not (self.folder / graph_counts.COUNTS).exists():
            self._write_counts(graph_counts.count(graph.lines))

    def _write(self, missing: list[str], graph: Graph, before: GraphFiles | None) -> None:
        known = {name: before.members(name) if before else {} for name in missing}
        made: dict[str, list[bytes]] = {name: [] for name in missing}
        keys, added = [], list[bytes]()
        for chunk in map(_Chunk, cut(graph.lines)):
            keys.append(chunk.key)
            if chunk.key not in known.get("nt", {}):
                added += chunk.content.splitlines()
            for name in missing:
                made[name].append(known[name].get(chunk.key) or chunk.member(name, self.iri))
        for name in missing:
            files.write(self.paths[name], _joined(_LAYOUTS[name], made[name]))
        lengths = {name: list(map(len, members)) for name, members in made.items()}
        index = {"pieces": keys, "lengths": {**self._lengths, **lengths}}
        files.write(self.folder / INDEX, json.dumps(index).encode())
        if before and 4 * len(added) < len(graph.lines):
            kept = set(keys)
            gone = [member for key, member in known.get("nt", {}).items() if key not in kept]
            self._count_changes(before, gone, added)

    def _count_changes(self, before: GraphFiles, gone: list[bytes], added: list[bytes]) -> None:
        """Write the counts of the last version, if it has any, with what has changed."""
        if (path := before.folder / graph_counts.COUNTS).exists():
            lines = [line for member in gone for line in files.decompress(member).splitlines()]
            counts = json_object(path, f"remove {path}")
            self._write_counts(graph_counts.changed(counts, lines, added))

    def _write_counts(self, counts: dict[str, Any]) -> None:
        files.write(self.folder / graph_counts.COUNTS, json.dumps(counts).encode())

    @cached_property
    def _index(self) -> dict[str, Any]:
        try:
            return json_object(self.folder / INDEX, _REMEDY)
        except FileNotFoundError:
            return {"pieces": [], "lengths": {}}

    @property
    def _lengths(self) -> dict[str, list[int]]:
        with reading(self.folder / INDEX, _REMEDY):
            return dict(self._index["lengths"])

    def check(self) -> None:
        """Refuse an index that does not fit the files beside it."""
        for name in self.paths:
            self.members(name)

    def chunks(self, name: str) -> list[tuple[str, int]]:
        """List the chunks of one of the files: the key of each, and the length of its member."""
        with reading(self.folder / INDEX, _REMEDY):
            return list(zip(self._index["pieces"], self._lengths.get(name, ()), strict=True))

    def members(self, name: str) -> dict[str, bytes]:
        """Return the gzip members of chunks in one of the files, by the chunks' keys."""
        lengths = self._lengths.get(name)
        if lengths is None or not self.paths[name].exists():
            return {}
        layout, content = _LAYOUTS[name], self.paths[name].read_bytes()
        found, at = {}, len(_member(layout.head))
        with reading(self.folder / INDEX, _REMEDY):
            for key, length in zip(self._index["pieces"], lengths, strict=True):
                found[key] = content[at : at + length]
                at += length + len(_member(layout.between))
            whole = at - (len(_member(layout.between)) if lengths else 0)
            if lengths and whole + len(_member(layout.tail)) != len(content):
                raise ValueError(f"{self.paths[name].name} has another length")
        return found


@dataclass(frozen=True)
class _Chunk:
    """Some lines of a graph."""

    content: bytes

    @cached_property
    def key(self) -> str:
        """The hash by which it is found in another version."""
        return hashlib.sha256(self.content).hexdigest()[:32]

    @cached_property
    def triples(self) -> list[ox.Triple]:
        """The lines, parsed."""
        return parse_lines(self.content)

    @cached_property
    def turtle(self) -> bytes:
        """The triples in Turtle, without the prefixes."""
        turtle = ox.serialize(self.triples, format=ox.RdfFormat.TURTLE, prefixes=terms.PREFIXES)
        return _HEAD.sub(b"", turtle or b"")

    def member(self, name: str, graph: str) -> bytes:
        """Write the chunk as it stands in one of the files."""
        return files.compress(_LAYOUTS[name].write(graph, self))


def cut(lines: list[bytes]) -> Iterator[bytes]:
    """Cut sorted lines into chunks at subjects whose checksum is a multiple of `_SUBJECTS`."""
    start, subject = 0, b" "
    for at, line in enumerate(lines):
        if line.startswith(subject):
            continue
        subject = line[: line.index(b" ") + 1]
        if at and not zlib.crc32(subject[:-1]) % _SUBJECTS:
            yield b"\n".join(lines[start:at]) + b"\n"
            start = at
    if lines:
        yield b"\n".join(lines[start:]) + b"\n"


def _joined(layout: _Layout, members: list[bytes]) -> bytes:
    body = _member(layout.between).join(members)
    return _member(layout.head) + body + _member(layout.tail) or files.compress(b"")


@cache
def _member(content: bytes) -> bytes:
    """Compress what stands around chunks; b"" stays b""."""
    return files.compress(content) if content else b""


def _n_quads(graph: str, chunk: _Chunk) -> bytes:
    return chunk.content.replace(b" .\n", f" <{graph}> .\n".encode())


def _trig(graph: str, chunk: _Chunk) -> bytes:
    """Write Turtle in braces (TriG section 2.2), which is made for the file in Turtle, too."""
    return b"<%b> {\n%b}\n" % (graph.encode(), chunk.turtle)


def _json_ld(_: str, chunk: _Chunk) -> bytes:
    return formats.serialise(chunk.triples, formats.JSONLD)[1:-1]


_HEAD: Final = re.compile(rb"\A(?:@prefix [^\n]*\n)*")

_PREFIXES: Final = "".join(
    f"@prefix {name}: <{iri}> .\n" for name, iri in sorted(terms.PREFIXES.items())
).encode()

_LAYOUTS: Final[dict[str, _Layout]] = {
    "nt": _Layout(lambda _, chunk: chunk.content),
    "ttl": _Layout(lambda _, chunk: chunk.turtle, head=_PREFIXES),
    "jsonld": _Layout(_json_ld, b"[", b",", b"]"),
    "nq": _Layout(_n_quads),
    "trig": _Layout(_trig, head=_PREFIXES),
}
"""The files of a graph, by extension."""

_NAMED: Final = {form.extension for form in formats.DATASETS}


def converted(chunks: Iterable[bytes], form: Format) -> Iterator[bytes]:
    """Write the default graph, given as chunks of N-Triples, in a format that is not XML.

    A format of datasets writes it as the one of graphs that it contains.
    """
    layout = _LAYOUTS[_OF_DEFAULT.get(form.extension, form.extension)]
    yield layout.head
    for number, content in enumerate(chunks):
        if number:
            yield layout.between
        yield layout.write("", _Chunk(content))
    yield layout.tail


_OF_DEFAULT: Final = {"nq": "nt", "trig": "ttl"}
"""By the extension of a format of datasets that of the format in which it writes one graph."""


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Write the files of graphs, each from its N-Triples beside them; answer when they exist."""
    while request := read_frame(source):
        folder, iri = Path(request[0]["folder"]), request[0]["graph"]
        graph = Graph(iri, folder.with_name(f"{folder.name}.nt").read_bytes())
        GraphFiles(folder, iri).keep(graph)
        write_frame(target, {})


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
