"""Anniversaries of links and days that are observed, as a calendar (RFC 5545).

An event recurs every year on the day on which a link began. Where only the month is known, it is
the whole month; where only the year is known, a day could only be made up: every fifth year has
an event on its first day, which says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from icalendar import Event

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
    # Few readers ask for calendars, and every start of a server would wait for it to load.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Citylinks//citylinks//EN")
    calendar.add("version", "2.0")
    calendar.add("name", head.name)
    calendar.add("x-wr-calname", head.name)
    calendar.add("url", head.url)
    calendar.add("last-modified", head.as_of)
    begin, end = calendar.to_ical().decode().split("END:VCALENDAR")
    yield begin
    for entry in entries:
        if event := _event(entry, head.as_of):
            yield event.to_ical().decode()
    yield f"END:VCALENDAR{end}"


def _event(entry: Anniversary | Observed, at: datetime) -> Event | None:
    """Make an event; None where its time cannot be read."""
    try:
        timed = _observed(entry) if isinstance(entry, Observed) else _anniversary(entry.start)
    except ValueError:
        return None
    from icalendar import Event

    event = Event()
    event.add("uid", entry.iri)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("summary", entry.title)
    for name, value in timed.items():
        event.add(name, value)
    event.add("url", entry.iri)
    if entry.note:
        event.add("description", entry.note)
    event.add("transp", "TRANSPARENT")
    return event


def _anniversary(start: str) -> dict[str, Any]:
    """Return the first anniversary of a date of whatever precision, and how it recurs."""
    parts = [int(part) for part in start.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    step = _ROUND if len(parts) == 1 else 1
    first = _shifted(date(year, month, day), step)
    rule = {"freq": "yearly", **({"interval": step} if step > 1 else {})}
    if len(parts) == 2:
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1)  # of the next month
    else:
        last = first + timedelta(days=1)
    return {"dtstart": first, "dtend": last, "rrule": rule}


def _shifted(day: date, years: int) -> date:
    """Return the same day some years later; the 29th of February becomes the 28th."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap else day.day)


def _observed(entry: Observed) -> dict[str, Any]:
    """Return the first day that a rule such as the last Sunday of April means."""
    position, weekday = int(entry.day[:-2]), _WEEKDAYS.index(entry.day[-2:])
    days = [
        day
        for offset in range(31)
        if (day := date(entry.first, entry.month, 1) + timedelta(days=offset)).month == entry.month
        and day.weekday() == weekday
    ]
    first = days[position] if position < 0 else days[position - 1]
    rule = {"freq": "yearly", "bymonth": entry.month, "byday": entry.day}
    return {"dtstart": first, "dtend": first + timedelta(days=1), "rrule": rule}


_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
