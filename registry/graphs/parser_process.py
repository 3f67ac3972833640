"""The parser process: files in, graphs in canonical form out.

Runs as `python -m registry.graphs.parser_process`, in a sandbox: an RDF/XML entity bomb, a deeply
nested JSON-LD document or a clique of blank nodes ends this process and nothing else. It has no
network, so a remote JSON-LD context is an error.
"""

from __future__ import annotations

import lzma
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.parsers import expat

import pyoxigraph as ox

from registry import files, formats
from registry.graphs import blank, canonical, placement
from registry.graphs.spool import Sorter
from registry.sandbox import bound, harden, read_frame, write_frame

_PLACE: Final = re.compile(r"Parser error (?:at|between) line [^:]*: ")
"""How messages of the engine begin: with the position, which its error has as members, too."""

_NOWHERE: Final = "https://relative.invalid/"
"""Base of JSON-LD files: without one, the engine drops statements with relative IRIs in silence."""


class Refused(ValueError):
    """A file that cannot be taken; `line` and `column` count from one, 0 = unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Answer the one request of this process: a frame per graph, then one that says done."""
    frame = read_frame(source)
    if frame is None:
        return
    request = frame[0]
    harden()
    bound(request["memory"], request["seconds"])
    derived, most = frozenset(request["derived"]), _TIMES * request["memory"]
    folder = Path(request["folder"]) if request["folder"] else None
    for number, job in enumerate(request["jobs"]):
        write_frame(target, {"file": number, "begun": True})
        reading = _Reading(job["contributed"], derived, most, folder)
        try:
            _answer(number, job, reading, target)
        except (Refused, MemoryError) as error:
            error.__traceback__ = None  # Its frames hold what was read, and the answer needs room.
            del reading
            write_frame(target, {"file": number, **_refusal(error)})
            return
    write_frame(target, {"done": True})


def _refusal(error: Refused | MemoryError) -> dict[str, Any]:
    """Return the members of a frame that explain why a file is refused, and where."""
    if isinstance(error, MemoryError):
        why = f" ({error})" if str(error) else ""
        return {"refused": f"needed too much memory to read{why}", "line": 0, "column": 0}
    return {"refused": str(error), "line": error.line, "column": error.column}


def _answer(number: int, job: dict[str, Any], reading: _Reading, target: BinaryIO) -> None:
    """Read the files of one source and send their graphs, a large one in several frames."""
    unnamed = list[ox.Triple]()  # Of the one graph that the content describes.
    for graph, triple in _statements(job):
        if graph:
            reading.add(graph, triple)
        else:
            unnamed.append(triple)
    described = _described(unnamed) if unnamed else ""
    for triple in unnamed:
        reading.add(described, triple)
    graphs = reading.graphs()
    if not graphs:
        raise Refused("it states nothing; a graph is removed by its IRI, not by an empty file")
    for graph, sorter in sorted(graphs.items()):
        for block in sorter.blocks():
            write_frame(target, {"file": number, "graph": graph}, block)


def _statements(job: dict[str, Any]) -> Iterator[tuple[str, ox.Triple]]:
    """Parse files; yield each statement with its graph, empty where nothing names it."""
    for path in map(Path, job["paths"]):
        form, _ = formats.of_file(path.name)
        if form is None:
            raise Refused(f"{path.name} has no extension of a format that is read")
        for quad in _quads(path, form):
            yield _graph_of(quad, job["graph"], form), quad.triple


