"""Our server behind nginx, with a tap between the two that sees what reaches the server."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from benchmarks.nginx import Nginx, Variant
from benchmarks.servers import HOST
from tests.web.served import Reply, Server

_HEAD = re.compile(rb"([A-Z]+ \S+) HTTP/1\.1\r\n")
AS_SHIPPED = Variant()


class Tap:
    """Passes bytes on between nginx and a server; a context that ends it.

    `requests` are the methods and addresses that were passed on, `passed` the bytes that came back
    and `given_up` the requests that nginx left without an answer. `meanwhile` is done before a
    request is passed on. At the next `hung_up` requests the connection is closed instead, as by a
    server that was about to close it.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target, self._lock = target, Lock()
        self._listening = socket.create_server((HOST, 0), backlog=256)
        self.requests: list[str] = []
        self.passed = self.given_up = self.hung_up = 0
        self.meanwhile: Callable[[], object] = lambda: None

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listening.getsockname()
        return host, port

    def __enter__(self) -> Tap:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # the tap is closed
            Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, nginx: socket.socket) -> None:
        """Pass on what one connection says, until either side closes it."""
        answered = Event()
        answered.set()
        try:
            server = socket.create_connection(self._target)
        except ConnectionRefusedError:
            nginx.close()
            return
        with nginx, server:
            back = Thread(target=self._pass_back, args=(server, nginx, answered), daemon=True)
            back.start()
            while data := _received(nginx):
                if head := _HEAD.match(data):
                    answered.clear()
                    with self._lock:
                        self.requests.append(head[1].decode())
                    if self.hung_up:
                        self.hung_up -= 1
                        return
                    self.meanwhile()
                if not _sent(server, data):
                    break
            with self._lock:
                self.given_up += not answered.is_set()
            _shut(server)
            back.join()

    def _pass_back(self, server: socket.socket, nginx: socket.socket, answered: Event) -> None:
        while data := _received(server):
            answered.set()
            with self._lock:
                self.passed += len(data)
            if not _sent(nginx, data):
                break
        # Nginx may still be sending what the server, which has answered, discards.
        _shut(nginx, socket.SHUT_WR)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 20)
    except OSError:
        return b""  # reset by the other side


def _sent(connection: socket.socket, data: bytes) -> bool:
    """Send; tell whether the other side was still there."""
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def _shut(connection: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    try:
        connection.shutdown(how)
    except OSError:
        return  # closed already


@dataclass(frozen=True)
class Behind:
    """A server, nginx in front of it, the way to ask through nginx, and the tap between."""

    server: Server
    nginx: Nginx
    front: Server
    tap: Tap

    def direct(self, path: str, **headers: str) -> Reply:
        """Ask the server itself, under nginx's name: pages name whom they are asked of."""
        return self.server.ask(path, Host=urlsplit(self.front.url).netloc, **headers)


@contextmanager
def behind(
    home: Path, server: Server, folder: Path, variant: Variant = AS_SHIPPED
) -> Iterator[Behind]:
    """Put nginx in front of a server."""
    where = urlsplit(server.url)
    assert where.hostname
    assert where.port
    with (
        Tap((where.hostname, where.port)) as tap,
        Nginx(home, tap.address, folder, variant) as nginx,
    ):
        yield Behind(server, nginx, replace(server, url=nginx.url), tap)
