"""Uploads: data from the network are validated and published in processes that can be killed.

The process that serves never parses them, nor runs rules and shapes over them. Two numbers are
bounded: uploads that are evaluated, and uploads that arrive or wait for that.
"""

from __future__ import annotations

import atexit
import logging
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from registry.formats import Format
from registry.identity.ledger import LedgerEntry
from registry.problems import Problem
from registry.publishing.shacl import Report
from registry.releases.workspace import Workspace
from registry.sandbox import (
    Bounds,
    Died,
    Isolated,
    Late,
    Overlong,
    Reply,
    Templates,
)
from registry.settings import Settings
from registry.sparql.admission import ANONYMOUS, Client, FairQueue

_LOG: Final = logging.getLogger("citylinks.publishing")

TICKETS: Final = 4
"""Uploads that may arrive or wait for each that can be evaluated at once, that one included."""

_START: Final = 10.0
"""Seconds that a process may need to start, beside its deadline."""

_PROCESS: Final = "registry.publishing.upload_process"

_LOADED: Final = (
    _PROCESS,
    "registry.graphs.parser_process",
    "pyshacl",
)
"""What the template has loaded: the processes of an upload, and the validator."""

IDLE_SECONDS: Final = 300.0
"""How long the template is kept for the next upload.

It holds some 65 MB, which a small machine has other use for; to load it anew takes half a second,
which the first upload after a pause may wait.
"""

_AGAIN: Final = 5
"""Seconds after which a client that was refused may try again."""


@dataclass(frozen=True)
class Upload:
    """Data that were sent.

    `graph` is the graph of formats that name none; empty = the one that the data describe. `name`
    is what problems call the data.
    """

    content: bytes = field(repr=False)
    form: Format
    graph: str = ""
    name: str = "the upload"


@dataclass(frozen=True)
class Validation:
    """The report on a release (empty = before the first) with an upload in it."""

    release: str
    report: Report


@dataclass(frozen=True)
class Edit:
    """A change of one graph: to what was sent, to its merge with that, or (None) its removal.

    Quads may be merged into several graphs at once, of which `also` has the others.
    `expected` holds the hash that the graph must have now, None where it must not be there; it is
    empty where that does not matter. The ledger gets those of the `minted` lines whose things it
    does not know; the log gets who made the change and the `reason`. Where it was decided by what
    one release has, `seen` is that release: `conflict` where another is current.
    """

    graph: str
    upload: Upload | None
    merge: bool = False
    expected: Mapping[str, str | None] = field(default_factory=dict)
    by: str = ""
    reason: str | None = None
    minted: Sequence[LedgerEntry] = ()
    also: Sequence[str] = ()
    seen: str = ""


@dataclass(frozen=True)
class Written:
    """What came of a change: the release that is current by it, and the hash of the graph."""

    release: str
    sha256: str | None
    created: bool


def template(folder: Path | None = None, *more: str) -> Templates:
    """Return the template that the processes of uploads are forked from, with its socket there.

    It has `more` modules loaded, for other processes that are forked from it.
    """
    return Templates((*_LOADED, *more), IDLE_SECONDS, folder)


