"""Dumps: every graph, and all graphs together, as files whose bytes depend on the content alone.

A graph's files are made once and hard-linked into every release that has the graph. The files of
all graphs are the graphs' files one after another.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from registry import files, formats
from registry.graphs.graph import Graph
from registry.releases.manifest import DumpEntry, GraphEntry, Manifest
from registry.releases.workspace import Workspace
from registry.sandbox import Isolated
from registry.views import linksets
from registry.views.chunks import Version
from registry.views.names import Index

GZIP: Final = "application/gzip"
WHOLE: Final = "citylinks"
"""Name of the files that hold every graph."""

SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"


def keep_graph(workspace: Workspace, graph: Graph, before: GraphEntry | None = None) -> None:
    """Store a graph's files under its hash, unless they are there.

    What the version `before` has in common with it is not written anew.
    """
    folder = workspace.graph_folder(graph.sha256)
    last = Version(workspace.graph_folder(before.sha256), before.graph) if before else None
    Version(folder, graph.iri).keep(graph, last)


_MUCH: Final = 1_000_000
"""Bytes of a graph from which its files are worth a process of their own."""


@contextmanager
def written_beside(
    workspace: Workspace, graphs: Iterable[Graph], allowed: bool
) -> Iterator[Callable[[], None]]:
    """Write the files of large new graphs in another process; who needs them waits for them.

    Where nobody has waited in the end, nothing of them is left.
    """
    new = [g for g in graphs if allowed and not workspace.graph_folder(g.sha256).exists()]
    large = [graph for graph in new if len(graph.ntriples) > _MUCH]
    if not large:
        yield lambda: None
        return
    (workspace.home / "graphs").mkdir(parents=True, exist_ok=True)
    # The child is ended before the folder goes that it writes into.
    with workspace.draft() as making, Isolated("registry.views.chunks") as child:
        for graph in large:
            (making / f"{graph.sha256}.nt").write_bytes(graph.ntriples)
            child.send({"folder": str(making / graph.sha256), "graph": graph.iri})

        def written() -> None:
            for graph in large:
                child.receive(time.monotonic() + _SECONDS)
                (making / graph.sha256).rename(workspace.graph_folder(graph.sha256))

        yield written


_SECONDS: Final = 3_600
"""For the files of one graph, which take a few: what takes longer hangs."""


def write(workspace: Workspace, manifest: Manifest, index: Index, folder: Path) -> Manifest:
    """Write all dump files of a release into a folder; give the manifest with their list."""
    folder.mkdir(parents=True)
    linksets.write(index, folder)
    for entry in manifest.all_graphs():
        for extension, name in entry.files.items():
            os.link(workspace.graph_folder(entry.sha256) / f"{extension}.gz", folder / name)
    for form in formats.DATASETS:
        members = _members(workspace, manifest.all_graphs(), form.extension)
        files.write(folder / f"{WHOLE}.{form.extension}.gz", b"".join(members))
    listed = manifest.with_dumps(_entry(path) for path in sorted(folder.iterdir()))
    files.write(folder / MANIFEST, listed.to_json())
    sums = "".join(f"{files.sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir()))
    files.write(folder / SUMS, sums.encode())
    return listed


def _members(
    workspace: Workspace, entries: Iterable[GraphEntry], extension: str
) -> Iterator[bytes]:
    """Give the compressed quads of each graph, in IRI order."""
    for entry in entries:
        version = Version(workspace.graph_folder(entry.sha256), entry.graph)
        yield version.paths[extension].read_bytes()


def _entry(path: Path) -> DumpEntry:
    """List a file."""
    return DumpEntry(path.name, media_type(path.name), path.stat().st_size, files.sha256(path))


def media_type(name: str) -> str:
    """Give the media type of a dump file as it is transferred.

    >>> media_type("citylinks.nq.gz"), media_type("manifest.json"), media_type("SHA256SUMS")
    ('application/gzip', 'application/json', 'text/plain; charset=utf-8')
    """
    if name.endswith(".gz"):
        return GZIP
    return formats.JSON.media_type if name.endswith(".json") else "text/plain; charset=utf-8"
