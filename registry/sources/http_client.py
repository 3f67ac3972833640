"""A client of one server: one connection, bounded answers, downloads that go on where they broke.

Redirects are followed within that server only.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import BaseHTTPResponse

from registry import files
from registry.version import AGENT

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 3
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
"""Status codes after which it is worth asking again."""

_SILENCE: Final = 30.0
"""Seconds that a server may take to connect, and to send the next piece."""

_SLOWEST: Final = 20_000
"""Bytes a second: what comes more slowly, after `_SILENCE`, is broken off."""

_BURST: Final = 1_000_000
_STEADY: Final = 1_000
"""Bytes that a stream may send at once, and each second: what sends more is broken off."""

_PIECE: Final = 1 << 16
_TRIES: Final = 3


@dataclass(frozen=True)
class Answer:
    """What a server answered: where, its status, headers and body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Unavailable(ConnectionError):
    """A server that did not answer to the end, or has no time; `wait` = seconds that it asks for.

    It may answer later.
    """

    def __init__(self, detail: str, wait: float = 0.0) -> None:
        """Take note of what happened."""
        super().__init__(detail)
        self.wait = wait


_OTHER_SIDE: Final = (HTTPError, ConnectionError, TimeoutError)
"""Errors of the server or the network; a full disk of ours is no reason to ask again."""


