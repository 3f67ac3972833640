"""The clients: processes with threads, each of which asks one thing after another."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from benchmarks.soak.asks import CSV, EVERYTHING, Ask, Request, digest, request_of, table
from benchmarks.soak.verdict import Seen
from tests.hostile import collection

PATIENCE: Final = 60.0
"""Seconds after which a client gives up, which is a failure."""

LIGHT: Final = "light"
HOSTILE: Final = "hostile"
SLOW: Final = "slow reader"
LEAVING: Final = "leaving"
SOURCES: Final = {LIGHT: "127.0.0.1", HOSTILE: "127.0.0.2", SLOW: "127.0.0.3", LEAVING: "127.0.0.4"}
"""Where clients of a kind connect from, so that a server can tell them apart."""

_CROSS: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
_ON_A_CONNECTION: Final = 20
"""Requests that a client sends over one connection."""


@dataclass(frozen=True)
class Signals:
    """What clients share with the soak: where to tell, when to rest, and when to end."""

    told: Any
    resting: Any
    done: Any


@dataclass(frozen=True)
class Place:
    """The server, and what it is asked about."""

    address: tuple[str, int]
    cities: tuple[str, ...]


def questions(cities: Sequence[str]) -> list[Ask]:
    """List all questions by number; those of slow readers come last."""
    return [*table(cities), Ask("everything", EVERYTHING, accept=CSV)]


@dataclass
class Answer:
    """An answer over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def problem(self) -> str:
        """The name of the problem that it is, empty for none."""
        if self.status < 400:
            return ""
        try:
            return str(json.loads(self.body)["type"]).rpartition("/")[2]
        except (ValueError, KeyError):
            return f"status {self.status} without a problem"


class Line:
    """A client's way to the server: one connection for some requests, then another."""

    def __init__(self, address: tuple[str, int], source: str) -> None:
        self._address, self._source = address, source
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0

    def ask(self, request: Request, *more: tuple[str, str]) -> Answer:
        """Ask; where a used connection is closed before any answer, ask once more on another.

        A server may close an idle connection just when a request is on its way (RFC 9112, section
        9.3.1); what is asked here changes nothing and may be repeated.
        """
        used = self._used > 0
        try:
            return self._ask(request, more)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.close()
            if not used:
                raise
            return self._ask(request, more)

    def _ask(self, request: Request, more: Sequence[tuple[str, str]]) -> Answer:
        connection = self._connected()
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in (*request.headers, *more):
            connection.putheader(name, value)
        if request.body:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        self._used += 1
        if self._used >= _ON_A_CONNECTION or response.will_close:
            self.close()
        return answer

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._address
            self._connection = http.client.HTTPConnection(
                host, port, timeout=PATIENCE, source_address=(self._source, 0)
            )
        return self._connection

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection:
            self._connection.close()
        self._connection, self._used = None, 0


class Light:
    """Asks what has a known answer, in every way that there is."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self._line = Line(place.address, SOURCES[LIGHT])
        self._asks = table(place.cities)
        self._chance = chance
        self._tags: dict[int, tuple[str, str, str]] = {}
        self._releases: list[str] = []

    def step(self) -> Seen:
        """Ask one question."""
        number = self._chance.randrange(len(self._asks))
        ask = self._asks[number]
        named = ""
        if ask.endpoint and self._releases and self._chance.random() < 0.1:
            named = self._chance.choice(self._releases)
        request = request_of(ask, self._chance, named)
        kind = "kept release" if named else ask.kind
        sent = time.monotonic()
        try:
            answer, confirmed = self._answered(number, request, named)
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            return Seen(kind, number, sent, time.monotonic(), 0, problem=repr(error), named=named)
        received = time.monotonic()
        if answer.status >= 400:
            gone = frozenset({"not-found"}) if named else frozenset[str]()
            return Seen(
                kind, number, sent, received, answer.status,
                problem=answer.problem, named=named, allowed=gone,
            )  # fmt: skip
        release = answer.headers["Citylinks-Release"]
        if answer.status == 304:
            _, of, known = confirmed
            wrong = "" if of == release else f"304 for a tag of {of}, of {release}"
            return Seen(kind, number, sent, received, 304, release, known, wrong, named)
        found = digest(ask.kind, ask.accept, answer.body)
        self._learn(number, request, answer, release, found)
        return Seen(kind, number, sent, received, answer.status, release, found, "", named)

    def _answered(
        self, number: int, request: Request, named: str
    ) -> tuple[Answer, tuple[str, str, str]]:
        """Ask, sometimes on a condition, and follow a redirect."""
        tag = self._tags.get(number, ("", "", ""))
        conditional = tag[0] and not named and self._chance.random() < 0.3
        answer = self._line.ask(request, *([("If-None-Match", tag[0])] if conditional else []))
        if answer.status in {301, 302, 303}:
            path = urlsplit(answer.headers["Location"]).path
            answer = self._line.ask(Request("GET", path, request.headers))
        return answer, tag

    def _learn(
        self, number: int, request: Request, answer: Answer, release: str, found: str
    ) -> None:
        """Keep the tag of an answer that is asked for in the same words again, and its release."""
        if release not in self._releases:
            self._releases = [*self._releases[-3:], release]
        if not self._asks[number].endpoint and answer.headers["ETag"]:
            self._tags[number] = (answer.headers["ETag"], release, found)

    def rest(self) -> None:
        """Leave nothing open."""
        self._line.close()


class Hostile:
    """Asks what is meant to harm."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self._line = Line(place.address, SOURCES[HOSTILE])
        self._queries = collection.queries()
        self._chance = chance

    def step(self) -> Seen:
        """Ask one query; it may come to whatever is expected of it, or to a lack of time."""
        query = self._chance.choice(self._queries)
        headers = (("Accept", query.accept), ("Content-Type", "application/sparql-query"))
        request = Request("POST", "/sparql", headers, query.text.encode())
        sent = time.monotonic()
        try:
            problem = self._line.ask(request).problem or collection.ANSWERED
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            problem = repr(error)
        allowed = query.expected | _STOPPED | {collection.ANSWERED}
        return Seen(HOSTILE, -1, sent, time.monotonic(), 0, problem=problem, allowed=allowed)

    def rest(self) -> None:
        """Leave nothing open."""
        self._line.close()


