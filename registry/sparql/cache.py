"""The cache of complete answers: a release never changes, so an answer of one is never stale.

What depends on the moment or on chance (NOW, RAND, UUID, STRUUID, BNODE) is not kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

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
        self._limit = limit
        self._kept: OrderedDict[object, Kept] = OrderedDict()
        self._size = self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: object) -> Kept | None:
        """Give what is kept under a key, and count whether there was something."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                self._misses += 1
                return None
            self._hits += 1
            self._kept.move_to_end(key)
            return found

    def put(self, key: object, value: Kept) -> None:
        """Keep a value; what takes more than an eighth of the whole is not worth the others."""
        if value.size * 8 > self._limit:
            return
        with self._lock:
            replaced = self._kept.pop(key, None)
            self._size += value.size - (replaced.size if replaced else 0)
            self._kept[key] = value
            while self._size > self._limit:
                _, dropped = self._kept.popitem(last=False)
                self._size -= dropped.size
            metrics.cache_bytes.set(self._size)

    @property
    def state(self) -> CacheState:
        """Say how it goes."""
        with self._lock:
            return CacheState(self._hits, self._misses, len(self._kept), self._size)
