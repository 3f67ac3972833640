"""`citylinks merge`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from registry.cli.deciding import carry_out, deciding
from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.deciding import Decision
    from registry.cli.output import Output


@click.command()
@click.argument("ref")
@click.argument("into")
@click.option(
    "--sure", is_flag=True, help="They are one, though place, country or identifiers differ."
)
@deciding
@printing
def command(ref: str, into: str, *, sure: bool, decision: Decision, output: Output) -> None:
    """Merge REF INTO another thing of its kind: one record stays, the other leads to it."""
    from registry.contribute.acts import refuse_doubtful
    from registry.publishing.curation import doubts, iri_of, merge

    old, new = iri_of(ref), iri_of(into)
    found = doubts(open_workspace()[1], old, new)
    if decision.applied:
        refuse_doubtful(found, sure=sure)
    carry_out(partial(merge, old=old, new=new), decision, output, found)
