"""The load: bounded in time and in requests, over connections that stay open.

The client speaks HTTP/1.1 itself, over plain sockets, since `http.client` would cost more than
some of the servers. Several connections are spread over processes; each waits for the answer on a
connection before it sends the next request there. A `Tally` says how much of a processor the
client took, so that a reader sees where the client was the limit.
"""

from __future__ import annotations

import select
import socket
import time
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Final

from benchmarks.workloads import LEAST_LIMIT, Stream

PATIENCE: Final = 120.0
"""Seconds after which a server that does not answer fails the run."""

_CHUNK: Final = 1 << 18
_HEAD_END: Final = b"\r\n\r\n"


class Answerless(Exception):
    """A server closed a connection, answered with an error, or did not answer in time."""


@dataclass(frozen=True)
class Load:
    """What to put on a server: at most `seconds` and at most `requests`.

    `first` is the number of the first request; the client sets it.
    """

    address: tuple[str, int]
    stream: Stream
    connections: int
    seconds: float
    requests: int
    first: int = 0


@dataclass(frozen=True)
class Part:
    """The share of one client process: its load, every `step`-th number, and when to begin."""

    load: Load
    step: int
    begin: float


@dataclass
class Tally:
    """What came of a load; latencies in nanoseconds."""

    seconds: float = 0.0
    cpu: float = 0.0
    processes: int = 1
    latencies: array[int] = field(default_factory=lambda: array("q"))

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def client_share(self) -> float:
        """Share of the time in which a client process was at work, 1 = never waiting."""
        return self.cpu / (self.seconds * self.processes) if self.seconds else 0.0


def length_of(buffer: bytes | bytearray) -> int:
    r"""Give the length of the answer that a buffer begins with; -1 while it is not all there.

    >>> length_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    40
    >>> length_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n") > 0
    True
    >>> length_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
    -1
    """
    head = buffer.find(_HEAD_END)
    if head < 0:
        return -1
    fields = bytes(buffer[: head + 2]).lower()
    at = fields.find(b"\r\ncontent-length:")
    if at >= 0:
        whole = head + 4 + int(fields[at + 17 : fields.index(b"\r\n", at + 2)])
        return whole if len(buffer) >= whole else -1
    return _end_of_chunks(buffer, head + 4)


def _end_of_chunks(buffer: bytes | bytearray, at: int) -> int:
    """Walk over chunks (RFC 9112, section 7.1); give the end of the last one, or -1."""
    while (line := buffer.find(b"\r\n", at)) >= 0:
        size = int(bytes(buffer[at:line]).partition(b";")[0], 16)
        at = line + 2 + size + 2
        if at > len(buffer):
            return -1
        if size == 0:
            return at
    return -1


class Connection:
    """One connection, with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0
        self._buffer = bytearray()

    def send(self, request: bytes) -> None:
        """Send a request and note the time."""
        self.sent = time.perf_counter_ns()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; tell whether the answer is complete."""
        piece = self.socket.recv(_CHUNK)
        if not piece:
            raise Answerless("the connection was closed before the answer was complete")
        self._buffer += piece
        if length_of(self._buffer) < 0:
            return False
        if self._buffer[9:12] != b"200":
            raise Answerless(bytes(self._buffer[:2000]).decode(errors="replace"))
        self._buffer.clear()
        return True


def drive(part: Part) -> Tally:
    """Put a part of a load on a server, from this process."""
    load, tally = part.load, Tally()
    connections = [Connection(load.address) for _ in range(load.connections)]
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
        connection.send(load.stream.request(number))
        while not connection.receive():
            pass
        now = time.perf_counter_ns()
        tally.latencies.append(now - connection.sent)
        if now >= end:
            return


def _together(
    connections: list[Connection], load: Load, numbers: Iterator[int], tally: Tally
) -> None:
    """Ask over several connections; each gets its next request when it has answered."""
    end = time.perf_counter_ns() + int(load.seconds * 1e9)
    by_number = {connection.socket.fileno(): connection for connection in connections}
    waiting = select.epoll()
    for number, connection in by_number.items():
        waiting.register(number, select.EPOLLIN)
        connection.send(load.stream.request(next(numbers)))
    under_way = len(connections)
    while under_way:
        ready = waiting.poll(PATIENCE)
        if not ready:
            raise Answerless(f"no answer within {PATIENCE:g} seconds")
        for number, _ in ready:
            connection = by_number[number]
            if not connection.receive():
                continue
            now = time.perf_counter_ns()
            tally.latencies.append(now - connection.sent)
            following = next(numbers, None) if now < end else None
            if following is None:
                under_way -= 1
            else:
                connection.send(load.stream.request(following))
    waiting.close()


class Client:
    """Processes that put load on servers; numbers are never used twice."""

    def __init__(self, processes: int) -> None:
        self._most = processes
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
        self._next = LEAST_LIMIT + 1

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
    return Load(
        load.address,
        load.stream,
        load.connections // count + (at < load.connections % count),
        load.seconds,
        load.requests // count,
        first + at,
    )


def merged(tallies: Sequence[Tally]) -> Tally:
    """Put the tallies of processes that worked at the same time together."""
    whole = Tally(processes=len(tallies))
    for tally in tallies:
        whole.latencies.extend(tally.latencies)
        whole.cpu += tally.cpu
        whole.seconds = max(whole.seconds, tally.seconds)
    return whole
