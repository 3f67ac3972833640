"""The load: bounded in time and in requests, over connections that stay open.

The client speaks HTTP/1.1 itself, over plain sockets, since `http.client` would cost more than
some of the servers. Several connections are spread over processes; each waits for the answer on a
connection before it sends the next request there. A `Tally` says how much of a processor the
client took, so that a reader sees where the client was the limit.
"""

from __future__ import annotations

import re
import select
import socket
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Final

from benchmarks.workloads import Requests

PATIENCE: Final = 120.0
"""Seconds after which a server that does not answer fails the run."""

_CHUNK: Final = 1 << 18
_HEAD_END: Final = b"\r\n\r\n"
_PROBLEM: Final = re.compile(rb"/problem/([a-z-]+)")


class Answerless(Exception):
    """A server closed a connection, answered with an error, or did not answer in time."""


@dataclass(frozen=True)
class Load:
    """What to put on a server: at most `seconds` and at most `requests`.

    An answer that is no 200 ends the run, or is counted where `refusable`. `first` is the number
    of the first request; the client sets it.
    """

    address: tuple[str, int]
    asked: Requests
    connections: int
    seconds: float
    requests: int
    refusable: bool = False
    first: int = 0


@dataclass(frozen=True)
class Part:
    """The share of one client process: its load, every `step`-th number, and when to begin."""

    load: Load
    step: int
    begin: float


@dataclass
class Tally:
    """What came of a load; latencies in nanoseconds, those of refusals too.

    `refusals` counts them by the name of their problem, or by their status.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    processes: int = 1
    latencies: array[int] = field(default_factory=lambda: array("q"))
    refusals: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def client_share(self) -> float:
        """Share of the time in which a client process was at work, 1 = never waiting."""
        return self.cpu / (self.seconds * self.processes) if self.seconds else 0.0


class Reader:
    r"""Reads the answers that come over one connection, piece by piece.

    >>> reader = Reader()
    >>> reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh"), reader.feed(b"i")
    (False, True)
    >>> reader.status, reader.text[-2:]
    (200, bytearray(b'hi'))
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.text, self.status, self.closes = bytearray(), 0, False
        self._at = self._end = 0

    def feed(self, piece: bytes) -> bool:
        """Take a piece; tell whether the answer is complete. The next piece begins another."""
        if self._end and len(self.text) >= self._end:
            self._begin()
        self.text += piece
        if not self._at and not self._read_head():
            return False
        if not self._end:
            self._read_chunks()
        return bool(self._end) and len(self.text) >= self._end

    def _read_head(self) -> bool:
        """Find the status and how the body ends (RFC 9112, section 6.3), once the head is there."""
        head = self.text.find(_HEAD_END)
        if head < 0:
            return False
        self.status, self._at = int(self.text[9:12]), head + 4
        fields = bytes(self.text[: head + 2]).lower()
        self.closes = b"\r\nconnection: close\r\n" in fields
        at = fields.find(b"\r\ncontent-length:")
        if at >= 0:
            self._end = self._at + int(fields[at + 17 : fields.index(b"\r\n", at + 2)])
        return True

    def _read_chunks(self) -> None:
        """Walk over chunks (RFC 9112, section 7.1) as far as they are there."""
        while (line := self.text.find(b"\r\n", self._at)) >= 0:
            size = int(bytes(self.text[self._at : line]).partition(b";")[0], 16)
            if not size:
                self._end = line + 4
                return
            following = line + 2 + size + 2
            if following > len(self.text):
                return
            self._at = following


