"""Dumps: every file says the same as the store, and is listed with its hash."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import formats, terms
from registry.problems import Problem
from registry.publishing import graph_writing
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.dumps import media_type

FORMS = {"nt": ox.RdfFormat.N_TRIPLES, "ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}


@pytest.fixture(scope="module")
def folder(release: Release) -> Path:
    return release.folder / "dumps"


def named(release: Release) -> set[ox.Quad]:
    """Give the named graphs of the store."""
    return {quad for quad in release.store if isinstance(quad.graph_name, ox.NamedNode)}


@pytest.mark.parametrize("form", formats.DATASETS, ids=lambda form: form.name)
def test_the_dump_of_all_holds_exactly_the_named_graphs(
    release: Release, folder: Path, form: formats.Format
) -> None:
    content = gzip.decompress((folder / f"citylinks.{form.extension}.gz").read_bytes())
    quads = list(ox.parse(content, format=formats.RDF[form.name]))
    assert set(quads) == named(release)
    assert len(quads) == sum(entry.triples for entry in release.manifest.all_graphs())


def test_the_n_quads_are_sorted_within_graphs_in_the_order_of_the_manifest(
    release: Release, folder: Path
) -> None:
    lines = gzip.decompress((folder / "citylinks.nq.gz").read_bytes()).splitlines()
    order = [f" <{entry.graph}> .".encode() for entry in release.manifest.all_graphs()]
    graphs = [next(n for n, end in enumerate(order) if line.endswith(end)) for line in lines]
    assert graphs == sorted(graphs)


def test_every_file_of_a_graph_is_that_graph(release: Release, folder: Path) -> None:
    for entry in release.manifest.all_graphs():
        found = release.store.quads_for_pattern(None, None, None, ox.NamedNode(entry.graph))
        triples = {quad.triple for quad in found}
        assert entry.files.keys() == FORMS.keys()
        for extension, name in entry.files.items():
            content = gzip.decompress((folder / name).read_bytes())
            assert {quad.triple for quad in ox.parse(content, format=FORMS[extension])} == triples


def test_the_n_triples_of_a_graph_are_what_its_hash_is_of(release: Release, folder: Path) -> None:
    for entry in release.manifest.all_graphs():
        content = gzip.decompress((folder / entry.files["nt"]).read_bytes())
        assert hashlib.sha256(content).hexdigest() == entry.sha256
        assert len(content) == entry.bytes
        assert content.splitlines() == sorted(set(content.splitlines()))
        assert len(content.splitlines()) == entry.triples


def test_every_file_is_listed_with_its_hash(release: Release, folder: Path) -> None:
    listed = {entry.file: entry for entry in release.manifest.dumps}
    assert sorted([*listed, "SHA256SUMS", "manifest.json"]) == sorted(
        p.name for p in folder.iterdir()
    )
    for name, entry in listed.items():
        content = (folder / name).read_bytes()
        assert (entry.bytes, entry.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert entry.mediaType == "application/gzip"


def test_the_sums_can_be_checked_with_the_usual_tool(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    assert [line[66:] for line in lines] == sorted(line[66:] for line in lines)
    for line in lines:
        sha256, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256


def test_the_manifest_is_among_the_dumps(release: Release, folder: Path) -> None:
    assert (folder / "manifest.json").read_bytes() == (
        release.folder / "manifest.json"
    ).read_bytes()
    assert json.loads((folder / "manifest.json").read_bytes())["version"] == release.version


def test_files_of_a_graph_are_kept_once(release: Release, workspace: Workspace) -> None:
    for entry in release.manifest.all_graphs():
        kept = workspace.graph_folder(entry.sha256) / "ttl.gz"
        assert kept.samefile(release.folder / "dumps" / entry.files["ttl"])


def test_no_file_tells_when_it_was_written(folder: Path) -> None:
    for path in folder.glob("*.gz"):
        assert path.read_bytes()[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


def test_media_types() -> None:
    names = ("citylinks.nq.gz", "manifest.json", "SHA256SUMS")
    assert [media_type(name) for name in names] == [
        "application/gzip",
        "application/json",
        "text/plain; charset=utf-8",
    ]


def graphs_of(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for p in (home / "graphs").rglob("*.gz")}


def test_files_that_another_process_writes_are_the_same(
    release: Release, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_writing, "_LARGE", 10_000)
    publish(Workspace(tmp_path), replace(settings, home=tmp_path), Change())
    assert graphs_of(tmp_path) == graphs_of(settings.home)


def test_of_a_release_that_is_refused_no_file_is_left(
    own: Workspace, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_writing, "_LARGE", 100)
    before = sorted((own.home / "graphs").rglob("*"))
    path = tmp_path / "list.ttl"
    path.write_text(
        f"<{terms.GRAPH}list> a <{terms.prefixed('dcat:Dataset')}> .\n"
        f"<{terms.thing('link', 'x')}> a <{terms.CL}CityLink> ."
    )
    with pytest.raises(Problem, match="nothing was published"):
        publish(own, replace(settings, home=own.home), Change([path]))
    assert sorted((own.home / "graphs").rglob("*")) == before
