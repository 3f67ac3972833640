"""`citylinks merge`."""

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
@click.argument("ref")
@click.argument("into")
@deciding
@printing
def command(ref: str, into: str, decision: Decision, output: Output) -> None:
    """Merge REF INTO another thing of its kind: one record stays, the other leads to it."""
    from registry.publishing.curation import iri_of, merge

    old, new = iri_of(ref), iri_of(into)
    carry_out(partial(merge, old=old, new=new), decision, output)