class Connection:
    """One connection, with at most one request under way."""

    def __init__(self, load: Load) -> None:
        self._load, self._reader, self._sent = load, Reader(), 0
        self.socket = self._opened()

    def _opened(self) -> socket.socket:
        opened = socket.create_connection(self._load.address, timeout=PATIENCE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def fileno(self) -> int:
        """Give the number by which the system knows the socket."""
        return self.socket.fileno()

    def send(self, request: bytes) -> None:
        """Send a request and note the time; where the server said that it closes, open again."""
        self._sent = time.perf_counter_ns()
        if self._reader.closes:
            self.socket.close()
            self.socket, self._reader = self._opened(), Reader()
        self.socket.sendall(request)

    def receive(self, tally: Tally) -> bool:
        """Read what is there; tell whether the answer is complete, and count it then."""
        piece = self.socket.recv(_CHUNK)
        if not piece:
            begun = bytes(self._reader.text[:300]).decode(errors="replace")
            raise Answerless(f"the connection was closed after {begun!r}")
        if not self._reader.feed(piece):
            return False
        tally.latencies.append(time.perf_counter_ns() - self._sent)
        if self._reader.status != 200:
            self._refused(tally)
        return True

    def _refused(self, tally: Tally) -> None:
        if not self._load.refusable:
            raise Answerless(bytes(self._reader.text[:2000]).decode(errors="replace"))
        tally.refusals[problem_of(self._reader.status, bytes(self._reader.text))] += 1


def problem_of(status: int, answer: bytes) -> str:
    """Give the name of the problem that an answer tells of, or its status where it names none.

    >>> problem_of(503, b'{"type": "https://w3id.org/citylinks/problem/busy"}')
    'busy'
    """
    found = _PROBLEM.search(answer)
    return found[1].decode() if found else str(status)


def drive(part: Part) -> Tally:
    """Put a part of a load on a server, from this process."""
    load, tally = part.load, Tally()
    connections = [Connection(load) for _ in range(load.connections)]
    time.sleep(max(0.0, part.begin - time.monotonic()))
    busy, start = time.process_time(), time.perf_counter_ns()
    numbers = iter(range(load.first, load.first + load.requests * part.step, part.step))
    try:
        (_alone if len(connections) == 1 else _together)(connections, load, numbers, tally)
    finally:
        for connection in connections:
            connection.socket.close()
    tally.seconds = (time.perf_counter_ns() - start) / 1e9
    tally.cpu = time.process_time() - busy
    return tally


def _alone(connections: list[Connection], load: Load, numbers: Iterator[int], tally: Tally) -> None:
    """Ask over one connection, which needs no waiting for whichever answers first."""
    connection, end = connections[0], time.perf_counter_ns() + int(load.seconds * 1e9)
    for number in numbers:
        connection.send(load.asked.request(number))
        while not connection.receive(tally):
            pass
        if time.perf_counter_ns() >= end:
            return


def _together(
    connections: list[Connection], load: Load, numbers: Iterator[int], tally: Tally
) -> None:
    """Ask over several connections; each gets its next request when it has answered."""
    end = time.perf_counter_ns() + int(load.seconds * 1e9)
    under_way = []
    for connection, number in zip(connections, numbers, strict=False):
        connection.send(load.asked.request(number))
        under_way.append(connection)
    while under_way:
        ready, _, _ = select.select(under_way, [], [], PATIENCE)
        if not ready:
            raise Answerless(f"no answer within {PATIENCE:g} seconds")
        for connection in ready:
            if not connection.receive(tally):
                continue
            following = next(numbers, None) if time.perf_counter_ns() < end else None
            if following is None:
                under_way.remove(connection)
            else:
                connection.send(load.asked.request(following))


class Client:
    """Processes that put load on servers; numbers are never used twice."""

    def __init__(self, processes: int) -> None:
        self._most = processes
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
        self._next = 1

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def put(self, load: Load) -> Tally:
        """Put a load on a server, spread over the processes."""
        count = min(self._most, load.connections)
        first = self._next
        self._next += load.requests
        begin = time.monotonic() + 0.05
        parts = [Part(_share(load, count, at, first), count, begin) for at in range(count)]
        return merged(list(self._pool.map(drive, parts)))


def _share(load: Load, count: int, at: int, first: int) -> Load:
    """Give the share of one of `count` processes: its connections, requests and first number."""
    return replace(
        load,
        connections=load.connections // count + (at < load.connections % count),
        requests=load.requests // count,
        first=first + at,
    )


def merged(tallies: Sequence[Tally]) -> Tally:
    """Put the tallies of processes that worked at the same time together."""
    whole = Tally(processes=len(tallies))
    for tally in tallies:
        whole.latencies.extend(tally.latencies)
        whole.cpu += tally.cpu
        whole.refusals += tally.refusals
        whole.seconds = max(whole.seconds, tally.seconds)
    return whole
