"""How many cores and how much memory this process may use, container and affinity considered.

Control groups: https://docs.kernel.org/admin-guide/cgroup-v2.html and, of version 1,
https://docs.kernel.org/scheduler/sched-bwc.html and
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CGROUPS: Final = Path("/sys/fs/cgroup")
"""Where the system shows its control groups."""

MEMBERSHIP: Final = Path("/proc/self/cgroup")
"""Names the control groups of this process: lines of `number:controllers:path`."""


def cores() -> int:
    """Return how many cores this process may keep busy: those it may run on, within its quota."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    machine = len(allowed) or os.cpu_count() or 1
    return max(1, math.ceil(min(machine, core_quota(CGROUPS, MEMBERSHIP))))


def memory() -> int:
    """Return how many bytes of memory this process may use: the machine's, within its limit."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(min(machine, memory_limit(CGROUPS, MEMBERSHIP)))


def core_quota(root: Path, membership: Path) -> float:
    """Return the cores' worth of time that control groups allow, infinite where they do not say."""
    quotas = [_quota(*_words(folder / "cpu.max")) for folder in _folders(root, membership, "")]
    for folder in _folders(root, membership, "cpu"):
        quota, period = folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us"
        quotas.append(_quota(*_words(quota), *_words(period)))
    return min(quotas, default=math.inf)


def memory_limit(root: Path, membership: Path) -> float:
    """Return the bytes of memory that control groups allow, infinite where they do not say."""
    files = [folder / "memory.max" for folder in _folders(root, membership, "")]
    for folder in _folders(root, membership, "memory"):
        files.append(folder / "memory.limit_in_bytes")
    limits = [_number(word) for file in files for word in _words(file)[:1]]
    return min((limit for limit in limits if limit > 0), default=math.inf)


def _folders(root: Path, membership: Path, controller: str) -> Iterator[Path]:
    """List the folders of this process's group and of those above it, in which limits stand.

    `controller` is one of version 1; empty means version 2, which has one tree for all. A process
    in a container may see a path of the host that is not there: the root is its own then.
    """
    for line in _lines(membership):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller not in controllers.split(","):
            continue
        mounts = [root / controllers, root / controller] if controller else [root]
        inner = Path(path.lstrip("/"))
        for mount in mounts:
            yield from (mount / part for part in (inner, *inner.parents))


def _lines(path: Path) -> list[str]:
    """Read lines; none where the file cannot be read, as on systems without control groups."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _number(word: str) -> float:
    """Read a number; infinite for `max` and anything else that is no number."""
    try:
        return int(word)
    except ValueError:
        return math.inf


def _quota(quota: str = "max", period: str = "", *_: str) -> float:
    """Divide a quota by its period, both in microseconds; -1 (version 1) or `max` is no limit."""
    allowed, every = _number(quota), _number(period)
    return allowed / every if allowed > 0 and 0 < every < math.inf else math.inf
