"""`citylinks publish`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace, warn_of_files_alone
from registry.cli.options import changing, printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.publishing.plan import Change


def _no_longer(_context: click.Context, _parameter: click.Parameter, name: str | None) -> None:
    """Refuse --keep, which published the shipped files as a side effect of naming a release."""
    if name is not None:
        raise click.UsageError(f"publish names no release; run: citylinks keep {name}")


@click.command()
@changing
@click.option("--keep", hidden=True, expose_value=False, callback=_no_longer, help="See `keep`.")
@click.option("--reason", default=None, help="Why; it is published with the change.")
@click.option("--by", default=None, metavar="NAME", help="Who publishes; it is published, too.")
@printing
def command(change: Change, reason: str | None, by: str | None, output: Output) -> None:
    """Publish FILES (default: the shipped data) as the next release."""
    from registry.publishing.transaction import publish

    settings, workspace = open_workspace()
    change = replace(change, by=by, reason=reason)
    warn_of_files_alone(settings, workspace, change, output)
    with output.progress():
        outcome = publish(workspace, settings, change)
    output.outcome(outcome)
