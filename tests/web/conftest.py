"""A running server for each test process, and the application itself for what is asked often."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from registry.contribute import tokens as tokens_module
from registry.contribute.tokens import Tokens
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.checkout import PERM, Checkout, listing, minted
from tests.conftest import Once
from tests.copies import copied
from tests.engines.differences import TESTED_ENGINE
from tests.web.contributing import Door, sign_in
from tests.web.served import Server, serving

MERGED, WITHDRAWN = "molotov-1", "nowhere-2"


@pytest.fixture(scope="session")
def server(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of the shipped data; its deadline is short, so that a test can meet it.

    Another engine sends its answers over a socket first, which takes longer.
    """
    limits = {"workers": "2", "query_seconds": "8" if TESTED_ENGINE in os.environ else "3"}
    said = tmp_path_factory.mktemp("said") / "stderr"
    with (
        said.open("w") as errors,
        serving({"home": str(workspace.home), **limits}, errors) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def app(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[Flask]:
    """Give the application, to be asked without a socket."""
    assert workspace.current()
    made = create_app(replace(settings, contact="https://example.org/desk"), forks)
    yield made
    made.extensions[NAME].engine.pool.close()


@pytest.fixture(scope="session")
def client(app: Flask) -> FlaskClient:
    """Give a client of the application."""
    return app.test_client()


@pytest.fixture(scope="session")
def former(
    checkouts: Callable[[], Checkout],
    tmp_path_factory: pytest.TempPathFactory,
    settings: Settings,
    forks: Forks,
    once: Once,
) -> Iterator[FlaskClient]:
    """Serve a registry that published two cities too many, merged one and withdrew the other."""
    folder = tmp_path_factory.mktemp("former")
    made = once("former", lambda home: publish_former(home, checkouts(), folder))
    workspace = copied(Workspace(made), folder / "home")
    app = create_app(replace(settings, home=workspace.home, workers=1), forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


def publish_former(home: Path, checkout: Checkout, folder: Path) -> None:
    """Publish two cities too many, and then without them."""
    files = []
    for name, city in (("list", MERGED), ("other", WITHDRAWN)):
        files.append(folder / f"{name}.ttl")
        files[-1].write_text(listing(name, city), encoding="utf-8")
        checkout.describe(city)
        checkout.ledger(*minted(name, city))
    checkout.must(home, "publish", *checkout.data, *files)
    before = Workspace(home).current()
    checkout.ledger((MERGED, "city", PERM), (WITHDRAWN, "city", "-"))
    checkout.must(home, "publish")
    assert Workspace(home).current() != before


@pytest.fixture
def door(workspace: Workspace, settings: Settings, forks: Forks, tmp_path: Path) -> Iterator[Door]:
    """Give a registry of its own with two editors, and a client for each."""
    yield from _opened(workspace, replace(settings, home=tmp_path / "home"), forks)


@pytest.fixture(scope="module")
def shared_door(
    workspace: Workspace,
    settings: Settings,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Door]:
    """Give a registry like `door` to the tests of a module that change nothing in it."""
    home = tmp_path_factory.mktemp("shared") / "home"
    yield from _opened(workspace, replace(settings, home=home), forks)


def _opened(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[Door]:
    home = copied(workspace, settings.home)
    app = create_app(replace(settings, workers=1, contribution_rate=1000), forks)
    # To guess a token shall take long, and each test signs in twice.
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens_module, "_hasher", lambda: quick)
        known = Tokens(home.home)
        tokens = {
            "anna": known.add("Anna Rossi", "editor", 9),
            "bert": known.add("Bert", "editor", 9),
            "perm": known.add("Perm", "authority", 9, ["perm-511196"]),
        }
        made = Door(home, app.test_client(), app.test_client(), app.test_client(), tokens)
        assert sign_in(made.anna, tokens["anna"][1]).status_code == 303
        assert sign_in(made.bert, tokens["bert"][1]).status_code == 303
        yield made
    app.extensions[NAME].engine.pool.close()
