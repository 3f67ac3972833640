"""The HTTP server: gunicorn, whose processes answer in threads; queries run in workers."""

from __future__ import annotations

import errno
import gc
import json
import select
import signal
import socket
import sys
import time
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any, Final, cast

from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.http import errors, wsgi
from gunicorn.workers.gthread import ThreadWorker

from registry import formats, metrics
from registry.contribute import deciding
from registry.publishing import uploads
from registry.reconcile import isolated_linking
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.client_deadlines import ClientDeadlines
from registry.web.context import NAME, parts
from registry.web.log_lines import to_standard_error
from registry.web.middleware import ALWAYS
from registry.web.warming import Warming

PAGE_THREADS: Final = 16
"""Threads for requests without a query, however many queries run and wait."""

LINGER: Final = 20
"""Milliseconds a thread waits for the next request of its client before it serves another."""

GRACE_SECONDS: Final = 10
"""How long a server that is stopped waits for answers under way, beside a query's deadline."""

DRAIN_SECONDS: Final = 5.0
"""How long the rest of a request is taken in after its answer, for a client that sends first."""

DRAIN_BYTES: Final = 64 * 2**20
"""How much of the rest is taken in; a client that sends more finds the connection closed."""

REQUEST_LINE: Final = 8190
"""Bytes of the longest address, the most that gunicorn offers; a longer query is sent by POST."""

_OURS: Final = (500, "the request could not be answered")
_UNREAD: Final = {
    errors.InvalidResponseHeader: _OURS,
    errors.InvalidResponseHeaderName: _OURS,
    errors.LimitRequestLine: (
        414,
        f"an address has at most {REQUEST_LINE} bytes; POST what is longer",
    ),
    errors.LimitRequestHeaders: (431, "there are too many headers, or too long ones"),
    errors.ExpectationFailed: (417, "nothing is expected here but 100-continue"),
    errors.UnsupportedTransferCoding: (
        501,
        "a body is read in chunks, in no other transfer coding",
    ),
    errors.ParseException: (400, "this cannot be read as HTTP"),
}
"""Status and detail for requests that the application never sees; the first kind that fits."""


class _Response(wsgi.Response):  # type: ignore[misc]
    """Gunicorn's answer, which may end with trailer fields (RFC 9112, section 7.1.2)."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.trailers: list[tuple[str, str]] = []

    def close(self) -> None:
        """End the answer; the fields stand after the last chunk."""
        if not (self.chunked and self.trailers):
            super().close()
            return
        lines = [f"{name}: {value}\r\n" for name, value in self.trailers]
        self.send_headers()
        util.write(self.sock, f"0\r\n{''.join(lines)}\r\n".encode("latin-1"))


# Gunicorn makes its answers itself, and lets nobody name another class.
wsgi.Response = _Response


_LACKING: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors in accepting a connection that pass: descriptors or memory are used up."""

_PAUSE_SECONDS: Final = 0.2
"""How long nothing is accepted then."""


