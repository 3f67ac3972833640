"""Backups: an archive of all of a workspace that cannot be made anew, and a workspace made of one.

    workspace ─ lock ─ links and copies in a draft ─ unlock ─ graphs by their hashes ─▶ archive
    archive ─ folder in the new workspace ─ graphs by their hashes ─ stores ─▶ workspace

The archive is a tar file. Its last member says what it holds, so that a part is not taken for the
whole. Stores are left out: they are most of a workspace, and are loaded anew from the graphs.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from registry import files, progress
from registry.damage import BY_DATABASE, BY_FORMAT, Damaged, reading
from registry.problems import Problem
from registry.publishing import build, pending
from registry.releases.workspace import Workspace
from registry.version import __version__
from registry.views import VIEWS

FORMAT: Final = 1
"""The number of the layout; a reader refuses one that it does not know."""

_SUMMARY: Final = "backup.json"

_OF_THE_MOMENT: Final = frozenset({"drafts", "gazetteer", "jobs", "lock", "spool", "writers"})
"""What of a workspace is not worth keeping: it belongs to running processes, or is made anew."""

_NEVER_REWRITTEN: Final = ("graphs", "releases")
"""Folders whose files are replaced and never changed, so that a link to one is a copy of it."""

_JOURNALS: Final = (".sqlite-journal", ".sqlite-shm", ".sqlite-wal")
"""Ends of the names of files that a copy of a database has in it."""

MODES: Final = {".tar": "", ".gz": "gz", ".tgz": "gz", ".xz": "xz"}
"""How an archive is compressed, by the end of its name; most of what is in it is compressed."""

_UNREADABLE: Final = (tarfile.TarError, *BY_FORMAT)


@dataclass(frozen=True)
class Summary:
    """What an archive holds."""

    format: int
    software: str
    made: str
    version: str
    """The current release."""

    releases: int
    graphs: int
    sha256: Mapping[str, str] = field(repr=False)
    """The hash of each file, by its path in the workspace."""


def backup(workspace: Workspace, archive: Path) -> Summary:
    """Write a workspace into a new archive, and return what it holds.

    Publishers wait for the moment in which links are made, and not while the archive is written.

    Raises
    ------
    Problem
        `conflict` when there is such a file already or a publish is under way, `not-found` when
        nothing is published.
    Damaged
        when a file is not what it was; no archive is left then.

    """
    if archive.exists():
        raise Problem("conflict", f"{archive} is there already")
    if archive.resolve().is_relative_to(workspace.home.resolve()):
        raise Problem("conflict", f"{archive} is in the workspace, and would be in the next backup")
    if workspace.current() is None:
        raise Problem("not-found", f"nothing is published in {workspace.home}")
    with workspace.draft() as folder:
        with workspace.lock():
            progress.step("linking files")
            _copy(workspace.home, folder)
        summary = _summary(Workspace(folder))
        progress.step("writing the archive")
        unfinished = archive.with_name(f"{files.UNFINISHED}{archive.name}")
        try:
            _write(folder, summary, unfinished, MODES[archive.suffix])
            unfinished.rename(archive)
        finally:
            unfinished.unlink(missing_ok=True)
        files.sync_folder(archive.parent)
    return summary


def _copy(home: Path, folder: Path) -> None:
    """Copy what is worth keeping."""
    names = sorted(path.name for path in home.iterdir() if path.name not in _OF_THE_MOMENT)
    for name in names:
        if name.startswith(files.UNFINISHED):
            continue
        source, linked = home / name, name in _NEVER_REWRITTEN
        found = list(_files(source))
        # A database first: what is only appended to the files beside it since is passed over.
        for path in sorted(found, key=lambda one: one.suffix != ".sqlite"):
            target = folder / path.relative_to(home)
            target.parent.mkdir(parents=True, exist_ok=True)
            if linked and not path.is_symlink():
                target.hardlink_to(path)
            elif path.is_symlink():
                target.symlink_to(path.readlink())
            else:
                copy = _copy_database if path.suffix == ".sqlite" else shutil.copyfile
                copy(path, target)
                shutil.copymode(path, target)
                shutil.copymode(path.parent, target.parent)


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or those in a folder; stores and what is unfinished are left out."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for one in sorted(path.iterdir()):
        is_store = one.name == "store" and path.parent.name == "releases"
        is_beside = one.name.endswith(_JOURNALS) or one.name.startswith(files.UNFINISHED)
        if not is_store and not is_beside:
            yield from _files(one)


def _copy_database(path: Path, target: Path) -> None:
    """Copy a database that others may be writing."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
        with reading(path, "restore it from a backup, or remove it", BY_DATABASE):
            source.execute("PRAGMA schema_version")
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)


def _summary(workspace: Workspace) -> Summary:
    """Read what was copied, every graph against its hash, and say what it is.

    Raises
    ------
    Damaged
        when a file is not what it was.

    """
    current = workspace.current()
    if current is None:
        raise Damaged(f"{workspace.current_link} is lost")
    workspace.names()
    pending.merge_bases(workspace)
    graphs = _verify_graphs(workspace)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    releases = len(workspace.versions())
    hashes = _hashes(workspace.home)
    return Summary(FORMAT, __version__, made, current, releases, graphs, hashes)


def _hashes(folder: Path) -> dict[str, str]:
    """Return the hashes of all files in a folder by path; each file is read once for all links."""
    progress.step("computing the hashes of all files")
    known, found = dict[int, str](), dict[str, str]()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            number = path.stat().st_ino
            if number not in known:
                known[number] = files.sha256(path)
            found[str(path.relative_to(folder))] = known[number]
    return found


