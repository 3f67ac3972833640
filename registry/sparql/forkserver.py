"""Fork server: the process that worker processes are forked from, and that kills and reaps them.

    client (Forks, Evaluator)         fork server                    worker
      | {"do": "fork", "store": S}        |                             |
      |---------------------------------->| os.fork ------------------->|
      | {"pid": 7} and a socket           |                             |
      |<----------------------------------|            opens S, hardens |
      | frame {"hardened": true}          |                             |
      |<----------------------------------------------------------------|
      | frame: job and query; the deadline begins                       |
      |---------------------------------------------------------------->|
      | frame: header and answer; the worker waits for the next query   |
      |<----------------------------------------------------------------|
      | ... or the deadline passes: {"do": "end", "pid": 7}             |
      |---------------------------------->| SIGKILL ------------------->X
      | {"status": -9}                    | os.waitpid (reap)
      |<----------------------------------|
      | ... or the worker crashes: its socket closes                    X
      | {"do": "end", "pid": 7, "closed": true}
      |---------------------------------->| waits up to ENDING_SECONDS, reaps it
      | {"status": -11}                   |
      |<----------------------------------|

Only a parent can reap, so a client asks the fork server how a worker ended. If a client vanishes,
the worker sees its socket close and exits; if it is busy, its own alarm kills it one second after
the deadline. Either way the fork server reaps it at the next tick.

Runs as `python -m registry.sparql.forkserver ADDRESS LIFE`: it listens on the local socket ADDRESS
and ends, with all that it forked, when the other end of the pipe LIFE is closed by the last process
of the server. A fork takes milliseconds, where a start takes tenths of a second.

A store can be loaded into memory once, by a process of its own that listens on an address beside;
what is forked from it shares its memory. A request is one line of JSON, and so is the answer; a
forked worker's socket comes with it:

- `{"do": "fork", "store": PATH}` gives `{"pid": N}`
- `{"do": "end", "pid": N}` kills a process and gives how it ended: `{"status": N}`, with the number
  of the signal negated, as in `subprocess`; `"closed": true` says that its socket is closed,
  and it may be ending by itself
- `{"do": "nice", "pid": N}` renices a worker
- `{"do": "load", "store": PATH}` begins to load a store
"""

from __future__ import annotations

import json
import logging
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from registry.json_log import log_to_standard_error
from registry.sandbox import name_process
from registry.sparql import worker
from registry.sparql.forks import address_of

TICK_SECONDS: Final = 0.1
"""How often workers that exited on their own are reaped."""

NICENESS: Final = 15
"""The nice value of a reniced worker, and of a process that copies a store."""

ENDING_SECONDS: Final = 1.0
"""How long a worker may take to exit once it has closed its socket."""

_LINE: Final = 1 << 14
_REMEMBERED: Final = 1000
_LOG: Final = logging.getLogger("citylinks")


class ForkServer:
    """Listens on a local address and forks; with a store, what it forks has it in memory."""

    def __init__(self, address: Path, life: int, store: ox.Store | None = None) -> None:
        self._address, self._life, self._store = address, life, store
        self._listener = _listen(address)
        self._workers: set[int] = set()
        self._exit_statuses: OrderedDict[int, int] = OrderedDict()
        self._stores: dict[str, int] = {}
        self._parent = os.getppid()
        self._retired = False

    def run(self) -> None:
        """Serve until all clients are gone, or this store is retired and its workers ended."""
        poll = select.poll()
        poll.register(self._life, select.POLLIN)
        poll.register(self._listener, select.POLLIN)
        while not (self._retired and not self._workers):
            ready = dict(poll.poll(TICK_SECONDS * 1000))
            if self._life in ready:
                break
            if ready:
                self._serve(self._listener.accept()[0])
            self._reap()
            self._retire_superseded_stores()
        self._end_all()

    def _serve(self, connection: socket.socket) -> None:
        """Answer one request; whatever is wrong with it, the next one is served.

        A client that is gone or silent is left alone. Any other error is a fault of ours, and
        is written to the log of the server.
        """
        with connection:
            connection.settimeout(1)
            try:
                if line := connection.recv(_LINE):
                    request = json.loads(line)
                    getattr(self, "_do_" + request["do"])(connection, request)
            except (ConnectionError, TimeoutError):
                return
            except Exception:
                _LOG.exception("the fork server could not serve a request")

    def _do_fork(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Fork a worker and send its socket."""
        if self._retired:
            return
        # Read before the fork: a child that fails here would go on as a second fork server.
        store = request["store"]
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            _become_worker(theirs, self._store, store)
        self._workers.add(pid)
        self._exit_statuses.pop(pid, None)
        theirs.close()
        with ours:
            socket.send_fds(connection, [json.dumps({"pid": pid}).encode()], [ours.fileno()])

    def _do_end(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Kill a worker, unless it has ended, and answer with how it ended.

        A worker whose socket is closed is exiting on its own: it gets a moment to do so, since a
        signal would hide how it ended.
        """
        pid = request["pid"]
        until = time.monotonic() + (ENDING_SECONDS if request.get("closed") else 0)
        while pid in self._workers and time.monotonic() < until:
            self._reap()
            time.sleep(0.001)
        if pid in self._workers:
            os.kill(pid, signal.SIGKILL)
            self._workers.discard(pid)
            self._exit_statuses[pid] = os.waitpid(pid, 0)[1]
        _send(connection, {"status": os.waitstatus_to_exitcode(self._exit_statuses.get(pid, 0))})

    def _do_nice(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Renice a worker."""
        if request["pid"] in self._workers:
            os.setpriority(os.PRIO_PROCESS, request["pid"], NICENESS)
        _send(connection, {})

    def _do_load(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Begin to load a store into memory, unless that was begun already."""
        store = request["store"]
        if store not in self._stores:
            pid = os.fork()
            if pid == 0:
                self._become_loaded(store, address_of(self._address, store))
            self._stores[store] = pid
        _send(connection, {})

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

    def _reap(self) -> None:
        """Reap workers that exited on their own."""
        for pid in sorted(self._workers):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._workers.discard(pid)
                self._exit_statuses[pid] = status
        while len(self._exit_statuses) > _REMEMBERED:
            self._exit_statuses.popitem(last=False)

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
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)
        for pid in self._workers:
            os.waitpid(pid, 0)
        self._address.unlink(missing_ok=True)
        if self._store is None:
            shutil.rmtree(self._address.parent, ignore_errors=True)


def _listen(address: Path) -> socket.socket:
    """Listen on an address; the file appears only once clients can connect to it."""
    listener, name = socket.socket(socket.AF_UNIX), address.with_suffix(".new")
    name.unlink(missing_ok=True)
    listener.bind(str(name))
    listener.listen(128)
    name.rename(address)
    return listener


def _send(connection: socket.socket, answer: dict[str, Any]) -> None:
    connection.sendall(json.dumps(answer).encode())


def _become_worker(connection: socket.socket, store: ox.Store | None, path: str) -> None:
    """In the forked process: close all but the connection, and evaluate until it closes."""
    code = 1
    try:
        descriptor = os.dup2(connection.fileno(), 3, inheritable=False)
        os.closerange(descriptor + 1, 1 << 16)
        worker.run(socket.socket(fileno=descriptor), store, path)
        code = 0
    except Exception:
        _LOG.exception("a worker process failed")
    finally:
        os._exit(code)


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
