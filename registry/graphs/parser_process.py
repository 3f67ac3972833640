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
from registry.graphs.graph import from_triples
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
    for number, job in enumerate(request["jobs"]):
        write_frame(target, {"file": number, "begun": True})
        try:
            _answer(number, job, frozenset(request["derived"]), target)
        except (Refused, MemoryError) as error:
            write_frame(target, {"file": number, **_refusal(error)})
            return
    write_frame(target, {"done": True})


def _refusal(error: Refused | MemoryError) -> dict[str, Any]:
    """Return the members of a frame that explain why a file is refused, and where."""
    if isinstance(error, MemoryError):
        why = f" ({error})" if str(error) else ""
        return {"refused": f"needed too much memory to read{why}", "line": 0, "column": 0}
    return {"refused": str(error), "line": error.line, "column": error.column}


def _answer(number: int, job: dict[str, Any], derived: frozenset[str], target: BinaryIO) -> None:
    """Read the files of one source and send their graphs."""
    graphs = _graphs(map(Path, job["paths"]), job["graph"])
    for graph, triples in sorted(graphs.items()):
        if job["contributed"] and (fault := placement.graph_fault(graph)):
            raise Refused(fault)
        written = _canonical(graph, triples)
        if job["contributed"] and (fault := placement.fault(graph, written, derived)):
            raise Refused(fault)
        content = from_triples(graph, written).ntriples
        write_frame(target, {"file": number, "graph": graph}, content)


def _graphs(paths: Iterable[Path], graph: str) -> dict[str, list[ox.Triple]]:
    """Parse files into their graphs; the one of a triple format is `graph`."""
    found: dict[str, list[ox.Triple]] = defaultdict(list)
    for path in paths:
        form, _ = formats.of_file(path.name)
        if form is None:
            raise Refused(f"{path.name} has no extension of a format that is read")
        for quad in _quads(path, form):
            found[_graph_of(quad, graph, form)].append(quad.triple)
    if not found:
        raise Refused("it states nothing; a graph is removed by its IRI, not by an empty file")
    if "" in found:
        triples = found.pop("")
        return {_described(triples): triples}
    return found


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


def _canonical(graph: str, triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Bring a graph to canonical form."""
    try:
        written = [canonical.triple(statement) for statement in triples]
    except canonical.Unstorable as error:
        raise Refused(str(error)) from error
    for triple in written:
        for term in (triple.subject, triple.predicate, triple.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(_NOWHERE):
                raise Refused(f"the IRI {term.value.removeprefix(_NOWHERE)!r} is relative")
    return blank.named(graph, written)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
