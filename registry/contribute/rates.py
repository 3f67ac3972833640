"""Rates: how often one client may send something, counted in memory and forgotten within the hour.

No address is written down. Each process that serves counts for itself.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import Final

from cachetools import TTLCache

from registry.problems import Problem

_HOUR: Final = 3600
_CLIENTS: Final = 10_000
"""Clients that are remembered."""


class Rate:
    """A number of times an hour that each client may do something."""

    def __init__(self, limit: int, what: str) -> None:
        self._limit, self._what = limit, what
        self._counts: TTLCache[tuple[str, int], int] = TTLCache(_CLIENTS, _HOUR)
        self._lock = Lock()

    def take(self, client: str) -> None:
        """Count one more of a client; `rate` where it has had its share of this hour."""
        hour, second = divmod(int(time.time()), _HOUR)
        with self._lock:
            count = self._counts.get((client, hour), 0)
            if count < self._limit:
                self._counts[client, hour] = count + 1
                return
        detail = f"you have sent {self._limit} {self._what} in this hour"
        raise Problem("rate", detail, retryAfter=_HOUR - second, limit=self._limit)
