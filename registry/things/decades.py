"""Links by the decade in which they began, and how they stand: what charts show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry.things.standing import HOLDING, UNCONFIRMED

GROUPS: Final = ("holding", "unconfirmed", "other")
"""How links stand, in the few words of charts: active or listed, not confirmed, and all else."""

_EARLIEST: Final = 1900
"""The first decade that stands for itself."""


@dataclass(frozen=True)
class Decade:
    """The links that began in ten years, and how many stand how; `first` is nought for all before.

    A few links are said to be a thousand years old, and would make a chart of hundreds of columns.
    """

    first: int
    counts: Mapping[str, int]

    @property
    def last(self) -> int:
        """The last year."""
        return (self.first or _EARLIEST - 10) + 9

    @property
    def total(self) -> int:
        """All links that began in these years."""
        return sum(self.counts.values())


def group_of(state: str) -> str:
    """Return how a link with a status stands, as charts tell it.

    >>> group_of("listed"), group_of("not-confirmed"), group_of("ended")
    ('holding', 'unconfirmed', 'other')
    """
    if state in HOLDING:
        return "holding"
    return "unconfirmed" if state == UNCONFIRMED else "other"


def by_decade(links: Iterable[tuple[str, str]]) -> tuple[Decade, ...]:
    """Count links, each its start and status, without those whose start is not known."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for start, state in links:
        if start:
            decade = int(start[:4]) // 10 * 10
            found[decade if decade >= _EARLIEST else 0][group_of(state)] += 1
    return tuple(Decade(first, found.get(first, Counter())) for first in _span(found))


def _span(decades: Collection[int]) -> list[int]:
    """Return all decades from the first to the last of some, and what is before them.

    >>> _span({0, 1950, 1970})
    [0, 1950, 1960, 1970]
    """
    dated = [decade for decade in decades if decade]
    before = [0] if 0 in decades else []
    return [*before, *(range(min(dated), max(dated) + 10, 10) if dated else ())]
