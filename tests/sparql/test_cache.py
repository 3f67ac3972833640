"""The cache keeps what was used last, within its limit, whoever uses it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from registry.sparql.cache import Cache


@dataclass(frozen=True)
class Kept:
    name: int
    size: int


def test_what_was_put_is_given_back_and_counted() -> None:
    cache = Cache[Kept](100)
    cache.put("a", Kept(1, 10))
    assert cache.get("a") == Kept(1, 10)
    assert cache.get("b") is None
    assert (cache.state.hits, cache.state.misses, cache.state.size) == (1, 1, 10)


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = Cache[Kept](30)
    for name in range(10):
        cache.put(name, Kept(name, 3))
    assert cache.get(0) is not None
    cache.put(10, Kept(10, 3))
    assert cache.get(0) is not None
    assert cache.get(1) is None


def test_a_value_larger_than_an_eighth_is_not_kept() -> None:
    cache = Cache[Kept](80)
    cache.put("large", Kept(1, 11))
    assert cache.get("large") is None
    cache.put("fits", Kept(1, 10))
    assert cache.get("fits") is not None


def test_a_value_that_replaces_another_counts_once() -> None:
    cache = Cache[Kept](100)
    cache.put("a", Kept(1, 10))
    cache.put("a", Kept(2, 4))
    assert cache.state.size == 4
    assert cache.state.entries == 1


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 40)), max_size=200))
def test_it_never_holds_more_than_its_limit(steps: list[tuple[int, int]]) -> None:
    cache = Cache[Kept](200)
    for name, size in steps:
        cache.put(name, Kept(name, size))
        assert cache.state.size <= 200
    held = 0
    for name in range(21):
        if (found := cache.get(name)) is not None:
            held += found.size
    assert held == cache.state.size


def test_many_threads_leave_it_whole() -> None:
    cache = Cache[Kept](1_000)

    def work(start: int) -> None:
        for step in range(500):
            cache.put((start * step) % 50, Kept(step, step % 30))
            cache.get(step % 50)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(1, 9)))
    state = cache.state
    assert state.size <= 1_000
    assert state.hits + state.misses == 8 * 500
