"""Hostile requests, byte by byte, with the statuses of the answers that each must get.

What is said is a row of bytes, pauses in seconds, and `END`: no more is sent, the rest is read.
Requests that are answered ask for the connection to be closed, so that an answer ends with it.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from typing import Final

END: Final = "END"
PATIENCE: Final = 20.0
"""Seconds after which an exchange that has not ended is given up."""

QUERY: Final = b"/sparql?query=ASK%7B%7D"
GET: Final = b"GET " + QUERY + b" HTTP/1.1\r\nHost: x\r\n"
ASK: Final = b"ASK {}"
POST: Final = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
FORM: Final = POST.replace(b"sparql-query", b"x-www-form-urlencoded")
CHUNKED: Final = POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
CLOSE: Final = b"Connection: close\r\n\r\n"
SMUGGLED: Final = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSED: Final = ()
"""No answer: the connection is closed."""


def page(path: bytes, fields: bytes = b"") -> bytes:
    """Ask for a page."""
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + fields + CLOSE


def field(name: bytes, value: bytes) -> bytes:
    """Ask a query with one more header field."""
    return GET + name + b": " + value + b"\r\n" + CLOSE


def length(*values: bytes) -> bytes:
    """Send a query as a body, with these lengths."""
    lengths = b"".join(b"Content-Length: " + value + b"\r\n" for value in values)
    return POST + lengths + CLOSE + ASK


def _dripped(request: bytes) -> tuple[bytes | float, ...]:
    """Send a request byte by byte, with a pause after each."""
    return tuple(step for at in range(len(request)) for step in (request[at : at + 1], 0.005))


@dataclass(frozen=True)
class Exchange:
    """What a client says, and the statuses of what it gets."""

    name: str
    said: tuple[bytes | float | str, ...]
    statuses: tuple[int, ...]


_SMUGGLING: Final[dict[str, tuple[bytes, tuple[int, ...]]]] = {
    "length and chunks": (
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        (400,),
    ),
    "chunks and length": (
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n" + SMUGGLED,
        (400,),
    ),
    "two lengths": (length(b"6", b"7"), (400,)),
    "one length twice": (length(b"6", b"6"), (400,)),
    "a list of lengths": (length(b"6, 6"), (400,)),
    "a length with a sign": (length(b"+6"), (400,)),
    "a negative length": (length(b"-6"), (400,)),
    "a length that is no number": (length(b"0x6"), (400,)),
    "a length beyond all": (length(b"9" * 30), (413,)),
    "a space before the colon": (POST + b"Content-Length : 6\r\n\r\n" + ASK, (400,)),
    "an unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", (501,)),
    "chunked twice": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        (400,),
    ),
    "a control before chunked": (
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        (400,),
    ),
    "bare line feeds": (b"GET " + QUERY + b" HTTP/1.1\nHost: x\n\n" + SMUGGLED, (400,)),
    "a bare return": (b"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", (400,)),
    "a folded field": (GET + b"X: a\r\n Host: y\r\n\r\n", (400,)),
    "a body for GET": (GET + b"Content-Length: %d\r\n" % len(SMUGGLED) + CLOSE + SMUGGLED, (200,)),
    "a body that nobody reads": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)
        + SMUGGLED
        + GET
        + CLOSE,
        (405, 200),
    ),
}

_CHUNKS: Final[dict[str, tuple[bytes, tuple[int, ...]]]] = {
    "in good order": (CHUNKED + b"6;a=b\r\nASK {}\r\n0\r\nX: y\r\n\r\n", (200,)),
    "a negative size": (CHUNKED + b"-1\r\nASK {}\r\n0\r\n\r\n", (400,)),
    "a size with a prefix": (CHUNKED + b"0x6\r\nASK {}\r\n0\r\n\r\n", (400,)),
    "a size with an underscore": (CHUNKED + b"0_6\r\nASK {}\r\n0\r\n\r\n", (400,)),
    "no size": (CHUNKED + b"\r\nASK {}\r\n0\r\n\r\n", (400,)),
    "no end of a chunk": (CHUNKED + b"6\r\nASK {}0\r\n\r\n", (400,)),
    "more than a query may have": (CHUNKED + b"4c4b40\r\n" + b"#" * 5_000_000, (413,)),
    "a hundred thousand of one byte": (CHUNKED + b"1\r\n#\r\n" * 100_001 + b"0\r\n\r\n", (400,)),
    "a megabyte of extension": (CHUNKED + b"6;" + b"a=b;" * 250_000 + b"\r\nASK {}\r\n", (400,)),
    "a megabyte of trailers": (
        CHUNKED + b"6\r\nASK {}\r\n0\r\n" + b"X: y\r\n" * 200_000 + b"\r\n",
        (400,),
    ),
}

_HEADS: Final[dict[str, tuple[bytes, tuple[int, ...]]]] = {
    "nothing": (b"", CLOSED),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n" * 500, (400,)),
    "all bytes": (bytes(range(256)) * 10, (400,)),
    "line ends": (b"\r\n" * 20_000, (400,)),
    "HTTP/0.9": (b"GET /\r\n\r\n", (400,)),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", (400,)),
    "the PROXY protocol": (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GET + CLOSE, (400,)),
    "a method in lower case": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", (400,)),
    "a long method": (b"A" * 9_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", (414,)),
    "a long address": (page(b"/" + b"a" * 9_000), (414,)),
    "CONNECT": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n" + CLOSE, (404,)),
    "TRACE": (b"TRACE / HTTP/1.1\r\nHost: x\r\n" + CLOSE, (405,)),
    "no host": (b"GET / HTTP/1.1\r\n" + CLOSE, (400,)),
    "no host in HTTP/1.0": (b"GET " + QUERY + b" HTTP/1.0\r\n\r\n", (200,)),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400,)),
    "a host with a space": (b"GET / HTTP/1.1\r\nHost: a b\r\n" + CLOSE, (400,)),
    "a host with a script": (
        b'GET /sparql HTTP/1.1\r\nHost: a"><script>\r\nAccept: text/turtle\r\n' + CLOSE,
        (400,),
    ),
    "a host with a path": (
        b"GET /sparql HTTP/1.1\r\nHost: a/b\r\nAccept: text/turtle\r\n" + CLOSE,
        (400,),
    ),
    "10000 fields": (GET + b"".join(b"X%d: y\r\n" % n for n in range(10_000)) + CLOSE, (431,)),
    "a field of 100 kilobytes": (field(b"X", b"a" * 100_000), (431,)),
    "a field with a nought": (field(b"X", b"a\0b"), (400,)),
    "a field name with a space": (field(b"X y", b"z"), (400,)),
    "a field without a name": (field(b"", b"z"), (400,)),
    "a line that is no field": (GET + b"nonsense\r\n" + CLOSE, (400,)),
    "an expectation": (
        POST + b"Content-Length: 6\r\nExpect: 100-continue\r\n" + CLOSE + ASK,
        (100, 200),
    ),
    "another expectation": (POST + b"Content-Length: 6\r\nExpect: x\r\n" + CLOSE + ASK, (417,)),
    "an upgrade": (GET + b"Upgrade: h2c\r\nHTTP2-Settings: AAMA\r\n" + CLOSE, (200,)),
}

_FIELDS: Final[dict[str, tuple[bytes, tuple[int, ...]]]] = {
    "2000 ranges in Accept": (field(b"Accept", b"a/b," * 2_000 + b"*/*;q=0.1"), (200,)),
    "broken ranges in Accept": (field(b"Accept", b"*/*;q=nan, a/b;q=-1, ;;;=,,,"), (200,)),
    "commas in Accept": (field(b"Accept", b"," * 8_000), (200,)),
    "2000 languages": (page(b"/", b"Accept-Language: " + b"x-a," * 2_000 + b"\r\n"), (200,)),
    "a long language": (page(b"/", b"Accept-Language: " + b"a-" * 4_000 + b"a\r\n"), (200,)),
    "1500 codings": (field(b"Accept-Encoding", b"gzip," * 1_500), (200,)),
    "2000 tags": (field(b"If-None-Match", b'"a",' * 2_000 + b'"b"'), (200,)),
    "a broken tag": (field(b"If-None-Match", b'W/"' + b'\\"' * 3_000), (200,)),
    "any tag": (field(b"If-None-Match", b"*"), (304,)),
    "a date that is none": (field(b"If-Modified-Since", b"Thu, 99 Foo 99999 99:99:99"), (200,)),
    "a date beyond all": (
        field(b"If-Modified-Since", b"Thu, 01 Jan 99999999 00:00:00 +9999999"),
        (200,),
    ),
    "2000 byte ranges": (
        page(b"/static/style.css", b"Range: bytes=0-0" + b",0-0" * 1_900 + b"\r\n"),
        (416,),
    ),
    "a range beyond all": (
        page(b"/static/style.css", b"Range: bytes=" + b"9" * 30 + b"-\r\n"),
        (416,),
    ),
    "2000 cookies": (field(b"Cookie", b"a=b;" * 2_000), (200,)),
    "a broken content type": (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nContent-Type: "
        + b";" * 8_000 + b"\r\n" + CLOSE + ASK,
        (415,),
    ),
    "190000 parameters": (
        FORM + b"Content-Length: 380000\r\n" + CLOSE + b"a&" * 190_000,
        (400,),
    ),
    "a broken escape": (FORM + b"Content-Length: 18\r\n" + CLOSE + b"query=ASK{}%20%23%", (200,)),
}  # fmt: skip

_PATHS: Final[dict[str, tuple[bytes, tuple[int, ...]]]] = {
    "a nought": (page(b"/\0"), (400,)),
    "an escaped nought": (page(b"/doc/city/%00"), (404,)),
    "up from static": (page(b"/static/../../../../etc/passwd"), (404,)),
    "up from static, escaped": (page(b"/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), (404,)),
    "up from dumps": (page(b"/dumps/latest/..%2f..%2f..%2flog.jsonl"), (404,)),
    "up from releases": (page(b"/release/..%2f..%2fetc/sparql?query=ASK%7B%7D"), (404,)),
    "up by a parameter": (page(QUERY + b"&release=../../../../etc"), (404,)),
    "a release of noughts": (page(QUERY + b"&release=" + b"%00" * 7), (404,)),
    "a header in a language": (page(b"/id/city/perm-511196?lang=en%0d%0aX:%20y"), (400,)),
    "a header in a path": (page(b"/id/city/perm-511196%0d%0aX:%20y"), (404,)),
    "a long language in the address": (page(b"/?lang=" + b"a" * 7_000), (400,)),
}

_IN_TIME: Final[dict[str, tuple[tuple[bytes | float | str, ...], tuple[int, ...]]]] = {
    "50 in one go": ((GET + b"\r\n",) * 49 + (GET + CLOSE,), (200,) * 50),
    "50 in one go, of which one is broken": (
        ((GET + b"\r\n") * 9 + GET + b"broken\r\n\r\n" + (GET + b"\r\n") * 40,),
        (200,) * 9 + (400,),
    ),
    "several kinds in one go": (
        (GET + b"\r\n" + POST + b"Content-Length: 6\r\n\r\n" + ASK + page(b"/nowhere"),),
        (200, 200, 404),
    ),
    "byte by byte": (_dripped(GET + CLOSE), (200,)),
    "half a head, then nothing more": ((GET, END), CLOSED),
    "half a chunk, then nothing more": ((CHUNKED + b"9\r\nASK", END), (400,)),
    "a whole request, then nothing more": ((GET + b"\r\n", END), (200,)),
    "a body after a while": (
        (POST + b"Content-Length: 6\r\nConnection: close\r\n\r\nASK", 1.0, b" {}"),
        (200,),
    ),
    "a head after a while": ((GET, 1.0, CLOSE), (200,)),
}


def exchanges() -> list[Exchange]:
    """Give all exchanges."""
    groups = {
        "smuggling": _SMUGGLING,
        "chunks": _CHUNKS,
        "head": _HEADS,
        "field": _FIELDS,
        "path": _PATHS,
    }
    at_once = [
        Exchange(f"{group}: {name}", (said, END) if name == "nothing" else (said,), statuses)
        for group, rows in groups.items()
        for name, (said, statuses) in rows.items()
    ]
    in_time = [Exchange(f"time: {name}", *row) for name, row in _IN_TIME.items()]
    return at_once + in_time


def hold(exchange: Exchange, address: tuple[str, int]) -> tuple[int, ...]:
    """Say what a client says; give the statuses of all answers until the connection ends."""
    with socket.create_connection(address, timeout=PATIENCE) as client:
        try:
            for step in exchange.said:
                _take(step, client)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server has answered and closed; what it said is still to be read.
        return statuses_of(_all_of(client))


def _take(step: bytes | float | str, client: socket.socket) -> None:
    if isinstance(step, bytes):
        client.sendall(step)
    elif isinstance(step, float):
        time.sleep(step)
    else:
        client.shutdown(socket.SHUT_WR)


def _all_of(client: socket.socket) -> bytes:
    """Read to the end, which may be a reset where the server had not read all that was said."""
    received = bytearray()
    try:
        while piece := client.recv(1 << 16):
            received += piece
    except ConnectionResetError:
        pass
    return bytes(received)


_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[^\r]*\r\n")
_LENGTH: Final = re.compile(rb"^content-length: *([0-9]+)\r$", re.IGNORECASE | re.MULTILINE)


def statuses_of(received: bytes) -> tuple[int, ...]:
    r"""Give the statuses of answers that follow each other.

    >>> statuses_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 404 No\r\n\r\n")
    (200, 404)
    """
    found, at = [], 0
    while match := _STATUS.match(received, at):
        found.append(int(match[1]))
        end = received.find(b"\r\n\r\n", at) + 4
        length = _LENGTH.search(received, at, end)
        at = end + (int(length[1]) if length and found[-1] != 304 else 0)
    return tuple(found)
