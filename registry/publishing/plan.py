"""What the next release is: its graphs, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from registry import (
    progress,
    saved_queries,
    shipped,
    terms,
)
from registry.graphs import geometry, parsing
from registry.graphs.graph import WRITABLE, Graph
from registry.identity import ledger, succession
from registry.identity.ledger import LedgerEntry
from registry.problems import Problem
from registry.publishing import merge, pending, prebuilt
from registry.publishing.merge import MergeBase, Winner
from registry.releases import as_of, code, licences
from registry.releases import manifest as manifests
from registry.releases.workspace import Workspace
from registry.settings import NO_SHARE_ALIKE, Settings

LEDGER_KEY: Final = "ledger"
"""File of a release with the key of the ledger that its graphs were brought up to.

It is no part of the release: equal releases have equal files, whatever became of their things.
"""

_SOFTWARE: Final[dict[str, dict[str, Graph]]] = {}
"""The graphs of the software as they were last read, by the hash of their files."""


@dataclass(frozen=True)
class Change:
    """What a caller wants to be changed."""

    files: Sequence[Path] | None = None
    """The files to take; None = the shipped data."""

    remove: Sequence[str] = ()
    """IRIs of graphs to remove."""

    as_of: str | None = None
    """The as-of date (an ISO date); None = the newest date that sources state."""

    winner: Winner | None = None
    """Which side wins where both changed."""

    sent: Sequence[parsing.InputFiles] = ()
    """Uploads that replace their graphs; there are no `files` then.

    An upload changes the workspace as a removal does: a file that was taken before, and has not
    changed since, does not undo it.
    """

    expected: Mapping[str, str | None] = field(default_factory=dict)
    """The hash that a graph must have before the change, by IRI; None = it must not be there."""

    minted: Sequence[LedgerEntry] = ()
    """Lines that the identity ledger of the workspace gets with the release."""

    folders: Mapping[Path, Path] = field(default_factory=dict)
    """Folders of the workspace, each with the one that was made beside it to take its place."""

    by: str | None = None
    """Who made the change, for the log."""

    reason: str | None = None
    """Why it was made, for the log."""

    things: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What people decided on things, for the log."""

    graphs: Mapping[str, Graph] = field(default_factory=dict)
    """Graphs of the workspace as they were changed by this software, by IRI."""

    is_followed: bool = False
    """Whether this makes a release of an origin, whose graphs follow its ledger already."""


