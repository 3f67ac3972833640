"""The pool: queries are evaluated in a fixed number of worker processes that can be killed.

Queries older than `young_seconds` are reniced; one in the reserved slot moves to a general slot, or
is restarted in one. An answer that becomes long is handed over as a `Spool` once it has begun, and
a thread follows its worker to the end.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from registry import formats, metrics
from registry.problems import Problem
from registry.sandbox import (
    Abandoned,
    Died,
    Late,
    Overlong,
    Reply,
)
from registry.settings import Settings
from registry.sparql.admission import (
    ANONYMOUS,
    Client,
    FairQueue,
    Ticket,
)
from registry.sparql.forks import Evaluator, Forks, NotStarted, Unavailable
from registry.sparql.spool import Spool

_SPENT: Final = frozenset({"query-memory", "internal"})
"""Problems after which a worker, though alive, is not given another query."""

_LOG: Final = logging.getLogger("citylinks")


_GLANCE: Final = 0.5
"""Seconds after which a thread that follows a worker looks whether its reader is still there."""


class MustYieldSlot(Exception):
    """A query has run in the reserved slot for longer than it may."""


@dataclass(frozen=True)
class _Begun:
    """A long answer that its worker, which began the query at a monotonic time, still writes."""

    spool: Spool
    worker: Evaluator
    began: float


class Pool:
    """Worker processes; any number of threads may use them.

    `slots` is how many queries run at the same time; `reserved` is 1 to add a slot for clients with
    no running query. Without `forks` the pool starts a fork server for itself.
    """

    def __init__(
        self, settings: Settings, forks: Forks | None = None, slots: int = 1, reserved: int = 0
    ) -> None:
        self._settings = settings
        self._forks = forks or Forks()
        self._owned = None if forks else self._forks
        self.size = slots + reserved
        self.slots = FairQueue(slots, reserved, settings.queue)
        self._idle: deque[Evaluator] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def start(self, store: str, loaded: bool) -> None:
        """Start all workers, so that the first query does not wait for one."""
        for _ in range(self.size):
            self._put_back(self._fork(store, loaded and self._forks.has_loaded(store)))

    def ask(self, job: dict[str, Any], query: str, client: Client = ANONYMOUS) -> Reply | Spool:
        """Evaluate a query; `job["loaded"]` is whether its store should be in memory.

        Where `job["spool"]` names a folder, a long answer is returned while it is written.

        Raises
        ------
        Problem
            `busy` or `rate` when too many wait; `query-timeout`, `query-memory`,
            `query-too-deep`, `answer-too-large` or `internal` when the worker had to be ended.
        Abandoned
            when the client is gone; its query has been stopped.

        """
        try:
            return self._in_slot(job, query, client, general_only=False)
        except MustYieldSlot:
            return self._in_slot(job, query, client, general_only=True)

    def probe(self, job: dict[str, Any], query: str) -> Reply:
        """Evaluate a query in a new worker on disk, outside the queue and its slots.

        Raises
        ------
        Problem
            as `ask`, but never `busy` or `rate`.

        """
        worker = self._fork(job["store"], loaded=False)
        try:
            worker.wait_until_ready()
            worker.send(job, query.encode())
            return worker.receive(time.monotonic() + self._settings.query_seconds)
        except (NotStarted, Late, Overlong, Died) as error:
            raise self._problem_of(error) from error
        finally:
            worker.end()

    def _in_slot(
        self, job: dict[str, Any], query: str, client: Client, general_only: bool
    ) -> Reply | Spool:
        """Wait for a slot and evaluate a query in it."""
        with metrics.wait_seconds.time():
            ticket = self.slots.take(client, self._settings.query_seconds, general_only)
        with ExitStack() as held:
            held.enter_context(self._holding(ticket))
            answer = self._evaluate(job, query, ticket)
            if isinstance(answer, Reply):
                return answer
            follow = threading.Thread(
                target=self._follow, args=(answer, job["answer"], held.pop_all()), daemon=True
            )
            follow.start()
            return answer.spool

    @contextmanager
    def _holding(self, ticket: Ticket) -> Iterator[None]:
        """Count a query as running, and return its slot at the end."""
        metrics.running.inc()
        try:
            with metrics.query_seconds.time():
                yield
        finally:
            metrics.running.dec()
            self.slots.release(ticket)
            self._close_fork_server_if_idle()

    def _evaluate(
        self, job: dict[str, Any], query: str, ticket: Ticket, again: bool = False
    ) -> Reply | _Begun:
        """Evaluate a query, and once more if its worker was killed from outside."""
        try:
            return self._evaluate_on(self._take(job["store"], job["loaded"]), job, query, ticket)
        except (NotStarted, Late, Overlong, Died) as error:
            # The query is not to blame for the first kill (say, of an idle worker by the kernel);
            # it may be for the second.
            if not again and isinstance(error, (NotStarted, Died)) and error.killed:
                return self._evaluate(job, query, ticket, again=True)
            raise self._problem_of(error) from error

    def _evaluate_on(
        self, worker: Evaluator, job: dict[str, Any], query: str, ticket: Ticket
    ) -> Reply | _Begun:
        """Evaluate a query on a worker; end the worker if that fails."""
        try:
            worker.wait_until_ready()
            began = time.monotonic()
            worker.send(job, query.encode())
            reply = self._wait_for_first_frame(worker, ticket, began)
            if "spooled" in reply.header:
                return _Begun(self._spool(reply, ticket), worker, began)
        except BaseException as error:
            metrics.killed.labels(type(error).__name__.lower()).inc()
            worker.end()
            raise
        self._put_back_if_sound(worker, reply, job["format"])
        return reply

    def _wait_for_first_frame(self, worker: Evaluator, ticket: Ticket, began: float) -> Reply:
        """Wait for an answer; renice its worker when the query is no longer young."""
        limit, caller = self._settings.answer_bytes, ticket.client.socket
        young, deadline = self._settings.young_seconds, self._settings.query_seconds
        try:
            return worker.receive(began + min(young, deadline), limit, caller)
        except Late:
            if young >= deadline:
                raise
            if not self.slots.move_to_general(ticket):
                raise MustYieldSlot from None
        worker.renice()
        return worker.receive(began + deadline, limit, caller)

    def _spool(self, reply: Reply, ticket: Ticket) -> Spool:
        """Open the file of a long answer, which takes too long for the reserved slot."""
        spool = Spool(reply.header["spooled"], reply.header)
        if not self.slots.move_to_general(ticket):
            spool.close()
            raise MustYieldSlot
        return spool

    def _follow(self, begun: _Begun, limit: int, held: ExitStack) -> None:
        """In a thread: follow a long answer to its end, whether or not its reader keeps up."""
        worker, spool = begun.worker, begun.spool
        with held:
            try:
                reply = self._last_frame(begun)
            except (Late, Died, Abandoned) as error:
                metrics.killed.labels(type(error).__name__.lower()).inc()
                worker.end()
                if isinstance(error, Abandoned):
                    spool.ended("abandoned", spool.written)
                else:
                    spool.fail(self._problem_of(error))
                return
            self._put_back_if_sound(worker, reply, "")
        if "problem" in reply.header:
            spool.fail(reported(reply.header, self._settings, limit))
        else:
            spool.end(reply.header["written"])

    def _last_frame(self, begun: _Begun) -> Reply:
        """Pass on how far a long answer is, until its worker is done."""
        worker, deadline = begun.worker, begun.began + self._settings.query_seconds
        while True:
            now = time.monotonic()
            if now >= deadline:
                raise Late
            if begun.spool.is_abandoned:
                raise Abandoned
            if now >= begun.began + self._settings.young_seconds and not worker.reniced:
                worker.renice()
            try:
                reply = worker.receive(min(now + _GLANCE, deadline))
            except Late:
                continue
            if "more" not in reply.header:
                return reply
            begun.spool.advance(reply.header["written"])

    def _put_back_if_sound(self, worker: Evaluator, reply: Reply, form: str) -> None:
        """Keep a worker for the next query, unless this one has left its mark on it."""
        # An explanation does not wait for a query that is not done at the deadline.
        explained = form == formats.EXPLANATION.name
        if worker.reniced or explained or reply.header.get("problem") in _SPENT:
            worker.end()
        else:
            self._put_back(worker)

    def _take(self, store: str, loaded: bool) -> Evaluator:
        """Take a live idle worker on this store, or fork one."""
        loaded = loaded and self._forks.has_loaded(store)
        while worker := self._idle_on(store, loaded):
            if worker.idle():
                return worker
            worker.end()
        self._make_room()
        return self._fork(store, loaded)

    def _idle_on(self, store: str, loaded: bool) -> Evaluator | None:
        """Take the most recently used idle worker on this store, if any."""
        with self._lock:
            alike = (w for w in reversed(self._idle) if w.store == store and w.loaded >= loaded)
            fitting = (w for w in alike if w.is_on_its_store())
            worker = next(fitting, None)
            if worker:
                self._idle.remove(worker)
            return worker

    def _make_room(self) -> None:
        """End the least recently used idle workers, so that there is room for a new one."""
        while True:
            with self._lock:
                if not self._idle or len(self._idle) + self.slots.running <= self.size:
                    return
                spare = self._idle.popleft()
            spare.end()

    def _fork(self, store: str, loaded: bool) -> Evaluator:
        metrics.forked.inc()
        try:
            return self._forks.fork(store, loaded)
        except Unavailable as error:
            raise _not_started(error) from error

    def _put_back(self, worker: Evaluator) -> None:
        """Add a worker to the idle ones; after `close`, end it."""
        with self._lock:
            if not self._closed:
                self._idle.append(worker)
                return
        worker.end()

    def end_unused(self) -> None:
        """End the idle workers on a store that was pruned or made anew: they keep its files."""
        self._end_idle(lambda worker: not worker.is_on_its_store())

    def close(self) -> None:
        """End all idle workers; busy ones end with their query."""
        with self._lock:
            self._closed = True
        self._end_idle(lambda worker: True)
        self._close_fork_server_if_idle()

    def _end_idle(self, is_ended: Callable[[Evaluator], bool]) -> None:
        with self._lock:
            ended = [worker for worker in self._idle if is_ended(worker)]
            for worker in ended:
                self._idle.remove(worker)
        for worker in ended:
            worker.end()

    def _close_fork_server_if_idle(self) -> None:
        """Close the pool's own fork server once the pool is closed and no query runs."""
        with self._lock:
            if not self._closed or self.slots.running or not self._owned:
                return
            owned, self._owned = self._owned, None
        owned.close()

    def _problem_of(self, error: NotStarted | Late | Overlong | Died) -> Problem:
        """Return the problem to report for a worker that failed or was ended."""
        if isinstance(error, NotStarted):
            return _not_started(error)
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
        _LOG.error("a worker process %s", error)
        return Problem("internal", "the engine failed on this query")


