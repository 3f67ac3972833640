"""The cache of complete answers: a release never changes, so an answer of one is never stale.

Answers that depend on the moment or on chance (NOW, RAND, UUID, STRUUID, BNODE) are not cached.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from cachetools import LRUCache

from registry import metrics


class Sized(Protocol):
    """Something that takes memory."""

    @property
    def size(self) -> int:
        """How many bytes it takes."""


Value = TypeVar("Value", bound=Sized)


@dataclass(frozen=True)
class CacheState:
    """The hits and misses of a cache so far, its entries now, and their size in bytes."""

    hits: int
    misses: int
    entries: int
    size: int


class Cache(Generic[Value]):
    """A cache of the values used last, limited in bytes; any number of threads may use it."""

    def __init__(self, limit: int) -> None:
        self._values: LRUCache[object, Value] = LRUCache(limit, lambda value: value.size)
        self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: object) -> Value | None:
        """Return the value of a key, and count a hit or a miss."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                self._misses += 1
            else:
                self._hits += 1
            return found

    def put(self, key: object, value: Value) -> None:
        """Store a value, unless it would take more than an eighth of the cache from the others."""
        if value.size * 8 > self._values.maxsize:
            return
        with self._lock:
            self._values[key] = value
            metrics.cache_bytes.set(self._values.currsize)

    @property
    def state(self) -> CacheState:
        """Its counts so far, and what it holds now."""
        with self._lock:
            return CacheState(
                self._hits, self._misses, len(self._values), int(self._values.currsize)
            )
