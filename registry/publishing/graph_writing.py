"""Writing the files of graphs, each once under its hash; large ones in a process of their own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from registry import files
from registry.graphs.graph import Graph
from registry.publishing.store import Difference
from registry.releases.graph_files import GraphFiles
from registry.releases.manifest import GraphEntry
from registry.releases.workspace import Workspace
from registry.sandbox import Isolated

_LARGE: Final = 1_000_000
"""Bytes of N-Triples from which a graph's files are worth a process of their own."""

_SECONDS: Final = 3_600
"""For the files of one graph, which take a few: what takes longer hangs."""


def keep(workspace: Workspace, graph: Graph, before: GraphEntry | None = None) -> None:
    """Store a graph's files under its hash, unless they are there.

    Chunks that the version `before` has, too, are copied instead of written anew.
    """
    last = GraphFiles(workspace.graph_folder(before.sha256), before.graph) if before else None
    GraphFiles(workspace.graph_folder(graph.sha256), graph.iri).keep(graph, last)


def changed(
    workspace: Workspace, before: GraphEntry, difference: Difference, folder: Path
) -> Graph:
    """Write the files of a graph that differs from its last version into a folder; return it."""
    last = GraphFiles(workspace.graph_folder(before.sha256), before.graph)
    return GraphFiles(folder, before.graph).keep_changed(last, workspace.graph(before), *difference)


def keep_made(workspace: Workspace, graph: Graph, folder: Path) -> None:
    """Move the files of a graph that `changed` wrote under its hash; else write them."""
    target = workspace.graph_folder(graph.sha256)
    if folder.is_dir() and not target.exists():
        folder.rename(target)
        files.sync_folder(target.parent)
    keep(workspace, graph)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def written_beside(
    workspace: Workspace, graphs: Iterable[Graph], allowed: bool
) -> Iterator[Callable[[], None]]:
    """Write the files of large new graphs in another process, beside the work inside.

    Yields the function that waits until they are written and puts them in their place; where it is
    not called, they are removed.
    """
    new = [g for g in graphs if allowed and not workspace.graph_folder(g.sha256).exists()]
    large = [graph for graph in new if graph.length > _LARGE]
    if not large:
        yield lambda: None
        return
    (workspace.home / "graphs").mkdir(parents=True, exist_ok=True)
    # The child is ended before the folder that it writes into is removed.
    with workspace.draft() as making, Isolated("registry.releases.graph_files") as child:
        for graph in large:
            with (making / f"{graph.sha256}.nt").open("wb") as file:
                file.writelines(graph.blocks())
            listed = {"sha256": graph.sha256, "length": graph.length, "count": graph.count}
            child.send({"folder": str(making / graph.sha256), "graph": graph.iri, **listed})

        def wait() -> None:
            for graph in large:
                child.receive(time.monotonic() + _SECONDS)
                (making / graph.sha256).rename(workspace.graph_folder(graph.sha256))

        yield wait
