"""Backups: what is restored is what was backed up, and nothing else is ever taken for a backup."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from registry.damage import Damaged
from registry.problems import Problem
from registry.publishing import backups, checking
from registry.publishing.transaction import keep
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed
from tests.tables import every_row


def contents(home: Path) -> dict[str, str]:
    """Return the hashes of all files of a workspace, and where links lead.

    Without stores, which are made anew, and the state of the feed, whose copy has other bytes.
    """
    found = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if path.is_symlink():
            found[str(name)] = f"-> {path.readlink()}"
        elif path.is_file() and not (
            {"store", "gazetteer", "lock", "jobs", "spool", "drafts"} & {*name.parts}
            or ".sqlite" in path.name
        ):
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture
def archive(own: Workspace, tmp_path: Path) -> Path:
    made = tmp_path / "backup.tar"
    backups.backup(own, made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_a_restored_workspace_is_the_one_that_was_backed_up(
    name: str, own: Workspace, tmp_path: Path, settings: Settings
) -> None:
    keep(own, "autumn")
    made = backups.backup(own, tmp_path / name)
    assert (made.version, made.releases) == (own.current(), 1)
    new = Workspace(tmp_path / "new")
    assert backups.restore(tmp_path / name, new) == made
    assert contents(new.home) == contents(own.home)
    views = [sorted(p.name for p in w.folder(made.version).glob("*.sqlite")) for w in (new, own)]
    assert views[0] == views[1]
    assert list(checking.check(new, settings)) == []
    assert (new.folder(made.version) / "store").is_dir()
    assert new.names() == {"autumn": made.version}
    assert list((own.home / "drafts").iterdir()) == []


def test_a_database_that_is_being_written_is_copied_as_it_was(
    own: Workspace, tmp_path: Path
) -> None:
    """Its journal is not, so that a copy of the bytes would be none of it."""
    (own.home / "more").mkdir()
    with closing(sqlite3.connect(own.home / "more" / "kept.sqlite")) as writer:
        writer.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (n)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.commit()
        writer.execute("INSERT INTO t VALUES (2)")
        backups.backup(own, tmp_path / "backup.tar")
    new = Workspace(tmp_path / "new")
    backups.restore(tmp_path / "backup.tar", new)
    with closing(sqlite3.connect(new.home / "more" / "kept.sqlite")) as reader:
        assert reader.execute("SELECT n FROM t").fetchall() == [(1,)]


def test_what_is_its_owners_alone_stays_so(own: Workspace, tmp_path: Path) -> None:
    (own.home / "private").mkdir(mode=0o700)
    for name in ("key", "kept.sqlite"):
        path = own.home / "private" / name
        with closing(sqlite3.connect(path)) as made:
            made.executescript("CREATE TABLE t (n)")
        path.chmod(0o600)
    backups.backup(own, tmp_path / "backup.tar")
    new = Workspace(tmp_path / "new")
    backups.restore(tmp_path / "backup.tar", new)
    assert (new.home / "private").stat().st_mode & 0o777 == 0o700
    paths = [tmp_path / "backup.tar", *(new.home / "private").iterdir()]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


def test_what_belongs_to_running_processes_is_left_out(own: Workspace, tmp_path: Path) -> None:
    for name in ("jobs/a/answer", "spool/b", "drafts/c", ".unfinished-d"):
        (own.home / name).parent.mkdir(parents=True, exist_ok=True)
        (own.home / name).write_text("x")
    backups.backup(own, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar") as tar:
        names = {name.partition("/")[0] for name in tar.getnames()}
    left_out = {"jobs", "spool", "drafts", "gazetteer", "lock", ".unfinished-d"}
    assert names == {"backup.json"} | {path.name for path in own.home.iterdir()} - left_out


def test_a_damaged_graph_is_not_backed_up(own: Workspace, tmp_path: Path) -> None:
    entry = own.manifest(str(own.current())).graphs[0]
    path = own.graph_folder(entry.sha256) / "nt.gz"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(Damaged, match=r"nt\.gz is damaged"):
        backups.backup(own, tmp_path / "backup.tar")
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == []


def test_a_backup_waits_for_nobody_and_replaces_nothing(
    own: Workspace, tmp_path: Path, archive: Path
) -> None:
    before = archive.read_bytes()
    for target, why in ((archive, "there already"), (own.home / "b.tar", "in the workspace")):
        with pytest.raises(Problem, match=why):
            backups.backup(own, target)
    with own.lock(), pytest.raises(Problem, match="another publish"):
        backups.backup(own, tmp_path / "other.tar")
    assert archive.read_bytes() == before
    with pytest.raises(Problem, match="nothing is published"):
        backups.backup(Workspace(tmp_path / "none"), tmp_path / "none.tar")


def test_a_workspace_is_not_restored_over_another(own: Workspace, archive: Path) -> None:
    before = contents(own.home)
    with pytest.raises(Problem, match="is not empty"):
        backups.restore(archive, own)
    assert contents(own.home) == before


@pytest.mark.slow
def test_what_is_cut_anywhere_is_no_backup(archive: Path, tmp_path: Path) -> None:
    """Also at the end of a member, where a tar file looks whole."""
    with tarfile.open(archive) as tar:
        ends = [member.offset for member in tar][1::7]
    whole, new = archive.read_bytes(), Workspace(tmp_path / "new")
    for end in (0, 100, *ends, ends[-1] + 700):
        archive.write_bytes(whole[:end])
        with pytest.raises(Damaged, match="no whole backup"):
            backups.restore(archive, new)
        assert [path.name for path in new.home.iterdir()] == ["lock"]


def spoilt(archive: Path, change: Callable[[tarfile.TarFile, tarfile.TarInfo], bool]) -> None:
    """Write an archive anew, with a change before each member; where it is True, without that."""
    old = archive.rename(archive.with_suffix(".old"))
    with tarfile.open(old) as source, tarfile.open(archive, "w") as target:
        for member in source:
            if not change(target, member):
                content = source.extractfile(member) if member.isreg() else None
                target.addfile(member, content)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


HOSTILE = {
    "a path to the outside": member("../outside"),
    "an absolute path": member("/tmp/outside"),
    "a path out and in": member("releases/../../outside"),
    "a symbolic link to the outside": member("imports", tarfile.SYMTYPE, "/etc"),
    "another current": member("current", tarfile.SYMTYPE, "../outside"),
    "a hard link to the outside": member("names.json", tarfile.LNKTYPE, "/etc/passwd"),
    "a hard link to what is not there yet": member("x", tarfile.LNKTYPE, "sources.json"),
    "a device": member("names.json", tarfile.CHRTYPE),
    "a pipe": member("names.json", tarfile.FIFOTYPE),
}


@every_row("kind", list(HOSTILE), ids=str)
def test_a_hostile_archive_writes_nothing(kind: str, archive: Path, tmp_path: Path) -> None:
    added: list[bool] = []

    def change(target: tarfile.TarFile, _: tarfile.TarInfo) -> bool:
        if not added:
            target.addfile(HOSTILE[kind], io.BytesIO())
            added.append(True)
        return False

    whole = archive.read_bytes()
    spoilt(archive, change)
    new = Workspace(tmp_path / "new")
    with pytest.raises(Damaged, match="no whole backup"):
        backups.restore(archive, new)
    assert [path.name for path in new.home.iterdir()] == ["lock"]
    assert not (tmp_path / "outside").exists()
    archive.write_bytes(whole)


OTHER = {
    "a graph": "/nt.gz",
    "a manifest": "/manifest.json",
    "the link to the current release": "current",
}


@every_row("kind", list(OTHER), ids=str)
def test_what_lacks_a_file_is_no_backup(kind: str, archive: Path, tmp_path: Path) -> None:
    lost: list[str] = []

    def change(_: tarfile.TarFile, one: tarfile.TarInfo) -> bool:
        if one.name.endswith(OTHER[kind]) and not lost:
            lost.append(one.name)
            return True
        return False

    whole = archive.read_bytes()
    spoilt(archive, change)
    new = Workspace(tmp_path / "new")
    with pytest.raises(Damaged, match="no whole backup"):
        backups.restore(archive, new)
    assert [path.name for path in new.home.iterdir()] == ["lock"]
    assert lost
    archive.write_bytes(whole)


def test_a_file_that_was_changed_is_noticed(archive: Path, tmp_path: Path) -> None:
    def change(target: tarfile.TarFile, one: tarfile.TarInfo) -> bool:
        if one.name != "log.jsonl":
            return False
        target.addfile(member("log.jsonl"), io.BytesIO())
        return True

    spoilt(archive, change)
    with pytest.raises(Damaged, match="something else than it says"):
        backups.restore(archive, Workspace(tmp_path / "new"))


def test_a_backup_of_another_layout_is_refused(
    own: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "FORMAT", 2)
    backups.backup(own, tmp_path / "later.tar")
    monkeypatch.undo()
    with pytest.raises(Damaged, match="layout 2 is of another version"):
        backups.restore(tmp_path / "later.tar", Workspace(tmp_path / "new"))


def test_a_restore_that_was_killed_is_begun_again(archive: Path, tmp_path: Path) -> None:
    new = Workspace(tmp_path / "new")
    (new.home / ".unfinished-abc" / "graphs").mkdir(parents=True)
    backups.restore(archive, new)
    assert new.current()
    assert not (new.home / ".unfinished-abc").exists()
    assert os.listdir(new.home / "releases") == [new.current()]  # noqa: PTH208


def test_a_database_that_is_damaged_is_named(own: Workspace, tmp_path: Path) -> None:
    Feed(own).follow()
    path = own.home / "feed" / "state.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(Damaged, match=r"state\.sqlite.*; restore it from a backup, or remove it"):
        backups.backup(own, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()
