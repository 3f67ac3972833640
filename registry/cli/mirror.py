"""`citylinks mirror`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("url")
@click.option("--replace", is_flag=True, help="What this workspace has published itself may go.")
@printing
def command(url: str, replace: bool, output: Output) -> None:
    """Bring the workspace to the current release of the server at URL."""
    from registry.sources.mirror import mirror

    settings, workspace = open_workspace()
    with output.progress():
        done = mirror(workspace, settings, url, replace)
    what = "is mirrored" if done.changed else "is mirrored already"
    counts = f"{done.fetched} graphs fetched, {done.removed} removed, {done.sent} bytes"
    output.result(asdict(done), [f"{done.version} {what}: {counts}"])
