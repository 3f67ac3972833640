"""`citylinks redact`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from registry import terms
from registry.cli.deciding import MOST_NAMED, as_json, as_lines, called, deciding, refuse
from registry.cli.opening import open_workspace
from registry.cli.options import printing

if TYPE_CHECKING:
    from registry.cli.deciding import Decision
    from registry.cli.output import Output


@click.command()
@click.argument("refs", nargs=-1)
@click.option("--text", "texts", multiple=True, help="Words that must stand nowhere any more.")
@click.option(
    "--texts",
    "listed",
    type=click.File(encoding="utf-8"),
    help="A file of such words, one a line; - is standard input, which no shell remembers.",
)
@deciding
@printing
def command(decision: Decision, output: Output, **named: Any) -> None:
    """Remove REFS and texts from every release and every file: what the law wants to be gone."""
    from registry.publishing.curation import iri_of, preview
    from registry.publishing.redaction import Wanted, find, redact

    lines = (line.strip() for line in named["listed"] or ())
    texts = (*named["texts"], *filter(None, lines))
    if not named["refs"] and not texts:
        raise click.UsageError("name REFS, or words by --text")
    settings, workspace = open_workspace()
    wanted = Wanted(tuple(map(iri_of, named["refs"])), texts)
    with output.progress():
        if decision.applied:
            done = redact(workspace, settings, wanted, decision.by, decision.reason)
            body = {"applied": True, "version": done.version, "dropped": list(done.dropped)}
            output.result(
                {**body, "names": list(done.names)},
                [f"{done.version} is current", *_dropped(done.dropped, done.names, "were")],
            )
            return
        found = find(workspace, settings, wanted)
        seen = preview(workspace, settings, found.change)
    dropped = {"dropped": list(found.dropped), "names": list(found.names)}
    told = _dropped(found.dropped, found.names, "will be")
    told += [
        f"{old.removeprefix(terms.BASE)} will be {new.removeprefix(terms.BASE)}"
        for old, new in found.renamed.items()
    ]
    names = called(workspace, seen.things[:MOST_NAMED])
    body = {**as_json(seen, found.change), **dropped, "renamed": dict(found.renamed)}
    output.result(body, [*told, *as_lines(seen, names)])
    refuse(seen)


def _dropped(versions: Sequence[str], names: Sequence[str], tense: str) -> list[str]:
    """Tell which releases are dropped."""
    listed = ", ".join([*versions, *names])
    return [f"releases that have it {tense} dropped: {listed}"] if listed else []
