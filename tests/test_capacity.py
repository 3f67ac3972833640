"""Cores and memory that a container leaves to the software, read off made-up control groups."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from registry import capacity
from registry.capacity import core_quota, memory_limit

UNLIMITED_1 = "9223372036854771712\n"
"""What version 1 says where there is no limit: the largest number of whole pages."""


def groups(folder: Path, membership: str, files: Mapping[str, str]) -> tuple[Path, Path]:
    """Write control groups and the membership of a process; give where they stand."""
    for name, content in files.items():
        path = folder / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "membership").write_text(membership)
    return folder / "cgroup", folder / "membership"


V2 = "0::/\n"
V1 = "7:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n"


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        pytest.param(V2, {"cpu.max": "150000 100000\n"}, 1.5, id="version 2"),
        pytest.param(V2, {"cpu.max": "max 100000\n"}, math.inf, id="version 2 without limit"),
        pytest.param(V2, {"cpu.max": "50000\n"}, math.inf, id="no period"),
        pytest.param(V2, {"cpu.max": "1 0\n"}, math.inf, id="a period of nought"),
        pytest.param(V2, {"cpu.max": "\n"}, math.inf, id="empty"),
        pytest.param(V2, {"cpu.max": "what is this\n"}, math.inf, id="another syntax"),
        pytest.param(V2, {}, math.inf, id="no controller"),
        pytest.param("", {"cpu.max": "100000 100000\n"}, math.inf, id="no membership"),
        pytest.param(
            "0::/system.slice/citylinks.service\n",
            {
                "system.slice/cpu.max": "200000 100000\n",
                "system.slice/citylinks.service/cpu.max": "400000 100000\n",
            },
            2,
            id="the parent has less",
        ),
        pytest.param(
            "0::/system.slice/citylinks.service\n",
            {
                "system.slice/cpu.max": "400000 100000\n",
                "system.slice/citylinks.service/cpu.max": "300000 100000\n",
            },
            3,
            id="the parent has more",
        ),
        pytest.param(
            "0::/a/path/of/the/host\n", {"cpu.max": "200000 100000\n"}, 2, id="path of the host"
        ),
        pytest.param(
            V1,
            {
                "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "250000\n",
                "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            },
            2.5,
            id="version 1",
        ),
        pytest.param(
            V1,
            {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "50000\n"},
            2,
            id="version 1, path of the host",
        ),
        pytest.param(
            V1,
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            math.inf,
            id="version 1 without limit",
        ),
        pytest.param(
            "4:cpuset:/\n0::/\n",
            {
                "cpuset/cpu.cfs_quota_us": "100000\n",
                "cpuset/cpu.cfs_period_us": "100000\n",
            },
            math.inf,
            id="of another controller",
        ),
        pytest.param(
            V1 + V2,
            {
                "cpu/cpu.cfs_quota_us": "300000\n",
                "cpu/cpu.cfs_period_us": "100000\n",
                "unified/cpu.max": "100000 100000\n",
            },
            3,
            id="both versions, limits in the first",
        ),
    ],
)
def test_core_quota(
    membership: str, files: Mapping[str, str], cores: float, tmp_path: Path
) -> None:
    assert core_quota(*groups(tmp_path, membership, files)) == cores


@pytest.mark.parametrize(
    ("membership", "files", "limit"),
    [
        pytest.param(V2, {"memory.max": "2147483648\n"}, 2**31, id="version 2"),
        pytest.param(V2, {"memory.max": "max\n"}, math.inf, id="version 2 without limit"),
        pytest.param(V2, {"memory.max": "0\n"}, math.inf, id="nought is no limit to go by"),
        pytest.param(V2, {"memory.max": "\n"}, math.inf, id="empty"),
        pytest.param(V2, {}, math.inf, id="no controller"),
        pytest.param(
            "0::/a/b\n",
            {"memory.max": "max\n", "a/memory.max": "1000\n", "a/b/memory.max": "max\n"},
            1000,
            id="the parent has a limit",
        ),
        pytest.param(
            V1, {"memory/docker/abc/memory.limit_in_bytes": "1000\n"}, 1000, id="version 1"
        ),
        pytest.param(
            V1, {"memory/memory.limit_in_bytes": "1000\n"}, 1000, id="version 1, path of the host"
        ),
        pytest.param(
            V1,
            {
                "memory/docker/abc/memory.limit_in_bytes": UNLIMITED_1,
                "memory/memory.limit_in_bytes": "5000\n",
            },
            5000,
            id="version 1, the root has a limit",
        ),
    ],
)
def test_memory_limit(
    membership: str, files: Mapping[str, str], limit: float, tmp_path: Path
) -> None:
    assert memory_limit(*groups(tmp_path, membership, files)) == limit


def test_the_machine_is_the_limit_where_groups_allow_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"memory.max": f"{2**62}\n", "cpu.max": "1000000000 100000\n"}
    root, membership = groups(tmp_path, V2, files)
    monkeypatch.setattr(capacity, "CGROUPS", root)
    monkeypatch.setattr(capacity, "MEMBERSHIP", membership)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert capacity.memory() == machine
    assert capacity.cores() == len(os.sched_getaffinity(0))


def test_a_part_of_a_core_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"memory.max": "1000000\n", "cpu.max": "10000 100000\n"}
    root, membership = groups(tmp_path, V2, files)
    monkeypatch.setattr(capacity, "CGROUPS", root)
    monkeypatch.setattr(capacity, "MEMBERSHIP", membership)
    assert (capacity.cores(), capacity.memory()) == (1, 1_000_000)


def test_defaults_go_by_the_cores_a_process_may_run_on() -> None:
    """Set before the start, as `taskset` or a container's cpuset does."""
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from registry.settings import Settings; s = Settings()\n"
        "print(s.workers, s.processes, s.validators)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1", "1"]
