"""The fork server: a small process that query workers are forked from.

Runs as `python -m registry.sparql.forkserver ADDRESS LIFE`. It listens on the local socket ADDRESS,
and ends with all that it forked when the last serving process closes the other end of the pipe
LIFE. A fork takes milliseconds, where starting an interpreter takes tenths of a second.

    serving process            fork server                     worker
      pool, forks  ── fork ──▶  fork()  ─────────────────────▶  opens the store
                   ◀─ socket ─  remembers the pid                 │
           query  ───────────────────── socket ───────────────▶  evaluates, caps memory
                   ◀──────────────────── answer ───────────────  waits for the next query
      deadline over, or client gone:
                   ── end ───▶  SIGKILL, waitpid  ───────────▶  gone
                   ◀─ status ─  how it ended
      worker exits on its own:  reaped within a tick, its status kept for who asks

A store can be loaded into memory once, by a second fork server with an address of its own; the
workers forked from that one share its memory. When a newer store is loaded, the older fork servers
retire: they fork no more and end with their last worker.

A request is one line of JSON, and so is the answer, which brings the socket of a forked worker:

- `{"do": "fork", "store": PATH}` returns `{"pid": N}`
- `{"do": "end", "pid": N}` kills a worker and returns how it ended: `{"status": N}`, negative for
  the number of a signal, as in `subprocess`; `"closed": true` says that its socket is closed, so
  that it may be ending by itself
- `{"do": "nice", "pid": N}` renices a worker, so that others are scheduled before it
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
"""The niceness of a reniced worker."""

ENDING_SECONDS: Final = 1.0
"""How long a worker may take to end once it has closed its socket."""

_LINE: Final = 1 << 14
_REMEMBERED: Final = 1000
_LOG: Final = logging.getLogger("citylinks")


class ForkServer:
    """Listens on a local address and forks; with a store, what it forks has it in memory."""

    def __init__(self, address: Path, life: int, store: ox.Store | None = None) -> None:
        self._address, self._life, self._store = address, life, store
        self._listener = _listening(address)
        self._living: set[int] = set()
        self._ended: OrderedDict[int, int] = OrderedDict()
        self._loaded: dict[str, int] = {}
        self._parent = os.getppid()
        self._retired = False

    def run(self) -> None:
        """Serve until the server is gone, or until this fork server has retired."""
        poll = select.poll()
        poll.register(self._life, select.POLLIN)
        poll.register(self._listener, select.POLLIN)
        while not (self._retired and not self._living):
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

        A client that is gone or silent is left alone. What else goes wrong is a fault of ours, and
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
        self._living.add(pid)
        self._ended.pop(pid, None)
        theirs.close()
        with ours:
            socket.send_fds(connection, [json.dumps({"pid": pid}).encode()], [ours.fileno()])

    def _do_end(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Kill a worker, unless it has exited, and send how it ended.

        A worker whose socket is closed is exiting by itself: it gets a moment, since a signal would
        hide how it ended.
        """
        pid = request["pid"]
        if request.get("closed"):
            self._await_end(pid)
        if pid in self._living:
            os.kill(pid, signal.SIGKILL)
            self._living.discard(pid)
            self._ended[pid] = os.waitpid(pid, 0)[1]
        _send(connection, {"status": os.waitstatus_to_exitcode(self._ended.get(pid, 0))})

    def _await_end(self, pid: int) -> None:
        """Reap a worker that is about to exit; wait at most `ENDING_SECONDS`."""
        until = time.monotonic() + ENDING_SECONDS
        while pid in self._living and time.monotonic() < until:
            self._reap()
            time.sleep(0.001)

    def _do_nice(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Renice a worker, so that others are scheduled before it."""
        if request["pid"] in self._living:
            os.setpriority(os.PRIO_PROCESS, request["pid"], NICENESS)
        _send(connection, {})

    def _do_load(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Start to load a store into memory, unless that has been started already."""
        store = request["store"]
        if store not in self._loaded:
            pid = os.fork()
            if pid == 0:
                self._become_loaded(store, address_of(self._address, store))
            self._loaded[store] = pid
        _send(connection, {})

    def _become_loaded(self, store: str, address: Path) -> None:
        """In the forked process: load a store, then serve at an address of its own."""
        code = 1
        try:
            # While it loads there is nothing to clean up, so that SIGTERM may end it at once.
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
        for pid in sorted(self._living):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._living.discard(pid)
                self._ended[pid] = status
        while len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def _retire_superseded_stores(self) -> None:
        """Retire stores in memory that a later one has superseded, once that one is loaded."""
        for store, pid in list(self._loaded.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self._loaded[store]
                address_of(self._address, store).unlink(missing_ok=True)
        *former, latest = self._loaded or [""]
        if former and address_of(self._address, latest).exists():
            for store in former:
                os.kill(self._loaded[store], signal.SIGTERM)
        if self._store is not None and os.getppid() != self._parent:
            self.retire()

    def retire(self) -> None:
        """Fork no more, and end with the last worker."""
        self._retired = True
        self._address.unlink(missing_ok=True)

    def _end_all(self) -> None:
        """Kill workers and loaders, and remove the addresses."""
        for pid in self._loaded.values():
            os.kill(pid, signal.SIGTERM)
        for pid in self._living:
            os.kill(pid, signal.SIGKILL)
        for pid in self._living:
            os.waitpid(pid, 0)
        self._address.unlink(missing_ok=True)
        if self._store is None:
            shutil.rmtree(self._address.parent, ignore_errors=True)


def _listening(address: Path) -> socket.socket:
    """Listen on an address, which is not there before it can be connected to."""
    listener, name = socket.socket(socket.AF_UNIX), address.with_suffix(".new")
    name.unlink(missing_ok=True)
    listener.bind(str(name))
    listener.listen(128)
    name.rename(address)
    return listener


def _send(connection: socket.socket, answer: dict[str, Any]) -> None:
    connection.sendall(json.dumps(answer).encode())


def _become_worker(connection: socket.socket, store: ox.Store | None, path: str) -> None:
    """In the forked process: give up all but the connection, and evaluate until it is closed."""
    code = 1
    try:
        descriptor = os.dup2(connection.fileno(), 3, inheritable=False)
        os.closerange(descriptor + 1, 1 << 16)
        worker.run(socket.socket(fileno=descriptor), store, path)
        code = 0
    except Exception:
        _LOG.exception("an evaluating process broke")
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
        # Where the loader is gone, nobody reads, and who writes has to be told.
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
        pass  # Whoever reads is gone, and has nobody to be told.
    except Exception:
        _LOG.exception("%s could not be copied", path)
    finally:
        os._exit(code)


if __name__ == "__main__":
    # Ctrl-C in a terminal reaches every process; it is the server's to act on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    name_process("citylinks-forks")
    log_to_standard_error()
    ForkServer(Path(sys.argv[1]), int(sys.argv[2])).run()
