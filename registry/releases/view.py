"""Views: what is computed once for each release and read many times.

A view is added by one file in `registry/views/` and one line in its table: publishing writes it
into the folder of each release, and `Release.view` opens it. Neither knows any view by name.

    release in the making ── write ──▶ names.sqlite ── open ──▶ Names, asked by search and pages
    release before, changes ─ follow ─▶ names.sqlite   (the same bytes as `write` would give)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import pyoxigraph as ox

from registry.releases.manifest import GraphEntry

if TYPE_CHECKING:
    from registry.releases.reading import Release

T = TypeVar("T")


@dataclass(frozen=True)
class Content:
    """A release in the making, as a view reads it when it is written.

    `folder` is that of the release, in which views stand by their names; `merged` has the canonical
    N-Triples of each graph that is part of the default graph; `entries` lists all graphs in IRI
    order, and `graph_folder` gives the folder of a graph's files by its hash. `entries` is empty
    while the derived graph is not known yet.
    """

    folder: Path
    merged: Sequence[bytes]
    entries: Sequence[GraphEntry] = ()
    graph_folder: Callable[[str], Path] = Path

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
