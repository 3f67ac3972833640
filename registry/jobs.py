"""Jobs: what takes longer than a reader waits, with results that are kept for later.

    POST ─▶ start ─ a thread and a process of its own ─▶ jobs/{id}/answer ─▶ /jobs/{id}/result
                                                      └▶ jobs/{id}/end.json: when, how

What is asked of a release in a format has one job, and its answer never changes. The folder holds
`question.json` and what was sent with it from the start, and a lock while its thread lives; after a
restart of the server an unfinished job is `interrupted`, until somebody asks the same again.

`Work` is one kind of question: queries (`sparql.jobs`), tables (`reconcile.jobs`), acts of editors
(`contribute.deciding`). What it does it may tell in steps, the last of which is in `step`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from registry import files, locks, progress
from registry.formats import Format
from registry.problems import Problem
from registry.releases.reading import Release, Shelf
from registry.settings import Settings

STATES: Final = ("running", "done", "failed", "interrupted")
_FOLDER: Final = "jobs"
_QUESTION: Final = "question.json"
_END: Final = "end.json"
_ANSWER: Final = "answer"
LOCK: Final = "lock"
"""The file of a job that is locked while it is under way."""

_STEP: Final = "step"
_ABOUT: Final = frozenset({_QUESTION, _END, LOCK, _STEP})
"""Files that do not count for the room of jobs: they are small."""

_BEGINNING: Final = ".beginning"
"""Locked, in the folder of all jobs, while one begins or others are removed."""

_NAME: Final = re.compile("[0-9a-f]{32}")

NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})

_LOG: Final = logging.getLogger("citylinks")


class Question(Protocol):
    """What is asked of a release; two that are written alike are one."""

    @property
    def release(self) -> str:
        """The version of the release."""

    @property
    def form(self) -> Format:
        """The format of its answer."""

    def as_json(self) -> dict[str, Any]:
        """Return it as texts, lists and objects alone, with its `kind` unless it is a query."""


def name_of(question: Question) -> str:
    """Return the name of the job of a question."""
    return hashlib.sha256(json.dumps(question.as_json()).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Outcome:
    """An answer in parts, and the deviations from the standard that were met."""

    parts: Iterable[bytes]
    deviations: tuple[str, ...] = ()


class Work(Protocol):
    """Answers questions of one kind, one at a time and at the lowest priority."""

    @property
    def waiting(self) -> int:
        """How many questions wait."""

    def read(self, told: dict[str, Any]) -> Question:
        """Read a question that was written down."""

    def answer(self, release: Release, question: Any, folder: Path) -> Outcome:
        """Answer a question; `folder` has the files that were sent with it."""


class Turn:
    """Lets one piece of work be done at a time, and counts those that wait."""

    def __init__(self) -> None:
        self._turn, self._counting = threading.Lock(), threading.Lock()
        self.waiting = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait until nothing else is under way, and keep others waiting meanwhile."""
        self._count(1)
        try:
            self._turn.acquire()
        finally:
            self._count(-1)
        try:
            yield
        finally:
            self._turn.release()

    def _count(self, more: int) -> None:
        with self._counting:
            self.waiting += more


QUERY: Final = "query"
"""The kind of a question that names none."""


@dataclass(frozen=True)
class Job:
    """A job as it is now, in one of the `STATES`; times are in UTC.

    `step` is what it does while it runs, where that is told.
    `members` are those of its problem: line and column, a limit, or what else it has.
    """

    question: Question
    state: str
    asked: str
    ended: str = ""
    bytes: int = 0
    sha256: str = ""
    problem: str = ""
    detail: str = ""
    members: Mapping[str, Any] = field(default_factory=dict)
    deviations: tuple[str, ...] = ()
    step: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return name_of(self.question)

    @property
    def is_over(self) -> bool:
        """Whether it will stay as it is."""
        return self.state in {"done", "failed"}


