"""The parent's end of a killable process that runs a module of ours."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from typing import IO, Any, Self, cast

from registry.sandbox.channel import (
    Channel,
    Closed,
    Late,
    Overlong,
    Reply,
)


class Died(Exception):
    """The child ended without an answer.

    `signal` is the number of the signal that ended it, nought where none did; `stderr` is what it
    wrote to its standard error.
    """

    def __init__(self, code: int, stderr: str = "") -> None:
        last = stderr.strip().rpartition("\n")[2]
        super().__init__(f"ended with {code}" + (f": {last}" if last else ""))
        self.signal = -code if code < 0 else 0
        self.stderr = stderr

    @property
    def killed(self) -> bool:
        """Whether somebody killed it, so that it is not known to have failed by itself."""
        return self.signal == signal.SIGKILL


class Isolated:
    """A child process that runs a module of ours and answers frame by frame.

    One caller at a time. After `Died`, `Late` or `Overlong` the child is gone.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        # A crashing engine may print untrusted input: read it for `Died`, never pass it through.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the child)
        self._process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )
        streams = self._process.stdout, self._process.stdin
        self._channel = Channel(*(cast("IO[bytes]", stream).fileno() for stream in streams))

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        """Send one frame; a child that is gone shows at the next `receive`."""
        self._channel.send(header, payload)

    def receive(self, deadline: float, limit: int = 1 << 62) -> Reply:
        """Wait for one frame until `deadline`, a time of `time.monotonic()`.

        Raises
        ------
        Late
            when the deadline passes; Overlong when the payload is longer than `limit` bytes;
            Died when the child ends first.

        """
        try:
            return self._channel.receive(deadline, limit)
        except Closed:
            code = self._process.wait()
            self._stderr.seek(0)
            died = Died(code, self._stderr.read().decode(errors="replace"))
            self.kill()
            raise died from None
        except (Late, Overlong):
            self.kill()
            raise

    def kill(self) -> None:
        """End the child at once and wait until it is gone."""
        if self.alive():
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
