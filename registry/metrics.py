"""Metrics for operators: counters, gauges and histograms for Prometheus.

Several processes serve; each writes its figures into files of one folder, which the environment
variable PROMETHEUS_MULTIPROC_DIR names before this module is loaded, and `exposition` adds them up.
Without that variable the figures are those of this process. Labels are names of ours alone: nothing
that a reader sends becomes one.
"""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_SHARED: Final = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
_OWN: Final = CollectorRegistry()
_SECONDS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60)

requests: Final = Counter(
    "citylinks_requests", "Requests answered", ["route", "status"], registry=_OWN
)
request_seconds: Final = Histogram(
    "citylinks_request_seconds",
    "Time from the request to its answer, without sending it",
    ["route"],
    buckets=_SECONDS,
    registry=_OWN,
)
queries: Final = Counter(
    "citylinks_queries",
    "Queries by outcome: answered, abandoned, or the name of a problem",
    ["outcome"],
    registry=_OWN,
)
query_seconds: Final = Histogram(
    "citylinks_query_seconds",
    "Time from the start of a query in its slot to its answer or its end",
    buckets=_SECONDS,
    registry=_OWN,
)
wait_seconds: Final = Histogram(
    "citylinks_query_wait_seconds",
    "Time a query waited for a slot",
    buckets=_SECONDS,
    registry=_OWN,
)
waiting: Final = Gauge(
    "citylinks_queries_waiting",
    "Queries that wait for a slot",
    registry=_OWN,
    multiprocess_mode="livesum",
)
running: Final = Gauge(
    "citylinks_queries_running",
    "Queries that are evaluated",
    registry=_OWN,
    multiprocess_mode="livesum",
)
listeners: Final = Gauge(
    "citylinks_listeners",
    "Clients that are told of each release",
    registry=_OWN,
    multiprocess_mode="livesum",
)
forked: Final = Counter("citylinks_processes_started", "Worker processes started", registry=_OWN)
killed: Final = Counter(
    "citylinks_processes_killed",
    "Worker processes that ended with their query, by cause",
    ["cause"],
    registry=_OWN,
)
cache: Final = Counter(
    "citylinks_cache",
    "Answers found in the cache (hit) or written (miss)",
    ["found"],
    registry=_OWN,
)
cache_bytes: Final = Gauge(
    "citylinks_cache_bytes",
    "Bytes of the answers that are kept",
    registry=_OWN,
    multiprocess_mode="livesum",
)


def exposition() -> bytes:
    """Return the figures of all processes in the text format of Prometheus."""
    if not _SHARED:
        return generate_latest(_OWN)
    gathered = CollectorRegistry()
    MultiProcessCollector(gathered, _SHARED)  # type: ignore[no-untyped-call]
    return generate_latest(gathered)


def forget(process: int) -> None:
    """Take the gauges of a process that has ended out of the sums."""
    if _SHARED:
        mark_process_dead(process, _SHARED)  # type: ignore[no-untyped-call]
