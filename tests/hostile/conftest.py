"""A server with small limits, and an address at which nobody must knock."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from registry.releases.workspace import Workspace
from tests.web.served import Server, serving

SECONDS = 2.5
MEMORY = 200_000_000
ANSWER = 2_000_000
WORKERS = 8


@pytest.fixture(scope="session")
def small(workspace: Workspace) -> Iterator[Server]:
    """Give a server of the shipped data whose limits are soon met."""
    limits = {
        "query_seconds": str(SECONDS),
        "query_memory": str(MEMORY),
        "answer_bytes": str(ANSWER),
        "workers": str(WORKERS),
        "processes": "1",
    }
    with serving({"home": str(workspace.home), **limits}) as running:
        yield running


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """Give a listener that fails the test when somebody has connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
