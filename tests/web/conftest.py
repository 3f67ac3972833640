"""A running server for each test process, and the application itself for what is asked often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.web.app import create_app
from registry.web.context import NAME
from tests.web.served import Server, serving


@pytest.fixture(scope="session")
def server(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of the shipped data; its deadline is short, so that a test can meet it."""
    limits = {"workers": "2", "query_seconds": "3"}
    said = tmp_path_factory.mktemp("said") / "stderr"
    with (
        said.open("w") as errors,
        serving({"home": str(workspace.home), **limits}, errors) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def app(workspace: Workspace, settings: Settings) -> Iterator[Flask]:
    """Give the application, to be asked without a socket."""
    assert workspace.current()
    made = create_app(settings)
    yield made
    made.extensions[NAME].engine.pool.close()


@pytest.fixture(scope="session")
def client(app: Flask) -> FlaskClient:
    """Give a client of the application."""
    return app.test_client()
