"""Requests made at random: whatever is sent, the answer is one of ours, and the next is right."""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.web.hostile import (
    OF_ALL,
    Asked,
    Told,
    assert_holds,
    assert_tells_nothing,
    requests,
)
from tests.web.served import PATIENCE, Server, serving


@pytest.fixture(scope="module")
def small(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[Flask]:
    """Give an application with small limits, which random requests can meet."""
    assert workspace.current()
    app = create_app(
        replace(settings, workers=1, query_seconds=1, answer_bytes=100_000, query_bytes=1_000),
        forks,
    )
    yield app
    app.extensions[NAME].engine.pool.close()


def answered(app: Flask, asked: Asked) -> Told:
    """Ask the application as a server does: the path decoded once, headers as they are."""
    environ = create_environ(method=asked.method, input_stream=io.BytesIO(asked.body))
    environ["PATH_INFO"] = unquote_to_bytes(asked.path).decode("latin-1")
    environ["QUERY_STRING"] = asked.query
    environ["CONTENT_LENGTH"] = str(len(asked.body))
    for name, value in asked.headers:
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    body, status, found = run_wsgi_app(app, environ)
    told = {name.lower(): value for name, value in found}
    return Told(int(status.split()[0]), told, b"".join(body))


LENGTH = "Content-Length", "Transfer-Encoding"
"""What a server has read before the application sees a request."""


@pytest.mark.slow
@with_settings(max_examples=300)
@given(asked=requests(*LENGTH))
def test_every_answer_is_one_of_ours(asked: Asked, small: Flask) -> None:
    assert_holds(asked, answered(small, asked))
    assert answered(small, Asked("GET", "/sparql", "query=ASK%7B%7D", (), b"")).status == 200


def asked_as(app: Flask, host: str, path: str) -> Told:
    return answered(app, Asked("GET", path, "", (("Host", host),), b""))


HOSTS = ["", "a b", '"><script>', "[::1", "a@b", "\xff"]
UNREADABLE = ["h:99999", "xn--a", "a%zz"]


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_none_is_told_everywhere(host: str, small: Flask) -> None:
    for path in ("/", "/sparql", "/openapi.json", "/metrics", "/static/style.css", "/nowhere"):
        told = asked_as(small, host, path)
        assert told.status == 400
        assert "Host" in json.loads(told.body)["detail"]


@pytest.mark.parametrize("host", UNREADABLE)
def test_a_host_that_cannot_be_read_is_told_where_it_matters(host: str, small: Flask) -> None:
    for path in ("/sparql", "/openapi.json"):
        told = asked_as(small, host, path)
        assert told.status == 400
        assert "Host" in json.loads(told.body)["detail"]
    assert asked_as(small, host, "/").status == 200


def test_another_host_harms_nothing(small: Flask) -> None:
    told = asked_as(small, "evil.example", "/sparql")
    assert (told.status, told.type) == (200, "text/turtle")


# Over a socket: what is no HTTP, too.

OWN = {400, 414, 417, 431, 501}
"""What the server answers by itself to what it cannot read."""

VERSIONS = ("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", "", "http/1.1")
ENDS = ("\r\n", "\r\n", "\r\n", "\n", "\r")


@pytest.fixture(scope="module")
def listened(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server, and make sure at the end that nothing broke in it."""
    assert workspace.current()
    said = tmp_path_factory.mktemp("said") / "stderr"
    with said.open("w") as errors, serving({"home": str(workspace.home)}, errors) as running:
        yield running
    assert "Traceback" not in said.read_text()


def spoken(asked: Asked, version: str, end: str) -> bytes:
    """Write a request out."""
    lines = [f"{asked.method} {asked.target} {version}", "Host: x", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in asked.headers]
    return end.join([*lines, "", ""]).encode("latin-1") + asked.body


def heard(server: Server, said: bytes) -> bytes:
    """Say something, and nothing more; give all that the server says before it closes."""
    address = urlsplit(server.url)
    found = b""
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        try:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65_536):
                found += part
        except TimeoutError:
            raise
        except OSError:
            pass  # It has closed before it had read all, which it may.
    return found


def told_by(answer: bytes) -> Told:
    """Read an answer, after the interim one where there is one (RFC 9110, section 15.2)."""
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = re.fullmatch(r"HTTP/1\.[01] ([0-9]{3}) .*", first)
    assert status, answer[:200]
    pairs = (line.split(":", 1) for line in lines)
    return Told(int(status[1]), {name.lower(): value.strip() for name, value in pairs}, body)


def assert_is_told(problem: dict[str, object], told: Told) -> None:
    """Make sure of a problem; what never reached the application has no address, and ends it."""
    assert problem["status"] == told.status
    if "instance" not in problem:
        assert told.status in OWN
        assert problem["type"] == "about:blank"
        assert told.headers["connection"] == "close"
        assert int(told.headers["content-length"]) == len(told.body)


UNREAD = {
    b"GET\r\n\r\n": 400,
    b"GET / HTTP/9.9\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\nHost: x\r\n<b>: x\r\n\r\n": 400,
    b"GET /?" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n": 414,
    b"GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n": 417,
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9_000 + b"\r\n\r\n": 431,
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: tea\r\n\r\n": 501,
}


@pytest.mark.conforms("RFC 9110", "15.5.15", "a problem in the body of 414")
@pytest.mark.conforms(
    "RFC 9457", "4.2.1", "what cannot be read as HTTP is a problem of the type about:blank"
)
@pytest.mark.parametrize("said", UNREAD, ids=lambda said: repr(said[:30]))
def test_what_cannot_be_read_is_told_as_a_problem(said: bytes, listened: Server) -> None:
    told = told_by(heard(listened, said))
    assert (told.status, told.type) == (UNREAD[said], "application/problem+json")
    assert all(name.lower() in told.headers for name in OF_ALL)
    problem = json.loads(told.body)
    assert sorted(problem) == ["detail", "status", "title", "type"]
    assert_is_told(problem, told)


@pytest.mark.slow
@with_settings(max_examples=150)
@given(asked=requests(), version=st.sampled_from(VERSIONS), end=st.sampled_from(ENDS))
def test_whatever_is_said_does_no_harm(
    asked: Asked, version: str, end: str, listened: Server
) -> None:
    answer = heard(listened, spoken(asked, version, end))
    if answer:
        told = told_by(answer)
        assert_tells_nothing(told)
        assert all(name.lower() in told.headers for name in OF_ALL)
        if told.status >= 400:
            assert told.type in {"application/problem+json", "text/html"}
        if told.type == "application/problem+json" and told.body:
            assert_is_told(json.loads(told.body), told)
    assert listened.query("ASK {}").json["boolean"] is True