class Jobs:
    """The jobs of a workspace; any number of threads and processes may use it."""

    def __init__(self, settings: Settings, shelf: Shelf, works: Mapping[str, Work]) -> None:
        self._settings, self._shelf, self._works = settings, shelf, works
        self._folder = settings.home / _FOLDER

    def start(self, question: Question, sent: Mapping[str, bytes] = NOTHING) -> Job:
        """Start the job of a question, unless it runs or is done; return it.

        `sent` are files that its answer is made of, by name.

        Raises
        ------
        Problem
            `busy` where too many jobs wait; `unwritable` where there is no room.

        """
        name = name_of(question)
        known = self.find(name)
        if known and known.state in {"running", "done"}:
            return known
        if self._work(question.as_json()).waiting >= self._settings.queue:
            raise Problem("busy", "too many jobs wait already", retryAfter=60)
        self._folder.mkdir(parents=True, exist_ok=True)
        with locks.held(self._folder / _BEGINNING):
            self._make_room()
            self._begin(question, sent)
        return self.get(name)

    def _work(self, told: Mapping[str, Any]) -> Work:
        return self._works[told.get("kind", QUERY)]

    def _begin(self, question: Question, sent: Mapping[str, bytes]) -> None:
        """Write down what is asked, and return once a thread has taken it on."""
        folder = self._folder / name_of(question)
        folder.mkdir(exist_ok=True)
        files.remove_unfinished(folder)
        (folder / _END).unlink(missing_ok=True)
        for name, content in sent.items():
            files.write(folder / name, content)
        asked = {**question.as_json(), "asked": _now()}
        files.write(folder / _QUESTION, json.dumps(asked, indent=1).encode())
        locked = threading.Event()
        threading.Thread(target=self._run, args=(folder, question, locked), daemon=True).start()
        locked.wait()

    def get(self, name: str) -> Job:
        """Return a job; `not-found` where there is none of this name."""
        found = self.find(name)
        if found is None:
            raise _gone()
        return found

    def find(self, name: str) -> Job | None:
        """Find a job by its name."""
        folder = self._folder / name
        if not (_NAME.fullmatch(name) and (asked := _read(folder / _QUESTION))):
            return None
        moment = asked.pop("asked")
        question = self._work(asked).read(asked)
        if end := _read(folder / _END):
            return Job(question, asked=moment, **end)
        is_running = locks.is_held(folder / LOCK)
        # It may have ended between the two looks.
        if end := _read(folder / _END):
            return Job(question, asked=moment, **end)
        state = "running" if is_running else "interrupted"
        return Job(question, state, moment, step=_step(folder) if is_running else "")

    def answer(self, job: Job) -> Path:
        """Return the file of a job's answer; `not-found` where there is none, or none yet."""
        if job.state == "failed":
            raise Problem("not-found", f"there is no answer: {job.detail}")
        if job.state != "done":
            raise Problem(
                "not-found", f"there is no answer yet; /jobs/{job.name} says how far it is"
            )
        return self._folder / job.name / _ANSWER

    def sent(self, job: Job, name: str) -> bytes:
        """Return a file that was sent with a question; `not-found` where it is no longer kept."""
        try:
            return (self._folder / job.name / name).read_bytes()
        except FileNotFoundError as error:
            raise _gone() from error

    def _run(self, folder: Path, question: Question, locked: threading.Event) -> None:
        """In a thread: evaluate a question, and write its answer and how it ended."""
        try:
            with locks.held(folder / LOCK, 0):
                locked.set()
                files.write(folder / _END, json.dumps(self._end_of(folder, question)).encode())
        except TimeoutError:
            _LOG.info("another process has begun job %s", folder.name)
        except Exception:
            _LOG.exception("job %s could not be ended", folder.name)
        finally:
            locked.set()

    def _end_of(self, folder: Path, question: Question) -> dict[str, Any]:
        """Write the answer to a question; return how the job ended."""
        try:
            release = self._shelf.named(question.release)
            work = self._work(question.as_json())
            with progress.shown_by(lambda step: files.write(folder / _STEP, step.encode())):
                answer = work.answer(release, question, folder)
                files.write_parts(folder / _ANSWER, answer.parts)
        except Problem as problem:
            return _failed(problem)
        except OSError as error:
            _LOG.warning("the answer of job %s cannot be kept: %s", folder.name, error)
            return _failed(Problem("unwritable", "there is no room for the answer"))
        except Exception:
            _LOG.exception("job %s failed", folder.name)
            return _failed(Problem("internal", "the job failed"))
        path = folder / _ANSWER
        length, digest = path.stat().st_size, files.sha256(path)
        about = {"bytes": length, "sha256": digest, "deviations": answer.deviations}
        return {"state": "done", "ended": _now(), **about}

    def _make_room(self) -> None:
        """Remove what was asked of releases that are gone, and the oldest jobs over the limit."""
        kept = set(self._shelf.workspace.versions())
        left = self._settings.job_bytes
        folders = [path for path in self._folder.iterdir() if path.is_dir()]
        for folder in sorted(folders, key=_ended, reverse=True):
            if locks.is_held(folder / LOCK):
                continue
            asked = _read(folder / _QUESTION)
            large = (path for path in folder.iterdir() if path.name not in _ABOUT)
            left -= sum(path.stat().st_size for path in large)
            if left < 0 or asked is None or asked["release"] not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _gone() -> Problem:
    return Problem("not-found", "there is no such job, or it is no longer kept")


def _ended(folder: Path) -> float:
    """Return when a job last changed."""
    return folder.stat().st_mtime


def _failed(problem: Problem) -> dict[str, Any]:
    end = {"state": "failed", "ended": _now()}
    why = {"problem": problem.name, "detail": problem.detail, "members": problem.members}
    return {**end, **why}


def _step(folder: Path) -> str:
    try:
        return (folder / _STEP).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _read(path: Path) -> dict[str, Any] | None:
    """Read a file of a job; None where it is not there."""
    try:
        return dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
