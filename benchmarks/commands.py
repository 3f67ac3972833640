"""What is measured by itself: publishing, starting, and writing a page."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.client import Client, Load
from benchmarks.servers import Server, citylinks
from benchmarks.workloads import About, Subjects, pages
from registry import terms

TIMES: Final = 5


@dataclass(frozen=True)
class Timing:
    """A row: what was done, and the seconds that each time took."""

    what: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.seconds)


def publish(home: Path) -> None:
    """Publish the shipped data in a workspace, as a user would."""
    command = [str(Path(sys.executable).with_name("citylinks")), "publish", "--quiet"]
    environ = {**os.environ, "CITYLINKS_HOME": str(home)}
    subprocess.run(command, check=True, env=environ, stdout=subprocess.DEVNULL)


def timed(what: str, action: Callable[[int], object], times: int = TIMES) -> Timing:
    """Do something several times, with the number of the time, and note how long each took."""
    seconds = []
    for number in range(times):
        started = time.perf_counter()
        action(number)
        seconds.append(time.perf_counter() - started)
    return Timing(what, tuple(seconds))


def _ready(home: Path, log: Path) -> float:
    """Start our server; give the seconds until it answered a query."""
    with Server(citylinks(home), log) as server:
        return server.ready_seconds


def all_timings(folder: Path) -> list[Timing]:
    """Measure publishing and starting on the shipped data; leaves a workspace in `folder`."""
    home, log = folder / "publish-0", folder / "ready.log"
    return [
        timed("publish, fresh workspace", lambda n: publish(folder / f"publish-{n}")),
        timed("publish, nothing changed", lambda _: publish(home)),
        Timing("serve, until it answers a query", tuple(_ready(home, log) for _ in range(TIMES))),
    ]


def page(server: Server, client: Client, about: Subjects, seconds: float) -> Timing:
    """Measure the page of a city over one connection, after a warm-up."""
    (city,) = about[About.CITY][-1]
    endpoint = server.endpoint
    stream = pages([f"{terms.path_of(city)}.html"], endpoint.host, "text/html")
    client.put(Load(endpoint.address, stream, 1, seconds / 4, 1_000))
    tally = client.put(Load(endpoint.address, stream, 1, seconds, 10_000))
    return Timing(f"page of {city}", tuple(n / 1e9 for n in tally.latencies))
