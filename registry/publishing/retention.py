"""Retention: which releases, stores and graph files are kept, and for how long.

Named releases are kept for ever, unnamed ones are pruned to the newest `KEEP_RELEASES`; of the
kept ones the newest `KEEP_STORES` and all named ones keep their store.
"""

from __future__ import annotations

from registry.damage import BY_DATABASE, reading
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.views.feed import Feed


def newest_first(workspace: Workspace) -> list[str]:
    """List the kept releases by when they were last switched to, newest first."""
    events = log.switches(workspace.log_path)
    order = {event.version: number for number, event in enumerate(events)}
    return sorted(workspace.versions(), key=lambda version: -order.get(version, -1))


def prune(workspace: Workspace, settings: Settings) -> None:
    """Drop what is kept no longer, and say so in the log."""
    named, current = set(workspace.names().values()), workspace.current()
    ordered = newest_first(workspace)
    unnamed = [version for version in ordered if version not in named]
    dropped = [v for v in unnamed[max(1, settings.keep_releases) :] if v != current]
    if dropped and (feed := Feed(workspace)).is_begun:
        with reading(feed.folder, "restore it from a backup, or remove it", BY_DATABASE):
            feed.follow()  # It can tell of a release only as long as that is there.
    for version in dropped:
        workspace.throw_away(workspace.folder(version))
        log.append(workspace.log_path, log.Event("prune", version, current))
    kept = [version for version in ordered if version not in dropped]
    for version in kept[max(1, settings.keep_stores) :]:
        if version not in named and version != current:
            workspace.throw_away(workspace.folder(version) / "store")
    _drop_graphs(workspace, kept)


def _drop_graphs(workspace: Workspace, kept: list[str]) -> None:
    """Remove the files of graphs that no kept release has."""
    used = {e.sha256 for version in kept for e in workspace.manifest(version).all_graphs()}
    folder = workspace.home / "graphs"
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in used:
            workspace.throw_away(path)
