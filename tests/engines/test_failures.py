"""Another engine that dies, hangs or answers a part is a clear problem, and never an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry import formats, terms
from registry.publishing import loading
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.sparql.remote.servers import HOLDS
from registry.web.app import create_app
from registry.web.context import NAME
from tests.engines.little import JSON, NTRIPLES, Fault, Handler, Little, serving
from tests.tables import every_row

SECONDS = 3.0
LIMIT = 6_000_000
SELECT = "SELECT ?s { ?s a ?marked }"
CONSTRUCT = "CONSTRUCT { ?s a ?marked } { ?s a ?marked }"
ROWS = b'{"head":{"vars":["s"]},"results":{"bindings":[%s]}}'
ROW = b'{"s":{"type":"uri","value":"urn:a"}}'
TRIPLE = b"<urn:a> <urn:b> <urn:c> .\n"


@pytest.fixture(scope="module")
def little() -> Iterator[Little]:
    with serving("a") as server:
        yield server


@pytest.fixture(scope="module")
def app(
    little: Little,
    workspace: Workspace,
    settings: Settings,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """Give the application on an engine with one place, which holds the current release."""
    file = tmp_path_factory.mktemp("described") / "engine.toml"
    file.write_text(little.place("a", "data"))
    given = replace(
        settings, engine=str(file), query_seconds=SECONDS, answer_bytes=LIMIT, cache_bytes=0
    )
    loading.load(workspace, given, str(workspace.current()))
    made = create_app(given, forks)
    yield made
    made.extensions[NAME].engine.pool.close()


@pytest.fixture
def faulty(little: Little) -> Iterator[Callable[[Fault], None]]:
    """Give a function that has the queries of the tests answered by a fault."""

    def answered(fault: Fault) -> None:
        little.fault = lambda handler, query: "?marked" in query and fault(handler, query)

    yield answered
    little.fault = lambda handler, query: False


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def sends(status: int, media_type: str, body: bytes, **headers: str) -> Fault:
    """Make a fault that sends this and closes the connection."""

    def fault(handler: Handler, query: str) -> bool:
        handler.close_connection = True
        handler.send(status, media_type, body, **headers)
        return True

    return fault


def chunks(media_type: str, *parts: bytes) -> Fault:
    """Make a fault that sends chunks, and closes the connection without the last."""

    def fault(handler: Handler, query: str) -> bool:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", media_type)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        return True

    return fault


def without_length(handler: Handler, query: str) -> bool:
    handler.protocol_version = "HTTP/1.0"
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", NTRIPLES)
    handler.end_headers()
    handler.wfile.write(TRIPLE)
    return True


def dies(handler: Handler, query: str) -> bool:
    handler.close_connection = True
    return True


def hangs(handler: Handler, query: str) -> bool:
    time.sleep(SECONDS * 3)
    return True


def drips(handler: Handler, query: str) -> bool:
    handler.send(200, JSON, ROWS[:20], Content_Length="1000")
    for _ in range(int(SECONDS * 30)):
        handler.wfile.write(b" ")
        time.sleep(0.1)
    return True


HALF = ROWS % ROW
FAULTS: dict[str, tuple[str, Fault, int, str]] = {
    "it dies": (SELECT, dies, 503, "engine-unreachable"),
    "it hangs": (SELECT, hangs, 504, "query-timeout"),
    "it drips": (SELECT, drips, 504, "query-timeout"),
    "it has no time": (SELECT, sends(503, "text/plain", b""), 503, "engine-unreachable"),
    "it asks for patience": (SELECT, sends(429, "text/plain", b""), 503, "engine-unreachable"),
    "it wants a password": (SELECT, sends(401, "text/plain", b""), 502, "engine-failed"),
    "it moved": (SELECT, sends(302, "", b"", Location="/elsewhere"), 502, "engine-failed"),
    "it refuses the query": (SELECT, sends(400, "text/plain", b"too hard"), 502, "engine-failed"),
    "it fails": (SELECT, sends(500, "text/plain", b"a secret"), 502, "engine-failed"),
    "a page of a proxy": (SELECT, sends(200, "text/html", b"<p>OK"), 502, "engine-failed"),
    "no type": (SELECT, sends(200, "", HALF), 502, "engine-failed"),
    "nothing": (SELECT, sends(200, JSON, b""), 502, "engine-failed"),
    "garbage": (SELECT, sends(200, JSON, b"\x00\xff" * 99), 502, "engine-failed"),
    "rows without an end": (SELECT, sends(200, JSON, HALF[:-2]), 502, "engine-failed"),
    "half of a row": (SELECT, sends(200, JSON, HALF[:-9]), 502, "engine-failed"),
    "rows and an error": (
        SELECT,
        sends(200, JSON, HALF + b"\ntimed out"),
        502,
        "engine-failed",
    ),
    "fewer bytes than it said": (
        SELECT,
        sends(200, JSON, HALF, Content_Length=str(len(HALF) + 1)),
        502,
        "engine-failed",
    ),
    "a chunk too few": (SELECT, chunks(JSON, HALF), 502, "engine-failed"),
    "a yes for rows": (
        "ASK { ?s a ?marked }",
        sends(200, JSON, b'{"head":{}}'),
        502,
        "engine-failed",
    ),
    "a part, and it says so": (
        SELECT,
        sends(200, JSON, HALF, X_SPARQL_MaxRows="1"),
        502,
        "engine-failed",
    ),
    "a part, for want of time": (
        SELECT,
        sends(200, JSON, HALF, X_SQL_State="S1TAT"),
        502,
        "engine-failed",
    ),
    "a graph a chunk too short": (CONSTRUCT, chunks(NTRIPLES, TRIPLE), 502, "engine-failed"),
    "a graph without an end": (CONSTRUCT, without_length, 502, "engine-failed"),
    "half of a triple": (CONSTRUCT, sends(200, NTRIPLES, TRIPLE[:-4]), 502, "engine-failed"),
    "rows for a graph": (CONSTRUCT, sends(200, JSON, HALF), 502, "engine-failed"),
    "an answer over the limit": (
        SELECT,
        sends(200, JSON, ROWS % b",".join([ROW] * 400_000)),
        422,
        "answer-too-large",
    ),
}


@every_row("name", FAULTS)
def test_a_fault_is_a_problem(
    name: str, client: FlaskClient, faulty: Callable[[Fault], None]
) -> None:
    query, fault, status, problem = FAULTS[name]
    faulty(fault)
    limit = {"format": "json"} if problem == "answer-too-large" else {}
    reply = client.get("/sparql", query_string={"query": query, **limit})
    if problem == "answer-too-large":
        # It is long, so its head is sent before its end is known: it breaks off.
        with pytest.raises(Exception, match="longer than"):
            _ = reply.data
        return
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    told = json.loads(reply.data)
    assert told["type"] == terms.PROBLEM + problem
    assert "secret" not in told["detail"]


def test_it_is_asked_again_as_before(client: FlaskClient, faulty: Callable[[Fault], None]) -> None:
    """Nothing of a fault stays."""
    right = client.get("/sparql", query_string={"query": SELECT}).data
    for query, fault, status, _ in FAULTS.values():
        if status == 502:
            faulty(fault)
            assert client.get("/sparql", query_string={"query": query}).status_code == status
    faulty(lambda handler, query: False)
    assert client.get("/sparql", query_string={"query": SELECT}).data == right


def test_what_the_engine_says_of_a_query_is_told(
    client: FlaskClient, faulty: Callable[[Fault], None]
) -> None:
    faulty(sends(400, "text/plain", b"it has no\n functions of that kind"))
    reply = client.get("/sparql", query_string={"query": SELECT})
    assert json.loads(reply.data)["detail"].endswith("400: it has no functions of that kind")


def test_a_place_that_is_loaded_anew_meanwhile_has_answered_nothing(
    client: FlaskClient, little: Little, faulty: Callable[[Fault], None]
) -> None:
    """A publisher takes the place away after the query began; the answer may be of both."""
    says = [quad for quad in little.stores["a"] if HOLDS in str(quad.predicate)]

    def loaded_anew(handler: Handler, query: str) -> bool:
        for quad in says:
            little.stores["a"].remove(quad)
        handler.send(200, JSON, HALF)
        return True

    faulty(loaded_anew)
    try:
        reply = client.get("/sparql", query_string={"query": SELECT})
    finally:
        little.stores["a"].extend(says)
    assert reply.status_code == 503
    assert b"urn:a" not in reply.data
    assert "does not hold release" in json.loads(reply.data)["detail"]
    faulty(sends(200, JSON, HALF))
    assert b"urn:a" in client.get("/sparql", query_string={"query": SELECT}).data


def test_readiness_asks_the_engine(
    app: Flask, client: FlaskClient, little: Little, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = app.extensions[NAME].readiness._check
    assert checks().faults == {}
    little.fault = sends(500, "text/plain", b"")
    try:
        assert list(checks().faults) == ["query"]
    finally:
        little.fault = lambda handler, query: False
    store = little.stores.pop("a")
    try:
        assert list(checks().faults) == ["query"]
    finally:
        little.stores["a"] = store
    assert checks().faults == {}


def test_pages_do_not_need_the_engine(client: FlaskClient, little: Little) -> None:
    little.fault = sends(500, "text/plain", b"")
    try:
        assert (
            client.get("/doc/city/perm-511196", headers={"Accept": "text/html"}).status_code == 200
        )
        assert client.get("/search?q=perm", headers={"Accept": "text/html"}).status_code == 200
    finally:
        little.fault = lambda handler, query: False


def test_the_file_may_name_a_server_that_is_not_there(
    workspace: Workspace, settings: Settings, forks: Forks, tmp_path: Path
) -> None:
    """The site starts, and says that it is not ready."""
    file = tmp_path / "engine.toml"
    file.write_text("[[places]]\nquery = 'http://127.0.0.1:9/query'\n")
    made = create_app(replace(settings, engine=str(file)), forks)
    try:
        client = made.test_client()
        reply = client.get("/sparql", query_string={"query": SELECT})
        assert reply.status_code == 503
        assert json.loads(reply.data)["type"] == terms.PROBLEM + "engine-unreachable"
        assert client.get("/ready").status_code == 503
    finally:
        made.extensions[NAME].engine.pool.close()


def test_an_explanation_is_not_offered(client: FlaskClient) -> None:
    reply = client.get("/sparql", query_string={"query": SELECT, "explain": "1"})
    assert reply.status_code == 406
    page = client.get("/sparql", headers={"Accept": formats.HTML.media_type}).text
    assert 'name="explain"' not in page
