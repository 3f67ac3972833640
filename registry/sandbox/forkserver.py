"""Fork server: the process that others are forked from, and that kills and reaps them.

    client (Forks)                    fork server                    child
      | {"do": "fork", ...}               |                             |
      |---------------------------------->| os.fork ------------------->|
      | {"pid": 7, "handle": H}, a socket |                             |
      |<----------------------------------|                             |
      | frames                                                          |
      |<--------------------------------------------------------------->|
      | ... or the deadline passes: {"do": "end", "handle": H}          |
      |---------------------------------->| SIGKILL ------------------->X
      | {"status": -9}                    | os.waitpid (reap)
      |<----------------------------------|
      | ... or the child crashes: its socket closes                     X
      | {"do": "end", "handle": H, "closed": true}
      |---------------------------------->| waits up to ENDING_SECONDS, reaps it
      | {"status": -11}                   |
      |<----------------------------------|

A fork takes milliseconds, where a start takes tenths of a second. Only a parent can reap, so a
client asks the fork server how a child ended. Children that nobody asks for are reaped at the next
tick. A handle names one child for ever, whereas the system gives the id of one that was reaped to
another: so a late request never kills a stranger.

A request is one line of JSON, and so is the answer; a forked child's socket comes with it:

- `{"do": "fork"}`, with members that say what the child is to be, gives `{"pid": N, "handle": H}`;
  a descriptor sent with it becomes the child's standard error
- `{"do": "end", "handle": H}` kills a child and gives how it ended: `{"status": N}`, with the
  number of the signal negated, as in `subprocess`, or `{}` for a child of another fork server;
  `"closed": true` says that its socket is closed, and it may be ending by itself
"""

from __future__ import annotations

import json
import logging
import math
import os
import secrets
import select
import signal
import socket
import time
import traceback
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

TICK_SECONDS: Final = 0.1
"""How often children that exited on their own are reaped."""

ENDING_SECONDS: Final = 1.0
"""How long a child may take to exit once it has closed its socket."""

_LINE: Final = 1 << 14
_REMEMBERED: Final = 1000
_LOG: Final = logging.getLogger("citylinks")

Child = Callable[[socket.socket], None]
"""What a forked process does with its socket."""


class ForkServer(ABC):
    """Listens on a local address and forks.

    It ends when the other end of the pipe `life` is closed, and after `idle_seconds` without a
    child or a request.
    """

    def __init__(self, address: Path, life: int, idle_seconds: float = math.inf) -> None:
        self._address, self._life, self._idle_seconds = address, life, idle_seconds
        self._listener = _listen(address)
        self._children: dict[str, int] = {}
        self._exit_statuses: OrderedDict[str, int] = OrderedDict()
        self._used = time.monotonic()

    @abstractmethod
    def _child(self, request: dict[str, Any]) -> Child:
        """Return what the process does that a request has forked."""

    def run(self) -> None:
        """Serve until all clients are gone, or nothing is left to do."""
        poll = select.poll()
        poll.register(self._life, select.POLLIN)
        poll.register(self._listener, select.POLLIN)
        while not self._done():
            ready = dict(poll.poll(TICK_SECONDS * 1000))
            if self._life in ready:
                break
            if ready:
                self._serve(self._listener.accept()[0])
            self._tick()
        self._end_all()

    def _done(self) -> bool:
        """Whether nothing is left to do, nor will be."""
        return not self._children and time.monotonic() - self._used > self._idle_seconds

    def _tick(self) -> None:
        """Do what is due from time to time."""
        self._reap()

    def _serve(self, connection: socket.socket) -> None:
        """Answer one request; whatever is wrong with it, the next one is served.

        A client that is gone or silent is left alone. Any other error is a fault of ours, and
        is written to the log of the server.
        """
        descriptors: list[int] = []
        with connection:
            connection.settimeout(1)
            try:
                line, descriptors, _, _ = socket.recv_fds(connection, _LINE, 1)
                if line:
                    self._used = time.monotonic()
                    request = json.loads(line)
                    request["descriptors"] = descriptors
                    getattr(self, "_do_" + request["do"])(connection, request)
            except (ConnectionError, TimeoutError):
                return
            except Exception:
                _LOG.exception("the fork server could not serve a request")
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    def _do_fork(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Fork a child and send its socket."""
        # Read before the fork: a child that fails here would go on as a second fork server.
        run, handle = self._child(request), secrets.token_hex(8)
        ours, theirs = socket.socketpair()
        with ours:
            pid = os.fork()
            if pid == 0:
                _become(theirs, run, request["descriptors"])
            self._children[handle] = pid
            theirs.close()
            answer = {"pid": pid, "handle": handle}
            socket.send_fds(connection, [json.dumps(answer).encode()], [ours.fileno()])

    def _do_end(self, connection: socket.socket, request: dict[str, Any]) -> None:
        """Kill a child, unless it has ended, and answer with how it ended.

        A child whose socket is closed is exiting on its own: it gets a moment to do so, since a
        signal would hide how it ended.
        """
        handle = request["handle"]
        until = time.monotonic() + (ENDING_SECONDS if request.get("closed") else 0)
        while handle in self._children and time.monotonic() < until:
            self._reap()
            time.sleep(0.001)
        if handle in self._children:
            pid = self._children[handle]
            os.kill(pid, signal.SIGKILL)
            del self._children[handle]
            self._exit_statuses[handle] = os.waitpid(pid, 0)[1]
        status = self._exit_statuses.get(handle)
        send(connection, {} if status is None else {"status": os.waitstatus_to_exitcode(status)})

    def _reap(self) -> None:
        """Reap children that exited on their own."""
        for handle, pid in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._children[handle]
                self._exit_statuses[handle] = status
        while len(self._exit_statuses) > _REMEMBERED:
            self._exit_statuses.popitem(last=False)

    def _end_all(self) -> None:
        """End all children, and remove the address."""
        # The address goes first: a client that finds it gone starts another server, and its own
        # address must not be removed.
        self._address.unlink(missing_ok=True)
        for pid in self._children.values():
            os.kill(pid, signal.SIGKILL)
        for pid in self._children.values():
            os.waitpid(pid, 0)


def _listen(address: Path) -> socket.socket:
    """Listen on an address; the file appears only once clients can connect to it."""
    listener, name = socket.socket(socket.AF_UNIX), address.with_suffix(".new")
    name.unlink(missing_ok=True)
    listener.bind(str(name))
    listener.listen(128)
    name.rename(address)
    return listener


def send(connection: socket.socket, answer: dict[str, Any]) -> None:
    """Answer a request."""
    connection.sendall(json.dumps(answer).encode())


def _become(connection: socket.socket, run: Child, stderr: list[int]) -> None:
    """In the forked process: close all but the connection, and run until that returns.

    What goes wrong is written to the log of the server, or where the client has said.
    """
    code = 1
    try:
        if stderr:
            os.dup2(stderr[0], 2)
        descriptor = os.dup2(connection.fileno(), 3, inheritable=False)
        os.closerange(descriptor + 1, 1 << 16)
        run(socket.socket(fileno=descriptor))
        code = 0
    except BaseException:  # a panic of the engine, too, is none of Exception
        if stderr:
            traceback.print_exc()
        else:
            _LOG.exception("a forked process failed")
    finally:
        os._exit(code)