def _verify_graphs(workspace: Workspace) -> int:
    """Compare every graph with its hash; return how many there are."""
    manifests = [workspace.manifest(version) for version in workspace.versions()]
    entries = {entry.sha256: entry for one in manifests for entry in one.all_graphs()}
    progress.step("comparing graphs with their hashes")
    for entry in progress.counted(entries.values(), len(entries)):
        for _ in workspace.blocks(entry):
            pass
    return len(entries)


def _write(folder: Path, summary: Summary, target: Path, compression: str) -> None:
    """Write an archive and bring it to disk; files that are one file stay so.

    It is its owner's alone, since it holds what people have written to the editors.
    """
    target.touch(0o600)
    with target.open("wb") as file:
        with tarfile.open(fileobj=file, mode=f"w:{compression}") as tar:  # type: ignore[call-overload]
            for path in sorted(folder.iterdir()):
                tar.add(path, path.name, filter=_nobodys)
            content = json.dumps(asdict(summary)).encode()
            member = tarfile.TarInfo(_SUMMARY)
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
        file.flush()
        os.fsync(file.fileno())


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out whose a file is: who restores it owns it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def restore(archive: Path, workspace: Workspace) -> Summary:
    """Make a new workspace of an archive, and return what it holds.

    The link to the current release comes last: until then the workspace is none, and no reader
    opens it.

    Raises
    ------
    Problem
        `conflict` when the folder of the workspace holds anything already.
    Damaged
        when the archive is no whole backup, or a file in it is not what it was; nothing is left
        then.

    """
    _refuse_to_replace(workspace)
    with workspace.lock(), _unpacked(archive, workspace.home) as folder:
        _refuse_to_replace(workspace)
        summary = _read_summary(folder, archive)
        unpacked = Workspace(folder)
        with _of_archive(archive):
            if unpacked.current() != summary.version or _hashes(folder) != summary.sha256:
                raise Damaged("it holds something else than it says")
        for version in sorted({summary.version, *unpacked.names().values()}):
            progress.step(f"loading release {version}")
            build.restore(unpacked, version, VIEWS)
        _move(folder, workspace)
    return summary


def _refuse_to_replace(workspace: Workspace) -> None:
    home = workspace.home
    found = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    if left := [n for n in found if n != "lock" and not n.startswith(files.UNFINISHED)]:
        what = f"{home} is not empty (it holds {left[0]})"
        raise Problem("conflict", f"{what}; move it away, or set CITYLINKS_HOME to a new folder")


@contextmanager
def _of_archive(archive: Path) -> Iterator[None]:
    """Name the archive where what is inside cannot be read."""
    try:
        yield
    except (*_UNREADABLE, Damaged, Problem) as error:
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            raise  # The disk is full, or the like.
        why = " ".join(str(error).split()) or type(error).__name__
        raise Damaged(f"{archive} is no whole backup ({why}); use another one") from error


@contextmanager
def _unpacked(archive: Path, home: Path) -> Iterator[Path]:
    """Yield a folder in the workspace with the members of an archive; it is removed at the end."""
    made = Path(tempfile.mkdtemp(prefix=files.UNFINISHED, dir=home))
    try:
        with _of_archive(archive), tarfile.open(archive) as tar:
            progress.step("reading the archive")
            # A second guard, where this Python has it (3.11.4).
            if data_filter := getattr(tarfile, "data_filter", None):
                tar.extraction_filter = data_filter
            seen = set[str]()
            for member in tar:
                _check(member, seen)
                member.mode &= 0o755  # Neither others nor the system are given more.
                tar.extract(member, made)
                if member.isdir() and not member.mode & 0o077:
                    (made / member.name).chmod(0o700)
        yield made
    finally:
        shutil.rmtree(made)


def _check(member: tarfile.TarInfo, seen: set[str]) -> None:
    """Refuse a member that would be anything but a file, a folder or the link of a workspace."""
    parts = PurePosixPath(member.name).parts
    is_inside = bool(parts) and not member.name.startswith("/") and ".." not in parts
    is_plain = member.isfile() or member.isdir()
    # A hard link is to a file that was unpacked; the one symbolic link is to the current release.
    is_link = member.islnk() and member.linkname in seen
    is_current = (
        member.issym() and member.name == "current" and _is_release(PurePosixPath(member.linkname))
    )
    if not is_inside or not (is_plain or is_link or is_current):
        raise tarfile.TarError(f"a workspace has no {member.name!r} of this kind")
    seen.add(member.name)


def _is_release(path: PurePosixPath) -> bool:
    return path.parts[:-1] == ("releases",) and path.name.isalnum()


def _read_summary(folder: Path, archive: Path) -> Summary:
    """Read what an archive says that it holds."""
    path = folder / _SUMMARY
    with _of_archive(archive):
        if not path.exists():
            raise Damaged("it ends early, or is another kind of archive")
        body = json.loads(path.read_bytes())
        path.unlink()
        if body["format"] != FORMAT:
            raise Damaged(f"its layout {body['format']!r} is of another version of the software")
        return Summary(**body)


def _move(folder: Path, workspace: Workspace) -> None:
    """Move what was unpacked to its place, the link to the current release last."""
    os.sync()  # Thousands of files: once for all of them is sooner than once for each.
    for path in sorted(folder.iterdir(), key=lambda one: one.name == "current"):
        if path.name == "current":
            files.sync_folder(workspace.home)
        path.rename(workspace.home / path.name)
    files.sync_folder(workspace.home)
