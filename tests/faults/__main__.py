"""All trials of this folder in their long form, and the table of what was tried in the docs.

    python -m tests.faults [--most N] [--only NAME ...]

It is `make faults`. With `--most`, at most so many steps of each act are tried; with `--only`, only
some acts, or `damages`, or `others`.

A day of processor time for all steps, half an hour for 12 of each. The exit code is 1 where
anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

from registry.places.gazetteer import pack
from tests.faults.stops import ACTS, DISK, FULL, KILLED
from tests.faults.table import Row, written
from tests.places.places import ANCHORS, DIVISIONS, PLACES

WHAT: Final = {
    KILLED: "`SIGKILL` before a step",
    FULL: "no space from a step on",
    DISK: "a file system that is full after so many bytes",
}

OTHERS: Final = {
    "a clock that is set back": ("tests/faults/test_clock.py", "tests/releases/test_log.py"),
    "no descriptors left": ("tests/faults/test_scarce.py",),
    "an origin that drips or lies": (
        "tests/faults/test_drip.py",
        "tests/sources/test_mirror.py::test_who_lies_changes_nothing",
    ),
    "bodies and chunks over the limit, or broken off": ("tests/web/test_bodies.py",),
    "an engine that dies in the middle of an answer": (
        "tests/web/test_long_answers.py",
        "tests/sparql/test_spool.py",
    ),
    "publishers killed at any moment, and two at once": ("tests/publishing/test_kill.py",),
}
"""Tests of other modules that belong here, by what they try."""


def prepared(folder: Path) -> Path:
    """Publish the curated data into a new home, with a small gazetteer."""
    gazetteer = folder / "gazetteer.xz"
    gazetteer.write_bytes(pack(PLACES, DIVISIONS, ANCHORS))
    os.environ |= {
        "CITYLINKS_CONFIG": "",
        "CITYLINKS_SHIPPED": "curated",
        "CITYLINKS_GAZETTEER": str(gazetteer),
    }
    home = folder / "home"
    command = [sys.executable, "-m", "registry.cli", "publish", "--quiet"]
    subprocess.run(command, env=os.environ | {"CITYLINKS_HOME": str(home)}, check=True)
    return home


def found_by(*words: object, alone: bool = False) -> dict[str, Any]:
    """Run a module of trials, in a mount namespace of its own where it mounts a file system."""
    within = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["-r"])] if alone else []
    command = [*within, sys.executable, "-m", *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    for what, wrong in found["wrong"].items():
        print(f"{words[-2:]}, {what}: {wrong}", file=sys.stderr)
    return found


def of_acts(home: Path, folder: Path, acts: Iterable[str], most: int) -> Iterator[Row]:
    """Stop acts at their steps, and fill their disks."""
    for act in acts:
        for how, what in WHAT.items():
            words = ("tests.faults.stops", home, folder / f"{act}-{how}", act, how, most)
            found = found_by(*words, alone=how == DISK)
            tried = f"{found['tried']} of {found['steps']}"
            yield Row(f"`{act}`: {what}", tried, len(found["wrong"]))


def of_damages(home: Path, folder: Path, most: int) -> Iterator[Row]:
    """Damage the files of a workspace."""
    turn = ["--turn"] if most < sys.maxsize else []
    found = found_by("tests.faults.damages", home, folder / "damages", *turn)
    tried = f"{found['tried']} of {found['kinds']} files, {found['answers']} answers"
    yield Row("damage of each kind of file", tried, len(found["wrong"]))


def of_tests(tests: Iterable[str], what: str) -> Row:
    """Run tests that try something else, and count how they ended."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    print(done.stdout[-2000:], file=sys.stderr)
    ended = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", _last_line(done))}
    wrong = ended.get("failed", 0) + ended.get("error", 0) + ended.get("errors", 0)
    return Row(what, f"{ended.get('passed', 0) + wrong} tests", wrong)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1]


def main() -> int:
    """Try everything, write the table, and return how many trials went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--most", type=int, default=sys.maxsize, help="steps of an act to try")
    parser.add_argument("--only", nargs="*", default=[*ACTS, "damages", "others"])
    given, rows = parser.parse_args(), list[Row]()
    acts = [act for act in ACTS if act in given.only]
    with tempfile.TemporaryDirectory(prefix="faults-", dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        home = prepared(folder)
        trials = [of_acts(home, folder, acts, given.most)]
        trials += [of_damages(home, folder, given.most)] if "damages" in given.only else []
        others = OTHERS.items() if "others" in given.only else ()
        for row in chain(*trials, (of_tests(tests, what) for what, tests in others)):
            rows.append(row)
            written([row])
            print(*row, sep="; ", file=sys.stderr, flush=True)
    return sum(row.wrong for row in rows)


if __name__ == "__main__":
    sys.exit(main() > 0)
