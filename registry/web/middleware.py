"""WSGI middleware around Flask: default headers, response cache, request metrics, deadlines.

An answer that depends on nothing but the current release and the request is cached with its
headers, and sent again without Flask for as long as that release is the current one.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from socket import socket
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from werkzeug.wsgi import ClosingIterator, FileWrapper

from registry import metrics
from registry.problems import Problem
from registry.sparql.cache import Cache, Sized
from registry.web import conditions
from registry.web.client_deadlines import ClientDeadlines

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEEP: Final = "citylinks.keep"
"""Set by a handler whose answer may be cached."""

ROUTE: Final = "citylinks.route"
"""Set to the pattern of the address, for the metrics."""

LISTENING: Final = "citylinks.listening"
"""Set by a handler whose client waits for more: what takes the connection over (`listeners`)."""

OLD: Final = "HTTP/1.0"
"""The protocol without chunks: only a length shows its client that an answer is whole."""

DIGEST: Final = "Content-Digest"
"""The field that ends an answer in chunks: a hash of all of them (RFC 9530, section 2)."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load, send and be shown in (Content Security Policy)."""

_EXPOSED: Final = (
    "Accept-Ranges, Allow, Citylinks-Release, Citylinks-Warning, Content-Digest, Content-Location, "
    "Content-Range, ETag, Link, Location, Memento-Datetime, Preference-Applied, Retry-After, Vary"
)
"""The headers that scripts of other sites may read of an answer (Fetch standard)."""

ALWAYS: Final = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", _EXPOSED),
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
]
"""Headers of every answer, unless its handler sets them: CORS, and what a page may load."""

CONDITIONAL: Final = (*conditions.HEADERS, "HTTP_RANGE")
"""Headers of requests that may be answered without a body, or with a part of it."""

DEPENDED_ON: Final = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING",
)
"""All of a request that an answer may depend on: its key in the cache."""

Key = tuple[str, ...]


@runtime_checkable
class Trailing(Protocol):
    """The server's end of an answer, which may end with trailer fields."""

    trailers: list[tuple[str, str]]


@dataclass(frozen=True)
class CachedAnswer:
    """A whole answer, with the route that gave it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    route: str

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.body) + 2_000


class Middleware:
    """A WSGI application around another.

    `switched` returns the name of the last switch of the current release, None before the first.
    """

    def __init__(
        self,
        app: WSGIApplication,
        switched: Callable[[], str | None],
        cache: Cache[Sized],
        deadlines: ClientDeadlines,
    ) -> None:
        self._app, self._switched, self._cache = app, switched, cache
        self._deadlines = deadlines

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        began = time.perf_counter()
        key = self._key(environ)
        cached = self._cache.get(key) if key else None
        connection = environ.get("gunicorn.socket")
        chunks: Iterable[bytes]
        if isinstance(cached, CachedAnswer):
            start(cached.status, cached.headers)
            metrics.cache.labels("hit").inc()
            chunks = [cached.body]
            route, status, size = cached.route, cached.status, len(cached.body)
        else:
            if connection and not _has_body(environ):
                self._deadlines.start_answer_timer(connection)
            route, status, size, chunks = self._fresh(environ, start, key)
        if connection:
            self._deadlines.start_send_timer(connection, size)
            if LISTENING in environ and status.startswith("200"):
                chunks = environ[LISTENING](connection, chunks)
            elif not size:
                chunks = self._parts(connection, chunks, getattr(start, "__self__", None))
        metrics.requests.labels(route, status[:3]).inc()
        metrics.request_seconds.labels(route).observe(time.perf_counter() - began)
        return chunks

    def _parts(
        self, connection: socket, chunks: Iterable[bytes], response: object
    ) -> Iterator[bytes]:
        """Yield an answer of unknown length; each part gives its client more time.

        One that breaks off ends its connection before its end: its client sees that it is not
        whole. Otherwise `response`, where it is the server's, ends with the hash.
        """
        since, sent, digest = time.monotonic(), 0, hashlib.sha256()
        parts = iter(chunks)
        try:
            while (part := next(parts, None)) is not None:
                sent += len(part)
                digest.update(part)
                self._deadlines.start_send_timer(connection, sent, since)
                yield part
                self._deadlines.start_answer_timer(connection)
        except Problem as problem:
            raise ConnectionResetError(errno.ECONNRESET, problem.name) from problem
        finally:
            if isinstance(chunks, ClosingIterator):
                chunks.close()
        if isinstance(response, Trailing):
            encoded = base64.b64encode(digest.digest()).decode()
            response.trailers.append((DIGEST, f"sha-256=:{encoded}:"))

    def _key(self, environ: WSGIEnvironment) -> Key | None:
        """Return the key of a request in the cache; None where its answer is not to be cached."""
        if environ["REQUEST_METHOD"] != "GET" or any(name in environ for name in CONDITIONAL):
            return None
        switched = self._switched()
        return (switched, *(environ.get(name, "") for name in DEPENDED_ON)) if switched else None

    def _fresh(
        self, environ: WSGIEnvironment, start: StartResponse, key: Key | None
    ) -> tuple[str, str, int, Iterable[bytes]]:
        """Let Flask answer, and cache the answer where its handler allows it.

        Returns the route, the status, the size in bytes, and the chunks.
        """
        statuses: list[str] = []
        headers: list[tuple[str, str]] = []

        def answer(status: str, given: list[tuple[str, str]], *trouble: object) -> None:
            own = {name for name, _ in given}
            always = (header for header in ALWAYS if header[0] not in own)
            statuses[:], headers[:] = [status], [*given, *always]

        chunks = self._app(environ, answer)  # type: ignore[arg-type]
        route, status = environ.get(ROUTE, ""), statuses[0]
        if "Content-Length" not in dict(headers) and status.startswith("200"):
            if environ.get("SERVER_PROTOCOL") == OLD:
                length, chunks = _measured(chunks)
                headers.append(("Content-Length", str(length)))
            elif LISTENING not in environ and isinstance(
                getattr(start, "__self__", None), Trailing
            ):
                headers.append(("Trailer", DIGEST))
        start(status, headers)
        if key and KEEP in environ and status.startswith("200"):
            body = b"".join(chunks)
            self._cache.put(key, CachedAnswer(status, headers, body, route))
            chunks = [body]
        return route, status, int(dict(headers).get("Content-Length", 0)), chunks


def _measured(chunks: Iterable[bytes]) -> tuple[int, Iterable[bytes]]:
    """Collect an answer of unknown length in a file; return its length, and it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by what reads it)
    try:
        file.writelines(chunks)
    finally:
        if isinstance(chunks, ClosingIterator):
            chunks.close()
    length = file.tell()
    file.seek(0)
    return length, FileWrapper(file)


def _has_body(environ: WSGIEnvironment) -> bool:
    """Whether a body follows: its handler starts the time for the answer once it has read it."""
    return "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "0") != "0"
