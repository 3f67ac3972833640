"""Processes as the system shows them."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 30
"""Seconds after which a process that does not end is given up."""


def _parents() -> dict[int, int]:
    """Give the parent of each process of the system."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            with suppress(OSError):  # It has ended meanwhile.
                stat = (path / "stat").read_text()
                found[int(path.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def name(process: int) -> str:
    """Give the name of a process; empty for one that is gone, or waits to be buried."""
    folder = Path(f"/proc/{process}")
    try:
        return (folder / "comm").read_text().strip() if (folder / "cmdline").read_bytes() else ""
    except OSError:
        return ""


def command(process: int) -> bytes:
    """Give the words that started a process; empty for one that is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def descendants(process: int | None = None, named: str = "") -> set[int]:
    """List the processes that a process (this one) has started, and theirs, by name."""
    children = defaultdict(list)
    for child, parent in _parents().items():
        children[parent].append(child)
    found = set(children[os.getpid() if process is None else process])
    looked_at: set[int] = set()
    while new := found - looked_at:
        looked_at |= new
        found.update(*(children[pid] for pid in new))
    return {pid for pid in found if not named or name(pid) == named}


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


def open_files(folder: Path) -> list[str]:
    """List the files of a folder that this process has open, removed ones too."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # That of the list itself.
            found.append(str(descriptor.readlink()))
    return [path for path in found if path.startswith(str(folder))]
