"""The fork server of queries: workers are forked from it, or from a store held in memory.

    client (Forks, Evaluator)         fork server                    worker
      | {"do": "fork", "store": S}        |                             |
      |---------------------------------->| os.fork ------------------->|
      | {"pid": 7, "handle": H}, a socket |                             |
      |<----------------------------------|            opens S, hardens |
      | frame {"hardened": true}          |                             |
      |<----------------------------------------------------------------|
      | frame: job and query; the deadline begins                       |
      |---------------------------------------------------------------->|
      | frame: header and answer; the worker waits for the next query   |
      |<----------------------------------------------------------------|

If a client vanishes, the worker sees its socket close and exits; if it is busy, its own alarm kills
it one second after the deadline. Either way the fork server reaps it. `registry.sandbox.forkserver`
says how workers end, and what the requests are that all fork servers take.

Runs as `python -m registry.sparql.forkserver ADDRESS LIFE`: it listens on the local socket ADDRESS
and ends, with all that it forked, when the other end of the pipe LIFE is closed by the last process
of the server.

A store can be loaded into memory once, by a process of its own that listens on an address beside;
what is forked from it shares its memory. Requests of its own are:

- `{"do": "fork", "store": PATH}` forks a worker on a store
- `{"do": "nice", "handle": H}` renices a worker
- `{"do": "load", "store": PATH}` begins to load a store
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from registry.json_log import log_to_standard_error
from registry.sandbox import forkserver, name_process
from registry.sparql import worker
from registry.sparql.forks import address_of

NICENESS: Final = 15
"""The nice value of a reniced worker, and of a process that copies a store."""

_LOG: Final = logging.getLogger("citylinks")


class ForkServer(forkserver.ForkServer):
    """Forks workers; with a store, what it forks has it in memory."""

    def __init__(self, address: Path, life: int, store: ox.Store | None = None) -> None:
        super().__init__(address, life)
        self._store = store
        self._stores: dict[str, int] = {}
        self._parent = os.getppid()
        self._retired = False

    def _done(self) -> bool:
        """Whether this store is retired and its workers ended."""
        return self._retired and not self._children

    def _tick(self) -> None:
        super()._tick()
        self._retire_superseded_stores()

    def _child(self, request: dict[str, Any]) -> forkserver.Child:
        return partial(worker.run, store=self._store, path=request["store"])

    def _do_fork(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Fork a worker and send its socket."""
        if not self._retired:
            super()._do_fork(connection, request)

    def _do_nice(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Renice a worker."""
        if pid := self._children.get(request["handle"]):
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
        forkserver.send(connection, {})

    def _do_load(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Begin to load a store into memory, unless that was begun already."""
        store = request["store"]
        if store not in self._stores:
            pid = os.fork()
            if pid == 0:
                self._become_loaded(store, address_of(self._address, store))
            self._stores[store] = pid
        forkserver.send(connection, {})

    def _become_loaded(self, store: str, address: Path) -> None:
        """In the forked process: load a store, then serve at an address of its own."""
        code = 1
        try:
            # While it loads it has no workers, so that SIGTERM may simply end it.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            name_process("citylinks-store")
            self._listener.close()
            loaded = ForkServer(address, self._life, in_memory(store))
            signal.signal(signal.SIGTERM, lambda *_: loaded.retire())
            loaded.run()
            code = 0
        except Exception:
            _LOG.exception("%s could not be held in memory", store)
        finally:
            os._exit(code)

    def _retire_superseded_stores(self) -> None:
        """Retire the stores in memory before the latest, once the latest is loaded."""
        for store, pid in list(self._stores.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self._stores[store]
                address_of(self._address, store).unlink(missing_ok=True)
        *former, latest = self._stores or [""]
        if former and address_of(self._address, latest).exists():
            for store in former:
                os.kill(self._stores[store], signal.SIGTERM)
        if self._store is not None and os.getppid() != self._parent:
            self.retire()

    def retire(self) -> None:
        """Fork no more, and end with the last worker."""
        self._retired = True
        self._address.unlink(missing_ok=True)

    def _end_all(self) -> None:
        """End all workers and stores in memory, and remove the sockets."""
        for pid in self._stores.values():
            os.kill(pid, signal.SIGTERM)
        super()._end_all()
        if self._store is None:
            shutil.rmtree(self._address.parent, ignore_errors=True)


def in_memory(path: str) -> ox.Store:
    """Load a store into memory, by a copy of it that another process writes into a pipe.

    Raises
    ------
    OSError
        when the copy is not complete.

    """
    source, target = os.pipe()
    pid = os.fork()
    if pid == 0:
        # With no reader left but the loader, its death ends this writer with a broken pipe.
        os.close(source)
        _copy(path, target)
    os.close(target)
    store = ox.Store()
    with os.fdopen(source, "rb") as quads:
        store.bulk_load(quads, ox.RdfFormat.N_QUADS)
    if os.waitpid(pid, 0)[1]:
        raise OSError(f"{path} was not copied")
    return store


def _copy(path: str, target: int) -> None:
    """In the forked process: write all quads of a store into a pipe."""
    code = 1
    try:
        name_process("citylinks-copy")
        os.nice(NICENESS)
        with os.fdopen(target, "wb") as quads:
            ox.Store.read_only(path).dump(quads, ox.RdfFormat.N_QUADS)
        code = 0
    except BrokenPipeError:
        pass  # The loader is gone, so there is no one to report to.
    except Exception:
        _LOG.exception("%s could not be copied", path)
    finally:
        os._exit(code)


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches every process; only the server acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    name_process("citylinks-forks")
    log_to_standard_error()
    ForkServer(Path(sys.argv[1]), int(sys.argv[2])).run()
