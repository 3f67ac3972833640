"""What a process and its descendants use, read from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM = 1, 11, 12
"""Places of the fields behind the name in /proc/PID/stat, as in proc_pid_stat(5)."""


def _stat(pid: int) -> list[str]:
    """Give the fields behind the name; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree(root: int) -> list[int]:
    """List a process and all its descendants."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    parents = {pid: int(stat[_PARENT]) for pid in pids if (stat := _stat(pid))}
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(root: int) -> float:
    """Give the processor time that a process and its descendants have used."""
    stats = [stat for pid in tree(root) if (stat := _stat(pid))]
    return sum(int(stat[_USER]) + int(stat[_SYSTEM]) for stat in stats) / _TICKS


def memory(root: int) -> int:
    """Give the bytes that a process and its descendants hold; shared pages count once."""
    total = 0
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
