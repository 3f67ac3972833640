"""`citylinks import`: one command for each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from registry import progress
from registry.cli.opening import open_workspace
from registry.cli.options import FILE, FOLDER, printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.sources.inputs import Input


@click.group(name="import")
def command() -> None:
    """Import sources of others: tables, Wikidata, or a list of inputs."""


_OPTIONS: Final = (
    click.option("--decisions", type=FILE, help="Decisions of people, as CSV."),
    click.option("--strict", is_flag=True, help="Refuse all where a row cannot be read."),
    click.option("--into", type=FOLDER, help="Write files into this folder, publish nothing."),
    click.option("--ledger", type=FILE, help="Ledger to append to, after the curated one."),
    click.option(
        "--anew", is_flag=True, help="Decide again which cities are meant in that folder."
    ),
    click.option("--gazetteer", type=FILE, help="Another gazetteer than that of the settings."),
)


def _import_command(inputs: Callable[..., list[Input]]) -> Callable[..., None]:
    """Make a command that imports the inputs which a function returns."""

    @wraps(inputs)
    def run(output: Output, **given: Any) -> None:
        from dataclasses import fields

        from registry.places.gazetteer import configured
        from registry.sources import importing, report

        settings, workspace = open_workspace()
        given["gazetteer"] = given["gazetteer"] or configured(settings.gazetteer)
        names = {field.name for field in fields(importing.Options)} & given.keys()
        options = importing.Options(**{key: given.pop(key) for key in names})
        with output.progress():
            done = importing.run(workspace, settings, inputs(**given), options, progress.step)
        lists = [str(path) for path in done.lists]
        lines = [*report.as_text(done.summary), *lists]
        lines += [f"{done.version} is published"] if done.version else []
        body = {**done.summary, "lists": lists, "version": done.version or None}
        output.result(body, lines)

    complete = printing(run)
    for option in reversed(_OPTIONS):
        complete = option(complete)
    return complete


@command.command(name="table")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--mapping", required=True, help="A mapping (TOML), or the name of a shipped one.")
@_import_command
def _table(files: tuple[Path, ...], mapping: str) -> list[Input]:
    """Import FILES, tables (CSV, TSV) of one form, by a mapping."""
    from registry.sources.inputs import Input

    return [Input("table", files, mapping)]


@command.command(name="wikidata")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--names", type=FILE, help="Labels of items: FILES is one list of pairs then.")
@_import_command
def _wikidata(files: tuple[Path, ...], names: Path | None) -> list[Input]:
    """Import FILES: entities of Wikidata as JSON, or with --names a list of pairs of items."""
    from registry.sources.inputs import Input

    if names and len(files) != 1:
        raise click.UsageError("with --names there is one list of pairs")
    return [Input("pairs", (files[0], names)) if names else Input("entities", files)]


@command.command(name="inputs")
@click.argument("file", type=FILE)
@click.option("--from", "folder", type=FOLDER, required=True, help="Folder of the files.")
@_import_command
def _inputs(file: Path, folder: Path) -> list[Input]:
    """Import the inputs that FILE (TOML) lists, together."""
    from registry.sources import inputs

    return inputs.read(file, folder)
