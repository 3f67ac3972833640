"""Origins: the application behind a socket, and a hand between it and its readers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied
from tests.places.conftest import gazetteer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["gazetteer"]

Hand = Callable[[Request, Response], Response]
"""Changes an answer on its way."""


@dataclass
class Origin:
    """A server with a workspace; what it was asked for, and what is done to its answers."""

    url: str
    settings: Settings
    asked: list[tuple[str, int]] = field(default_factory=list)
    hand: Hand = lambda _, response: response

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.settings.home)

    def paths(self) -> list[str]:
        """List what was asked for since the last time, with the status of the answers."""
        told = [f"{path} {status}" for path, status in self.asked]
        self.asked.clear()
        return told


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        pass


@pytest.fixture
def origin(
    workspace: Workspace, settings: Settings, forks: Forks, tmp_path: Path
) -> Iterator[Origin]:
    """Give an origin with a workspace of its own."""
    with serving_origin(workspace, settings, tmp_path / "origin", forks) as found:
        yield found


@contextmanager
def serving_origin(
    workspace: Workspace, settings: Settings, home: Path, forks: Forks
) -> Iterator[Origin]:
    """Serve a copy of a workspace."""
    copied(workspace, home)
    given = replace(settings, home=home, processes=1)
    app = create_app(given, forks)
    found = Origin("", given)
    server = make_server(
        "127.0.0.1", 0, _between(app, found), threaded=True, request_handler=_Quiet
    )
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    app.extensions[NAME].engine.pool.close()


def _between(app: Flask, origin: Origin) -> Callable[..., Any]:
    def answer(environ: WSGIEnvironment, start: StartResponse) -> Any:
        request = Request(environ)
        response = origin.hand(request, Response.from_app(app, environ, buffered=True))
        response.direct_passthrough = False
        origin.asked.append((request.path, response.status_code))
        return response(environ, start)

    return answer


@pytest.fixture
def copy(settings: Settings, tmp_path: Path) -> Settings:
    """Give settings of a workspace that is still empty."""
    return replace(settings, home=tmp_path / "copy")
