"""Client of the fork server: gets worker processes and talks to them.

`Forks` finds the fork server, which all processes of one server share, and starts it again when it
is gone; an `Evaluator` is one worker. `forkserver` draws the protocol between the three.
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
"""How long a process may take to start, on a machine under load."""

_ANSWER: Final = 1 << 14
_LOG: Final = logging.getLogger("citylinks")


class Unavailable(Exception):
    """No worker could be forked."""


class NotStarted(Exception):
    """A worker failed before it was ready for queries.

    The message is its traceback, or how it ended; `killed` means that a signal from outside ended
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
    """The fork server as its clients see it; safe for any number of threads and processes.

    The folder holds the addresses, and goes with the fork server. That, and all that it forked,
    ends when every process that has this object is gone or has closed it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="citylinks-"))
        self._life = os.pipe()
        self._address = self.folder / "forks.socket"
        self._load_requested: set[str] = set()
        self._loaded: set[str] = set()

    def close(self) -> None:
        """Close this end; the fork server ends when no other process uses it."""
        for descriptor in self._life:
            os.close(descriptor)
        self._life = ()  # type: ignore[assignment]
        with suppress(OSError):  # it is the fork server's to remove, once there was one
            self.folder.rmdir()

    def has_loaded(self, store: str) -> bool:
        """Whether a store is in memory; if not, have it loaded."""
        if store in self._loaded:
            return True
        if address_of(self._address, store).exists():
            self._loaded.add(store)
            return True
        if store not in self._load_requested:
            self._load_requested.add(store)
            try:
                self._ask(self._running_server(), {"do": "load", "store": store})
            except (OSError, ValueError) as error:
                _LOG.warning("%s stays on disk: %s", store, error)
        return False

    def fork(self, store: str, loaded: bool) -> Evaluator:
        """Fork a worker on the store at a path, in memory or on disk.

        Raises
        ------
        Unavailable
            when none could be started.

        """
        request = {"do": "fork", "store": store}
        if loaded:
            try:
                return self._request_fork(address_of(self._address, store), request, loaded)
            except (OSError, ValueError):
                # The store was retired meanwhile; it is on disk all the same.
                _LOG.info("%s is not in memory any more", store)
                self._loaded.discard(store)
                self._load_requested.discard(store)
        try:
            return self._request_fork(self._running_server(), request, loaded=False)
        except (OSError, ValueError):
            _LOG.info("the fork server did not answer; trying once more")
        # The fork server may just have been killed; `_started` starts another.
        try:
            return self._request_fork(self._running_server(), request, loaded=False)
        except (OSError, ValueError) as error:
            raise Unavailable(str(error)) from error

    def _request_fork(self, address: Path, request: dict[str, Any], loaded: bool) -> Evaluator:
        with _connect(address) as connection:
            connection.sendall(json.dumps(request).encode())
            answer, descriptors, _, _ = socket.recv_fds(connection, _ANSWER, 1)
        pid = json.loads(answer)["pid"]
        os.set_inheritable(descriptors[0], False)
        forked = Forked(pid, descriptors[0], address)
        return Evaluator(self, forked, request["store"], loaded)

    def end(self, address: Path, pid: int, closed: bool = False) -> int:
        """End a worker; return its exit code, or minus the signal that ended it.

        `closed` means that its socket is closed, so that it may be exiting on its own.
        """
        request = {"do": "end", "pid": pid, "closed": closed}
        try:
            return int(self._ask(address, request)["status"])
        except (OSError, ValueError, KeyError):
            # The process that forked it is gone, and the worker with it.
            return 0

    def renice(self, address: Path, pid: int) -> None:
        """Lower the priority of a worker."""
        try:
            self._ask(address, {"do": "nice", "pid": pid})
        except (OSError, ValueError) as error:
            _LOG.warning("worker %d could not be reniced: %s", pid, error)

    def _ask(self, address: Path, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request to a fork server and return the answer."""
        with _connect(address) as connection:
            connection.sendall(json.dumps(request).encode())
            return dict(json.loads(connection.recv(_ANSWER)))

    def _running_server(self) -> Path:
        """Return the address of the fork server, which is started if it does not listen."""
        if not self._listens():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with locks.held(self.folder / "lock"):
                # Another process may have started it while this one waited for the lock.
                if not self._listens():
                    self._spawn()
        return self._address

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
            _connect(self._address).close()
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
    """Return the address of the process that holds a store in memory.

    It lies beside that of the fork server, and exists once the store is loaded.
    """
    release = Path(store).parent.name
    return address.with_name(f"{release[:40]}.socket")


def _connect(address: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(START_SECONDS)
    try:
        connection.connect(str(address))
    except OSError:
        connection.close()
        raise
    return connection


class Evaluator:
    """One worker process; the time it takes to start does not count as a query's."""

    def __init__(self, forks: Forks, forked: Forked, store: str, loaded: bool) -> None:
        self.store, self.loaded = store, loaded
        self.reniced = False
        self._forks = forks
        self.pid, self._descriptor, self._address = forked
        self._channel = Channel(self._descriptor, self._descriptor)
        self._has_reported = False

    def wait_until_ready(self) -> None:
        """Wait until the worker reports that it is ready; NotStarted when it fails to."""
        if self._has_reported:
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
            _LOG.warning("this system has no seccomp: worker processes could open sockets")
        self._has_reported = True

    def send(self, job: dict[str, Any], query: bytes) -> None:
        """Send a query."""
        self._channel.send(job, query)

    def receive(self, deadline: float, limit: int = 1 << 62, caller: int = NOBODY) -> Reply:
        """Wait for the answer, as `Channel.receive` does; Died when the process ends first."""
        try:
            return self._channel.receive(deadline, limit, caller)
        except Closed:
            raise Died(self._forks.end(self._address, self.pid, closed=True)) from None

    def idle(self) -> bool:
        """Whether the worker lives and has sent nothing but that it is ready."""
        return not self._has_reported or not self._channel.has_news()

    def renice(self) -> None:
        """Lower the priority of the worker, for good."""
        self._forks.renice(self._address, self.pid)
        self.reniced = True

    def end(self) -> None:
        """Kill the worker."""
        self._forks.end(self._address, self.pid)
        if self._descriptor != NOBODY:
            os.close(self._descriptor)
            self._descriptor = NOBODY
