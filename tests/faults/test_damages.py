"""Damaged files: a few kinds of them; `make faults` tries all kinds in all ways."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from registry.releases.workspace import Workspace
from tests.faults import table
from tests.faults.__main__ import OTHERS, WHAT
from tests.faults.stops import ACTS

KINDS = (
    "releases/*/links-3.sqlite",
    "releases/*/dumps/*.ttl.gz",
    "releases/*/ledger",
    "graphs/*/nt.gz",
    "log.jsonl",
)


@pytest.mark.slow
def test_what_is_damaged_is_told_and_never_answered_wrongly(
    workspace: Workspace, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.faults.damages",
        str(workspace.home),
        str(tmp_path / "d"),
    ]
    done = subprocess.run(
        [*command, "--turn", *KINDS], check=False, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["tried"] == len(KINDS)
    assert found["wrong"] == {}


def test_the_docs_have_a_line_of_each_trial() -> None:
    rows = {row.what: row for row in table.read()}
    trials = {f"`{act}`: {what}" for act in ACTS for what in WHAT.values()}
    assert rows.keys() == trials | {"damage of each kind of file", *OTHERS}
    assert {row.what for row in rows.values() if row.wrong} == set()
