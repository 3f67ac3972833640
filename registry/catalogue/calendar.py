"""Anniversaries of links and days that are observed, as a calendar (RFC 5545).

An event recurs every year on the day on which a link began. Where only the month is known, it is
the whole month; where only the year is known, a day could only be made up: every fifth year has
an event on its first day, which says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

_ROUND: Final = 5
"""Years from one anniversary to the next where only the year is known."""


@dataclass(frozen=True)
class Anniversary:
    """A link that began at a time: year, month or day; `title` says what began."""

    iri: str
    title: str
    start: str
    note: str = ""


@dataclass(frozen=True)
class Observed:
    """A day that is observed by a rule: its first year, and the rule's month and day."""

    iri: str
    title: str
    first: int
    month: int
    day: str
    note: str = ""


@dataclass(frozen=True)
class Head:
    """What a calendar is called, where it comes from, and the time it speaks for (UTC)."""

    name: str
    url: str
    as_of: datetime


def write(head: Head, entries: Iterable[Anniversary | Observed]) -> Iterator[str]:
    """Write a calendar in parts; equal entries give equal bytes."""
    at = f"{head.as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield _lines(
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//Citylinks//citylinks//EN"),
        ("NAME", _escaped(head.name)),
        ("X-WR-CALNAME", _escaped(head.name)),
        ("LAST-MODIFIED", at),
        ("URL", head.url),
    )
    for entry in entries:
        yield _event(entry, at)
    yield _lines(("END", "VCALENDAR"))


def _event(entry: Anniversary | Observed, at: str) -> str:
    """Write an event; nothing where its time cannot be read."""
    try:
        timed = _observed(entry) if isinstance(entry, Observed) else _anniversary(entry.start)
    except ValueError:
        return ""
    return _lines(
        ("BEGIN", "VEVENT"),
        ("SUMMARY", _escaped(entry.title)),
        ("DTSTART;VALUE=DATE", f"{timed.first:%Y%m%d}".zfill(8)),
        ("DTEND;VALUE=DATE", f"{timed.end:%Y%m%d}".zfill(8)),
        ("DTSTAMP", at),
        ("UID", entry.iri),
        ("RRULE", timed.rule),
        *([("DESCRIPTION", _escaped(entry.note))] if entry.note else []),
        ("TRANSP", "TRANSPARENT"),
        ("URL", entry.iri),
        ("END", "VEVENT"),
    )


def _lines(*properties: tuple[str, str]) -> str:
    return "".join(f"{_folded(f'{name}:{value}')}\r\n" for name, value in properties)


_ESCAPES: Final = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})


def _escaped(text: str) -> str:
    r"""Write a text as a value (RFC 5545, section 3.3.11).

    >>> _escaped("a; b, c\\d\n")
    'a\\; b\\, c\\\\d\\n'
    """
    return text.translate(_ESCAPES)


_LONGEST: Final = 75
"""Octets of a line (RFC 5545, section 3.1)."""


def _folded(line: str) -> str:
    """Cut a line between characters; each part after the first begins with a space."""
    if len(content := line.encode()) <= _LONGEST:
        return line
    parts, at = [], 0
    while at < len(content):
        end = at + _LONGEST - bool(at)
        while end < len(content) and content[end] & 0xC0 == 0x80:  # Within a character.
            end -= 1
        parts.append(content[at:end].decode())
        at = end
    return "\r\n ".join(parts)


@dataclass(frozen=True)
class _Timed:
    """The first days of an event, the day after them, and the rule by which it recurs."""

    first: date
    end: date
    rule: str


def _anniversary(start: str) -> _Timed:
    """Return the first anniversary of a date of whatever precision, and how it recurs."""
    parts = [int(part) for part in start.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    step = _ROUND if len(parts) == 1 else 1
    first = _shifted(date(year, month, day), step)
    if len(parts) == 2:
        end = (first.replace(day=28) + timedelta(days=4)).replace(day=1)  # of the next month
    else:
        end = first + timedelta(days=1)
    return _Timed(first, end, "FREQ=YEARLY" + (f";INTERVAL={step}" if step > 1 else ""))


def _shifted(day: date, years: int) -> date:
    """Return the same day some years later; the 29th of February becomes the 28th."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap else day.day)


def _observed(entry: Observed) -> _Timed:
    """Return the first day that a rule such as the last Sunday of April means."""
    position, weekday = int(entry.day[:-2]), _WEEKDAYS.index(entry.day[-2:])
    days = [
        day
        for offset in range(31)
        if (day := date(entry.first, entry.month, 1) + timedelta(days=offset)).month == entry.month
        and day.weekday() == weekday
    ]
    first = days[position] if position < 0 else days[position - 1]
    rule = f"FREQ=YEARLY;BYDAY={entry.day};BYMONTH={entry.month}"
    return _Timed(first, first + timedelta(days=1), rule)


_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
