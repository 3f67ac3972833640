"""Whose turn it is: a bounded queue before a few places, fair between those who ask.

There are general places, and one more that is kept for who has nothing running: so one client,
however much it asks, never has them all. The next is who has the least running, then who was
served longest ago, then who has waited longest. Where the queue is full, the client with the most
in it gives way.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from registry import metrics
from registry.problems import Problem
from registry.sandbox import NOBODY, Abandoned, abandoned

LOOK_SECONDS: Final = 0.1
"""How often who waits looks whether its caller is still there."""


@dataclass(frozen=True)
class Client:
    """Who asks: a name that its queries have in common, and the socket on which it waits."""

    name: str = ""
    socket: int = NOBODY


ANONYMOUS: Final = Client()
"""Asks in nobody's name, and is always there."""


@dataclass(eq=False)
class Ticket:
    """A query that waits for a place, or has one; `kept` = the place that is kept."""

    asker: Client
    general_only: bool
    kept: bool = False
    refused: bool = False
    given: threading.Event = field(default_factory=threading.Event)


class FairQueue:
    """Places and the queue before them; any number of threads may ask."""

    def __init__(self, places: int, kept: int, queue: int) -> None:
        self._general, self._kept, self._queue = places, kept, queue
        self._waiting: list[Ticket] = []
        self._running: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._count = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many have a place."""
        return sum(self._running.values())

    def take(self, asker: Client, seconds: float, general_only: bool = False) -> Ticket:
        """Wait for a place, at most so many seconds.

        Raises
        ------
        Problem
            `busy` when too many wait, or nothing came to an end in time; `rate` when it is the
            asker's own queries that wait. Abandoned when the asker is gone.

        """
        turn = Ticket(asker, general_only)
        with self._lock:
            if self._general and not self._waiting:
                self._general -= 1
                self._note(turn)
                return turn
            self._waiting.append(turn)
            self._give()
            if not turn.given.is_set() and len(self._waiting) > self._queue:
                self._refuse_one()
        with metrics.waiting.track_inprogress():
            self._wait(turn, time.monotonic() + seconds)
        if turn.refused:
            raise _refusal(self._rivals(asker))
        return turn

    def _wait(self, turn: Ticket, until: float) -> None:
        """Wait until a turn is given or refused."""
        while not turn.given.wait(min(LOOK_SECONDS, max(0.0, until - time.monotonic()))):
            self._look_after(turn, until)

    def _look_after(self, turn: Ticket, until: float) -> None:
        """Leave the queue when the caller is gone or the time is over."""
        gone = abandoned(turn.asker.socket)
        if not gone and time.monotonic() < until:
            return
        with self._lock:
            if turn.given.is_set():
                return
            self._waiting.remove(turn)
            self._forget(turn.asker.name)
        if gone:
            raise Abandoned
        raise Problem("busy", "no query before this one came to an end", retryAfter=5)

    def give_back(self, turn: Ticket) -> None:
        """Release a slot for the next in the queue."""
        with self._lock:
            self._running[turn.asker.name] -= 1
            self._forget(turn.asker.name)
            if turn.kept:
                self._kept += 1
            else:
                self._general += 1
            if self._waiting:
                self._give()

    def move(self, turn: Ticket) -> bool:
        """Change the kept place for a general one, where one is free; tell whether it is now."""
        with self._lock:
            if turn.kept and self._general:
                self._general -= 1
                self._kept += 1
                turn.kept = False
                self._give()
            return not turn.kept

    def _give(self) -> None:
        """Hand free slots to the next in the queue."""
        for turn in self._in_order():
            if self._general:
                self._general -= 1
            elif self._kept and not turn.general_only and not self._running[turn.asker.name]:
                self._kept -= 1
                turn.kept = True
            else:
                continue
            self._waiting.remove(turn)
            self._note(turn)
            turn.given.set()

    def _note(self, turn: Ticket) -> None:
        """Note that a turn has got a place."""
        self._running[turn.asker.name] += 1
        self._count += 1
        self._served[turn.asker.name] = self._count

    def _in_order(self) -> Iterator[Ticket]:
        """Go through those who wait, while there are places, in the order of their turns."""
        left = list(self._waiting)
        while left and (self._general or self._kept):
            turn = min(left, key=self._rank)
            left.remove(turn)
            yield turn

    def _rank(self, turn: Ticket) -> tuple[int, int]:
        name = turn.asker.name
        return self._running[name], self._served.get(name, 0)

    def _forget(self, name: str) -> None:
        """Forget a client that neither runs nor waits."""
        if not self._running[name]:
            del self._running[name]
            if all(turn.asker.name != name for turn in self._waiting):
                self._served.pop(name, None)

    def _refuse_one(self) -> None:
        """Send away the newest of the client that has the most waiting."""
        counts = Counter(turn.asker.name for turn in self._waiting)
        most = max(counts.values())
        turn = next(t for t in reversed(self._waiting) if counts[t.asker.name] == most)
        self._waiting.remove(turn)
        self._forget(turn.asker.name)
        turn.refused = True
        turn.given.set()

    def _rivals(self, asker: Client) -> int:
        """Count the queries of the same client that wait or run; one without a name has none."""
        if not asker.name:
            return 0
        with self._lock:
            waiting = sum(turn.asker.name == asker.name for turn in self._waiting)
            return waiting + self._running[asker.name]


def _refusal(own: int) -> Problem:
    """Send away: for the client's own queries, or for those of all."""
    if own:
        return Problem("rate", "too many of your queries run and wait already", retryAfter=2)
    return Problem("busy", "too many queries wait already", retryAfter=2)
