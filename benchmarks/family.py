"""What a server and its query processes hold: memory, threads, descriptors, sockets (Linux)."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import processes

NAME: Final = "citylinks-query"
"""How a query process is known: by the name that it has given itself."""

HELPERS: Final = ("citylinks-forks", "citylinks-store")
"""The names of the processes that query processes are forked from."""

_TABLES: Final = ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")
_INODE: Final = re.compile(r"socket:\[([0-9]+)\]")


@dataclass(frozen=True)
class Holding:
    """What processes hold together; memory in bytes, shared pages counted once."""

    processes: int
    threads: int
    descriptors: int
    memory: int


def members(root: int, mark: str = "") -> list[int]:
    """List a process and its descendants, and all that have `mark` in their environment.

    A process whose parent has ended is a descendant no more, but has the environment still.
    """
    found = processes.tree(root)
    return found + [pid for pid in _marked(mark) if pid not in found]


def _marked(mark: str) -> list[int]:
    if not mark:
        return []
    everything = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [pid for pid in everything if mark.encode() in _environment(pid).split(b"\0")]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def holding(pids: Sequence[int]) -> Holding:
    """Add up what processes hold."""
    threads = sum(status(pid).get("Threads", 0) for pid in pids)
    return Holding(len(pids), threads, sum(map(descriptors, pids)), sum(map(memory, pids)))


def memory(pid: int) -> int:
    """Give the bytes that a process holds, its share of what it shares; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def named(pids: Sequence[int], *names: str) -> list[int]:
    """List those of some processes that have one of these names."""
    return [pid for pid in pids if _name(pid) in names and alive(pid)]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """Tell whether a process is there, and not only waits to be buried."""
    return _environment(pid) != b""


def query_processes(pids: Sequence[int]) -> list[int]:
    """List the query processes among others."""
    return [pid for pid in pids if _evaluates(Path(f"/proc/{pid}"))]


def _evaluates(folder: Path) -> bool:
    return _name(int(folder.name)) == NAME


def status(pid: int) -> dict[str, int]:
    """Give the numbers of /proc/PID/status, sizes in bytes; empty when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, _, value = line.partition(":")
        number, _, unit = value.strip().partition(" ")
        if number.isdecimal():
            found[name] = int(number) * (1024 if unit == "kB" else 1)
    return found


def descriptors(pid: int) -> int:
    """Count the open descriptors of a process; 0 when it is gone."""
    return len(_links(pid))


def _links(pid: int) -> list[str]:
    """Say what the descriptors of a process lead to."""
    found = []
    try:
        for path in Path(f"/proc/{pid}/fd").iterdir():
            found.append(str(path.readlink()))
    except OSError:
        return found
    return found


def internet_sockets(pid: int) -> set[str]:
    """List the sockets of a process that lead out of the machine, or could."""
    inodes = {match[1] for link in _links(pid) if (match := _INODE.fullmatch(link))}
    return {line for line in _table(pid) if line.split()[9] in inodes} if inodes else set()


def _table(pid: int) -> list[str]:
    lines: list[str] = []
    for name in _TABLES:
        try:
            lines += Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
    return lines


class Watch:
    """Looks at the query processes of a server, many times a second, while a block runs.

    `peaks` is the most memory that each held (bytes), `sockets` what led out of the machine.
    """

    def __init__(self, root: int, seconds: float = 0.05) -> None:
        self._root, self._seconds = root, seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peaks: dict[int, int] = {}
        self.sockets: set[str] = set()

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(self._seconds):
            self._look()

    def _look(self) -> None:
        for pid in query_processes(members(self._root)):
            peak = status(pid).get("VmHWM", 0)
            self.peaks[pid] = max(peak, self.peaks.get(pid, 0))
            self.sockets |= internet_sockets(pid)
