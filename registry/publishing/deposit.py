"""A deposit: the kept releases in a bucket, from which mirrors take them as from a server.

    files/{sha256}                the N-Triples of a contributed graph, packed, by the file's hash
    dumps/{version}/manifest.json
    identity.tsv
    log                           written last: what it names is there

The keys are the paths of a server's addresses, but for the files, so that what several releases
have lies there once; the log says so (`"files": "by-hash"`). It is replaced only if it is still
the one that was read, and only by a log that goes on from it: of two publishers none undoes what
the other has put there.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from registry import files, locks, progress
from registry.buckets import Bucket, Kept, Replaced
from registry.graphs.graph import WRITABLE, Role
from registry.identity.ledger import HEAD
from registry.problems import Problem
from registry.publishing.pending import own_ledger
from registry.releases import log, manifest
from registry.releases.log import Event
from registry.releases.manifest import DumpEntry, Manifest
from registry.releases.workspace import Workspace
from registry.views import dumps

LOG, LEDGER = "log", "identity.tsv"

_TRIES: Final = 3
"""How often it is begun again where releases come and go meanwhile."""

_ORPHAN: Final = timedelta(days=1)
"""After which a file that no release needs is removed; a younger one may be of a release to be."""

_TICK: Final = 1.0
"""Seconds after which the log is looked at again."""

_LONGEST_PAUSE: Final = 300.0
"""Seconds after which a bucket that fails is tried again at the latest."""

_LOG: Final = logging.getLogger("citylinks.publishing")


@dataclass(frozen=True)
class Deposited:
    """What came of it: the version, whether the log is new, objects put and removed, bytes sent."""

    version: str
    changed: bool
    put: int = 0
    removed: int = 0
    sent: int = 0


def deposit(workspace: Workspace, bucket: Bucket, *, replace: bool = False) -> Deposited:
    """Put the kept releases of a workspace into a bucket, and remove what none of them needs.

    `replace` says that what another publisher has put there may go.

    Raises
    ------
    Problem
        `not-found` when nothing is published yet, `conflict` when the bucket has releases that
        this workspace did not publish, or others write there at the same time.
    ConnectionError
        when the bucket does not answer; what it has is whole, and stays.

    """
    for attempt in range(_TRIES):
        if workspace.current() is None:
            raise Problem("not-found", "nothing is published yet; run: citylinks publish")
        try:
            # Another one of this workspace could remove what this one has found to be there.
            with locks.held(workspace.home / "releases"):
                return _Deposit(workspace, bucket, replace).run()
        except Replaced:
            _LOG.info("%s was written by another process meanwhile", bucket.url)
        except (Problem, FileNotFoundError) as error:
            # A release may have been pruned since it was listed.
            is_gone = isinstance(error, FileNotFoundError) or error.name == "not-found"
            if not is_gone or attempt == _TRIES - 1:
                raise
    raise Problem("conflict", f"others write to {bucket.url} all the time; try once more")


def followed(workspace: Workspace, bucket: Bucket, *, replace: bool = False) -> Iterator[Deposited]:
    """Put each new release into a bucket as it comes, and yield what came of it.

    A bucket that fails is tried again, more and more seldom; the log says why.
    """
    pause, is_first = _TICK, True
    while True:
        state = files.state(workspace.log_path)
        try:
            done = deposit(workspace, bucket, replace=replace)
        except ConnectionError as error:
            pause = min(2 * pause, _LONGEST_PAUSE)
            _LOG.warning("%s; tried again in %g seconds", error, pause)
            time.sleep(pause)
            continue
        if done.changed or is_first:
            yield done
        pause, is_first, replace = _TICK, False, False
        while files.state(workspace.log_path) == state:
            time.sleep(_TICK)


@dataclass(frozen=True)
class _Deposit:
    """One run."""

    workspace: Workspace
    bucket: Bucket
    replace: bool

    def run(self) -> Deposited:
        """Put what is missing, then the log, and remove what is not needed any more."""
        # Read first: of what it names, everything is there when the releases are listed.
        ours = log.public(self.workspace.log_path)
        current = str(self.workspace.current())
        before = self.bucket.read(LOG)
        theirs = read_log(before[0], self.bucket.url) if before and not self.replace else []
        known = log.identified(theirs)
        if known != log.identified(ours)[: len(known)]:
            raise Problem(
                "conflict",
                f"{self.bucket.url} has releases that were not published here; choose another "
                "prefix, or replace them by --replace",
            )
        releases = {v: self.workspace.manifest(v) for v in self.workspace.versions()}
        there = {one.key: one for one in self.bucket.kept()}
        put, sent = self._put(releases, there)
        body = json.dumps(
            {"events": list(map(log.as_json, ours)), "files": log.BY_HASH}, ensure_ascii=False
        ).encode()
        if changed := before is None or before[0] != body:
            self.bucket.put(LEDGER, own_ledger(self.workspace) or HEAD)
            self.bucket.replace(LOG, body, before[1] if before else None)
        removed = self._remove(releases, there, {event.version for event in ours})
        return Deposited(current, changed, put, removed, sent)

    def _put(self, releases: Mapping[str, Manifest], there: Mapping[str, Kept]) -> tuple[int, int]:
        """Put what is not there yet; return how many objects and bytes that were."""
        wanted: dict[str, Path] = {}
        for version, found in releases.items():
            folder = self.workspace.folder(version).resolve()
            for entry in contributed(found):
                if file_key(entry) not in there:
                    wanted[file_key(entry)] = dumps.whole_file(folder, found, entry.file)
            if manifest_key(version) not in there:
                # Behind its files, so that where it is, they are.
                wanted[manifest_key(version)] = dumps.whole_file(folder, found, dumps.MANIFEST)
        sent = 0
        for key, path in wanted.items():
            progress.step(f"putting {key}")
            self.bucket.put(key, path)
            sent += path.stat().st_size
        return len(wanted), sent

    def _remove(
        self, releases: Mapping[str, Manifest], there: Mapping[str, Kept], ours: set[str]
    ) -> int:
        """Remove releases that are not kept any more, with the files that they alone had.

        Files go before the manifest that names them: whoever is killed between goes on with it.
        """
        needed = {file_key(entry) for found in releases.values() for entry in contributed(found)}
        needed |= {manifest_key(version) for version in releases} | {LOG, LEDGER}
        manifests = {manifest_key(version) for version in ours} & there.keys() - needed
        gone = set[str]()
        for key in manifests:
            if found := self.bucket.read(key):
                named = map(file_key, contributed(manifest.from_json(found[0])))
                gone |= set(named) & there.keys() - needed
        old = datetime.now(UTC) - _ORPHAN
        gone |= {key for key, one in there.items() if key not in needed and one.at < old}
        for some in (gone - manifests, manifests):
            if some:
                self.bucket.remove(some)
        return len(gone | manifests)


def contributed(found: Manifest) -> Sequence[DumpEntry]:
    """List the files that a mirror fetches: those of the graphs that no software brings."""
    by_name = {entry.file: entry for entry in found.dumps}
    graphs = (entry for entry in found.graphs if Role(entry.role) in WRITABLE)
    return [by_name[entry.files["nt"]] for entry in graphs]


def file_key(entry: DumpEntry) -> str:
    """Return the key of a file."""
    return f"files/{entry.sha256}"


def manifest_key(version: str) -> str:
    """Return the key of the manifest of a release."""
    return f"dumps/{version}/{dumps.MANIFEST}"


def read_log(body: bytes, url: str) -> list[Event]:
    """Read the log of a bucket.

    Raises
    ------
    Problem
        `conflict` when it is none.

    """
    try:
        events = [log.from_json(one) for one in json.loads(body)["events"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Problem("conflict", f"the log in {url} cannot be read: {error}") from error
    return [event for event in events if event]
