"""What nginx takes upon itself: slow clients, too much, forged headers, refusals as problems."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.parse import quote, urlsplit

import pytest

from benchmarks.nginx import SHIPPED, Nginx, Variant, rendered
from benchmarks.servers import HOST
from registry import terms
from registry.problems import KINDS
from registry.publishing.transaction import keep
from registry.releases.workspace import Workspace
from tests.deploy.behind import Behind, behind
from tests.processes import until
from tests.web.listening import Stream
from tests.web.served import PATIENCE, Reply, Server

LONG = f"/sparql?query={quote('SELECT * { ?s ?p ?o }')}"


def connected(site: Behind) -> socket.socket:
    """Open a connection to nginx."""
    address = urlsplit(site.front.url)
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def spoken(site: Behind, said: bytes) -> Reply:
    """Send a request byte for byte; give the answer."""
    with connected(site) as client:
        client.sendall(said)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        return Reply(answer.status, answer.headers, answer.read())


# Refusals

PHRASES = {
    400: "Bad Request",
    405: "Method Not Allowed",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}
"""Titles of what HTTP itself explains (RFC 9110, section 15; RFC 6585)."""


def assert_problem(reply: Reply, status: int, name: str = "") -> None:
    """Check that nginx refused with a problem (RFC 9457) of this status and name."""
    assert reply.status == reply.json["status"] == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Retry-After"] == (str(reply.json.get("retryAfter", "")) or None)
    assert set(reply.json) - {"retryAfter"} == {"type", "title", "status", "detail", "instance"}
    assert reply.json["type"] == (terms.PROBLEM + name if name else "about:blank")
    assert reply.json["title"] == (KINDS[name].title if name else PHRASES[status])


@pytest.mark.parametrize(
    ("said", "status", "name"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400, ""),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, ""),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: %b\r\n\r\n" % (b"y" * 9_000), 431, ""),
        (b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"y" * 9_000), 414, ""),
        (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405, ""),
        (
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 7000000\r\n\r\n",
            413,
            "query-too-large",
        ),
        (
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n700000\r\nx",
            413,
            "query-too-large",
        ),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404, "not-found"),
    ],
    ids=lambda value: value[:30].decode() if isinstance(value, bytes) else str(value),
)
def test_what_nginx_refuses_is_a_problem_and_does_not_reach_the_server(
    said: bytes, status: int, name: str, site: Behind
) -> None:
    before = len(site.tap.requests)
    assert_problem(spoken(site, said), status, name)
    assert len(site.tap.requests) == before


@pytest.mark.parametrize(
    ("asked", "instance"),
    [
        ("/metrics", "/metrics"),
        ("/metrics/a(b)?c", "/metrics/a(b)"),
        ('/metrics/"', "/"),
        ("/metrics/\\u0022", "/"),
    ],
)
def test_a_problem_is_json_whatever_was_asked_for(asked: str, instance: str, site: Behind) -> None:
    reply = spoken(site, f"GET {asked} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert reply.json["instance"] == instance


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6Detrics", "/x/../metrics", "/metrics?a=b"]
)
def test_metrics_are_not_for_the_public(path: str, site: Behind) -> None:
    before = len(site.tap.requests)
    assert site.front.ask(path).status == 404
    assert len(site.tap.requests) == before


def test_what_the_server_refuses_is_passed_on_as_it_is(site: Behind) -> None:
    for path in ("/sparql?query=SELECT", "/unknown", "/sparql?query=ASK%7B%7D&format=csv"):
        reply, direct = site.front.ask(path), site.server.ask(path)
        assert (reply.status, reply.type, reply.body) == (direct.status, direct.type, direct.body)


def test_addresses_are_as_long_as_the_server_takes_them(site: Behind) -> None:
    """The longest that one takes is the longest that the other takes."""
    for length, status in ((8_177, 200), (8_178, 414)):
        path = "/sparql?query=ASK%7B%7D%23".ljust(length, "a")
        assert site.server.ask(path).status == site.front.ask(path).status == status


def test_bodies_are_as_long_as_the_server_takes_them(site: Behind) -> None:
    """The server tells of its own limits itself."""
    query = "ASK {} #".ljust(1_000_000, "a")
    assert site.front.post(query).json["boolean"] is True
    over = site.front.post("#" * 5_000_000)
    assert (over.status, over.json["instance"]) == (413, "/sparql")
    assert over.json["detail"] == site.server.post("#" * 5_000_000).json["detail"]


# Limits of one address


@pytest.fixture
def narrow(workspace: Workspace, server: Server, tmp_path: Path) -> Iterator[Behind]:
    """Give nginx with limits that a test can reach, which takes clients by their word."""
    pieces = {
        "citylinks_requests 32;": "citylinks_requests 2;",
        "rate=500r/s": "rate=1r/m",
        "burst=500 delay=250": "burst=8 delay=8",
        "proxy_read_timeout    90s": "proxy_read_timeout 1s",
    }
    around = f"set_real_ip_from {HOST}; real_ip_header X-Client;"
    with behind(workspace.home, server, tmp_path / "nginx", Variant(pieces, around=around)) as site:
        yield site


def test_who_has_too_much_under_way_is_refused(narrow: Behind) -> None:
    """One address is; another is not. Of IPv6 a /64 counts as one."""
    going = Event()
    narrow.tap.meanwhile = lambda: going.wait(PATIENCE)
    with ThreadPoolExecutor(4) as threads:

        def ask(client: str) -> Reply:
            return narrow.front.ask("/health", X_Client=client)

        clients = ("203.0.113.7", "203.0.113.7", "2001:db8::1", "2001:db8::2")
        waiting = [threads.submit(ask, client) for client in clients]
        assert until(lambda: len(narrow.tap.requests) == 4)
        for refused in ("203.0.113.7", "2001:db8::3"):
            assert_problem(ask(refused), 429, "rate")
        others = [threads.submit(ask, client) for client in ("203.0.113.8", "2001:db8:0:1::1")]
        assert not any(reply.done() for reply in waiting)
        going.set()
        assert {reply.result().status for reply in waiting + others} <= {200, 504}


def test_who_asks_too_often_is_refused(narrow: Behind) -> None:
    replies = [narrow.front.ask("/health", X_Client="203.0.113.9") for _ in range(12)]
    assert [reply.status for reply in replies] == [200] * 9 + [429] * 3
    assert_problem(replies[-1], 429, "rate")
    assert narrow.front.ask("/health", X_Client="203.0.113.10").status == 200


def test_a_server_that_is_silent_is_told(narrow: Behind) -> None:
    narrow.tap.meanwhile = lambda: time.sleep(2)
    assert_problem(narrow.front.ask("/health"), 504)


def test_a_server_that_is_away_is_told(
    workspace: Workspace, server: Server, tmp_path: Path
) -> None:
    with Nginx(workspace.home, ("127.0.0.1", 1), tmp_path / "nginx") as nginx:
        assert_problem(Server(nginx.url, server.process, 0).ask("/"), 502)


# Slow clients


@pytest.mark.parametrize(
    "said",
    [
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n"
        b"Content-Type: application/sparql-query\r\n\r\nASK {}",
    ],
)
def test_a_request_reaches_the_server_when_it_is_whole(said: bytes, site: Behind) -> None:
    before = len(site.tap.requests)
    with connected(site) as client:
        for at in range(0, len(said) - 1, 20):
            client.sendall(said[at : min(at + 20, len(said) - 1)])
            time.sleep(0.01)
        assert len(site.tap.requests) == before
        client.sendall(said[-1:])
        assert client.recv(12).endswith(b"200")
    assert len(site.tap.requests) == before + 1


def test_a_client_that_reads_slowly_does_not_hold_the_server(site: Behind) -> None:
    whole = len(site.server.ask(LONG).body)
    assert whole > 1_000_000
    before = site.tap.passed
    with connected(site) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(f"GET {LONG}%23slow HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert client.recv(1)
        assert until(lambda: site.tap.passed - before > whole)


# Forwarded headers

FORGED = {
    "X_Forwarded_For": "203.0.113.1",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Port": "666",
    "X_Forwarded_Prefix": "/evil",
    "X_Forwarded_Proto": "https",
    "Forwarded": "for=203.0.113.1;host=evil.example;proto=https",
}


def test_no_client_says_where_it_comes_from_or_whom_it_asks(site: Behind) -> None:
    """The server believes these headers, so nginx sends its own."""
    believed = site.server.ask("/sparql", **FORGED).text
    assert "<https://evil.example:666/evil/sparql>" in believed
    described = site.front.ask("/sparql", **FORGED).text
    assert f"<{site.front.url}/sparql>" in described
    assert "evil" not in described


# Compression


@pytest.mark.parametrize("path", ["/", "/doc/city/perm-511196.ttl", "/static/style.css", LONG])
def test_nginx_leaves_bytes_and_tags_as_they_are(path: str, site: Behind) -> None:
    """Debian's own file switches compression on, which would weaken the tags of pages."""
    for encoding in ("gzip", "identity"):
        for _ in range(3):
            reply = site.front.ask(path, Accept_Encoding=encoding)
            direct = site.direct(path, Accept_Encoding=encoding)
            assert reply.body == direct.body
            assert reply.headers["ETag"] == direct.headers["ETag"]
            assert reply.headers["Content-Encoding"] == direct.headers["Content-Encoding"]


