"""The parent's end of a killable process that runs a module of ours.

It is started anew, which takes tenths of a second, or forked from a template that has the module
loaded, which takes milliseconds. What is forked from a template has its own children forked there.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final, Protocol, Self, cast

from registry.sandbox import forks
from registry.sandbox.channel import (
    Channel,
    Closed,
    Late,
    Overlong,
    Reply,
)

_LOG: Final = logging.getLogger("citylinks")

_BESIDE: list[Path] = []
"""The address of the template that this process was forked from, if it was."""


def fork_beside(address: Path) -> None:
    """Have the children of this process forked from the template that it was forked from."""
    _BESIDE[:] = [address]


class Templates(forks.Forks):
    """A template process that has modules loaded, as its clients see it.

    It is started at the first fork, and ends `idle_seconds` after the last.
    """

    def __init__(
        self, modules: tuple[str, ...], idle_seconds: float, folder: Path | None = None
    ) -> None:
        super().__init__(folder, "template")
        self._modules, self._idle_seconds = modules, idle_seconds

    def _command(self, address: Path, life: int) -> list[str]:
        module = "registry.sandbox.template"
        options = [str(address), str(life), str(self._idle_seconds), *self._modules]
        return [sys.executable, "-m", module, *options]

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Start a template, and a thread that reaps it when it ends."""
        started = super()._spawn()
        Thread(target=started.wait, daemon=True).start()
        return started

    def fork(self, module: str, stderr: int) -> forks.Forked:
        """Fork a process that runs a module; Unavailable where none can be."""
        return self._fork({"module": module, "group": 0}, stderr)


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


class _Process(Protocol):
    """A process that is read from and written to by descriptors."""

    pid: int
    source: int
    target: int

    def alive(self) -> bool:
        """Whether it still runs."""

    def ended(self) -> int:
        """Return the exit code, or minus the signal, of a process that has closed its end."""

    def kill(self) -> None:
        """End it at once, wait until it is gone, and close the descriptors."""


class _Started:
    """A process that was started anew."""

    def __init__(self, module: str, arguments: tuple[str, ...], stderr: IO[bytes]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
        self.pid = self._process.pid
        streams = self._process.stdout, self._process.stdin
        self._streams = [cast("IO[bytes]", stream) for stream in streams]
        self.source, self.target = (stream.fileno() for stream in self._streams)

    def alive(self) -> bool:
        return self._process.poll() is None

    def ended(self) -> int:
        return self._process.wait()

    def kill(self) -> None:
        if self.alive():
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        for stream in self._streams:
            stream.close()


class _Forked:
    """A process that was forked from a template."""

    def __init__(self, forked: forks.Forked) -> None:
        self._forked, self._open = forked, True
        self.pid = forked.pid
        self.source = self.target = forked.descriptor

    def alive(self) -> bool:
        if not self._open:
            return False
        poll = select.poll()
        poll.register(self.source, 0)  # the hangup is reported without being asked for
        return not poll.poll(0)

    def ended(self) -> int:
        code = forks.request_end(self._forked, closed=True)
        # Where the template is gone as well, both were killed.
        return -signal.SIGKILL if code is None else code

    def kill(self) -> None:
        if self._open:
            forks.request_end(self._forked)
            os.close(self.source)
            self._open = False


def _process(
    module: str, arguments: tuple[str, ...], stderr: IO[bytes], templates: Templates | None
) -> _Process:
    """Fork a process that runs a module, or start one where no template has it loaded."""
    try:
        if templates:
            return _Forked(templates.fork(module, stderr.fileno()))
        if _BESIDE:
            request = {"module": module, "group": os.getpgrp()}
            return _Forked(forks.request_fork(_BESIDE[0], request, stderr.fileno()))
    except (forks.Unavailable, OSError, ValueError) as error:
        _LOG.warning("%s is not forked from a template, but started: %s", module, error)
    return _Started(module, arguments, stderr)


class Isolated:
    """A child process that runs a module of ours and answers frame by frame.

    One caller at a time. After `Died`, `Late` or `Overlong` the child is gone.
    """

    def __init__(self, module: str, *arguments: str, templates: Templates | None = None) -> None:
        # A crashing engine may print untrusted input: read it for `Died`, never pass it through.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the child)
        self._process = _process(module, arguments, self._stderr, templates)
        self._channel = Channel(self._process.source, self._process.target)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.alive()

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
            code = self._process.ended()
            self._stderr.seek(0)
            died = Died(code, self._stderr.read().decode(errors="replace"))
            self.kill()
            raise died from None
        except (Late, Overlong):
            self.kill()
            raise

    def kill(self) -> None:
        """End the child at once and wait until it is gone."""
        self._process.kill()
        self._stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
