"""`citylinks export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace, version_of
from registry.cli.options import FOLDER, printing, release_option

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("folder", type=FOLDER)
@release_option
@printing
def command(folder: Path, release: str | None, output: Output) -> None:
    """Write the source graphs as Turtle files into FOLDER, for git."""
    from registry.releases.export import export

    _, workspace = open_workspace()
    version = version_of(workspace, release)
    with output.progress():
        files = [str(path) for path in export(workspace, version, folder)]
    output.result({"version": version, "files": files}, files)
