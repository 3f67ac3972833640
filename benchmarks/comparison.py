"""The comparison: each workload put on all servers in turn, round after round."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from benchmarks.client import Answerless, Client, Load
from benchmarks.figures import Cell, Row, Sample, middle, sample
from benchmarks.servers import Endpoint
from benchmarks.targets import VIRTUOSO
from benchmarks.workloads import (
    TRIPLES,
    About,
    Asked,
    Requests,
    Subjects,
    Workload,
    pages,
    stream,
)
from registry import terms

MOST_REQUESTS: Final = 200_000
"""Bound of one round, whatever its seconds."""

DOCUMENT: Final = "document"
DOCUMENT_TITLE: Final = "/doc/city/….ttl"

MAY_FAIL: Final = (VIRTUOSO,)
"""Servers whose failure is reported and ends no run; Virtuoso is known to end on some queries."""

_WARM_UP: Final = 1 / 3
"""Length of the warm-up, in rounds."""


@dataclass(frozen=True)
class Plan:
    """What to measure: how many rounds of how many seconds, over how many connections."""

    data: str
    rounds: int
    seconds: float
    connections: tuple[int, ...]

    def asks(self, endpoint: Endpoint, cell: Cell) -> bool:
        """Tell whether an endpoint takes part: a slow one over the fewest connections alone."""
        if endpoint.slow and cell.connections > min(self.connections):
            return False
        return not (endpoint.repeated_only and cell.asked is Asked.DISTINCT)


def rows(
    client: Client,
    endpoints: Sequence[Endpoint],
    workloads: Sequence[Workload],
    about: Subjects,
    plan: Plan,
) -> Iterator[Row]:
    """Measure all workloads, in both ways of asking, with each number of connections."""
    for workload, asked, connections in product(workloads, Asked, plan.connections):
        cell = Cell(plan.data, workload.name, asked, connections)
        taking_part = [endpoint for endpoint in endpoints if plan.asks(endpoint, cell)]
        loads = {e: _requests(workload, e, about, asked) for e in taking_part}
        yield from _compare(client, loads, cell, plan)


def documents(client: Client, endpoint: Endpoint, about: Subjects, plan: Plan) -> Iterator[Row]:
    """Measure the documents about cities, which we alone have."""
    paths = [f"{terms.path_of(city)}.ttl" for (city,) in about[About.CITY]]
    asked = {endpoint: pages(paths, endpoint.host, TRIPLES)}
    for connections in plan.connections:
        cell = Cell(plan.data, DOCUMENT, Asked.DISTINCT, connections)
        yield from _compare(client, asked, cell, plan)


def _requests(workload: Workload, endpoint: Endpoint, about: Subjects, asked: Asked) -> Requests:
    """Make the requests to an endpoint."""
    made = stream(workload, endpoint.path, endpoint.host, about[workload.about])
    return made if asked is Asked.DISTINCT else made.typical()


def _compare(
    client: Client, asked: Mapping[Endpoint, Requests], cell: Cell, plan: Plan
) -> Iterator[Row]:
    """Put one load on all servers in turn: A B C for warming up, then A B C A B C …

    A slow server gets one round and no warm-up. One that may fail is left out where it does.
    """
    found: dict[Endpoint, list[Sample]] = {endpoint: [] for endpoint in asked}
    for turn in range(plan.rounds + 1):
        for endpoint in [e for e in found if turn == 1 or not e.slow]:
            seconds = plan.seconds if turn else plan.seconds * _WARM_UP
            load = Load(endpoint.address, asked[endpoint], cell.connections, seconds, MOST_REQUESTS)
            try:
                found[endpoint].append(_sample(client, endpoint, load))
            except (Answerless, OSError) as error:
                if endpoint.name not in MAY_FAIL:
                    raise Answerless(f"{endpoint.name}: {error}") from error
                print(f"\n{endpoint.name} fails on {cell}: {error}", file=sys.stderr)
                del found[endpoint]
    for endpoint, samples in found.items():
        measured = samples if endpoint.slow else samples[1:]
        yield Row(cell, endpoint.name, len(measured), middle(measured))
    print(".", end="", file=sys.stderr, flush=True)


def _sample(client: Client, endpoint: Endpoint, load: Load) -> Sample:
    """Put a load on a server once, and see how much processor time the server used for it."""
    before = endpoint.cpu_seconds()
    tally = client.put(load)
    return sample(tally, endpoint.cpu_seconds() - before)
