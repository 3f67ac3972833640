"""Processes as the system shows them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30
"""Seconds after which a process that does not end is given up."""


def ancestors(process: int) -> Iterator[int]:
    """Give the parent of a process, its parent, and so on."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return
    parent = int(stat.rpartition(")")[2].split()[1])
    if parent:
        yield parent
        yield from ancestors(parent)


def name(process: int) -> str:
    """Give the name of a process; empty for one that is gone, or waits to be buried."""
    folder = Path(f"/proc/{process}")
    try:
        return (folder / "comm").read_text().strip() if (folder / "cmdline").read_bytes() else ""
    except OSError:
        return ""


def descendants(process: int | None = None, named: str = "") -> set[int]:
    """List the processes that a process (this one) has started, and theirs, by name."""
    ours = os.getpid() if process is None else process
    everything = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    found = (pid for pid in everything if not named or name(pid) == named)
    return {pid for pid in found if ours in ancestors(pid)}


@contextmanager
def new_ones() -> Iterator[Callable[[str], set[int]]]:
    """Give a function that lists by name the processes that were started since."""
    before = descendants()
    yield lambda named: descendants(named=named) - before


def until(true: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until something is true; tell whether it is."""
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(found)


@contextmanager
def guarded(seconds: float = PATIENCE) -> Iterator[None]:
    """End what would otherwise never come to an end, after so many seconds of computing."""

    def end(*_: object) -> None:
        raise AssertionError(f"not done after {seconds} seconds of computing")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def gone(processes: set[int]) -> bool:
    """Wait until processes are gone; tell whether they are."""
    return until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))
