"""Run the soak: `python -m benchmarks.soak` (or `make soak`)."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import queue
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.family import HELPERS, Holding, alive, holding, members, named, query_processes
from benchmarks.servers import Kind, Server
from benchmarks.soak.clients import HOSTILE, LEAVING, LIGHT, SLOW, Place, Signals, questions, start
from benchmarks.soak.oracle import Oracle
from benchmarks.soak.report import Tally, holdings, leaks
from benchmarks.soak.timeline import Follower, Timeline
from benchmarks.soak.variants import Publisher, trouble
from benchmarks.soak.verdict import Judge
from registry import terms

LIMITS: Final = {
    "QUERY_SECONDS": "3",
    "QUERY_MEMORY": "200 MB",
    "ANSWER_BYTES": "4 MB",
    "CACHE_BYTES": "8 MB",
    "WORKERS": "4",
}
"""Settings under which limits are met often, and the cache is soon full."""

MARK: Final = "SOAKED"
"""In the environment of the server, by which its processes are known."""

CLIENTS: Final = ((LIGHT,) * 3, (LIGHT, LIGHT, HOSTILE, HOSTILE, SLOW, LEAVING))
"""The client processes: what each of their threads does."""

RELOADS: Final = (0.15, 0.3, 0.4)
WARM: Final = 0.55
"""Shares of the time at which the server is reloaded, and after which nothing may grow."""

REST_SECONDS: Final = 5.0
"""How long the clients rest before it is counted what the server holds."""

PATIENCE: Final = 90.0
"""Seconds after which clients that do not end are ended."""

PATIENCE_AT_THE_END: Final = 15.0
"""Seconds in which all processes of a server that is stopped must be gone."""


@dataclass(frozen=True)
class Plan:
    """How long, and how often what happens (seconds)."""

    seconds: float
    publish_every: float
    kill_every: float
    kill_helpers: float
    seed: int


def arguments(given: Sequence[str] | None = None) -> Plan:
    """Read the command line."""
    parser = argparse.ArgumentParser("python -m benchmarks.soak", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=600, help="length of the soak (600)")
    add("--publish-every", type=float, default=20, help="seconds between two releases (20)")
    add("--kill-every", type=float, default=3, help="seconds between two kills, on average (3)")
    add("--kill-helpers", type=float, default=0, help="share of kills of what forks queries (0)")
    add("--seed", type=int, default=0, help="what chance begins with (the time)")
    found = parser.parse_args(given)
    seed = found.seed or int(time.time())
    return Plan(found.seconds, found.publish_every, found.kill_every, found.kill_helpers, seed)


class Clock:
    """Says when something is due again: every so many seconds, or by chance about so often."""

    def __init__(self, every: float, chance: random.Random | None = None) -> None:
        self._every, self._chance = every, chance
        self._due = time.monotonic() + self._next()

    def _next(self) -> float:
        return self._every * (self._chance.uniform(0.3, 1.7) if self._chance else 1.0)

    def rings(self) -> bool:
        """Tell whether it is due now, and wind the clock up for the next time."""
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + self._next()
        return True


class Soak:
    """One soak: a server, its clients, and all that is done to it."""

    def __init__(self, plan: Plan, server: Server, publisher: Publisher, home: Path) -> None:
        self.plan, self.server, self.publisher, self.home = plan, server, publisher, home
        self.chance = random.Random(plan.seed)
        self.timeline, self.oracle = Timeline(), Oracle(home)
        self.follower = Follower(home / "current", self.timeline)
        self.kills: list[float] = []
        self.samples: dict[str, Holding] = {}
        self.tally, self.failures = Tally(), list[str]()
        self.under_way: tuple[str, subprocess.Popen[bytes]] | None = None

    def run(self) -> None:
        """Do it all."""
        spawning = multiprocessing.get_context("spawn")
        signals = Signals(spawning.Queue(), spawning.Event(), spawning.Event())
        with self.follower:
            cities = self._cities()
            asks = questions(cities)
            right = lambda version, number: self.oracle.expected(version, asks[number])  # noqa: E731
            judge = Judge(self.timeline, right, self.kills)
            self.samples["at the start"] = holding(self.family())
            place = Place(self.server.endpoint.address, cities)
            clients = start(CLIENTS, place, signals, self.plan.seed)
            try:
                self._disturb(signals, judge)
                self._rest("at the end", signals, judge)
            finally:
                signals.done.set()
                self._end(clients, signals, judge)

    def family(self) -> list[int]:
        """List all processes of the server."""
        return members(self.server.pid, f"{MARK}={self.home}")

    def _cities(self) -> tuple[str, ...]:
        """Choose cities to ask about."""
        store = self.oracle.store(self.follower.current())
        found = store.query(f"SELECT ?c {{ ?c a <{terms.CL}City> }} ORDER BY ?c")
        listed: list[str] = [row["c"].value for row in found]  # type: ignore[union-attr]
        return tuple(listed[:8])

    def _disturb(self, signals: Signals, judge: Judge) -> None:
        """Publish, kill and reload while the clients ask, until the time is over."""
        begun = time.monotonic()
        publish, kill = Clock(self.plan.publish_every), Clock(self.plan.kill_every, self.chance)
        reloads, warm = list(RELOADS), WARM
        while (share := (time.monotonic() - begun) / self.plan.seconds) < 1:
            self._judge(signals, judge, 0.1)
            self._after_publish(begun)
            if publish.rings() and self.under_way is None:
                self.under_way = self.publisher.next_change(self.follower.current())
            if kill.rings():
                self._kill()
            if reloads and share > reloads[0]:
                reloads.pop(0)
                os.kill(self.server.pid, signal.SIGHUP)
                print(f"{time.monotonic() - begun:6.0f} s  reload", flush=True)
            if share > warm:
                warm = 2.0
                self._rest("after warm-up", signals, judge)

    def _judge(self, signals: Signals, judge: Judge, seconds: float) -> None:
        """Judge what clients tell within some seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                batch = signals.told.get(timeout=left)
            except queue.Empty:
                return
            for seen in batch:
                self.tally.note(seen, judge.of(seen))

    def _after_publish(self, begun: float) -> None:
        """Print a line when a publish is done."""
        if self.under_way is None or self.under_way[1].poll() is None:
            return
        what, process = self.under_way
        self.under_way = None
        if problem := trouble(process):
            self.failures.append(f"{what}: {problem}")
        held = holding(self.family())
        print(
            f"{time.monotonic() - begun:6.0f} s  {what:<9} {self.follower.current()[:8]}"
            f"  {self.tally.requests:>8,} requests  {len(self.tally.wrong)} wrong"
            f"  {len(self.kills)} kills  {held.descriptors} descriptors"
            f"  {held.memory / 1e6:.0f} MB",
            flush=True,
        )

    def _kill(self) -> None:
        """Kill one query process, or one that such processes come from where that is wanted."""
        family = self.family()
        helpers = self.chance.random() < self.plan.kill_helpers and named(family, *HELPERS)
        found = helpers or query_processes(family)
        if not found:
            return
        self.kills.append(time.monotonic())
        try:
            os.kill(self.chance.choice(found), signal.SIGKILL)
        except ProcessLookupError:
            self.kills.pop()

    def _rest(self, when: str, signals: Signals, judge: Judge) -> None:
        """Let the clients rest, and count what the server holds."""
        signals.resting.set()
        self._judge_all(signals, judge, REST_SECONDS)
        self.samples[when] = holding(self.family())
        signals.resting.clear()

    def _judge_all(self, signals: Signals, judge: Judge, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._judge(signals, judge, 0.1)

    def _end(self, clients: Sequence[Any], signals: Signals, judge: Judge) -> None:
        """Wait for the clients to end, and judge the last of what they saw."""
        until = time.monotonic() + PATIENCE
        while any(client.is_alive() for client in clients) and time.monotonic() < until:
            self._judge(signals, judge, 0.1)
        for client in clients:
            if client.is_alive():
                self.failures.append("a client process did not end")
                client.kill()
            client.join()
        self._judge(signals, judge, 0.5)


def server_of(home: Path, folder: Path) -> Server:
    """Make our server on a workspace, with small limits."""
    environ = {"CITYLINKS_HOME": str(home), MARK: str(home)}
    environ |= {f"CITYLINKS_{name}": value for name, value in LIMITS.items()}
    command = (sys.executable, "-m", "registry.cli", "serve")
    listen = "--host {host} --port {port}"
    kind = Kind("citylinks", command, listen, "/sparql?query=", tuple(environ.items()))
    return Server(kind, folder / "server.log")


def remaining(pids: Sequence[int], seconds: float = PATIENCE_AT_THE_END) -> list[int]:
    """Wait for processes to end; list those that do not."""
    until = time.monotonic() + seconds
    while left := [pid for pid in pids if alive(pid)]:
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    return left


def failures_of(soak: Soak, log: str, left: Sequence[int]) -> list[str]:
    """Say all that fails the soak but wrong answers, which have examples of their own."""
    found = list(soak.failures)
    if "after warm-up" in soak.samples:
        grown = leaks(soak.samples["after warm-up"], soak.samples["at the end"])
        found += [f"leak of {what}" for what in grown]
    found += [f"process {pid} is left" for pid in left]
    found += [f"in the log: {line}" for line in log.splitlines() if "Traceback" in line][:1]
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Soak, print the tables, and give the exit code: 1 where anything was wrong."""
    plan = arguments(given)
    with tempfile.TemporaryDirectory(prefix="citylinks-soak-") as name, ExitStack() as stack:
        folder, home = Path(name), Path(name) / "home"
        publisher = Publisher(home, folder, random.Random(plan.seed))
        publisher.first()
        server = stack.enter_context(server_of(home, folder))
        soak = Soak(plan, server, publisher, home)
        soak.run()
        family = soak.family()
        stack.close()
        left = remaining(family)
        log = (folder / "server.log").read_text(errors="replace")
    failures = failures_of(soak, log, left)
    print(f"\nseed {plan.seed}, {len(soak.timeline)} releases in turn, {len(soak.kills)} kills\n")
    print(soak.tally.table(), holdings(soak.samples), sep="\n\n")
    if soak.tally.wrong or failures:
        print("", soak.tally.examples(), *failures, log[-3000:], sep="\n")
    return 1 if soak.tally.wrong or failures else 0


if __name__ == "__main__":
    sys.exit(main())
