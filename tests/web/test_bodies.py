"""Bodies over a socket: whole up to the limit, refused above it, at every door that reads one."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask

from registry import terms
from registry.releases.workspace import Workspace
from tests.copies import copied
from tests.web.served import PATIENCE, Reply, Server, serving

TOKEN: Final = "a token"
AUTHORIZATION: Final = {"Authorization": f"Bearer {TOKEN}"}
DATA: Final = 300_000
"""Longest data, in bytes."""

ENVELOPE: Final = 10_000
"""Bytes that a form with data may be longer."""

QUERY: Final = 20_000
"""Longest query, in bytes; a form with one may be four times as long."""

FORM: Final = "application/x-www-form-urlencoded"
PARTS: Final = "multipart/form-data; boundary=b"
TURTLE: Final = "text/turtle"


@dataclass(frozen=True)
class Door:
    """A way to send a body to an address, and what shows that its last byte was read.

    What is limited is `start`, any number of `filling`, and `end`; `head` and `tail` stand around.
    Without its `end` a body that fits is answered otherwise than with `status` and `seen`.
    """

    path: str
    type: str
    limit: int
    start: str
    filling: str
    end: str
    status: int
    seen: str
    head: str = ""
    tail: str = ""
    method: str = "POST"

    def body(self, size: int) -> bytes:
        """Make a body in which so many bytes are limited."""
        filling = self.filling * (size - len(self.start) - len(self.end))
        return f"{self.head}{self.start}{filling}{self.end}{self.tail}".encode()


def queried(path: str) -> list[Door]:
    """List the ways to send a query to an address."""
    form = "query=ASK%7B%7D"
    return [
        Door(path, "application/sparql-query", QUERY, "ASK {", " ", "}", 200, "boolean"),
        Door(path, FORM, 4 * QUERY, "a=", "a", f"&{form}", 200, "boolean"),
    ]


GRAPH: Final = quote(f"{terms.GRAPH}list", safe="")
STORE: Final = f"/graphs?graph={GRAPH}"
VALIDATE: Final = f"/validate?graph={GRAPH}"
LINK: Final = "/link?column=city"
FIELD: Final = '--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
FILE: Final = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.%s"\r\n\r\n'
TAIL: Final = "\r\n--b--\r\n"
QUERIES: Final = '{"q0":{"query":"Pavia"}}'

RDF: Final = (DATA, "#\n", " ", "!", 400, "data-syntax")
"""Nothing is said in Turtle, but for a mistake in the last byte."""

ROWS: Final = (DATA, "city\n", "\n", "Xanadu", 200, "Xanadu,")

DOORS: Final = [
    *queried("/sparql"),
    *queried("/release/kept/sparql"),
    Door(STORE, TURTLE, *RDF, method="PUT"),
    Door(STORE, TURTLE, *RDF),
    Door(VALIDATE, TURTLE, *RDF),
    Door(VALIDATE, FORM, DATA, "", "+", "!", 400, "data-syntax", "content="),
    Door(VALIDATE, PARTS, *RDF, FIELD % "content", TAIL),
    Door(VALIDATE, PARTS, *RDF, FILE % "ttl", TAIL),
    Door(
        "/reconcile", FORM, 4 * QUERY, "a=", "a", f"&queries={quote(QUERIES)}", 200, '"q0":{"result'
    ),
    Door(
        "/reconcile",
        PARTS,
        4 * QUERY,
        FIELD % "a",
        "a",
        f"\r\n{FIELD % 'queries'}{QUERIES}{TAIL}",
        200,
        '"q0":{"result',
    ),
    Door(LINK, "text/csv", *ROWS),
    Door(LINK, "text/tab-separated-values", *ROWS),
    Door(LINK, FORM, DATA + ENVELOPE, "a=", "a", "&content=city%0AXanadu", 200, "Xanadu,"),
    Door(LINK, PARTS, *ROWS, FIELD % "content", TAIL),
    Door(LINK, PARTS, *ROWS, FILE % "csv", TAIL),
]
every_door = pytest.mark.parametrize(
    "door", DOORS, ids=lambda d: f"{d.method} {d.path.partition('?')[0]} {d.type} {d.head[38:64]}"
)
chunked_or_not = pytest.mark.parametrize("piece", [0, 1 << 20, 4_999], ids=lambda n: f"chunks-{n}")
"""Bytes of a chunk; 0 = with a Content-Length."""


@pytest.fixture(scope="module")
def server(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server that can be written to."""
    folder = tmp_path_factory.mktemp("bodies")
    copy = copied(workspace, folder / "home")
    copy.name("kept", str(copy.current()))
    tokens = folder / "tokens"
    tokens.write_text(f"{hashlib.sha256(TOKEN.encode()).hexdigest()} office\n")
    limits = {"upload_bytes": str(DATA), "query_bytes": str(QUERY), "uploads": "1"}
    limits |= {"workers": "1", "processes": "1", "tokens": str(tokens)}
    with serving({"home": str(copy.home), **limits}) as running:
        yield running


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def sent(server: Server, door: Door, body: bytes, piece: int) -> Reply:
    """Send a whole body as Python's own client does, which reads nothing before it has sent all."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE)
    headers = {"Content-Type": door.type, **AUTHORIZATION}
    content = pieces(body, piece) if piece else body
    try:
        connection.request(door.method, door.path, content, headers, encode_chunked=bool(piece))
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def test_every_door_is_in_the_table(app: Flask) -> None:
    """Whoever opens a door that takes a body says here what is limited in it."""
    bodies = {"POST", "PUT", "PATCH"}
    address = app.url_map.bind("localhost")
    walked = set()
    for door in DOORS:
        rule, _ = address.match(door.path.partition("?")[0], door.method, return_rule=True)
        walked.add((rule.rule, door.method))
    assert walked == {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in bodies & (rule.methods or set())
        if not rule.rule.startswith("/contribute/")
    }


@chunked_or_not
def test_a_form_of_people_over_its_limit_is_refused(piece: int, app: Flask, server: Server) -> None:
    """Those that need a proposal or an editor look for these first."""
    forms = [r.rule for r in app.url_map.iter_rules() if "POST" in (r.methods or ())]
    open_to_all = {f"/contribute/{name}" for name in ("link", "note", "table", "sign-in")}
    assert open_to_all <= {*forms}
    for path in (form for form in forms if form.startswith("/contribute/")):
        door = Door(re.sub("<[^>]*>", "1", path), FORM, 3_000_000, "text=", "a", "", 413, "")
        reply = sent(server, door, door.body(door.limit), piece)
        allowed = {413} if path in open_to_all else {401, 403, 404, 413}
        assert reply.status in allowed, path


@every_door
@chunked_or_not
def test_a_body_up_to_the_limit_is_read_to_its_end(door: Door, piece: int, server: Server) -> None:
    reply = sent(server, door, door.body(door.limit), piece)
    assert (reply.status, door.seen in reply.text) == (door.status, True), reply.text[:200]


@pytest.mark.conforms("RFC 9110", "15.5.14", "a body over the limit is 413")
@every_door
@chunked_or_not
@pytest.mark.parametrize("over", [1, 16_000_000])
def test_a_body_over_the_limit_is_refused(
    door: Door, piece: int, over: int, server: Server
) -> None:
    """A client that sends all before it reads gets the answer, too, and no broken pipe."""
    reply = sent(server, door, door.body(door.limit + over), piece)
    assert (reply.status, reply.type) == (413, "application/problem+json"), reply.text[:200]
    assert reply.json["type"].endswith("-too-large")
    assert reply.json["limit"] in {DATA, QUERY, 4 * QUERY}


CHUNKED: Final = "Transfer-Encoding: chunked"


def broken_off(door: Door, size: int, length: str) -> bytes:
    """Write a request whose body breaks off after some bytes of what is limited."""
    body = door.body(size)[: len(door.head) + size]
    head = f"{door.method} {door.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {door.type}\r\n"
    head += f"Authorization: Bearer {TOKEN}\r\n{length}\r\n\r\n"
    start = b"%x\r\n" % len(body) if length == CHUNKED else b""
    return head.encode() + start + body + (b"\r\n" if start else b"")


def said(server: Server, request: bytes) -> Reply:
    """Say what is no whole request, and that no more of it comes."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=PATIENCE) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        return Reply(answer.status, answer.headers, answer.read())


@pytest.mark.slow
@every_door
@pytest.mark.parametrize("length", [CHUNKED, "Content-Length: {}"])
def test_a_body_that_breaks_off_is_not_taken(door: Door, length: str, server: Server) -> None:
    """What has come could be read by itself; only its end is missing."""
    whole = len(door.body(door.limit))
    for size in {door.limit - 1, len(door.start) + len(door.end)}:
        reply = said(server, broken_off(door, size, length.format(whole)))
        assert (reply.status, reply.json["type"].rpartition("/")[2]) == (400, "bad-parameter")
        assert "breaks off" in reply.json["detail"]
