"""A client of the application on the shipped data, without a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import parts


@pytest.fixture(scope="session")
def app(settings: Settings, workspace: Workspace, forks: Forks) -> Iterator[Flask]:
    """Give the application, with the shipped data published."""
    made = create_app(settings, forks)
    yield made
    with made.app_context():
        parts().engine.pool.close()


@pytest.fixture(scope="session")
def client(app: Flask) -> FlaskClient:
    """Give a client of the application."""
    return app.test_client()
