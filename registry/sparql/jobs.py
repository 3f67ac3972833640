"""Jobs: queries that take longer than a reader waits, with results that are kept for later.

    POST ─▶ start ─ a thread and a worker of its own ─▶ jobs/{id}/answer ─▶ /jobs/{id}/result
                                                     └▶ jobs/{id}/end.json: when, how

What is asked of a release in a format has one job, and its answer never changes. The folder holds
`question.json` from the start, and a lock while its thread lives; after a restart of the server an
unfinished job is `interrupted`, until somebody asks the same again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from registry import files, formats, locks
from registry.formats import Format
from registry.problems import Problem
from registry.releases.reading import Release, Shelf
from registry.settings import Settings
from registry.sparql.engine import Answer, Embedded, Query
from registry.sparql.forks import Forks
from registry.sparql.guards import outline
from registry.sparql.pool import Pool

STATES: Final = ("running", "done", "failed", "interrupted")
_FOLDER: Final = "jobs"
_QUESTION: Final = "question.json"
_END: Final = "end.json"
_ANSWER: Final = "answer"
_LOCK: Final = "lock"
_BEGINNING: Final = ".beginning"
"""Locked, in the folder of all jobs, while one begins or others are removed."""

_NAME: Final = re.compile("[0-9a-f]{32}")

_LOG: Final = logging.getLogger("citylinks")


@dataclass(frozen=True)
class Question:
    """What is asked: a query on a dataset of a release, in a format by its name."""

    release: str
    query: str
    format: str
    base: str = ""
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name of its job."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:32]

    @property
    def form(self) -> Format:
        """The format of its answer."""
        known = (*formats.SOLUTIONS, *formats.TRIPLES)
        return next(form for form in known if form.name == self.format)


@dataclass(frozen=True)
class Job:
    """A job as it is now, in one of the `STATES`; times are in UTC.

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

    @property
    def is_over(self) -> bool:
        """Whether it will stay as it is."""
        return self.state in {"done", "failed"}


class Jobs:
    """The jobs of a workspace; any number of threads and processes may use it.

    One job of a process runs at a time, at the lowest priority; the others wait.
    """

    def __init__(self, settings: Settings, shelf: Shelf, forks: Forks | None) -> None:
        self._settings, self._shelf = settings, shelf
        self._folder = settings.home / _FOLDER
        own = replace(settings, query_seconds=settings.job_seconds, young_seconds=0.0)
        self._engine = Embedded(own, shelf, Pool(own, forks, slots=1))

    def start(self, question: Question) -> Job:
        """Start the job of a question, unless it runs or is done; return it.

        Raises
        ------
        Problem
            `busy` where too many jobs wait; `unwritable` where there is no room.

        """
        known = self.find(question.id)
        if known and known.state in {"running", "done"}:
            return known
        if self._engine.pool.slots.waiting >= self._settings.queue:
            raise Problem("busy", "too many jobs wait already", retryAfter=60)
        self._folder.mkdir(parents=True, exist_ok=True)
        with locks.held(self._folder / _BEGINNING):
            self._make_room()
            self._begin(question)
        return self.get(question.id)

    def _begin(self, question: Question) -> None:
        """Write down what is asked, and return once a thread has taken it on."""
        folder = self._folder / question.id
        folder.mkdir(exist_ok=True)
        (folder / _END).unlink(missing_ok=True)
        asked = {**asdict(question), "asked": _now()}
        files.write(folder / _QUESTION, json.dumps(asked, indent=1).encode())
        locked = threading.Event()
        threading.Thread(target=self._run, args=(folder, question, locked), daemon=True).start()
        locked.wait()

    def get(self, name: str) -> Job:
        """Return a job; `not-found` where there is none of this name."""
        found = self.find(name)
        if found is None:
            raise Problem("not-found", "there is no such job, or it is no longer kept")
        return found

    def find(self, name: str) -> Job | None:
        """Find a job by its name."""
        folder = self._folder / name
        if not (_NAME.fullmatch(name) and (asked := _read(folder / _QUESTION))):
            return None
        moment = asked.pop("asked")
        asked["default_graphs"] = tuple(asked["default_graphs"])
        asked["named_graphs"] = tuple(asked["named_graphs"])
        question = Question(**asked)
        if end := _read(folder / _END):
            return Job(question, asked=moment, **end)
        is_running = locks.is_held(folder / _LOCK)
        # It may have ended between the two looks.
        if end := _read(folder / _END):
            return Job(question, asked=moment, **end)
        return Job(question, "running" if is_running else "interrupted", moment)

    def answer(self, job: Job) -> Path:
        """Return the file of a job's answer; `not-found` where there is none, or none yet."""
        name = job.question.id
        if job.state == "failed":
            raise Problem("not-found", f"there is no answer: {job.detail}")
        if job.state != "done":
            raise Problem("not-found", f"there is no answer yet; /jobs/{name} says how far it is")
        return self._folder / name / _ANSWER

    def _run(self, folder: Path, question: Question, locked: threading.Event) -> None:
        """In a thread: evaluate a question, and write its answer and how it ended."""
        try:
            with locks.held(folder / _LOCK, 0):
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
            answer = self._answered(self._shelf.named(question.release), question)
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

    def _answered(self, release: Release, question: Question) -> Answer:
        """Evaluate a question."""
        query = Query(question.query, question.default_graphs, question.named_graphs, question.base)
        seen = outline(query.text, self._settings, query.base)
        return self._engine.evaluate(release, query, seen, question.form)

    def _make_room(self) -> None:
        """Remove what was asked of releases that are gone, and the oldest jobs over the limit."""
        kept = set(self._shelf.workspace.versions())
        left = self._settings.job_bytes
        folders = [path for path in self._folder.iterdir() if path.is_dir()]
        for folder in sorted(folders, key=_ended, reverse=True):
            if locks.is_held(folder / _LOCK):
                continue
            asked, answer = _read(folder / _QUESTION), folder / _ANSWER
            left -= answer.stat().st_size if answer.exists() else 0
            if left < 0 or asked is None or asked["release"] not in kept:
                shutil.rmtree(folder, ignore_errors=True)


def _ended(folder: Path) -> float:
    """Return when a job last changed."""
    return folder.stat().st_mtime


def _failed(problem: Problem) -> dict[str, Any]:
    end = {"state": "failed", "ended": _now()}
    why = {"problem": problem.name, "detail": problem.detail, "members": problem.members}
    return {**end, **why}


def _read(path: Path) -> dict[str, Any] | None:
    """Read a file of a job; None where it is not there."""
    try:
        return dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
