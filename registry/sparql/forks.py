"""Client of the fork server: gets worker processes and talks to them.

`Forks` finds the fork server, which all processes of one server share, and starts it again when it
is gone; an `Evaluator` is one worker. `forkserver` draws the protocol between the three.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import suppress
from ctypes.util import find_library
from pathlib import Path
from typing import Any, Final

from registry import files
from registry.sandbox import (
    NOBODY,
    Channel,
    Closed,
    Died,
    Late,
    Reply,
    Unavailable,
    forks,
)
from registry.sandbox.forks import START_SECONDS

__all__ = ["Evaluator", "Forks", "NotStarted", "Unavailable", "address_of"]

MODULE: Final = "registry.sparql.forkserver"
_LOG: Final = logging.getLogger("citylinks")


class NotStarted(Exception):
    """A worker failed before it was ready for queries.

    The message is its traceback, or how it ended; `killed` means that a signal from outside ended
    it, so that another one may well start.
    """

    def __init__(self, message: str, killed: bool = False) -> None:
        super().__init__(message)
        self.killed = killed


class Forks(forks.Forks):
    """The fork server of queries, which holds stores in memory, too.

    The folder holds the addresses, and goes with the fork server.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, "forks")
        self._load_requested: set[str] = set()
        self._loaded: set[str] = set()

    def _command(self, address: Path, life: int) -> list[str]:
        return [sys.executable, "-m", MODULE, str(address), str(life)]

    def _environment(self) -> dict[str, str]:
        return os.environ | _allocator()

    def close(self) -> None:
        """Close this end; the fork server ends when no other process uses it."""
        super().close()
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
                forks.ask(self._running_server(), {"do": "load", "store": store})
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
        request = {"store": store}
        if loaded:
            try:
                forked = forks.request_fork(address_of(self._address, store), request)
            except (OSError, ValueError):
                # The store was retired meanwhile; it is on disk all the same.
                _LOG.info("%s is not in memory any more", store)
                self._loaded.discard(store)
                self._load_requested.discard(store)
            else:
                return Evaluator(forked, store, loaded)
        return Evaluator(self._fork(request), store, loaded=False)


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


class Evaluator:
    """One worker process; the time it takes to start does not count as a query's."""

    def __init__(self, forked: forks.Forked, store: str, loaded: bool) -> None:
        self.store, self.loaded = store, loaded
        self.made = files.identity(Path(store))
        self.reniced = False
        self.pid = forked.pid
        self._forked, self._descriptor = forked, forked.descriptor
        self._channel = Channel(self._descriptor, self._descriptor)
        self._has_reported = False

    def is_on_its_store(self) -> bool:
        """Whether the store that it has open is still there, and no other one in its place."""
        return not self.store or files.identity(Path(self.store)) == self.made

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
            # Where the fork server is gone, nobody knows how the worker ended.
            raise Died(forks.request_end(self._forked, closed=True) or 0) from None

    def idle(self) -> bool:
        """Whether the worker lives and has sent nothing but that it is ready."""
        return not self._has_reported or not self._channel.has_news()

    def renice(self) -> None:
        """Lower the priority of the worker, for good."""
        try:
            forks.ask(self._forked.address, {"do": "nice", "handle": self._forked.handle})
        except (OSError, ValueError) as error:
            _LOG.warning("worker %d could not be reniced: %s", self.pid, error)
        self.reniced = True

    def end(self) -> None:
        """Kill the worker."""
        if self._descriptor != NOBODY:
            forks.request_end(self._forked)
            os.close(self._descriptor)
            self._descriptor = NOBODY
