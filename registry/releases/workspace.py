"""The workspace: the folder in which releases, their graphs, the log and the lock are kept.

current -> releases/{version}     what servers show; switched by renaming a link
releases/{version}/               manifest.json, store/, dumps/, derived/
graphs/{hash}/                    a graph's files, once for all releases that have it
taken.json                        the file hash that each source graph was last taken from
log.jsonl, names.json, lock
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.intake.graphs import Graph
from registry.problems import Problem
from registry.releases import files, manifest
from registry.releases.manifest import GraphEntry, Manifest

_UNFINISHED: Final = ".unfinished-"


@dataclass(frozen=True)
class Workspace:
    """A workspace by its folder; it need not exist yet."""

    home: Path

    @property
    def current_link(self) -> Path:
        """The link to the current release."""
        return self.home / "current"

    @property
    def log_path(self) -> Path:
        """The append-only log."""
        return self.home / "log.jsonl"

    @property
    def _taken_path(self) -> Path:
        return self.home / "taken.json"

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
        """Give the version of the current release; None before the first publish."""
        try:
            return os.path.basename(os.readlink(self.current_link))  # noqa: PTH115, PTH119
        except FileNotFoundError:
            return None

    def manifest(self, version: str) -> Manifest:
        """Read the manifest of a release; `not-found` when there is none."""
        try:
            return manifest.from_json((self.folder(version) / "manifest.json").read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise Problem("not-found", f"there is no release {version!r}") from None

    def versions(self) -> list[str]:
        """List the releases that are kept, in no order; the log knows the order."""
        folder = self.home / "releases"
        if not folder.is_dir():
            return []
        return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))

    def names(self) -> dict[str, str]:
        """Give the versions of the releases that have a name."""
        return _read_json(self._names_path)

    def resolve(self, wanted: str) -> str:
        """Give the version that a name, a version or its beginning stands for.

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
        """Give a release a name that keeps it for ever."""
        self._write_json(self._names_path, {**self.names(), name: version})

    def taken(self) -> dict[str, str]:
        """Give, by graph, the hash of the content last taken from a file."""
        return _read_json(self._taken_path)

    def write_taken(self, taken: dict[str, str]) -> None:
        """Remember what was taken from files."""
        self._write_json(self._taken_path, taken)

    def _write_json(self, path: Path, content: dict[str, str]) -> None:
        files.write(path, json.dumps(content, indent=1, sort_keys=True).encode() + b"\n")

    def graph(self, entry: GraphEntry) -> Graph:
        """Read a graph's content."""
        compressed = (self.graph_folder(entry.sha256) / "nt.gz").read_bytes()
        return Graph(entry.graph, files.decompress(compressed))

    def graphs(self, version: str) -> dict[str, Graph]:
        """Read all graphs of a release but the derived one, by IRI."""
        return {entry.graph: self.graph(entry) for entry in self.manifest(version).graphs}

    def switch(self, version: str) -> None:
        """Make a release the current one, in one step."""
        beside = self.home / f".current.{os.getpid()}"
        beside.unlink(missing_ok=True)
        beside.symlink_to(Path("releases") / version)
        beside.replace(self.current_link)
        files.sync_folder(self.home)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the right to publish; a second publisher is refused with `conflict`."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Problem("conflict", "another publish is under way") from None
            yield

    @contextmanager
    def unfinished(self) -> Iterator[Path]:
        """Give a folder for a release in the making; what a kill left behind goes first."""
        folder = self.home / "releases"
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(_UNFINISHED + "*"):
            shutil.rmtree(left, ignore_errors=True)
        making = folder / f"{_UNFINISHED}{os.getpid()}"
        making.mkdir()
        try:
            yield making
        finally:
            shutil.rmtree(making, ignore_errors=True)


def _read_json(path: Path) -> dict[str, str]:
    """Read a small JSON object; empty when the file is not there."""
    try:
        content: dict[str, str] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return content
