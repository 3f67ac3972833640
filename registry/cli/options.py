"""The options that several commands share, and the handling of errors for every command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from registry.cli.errors import explain
from registry.cli.output import Output

Command = Callable[..., None]

FILE: Final = click.Path(path_type=Path, dir_okay=False)
FOLDER: Final = click.Path(path_type=Path, file_okay=False)

_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_QUIET: Final = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
_VERBOSE: Final = click.option(
    "-v", "--verbose", is_flag=True, help="Print whole reports, the log, and where faults are."
)

release_option: Final = click.option(
    "--release", default=None, help="Version or name; default: the current release."
)


def printing(command: Command) -> Command:
    """Add --json, -q and -v to a command that prints a result; it is called with an `Output`."""
    return _JSON(printing_no_result(command))


def printing_no_result(command: Command) -> Command:
    """Add -q and -v to a command; it is called with an `Output`.

    Whatever it raises becomes one line on stderr and an exit code.
    """

    @wraps(command)
    def run(quiet: bool, verbose: bool, as_json: bool = False, **given: Any) -> None:
        output = Output(as_json, quiet, verbose)
        try:
            with output.log():
                command(output=output, **given)
        except (BrokenPipeError, click.ClickException, click.exceptions.Exit, click.Abort):
            raise  # Click handles these.
        except Exception as error:
            sys.exit(explain(error, output))

    return _QUIET(_VERBOSE(run))


def _date(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Read a date option."""
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError as error:
        raise click.BadParameter(f"{value} is not a date such as 2026-11-01") from error
    if day and day > datetime.now(UTC).date():
        raise click.BadParameter(f"{value} lies in the future")
    return day.isoformat() if day else None


_CHANGE: Final = (
    click.argument("files", nargs=-1, type=click.Path(path_type=Path)),
    click.option("--remove", multiple=True, metavar="IRI", help="Remove a graph."),
    click.option(
        "--as-of",
        callback=_date,
        help="Today, for rules and shapes; default: newest date stated.",
    ),
    click.option(
        "--take",
        type=click.Choice(["file", "workspace"]),
        help="Which side wins where both changed.",
    ),
)


def changing(command: Command) -> Command:
    """Add FILES, --remove, --as-of and --take to a command; it is called with a `Change`."""

    @wraps(command)
    def run(
        files: tuple[Path, ...],
        remove: tuple[str, ...],
        as_of: str | None,
        take: Any,
        **given: Any,
    ) -> None:
        from registry.publishing.plan import Change

        # Removing alone takes no files; else no files mean those that are shipped.
        paths = list(files) if files or remove else None
        command(change=Change(paths, remove, as_of, take), **given)

    for add in reversed(_CHANGE):
        run = add(run)
    return run
