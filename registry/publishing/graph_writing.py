"""Writing the files of graphs, each once under its hash; large ones in a process of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from registry.graphs.graph import Graph
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


@contextmanager
def written_beside(
    workspace: Workspace, graphs: Iterable[Graph], allowed: bool
) -> Iterator[Callable[[], None]]:
    """Write the files of large new graphs in another process, beside the work inside.

    Yields the function that waits until they are written and puts them in their place; where it is
    not called, they are removed.
    """
    new = [g for g in graphs if allowed and not workspace.graph_folder(g.sha256).exists()]
    large = [graph for graph in new if len(graph.ntriples) > _LARGE]
    if not large:
        yield lambda: None
        return
    (workspace.home / "graphs").mkdir(parents=True, exist_ok=True)
    # The child is ended before the folder that it writes into is removed.
    with workspace.draft() as making, Isolated("registry.releases.graph_files") as child:
        for graph in large:
            (making / f"{graph.sha256}.nt").write_bytes(graph.ntriples)
            child.send({"folder": str(making / graph.sha256), "graph": graph.iri})

        def wait() -> None:
            for graph in large:
                child.receive(time.monotonic() + _SECONDS)
                (making / graph.sha256).rename(workspace.graph_folder(graph.sha256))

        yield wait
