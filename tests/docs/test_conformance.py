"""The conformance statement is that of the tests, and what it names is there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conformance import NOT_OFFERED, PAGE, ROOT, RUNNING, SPECIFICATIONS, marked, written


def test_the_page_is_what_the_marks_give(request: pytest.FixtureRequest) -> None:
    """Run `make conformance` where it is not."""
    marks = request.config.stash[RUNNING]
    if any("::" in argument for argument in request.config.args) or not marks.files >= {*marked()}:
        pytest.skip("not all tests were collected")
    assert written(marks) == PAGE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_writes_the_page() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "tests.conformance", "--print"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == PAGE.read_text(encoding="utf-8")


def test_every_specification_has_something_proven() -> None:
    sections = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    for specification, text in zip(SPECIFICATIONS, sections, strict=False):
        assert text.startswith(specification.name)
        refused = sum(row[0] == specification.name for row in NOT_OFFERED)
        assert text.count("\n| [") > 0
        assert text.count("**not offered**") == refused
