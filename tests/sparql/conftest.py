"""Engines with limits of their own, on the release of the shipped data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.engine import Embedded
from registry.sparql.forks import Forks
from registry.sparql.planner import syntax
from registry.sparql.pool import Pool

syntax.SECONDS = 20.0
"""What is rewritten in the process of the tests does not depend on how busy the machine is."""

MakeEngine = Callable[..., Embedded]


@pytest.fixture(scope="session")
def engine(workspace: Workspace, settings: Settings) -> Iterator[Embedded]:
    """Give an engine with the default limits."""
    with Embedded(settings, Shelf(workspace), Pool(settings)) as made:
        yield made


@pytest.fixture
def make_engine(workspace: Workspace, settings: Settings, forks: Forks) -> Iterator[MakeEngine]:
    """Make engines of one process with other limits; all their processes end with the test."""
    made: list[Embedded] = []

    def make(**limits: float) -> Embedded:
        small = replace(settings, **{"workers": 1, **limits})  # type: ignore[arg-type]
        made.append(Embedded(small, Shelf(workspace), Pool(small, forks, small.workers)))
        return made[-1]

    yield make
    for engine in made:
        engine.pool.close()
