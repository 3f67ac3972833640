"""A writer that is stopped anywhere, or finds the disk full, leaves a whole workspace behind.

A few steps of each act; `make faults` tries all of them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry.releases.workspace import Workspace
from tests.faults.stops import ACTS, DISK, FULL, KILLED

pytestmark = pytest.mark.slow

FEW = {KILLED: 4, FULL: 4, DISK: 3}
"""How many steps of an act are tried here."""


def stopped(home: Path, folder: Path, act: str, how: str, number: int) -> dict[str, Any]:
    """Run the trials of an act in a process that opens no store, which a fork would not survive."""
    words = (str(home), str(folder), act, how, str(number))
    command = [sys.executable, "-m", "tests.faults.stops", *words]
    if how == DISK:
        command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["-r"]), *command]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def may_mount() -> bool:
    """Whether a file system of a given size can be had here."""
    if shutil.which("unshare") is None:
        return False
    words = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["-r"])]
    mount = [*words, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
    return subprocess.run(mount, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("how", FEW)
@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_is_stopped_is_done_by_the_next(
    act: str, how: str, workspace: Workspace, tmp_path: Path
) -> None:
    if how == DISK and not may_mount():
        pytest.skip("no file system can be mounted here")
    found = stopped(workspace.home, tmp_path / "trial", act, how, FEW[how])
    assert found["tried"] >= min(FEW[how], found["steps"])
    assert found["wrong"] == {}
