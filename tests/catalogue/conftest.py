"""Applications whose catalogue is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied


def client_of(settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    app = create_app(settings, forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


@pytest.fixture(scope="session")
def app_client(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    """Give a client of the release that is only read."""
    assert workspace.current()
    yield from client_of(replace(settings, contact="office@example.org"), forks)


def changed(folder: Path, year: str) -> Path:
    """Write a source whose partnership with Amnéville begins in another year."""
    text = Path("data/perm-twins.ttl").read_text(encoding="utf-8")
    path = folder / "perm-twins.ttl"
    path.write_text(text.replace('"1992"^^xsd:gYear', f'"{year}"^^xsd:gYear'), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def kept_home(
    workspace: Workspace, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Give settings of a workspace with two releases that have a name."""
    folder = tmp_path_factory.mktemp("kept")
    own = copied(workspace, folder / "home")
    given = replace(settings, home=folder / "home", contact="https://example.org/contact")
    publish(own, given, Change([]))
    keep(own, "first", own.versions()[0])
    second = publish(own, given, Change([changed(folder, "1991")])).version
    keep(own, "second", second)
    return given


@pytest.fixture(scope="module")
def kept_client(kept_home: Settings, forks: Forks) -> Iterator[FlaskClient]:
    """Give a client of them."""
    yield from client_of(kept_home, forks)
