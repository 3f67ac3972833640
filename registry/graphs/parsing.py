"""Parsing: files from outside become canonical named graphs, in a sandboxed process.

    file ─ parse ─▶ triples ─ canonical literals, IRIs for blank nodes ─ check placement ─▶ graph
           └───────────────── the parser process, which may be killed ────────────────┘

References that the ledger has merged are replaced later, when a release is put together, since
that concerns graphs that no file contains, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry import formats, terms
from registry.files import COMPRESSED
from registry.graphs.graph import Graph, spooled
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
        _check_names(source)
    # Where graphs that are too large for memory have files; None = the system's folder.
    folder = settings.home if settings.home.is_dir() else None
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
        "folder": str(folder or ""),
        "memory": settings.intake_memory,
        "seconds": settings.intake_seconds,
    }
    deadline = time.monotonic() + settings.intake_seconds
    with Isolated("registry.graphs.parser_process") as child:
        child.send(request)
        return _Receiving(sources, child, deadline, folder).graphs()


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


@dataclass
class _Receiving:
    """The graphs that a parser process sends, each in one frame or in several."""

    sources: Sequence[InputFiles]
    child: Isolated
    deadline: float
    folder: Path | None
    at: int = 0
    """The source that the process reads."""

    def graphs(self) -> dict[str, Graph]:
        """Receive all graphs, by IRI."""
        found: dict[str, Graph] = {}
        reply = self._receive()
        while "done" not in reply.header:
            if "begun" in reply.header:
                reply = self._receive()
                continue
            iri = reply.header["graph"]
            if iri in found:
                other = f"{self.sources[self.at]}: another file has <{iri}> too"
                raise Problem("data-syntax", other)
            parts = _Parts(reply, self._receive)
            found[iri] = spooled(iri, parts, self.folder)
            reply = parts.reply
        return found

    def _receive(self) -> Reply:
        try:
            reply = self.child.receive(self.deadline)
        except (Died, Late) as error:
            raise _ended(self.sources[self.at], error) from error
        header = reply.header
        self.at = header.get("file", self.at)
        if "refused" in header:
            line, column = header["line"] or None, header["column"] or None
            detail = f"{self.sources[self.at]}: {header['refused']}"
            raise Problem("data-syntax", detail, line=line, column=column)
        return reply


@dataclass
class _Parts:
    """The content of a graph, as it comes; `reply` is the frame behind it in the end."""

    reply: Reply
    receive: Callable[[], Reply]

    def __iter__(self) -> Iterator[bytes]:
        graph = self.reply.header["graph"]
        while self.reply.header.get("graph") == graph:
            yield self.reply.payload
            self.reply = self.receive()


def _ended(source: InputFiles, error: Exception) -> Problem:
    """Return the problem that the parser was killed; a crash of its own is our mistake.

    Where memory is short, it may lack what it needs to say so itself.
    """
    is_short = isinstance(error, Died) and error.stderr.rstrip().endswith(_SHORT)
    if isinstance(error, Died) and not error.signal and not is_short:
        raise RuntimeError(f"the parser process failed: {error.stderr}") from error
    why = "took too long" if isinstance(error, Late) else "needed too much memory or depth"
    return Problem("data-syntax", f"{source} {why} to read, and was refused")


_SHORT: Final = ("MemoryError", "SystemError: error return without exception set")
"""What Python says last where memory was short."""
