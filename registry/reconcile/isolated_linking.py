"""Linking of tables that strangers send, each in a process that can be killed.

A table may have any number of rows, and matching one takes a millisecond of the processor. In the
process that serves, all readers would wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from registry.reconcile.csv_linking import Columns, Decisions
from registry.sandbox import Bounds, Died, Isolated, Late, Overlong, Templates
from registry.settings import Settings

PROCESS: Final = "registry.reconcile.link_process"
"""The module of the process, which a template has loaded."""

_IDLE_SECONDS: Final = 300.0
"""How long the template of an application that was given none is kept for the next table."""


class Task(StrEnum):
    """What is done with a table."""

    LINK = "link"
    REVIEW = "review"
    """List the rows that a person has to decide on."""
    COLUMNS = "columns"
    """Guess what its columns hold."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a table: its columns, further facts, decisions, and the languages wanted.

    `interface` is the language in which countries are named to who decides. Without decisions those
    count that the table tells of.
    """

    columns: Columns
    extra: Sequence[str] = ()
    languages: Sequence[str] = ()
    decisions: Decisions | None = None
    interface: str = "en"

    def as_json(self) -> dict[str, Any]:
        """Return it as texts, lists and objects alone."""
        lists = {"extra": list(self.extra), "languages": list(self.languages)}
        decisions = None if self.decisions is None else list(self.decisions.items())
        return {**asdict(self), **lists, "decisions": decisions}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Asked:
        """Read what `as_json` returned."""
        columns, given = Columns(**told["columns"]), told["decisions"]
        decisions = None if given is None else dict(given)
        return cls(**{**told, "columns": columns, "decisions": decisions})


@cache
def _own_template() -> Templates:
    return Templates((PROCESS,), _IDLE_SECONDS, None)


class TableLinker:
    """Links tables, each in a process of its own; callers hold a slot for it."""

    def __init__(self, settings: Settings, templates: Templates | None = None) -> None:
        self._settings = settings
        self._templates = templates
        self._bounds = Bounds(
            settings.upload_seconds,
            settings.upload_memory,
            settings.report_bytes,
            what="the process of a table",
            late="these are more rows than can be linked in {limit:g} seconds",
            exhausted="the table needs more than {limit} bytes of memory to be linked",
            overlong="the table is longer than {limit} bytes with its links",
        )

    def done(
        self, task: Task, version: str, asked: Asked, table: bytes, *, last: bool = False
    ) -> bytes:
        """Return the table with the cities of a release that its rows name, or JSON for a person.

        What comes `last` leaves the processor to all others.

        Raises
        ------
        Problem
            `data-syntax` or `bad-parameter` when it cannot be read as is said, `data-too-large`
            when it takes too long or too much memory, `answer-too-large`.

        """
        limits = self._settings
        job = {
            "settings": {**asdict(limits), "home": str(limits.home.resolve())},
            "version": version,
            "task": task,
            "asked": asked.as_json(),
            "last": last,
        }
        with Isolated(PROCESS, templates=self._templates or _own_template()) as worker:
            worker.send(job, table)
            try:
                return self._bounds.receive(worker, limits.upload_seconds).payload
            except (Late, Died, Overlong) as error:
                self._bounds.raise_end(error)
