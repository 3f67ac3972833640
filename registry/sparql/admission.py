"""Admission control: a bounded queue, fair per client, for N evaluation slots.

One slot more is reserved for clients with no running query, so that one client, however much it
asks, never holds them all. Next is the client with the fewest running queries, then the one served
longest ago, then the one that has waited longest. When the queue is full, the newest ticket of the
client with the most tickets in it is refused.
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
"""How often a waiting thread checks that its client is still connected."""


@dataclass(frozen=True)
class Client:
    """A client: the name that its queries share, and the socket on which it waits."""

    name: str = ""
    socket: int = NOBODY


ANONYMOUS: Final = Client()
"""A client without a name, which is always connected."""


@dataclass(eq=False)
class Ticket:
    """A query that waits for a slot, or has one; `reserved` = it has the reserved slot."""

    client: Client
    general_only: bool
    reserved: bool = False
    refused: bool = False
    admitted: threading.Event = field(default_factory=threading.Event)


class FairQueue:
    """Evaluation slots and the queue for them; used by any number of threads."""

    def __init__(self, slots: int, reserved: int, queue: int) -> None:
        self._general, self._reserved, self._queue = slots, reserved, queue
        self._waiting: list[Ticket] = []
        self._running: Counter[str] = Counter()
        self._served: dict[str, int] = {}
        self._number = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Tickets that wait for a slot."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Tickets that hold a slot."""
        return sum(self._running.values())

    def admit(self, client: Client, seconds: float, general_only: bool = False) -> Ticket:
        """Wait for a slot, at most so many seconds.

        Raises
        ------
        Problem
            `busy` when too many wait, or no query ended in time; `rate` when the client's own
            queries fill the queue. Abandoned when the client has disconnected.

        """
        ticket = Ticket(client, general_only)
        with self._lock:
            if self._general and not self._waiting:
                self._general -= 1
                self._count(ticket)
                return ticket
            self._waiting.append(ticket)
            self._admit_next()
            if not ticket.admitted.is_set() and len(self._waiting) > self._queue:
                self._refuse_one()
        with metrics.waiting.track_inprogress():
            self._wait(ticket, time.monotonic() + seconds)
        if ticket.refused:
            raise _refusal(self._own_queries(client))
        return ticket

    def _wait(self, ticket: Ticket, until: float) -> None:
        """Wait until a ticket is admitted or refused."""
        while not ticket.admitted.wait(min(LOOK_SECONDS, max(0.0, until - time.monotonic()))):
            self._leave_if_over(ticket, until)

    def _leave_if_over(self, ticket: Ticket, until: float) -> None:
        """Leave the queue when the client has disconnected or the time is over."""
        gone = abandoned(ticket.client.socket)
        if not gone and time.monotonic() < until:
            return
        with self._lock:
            if ticket.admitted.is_set():
                return
            self._waiting.remove(ticket)
            self._forget(ticket.client.name)
        if gone:
            raise Abandoned
        raise Problem("busy", "no query before this one came to an end", retryAfter=5)

    def release(self, ticket: Ticket) -> None:
        """Release a slot for the next in the queue."""
        with self._lock:
            self._running[ticket.client.name] -= 1
            self._forget(ticket.client.name)
            if ticket.reserved:
                self._reserved += 1
            else:
                self._general += 1
            if self._waiting:
                self._admit_next()

    def move_to_general_slot(self, ticket: Ticket) -> bool:
        """Change the reserved slot for a general one, if one is free; whether it has one now."""
        with self._lock:
            if ticket.reserved and self._general:
                self._general -= 1
                self._reserved += 1
                ticket.reserved = False
                self._admit_next()
            return not ticket.reserved

    def _admit_next(self) -> None:
        """Hand free slots to the next in the queue."""
        for ticket in self._in_order():
            if self._general:
                self._general -= 1
            elif (
                self._reserved and not ticket.general_only and not self._running[ticket.client.name]
            ):
                self._reserved -= 1
                ticket.reserved = True
            else:
                continue
            self._waiting.remove(ticket)
            self._count(ticket)
            ticket.admitted.set()

    def _count(self, ticket: Ticket) -> None:
        """Count a ticket that has got a slot."""
        self._running[ticket.client.name] += 1
        self._number += 1
        self._served[ticket.client.name] = self._number

    def _in_order(self) -> Iterator[Ticket]:
        """Yield waiting tickets in their order while there are free slots."""
        left = list(self._waiting)
        while left and (self._general or self._reserved):
            ticket = min(left, key=self._rank)
            left.remove(ticket)
            yield ticket

    def _rank(self, ticket: Ticket) -> tuple[int, int]:
        name = ticket.client.name
        return self._running[name], self._served.get(name, 0)

    def _forget(self, name: str) -> None:
        """Forget a client that neither runs nor waits."""
        if not self._running[name]:
            del self._running[name]
            if all(ticket.client.name != name for ticket in self._waiting):
                self._served.pop(name, None)

    def _refuse_one(self) -> None:
        """Refuse the newest ticket of the client with the most waiting."""
        counts = Counter(ticket.client.name for ticket in self._waiting)
        most = max(counts.values())
        ticket = next(t for t in reversed(self._waiting) if counts[t.client.name] == most)
        self._waiting.remove(ticket)
        self._forget(ticket.client.name)
        ticket.refused = True
        ticket.admitted.set()

    def _own_queries(self, client: Client) -> int:
        """Count the queries of the same client that wait or run; one without a name has none."""
        if not client.name:
            return 0
        with self._lock:
            waiting = sum(ticket.client.name == client.name for ticket in self._waiting)
            return waiting + self._running[client.name]


def _refusal(own: int) -> Problem:
    """Return the refusal: for the client's own queries, or for those of all."""
    if own:
        return Problem("rate", "too many of your queries run and wait already", retryAfter=2)
    return Problem("busy", "too many queries wait already", retryAfter=2)
