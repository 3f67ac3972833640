"""`citylinks undo`."""

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
@click.argument("release")
@deciding
@printing
def command(release: str, decision: Decision, output: Output) -> None:
    """Take back what the publish of RELEASE changed, and nothing that came after it."""
    from registry.publishing.undoing import undo

    carry_out(partial(undo, wanted=release), decision, output)
