"""Several processes that validate batches of focus nodes, each with a copy of the store to read.

Each is started anew and not forked, since the engine has threads, and ends with its parent.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, Final

import pyoxigraph as ox

from registry.graphs.graph import Graph
from registry.publishing.shacl.core import CoreShapes, batches
from registry.publishing.shacl.report import Report, Result
from registry.sandbox import Isolated, read_frame, write_frame

_SECONDS: Final = 3_600
"""For one batch, which takes a few: what takes longer hangs."""


def results(
    store: ox.Store, shapes: Graph, nodes: Iterable[Any], folder: Path, validators: int
) -> Iterator[Result]:
    """Validate nodes by the core constraints, on a copy of the store in a folder."""
    copy = folder / "validated"
    store.flush()
    store.backup(str(copy))
    try:
        yield from _shared(copy, shapes, list(batches(nodes)), validators)
    finally:
        shutil.rmtree(copy)


def _shared(copy: Path, shapes: Graph, work: list[list[Any]], validators: int) -> Iterator[Result]:
    """Yield the results of batches, in the order of the batches."""
    with ExitStack() as started, ThreadPoolExecutor(validators) as threads:
        free: SimpleQueue[Isolated] = SimpleQueue()
        for _ in range(validators):
            child = started.enter_context(Isolated(__name__))
            child.send({"store": str(copy.resolve()), "shapes": shapes.iri}, shapes.ntriples)
            free.put(child)

        def validated(batch: list[Any]) -> Report:
            child = free.get()
            try:
                child.send({}, "".join(f"<x:x> <x:x> {node} .\n" for node in batch).encode())
                return Report.from_json(child.receive(time.monotonic() + _SECONDS).payload)
            finally:
                free.put(child)

        for report in threads.map(validated, work):
            yield from report.results


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Open what is to be validated, and answer each batch with its results."""
    if (opened := read_frame(source)) is None:
        return
    header, shapes = opened
    store = ox.Store.read_only(header["store"])
    core_shapes = CoreShapes(Graph(header["shapes"], shapes))
    while request := read_frame(source):
        batch = [quad.object for quad in ox.parse(request[1], format=ox.RdfFormat.N_TRIPLES)]
        write_frame(target, {}, Report(tuple(core_shapes.validated(store, batch))).to_json())


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
