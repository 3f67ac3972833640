"""Reading a release: its manifest, its store opened read-only, and its views.

A view is what is computed once for each release and read many times. It is added by one file and
one line in the table of `registry/views/`: publishing writes it into the folder of each release,
and `Release.view` opens it. Neither knows any view by name.

    release in the making ── write ──▶ names-4.sqlite ── open ─▶ names, asked by search and pages
    release before, changes ─ follow ─▶ names-4.sqlite   (says what `write` would have written)
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final, Generic, TypeVar

import pyoxigraph as ox

from registry import files
from registry.damage import BY_STORE, reading, remade
from registry.graphs.graph import MERGED, Graph, Role
from registry.once import once
from registry.problems import Problem
from registry.releases import log
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.workspace import Workspace

T = TypeVar("T")

_NEVER: Final = ("", "")
"""Times of the first and last switch to a release that the log does not name."""


@dataclass(frozen=True)
class Content:
    """A release in the making, as a view reads it when it is written.

    `folder` is that of the release, in which views stand by their names; `graphs` are all its
    graphs; `entries` lists them in IRI order, and `graph_folder` gives the folder of a graph's
    files by its hash. `entries` is empty while the derived graph is not known yet.
    """

    folder: Path
    graphs: Sequence[Graph]
    entries: Sequence[GraphEntry] = ()
    graph_folder: Callable[[str], Path] = Path

    @property
    def merged(self) -> Sequence[Graph]:
        """The graphs that are part of the default graph."""
        return [graph for graph in self.graphs if graph.role in MERGED]

    @property
    def dumps(self) -> Path:
        """The folder of the files that are listed in the manifest and offered for download."""
        return self.folder / "dumps"


@dataclass(frozen=True, eq=False)
class View(Generic[T]):
    """What is computed from a release; `name` is that of its file in the release's folder.

    Another layout of a file takes another name, so that what an older software wrote is not
    misread. A view without `write` is computed when it is first asked for.
    """

    name: str
    open: Callable[[Release], T]
    write: Callable[[Content], None] | None = None
    follow: Callable[[Path, Path, ox.Store, Iterable[str]], None] | None = None
    """Writes the file from that of the last release: its target, the last one's file, the store of
    the release in the making, and the IRIs of what changed."""

    reads: frozenset[str] = frozenset()
    """The predicates that the view is made of: where none of their triples changed, neither does
    it."""


@dataclass(frozen=True)
class Release:
    """One immutable release, opened for reading by any number of threads.

    What it has opened is closed with the last reference to it: nothing below refers back to it.
    """

    folder: Path
    manifest: Manifest
    made: int = field(default=0, compare=False)
    """Which store it was opened with (`files.identity`): a redaction makes another one."""

    _views: dict[View[Any], Any] = field(default_factory=dict, compare=False, repr=False)
    _locks: dict[View[Any], RLock] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> str:
        """Its version."""
        return self.manifest.version

    @property
    def store_path(self) -> Path:
        """The folder of its store."""
        return self.folder / "store"

    @once
    def store_address(self) -> str:
        """The absolute path of its store."""
        return str(self.store_path.resolve())

    @once
    def quads(self) -> int:
        """How many quads its store has at most; the triples of merged graphs stand in it twice."""
        entries = self.manifest.all_graphs()
        return sum(entry.triples * (1 + (Role(entry.role) in MERGED)) for entry in entries)

    def view(self, view: View[T]) -> T:
        """Open a view of this release once; `not-ready` where its file is not there."""
        # One step, so that all threads get the same lock; no view waits for another.
        with self._locks.setdefault(view, RLock()):
            if view not in self._views:
                self._views[view] = view.open(self)
            opened: T = self._views[view]
            return opened

    def file(self, name: str) -> Path:
        """Return the path of a file that a view has written.

        Raises
        ------
        Problem
            `not-ready` where it is lost, or an older version of the software did not write it.

        """
        path = self.folder / name
        if not path.exists():
            remedy = f"to write it, run: citylinks rollback {self.version}"
            raise Problem("not-ready", f"release {self.version} has no {name}; {remedy}")
        return path

    @once
    def store(self) -> ox.Store:
        """Its store, read-only."""
        with reading(self.store_path, remade(self.store_path), BY_STORE):
            return ox.Store.read_only(str(self.store_path))


OPEN: Final = 9
"""Releases that are kept open, the current one among them."""


@dataclass
class Shelf:
    """The releases of a workspace, each opened once; the current one is looked up every time.

    Beyond `OPEN` the least recently used are closed, and by `close_unused` those whose store was
    pruned, but never the current one. A thread that still reads a release holds it; its files are
    closed when no thread does.
    """

    workspace: Workspace
    _opened: OrderedDict[str, Release] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _switches: tuple[int, dict[str, tuple[str, str]]] | None = None
    latest: str | None = None
    """The version that was current when that was last looked up."""

    def current(self) -> Release:
        """Return the release that readers see; `not-found` before the first publish."""
        version = self.latest = self.workspace.current()
        if version is None:
            raise Problem("not-found", "nothing is published yet; run: citylinks publish")
        return self._open(version)

    def named(self, wanted: str) -> Release:
        """Return a kept release by version, beginning of a version, or name."""
        version = self.workspace.resolve(wanted)
        if not self.has_store(version):
            raise Problem("not-found", f"of release {version} only the dumps are kept")
        return self._open(version)

    def has_store(self, version: str) -> bool:
        """Whether a release that is kept has its store, so that its things can be described."""
        return (self.workspace.folder(version) / "store").is_dir()

    def published_at(self, version: str) -> str:
        """Return the UTC time at which a release was last switched to; empty when unknown."""
        return self._published().get(version, _NEVER)[-1]

    def issued_at(self, version: str) -> str:
        """Return the UTC time at which a release was first switched to; empty when unknown.

        A release that comes back is not new: what is derived from it keeps this time.
        """
        return self._published().get(version, _NEVER)[0]

    def switch_to(self, version: str) -> log.Event | None:
        """Return the last switch to a release: when, by whom and why; None when unknown."""
        switches = log.switches(self.workspace.log_path)
        return next((one for one in reversed(switches) if one.version == version), None)

    def previous(self, version: str) -> str:
        """Return the kept release that was current before one; empty where there is none."""
        before = [e.previous for e in log.switches(self.workspace.log_path) if e.version == version]
        there = set(self.workspace.versions()) - {version}
        return next((one for one in before[::-1] if one in there), "") or ""

    def first_published(self) -> str:
        """Return the UTC time of the first publication; empty when unknown."""
        return next(iter(self._published().values()), _NEVER)[0]

    def _published(self) -> dict[str, tuple[str, str]]:
        """Return the times of the first and last switch to each release, from the log.

        The log only grows, so that its size tells whether it was read to its end.
        """
        try:
            size = self.workspace.log_path.stat().st_size
        except FileNotFoundError:
            return {}
        known = self._switches
        if known is None or known[0] != size:
            events = log.read(self.workspace.log_path)
            times: dict[str, tuple[str, str]] = {}
            for event in events:
                if event.graphs:
                    first, _ = times.get(event.version, (event.at, event.at))
                    times[event.version] = first, event.at
            known = self._switches = size, times
        return known[1]

    def _open(self, version: str) -> Release:
        """Return a release; it is opened when it is needed first."""
        with self._lock:
            release, folder = self._opened.get(version), self.workspace.folder(version)
            made = files.identity(folder / "store")
            if release is None or release.made != made:
                release = Release(folder, self.workspace.manifest(version), made)
                self._opened[version] = release
                self._close_unused(version)
            self._opened.move_to_end(version)
            return release

    def close_unused(self) -> bool:
        """Close what was pruned since a release was last opened; return whether anything was."""
        with self._lock:
            return self._close_unused(self.latest)

    def opened(self) -> frozenset[str]:
        """Return the versions of the releases that are open."""
        with self._lock:
            return frozenset(self._opened)

    def _close_unused(self, opened: str | None) -> bool:
        """Forget releases that were pruned, and those beyond `OPEN`, the least recently used first.

        Neither the current one nor the one that has just been opened is forgotten.
        """
        kept = {opened, self.latest}
        others = [version for version in self._opened if version not in kept]
        pruned = [v for v in others if not self._opened[v].store_path.is_dir()]
        left = [version for version in others if version not in pruned]
        beyond = left[: max(0, len(self._opened) - len(pruned) - OPEN)]
        for version in (*pruned, *beyond):
            del self._opened[version]
        return bool(pruned or beyond)
