"""Listening to an origin: a mirror hears of a release at once, and need not wait to ask.

The stream of events (`registry.catalogue.server_sent_events`) is read in a thread of its own. It
only says that it is worth to look: whatever an origin sends here, nothing else comes of it, and the
mirror asks at its interval all the same.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

from registry import formats
from registry.releases.manifest import VERSION_DIGITS
from registry.sources.http_client import Client, Unavailable

_LOG: Final = logging.getLogger("citylinks.sources")

_EVENTS: Final = frozenset({"release", "log"})
"""What is worth to look for."""

_FIELDS: Final = frozenset({b"event", b"id", b"data"})

_LINE: Final = 1 << 16
"""Bytes of the longest line; an origin that sends a longer one is left."""

_SHORTEST, _LONGEST = 1.0, 300.0
"""Seconds before a stream that broke is opened again, twice as many each time."""

_STEADY: Final = 60.0
"""Seconds after which a stream was a good one, and is opened again soon where it breaks."""

APART: Final = 1.0
"""Seconds between two looks at least, however much is told."""

_VERSION: Final = re.compile(rf"[0-9a-f]{{{VERSION_DIGITS}}}")


@dataclass(frozen=True)
class Heard:
    """An event of a stream: what it is called, and its id; empty where it has none."""

    kind: str
    id: str


def heard(pieces: Iterable[bytes]) -> Iterator[Heard]:
    r"""Read the events of a stream (HTML Standard, section 9.2.6), as far as they matter here.

    >>> list(heard([b"event: rel", b"ease\nid: 1f\ndata: {}\n\n: a comment\n\ndata: half"]))
    [Heard(kind='release', id='1f')]

    Raises
    ------
    ConnectionError
        where a line has no end.

    """
    found: dict[bytes, bytes] = {}
    for line in _lines(pieces):
        if line:
            name, _, value = line.partition(b":")
            if name in _FIELDS:
                found[name] = value.removeprefix(b" ")
            continue
        if b"data" in found:
            kind, id_ = (
                found.get(name, b"").decode("utf-8", "replace") for name in (b"event", b"id")
            )
            yield Heard(kind, id_)
        found.clear()


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream that have come whole, without their ends."""
    left = b""
    for piece in pieces:
        *lines, left = (left + piece).split(b"\n")
        if len(left) > _LINE:
            raise ConnectionError("a line of the stream has no end")
        yield from (line.removesuffix(b"\r") for line in lines)


class Listening:
    """Listens to an origin while it is entered; where there is nothing to hear, `wait` waits."""

    def __init__(self, client: Client) -> None:
        self._client, self._last = client, ""
        self._told, self._ended = threading.Event(), threading.Event()
        self._looked = monotonic()

    def __enter__(self) -> Listening:
        if self._client.tells:
            threading.Thread(target=self._run, daemon=True, name="listening").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def wait(self, seconds: float, apart: float = APART) -> None:
        """Wait until the origin tells of something, at most so many seconds.

        It is at least `apart` seconds since the last time, or else those `seconds`.
        """
        until = monotonic() + seconds
        if self._told.wait(seconds):
            self._ended.wait(max(0.0, min(until, self._looked + apart) - monotonic()))
            self._told.clear()
        self._looked = monotonic()

    def _run(self) -> None:
        """Listen, again and again; an origin that fails is tried more and more seldom."""
        pause = _SHORTEST
        while not self._ended.is_set():
            began, asked = monotonic(), 0.0
            try:
                self._listen()
                why = f"{self._client.url} has ended its stream"
            except ConnectionError as error:
                why, asked = str(error), error.wait if isinstance(error, Unavailable) else 0.0
            pause = _SHORTEST if monotonic() - began > _STEADY else min(2 * pause, _LONGEST)
            _LOG.info("%s; listened to again in %g seconds", why, max(pause, min(asked, _LONGEST)))
            self._ended.wait(max(pause, min(asked, _LONGEST)))

    def _listen(self) -> None:
        """Read one stream to its end."""
        headers = {"Accept": formats.EVENTS.media_type}
        headers |= {"Last-Event-ID": self._last} if self._last else {}
        for event in heard(self._client.stream("/events", formats.EVENTS.media_type, headers)):
            if self._ended.is_set():
                return
            if event.kind in _EVENTS:
                self._told.set()
            if _VERSION.fullmatch(event.id):
                self._last = event.id
