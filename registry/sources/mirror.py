"""A mirror: the workspace becomes what an origin has now, for the price of the changes.

The manifest comes first, then the graphs whose hash is missing, each verified, by the door of every
contribution. The release is derived here, and becomes the current one only where its version and
its derived graph are the origin's: who lies, or runs other rules, changes nothing here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from time import sleep
from typing import Any, Final

from registry import files, locks, progress, shipped, terms
from registry.damage import reading
from registry.graphs import parsing
from registry.graphs.graph import WRITABLE, Role
from registry.identity import ledger
from registry.problems import Problem
from registry.publishing.forgetting import forget
from registry.publishing.plan import Change, Plan
from registry.publishing.transaction import Transaction, begin
from registry.releases import as_of, log, manifest
from registry.releases.graph_files import GraphFiles
from registry.releases.log import Event
from registry.releases.manifest import DumpEntry, GraphEntry, Manifest
from registry.releases.workspace import REMEDIES, Workspace, read_json
from registry.settings import Settings
from registry.sources.bucket_client import BucketClient
from registry.sources.http_client import Client
from registry.sources.listening import Listening
from registry.sources.patching import patched

_LOG: Final = logging.getLogger("citylinks.sources")

_LONGEST_PAUSE: Final = 300.0
"""Seconds after which an origin that fails is asked again at the latest."""

_AFTER_FAILURE: Final = 10.0
"""Seconds between two looks at least at an origin that failed, though it tells of something."""

_MISSING: Final = (404, 410)
_MANIFEST_BYTES: Final = 50_000_000
_LOG_BYTES: Final = 50_000_000
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}\.nt\.gz")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_VERSION: Final = re.compile(rf"[0-9a-f]{{{manifest.VERSION_DIGITS}}}")


@dataclass(frozen=True)
class Mirrored:
    """What came of it: the version, whether it is new here, graphs fetched and gone, bytes sent."""

    version: str
    changed: bool
    fetched: int = 0
    removed: int = 0
    sent: int = 0

    def then(self, later: Mirrored) -> Mirrored:
        """Return what came of this and a later step together."""
        counts = (self.fetched + later.fetched, self.removed + later.removed)
        return Mirrored(
            later.version, self.changed or later.changed, *counts, self.sent + later.sent
        )


def mirror(workspace: Workspace, settings: Settings, url: str, replace: bool = False) -> Mirrored:
    """Bring a workspace to the current release of an origin, given its address.

    It takes one release of the origin after the other, with the times at which they became current
    there, so that feed, catalogue and dates become the origin's, too. Only the first time it begins
    with the current one. `replace` says that what this workspace has published itself may go.

    Raises
    ------
    Problem
        `conflict` when the workspace is no mirror of that origin, when the origin is not what it
        says, or runs another version of the software; nothing is changed then.
    ConnectionError
        when it does not answer; what was fetched stays for the next time.

    """
    place = _Place(workspace, url.rstrip("/"))
    with _client(url) as client, place.held():
        known = place.etag if workspace.current() == place.version else ""
        answer = client.get("/log", _LOG_BYTES, {"If-None-Match": known} if known else None)
        if answer.status == 304:
            return Mirrored(place.version, changed=False)
        theirs = read_log(answer.body)
        with begin(workspace, settings, follows=True):  # It finishes what was cut off, too.
            place.compare(theirs, replace)
        by_hash = json.loads(answer.body).get("files") == log.BY_HASH
        following = _Following(workspace, settings, client, place, by_hash)
        done = following.run(theirs, len(answer.body))
        with workspace.lock():
            place.check_unchanged()
            place.remember(done.version, answer.headers.get("ETag", ""))
    return done


def followed(
    workspace: Workspace, settings: Settings, url: str, every: float, replace: bool = False
) -> Iterator[Mirrored]:
    """Mirror an origin again and again, and yield each run that changed something, and the first.

    It is asked as soon as it tells of a release, and else at an interval in seconds. An origin that
    fails is asked again, more and more seldom, or when it tells of something once more; one that is
    not what it says, whatever it tells. The log says why.
    """
    pause, is_first = every, True
    with _client(url) as client, Listening(client) as listening:
        while True:
            try:
                done = mirror(workspace, settings, url, replace)
            except (Problem, ConnectionError) as error:
                if is_first and isinstance(error, Problem):
                    raise  # It is not to be expected that this changes by itself.
                pause = min(2 * pause, max(every, _LONGEST_PAUSE))
                _LOG.warning("%s; asked again in %g seconds", error, pause)
                if isinstance(error, Problem):
                    sleep(pause)  # Another look may cost a publish, and end as this one.
                else:
                    listening.wait(pause, _AFTER_FAILURE)
                continue
            if done.changed or is_first:
                yield done
            pause, is_first, replace = every, False, False
            listening.wait(every)


def leave(workspace: Workspace) -> str:
    """Make a mirror a registry of its own; return the address of its former origin.

    Raises
    ------
    Problem
        `conflict` when it is no mirror, or is just following its origin.

    """
    if not (origin := workspace.origin()):
        raise Problem("conflict", "this workspace is no mirror")
    with _Place(workspace, origin).held(), workspace.lock():
        workspace.origin_path.unlink()
    return origin


@contextmanager
def _client(url: str) -> Iterator[Client]:
    try:
        client = BucketClient(url) if url.startswith("s3:") else Client(url)
    except ValueError as error:
        raise Problem("bad-parameter", str(error)) from error
    with client:
        yield client


class _Place:
    """What a workspace remembers of its origin."""

    def __init__(self, workspace: Workspace, url: str) -> None:
        self._workspace, self.url = workspace, url
        self.folder = workspace.origin_path.parent
        path = workspace.origin_path
        known = read_json(path)
        self._is_known = known.get("origin") == url
        with reading(path, REMEDIES[path.name]):
            self.version: str = known["version"] if self._is_known else ""
            self.etag: str = known["etag"] if self._is_known else ""
            self._own: int | None = known.get("own") if self._is_known else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other mirrors of this workspace out, which would fetch into the same files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(locks.held(self.folder / "lock", 0))
            except TimeoutError:
                raise Problem("conflict", "another mirror is under way", retryAfter=5) from None
            yield

    def compare(self, theirs: Sequence[Event], replace: bool) -> None:
        """Find out which switches of the log happened here, before those of the origin.

        Raises
        ------
        Problem
            `conflict` when what was published here did not come from the origin.

        """
        ours, own = log.identified(log.read(self._workspace.log_path)), self._own or 0
        self._seen = len(ours)
        # What happened there before the last switch of our own was logged with the time of that.
        floor = max((at for _, _, at in ours[:own]), default="")
        told = [(event, version, max(floor, at)) for event, version, at in log.identified(theirs)]
        if ours[own:] != told[: len(ours) - own]:
            # A mirror of an earlier version of this software logged times of its own.
            if not replace and not (self._is_known and self._own is None):
                ways = "set CITYLINKS_HOME to another folder, or replace it by --replace"
                what = (
                    "has another history now"
                    if self._is_known
                    else "did not publish this workspace"
                )
                raise Problem("conflict", f"{self.url} {what}; {ways}")
            own = len(ours)
        self._own = own
        self.taken = len(ours) - own

    def check_unchanged(self) -> None:
        """Refuse, under the lock, what somebody else has published since the comparison."""
        if len(log.switches(self._workspace.log_path)) != self._seen:
            detail = "the registry changed while its origin was asked; mirror once more"
            raise Problem("conflict", detail)

    def remember(self, version: str, etag: str = "") -> None:
        """Write down, under the lock, what is mirrored now."""
        self._seen = len(log.switches(self._workspace.log_path))
        body = {"origin": self.url, "version": version, "own": self._own, "etag": etag}
        files.write(self._workspace.origin_path, json.dumps(body, indent=1).encode() + b"\n")


def read_log(body: bytes) -> list[Event]:
    """Read the log of somebody else, which may be anything.

    Raises
    ------
    Problem
        `conflict` when it is none, or tells of nothing that was published.

    """
    try:
        events = [log.from_json(one) for one in json.loads(body)["events"]]
        found = [event for event in events if event]
        _must(len(found) == len(events), "an event is none")
        _must(log.identified(found), "nothing is published there")
        for event in found:
            _must(_VERSION.fullmatch(event.version), "a version is none")
            _must(_TIME.fullmatch(event.at), "a time is none")
            _must(event.event in log.PUBLIC, "an event is of another kind")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Problem("conflict", f"the origin's log cannot be read: {error}") from error
    return found


@dataclass(frozen=True)
class _Following:
    """One run through what happened at the origin since the last one."""

    workspace: Workspace
    settings: Settings
    client: Client
    place: _Place
    by_hash: bool

    def run(self, theirs: Sequence[Event], sent: int) -> Mirrored:
        """Take over one release after the other, then the names."""
        done = Mirrored(self.workspace.current() or "", changed=False, sent=sent)
        was_empty = not self.workspace.versions()
        events = [event for event in theirs if event.event in log.SWITCHES]
        taken = self.place.taken
        new = events[taken:]
        # What was current before the first run is not brought here, only when it was.
        passed, new = (new[:-1], new[-1:]) if not taken else ([], new)
        for event in new:
            is_last = event is events[-1]
            theirs_then = self._manifest(event.version)
            logged = (*passed, event)
            step = self._step(theirs_then, logged, is_last) if theirs_then else None
            if step is None:
                passed = [*passed, event]
                continue
            passed = []
            done = done.then(step)
        if passed and new:
            detail = f"{self.place.url} has no release {passed[-1].version} any more"
            raise ConnectionError(f"{detail}; it has moved on, so ask again")
        self._name(theirs)
        self._forget(theirs, was_empty)
        self._take_ledger()
        return done

    def _forget(self, theirs: Sequence[Event], was_empty: bool) -> None:
        """Forget what was redacted at the origin since the last time, and say of it what it says.

        It does not say what that was: the releases that have it go, and of the things concerned
        the feed forgets what was said of them.
        """
        path = self.workspace.log_path
        known = {(one.version, one.at) for one in log.read(path) if one.event == "redact"}
        new = [e for e in theirs if e.event == "redact" and (e.version, e.at) not in known]
        if not new:
            return
        with begin(self.workspace, self.settings, follows=True):
            if not was_empty:
                forget(self.workspace, self.settings, new)
            log.replace_told(path, theirs)
            log.append(path, *new)

    def _take_ledger(self) -> None:
        """Take over what the origin has minted, merged and withdrawn itself.

        Its graphs follow that already; this workspace needs it once it is an origin of its own.
        """
        answer = self.client.get("/identity.tsv", _LOG_BYTES, may_miss=True)
        path = self.workspace.ledger
        if answer.status != 200 or (path.exists() and path.read_bytes() == answer.body):
            return
        try:
            shipped_lines = ledger.read(*shipped.ledgers(self.settings.shipped))
            ledger.continued(shipped_lines, ledger.NAME, answer.body)
        except ledger.LedgerError as error:
            raise Problem("conflict", f"the origin's ledger cannot be read: {error}") from error
        with begin(self.workspace, self.settings, follows=True):
            files.write(path, answer.body)

    def _manifest(self, version: str) -> Manifest | None:
        """Fetch the manifest of a release; None where the origin has pruned it."""
        path = f"/dumps/{version}/manifest.json"
        answer = self.client.get(path, _MANIFEST_BYTES, may_miss=True)
        if answer.status in _MISSING:
            return None
        found = read(answer.body)
        if found.version != version:
            raise Problem("conflict", f"the origin's manifest is that of release {found.version}")
        return found

    def _step(self, theirs: Manifest, logged: Sequence[Event], is_last: bool) -> Mirrored | None:
        """Take over one release; None where an older one was made by other software."""
        given = self.workspace, self.settings, self.client, theirs, self.place, self.by_hash
        run = _Mirroring(*given, logged)
        try:
            return run.run()
        except OtherSoftware:
            if is_last:
                raise
            return None

    def _name(self, theirs: Iterable[Event]) -> None:
        """Name the releases that are here as they are named at the origin."""
        named, here = self.workspace.names(), set(self.workspace.versions())
        kept = [e for e in theirs if e.name and e.event == "keep" and e.version in here]
        if new := [event for event in kept if event.name not in named]:
            with begin(self.workspace, self.settings, follows=True) as transaction:
                for event in new:
                    transaction.keep(str(event.name), event.version, event.at)


class OtherSoftware(Problem):
    """An origin whose software makes other releases of the same contributions."""

    def __init__(self, others: str) -> None:
        detail = f"the origin runs another version of this software: it has another {others}"
        super().__init__("conflict", detail)


def read(body: bytes) -> Manifest:
    """Read a manifest of somebody else, which may be anything.

    Raises
    ------
    Problem
        `conflict` when it is none, or its version is not that of the graphs that it lists.

    """
    try:
        found = _strict(json.loads(body))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Problem("conflict", f"the origin's manifest cannot be read: {error}") from error
    graphs = found.all_graphs()
    if len({entry.graph for entry in graphs}) != len(graphs):
        raise Problem("conflict", "the origin's manifest lists a graph twice")
    if manifest.version_of_entries(found.graphs) != found.version:
        raise Problem("conflict", "the version of the origin's manifest is not that of its graphs")
    return found


def _strict(body: Any) -> Manifest:
    """Check each member that is used, and read it."""
    entries = [*body["graphs"], body["derived"]]
    for entry in entries:
        _typed(entry, GraphEntry)
        _must(_HASH.fullmatch(entry["sha256"]), "a hash is none")
        _must(entry["graph"].startswith(terms.GRAPH), "a graph is not named as ours are")
        _must(Role(entry["role"]) and entry["bytes"] >= 0, "a size is negative")
        named = (isinstance(name, str) for name in entry["files"].values())
        _must(all(named), "a file has no name")
    for entry in body["dumps"]:
        _typed(entry, DumpEntry)
        _must(_HASH.fullmatch(entry["sha256"]) and entry["bytes"] >= 0, "a hash is none")
    _must(_VERSION.fullmatch(body["version"]), "the version is none")
    _must(as_of.last_day(body["asOf"]) == body["asOf"], "the as-of date is none")
    return manifest.from_json(json.dumps(body).encode())


def _typed(entry: Any, of: type[GraphEntry] | type[DumpEntry]) -> None:
    """Check that an entry has the members that it must have, each of its type."""
    for one in fields(of):
        kind = {"str": str, "int": int, "bool": bool}.get(str(one.type), dict)
        _must(isinstance(entry[one.name], kind), f"{one.name} is not what it should be")


def _must(fits: object, otherwise: str) -> None:
    if not fits:
        raise ValueError(otherwise)


@dataclass(frozen=True)
class _Mirroring:
    """One release, for a manifest that was read."""

    workspace: Workspace
    settings: Settings
    client: Client
    theirs: Manifest
    place: _Place
    by_hash: bool
    logged: Sequence[Event]

    def run(self) -> Mirrored:
        """Fetch what is missing, without the lock, then publish it."""
        here = self._hashes()
        wanted = [e for e in self._contributed() if here.get(e.graph) != e.sha256]
        sent = sum(self._fetch(entry) for entry in wanted)
        with begin(self.workspace, self.settings, follows=True) as transaction:
            self.place.check_unchanged()
            current = transaction.version
            if current == self.theirs.version and self._is_derived(current):
                self.place.remember(current)
                return Mirrored(current, changed=False, sent=sent)
            gone = sorted(here.keys() - {entry.graph for entry in self._contributed()})
            sources = [parsing.InputFiles((self._path(e),), e.graph, name=e.graph) for e in wanted]
            change = Change([], gone, self.theirs.as_of, sent=sources, is_followed=True)
            after = transaction.plan(change)
            self._check_version(after)
            changed = self._publish(transaction, after)
            # Before the lock goes: whatever comes next must know that this is a mirror.
            self.place.remember(after.version)
        shutil.rmtree(self.place.folder / "graphs", ignore_errors=True)
        return Mirrored(after.version, changed, len(wanted), len(gone), sent)

    def _contributed(self) -> list[GraphEntry]:
        """List the graphs that the software does not bring itself."""
        return [entry for entry in self.theirs.graphs if Role(entry.role) in WRITABLE]

    def _hashes(self) -> Mapping[str, str]:
        """Return the hashes of the contributed graphs that are here."""
        graphs = self.workspace.released()[1]
        return {iri: graph.sha256 for iri, graph in graphs.items() if graph.role in WRITABLE}

    def _path(self, entry: GraphEntry) -> Path:
        return self.place.folder / "graphs" / f"{entry.sha256}.nt"

    def _fetch(self, entry: GraphEntry) -> int:
        """Lay a verified file with the content of a graph ready; return the bytes sent for it."""
        progress.step(f"fetching {entry.graph.removeprefix(terms.GRAPH)}")
        target, sent = self._path(entry), 0
        if not target.exists():
            kept = self.workspace.graph_folder(entry.sha256) / "nt.gz"
            packed = kept if kept.exists() else target.with_suffix(".nt.gz")
            if packed != kept:
                sent = self._download(entry, packed)
            self._unpack(packed, target, entry)
        return sent

    def _download(self, entry: GraphEntry, packed: Path) -> int:
        name = entry.files.get("nt", "")
        dump = next((one for one in self.theirs.dumps if one.file == name), None)
        if dump is None or not _FILE.fullmatch(name):
            raise Problem("conflict", f"the origin names no file of <{entry.graph}>")
        self._check_size(dump.bytes)
        path = f"/files/{dump.sha256}" if self.by_hash else f"/dumps/{self.theirs.version}/{name}"
        have = {} if self.by_hash else self._members(entry.graph)
        sent = patched(self.client, path, have, dump.sha256, packed)
        if sent is None:
            sent = self.client.download(path, packed, dump.bytes, dump.sha256)
        return sent

    def _members(self, graph: str) -> Mapping[str, bytes]:
        """Return the members of the file of a graph that is here, by the keys of their chunks."""
        version = self.workspace.current()
        entry = self.workspace.manifest(version).graph(graph) if version else None
        if entry is None:
            return {}
        return GraphFiles(self.workspace.graph_folder(entry.sha256), graph).members("nt")

    def _unpack(self, packed: Path, target: Path, entry: GraphEntry) -> None:
        """Unpack a file as far as the graph is said to reach, and verify it."""
        self._check_size(entry.bytes)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside, digest = target.with_suffix(".unpacked"), hashlib.sha256()
        with beside.open("wb") as file:
            for piece in _unpacked(packed, entry):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != entry.sha256:
            packed.unlink()
            raise Problem("conflict", f"<{entry.graph}> is not what the origin's manifest says")
        beside.replace(target)

    def _check_size(self, size: int) -> None:
        if size > self.settings.intake_memory:
            detail = f"the origin has a graph of {size} bytes, more than CITYLINKS_INTAKE_MEMORY"
            raise Problem("conflict", detail)

    def _check_version(self, after: Plan) -> None:
        """Refuse a release that would not be the origin's, and say which graphs differ."""
        if after.version == self.theirs.version:
            return
        theirs = {entry.graph: entry.sha256 for entry in self.theirs.graphs}
        ours = {iri: graph.sha256 for iri, graph in after.graphs.items()}
        others = sorted(i for i in theirs.keys() | ours.keys() if theirs.get(i) != ours.get(i))
        listed = ", ".join(iri.removeprefix(terms.GRAPH) for iri in others[:5])
        raise OtherSoftware(listed)

    def _publish(self, transaction: Transaction, after: Plan) -> bool:
        """Build the release, compare what was derived, and make it the current one."""
        transaction.build(after)
        if not self._is_derived(after.version):
            transaction.discard(after)
            raise Problem("conflict", "from the origin's graphs follows another derived graph")
        return transaction.commit(after, self.logged).changed

    def _is_derived(self, version: str) -> bool:
        """Whether the same was derived here as there."""
        return self.workspace.manifest(version).derived.sha256 == self.theirs.derived.sha256


def _unpacked(packed: Path, entry: GraphEntry) -> Iterator[bytes]:
    """Yield what is in a gzip file of any number of members, and no more than it should hold."""
    left = entry.bytes
    try:
        with gzip.open(packed) as file:
            while piece := file.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise Problem("conflict", f"<{entry.graph}> is longer than the origin says")
                yield piece
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Problem("conflict", f"<{entry.graph}> cannot be unpacked: {error}") from error


_PIECE: Final = 1 << 20
