"""Loads a release into a place of another engine, verifies it there, and removes what is not kept.

    choose a place ─ record: nothing held ─ put each graph whose hash differs ─ counts, samples
    ─ record: held ─▶ the workspace switches

A place says in a graph of its own what it holds; while it is loaded it holds nothing. So a reader
never takes it for whole, and a publisher goes on where another was killed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from registry import files
from registry.graphs.graph import MERGED, Role
from registry.problems import Problem
from registry.publishing.differing import Difference, TooDifferent
from registry.releases.manifest import GraphEntry, Manifest
from registry.releases.workspace import Workspace, read_json
from registry.settings import Settings
from registry.sparql.remote.dialects import as_loaded
from registry.sparql.remote.elsewhere import Record, rows, triples
from registry.sparql.remote.http import FORM, NTRIPLES, Connection, Refused, problem_of
from registry.sparql.remote.servers import DEFAULT, PLACE, Order, Place, Server, server_of

_SECONDS: Final = 600.0
"""How long a server may take over one request."""

_PART: Final = 16 * 2**20
"""Bytes of N-Triples that are sent at a time by the Graph Store Protocol."""

_UPDATE: Final = 2**19
"""Bytes of N-Triples in one INSERT DATA."""

_MADE: Final = "engine.json"
"""The file of a workspace that lists the releases for which places were made."""

_LARGE: Final = 20_000
"""Triples from which a graph is changed rather than sent again."""

_SAMPLES: Final = 50
"""Subjects of a graph that are read back and compared by hash, at most."""

_SAMPLED: Final = 2**18
"""Bytes of N-Triples from which one subject is taken."""

_COUNTS: Final = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_LOG: Final = logging.getLogger("citylinks.publishing")


def load(workspace: Workspace, settings: Settings, version: str) -> None:
    """Load a release where the setting `engine` says, unless it is there and whole.

    Raises
    ------
    Problem
        `engine-unreachable` or `engine-failed`; what readers ask is then as it was, unless the
        server has one place only.

    """
    server = server_of(settings.engine)
    if server is None:
        return
    # A server that is loading may take as long over a part that is sent to it.
    connection = Connection(server, _SECONDS, connect=_SECONDS)
    try:
        _Loading(workspace, server, connection, workspace.manifest(version)).run()
    except Refused as refused:
        raise problem_of(refused) from refused
    finally:
        connection.close()


def prune(workspace: Workspace, settings: Settings, kept: Collection[str]) -> Iterator[str]:
    """Remove the places of releases that are not kept; yield what could not be removed, and why."""
    server = server_of(settings.engine)
    if server is None or server.drop is None:
        return
    connection = Connection(server, _SECONDS)
    for version in sorted(set(_made(workspace)) - set(kept)):
        try:
            _remove(connection, server.drop.of(version))
            _note(workspace, set(_made(workspace)) - {version})
        except (Problem, Refused) as error:
            yield f"the place of release {version} could not be removed: {error}"
    connection.close()


def _remove(connection: Connection, order: Order) -> None:
    """Remove a place, unless it is gone."""
    try:
        connection.carry_out(order)
    except Refused as refused:
        if refused.status != 404:
            raise


def _made(workspace: Workspace) -> list[str]:
    """List the releases for which places were made."""
    return list(read_json(workspace.home / _MADE).get("made", []))


def _note(workspace: Workspace, made: Iterable[str]) -> None:
    files.write(workspace.home / _MADE, json.dumps({"made": sorted(made)}).encode() + b"\n")


@dataclass
class _Loading:
    """A release that is loaded into a place of a server."""

    workspace: Workspace
    server: Server
    connection: Connection
    manifest: Manifest

    def run(self) -> None:
        """Load the release, unless a place holds it with all that it should."""
        version = self.manifest.version
        records = [(place, self._record(place)) for place in self.server.places_of(version)]
        for place, record in records:
            if record.held == version and not self._faults(place, record.merged):
                return
        if records[0][0].is_read_only:
            raise Problem("engine-unreachable", f"no place of the engine holds release {version}")
        self._load(*self._chosen(records))

    def _record(self, place: Place) -> Record:
        """Return what a place says that it holds; one that is not there is made."""
        record = Record.of(self.connection, place)
        if record is None and self.server.make:
            _note(self.workspace, {*_made(self.workspace), self.manifest.version})
            self.connection.carry_out(self.server.make.of(self.manifest.version))
        return record or Record(None, {})

    def _chosen(self, records: list[tuple[Place, Record]]) -> tuple[Place, Record]:
        """Choose the place to load: the one with the release, an empty one, the current's last."""
        rank = {self.workspace.current(): 3, None: 1, self.manifest.version: 0}
        return min(records, key=lambda one: rank.get(one[1].held, 2))

    def _load(self, place: Place, before: Record) -> None:
        """Bring a place to the state of the release, and have it say so."""
        wanted = {entry.graph: entry.sha256 for entry in self.manifest.all_graphs()}
        wanted[DEFAULT] = self._hash_of_merged()
        faulty = self._faults(place, before.merged)
        same = {g for g in wanted if before.graphs.get(g) == wanted[g] and g not in faulty}
        begun = dict.fromkeys((*before.graphs, *wanted), "") | {g: wanted[g] for g in same}
        self._put(place, PLACE, [Record(None, begun, before.merged).lines()])
        for graph in before.graphs.keys() - wanted.keys():
            self._delete(place, graph)
        merged, differing = before.merged, list[str]()
        last = None if faulty else self._last(place, before)
        for graph in sorted(wanted.keys() - same):
            sent = self._change(place, graph, last) or self._send(place, graph)
            differing += [] if self._has(place, graph, sent.samples) else [graph]
            merged = sent.triples if graph == DEFAULT else merged
        if wrong := [*differing, *self._faults(place, merged)]:
            raise Problem("engine-failed", f"the engine has not what was loaded into <{wrong[0]}>")
        self._put(place, PLACE, [Record(self.manifest.version, wanted, merged).lines()])

    def _last(self, place: Place, before: Record) -> Manifest | None:
        """Return the manifest of the release that a place holds, if it can be changed into ours."""
        if not (place.update and before.held in self.workspace.versions()):
            return None
        return self.workspace.manifest(before.held)

    def _change(self, place: Place, graph: str, last: Manifest | None) -> Difference | None:
        """Change a large graph of a place into what it should be; None where it is to be sent."""
        if last is None or not (graph == DEFAULT or last.graph(graph)):
            return None
        if graph != DEFAULT and self._entry(graph).triples < _LARGE:
            return None
        try:
            found = Difference.between(self._blocks(graph, last), self._blocks(graph))
        except TooDifferent:
            return None
        for word, kept in (("DELETE", found.gone), ("INSERT", found.come)):
            self._update_data(place, word, graph, (line + b"\n" for line in kept))
        return found

    def _send(self, place: Place, graph: str) -> _Sent:
        sent = _Sent(self._blocks(graph))
        self._put(place, graph, sent)
        return sent

    def _hash_of_merged(self) -> str:
        """Return a hash of what the default graph is merged from."""
        hashes = "".join(entry.sha256 for entry in _merged(self.manifest))
        return hashlib.sha256(hashes.encode()).hexdigest()

    def _entry(self, graph: str) -> GraphEntry:
        entry = self.manifest.graph(graph)
        assert entry
        return entry

    def _blocks(self, graph: str, of: Manifest | None = None) -> Iterator[bytes]:
        """Yield the N-Triples of a graph, of this release or another."""
        manifest = of or self.manifest
        if graph == DEFAULT:
            return self.workspace.merged_blocks(_merged(manifest))
        entry = manifest.graph(graph)
        assert entry
        return self.workspace.blocks(entry)

    def _faults(self, place: Place, merged: int) -> list[str]:
        """List the graphs of which a place has more or fewer triples than it should."""
        wanted = {entry.graph: entry.triples for entry in self.manifest.all_graphs()}
        wanted[DEFAULT] = merged
        found = rows(self.connection, place, _COUNTS, *wanted)
        counts = {row["g"]: int(row["n"]) for row in found}
        return [graph for graph, count in wanted.items() if counts.get(graph, 0) != count]

    def _has(self, place: Place, graph: str, samples: Mapping[str, Set[bytes]]) -> bool:
        """Whether a place has all lines about some subjects of a graph, and no others."""
        if not samples:
            return True
        subjects = " ".join(f"<{subject}>" for subject in samples)
        where = f"VALUES ?s {{ {subjects} }} GRAPH <{graph}> {{ ?s ?p ?o }}"
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {where} }}"
        found = set(triples(self.connection, self.server.kind, place, query, graph))
        expected = set[bytes]().union(*samples.values())
        for line in sorted(found ^ expected)[:4]:
            which = "sent and not found" if line in expected else "found and not sent"
            _LOG.error("<%s>, %s: %s", graph, which, line.decode())
        return _hashed(found) == _hashed(expected)

    def _put(self, place: Place, graph: str, blocks: Iterable[bytes]) -> None:
        """Replace a graph of a place."""
        if not place.data:
            self._update(place, f"DROP SILENT GRAPH <{graph}>")
            self._update_data(place, "INSERT", graph, blocks)
            return
        method = "PUT"
        for part in parts(as_loaded(self.server.kind, blocks), _PART):
            url, headers = _address(place, graph), {"Content-Type": NTRIPLES}
            self.connection.send(method, url, part, headers).drain_conn()
            method = "POST"

    def _delete(self, place: Place, graph: str) -> None:
        """Remove a graph from a place."""
        if not place.data:
            self._update(place, f"DROP SILENT GRAPH <{graph}>")
            return
        try:
            self.connection.send("DELETE", _address(place, graph)).drain_conn()
        except Refused as refused:
            if refused.status != 404:
                raise

    def _update_data(self, place: Place, word: str, graph: str, blocks: Iterable[bytes]) -> None:
        """Insert or delete lines, many at a time."""
        for part in parts(as_loaded(self.server.kind, blocks), _UPDATE):
            self._update(place, f"{word} DATA {{ GRAPH <{graph}> {{\n{part.decode()}}} }}")

    def _update(self, place: Place, text: str) -> None:
        body = urlencode({"update": text}).encode()
        self.connection.send("POST", place.update, body, {"Content-Type": FORM}).drain_conn()


