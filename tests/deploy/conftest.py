"""Debian's nginx with the shipped file in front of a server of the shipped data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.nginx import available
from registry.releases.workspace import Workspace
from tests.deploy.behind import Behind, behind
from tests.web.served import Server, serving

SETTINGS = {"workers": "2", "query_seconds": "5", "trusted_proxies": "1"}


@pytest.fixture(scope="session")
def server(workspace: Workspace) -> Iterator[Server]:
    """Give a server that believes the proxy in front of it."""
    if not available():
        pytest.skip("nginx is not installed")
    with serving({"home": str(workspace.home), **SETTINGS}) as running:
        yield running


@pytest.fixture(scope="session")
def site(
    server: Server, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    """Give that server behind nginx, exactly as shipped."""
    with behind(workspace.home, server, tmp_path_factory.mktemp("nginx")) as standing:
        yield standing


@pytest.fixture
def own_site(own: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """Give a server of a workspace that a test changes, behind nginx."""
    if not available():
        pytest.skip("nginx is not installed")
    with (
        serving({"home": str(own.home), **SETTINGS}) as running,
        behind(own.home, running, tmp_path_factory.mktemp("nginx")) as standing,
    ):
        yield standing
