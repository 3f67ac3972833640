"""Tables as jobs: those that are long take longer to be linked than a reader waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from registry import formats
from registry.formats import Format
from registry.jobs import Outcome, Turn
from registry.reconcile.isolated_linking import Asked, TableLinker, Task
from registry.releases.reading import Release
from registry.sandbox import Templates
from registry.settings import Settings

TABLE: Final = "table"
"""The kind of these questions, and the file that holds the table."""


@dataclass(frozen=True)
class TableQuestion:
    """What is asked of a table, which is known by its hash."""

    release: str
    task: Task
    asked: Asked
    sha256: str

    @property
    def form(self) -> Format:
        """The format of its answer."""
        return formats.RESULTS_CSV if self.task is Task.LINK else formats.JSON

    def as_json(self) -> dict[str, Any]:
        """Return its fields, and its kind."""
        told = {"task": self.task.value, "wanted": self.asked.as_json(), "sha256": self.sha256}
        return {"kind": TABLE, "release": self.release, **told}


class Tables:
    """Links tables with the deadline of jobs, one at a time.

    `worded` tells what is found for a person in the language that was asked for.
    """

    def __init__(
        self,
        settings: Settings,
        templates: Templates | None,
        worded: Callable[[Task, Asked, bytes], bytes],
    ) -> None:
        own = replace(settings, upload_seconds=settings.job_seconds)
        self._linker = TableLinker(own, templates)
        self._worded = worded
        self._turn = Turn()

    @property
    def waiting(self) -> int:
        """How many tables wait."""
        return self._turn.waiting

    def read(self, told: dict[str, Any]) -> TableQuestion:
        """Read a question that was written down."""
        asked, task = Asked.from_json(told["wanted"]), Task(told["task"])
        return TableQuestion(told["release"], task, asked, told["sha256"])

    def answer(self, release: Release, question: TableQuestion, folder: Path) -> Outcome:
        """Link a table, or list what is to be decided of it."""
        table = (folder / TABLE).read_bytes()
        with self._turn.taken():
            found = self._linker.done(
                question.task, release.version, question.asked, table, last=True
            )
        return Outcome([self._worded(question.task, question.asked, found)])
