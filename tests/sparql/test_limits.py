"""Every limit of a query is hit: by name, in time, and the next query is right."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.problems import Problem
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import NOBODY, Abandoned, Died, Late, Reply
from registry.settings import Settings
from registry.sparql.admission import Client
from registry.sparql.engine import Call, Embedded, Query, format_for
from registry.sparql.forks import Evaluator, Forks
from registry.sparql.guards import outline
from registry.sparql.pool import Pool
from registry.sparql.worker import NAME
from tests.processes import PATIENCE, descendants, gone, until

MakeEngine = Callable[..., Embedded]

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
DOUBLING = "SELECT ?x30 { BIND('0123456789' AS ?x0) "
DOUBLING += "".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(30)) + "}"
SORTING = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f"
GRAPH = "CONSTRUCT WHERE { ?s ?p ?o }"
HIDDEN_NESTING = f"ASK {{ ?s ?p ?o FILTER(?o<{'(' * 40_000}1{')' * 40_000}>1) }}"
"""Brackets that stand where an IRI might, so that the guards do not count them."""


def count(
    engine: Embedded, pattern: str = "?city a <https://w3id.org/citylinks/ontology#City>"
) -> int:
    """Count what the engine finds; deadlines are short here, and a busy machine may miss some."""
    for missed in range(20):
        try:
            answer = engine.answer(Query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"), "json")
        except Problem as problem:
            if problem.name != "query-timeout" or missed == 19:
                raise
        else:
            break
    return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])


def problem_of(engine: Embedded, query: str, form: str | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        engine.answer(Query(query), form)
    return caught.value


def processes() -> set[int]:
    """List the evaluating processes that this process has."""
    return descendants(named=NAME)


STOPPED: dict[str, tuple[str, dict[str, Any], str, Any]] = {
    "a cross product of five": (CROSS, {"query_seconds": 0.8}, "query-timeout", 0.8),
    "doubling a string": (
        DOUBLING,
        {"query_memory": 200_000_000, "query_seconds": 300},
        "query-memory",
        200_000_000,
    ),
    "sorting a cross product": (
        SORTING,
        {"query_memory": 90_000_000, "query_seconds": 300},
        "query-memory",
        90_000_000,
    ),
    "all triples": ("SELECT * { ?s ?p ?o }", {"answer_bytes": 9_000}, "answer-too-large", 9_000),
    "a long graph": (GRAPH, {"answer_bytes": 900}, "answer-too-large", 900),
    "an endless answer": (
        "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
        {"answer_bytes": 1_000_000},
        "answer-too-large",
        1_000_000,
    ),
    "the engine's stack": (HIDDEN_NESTING, {}, "query-too-deep", None),
    "a long text": (f"ASK {{}} {'#' * 100}", {"query_bytes": 100}, "query-too-large", 100),
    "deep brackets": ("ASK {{{}}}", {"query_depth": 2}, "query-too-deep", 2),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("query", "limits", "name", "limit"), STOPPED.values(), ids=STOPPED.keys())
def test_a_limit_is_told_and_the_next_query_is_right(
    query: str, limits: dict[str, Any], name: str, limit: Any, make_engine: MakeEngine
) -> None:
    engine = make_engine(**limits)
    before = processes()
    for _ in range(2):
        problem = problem_of(engine, query)
        assert (problem.name, problem.members.get("limit")) == (name, limit)
        assert count(engine) == 17
    assert len(processes() - before) <= 1


def test_an_answer_may_be_as_long_as_the_limit(make_engine: MakeEngine) -> None:
    whole = make_engine().answer(Query("SELECT * { ?s ?p ?o }"), "csv").body
    assert (
        make_engine(answer_bytes=len(whole)).answer(Query("SELECT * { ?s ?p ?o }"), "csv").body
        == whole
    )
    shorter = make_engine(answer_bytes=len(whole) - 1)
    assert problem_of(shorter, "SELECT * { ?s ?p ?o }", "csv").name == "answer-too-large"


def test_the_deadline_is_kept(make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The start of a process is not taken from a query's time, nor added to it."""
    engine = make_engine(query_seconds=0.8)
    ready: list[float] = []
    deadlines: list[tuple[float, float, float]] = []
    wait, receive = Evaluator.wait_until_ready, Evaluator.receive

    def waited(worker: Evaluator) -> None:
        ready.clear()
        wait(worker)
        time.sleep(0.5)  # As a process that starts slowly.
        ready.append(time.monotonic())

    def received(worker: Evaluator, until: float, *others: Any) -> Reply:
        if ready:
            deadlines.append((ready[0] + 0.8, until, time.monotonic() + 0.8))
        return receive(worker, until, *others)

    monkeypatch.setattr(Evaluator, "wait_until_ready", waited)
    monkeypatch.setattr(Evaluator, "receive", received)
    for _ in range(3):
        assert count(engine) == 17
        assert problem_of(engine, CROSS).name == "query-timeout"
    assert len(deadlines) == 6
    assert all(earliest <= until <= latest for earliest, until, latest in deadlines)


