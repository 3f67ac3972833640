"""Clients that are told of each release on a connection that stays open (Server-Sent Events)."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish, rollback
from registry.releases import log
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.web import listeners
from registry.web.routes.harvest import CLOSED
from tests.catalogue.conftest import changed
from tests.processes import until
from tests.web.listening import Stream
from tests.web.served import PATIENCE, Server, serving


@pytest.fixture
def served(own: Workspace) -> Iterator[Server]:
    """Serve a workspace that changes, by as few threads as there can be: 17."""
    few = {"home": str(own.home), "workers": "1", "queue": "0", "listeners": "80"}
    with serving(few, subprocess.DEVNULL) as server:
        yield server


def listening(server: Server) -> int:
    """Return how many clients listen, as the metrics say."""
    lines = server.ask("/metrics").text.splitlines()
    return int(
        float(next(one.split()[1] for one in lines if one.startswith("citylinks_listeners")))
    )


@pytest.mark.slow
@pytest.mark.conforms(
    "HTML Standard", "9.2.5", "events with type, id and data; `Last-Event-ID` resumes at `/events`"
)
def test_each_new_release_is_told_at_once_and_what_was_missed_later(
    served: Server, own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    given = replace(settings, home=own.home)
    first = str(own.current())
    stream = Stream(served)
    assert stream.status == 200
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert stream.headers["X-Accel-Buffering"] == "no"
    assert stream.headers["Access-Control-Allow-Origin"] == "*"
    (begins,) = stream.events(1)
    assert (begins["type"], begins["id"], begins["version"]) == ("release", first, first)
    second = publish(own, given, Change([changed(tmp_path, "1991")])).version
    (told,) = stream.events(1)
    at = log.switches(own.log_path)[-1].at
    wanted = {"version": second, "at": at, "event": "publish", "previous": first}
    assert told == {**wanted, "type": "release", "id": second}
    keep(own, "autumn")
    (named,) = stream.events(1)
    assert (named["type"], named["name"], named["id"]) == ("log", "autumn", "")
    stream.close()
    rollback(own, first)
    third = publish(own, given, Change([changed(tmp_path, "1990")], winner="file")).version
    resumed = Stream(served, second)
    names = [(one["event"], one["version"]) for one in resumed.events(3)]
    assert names == [("keep", second), ("rollback", first), ("publish", third)]
    for last in ("0" * 32, "no version"):
        assert [one["id"] for one in Stream(served, last).events(1)] == [third]


@pytest.mark.slow
def test_listeners_hold_no_threads_and_are_bounded(
    served: Server, own: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty of one client are more than the server has threads; it has no place for another."""
    streams = [Stream(served) for _ in range(20)]
    assert [stream.events(1)[0]["id"] for stream in streams] == [own.current()] * 20
    assert until(lambda: listening(served) == 20)
    assert {served.ask("/health").status for _ in range(5)} == {200}
    refused = served.ask("/events")
    assert (refused.status, refused.headers["Retry-After"]) == (429, str(listeners.RETRY_AFTER))
    assert refused.json["type"].endswith("/rate")
    for stream in streams[:5]:
        stream.close()
    assert until(lambda: listening(served) == 15)
    assert Stream(served).status == 200
    keep(own, "autumn")
    assert {stream.events(1)[0]["name"] for stream in streams[5:]} == {"autumn"}


@pytest.mark.slow
def test_a_full_server_says_when_to_come_back(own: Workspace) -> None:
    few = {"home": str(own.home), "workers": "1", "queue": "0", "listeners": "1"}
    with serving(few, subprocess.DEVNULL) as server:
        stream = Stream(server)
        assert until(lambda: listening(server) == 1)
        refused = server.ask("/events")
        assert (refused.status, refused.json["limit"]) == (503, 1)
        assert refused.headers["Retry-After"] == str(listeners.RETRY_AFTER)
        stream.events(1)
        server.process.terminate()
        assert stream.chunk() == b"", "the stream has an end"
        assert server.process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_who_speaks_out_of_turn_is_let_go(served: Server) -> None:
    stream = Stream(served)
    stream.events(1)
    stream.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert until(lambda: listening(served) == 0)


@pytest.mark.slow
def test_a_comment_is_sent_now_and_then(
    own: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who does not read is let go, however little is sent."""
    monkeypatch.setattr(listeners, "HEARTBEAT", 0.05)
    ours, theirs = socket.socketpair()
    found = listeners.Listeners(own.log_path, 5)
    listener = listeners.Listener("reader", len(found.events()))
    assert list(found.handing_over(listener, ours, [b"head"])) == [b"head"]
    theirs.settimeout(PATIENCE)
    assert theirs.recv(8) == b"3\r\n:\n\n\r\n"
    with pytest.raises(BrokenPipeError):
        ours.sendall(b"the server writes to nobody")
    ours.close()
    with socket.socketpair()[0] as full:
        full.setblocking(False)
        while listeners._sent(full, b"x" * 1000):
            pass
    found.close()
    assert theirs.recv(100).endswith(b"0\r\n\r\n")


def test_servers_that_hand_nothing_over_end_the_stream(client: FlaskClient) -> None:
    response = client.get("/events")
    assert response.data.startswith(b"retry: 3000\n\nevent: release\nid: ")
    assert response.headers["Cache-Control"] == "no-store"
    assert client.head("/events").data == b""
    assert "Last-Event-ID" in client.options("/events").headers["Access-Control-Allow-Headers"]


def test_the_stream_is_found_from_what_it_tells_of(client: FlaskClient) -> None:
    for path in ("/log", "/feed"):
        links = client.get(path).headers["Link"]
        assert '</events>; rel="monitor"; type="text/event-stream"' in links
    catalogue = client.get("/catalog.ttl").text
    assert "/events#service>" in catalogue
    robots = client.get("/robots.txt").text
    assert "/events\n" in robots
    assert "/events" in CLOSED
