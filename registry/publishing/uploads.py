"""Uploads: data from the network are validated and published in processes that can be killed.

The process that serves never parses them, nor runs rules and shapes over them. How many are
evaluated, and how many arrive or wait, is bounded.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from threading import BoundedSemaphore
from typing import Any, Final, NoReturn

from registry.formats import Format
from registry.problems import Problem
from registry.publishing.shacl import Report
from registry.releases.workspace import Workspace
from registry.sandbox import (
    Died,
    Isolated,
    Late,
    Overlong,
    Reply,
)
from registry.settings import Settings

_LOG: Final = logging.getLogger("citylinks.publishing")

PLACES: Final = 4
"""For each upload that is validated at once so many may be arriving or waiting, it included."""

_START: Final = 10.0
"""Seconds that a process may need to start, beside its deadline."""

_AGAIN: Final = 5
"""Seconds after which a client that found no place may ask again."""


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
    """What the shapes say of a release (empty = before the first) with an upload in it."""

    release: str
    report: Report


@dataclass(frozen=True)
class Edit:
    """A change of one graph: to what was sent, to its merge with that, or (None) its removal.

    `expected` holds the hash that the graph must have now, None where it must not be there; it is
    empty where that does not matter.
    """

    graph: str
    upload: Upload | None
    merge: bool = False
    expected: Mapping[str, str | None] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True)
class Written:
    """What came of a change: the release that is current by it, and the hash of the graph."""

    release: str
    sha256: str | None
    created: bool


class Queue:
    """Places for what arrives or waits, and fewer turns for what is at work."""

    def __init__(self, places: int, turns: int) -> None:
        self._places, self._turns = BoundedSemaphore(places), BoundedSemaphore(turns)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place; `busy` where there is none."""
        with _held(self._places, 0):
            yield

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Wait for a turn; `busy` where it does not come in time."""
        with _held(self._turns, seconds):
            yield


@contextmanager
def _held(semaphore: BoundedSemaphore, seconds: float) -> Iterator[None]:
    if not semaphore.acquire(timeout=seconds):
        raise Problem("busy", "too many uploads are under way", retryAfter=_AGAIN)
    try:
        yield
    finally:
        semaphore.release()


class Uploads:
    """Validates and publishes uploads, each in a process of its own.

    Who calls takes a place in `validating` or `writing` before the upload arrives.
    """

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        at_once = max(1, settings.uploads)
        self._workspace = workspace
        self._settings = replace(
            settings,
            home=workspace.home,
            intake_seconds=min(settings.intake_seconds, settings.upload_seconds),
            intake_memory=min(settings.intake_memory, settings.upload_memory),
        )
        self.validating = Queue(PLACES * at_once, at_once)
        self.writing = Queue(PLACES * at_once, 1)

    def validate(self, upload: Upload) -> Validation:
        """Validate the current release with an upload in it, without publishing.

        Raises
        ------
        Problem
            `data-syntax`, `data-too-large`, `answer-too-large` or `busy`.

        """
        with self.validating.turn(self._settings.upload_seconds), self._worker() as worker:
            worker.send(self._job("validate", upload.graph, upload), upload.content)
            try:
                self._planned(worker)
                reply = self._received(worker, self._settings.upload_seconds)
            except (Late, Died, Overlong) as error:
                self._ended(error)
            return Validation(reply.header["release"] or "", Report.from_json(reply.payload))

    def write(self, edit: Edit) -> Written:
        """Change one graph and publish.

        Raises
        ------
        Problem
            `data-syntax`, `data-too-large`, `data-invalid`, `conflict`, `precondition`,
            `not-found` or `busy`; the current release is then what it was.

        """
        upload, seconds = edit.upload, self._settings.upload_seconds
        with (
            self.writing.turn(seconds),
            self._workspace.upload_slot(seconds),
            self._worker() as worker,
        ):
            job = self._job("publish", edit.graph, upload) | {
                "merge": edit.merge,
                "remove": upload is None,
                "expected": dict(edit.expected),
                "by": edit.by,
            }
            worker.send(job, upload.content if upload else b"")
            return self._outcome(worker)

    def _outcome(self, worker: Isolated) -> Written:
        """Wait until a change is published; the link alone decides whether it is."""
        planned: dict[str, Any] = {}
        try:
            planned = self._planned(worker)
            reply = self._received(worker, self._settings.upload_seconds)
            for line in reply.header["notPruned"]:
                _LOG.warning("%s", line)
        except (Late, Died, Overlong) as error:
            if not planned or self._workspace.current() != planned["planned"]:
                self._ended(error)
        return Written(planned["planned"], planned["sha256"], planned["created"])

    def _worker(self) -> Isolated:
        return Isolated("registry.publishing.upload_process")

    def _job(self, task: str, graph: str, upload: Upload | None) -> dict[str, Any]:
        """Put together what the process has to know."""
        return {
            "task": task,
            "graph": graph,
            "extension": upload.form.extension if upload else "",
            "name": upload.name if upload else "",
            "settings": {**asdict(self._settings), "home": str(self._settings.home.resolve())},
            "seconds": self._settings.upload_seconds,
            "memory": self._settings.upload_memory,
        }

    def _planned(self, worker: Isolated) -> dict[str, Any]:
        """Wait until all is read; the reading process has its own deadline before this one."""
        return self._received(worker, self._settings.upload_seconds + _START).header

    def _received(self, worker: Isolated, seconds: float) -> Reply:
        """Wait for one answer; raise the problem that it tells of."""
        reply = worker.receive(time.monotonic() + seconds, self._settings.answer_bytes)
        if "exhausted" in reply.header:
            raise self._exhausted()
        if "problem" in reply.header:
            header = reply.header
            report = {"report": Report.from_json(reply.payload)} if reply.payload else {}
            raise Problem(header["problem"], header["detail"], **header["members"], **report)
        return reply

    def _ended(self, error: Late | Died | Overlong) -> NoReturn:
        """Explain why the process was ended; one that broke down alone is a mistake of ours."""
        if isinstance(error, Overlong):
            limit = self._settings.answer_bytes
            detail = f"the report is longer than {limit} bytes"
            raise Problem("answer-too-large", detail, limit=limit) from error
        if isinstance(error, Late):
            limit_s = self._settings.upload_seconds
            detail = f"not validated after {limit_s:g} seconds"
            raise Problem("data-too-large", detail, limit=limit_s) from error
        if error.signal:
            raise self._exhausted() from error
        raise RuntimeError(f"the process for uploads broke down: {error.stderr}") from error

    def _exhausted(self) -> Problem:
        limit = self._settings.upload_memory
        detail = f"they need more than {limit} bytes of memory, or too much depth, to be validated"
        return Problem("data-too-large", detail, limit=limit)
