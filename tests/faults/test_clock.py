"""A clock that is set back: neither the log nor `Last-Modified` goes back with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish, rollback
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.lists import listing

PAGE = "/graph/list.ttl"


class Clock(datetime):
    """The time of day as the log reads it."""

    back = timedelta(0)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        assert tz is UTC
        return datetime.now(UTC) - cls.back


@pytest.fixture
def client(own: Workspace, settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    given = Settings(home=own.home, workers=1, shipped="curated", gazetteer=settings.gazetteer)
    app = create_app(given, forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


@pytest.mark.slow
def test_nothing_goes_back_with_the_clock(
    own: Workspace,
    settings: Settings,
    client: FlaskClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log, "datetime", Clock)
    given = Settings(home=own.home, shipped="curated", gazetteer=settings.gazetteer)
    path, dates, bodies = tmp_path / "list.ttl", [], []
    for number, days in enumerate((0, 9000, 1, 400)):
        Clock.back = timedelta(days)
        path.write_text(listing(["twinning"], title=f"List {number}"), "utf-8")
        publish(own, given, Change([path], winner="file"))
        answer = client.get(PAGE)
        dates.append(parsedate_to_datetime(answer.headers["Last-Modified"]))
        bodies.append(answer.data)
        # Who has the page of the release before is not told that it is still the same.
        for earlier, body in zip(dates[:-1], bodies[:-1], strict=True):
            asked = {"If-Modified-Since": earlier.strftime("%a, %d %b %Y %H:%M:%S GMT")}
            again = client.get(PAGE, headers=asked)
            assert (again.status_code, again.data) == (200, bodies[-1]) != (200, body)
    keep(own, "last")
    rollback(own, own.versions()[0])
    assert all(before <= after for before, after in pairwise(dates))
    times = [event.at for event in log.read(own.log_path)]
    assert times == sorted(times)