# Logs


def test_logs_do_not_hold_queries(narrow: Behind) -> None:
    """Nor do they where a request fails or is refused, or a page of ours was the referrer."""
    narrow.tap.meanwhile = lambda: time.sleep(2)
    path = f"/sparql?query={quote('ASK {} # secret')}"
    narrow.front.ask(path, Referer=f"{narrow.front.url}{path}")
    narrow.tap.meanwhile = lambda: None
    for _ in range(12):
        narrow.front.ask(path, Referer=f"{narrow.front.url}{path}")
    narrow.nginx.stop()
    logged = narrow.nginx.access_log.read_text()
    assert logged.count('"GET /sparql" 504 ') == 1
    assert logged.count('"GET /sparql" 429 ') == 4
    for text in (logged, narrow.nginx.error_log.read_text()):
        assert "secret" not in text
        assert "%20" not in text


# Restarts


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_that_meets_a_closed_connection_is_sent_again(method: str, site: Behind) -> None:
    """On one connection of a client, so that nginx has one to the server that it uses again."""
    connection = http.client.HTTPConnection(*site.nginx.address, timeout=PATIENCE)
    before, headers = len(site.tap.requests), {"Content-Type": "application/sparql-query"}
    for site.tap.hung_up in (0, 1):
        body, path = ("ASK {}", "") if method == "POST" else (None, "?query=ASK%7B%7D%23again")
        connection.request(method, f"/sparql{path}", body, headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["boolean"]) == (200, True)
    connection.close()
    assert len(site.tap.requests) - before == 3


