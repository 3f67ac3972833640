"""`citylinks harvest`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("url")
@click.option("--query", type=click.File("r"), help="Ask the endpoint at URL this CONSTRUCT.")
@click.option("--dump", is_flag=True, help="Take the RDF file at URL.")
@click.option("--name", required=True, help="What all harvests of this source are called.")
@click.option("--title", required=True, help="What it is, in English.")
@click.option("--licence", required=True, metavar="IRI", help="The licence of the statements.")
@click.option("--language", default="ENG", show_default=True, help="Code of the EU's table.")
@click.option("--seconds", default=120, show_default=True, help="Time that the endpoint has.")
@printing
def command(url: str, query: IO[str] | None, dump: bool, output: Output, **about: Any) -> None:
    """Bring what another endpoint or dump at URL states in, as a dated source graph."""
    from registry.sources.harvest import Harvest, harvest

    if bool(query) == dump:
        raise click.UsageError("say --query FILE, or --dump")
    settings, workspace = open_workspace()
    wanted = Harvest(url, query=query.read() if query else "", **about)
    with output.progress():
        outcome = harvest(workspace, settings, wanted)
    output.outcome(outcome)
