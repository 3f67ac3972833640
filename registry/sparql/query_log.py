"""Query log: the outcome of each query, counted for `metrics` and logged by the query's hash.

The text of a query may be private and is not logged; its hash finds the line.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from registry import metrics
from registry.problems import Problem
from registry.sandbox import Abandoned

LOG: Final = logging.getLogger("citylinks.queries")


@dataclass
class LogEntry:
    """The fields of a log line that are set during evaluation: the bytes of the answer."""

    bytes: int = 0


def digest(query: str) -> str:
    """Return the hash by which the log names a query: 16 digits of its SHA-256 in UTF-8.

    >>> digest("ASK {}")
    '819ea91ed5f12b38'
    """
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def entry(query: str, release: str, form: str, slow: float) -> Iterator[LogEntry]:
    """Log the outcome of a query: as a warning where it failed or took `slow` seconds or more."""
    log_entry, began, outcome = LogEntry(), time.monotonic(), "internal"
    try:
        yield log_entry
        outcome = "answered"
    except Problem as problem:
        outcome = problem.name
        raise
    except Abandoned:
        outcome = "abandoned"
        raise
    finally:
        seconds = time.monotonic() - began
        metrics.queries.labels(outcome).inc()
        level = logging.WARNING if outcome != "answered" or seconds >= slow else logging.INFO
        if LOG.isEnabledFor(level):
            fields = {
                "query": digest(query),
                "form": form,
                "seconds": round(seconds, 4),
                "bytes": log_entry.bytes,
                "release": release,
            }
            LOG.log(level, outcome, extra={"fields": fields})
