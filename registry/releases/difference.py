"""Difference of two releases: graphs by their hashes, nodes of the default graph by content.

Releases whose stores were pruned can be compared, too: the files of their graphs are still there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from heapq import merge
from itertools import groupby
from typing import Final

import pyoxigraph as ox

from registry.formats import NTRIPLES, serialise
from registry.graphs.graph import MERGED, Role
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


@dataclass(frozen=True)
class Difference:
    """Graphs and nodes in which a release differs from an earlier one, by IRI, each in order.

    `graphs` is as in the log: `added`, `changed`, `removed`.
    """

    before: Manifest
    after: Manifest
    graphs: dict[str, list[str]]
    nodes: dict[What, list[str]]

    @property
    def things(self) -> dict[str, list[str]]:
        """The nodes under the names that the log has for changes of graphs."""
        return dict(zip(self.graphs, self.nodes.values(), strict=True))


def between(workspace: Workspace, before: Manifest, after: Manifest) -> Difference:
    """Compare two releases that are kept."""
    subjects = touched(workspace, before, after)
    old = dict(nodes(workspace, before.version, subjects))
    new = dict(nodes(workspace, after.version, subjects))
    found: dict[What, list[str]] = {what: [] for what in What}
    for subject in sorted(old.keys() | new.keys()):
        if old.get(subject) != new.get(subject):
            both = subject in old and subject in new
            what = What.UPDATED if both else What.CREATED if subject in new else What.DELETED
            found[what].append(iri_of(subject))
    return Difference(before, after, log.changes(before, after), found)


def to_json(found: Difference) -> bytes:
    """Write a difference: both versions, graphs and things added, changed and removed."""
    versions = {"from": found.before.version, "to": found.after.version}
    body = {**versions, "graphs": found.graphs, "things": found.things}
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def touched(workspace: Workspace, before: Manifest, after: Manifest) -> set[bytes]:
    """Return the subjects of all lines that a merged graph has in only one of two releases."""
    old, new = _merged(before), _merged(after)
    found: set[bytes] = set()
    for graph in old.keys() | new.keys():
        one, other = old.get(graph), new.get(graph)
        if one is None or other is None or one.sha256 != other.sha256:
            lines = set(_lines(workspace, one)) ^ set(_lines(workspace, other))
            found |= set(map(_subject, lines))
    return found


def nodes(workspace: Workspace, version: str, wanted: set[bytes] | None = None) -> Iterator[Node]:
    """Return the nodes of a release, or those wanted that it has, in the order of their lines."""
    store = workspace.folder(version) / "store"
    if wanted is not None and len(wanted) < _FEW and store.is_dir():
        return _looked_up(ox.Store.read_only(str(store)), wanted)
    entries = _merged(workspace.manifest(version)).values()
    return _grouped((_lines(workspace, entry) for entry in entries), wanted)


_FEW: Final = 20_000
"""Nodes up to which each is looked up in the store."""


def _looked_up(store: ox.Store, subjects: set[bytes]) -> Iterator[Node]:
    for subject in sorted(subjects, key=lambda one: one + b" "):
        quads = store.quads_for_pattern(ox.NamedNode(iri_of(subject)), None, None, _DEFAULT)
        if lines := serialise((quad.triple for quad in quads), NTRIPLES).splitlines():
            yield subject, sorted(lines)


_DEFAULT: Final = ox.DefaultGraph()


def _grouped(graphs: Iterable[Sequence[bytes]], wanted: set[bytes] | None) -> Iterator[Node]:
    """Merge graphs, which are sorted; a line that several have is one."""
    lines = (line for line, _ in groupby(merge(*graphs)))
    for subject, own in groupby(lines, _subject):
        if wanted is None or subject in wanted:
            yield subject, list(own)


def _merged(manifest: Manifest) -> dict[str, GraphEntry]:
    """Return the graphs that stand in the default graph."""
    return {e.graph: e for e in manifest.all_graphs() if Role(e.role) in MERGED}


def _lines(workspace: Workspace, entry: GraphEntry | None) -> list[bytes]:
    """Read the sorted lines of a graph; of none, none."""
    return workspace.graph(entry).lines if entry else []


def _subject(line: bytes) -> bytes:
    return line[: line.index(b" ")]


def iri_of(subject: bytes) -> str:
    """Return the IRI of a subject as N-Triples write it."""
    return subject[1:-1].decode()
