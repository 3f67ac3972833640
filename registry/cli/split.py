"""`citylinks split`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from registry.cli.deciding import carry_out, deciding
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.deciding import Decision
    from registry.cli.output import Output


@click.command()
@click.argument("ref")
@click.argument("other")
@click.option("--partner", "partners", multiple=True, help="Move what is said of links with it.")
@click.option("--graph", "graphs", multiple=True, help="Move what this graph says.")
@deciding
@printing
def command(decision: Decision, output: Output, **named: Any) -> None:
    """Move statements from city REF to OTHER, a place of its own that was taken for it."""
    from registry.sources.splitting import chosen_by, split

    carry_out(partial(split, chosen=chosen_by(**named)), decision, output)
