"""A server with small limits, and an address at which nobody must knock."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from registry.releases.workspace import Workspace
from tests.web.served import Server, serving

SECONDS = 2.5
PATIENCE = 40
"""Seconds for what must end for another reason than time, on a busy machine, too."""

MEMORY = 200_000_000
ANSWER = 2_000_000
WORKERS = 8


def limited(workspace: Workspace, seconds: float) -> AbstractContextManager[Server]:
    """Serve the shipped data with small limits and so many seconds for a query."""
    limits = {
        "query_seconds": str(seconds),
        "query_memory": str(MEMORY),
        "answer_bytes": str(ANSWER),
        "workers": str(WORKERS),
        "processes": "1",
    }
    return serving({"home": str(workspace.home), **limits})


@pytest.fixture(scope="session")
def small(workspace: Workspace) -> Iterator[Server]:
    """Give a server of the shipped data whose limits are soon met."""
    with limited(workspace, SECONDS) as running:
        yield running


@pytest.fixture
def patient(workspace: Workspace) -> Iterator[Server]:
    """Give a server whose limits are small but for that on time."""
    with limited(workspace, PATIENCE) as running:
        yield running


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """Give a listener that fails the test when somebody has connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
