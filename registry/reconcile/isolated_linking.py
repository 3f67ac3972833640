"""Linking of tables that strangers send, each in a process that can be killed.

A table may have any number of rows, and matching one takes a millisecond of the processor. In the
process that serves, all readers would wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

from registry.reconcile.csv_linking import Columns
from registry.sandbox import Bounds, Died, Isolated, Late, Overlong, Templates
from registry.settings import Settings

PROCESS: Final = "registry.reconcile.link_process"
"""The module of the process, which a template has loaded."""

_IDLE_SECONDS: Final = 300.0
"""How long the template of an application that was given none is kept for the next table."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a table: its columns, further facts, and the languages of these."""

    columns: Columns
    extra: Sequence[str]
    languages: Sequence[str]


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

    def linked(self, version: str, asked: Asked, table: bytes) -> bytes:
        """Return a table with the IRIs of the cities of a release that its rows name.

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
            "columns": asdict(asked.columns),
            "extra": list(asked.extra),
            "languages": list(asked.languages),
        }
        with Isolated(PROCESS, templates=self._templates or _own_template()) as worker:
            worker.send(job, table)
            try:
                return self._bounds.receive(worker, limits.upload_seconds).payload
            except (Late, Died, Overlong) as error:
                self._bounds.raise_end(error)
