"""Whatever a text or an address in the data is, pages show it harmlessly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.browser.paths import PAGES
from tests.copies import copied
from tests.web.reading import page
from tests.web.spoilt import SCRIPT, TEXTS, spoil


@pytest.fixture(scope="module")
def spoilt(
    workspace: Workspace,
    settings: Settings,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[FlaskClient]:
    """Give a client of a registry whose texts are hostile."""
    home = tmp_path_factory.mktemp("spoilt") / "home"
    spoil(copied(workspace, home))
    app = create_app(replace(settings, home=home, workers=1), forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_hostile_texts_does_nothing(path: str, spoilt: FlaskClient) -> None:
    response = spoilt.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
    assert response.status_code == (404 if "nothing" in path else 200)
    shown = page(response.data)
    data = [one.get("type") for one in shown.written_scripts()]
    assert set(data) <= {"application/ld+json"}
    for element in shown.tree.iter():
        assert isinstance(element.tag, str)
        assert not [name for name in element.attrib if name.startswith("on")]
        for name in ("href", "src", "action"):
            assert not element.get(name, "").lower().startswith(("javascript:", "data:"))


def test_hostile_texts_are_shown_as_they_are(spoilt: FlaskClient) -> None:
    told = ""
    for path in PAGES:
        told += spoilt.get(path, headers={"Accept": "text/html"}).text
    told = told.replace("&#34;", '"').replace("&#39;", "'")
    for text in TEXTS[:2]:
        assert text.replace("<", "&lt;").replace(">", "&gt;") in told
    assert TEXTS[3] in told
    assert SCRIPT in told


def test_suggestions_calendar_and_card_are_harmless(spoilt: FlaskClient) -> None:
    piece = spoilt.get("/suggest?q=p", headers={"Accept": "text/html"}).text
    assert "<script" not in piece
    assert "onerror=alert(1)>" not in piece
    calendar = spoilt.get("/calendar/perm-511196.ics").data
    lines = calendar.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    names = {line.partition(b":")[0].partition(b";")[0] for line in lines if line[:1] not in b" "}
    assert b"BEGIN" in names
    assert not any(b"\n" in line for line in lines)
    assert spoilt.get("/card/perm-511196").status_code == 200