def test_graphs_are_merged_up_to_a_limit(make_engine: MakeEngine, release: Release) -> None:
    sizes = {entry.graph: entry.triples for entry in release.manifest.all_graphs()}
    (first, one), (second, other) = list(sizes.items())[:2]
    query = f"SELECT ?s FROM <{first}> FROM <{second}> {{ ?s !^<x:p> ?o }}"
    assert make_engine(merge_triples=one + other).answer(Query(query), "csv").body
    problem = problem_of(make_engine(merge_triples=one + other - 1), query)
    assert (problem.name, problem.members["limit"]) == ("query-memory", one + other - 1)


def test_where_solutions_can_be_told_apart_nothing_is_merged(
    make_engine: MakeEngine, release: Release
) -> None:
    first, second = (entry.graph for entry in release.manifest.all_graphs()[:2])
    query = f"SELECT * FROM <{first}> FROM <{second}> {{ ?s ?p ?o }}"
    assert make_engine(merge_triples=0).answer(Query(query), "csv").body


def test_a_single_graph_is_not_merged(make_engine: MakeEngine, release: Release) -> None:
    graph = release.manifest.all_graphs()[0].graph
    engine = make_engine(merge_triples=0)
    assert engine.answer(Query(f"SELECT * FROM <{graph}> {{ ?s ?p ?o }}"), "csv").body


def test_who_finds_the_queue_full_is_sent_away(make_engine: MakeEngine) -> None:
    """One query runs, one waits, the third is told to come again."""
    engine = make_engine(query_seconds=60, queue=1)
    assert count(engine) == 17
    ours, theirs = socket.socketpair()
    call = Call(Client("slow", ours.fileno()))
    with ours, ThreadPoolExecutor(2) as threads:
        seen, release = outline(CROSS, engine.settings), engine.shelf.current()
        form = format_for(seen.form, None)
        running = threads.submit(engine.evaluate, release, Query(CROSS), seen, form, call)
        assert until(lambda: engine.pool.slots.running == 1)
        waiting = threads.submit(count, engine)
        assert until(lambda: engine.pool.slots.waiting == 1)
        busy = problem_of(engine, "ASK {}")
        assert not running.done()
        assert busy.detail == "too many queries wait already", "who waits in vain is told otherwise"
        assert (busy.name, busy.members["retryAfter"]) == ("busy", 2)
        theirs.close()
        assert isinstance(running.exception(), Abandoned)
        assert waiting.result() == 17
    assert count(engine) == 17


def test_who_waits_too_long_is_sent_away(make_engine: MakeEngine) -> None:
    engine = make_engine(query_seconds=0.4, queue=3)
    count(engine)
    with ThreadPoolExecutor(3) as threads:
        names = [found.name for found in threads.map(problem_of, [engine] * 3, [CROSS] * 3)]
    assert set(names) <= {"query-timeout", "busy"}
    assert "query-timeout" in names
    assert count(engine) == 17


def test_many_threads_ask_few_processes(make_engine: MakeEngine) -> None:
    engine = make_engine(workers=2, queue=40)
    before = processes()
    patterns = [f"VALUES ?x {{ {'1 ' * n} }}" for n in range(40)]
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(count, [engine] * 40, patterns)) == list(range(40))
    assert len(processes() - before) == 2


@pytest.mark.parametrize(
    ("ended_by", "name"),
    [
        (signal.SIGABRT, "query-memory"),
        (signal.SIGSEGV, "query-too-deep"),
        (signal.SIGALRM, "query-timeout"),
        (signal.SIGTERM, "internal"),
    ],
)
def test_a_process_that_is_ended_is_a_problem_by_name(
    ended_by: signal.Signals, name: str, make_engine: MakeEngine
) -> None:
    engine, before = make_engine(), processes()
    count(engine)

    with ThreadPoolExecutor(1) as threads:
        (process,) = processes() - before
        idle = seconds_of(process)
        running = threads.submit(problem_of, engine, CROSS)
        assert until(lambda: seconds_of(process) > idle + 0.1), "it works on the query"
        os.kill(process, ended_by)
        assert running.result().name == name
    assert count(engine) == 17


