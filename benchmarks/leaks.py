"""Leaks: what the server's processes hold before and after many requests and many kills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import processes
from benchmarks.client import Client, Load, Tally
from benchmarks.hostile import HEAVY
from benchmarks.processes import Holdings
from benchmarks.servers import Endpoint, Kind, Server, citylinks
from benchmarks.workloads import POINT, About, Subjects, Workload, stream

DEADLINE: Final = "0.05"
"""Seconds of a query: enough for a light one; a heavy one is killed."""

CACHE: Final = "4 MiB"
"""A cache that the warm-up fills, so that it does not pass for a leak."""

_SETTINGS: Final = {"CITYLINKS_QUERY_SECONDS": DEADLINE, "CITYLINKS_CACHE_BYTES": CACHE}
_CONNECTIONS: Final = 8
_WARM_CONNECTIONS: Final = 64
"""So many that the server has started every thread that it may start."""

_KILLING_CONNECTIONS: Final = 2
_A_FEW: Final = 1_000
"""Light requests before a count, since a new process holds less than one that was asked."""

_PATIENCE: Final = 3600.0
_WARM_UP: Final = 0.1
"""Share of requests and kills that come before the first count."""


@dataclass(frozen=True)
class Count:
    """What is held after something was done, and how the requests of it were refused."""

    after: str
    held: Holdings
    refusals: dict[str, int]


def kind(home: Path) -> Kind:
    """Our server, as it is searched for leaks."""
    return citylinks(home, **_SETTINGS)


def counts(
    server: Server, client: Client, about: Subjects, requests: int, kills: int
) -> list[Count]:
    """Put light requests and then queries that are killed on a server; count after each."""
    endpoint = server.endpoint
    _light(client, endpoint, about, int(requests * _WARM_UP), _WARM_CONNECTIONS)
    _killed(client, endpoint, int(kills * _WARM_UP))
    _light(client, endpoint, about, _A_FEW)
    first = processes.holdings(server.pid)
    asked = _light(client, endpoint, about, requests).refusals
    second = processes.settled(server.pid, first)
    killed = _killed(client, endpoint, kills).refusals
    _light(client, endpoint, about, _A_FEW)
    third = processes.settled(server.pid, first)
    return [
        Count("warm-up", first, {}),
        Count(f"{requests:,} light requests", second, dict(asked)),
        Count(f"{kills:,} kills", third, dict(killed)),
    ]


def _light(
    client: Client,
    endpoint: Endpoint,
    about: Subjects,
    requests: int,
    connections: int = _CONNECTIONS,
) -> Tally:
    asked = stream(POINT, endpoint.path, endpoint.host, about[About.CITY])
    return client.put(Load(endpoint.address, asked, connections, _PATIENCE, requests, True))


def _killed(client: Client, endpoint: Endpoint, kills: int) -> Tally:
    heavy = Workload("killed", POINT.group, "", About.NOTHING, HEAVY)
    asked = stream(heavy, endpoint.path, endpoint.host, [()])
    load = Load(endpoint.address, asked, _KILLING_CONNECTIONS, _PATIENCE, kills, True)
    return client.put(load)