@dataclass(frozen=True)
class Plan:
    """The graphs of the release in the making but the derived one, and their merge bases.

    `before` is the version of the release that it follows, None for the first; `by` is who made
    the change, `reason` why, `things` what it decided; the ledger gets the `minted` lines with it,
    and `folders` are replaced by others. `ledger` is the key of the ledger that the graphs are
    brought up to.
    """

    graphs: dict[str, Graph]
    bases: dict[str, MergeBase]
    as_of: str
    before: str | None
    by: str | None
    minted: Sequence[LedgerEntry]
    folders: Mapping[Path, Path] = field(default_factory=dict)
    ledger: str = ""
    reason: str | None = None
    things: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version that the release will have."""
        return manifests.version_of(self.graphs.values())


def plan(workspace: Workspace, settings: Settings, change: Change) -> Plan:
    """Return the graphs of the next release, and what else the switch to it changes.

    Raises
    ------
    Problem
        `data-syntax`, `conflict`, `precondition` or `not-found`.

    """
    progress.step("reading")
    (before, released), bases = workspace.released(), pending.merge_bases(workspace)
    here = {iri: graph for iri, graph in released.items() if graph.role in WRITABLE}
    if change.files is None:
        _check_selection(here, bases, settings.shipped)
    for iri, sha256 in change.expected.items():
        if (here[iri].sha256 if iri in here else None) != sha256:
            raise Problem("precondition", f"<{iri}> was changed in the meantime")
    software, found = _read(settings, change)
    if settings.licences == NO_SHARE_ALIKE:
        left_out = _share_alike({**here, **found})
        _refuse_asked_for(left_out & found.keys(), change)
        here, found, bases = _but(left_out, here), _but(left_out, found), _but(left_out, bases)
    sent, offered = (found, {}) if change.sent else ({}, found)
    merged = merge.merge({**here, **change.graphs, **sent}, offered, bases, change.winner)
    left = merge.without(merged.graphs, change.remove)
    shipped_and_own = read_ledger(workspace, settings)
    try:
        known = ledger.extended(shipped_and_own, change.minted)
    except ledger.LedgerError as error:
        raise Problem("conflict", f"the ledger does not accept what is minted: {error}") from error
    settled = _settled(workspace, before, succession.key(shipped_and_own), here, left)
    settled = _still_settled(settled, change, known, left)
    today = datetime.now(UTC).date().isoformat()
    new = (graph for iri, graph in left.items() if iri not in settled)
    if revived := known.revivals(succession.stated(new), today):
        known, settled = ledger.extended(known, revived), set()
    folder = workspace.spools
    present = {i: g if i in settled else geometry.brought_over(g, folder) for i, g in left.items()}
    kept = succession.applied(known, present, settled, folder)
    stated = frozenset[str]().union(*map(workspace.stated_dates, kept.values()))
    day = change.as_of or as_of.newest(stated, today)
    own = code.settings_graph(day, as_of.known_until([*stated, day], max(today, day)))
    computed = {**code.completed(software), terms.SETTINGS_GRAPH: own}
    next_bases = merge.next_bases(merged, offered, bases, kept)
    graphs = {**kept, **computed}
    minted = [*change.minted, *revived]
    key = succession.key(known)
    told = change.by, minted, change.folders, key, change.reason, change.things
    return Plan(graphs, next_bases, day, before, *told)


def _settled(
    workspace: Workspace,
    version: str | None,
    key: str,
    here: Mapping[str, Graph],
    left: Mapping[str, Graph],
) -> set[str]:
    """Return the graphs that are as the last release has them, where its ledger was the same.

    The first one follows the shipped world, as that was when its results were prebuilt.
    """
    if version is None:
        return prebuilt.settled(key, left)
    path = workspace.folder(version) / LEDGER_KEY
    if not path.exists() or path.read_bytes() != key.encode():
        return set()
    return {iri for iri, graph in left.items() if iri in here and here[iri] == graph}


def _still_settled(
    settled: set[str], change: Change, known: ledger.Ledger, left: Mapping[str, Graph]
) -> set[str]:
    """Return the graphs that need no change for the lines that are new."""
    if change.is_followed:
        return set(left)
    if succession.changes_nothing(known, change.minted):
        return settled
    return settled - succession.concerned(change.minted, left)


_T = TypeVar("_T")


def _but(left_out: Set[str], some: Mapping[str, _T]) -> dict[str, _T]:
    return {iri: one for iri, one in some.items() if iri not in left_out}


def _share_alike(graphs: Mapping[str, Graph]) -> set[str]:
    """Return the graphs of which nothing may be made but under their own licence."""
    licence = terms.prefixed("dcterms:license")
    return {iri for iri, g in graphs.items() if licences.is_share_alike(g.literal(licence))}


def _refuse_asked_for(left_out: Iterable[str], change: Change) -> None:
    """Refuse a graph that is left out where somebody offers it, and not the shipped data do."""
    if (change.sent or change.files is not None) and (first := min(left_out, default="")):
        detail = (
            f"<{first}> is under a share-alike licence, and this registry leaves such graphs out "
            f"(CITYLINKS_LICENCES={NO_SHARE_ALIKE})"
        )
        raise Problem("conflict", detail)


def _check_selection(
    here: Mapping[str, Graph], bases: Mapping[str, MergeBase], selection: str
) -> None:
    """Refuse to offer fewer of the shipped graphs to a workspace that has taken more of them.

    The authority file of the smaller selection would replace that of the larger one, and each link
    of the graphs that stay would violate the shapes for want of its cities.
    """
    names = shipped.left_out(selection)
    if any(terms.GRAPH + name in here.keys() & bases.keys() for name in names):
        detail = (
            f"this workspace holds more of the shipped data than CITYLINKS_SHIPPED={selection} "
            "selects; set CITYLINKS_SHIPPED=all, or give the selection a workspace of "
            "its own by CITYLINKS_HOME"
        )
        raise Problem("conflict", detail)


def _read(settings: Settings, change: Change) -> tuple[dict[str, Graph], dict[str, Graph]]:
    """Read the files of the software and those of a change, in one parser process.

    A process that publishes often reads those of the software once, and again when they change.
    """
    paths = shipped.files_of(settings.shipped) if change.files is None else change.files
    unchanged, others = prebuilt.unchanged(paths)
    contributed = change.sent or [parsing.source_of(path) for path in others]
    key = code.files_key()
    software = _SOFTWARE.get(key)
    # What may be refused is read first.
    sources = [*contributed, *(code.sources() if software is None else ())]
    derived = saved_queries.derived_terms(code.rules())
    found = {**unchanged, **(parsing.read(sources, settings, derived=derived) if sources else {})}
    offered = {iri: graph for iri, graph in found.items() if graph.role in WRITABLE}
    if software is None:
        software = {iri: graph for iri, graph in found.items() if iri not in offered}
        _SOFTWARE.clear()
        _SOFTWARE[key] = software
    return software, offered


def read_ledger(workspace: Workspace, settings: Settings) -> ledger.Ledger:
    """Read the identity ledger: the lines that are shipped, then those minted in the workspace.

    Raises
    ------
    Problem
        `data-syntax` when it cannot be read.

    """
    try:
        known = ledger.read(*shipped.ledgers(settings.shipped))
        own = pending.own_ledger(workspace)
        return ledger.continued(known, workspace.ledger.name, own) if own else known
    except (ledger.LedgerError, OSError) as error:
        raise Problem("data-syntax", str(error)) from error
