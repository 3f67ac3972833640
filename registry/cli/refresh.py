"""`citylinks refresh`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registry.cli.errors import REFUSED
from registry.cli.opening import open_workspace
from registry.cli.options import FILE, printing

if TYPE_CHECKING:
    from registry.cli.output import Output
    from registry.sources.refreshing import Outcome


@click.command()
@click.argument("names", nargs=-1)
@click.option("--sources", type=FILE, help="Another list of sources (TOML) than the shipped one.")
@click.option("--dry-run", "rehearse", is_flag=True, help="Fetch and compare, publish nothing.")
@click.option("--anew", is_flag=True, help="Ask for everything again, whatever is there.")
@click.option("--fewer", is_flag=True, help="Take an edition that has lost most of its rows.")
@click.option("--decisions", type=FILE, help="Decisions of people, as CSV.")
@printing
def command(names: tuple[str, ...], sources: Path | None, output: Output, **how: Any) -> None:
    """Ask the sources NAMES for what they have now, by default those that are due, and publish it.

    Each edition becomes a graph of its own, dated; earlier ones stay.
    """
    from registry.sources import online, refreshing
    from registry.sources.manners import Manners
    from registry.version import agent_of

    settings, workspace = open_workspace()
    listed = online.read(sources or refreshing.DEFAULT)
    wanted = refreshing.Wanted(listed, names, **how)
    if not settings.contact and not output.quiet:
        said = "CITYLINKS_CONTACT is empty; servers of others ask for a contact"
        click.echo(f"citylinks: {said}", err=True)
    with output.progress():
        manners = Manners(agent=agent_of(settings.contact))
        outcomes = refreshing.refresh(workspace, settings, wanted, manners)
    failed = [one for one in outcomes if one.state == "failed"]
    width = max(len(one.source) for one in outcomes)
    lines = [f"{one.source:<{width}}  {_told(one)}" for one in outcomes if one not in failed]
    states = [one.state for one in outcomes]
    counted = (f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    output.result([asdict(one) for one in outcomes], [*lines, ", ".join(counted)])
    for one in failed:
        click.echo(f"citylinks: {one.source}: {one.detail}", err=True)
    if failed:
        sys.exit(REFUSED)


def _told(one: Outcome) -> str:
    """Write what came of a source in one line."""
    return one.detail or ", ".join(_counts(one))


def _counts(one: Outcome) -> Iterator[str]:
    verb = "is" if one.state == "published" else "would be"
    yield f"{one.graph} {verb} published"
    yield f"{one.claims} statements"
    yield f"{one.difference.new} new links"
    if one.difference.before:
        counted = one.difference
        words = f"{counted.came} more, {counted.went} fewer, {counted.changed} changed"
        yield f"{words} than {counted.before}"
