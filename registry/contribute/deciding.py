"""Deciding: acts of editors as jobs, since what they change may take longer than a reader waits.

    POST ─▶ start ─ a job ─▶ act_process: preview, or decide ─▶ answer, as JSON
                 └ the act itself stays in memory: what is to be redacted is written to no file

Beside a preview lie the fields of its form, so that its page can offer to carry it out; those of a
redaction go with the other answers once it is done, and at once where there is nothing to do.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from registry import formats, progress
from registry.contribute.acts import REDACT, Act
from registry.formats import Format
from registry.jobs import NOTHING, Job, Jobs, Outcome, Turn
from registry.problems import Problem
from registry.publishing.curation import Doubt, Hanging, Preview
from registry.publishing.redaction import FIELDS
from registry.publishing.shacl import Report
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.sandbox import Bounds, Died, Isolated, Late, Overlong, Reply, Templates
from registry.settings import Settings

_LOG: Final = logging.getLogger("citylinks.publishing")

ACT: Final = "act"
"""The kind of these questions."""

PREVIEW: Final = "preview"
DECIDE: Final = "decide"

PROCESS: Final = "registry.contribute.act_process"
"""The module of the process, which a template has loaded."""

_WAIT: Final = 2.0
"""Seconds that somebody waits for an act before a page tells how far it is."""

_LOOK: Final = 0.02
_DAY: Final = 86_400.0
"""Seconds that a redaction may take: what it has begun has to be finished."""


@dataclass(frozen=True)
class ActQuestion:
    """An act that is shown or carried out on a release, by a key; what it says is not told."""

    release: str
    task: str
    what: str
    key: str
    thing: str = ""

    @property
    def form(self) -> Format:
        """The format of its answer."""
        return formats.JSON

    def as_json(self) -> dict[str, Any]:
        """Return its fields, and its kind."""
        return {"kind": ACT, **asdict(self)}


@dataclass(frozen=True)
class Shown(Preview):
    """What an act will change; of a redaction, what it drops and which addresses it changes."""

    doubts: tuple[Doubt, ...] = ()
    dropped: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Shown:
        """Read what the process told."""
        return cls(
            {iri: (gone, come) for iri, (gone, come) in told["graphs"].items()},
            told["things"],
            Report.from_json(json.dumps(told["report"]).encode()),
            [Hanging(**one) for one in told["hanging"]],
            tuple(Doubt(**one) for one in told["doubts"]),
            tuple(told.get("dropped", ())),
            tuple(told.get("names", ())),
            told.get("renamed", {}),
        )


class Acts:
    """Shows and carries out acts, one at a time, with the deadline of jobs."""

    def __init__(self, settings: Settings, workspace: Workspace, templates: Templates) -> None:
        self._settings, self._workspace, self._templates = settings, workspace, templates
        self._asked: dict[str, Act] = {}
        self._turn = Turn()
        self._bounds = Bounds(
            settings.job_seconds,
            settings.intake_memory,
            settings.report_bytes,
            what="the process of an act",
            late="not done after {limit:g} seconds",
            exhausted="it needs more than {limit} bytes of memory, or too much depth",
            overlong="the report is longer than {limit} bytes",
        )

    @property
    def waiting(self) -> int:
        """How many acts wait."""
        return self._turn.waiting

    def begin(
        self, jobs: Jobs, act: Act, task: str, release: str, fields: Mapping[str, str]
    ) -> Job:
        """Start an act, wait a little while, and return its job; `busy` where many wait.

        The `fields` of its form are kept to be shown with its outcome.
        """
        thing = act.things[0] if act.things and act.what != REDACT else ""
        question = ActQuestion(release, task, act.what, secrets.token_hex(16), thing)
        self._asked[question.key] = act
        written = json.dumps(dict(fields)).encode()
        sent = {FIELDS: written} if act.what != REDACT or task == PREVIEW else NOTHING
        try:
            job = jobs.start(question, sent)
        except Problem:
            self._asked.pop(question.key, None)
            raise
        until = time.monotonic() + _WAIT
        while job.state == "running" and time.monotonic() < until:
            time.sleep(_LOOK)
            job = jobs.get(job.name)
        return job

    def read(self, told: dict[str, Any]) -> ActQuestion:
        """Read a question that was written down."""
        return ActQuestion(**{name: value for name, value in told.items() if name != "kind"})

    def answer(self, release: Release, question: ActQuestion, folder: Path) -> Outcome:
        """Show or carry out an act that was begun in this process."""
        act, writes = self._asked.pop(question.key), question.task == DECIDE
        job = {
            "task": question.task,
            "release": question.release,
            "graph": "",
            "settings": {**asdict(self._settings), "home": str(self._workspace.home.resolve())},
            "seconds": self._settings.job_seconds,
            "memory": self._settings.intake_memory,
            "steps": True,
            "connects": writes and bool(self._settings.engine),
        }
        seconds = _DAY if writes and act.what == REDACT else self._settings.job_seconds
        try:
            # One that writes waits for uploads, too.
            slot = self._workspace.upload_slot(seconds) if writes else nullcontext()
            with self._turn.taken(), slot:
                told = self._told(job, act, seconds)
        except Problem:
            if act.what == REDACT:
                (folder / FIELDS).unlink(missing_ok=True)
            raise
        return Outcome(_in_parts(told))

    def _told(self, job: Mapping[str, Any], act: Act, seconds: float) -> dict[str, Any]:
        """Let the process do it; the link alone decides whether an act is done."""
        planned = ""
        with Isolated(PROCESS, templates=self._templates) as worker:
            worker.send(dict(job), json.dumps(act.as_json()).encode())
            try:
                until = time.monotonic() + seconds
                reply = self._reply(worker, until)
                while reply.header.keys() & {"step", "planned"}:
                    planned = reply.header.get("planned", planned)
                    if step := reply.header.get("step"):
                        progress.step(step)
                    reply = self._reply(worker, until)
            except (Late, Died, Overlong) as error:
                is_done = planned and self._workspace.current() == planned != job["release"]
                if job["task"] != DECIDE or not is_done:
                    self._bounds.raise_end(error)
                return {"release": planned}
        for line in reply.header.pop("notPruned", ()):
            _LOG.warning("%s", line)
        report = json.loads(reply.payload) if reply.payload else []
        return {**reply.header, "report": report}

    def _reply(self, worker: Isolated, until: float) -> Reply:
        return self._bounds.receive(worker, until - time.monotonic(), _report)


def _report(payload: bytes) -> dict[str, object]:
    """Return the report that comes with a problem, as lists and texts: it is kept with the job."""
    return {"report": json.loads(payload)} if payload else {}


def _in_parts(told: Mapping[str, Any]) -> Iterable[bytes]:
    return [json.dumps(told, ensure_ascii=False).encode()]
