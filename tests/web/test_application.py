"""What the settings of the application do: addresses, proxies, the cache."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.cache import Cache, Sized
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.tables import every_row
from tests.web.served import Server

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[MakeApp]:
    """Make applications with other settings; their processes end with the test."""
    made: list[Flask] = []

    def make(**others: Any) -> Flask:
        made.append(create_app(replace(settings, workers=1, **others), forks))
        return made[-1]

    assert workspace.current()
    yield make
    for app in made:
        app.extensions[NAME].engine.pool.close()


def endpoint(app: Flask, **headers: str) -> str:
    """Give the address that the service description names."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    text = app.test_client().get("/sparql?format=nt", headers=named).text
    (line,) = [line for line in text.splitlines() if "#endpoint>" in line]
    return line.split()[2].strip("<>")


FORWARDED = {"X_Forwarded_Host": "example.org", "X_Forwarded_Proto": "https"}


def test_addresses_are_those_of_the_request(make_app: MakeApp) -> None:
    app = make_app()
    assert endpoint(app) == "http://localhost/sparql"
    assert endpoint(app, Host="example.net:8000") == "http://example.net:8000/sparql"


def test_addresses_are_those_of_the_setting(make_app: MakeApp) -> None:
    for public_url in ("https://example.org/links", "https://example.org/links/"):
        assert endpoint(make_app(public_url=public_url)) == "https://example.org/links/sparql"


def test_a_proxy_is_believed_where_it_is_trusted(make_app: MakeApp) -> None:
    assert endpoint(make_app(), **FORWARDED) == "http://localhost/sparql"
    assert endpoint(make_app(trusted_proxies=1), **FORWARDED) == "https://example.org/sparql"
    two = {name: f"{value}, proxy.example.org" for name, value in FORWARDED.items()}
    two["X_Forwarded_Proto"] = "https, http"
    assert endpoint(make_app(trusted_proxies=2), **two) == "https://example.org/sparql"


def test_the_server_believes_nobody_either(server: Server) -> None:
    text = server.ask("/sparql?format=nt", **FORWARDED).text
    assert f"<{server.url}/sparql>" in text
    assert "example.org" not in text
    assert "https://127.0.0.1" not in text


def kept(app: Flask) -> Cache[Sized]:
    cache: Cache[Sized] = app.extensions[NAME].cache
    return cache


ADDRESSES = ["/", "/doc/city/perm-511196.ttl", "/ontology.html", "/sparql?query=SELECT*{?s ?p ?o}"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_answer_is_written_once(path: str, make_app: MakeApp) -> None:
    app = make_app()
    client = app.test_client()
    first, second = client.get(path), client.get(path)
    assert first.data == second.data
    assert dict(first.headers) == dict(second.headers)
    hits = kept(app).state.hits
    assert hits == 1
    client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert kept(app).state.hits == hits, "without a body none is looked for"
    other = client.get(path, headers={"Accept-Language": "it", "Accept": "*/*"})
    # In another language the start page is another, of the same two questions.
    again = {"/": 2, "/ontology.html": 0}.get(path, 1)
    assert kept(app).state.hits == hits + again
    assert other.status_code == 200


def test_only_what_is_asked_for_is_given_again(make_app: MakeApp) -> None:
    """Everything that an answer depends on stands in the name under which it is kept."""
    client = make_app(trusted_proxies=1).test_client()
    path, asked = "/sparql", {"query": "SELECT (1 AS ?n) {}"}
    plain = client.get(path, query_string=asked)
    assert client.get(path, query_string=asked).data == plain.data
    csv = client.get(path, query_string=asked, headers={"Accept": "text/csv"})
    assert csv.mimetype == "text/csv"
    short = client.get(path, query_string=asked, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(short.data) == plain.data
    assert client.get(path, headers={"Accept": "text/turtle"}).data != plain.data
    for _ in range(2):
        for host in ("a.example", "b.example"):
            headers = {"X-Forwarded-Host": host, "Accept": "text/turtle"}
            assert f"http://{host}/sparql" in client.get(path, headers=headers).text
    assert client.post(path, data=asked).data == plain.data
    assert client.head(path, query_string=asked).data == b""


ACCEPTED = {
    "gzip": "gzip",
    "br, gzip;q=0.1": "gzip",
    "*": "gzip",
    "deflate, GZIP": "gzip",
    "zstd;q=0.5, gzip": "gzip",
    "zstd;q=0, gzip": "gzip",
    "gzip, deflate, br, zstd": "zstd",
    "ZSTD": "zstd",
    "gzip;q=0.5, zstd;q=0.6": "zstd",
    "zstd, *;q=0": "zstd",
}


@pytest.fixture
def fresh(make_app: MakeApp) -> FlaskClient:
    """Give a client of an application that was asked nothing yet."""
    return make_app().test_client()


@every_row(("accepted", "coding"), ACCEPTED.items())
def test_an_answer_is_compressed_for_who_takes_it(
    accepted: str, coding: str, fresh: FlaskClient
) -> None:
    client = fresh
    for path in ADDRESSES:
        plain = client.get(path)
        short = client.get(path, headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in plain.headers
        assert short.headers["Content-Encoding"] == coding
        assert UNPACK[coding](short.data) == plain.data
        assert short.headers["ETag"] != plain.headers["ETag"]
        assert "Accept-Encoding" in short.headers["Vary"].split(", ")
        known = {"If-None-Match": short.headers["ETag"], "Accept-Encoding": accepted}
        assert client.get(path, headers=known).status_code == 304
        assert client.get(path, headers={"If-None-Match": short.headers["ETag"]}).data == plain.data


def unpacked(content: bytes) -> bytes:
    """Unpack zstd, also where its length is not stated."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(content)


UNPACK = {"gzip": gzip.decompress, "zstd": unpacked}


def test_each_coding_has_its_etag(make_app: MakeApp) -> None:
    client = make_app().test_client()
    tags = {
        client.get("/", headers={"Accept-Encoding": coding}).headers["ETag"]
        for coding in ("identity", "gzip", "zstd")
    }
    assert len(tags) == 3


@every_row(
    "refused", ["", "identity", "br", "gzip;q=0", "gzip;q=0, *", "identity, zstd;q=0.5", "zstd;q=0"]
)
def test_an_answer_is_not_compressed_for_who_does_not(refused: str, fresh: FlaskClient) -> None:
    response = fresh.get("/", headers={"Accept-Encoding": refused})
    assert "Content-Encoding" not in response.headers
    assert response.text.startswith("<!doctype html>")


def test_what_differs_each_time_is_not_kept(make_app: MakeApp) -> None:
    app = make_app()
    client = app.test_client()
    path = "/sparql?query=SELECT(UUID() AS ?x){}"
    assert client.get(path).data != client.get(path).data
    for refused in ("/unknown", "/sparql?query=SELECT", "/health", "/metrics"):
        client.get(refused)
    assert kept(app).state.entries == 0


def test_the_cache_has_a_limit(make_app: MakeApp) -> None:
    app = make_app(cache_bytes=100_000)
    client = app.test_client()
    for number in range(30):
        client.get(f"/doc/city/perm-511196.nt?{number}")
        client.get("/sparql", query_string={"query": f"SELECT * {{ ?s ?p ?o }} LIMIT {number}"})
        assert kept(app).state.size <= 100_000
    assert 0 < kept(app).state.entries < 62
    without = make_app(cache_bytes=0)
    assert without.test_client().get("/").data == app.test_client().get("/").data
    assert kept(without).state.entries == 0
