"""Seconds that each saved query takes on the shipped world: `python -m benchmarks.saved`.

Each is asked once, with its defaults, of the store in this process: processor time, which other
programs on the machine hardly change. Nothing is asserted.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pyoxigraph as ox

from benchmarks import commands
from benchmarks.report import aligned
from registry import saved_queries, shipped
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace


def measure(store: ox.Store, text: str) -> tuple[float, int]:
    """Give the seconds of a query, and how many rows or triples its answer has."""
    started = time.process_time()
    found = store.query(text)
    rows = 1 if isinstance(found, ox.QueryBoolean) else sum(1 for _ in found)
    return time.process_time() - started, rows


def table(store: ox.Store) -> str:
    """Measure all saved queries; the slowest comes first."""
    queries = saved_queries.read(shipped.query_files())
    measured = sorted(((*measure(store, one.text), one.name) for one in queries), reverse=True)
    lines = [(name, f"{seconds:.2f}", f"{rows:,}") for seconds, rows, name in measured]
    return aligned([("saved query", "CPU s", "rows"), *lines])


def print_on_the_world(table: Callable[[Release], str]) -> None:
    """Publish the world in the workspace that is named, else in one for once; print a table."""
    with ExitStack() as stack:
        named = sys.argv[1:2] or [
            stack.enter_context(tempfile.TemporaryDirectory(prefix="citylinks-bench-"))
        ]
        home = Path(named[0])
        commands.publish(home)
        print(table(Shelf(Workspace(home)).current()))


if __name__ == "__main__":
    print_on_the_world(lambda release: table(release.store))
