"""The process that validates or publishes one upload.

Forked from a template that has this module loaded, or run as
`python -m registry.publishing.upload_process`. It starts a parser process for what was sent, then
gives up the right to start programs, and sockets unless a release is loaded into another engine,
and bounds its memory and time: rules and shapes run over untrusted data here, and can be made to
run for ever. Killed at any moment it leaves the current release as it was, or the new one whole.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import pyoxigraph as ox

from registry import files, formats, progress
from registry.graphs import parsing
from registry.graphs.graph import Graph
from registry.identity.ledger import LedgerEntry
from registry.problems import Problem, unwritable
from registry.publishing import build
from registry.publishing.plan import Change, Plan, plan
from registry.publishing.shacl import Report
from registry.publishing.transaction import Transaction, begin
from registry.releases.workspace import Workspace
from registry.sandbox import begun, bound, harden, refusal, write_frame
from registry.settings import Settings

Job = dict[str, Any]


class Planned(Protocol):
    """Called when all is parsed, before rules and shapes run over it."""

    def __call__(self, after: Plan, folder: Path, created: bool = False) -> None:
        """Report a plan; `folder` is for scratch files, `created` whether it makes a new graph."""


Task = Callable[[Job, bytes, Settings, Planned], tuple[Job, bytes]]
"""Does what a request names; returns the header of the answer and its payload."""


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Answer the one request."""
    answer_one(source, target, _TASKS)


def answer_one(source: BinaryIO, target: BinaryIO, tasks: Mapping[str, Task]) -> None:
    """Answer the one request: a frame when all is parsed and planned, then one with the result.

    Frames with the name of a step come before them, where the request wants `steps`.
    """
    frame = begun(source)
    if frame is None:
        return
    job, content = frame

    def planned(after: Plan, folder: Path, created: bool = False) -> None:
        """Report the plan, then give up the rights that building needs not."""
        graph = after.graphs.get(job["graph"])
        sha256 = graph.sha256 if graph else None
        write_frame(target, {"planned": after.version, "sha256": sha256, "created": created})
        # Loaded while nothing is bounded yet; what is refused before does not wait for it.
        import pyshacl  # noqa: F401

        # A release is loaded into another engine before it is current.
        harden(sockets=bool(job["connects"]))
        # The engine's threads start with the first store, and their stacks are not to be counted.
        ox.Store(str(folder / "first"))
        bound(job["memory"], job["seconds"])

    show = (lambda what: write_frame(target, {"step": what})) if job.get("steps") else _unseen
    with progress.shown_by(show):
        answer = _answer(job, content, planned, tasks)
    write_frame(target, *answer)


def _unseen(_: str) -> None:
    """Show no step."""


def _answer(
    job: Job, content: bytes, planned: Planned, tasks: Mapping[str, Task]
) -> tuple[Job, bytes]:
    """Do what is asked; return the header of the answer, and the report as its payload."""
    # It may start no other process, so it validates alone.
    given = {**job["settings"], "home": Path(job["settings"]["home"]), "validators": 1}
    settings = Settings(**given)
    try:
        try:
            return tasks[job["task"]](job, content, settings, planned)
        except (OSError, sqlite3.Error) as error:
            raise unwritable(error) from error
    except (Problem, MemoryError, RecursionError) as error:
        report = error.members.get("report") if isinstance(error, Problem) else None
        return refusal(error), report.to_json() if isinstance(report, Report) else b""


def _validate(job: Job, content: bytes, settings: Settings, planned: Planned) -> tuple[Job, bytes]:
    """Validate the current release with what was sent in it."""
    workspace = Workspace(settings.home)
    with workspace.draft() as folder:
        change = Change(files=(), sent=[_source(job, folder, content)])
        after = plan(workspace, settings, change)
        planned(after, folder)
        return {"release": after.before}, build.report_on(workspace, settings, after).to_json()


def _publish(job: Job, content: bytes, settings: Settings, planned: Planned) -> tuple[Job, bytes]:
    """Write or remove one graph, or merge into some, and publish."""
    workspace, graph = Workspace(settings.home), job["graph"]
    with begin(workspace, settings) as transaction, workspace.draft() as folder:
        if job["seen"] and workspace.current() != job["seen"]:
            detail = "another release was published in the meantime; look again"
            raise Problem("conflict", detail)
        released = workspace.released()[1]
        before = released.get(graph)
        merged = (graph, *job["also"]) if job["merge"] else ()
        kept = [released[name] for name in merged if name in released]
        sent = [] if job["remove"] else [_source(job, folder, content, kept)]
        removed = [graph] if job["remove"] else []
        change = Change(
            (),
            removed,
            sent=sent,
            expected=job["expected"],
            minted=_new_lines(job, transaction),
            by=job["by"],
            reason=job["reason"],
        )
        after = transaction.plan(change)
        planned(after, folder, before is None)
        transaction.build(after)
        return {"notPruned": list(transaction.commit(after).not_pruned)}, b""


def _new_lines(job: Job, transaction: Transaction) -> list[LedgerEntry]:
    """Return the ledger lines of things that the ledger does not know yet."""
    lines = [LedgerEntry(*cells) for cells in job["minted"]]
    known = {entry.iri for entry in transaction.ledger().entries} if lines else set()
    return [line for line in lines if line.iri not in known]


_TASKS: Final[Mapping[str, Task]] = {"validate": _validate, "publish": _publish}


def _source(
    job: Job, folder: Path, content: bytes, before: Iterable[Graph] = ()
) -> parsing.InputFiles:
    """Write what was sent into a file, beside the graphs that it is to be merged with."""
    paths = [folder / f"upload.{job['extension']}"]
    files.write(paths[0], content)
    is_dataset = formats.of_file(paths[0].name)[0] in formats.DATASETS
    for number, graph in enumerate(before):
        paths.append(folder / f"before-{number}.{'nq' if is_dataset else 'nt'}")
        files.write(paths[-1], _quads(graph) if is_dataset else graph.ntriples)
    return parsing.InputFiles(tuple(paths), job["graph"], name=job["name"])


def _quads(graph: Graph) -> bytes:
    """Write a graph as N-Quads."""
    return graph.ntriples.replace(b" .\n", f" <{graph.iri}> .\n".encode())


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
