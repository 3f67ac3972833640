"""`citylinks format`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.errors import REFUSED
from registry.cli.options import printing
from registry.problems import Problem

if TYPE_CHECKING:
    from registry.cli.output import Output


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where a file is not canonical.")
@printing
def command(files: tuple[Path, ...], check: bool, output: Output) -> None:
    """Bring Turtle FILES to the one canonical form."""
    others = [path for path in files if _differs(path, check)]
    if output.as_json:
        output.result({"files": [str(path) for path in others]}, [])
    elif not output.quiet:
        for path in others:
            click.echo(f"{path}{' is not canonical' if check else ''}", err=True)
    if check and others:
        sys.exit(REFUSED)


def _differs(path: Path, check: bool) -> bool:
    """Whether a file is not canonical; unless it is only checked, it is rewritten."""
    from registry.graphs import turtle

    try:
        return not turtle.is_canonical(path) if check else turtle.rewrite(path)
    except Problem as problem:
        raise Problem(problem.name, f"{path}: {problem.detail}", **problem.members) from problem
