"""Runs the HTTP tests of SPARQL on another engine: `python -m tests.engines.running [NAMES]`.

The tests are those of the embedded engine, without a word changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, cast

from tests.engines.differences import TESTED_ENGINE
from tests.engines.servers import ENGINES, Engine

MODULES = (
    "tests/web/test_sparql.py",
    "tests/web/test_saved_queries.py",
    "tests/web/test_jobs.py",
    "tests/web/test_long_answers.py",
)
_COUNT = re.compile(r"(\d+) (passed|failed|xfailed|errors?|skipped)")


class Outcome(NamedTuple):
    """How many tests passed, failed for a known reason, and failed; and what was said."""

    passed: int
    known: int
    failed: int
    said: str


def outcome_on(engine: Engine) -> Outcome:
    """Run the tests on an engine."""
    with tempfile.TemporaryDirectory(prefix="citylinks-engine-") as made:
        folder = Path(made) / engine.name
        folder.mkdir()
        with cast("tempfile.TemporaryDirectory[str]", engine.running(folder)) as file:
            return _tested({TESTED_ENGINE: str(file)})


def _tested(environment: dict[str, str]) -> Outcome:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *MODULES]
    # Not a part of the run that this may be in, with which it would share what is published.
    own = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        command,
        env=own | environment,
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    counts = {what: int(number) for number, what in _COUNT.findall(done.stdout.splitlines()[-1])}
    failed = sum(counts.get(what, 0) for what in ("failed", "error", "errors"))
    return Outcome(counts.get("passed", 0), counts.get("xfailed", 0), failed, done.stdout)


def main() -> None:
    """Run the tests on the engines that are named, or on all that are here."""
    is_right = True
    print(f"embedded: {_line(_tested({}))}", flush=True)
    for name in sys.argv[1:] or ENGINES:
        engine = ENGINES[name]
        if why := engine.missing():
            print(f"{name}: skipped, {why}")
            continue
        outcome = outcome_on(engine)
        print(f"{name}: {_line(outcome)}", flush=True)
        if outcome.failed:
            print(outcome.said)
        is_right &= not outcome.failed
    sys.exit(not is_right)


def _line(outcome: Outcome) -> str:
    return f"{outcome.passed} passed, {outcome.known} known differences, {outcome.failed} failed"


if __name__ == "__main__":
    main()
