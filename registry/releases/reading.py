"""Reading a release: its manifest and its store, opened read-only, by any number of processes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

import pyoxigraph as ox

from registry.catalogue.statistics import Statistics, count
from registry.intake.graphs import MERGED, Role
from registry.lists.tables import Tables
from registry.once import once
from registry.problems import Problem
from registry.releases import log
from registry.releases.manifest import Manifest
from registry.releases.workspace import Workspace
from registry.search import index, links
from registry.search.index import Index
from registry.search.links import Links


@dataclass(frozen=True)
class Release:
    """One immutable release, opened for reading by any number of threads.

    What it has opened is closed with the last reference to it: nothing below refers back to it.
    """

    folder: Path
    manifest: Manifest

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

    @once
    def index(self) -> Index:
        """What its things are called; `not-found` where an older software published it."""
        return Index(self._read_off(index.FILE))

    @once
    def links(self) -> Links:
        """Its links, with what is told of them by which source; `not-found` as for the index."""
        return Links(self._read_off(links.FILE))

    def _read_off(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise Problem("not-found", f"release {self.version} has no index; publish once more")
        return path

    @once
    def lists(self) -> Tables:
        """Its lists of things."""
        return Tables(self.store, self.index, self.links)

    @once
    def statistics(self) -> Statistics:
        """What it holds, counted."""
        return count(self.store)

    @once
    def store(self) -> ox.Store:
        """Its store, read-only."""
        return ox.Store.read_only(str(self.store_path))


OPEN: Final = 9
"""Releases that are kept open, the current one among them."""


@dataclass
class Shelf:
    """The releases of a workspace, each opened once; the current one is looked up every time.

    Beyond `OPEN` those are let go that were asked for longest ago, and at once those whose store
    has been pruned, but never the current one. A thread that still reads one holds it; its files
    are closed when no thread does.
    """

    workspace: Workspace
    _opened: OrderedDict[str, Release] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _switches: tuple[int, dict[str, str]] | None = None
    latest: str | None = None
    """The version that was current when that was last looked up."""

    def current(self) -> Release:
        """Give the release that readers see; `not-found` before the first publish."""
        version = self.latest = self.workspace.current()
        if version is None:
            raise Problem("not-found", "nothing is published yet; run: citylinks publish")
        return self._open(version)

    def named(self, wanted: str) -> Release:
        """Give a kept release by version, beginning of a version, or name."""
        version = self.workspace.resolve(wanted)
        if not (self.workspace.folder(version) / "store").is_dir():
            raise Problem("not-found", f"of release {version} only the dumps are kept")
        return self._open(version)

    def published_at(self, version: str) -> str:
        """Give the UTC time at which a release was last switched to; empty when unknown."""
        return self._published().get(version, "")

    def first_published(self) -> str:
        """Give the UTC time of the first publication; empty when unknown."""
        return next(iter(self._published().values()), "")

    def _published(self) -> dict[str, str]:
        """Give the time of the last switch to each release, from the log as long as it is now.

        The log only grows, so that its size tells whether it was read to its end.
        """
        try:
            size = self.workspace.log_path.stat().st_size
        except FileNotFoundError:
            return {}
        known = self._switches
        if known is None or known[0] != size:
            events = log.read(self.workspace.log_path)
            known = size, {e.version: e.at for e in events if e.graphs}
            self._switches = known
        return known[1]

    def _open(self, version: str) -> Release:
        """Return a release, opened when it is asked for first."""
        with self._lock:
            release = self._opened.get(version)
            if release is None:
                release = Release(self.workspace.folder(version), self.workspace.manifest(version))
                self._opened[version] = release
                self._let_go(version)
            self._opened.move_to_end(version)
            return release

    def _let_go(self, opened: str) -> None:
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
