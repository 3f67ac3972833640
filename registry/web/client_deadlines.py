"""Slow client (slowloris) protection: how long clients may take to send a request and to read.

A thread works for one client at a time. A client that sends or reads too slowly is cut off, so that
a few of them do not hold all threads.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Final

BYTES_PER_SECOND: Final = 50_000
"""How fast a client has to take an answer, after the time that every client has."""


class ClientDeadlines:
    """The deadline of each connection; any number of threads may use it.

    Every client has `seconds` to send its request, and once more to begin to read; `answering` are
    the seconds that its answer may take.
    """

    def __init__(self, seconds: float, answering: float) -> None:
        self._seconds, self._answering = seconds, answering
        self._until: dict[socket.socket, float] = {}

    def start_read_timer(self, connection: socket.socket) -> None:
        """Start the time in which a request has to arrive."""
        self._wait(connection, self._seconds)

    def start_answer_timer(self, connection: socket.socket) -> None:
        """Start the time in which the answer to a request has to begin."""
        self._wait(connection, self._seconds + self._answering)

    def start_send_timer(
        self, connection: socket.socket, size: int, since: float | None = None
    ) -> None:
        """An answer of so many bytes is sent; where it is a part, `since` it began (monotonic)."""
        self._wait(connection, self._seconds + size / BYTES_PER_SECOND, since)

    def forget(self, connection: socket.socket) -> None:
        """Drop the deadline of a connection whose request is done."""
        self._until.pop(connection, None)

    def cut_late_clients(self) -> int:
        """Cut off the clients that are late; return their number."""
        now = time.monotonic()
        late = [connection for connection, until in list(self._until.items()) if until < now]
        for connection in late:
            self.forget(connection)
            with suppress(OSError):  # The client may have left meanwhile.
                connection.shutdown(socket.SHUT_RDWR)  # This wakes the thread that waits for it.
        return len(late)

    def _wait(self, connection: socket.socket, seconds: float, since: float | None = None) -> None:
        self._until[connection] = (since or time.monotonic()) + seconds
