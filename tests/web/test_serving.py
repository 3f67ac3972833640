"""Many processes behind one port: reload, hang-ups, slow clients, figures and log."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from registry.releases.workspace import Workspace
from registry.sparql.worker import NAME
from registry.web.client_deadlines import BYTES_PER_SECOND, ClientDeadlines
from tests.processes import descendants, until
from tests.web.served import PATIENCE, Server, serving

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
HITS = 'citylinks_cache_total{found="hit"}'
EVERYTHING = "SELECT * { ?a ?b ?c . ?d <x:y>|!<x:y> ?e } LIMIT 60000"


TWO = {"processes": "2", "query_seconds": "20"}


@pytest.fixture(scope="module")
def two(workspace: Workspace) -> Iterator[Server]:
    """Give a server of two processes."""
    with serving({"home": str(workspace.home), **TWO}) as server:
        yield server


@pytest.fixture(scope="module")
def strict(workspace: Workspace) -> Iterator[Server]:
    """Give a server that waits for nobody."""
    limits = {"processes": "1", "client_seconds": "0.5", "query_seconds": "0.3"}
    with serving({"home": str(workspace.home), **limits}) as server:
        yield server


@pytest.fixture
def reloaded(workspace: Workspace) -> Iterator[Server]:
    """Give a server of two processes whose processes are replaced."""
    with serving({"home": str(workspace.home), **TWO}) as server:
        yield server


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as client:
        yield client


def request(text: str, parameters: str = "") -> bytes:
    return f"GET /sparql?query={quote(text)}{parameters} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def figures(server: Server) -> dict[str, float]:
    """Read the figures: name and labels, as they stand, with their value."""
    lines = [line for line in server.ask("/metrics").text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@contextmanager
def counted(server: Server) -> Iterator[Callable[[str], float]]:
    """Give a function that tells by how much a figure has grown since."""
    before = figures(server)
    yield lambda name: figures(server).get(name, 0) - before.get(name, 0)


@pytest.mark.slow
def test_a_reload_fails_no_request(reloaded: Server) -> None:
    """New processes take over while clients ask over connections that stay open."""
    before, stop, outcomes = reloaded.process.pid, threading.Event(), Counter[object]()

    def ask(number: int) -> None:
        host = urlsplit(reloaded.url).netloc
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        asked = 0
        while not stop.is_set():
            asked += 1
            connection.request("GET", f"/sparql?query=ASK%20%7B%7D%20%23{number}-{asked}")
            answer = connection.getresponse()
            outcomes[answer.status, json.loads(answer.read())["boolean"]] += 1
        connection.close()

    old = descendants(before)
    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(ask, number) for number in range(6)]
        for _ in range(2):
            time.sleep(1)
            reloaded.process.send_signal(signal.SIGHUP)
        assert until(lambda: len(old & descendants(before)) <= 2), "the old ones have gone"
        # However slow the machine is, the new ones answer for a while.
        since = outcomes.total()
        assert until(lambda: outcomes.total() > since + 50)
        stop.set()
        for future in running:
            future.result(PATIENCE)
    assert set(outcomes) == {(200, True)}


def test_who_hangs_up_stops_the_work(two: Server) -> None:
    two.query("ASK {}")
    with counted(two) as more:
        with connected(two) as client:
            client.sendall(request(CROSS))
            assert until(lambda: figures(two)["citylinks_queries_running"] == 1)
        assert until(lambda: figures(two)["citylinks_queries_running"] == 0)
        assert more('citylinks_queries_total{outcome="abandoned"}') == 1
        assert more('citylinks_processes_killed_total{cause="abandoned"}') == 1


@pytest.mark.slow
def test_who_reads_slowly_holds_no_place(workspace: Workspace) -> None:
    settings = {"home": str(workspace.home), "processes": "1", "workers": "1"}
    with serving(settings) as server:
        with ThreadPoolExecutor(1) as threads, connected(server) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(request(EVERYTHING, "&format=csv"))
            assert slow.recv(12) == b"HTTP/1.1 200"
            assert until(lambda: figures(server)["citylinks_queries_running"] == 0)
            assert threads.submit(server.query, "ASK {}").result(5).json["boolean"] is True
        assert server.query("ASK {} # again").json["boolean"] is True


@pytest.mark.parametrize(
    "said",
    [b"GET / HT", b"GET / HTTP/1.1\r\nX: ", b"POST /sparql HTTP/1.1\r\nContent-Length: 99\r\n\r\n"],
)
def test_who_sends_too_slowly_is_cut_off(said: bytes, strict: Server) -> None:
    """A byte now and then does not help."""
    with connected(strict) as client:
        client.sendall(said)
        assert until(lambda: not drips(client))
        assert strict.query("ASK {}").json["boolean"] is True


def drips(client: socket.socket) -> bool:
    """Send one more byte; tell whether the other side still listens."""
    try:
        client.sendall(b"x")
        client.setblocking(False)
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        client.setblocking(True)


def test_who_takes_an_answer_too_slowly_is_cut_off() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        deadlines = ClientDeadlines(0.1, 0.1)
        deadlines.start_send_timer(ours, 0)
        with ThreadPoolExecutor(1) as threads:
            sending = threads.submit(ours.sendall, bytes(10_000_000))
            assert until(deadlines.cut_late_clients)
            with pytest.raises(OSError, match="pipe"):
                sending.result(5)
        assert deadlines.cut_late_clients() == 0


def test_a_long_answer_has_more_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        deadlines = ClientDeadlines(0.1, 0.1)
        deadlines.start_send_timer(ours, 10 * BYTES_PER_SECOND)
        deadlines.start_read_timer(theirs)
        cut = [0]

        def some() -> int:
            cut.append(deadlines.cut_late_clients())
            return cut[-1]

        assert until(some)
        assert cut[-1] == 1
        deadlines.forget(ours)
        assert deadlines.cut_late_clients() == 0


def test_an_answer_that_comes_in_parts_has_time_for_all_of_them() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        deadlines = ClientDeadlines(0.1, 0.1)
        deadlines.start_send_timer(ours, BYTES_PER_SECOND * 60, time.monotonic() - 30)
        assert deadlines.cut_late_clients() == 0
        deadlines.start_send_timer(ours, BYTES_PER_SECOND * 30, time.monotonic() - 31)
        assert deadlines.cut_late_clients() == 1
        deadlines.start_send_timer(theirs, BYTES_PER_SECOND // 5, time.monotonic() - 1)
        assert deadlines.cut_late_clients() == 1


def test_a_query_that_kills_its_process_hurts_nobody(two: Server) -> None:
    two.query("ASK {} # by a process that is there")
    workers = descendants(two.process.pid, named=NAME)
    assert workers
    nested = f"ASK {{ ?s ?p ?o FILTER(?o<{'(' * 30_000}1{')' * 30_000}>1) }}"
    with counted(two) as more:
        for _ in range(3):
            assert two.post(nested).json["type"].endswith("/query-too-deep")
            assert two.query("ASK {}").json["boolean"] is True
        assert more('citylinks_processes_killed_total{cause="died"}') == 3


def test_figures_are_those_of_all_processes(two: Server) -> None:
    with counted(two) as more:
        for number in range(40):
            two.query(f"ASK {{}} # figure {number}")
        two.query("ASK {} # figure 1")
        two.ask("/nowhere")
        two.query("SELECT")
        assert more('citylinks_requests_total{route="/sparql",status="200"}') == 41
        assert more('citylinks_requests_total{route="/sparql",status="400"}') == 1
        assert more('citylinks_requests_total{route="",status="404"}') == 1
        answered = more('citylinks_queries_total{outcome="answered"}')
        assert answered + more(HITS) == 41
        assert more('citylinks_cache_total{found="miss"}') == answered
        assert more('citylinks_request_seconds_count{route="/sparql"}') == 42
    found = figures(two)
    assert found["citylinks_queries_running"] == found["citylinks_queries_waiting"] == 0
    assert found["citylinks_cache_bytes"] > 0
    assert two.ask("/metrics").type == "text/plain"


@pytest.mark.slow
def test_the_log_names_a_query_by_its_hash(workspace: Workspace) -> None:
    settings = {"home": str(workspace.home), "log": "all", "query_seconds": "2"}
    with serving(settings) as server:
        server.query("ASK {}")
        server.query(CROSS)
        server.process.terminate()
        _, err = server.process.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in err.splitlines()]
    told = {line["event"]: line for line in lines if "query" in line}
    assert told["answered"]["query"] == "819ea91ed5f12b38"
    assert told["answered"]["form"] == "ASK"
    assert told["answered"]["bytes"] > 0
    assert told["query-timeout"]["level"] == "warning"
    assert told["query-timeout"]["seconds"] >= 2
    assert re.fullmatch(r"[0-9a-f]{32}", told["answered"]["release"])
    assert "COUNT" not in err


def test_compressed_answers_are_given_again_as_they_were(two: Server) -> None:
    plain = two.query("SELECT * { ?s ?p ?o } LIMIT 100")
    for _ in range(4):
        short = two.query("SELECT * { ?s ?p ?o } LIMIT 100", Accept_Encoding="gzip")
        assert gzip.decompress(short.body) == plain.body
        assert int(short.headers["Content-Length"]) == len(short.body) < len(plain.body)


@pytest.mark.slow
def test_a_reset_connection_is_survived(two: Server) -> None:
    """A client that resets instead of closing, in the middle of an answer."""
    for _ in range(5):
        with connected(two) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(request(EVERYTHING))
            client.recv(10)
    assert two.query("ASK {}").json["boolean"] is True
    assert until(lambda: figures(two)["citylinks_queries_running"] == 0)


@pytest.mark.slow
def test_nothing_leaks_from_many_requests_and_kills(workspace: Workspace) -> None:
    limits = {"query_seconds": "0.05", "processes": "1", "workers": "1"}
    with serving({"home": str(workspace.home), **limits}) as server:
        for number in range(10):
            server.query(f"{CROSS} #warm {number}")
            server.ask("/doc/city/perm-511196.ttl")
        before = held(server)
        for number in range(40):
            assert server.query(f"{CROSS} #{number}").status == 504
            for _ in range(5):
                assert server.ask("/doc/city/perm-511196.ttl").status == 200
        assert until(lambda: held(server) <= before, 5), (before, held(server))


def held(server: Server) -> tuple[int, int]:
    """Count open files and processes of a server."""
    family = {server.process.pid, *descendants(server.process.pid)}
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in family), len(family)


@pytest.mark.slow
def test_requests_sent_at_once_are_answered_in_their_order(two: Server) -> None:
    """What follows was read with the request before it, so the connection shows nothing new."""
    asked = [f"SELECT ({number} AS ?n) {{}}" for number in range(20)]
    close = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with connected(two) as client, client.makefile("rb") as answers:
        client.sendall(b"".join(request(text, "&format=csv") for text in asked) + close)
        told = answers.read().decode()
    assert re.findall(r"^n\r\n(\d+)\r\n", told, re.MULTILINE) == list(map(str, range(20)))
