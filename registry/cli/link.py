"""`citylinks link`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from registry.cli.opening import open_workspace
from registry.cli.options import FILE, printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.reconcile.csv_linking import Linking


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--column", required=True, metavar="C", help="The column with the names of cities.")
@click.option("--country-column", default="", metavar="K", help="The column with their countries.")
@click.option("--country", default="", metavar="CODE", help="The country of all of them.")
@click.option("--region-column", default="", metavar="R", help="The column with regions.")
@click.option("--latitude-column", default="", metavar="LAT", help="Degrees; with the other one.")
@click.option("--longitude-column", default="", metavar="LON", help="Degrees.")
@click.option("--with", "extra", multiple=True, metavar="FACT", help="Add a column of facts.")
@click.option("--into", type=FILE, help="Write this file; default: standard output.")
@printing
def command(  # noqa: PLR0913, PLR0917  (one parameter for each option)
    file: IO[bytes],
    column: str,
    country_column: str,
    country: str,
    region_column: str,
    latitude_column: str,
    longitude_column: str,
    extra: tuple[str, ...],
    into: Path | None,
    output: Output,
) -> None:
    """Add the IRIs of cities to FILE, a table (CSV, TSV; - for standard input)."""
    from registry import files

    if output.as_json and not into:
        raise click.UsageError("--json prints counts where --into FILE takes the table")
    named = (column, country_column, region_column, latitude_column, longitude_column, country)
    with output.progress():
        linking = _linking(named, extra)
        with _seekable(file) as source:
            lines = (line.encode() for line in linking.lines(source))
            if into:
                files.write_parts(into, lines)
            else:
                sys.stdout.buffer.writelines(lines)
    counts = {key: linking.counted[key] for key in ("linked", "ambiguous", "unknown")}
    if output.as_json:
        output.result(counts, [])
    elif not output.quiet:
        words = ", ".join(f"{count} {key}" for key, count in counts.items())
        click.echo(f"citylinks: {words}", err=True)


def _linking(named: tuple[str, ...], extra: tuple[str, ...]) -> Linking:
    """Open the current release for linking."""
    from registry.reconcile.csv_linking import Columns, Linking
    from registry.reconcile.extension import Facts
    from registry.reconcile.matcher import Matchers
    from registry.releases.reading import Shelf

    settings, workspace = open_workspace()
    release = Shelf(workspace).current()
    facts = Facts.of(release, ["en"])
    return Linking(Matchers(settings).matcher(release), facts, Columns(*named), extra)


@contextmanager
def _seekable(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Open a file that can be read twice; a pipe is copied into one first."""
    if file.seekable():
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        yield copy