def seconds_of(process: int) -> float:
    """Give the seconds that a process has computed."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("times", "seconds", "name"), [(1, 1.5, "query-timeout"), (100, PATIENCE, "query-memory")]
)
def test_who_is_killed_from_outside_is_asked_once_more(
    times: int, seconds: float, name: str, make_engine: MakeEngine
) -> None:
    """The first time it may be anybody's doing; the second time it is the query's."""
    engine, before = make_engine(query_seconds=seconds), processes()
    count(engine)
    done = threading.Event()

    def kill() -> None:
        for _ in range(times):
            if done.wait(0.3):
                return
            for process in processes() - before:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    assert problem_of(engine, CROSS).name == name
    done.set()
    killing.join()
    assert count(engine) == 17


def test_a_process_that_dies_while_idle_is_replaced(make_engine: MakeEngine) -> None:
    engine, before = make_engine(), processes()
    count(engine)
    killed = processes() - before
    for process in killed:
        os.kill(process, signal.SIGKILL)
    assert killed
    assert until(lambda: not killed & processes())
    assert count(engine) == 17


def test_processes_end_with_the_pool(make_engine: MakeEngine) -> None:
    before = processes()
    engine = make_engine(workers=3)
    engine.start()
    assert count(engine) == 17
    assert len(processes() - before) == 3
    engine.pool.close()
    assert processes() <= before


def test_a_process_that_is_busy_ends_after_the_pool_is_closed(make_engine: MakeEngine) -> None:
    before = processes()
    engine = make_engine(query_seconds=0.6)
    count(engine)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(problem_of, engine, CROSS)
        assert until(lambda: engine.pool.slots.running == 1)
        engine.pool.close()
        assert running.result().name == "query-timeout"
    assert processes() <= before


# The process itself.
def job(seconds: float = 5, **options: Any) -> dict[str, Any]:
    limits = {"memory": 10**9, "answer": 10**6, "merge": 10**6, "spool": ""}
    asked = {"store": "/nowhere/store", "dataset": None, "format": "json", "base": ""}
    return {"seconds": seconds, **limits, **asked, **options}


@pytest.fixture
def child(forks: Forks, release: Release) -> Iterator[Evaluator]:
    """Give an evaluating process on the shipped data."""
    made = forks.fork(release.store_address, loaded=False)
    made.wait_until_ready()
    yield made
    made.end()


def test_a_process_ends_when_the_server_is_gone(child: Evaluator) -> None:
    os.close(child._descriptor)
    child._descriptor = NOBODY
    assert gone({child.pid})


def test_a_busy_process_ends_when_the_server_is_gone(child: Evaluator) -> None:
    """Nobody kills it at the deadline; a second later the kernel does."""
    child.send(job(seconds=0.2), CROSS.encode())
    with pytest.raises(Died) as caught:
        child.receive(time.monotonic() + 10)
    assert caught.value.signal == signal.SIGALRM


def test_an_interrupt_at_the_terminal_is_the_servers_to_act_on(child: Evaluator) -> None:
    os.kill(child.pid, signal.SIGINT)
    child.send(job(), b"ASK {}")
    assert json.loads(child.receive(time.monotonic() + 5).payload)["boolean"] is True


@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_a_process_cannot_reach_the_network(silent: str, child: Evaluator) -> None:
    """Should a SERVICE pass the guards, the kernel refuses the socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        port = listener.getsockname()[1]
        query = f"ASK {{ SERVICE {silent} <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"
        child.send(job(), query.encode())
        reply = child.receive(time.monotonic() + 5)
        assert reply.header.get("problem") == (None if silent else "internal")
        with pytest.raises(TimeoutError):
            listener.accept()


ATTEMPTS = {
    "a socket": "import socket; socket.socket()",
    "a socket of the machine": "import socket; socket.socket(socket.AF_UNIX)",
    "another program": "import subprocess; subprocess.run(['true'])",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_the_kernel_refuses(attempt: str) -> None:
    code = f"from registry.sandbox import harden\nassert harden()\n{attempt}\n"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "PermissionError" in ended.stderr


def test_a_late_process_can_be_ended(child: Evaluator) -> None:
    child.send(job(), CROSS.encode())
    with pytest.raises(Late):
        child.receive(time.monotonic() + 0.2)
    child.end()
    assert gone({child.pid})


def test_a_process_that_does_not_start_is_a_problem(
    make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the store cannot be opened."""
    engine = make_engine()
    monkeypatch.setattr(Release, "store_address", "/nowhere/at/all")
    problem = problem_of(engine, "ASK {}")
    assert (problem.name, problem.detail) == ("internal", "a worker process did not start")


def test_a_store_that_cannot_be_opened_is_our_fault_and_logged(
    own: Workspace, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Idle processes have ended, and those that follow find nothing to open."""
    mine = replace(settings, home=own.home, store_memory=0)
    with Embedded(mine, Shelf(own), Pool(mine)) as engine:
        before = processes()
        count(engine)
        store = engine.shelf.current().store_path
        store.rename(store.with_name("away"))
        for process in processes() - before:
            os.kill(process, signal.SIGKILL)
        assert gone(processes() - before)
        for _ in range(20):
            problem = problem_of(engine, "SELECT (1 AS ?x) {}")
            assert (problem.name, problem.kind.status) == ("internal", 500)
        (first, *_) = [r for r in caplog.records if "did not start" in r.message]
        assert "No such file" in first.message
        assert "Traceback" in first.fields["trouble"]  # type: ignore[attr-defined]
        store.with_name("away").rename(store)
        assert count(engine) == 17
