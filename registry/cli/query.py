"""`citylinks query`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import printing, release_option
from registry.damage import Damaged, remade
from registry.problems import Problem

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.releases.workspace import Workspace


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--format", "name", default=None, help="json, xml, csv, turtle, …; explanation.")
@release_option
@click.option("--endpoint", default=None, metavar="URL", help="Ask another SPARQL endpoint.")
@printing
def command(
    file: IO[bytes], name: str | None, release: str | None, endpoint: str | None, output: Output
) -> None:
    """Ask the query in FILE (- for standard input)."""
    from registry.sparql.deviations import BY_NAME
    from registry.sparql.engine import Query, engine_for

    settings, workspace = open_workspace()
    try:
        text = file.read().decode()
    except UnicodeDecodeError as error:
        raise Problem("query-syntax", f"the query is not in UTF-8: {error.reason}") from error
    with (
        _naming_damaged_store(workspace, release) if not endpoint else nullcontext(),
        engine_for(settings, workspace, release, endpoint) as engine,
    ):
        answer = engine.answer(Query(text), name or ("json" if output.as_json else None))
        for met in answer.deviations:
            click.echo(f"citylinks: {BY_NAME[met].said}", err=True)
        for part in answer.parts:
            sys.stdout.buffer.write(part)


@contextmanager
def _naming_damaged_store(workspace: Workspace, wanted: str | None) -> Iterator[None]:
    """Open the store of a release first; where the engine fails on it later, name its path."""
    from registry.releases.reading import Shelf

    shelf = Shelf(workspace)
    release = shelf.named(wanted) if wanted else shelf.current()
    _ = release.store
    try:
        yield
    except Problem as problem:
        if problem.name != "internal":
            raise
        path = release.store_path
        remedy = f"where {path} is damaged, {remade(path)}"
        raise Damaged(f"{problem.detail}; {remedy}") from problem
