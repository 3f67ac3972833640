"""What commands print on a terminal: reports that end, and steps of long work."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from registry import progress
from registry.cli.output import MOST, Output
from registry.problems import Problem
from registry.publishing.shacl import Report, Result, Severity
from registry.releases.workspace import Workspace

MANY = Report(
    tuple(
        Result(Severity.VIOLATION, "urn:shape", f"urn:{number:03}", "", "", "It is wrong.")
        for number in range(MOST + 5)
    )
)
FEW = Report(MANY.results[:MOST])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(text: str) -> int:
    return text.count("violation: It is wrong.")


@contextmanager
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    with redirect_stdout(made), redirect_stderr(made):
        yield made


def test_a_report_on_a_terminal_ends() -> None:
    with terminal() as screen:
        Output().report(MANY)
    lines = screen.getvalue().splitlines()
    assert shown(screen.getvalue()) == MOST
    assert lines[-3] == "5 more are not shown; validate -v shows all, validate --json writes them"
    assert lines[-1] == f"{MOST + 5} violation, 0 warning, 0 info"


@pytest.mark.parametrize("output", [Output(verbose=True), Output(as_json=True)])
def test_all_of_it_is_there_for_who_asks(output: Output) -> None:
    with terminal() as screen:
        output.report(MANY)
    assert screen.getvalue().count("It is wrong.") == MOST + 5
    assert "not shown" not in screen.getvalue()


def test_a_short_report_is_whole() -> None:
    with terminal() as screen:
        Output().report(FEW)
    assert screen.getvalue() == FEW.as_text() + "\n"


def test_a_report_in_a_pipe_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    Output().report(MANY)
    assert capsys.readouterr().out == MANY.as_text() + "\n"


def test_a_refusal_shows_the_first_results_wherever_it_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = Problem("data-invalid", "25 violations", report=MANY)
    Output().refusal(refused)
    Output(verbose=True).refusal(refused)
    whole = MANY.as_text() + "\n"
    err = capsys.readouterr().err
    assert err.endswith(whole)
    assert shown(err.removesuffix(whole)) == MOST


def test_steps_are_shown_on_a_terminal_alone() -> None:
    for quiet in (True, False):
        with terminal() as screen, Output(quiet=quiet).progress():
            progress.step("reading")
            progress.step("validating")
        assert [name in screen.getvalue() for name in ("reading", "validating")] == [not quiet] * 2
    with redirect_stderr(io.StringIO()) as pipe, Output().progress():
        progress.step("reading")
    assert pipe.getvalue() == ""


def test_what_is_counted_is_shown_on_a_terminal_alone() -> None:
    with terminal() as screen, Output().progress():
        progress.step("finding cities")
        assert sum(progress.counted([1] * 1300, 1300)) == 1300
        progress.step("writing")
        assert len(list(progress.counted("ab"))) == 2
    assert "1,300 of 1,300" in screen.getvalue()
    with redirect_stderr(io.StringIO()) as pipe, Output().progress():
        assert sum(progress.counted([1] * 1300, 1300)) == 1300
    assert pipe.getvalue() == ""


@pytest.mark.slow
def test_publish_names_its_steps_on_a_terminal(own: Workspace) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [str(Path(sys.executable).with_name("citylinks")), "publish", "--as-of", "2020-01-01"],
        env={**os.environ, "CITYLINKS_HOME": str(own.home), "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    said = b""
    while piece := _read(ours):
        said += piece
    os.close(ours)
    assert b"is published" in done.stdout
    assert all(step in said for step in (b"reading", b"deriving", b"validating", b"writing"))


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1 << 16)
    except OSError:  # Nobody writes to it any more.
        return b""