@pytest.mark.slow
def test_a_reload_of_the_server_loses_no_request(own_site: Behind) -> None:
    """Queries, by POST too, while the processes of the server are replaced."""
    stop = Event()

    def ask(number: int) -> list[int]:
        seen: list[int] = []
        while not stop.is_set():
            text = f"ASK {{}} # {number} {len(seen)}"
            reply = own_site.front.query(text) if number % 2 else own_site.front.post(text)
            seen.append(reply.status)
        return seen

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask, number) for number in range(4)]
        for _ in range(2):
            time.sleep(1)
            os.kill(own_site.server.process.pid, signal.SIGHUP)
        time.sleep(2)
        stop.set()
        answered = [status for thread in asking for status in thread.result()]
    assert len(answered) > 20
    assert set(answered) == {200}


@pytest.mark.slow
def test_news_of_releases_are_passed_on_as_they_come(own_site: Behind, own: Workspace) -> None:
    stream = Stream(own_site.front)
    assert stream.events(1)[0]["id"] == own.current()
    keep(own, "told")
    assert stream.events(1)[0]["name"] == "told"
    stream.close()


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    named = ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *named], check=True, capture_output=True)
    return certificate, key


def test_the_variant_with_tls(
    workspace: Workspace, server: Server, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    trusting.check_hostname = False
    with behind(workspace.home, server, tmp_path / "nginx", Variant(tls=certificate)) as site:
        for _ in range(4):
            connection = http.client.HTTPSConnection(*site.nginx.address, context=trusting)
            connection.request("GET", "/sparql")
            answer = connection.getresponse()
            assert f"<{site.front.url}/sparql>" in answer.read().decode()
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            connection.close()
        plain = Server(f"http://{HOST}:{site.nginx.plain_port}", server.process, 0).ask("/a?b=%20")
        assert (plain.status, plain.headers["Location"]) == (301, f"https://{HOST}/a?b=%20")
        assert answer.headers["Cache-Status"] == "nginx; hit"


# Rendering


def test_a_piece_that_is_not_in_the_shipped_file_is_told() -> None:
    with pytest.raises(ValueError, match="no 'listen 81;'"):
        rendered(SHIPPED.read_text(), {"listen 81;": "listen 82;"})


def test_the_problems_of_nginx_have_the_titles_of_ours() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    for name in ("not-found", "query-too-large", "rate"):
        kind = KINDS[name]
        assert f"{kind.status}     {terms.PROBLEM}{name};" in text
        assert f"{kind.status}     {json.dumps(kind.title)}".replace('"', "'") in text
