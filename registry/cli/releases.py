"""`citylinks releases`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.releases.log import Event
    from registry.releases.workspace import Workspace


@click.command()
@printing
def command(output: Output) -> None:
    """List the releases that are kept, newest first."""
    from registry.publishing import retention
    from registry.releases import log

    _, workspace = open_workspace()
    current = workspace.current()
    events = log.read(workspace.log_path)
    rows = [_row(workspace, events, v, current) for v in retention.newest_first(workspace)]
    lines = [
        f"{'*' if row['current'] else ' '} {row['version']}  {row['at']}  {', '.join(row['names'])}"
        for row in rows
    ]
    output.result(rows, lines)


def _row(
    workspace: Workspace, events: list[Event], version: str, current: str | None
) -> dict[str, Any]:
    """Describe a release: when it was published, its names, and whether readers see it."""
    names = sorted(name for name, named in workspace.names().items() if named == version)
    at = next((e.at for e in reversed(events) if e.version == version and e.graphs), "")
    return {
        "version": version,
        "name": names[0] if names else None,
        "names": names,
        "at": at,
        "current": version == current,
        "store": (workspace.folder(version) / "store").is_dir(),
    }
