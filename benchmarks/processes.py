"""What a process and its descendants use, read from /proc (Linux)."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_PARENT: Final = 1
_TIMES: Final = slice(11, 15)
_THREADS: Final = 17
_RESIDENT: Final = 21
"""Places of the fields behind the name in /proc/PID/stat, as in proc_pid_stat(5)."""

_GONE: Final = (FileNotFoundError, ProcessLookupError)
_QUERY_NAME: Final = "citylinks-query"
_QUERY_MODULE: Final = "registry.sparql.worker"
_QUERIES: Final = "registry.sparql."
"""Begins the modules of all processes that have to do with queries."""


def _read(pid: int, name: str) -> str:
    """Read a file about a process; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text(errors="replace")
    except _GONE:
        return ""


def _stat(pid: int) -> list[str]:
    """Give the fields behind the name; empty when the process is gone."""
    return _read(pid, "stat").rpartition(") ")[2].split()


def _all() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def tree(root: int) -> list[int]:
    """List a process and all its descendants."""
    parents = {pid: int(stat[_PARENT]) for pid in _all() if (stat := _stat(pid))}
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(root: int) -> float:
    """Give the processor time of a process and its descendants, those that have ended too."""
    stats = [stat for pid in tree(root) if (stat := _stat(pid))]
    return sum(int(ticks) for stat in stats for ticks in stat[_TIMES]) / _TICKS


def memory(root: int) -> int:
    """Give the bytes that a process and its descendants hold; shared pages count once."""
    return sum(_mapped(pid, "Pss:") for pid in tree(root))


def web_memory(root: int) -> int:
    """Give the bytes of one of our servers without the processes that are there for queries."""
    web = (pid for pid in tree(root) if _QUERIES not in _read(pid, "cmdline"))
    return sum(_mapped(pid, "Pss:") for pid in web)


def private_memory(pid: int) -> int:
    """Give the bytes that a process alone holds and has written to."""
    return _mapped(pid, "Private_Dirty:")


def anonymous_memory(root: int) -> int:
    """Give the bytes of a process and its descendants that are in no file; shared ones once."""
    return sum(_mapped(pid, "Pss_Anon:") for pid in tree(root))


def _mapped(pid: int, kind: str) -> int:
    """Add up one kind of memory in /proc/PID/smaps_rollup, in bytes."""
    lines = _read(pid, "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(kind))


def evaluating(root: int) -> list[int]:
    """List the processes below one of our servers that evaluate queries."""
    return [pid for pid in tree(root)[1:] if _evaluates(pid)]


def wait_until_loaded(root: int, seconds: float = 120.0) -> None:
    """Wait until one of our servers has its store in memory: before, the machine has no rest."""
    deadline = time.monotonic() + seconds
    while _loading(root) and time.monotonic() < deadline:
        time.sleep(0.2)


def _loading(root: int) -> bool:
    names = {_read(pid, "comm").strip() for pid in tree(root)}
    return "citylinks-store" not in names or "citylinks-copy" in names


def _evaluates(pid: int) -> bool:
    return _read(pid, "comm").strip() == _QUERY_NAME or _QUERY_MODULE in _read(pid, "cmdline")


def _descriptors(pid: int) -> list[str]:
    """List what the file descriptors of a process lead to."""
    found = []
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            found.append(str(link.readlink()))
    except (*_GONE, PermissionError):
        return found
    return found


@dataclass(frozen=True)
class Holdings:
    """What a process and its descendants hold; memory in bytes, `shared_once` by pages' shares."""

    processes: int
    evaluating: int
    threads: int
    descriptors: int
    resident: int
    shared_once: int

    def leaked(self, before: Holdings) -> list[str]:
        """Name what is more than before, memory left aside."""
        now, then = asdict(self), asdict(before)
        counted = ("processes", "evaluating", "threads", "descriptors")
        return [name for name in counted if now[name] > then[name]]


def holdings(root: int) -> Holdings:
    """Count what a process and its descendants hold."""
    pids = tree(root)
    stats = [stat for pid in pids if (stat := _stat(pid))]
    return Holdings(
        len(stats),
        len(evaluating(root)),
        sum(int(stat[_THREADS]) for stat in stats),
        sum(len(_descriptors(pid)) for pid in pids),
        sum(int(stat[_RESIDENT]) for stat in stats) * _PAGE,
        memory(root),
    )


def settled(root: int, before: Holdings, seconds: float = 30.0) -> Holdings:
    """Count once nothing is more than before, or after some seconds.

    A server closes what a client left open, and replaces processes, in its own time.
    """
    deadline = time.monotonic() + seconds
    while (found := holdings(root)).leaked(before) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found
