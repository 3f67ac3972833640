"""The server as a process: it starts, answers, meets its limits, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.version import __version__
from tests.processes import descendants, gone, name, until
from tests.tables import every_row
from tests.web.served import PATIENCE, Reply, Server, serving

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
DOUBLING = "SELECT ?x30 { BIND('0123456789' AS ?x0) "
DOUBLING += "".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(30)) + "}"


def test_health(server: Server, release: Release) -> None:
    reply = server.ask("/health")
    assert reply.json == {
        "status": "ok",
        "release": release.version,
        "asOf": release.manifest.as_of,
        "triples": sum(entry.triples for entry in release.manifest.all_graphs()),
        "software": __version__,
    }


def run_folder(processes: set[int]) -> Path:
    """Find the folder that is there for the time of a run, from the process that forks."""
    (server,) = [pid for pid in processes if name(pid) == "citylinks-forks"]
    address = Path(f"/proc/{server}/cmdline").read_bytes().split(b"\0")[3]
    return Path(address.decode()).parent


@pytest.mark.slow
@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_stopped_leaves_nothing_behind(
    ended_by: signal.Signals, workspace: Workspace
) -> None:
    with serving({"home": str(workspace.home), "workers": "2", "processes": "2"}) as server:
        assert server.query("ASK {}").json["boolean"] is True
        started = descendants(server.process.pid)
        assert len(started) >= 2 + 1 + 2 * 2, "two that serve, one that forks, two each to evaluate"
        folder = run_folder(started)
        assert folder.is_dir()
        server.process.send_signal(ended_by)
        assert server.process.wait(PATIENCE) == 0
        assert gone(started)
        assert not folder.exists()
        assert server.process.stderr
        assert server.process.stderr.read() == ""


@pytest.mark.slow
def test_an_interrupt_at_the_terminal_is_quiet(workspace: Workspace) -> None:
    """Ctrl-C reaches every process of the group, the evaluating ones too."""
    with serving({"home": str(workspace.home), "workers": "1", "processes": "1"}) as server:
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
        assert server.process.stderr
        assert server.process.stderr.read() == ""


@pytest.mark.slow
def test_a_server_that_is_killed_leaves_nothing_behind(workspace: Workspace) -> None:
    """Nobody tells the evaluating processes; their pipes are closed, and their alarm is set."""
    limits = {"workers": "2", "query_seconds": "3"}
    with (
        serving({"home": str(workspace.home), **limits}) as server,
        ThreadPoolExecutor(1) as threads,
    ):
        running = threads.submit(server.query, CROSS)
        assert until(lambda: "\ncitylinks_queries_running 1" in server.ask("/metrics").text)
        started = descendants(server.process.pid)
        os.kill(server.process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):  # It may be gone by now, as it should.
            os.kill(min(started), signal.SIGKILL)
        assert gone(started)
        assert running.exception()


@pytest.mark.slow
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.7",
    "a query over a limit is 4xx or 5xx, never part of an answer in a 200",
)
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "4", "time, memory, answer, text and depth of a query are limited"
)
@pytest.mark.conforms("RFC 9110", "10.2.3", "503 says with Retry-After when to come again")
def test_every_limit_is_met_over_http(workspace: Workspace) -> None:
    limits = {
        "query_seconds": "5",
        "young_seconds": "9",
        "query_memory": "90 MB",
        "answer_bytes": "20 kB",
        "page_bytes": "2 kB",
        "query_bytes": "3000",
        "query_depth": "10",
        "merge_triples": "5",
        "workers": "1",
        "processes": "1",
        "queue": "0",
        "trusted_proxies": "1",
    }
    graphs = f"FROM <{terms.CITIES_GRAPH}> FROM <{terms.SETTINGS_GRAPH}>"
    everything = "SELECT * { ?s ?p ?o }"
    refused = {
        CROSS: (504, "query-timeout"),
        DOUBLING: (422, "query-memory"),
        everything: (422, "answer-too-large"),
        "#" * 3_001: (413, "query-too-large"),
        "ASK" + "{" * 11: (400, "query-too-deep"),
        f"SELECT ?s {graphs} {{ ?s !^<x:p> ?o }}": (422, "query-memory"),
    }
    with serving({"home": str(workspace.home), **limits}) as server:
        for text, (status, name) in refused.items():
            reply = server.post(text)
            assert (reply.status, reply.json["type"].rpartition("/")[2]) == (status, name)
            assert server.query("ASK {}").json["boolean"] is True
        short = f"{everything} LIMIT 60"
        assert server.query(short).status == 200
        long = "SELECT (CONCAT('a', STR(?s), '%s') AS ?a) { ?s ?p ?o } LIMIT 1000" % ("a" * 2_000)
        for page in (
            server.query(long, Accept="text/html"),
            server.query(short, Accept="text/html"),
        ):
            assert page.status == 422
        with ThreadPoolExecutor(2) as threads:
            running = [
                threads.submit(server.query, CROSS, X_Forwarded_For=client) for client in "ab"
            ]
            time.sleep(0.15)
            for client, status, name in (("a", 429, "rate"), ("c", 503, "busy")):
                busy = server.query("ASK { }", X_Forwarded_For=client)
                assert (busy.status, busy.headers["Retry-After"]) == (status, "2")
                assert busy.json["type"].endswith(f"/{name}")
            assert [query.result().status for query in running] == [504, 504]
        assert server.query("ASK {}").json["boolean"] is True


def rows(reply: Reply) -> Counter[str]:
    """Give the rows of an answer, which come in no order."""
    return Counter(json.dumps(row, sort_keys=True) for row in reply.json["results"]["bindings"])


@pytest.mark.slow
def test_a_publish_is_seen_at_once(own: Workspace, settings: Settings) -> None:
    """A running server shows the release that is current, without a restart."""
    given, before = replace(settings, home=own.home), own.current()
    asked = f"SELECT * {{ GRAPH ?g {{ ?s <{terms.prefixed('cl:asOf')}> ?date }} }}"
    with serving({"home": str(own.home), "workers": "1", "processes": "2"}) as server:
        first = server.query(asked)
        assert first.headers["Citylinks-Release"] == before
        after = publish(own, given, Change(as_of="2030-01-01")).version
        second = server.query(asked)
        assert second.headers["Citylinks-Release"] == after != before
        assert second.headers["ETag"] != first.headers["ETag"]
        assert server.ask("/health").json["release"] == after
        assert server.ask("/dumps/latest/").headers["Location"] == f"/dumps/{after}/"
        old = server.query(asked, f"&release={before}")
        assert rows(old) == rows(first), "in whatever order: one is read from disk"
        assert rows(old) != rows(second)


SPOKEN = [
    b"",
    b"\x00\x01\x02\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5_000,
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nASK",
]


@every_row("said", SPOKEN, ids=lambda said: repr(said[:20]))
def test_a_client_that_speaks_badly_does_no_harm(said: bytes, server: Server) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        client.sendall(said)
    assert server.query("ASK {}").json["boolean"] is True


@pytest.mark.conforms("RFC 9112", "7.1", "a body may come in chunks, up to the limit")
@pytest.mark.conforms("RFC 9110", "15.5.14", "a body over the limit is 413")
def test_a_body_may_come_in_chunks(server: Server) -> None:
    """Without a Content-Length (RFC 9112, section 7.1), and no longer than the limit."""
    address = urlsplit(server.url)
    start = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    )
    start += b"Content-Type: application/sparql-query\r\n\r\n"
    for body, status in ((b"ASK {}", b"200"), (b"#" * 4_000_001, b"413")):
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
            client.sendall(start + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
            assert client.recv(12).endswith(status)