class Queue:
    """Tickets for requests that arrive or wait, and fewer slots in which they are evaluated.

    No client has more than half of the tickets, or the last free slot beside one of its own, so
    that no one of them closes the door to others.
    """

    def __init__(self, tickets: int, slots: int) -> None:
        self._tickets = tickets
        self._held: Counter[str] = Counter()
        self._lock = Lock()
        reserved = int(slots > 1)
        self._slots = FairQueue(slots - reserved, reserved, tickets, "uploads", gauged=False)

    @contextmanager
    def ticket(self, client: Client = ANONYMOUS) -> Iterator[None]:
        """Hold a ticket; `busy` where there is none, `rate` where the client has its share."""
        with self._lock:
            if client.name and self._held[client.name] >= max(1, self._tickets // 2):
                detail = "too many of your uploads are under way"
                raise Problem("rate", detail, retryAfter=_AGAIN)
            if self._held.total() >= self._tickets:
                raise Problem("busy", "too many uploads are under way", retryAfter=_AGAIN)
            self._held[client.name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[client.name] -= 1
                self._held += Counter()  # Whoever has none is forgotten.

    @contextmanager
    def slot(self, seconds: float, client: Client = ANONYMOUS) -> Iterator[None]:
        """Wait for a slot and hold it; `busy` where none becomes free in time."""
        taken = self._slots.take(client, seconds)
        try:
            yield
        finally:
            self._slots.release(taken)


@cache
def _own_template() -> Templates:
    """Return the template of a process that was given none; it goes with the process."""
    made = template()
    atexit.register(shutil.rmtree, made.folder, ignore_errors=True)
    return made


class Uploads:
    """Validates and publishes uploads, each in a process of its own.

    They are forked from a template, of this process where none is given. Callers hold a ticket of
    `validating` or `writing` before they read the upload.
    """

    def __init__(
        self, settings: Settings, workspace: Workspace, templates: Templates | None = None
    ) -> None:
        at_once = max(1, settings.uploads)
        self._workspace = workspace
        self._templates = templates or _own_template()
        self._settings = replace(
            settings,
            home=workspace.home,
            intake_seconds=min(settings.intake_seconds, settings.upload_seconds),
            intake_memory=min(settings.intake_memory, settings.upload_memory),
        )
        self._bounds = Bounds(
            settings.upload_seconds,
            settings.upload_memory,
            settings.report_bytes,
            what="the upload process",
            late="not validated after {limit:g} seconds",
            exhausted="they need more than {limit} bytes of memory, or too much depth, "
            "to be validated",
            overlong="the report is longer than {limit} bytes",
        )
        self.validating = Queue(TICKETS * at_once, at_once)
        self.writing = Queue(TICKETS * at_once, 1)

    def validate(self, upload: Upload, client: Client = ANONYMOUS) -> Validation:
        """Validate the current release with an upload in it, without publishing.

        Raises
        ------
        Problem
            `data-syntax`, `data-too-large`, `answer-too-large` or `busy`.

        """
        seconds = self._settings.upload_seconds
        with self.validating.slot(seconds, client), self._worker() as worker:
            worker.send(self._job("validate", upload.graph, upload), upload.content)
            try:
                self._receive_plan(worker)
                reply = self._receive(worker, seconds)
            except (Late, Died, Overlong) as error:
                self._bounds.raise_end(error)
            return Validation(reply.header["release"] or "", Report.from_json(reply.payload))

    def write(self, edit: Edit, client: Client = ANONYMOUS) -> Written:
        """Change one graph and publish.

        Raises
        ------
        Problem
            `data-syntax`, `data-too-large`, `data-invalid`, `conflict`, `precondition`,
            `not-found` or `busy`; the current release is then what it was.

        """
        upload, seconds = edit.upload, self._settings.upload_seconds
        with (
            self.writing.slot(seconds, client),
            self._workspace.upload_slot(seconds),
            self._worker() as worker,
        ):
            job = self._job("publish", edit.graph, upload) | {
                "merge": edit.merge,
                "also": list(edit.also),
                "remove": upload is None,
                "expected": dict(edit.expected),
                "by": edit.by,
                "reason": edit.reason,
                "seen": edit.seen,
                "minted": [astuple(line) for line in edit.minted],
            }
            worker.send(job, upload.content if upload else b"")
            return self._outcome(worker)

    def _outcome(self, worker: Isolated) -> Written:
        """Wait until a change is published; the link alone decides whether it is."""
        planned: dict[str, Any] = {}
        try:
            planned = self._receive_plan(worker)
            reply = self._receive(worker, self._settings.upload_seconds)
            for line in reply.header["notPruned"]:
                _LOG.warning("%s", line)
        except (Late, Died, Overlong) as error:
            if not planned or self._workspace.current() != planned["planned"]:
                self._bounds.raise_end(error)
        return Written(planned["planned"], planned["sha256"], planned["created"])

    def _worker(self) -> Isolated:
        return Isolated(_PROCESS, templates=self._templates)

    def _job(self, task: str, graph: str, upload: Upload | None) -> dict[str, Any]:
        """Return the request to the process."""
        return {
            "task": task,
            "graph": graph,
            "extension": upload.form.extension if upload else "",
            "name": upload.name if upload else "",
            "settings": {**asdict(self._settings), "home": str(self._settings.home.resolve())},
            "seconds": self._settings.upload_seconds,
            "memory": self._settings.upload_memory,
            "connects": task == "publish" and bool(self._settings.engine),
        }

    def _receive_plan(self, worker: Isolated) -> dict[str, Any]:
        """Wait until all is read; the reading process has its own deadline before this one."""
        return self._receive(worker, self._settings.upload_seconds + _START).header

    def _receive(self, worker: Isolated, seconds: float) -> Reply:
        """Wait for one answer; raise the problem that it reports."""
        return self._bounds.receive(worker, seconds, _report)


def _report(payload: bytes) -> dict[str, object]:
    """Return the report that comes with a problem, as a member of it."""
    return {"report": Report.from_json(payload)} if payload else {}
