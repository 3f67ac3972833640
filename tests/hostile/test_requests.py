"""Every hostile request gets its answers and no other, and the server goes on answering."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import quote, urlsplit

import pytest

from benchmarks.family import holding, members
from registry.releases.workspace import Workspace
from tests.hostile.requests import CLOSE, END, GET, POST, Exchange, exchanges, hold
from tests.processes import until
from tests.web.served import Server, serving

FEW = {"workers": "1", "queue": "1", "processes": "1"}
MANY = 25
"""More than the threads of a server with so few workers and so short a queue."""

SOON = 3.0
"""Seconds in which a simple query is answered while others hold on to the server."""

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000"


def address(server: Server) -> tuple[str, int]:
    parts = urlsplit(server.url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def held(server: Server, exchange: Exchange) -> tuple[tuple[int, ...], bool]:
    """Give the statuses, and whether a simple query is answered then."""
    statuses = hold(exchange, address(server))
    return statuses, server.query("ASK {}").json["boolean"] is True


def test_every_exchange_goes_as_is_written(small: Server) -> None:
    said = exchanges()
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(held, [small] * len(said), said))
    statuses = {e.name: got for e, (got, _) in zip(said, found, strict=True)}
    assert statuses == {exchange.name: exchange.statuses for exchange in said}
    assert all(right for _, right in found)


def test_a_client_that_ends_its_body_too_early_gets_an_error_or_nothing(small: Server) -> None:
    cut = Exchange("cut", (POST + b"Content-Length: 9\r\n\r\nASK", END), ())
    assert hold(cut, address(small)) in {(400,), (499,), ()}
    assert answered_soon(small)


def test_no_exchange_is_named_twice() -> None:
    names = [exchange.name for exchange in exchanges()]
    assert len(names) == len(set(names))


@contextmanager
def clients(server: Server, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    """Connect many clients that say the same and read nothing, with small buffers."""
    with ExitStack() as stack:
        connected = []
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(address(server))
            client.sendall(said)
            connected.append(client)
        yield connected


def answered_soon(server: Server) -> bool:
    """Tell whether a simple query is answered soon."""
    with socket.create_connection(address(server), timeout=SOON) as client:
        client.sendall(GET + CLOSE)
        try:
            return client.recv(15) == b"HTTP/1.1 200 OK"
        except TimeoutError:
            return False


SLOW = {
    "half a head": GET,
    "half a body": POST + b"Content-Length: 100\r\n\r\nASK",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n64\r\nASK",
    "a long answer that is not read": b"GET /sparql?query=%b HTTP/1.1\r\nHost: x\r\n"
    b"Accept: text/csv\r\n\r\n" % quote(LONG).encode(),
}


@pytest.fixture(scope="module")
def strict(workspace: Workspace) -> Iterator[Server]:
    """Give a server of few threads that waits for nobody."""
    limits = FEW | {"client_seconds": "1", "query_seconds": "1", "answer_bytes": "100 kB"}
    with serving({"home": str(workspace.home), **limits}) as running:
        yield running


@pytest.mark.parametrize("said", SLOW.values(), ids=SLOW.keys())
def test_slow_clients_hold_the_server_for_a_while_at_most(said: bytes, strict: Server) -> None:
    """A thread waits for each, until they are cut off."""
    with clients(strict, MANY, said):
        assert until(lambda: answered_soon(strict))


@pytest.mark.slow
def test_silent_clients_hold_the_server_for_seconds_at_most(workspace: Workspace) -> None:
    with serving({"home": str(workspace.home), **FEW}) as server:
        with clients(server, MANY, b""):
            assert server.query("ASK {}").json["boolean"] is True
        assert answered_soon(server)


@pytest.mark.slow
def test_a_client_that_leaves_stops_its_query(workspace: Workspace) -> None:
    limits = {"workers": "2", "query_seconds": "8", "queue": "2"}
    asked = b"GET /sparql?query=%b HTTP/1.1\r\nHost: x\r\n\r\n" % quote(CROSS).encode()
    with serving({"home": str(workspace.home), **limits}) as server:
        with clients(server, 2, asked):
            time.sleep(0.5)
        assert answered_soon(server)


@pytest.mark.slow
def test_clients_that_come_and_go_leave_nothing_behind(small: Server) -> None:
    leaving = b"GET /sparql?query=%b HTTP/1.1\r\nHost: x\r\n\r\n" % quote("ASK {}").encode()
    for _ in range(2):
        with clients(small, MANY, leaving):
            pass
    assert answered_soon(small)
    time.sleep(1)
    before = holding(members(small.process.pid))
    for _ in range(5):
        with clients(small, MANY, leaving):
            pass
    assert answered_soon(small)

    def is_as_before() -> bool:
        after = holding(members(small.process.pid))
        fewer = after.descriptors <= before.descriptors + 5
        return fewer and after.processes == before.processes

    assert until(is_as_before)
