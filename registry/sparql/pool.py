"""The pool: a bounded queue before a fixed number of killable evaluating processes."""

from __future__ import annotations

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
_SEGMENTATION_FAULT: Final = 11


class Pool:
    """Evaluating processes; any number of threads may ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._idle: deque[Isolated] = deque()
        self._free = threading.Semaphore(max(1, settings.workers))
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start all processes, so that the first query does not wait for one."""
        started = [Isolated(MODULE) for _ in range(max(1, self._settings.workers))]
        with self._lock:
            self._idle.extend(started)

    def ask(self, job: dict[str, Any], query: str) -> Reply:
        """Have a query evaluated.

        Raises
        ------
        Problem
            `busy` when too many wait; `query-timeout`, `query-memory`, `query-too-deep` or
            `answer-too-large` when the process had to be ended.

        """
        with self._turn():
            worker = self._take()
            try:
                worker.send(job, query.encode())
                deadline = time.monotonic() + self._settings.query_seconds
                reply = worker.receive(deadline, self._settings.answer_bytes)
            except (Late, Overlong, Died) as error:
                raise self._ended(error) from error
            except BaseException:
                worker.kill()
                raise
            self._give_back(worker)
            return reply

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

    def _take(self) -> Isolated:
        """Take an idle process, or start one in the place of one that was ended."""
        with self._lock:
            while self._idle:
                worker = self._idle.popleft()
                if worker.alive():
                    return worker
        return Isolated(MODULE)

    def _give_back(self, worker: Isolated) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.kill()

    def _ended(self, error: Late | Overlong | Died) -> Problem:
        """Say why a process was ended."""
        if isinstance(error, Late):
            seconds = self._settings.query_seconds
            return Problem("query-timeout", f"not done after {seconds:g} seconds", limit=seconds)
        if isinstance(error, Overlong):
            return too_large(self._settings)
        if error.signal == _SEGMENTATION_FAULT:
            return Problem("query-too-deep", "the engine ran out of stack")
        limit = self._settings.query_memory
        return Problem("query-memory", f"it needed more than {limit} bytes", limit=limit)

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            self._closed = True
            workers = list(self._idle)
            self._idle.clear()
        for worker in workers:
            worker.kill()


def too_large(settings: Settings) -> Problem:
    """Say that an answer is over the limit."""
    limit = settings.answer_bytes
    return Problem("answer-too-large", f"the answer is longer than {limit} bytes", limit=limit)
