"""The parent's end of a killable process."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO, Any, Final, NamedTuple, Self, cast

from registry.isolation.frames import LENGTHS, write_frame

_CHUNK: Final = 1 << 20


class Died(Exception):
    """The child ended without an answer.

    `signal` is the number of the signal that ended it, nought where none did; `said` is what it
    wrote to its standard error.
    """

    def __init__(self, code: int, said: str = "") -> None:
        last = said.strip().rpartition("\n")[2]
        super().__init__(f"ended with {code}" + (f": {last}" if last else ""))
        self.signal = -code if code < 0 else 0
        self.said = said


class Late(Exception):
    """The deadline passed; the child was killed."""


class Overlong(Exception):
    """The child announced an answer over the limit; it was killed."""


class Reply(NamedTuple):
    """One answer: its header and its payload."""

    header: dict[str, Any]
    payload: bytes


class Isolated:
    """A child process that runs a module of ours and answers frame by frame.

    One caller at a time. After `Died`, `Late` or `Overlong` the child is gone.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        # What an engine says when foreign input brings it down is no reader's business.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the child)
        self._process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )
        self._out = cast("IO[bytes]", self._process.stdout).fileno()
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._buffer = bytearray()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Tell whether the child still runs."""
        return self._process.poll() is None

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Send one frame; a child that is gone shows at the next `receive`."""
        try:
            write_frame(cast("IO[bytes]", self._process.stdin), header, payload)  # type: ignore[arg-type]
        except BrokenPipeError:
            return

    def receive(self, deadline: float, limit: int = 1 << 62) -> Reply:
        """Wait for one frame until `deadline`, a time of `time.monotonic()`.

        Raises
        ------
        Late
            when the deadline passes; Overlong when the payload is longer than `limit` bytes;
            Died when the child ends first.

        """
        try:
            self._read(LENGTHS.size, deadline)
            header, payload = LENGTHS.unpack_from(self._buffer)
            if payload > limit:
                raise Overlong
            self._read(LENGTHS.size + header + payload, deadline)
            return self._reply(LENGTHS.size + header, payload)
        except (Late, Overlong, Died):
            self.kill()
            raise

    def _read(self, count: int, deadline: float) -> None:
        """Read until `count` bytes stand in the buffer; a short answer comes with one read."""
        while len(self._buffer) < count:
            if not self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise Late
            piece = os.read(self._out, _CHUNK)
            if not piece:
                raise Died(self._process.wait(), self._words())
            self._buffer += piece

    def _reply(self, body: int, payload: int) -> Reply:
        """Take the first frame out of the buffer; what follows it stays for the next."""
        with memoryview(self._buffer) as view:
            header = json.loads(bytes(view[LENGTHS.size : body]))
            reply = Reply(header, bytes(view[body : body + payload]))
        del self._buffer[: body + payload]
        return reply

    def _words(self) -> str:
        """Read what the child wrote to its standard error."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace")

    def kill(self) -> None:
        """End the child at once and wait until it is gone."""
        if self.alive():
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                _close(stream)
        self._said.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def _close(stream: IO[bytes]) -> None:
    """Close a pipe whose other end may be gone with bytes still unsent."""
    try:
        stream.close()
    except BrokenPipeError:
        return
