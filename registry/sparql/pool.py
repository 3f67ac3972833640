"""The pool: a bounded queue before a fixed number of killable evaluating processes."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from registry.isolation import Died, Isolated, Late, Overlong, Reply
from registry.problems import Problem
from registry.settings import Settings

MODULE: Final = "registry.sparql.worker"
START_SECONDS: Final = 30.0
"""How long a new process may take until it can be asked, on a machine under load."""

_SPENT: Final = frozenset({"query-memory", "internal"})
"""Problems after which a process, though alive, is not trusted with another query."""

_LOG: Final = logging.getLogger("citylinks")


class Evaluator(Isolated):
    """An evaluating process; the time until it can be asked is not taken from a query's."""

    def __init__(self) -> None:
        super().__init__(MODULE)
        self._ready = False

    def wait_until_ready(self) -> None:
        """Wait for the process to say that it can be asked."""
        if self._ready:
            return
        try:
            header = self.receive(time.monotonic() + START_SECONDS).header
        except (Late, Died) as error:
            raise Problem("internal", "an evaluating process did not start") from error
        if not header["hardened"]:
            _LOG.warning("this system has no seccomp: evaluating processes could open sockets")
        self._ready = True


class Pool:
    """Evaluating processes; any number of threads may ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: deque[Evaluator] = deque()
        self._free = threading.Semaphore(max(1, settings.workers))
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start all processes, so that the first query does not wait for one."""
        for _ in range(max(1, self._settings.workers)):
            self._add(Evaluator())

    def ask(self, job: dict[str, Any], query: str) -> Reply:
        """Have a query evaluated.

        Raises
        ------
        Problem
            `busy` when too many wait; `query-timeout`, `query-memory`, `query-too-deep`,
            `answer-too-large` or `internal` when the process had to be ended.

        """
        with self._turn():
            worker = self._take()
            try:
                reply = self._asked(worker, job, query)
            except BaseException:
                worker.kill()
                self._add(Evaluator())
                raise
            if reply.header.get("problem") in _SPENT:
                worker.kill()
                worker = Evaluator()
            self._add(worker)
            return reply

    def _asked(self, worker: Evaluator, job: dict[str, Any], query: str) -> Reply:
        """Ask one process, until the deadline."""
        worker.wait_until_ready()
        try:
            worker.send(job, query.encode())
            deadline = time.monotonic() + self._settings.query_seconds
            return worker.receive(deadline, self._settings.answer_bytes)
        except (Late, Overlong, Died) as error:
            raise self._ended(error) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for a process to be free, unless too many wait already."""
        if not self._free.acquire(blocking=False):
            self._queue()
        try:
            yield
        finally:
            self._free.release()

    def _queue(self) -> None:
        """Stand in the queue until there is a free process."""
        with self._lock:
            if self._waiting >= self._settings.queue:
                raise Problem("busy", "too many queries wait already", retryAfter=2)
            self._waiting += 1
        try:
            if not self._free.acquire(timeout=self._settings.query_seconds):
                raise Problem("busy", "no query before this one came to an end", retryAfter=5)
        finally:
            with self._lock:
                self._waiting -= 1

    def _take(self) -> Evaluator:
        """Take an idle process; where there is none that lives, start one."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive():
                    return worker
                worker.kill()
        return Evaluator()

    def _add(self, worker: Evaluator) -> None:
        """Put a process among the idle ones; after `close` there are none."""
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.kill()

    def _ended(self, error: Late | Overlong | Died) -> Problem:
        """Say why a process was ended."""
        if isinstance(error, Overlong):
            return too_large(self._settings.answer_bytes)
        ended_by = signal.SIGALRM if isinstance(error, Late) else error.signal
        if ended_by == signal.SIGALRM:
            seconds = self._settings.query_seconds
            return Problem("query-timeout", f"not done after {seconds:g} seconds", limit=seconds)
        if ended_by == signal.SIGSEGV:
            return Problem("query-too-deep", "the engine ran out of stack")
        if ended_by in {signal.SIGABRT, signal.SIGKILL}:
            return too_hungry(self._settings)
        _LOG.error("an evaluating process %s", error)
        return Problem("internal", "the engine failed on this query")

    def close(self) -> None:
        """End all processes; those that are busy end with their query."""
        with self._lock:
            self._closed = True
            workers = list(self._idle)
            self._idle.clear()
        for worker in workers:
            worker.kill()


def too_large(limit: int) -> Problem:
    """Say that an answer is over the limit, in bytes."""
    return Problem("answer-too-large", f"the answer is longer than {limit} bytes", limit=limit)


def too_hungry(settings: Settings) -> Problem:
    """Say that a query needed more memory than it may have."""
    limit = settings.query_memory
    return Problem("query-memory", f"it needed more than {limit} bytes", limit=limit)
