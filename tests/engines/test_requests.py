"""Requests to another engine: credentials, connections, and literals that it would change."""

from __future__ import annotations

import base64
import io
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.problems import Problem
from registry.sparql.remote.dialects import as_answered, as_loaded
from registry.sparql.remote.http import Connection, Refused
from registry.sparql.remote.servers import Place, Server
from tests.engines.little import JSON, Handler, Little, serving

YES = b'{"head":{},"boolean":true}'
NONCES = ("first", "second")
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
BOOLEAN = "http://www.w3.org/2001/XMLSchema#boolean"


@pytest.fixture
def little() -> Iterator[Little]:
    with serving("a") as server:
        yield server


def server_of(little: Little, **credentials: str) -> Server:
    return Server((Place(f"{little.url}/a/query"),), **credentials)  # type: ignore[arg-type]


def asked(server: Server, times: int = 1) -> list[int]:
    """Ask several times over one connection; give the statuses."""
    connection = Connection(server, 5)
    pairs = [("query", "ASK {}")]
    try:
        return [connection.query(server.places[0], pairs, JSON).status for _ in range(times)]
    finally:
        connection.close()


def test_no_credentials_are_sent_unasked(little: Little) -> None:
    seen = []

    def open_to_all(handler: Handler, query: str) -> bool:
        seen.append(handler.headers["Authorization"])
        handler.send(200, JSON, YES)
        return True

    little.fault = open_to_all
    assert asked(server_of(little, user="dba", password="secret")) == [200]
    assert seen == [None]
    assert "secret" not in repr(server_of(little, user="dba", password="secret"))


def test_a_password_is_sent_when_it_is_asked_for(little: Little) -> None:
    right = "Basic " + base64.b64encode(b"dba:secret").decode()

    def basic(handler: Handler, query: str) -> bool:
        if handler.headers["Authorization"] == right:
            handler.send(200, JSON, YES)
        else:
            handler.send(401, WWW_Authenticate='Basic realm="SPARQL"')
        return True

    little.fault = basic
    assert asked(server_of(little, user="dba", password="secret"), 3) == [200] * 3
    with pytest.raises(Refused, match="401"):
        asked(server_of(little, user="dba", password="wrong"))


def test_a_password_is_not_sent_where_a_digest_is_asked_for(little: Little) -> None:
    """A nonce that has run out is answered with another, as RFC 7616 has it."""
    valid = [0]

    def digest(handler: Handler, query: str) -> bool:
        given = handler.headers["Authorization"] or ""
        fields = dict(re.findall(r'(\w+)="?([^",]+)"?', given))
        nonce = NONCES[valid[0]]
        if fields.get("nonce") == nonce and fields["response"] == _response(handler, fields):
            handler.send(200, JSON, YES)
        else:
            challenge = f'Digest realm="SPARQL", nonce="{nonce}", qop="auth", algorithm="MD5"'
            handler.send(401, WWW_Authenticate=challenge)
        return True

    little.fault = digest
    server = server_of(little, user="dba", password="secret")
    connection = Connection(server, 5)
    for at in (0, 0, 1, 1):
        valid[0] = at
        response = connection.query(server.places[0], [("query", "ASK {}")], JSON)
        assert response.read() == YES
    with pytest.raises(Refused, match="401"):
        asked(replace(server, password="wrong"))


def _response(handler: Handler, fields: dict[str, str]) -> str:
    """Compute what RFC 7616, section 3.4.1, asks for."""
    hashed = urllib.request.AbstractDigestAuthHandler().get_algorithm_impls("MD5")[0]
    whose = hashed(f"dba:{fields['realm']}:secret")
    what = hashed(f"{handler.command}:{handler.path}")
    parts = (fields["nonce"], fields["nc"], fields["cnonce"], "auth", what)
    return str(hashed(":".join((whose, *parts))))


def test_a_token_is_sent_at_once(little: Little) -> None:
    def bearer(handler: Handler, query: str) -> bool:
        is_right = handler.headers["Authorization"] == "Bearer abc"
        handler.send(200 if is_right else 403, JSON, YES)
        return True

    little.fault = bearer
    assert asked(server_of(little, token="abc")) == [200]
    with pytest.raises(Refused, match="403"):
        asked(server_of(little))


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(little: Little) -> None:
    def closing(handler: Handler, query: str) -> bool:
        handler.close_connection = True
        handler.send(200, JSON, YES)
        return True

    little.fault = closing
    assert asked(server_of(little), 5) == [200] * 5


def test_a_server_may_take_long_over_what_is_sent(little: Little) -> None:
    """Connecting has a short limit of its own, which does not hold for a part of a graph."""
    part = b"<urn:a> <urn:b> <urn:c> .\n" * 400_000

    def load(connect: float) -> int:
        connection = Connection(server_of(little), 10, connect)
        headers = {"Content-Type": "application/n-triples"}
        return connection.send("PUT", f"{little.url}/a/data?graph=urn:g", part, headers).status

    answer = Handler.do_PUT

    def slowly(handler: Handler) -> None:
        sleep(0.5)
        answer(handler)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Handler, "do_PUT", slowly)
        assert load(10) == 204
        with pytest.raises(Problem, match="does not answer"):
            load(0.1)


def test_nobody_there_is_told() -> None:
    server = Server((Place("http://127.0.0.1:9/query"),))
    with pytest.raises(Problem, match="does not answer") as caught:
        asked(server)
    assert caught.value.name == "engine-unreachable"


def test_what_virtuoso_would_round_is_loaded_under_another_datatype() -> None:
    line = f'<urn:a> <urn:b> "POINT(1.5 2)"^^<{WKT}> .\n<urn:a> <urn:c> <{WKT}> .\n'.encode()
    (loaded,) = as_loaded("virtuoso", [line])
    assert loaded.splitlines()[0] == (
        b'<urn:a> <urn:b> "POINT(1.5 2)"^^<urn:citylinks:datatype:wktLiteral> .'
    )
    assert loaded.splitlines()[1:] == line.splitlines()[1:]
    assert as_answered("virtuoso", io.BytesIO(loaded)).read() == line
    assert list(as_loaded("", [line])) == [line]


@given(st.lists(st.sampled_from(["1", "0", "true", "x"]), max_size=30), st.integers(1, 200))
def test_an_answer_is_put_right_however_it_is_read(values: list[str], size: int) -> None:
    def written(put: dict[str, str]) -> bytes:
        cells = [
            f'{{ "datatype": "{BOOLEAN}", "value": "{put.get(value, value)}" }}' for value in values
        ]
        return ",\n".join(cells).encode()

    source = as_answered("virtuoso", io.BytesIO(written({})))
    found = b"".join(iter(lambda: source.read(size), b""))
    assert found == written({"1": "true", "0": "false"})
