"""Reading releases: each is opened once, and the current one is looked up every time."""

from __future__ import annotations

import gc
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from registry.damage import Damaged
from registry.lists.tables import TABLES
from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases import reading
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.links import LINKS
from registry.views.names import NAMES
from tests.processes import open_files


def test_a_reader_sees_the_switch(own: Workspace, settings: Settings) -> None:
    shelf = Shelf(own)
    before = shelf.current()
    count = len(before.store)
    after = publish(own, replace(settings, home=own.home), Change(as_of="2020-01-01")).version
    assert shelf.current().version == after != before.version
    assert shelf.current() is shelf.named(after[:8])
    assert len(before.store) == count
    assert shelf.published_at(after) >= shelf.published_at(before.version)
    assert shelf.published_at("never") == ""


@pytest.mark.slow
def test_a_release_that_comes_back_keeps_the_time_of_its_first_publication(
    own: Workspace, settings: Settings
) -> None:
    shelf, first = Shelf(own), published(own, settings, 30)
    issued = shelf.published_at(first)
    published(own, settings, 31)
    time.sleep(1)  # Times are told in seconds.
    assert published(own, settings, 30) == first
    assert shelf.issued_at(first) == issued < shelf.published_at(first)
    assert shelf.issued_at("never") == ""


def test_before_the_first_publish_there_is_nothing(tmp_path: Path) -> None:
    shelf = Shelf(Workspace(tmp_path / "nowhere"))
    with pytest.raises(Problem, match="nothing is published yet; run: citylinks publish"):
        shelf.current()
    assert shelf.published_at("x") == ""
    assert not (tmp_path / "nowhere").exists()


def published(workspace: Workspace, settings: Settings, number: int) -> str:
    """Publish a release of its own, by another as-of date."""
    mine = replace(settings, home=workspace.home, keep_releases=100, keep_stores=100)
    return publish(workspace, mine, Change(as_of=f"20{number:02}-01-01")).version


def read(release: Release) -> int:
    """Read all that a release has open: its store and its databases."""
    named = release.view(NAMES).number(1).iri
    assert release.view(NAMES).by_iri([named])
    assert release.view(TABLES).links
    assert release.view(LINKS).first()
    return len(release.store)


def versions(paths: list[str]) -> set[str]:
    return {path.split("/releases/")[1].partition("/")[0] for path in paths}


@pytest.fixture(autouse=True)
def few_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep fewer releases open than a server does, so that fewer have to be published."""
    monkeypatch.setattr(reading, "OPEN", 3)


@pytest.mark.slow
def test_files_of_releases_that_nobody_reads_are_closed(own: Workspace, settings: Settings) -> None:
    """By reference alone: the collector of cycles, which comes whenever it likes, is off."""
    shelf, made = Shelf(own), [Shelf(own).current().version]
    together = Barrier(4)

    def look(_: int) -> int:
        together.wait(30)
        return read(shelf.current())

    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(4) as threads:
            for number in range(reading.OPEN + 4):
                made.append(published(own, settings, number))
                assert len(set(threads.map(look, range(4)))) == 1
            paths = open_files(own.home)
            assert versions(paths) == set(made[-reading.OPEN :])
            databases = [path for path in paths if path.endswith("names-4.sqlite")]
            assert len(databases) <= 4 * reading.OPEN
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_release_that_is_read_stays_open_until_its_reader_is_done(
    own: Workspace, settings: Settings
) -> None:
    shelf = Shelf(own)
    held = shelf.current()
    count, first = read(held), held.version
    rows = held.view(NAMES).ask("SELECT id FROM thing")
    for number in range(reading.OPEN + 2):
        published(own, settings, number)
        read(shelf.current())
    assert shelf.named(first) is not held
    del shelf
    assert read(held) == count
    assert len(rows.fetchall()) > 1
    assert versions(open_files(own.home)) == {first}
    del held, rows
    assert not open_files(own.home)


@pytest.mark.slow
def test_the_current_release_is_never_let_go(own: Workspace, settings: Settings) -> None:
    """Though others are looked at, and it was opened before them."""
    shelf = Shelf(own)
    made = [published(own, settings, number) for number in range(reading.OPEN + 3)]
    current = shelf.current()
    for version in made[:-1]:
        assert shelf.named(version).version == version
    assert shelf.current() is current
    assert len(shelf._opened) == reading.OPEN


@pytest.mark.slow
def test_the_release_that_was_asked_for_longest_ago_is_let_go(
    own: Workspace, settings: Settings
) -> None:
    shelf = Shelf(own)
    made = [published(own, settings, number) for number in range(reading.OPEN + 2)]
    shelf.current()
    opened = [shelf.named(version) for version in made[: reading.OPEN - 1]]
    assert shelf.named(made[0]) is opened[0]
    shelf.named(made[reading.OPEN - 1])
    assert shelf.named(made[0]) is opened[0]
    assert shelf.named(made[1]) is not opened[1]


def test_a_release_that_was_pruned_is_let_go_at_the_next_switch(
    own: Workspace, settings: Settings
) -> None:
    shelf = Shelf(own)
    before = shelf.current().version
    read(shelf.current())
    after = published(own, settings, 1)
    shutil.rmtree(own.folder(before))
    read(shelf.current())
    assert versions(open_files(own.home)) == {after}


def test_a_store_that_was_made_anew_is_opened_anew(own: Workspace) -> None:
    """As a redaction makes it, in the place of the one that readers have open."""
    shelf = Shelf(own)
    count = read(shelf.current())
    made, folder = own.home / "made", shelf.current().store_path
    shutil.copytree(folder, made)
    shutil.rmtree(folder)
    made.rename(folder)
    assert read(shelf.current()) == count
    assert not [path for path in open_files(own.home) if path.endswith("(deleted)")]


def test_many_threads_open_a_store_once(own: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Slow:
        @staticmethod
        def read_only(path: str) -> list[str]:
            opened.append(path)
            time.sleep(0.05)
            return [path]

    monkeypatch.setattr(reading.ox, "Store", Slow)  # type: ignore[attr-defined]
    release, barrier = Shelf(own).current(), Barrier(8)

    def look(_: int) -> object:
        barrier.wait(30)
        return release.store

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(look, range(8)))
    assert len(opened) == 1
    assert all(store is found[0] for store in found)


def test_what_could_not_be_opened_is_tried_again(own: Workspace) -> None:
    release = Shelf(own).current()
    away = release.store_path.with_name("away")
    release.store_path.rename(away)
    with pytest.raises(Damaged, match="No such file"):
        _ = release.store
    away.rename(release.store_path)
    assert len(release.store)