class _Worker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threads, with deadlines for clients, and a quiet end.

    It overrides public methods, and uses nothing of a connection but its socket: private names of
    gunicorn may change with any version.
    """

    def notify(self) -> None:
        """Report to gunicorn that this process lives, about once a second; cut off late clients."""
        super().notify()
        self._deadlines.cut_late_clients()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop once the answers under way are sent.

        Gunicorn's own way may wait for a lock that the interrupted thread holds.
        """
        self.handle_exit(sig, frame)

    def accept(self, listener: Any) -> None:
        """Accept a connection; where the system has nothing left to give, let it wait.

        Gunicorn would end the process, and with it all requests under way.
        """
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in _LACKING:
                raise
            self.log.error("no connection can be accepted: %s", error.strerror)
            time.sleep(_PAUSE_SECONDS)

    def handle(self, conn: Any) -> Any:
        """Answer a request, in a thread, and those that follow at once on the same connection.

        Handing a connection over to another thread takes longer than many answers.
        """
        self._deadlines.start_read_timer(conn.sock)
        try:
            while (kept := super().handle(conn)) is True and self._follows(conn):
                self._deadlines.start_read_timer(conn.sock)
        finally:
            self._deadlines.forget(conn.sock)
        if not kept:
            _drain(conn.sock)
        return kept

    def _follows(self, conn: Any) -> bool:
        """Whether the next request begins at once, and every connection can have a thread."""
        if not self.alive or self.nr_conns > self.cfg.threads:
            return False
        poll = select.poll()
        poll.register(conn.sock, select.POLLIN)
        return bool(poll.poll(LINGER))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that never reached the application, or failed after it, and close.

        Gunicorn's own answer is a page, which no script of another site may read.
        """
        refused = (answer for kind, answer in _UNREAD.items() if isinstance(exc, kind))
        status, detail = next(refused, _OURS)
        if status == 500:
            self.log.error("a request could not be answered", exc_info=exc)
        try:
            util.write_nonblock(client, _problem(status, detail))
        except OSError as error:
            self.log.debug("the client has left: %s", error)

    @property
    def _deadlines(self) -> ClientDeadlines:
        return cast("ClientDeadlines", self.wsgi.extensions[NAME].deadlines)


def _drain(connection: socket.socket) -> None:
    """End our side of a connection, and discard what its client sends until it ends its own.

    A client that is refused while it sends would get a reset in place of the answer if the
    connection were closed at once (RFC 9112, section 9.6). Gunicorn drains 64 KiB, and does so in
    the thread that accepts connections; after this it finds nothing more to wait for.
    """
    until, left = time.monotonic() + DRAIN_SECONDS, DRAIN_BYTES
    try:
        connection.shutdown(socket.SHUT_WR)
        while left > 0 and (seconds := until - time.monotonic()) > 0:
            connection.settimeout(seconds)
            received = len(connection.recv(1 << 16))
            if not received:
                break
            left -= received
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # The client has left, or took too long: there is nothing to wait for.


def _problem(status: int, detail: str) -> bytes:
    """Write a problem as HTTP (RFC 9457, section 4.2.1)."""
    title = HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body = json.dumps(problem).encode() + b"\n"
    headers = [
        *ALWAYS,
        ("Content-Type", formats.PROBLEM_JSON.content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    ]
    lines = [f"HTTP/1.1 {status} {title}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured in code."""

    def __init__(self, settings: Settings, folder: Path, options: dict[str, Any]) -> None:
        # Made before the processes that serve, so that these share what they fork from.
        self._settings, self._options = settings, options
        self._forks = Forks(folder)
        self._templates = uploads.template(folder, isolated_linking.PROCESS, deciding.PROCESS)
        super().__init__()
        # What is loaded stays shared with the processes that serve: their collector, and that of
        # the interpreter when they end, do not touch it.
        gc.freeze()

    def load_config(self) -> None:
        """Set the options in gunicorn's configuration."""
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        """Make the application, in the process that serves it."""
        app = create_app(self._settings, self._forks, self._templates)
        Warming(app).start()
        return app


def run(settings: Settings, folder: Path, host: str, port: int, hint: str = "") -> None:
    """Serve until the process is stopped; `folder` is for the time of this run alone.

    `hint` is printed on stderr after the address of the server.
    """
    to_standard_error(settings)
    options = _options(settings, host, port)
    options["when_ready"] = partial(_announce, hint)
    _Server(settings, folder, options).run()


def _options(settings: Settings, host: str, port: int) -> dict[str, Any]:
    """Return the settings of gunicorn."""
    shown = f"[{host}]" if ":" in host else host
    return {
        "bind": f"{shown}:{port}",
        "worker_class": _Worker,
        "workers": max(1, settings.processes),
        "threads": settings.workers + settings.queue + PAGE_THREADS,
        "timeout": int(settings.query_seconds) + 30,
        "graceful_timeout": int(settings.query_seconds) + GRACE_SECONDS,
        "keepalive": 15,
        "worker_exit": _close,
        "child_exit": _forget,
        # At lower levels gunicorn logs each request that is not HTTP.
        "loglevel": "error",
        "proc_name": "citylinks",
        "control_socket_disable": True,
        # X-Forwarded headers are believed by the setting `trusted_proxies` alone.
        "forwarded_allow_ips": "",
        "limit_request_line": REQUEST_LINE,
    }


def _announce(hint: str, server: Any) -> None:
    """Print the address of the server; with port 0 the system has chosen one."""
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"Citylinks at http://{shown}:{port}/", flush=True)
    if hint:
        print(hint, file=sys.stderr, flush=True)


def _close(_server: object, worker: Any) -> None:
    """End the workers with the process that serves."""
    # Ctrl-C reaches this process twice, by the terminal and by gunicorn; once is enough.
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        with app.app_context():
            parts().listeners.close()
            parts().engine.pool.close()


def _forget(_server: object, worker: Any) -> None:
    """Remove the metrics of a process that has ended."""
    metrics.forget(worker.pid)
