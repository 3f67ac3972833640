"""Admission control: a bounded queue, fair per client, for N evaluation slots.

One of the slots may be reserved for clients with no running query, so that no client, however many
queries it sends, ever holds all slots. The next query is that of the client with the fewest
running, then of the client served longest ago, then the one that has waited longest. When the queue
is full, the newest query of the client with the most waiting queries is refused. Uploads and tables
have a queue of their own, and are called queries here, too.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

from registry import metrics
from registry.problems import Problem
from registry.sandbox import NOBODY, Abandoned, abandoned

CLIENT_CHECK_SECONDS: Final = 0.1
"""How often a waiting thread checks that its client is still connected."""


@dataclass(frozen=True)
class Client:
    """The sender of queries: the name they share, and the socket that waits for the answer."""

    name: str = ""
    socket: int = NOBODY


ANONYMOUS: Final = Client()
"""A client without a name, which is taken to be connected for ever."""


@dataclass(eq=False)
class Ticket:
    """A query that waits for a slot or holds one; `reserved` if that is the reserved slot."""

    client: Client
    general_only: bool
    reserved: bool = False
    refused: bool = False
    decided: threading.Event = field(default_factory=threading.Event)


class FairQueue:
    """Evaluation slots and the queue before them; safe for any number of threads."""

    def __init__(
        self, slots: int, reserved: int, queue: int, what: str = "queries", *, gauged: bool = True
    ) -> None:
        self._what, self._gauge = what, metrics.waiting if gauged else None
        self._general, self._reserved, self._queue = slots, reserved, queue
        self._waiting: list[Ticket] = []
        self._running: Counter[str] = Counter()
        self._last_served: dict[str, int] = {}
        self._count = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """The number of waiting queries."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """The number of queries that hold a slot."""
        return sum(self._running.values())

    def take(self, client: Client, seconds: float, general_only: bool = False) -> Ticket:
        """Wait for a slot, at most so many seconds.

        Raises
        ------
        Problem
            `busy` when too many queries wait, or no slot became free in time; `rate` when the
            queries that wait are the client's own. Abandoned when the client is gone.

        """
        ticket = Ticket(client, general_only)
        with self._lock:
            if self._general and not self._waiting:
                self._general -= 1
                self._count_as_running(ticket)
                return ticket
            self._waiting.append(ticket)
            self._assign_slots()
            if not ticket.decided.is_set() and len(self._waiting) > self._queue:
                self._refuse_one()
        until = time.monotonic() + seconds
        with self._gauge.track_inprogress() if self._gauge else nullcontext():
            while not ticket.decided.wait(
                min(CLIENT_CHECK_SECONDS, max(0, until - time.monotonic()))
            ):
                self._leave_if_over(ticket, until)
        if not ticket.refused:
            return ticket
        if self._has_queries(client):
            raise Problem(
                "rate", f"too many of your {self._what} run and wait already", retryAfter=2
            )
        raise Problem("busy", f"too many {self._what} wait already", retryAfter=2)

    def _leave_if_over(self, ticket: Ticket, until: float) -> None:
        """Leave the queue when the client is gone or the time is over."""
        gone = abandoned(ticket.client.socket)
        if not gone and time.monotonic() < until:
            return
        with self._lock:
            # Another thread may have assigned a slot or refused since the wait ended.
            if ticket.decided.is_set():
                return
            self._waiting.remove(ticket)
            self._forget_if_inactive(ticket.client.name)
        if gone:
            raise Abandoned
        raise Problem("busy", f"no {self._what} before came to an end", retryAfter=5)

    def release(self, ticket: Ticket) -> None:
        """Return a slot, and assign it to the next waiting query."""
        with self._lock:
            self._running[ticket.client.name] -= 1
            self._forget_if_inactive(ticket.client.name)
            if ticket.reserved:
                self._reserved += 1
            else:
                self._general += 1
            self._assign_slots()

    def move_to_general(self, ticket: Ticket) -> bool:
        """Exchange the reserved slot for a free general one; whether the ticket has one now."""
        with self._lock:
            if ticket.reserved and self._general:
                self._general -= 1
                self._reserved += 1
                ticket.reserved = False
                self._assign_slots()
            return not ticket.reserved

    def _assign_slots(self) -> None:
        """Assign the free slots to waiting queries, in order."""
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
            self._count_as_running(ticket)
            ticket.decided.set()

    def _count_as_running(self, ticket: Ticket) -> None:
        self._running[ticket.client.name] += 1
        self._count += 1
        self._last_served[ticket.client.name] = self._count

    def _in_order(self) -> Iterator[Ticket]:
        """Yield waiting tickets while there are free slots, the next one first.

        The order is found anew for each: a slot assigned meanwhile changes its client's rank.
        """
        left = list(self._waiting)
        while left and (self._general or self._reserved):
            ticket = min(left, key=self._rank)
            left.remove(ticket)
            yield ticket

    def _rank(self, ticket: Ticket) -> tuple[int, int]:
        name = ticket.client.name
        return self._running[name], self._last_served.get(name, 0)

    def _forget_if_inactive(self, name: str) -> None:
        """Drop the record of a client that has no query, so that records do not pile up."""
        if not self._running[name]:
            del self._running[name]
            if all(ticket.client.name != name for ticket in self._waiting):
                self._last_served.pop(name, None)

    def _refuse_one(self) -> None:
        """Refuse the newest query of the client that has the most waiting."""
        counts = Counter(ticket.client.name for ticket in self._waiting)
        most = max(counts.values())
        refused = next(t for t in reversed(self._waiting) if counts[t.client.name] == most)
        self._waiting.remove(refused)
        self._forget_if_inactive(refused.client.name)
        refused.refused = True
        refused.decided.set()

    def _has_queries(self, client: Client) -> bool:
        """Whether queries of this client wait or run; one without a name counts as having none."""
        with self._lock:
            waiting = any(ticket.client.name == client.name for ticket in self._waiting)
            return bool(client.name) and (waiting or self._running[client.name] > 0)
