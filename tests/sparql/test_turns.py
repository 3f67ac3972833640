"""Whose turn it is: who gets a place, who waits, who is refused, as a row of stories."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.problems import Problem
from registry.sandbox import Abandoned
from registry.sparql.admission import Client, FairQueue, Ticket
from tests.processes import PATIENCE, until

ANN, BEN, CAT = Client("ann"), Client("ben"), Client("cat")
Queued = Callable[..., Future[Ticket]]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as made:
        yield made


@pytest.fixture
def queue(threads: ThreadPoolExecutor) -> Callable[[FairQueue, Client], Future[Ticket]]:
    """Give a function that asks for a turn in a thread, and lets it come to wait."""

    def asked(slots: FairQueue, client: Client, **options: bool) -> Future[Ticket]:
        before = {*slots._waiting}
        future = threads.submit(slots.take, client, 10, **options)
        assert until(lambda: future.done() or {*slots._waiting} - before)
        return future

    return asked


def test_a_free_place_is_given_at_once() -> None:
    slots = FairQueue(2, 0, 0)
    held = [slots.take(ANN, 1), slots.take(ANN, 1)]
    assert (slots.running, slots.waiting) == (2, 0)
    for turn in held:
        slots.release(turn)
    assert slots.running == 0


def test_one_client_never_has_the_kept_place_beside_another(queue: Queued) -> None:
    slots = FairQueue(1, 1, 10)
    first = slots.take(ANN, 1)
    second = queue(slots, ANN)
    assert not second.done()
    other = slots.take(BEN, 1)
    assert (first.reserved, other.reserved) == (False, True)
    slots.release(first)
    assert second.result().reserved is False


def test_the_kept_place_is_for_who_has_nothing_running(queue: Queued) -> None:
    slots = FairQueue(1, 1, 10)
    first, other = slots.take(ANN, 1), slots.take(BEN, 1)
    greedy, modest = queue(slots, ANN), queue(slots, CAT)
    slots.release(other)
    assert modest.result(1).reserved, "cat has waited less than ann, but has nothing running"
    assert not greedy.done()
    slots.release(first)
    assert greedy.result(1).reserved is False


def test_who_has_the_least_running_is_served_first(queue: Queued) -> None:
    slots = FairQueue(3, 0, 10)
    held = [slots.take(ANN, 1), slots.take(ANN, 1), slots.take(BEN, 1)]
    greedy, modest, new = queue(slots, ANN), queue(slots, BEN), queue(slots, CAT)
    slots.release(held[0])
    assert new.result(1)
    slots.release(held[1])
    assert greedy.result(1), "ann has nothing running any more"
    slots.release(held[2])
    assert modest.result(1)


def order(slots: FairQueue, held: list[Ticket], waiting: dict[str, Future[Ticket]]) -> list[str]:
    """Give places back one after the other; list in which order those who wait get theirs."""
    served: list[str] = []
    while len(served) < len(waiting):
        slots.release(held.pop(0))
        assert until(lambda: any(f.done() for n, f in waiting.items() if n not in served))
        (name,) = (n for n, future in waiting.items() if future.done() and n not in served)
        served.append(name)
        held.append(waiting[name].result())
    for turn in held:
        slots.release(turn)
    assert (slots.running, slots.waiting) == (0, 0)
    return served


def test_among_those_with_as_much_running_who_was_served_longest_ago_is_next(
    queue: Queued,
) -> None:
    """And of those alike, who has waited longest; not simply who came first."""
    slots = FairQueue(1, 0, 10)
    held = slots.take(ANN, 1)
    asked = {"ann 2": ANN, "ann 3": ANN, "ben 1": BEN, "ben 2": BEN, "cat 1": CAT}
    waiting = {name: queue(slots, client) for name, client in asked.items()}
    assert order(slots, [held], waiting) == ["ben 1", "cat 1", "ann 2", "ben 2", "ann 3"]


def test_who_has_less_running_goes_before_who_was_served_longer_ago(queue: Queued) -> None:
    slots = FairQueue(3, 0, 10)
    first, second, latest = slots.take(BEN, 1), slots.take(BEN, 1), slots.take(ANN, 1)
    waiting = {"ben 3": queue(slots, BEN), "ann 2": queue(slots, ANN)}
    slots.release(latest)
    assert waiting["ann 2"].result(PATIENCE)
    assert not waiting["ben 3"].done()
    slots.release(first)
    assert waiting["ben 3"].result(PATIENCE)
    slots.release(second)


def test_who_is_forgotten_begins_anew(queue: Queued) -> None:
    """A client that neither runs nor waits is as one that was never served."""
    slots = FairQueue(1, 0, 10)
    slots.release(slots.take(BEN, 1))
    held = slots.take(ANN, 1)
    waiting = {"ben 2": queue(slots, BEN), "cat 1": queue(slots, CAT)}
    assert order(slots, [held], waiting) == ["ben 2", "cat 1"]


def test_who_fills_the_queue_gives_way_to_others(queue: Queued) -> None:
    slots = FairQueue(1, 0, 3)
    held = slots.take(ANN, 1)
    waiting = [queue(slots, ANN) for _ in range(3)]
    other = queue(slots, BEN)
    with pytest.raises(Problem) as caught:
        waiting[2].result(1)
    assert (caught.value.name, caught.value.kind.status) == ("rate", 429)
    assert caught.value.members["retryAfter"] == 2
    assert not other.done()
    slots.release(held)
    for turn in (other, waiting[0], waiting[1]):
        slots.release(turn.result(1))


def test_who_fills_the_queue_is_told_so() -> None:
    slots = FairQueue(1, 0, 0)
    slots.take(ANN, 1)
    for client, name in ((ANN, "rate"), (BEN, "busy"), (Client(), "busy")):
        with pytest.raises(Problem) as caught:
            slots.take(client, 1)
        assert caught.value.name == name


def test_who_waits_too_long_is_sent_away() -> None:
    slots = FairQueue(1, 0, 5)
    slots.take(ANN, 1)
    with pytest.raises(Problem) as caught:
        slots.take(BEN, 0.2)
    assert (caught.value.name, slots.waiting) == ("busy", 0)


def test_who_hangs_up_leaves_the_queue(threads: ThreadPoolExecutor) -> None:
    slots = FairQueue(1, 0, 5)
    slots.take(ANN, 1)
    ours, theirs = socket.socketpair()
    with ours:
        future = threads.submit(slots.take, Client("ben", ours.fileno()), 10)
        assert until(lambda: slots.waiting == 1)
        theirs.close()
        with pytest.raises(Abandoned):
            future.result(2)
    assert slots.waiting == 0


def test_an_old_query_leaves_the_kept_place_where_it_can() -> None:
    slots = FairQueue(1, 1, 5)
    first, kept = slots.take(ANN, 1), slots.take(BEN, 1)
    assert slots.move_to_general(first)
    assert not slots.move_to_general(kept), "the general place is taken"
    slots.release(first)
    assert slots.move_to_general(kept)
    assert not kept.reserved
    assert slots.take(CAT, 1).reserved, "it is free for the next"


def test_who_wants_a_general_place_gets_no_other(queue: Queued) -> None:
    slots = FairQueue(1, 1, 5)
    first = slots.take(ANN, 1)
    old = queue(slots, BEN, general_only=True)
    assert not old.done()
    assert slots.take(CAT, 1).reserved
    slots.release(first)
    assert old.result(1).reserved is False


@given(
    places=st.integers(1, 3),
    kept=st.integers(0, 1),
    queue=st.integers(0, 4),
    asked=st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=40),
)
@settings(max_examples=60)
def test_no_place_is_lost_or_given_twice(
    places: int, kept: int, queue: int, asked: list[tuple[str, bool]]
) -> None:
    """Whatever is asked, at most so many run, and in the end all places are free again."""
    slots, most, lock = FairQueue(places, kept, queue), [0], threading.Lock()

    def run(name: str, general_only: bool) -> str:
        try:
            turn = slots.take(Client(name), 5, general_only)
        except Problem as problem:
            return problem.name
        with lock:
            most[0] = max(most[0], slots.running)
        slots.move_to_general(turn)
        slots.release(turn)
        return "done"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(run, *zip(*asked, strict=True))) if asked else []
    assert set(outcomes) <= {"done", "busy", "rate"}
    assert most[0] <= places + kept
    assert (slots.running, slots.waiting) == (0, 0)
    held = [slots.take(Client(str(number)), 1) for number in range(places + kept)]
    assert sorted(turn.reserved for turn in held) == [False] * places + [True] * kept