class _Reading:
    """The graphs of one source as their statements are read: checked, canonical, and sorted.

    Statements with blank nodes wait for the last one, since their names depend on all of them.
    `derived` is as in `placement.fault`; `most` bounds the bytes of N-Triples of all graphs.
    """

    def __init__(
        self, contributed: bool, derived: frozenset[str], most: int, folder: Path | None
    ) -> None:
        self._contributed, self._derived, self._folder = contributed, derived, folder
        self._most = most
        self._waiting = defaultdict[str, list[ox.Triple]](list)
        self._with_blanks = defaultdict[str, list[ox.Triple]](list)
        self._sorted = dict[str, Sorter]()
        self._described, self._count, self._length = set[str](), 0, 0

    def add(self, graph: str, triple: ox.Triple) -> None:
        """Take a statement."""
        self._waiting[graph].append(triple)
        self._count += 1
        if self._count == _BATCH:
            self._take()

    def graphs(self) -> dict[str, Sorter]:
        """Return the graphs once all is read."""
        names = sorted({*self._waiting, *self._sorted, *self._with_blanks})
        if self._contributed:
            for graph in names:
                if fault := placement.graph_fault(graph):
                    raise Refused(fault)
        self._take()
        for graph, triples in sorted(self._with_blanks.items()):
            self._write(graph, blank.named(graph, triples))
        if self._contributed:
            for graph in names:
                if graph not in self._described:
                    raise Refused(placement.undescribed(graph))
        return self._sorted

    def _take(self) -> None:
        for graph, triples in sorted(self._waiting.items()):
            apart = blank.apart(graph)
            written, with_blanks = list[ox.Triple](), self._with_blanks[graph]
            for triple in _canonical(triples):
                (with_blanks if apart(triple) else written).append(triple)
            self._write(graph, written)
        self._waiting.clear()
        self._count = 0

    def _write(self, graph: str, triples: list[ox.Triple]) -> None:
        if self._contributed:
            if fault := placement.fault(graph, triples, self._derived):
                raise Refused(fault)
            if placement.describes_itself(graph, triples):
                self._described.add(graph)
        content = formats.serialise(triples, formats.NTRIPLES)
        self._length += len(content)
        if self._length > self._most:
            raise Refused(f"it has more than {self._most} bytes as N-Triples")
        self._sorted.setdefault(graph, Sorter(self._folder)).write(content)


_BATCH: Final = 50_000
"""Statements that are brought to canonical form at a time."""

_TIMES: Final = 4
"""How many times the bound of memory the statements of a source may have on disk, in bytes."""


def _described(triples: Iterable[ox.Triple]) -> str:
    """Return the one graph of this registry that triples describe as a data set."""
    found = set(placement.described(triples))
    if len(found) != 1:
        listed = " and ".join(f"<{iri}>" for iri in sorted(found)) or "no graph of this registry"
        raise Refused(f"name the graph that it is to be; it describes {listed} as a dcat:Dataset")
    return found.pop()


def _graph_of(quad: ox.Quad, graph: str, form: formats.Format) -> str:
    """Return the IRI of the graph that a statement is in."""
    if isinstance(quad.graph_name, ox.NamedNode):
        if form not in formats.DATASETS:
            raise Refused(f"a {form.label} file cannot name graphs here")
        return quad.graph_name.value
    if form in formats.DATASETS:
        raise Refused("every statement must be in a graph with an IRI")
    return graph


def _quads(path: Path, form: formats.Format) -> Iterator[ox.Quad]:
    """Parse a file; a syntax error is refused with its line and column.

    A compressed file may unpack to far more, which the limits of memory and time bound.
    """
    base = _NOWHERE if form is formats.JSONLD else None
    try:
        with files.opened(path) as file:
            yield from ox.parse(
                file, format=formats.RDF[form.name], rename_blank_nodes=True, base_iri=base
            )
    except SyntaxError as error:
        message = _PLACE.sub("", error.msg)
        if "LoadDocumentCallback" in message:
            message = "a remote context is not fetched; write the context into the file"
        raise Refused(message, error.lineno or 0, error.offset or 0) from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise Refused(str(error)) from error
    if form is formats.RDFXML:
        _refuse_cut(path)


def _refuse_cut(path: Path) -> None:
    """Refuse an XML document whose end is missing, which the engine takes as far as it goes."""
    parser = expat.ParserCreate("UTF-8")
    try:
        with files.opened(path) as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise Refused(expat.ErrorString(error.code), error.lineno, error.offset + 1) from error


def _canonical(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Bring statements to canonical form."""
    for statement in triples:
        try:
            triple = canonical.triple(statement)
        except canonical.Unstorable as error:
            raise Refused(str(error)) from error
        for term in (triple.subject, triple.predicate, triple.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(_NOWHERE):
                raise Refused(f"the IRI {term.value.removeprefix(_NOWHERE)!r} is relative")
        yield triple


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
