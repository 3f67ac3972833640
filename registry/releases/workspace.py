"""The workspace: the folder in which releases, their graphs, the log and the lock are kept.

current -> releases/{version}     what servers show; switched by renaming a link
releases/{version}/               manifest.json, store/, dumps/, report.json.gz, views
graphs/{hash}/                    a graph's files, once for all releases that have it
sources.json                      merge bases: what was last taken from files, by graph
imports/{graph}/                  what the last import of a source found each place to be
identity.tsv                      the ledger lines that imports have minted here
pending.json                      what a switch makes true beside the release, while it is made
drafts/                           releases that are validated without being published
log.jsonl, names.json, lock

A transaction (`registry.publishing.transaction`) alone writes here; it holds the lock, and first
removes what a killed one left unfinished.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from registry import files, locks
from registry.damage import Damaged, json_object, reading
from registry.files import UNFINISHED
from registry.graphs.graph import Graph, KeptGraph, lines_in
from registry.graphs.merging import merged
from registry.problems import Problem, unwritable
from registry.releases import as_of, manifest
from registry.releases.graph_files import GraphFiles
from registry.releases.manifest import GraphEntry, Manifest

T = TypeVar("T")

_PLACES: Final = ("", "releases/", "releases/*/", "releases/*/dumps/", "graphs/*/", "imports/")
"""Where a publisher that was killed leaves what is unfinished."""

_PREPARED: Final = ".prepared-"
"""How the name of a folder begins that takes the place of another one with a switch."""

_BACKUP: Final = "restore it from a backup"

REMEDIES: Final = {
    "manifest.json": f"{_BACKUP}, or remove the folder of this release and, where it was the "
    "current one, run: citylinks rollback",
    "names.json": f"{_BACKUP}, or remove it and name the releases again by: citylinks keep",
    "sources.json": f"{_BACKUP}, or remove it; where file and workspace differ, publish then asks "
    "for --take",
    "origin.json": f"{_BACKUP}, or remove it and run citylinks mirror with --replace",
    "pending.json": f"{_BACKUP}, or remove it; what the last publish took from files is unknown "
    "then",
    "engine.json": f"{_BACKUP}, or remove it, and then what the engine keeps of old releases",
}
"""What to do about a damaged file, by its name."""


@dataclass(frozen=True)
class Workspace:
    """A workspace by its folder; it need not exist yet."""

    home: Path

    @cached_property
    def current_link(self) -> Path:
        """The link to the current release."""
        return self.home / "current"

    @property
    def log_path(self) -> Path:
        """The append-only log."""
        return self.home / "log.jsonl"

    @property
    def ledger(self) -> Path:
        """What imports have minted here, beside the ledger that is shipped."""
        return self.home / "identity.tsv"

    @property
    def sources_path(self) -> Path:
        """The merge bases: what was last taken from files, by graph."""
        return self.home / "sources.json"

    @property
    def spools(self) -> Path | None:
        """Where what is too long for memory has files without names; None = the system's folder."""
        return self.home if self.home.is_dir() else None

    def lists_of(self, graph: str) -> Path:
        """The folder of what the last import of a graph found each place to be."""
        return self.home / "imports" / quote(graph, safe="")

    @property
    def pending_path(self) -> Path:
        """What becomes true with a switch (`publishing.pending`)."""
        return self.home / "pending.json"

    @property
    def origin_path(self) -> Path:
        """What a mirror knows of its origin; a workspace without it is none."""
        return self.home / "mirror" / "origin.json"

    def origin(self) -> str:
        """Return the address of the origin of a mirror; empty where this is none."""
        return str(read_json(self.origin_path).get("origin", ""))

    @property
    def _names_path(self) -> Path:
        return self.home / "names.json"

    def folder(self, version: str) -> Path:
        """The folder of a release."""
        return self.home / "releases" / version

    def graph_folder(self, sha256: str) -> Path:
        """The folder of a graph's files."""
        return self.home / "graphs" / sha256

    def current(self) -> str | None:
        """Return the version of the current release; None before the first publish.

        Raises
        ------
        Damaged
            when something was published, and the link to it, or what it leads to, is lost.

        """
        if lost := self.lost_current():
            raise Damaged(f"{lost}; to put it back as the log has it, run: citylinks rollback")
        return self._linked()

    def lost_current(self) -> str:
        """Describe what is wrong with the link to the current release; empty where nothing is.

        Damaged is not empty: a workspace whose link is lost, taken for a new one, would be
        published without all that it holds.
        """
        version = self._linked()
        if version is None:
            return f"{self.current_link} is lost" if self._was_published() else ""
        if self.current_link.exists() or self._linked() != version:
            return ""  # Another process has switched, and perhaps pruned, meanwhile.
        return f"{self.current_link} leads to release {version}, which is lost"

    def _linked(self) -> str | None:
        """Read the link to the current release; None where there is none."""
        try:
            return os.path.basename(os.readlink(self.current_link))  # noqa: PTH115, PTH119
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            what = f"{self.current_link} is no link, as after a copy that followed links"
            raise Damaged(f"{what}; remove it, and run: citylinks rollback") from error

    def _was_published(self) -> bool:
        """Whether there was a current release at some time.

        A publisher that was killed shortly before its first switch leaves one release, no more.
        """
        written = (self.log_path, self.sources_path)
        return any(path.exists() for path in written) or len(self.versions()) > 1

    def switched(self) -> str | None:
        """Name the last switch by the version it made current and its moment, in nanoseconds.

        Servers keep answers under this name, so it must differ after each switch, and asking for
        it must not fail: it is None before any switch, and where the link is lost or no link. A
        link whose release is lost still names its switch. What is damaged, `current` says.
        """
        try:
            version = self._linked()
            return version and f"{version} {self.current_link.lstat().st_mtime_ns}"
        except (Damaged, FileNotFoundError):
            return None

    def manifest(self, version: str) -> Manifest:
        """Read the manifest of a release; `not-found` when there is no such release."""
        path = self.folder(version) / "manifest.json"
        try:
            with reading(path, REMEDIES["manifest.json"]):
                found = manifest.from_json(path.read_bytes())
                if found.version != version:
                    raise ValueError(f"it is that of release {found.version!r}")
                return found
        except (FileNotFoundError, NotADirectoryError):
            if path.parent.is_dir() and version in self.versions():
                raise Damaged(f"{path} is lost; {REMEDIES['manifest.json']}") from None
            raise Problem("not-found", f"there is no release {version!r}") from None

    def versions(self) -> list[str]:
        """List the releases that are kept, in no order; the log knows the order."""
        folder = self.home / "releases"
        if not folder.is_dir():
            return []
        return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))

    def names(self) -> dict[str, str]:
        """Return the versions of the releases that have a name."""
        with reading(self._names_path, REMEDIES["names.json"]):
            names = read_json(self._names_path)
            if not all(isinstance(version, str) for version in names.values()):
                raise TypeError("a name is not that of one release")
            return names

    def named(self) -> dict[str, str]:
        """Return the names of releases by version."""
        return {version: name for name, version in self.names().items()}

    def resolve(self, wanted: str) -> str:
        """Return the version that a name, a version or its beginning stands for.

        Raises
        ------
        Problem
            `not-found` when no kept release, or more than one, fits.

        """
        if (named := self.names().get(wanted)) is not None:
            return named
        fitting = [v for v in self.versions() if v.startswith(wanted)] if len(wanted) >= 6 else []
        if len(fitting) != 1:
            raise Problem("not-found", f"there is no release {wanted!r}")
        return fitting[0]

    def name(self, name: str, version: str) -> None:
        """Name a release, so that it is kept for ever."""
        content = json.dumps({**self.names(), name: version}, indent=1, sort_keys=True)
        files.write(self._names_path, content.encode() + b"\n")

    def unname(self, versions: Container[str]) -> None:
        """Take their names from some releases."""
        left = {name: version for name, version in self.names().items() if version not in versions}
        if left != self.names():
            content = json.dumps(left, indent=1, sort_keys=True)
            files.write(self._names_path, content.encode() + b"\n")

    def graph(self, entry: GraphEntry) -> Graph:
        """Return a graph, whose content is read when it is needed first; Damaged as `lines`."""
        read = partial(self.blocks, entry)
        return KeptGraph(entry.graph, entry.sha256, entry.bytes, entry.triples, read)

    def lines(self, entry: GraphEntry) -> Iterator[bytes]:
        """Yield the lines of a graph without line ends; of a large graph, too, few at a time.

        Raises
        ------
        Damaged
            at the end, when they are not what the graph was.

        """
        return lines_in(self.blocks(entry))

    def blocks(self, entry: GraphEntry) -> Iterator[bytes]:
        """Yield the canonical N-Triples of a graph, few at a time; Damaged as `lines`."""
        path, digest = self.graph_folder(entry.sha256) / "nt.gz", hashlib.sha256()
        with _there(path), reading(path, _BACKUP):
            for block in files.blocks(path):
                digest.update(block)
                yield block
            if digest.hexdigest() != entry.sha256:
                raise ValueError(f"it is not what <{entry.graph}> was")

    def merged_blocks(self, entries: Iterable[GraphEntry]) -> Iterator[bytes]:
        """Yield the merge of graphs as N-Triples, few at a time; Damaged as `lines`."""
        return merged(map(self.blocks, entries))

    def file_blocks(self, entry: GraphEntry, extension: str) -> Iterator[bytes]:
        """Yield the content of the file of a graph in a format, few at a time."""
        path = GraphFiles(self.graph_folder(entry.sha256), entry.graph).paths[extension]
        with reading(path, _BACKUP):
            yield from files.blocks(path)

    def stated_dates(self, graph: Graph) -> frozenset[str]:
        """Return the dates that a graph states, which are stored beside its files."""
        path = self.graph_folder(graph.sha256) / as_of.STATED
        try:
            with reading(path, "remove it; the dates are looked up again"):
                dates = frozenset(path.read_text(encoding="ascii").split())
                if wrong := [text for text in dates if not as_of.last_day(text)]:
                    raise ValueError(f"{wrong[0]} is no date")
                return dates
        except FileNotFoundError:
            return as_of.stated_by(graph)

    def graphs(self, version: str) -> dict[str, Graph]:
        """Return all graphs of a release but the derived one, by IRI."""
        return {entry.graph: self.graph(entry) for entry in self.manifest(version).graphs}

    def released(self) -> tuple[str | None, dict[str, Graph]]:
        """Return the current version, and all its graphs but the derived one."""

        def look() -> tuple[str | None, dict[str, Graph]]:
            current = self.current()
            return current, self.graphs(current) if current else {}

        return self.steadily(look)

    def steadily(self, look: Callable[[], T]) -> T:
        """Read the current release by a function, and again where it was replaced meanwhile.

        Without the lock, what was current a moment ago may have been pruned.
        """
        while True:
            current = self.current()
            try:
                return look()
            except (OSError, Problem, Damaged):
                if self.current() == current:
                    raise

    def switch(self, version: str) -> None:
        """Make a release the current one, in one step."""
        beside = self.home / f"{UNFINISHED}current"
        beside.unlink(missing_ok=True)
        try:
            beside.symlink_to(Path("releases") / version)
            beside.replace(self.current_link)
        finally:
            beside.unlink(missing_ok=True)
        files.sync_folder(self.home)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the right to change the workspace; the second process is refused with `conflict`."""
        refusal = Problem("conflict", "another publish is under way", retryAfter=5)
        with self._held("lock", 0, refusal):
            for place in _PLACES:
                for left in list(self.home.glob(f"{place}{UNFINISHED}*")):
                    _remove(left)
            yield

    @contextmanager
    def upload_slot(self, seconds: float) -> Iterator[None]:
        """Wait for the uploads of other serving processes.

        Raises
        ------
        Problem
            `busy` after so many seconds, `unwritable` when the workspace cannot be written.

        """
        refusal = Problem("busy", "too many uploads are under way", retryAfter=5)
        with self._held("writers", seconds, refusal):
            yield

    @contextmanager
    def _held(self, name: str, seconds: float, refusal: Problem) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                self.home.mkdir(parents=True, exist_ok=True)
                stack.enter_context(locks.held(self.home / name, seconds))
            except TimeoutError:
                raise refusal from None
            except OSError as error:
                raise unwritable(error) from error
            yield

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """Yield a temporary folder of this process alone; needs no lock of the workspace.

        Drafts of killed processes are removed first: the kernel has released their locks.
        """
        drafts = self.home / "drafts"
        drafts.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with locks.held(drafts):
                for left in drafts.iterdir():
                    if not locks.is_held(left):
                        _remove(left)
                made = Path(tempfile.mkdtemp(dir=drafts))
                stack.enter_context(locks.held(made))
            try:
                yield made
            finally:
                _remove(made)

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """Yield a folder for a release in the making; what was not moved away is removed."""
        making = self.home / "releases" / f"{UNFINISHED}release"
        making.mkdir(parents=True)
        try:
            yield making
        finally:
            _remove(making)

    def prepared(self, target: Path) -> Path:
        """Return where a folder is made that takes the place of another one with a switch."""
        return target.with_name(f"{_PREPARED}{target.name}")

    def remove_prepared(self) -> None:
        """Remove what was made to take the place of folders, where no switch was made."""
        for left in list(self.home.glob(f"imports/{_PREPARED}*")):
            _remove(left)

    def replace_folder(self, target: Path, made: Path) -> None:
        """Put a folder that was made beside another one in its place."""
        if target.is_dir():
            gone = target.with_name(f"{UNFINISHED}before-{target.name}")
            target.rename(gone)
            made.rename(target)
            _remove(gone)
        else:
            made.rename(target)
        files.sync_folder(target.parent)

    def throw_away(self, folder: Path) -> None:
        """Remove a folder, in one step for readers."""
        if folder.is_dir():
            gone = self.home / "releases" / f"{UNFINISHED}{folder.name}"
            folder.rename(gone)
            _remove(gone)


@contextmanager
def _there(path: Path) -> Iterator[None]:
    """Turn the lack of the file of a graph into `Damaged`, with a way out."""
    try:
        yield
    except FileNotFoundError as error:
        why = "run citylinks check --repair, or restore it from a backup"
        raise Damaged(f"{path} is lost; {why}") from error


def _remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for _ in range(_REMOVALS):
        # A store in it that is still open may add or remove files of its own meanwhile.
        try:
            shutil.rmtree(path)
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY}:
                raise
        if not path.exists():
            return
        time.sleep(_REMOVAL_PAUSE)
    shutil.rmtree(path)


_REMOVALS: Final = 100
_REMOVAL_PAUSE: Final = 0.01
"""How often the removal of a folder is tried, and the seconds between."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a small JSON object; empty when the file is not there."""
    try:
        return json_object(path, REMEDIES[path.name])
    except FileNotFoundError:
        return {}
