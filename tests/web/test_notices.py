"""Pages about the registry and its operator: what is set stands there, what is not is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.things.standing import STATES
from registry.web.app import create_app
from registry.web.context import NAME
from registry.web.routes.home import FIGURES
from registry.web.routes.notices import NAMES
from tests.web.reading import shown

OPERATOR: Final[dict[str, Any]] = {
    "operator_name": "City of Pavia",
    "operator_address": "Piazza Municipio 2; 27100 Pavia",
    "operator_email": "desk@example.org",
    "enforcement_body": "AgID, https://www.agid.gov.it/",
}
BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def run_by_pavia(settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    """Give a client of a server whose operator is set."""
    yield from client_of(replace(settings, workers=1, **OPERATOR), forks)


@pytest.fixture(scope="module")
def run_by_nobody(settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    """Give a client of a server whose operator has set nothing."""
    yield from client_of(replace(settings, workers=1), forks)


def client_of(settings: Settings, forks: Forks) -> Iterator[FlaskClient]:
    app = create_app(settings, forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", terms.LANGUAGES)
def test_a_page_is_there_in_every_language_and_in_every_foot(
    name: str, language: str, client: FlaskClient
) -> None:
    found = shown(client, f"/{name}?lang={language}")
    assert found.errors == ()
    assert found.language == language
    assert len(found.find("h1")) == 1
    feet = {link.get("href") for link in found.find("footer//a")}
    assert {f"/{one}?lang={language}" for one in NAMES} <= feet


def test_the_imprint_says_who_runs_the_server(run_by_pavia: FlaskClient) -> None:
    found = shown(run_by_pavia, "/imprint")
    assert [*found.texts("dd")] == [
        "City of Pavia",
        "Piazza Municipio 227100 Pavia",
        "desk@example.org",
    ]
    assert found.find("p[@class='notice']") == []


def test_what_is_not_set_is_told(run_by_nobody: FlaskClient) -> None:
    assert shown(run_by_nobody, "/imprint").texts("dd") == ["not given"] * 3
    for name in ("imprint", "contact", "accessibility"):
        assert len(shown(run_by_nobody, f"/{name}").find("p[@class='notice']")) == 1


def test_the_statement_names_who_enforces_accessibility(run_by_pavia: FlaskClient) -> None:
    found = shown(run_by_pavia, "/accessibility")
    assert "https://www.agid.gov.it/" in [*found.links()]
    assert "30 November 2026" in found.text


def test_a_page_leads_to_a_message_about_itself(run_by_pavia: FlaskClient) -> None:
    path = "/doc/city/perm-511196"
    asked = f"/contact?about={path}"
    assert asked in shown(run_by_pavia, path).links()
    found = shown(run_by_pavia, asked)
    (message,) = [link for link in found.links() if link.startswith("mailto:")]
    assert message.startswith(
        "mailto:desk@example.org?subject=Citylinks%3A%20/doc/city/perm-511196"
    )
    assert f"http://localhost{path}" in found.text


@pytest.mark.parametrize("about", ["https://example.org/", "/doc/", "/doc/city/<b>", "perm"])
def test_a_message_is_about_a_page_of_ours(about: str, client: FlaskClient) -> None:
    response = client.get("/contact", query_string={"about": about})
    assert response.status_code == 400
    assert response.get_json()["type"].endswith("bad-parameter")


def test_about_counts_what_the_home_page_counts(client: FlaskClient) -> None:
    counted = [shown(client, path).texts("dl[@class='figures']//dd") for path in ("/", "/about")]
    assert counted[0] == counted[1] != []
    assert len(counted[0]) == len(FIGURES)


def test_help_explains_every_status(client: FlaskClient) -> None:
    found = shown(client, "/help")
    leads = [link for link in found.links() if link.startswith("/doc/scheme/status/")]
    assert leads == [f"/doc/scheme/status/{state}" for state in STATES]
    for link in leads:
        assert client.get(link).status_code == 200


def test_a_weakness_is_told_to_the_contact(
    run_by_pavia: FlaskClient, run_by_nobody: FlaskClient
) -> None:
    """The fields of RFC 9116, section 2.5, that a file must have."""
    assert run_by_nobody.get("/.well-known/security.txt").status_code == 404
    text = run_by_pavia.get("/.well-known/security.txt").text
    said = dict(line.split(": ", 1) for line in text.splitlines())
    assert said["Contact"] == "mailto:desk@example.org"
    expires = datetime.fromisoformat(said["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