def _not_started(error: NotStarted | Unavailable) -> Problem:
    """Log why a worker did not start, and return the problem to report."""
    trouble = str(error).strip()
    last = trouble.rpartition("\n")[2]
    fields = {"trouble": trouble}
    _LOG.error("a worker process did not start: %s", last, extra={"fields": fields})
    return Problem("internal", "a worker process did not start")


def reported(header: dict[str, Any], settings: Settings, answer_limit: int) -> Problem:
    """Turn a worker's report into a problem."""
    name = header["problem"]
    if name == "answer-too-large":
        return too_large(answer_limit)
    if name == "dataset-too-large":
        limit = settings.merge_triples
        return Problem("query-memory", f"the dataset has more than {limit} triples", limit=limit)
    if name == "query-memory":
        return too_hungry(settings)
    if name == "internal":
        _LOG.error("the engine: %s", header["detail"])
        return Problem("internal", "the engine failed on this query")
    return Problem(name, header["detail"], line=header.get("line"), column=header.get("column"))


def too_large(limit: int) -> Problem:
    """Return the problem of an answer over the limit (bytes)."""
    return Problem("answer-too-large", f"the answer is longer than {limit} bytes", limit=limit)


def too_hungry(settings: Settings) -> Problem:
    """Return the problem of a query that needed more memory than it may have."""
    limit = settings.query_memory
    return Problem("query-memory", f"it needed more than {limit} bytes", limit=limit)
