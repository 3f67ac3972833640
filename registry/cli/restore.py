"""`citylinks restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import FILE, printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("file", type=FILE)
@printing
def command(file: Path, output: Output) -> None:
    """Make the workspace, which has to be empty, of the backup in FILE."""
    from registry.publishing import backups

    if not file.is_file():
        raise click.UsageError(f"{file}: there is no such file")
    _, workspace = open_workspace()
    with output.progress():
        made = backups.restore(file, workspace)
    line = f"{made.version} is current; {made.releases} releases as of {made.made}"
    output.result(
        {"file": str(file), "version": made.version, "made": made.made, "releases": made.releases},
        [line],
    )
