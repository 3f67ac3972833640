"""Client of the fork server: gets worker processes and talks to them.

`Forks` finds the fork server, which all serving processes share, and starts it again if it is gone;
an `Evaluator` is one worker.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from ctypes.util import find_library
from pathlib import Path
from typing import Any, Final, NamedTuple

from registry import locks
from registry.sandbox import (
    Channel,
    Closed,
    Died,
    Late,
    Reply,
)
from registry.sandbox.channel import NOBODY

MODULE: Final = "registry.sparql.forkserver"
START_SECONDS: Final = 30.0
"""How long a process may take until it can be asked, on a machine under load."""

_ANSWER: Final = 1 << 14
_LOG: Final = logging.getLogger("citylinks")


class Unavailable(Exception):
    """No worker could be had."""


class NotStarted(Exception):
    """An evaluating process did not come to the point where it can be asked.

    The message is its traceback, or how it ended; `killed` tells that a signal from outside ended
    it, so that another one may well start.
    """

    def __init__(self, message: str, killed: bool = False) -> None:
        super().__init__(message)
        self.killed = killed


class Forked(NamedTuple):
    """A forked process: its id, the descriptor of its socket, and where it was forked."""

    pid: int
    descriptor: int
    address: Path


class Forks:
    """Where evaluating processes come from; any number of threads and processes may use it.

    The folder holds the addresses, and goes with the fork server. That, and all that it forked,
    ends when every process that has this object is gone or has closed it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="citylinks-"))
        self._life = os.pipe()
        self._address = self.folder / "forks.socket"
        self._asked: set[str] = set()
        self._loaded: set[str] = set()

    def close(self) -> None:
        """Let the fork server end, unless another process uses it still."""
        for descriptor in self._life:
            os.close(descriptor)
        self._life = ()  # type: ignore[assignment]
        with suppress(OSError):  # it is the fork server's to remove, once there was one
            self.folder.rmdir()

    def has_loaded(self, store: str) -> bool:
        """Whether a store is in memory; where it is not, have it loaded."""
        if store in self._loaded:
            return True
        if address_of(self._address, store).exists():
            self._loaded.add(store)
            return True
        if store not in self._asked:
            self._asked.add(store)
            try:
                self._ask(self._started(), {"do": "load", "store": store})
            except (OSError, ValueError) as error:
                _LOG.warning("%s stays on disk: %s", store, error)
        return False

    def fork(self, store: str, loaded: bool) -> Evaluator:
        """Return a new evaluating process on the store at a path, in memory or on disk.

        Raises
        ------
        Unavailable
            when none could be started.

        """
        request = {"do": "fork", "store": store}
        if loaded:
            try:
                return self._forked(address_of(self._address, store), request, loaded)
            except (OSError, ValueError):
                # The store was let go meanwhile; it is on disk all the same.
                _LOG.info("%s is not in memory any more", store)
                self._loaded.discard(store)
                self._asked.discard(store)
        try:
            return self._forked(self._started(), request, loaded=False)
        except (OSError, ValueError):
            # The fork server may just have been killed; the next one will do.
            return self._forked_anew(request)

    def _forked_anew(self, request: dict[str, Any]) -> Evaluator:
        try:
            return self._forked(self._started(), request, loaded=False)
        except (OSError, ValueError) as error:
            raise Unavailable(str(error)) from error

    def _forked(self, address: Path, request: dict[str, Any], loaded: bool) -> Evaluator:
        with _connected(address) as connection:
            connection.sendall(json.dumps(request).encode())
            answer, descriptors, _, _ = socket.recv_fds(connection, _ANSWER, 1)
        pid = json.loads(answer)["pid"]
        os.set_inheritable(descriptors[0], False)
        forked = Forked(pid, descriptors[0], address)
        return Evaluator(self, forked, request["store"], loaded)

    def end(self, address: Path, pid: int, closed: bool = False) -> int:
        """End a process; give its exit code, or below nought the signal that ended it.

        `closed` says that its socket is closed: it may be ending by itself.
        """
        request = {"do": "end", "pid": pid, "closed": closed}
        try:
            return int(self._ask(address, request)["status"])
        except (OSError, ValueError, KeyError):
            # Who forked it is gone, and has taken it along.
            return 0

    def renice(self, address: Path, pid: int) -> None:
        """Renice a worker, so that others are scheduled before it."""
        try:
            self._ask(address, {"do": "nice", "pid": pid})
        except (OSError, ValueError) as error:
            _LOG.warning("process %d could not be reniced: %s", pid, error)

    def _ask(self, address: Path, request: dict[str, Any]) -> dict[str, Any]:
        """Put a request to a fork server."""
        with _connected(address) as connection:
            connection.sendall(json.dumps(request).encode())
            return dict(json.loads(connection.recv(_ANSWER)))

    def _started(self) -> Path:
        """Return the address of the fork server; start it where it is not there."""
        try:
            _connected(self._address).close()
        except OSError:
            self._start()
        return self._address

    def _start(self) -> None:
        """Start the fork server, unless another process has just done so."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with locks.held(self.folder / "lock"):
            if not self._listens():
                self._spawn()

    def _spawn(self) -> None:
        """Start a fork server and wait until it listens."""
        self._address.unlink(missing_ok=True)
        life = self._life[0]
        started = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            [sys.executable, "-m", MODULE, str(self._address), str(life)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(life,),
            env=os.environ | _allocator(),
        )
        until = time.monotonic() + START_SECONDS
        while not self._listens():
            if started.poll() is not None or time.monotonic() > until:
                started.kill()
                raise OSError(f"the fork server ended with {started.wait()}")
            time.sleep(0.002)

    def _listens(self) -> bool:
        try:
            _connected(self._address).close()
        except OSError:
            return False
        return True


def _allocator() -> dict[str, str]:
    """Have jemalloc allocate memory where the system has it, as the engine's own server does.

    Queries that make many rows are faster by a tenth to a half with it.
    """
    found = find_library("jemalloc") if sys.platform == "linux" else None
    return {"LD_PRELOAD": found} if found else {}


def address_of(address: Path, store: str) -> Path:
    """Return the address at which a store in memory is found, beside that of the fork server.

    It is there once the store is loaded.
    """
    release = Path(store).parent.name
    return address.with_name(f"{release[:40]}.socket")


def _connected(address: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(START_SECONDS)
    try:
        connection.connect(str(address))
    except OSError:
        connection.close()
        raise
    return connection


class Evaluator:
    """One evaluating process; the time until it can be asked is not taken from a query's."""

    def __init__(self, forks: Forks, forked: Forked, store: str, loaded: bool) -> None:
        self.store, self.loaded = store, loaded
        self.is_reniced = False
        self._forks = forks
        self.pid, self._descriptor, self._address = forked
        self._channel = Channel(self._descriptor, self._descriptor)
        self._ready = False

    def wait_until_ready(self) -> None:
        """Wait for the process to say that it can be asked; NotStarted when it does not."""
        if self._ready:
            return
        try:
            header = self.receive(time.monotonic() + START_SECONDS).header
        except Late:
            raise NotStarted(f"it was not ready after {START_SECONDS:g} seconds") from None
        except Died as error:
            raise NotStarted(f"it {error}", error.killed) from error
        if "failed" in header:
            raise NotStarted(header["failed"])
        if not header["hardened"]:
            _LOG.warning("this system has no seccomp: evaluating processes could open sockets")
        self._ready = True

    def send(self, job: dict[str, Any], query: bytes) -> None:
        """Put a query."""
        self._channel.send(job, query)

    def receive(self, deadline: float, limit: int = 1 << 62, caller: int = NOBODY) -> Reply:
        """Wait for the answer, as `Channel.receive` does; Died when the process ends first."""
        try:
            return self._channel.receive(deadline, limit, caller)
        except Closed:
            raise Died(self._forks.end(self._address, self.pid, closed=True)) from None

    def idle(self) -> bool:
        """Whether the process lives and has nothing to say, but that it is ready."""
        return not self._ready or not self._channel.has_news()

    def renice(self) -> None:
        """Renice this worker for the rest of its life."""
        self._forks.renice(self._address, self.pid)
        self.is_reniced = True

    def end(self) -> None:
        """End the process at once."""
        self._forks.end(self._address, self.pid)
        if self._descriptor != NOBODY:
            os.close(self._descriptor)
            self._descriptor = NOBODY
