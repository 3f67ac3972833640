"""`citylinks status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace, version_of
from registry.cli.options import printing
from registry.version import __version__

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@printing
def command(output: Output) -> None:
    """Show what the current release is."""
    _, workspace = open_workspace()
    manifest = workspace.manifest(version_of(workspace, None))
    graphs = manifest.all_graphs()
    body = {
        "release": manifest.version,
        "asOf": manifest.as_of,
        "triples": manifest.triples,
        "graphs": [{"graph": e.graph, "role": e.role, "triples": e.triples} for e in graphs],
        "validation": manifest.validation,
        "software": __version__,
    }
    lines = [f"release  {manifest.version}", f"as of    {manifest.as_of}"]
    lines += [f"triples  {body['triples']}"]
    lines += [f"{entry.triples:>9}  {entry.role:<9} {entry.graph}" for entry in graphs]
    output.result(body, lines)
