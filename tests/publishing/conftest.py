"""Workspaces of one's own, and a contributed file with claims of one's choice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry.graphs.graph import MERGED
from registry.releases import manifest as manifests
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests import lists

Listing = Callable[[Iterable[str]], str]


@pytest.fixture(scope="session")
def listing() -> Listing:
    """Give the function that writes a graph `list` with the claims of these names."""
    return lists.listing


@pytest.fixture
def sparing(own: Workspace, settings: Settings) -> Settings:
    """Give settings for that workspace which keep two releases and one store."""
    return replace(settings, home=own.home, keep_releases=2, keep_stores=1)


@pytest.fixture
def file(tmp_path: Path, listing: Listing) -> Callable[..., Path]:
    """Give a function that writes the file of a list with the claims of these names."""

    def written(*names: str) -> Path:
        path = tmp_path / "list.ttl"
        path.write_text(listing(names), encoding="utf-8")
        return path

    return written


def check(workspace: Workspace) -> str:
    """Check that the current release is whole; give its version.

    Its graphs' files hash to what the manifest says, the manifest's hash is its version, and its
    store, opened read-only, holds each graph and the merge of the merged ones.
    """
    version = str(workspace.current())
    manifest = workspace.manifest(version)
    graphs = [workspace.graph(entry) for entry in manifest.all_graphs()]
    assert version == manifest.version == manifests.version_of(graphs)
    for entry, graph in zip(manifest.all_graphs(), graphs, strict=True):
        assert manifests.entry_of(graph) == entry
    merged = {line for graph in graphs if graph.role in MERGED for line in graph.lines}
    store = ox.Store.read_only(str(workspace.folder(version) / "store"))
    assert len(store) == sum(entry.triples for entry in manifest.all_graphs()) + len(merged)
    dumps = workspace.folder(version) / "dumps"
    listed = {
        line.split("  ")[1]: line[:64] for line in (dumps / "SHA256SUMS").read_text().splitlines()
    }
    assert listed.keys() | {"SHA256SUMS"} == {path.name for path in dumps.iterdir()}
    for name, sha256 in listed.items():
        assert hashlib.sha256((dumps / name).read_bytes()).hexdigest() == sha256
    return version


@pytest.fixture(scope="session")
def whole() -> Callable[[Workspace], str]:
    """Give the function that checks that the current release of a workspace is whole."""
    return check
