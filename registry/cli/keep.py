"""`citylinks keep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace, version_of
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("name")
@click.argument("release", required=False)
@printing
def command(name: str, release: str | None, output: Output) -> None:
    """Name RELEASE (default: the current one) NAME, so that it is kept for ever."""
    from registry.publishing.transaction import keep

    _, workspace = open_workspace()
    version = keep(workspace, name, version_of(workspace, release))
    output.result({"version": version, "name": name}, [f"{version} is kept as {name}"])
