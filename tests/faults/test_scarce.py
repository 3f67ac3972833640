"""A server that runs out of descriptors answers nothing wrong, and recovers by itself."""

from __future__ import annotations

import http.client
import os
import resource
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from registry.releases.workspace import Workspace
from tests.processes import descendants, until
from tests.web.served import Server, serving

pytestmark = pytest.mark.slow

PATHS = (
    "/doc/city/perm-511196",
    "/links.csv",
    "/sparql?query=SELECT%20(COUNT(*)%20AS%20?n)%20%7B?s%20?p%20?o%7D",
    "/dumps/latest/SHA256SUMS",
    "/suggest?q=per",
)


def asked(server: Server, path: str) -> tuple[int, bytes]:
    """Ask, and return status and body; 0 where the connection is refused or closed."""
    try:
        answer = server.ask(path, Accept="*/*", Cache_Control="no-cache")
    except (OSError, http.client.HTTPException):
        return 0, b""
    return answer.status, answer.body


def descriptors(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208


@contextmanager
def limited(processes: set[int], kind: int, more: int) -> Iterator[None]:
    """Let processes have so many more of something than they have now."""
    before = {}
    for one in processes:
        before[one] = resource.prlimit(one, kind)
        have = descriptors(one) if kind == resource.RLIMIT_NOFILE else 0
        resource.prlimit(one, kind, (have + more, before[one][1]))
    try:
        yield
    finally:
        for one, limits in before.items():
            with suppress(ProcessLookupError):  # It has ended, or given way to another one.
                resource.prlimit(one, kind, limits)


def tried(server: Server, expected: dict[str, tuple[int, bytes]]) -> Counter[int]:
    """Ask many things at once; count the statuses, and let no answer be another than expected."""
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda path: (path, asked(server, path)), PATHS * 12))
    wrong = [
        (path, status)
        for path, (status, body) in found
        if status == 200 and (status, body) != expected[path]
    ]
    assert wrong == []
    return Counter(status for _, (status, _) in found)


def is_well(server: Server, expected: dict[str, tuple[int, bytes]]) -> bool:
    return asked(server, "/ready")[0] == 200 and all(
        asked(server, path) == expected[path] for path in PATHS
    )


@pytest.mark.parametrize("more", [0, 2, 6])
def test_without_descriptors_there_is_no_wrong_answer(
    more: int, workspace: Workspace, tmp_path: Path
) -> None:
    with (
        (tmp_path / "errors").open("w+") as errors,
        serving(
            {"home": str(workspace.home), "workers": "2", "cache_bytes": "0"}, errors
        ) as server,
    ):
        expected = {path: asked(server, path) for path in PATHS}
        assert {status for status, _ in expected.values()} <= {200, 302}
        processes = descendants(server.process.pid)
        with limited(processes, resource.RLIMIT_NOFILE, more):
            statuses = tried(server, expected)
        assert set(statuses) <= {200, 302, 0, 500, 503}, statuses
        assert until(lambda: is_well(server, expected)), (tmp_path / "errors").read_text()[-3000:]
