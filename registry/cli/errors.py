"""Exit codes, and errors of commands as one line on stderr.

0 done, 1 refused (invalid, conflict, not found, damaged), 2 usage, 3 the other side failed.
"""

from __future__ import annotations

import sqlite3
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from registry.damage import Damaged
from registry.problems import Problem, unwritable
from registry.settings import SettingError

if TYPE_CHECKING:
    from registry.cli.output import Output

REFUSED: Final = 1
USAGE: Final = 2
FAILED: Final = 3


def explain(error: Exception, output: Output) -> int:
    """Explain on stderr why a command ends, in one line after any report; return the exit code."""
    if isinstance(error, sqlite3.Error):
        error = _of_the_system(error)
    if isinstance(error, Problem):
        output.refusal(error)
    elif not isinstance(error, (Damaged, OSError, SettingError)):
        return _explain_fault(error, output)
    click.echo(f"citylinks: {' '.join(str(error).split())}", err=True)
    if isinstance(error, SettingError):
        return USAGE
    return FAILED if isinstance(error, ConnectionError) else REFUSED


def _of_the_system(error: sqlite3.Error) -> Exception:
    """Return the problem that a database has with a full disk and the like, or the error itself."""
    try:
        return unwritable(error)
    except sqlite3.Error as other:
        return other


def _explain_fault(error: Exception, output: Output) -> int:
    """Report an unexpected error and its place in the code; with -v the traceback, too."""
    if output.verbose:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    place = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {' '.join(str(error).split())}"
    where = f"{Path(place.filename).name}, line {place.lineno}"
    more = "" if output.verbose else "; -v shows more"
    click.echo(f"citylinks: a fault of this software: {what} ({where}){more}", err=True)
    return REFUSED