def _merged(manifest: Manifest) -> list[GraphEntry]:
    """List the graphs that the default graph is merged from."""
    return [entry for entry in manifest.all_graphs() if Role(entry.role) in MERGED]


def _address(place: Place, graph: str) -> str:
    """Return the address of a graph by the Graph Store Protocol (section 4.2)."""
    return f"{place.data}{'&' if '?' in place.data else '?'}{urlencode({'graph': graph})}"


class _Sent:
    """The blocks of a graph as they are sent; counts its lines, and keeps some to be read back.

    A subject of which all lines stand in the middle of a block is a sample.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._parts = parts(blocks, _SAMPLED)
        self.triples = 0
        self.samples: dict[str, Set[bytes]] = {}

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks."""
        for part in self._parts:
            lines = part.split(b"\n")[:-1]
            self.triples += len(lines)
            if len(self.samples) < _SAMPLES:
                self._sample(lines)
            yield part

    def _sample(self, lines: list[bytes]) -> None:
        subject = lines[len(lines) // 2].partition(b" ")[0]
        about = {line for line in lines if line.startswith(subject + b" ")}
        has_blank = any(b" _:" in line for line in about)
        is_cut = lines[0] in about or lines[-1] in about
        if subject.startswith(b"<") and not has_blank and not is_cut:
            self.samples[subject[1:-1].decode()] = about


def parts(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    r"""Yield whole lines, about so many bytes at a time.

    >>> list(parts([b"a\nb", b"\nc\n"], 2)), list(parts([], 2))
    ([b'a\n', b'b\nc\n'], [])
    """
    kept = b""
    for block in blocks:
        kept += block
        if len(kept) >= size:
            end = kept.rfind(b"\n") + 1
            if end:
                yield kept[:end]
            kept = kept[end:]
    if kept:
        yield kept


def _hashed(lines: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()
