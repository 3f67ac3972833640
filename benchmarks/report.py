"""The report: medians over rounds, ratios to our server, and a table of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Final

from benchmarks.client import Tally
from benchmarks.commands import Timing

BUSY: Final = 0.9
"""A client process that works this share of the time may be the limit: marked with `!`."""


LEGEND: Final = """\
Medians over rounds. ratio: to the first server of the block, above 1 = more requests, or more
processor time, than it. CPU ms: processor time of the server and its processes for a request.
client: share of the time in which a client process was at work (! = it may have been the limit).
rdflib-endpoint answers DESCRIBE in RDF/XML, whatever is asked for; the others in Turtle."""


@dataclass(frozen=True)
class Sample:
    """One round of one server under one load; times in milliseconds."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    client_share: float


@dataclass(frozen=True)
class Row:
    """The medians over the rounds of one server under one load."""

    workload: str
    connections: int
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


def ratio(other: float, ours: float) -> str:
    """Say how many times as much as ours the other is.

    >>> ratio(300, 100), ratio(1, 4), ratio(12345, 10), ratio(3, 700), ratio(1, 0)
    ('3.00', '0.25', '1234', '0.0043', '-')
    """
    if not ours:
        return "-"
    value = other / ours
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


_HEAD: Final = ("", "requests/s", "ratio", "p50 ms", "p99 ms", "CPU ms", "ratio", "client")


def table(rows: Sequence[Row], titles: dict[str, str]) -> str:
    """Write the rows, one block for each workload and number of connections."""
    lines: list[tuple[str, ...]] = []
    for workload, connections in dict.fromkeys((row.workload, row.connections) for row in rows):
        block = [r for r in rows if (r.workload, r.connections) == (workload, connections)]
        plural = "connection" if connections == 1 else "connections"
        title = f"{titles[workload]}, {connections} {plural}"
        lines += [(title, *_HEAD[1:]), *(_line(row, block[0]) for row in block), ()]
    return _aligned(lines)


def _line(row: Row, ours: Row) -> tuple[str, ...]:
    one, our = row.median, ours.median
    return (
        f"  {row.server}",
        f"{one.rate:,.0f}",
        ratio(one.rate, our.rate),
        f"{one.p50:.2f}",
        f"{one.p99:.2f}",
        f"{one.server_cpu:.3f}",
        ratio(one.server_cpu, our.server_cpu),
        f"{one.client_share:.0%}" + ("!" if one.client_share > BUSY else ""),
    )


def server_table(servers: Sequence[tuple[str, float, int]]) -> str:
    """Write for each server when it was ready (seconds), and what it holds after the load."""
    lines: list[tuple[str, ...]] = [("after the load", "ready s", "memory MB")]
    lines += [(name, f"{ready:.2f}", f"{size / 1e6:.0f}") for name, ready, size in servers]
    return _aligned(lines)


def timing_table(timings: Sequence[Timing]) -> str:
    """Write what was measured by itself, in milliseconds."""
    lines: list[tuple[str, ...]] = [("", "median ms", "least ms", "most ms", "times")]
    lines += [
        (
            timing.what,
            f"{timing.median * 1e3:,.1f}",
            f"{min(timing.seconds) * 1e3:,.1f}",
            f"{max(timing.seconds) * 1e3:,.1f}",
            str(len(timing.seconds)),
        )
        for timing in timings
    ]
    return _aligned(lines)


def _aligned(lines: Sequence[tuple[str, ...]]) -> str:
    """Align columns: the first to the left, the others to the right."""
    widths = [max((len(c) for c in column), default=0) for column in _columns(lines)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=False))
        ).rstrip()
        for line in lines
    )


def _columns(lines: Sequence[tuple[str, ...]]) -> list[list[str]]:
    most = max((len(line) for line in lines), default=0)
    return [[line[at] for line in lines if at < len(line)] for at in range(most)]
