"""`citylinks backup`."""

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
    """Write all of the workspace that cannot be made anew into FILE (.tar, .tar.gz or .tar.xz).

    The server runs on meanwhile, and every graph is compared with its hash.
    """
    from registry.publishing import backups

    if file.suffix not in backups.MODES:
        ends = ", ".join(sorted(backups.MODES))
        raise click.UsageError(f"{file} ends in none of {ends}")
    if not file.parent.is_dir():
        raise click.UsageError(f"there is no folder {file.parent}")
    _, workspace = open_workspace()
    with output.progress():
        made = backups.backup(workspace, file)
    size = file.stat().st_size
    line = f"{file}: {made.releases} releases, {made.graphs} graphs, {size / 1e6:.1f} MB"
    output.result(
        {
            "file": str(file),
            "bytes": size,
            "version": made.version,
            "made": made.made,
            "releases": made.releases,
        },
        [line],
    )
