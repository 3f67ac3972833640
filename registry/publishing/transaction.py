"""The one way to change a workspace: a transaction that commits all of a change, or nothing.

    lock ─ read ─ plan ─ build ─ validate ─ freeze ─ write pending.json ─ SWITCH ─ carry out ─ log
    │      graphs, ledger,       in a folder that      what the switch    the     ledger, merge   │
    │      merge bases           no reader knows       makes true         commit  bases, prune    │
    └──────────────────────── the lock is held from the first read to the end ───────────────────┘

A publisher may be killed at any moment. Before the switch nothing has changed for anybody; after
it, the next transaction carries out what was pending. Publish, uploads (PUT, POST, DELETE), import,
harvest, mirror and rollback are its callers; nothing else writes to a workspace.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from registry import terms
from registry.damage import Damaged
from registry.graphs.graph import WRITABLE, Graph
from registry.identity.ledger import Ledger
from registry.problems import Problem
from registry.publishing import build, pending, retention
from registry.publishing.pending import Pending
from registry.publishing.plan import Change, Plan, plan, read_ledger
from registry.publishing.shacl import Report
from registry.releases import log
from registry.releases.reading import View
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views import VIEWS

_LOG: Final = logging.getLogger("citylinks.publishing")


@dataclass(frozen=True)
class Published:
    """The release that is current after a publish; `report` is None where it was there already.

    `not_pruned` lists what should have been removed and could not be, with the reason.
    """

    version: str
    changed: bool
    report: Report | None
    not_pruned: Sequence[str] = ()


@dataclass
class Transaction:
    """One change of a workspace, by the process that holds its lock; opened by `begin`."""

    workspace: Workspace
    settings: Settings
    views: Sequence[View[Any]] = VIEWS
    _reports: dict[str, Report] = field(default_factory=dict)

    @property
    def version(self) -> str | None:
        """The version of the current release; None before the first."""
        return self.workspace.current()

    def graphs(self) -> dict[str, Graph]:
        """Return the contributed graphs of the current release, by IRI."""
        released = self.workspace.released()[1]
        return {iri: graph for iri, graph in released.items() if graph.role in WRITABLE}

    def ledger(self) -> Ledger:
        """Read the identity ledger: what is shipped, and what was minted here."""
        return read_ledger(self.workspace, self.settings)

    def plan(self, change: Change) -> Plan:
        """Return what the next release is; nothing is written yet."""
        return plan(self.workspace, self.settings, change)

    def build(self, planned: Plan) -> None:
        """Build and validate a release; readers do not see it before the commit.

        Raises
        ------
        Problem
            `data-invalid`, with the report, when the shapes are violated; nothing is left then.

        """
        version = planned.version
        if (self.workspace.folder(version) / "manifest.json").is_file():
            build.restore(self.workspace, version, self.views)
        else:
            self._reports[version] = build.freeze(
                self.workspace, self.settings, planned, self.views
            )

    def discard(self, planned: Plan) -> None:
        """Remove the release that `build` made of a plan, unless it was there before."""
        if self._reports.pop(planned.version, None):
            self.workspace.throw_away(self.workspace.folder(planned.version))

    def commit(self, planned: Plan, logged: Sequence[log.Event] = ()) -> Published:
        """Make a release that was built the current one, with its ledger lines and merge bases.

        The log gets the events that are given, the last of which is this one, or one of now.
        """
        version = planned.version
        own = pending.own_ledger(self.workspace)
        named = set(self.workspace.names().values())  # Where it is damaged, nothing is switched.
        self._switch(
            Pending(
                version,
                "publish",
                planned.by,
                planned.bases,
                len(own),
                planned.minted,
                planned.folders,
                logged,
                planned.reason,
                planned.things,
            )
        )
        not_pruned = retention.prune(self.workspace, self.settings, named)
        for line in not_pruned:
            _LOG.warning("%s", line)
        report = self._reports.pop(version, None)
        return Published(version, version != planned.before, report, not_pruned)

    def publish(self, change: Change) -> Published:
        """Plan, build and commit a change."""
        planned = self.plan(change)
        self.build(planned)
        return self.commit(planned)

    def rollback(self, wanted: str) -> str:
        """Make an earlier release the current one; return its version."""
        version = self.workspace.resolve(wanted)
        build.restore(self.workspace, version, self.views)
        self._switch(Pending(version, "rollback", None, pending.merge_bases(self.workspace)))
        return version

    def keep(self, name: str, wanted: str | None = None, at: str = "") -> str:
        """Name a release, the current one by default, so that it is kept for ever.

        `at` is the UTC time for the log, of now by default.

        Raises
        ------
        Problem
            `bad-parameter` for a name that is none, `conflict` for one that another release has,
            `not-found` for a release that there is not.

        """
        version = self.workspace.resolve(wanted) if wanted else self.version
        if version is None:
            raise Problem("not-found", "nothing is published yet; run: citylinks publish")
        if not terms.NAME.fullmatch(name):
            raise Problem("bad-parameter", f"{name!r} is not a name in a-z, 0-9 and hyphens")
        if name == "latest" or self.workspace.names().get(name, version) != version:
            raise Problem("conflict", f"the name {name!r} is taken")
        if name not in self.workspace.names():
            self.workspace.name(name, version)
            event = log.Event("keep", version, self.version, name, at=at)
            log.append(self.workspace.log_path, event)
        return version

    def _switch(self, prepared: Pending) -> None:
        """Make a release current and carry out what is pending with it, in one step for readers."""
        current = self.version
        # What may fail, on a damaged release or another engine, comes before the switch.
        _load_elsewhere(self.workspace, self.settings, prepared.version)
        events = _switch_events(self.workspace, prepared, current)
        prepared.write(self.workspace)
        if prepared.version != current:
            self.workspace.switch(prepared.version)
        pending.carry_out(self.workspace)
        if prepared.version != current:
            log.append(self.workspace.log_path, *events)
        pending.drop(self.workspace)  # Last: where the log cannot be written, it has the events.


@contextmanager
def begin(
    workspace: Workspace,
    settings: Settings,
    views: Sequence[View[Any]] = VIEWS,
    *,
    follows: bool = False,
) -> Iterator[Transaction]:
    """Hold the lock of a workspace, finish what a killed transaction had begun, and change it.

    `follows` says that the changes are those of a mirror's origin.

    Raises
    ------
    Problem
        `conflict` when another process holds the lock, or the workspace is a mirror, which would
        be one no more by a change of its own.

    """
    with workspace.lock():
        if not follows and (origin := workspace.origin()):
            raise Problem(
                "conflict",
                f"this workspace is a mirror of {origin}: change it there, or make this one an "
                "origin of its own by: citylinks mirror --leave",
            )
        # A transaction that was killed behind its switch may lack ledger, merge bases, log line.
        finished = pending.carry_out(workspace)
        workspace.remove_prepared()
        current, switches = workspace.current(), log.switches(workspace.log_path)
        last = switches[-1].version if switches else None
        if current and last != current:
            done = finished or Pending(current, "publish", None, {})
            log.append(workspace.log_path, *_switch_events(workspace, done, last))
        pending.drop(workspace)
        yield Transaction(workspace, settings, views)


def publish(workspace: Workspace, settings: Settings, change: Change) -> Published:
    """Publish a change in a transaction of its own.

    Raises
    ------
    Problem
        `data-syntax`, `data-invalid` (with the report), `conflict`, `precondition`, `not-found`
        or `bad-parameter`; the current release is then what it was.

    """
    with begin(workspace, settings) as transaction:
        return transaction.publish(change)


def rollback(workspace: Workspace, wanted: str, settings: Settings | None = None) -> str:
    """Make an earlier release the current one; return its version."""
    with begin(workspace, settings or Settings(home=workspace.home)) as transaction:
        return transaction.rollback(wanted)


def keep(workspace: Workspace, name: str, wanted: str | None = None) -> str:
    """Name a release, the current one by default, so that it is kept; return its version."""
    with begin(workspace, Settings(home=workspace.home)) as transaction:
        return transaction.keep(name, wanted)


def restore_current(workspace: Workspace, settings: Settings | None = None) -> str:
    """Put a lost link `current` back to the release that the log switched to last, of those kept.

    Return the version of the current release.

    Raises
    ------
    Damaged
        when the log knows no release that is kept.

    """
    with workspace.lock():
        if not workspace.lost_current() and (linked := workspace.current()):
            return linked  # Another process was quicker.
        logged = [event.version for event in log.switches(workspace.log_path)]
        kept = set(workspace.versions())
        version = next((version for version in reversed(logged) if version in kept), None)
        if version is None:
            raise Damaged(
                f"{workspace.log_path} names no release that is kept in {workspace.home}/releases; "
                "restore both from a backup, or choose an empty CITYLINKS_HOME"
            )
        build.restore(workspace, version, VIEWS)
        events = _switch_events(workspace, Pending(version, "rollback", None, {}), logged[-1])
        _load_elsewhere(workspace, settings or Settings(home=workspace.home), version)
        workspace.switch(version)
        if version != logged[-1]:
            log.append(workspace.log_path, *events)
        return version


def _load_elsewhere(workspace: Workspace, settings: Settings, version: str) -> None:
    """Load a release into another engine, where one is set."""
    if settings.engine:
        # It takes a fifth of a second to import, a tenth of a small publish.
        from registry.publishing import loading

        loading.load(workspace, settings, version)


def report_on(workspace: Workspace, settings: Settings, change: Change) -> Report:
    """Validate the release that a change would make, without publishing it.

    It neither waits for a publisher nor keeps one waiting.
    """
    return build.report_on(workspace, settings, plan(workspace, settings, change))


def _switch_events(
    workspace: Workspace, done: Pending, previous: str | None
) -> Sequence[log.Event]:
    """Describe for the log that a release becomes current, and what that changes."""
    if done.logged:
        return done.logged
    is_kept = previous in workspace.versions()
    before = workspace.manifest(previous) if previous and is_kept else None
    graphs = log.changes(before, workspace.manifest(done.version))
    told: dict[str, Any] = {"by": done.by, "reason": done.reason}
    told["things"] = {what: list(iris) for what, iris in done.things.items()}
    return [log.Event(done.event, done.version, previous, graphs=graphs, **told)]
