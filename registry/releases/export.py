"""Export: the contributed graphs of a release as Turtle files, to be kept in git."""

from __future__ import annotations

from pathlib import Path

from registry import files, terms
from registry.formats import NTRIPLES
from registry.graphs.graph import WRITABLE
from registry.releases.workspace import Workspace


def export(workspace: Workspace, version: str, folder: Path) -> list[Path]:
    """Write each contributed graph as `NAME.ttl` into a folder; return the paths."""
    from registry.graphs import turtle

    written = []
    for graph in workspace.graphs(version).values():
        if graph.role in WRITABLE:
            path = folder / f"{graph.iri.removeprefix(terms.GRAPH)}.ttl"
            files.write(path, turtle.canonical(graph.ntriples, NTRIPLES))
            written.append(path)
    return written
