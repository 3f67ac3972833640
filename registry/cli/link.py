"""`citylinks link`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

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
@click.option("--identifier-column", default="", metavar="ID", help="IRIs, items or numbers.")
@click.option("--server", default="", metavar="URL", help="Ask that server, not a release here.")
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
    identifier_column: str,
    extra: tuple[str, ...],
    server: str,
    into: Path | None,
    output: Output,
) -> None:
    """Add the IRIs of cities to FILE, a table (CSV, TSV; - for standard input)."""
    if output.as_json and not into:
        raise click.UsageError("--json prints counts where --into FILE takes the table")
    columns = {
        "name": column,
        "country": country_column,
        "region": region_column,
        "latitude": latitude_column,
        "longitude": longitude_column,
        "everywhere": country,
        "identifier": identifier_column,
    }
    with output.progress():
        if server:
            counts = _by_server(server, columns, extra, file, into)
        else:
            counts = _here(columns, extra, file, into)
    if output.as_json:
        output.result(counts, [])
    elif not output.quiet:
        words = ", ".join(f"{count} {key}" for key, count in counts.items())
        click.echo(f"citylinks: {words}", err=True)


def _here(
    columns: dict[str, str], extra: Sequence[str], file: IO[bytes], into: Path | None
) -> dict[str, int]:
    """Link with the current release, row by row; return how many rows have which outcome."""
    linking = _linking(columns, extra)
    with _seekable(file) as source:
        _write((line.encode() for line in linking.lines(source)), into)
    return {key: linking.counted[key] for key in ("linked", "ambiguous", "unknown")}


def _by_server(
    server: str, columns: dict[str, str], extra: Sequence[str], file: IO[bytes], into: Path | None
) -> dict[str, int]:
    """Have a server link, and count by what it added."""
    from registry.reconcile.csv_linking import counted
    from registry.sources.remote_linking import linked

    sent = [(_PARAMETERS[key], name) for key, name in columns.items() if name]
    try:
        table = linked(server, [*sent, *(("with", one) for one in extra)], file.read())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--server") from error
    _write([table], into)
    return counted(table, len(extra))


_PARAMETERS: Final = {
    "name": "column",
    "everywhere": "country",
    **{
        key: f"{key}-column" for key in ("country", "region", "latitude", "longitude", "identifier")
    },
}
"""How the address of a server names what a column holds."""


def _write(lines: Iterable[bytes], into: Path | None) -> None:
    """Write a table to a file, or to standard output."""
    from registry import files

    if into:
        files.write_parts(into, lines)
    else:
        sys.stdout.buffer.writelines(lines)


def _linking(columns: dict[str, str], extra: Sequence[str]) -> Linking:
    """Open the current release for linking."""
    from registry.reconcile.csv_linking import Columns, Linking
    from registry.reconcile.extension import Facts
    from registry.reconcile.matcher import Matchers
    from registry.releases.reading import Shelf

    settings, workspace = open_workspace()
    release = Shelf(workspace).current()
    facts = Facts.of(release, ["en"])
    return Linking(Matchers(settings).matcher(release), facts, Columns(**columns), extra)


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
