"""The reading process: files in, graphs in canonical form out.

Runs as `python -m registry.intake.reader`, isolated: an RDF/XML entity bomb, a deeply nested
JSON-LD document or a clique of blank nodes ends this process and nothing else. It has no network,
so a remote JSON-LD context is an error.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from registry import formats, terms
from registry.intake import blank, canonical, placement
from registry.intake.graphs import Role, from_triples, role_of
from registry.intake.ledger import Ledger, LedgerError, read
from registry.isolation import cap_memory, harden, read_frame, write_frame


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
    cap_memory(request["memory"])
    try:
        ledger = read(Path(request["ledger"])) if request["ledger"] else Ledger(())
    except (LedgerError, OSError) as error:
        write_frame(target, {"ledger": str(error)})
        return
    for number, job in enumerate(request["jobs"]):
        write_frame(target, {"file": number, "begun": True})
        try:
            _answer(number, job, ledger, frozenset(request["derived"]), target)
        except (Refused, MemoryError) as error:
            write_frame(target, {"file": number, **_refusal(error)})
            return
    write_frame(target, {"done": True})


def _refusal(error: Refused | MemoryError) -> dict[str, Any]:
    """Say why a file is refused, and where."""
    if isinstance(error, MemoryError):
        return {"refused": "needed too much memory to read", "line": 0, "column": 0}
    return {"refused": str(error), "line": error.line, "column": error.column}


def _answer(
    number: int, job: dict[str, Any], ledger: Ledger, derived: frozenset[str], target: BinaryIO
) -> None:
    """Read the files of one source and send their graphs."""
    contributed = job["contributed"]
    for graph, triples in sorted(_graphs(map(Path, job["paths"]), job["graph"]).items()):
        if contributed and (fault := placement.graph_fault(graph)):
            raise Refused(fault)
        ready = _canonical(graph, triples, ledger)
        if contributed:
            _check(graph, ready, derived)
        if role_of(graph) is Role.CITIES:
            ready += ledger.stubs()
        write_frame(target, {"file": number, "graph": graph}, from_triples(graph, ready).ntriples)


def _graphs(paths: Iterable[Path], graph: str) -> dict[str, list[ox.Triple]]:
    """Parse files into their graphs; the one of a triple format is `graph`."""
    found: dict[str, list[ox.Triple]] = defaultdict(list)
    for path in paths:
        form = formats.by_extension(path.suffix.removeprefix("."))
        if form is None:
            raise Refused("the file name does not end in .ttl .nt .rdf .jsonld .trig or .nq")
        if form not in formats.DATASETS:
            found[graph] += []
        for quad in _quads(path, form):
            found[_graph_of(quad, graph, form)].append(quad.triple)
    return found


def _graph_of(quad: ox.Quad, graph: str, form: formats.Format) -> str:
    """Say which graph a statement is in."""
    if isinstance(quad.graph_name, ox.NamedNode):
        if form not in formats.DATASETS:
            raise Refused(f"a {form.label} file cannot name graphs here")
        return quad.graph_name.value
    if form in formats.DATASETS:
        raise Refused("every statement must be in a graph with an IRI")
    return graph


def _quads(path: Path, form: formats.Format) -> Iterator[ox.Quad]:
    """Parse a file; a syntax error is told with its place."""
    try:
        yield from ox.parse(path=path, format=formats.RDF[form.name], rename_blank_nodes=True)
    except SyntaxError as error:
        raise Refused(error.msg, error.lineno or 0, error.offset or 0) from error
    except (OSError, ValueError) as error:
        raise Refused(str(error)) from error


def _canonical(graph: str, triples: Iterable[ox.Triple], ledger: Ledger) -> list[ox.Triple]:
    """Bring a graph to canonical form, with every merged IRI replaced."""
    current: Callable[[Any], Any] = _replacing(ledger)
    try:
        return [
            ox.Triple(current(t.subject), t.predicate, current(canonical.term(t.object)))
            for t in blank.named(graph, triples)
        ]
    except canonical.Unstorable as error:
        raise Refused(str(error)) from error


def _replacing(ledger: Ledger) -> Callable[[Any], Any]:
    """Make the function that replaces merged IRIs."""
    if not ledger.replacements:
        return lambda term: term

    def replace(term: Any) -> Any:
        if isinstance(term, ox.NamedNode) and term.value.startswith(terms.ID):
            return ox.NamedNode(ledger.current(term.value))
        return term

    return replace


def _check(graph: str, triples: Iterable[ox.Triple], derived: frozenset[str]) -> None:
    """Refuse what may not stand in this graph."""
    for triple in triples:
        if fault := placement.triple_fault(graph, triple, derived):
            raise Refused(fault)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
