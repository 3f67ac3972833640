"""The as-of date: the only "today" that rules and shapes know.

It is given, or is the newest date that any source states of itself or of a claim, so that a
release validated again next year is validated the same. It never lies after the day of the
publish: a slip of the pen ("2099") does not make all planned ends pass. A month or year that is
not over then counts from its first day.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from registry import terms
from registry.graphs.graph import WRITABLE, Graph

_NAMES: Final = ("cl:asOf", "dcterms:issued", "cl:issuedEarliest")
_STATES: Final = "|".join(re.escape(terms.prefixed(name)) for name in _NAMES)
_STATED: Final = re.compile(rf'> <(?:{_STATES})> "([0-9-]*)"'.encode())
"""Where a line states a date of a source or a claim; inside a literal no quote is without `\\`."""

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")

STATED: Final = "dates"
"""The file, beside those of a graph, with the dates that it states, a line each."""

EARLIEST: Final = "1900-01-01"
"""The as-of date of a registry whose sources state no date at all."""


def newest(dates: Iterable[str], today: str) -> str:
    """Return the newest day of some dates that does not lie after today.

    >>> newest(["2023-04-04", "2099", "1992"], "2026-11-29"), newest(["2026"], "2026-11-29")
    ('2023-04-04', '2026-01-01')
    """
    bounds = [(first_day(text), last_day(text)) for text in dates]
    days = (day for first, last in bounds for day in (last, first) if day and day <= today)
    return max(days, default=EARLIEST)


def known_until(dates: Iterable[str], today: str) -> str:
    """Return the last day that sources with some dates can know, given today.

    A source of this year can tell of each day of it, and one of the day after tomorrow of none:
    what is said to have happened after that day is a slip of the pen, or only announced. It
    follows the sources and not the clock, so that the same data make the same release.

    >>> known_until(["2023-04-04", "2099", "1992"], "2026-11-29")
    '2023-04-04'
    >>> known_until(["2026", "2023-04-04"], "2026-11-29")
    '2026-12-31'
    """
    bounds = [(first_day(text), last_day(text)) for text in dates]
    return max((last for first, last in bounds if first and last and first <= today), default=today)


def stated_by(graph: Graph) -> frozenset[str]:
    """Return the dates that one graph states of sources and claims, where it is a source."""
    if graph.role not in WRITABLE:
        return frozenset()
    found = set[bytes]().union(*(_STATED.findall(block) for block in graph.blocks()))
    return frozenset(text for text in map(bytes.decode, found) if last_day(text))


def first_day(text: str) -> str | None:
    """Return the first day of a date, month or year; None where there is none.

    >>> first_day("2020-02"), first_day("1992"), first_day("spring")
    ('2020-02-01', '1992-01-01', None)
    """
    return (text + "-01-01"[len(text) - 4 :])[:10] if last_day(text) else None


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


def years_before(day: str, years: int) -> str:
    """Return the same day some years before; 29 February becomes the 28th.

    >>> years_before("2024-02-29", 5), years_before("2023-04-04", 5)
    ('2019-02-28', '2018-04-04')
    """
    then = f"{max(int(day[:4]) - years, 1):04}{day[4:]}"
    return then if last_day(then) else f"{then[:8]}28"
