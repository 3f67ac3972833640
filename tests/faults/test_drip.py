"""An origin that sends a byte now and then: the mirror gives it up, and holds up no publisher."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import http_client
from registry.sources.mirror import mirror
from tests.lists import listing

pytestmark = pytest.mark.slow


class Dripping(threading.Thread):
    """Answers each request by a head, and then a byte every fifth of a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.ended = threading.Event()

    def run(self) -> None:
        with suppress(OSError):
            while not self.ended.is_set():
                connection, _ = self.listening.accept()
                threading.Thread(target=self.drip, args=(connection,), daemon=True).start()

    def drip(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not self.ended.wait(0.2):
                connection.sendall(b" ")


@pytest.fixture
def origin() -> Iterator[str]:
    dripping = Dripping()
    dripping.start()
    yield dripping.url
    dripping.ended.set()
    dripping.listening.close()


def test_an_origin_that_drips_is_given_up_and_holds_nobody_up(
    origin: str,
    own: Workspace,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_client, "_SILENCE", 1.0)
    failed: list[ConnectionError] = []
    given = replace(settings, home=own.home)

    def follow() -> None:
        try:
            mirror(own, given, origin, replace=True)
        except ConnectionError as error:
            failed.append(error)

    following = threading.Thread(target=follow)
    following.start()
    path = tmp_path / "list.ttl"
    path.write_text(listing(["twinning"]), "utf-8")
    assert publish(own, given, Change([path])).changed, "the mirror holds no lock meanwhile"
    following.join(60)
    assert not following.is_alive()
    assert "sends too slowly" in str(failed[0])
