"""Publishing: from files to the release that readers see, or to an error that changed nothing.

Until the link `current` is switched, in one step, everything happens in a folder that no reader
knows; a publisher may be killed at any moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry import terms
from registry.damage import Damaged
from registry.formats import NTRIPLES
from registry.intake.graphs import WRITABLE
from registry.problems import Problem
from registry.releases import build, files, log, retention
from registry.releases.plan import Change, Plan, plan
from registry.releases.validation import Report
from registry.releases.workspace import Workspace
from registry.settings import Settings

__all__ = [
    "Change",
    "Outcome",
    "carry_out",
    "changing",
    "export",
    "judge",
    "keep",
    "publish",
    "restore_current",
    "rollback",
]


@dataclass(frozen=True)
class Outcome:
    """What came of a publish; `report` is None when the release was there already."""

    version: str
    changed: bool
    report: Report | None


def publish(workspace: Workspace, settings: Settings, change: Change) -> Outcome:
    """Publish a change.

    Raises
    ------
    Problem
        `data-syntax`, `data-invalid` (with the report), `conflict`, `precondition` or `not-found`;
        the current release is then what it was.

    """
    with changing(workspace):
        return carry_out(workspace, settings, plan(workspace, settings, change))


def carry_out(workspace: Workspace, settings: Settings, after: Plan) -> Outcome:
    """Build what is planned, unless it is there already, and make it the current release.

    For who holds the right to change the workspace, by `changing`, since before the plan was made.
    """
    report = None
    if (workspace.folder(after.version) / "manifest.json").is_file():
        build.restore(workspace, after.version)
    else:
        report = build.freeze(workspace, settings, after)
    workspace.will_take(after.version, after.taken)
    changed = _switch(workspace, "publish", after.version, after.by)
    workspace.settle_taken()
    retention.prune(workspace, settings)
    return Outcome(after.version, changed, report)


def judge(workspace: Workspace, settings: Settings, change: Change) -> Report:
    """Judge the release that a change would make, without publishing it.

    It neither waits for a publisher nor keeps one waiting.
    """
    return build.judge(workspace, settings, plan(workspace, settings, change))


def rollback(workspace: Workspace, wanted: str) -> str:
    """Make an earlier release the current one; give its version."""
    with changing(workspace):
        version = workspace.resolve(wanted)
        build.restore(workspace, version)
        _switch(workspace, "rollback", version)
        return version


def restore_current(workspace: Workspace) -> str:
    """Put a lost link `current` back to the release that the log switched to last, of those kept.

    Return the version of the current release.

    Raises
    ------
    Damaged
        when the log knows no release that is kept.

    """
    with workspace.lock():
        if not workspace.lost_current() and (linked := workspace.current()):
            return linked  # Somebody else was quicker.
        logged = [event.version for event in log.switches(workspace.log_path)]
        kept = set(workspace.versions())
        version = next((version for version in reversed(logged) if version in kept), None)
        if version is None:
            raise Damaged(
                f"{workspace.log_path} names no release that is kept in {workspace.home}/releases; "
                "restore both from a backup, or choose an empty CITYLINKS_HOME"
            )
        build.restore(workspace, version)
        event = _switched(workspace, "rollback", version, logged[-1])
        workspace.switch(version)
        if version != logged[-1]:
            log.append(workspace.log_path, event)
        return version


def keep(workspace: Workspace, name: str, wanted: str) -> str:
    """Name a release, which keeps it for ever; return its version.

    `wanted` is a version, its beginning or another name.

    Raises
    ------
    Problem
        `bad-parameter` when the name is none, `conflict` when another release has it, `not-found`
        when there is no such release.

    """
    with changing(workspace):
        version = workspace.resolve(wanted)
        if not terms.REF.fullmatch(name) or "/" in name:
            raise Problem("bad-parameter", f"{name!r} is not a name in a-z, 0-9 and hyphens")
        if name == "latest" or workspace.names().get(name, version) != version:
            raise Problem("conflict", f"the name {name!r} is taken")
        if name not in workspace.names():
            workspace.name(name, version)
            log.append(workspace.log_path, log.Event("keep", version, workspace.current(), name))
        return version


@contextmanager
def changing(workspace: Workspace) -> Iterator[None]:
    """Hold the lock, and bring to an end what a publisher that was killed had begun."""
    with workspace.lock():
        workspace.settle_taken()
        _heal_log(workspace)
        yield


def _switch(workspace: Workspace, event: str, version: str, by: str | None = None) -> bool:
    """Make a release current and write it into the log; tell whether it was not."""
    current = workspace.current()
    if version == current:
        return False
    # What may fail on a damaged release comes before the switch.
    happened = _switched(workspace, event, version, current, by)
    workspace.switch(version)
    log.append(workspace.log_path, happened)
    return True


def _switched(
    workspace: Workspace, event: str, version: str, previous: str | None, by: str | None = None
) -> log.Event:
    """Describe for the log that a release becomes current, and what that changes."""
    known = previous in workspace.versions()
    before = workspace.manifest(previous) if previous and known else None
    graphs = log.changes(before, workspace.manifest(version))
    return log.Event(event, version, previous, graphs=graphs, by=by)


def _heal_log(workspace: Workspace) -> None:
    """Write the event of a switch whose publisher was killed before it could."""
    current = workspace.current()
    switches = log.switches(workspace.log_path)
    last = switches[-1].version if switches else None
    if current and last != current:
        log.append(workspace.log_path, _switched(workspace, "publish", current, last))


def export(workspace: Workspace, version: str, folder: Path) -> list[Path]:
    """Write the contributed graphs of a release as Turtle files for git; give their paths."""
    from registry.intake import turtle

    written = []
    for graph in workspace.graphs(version).values():
        if graph.role in WRITABLE:
            path = folder / f"{graph.iri.removeprefix(terms.GRAPH)}.ttl"
            files.write(path, turtle.canonical(graph.ntriples, NTRIPLES))
            written.append(path)
    return written
