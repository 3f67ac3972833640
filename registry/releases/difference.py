"""Difference of two releases: graphs by their hashes, nodes of the default graph by content.

Releases whose stores were pruned can be compared, too: the files of their graphs are still there.
Both releases are read side by side, line by line, so that a comparison takes little memory however
large they are: of each node that differs, a `Change`, and nothing of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from heapq import merge
from itertools import groupby
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol

import pyoxigraph as ox

from registry import terms
from registry.formats import NTRIPLES, serialise
from registry.graphs.graph import MERGED, Role
from registry.problems import Problem
from registry.releases import log
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.workspace import Workspace

Node = tuple[bytes, list[bytes]]
"""A subject as N-Triples write it, and its sorted lines without line ends."""


class What(IntEnum):
    """What happened to a node from one release to another."""

    CREATED = 0
    UPDATED = 1
    DELETED = 2

    @property
    def past(self) -> str:
        """What it is called where a difference is written: as in the log of graphs."""
        return ("added", "changed", "removed")[self]


class Change(NamedTuple):
    """What happened to one node.

    `before` and `after` are the status of a link in either release, as an IRI; empty where it has
    none. `properties` are those whose values differ, where both releases have the node.
    """

    what: What
    iri: str
    before: str = ""
    after: str = ""
    properties: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What kind of thing it is, by its IRI: `city`, `link`, `graph`, `scheme`, `ontology`.

        >>> Change(What.CREATED, "https://w3id.org/citylinks/id/city/perm-511196").kind
        'city'
        >>> Change(What.CREATED, "https://w3id.org/citylinks/ontology#party").kind
        'ontology'
        >>> Change(What.CREATED, "http://www.w3.org/2004/02/skos/core#prefLabel").kind
        'other'
        """
        if parts := terms.kind_and_ref(self.iri):
            return parts[0]
        if not self.iri.startswith(terms.BASE):
            return "other"
        return self.iri.removeprefix(terms.BASE).partition("#")[0].partition("/")[0] or "other"


@dataclass(frozen=True)
class Difference:
    """Graphs and nodes in which a release differs from an earlier one, by IRI, each in order.

    `graphs` is as in the log: `added`, `changed`, `removed`. `classes` counts
    the classes of the things of each kind.
    """

    before: Manifest
    after: Manifest
    graphs: dict[str, list[str]]
    changes: tuple[Change, ...]
    classes: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def nodes(self) -> dict[What, list[str]]:
        """The IRIs of the nodes by what happened to them."""
        return {what: [one.iri for one in self.changes if one.what == what] for what in What}

    @cached_property
    def counts(self) -> dict[str, Counter[What]]:
        """How many things of each kind were added, changed and removed."""
        found: dict[str, Counter[What]] = {}
        for change in self.changes:
            found.setdefault(change.kind, Counter())[change.what] += 1
        return dict(sorted(found.items()))

    @property
    def size(self) -> int:
        """How many bytes it takes, roughly."""
        return sum(_OF_A_CHANGE + len(change.iri) for change in self.changes)


_OF_A_CHANGE: Final = 250


def between(workspace: Workspace, before: Manifest, after: Manifest) -> Difference:
    """Compare two releases that are kept."""
    subjects = touched(workspace, before, after)
    changes: list[Change] = []
    classes: dict[str, Counter[str]] = {}
    old, new = (nodes(workspace, one.version, subjects) for one in (before, after))
    for subject, former, present in _side_by_side(old, new):
        if former != present:
            change = _change(subject, former, present)
            changes.append(change)
            own = _values(subject, present or former, _TYPE)
            classes.setdefault(change.kind, Counter()).update(own)
    return Difference(before, after, log.changes(before, after), tuple(changes), classes)


def _side_by_side(
    old: Iterable[Node], new: Iterable[Node]
) -> Iterator[tuple[bytes, list[bytes], list[bytes]]]:
    """Yield each subject with its lines in two releases, whose nodes come in the same order."""

    def tagged(at: int, release: Iterable[Node]) -> Iterator[tuple[bytes, int, list[bytes]]]:
        return ((subject + b" ", at, lines) for subject, lines in release)

    for key, group in groupby(merge(tagged(0, old), tagged(1, new)), lambda one: one[0]):
        both = {at: lines for _, at, lines in group}
        yield key[:-1], both.get(0, []), both.get(1, [])


def _change(subject: bytes, former: list[bytes], present: list[bytes]) -> Change:
    what = What.DELETED if not present else What.UPDATED if former else What.CREATED
    differ = set(former) ^ set(present) if what == What.UPDATED else ()
    properties = {line.split(b" ", 2)[1] for line in differ}
    before, after = (next(iter(_values(subject, of, _STATUS)), "") for of in (former, present))
    return Change(what, iri_of(subject), before, after, tuple(sorted(map(iri_of, properties))))


