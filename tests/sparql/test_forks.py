"""The fork server, tried with the real one: stores on disk and in memory, and what they fork."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry.releases.reading import Release
from registry.sandbox import Died
from registry.sparql import forkserver
from registry.sparql.forks import Evaluator, Forks, NotStarted, Unavailable, address_of
from registry.sparql.worker import NAME
from tests.processes import command, descendants, gone, name, new_ones, until
from tests.tables import every_row

JOB = {
    "seconds": 5,
    "memory": 10**9,
    "answer": 10**6,
    "spool": "",
    "merge": 10**6,
    "base": "",
    "store": "/nowhere/store",
    "dataset": None,
    "format": "json",
}
COUNT = b"SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


LOADING = 300
"""Seconds after which a store that is not in memory is given up: others go before its copying."""


def count(worker: Evaluator) -> int:
    worker.wait_until_ready()
    worker.send(JOB, COUNT)
    payload = worker.receive(time.monotonic() + 10).payload
    return int(json.loads(payload)["results"]["bindings"][0]["n"]["value"])


@pytest.fixture
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.close()
    assert until(lambda: not made.folder.exists())


def started(forks: Forks, named: str) -> set[int]:
    """List by name the processes of one fork server; others may be at work beside it."""
    folder = str(forks.folder).encode()
    found = descendants(named=named)
    return {pid for pid in found if folder in command(pid)}


@pytest.fixture
def store(release: Release) -> str:
    return release.store_address


@pytest.fixture
def copy(store: str, tmp_path: Path) -> str:
    """Give the store of another release, which has one quad more."""
    target = tmp_path / "another" / "store"
    shutil.copytree(store, target)
    node = ox.NamedNode("urn:x")
    ox.Store(str(target)).add(ox.Quad(node, node, node))
    return str(target)


def test_forked_processes_read_from_disk(forks: Forks, store: str, release: Release) -> None:
    workers = [forks.fork(store, loaded=False) for _ in range(2)]
    assert [count(worker) for worker in workers] == [len(release.store)] * 2
    assert {name(worker.pid) for worker in workers} == {NAME}


def test_a_store_is_loaded_once_and_shared(forks: Forks, store: str, release: Release) -> None:
    assert not forks.has_loaded(store)
    assert until(lambda: forks.has_loaded(store), LOADING)
    workers = [forks.fork(store, loaded=True) for _ in range(3)]
    assert all(worker.loaded for worker in workers)
    assert [count(worker) for worker in workers] == [len(release.store)] * 3
    assert not any("store" in link for worker in workers for link in open_files(worker.pid))
    assert len(started(forks, "citylinks-store")) == 1


def open_files(pid: int) -> list[str]:
    return [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]


@pytest.mark.slow
def test_a_forked_process_has_its_socket_and_nothing_else(forks: Forks, store: str) -> None:
    """No store, no pipe and no socket of another query comes with the fork."""
    others = [forks.fork(store, loaded=False) for _ in range(3)]
    assert [count(other) for other in others]
    assert until(lambda: forks.has_loaded(store), LOADING)
    worker = forks.fork(store, loaded=True)
    count(worker)
    assert sorted(open_files(worker.pid))[:3] == ["/dev/null"] * 3
    assert len(open_files(worker.pid)) == 4


@pytest.mark.slow
def test_a_newer_store_takes_the_place_of_a_former_one(
    forks: Forks, store: str, copy: str, release: Release
) -> None:
    assert until(lambda: forks.has_loaded(store), LOADING)
    old = forks.fork(store, loaded=True)
    old.wait_until_ready()
    (first,) = started(forks, "citylinks-store")
    assert until(lambda: forks.has_loaded(copy))
    assert count(forks.fork(copy, loaded=True)) == len(release.store) + 1
    assert until(lambda: not address_of(forks.folder / "x", store).exists())
    assert count(old) == len(release.store), "what was forked before goes on"
    again = forks.fork(store, loaded=True)
    assert (again.loaded, count(again)) == (False, len(release.store)), "then from disk"
    old.end()
    assert gone({first})


@pytest.mark.slow
def test_a_store_whose_process_is_killed_is_loaded_again(
    forks: Forks, store: str, release: Release
) -> None:
    assert until(lambda: forks.has_loaded(store), LOADING)
    (first,) = started(forks, "citylinks-store")
    os.kill(first, signal.SIGKILL)
    assert until(lambda: name(first) == "")
    assert until(lambda: forks.fork(store, loaded=forks.has_loaded(store)).loaded)
    assert started(forks, "citylinks-store") != {first}


def test_a_store_that_is_loaded_still_ends_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forkserver, "in_memory", lambda _: time.sleep(60))
    client, connection = socket.socketpair()
    (tmp_path / "forks").mkdir()
    serving = forkserver.ForkServer(tmp_path / "forks" / "forks.socket", -1)
    client.sendall(json.dumps({"do": "load", "store": "/releases/one/store"}).encode())
    with client, new_ones() as new:
        serving._serve(connection)
        assert until(lambda: new("citylinks-store"))
        (loading,) = new("citylinks-store")
    serving._end_all()
    assert os.waitpid(loading, 0) == (loading, signal.SIGTERM)


def test_a_store_that_cannot_be_loaded_stays_on_disk(forks: Forks, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nothing" / "store")
    assert not forks.has_loaded(nowhere)
    assert until(lambda: not started(forks, "citylinks-store"))
    assert not forks.has_loaded(nowhere)


def test_a_copy_that_is_not_complete_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="was not copied"):
        forkserver.in_memory(str(tmp_path / "nothing"))


@pytest.mark.slow
def test_a_copy_is_the_whole_store(store: str, release: Release) -> None:
    assert set(forkserver.in_memory(store)) == set(release.store)


class SlowStore:
    read_only = ox.Store.read_only

    def bulk_load(self, *_: object) -> None:
        time.sleep(60)


def test_a_copy_ends_with_who_reads_it(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.sparql.forkserver.ox.Store", SlowStore)
    with new_ones() as new:
        reader = os.fork()
        if reader == 0:
            try:
                forkserver.in_memory(store)
            finally:
                os._exit(0)
        assert until(lambda: new("citylinks-copy"))
        copying = new("citylinks-copy")
        os.kill(reader, signal.SIGKILL)
        os.waitpid(reader, 0)
        assert gone(copying)


@pytest.mark.slow
@pytest.mark.parametrize("loaded", [False, True])
def test_how_a_process_ended_is_told(loaded: bool, forks: Forks, store: str) -> None:
    assert not loaded or until(lambda: forks.has_loaded(store), LOADING)
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL):
        worker = forks.fork(store, loaded)
        count(worker)
        os.kill(worker.pid, number)
        with pytest.raises(Died) as caught:
            worker.receive(time.monotonic() + 10)
        assert caught.value.signal == number
        assert not worker.idle()
        worker.end()


def test_workers_that_exit_are_reaped(forks: Forks, store: str) -> None:
    """Nobody asks how these ended: their sockets are closed, as when who asked was killed."""
    workers = [forks.fork(store, loaded=False) for _ in range(5)]
    pids = {worker.pid for worker in workers}
    for worker in workers:
        worker.wait_until_ready()
        os.close(worker._descriptor)
    assert gone(pids)


def test_a_process_is_reniced(forks: Forks, store: str) -> None:
    worker = forks.fork(store, loaded=False)
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == os.getpriority(os.PRIO_PROCESS, 0)
    worker.renice()
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == forkserver.NICENESS
    assert worker.reniced


@pytest.mark.slow
def test_a_fork_server_that_is_killed_is_started_again(forks: Forks, store: str) -> None:
    worker = forks.fork(store, loaded=False)
    worker.wait_until_ready()
    (server,) = started(forks, "citylinks-forks")
    os.kill(server, signal.SIGKILL)
    assert until(lambda: name(server) == "")
    assert count(forks.fork(store, loaded=False)) == count(worker), "the old one still answers"
    worker.end()


def test_many_ask_for_the_first_fork_at_once(store: str) -> None:
    """The threads of a process that has just started; one of them starts the server."""
    forks = Forks()
    with ThreadPoolExecutor(8) as threads:
        workers = list(threads.map(lambda _: forks.fork(store, loaded=False), range(8)))
    assert len({count(worker) for worker in workers}) == 1
    assert len(started(forks, "citylinks-forks")) == 1
    forks.close()
    assert gone({worker.pid for worker in workers})
    assert until(lambda: not forks.folder.exists())


def test_where_no_process_can_be_had_it_is_said(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = Forks()
    monkeypatch.setattr("registry.sparql.forks.MODULE", "registry.there_is_no_such_module")
    with pytest.raises(Unavailable, match="ended with 1"):
        forks.fork(store, loaded=False)
    forks.close()


def test_a_process_that_cannot_open_its_store_says_why(forks: Forks, tmp_path: Path) -> None:
    worker = forks.fork(str(tmp_path / "no" / "store"), loaded=False)
    with pytest.raises(NotStarted, match=r"Traceback(?s:.*)Error: .*store") as caught:
        worker.wait_until_ready()
    assert not caught.value.killed
    worker.end()


def test_a_process_that_is_killed_before_it_is_ready_has_not_started(
    forks: Forks, tmp_path: Path
) -> None:
    fifo = tmp_path / "store"
    fifo.mkdir()
    os.mkfifo(fifo / "CURRENT")  # The engine waits for somebody to write into it.
    worker = forks.fork(str(fifo), loaded=False)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(NotStarted) as caught:
        worker.wait_until_ready()
    assert caught.value.killed
    worker.end()


@pytest.mark.slow
@every_row(
    "request_",
    [
        b'{"do": "unheard-of"}',
        b'{"do": "fork"}',
        b'{"do": "end", "pid": []}',
        b'{"do": 7}',
        b"[1]",
        b"7",
        b"\xff",
        b"{",
        b"",
    ],
)
def test_a_request_that_cannot_be_served_does_not_end_the_fork_server(
    request_: bytes, forks: Forks, store: str
) -> None:
    forks.fork(store, loaded=False).end()
    (server,) = started(forks, "citylinks-forks")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(forks.folder / "forks.socket"))
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    worker = forks.fork(store, loaded=False)
    assert count(worker)
    worker.end()
    assert started(forks, "citylinks-forks") == {server}


def test_a_process_that_ends_by_itself_is_not_taken_for_killed(forks: Forks, store: str) -> None:
    """Its socket is closed a moment before it has ended."""
    worker = forks.fork(store, loaded=False)
    worker.wait_until_ready()
    worker.send({"no": "job"}, b"")
    with pytest.raises(Died) as caught:
        worker.receive(time.monotonic() + 10)
    assert caught.value.signal == 0
    assert "ended with 1" in str(caught.value)
    worker.end()


def test_what_goes_wrong_in_the_fork_server_is_logged(
    store: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    forks = Forks()
    missing = str(tmp_path / "gone" / "store")
    assert not forks.has_loaded(missing)
    assert not forks.has_loaded(missing)
    said = [""]

    def logged() -> bool:
        said.append(capfd.readouterr().err)
        return "held in memory" in "".join(said)

    assert until(logged)
    forks.fork(store, loaded=False).end()
    forks.close()
    assert until(lambda: not forks.folder.exists())
    lines = [json.loads(line) for line in "".join(said).splitlines() if line.startswith("{")]
    assert [line["level"] for line in lines] == ["error", "error"]
    assert all("Traceback" in line["trouble"] for line in lines)
