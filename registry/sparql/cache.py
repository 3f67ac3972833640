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
        """Bytes it takes."""


Kept = TypeVar("Kept", bound=Sized)


@dataclass(frozen=True)
class CacheState:
    """How often the cache had an answer, had none, and how much it holds (bytes)."""

    hits: int
    misses: int
    entries: int
    size: int


class Cache(Generic[Kept]):
    """Keeps what was used last, within a limit in bytes; any number of threads may use it."""

    def __init__(self, limit: int) -> None:
        self._kept: LRUCache[object, Kept] = LRUCache(limit, lambda value: value.size)
        self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: object) -> Kept | None:
        """Return what is kept under a key, and count whether there was something."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self._misses += 1
            else:
                self._hits += 1
            return found

    def put(self, key: object, value: Kept) -> None:
        """Keep a value; what takes more than an eighth of the whole is not worth the others."""
        if value.size * 8 > self._kept.maxsize:
            return
        with self._lock:
            self._kept[key] = value
            metrics.cache_bytes.set(self._kept.currsize)

    @property
    def state(self) -> CacheState:
        """Its counts so far, and what it holds now."""
        with self._lock:
            return CacheState(self._hits, self._misses, len(self._kept), int(self._kept.currsize))
