"""The files of a graph as gzip members, so that a changed graph's files cost what has changed.

A graph is cut into chunks at subjects whose checksum is a multiple of a number, so that a change
moves no other cut; a chunk that the last version had, too, is copied from that version's files.
Gzip members one after another are one gzip file (RFC 1952, section 2.2), and the files' bytes
depend on the content alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyoxigraph as ox

from registry import files, formats, terms
from registry.damage import json_object, reading
from registry.formats import Format
from registry.graphs.graph import Graph, KeptGraph, lines_in, parse_lines
from registry.releases import as_of, graph_counts
from registry.sandbox import read_frame, write_frame

INDEX: Final = "members.json"
"""The file, beside those of a graph, with its chunks' keys and the lengths of their members."""

_REMEDY: Final = "restore it and the files beside it from a backup, or remove it alone"
"""Without it the files are there all the same; the next version of the graph is written whole."""

_BACKUP: Final = "run: citylinks check --repair, or restore it from a backup"

_SUBJECTS: Final = 64
"""Subjects of a chunk, on average."""

_MOST: Final = 500_000
"""Lines of new chunks from which all of a graph is counted anew."""


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
            chunks = (_Chunk(content) for content in cut(graph.blocks()))
            self._write(missing, chunks, before, min(graph.count // 4, _MOST))
        if not (self.folder / graph_counts.COUNTS).exists():
            self._write_counts(graph_counts.count(lines_in(graph.blocks())))

    def keep_changed(
        self, before: GraphFiles, last: Graph, gone: Set[bytes], come: Set[bytes]
    ) -> Graph:
        """Write the files of a graph that differs from an earlier version by some lines.

        What has not changed is neither cut nor compressed again. Damaged where the earlier version
        is not what it was.
        """
        digest, length, count = hashlib.sha256(), 0, 0

        def noted() -> Iterator[_Chunk]:
            nonlocal length, count
            for chunk in changed(before.known_chunks(last), gone, come):
                digest.update(chunk.content)
                length += len(chunk.content)
                count += chunk.content.count(b"\n")
                yield chunk

        self._write(list(self.paths), noted(), before, _MOST)
        read = partial(files.blocks, self.paths["nt"])
        graph = KeptGraph(self.iri, digest.hexdigest(), length, count, read)
        self.keep(graph)  # What stands beside the files.
        return graph

    def known_chunks(self, graph: Graph) -> Iterator[_Chunk]:
        """Yield the chunks of the graph, as they were cut where their index is there."""
        members = self.members("nt")
        if not members:
            yield from map(_Chunk, cut(graph.blocks()))
            return
        digest = hashlib.sha256()
        with reading(self.paths["nt"], _BACKUP):
            for key, member in members.items():
                chunk = _Chunk(files.decompress(member))
                digest.update(chunk.content)
                if chunk.key != key:
                    raise ValueError(f"{INDEX} lists other chunks")
                yield chunk
            if digest.hexdigest() != graph.sha256:
                raise ValueError(f"it is not what <{graph.iri}> was")

    def _write(
        self, missing: list[str], chunks: Iterable[_Chunk], before: GraphFiles | None, most: int
    ) -> None:
        """Write files and their index; and the counts, where at most so many lines are new."""
        known = {name: before.members(name) if before else {} for name in missing}
        lengths: dict[str, list[int]] = {name: [] for name in missing}
        keys, added = list[str](), list[bytes]()
        with ExitStack() as written:
            opened = {
                name: written.enter_context(files.writing(self.paths[name])) for name in missing
            }
            for name, file in opened.items():
                file.write(_member(_LAYOUTS[name].head))
            for chunk in chunks:
                if before and chunk.key not in known.get("nt", {}) and len(added) <= most:
                    added += chunk.content.splitlines()
                for name, file in opened.items():
                    member = known[name].get(chunk.key) or chunk.member(name, self.iri)
                    file.write((_member(_LAYOUTS[name].between) if keys else b"") + member)
                    lengths[name].append(len(member))
                keys.append(chunk.key)
            for name, file in opened.items():
                file.write(_member(_LAYOUTS[name].tail))
                if not file.tell():
                    file.write(files.compress(b""))
        index = {"pieces": keys, "lengths": {**self._lengths, **lengths}}
        files.write(self.folder / INDEX, json.dumps(index).encode())
        if before and len(added) <= most:
            kept = set(keys)
            gone = [key for key in known.get("nt", {}) if key not in kept]
            self._count_changes(before, [known["nt"][key] for key in gone], added)

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

    def members(self, name: str) -> Mapping[str, bytes]:
        """Return the gzip members of chunks in one of the files, by the chunks' keys."""
        lengths, path = self._lengths.get(name), self.paths[name]
        if lengths is None or not path.exists():
            return {}
        layout, places = _LAYOUTS[name], dict[str, tuple[int, int]]()
        at = len(_member(layout.head))
        with reading(self.folder / INDEX, _REMEDY):
            for key, length in zip(self._index["pieces"], lengths, strict=True):
                places[key] = at, length
                at += length + len(_member(layout.between))
            whole = at - (len(_member(layout.between)) if lengths else 0)
            if lengths and whole + len(_member(layout.tail)) != path.stat().st_size:
                raise ValueError(f"{path.name} has another length")
        return _Members(path, places)


class _Members(Mapping[str, bytes]):
    """The gzip members of a file by the keys of their chunks, read when they are asked for."""

    def __init__(self, path: Path, places: Mapping[str, tuple[int, int]]) -> None:
        self._file, self._places = path.open("rb", buffering=0), places

    def __getitem__(self, key: str) -> bytes:
        start, length = self._places[key]
        return os.pread(self._file.fileno(), length, start)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __del__(self) -> None:
        self._file.close()


class _Chunk:
    """Some lines of a graph, and the hash by which they are found in another version."""

    def __init__(self, content: bytes, key: str = "") -> None:
        self.content = content
        self.key = key or hashlib.sha256(content).hexdigest()[:32]

    @property
    def subject(self) -> bytes:
        """The subject of its first line, with the blank behind it."""
        return self.content[: self.content.index(b" ") + 1]

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


def cut(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut sorted N-Triples, given in blocks of whole lines, into chunks.

    A chunk begins at each subject whose checksum is a multiple of `_SUBJECTS`.
    """
    held, subject = list[bytes](), b" "
    for block in blocks:
        lines, start = block.splitlines(keepends=True), 0
        for at, line in enumerate(lines):
            if line.startswith(subject):
                continue
            subject = line[: line.index(b" ") + 1]
            if _begins(subject):
                if held or at > start:
                    yield b"".join([*held, *lines[start:at]])
                held, start = [], at
        held += lines[start:]
    if held:
        yield b"".join(held)


def _begins(subject: bytes) -> bool:
    """Whether a chunk begins at a subject, given with the blank behind it."""
    return not zlib.crc32(subject[:-1]) % _SUBJECTS


def changed(chunks: Iterable[_Chunk], gone: Set[bytes], come: Set[bytes]) -> Iterator[_Chunk]:
    """Yield the chunks of a graph after a change, given those before it.

    The result is that of `cut`: a chunk that loses the subject at which it began becomes a part of
    the one before it.
    """
    changes, at = sorted(gone | come), 0
    last: _Chunk | None = None
    loose = list[bytes]()  # Lines to be cut, where there is no last chunk that is as it was.
    for chunk, following in pairwise(chain(chunks, [None])):
        end = bisect_left(changes, following.subject, at) if following else len(changes)
        concerned, at = changes[at:end], end
        if chunk and not concerned:
            yield from [last] if last else _cut(loose)
            last, loose = chunk, []
        elif chunk and (lines := _after(chunk, concerned, gone)):
            joins = not _begins(lines[0][: lines[0].index(b" ") + 1])
            if joins:
                loose = last.content.splitlines() if last else loose
            else:
                yield from [last] if last else _cut(loose)
                loose = []
            last, loose = None, loose + lines
    yield from [last] if last else _cut(loose or sorted(come)[at:])


def _after(chunk: _Chunk, concerned: Iterable[bytes], gone: Set[bytes]) -> list[bytes]:
    """Return the lines of a chunk after a change, given the lines that come to it or go."""
    lines = set(chunk.content.splitlines())
    for line in concerned:
        (lines.discard if line in gone else lines.add)(line)
    return sorted(lines)


def _cut(lines: list[bytes]) -> Iterator[_Chunk]:
    """Cut sorted lines without line ends."""
    return map(_Chunk, cut([b"\n".join([*lines, b""])] if lines else []))


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
        asked = request[0]
        folder = Path(asked["folder"])
        read = partial(files.blocks, folder.with_name(f"{folder.name}.nt"))
        graph = KeptGraph(asked["graph"], asked["sha256"], asked["length"], asked["count"], read)
        GraphFiles(folder, graph.iri).keep(graph)
        write_frame(target, {})


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
