"""The process that links one table, or prepares what a person decides on.

Forked from a template that has this module loaded, or run as
`python -m registry.reconcile.link_process`. It reads the indexes of a release, has neither sockets
nor the right to start programs, and is bounded in memory and time.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

from registry.problems import Problem
from registry.reconcile.csv_linking import Linking
from registry.reconcile.extension import Facts
from registry.reconcile.isolated_linking import Asked, Task
from registry.reconcile.matcher import Matchers
from registry.reconcile.reviewing import Review, sampled
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import begun, bound, harden, refusal, write_frame
from registry.settings import Settings

_LAST: Final = 19
"""How much a process gives way that nobody waits for (the lowest priority)."""


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Answer the one request with the table, or with what is wrong with it."""
    frame = begun(source)
    if frame is None:
        return
    job, table = frame
    settings = Settings(**{**job["settings"], "home": Path(job["settings"]["home"])})
    if job["last"]:
        os.nice(_LAST)
    harden()
    bound(settings.upload_memory, settings.upload_seconds)
    write_frame(target, *_answer(job, table, settings))


def _answer(job: dict[str, Any], table: bytes, settings: Settings) -> tuple[dict[str, Any], bytes]:
    """Do what is asked; return the header of the answer, and the table or JSON."""
    asked, task = Asked.from_json(job["asked"]), Task(job["task"])
    try:
        release = Shelf(Workspace(settings.home)).named(job["version"])
        matcher = Matchers(settings).matcher(release)
        if task is Task.COLUMNS:
            return {}, json.dumps(sampled(table, matcher)).encode()
        facts = Facts.of(release, asked.languages)
        linking = Linking(matcher, facts, asked.columns, asked.extra, asked.decisions)
        if task is Task.REVIEW:
            return {}, json.dumps(Review(linking, asked.interface).of(io.BytesIO(table))).encode()
        return {}, "".join(linking.lines(io.BytesIO(table))).encode()
    except (Problem, MemoryError, RecursionError) as error:
        return refusal(error), b""


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
