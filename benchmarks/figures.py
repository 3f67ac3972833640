"""The figures: what a round gave, and the medians over rounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.client import Tally
from benchmarks.workloads import Asked


@dataclass(frozen=True)
class Sample:
    """One round of one server under one load; times in milliseconds."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    client_share: float


@dataclass(frozen=True)
class Cell:
    """What is measured on all servers in turn."""

    data: str
    workload: str
    asked: Asked
    connections: int


@dataclass(frozen=True)
class Row:
    """The medians over the rounds of one server."""

    cell: Cell
    server: str
    rounds: int
    median: Sample


def percentile(values: Iterable[int | float], share: float) -> float:
    """Give the value that this share of the values does not exceed (nearest rank).

    >>> percentile([5, 1, 4, 2, 3], 0.5), percentile([5, 1, 4, 2, 3], 0.99)
    (3, 5)
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[math.ceil(share * len(ordered)) - 1]


def sample(tally: Tally, server_cpu: float) -> Sample:
    """Make a sample of a tally and the processor seconds that the server used meanwhile."""
    count = len(tally.latencies)
    return Sample(
        tally.rate,
        percentile(tally.latencies, 0.5) / 1e6,
        percentile(tally.latencies, 0.99) / 1e6,
        server_cpu * 1e3 / count,
        tally.client_share,
    )


def middle(samples: Sequence[Sample]) -> Sample:
    """Give the median of each figure."""
    columns = zip(*(tuple(asdict(one).values()) for one in samples), strict=True)
    return Sample(*(median(column) for column in columns))


def ratio(one: float, other: float) -> str:
    """Say how many times as much the one is as the other.

    >>> ratio(300, 100), ratio(1, 4), ratio(12345, 10), ratio(3, 700), ratio(1, 0)
    ('3.00', '0.25', '1234', '0.0043', '-')
    """
    return shown(one / other) if other else "-"


def shown(value: float) -> str:
    """Write a ratio with as many places as it is worth."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"
