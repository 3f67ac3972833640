"""The output of a command: results on stdout, reports and progress on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import click

from registry import progress
from registry.problems import Problem

if TYPE_CHECKING:
    from registry.publishing.shacl import Report
    from registry.publishing.transaction import Published

MOST: Final = 20
"""Results of a report that are shown at once; -v shows all."""


@dataclass(frozen=True)
class Output:
    """How the options --json, -q and -v have a command print."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    def result(self, body: dict[str, Any] | list[Any], lines: Sequence[str]) -> None:
        """Print a result: as JSON with --json, else as lines for people."""
        if self.as_json:
            click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        elif not self.quiet:
            click.echo("\n".join(lines))

    def outcome(self, outcome: Published) -> None:
        """Print the outcome of a publish, and with -v the whole report."""
        if self.verbose and outcome.report:
            click.echo(outcome.report.as_text(), err=True)
        body: dict[str, Any] = {"version": outcome.version, "changed": outcome.changed}
        words = f"{outcome.version} {'is published' if outcome.changed else 'is current already'}"
        if outcome.report:
            body["report"] = outcome.report.counts
            words += f", {outcome.report.counted}"
        self.result(body, [words])

    def refusal(self, problem: Problem) -> None:
        """Show on stderr the report or the difference for which something is refused."""
        if report := problem.members.get("report"):
            click.echo(self.first_results(cast("Report", report)), err=True)
        elif difference := problem.members.get("difference"):
            click.echo(difference, err=True)

    def report(self, report: Report) -> None:
        """Print a report as the result: all of it, or on a terminal its first results."""
        whole = self.as_json or not _is_terminal(sys.stdout)
        self.result(report.as_json(), [report.as_text() if whole else self.first_results(report)])

    def first_results(self, report: Report) -> str:
        """Write the first results of a report, its counts, and how to see the rest."""
        left = 0 if self.verbose else len(report.results) - MOST
        if left <= 0:
            return report.as_text()
        shown = [result.as_text() for result in report.results[:MOST]]
        more = f"{left} more are not shown; validate -v shows all, validate --json writes them"
        return "\n\n".join([*shown, more, report.counted])

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Show the steps of the work inside on stderr, where that is a terminal and not -q."""
        if self.quiet or not _is_terminal(sys.stderr):
            yield
            return
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        texts = TextColumn("{task.description}"), TextColumn("{task.fields[count]}")
        columns = SpinnerColumn(), *texts, TimeElapsedColumn()
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

            def show(what: str) -> None:
                """End the step before, whose time stays on the screen, and begin another one."""
                for task in bar.tasks:
                    bar.update(task.id, total=1, completed=1)
                bar.add_task(what, total=None, count="")

            def show_count(done: int, total: int) -> None:
                """Write into the line of the step how many are done."""
                words = f"{done:,} of {total:,}" if total else f"{done:,}"
                for task in bar.tasks[-1:]:
                    bar.update(task.id, count=words)

            with progress.shown_by(show, show_count):
                yield

    @contextmanager
    def log(self) -> Iterator[None]:
        """Show on stderr what publishing warns of, and with -v all that the parts log."""
        logger = logging.getLogger("citylinks")
        handler = logging.StreamHandler()
        if not self.verbose:
            handler.addFilter(logging.Filter("citylinks.publishing"))
        handler.setFormatter(logging.Formatter("citylinks: %(message)s"))
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()
