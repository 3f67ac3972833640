"""Run the measurements: `python -m benchmarks` (or `make bench`)."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks import answers, commands, comparison, processes, synthetic
from benchmarks.client import Client
from benchmarks.commands import Timing
from benchmarks.comparison import TITLES, Plan
from benchmarks.report import LEGEND, Row, server_table, table, timing_table
from benchmarks.servers import Server, kinds

RESULTS: Final = Path(__file__).resolve().parent / "results"
_PACKAGES: Final = (
    "citylinks",
    "pyoxigraph",
    "gunicorn",
    "flask",
    "oxigraph",
    "rdflib",
    "rdflib-endpoint",
    "uvicorn",
)


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="rounds of each load, A B C A B C (5)")
    add("--seconds", type=float, default=1.5, help="length of a round (1.5)")
    add("--connections", type=int, nargs="+", default=[1, 16], help="connections at a time (1 16)")
    add("--clients", type=int, default=2, help="client processes at most (2)")
    add("--only", nargs="+", choices=list(TITLES), default=list(TITLES), help="workloads (all)")
    add("--triples", type=int, default=0, help="use a made-up world of about so many triples")
    return parser.parse_args(given)


def _measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Do all measurements; print the tables as they come, and give everything as JSON."""
    timings = commands.all_timings(folder)
    home = folder / "publish-0"
    if options.triples:
        home = folder / "world"
        synthetic.build(home, options.triples)
    about = comparison.cities(home)
    plan = Plan(options.rounds, options.seconds, tuple(options.connections), tuple(options.only))
    with ExitStack() as stack:
        started = [Server(kind, folder / f"{kind.name}.log") for kind in kinds(home, folder)]
        servers = [stack.enter_context(server) for server in started]
        compared = answers.check(servers, about[:50])
        print(f"equal answers about {len(about[:50])} cities, lines by workload: {compared}\n")
        client = stack.enter_context(Client(options.clients))
        rows = list(comparison.rows(client, servers, about, plan))
        timings += [] if options.triples else [commands.page(servers[0], client, plan.seconds)]
        _print(servers, rows, timings)
        return _as_json(servers, rows, timings, options)


def _print(servers: Sequence[Server], rows: Sequence[Row], timings: Sequence[Timing]) -> None:
    print(file=sys.stderr)
    print(table(rows, TITLES))
    print(LEGEND, end="\n\n")
    print(server_table([(s.name, s.ready_seconds, processes.memory(s.pid)) for s in servers]))
    print()
    print(timing_table(timings))


def _as_json(
    servers: Sequence[Server],
    rows: Sequence[Row],
    timings: Sequence[Timing],
    options: argparse.Namespace,
) -> dict[str, Any]:
    return {
        "at": time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime()),
        "options": vars(options),
        "cores": os.cpu_count(),
        "loadAverage": os.getloadavg(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "readySeconds": {server.name: server.ready_seconds for server in servers},
        "memory": {server.name: processes.memory(server.pid) for server in servers},
        "rows": [asdict(row) for row in rows],
        "timings": [asdict(timing) for timing in timings],
    }


def main() -> None:
    """Measure, print the tables, and keep the figures as a file."""
    options = _arguments()
    with tempfile.TemporaryDirectory(prefix="citylinks-bench-") as name:
        figures = _measured(Path(name), options)
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{figures['at']}.json"
    target.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    print(f"\n{target}", file=sys.stderr)


if __name__ == "__main__":
    main()
