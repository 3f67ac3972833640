"""`citylinks validate`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from registry.cli.errors import REFUSED
from registry.cli.opening import open_workspace, warn_of_files_alone
from registry.cli.options import changing, printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.publishing.plan import Change


@click.command()
@changing
@printing
def command(change: Change, output: Output) -> None:
    """Validate the current release with FILES in it, without publishing."""
    from registry.publishing.transaction import report_on

    settings, workspace = open_workspace()
    warn_of_files_alone(settings, workspace, change, output)
    with output.progress():
        report = report_on(workspace, settings, change)
    output.report(report)
    if not report.conforms:
        sys.exit(REFUSED)
