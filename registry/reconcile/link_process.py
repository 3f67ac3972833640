"""The process that links one table.

Forked from a template that has this module loaded, or run as
`python -m registry.reconcile.link_process`. It reads the indexes of a release, has neither sockets
nor the right to start programs, and is bounded in memory and time.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, BinaryIO

from registry.problems import Problem
from registry.reconcile.csv_linking import Columns, Linking
from registry.reconcile.extension import Facts
from registry.reconcile.matcher import Matchers
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import begun, bound, harden, refusal, write_frame
from registry.settings import Settings


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Answer the one request with the table, or with what is wrong with it."""
    frame = begun(source)
    if frame is None:
        return
    job, table = frame
    settings = Settings(**{**job["settings"], "home": Path(job["settings"]["home"])})
    harden()
    bound(settings.upload_memory, settings.upload_seconds)
    write_frame(target, *_answer(job, table, settings))


def _answer(job: dict[str, Any], table: bytes, settings: Settings) -> tuple[dict[str, Any], bytes]:
    """Link a table; return the header of the answer, and the table."""
    try:
        release = Shelf(Workspace(settings.home)).named(job["version"])
        facts = Facts.of(release, job["languages"])
        matcher = Matchers(settings).matcher(release)
        linking = Linking(matcher, facts, Columns(**job["columns"]), job["extra"])
        return {}, "".join(linking.lines(io.BytesIO(table))).encode()
    except (Problem, MemoryError, RecursionError) as error:
        return refusal(error), b""


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
