"""How long clients may take to send a request and to take its answer.

A thread works for one client at a time; who sends or reads in drops is cut off, so that a few of
them do not hold all threads.
"""

from __future__ import annotations

import socket
import time
from typing import Final

BYTES_PER_SECOND: Final = 50_000
"""How fast a client has to take an answer, after the time that every client has."""


class ClientDeadlines:
    """Until when each connection is waited for; any number of threads may use it.

    `seconds` is what every client has to send its request, and once more to begin to read;
    `answering` is what its answer may take.
    """

    def __init__(self, seconds: float, answering: float) -> None:
        self._seconds, self._answering = seconds, answering
        self._until: dict[socket.socket, float] = {}

    def reading(self, connection: socket.socket) -> None:
        """A request is read from now on."""
        self._wait(connection, self._seconds)

    def answering(self, connection: socket.socket) -> None:
        """It is read, and its answer is worked on."""
        self._wait(connection, self._seconds + self._answering)

    def sending(self, connection: socket.socket, size: int, since: float | None = None) -> None:
        """An answer of so many bytes is sent; where it is a part, `since` it began (monotonic)."""
        self._wait(connection, self._seconds + size / BYTES_PER_SECOND, since)

    def done(self, connection: socket.socket) -> None:
        """A connection has come to the end of its request."""
        self._until.pop(connection, None)

    def cut(self) -> int:
        """Cut off who has taken too long; give the number."""
        now = time.monotonic()
        late = [connection for connection, until in list(self._until.items()) if until < now]
        for connection in late:
            self.done(connection)
            _shut(connection)
        return len(late)

    def _wait(self, connection: socket.socket, seconds: float, since: float | None = None) -> None:
        self._until[connection] = (since or time.monotonic()) + seconds


def _shut(connection: socket.socket) -> None:
    """Shut a connection in both directions, which wakes the thread that waits for it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
