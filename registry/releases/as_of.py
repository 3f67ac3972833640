"""The as-of date: the only "today" that rules and shapes know.

It is given, or is the newest date that any source states of itself or of a claim, so that a
release validated again next year is validated the same.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from registry import terms
from registry.graphs.graph import WRITABLE, Graph

_STATES: Final = "|".join(re.escape(terms.prefixed(name)) for name in ("cl:asOf", "dcterms:issued"))
_STATED: Final = re.compile(rf'^<[^>]*> <(?:{_STATES})> "([0-9-]*)"'.encode(), re.MULTILINE)
"""A line that states a date of a source or a claim."""

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")

NEWEST: Final = "newest"
"""The file, beside those of a graph, with the newest date that it states."""

EARLIEST: Final = "1900-01-01"
"""The as-of date of a registry whose sources state no date at all."""


def newest(graphs: Iterable[Graph]) -> str:
    """Return the newest date that sources state: the last day of a month or year that is whole."""
    return newest_day(map(newest_of, graphs))


def newest_day(days: Iterable[str]) -> str:
    """Return the newest of the dates that graphs state."""
    return max(days, default="") or EARLIEST


def newest_of(graph: Graph) -> str:
    """Return the newest date that one graph states, where it is a source; empty = none."""
    if graph.role not in WRITABLE:
        return ""
    stated = (last_day(found[1].decode()) for found in _STATED.finditer(graph.ntriples))
    return max((day for day in stated if day), default="")


def last_day(text: str) -> str | None:
    """Return the last day of a date, month or year; None where there is none.

    >>> last_day("2020-02"), last_day("1992"), last_day("spring")
    ('2020-02-29', '1992-12-31', None)
    """
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month = int(match[1]), int(match[2] or 12)
    try:
        day = int(match[3]) if match[3] else calendar.monthrange(year, month)[1]
        return date(year, month, day).isoformat()
    except (ValueError, calendar.IllegalMonthError):
        return None