_STOPPED: Final = frozenset(
    {"query-timeout", "query-memory", "query-too-deep", "answer-too-large", "internal"}
)
"""What a hostile query may come to on a machine that has much else to do."""


class Slow:
    """Asks for much and reads it bit by bit."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self._address, self._chance = place.address, chance
        self._number = len(table(place.cities))

    def step(self) -> Seen:
        """Read one long answer slowly."""
        path = f"/sparql?query={quote(EVERYTHING, '')}"
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {CSV}\r\nConnection: close\r\n\r\n"
        sent = time.monotonic()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            client.settimeout(PATIENCE)
            client.bind((SOURCES[SLOW], 0))
            client.connect(self._address)
            client.sendall(head.encode())
            started = client.recv(1)
            received = time.monotonic()
            answer = _parsed(started + self._rest_of(client))
        if answer.status >= 400:
            return Seen(SLOW, self._number, sent, received, answer.status, problem=answer.problem)
        found = digest("everything", CSV, answer.body)
        release = answer.headers["Citylinks-Release"]
        return Seen(SLOW, self._number, sent, received, answer.status, release, found)

    def _rest_of(self, client: socket.socket) -> bytes:
        received = bytearray()
        while piece := client.recv(32_768):
            received += piece
            time.sleep(self._chance.random() * 0.03)
        return bytes(received)

    def rest(self) -> None:
        """There is nothing open between two answers."""


def _parsed(received: bytes) -> Answer:
    """Take an answer apart that ended with its connection; a cut one is a failure."""
    import io

    head, _, body = received.partition(b"\r\n\r\n")
    status, _, fields = head.partition(b"\r\n")
    headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
    if len(body) != int(headers["Content-Length"]):
        raise ConnectionError(f"cut after {len(body)} of {headers['Content-Length']} bytes")
    return Answer(int(status.split()[1]), headers, body)


class Leaving:
    """Asks what takes long, and leaves."""

    def __init__(self, place: Place, chance: random.Random) -> None:
        self._address, self._chance = place.address, chance

    def step(self) -> Seen:
        """Ask, wait a little, leave."""
        head = f"GET /sparql?query={quote(_CROSS, '')} HTTP/1.1\r\nHost: x\r\n\r\n"
        sent = time.monotonic()
        with socket.create_connection(self._address, PATIENCE, (SOURCES[LEAVING], 0)) as client:
            client.sendall(head.encode())
            time.sleep(self._chance.random())
        time.sleep(1 + 4 * self._chance.random())
        left = frozenset({"left"})
        return Seen(LEAVING, -1, sent, time.monotonic(), 0, problem="left", allowed=left)

    def rest(self) -> None:
        """There is nothing open between two questions."""


_KINDS: Final[dict[str, Callable[[Place, random.Random], Any]]] = {
    LIGHT: Light,
    HOSTILE: Hostile,
    SLOW: Slow,
    LEAVING: Leaving,
}


def run(kinds: Sequence[str], seed: int, place: Place, signals: Signals) -> None:
    """Be clients, one thread for each of `kinds`, until told to end."""
    threads = [
        threading.Thread(target=_ask_on, args=(kind, seed * 1000 + at, place, signals))
        for at, kind in enumerate(kinds)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask_on(kind: str, seed: int, place: Place, signals: Signals) -> None:
    """Ask one thing after another, and tell what was seen."""
    chance = random.Random(seed)
    client = _KINDS[kind](place, chance)
    batch: list[Seen] = []
    while not signals.done.is_set():
        if signals.resting.is_set():
            client.rest()
            signals.told.put(batch)
            batch = []
            while signals.resting.is_set() and not signals.done.is_set():
                time.sleep(0.05)
            continue
        batch.append(_seen(kind, client))
        if len(batch) >= 20 or kind != LIGHT:
            signals.told.put(batch)
            batch = []
        time.sleep(chance.random() * 0.02)
    client.rest()
    signals.told.put(batch)


def _seen(kind: str, client: Any) -> Seen:
    """Let a client take one step; whatever breaks is something seen."""
    sent = time.monotonic()
    try:
        seen: Seen = client.step()
    except (OSError, http.client.HTTPException) as error:
        return Seen(kind, -1, sent, time.monotonic(), 0, problem=repr(error))
    return seen


def start(
    kinds: Sequence[Sequence[str]], place: Place, signals: Signals, seed: int
) -> list[multiprocessing.process.BaseProcess]:
    """Start a process for each list of kinds."""
    spawning = multiprocessing.get_context("spawn")
    found: list[multiprocessing.process.BaseProcess] = []
    for at, some in enumerate(kinds):
        process = spawning.Process(target=run, args=(tuple(some), seed + at, place, signals))
        process.start()
        found.append(process)
    return found
