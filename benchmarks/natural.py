"""Seconds of queries as analysts write them, on the shipped world: `python -m benchmarks.natural`.

Each is asked as it is written, and as the planner writes it, in a process of its own that ends
after some seconds. Processor time is measured and limited, of which other programs change little.
"""

from __future__ import annotations

import multiprocessing
import resource
import tomllib
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks import saved
from benchmarks.report import aligned
from registry.sparql.planner import plan
from registry.sparql.planner.statistics import Counts

_SECONDS: Final = 10
"""Seconds after which a query is given up."""


def queries() -> dict[str, str]:
    """Read the queries, by name."""
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {name: told["prefixes"] + text for name, text in told["queries"].items()}


def measure(store: str, text: str) -> tuple[str, str]:
    """Give the seconds of a query, and how many rows it has; where it is given up, so it says."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_ask, args=(store, text, sender))
    process.start()
    sender.close()
    process.join()
    try:
        seconds, rows = receiver.recv()
    except EOFError:
        return f"over {_SECONDS}", "–"
    return f"{seconds:.2f}", f"{rows:,}"


def _ask(store: str, text: str, sender: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    opened = ox.Store.read_only(store)
    sender.send(saved.measure(opened, text))


def table(store: str) -> str:
    """Measure all queries, in the order in which they are listed."""
    lines = [("query", "as written", "as planned", "rows")]
    counts = Counts.beside(store)
    for name, text in queries().items():
        planned = plan(text, counts)
        written = measure(store, text)
        answered = measure(store, planned.text) if planned.steps else written
        lines.append((name, written[0], answered[0] if planned.steps else "the same", answered[1]))
    return aligned(lines)


if __name__ == "__main__":
    saved.print_on_the_world(lambda release: table(str(release.folder / "store")))
