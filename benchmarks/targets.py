"""What the measurements must show: the ratios that are aimed at, and whether they are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Final

from benchmarks.figures import Row
from benchmarks.workloads import Asked, Group, Workload

OURS: Final = "citylinks"
BEHIND_NGINX: Final = "citylinks, nginx"
NATIVE: Final = "oxigraph"
RDFLIB: Final = "rdflib-endpoint"
VIRTUOSO: Final = "virtuoso"

MOST_SLOWDOWN: Final = 5.0
"""Light queries' p99 under attack, at most so many times the quiet one."""

OVERRUN: Final = 0.2
"""Seconds after its deadline by which a hostile query has its answer."""

_COMPARED: Final = (
    (OURS, NATIVE),
    (BEHIND_NGINX, NATIVE),
    (OURS, RDFLIB),
    (OURS, VIRTUOSO),
)
"""Which server is compared with which."""

_ASKED: Final[Mapping[tuple[str, str, Group, Asked], float]] = {
    (OURS, NATIVE, Group.POINTS, Asked.DISTINCT): 0.07,
    (OURS, NATIVE, Group.POINTS, Asked.REPEATED): 0.12,
    (OURS, NATIVE, Group.JOINS, Asked.DISTINCT): 0.5,
    (OURS, NATIVE, Group.JOINS, Asked.REPEATED): 2.0,
    (OURS, NATIVE, Group.SCANS, Asked.DISTINCT): 1.2,
    (OURS, NATIVE, Group.SCANS, Asked.REPEATED): 50.0,
}
_WHATEVER_IS_ASKED: Final[Mapping[tuple[str, str, Group], float]] = {
    (BEHIND_NGINX, NATIVE, Group.POINTS): 1.0,
    (BEHIND_NGINX, NATIVE, Group.JOINS): 1.0,
    (BEHIND_NGINX, NATIVE, Group.SCANS): 1.0,
    (OURS, RDFLIB, Group.POINTS): 2.0,
    (OURS, RDFLIB, Group.JOINS): 20.0,
    (OURS, RDFLIB, Group.SCANS): 20.0,
}
"""The least ratio of requests per second that is aimed at."""


def target(server: str, other: str, group: Group, asked: Asked) -> float | None:
    """Give the least ratio to another server that is aimed at, if any.

    >>> target(OURS, NATIVE, Group.JOINS, Asked.REPEATED), target(OURS, VIRTUOSO, Group.JOINS, "")
    (2.0, None)
    """
    exact = _ASKED.get((server, other, group, asked))
    return _WHATEVER_IS_ASKED.get((server, other, group)) if exact is None else exact


@dataclass(frozen=True)
class Verdict:
    """A class of workloads on one server beside another: the ratio of each workload.

    `ratios` holds the workloads that the native server's latency puts in the class, `outside` the
    others. A target is met where every workload in the class meets it.
    """

    data: str
    group: Group
    asked: Asked
    connections: int
    server: str
    other: str
    target: float | None
    ratios: Mapping[str, float]
    outside: Mapping[str, float]

    @property
    def least(self) -> tuple[str, float]:
        """Give the workload with the least ratio, of the class if it has any, and the ratio."""
        return min((self.ratios or self.outside).items(), key=lambda pair: pair[1])

    @property
    def median(self) -> float:
        """Give the median of the ratios."""
        return median((self.ratios or self.outside).values())

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met; None where there is none, or nothing in the class."""
        if self.target is None or not self.ratios:
            return None
        return self.least[1] >= self.target


def verdicts(rows: Sequence[Row], workloads: Sequence[Workload]) -> Iterator[Verdict]:
    """Compare servers by class, way of asking and number of connections."""
    kinds = dict.fromkeys((r.cell.data, r.cell.asked, r.cell.connections) for r in rows)
    for (server, other), group, kind in product(_COMPARED, Group, kinds):
        ratios = _ratios([row for row in rows if _kind(row) == kind], server, other)
        compared = [w.name for w in workloads if w.group is group and w.name in ratios]
        if compared:
            data, asked, connections = kind
            native = latencies(rows, data)
            inside = {n: ratios[n] for n in compared if group.holds(native.get(n, -1))}
            outside = {n: ratios[n] for n in compared if n not in inside}
            least = target(server, other, group, asked)
            yield Verdict(data, group, asked, connections, server, other, least, inside, outside)


def _kind(row: Row) -> tuple[str, Asked, int]:
    return row.cell.data, row.cell.asked, row.cell.connections


def _ratios(rows: Sequence[Row], server: str, other: str) -> dict[str, float]:
    """Give the ratio of requests per second by workload, where both servers were asked."""
    ours = {row.cell.workload: row.median.rate for row in rows if row.server == server}
    theirs = {row.cell.workload: row.median.rate for row in rows if row.server == other}
    return {name: rate / theirs[name] for name, rate in ours.items() if theirs.get(name)}


def latencies(rows: Sequence[Row], data: str) -> dict[str, float]:
    """Give the native server's p50 in milliseconds by workload, distinct and one at a time."""
    of_native = [row for row in rows if row.server == NATIVE and row.cell.data == data]
    return {
        row.cell.workload: row.median.p50
        for row in of_native
        if row.cell.asked is Asked.DISTINCT and row.cell.connections == 1
    }
