"""Intake: everything from outside comes in here, as files, and leaves as canonical named graphs.

The path: a file is parsed in an isolated process, literals are brought to canonical form, blank
nodes named, and what may not stand in that graph is refused. What the ledger has merged is
replaced when a release is put together, since that concerns graphs that no file brings too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry import formats, terms
from registry.graphs.graph import Graph
from registry.graphs.placement import graph_fault
from registry.problems import Problem
from registry.sandbox import (
    Died,
    Isolated,
    Late,
    Reply,
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
        _readable(source)
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


def _readable(source: InputFiles) -> None:
    """Refuse what is not a file of a format that is read, or cannot be named as it is."""
    for path in source.paths:
        if not path.is_file():
            raise Problem("data-syntax", f"{path}: there is no such file")
        form, _, _ = formats.of_file(path.name)
        if form is None:
            known = "the name does not end in .ttl .nt .rdf .jsonld .trig or .nq, nor so and in .gz"
            raise Problem("data-syntax", f"{path}: {known}")
        named = source.contributed and source.graph and form not in formats.DATASETS
        if named and (fault := graph_fault(source.graph)):
            raise Problem("data-syntax", f"{path}: {fault}")


def _collect(
    sources: Sequence[InputFiles], request: dict[str, object], deadline: float
) -> dict[str, Graph]:
    """Take the graphs as the reading process sends them."""
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
            graph = _accepted(sources[at], reply)
            if graph.iri in found:
                raise Problem("data-syntax", f"{sources[at]}: another file has <{graph.iri}> too")
            found[graph.iri] = graph


def _ended(source: InputFiles, error: Exception) -> Problem:
    """Return the problem that the parser was killed; a crash of its own is our mistake."""
    if isinstance(error, Died) and not error.signal:
        raise RuntimeError(f"the reading process broke down: {error.stderr}") from error
    why = "took too long" if isinstance(error, Late) else "needed too much memory or depth"
    return Problem("data-syntax", f"{source} {why} to read, and was refused")


def _accepted(source: InputFiles, reply: Reply) -> Graph:
    """Take one graph, or raise the refusal."""
    header = reply.header
    if "refused" in header:
        raise Problem(
            "data-syntax",
            f"{source}: {header['refused']}",
            line=header["line"] or None,
            column=header["column"] or None,
        )
    return Graph(header["graph"], reply.payload)