class Client:
    """Asks the server of an address.

    Its methods raise `ConnectionError` when the server fails or answers what nobody asked for.
    """

    tells = True
    """Whether the server may have a stream that tells of changes."""

    def __init__(self, url: str, agent: str = AGENT) -> None:
        """Open nothing yet; `ValueError` where this is no address of a web server."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not an address such as https://example.org")
        self.url = url.rstrip("/")
        self._server = parts.scheme, parts.hostname, parts.port
        timeout = urllib3.Timeout(connect=_SILENCE, read=_SILENCE)
        self._pool = urllib3.connection_from_url(
            url, maxsize=1, block=True, timeout=timeout, headers={"User-Agent": agent}
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def get(
        self,
        path: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        *,
        may_miss: bool = False,
    ) -> Answer:
        """Fetch what lies at an address, of at most so many bytes; 200, 304, or also 404, 410."""
        for attempt in range(_TRIES):
            try:
                return self._get(path, limit, headers or {}, {200, 304, *([404, 410] * may_miss)})
            except _OTHER_SIDE as error:
                last = error
                sleep(attempt)
        raise ConnectionError(f"{self.url} does not answer: {last}") from last

    def _get(
        self, path: str, limit: int, headers: Mapping[str, str], wanted: Container[int]
    ) -> Answer:
        with self._open(path, headers) as (url, response):
            if response.status not in wanted:
                raise ConnectionError(f"{url} answers {response.status}")
            body = b"".join(_pieces(response, limit, url))
            return Answer(url, response.status, dict(response.headers), body)

    def post(self, path: str, body: bytes, limit: int, headers: Mapping[str, str]) -> Answer:
        """Send a body, once; whatever the server answers of at most so many bytes, comes back."""
        try:
            with self._open(path, headers, body) as (url, response):
                found = b"".join(_pieces(response, limit, url))
                return Answer(url, response.status, dict(response.headers), found)
        except HTTPError as error:
            raise ConnectionError(f"{self.url} does not answer: {error}") from error

    def save(
        self, url: str, target: Path, limit: int, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Save what lies at an address, of at most so many bytes; 200, or 304 and nothing.

        The answer has no body. Where it may come later, `Unavailable` is raised.
        """
        try:
            with self._open(url, headers or {}) as (at, response):
                if response.status in _BUSY:
                    wait = retry_after(response.headers.get("Retry-After", ""))
                    raise Unavailable(f"{at} answers {response.status}", wait)
                if response.status not in {200, 304}:
                    raise ConnectionError(f"{at} answers {response.status}")
                if response.status == 200:
                    with target.open("wb") as file:
                        file.writelines(_pieces(response, limit, at))
                return Answer(at, response.status, response.headers, b"")
        except SSLError as error:
            raise ConnectionError(f"{url} is not who it says it is: {error}") from error
        except HTTPError as error:
            raise Unavailable(f"{url} does not answer: {error}") from error

    def download(self, path: str, target: Path, size: int, sha256: str) -> int:
        """Fetch a file of that size and hash; give how many bytes were sent for it.

        What has come of it before, at `target` with `.part`, is not fetched again. A file that is
        not what it should be leaves nothing.
        """
        part = target.with_name(f"{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed, sent = part.exists(), self._fetch(path, part, size, sha256)
        is_right = files.sha256(part) == sha256
        if resumed and not is_right:  # Its beginning may be from a worse day.
            part.unlink()
            sent += self._fetch(path, part, size, sha256)
            is_right = files.sha256(part) == sha256
        if not is_right:
            part.unlink()
            raise ConnectionError(f"{self.url}{path} is not what the manifest says it is")
        part.replace(target)
        return sent

    def part(self, path: str, start: int, length: int, sha256: str) -> bytes:
        """Fetch a range of a file of that hash, which the server says to be its ETag."""
        headers = {"Range": f"bytes={start}-{start + length - 1}", "If-Range": f'"{sha256}"'}
        try:
            with self._open(path, headers) as (url, response):
                if response.status != 206 or _starts(response) != start:
                    raise ConnectionError(f"{url} answers {response.status} for a part of it")
                found = b"".join(_pieces(response, length, url))
        except (HTTPError, OSError) as error:
            raise ConnectionError(f"{self.url} does not send {path}: {error}") from error
        if len(found) != length:
            raise ConnectionError(f"{self.url}{path} ends too early")
        return found

    def stream(self, path: str, kind: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        """Yield what an address sends for as long as it sends, piece by piece as it comes.

        `kind` is the media type that it has to have. Where it may come later, `Unavailable` is
        raised.
        """
        try:
            with self._open(path, headers) as (url, response), closing(response):
                if response.status in _BUSY:
                    wait = retry_after(response.headers.get("Retry-After", ""))
                    raise Unavailable(f"{url} answers {response.status}", wait)
                found = response.headers.get("Content-Type", "").partition(";")[0].strip()
                if response.status != 200 or found != kind:
                    raise ConnectionError(f"{url} answers {response.status}, {found or 'no type'}")
                began, come = monotonic(), 0
                while piece := response.read1(_PIECE, decode_content=False):
                    come += len(piece)
                    if come > _BURST + (monotonic() - began) * _STEADY:
                        raise ConnectionError(f"{url} sends too much")
                    yield piece
        except (HTTPError, TimeoutError) as error:
            raise Unavailable(f"{self.url} does not answer: {error}") from error

    def _fetch(self, path: str, part: Path, size: int, sha256: str) -> int:
        """Fetch what a file lacks, again and again as long as something comes of it."""
        sent, attempt = 0, 0
        while _size(part) < size:
            before = _size(part)
            try:
                self._go_on(path, part, size, sha256)
            except _OTHER_SIDE as error:
                attempt = 0 if _size(part) > before else attempt + 1
                if attempt == _TRIES:
                    raise ConnectionError(f"{self.url} does not send {path}: {error}") from error
                sleep(attempt)
            sent += max(0, _size(part) - before)
        return sent

    def _go_on(self, path: str, part: Path, size: int, sha256: str) -> None:
        """Fetch the rest of a file, from its beginning where the server will have it so."""
        have = _size(part)
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'} if have else {}
        with self._open(path, headers) as (url, response):
            if response.status not in {200, 206}:
                raise ConnectionRefusedError(f"{url} answers {response.status}")
            goes_on = response.status == 206 and _starts(response) == have
            if have and response.status == 206 and not goes_on:
                part.unlink()
                raise ConnectionError(f"{url} sends another part than was asked for")
            with part.open("ab" if goes_on else "wb") as file:
                for piece in _pieces(response, size - (have if goes_on else 0), url):
                    file.write(piece)
        if _size(part) < size:
            raise ConnectionError(f"{url} ends too early")

    @contextmanager
    def _open(
        self, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[tuple[str, BaseHTTPResponse]]:
        """Ask for an address, and where that leads elsewhere on this server, for that."""
        url = path if "://" in path else self._address(path)
        for _ in range(_MOST_REDIRECTS + 1):
            self._check(url)
            response = self._pool.urlopen(
                "GET" if body is None else "POST",
                _target(url),
                body,
                headers={**self._pool.headers, "Accept-Encoding": "identity", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            if response.status not in _REDIRECTS:
                break
            response.drain_conn()
            url = _joined(url, response.headers.get("Location", ""))
        try:
            yield self._shown(url), response
        finally:
            if response.length_remaining:  # What is left unread would stand before the next answer.
                response.close()
            response.release_conn()

    def _address(self, path: str) -> str:
        """Return the address of a path."""
        return self.url + path

    def _shown(self, url: str) -> str:
        """Return an address as messages and answers name it."""
        return url

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if (parts.scheme, parts.hostname, parts.port) != self._server:
            raise ConnectionError(f"{self.url} leads to another server: {url}")


def _joined(url: str, location: str) -> str:
    """Return where a redirect leads.

    >>> _joined("http://example.org/a", "/b")
    'http://example.org/b'

    Raises
    ------
    ConnectionError
        where that is no address.

    """
    try:
        found = urljoin(url, location)
        _ = urlsplit(found).port
    except ValueError as error:
        raise ConnectionError(f"{url} leads to {location[:200]!r}, which is no address") from error
    return found


def retry_after(text: str) -> float:
    """Return the seconds that a `Retry-After` asks for (RFC 9110, 10.2.3); 0 where it is none.

    >>> retry_after("60"), retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), retry_after("soon")
    (60.0, 0.0, 0.0)
    """
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text)
    until = date_of(text)
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until else 0.0


def date_of(text: str) -> datetime | None:
    """Read a date of HTTP (RFC 9110, 5.6.7); None where it is none."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _target(url: str) -> str:
    """Return what a request asks for (RFC 9112, section 3.2.1)."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _pieces(response: BaseHTTPResponse, limit: int, url: str) -> Iterator[bytes]:
    """Yield a body piece by piece, as far as the limit, and as long as it comes fast enough."""
    began, come = monotonic(), 0
    # `read1` returns what has arrived, so that a server that trickles meets the check of its rate.
    while piece := response.read1(_PIECE, decode_content=False):
        come += len(piece)
        if come > limit:
            raise ConnectionError(f"{url} sends more than {limit} bytes")
        if monotonic() - began > _SILENCE + come / _SLOWEST:
            raise ConnectionError(f"{url} sends too slowly")
        yield piece


def _starts(response: BaseHTTPResponse) -> int:
    """Return the first byte of a part (RFC 9110, section 14.4); -1 where that is not told."""
    told = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(told) if told.isdecimal() else -1


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
