"""Corrects typing errors: the words of an index that are nearest to one that is in no name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST: Final = 4
"""Letters from which on a word may have an error; in shorter ones it would be another word."""

_LONG: Final = 8
"""Letters from which on a word may have two errors."""

_MOST: Final = 12
"""Readings of one word that are tried."""


class Spelling:
    """Knows the words of an index, in folded form; a word may be unfinished."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._words = sorted({word for key in keys for word in key.split(" ")})
        self._beginnings = lru_cache(32)(self._cut)

    def _cut(self, length: int) -> list[str]:
        """List the beginnings of words, cut to a length."""
        return sorted({word[:length] for word in self._words if len(word) >= length - 1})

    def knows(self, word: str) -> bool:
        """Whether any word of the index begins with these letters."""
        at = bisect_left(self._words, word)
        return at < len(self._words) and self._words[at].startswith(word)

    def nearest(self, word: str) -> list[str]:
        """List the beginnings of words that are nearest to one that was mistyped, if any is near.

        An error is a letter too many, too few, another one, or two that changed places.
        """
        if len(word) < _SHORTEST:
            return []
        most = 1 if len(word) < _LONG else 2
        found = process.extract(
            word, self._beginnings(len(word)), scorer=OSA.distance, score_cutoff=most, limit=_MOST
        )
        least = min((distance for _, distance, _ in found), default=0)
        return sorted(near for near, distance, _ in found if distance == least)
