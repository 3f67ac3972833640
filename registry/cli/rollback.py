"""`citylinks rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace, version_of
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("release", required=False)
@printing
def command(release: str | None, output: Output) -> None:
    """Make an earlier RELEASE (version or name) the current one.

    Without RELEASE: put the lost link to the current release back, as the log has it.
    """
    from registry.publishing.transaction import restore_current, rollback

    settings, workspace = open_workspace()
    if release:
        version = rollback(workspace, release, settings)
    elif workspace.lost_current():
        version = restore_current(workspace, settings)
    else:
        now = version_of(workspace, None)
        raise click.UsageError(f"{now} is current: name the RELEASE to roll back to")
    output.result({"version": version}, [f"{version} is current"])
