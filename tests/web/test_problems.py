"""Problems (RFC 9457): told to machines and to people; nothing of what was sent comes alive."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask import abort
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry import terms
from registry.problems import KINDS, Problem
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.version import __version__
from registry.web.app import create_app
from registry.web.context import NAME
from tests.tables import every_row
from tests.web.reading import page
from tests.web.served import Server

SCRIPT = "<script>alert(1)</script>"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.conforms("RFC 9457", "3.1.1", "`type` leads to a page that explains the problem")
@every_row("name", KINDS)
def test_every_problem_has_a_page_that_explains_it(name: str, client: FlaskClient) -> None:
    response = client.get(f"/problem/{name}")
    assert response.status_code == 200
    shown = page(response.data)
    assert KINDS[name].title in shown.texts("h1")
    assert KINDS[name].meaning in shown.text
    assert str(KINDS[name].status) in shown.text


@pytest.mark.slow
@every_row("language", terms.LANGUAGES)
@every_row("name", KINDS)
def test_a_problem_is_told_in_the_readers_language(
    name: str, language: str, troubled: FlaskClient
) -> None:
    """What it is; a detail that is not translated stays in English, and says so."""
    for asked in ({"headers": {"Accept-Language": language}}, {"query_string": {"lang": language}}):
        headers = {**BROWSER, **asked.get("headers", {})}
        response = troubled.get(
            f"/raise/{name}", headers=headers, query_string=asked.get("query_string")
        )
        shown = page(response.data)
        assert shown.language == response.headers["Content-Language"] == language
        (title,) = shown.texts("h1")
        assert (title == KINDS[name].title) is (language == "en")
        told = troubled.get(
            f"/raise/{name}", headers=asked.get("headers"), query_string=asked.get("query_string")
        )
        assert json.loads(told.data)["title"] == title
        (detail,) = [e for e in shown.find("p/bdi") if SCRIPT in "".join(e.itertext())]
        assert detail.get("lang", language) == "en"


def test_no_other_problem_has_one(client: FlaskClient) -> None:
    assert client.get("/problem/unknown").status_code == 404


@pytest.fixture(scope="module")
def troubled(workspace: Workspace, settings: Settings, forks: Forks) -> FlaskClient:
    """Serve every problem, a mistake of ours, and refusals of the framework, each at an address."""
    app = create_app(settings, forks)
    app.extensions[NAME].engine.pool.close()

    @app.get("/raise/<name>")
    def raise_problem(name: str) -> str:
        raise Problem(name, f"about {SCRIPT}", limit=5, line=None, retryAfter=7)

    @app.get("/break")
    def break_down() -> str:
        raise RuntimeError("a secret of the inside")

    @app.get("/abort/<int:status>")
    def refuse(status: int) -> str:
        abort(status)

    return app.test_client()


@pytest.mark.conforms(
    "RFC 9457", "3.1", "type, title, status, detail and instance of every problem"
)
@pytest.mark.conforms("RFC 9457", "3.2", "members of their own, such as `limit`")
@pytest.mark.conforms("RFC 9110", "10.2.3", "Retry-After where a problem says when")
@every_row("name", KINDS)
def test_every_problem_is_told_to_machines(name: str, troubled: FlaskClient) -> None:
    response = troubled.get(f"/raise/{name}")
    assert response.status_code == KINDS[name].status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.data) == {
        "type": f"https://w3id.org/citylinks/problem/{name}",
        "title": KINDS[name].title,
        "status": KINDS[name].status,
        "detail": f"about {SCRIPT}",
        "instance": f"/raise/{name}",
        "limit": 5,
        "retryAfter": 7,
    }
    assert response.headers["Retry-After"] == "7"
    assert response.headers["Cache-Control"] == "no-store"
    assert set(response.headers["Vary"].split(", ")) == {"Accept", "Accept-Language"}


@every_row("name", KINDS)
def test_every_problem_is_told_to_people(name: str, troubled: FlaskClient) -> None:
    response = troubled.get(f"/raise/{name}", headers=BROWSER)
    assert (response.status_code, response.mimetype) == (KINDS[name].status, "text/html")
    shown = page(response.data)
    assert shown.errors == ()
    assert not shown.written_scripts()
    assert SCRIPT in shown.text
    assert KINDS[name].meaning in shown.text


@pytest.mark.conforms("RFC 9457", "4.2.1", "what HTTP itself explains is `about:blank`")
@every_row("status", [400, 404, 405, 408, 413, 415, 416, 418, 429, 500, 503])
def test_what_the_framework_refuses_is_a_problem_too(status: int, troubled: FlaskClient) -> None:
    response = troubled.get(f"/abort/{status}")
    body = json.loads(response.data)
    assert response.status_code == body["status"] == status
    assert body["type"] == "about:blank" or body["type"].startswith(terms.PROBLEM)
    assert body["title"]
    assert troubled.get(f"/abort/{status}", headers=BROWSER).mimetype == "text/html"


@pytest.mark.conforms("RFC 9457", "5", "a problem tells nothing of the inside")
def test_a_mistake_of_ours_tells_nothing_of_the_inside(
    troubled: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    for headers in ({}, BROWSER):
        response = troubled.get("/break", headers=headers)
        assert response.status_code == 500
        assert "secret" not in response.text
        assert "Traceback" not in response.text
    assert "a secret of the inside" in caplog.text


@pytest.mark.conforms("RFC 9457", "3", "a problem is JSON, or a page for who would rather have one")
@every_row(
    ("accept", "people"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("text/turtle", False),
        ("application/sparql-results+json", False),
        ("text/html", True),
        ("text/html;q=0.1, application/problem+json", False),
        ("text/*", True),
        ("rubbish", False),
    ],
)
def test_who_asks_for_a_page_gets_one(
    accept: str | None, people: bool, client: FlaskClient
) -> None:
    response = client.get("/unknown", headers={"Accept": accept} if accept else {})
    assert (response.mimetype == "text/html") is people


HOSTILE = [
    "/doc/city/../../etc/passwd",
    "/doc/city/..%2f..%2fetc",
    "/doc/city/%00",
    "/doc/city/perm-511196%00.ttl",
    "/doc/city/%ff",
    "/doc/city/%20",
    "/doc/city/%3Cscript%3E",
    "/doc/city/a%0d%0aSet-Cookie:%20x=1",
    "/doc/city/" + "a" * 8_000,
    "/doc/" + "a/" * 3_000 + "a",
    "/id/city/%22%3E",
    "/id/%7B%7D/x",
    "/scheme/%00",
    "/graph/%00",
    "/graph/..%2f..%2flog.jsonl",
    "/release/%2e%2e",
    "/release/../releases",
    "/problem/%3Cb%3E",
    "/queries/..%2fderive%2f01-bounds",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "//etc/passwd",
    "/ontology/%00",
    "/.git/config",
]


@every_row("path", HOSTILE, ids=lambda path: path[:40])
def test_a_hostile_address_is_not_found(path: str, server: Server) -> None:
    for headers in ({}, {"Accept": "text/html"}):
        reply = server.ask(path, **headers)
        assert reply.status == 404, reply.text
        assert reply.headers["Set-Cookie"] is None
        assert SCRIPT not in reply.text


BAD = [
    ("/?lang=", "lang"),
    ("/?lang=%3Cscript%3E", "lang"),
    ("/doc/city/perm-511196?lang=en_US", "lang"),
    ("/id/city/perm-511196?lang=x%0d%0aSet-Cookie:%20a=b", "lang"),
    ("/doc/city/perm-511196?offset=-1", "offset"),
    ("/doc/city/perm-511196?offset=x", "offset"),
    ("/doc/city/perm-511196?offset=" + "9" * 5_000, "offset"),
    ("/doc/city/perm-511196?offset=%D9%A3", "offset"),
    ("/queries/twins-of-a-city?city=%3Cx%3E", "city"),
]


@every_row(("path", "named"), BAD, ids=lambda value: value[:40])
def test_a_wrong_parameter_is_named(path: str, named: str, client: FlaskClient) -> None:
    for headers in (BROWSER, {**BROWSER, "Accept-Language": "it"}):
        response = client.get(path, headers=headers)
        assert response.status_code == 400
        assert named in page(response.data).text
        assert "Set-Cookie" not in response.headers


def test_an_offset_beyond_the_end_is_an_empty_page(client: FlaskClient) -> None:
    assert client.get("/doc/scheme/status/active?offset=999999999").status_code == 200


ALPHABET = st.text(
    alphabet="/.%<>\"'&?=#abcdocityidperm-511196\x00é\u202e0Ff;:@[]{}|\\^`~ ", max_size=60
)


@with_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    path=ALPHABET, start=st.sampled_from(["/", "/doc/", "/id/", "/dumps/", "/graph/", "/release/"])
)
def test_no_address_breaks_anything(path: str, start: str, client: FlaskClient) -> None:
    # Given as an address, two slashes at its start would name a host to the client.
    sent = (start + path).encode("utf-8", "surrogatepass").decode("latin-1")
    response = client.get("/", environ_overrides={"PATH_INFO": sent})
    assert response.status_code < 500


def test_before_the_first_release_everything_says_so(settings: Settings, forks: Forks) -> None:
    app = create_app(replace(settings, home=settings.home / "nothing-here"), forks)
    client = app.test_client()
    health, ready = client.get("/health"), client.get("/ready")
    assert health.status_code == 200
    assert health.json == {
        **{"status": "ok", "release": None, "asOf": None, "triples": None},
        "software": __version__,
    }
    assert ready.status_code == 503
    assert ready.json
    assert ready.json["checks"] == {"release": "nothing is published yet; run: citylinks publish"}
    for path in (
        "/",
        "/sparql?query=ASK{}",
        "/doc/city/perm-511196",
        "/dumps/latest/manifest.json",
    ):
        assert client.get(path).status_code == 404
        assert client.get(path, headers=BROWSER).status_code == 404
    app.extensions[NAME].engine.pool.close()


def test_what_is_not_there_leads_to_what_is_called_so(client: FlaskClient) -> None:
    """As someone guesses an address, or a reference has changed."""
    for path in ("/doc/city/Perm", "/Perm", "/doc/city/perm-1.html", "/id/city/Пермь"):
        shown = page(client.get(path, headers=BROWSER, follow_redirects=True).data)
        assert "Did you mean" in shown.text
        assert shown.find("main/ul/li/a")[0].attrib["href"].startswith("/doc/city/perm-511196")
    shown = page(client.get("/qqqqqqqq", headers=BROWSER).data)
    assert "Did you mean" not in shown.text
