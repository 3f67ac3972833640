"""Several processes that judge batches of focus nodes, each with a copy of the store to read.

They are started anew and not forked: the engine has threads.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from registry.intake.graphs import Graph
from registry.releases.validation.core import CoreShapes, batches
from registry.releases.validation.report import Result

_AHEAD: Final = 2
"""Batches that wait for each process, so that none idles and few nodes are held."""

_here: tuple[ox.Store, CoreShapes] | None = None
"""What a judging process has opened."""


def results(
    store: ox.Store, shapes: Graph, nodes: Iterable[Any], room: Path, judges: int
) -> Iterator[Result]:
    """Judge nodes by the core constraints."""
    copy = room / "judged"
    store.flush()
    store.backup(str(copy))
    try:
        yield from _shared(copy, shapes, batches(nodes), judges)
    finally:
        shutil.rmtree(copy)


def _shared(copy: Path, shapes: Graph, work: Iterable[list[Any]], judges: int) -> Iterator[Result]:
    """Give the results of batches as they come, in the order of the batches."""
    start = (str(copy), shapes.iri, shapes.ntriples)
    with ProcessPoolExecutor(judges, get_context("spawn"), _open, start) as pool:
        running: deque[Future[list[Result]]] = deque()
        for batch in work:
            running.append(pool.submit(_judge, batch))
            if len(running) > judges * _AHEAD:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()


def _open(copy: str, iri: str, shapes: bytes) -> None:
    """Open what a judging process needs, once."""
    global _here  # noqa: PLW0603  (a process of its own, which does nothing else)
    _here = ox.Store.read_only(copy), CoreShapes(Graph(iri, shapes))


def _judge(batch: list[Any]) -> list[Result]:
    if _here is None:
        raise RuntimeError("nothing is opened to judge")
    store, contract = _here
    return list(contract.judged(store, batch))
