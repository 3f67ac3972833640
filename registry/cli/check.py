"""`citylinks check`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from registry.cli.errors import REFUSED
from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be made anew from what is intact.")
@printing
def command(repair: bool, output: Output) -> None:
    """Read every file of the workspace and name what is damaged.

    The exit code is 1 where something is damaged and was not mended.
    """
    from registry.publishing import checking

    settings, workspace = open_workspace()
    with output.progress():
        if repair:
            done, left, failed = checking.repair(workspace, settings)
        else:
            done, left, failed = [], list(checking.check(workspace, settings)), {}
    lines = [f"mended: {fault.path}: {fault.what}" for fault in done]
    for one in left:
        why = f"; not mended: {failed[one.path]}" if one.path in failed else ""
        lines.append(f"{one.path}: {one.what}; {one.seen}; {one.remedy}{why}")
    body = {
        "mended": [fault.as_json() for fault in done],
        "faults": [fault.as_json() | {"failed": failed.get(fault.path, "")} for fault in left],
    }
    output.result(body, lines or ["all is whole"])
    if left:
        sys.exit(REFUSED)
