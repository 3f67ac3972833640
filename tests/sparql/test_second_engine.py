"""Queries have the answers of a second engine, where one has the world loaded.

`CITYLINKS_SECOND_ENGINE` is the address of its endpoint, and `CITYLINKS_SECOND_HOME` the workspace
whose current release it has (see CONTRIBUTING.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from benchmarks.natural import queries
from tests.sparql.second import ADDRESS, HOME, Ask, differ, differences, engine_on
from tests.sparql.second import ours as asks_ours
from tests.sparql.second import second as asks_second
from tests.sparql.walks import Walker
from tests.tables import every_row

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(ADDRESS not in os.environ, reason=f"{ADDRESS} names no second engine"),
]

RANDOM = 500
ELSEWHERE = {
    "near": "distances are on another body",
    "concat": "the order in which GROUP_CONCAT joins is not said",
    "concat-names": "the order in which GROUP_CONCAT joins is not said",
    "graph-minus": "Jena shares the variable of GRAPH, too",
}


@pytest.fixture(scope="module")
def home() -> Path:
    return Path(os.environ.get(HOME, "var"))


@pytest.fixture(scope="module")
def ours(home: Path) -> Iterator[Ask]:
    with engine_on(home) as engine:
        yield asks_ours(engine)


@pytest.fixture(scope="module")
def second() -> Ask:
    return asks_second(os.environ[ADDRESS])


@every_row("name", [name for name in queries() if name not in ELSEWHERE])
def test_natural_queries_have_its_answers(name: str, ours: Ask, second: Ask) -> None:
    assert not differ(queries()[name], ours, second)


def test_random_queries_have_its_answers(home: Path, ours: Ask, second: Ask) -> None:
    store = ox.Store.read_only(str((home / "current" / "store").resolve()))
    assert [str(one) for one in differences(Walker(store, 0), RANDOM, ours, second)] == []
