"""Listeners: clients that wait for the next release, all of them held by one thread.

    request ─▶ a thread of the server: head, and what was missed ─▶ free for the next request
                        │ hands the connection over
                        ▼
               the thread of all listeners: an event after each switch, a comment now and then

The server goes on with a dead socket in the place of the connection, which it closes as ever. So a
listener costs a descriptor and no thread, and no server that stops waits for it.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from registry import files, metrics
from registry.catalogue import server_sent_events as sse
from registry.problems import Problem
from registry.releases import log
from registry.releases.log import Event

TICK: Final = 0.1
"""Seconds after which the log is looked at again, while anybody listens."""

HEARTBEAT: Final = 15.0
"""Seconds after which a comment is sent; proxies close what is silent for a minute."""

RETRY_AFTER: Final = 30
"""Seconds after which it is worth to ask again where there are too many listeners."""

_PARTS: Final = 4
"""One client has at most a fourth of the places."""

_LOG: Final = logging.getLogger("citylinks")


@dataclass(eq=False)
class Listener:
    """A client that listens: its name, and how many events of the log it knows or has missed."""

    client: str
    seen: int


class Listeners:
    """The listeners of a process, at most `most`; any number of threads may hand some over."""

    def __init__(self, log_path: Path, most: int) -> None:
        self._path, self._most = log_path, most
        self._arriving = SimpleQueue[tuple[socket.socket, Listener]]()
        self._listening: dict[socket.socket, Listener] = {}
        self._clients = Counter[str]()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = False
        self._state: tuple[int, ...] = ()

    def events(self) -> list[Event]:
        """Read the events that listeners are told of, oldest first."""
        return log.public(self._path)

    def check_room(self, client: str) -> None:
        """Refuse a client for which there is no place.

        Raises
        ------
        Problem
            `busy` where all places are taken, `rate` where this client has its share.

        """
        with self._lock:
            everybody, own = self._clients.total(), self._clients[client]
        if everybody >= self._most:
            detail = f"{self._most} clients listen already; ask for /log now and then"
            raise Problem("busy", detail, retryAfter=RETRY_AFTER, limit=self._most)
        if own >= (share := max(1, self._most // _PARTS)):
            detail = f"{share} connections of yours listen already"
            raise Problem("rate", detail, retryAfter=RETRY_AFTER, limit=share)

    def handing_over(
        self, listener: Listener, connection: socket.socket, head: Iterable[bytes]
    ) -> Iterator[bytes]:
        """Yield what the server sends itself; when it has, take its connection over.

        The server then ends the answer, as it believes: what it writes goes to a dead socket.
        """
        yield b"".join(head)
        with self._lock:
            if self._clients.total() >= self._most or self._ended:
                return  # The stream ends here; its client comes back.
            self._clients[listener.client] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, daemon=True, name="listeners")
                self._thread.start()
        self._arriving.put((_taken_over(connection), listener))

    def close(self) -> None:
        """End all streams; who listens comes back, to whatever process serves then."""
        self._ended = True
        if self._thread and self._clients.total():
            self._thread.join(10 * TICK)

    def _serve(self) -> None:
        """Tell all listeners, until the process ends."""
        with selectors.DefaultSelector() as poll:
            beat = time.monotonic()
            while not self._ended:
                self._take_in(poll)
                # None of them has anything to say: who can be read from has left.
                left: set[socket.socket] = {key.data for key, _ in poll.select(TICK)}
                left |= self._told()
                if time.monotonic() - beat > HEARTBEAT:
                    beat = time.monotonic()
                    left |= {one for one in self._listening if not _sent(one, sse.COMMENT)}
                for connection in left:
                    self._drop(poll, connection)
            for connection in self._listening:
                _sent(connection, b"")

    def _take_in(self, poll: selectors.BaseSelector) -> None:
        """Take in who has come; wait where nobody listens."""
        with suppress(Empty):
            while True:
                connection, listener = self._arriving.get(block=not self._listening)
                connection.setblocking(False)
                poll.register(connection, selectors.EVENT_READ, connection)
                self._listening[connection] = listener
                self._state = ()  # Something may have happened on its way here.
                metrics.listeners.set(len(self._listening))

    def _drop(self, poll: selectors.BaseSelector, connection: socket.socket) -> None:
        """Let a listener go."""
        poll.unregister(connection)
        connection.close()
        listener = self._listening.pop(connection)
        with self._lock:
            self._clients[listener.client] -= 1
        metrics.listeners.set(len(self._listening))

    def _told(self) -> set[socket.socket]:
        """Tell each listener what is new to it; return those that cannot be told."""
        try:
            state = files.state(self._path)
            if state == self._state:
                return set()
            events, self._state = self.events(), state
        except OSError as error:
            _LOG.warning("listeners cannot be told of releases: %s", error)
            return set(self._listening)
        failed = set()
        for connection, listener in self._listening.items():
            news = b"".join(map(sse.write, events[listener.seen :]))
            listener.seen = len(events)
            if news and not _sent(connection, news):
                failed.add(connection)
        return failed


def _taken_over(connection: socket.socket) -> socket.socket:
    """Return a connection under another descriptor, and put a dead one under its own."""
    kept = connection.dup()
    dead, other = socket.socketpair()
    with dead, other:
        os.dup2(dead.fileno(), connection.fileno(), inheritable=False)
    return kept


def _sent(connection: socket.socket, content: bytes) -> bool:
    """Send a chunk (RFC 9112, section 7.1), the last one where it is empty; False = it was not.

    A client for which there is no room has not read for long: it is let go, and resumes.
    """
    chunk = b"%x\r\n%b\r\n" % (len(content), content)
    try:
        return connection.send(chunk) == len(chunk)
    except OSError:
        return False
