"""Linking of tables that strangers send, each in a process that can be killed.

A table may have any number of rows, and matching one takes a millisecond of the processor. In the
process that serves, all readers would wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

from registry.problems import Problem
from registry.reconcile.csv_linking import Columns
from registry.sandbox import Died, Isolated, Late, Overlong, Templates
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
        seconds = limits.upload_seconds
        with Isolated(PROCESS, templates=self._templates or _own_template()) as worker:
            worker.send(job, table)
            try:
                reply = worker.receive(time.monotonic() + seconds, limits.report_bytes)
            except Late as error:
                detail = f"these are more rows than can be linked in {seconds:g} seconds"
                raise Problem("data-too-large", detail, limit=seconds) from error
            except Overlong as error:
                detail = f"the table is longer than {limits.report_bytes} bytes with its links"
                raise Problem("answer-too-large", detail, limit=limits.report_bytes) from error
            except Died as error:
                if not error.signal:
                    raise RuntimeError(f"the process of a table failed: {error.stderr}") from error
                raise self._exhausted() from error
        if reply.header.get("exhausted"):
            raise self._exhausted()
        if "problem" in reply.header:
            header = reply.header
            raise Problem(header["problem"], header["detail"], **header["members"])
        return reply.payload

    def _exhausted(self) -> Problem:
        limit = self._settings.upload_memory
        detail = f"the table needs more than {limit} bytes of memory to be linked"
        return Problem("data-too-large", detail, limit=limit)
