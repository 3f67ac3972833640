"""Query log: the outcome of each query, counted for `metrics` and logged by the query's hash.

The text of a query may be private and is not logged; its hash finds the line.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from registry import metrics
from registry.problems import Problem
from registry.sandbox import Abandoned
from registry.sparql.spool import ANSWERED, Spool

LOG: Final = logging.getLogger("citylinks.queries")


class LogEntry:
    """A line of the log, written when the query is over.

    `bytes` is the length of the answer; `slow` are the seconds from which on it is a warning.
    """

    def __init__(self, query: str, release: str, form: str, slow: float) -> None:
        self.bytes = 0
        self._fields = {"query": digest(query), "form": form, "release": release}
        self._slow, self._began = slow, time.monotonic()
        self.is_followed = False

    def follow(self, answer: Spool) -> None:
        """Write the line when a long answer is whole, or breaks off."""
        self.is_followed = True
        answer.ended = self._end

    def _end(self, outcome: str, length: int) -> None:
        self.bytes = length
        self.write(outcome)

    def write(self, outcome: str) -> None:
        """Log how the query ended, and count it."""
        seconds = time.monotonic() - self._began
        metrics.queries.labels(outcome).inc()
        is_warning = outcome != ANSWERED or seconds >= self._slow
        level = logging.WARNING if is_warning else logging.INFO
        if LOG.isEnabledFor(level):
            measured = {"seconds": round(seconds, 4), "bytes": self.bytes}
            LOG.log(level, outcome, extra={"fields": {**self._fields, **measured}})


def digest(query: str) -> str:
    """Return the hash by which the log names a query: 16 digits of its SHA-256 in UTF-8.

    >>> digest("ASK {}")
    '819ea91ed5f12b38'
    """
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def entry(query: str, release: str, form: str, slow: float) -> Iterator[LogEntry]:
    """Log the outcome of a query: as a warning where it failed or took `slow` seconds or more."""
    log_entry, outcome = LogEntry(query, release, form, slow), "internal"
    try:
        yield log_entry
        outcome = ANSWERED
    except Problem as problem:
        outcome = problem.name
        raise
    except Abandoned:
        outcome = "abandoned"
        raise
    finally:
        if not log_entry.is_followed:
            log_entry.write(outcome)
