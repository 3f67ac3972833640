"""The comparison: each workload put on all servers in turn, round after round."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from benchmarks import processes
from benchmarks.client import Client, Load
from benchmarks.report import Row, Sample, middle, sample
from benchmarks.servers import Server
from benchmarks.workloads import ALL, TRIPLES, Stream, pages, stream
from registry import terms

MOST_REQUESTS: Final = 200_000
"""Bound of one round, whatever its seconds."""

DOCUMENT: Final = "document"
TITLES: Final = {**{w.name: w.title for w in ALL}, DOCUMENT: "/doc/city/….ttl"}
"""What each workload is called in the report, in its order."""

_MOST_CITIES: Final = 1_000
_WARM_UP: Final = 1 / 3
"""Length of the warm-up, in rounds."""


@dataclass(frozen=True)
class Plan:
    """What to measure: how many rounds of how many seconds, over how many connections."""

    rounds: int
    seconds: float
    connections: tuple[int, ...]
    workloads: tuple[str, ...]


def cities(home: Path) -> list[str]:
    """List cities of the current release, evenly from all, about a thousand at most."""
    store = ox.Store.read_only(str((home / "current" / "store").resolve()))
    of_type, city = ox.NamedNode(terms.RDF_TYPE), ox.NamedNode(terms.prefixed("cl:City"))
    quads = store.quads_for_pattern(None, of_type, city, ox.DefaultGraph())
    found = sorted(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))
    return found[:: max(1, len(found) // _MOST_CITIES)]


def rows(
    client: Client, servers: Sequence[Server], about: Sequence[str], plan: Plan
) -> Iterator[Row]:
    """Measure all workloads with each number of connections."""
    streams = {server: _streams(server, about) for server in servers}
    for name in plan.workloads:
        for connections in plan.connections:
            asked = {server: made[name] for server, made in streams.items() if name in made}
            for server, samples in _compare(client, asked, connections, plan).items():
                yield Row(name, connections, server.name, plan.rounds, middle(samples))
            print(".", end="", file=sys.stderr, flush=True)


def _streams(server: Server, about: Sequence[str]) -> dict[str, Stream]:
    """Make the requests of all workloads to a server; documents are ours alone."""
    made = {w.name: stream(w, server.kind.path, server.host, about) for w in ALL}
    if server.name == "citylinks":
        paths = [f"{terms.path_of(city)}.ttl" for city in about]
        made[DOCUMENT] = pages(paths, server.host, TRIPLES)
    return made


def _compare(
    client: Client, asked: Mapping[Server, Stream], connections: int, plan: Plan
) -> dict[Server, list[Sample]]:
    """Put one workload on all servers in turn: A B C for warming up, then A B C A B C …"""
    found: dict[Server, list[Sample]] = {server: [] for server in asked}
    for server, requests in asked.items():
        seconds = plan.seconds * _WARM_UP
        client.put(Load(server.address, requests, connections, seconds, MOST_REQUESTS))
    for _ in range(plan.rounds):
        for server, requests in asked.items():
            load = Load(server.address, requests, connections, plan.seconds, MOST_REQUESTS)
            found[server].append(_sample(client, server, load))
    return found


def _sample(client: Client, server: Server, load: Load) -> Sample:
    """Put a load on a server once, and see how much processor time the server used for it."""
    before = processes.cpu_seconds(server.pid)
    tally = client.put(load)
    return sample(tally, processes.cpu_seconds(server.pid) - before)
