"""Mending what checks find damaged, from what is intact; what does not fit its hash is not taken.

Each function holds the lock of the workspace, makes the new file beside the damaged one, and puts
it in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

import pyoxigraph as ox

from registry import files
from registry.damage import BY_FORMAT, BY_STORE, Damaged
from registry.graphs.graph import Graph, from_lines, lines_of
from registry.publishing import build
from registry.releases import manifest as manifests
from registry.releases import view_sums
from registry.releases.graph_files import GraphFiles
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.reading import Content, View
from registry.releases.workspace import Workspace
from registry.views import VIEWS
from registry.views.dumps import DUMPS, seal
from registry.views.linksets import LINKSETS
from registry.views.names import NAMES

P = ParamSpec("P")

_OF_TRIPLES: Final = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}
_OF_QUADS: Final = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}


def _locked(
    mend: Callable[Concatenate[Workspace, P], None],
) -> Callable[Concatenate[Workspace, P], None]:
    """Hold the lock of the workspace meanwhile."""

    def run(workspace: Workspace, /, *args: P.args, **kwargs: P.kwargs) -> None:
        with workspace.lock():
            mend(workspace, *args, **kwargs)

    return wraps(mend)(run)


@_locked
def graph(workspace: Workspace, entry: GraphEntry, kept: Mapping[str, Manifest]) -> None:
    """Write a graph's N-Triples anew from another of its files, or from a store that holds it."""
    own = GraphFiles(workspace.graph_folder(entry.sha256), entry.graph)
    for lines in _copies(workspace, entry, own, kept):
        content = from_lines(lines)
        if hashlib.sha256(content).hexdigest() == entry.sha256:
            with _made_anew(workspace, Graph(entry.graph, content)) as made:
                made.paths["nt"].replace(own.paths["nt"])
            return
    raise Damaged(f"no other file and no store has <{entry.graph}> as it was")


@contextmanager
def _made_anew(workspace: Workspace, graph: Graph) -> Iterator[GraphFiles]:
    """Write all files of a graph beside those that are to be replaced."""
    with workspace.unfinished() as making:
        made = GraphFiles(making / "graph", graph.iri)
        made.keep(graph)
        yield made


def _copies(
    workspace: Workspace, entry: GraphEntry, own: GraphFiles, kept: Mapping[str, Manifest]
) -> Iterator[frozenset[bytes]]:
    """Yield the lines that other files of a graph, and stores, have of it."""
    for name, form in (_OF_TRIPLES | _OF_QUADS).items():
        try:
            content = files.decompress(own.paths[name].read_bytes())
            yield lines_of(quad.triple for quad in ox.parse(content, format=form))
        except BY_FORMAT:
            continue
    for version, manifest in kept.items():
        found, path = manifest.graph(entry.graph), workspace.folder(version) / "store"
        if found is None or found.sha256 != entry.sha256 or not path.is_dir():
            continue
        try:
            store = ox.Store.read_only(str(path))
            quads = store.quads_for_pattern(None, None, None, ox.NamedNode(entry.graph))
            yield lines_of(quad.triple for quad in quads)
        except BY_STORE:
            continue


@_locked
def graph_file(workspace: Workspace, entry: GraphEntry, name: str, expected: str) -> None:
    """Write one of the files of a graph anew, which must have the hash that manifests have."""
    own = GraphFiles(workspace.graph_folder(entry.sha256), entry.graph)
    with _made_anew(workspace, workspace.graph(entry)) as made:
        if files.sha256(made.paths[name]) != expected:
            raise Damaged(_OTHERWISE.format(path=own.paths[name]))
        made.paths[name].replace(own.paths[name])


@_locked
def dataset_files(workspace: Workspace, manifest: Manifest, name: str, expected: str) -> None:
    """Write the files of all graphs of a release in a format of datasets anew."""
    digest, anew = hashlib.sha256(), list[tuple[Path, bytes]]()
    for entry in manifest.all_graphs():
        own = GraphFiles(workspace.graph_folder(entry.sha256), entry.graph)
        with _made_anew(workspace, workspace.graph(entry)) as made:
            content = made.paths[name].read_bytes()
        digest.update(content)
        if not own.paths[name].exists() or own.paths[name].read_bytes() != content:
            anew.append((own.paths[name], content))
    if digest.hexdigest() != expected:
        raise Damaged(_OTHERWISE.format(path=f"files in {name}"))
    for path, content in anew:
        files.write(path, content)


_OTHERWISE: Final = "this version of the software writes {path} otherwise; publish once more"


@_locked
def beside_graph(workspace: Workspace, entry: GraphEntry, path: Path) -> None:
    """Make anew what is noted of a graph beside its files."""
    with _made_anew(workspace, workspace.graph(entry)) as made:
        (made.folder / path.name).replace(path)


@_locked
def manifest(workspace: Workspace, version: str) -> None:
    """Take the manifest of a release from its copy among the files for download."""
    copy = workspace.folder(version) / "dumps" / "manifest.json"
    try:
        content = copy.read_bytes()
        found = manifests.from_json(content)
        is_its_own = manifests.version_of_entries(found.graphs) == version == found.version
    except BY_FORMAT as error:
        raise Damaged(f"its copy, {copy}, is lost, too") from error
    if not is_its_own:
        raise Damaged(f"its copy, {copy}, is not that of this release")
    files.write(workspace.folder(version) / "manifest.json", content)


@_locked
def store(workspace: Workspace, version: str) -> None:
    """Load the graphs of a release into a new store."""
    workspace.throw_away(workspace.folder(version) / "store")
    build.restore(workspace, version, VIEWS)


@_locked
def view(workspace: Workspace, version: str, view: View[Any]) -> None:
    """Write a view of a release anew."""
    path = workspace.folder(version) / view.name
    with workspace.unfinished() as making:
        if view.write:
            view.write(_content(workspace, workspace.manifest(version), making))
        (making / view.name).replace(path)
    view_sums.note(path.parent, [view.name])


@_locked
def remove(workspace: Workspace, path: Path) -> None:
    """Remove a file that the next publish makes anew."""
    path.unlink(missing_ok=True)


@_locked
def dumps(workspace: Workspace, manifest: Manifest) -> None:
    """Put the files for download together anew; they must be those that the manifest lists."""
    folder = workspace.folder(manifest.version)
    with workspace.unfinished() as making:
        content = _content(workspace, manifest, making)
        content.dumps.mkdir()
        if (names := folder / NAMES.name).exists():  # The linksets are made of it.
            (making / NAMES.name).hardlink_to(names)
        for view in (LINKSETS, DUMPS):
            if view.write:
                view.write(content)
        made = seal(content.dumps, manifest.with_dumps(()))
        if made.dumps != manifest.dumps:
            detail = "this version of the software writes other dumps; publish once more"
            raise Damaged(detail)
        workspace.throw_away(folder / "dumps")
        content.dumps.rename(folder / "dumps")
        files.sync_folder(folder)


def _content(workspace: Workspace, manifest: Manifest, folder: Path) -> Content:
    entries = manifest.all_graphs()
    return Content(folder, [*map(workspace.graph, entries)], entries, workspace.graph_folder)
