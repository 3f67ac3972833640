"""Retention: which releases, stores and graph files are kept, and for how long.

Named releases are kept for ever, unnamed ones are pruned to the newest `KEEP_RELEASES`; of the
kept ones the newest `KEEP_STORES` and all named ones keep their store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from registry.damage import BY_DATABASE, Damaged, reading
from registry.problems import Problem
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed


def newest_first(workspace: Workspace) -> list[str]:
    """List the kept releases by when they were last switched to, newest first."""
    events = log.switches(workspace.log_path)
    order = {event.version: number for number, event in enumerate(events)}
    return sorted(workspace.versions(), key=lambda version: -order.get(version, -1))


def prune(workspace: Workspace, settings: Settings, named: Collection[str]) -> list[str]:
    """Remove what is kept no longer; return what could not be removed and why, a line each.

    `named` are the versions that have a name. It runs behind a switch, which a damaged older
    release does not undo: what cannot be read stays, with all that it may need.
    """
    left: list[str] = []
    current, ordered = workspace.current(), newest_first(workspace)
    unnamed = [version for version in ordered if version not in named]
    dropped = [v for v in unnamed[max(1, settings.keep_releases) :] if v != current]
    if dropped and (feed := Feed(workspace)).is_begun:
        is_complete = False
        with _noting(left, "older releases"):
            with reading(feed.folder, "restore it from a backup, or remove it", BY_DATABASE):
                feed.follow()  # It reads the releases that it is yet to describe.
            is_complete = True
        dropped = dropped if is_complete else []
    for version in dropped:
        with _noting(left, f"release {version}"):
            workspace.throw_away(workspace.folder(version))
            log.append(workspace.log_path, log.Event("prune", version, current))
    kept = [version for version in ordered if version not in dropped]
    for version in kept[max(1, settings.keep_stores) :]:
        if version not in named and version != current:
            with _noting(left, f"the store of release {version}"):
                workspace.throw_away(workspace.folder(version) / "store")
    with_stores = [version for version in kept if (workspace.folder(version) / "store").is_dir()]
    if settings.engine:
        from registry.publishing import loading  # It takes a fifth of a second.

        left += loading.prune(workspace, settings, with_stores)
    with _noting(left, "files of graphs"):
        manifests = map(workspace.manifest, workspace.versions())
        used = {entry.sha256 for manifest in manifests for entry in manifest.all_graphs()}
        folder = workspace.home / "graphs"
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in used:
                workspace.throw_away(path)
    return left


@contextmanager
def _noting(left: list[str], what: str) -> Iterator[None]:
    """Go on where something cannot be removed, and note it."""
    try:
        yield
    except (Damaged, OSError, Problem) as error:
        left.append(f"{what} could not be pruned: {' '.join(str(error).split())}")
