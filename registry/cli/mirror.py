"""`citylinks mirror`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.sources.mirror import Mirrored


@click.command()
@click.argument("url", required=False)
@click.option("--replace", is_flag=True, help="What this workspace has published itself may go.")
@click.option("--follow", is_flag=True, help="Go on, and ask again and again, until it is ended.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait before the origin is asked again.",
)
@click.option("--leave", is_flag=True, help="Be a mirror no more, but an origin of its own.")
@printing
def command(  # noqa: PLR0913, PLR0917  (one parameter for each option)
    url: str | None, replace: bool, follow: bool, every: float, leave: bool, output: Output
) -> None:
    """Bring the workspace to the current release of the server at URL."""
    from registry.sources import mirror as mirrors

    settings, workspace = open_workspace()
    if leave:
        if url:
            raise click.UsageError("--leave takes no URL")
        left = mirrors.leave(workspace)
        output.result({"origin": left}, [f"this workspace is no mirror of {left} any more"])
        return
    if not url:
        raise click.UsageError("give the URL of the origin")
    if follow:
        for done in mirrors.followed(workspace, settings, url, every, replace):
            _tell(done, output)
        return
    with output.progress():
        done = mirrors.mirror(workspace, settings, url, replace)
    _tell(done, output)


def _tell(done: Mirrored, output: Output) -> None:
    """Print what came of one run."""
    what = "is mirrored" if done.changed else "is mirrored already"
    counts = f"{done.fetched} graphs fetched, {done.removed} removed, {done.sent} bytes"
    output.result(asdict(done), [f"{done.version} {what}: {counts}"])
