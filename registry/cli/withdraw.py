"""`citylinks withdraw`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from registry.cli.deciding import carry_out, deciding
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.deciding import Decision
    from registry.cli.output import Output


@click.command()
@click.argument("refs", nargs=-1, required=True)
@deciding
@printing
def command(refs: tuple[str, ...], decision: Decision, output: Output) -> None:
    """Withdraw REFS, things that should not be here: their addresses say that they are gone."""
    from registry.publishing.curation import iri_of, withdraw

    iris = list(dict.fromkeys(map(iri_of, refs)))
    carry_out(partial(withdraw, iris=iris), decision, output)
