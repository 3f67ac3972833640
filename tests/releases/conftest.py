"""Workspaces of one's own, and a contributed file with claims of one's choice."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import shipped
from registry.intake.graphs import MERGED
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


@dataclass(frozen=True)
class Checkout:
    """A copy of the software and its data in another folder, run as a program."""

    folder: Path

    @property
    def data(self) -> list[Path]:
        """Its data files."""
        return sorted((self.folder / "data").glob("*.ttl"))

    def start(self, home: Path, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        """Start `citylinks` with a workspace."""
        mine = {"CITYLINKS_HOME": str(home), "PYTHONPATH": str(self.folder), "PATH": ""}
        return subprocess.Popen(
            [sys.executable, "-m", "registry.cli", *map(str, arguments)],
            env=mine | environment,
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, home: Path, *arguments: object, **environment: str) -> tuple[int, str, str]:
        """Run `citylinks` to its end; give exit code, output and errors."""
        with self.start(home, *arguments, **environment) as process:
            out, err = process.communicate(timeout=120)
            return process.returncode, out, err


@pytest.fixture(scope="session")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Checkout]:
    """Give a function that copies the software and its data into a new folder."""

    def copied() -> Checkout:
        folder = tmp_path_factory.mktemp("elsewhere") / "citylinks"
        for name in ("registry", "ontology", "shapes", "data", "queries"):
            ignored = shutil.ignore_patterns("__pycache__", "static", "templates")
            shutil.copytree(shipped.ROOT / name, folder / name, ignore=ignored)
        return Checkout(folder)

    return copied
