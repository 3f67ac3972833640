"""All trials of this folder in their long form, and the table of what was tried in the docs.

    python -m tests.faults [--most N]     `make faults`; with N, at most so many steps of each act

A day of processor time for all steps, half an hour for 12 of each. The exit code is 1 where
anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
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


def main() -> int:
    """Try everything, write the table, and return how many trials went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--most", type=int, default=sys.maxsize, help="steps of an act to try")
    most, rows = parser.parse_args().most, list[Row]()
    with tempfile.TemporaryDirectory(prefix="faults-", dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        home = prepared(folder)
        for act in ACTS:
            for how, what in WHAT.items():
                words = ("tests.faults.stops", home, folder / f"{act}-{how}", act, how, most)
                found = found_by(*words, alone=how == DISK)
                tried = f"{found['tried']} of {found['steps']}"
                rows.append(Row(f"`{act}`: {what}", tried, len(found["wrong"])))
                print(*rows[-1], sep="; ", file=sys.stderr, flush=True)
        turn = ["--turn"] if most < sys.maxsize else []
        found = found_by("tests.faults.damages", home, folder / "damages", *turn)
        what = f"damage of each of {found['kinds']} kinds of files: commands and pages asked"
        rows.append(Row(what, str(found["answers"]), len(found["wrong"])))
    written(rows)
    return sum(row.wrong for row in rows)


if __name__ == "__main__":
    sys.exit(main() > 0)