def _values(subject: bytes, lines: Iterable[bytes], predicate: bytes) -> list[str]:
    """Return the values of a property that are IRIs."""
    start = b"%s %s <" % (subject, predicate)
    return [
        line[len(start) : line.rindex(b">")].decode() for line in lines if line.startswith(start)
    ]


_TYPE: Final = f"<{terms.RDF_TYPE}>".encode()
_STATUS: Final = f"<{terms.CL}status>".encode()


def touched(workspace: Workspace, before: Manifest, after: Manifest) -> set[bytes]:
    """Return the subjects of all lines that a merged graph has in only one of two releases."""
    old, new = _merged(before), _merged(after)
    found: set[bytes] = set()
    for graph in old.keys() | new.keys():
        one, other = old.get(graph), new.get(graph)
        if one is None or other is None or one.sha256 != other.sha256:
            lines = _parted(_lines(workspace, one), _lines(workspace, other))
            found.update(map(_subject, lines))
    return found


def _parted(one: Iterator[bytes], other: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines that only one of two sorted sequences has."""
    a, b = next(one, None), next(other, None)
    while a is not None and b is not None:
        if a == b:
            a, b = next(one, None), next(other, None)
        elif a < b:
            yield a
            a = next(one, None)
        else:
            yield b
            b = next(other, None)
    for line, rest in ((a, one), (b, other)):
        if line is not None:
            yield line
            yield from rest


def nodes(workspace: Workspace, version: str, wanted: set[bytes] | None = None) -> Iterator[Node]:
    """Return the nodes of a release, or those wanted that it has, in the order of their lines."""
    store = workspace.folder(version) / "store"
    if wanted is not None and len(wanted) < _FEW and store.is_dir():
        return _looked_up(ox.Store.read_only(str(store)), wanted)
    entries = _merged(workspace.manifest(version)).values()
    return _grouped(_wanted(_lines(workspace, entry), wanted) for entry in entries)


def _wanted(lines: Iterator[bytes], subjects: set[bytes] | None) -> Iterator[bytes]:
    """Keep the lines of these subjects; of None, all."""
    return lines if subjects is None else (one for one in lines if _subject(one) in subjects)


_FEW: Final = 20_000
"""Nodes up to which each is looked up in the store."""


def _looked_up(store: ox.Store, subjects: set[bytes]) -> Iterator[Node]:
    for subject in sorted(subjects, key=lambda one: one + b" "):
        quads = store.quads_for_pattern(ox.NamedNode(iri_of(subject)), None, None, _DEFAULT)
        if lines := serialise((quad.triple for quad in quads), NTRIPLES).splitlines():
            yield subject, sorted(lines)


_DEFAULT: Final = ox.DefaultGraph()


def _grouped(graphs: Iterable[Iterator[bytes]]) -> Iterator[Node]:
    """Merge graphs, which are sorted; a line that several have is one."""
    lines = (line for line, _ in groupby(merge(*graphs)))
    for subject, own in groupby(lines, _subject):
        yield subject, list(own)


def _merged(manifest: Manifest) -> dict[str, GraphEntry]:
    """Return the graphs that stand in the default graph."""
    return {e.graph: e for e in manifest.all_graphs() if Role(e.role) in MERGED}


def _lines(workspace: Workspace, entry: GraphEntry | None) -> Iterator[bytes]:
    """Read the sorted lines of a graph; of none, none."""
    return workspace.lines(entry) if entry else iter(())


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


def iri_of(subject: bytes) -> str:
    """Return the IRI of a subject as N-Triples write it."""
    return subject[1:-1].decode()


class Kept(Protocol):
    """Keeps what was found before, or forgets it."""

    def get(self, key: object, /) -> object:
        """Return what is kept under a key."""

    def put(self, key: object, value: Any, /) -> None:
        """Keep a value under a key."""


class Comparer:
    """Compares releases for many readers: one pair at a time.

    Readers of the same pair wait for one comparison, and others for their turn.
    """

    def __init__(self, workspace: Workspace, cache: Kept, seconds: float = 10.0) -> None:
        self._workspace, self._cache, self._seconds = workspace, cache, seconds
        self._lock = Lock()

    def between(self, before: Manifest, after: Manifest) -> Difference:
        """Compare two releases, or return what was found before.

        Raises
        ------
        Problem
            `busy` when the turn has not come after some seconds.

        """
        key = ("difference", before.version, after.version)
        if not self._lock.acquire(timeout=self._seconds):
            raise Problem("busy", "other releases are being compared", retryAfter=10)
        try:
            found = self._cache.get(key)
            if not isinstance(found, Difference):
                found = between(self._workspace, before, after)
                self._cache.put(key, found)
            return found
        finally:
            self._lock.release()
