"""Latency under attack: light queries, while another client runs the hostile collection.

The attacker connects from another address of this machine, so that a server that is fair between
clients can tell the two apart.
"""

from __future__ import annotations

import ctypes
import http.client
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from statistics import median
from time import sleep
from typing import Any, Final, Self

from benchmarks.client import PATIENCE, Client, Load
from benchmarks.comparison import Plan
from benchmarks.figures import percentile
from benchmarks.hostile import Hostile, answer_to, queries
from benchmarks.servers import Endpoint, Server, citylinks
from benchmarks.workloads import POINT, TWINS, Subjects, Workload, stream

ATTACKER: Final = "127.0.0.2"
CONNECTIONS: Final = 8
"""Connections of the attacker, each with a hostile query under way all the time."""

DEADLINES: Final = ("", "2")
"""Seconds of a query: as shipped, and so few that every hostile query has its turn."""

LIGHT: Final = (POINT, TWINS)

_BITES_AFTER: Final = 1.0
"""Seconds that an attack runs before light queries are measured."""

_LONGER: Final = 3
"""A round is so many times as long as in the comparison: its p99 is what counts."""

_MOST_REQUESTS: Final = 100_000


@dataclass(frozen=True)
class Slowdown:
    """A light workload before and during an attack: p99 in milliseconds, answers, refusals.

    `attacks` is how many hostile requests were answered meanwhile, whatever the answer.
    """

    workload: str
    deadline: str
    quiet: float
    attacked: float
    answers: int
    refusals: int
    attacks: int

    @property
    def ratio(self) -> float:
        """How many times as long."""
        return self.attacked / self.quiet


class Attack:
    """A client process that puts hostile queries to a server until the context ends."""

    def __init__(self, endpoint: Endpoint, hostile: Sequence[Hostile]) -> None:
        self._answers = RawArray(ctypes.c_long, CONNECTIONS)
        arguments = (endpoint.address, hostile, self._answers)
        self._process = get_context("spawn").Process(target=_attack, args=arguments)

    @property
    def answers(self) -> int:
        """How many hostile requests were answered."""
        return sum(self._answers)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()


def _attack(address: tuple[str, int], hostile: Sequence[Hostile], answers: Any) -> None:
    """Attack over several connections; each begins elsewhere in the collection."""
    for number in range(CONNECTIONS):
        begin = number * len(hostile) // CONNECTIONS
        turned = [*hostile[begin:], *hostile[:begin]]
        threading.Thread(target=_harass, args=(address, turned, answers, number)).start()


def _harass(
    address: tuple[str, int], hostile: Sequence[Hostile], answers: Any, number: int
) -> None:
    """Put one hostile query after another, no two with the same text, over one connection."""
    turn = 0
    while True:
        turn += 1
        connection = http.client.HTTPConnection(
            *address, timeout=PATIENCE, source_address=(ATTACKER, 0)
        )
        try:
            for query in hostile:
                answer_to(connection, f"{query.text}\n# {number} {turn}")
                answers[number] += 1
        except (OSError, http.client.HTTPException):
            # A server may well close a connection on an attacker; the attack goes on.
            sleep(0.01)
        finally:
            connection.close()


def slowdowns(
    home: Path, folder: Path, client: Client, about: Subjects, plan: Plan
) -> Iterator[Slowdown]:
    """Measure light queries over one connection, quiet first, then under attack."""
    for deadline in DEADLINES:
        settings = {"CITYLINKS_QUERY_SECONDS": deadline} if deadline else {}
        with Server(citylinks(home, **settings), folder / "attacked.log") as server:
            endpoint = server.endpoint
            loads = {w: _load(endpoint, w, about, plan.seconds * _LONGER) for w in LIGHT}
            for load in loads.values():
                client.put(load)
            quiet = {w: _p99s(client, load, plan.rounds)[0] for w, load in loads.items()}
            with Attack(endpoint, queries()) as attack:
                sleep(_BITES_AFTER)
                for workload, load in loads.items():
                    before = attack.answers
                    p99, answers, refusals = _p99s(client, load, plan.rounds)
                    yield Slowdown(
                        workload.name,
                        deadline,
                        quiet[workload],
                        p99,
                        answers,
                        refusals,
                        attack.answers - before,
                    )


def _load(endpoint: Endpoint, workload: Workload, about: Subjects, seconds: float) -> Load:
    asked = stream(workload, endpoint.path, endpoint.host, about[workload.about])
    return Load(endpoint.address, asked, 1, seconds, _MOST_REQUESTS, refusable=True)


def _p99s(client: Client, load: Load, rounds: int) -> tuple[float, int, int]:
    """Give the median of the rounds' p99 in milliseconds, the answers and the refusals."""
    tallies = [client.put(load) for _ in range(rounds)]
    p99 = median(percentile(tally.latencies, 0.99) for tally in tallies) / 1e6
    refusals = sum(tally.refusals.total() for tally in tallies)
    return p99, sum(len(tally.latencies) for tally in tallies) - refusals, refusals
