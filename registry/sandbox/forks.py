"""Client of a fork server: has it fork processes, and has it end them.

`forkserver` describes the protocol.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from registry import locks

START_SECONDS: Final = 30.0
"""How long a process may take to start, on a machine under load."""

ORPHAN_SECONDS: Final = 2.0
"""How long a process whose fork server is gone may take to end once it is killed."""

_ANSWER: Final = 1 << 14
_LOG: Final = logging.getLogger("citylinks")


class Unavailable(Exception):
    """No process could be forked."""


class Forked(NamedTuple):
    """A forked process.

    `handle` is what requests call it: unlike its id, it is never given to another process.
    `descriptor` is that of its socket, and `address` that of the server which forked it.
    """

    pid: int
    handle: str
    descriptor: int
    address: Path


def request_fork(address: Path, request: Mapping[str, Any], *stderr: int) -> Forked:
    """Have a fork server fork a process, which writes its errors to the descriptor `stderr`.

    Raises
    ------
    OSError, ValueError
        when the server does not answer.

    """
    with connect(address) as connection:
        socket.send_fds(connection, [json.dumps({"do": "fork", **request}).encode()], stderr)
        answer, descriptors, _, _ = socket.recv_fds(connection, _ANSWER, 1)
    forked = json.loads(answer)
    os.set_inheritable(descriptors[0], False)
    return Forked(forked["pid"], forked["handle"], descriptors[0], address)


def request_end(forked: Forked, closed: bool = False) -> int | None:
    """End a process, and return its exit code, or minus the signal that ended it.

    `closed` means that its socket is closed, so that it may be exiting on its own. None is returned
    where the server that forked it is gone; the process is killed then all the same.
    """
    request = {"do": "end", "handle": forked.handle, "closed": closed}
    try:
        return int(ask(forked.address, request)["status"])
    except (OSError, ValueError, KeyError):
        _end_orphan(forked)
        return None


def _end_orphan(forked: Forked) -> None:
    """Kill a process whose fork server is gone, and wait until it has closed its socket.

    Nobody else has the other end of its socket. So while that is open, the process lives, and its
    id is its own.
    """
    poll = select.poll()
    poll.register(forked.descriptor, 0)  # the hangup is reported without being asked for
    if not poll.poll(0):
        with suppress(ProcessLookupError):
            os.kill(forked.pid, signal.SIGKILL)
        poll.poll(ORPHAN_SECONDS * 1000)


def ask(address: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """Send a request to a fork server and return the answer; OSError or ValueError without one."""
    with connect(address) as connection:
        connection.sendall(json.dumps(request).encode())
        return dict(json.loads(connection.recv(_ANSWER)))


def connect(address: Path) -> socket.socket:
    """Connect to a fork server; OSError where none listens."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(START_SECONDS)
    try:
        connection.connect(str(address))
    except OSError:
        connection.close()
        raise
    return connection


class Forks(ABC):
    """A fork server as its clients see it; safe for any number of threads and processes.

    It is started at the first fork, and again when it is gone. It ends, with all that it forked,
    when every process that has this object is gone or has closed it.
    """

    def __init__(self, folder: Path | None, name: str) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="citylinks-"))
        self._life = os.pipe()
        self._address = self.folder / f"{name}.socket"

    @abstractmethod
    def _command(self, address: Path, life: int) -> Sequence[str]:
        """Return the command that starts the fork server."""

    def _environment(self) -> Mapping[str, str]:
        """Return the environment of the fork server."""
        return os.environ

    def close(self) -> None:
        """Close this end; the fork server ends when no other process uses it."""
        for descriptor in self._life:
            os.close(descriptor)
        self._life = ()  # type: ignore[assignment]

    def _fork(self, request: Mapping[str, Any], *stderr: int) -> Forked:
        """Have a process forked, by another server where the first one was just killed.

        Raises
        ------
        Unavailable
            when none could be.

        """
        try:
            return request_fork(self._running_server(), request, *stderr)
        except (OSError, ValueError):
            _LOG.info("the fork server did not answer; trying once more")
        # The fork server may just have ended; `_running_server` starts another.
        try:
            return request_fork(self._running_server(), request, *stderr)
        except (OSError, ValueError) as error:
            raise Unavailable(str(error)) from error

    def _running_server(self) -> Path:
        """Return the address of the fork server, which is started if it does not listen."""
        if not self._listens():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with locks.held(self._address.with_suffix(".lock")):
                # Another process may have started it while this one waited for the lock.
                if not self._listens():
                    self._spawn()
        return self._address

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Start a fork server and wait until it listens."""
        self._address.unlink(missing_ok=True)
        life = self._life[0]
        started = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            self._command(self._address, life),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(life,),
            env=self._environment(),
        )
        until = time.monotonic() + START_SECONDS
        while not self._listens():
            if started.poll() is not None or time.monotonic() > until:
                started.kill()
                raise OSError(f"the fork server ended with {started.wait()}")
            time.sleep(0.002)
        return started

    def _listens(self) -> bool:
        try:
            connect(self._address).close()
        except OSError:
            return False
        return True
