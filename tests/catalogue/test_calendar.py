"""Calendars of anniversaries, read by another program (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import icalendar
from dateutil.rrule import rrulestr

from registry.catalogue.calendar import Anniversary, Head, Observed, write
from tests.tables import every_row

HEAD = Head("Perm", "https://example.org/", datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC))
DAY = Observed("https://example.org/day", "World Twin Cities Day", 1963, 4, "-1SU")


def written(*entries: Anniversary | Observed) -> str:
    return "".join(write(HEAD, entries))


def events(text: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def days(event: Any, until: int) -> list[date]:
    """Give the days on which an event recurs, up to a year."""
    rule = rrulestr(
        event["RRULE"].to_ical().decode(),
        dtstart=datetime.combine(event.start, datetime.min.time()),
    )
    return [day.date() for day in rule.between(datetime(1900, 1, 1), datetime(until, 12, 31))]


@every_row(
    ("start", "first", "next_one", "length"),
    [
        ("1995-05-04", date(1996, 5, 4), date(1997, 5, 4), 1),
        ("1995-02", date(1996, 2, 1), date(1997, 2, 1), 29),
        ("1995", date(2000, 1, 1), date(2005, 1, 1), 1),
        ("1996-02-29", date(1997, 2, 28), date(1998, 2, 28), 1),
        ("1995-12", date(1996, 12, 1), date(1997, 12, 1), 31),
    ],
)
def test_an_anniversary_recurs_as_exactly_as_it_is_known(
    start: str, first: date, next_one: date, length: int
) -> None:
    (event,) = events(written(Anniversary("https://example.org/a", "A – B", start)))
    assert days(event, 2005)[:2] == [first, next_one]
    assert (event.end - event.start).days == length


def test_a_day_that_is_observed_falls_on_its_weekday() -> None:
    (event,) = events(written(DAY))
    assert event.start == date(1963, 4, 28)
    assert days(event, 2026)[-1] == date(2026, 4, 26)
    assert all(day.weekday() == 6 for day in days(event, 2026))


def test_equal_entries_give_equal_bytes_in_lines_that_every_reader_takes() -> None:
    long = Anniversary("https://example.org/a", "Ö; b, c\\d\n" * 30, "1995", "só")
    text = written(long, DAY)
    assert text == written(long, DAY)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (first, _) = events(text)
    assert first["SUMMARY"] == long.title
    assert first["DESCRIPTION"] == "só"


@every_row("start", ["", "soon", "1995-13", "0000", "-5"])
def test_a_time_that_cannot_be_read_gives_no_event(start: str) -> None:
    assert events(written(Anniversary("https://example.org/a", "A", start))) == []
    assert events(written()) == []
