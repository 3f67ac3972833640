"""A mirror that listens to its origin: told at once, and unharmed by whatever is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

import pytest

from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import http_client, listening
from registry.sources.http_client import Client, Unavailable
from registry.sources.listening import Heard, Listening, heard
from registry.sources.mirror import followed
from tests.catalogue.conftest import changed
from tests.processes import until
from tests.tables import every_row
from tests.web.served import serving

VERSION = "0123456789abcdef" * 2
EVENT = f"event: release\nid: {VERSION}\ndata: {{}}\n\n".encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@every_row(
    ("sent", "found"),
    [
        (EVENT, [Heard("release", VERSION)]),
        (EVENT.replace(b"\n", b"\r\n"), [Heard("release", VERSION)]),
        (b"data: {}\n\n", [Heard("", "")]),
        (b"data:{}\nid:7\n\n", [Heard("", "7")]),
        (b": only a comment\n\n", []),
        (b"event: release\n\n", []),
        (b"retry: 1\n\nevent: log\ndata\n\n", [Heard("log", "")]),
        (b"event: \xff\ndata: {}\n\n", [Heard("�", "")]),
        (EVENT[:-1], []),
        (b"\n\n\n", []),
        (b"\0" * 100, []),
    ],
)
def test_events_are_read_however_they_are_cut(sent: bytes, found: list[Heard]) -> None:
    assert list(heard([sent])) == found
    assert list(heard(sent[at : at + 1] for at in range(len(sent)))) == found


def test_a_line_without_end_is_not_collected() -> None:
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b"data: " + b"x" * 10_000

    with pytest.raises(ConnectionError, match="has no end"):
        list(heard(endless()))
    assert len(taken) < 10


@dataclass
class Sender(threading.Thread):
    """An origin that sends to each connection what it is told to, and keeps what it was asked."""

    send: Callable[[socket.socket], object]
    asked: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.start()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.asked.append(connection.recv(1 << 16))
            self.send(connection)


def drip(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while not threading.Event().wait(0.05):
        connection.sendall(b"e")


def flood(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    while True:
        connection.sendall(b"data: x\n\n" * 1000)


def says(content: bytes) -> Callable[[socket.socket], object]:
    return lambda connection: connection.sendall(content)


def leads(where: str) -> Callable[[socket.socket], object]:
    return says(f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nConnection: close\r\n\r\n".encode())


HOSTILE: dict[str, tuple[Callable[[socket.socket], object], str]] = {
    "drips": (drip, ""),
    "floods": (flood, "sends too much"),
    "an endless line": (lambda c: c.sendall(HEAD + b"x" * 5_000_000), "has no end"),
    "garbage": (says(b"\x00\xff" * 5000), "does not answer"),
    "garbage in the stream": (says(HEAD + bytes(range(256)) * 50), ""),
    "a page": (says(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>"), "text/html"),
    "nothing there": (says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "answers 404"),
    "elsewhere": (leads("http://127.0.0.2:9/events"), "leads to another server"),
    "nowhere": (leads("http://[/"), "is no address"),
    "in circles": (leads("/events"), "answers 302"),
    "a strange id": (says(HEAD + b"event: release\nid: x\r\rX: 1\ndata: {}\n\n"), ""),
    "hangs up": (lambda _: None, "does not answer"),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_origin_is_harmless(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left, with the reason; the thread lives on, and what is sent next is heard."""
    monkeypatch.setattr(http_client, "_SILENCE", 0.5)
    monkeypatch.setattr(listening, "_SHORTEST", 0.01)
    monkeypatch.setattr(listening, "_LONGEST", 0.05)
    send, why = HOSTILE[how]
    said: list[str] = []
    monkeypatch.setattr(listening._LOG, "info", lambda text, *told: said.append(text % told))
    sender = Sender(send)
    with Client(sender.url) as client, Listening(client) as ears:
        if how == "drips":
            assert not ears._told.wait(1.0), "a byte now and then is no event"
            assert len(sender.asked) == 1
            return
        assert until(lambda: len(sender.asked) > 2)
        assert why in next(one for one in said if sender.url in one or "no end" in one)
        sender.send = says(HEAD + EVENT)
        ears._told.clear()
        assert ears._told.wait(5.0)
    assert not any(b"X: 1" in asked for asked in sender.asked)
    sender.listening.close()


def test_a_stream_that_broke_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_SHORTEST", 0.01)
    sender = Sender(says(HEAD + EVENT))
    with Client(sender.url) as client, Listening(client):
        assert until(lambda: len(sender.asked) > 1)
    assert b"Last-Event-ID" not in sender.asked[0]
    assert f"Last-Event-ID: {VERSION}\r\n".encode() in sender.asked[1]
    sender.listening.close()


def test_who_has_no_place_says_when_to_come_back() -> None:
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"
    sender = Sender(says(busy))
    with Client(sender.url) as client, pytest.raises(Unavailable) as caught:
        list(client.stream("/events", "text/event-stream", {}))
    assert caught.value.wait == 30
    sender.listening.close()


def test_however_much_is_told_it_is_not_looked_all_the_time() -> None:
    ears = Listening(Client("http://127.0.0.1:9"))
    began = monotonic()
    for _ in range(3):
        ears._told.set()
        ears.wait(0.2)
    assert monotonic() - began >= 0.6, "an interval that is shorter than a second holds"
    ears._told.set()
    ears.wait(10.0)
    assert listening.APART + 0.6 <= monotonic() - began < 5


@pytest.mark.slow
def test_a_mirror_follows_within_seconds(
    own: Workspace,
    settings: Settings,
    copy: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though it asks once an hour: it is told, also by an origin that was away meanwhile."""
    monkeypatch.setattr(http_client, "sleep", lambda _: None)
    monkeypatch.setattr("registry.sources.mirror._AFTER_FAILURE", 1.0)
    here = Workspace(copy.home)
    given = replace(settings, home=own.home)
    with serving({"home": str(own.home)}) as server:
        port = server.url.rpartition(":")[2]
        runs = followed(here, copy, server.url, 3600.0)
        assert next(runs).changed
        version = publish(own, given, Change([changed(tmp_path, "1991")])).version
        began = monotonic()
        assert next(runs).version == version
        assert monotonic() - began < 10
    followers = threading.Thread(target=next, args=(runs,))
    followers.start()
    last = publish(own, given, Change([changed(tmp_path, "1990")], winner="file")).version
    with serving({"home": str(own.home)}, options=("--port", port)):
        assert until(lambda: here.current() == last)
        followers.join(30)
        assert not followers.is_alive()
