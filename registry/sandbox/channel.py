"""One end of a connection to a killable process: frames go out, and come in until a deadline."""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any, Final, NamedTuple

from registry.sandbox.frames import LENGTHS, frame

NOBODY: Final = -1
"""The descriptor of a caller that is not watched."""

_CHUNK: Final = 1 << 20
_HUNG_UP: Final = getattr(select, "POLLRDHUP", 0)
"""The event of a peer that closed its end; on systems without it, only a reset is noticed."""


class Late(Exception):
    """The deadline passed."""


class Overlong(Exception):
    """An answer over the limit was announced."""


class Closed(Exception):
    """The other side ended without an answer."""


class Abandoned(Exception):
    """The client that waits for the answer has disconnected."""


class Reply(NamedTuple):
    """One answer: its header and its payload."""

    header: dict[str, Any]
    payload: bytes


def abandoned(caller: int) -> bool:
    """Whether the peer of a socket has closed it."""
    if caller == NOBODY:
        return False
    poll = select.poll()
    poll.register(caller, _HUNG_UP)
    return bool(poll.poll(0))


class Channel:
    """Frames over two descriptors, which may be the same; one user at a time."""

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(source, select.POLLIN)

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Send one frame; that the other side is gone shows at the next `receive`."""
        left = memoryview(frame(header, payload))
        try:
            while left:
                left = left[os.write(self._target, left) :]
        except (BrokenPipeError, ConnectionResetError):
            return

    def has_news(self) -> bool:
        """Whether there is something to read, the end of the stream included."""
        return bool(self._poll.poll(0))

    def receive(self, deadline: float, limit: int = 1 << 62, caller: int = NOBODY) -> Reply:
        """Wait for one frame until `deadline`, a time of `time.monotonic()`.

        `caller` is the socket of the client that waits for the answer; waiting ends when it closes.

        Raises
        ------
        Late
            when the deadline passes; Overlong when the payload is longer than `limit` bytes;
            Closed when the other side ends first; Abandoned when the caller is gone.

        """
        if caller != NOBODY:
            self._poll.register(caller, _HUNG_UP)
        try:
            self._read(LENGTHS.size, deadline, caller)
            header, payload = LENGTHS.unpack_from(self._buffer)
            if payload > limit:
                raise Overlong
            start, end = LENGTHS.size + header, LENGTHS.size + header + payload
            self._read(end, deadline, caller)
        finally:
            if caller != NOBODY:
                self._poll.unregister(caller)
        with memoryview(self._buffer) as view:
            reply = Reply(json.loads(bytes(view[LENGTHS.size : start])), bytes(view[start:end]))
        del self._buffer[:end]  # What follows belongs to the next frame.
        return reply

    def _read(self, count: int, deadline: float, caller: int) -> None:
        """Read until the buffer holds `count` bytes; a short answer takes one read."""
        while len(self._buffer) < count:
            ready = self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not ready:
                raise Late
            if all(descriptor == caller for descriptor, _ in ready):
                raise Abandoned
            try:
                chunk = os.read(self._source, _CHUNK)
            except ConnectionResetError as error:
                raise Closed from error
            if not chunk:
                raise Closed
            self._buffer += chunk
