"""What is made ready before a reader asks: for the home page and lists, and for a new release."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from registry.lists.tables import TABLES
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.things.lookup import Lookup, Solution
from registry.web import warming
from registry.web.app import create_app
from registry.web.context import NAME
from registry.web.warming import Warming, warm
from tests.processes import open_files, until


@pytest.fixture
def cold(own: Workspace, forks: Forks) -> Flask:
    return create_app(Settings(home=own.home, workers=1), forks)


def test_a_home_page_that_was_warmed_asks_nothing(
    cold: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cold.app_context():
        warm()
    asked: list[str] = []
    rows = Lookup.rows

    def recorded(self: Lookup, query: str) -> list[Solution]:
        asked.append(query)
        return rows(self, query)

    monkeypatch.setattr(Lookup, "rows", recorded)
    client = cold.test_client()
    assert client.get("/").status_code == 200
    assert asked == []
    release = cold.extensions[NAME].shelf.current()
    assert {"links", "map_points"} <= vars(release.view(TABLES)).keys()


def test_each_release_that_becomes_current_is_warmed_and_a_pruned_one_closed(
    own: Workspace, cold: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of a pruned release would take their place on the disk as long as one is open."""
    # It reads names for some seconds, and holds the first release meanwhile.
    monkeypatch.setattr(warming, "warm_matching", lambda: None)
    parts = cold.extensions[NAME]
    shelf, pool, first = parts.shelf, parts.engine.pool, str(own.current())
    assert cold.test_client().get("/sparql?query=ASK{}").status_code == 200
    assert {first in worker.store for worker in pool._idle} == {True}
    Warming(cold).start()
    assert until(lambda: "links" in vars(shelf.current().view(TABLES)))
    assert first in " ".join(open_files(own.home))
    text = Path("data/cities.ttl").read_text(encoding="utf-8")
    (tmp_path / "cities.ttl").write_text(text.replace('"Perm"@en', '"Perm City"@en'), "utf-8")
    given = Settings(home=own.home, shipped="curated", keep_releases=1, keep_stores=1)
    assert publish(own, given, Change([tmp_path / "cities.ttl"])).changed
    assert until(lambda: "links" in vars(shelf.current().view(TABLES)))
    assert until(lambda: first not in " ".join(open_files(own.home)))
    assert until(lambda: not pool._idle)
