"""Checks and repairs: each kind of damage is named, and mended where something intact has it."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry import terms
from registry.damage import Damaged
from registry.graphs.graph import Graph, from_lines
from registry.problems import Problem
from registry.publishing import checking, store
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases import as_of, view_sums
from registry.releases.graph_files import GraphFiles
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed
from registry.views.links import LINKS
from registry.views.names import NAMES
from tests.tables import every_row

Spoil = Callable[[Workspace], Path]

GRAPH = f"{terms.GRAPH}perm-twins"


def release(own: Workspace) -> Path:
    return own.folder(str(own.current()))


def of_graph(own: Workspace) -> GraphFiles:
    entry = own.manifest(str(own.current())).graph(GRAPH)
    assert entry
    return GraphFiles(own.graph_folder(entry.sha256), GRAPH)


def beside_graph(name: str) -> Spoil:
    return lambda own: of_graph(own).folder / name


def of_release(name: str) -> Spoil:
    return lambda own: release(own) / name


def in_store(number: int) -> Spoil:
    def found(own: Workspace) -> Path:
        paths = sorted((release(own) / "store").glob("*.sst"))
        # The smallest ones hold no statement, only what the engine notes of itself.
        return [path for path in paths if path.stat().st_size > 2_000][number]

    return found


DAMAGED: dict[str, Spoil] = {
    "N-Triples of a graph": lambda own: of_graph(own).paths["nt"],
    "Turtle of a graph": lambda own: of_graph(own).paths["ttl"],
    "JSON-LD of a graph": lambda own: of_graph(own).paths["jsonld"],
    "N-Quads of a graph": lambda own: of_graph(own).paths["nq"],
    "TriG of a graph": lambda own: of_graph(own).paths["trig"],
    "chunks of a graph": beside_graph("members.json"),
    "dates of a graph": beside_graph(as_of.STATED),
    "counts of a graph": beside_graph("counts.json"),
    "manifest": of_release("manifest.json"),
    "report": of_release("report.json.gz"),
    "names": of_release(NAMES.name),
    "links": of_release(LINKS.name),
    "counts": of_release("counts-1.json"),
    "positions": of_release("positions-1.json"),
    "hashes of views": of_release(view_sums.NAME),
    **{f"file {number} of a store": in_store(number) for number in range(3, 9)},
    "a dump": of_release("dumps/citylinks.nq.gz"),
    "check sums": of_release("dumps/SHA256SUMS"),
    "manifest for download": of_release("dumps/manifest.json"),
}
"""What can be made anew, by its name."""


MAY_BE_MISSING = {"report", "chunks of a graph", "dates of a graph", "hashes of views"}
"""What is made anew where it is needed; without the report all is validated anew."""


def truncated(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()  # It may be a hard link of a file that is to stay as it is.
    path.write_bytes(content[: len(content) // 2])


def emptied(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"")


def garbled(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = b"\xff" * 40
    path.unlink()
    path.write_bytes(bytes(content))


def lost(path: Path) -> None:
    path.unlink()


HOW = (truncated, emptied, garbled, lost)


@pytest.fixture
def here(own: Workspace, settings: Settings) -> Settings:
    return replace(settings, home=own.home)


def named(own: Workspace, settings: Settings) -> set[Path]:
    return {fault.path for fault in checking.check(own, settings)}


def test_a_whole_workspace_has_no_faults(own: Workspace, here: Settings) -> None:
    assert named(own, here) == set()


@pytest.mark.slow
@every_row("what", DAMAGED)
def test_damage_is_named_and_mended(
    what: str, workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    """The ways in which files are damaged take turns; afterwards each is as it was before."""
    own = Workspace(tmp_path / what)
    shutil.copytree(workspace.home, own.home, symlinks=True)
    here, path = replace(settings, home=own.home), DAMAGED[what](own)
    before, number = path.read_bytes(), [*DAMAGED].index(what)
    how = garbled if "store" in what else HOW[number % len(HOW)]
    how(path)
    faults = list(checking.check(own, here))
    if how is lost and what in MAY_BE_MISSING:
        assert faults == []
        return
    assert faults, f"{how.__name__}: nothing is found"
    assert all(fault.what and fault.seen and fault.remedy for fault in faults)
    mended, _, failed = checking.repair(own, here)
    assert mended, f"{how.__name__}: {failed}"
    assert failed == {}
    assert named(own, here) == set(), how.__name__
    if "store" not in what and what not in {"report", "names", "links", "hashes of views"}:
        assert path.read_bytes() == before, how.__name__


@pytest.mark.slow
def test_the_link_to_the_current_release_is_put_back(own: Workspace, here: Settings) -> None:
    version = own.current()
    own.current_link.unlink()
    assert named(own, here) == {own.current_link}
    checking.repair(own, here)
    assert own.current() == version
    assert named(own, here) == set()


@pytest.mark.slow
def test_another_content_of_the_same_graph_is_found(own: Workspace, here: Settings) -> None:
    """It is valid, and every reader would take it for what was published."""
    path = of_graph(own).paths["nt"]
    content = gzip.decompress(path.read_bytes())
    path.unlink()
    path.write_bytes(gzip.compress(content.replace(b"2012", b"2011")))
    assert path in named(own, here)
    checking.repair(own, here)
    assert gzip.decompress(path.read_bytes()) == content
    assert named(own, here) == set()


def test_what_nothing_intact_has_is_told_and_left(own: Workspace, here: Settings) -> None:
    files = of_graph(own)
    for path in files.paths.values():
        emptied(path)
    shutil.rmtree(release(own) / "store")
    mended, _, failed = checking.repair(own, here)
    assert "no other file and no store" in failed[files.paths["nt"]]
    assert files.paths["nt"] in named(own, here)
    assert [fault.path for fault in mended if fault.path == files.paths["nt"]] == []


@pytest.mark.slow
def test_a_store_that_lacks_a_triple_is_made_anew(own: Workspace, here: Settings) -> None:
    """It opens, and answers; only its sum is another one."""
    made = store.open_copy(None, own.home / "other")
    graphs = [own.graph(entry) for entry in own.manifest(str(own.current())).all_graphs()]
    some = [
        Graph(one.iri, from_lines(one.lines[1:])) if one.iri == GRAPH else one for one in graphs
    ]
    with store.loading(made, some, 1):
        pass
    made.flush()
    del made
    shutil.rmtree(release(own) / "store")
    (own.home / "other").rename(release(own) / "store")
    assert named(own, here) == {release(own) / "store"}
    checking.repair(own, here)
    assert named(own, here) == set()


@pytest.mark.slow
@every_row("name", ["names.json", "sources.json", "identity.tsv"])
def test_what_only_a_backup_has_is_named_with_what_it_means(
    name: str, own: Workspace, here: Settings
) -> None:
    path = own.home / name
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(b'{"half')
    (fault,) = checking.check(own, here)
    if before is None:
        path.unlink()
    else:
        path.write_bytes(before)
    assert (fault.path, fault.mend) == (path, None)
    assert "backup" in fault.remedy
    assert fault.as_json()["mendable"] is False


@every_row(
    ("spoil", "what"),
    [
        (lambda _: b"", "it has 0 statements"),
        (lambda content: content[: len(content) // 2], "it cannot be unpacked"),
        (lambda content: gzip.compress(gzip.decompress(content)[:99]), "statements, and should"),
        (None, "it is missing"),
    ],
)
def test_a_page_of_the_feed_that_is_damaged_is_named(
    spoil: Callable[[bytes], bytes] | None, what: str, own: Workspace, here: Settings
) -> None:
    feed = Feed(own)
    feed.follow()
    assert [*feed.damages()] == []
    path = feed.folder / "pages" / "1.nt.gz"
    whole = path.read_bytes()
    if spoil:
        path.write_bytes(spoil(whole))
    else:
        path.unlink()
    (fault,) = checking.check(own, here)
    assert (fault.path, what in fault.what, fault.mend) == (path, True, None)
    assert f"remove {feed.folder}: it begins anew" in fault.remedy
    path.write_bytes(whole)


def test_a_release_that_has_lost_its_manifest_is_damaged(own: Workspace) -> None:
    """Another one, which there never was, is not."""
    version = str(own.current())
    (own.folder(version) / "manifest.json").unlink()
    with pytest.raises(Damaged, match=r"manifest\.json is lost; restore it from a backup, or"):
        own.manifest(version)
    with pytest.raises(Problem, match="there is no release"):
        own.manifest("0" * 32)


def test_lines_of_the_log_that_cannot_be_read_are_counted(own: Workspace, here: Settings) -> None:
    with own.log_path.open("a") as log:
        log.write('{"a":1}\n{"half\n')
    (fault,) = checking.check(own, here)
    assert (fault.path, fault.what) == (own.log_path, "2 of its lines cannot be read")


@pytest.mark.slow
def test_a_log_that_was_emptied_is_named_and_goes_on_with_the_next_publish(
    own: Workspace, here: Settings
) -> None:
    own.log_path.write_bytes(b"")
    (fault,) = checking.check(own, here)
    assert fault.path == own.log_path
    assert "does not tell" in fault.what
    publish(own, here, Change())
    assert named(own, here) == set()


@pytest.mark.slow
def test_a_manifest_of_other_graphs_is_no_manifest(own: Workspace, here: Settings) -> None:
    path = release(own) / "manifest.json"
    body = json.loads(path.read_text())
    body["graphs"].pop()
    path.write_text(json.dumps(body))
    assert path in named(own, here)
    checking.repair(own, here)
    assert named(own, here) == set()
    (release(own) / "dumps" / "manifest.json").unlink()
    path.unlink()
    with pytest.raises(Damaged, match="its copy"):
        next(fault.mend() for fault in checking.check(own, here) if fault.mend)
