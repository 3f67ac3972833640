"""Long answers over HTTP: sent as they are written, and never taken for whole when they are not."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, SPARQLWrapper

from registry.releases.workspace import Workspace
from registry.sparql.output import WHOLE
from registry.sparql.worker import NAME
from tests.processes import descendants
from tests.web.served import Server, serving

LIMIT = 12 * 2**20
ROWS = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT "
LONG = ROWS + "20000"
TOO_LONG = ROWS + "5000000"
CODINGS = ["", "gzip", "zstd"]
PATH = f"/sparql?query={quote(LONG)}&format="


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[Server]:
    limits = {"answer_bytes": str(LIMIT), "processes": "1", "workers": "1"}
    with serving({"home": str(workspace.home), **limits}) as running:
        yield running


@pytest.fixture(scope="module")
def whole(server: Server) -> bytes:
    """The long answer as CSV."""
    return server.ask(PATH + "csv").body


def test_a_long_answer_is_whole(server: Server, whole: bytes) -> None:
    assert WHOLE < len(whole) < LIMIT
    assert whole.count(b"\r\n") >= 20_001
    reply = server.ask(PATH + "csv")
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert reply.headers["ETag"]
    assert reply.body.endswith(b"\r\n")


def test_it_is_compressed_as_it_comes(server: Server) -> None:
    reply = server.ask(PATH + "csv", Accept_Encoding="gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(reply.body).count(b"\r\n") >= 20_001


def test_it_ends_with_its_hash(server: Server) -> None:
    with _connected(server) as connection:
        connection.sendall(_request(PATH + "csv", "HTTP/1.1"))
        received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"\r\nTrailer: Content-Digest" in head
    content, after = _unchunked(body)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert after == f"Content-Digest: sha-256=:{digest}:\r\n\r\n".encode()


def test_a_client_without_chunks_is_told_its_length(server: Server) -> None:
    with _connected(server) as connection:
        connection.sendall(_request(PATH + "csv", "HTTP/1.0"))
        received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"\r\nContent-Length: {len(body)}".encode() in head
    assert body.count(b"\r\n") >= 20_001


def test_a_client_without_chunks_is_told_the_problem(server: Server) -> None:
    with _connected(server) as connection:
        connection.sendall(_request(f"/sparql?query={quote(TOO_LONG)}", "HTTP/1.0"))
        received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert b" 422 " in received.partition(b"\r\n")[0]
    assert b"answer-too-large" in received


@pytest.mark.parametrize(
    ("form", "coding"),
    [
        ("csv", ""),
        ("json", "gzip"),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in product(["xml", "tsv"], CODINGS)),
    ],
)
def test_what_breaks_off_is_not_taken_for_whole(form: str, coding: str, server: Server) -> None:
    codings = {"Accept_Encoding": coding} if coding else {}
    with pytest.raises(http.client.IncompleteRead):
        server.ask(f"/sparql?query={quote(TOO_LONG)}&format={form}", **codings)
    assert server.query("ASK {}").json["boolean"] is True


def test_other_clients_see_it_as_well(server: Server) -> None:
    wrapper = SPARQLWrapper(server.url + "/sparql")
    wrapper.setQuery(TOO_LONG)
    wrapper.setReturnFormat(JSON)
    with pytest.raises(http.client.IncompleteRead):
        wrapper.query().convert()
    with pytest.raises(http.client.IncompleteRead):
        SPARQLStore(server.url + "/sparql").query(TOO_LONG)
    if curl := shutil.which("curl"):
        address = f"{server.url}/sparql?query={quote(TOO_LONG)}"
        done = subprocess.run([curl, "-s", "-o", os.devnull, address], check=False)
        assert done.returncode == 18, "the transfer closed with outstanding read data remaining"


@pytest.mark.slow
def test_the_command_line_says_that_it_broke_off(workspace: Workspace, tmp_path: Path) -> None:
    query = tmp_path / "long.rq"
    query.write_text(TOO_LONG)
    settings = {"CITYLINKS_HOME": str(workspace.home), "CITYLINKS_ANSWER_BYTES": str(LIMIT)}
    command = [sys.executable, "-m", "registry.cli", "query", str(query), "--format", "csv"]
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"longer than" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_killed_worker_breaks_its_answer_off(server: Server) -> None:
    host = urlsplit(server.url).netloc
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("GET", f"/sparql?query={quote(TOO_LONG)}")
    answer = connection.getresponse()
    answer.read(1000)
    for pid in descendants(server.process.pid, named=NAME):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_a_slow_reader_holds_no_worker(server: Server) -> None:
    """The only worker takes another query while an answer waits for its reader."""
    with _connected(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(_request(PATH + "json", "HTTP/1.1"))
        assert connection.recv(100)
        for _ in range(3):
            assert server.query("ASK { ?s ?p ?o }").status == 200
            time.sleep(0.1)


@pytest.mark.slow
def test_asking_for_the_headers_alone_leaves_nothing_behind(server: Server) -> None:
    reply = server.ask(PATH + "csv", "HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert server.query("ASK {}").status == 200


@pytest.mark.slow
def test_its_file_is_gone(server: Server, workspace: Workspace, whole: bytes) -> None:
    assert list((workspace.home / "spool").iterdir()) == []


def _connected(server: Server) -> socket.socket:
    host, port = urlsplit(server.url).netloc.split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def _request(path: str, protocol: str) -> bytes:
    lines = [f"GET {path} {protocol}", "Host: here", "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


def _unchunked(body: bytes) -> tuple[bytes, bytes]:
    """Return the content of a body in chunks, and what follows the last of them."""
    content = bytearray()
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return bytes(content), body
        content += body[:length]
        body = body[length + 2 :]
