"""Parsing: files from outside become canonical named graphs, in a sandboxed process.

    file ─ parse ─▶ triples ─ canonical literals, IRIs for blank nodes ─ check placement ─▶ graph
           └───────────────── the parser process, which may be killed ────────────────┘

References that the ledger has merged are replaced later, when a release is put together, since
that concerns graphs that no file contains, too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry import formats, terms
from registry.files import COMPRESSED
from registry.graphs.graph import Graph
from registry.graphs.placement import graph_fault
from registry.problems import Problem
from registry.sandbox import (
    Died,
    Isolated,
    Late,
)
from registry.settings import Settings


@dataclass(frozen=True)
class InputFiles:
    """Files to read together.

    `graph` is the IRI of the graph of files that name none; empty = the one that the content
    describes. `name` is what the source is called in problems; empty = its paths.
    """

    paths: tuple[Path, ...]
    graph: str
    contributed: bool = True
    name: str = ""

    def __str__(self) -> str:
        return self.name or ", ".join(map(str, self.paths))


def source_of(path: Path) -> InputFiles:
    """Return the source that a contributed file is: `NAME.ttl` is the graph `graph/NAME`."""
    return InputFiles((path,), terms.GRAPH + formats.of_file(path.name)[1])


def read(
    sources: Sequence[InputFiles],
    settings: Settings,
    *,
    derived: frozenset[str] = frozenset(),
) -> dict[str, Graph]:
    """Read files into graphs by IRI.

    Raises
    ------
    Problem
        `data-syntax`, with the file, line and column, when a file is broken, too large to read
        within the limits, or holds what may not stand in its graph.

    """
    for source in sources:
        _check_names(source)
    jobs = [
        {
            "paths": [str(path.resolve()) for path in source.paths],
            "graph": source.graph,
            "contributed": source.contributed,
        }
        for source in sources
    ]
    request = {
        "jobs": jobs,
        "derived": sorted(derived),
        "memory": settings.intake_memory,
        "seconds": settings.intake_seconds,
    }
    return _collect(sources, request, time.monotonic() + settings.intake_seconds)


def _check_names(source: InputFiles) -> None:
    """Refuse what is not a file of a format that is read, or cannot be named as it is."""
    for path in source.paths:
        if not path.is_file():
            raise Problem("data-syntax", f"{path}: there is no such file")
        form, _ = formats.of_file(path.name)
        if form is None:
            packed = " or ".join(COMPRESSED)
            ends = ".ttl .nt .rdf .jsonld .trig or .nq"
            why = f"the name does not end in {ends}, nor so and in {packed}"
            raise Problem("data-syntax", f"{path}: {why}")
        named = source.contributed and source.graph and form not in formats.DATASETS
        if named and (fault := graph_fault(source.graph)):
            raise Problem("data-syntax", f"{path}: {fault}")


def _collect(
    sources: Sequence[InputFiles], request: dict[str, object], deadline: float
) -> dict[str, Graph]:
    """Receive the graphs as the parser process sends them."""
    found: dict[str, Graph] = {}
    at = 0
    with Isolated("registry.graphs.parser_process") as child:
        child.send(request)
        while True:
            try:
                reply = child.receive(deadline)
            except (Died, Late) as error:
                raise _ended(sources[at], error) from error
            if "done" in reply.header:
                return found
            at = reply.header["file"]
            if "begun" in reply.header:
                continue
            header = reply.header
            if "refused" in header:
                line, column = header["line"] or None, header["column"] or None
                detail = f"{sources[at]}: {header['refused']}"
                raise Problem("data-syntax", detail, line=line, column=column)
            graph = Graph(header["graph"], reply.payload)
            if graph.iri in found:
                raise Problem("data-syntax", f"{sources[at]}: another file has <{graph.iri}> too")
            found[graph.iri] = graph


def _ended(source: InputFiles, error: Exception) -> Problem:
    """Return the problem that the parser was killed; a crash of its own is our mistake."""
    if isinstance(error, Died) and not error.signal:
        raise RuntimeError(f"the parser process failed: {error.stderr}") from error
    why = "took too long" if isinstance(error, Late) else "needed too much memory or depth"
    return Problem("data-syntax", f"{source} {why} to read, and was refused")
