"""The pool at work: who is fast is not held up by who is slow, and who hangs up costs nothing."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from registry.problems import Problem
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import Abandoned
from registry.settings import Settings
from registry.sparql.admission import Client
from registry.sparql.engine import Answer, Call, Embedded, Query, format_for
from registry.sparql.forks import Forks
from registry.sparql.forkserver import NICENESS
from registry.sparql.guards import outline
from registry.sparql.pool import Pool
from registry.sparql.worker import NAME
from tests.processes import PATIENCE, descendants, gone, new_ones, until

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
SLOW, FAST = Client("slow"), Client("fast")
Make = Callable[..., Embedded]


@pytest.fixture
def make(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[Make]:
    """Make engines of one general place and one that is kept."""
    made: list[Embedded] = []

    def engine(**limits: float) -> Embedded:
        own = replace(settings, **{"young_seconds": 0.3, **limits})  # type: ignore[arg-type]
        made.append(Embedded(own, Shelf(workspace), Pool(own, forks, slots=1, reserved=1)))
        return made[-1]

    yield engine
    for engine_made in made:
        engine_made.pool.close()


def ask(engine: Embedded, text: str, client: Client) -> Answer:
    seen = outline(text, engine.settings)
    release = engine.shelf.current()
    return engine.evaluate(release, Query(text), seen, format_for(seen.form, None), Call(client))


def name_of(engine: Embedded, text: str, client: Client) -> str:
    """Give the name of the problem that a query ends with."""
    try:
        ask(engine, text, client)
    except Problem as problem:
        return problem.name
    return "answered"


def test_who_is_fast_is_not_held_up_by_who_is_slow(make: Make) -> None:
    engine = make(query_seconds=60)
    ask(engine, "ASK {}", FAST)
    ours, theirs = socket.socketpair()
    slow_one = Client("slow", ours.fileno())
    with ours, ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(ask, engine, CROSS, slow_one) for _ in range(3)]
        slots = engine.pool.slots
        assert until(lambda: slots.running == 1 and slots.waiting == 2)
        for number in range(20):
            ask(engine, f"ASK {{}} #{number}", FAST)
        assert not any(query.done() for query in slow)
        theirs.close()
        assert {type(query.exception()) for query in slow} == {Abandoned}


@pytest.mark.slow
def test_a_query_that_runs_long_stands_back(make: Make) -> None:
    engine, before = make(query_seconds=3), descendants(named=NAME)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    ask(engine, "ASK {}", SLOW)
    with ThreadPoolExecutor(1) as threads:
        (worker,) = descendants(named=NAME) - before
        assert os.getpriority(os.PRIO_PROCESS, worker) == ours
        running = threads.submit(name_of, engine, CROSS, SLOW)
        assert until(lambda: os.getpriority(os.PRIO_PROCESS, worker) == NICENESS)
        assert not running.done()
        assert running.result() == "query-timeout"
    ask(engine, "ASK {}", SLOW)
    (worker,) = descendants(named=NAME) - before
    assert os.getpriority(os.PRIO_PROCESS, worker) == ours, "another that does not stand back"


@pytest.mark.slow
def test_an_old_query_makes_room_in_the_place_that_is_kept(make: Make) -> None:
    """It begins again once a general place is free, and comes to its end."""
    engine = make(query_seconds=3, young_seconds=1.2)
    ask(engine, "ASK {}", FAST)
    other = Client("other")
    slots = engine.pool.slots

    def first_then_second() -> tuple[str, bool]:
        """Return how the first ends, and whether the second runs then."""
        name = name_of(engine, CROSS, SLOW)
        return name, until(lambda: slots.running and not slots.waiting)

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(first_then_second)
        assert until(lambda: slots.running == 1)
        second = threads.submit(name_of, engine, CROSS, other)
        assert until(lambda: slots.running == 2)
        assert until(lambda: (slots.running, slots.waiting) == (1, 1))
        assert ask(engine, "ASK {}", FAST)
        assert first.result() == ("query-timeout", True)
        assert second.result() == "query-timeout"
    assert (engine.pool.slots.running, engine.pool.slots.waiting) == (0, 0)


def test_a_deadline_below_the_age_of_youth_is_kept(make: Make) -> None:
    engine = make(query_seconds=0.4, young_seconds=5)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(name_of, engine, CROSS, Client(name)) for name in "ab"]
        assert [query.result() for query in both] == ["query-timeout"] * 2


def test_who_hangs_up_stops_the_work(make: Make) -> None:
    engine, before = make(query_seconds=20), descendants(named=NAME)
    ask(engine, "ASK {}", SLOW)
    ours, theirs = socket.socketpair()
    with ours, ThreadPoolExecutor(1) as threads:
        running = threads.submit(name_of, engine, CROSS, Client("slow", ours.fileno()))
        assert until(lambda: engine.pool.slots.running == 1)
        workers = descendants(named=NAME) - before
        theirs.close()
        with pytest.raises(Abandoned):
            running.result(PATIENCE)
        assert gone(workers)
    assert engine.pool.slots.running == 0
    assert ask(engine, "ASK {}", FAST)


def test_who_sends_more_has_not_hung_up(make: Make) -> None:
    """As where a second request follows before the first is answered."""
    engine = make()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"GET / HTTP/1.1\r\n")
        assert ask(engine, "ASK {}", Client("slow", ours.fileno()))


@pytest.mark.slow
def test_the_store_in_memory_takes_over_from_the_one_on_disk(make: Make) -> None:
    engine = make()
    ask(engine, "ASK {}", FAST)

    def taken_over() -> bool:
        ask(engine, "ASK {}", FAST)
        return engine.pool._idle[-1].loaded

    assert until(taken_over)
    assert len(engine.pool._idle) <= engine.pool.size


def test_a_store_that_does_not_fit_stays_on_disk(make: Make) -> None:
    engine = make(store_memory=1_000_000)
    with new_ones() as started:
        for number in range(5):
            ask(engine, f"ASK {{}} #{number}", FAST)
        assert started(NAME)
        assert not started("citylinks-store")


@pytest.mark.slow
def test_a_worker_is_not_asked_on_a_store_that_was_made_anew(
    own: Workspace, settings: Settings
) -> None:
    own_settings = replace(settings, home=own.home)
    with Embedded(own_settings, Shelf(own), Pool(own_settings, slots=1)) as engine:
        assert engine.answer(Query("ASK {}"), "json").body
        (before,) = engine.pool._idle
        folder = Shelf(own).current().store_path
        shutil.copytree(folder, own.home / "made")
        shutil.rmtree(folder)
        (own.home / "made").rename(folder)
        assert engine.answer(Query("SELECT * { ?s ?p ?o } LIMIT 1"), "json").body
        assert before not in engine.pool._idle
        engine.pool.end_unused()
        assert all(worker.is_on_its_store() for worker in engine.pool._idle)


@pytest.mark.slow
def test_queries_on_several_releases_share_the_places(own: Workspace, settings: Settings) -> None:
    """Each process has one store; there are never more processes than places."""
    own_settings = replace(settings, home=own.home)
    first = str(own.current())
    publish(own, own_settings, Change(as_of="2030-01-01"))
    shelf, before = Shelf(own), descendants(named=NAME)
    with Embedded(own_settings, shelf, Pool(own_settings, slots=2)) as engine:
        text = "SELECT ?d { GRAPH ?g { ?s <https://w3id.org/citylinks/ontology#asOf> ?d } } LIMIT 1"
        seen = outline(text, own_settings)
        form = format_for(seen.form, "csv")
        for _ in range(4):
            for release in (shelf.named(first), shelf.current()):
                answer = engine.evaluate(release, Query(text), seen, form)
                assert answer.release == release.version
            assert len(descendants(named=NAME) - before) <= 2
