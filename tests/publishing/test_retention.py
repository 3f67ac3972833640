"""What is kept, what is pruned, and what comes back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry.problems import Problem
from registry.publishing import retention
from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish, rollback
from registry.releases import log
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed

Whole = Callable[[Workspace], str]
File = Callable[..., Path]


def stores(workspace: Workspace) -> set[str]:
    """List the releases that have a store."""
    return {v for v in workspace.versions() if (workspace.folder(v) / "store").is_dir()}


def graph_files(workspace: Workspace) -> set[str]:
    return {path.name for path in (workspace.home / "graphs").iterdir()}


def used(workspace: Workspace) -> set[str]:
    manifests = [workspace.manifest(version) for version in workspace.versions()]
    return {entry.sha256 for manifest in manifests for entry in manifest.all_graphs()}


def quads(workspace: Workspace, version: str) -> set[ox.Quad]:
    return set(ox.Store.read_only(str(workspace.folder(version) / "store")))


@pytest.mark.slow
def test_the_life_of_releases(own: Workspace, sparing: Settings, file: File, whole: Whole) -> None:
    """Two unnamed releases and one store are kept, and what has a name."""

    def at(day: str, name: str = "") -> str:
        version = publish(own, sparing, Change([file("end")], as_of=day)).version
        return keep(own, name, version) if name else version

    first = str(own.current())
    named = at("2019-01-01", "named")
    assert set(own.versions()) == stores(own) | {first} == {first, named}
    third, fourth = at("2021-01-01"), at("2022-01-01")
    content = quads(own, fourth)
    fifth = at("2023-01-01")

    assert retention.newest_first(own) == [fifth, fourth, named]
    assert stores(own) == {fifth, named}
    assert graph_files(own) == used(own)
    events = [(event.event, event.version) for event in log.read(own.log_path)]
    assert [version for event, version in events if event == "prune"] == [first, third]
    with pytest.raises(Problem, match="there is no release"):
        rollback(own, third)
    with pytest.raises(Problem, match=f"of release {fourth} only the dumps are kept"):
        Shelf(own).named(fourth)

    assert rollback(own, fourth) == fourth == whole(own)
    assert quads(own, fourth) == content
    assert retention.newest_first(own) == [fourth, fifth, named]
    assert Shelf(own).named("named").version == named

    assert at("2023-01-01") == fifth == whole(own)
    assert stores(own) == {fifth, named}
    assert at("2022-01-01") == fourth == whole(own)
    assert quads(own, fourth) == content
    assert rollback(own, "named") == named == whole(own)


def test_the_current_release_is_kept_whatever_the_settings(
    own: Workspace, sparing: Settings, whole: Whole
) -> None:
    none = replace(sparing, keep_releases=0, keep_stores=0)
    version = publish(own, none, Change(as_of="2020-01-01")).version
    assert own.versions() == [version] == [whole(own)]


def test_a_damaged_older_release_does_not_stop_what_is_published(
    own: Workspace, sparing: Settings, whole: Whole
) -> None:
    """What can be pruned is; the graph files that the damaged release may have stay."""
    shutil.rmtree(own.home / "feed", ignore_errors=True)  # One that is begun needs the old release.
    older = str(own.current())
    before = publish(own, sparing, Change(as_of="2019-01-01")).version
    (own.folder(older) / "manifest.json").write_bytes(b"{")
    stray = own.graph_folder("0" * 64)
    stray.mkdir()
    done = publish(own, replace(sparing, keep_releases=3), Change(as_of="2021-01-01"))
    assert done.version == own.current() == whole(own)
    (line,) = done.not_pruned
    assert "files of graphs could not be pruned" in line
    assert f"{older}/manifest.json is damaged" in line
    assert set(own.versions()) == {older, before, done.version}
    assert stores(own) == {done.version}
    assert stray.is_dir()

    after = publish(own, sparing, Change(as_of="2022-01-01"))
    assert after.not_pruned == []
    assert set(own.versions()) == {done.version, after.version}
    assert graph_files(own) == used(own)


def test_what_the_feed_is_yet_to_describe_stays_where_it_cannot_be_read(
    own: Workspace, sparing: Settings
) -> None:
    feed = Feed(own)
    feed.follow()
    versions = {str(own.current())}
    state = feed.folder / "state.sqlite"
    state.write_bytes(b"SQLite format 3\0" + bytes(84))
    for day in ("2019-01-01", "2020-01-01"):
        done = publish(own, sparing, Change(as_of=day))
        versions.add(done.version)
    (line,) = done.not_pruned
    assert line.startswith("older releases could not be pruned: ")
    assert "feed is damaged" in line
    assert set(own.versions()) == versions
    assert stores(own) == {done.version}


def test_what_nobody_uses_is_removed(own: Workspace, sparing: Settings) -> None:
    """As after a publisher was killed before its release was in its place."""
    stray = own.graph_folder("0" * 64)
    stray.mkdir()
    (stray / "nt.gz").write_bytes(b"x")
    kept = own.home / "graphs" / next(iter(used(own)))
    release = own.folder(str(own.current()))
    for folder in (own.home, kept, release, release / "dumps"):
        (folder / ".unfinished-a").write_bytes(b"x")
    (own.home / "releases" / ".unfinished-release" / "store").mkdir(parents=True)
    publish(own, sparing, Change())
    assert graph_files(own) == used(own)
    assert not list(own.home.rglob(".unfinished-*"))


def test_what_is_not_ours_is_left(own: Workspace, sparing: Settings) -> None:
    """The workspace may be a folder in which other things lie."""
    for name in (".profile", "notes.txt", ".git"):
        (own.home / name).write_text("mine")
    publish(own, sparing, Change())
    assert {".profile", "notes.txt", ".git"} <= {path.name for path in own.home.iterdir()}
