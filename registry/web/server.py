"""Serving: gunicorn with one process of threads in front of the evaluating processes."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from registry.settings import Settings
from registry.web.app import create_app
from registry.web.context import parts

PAGE_THREADS: Final = 16
"""Threads for what is not a query, however many queries run and wait."""

GRACE_SECONDS: Final = 10
"""How long a server that is stopped waits for the answers under way."""

REQUEST_LINE: Final = 8190
"""Bytes of the longest address, the most that gunicorn offers; a longer query is sent by POST."""


class _Worker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threads, stopped by an interrupt as by SIGTERM."""

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop once the answers under way are sent.

        Gunicorn's own way may wait for a lock that the interrupted thread holds.
        """
        self.handle_exit(sig, frame)


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured in code."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings, self._options = settings, options
        super().__init__()

    def load_config(self) -> None:
        """Take our options."""
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        """Make the application, in the process that serves it."""
        return create_app(self._settings)


def run(settings: Settings, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    shown = f"[{host}]" if ":" in host else host
    queries = max(1, settings.workers) + settings.queue
    options = {
        "bind": f"{shown}:{port}",
        "worker_class": _Worker,
        "workers": 1,
        "threads": queries + PAGE_THREADS,
        "timeout": int(settings.query_seconds) + 30,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 15,
        "worker_exit": _close,
        "loglevel": "warning",
        "proc_name": "citylinks",
        "control_socket_disable": True,
        # The setting `trusted_proxies` alone says whose X-Forwarded headers are believed.
        "forwarded_allow_ips": "",
        "limit_request_line": REQUEST_LINE,
        "when_ready": _announce,
    }
    _Server(settings, options).run()


def _announce(server: Any) -> None:
    """Say where to go; with port 0 the system has chosen one."""
    host, port = server.LISTENERS[0].sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"Citylinks at http://{shown}:{port}/", flush=True)


def _close(_server: object, worker: Any) -> None:
    """End the evaluating processes with the one that serves."""
    # Ctrl-C reaches this process twice, by the terminal and by gunicorn; once is enough.
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        with app.app_context():
            parts().engine.pool.close()
