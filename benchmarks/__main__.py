"""Run the measurements: `python -m benchmarks` (or `make bench`)."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks import (
    answers,
    attack,
    commands,
    comparison,
    hostile,
    leaks,
    processes,
    report,
    stage,
    subjects,
    synthetic,
    targets,
    virtuoso,
)
from benchmarks.client import Client
from benchmarks.commands import Timing
from benchmarks.comparison import Plan
from benchmarks.figures import Row
from benchmarks.servers import Server
from benchmarks.workloads import ALL, About, Group

RESULTS: Final = Path(__file__).resolve().parent / "results"
SHIPPED, WORLD = "shipped", "world"
PARTS: Final = ("timings", *Group, "documents", "attack", "hostile", "leaks")

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
    add("--only", nargs="+", choices=PARTS, default=PARTS, help="what to measure (all)")
    add("--data", nargs="+", choices=(SHIPPED, WORLD), default=(SHIPPED, WORLD), help="on what")
    add("--triples", type=int, default=1_000_000, help="size of the made-up world (1000000)")
    add("--rounds", type=int, default=3, help="rounds of each load, A B C A B C (3)")
    add("--seconds", type=float, default=0.6, help="length of a round (0.6)")
    add("--connections", type=int, nargs="+", default=[1, 16], help="connections at a time (1 16)")
    add("--clients", type=int, default=2, help="client processes at most (2)")
    add("--requests", type=int, default=100_000, help="light requests in search of leaks (100000)")
    add("--kills", type=int, default=1_000, help="killed queries in search of leaks (1000)")
    return parser.parse_args(given)


@dataclass
class Found:
    """Everything that a run gave."""

    timings: list[Timing] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    servers: dict[str, list[tuple[str, float, int]]] = field(default_factory=dict)
    slowdowns: list[attack.Slowdown] = field(default_factory=list)
    outcomes: list[hostile.Outcome] = field(default_factory=list)
    leaks: list[leaks.Count] = field(default_factory=list)


class Run:
    """One run of the measurements that the options choose; tables are printed as they come."""

    def __init__(self, folder: Path, options: argparse.Namespace, client: Client) -> None:
        self._folder, self._options, self._client = folder, options, client
        self._workloads = [workload for workload in ALL if workload.group in options.only]
        self.found = Found()

    def all(self) -> None:
        """Do what is chosen."""
        homes = self._homes()
        for data, home in homes.items():
            if self._workloads or "documents" in self._options.only:
                self._compare(data, home)
        self._survive(homes)

    def _homes(self) -> dict[str, Path]:
        """Make the workspaces."""
        homes: dict[str, Path] = {}
        if "timings" in self._options.only:
            with _part("timings"):
                self.found.timings += commands.all_timings(self._folder)
            print(report.timings(self.found.timings), end="\n\n")
        if SHIPPED in self._options.data:
            homes[SHIPPED] = self._folder / SHIPPED
            commands.publish(homes[SHIPPED])
        if WORLD in self._options.data:
            with _part(f"a world of {self._options.triples:,} triples"):
                homes[WORLD] = self._folder / WORLD
                synthetic.build(homes[WORLD], self._options.triples)
        return homes

    def _compare(self, data: str, home: Path) -> None:
        """Compare the servers on one set of data."""
        options, about, plan = self._options, subjects.read(home), self._plan(data)
        with _part(f"comparison, {data} data"), stage.on(home, self._folder / f"{data}-all") as on:
            lines = answers.check(on.endpoints, self._workloads, about, virtuoso.DIFFERENCES)
            print(f"{data}: equal answers, lines by workload: {lines}")
            rows = list(comparison.rows(self._client, on.endpoints, self._workloads, about, plan))
            if "documents" in options.only:
                rows += comparison.documents(self._client, on.endpoints[0], about, plan)
                page = commands.page(on.servers[0], self._client, about, plan.seconds)
                self.found.timings.append(page)
            held = [(s.name, s.ready_seconds, processes.memory(s.pid)) for s in on.servers]
        self._print(data, rows, held)

    def _plan(self, data: str) -> Plan:
        options = self._options
        return Plan(data, options.rounds, options.seconds, tuple(sorted(options.connections)))

    def _print(self, data: str, rows: list[Row], held: list[tuple[str, float, int]]) -> None:
        self.found.rows += rows
        self.found.servers[data] = held
        titles = {comparison.DOCUMENT: comparison.DOCUMENT_TITLE}
        print(report.figures(rows, self._workloads, titles), report.LEGEND, sep="\n", end="\n\n")
        print(report.classes(rows, self._workloads, data), end="\n\n")
        print(report.ratios(list(targets.verdicts(rows, self._workloads))), end="\n")
        print(report.VERDICT_LEGEND, report.servers(held), sep="\n\n")

    def _survive(self, homes: dict[str, Path]) -> None:
        """Measure under attack and search for leaks: on the largest and on the smallest data."""
        small, large = next(iter(homes.values())), list(homes.values())[-1]
        if "attack" in self._options.only:
            self._attack(large)
        if "hostile" in self._options.only:
            self._try_hostile(large)
        if "leaks" in self._options.only:
            self._leak(small)

    def _attack(self, home: Path) -> None:
        about, plan = subjects.read(home), self._plan("")
        with _part("light queries under attack"):
            measured = attack.slowdowns(home, self._folder, self._client, about, plan)
            self.found.slowdowns += measured
        print(report.slowdowns(self.found.slowdowns), end="\n\n")

    def _try_hostile(self, home: Path) -> None:
        subject = subjects.read(home)[About.CITY][0]
        with _part("hostile queries"):
            self.found.outcomes += hostile.trials(home, self._folder / "hostile.log", subject)
        print(report.outcomes(self.found.outcomes), end="\n\n")

    def _leak(self, home: Path) -> None:
        options, about = self._options, subjects.read(home)
        with _part("leaks"), Server(leaks.kind(home), self._folder / "leaks.log") as server:
            asked = options.requests, options.kills
            self.found.leaks += leaks.counts(server, self._client, about, *asked)
        print(report.leaks(self.found.leaks))

    def as_json(self) -> dict[str, Any]:
        """Give everything as JSON."""
        judged = targets.verdicts(self.found.rows, self._workloads)
        return {
            "at": time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime()),
            "options": vars(self._options),
            "cores": os.cpu_count(),
            "loadAverage": os.getloadavg(),
            "python": platform.python_version(),
            "packages": {name: version(name) for name in _PACKAGES},
            **asdict(self.found),
            "verdicts": [{**asdict(verdict), "met": verdict.met} for verdict in judged],
        }


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Say what is under way, and afterwards how long it took."""
    started = time.perf_counter()
    print(f"{name} …", file=sys.stderr, flush=True)
    yield
    print(f" {time.perf_counter() - started:.0f} s\n", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print the tables, and keep the figures as a file."""
    options = _arguments()
    with (
        tempfile.TemporaryDirectory(prefix="citylinks-bench-") as name,
        Client(options.clients) as client,
    ):
        run = Run(Path(name), options, client)
        run.all()
        figures = run.as_json()
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{figures['at']}.json"
    target.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    print(f"\n{target}", file=sys.stderr)


if __name__ == "__main__":
    main()
