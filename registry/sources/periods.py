"""Periods in free text: the first and the last day of which such a text tells, or neither.

    August 2021 - September 2022     2021-08, 2022-09
    01/03/2021 - 29/02/2024          2021-03-01, 2024-02-29
    2015 ongoing                     2015, no end
    Three hours a session            neither

A text is read whole or not at all: a year somewhere in a sentence may be that of something else.
"""

from __future__ import annotations

import re
from datetime import date as day_of
from typing import Final

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        "january february march april may june july august september october november "
        "december".split(),
        1,
    )
}
_FIGURES: Final = re.compile(r"(\d{1,2})\s*[./]\s*(\d{1,2})\s*[./]\s*(\d{4})")
_WORDS: Final = re.compile(r"(?:(\d{1,2})\s+)?([a-z]+)\s+(\d{4})")
_YEAR: Final = re.compile(r"\d{4}")
_STILL: Final = re.compile(
    r"\s*[-–]?\s*(?:(?:to |until )?(?:ongoing|date|today|now|current|present))?\s*$", re.IGNORECASE
)
_BETWEEN: Final = re.compile(r"\s*–\s*|\s+-\s*|(?<=\d)-(?=\d{4}$)|\s+to\s+")


def read(text: str) -> tuple[str, str]:
    """Return the beginning and the end of a period, as precise as they are told; else empty.

    >>> read("1 March 2021 - 29 February 2024"), read("2022-2023"), read("2016 to date")
    (('2021-03-01', '2024-02-29'), ('2022', '2023'), ('2016', ''))
    >>> read("1 week"), read("January 2019, October 2023+")
    (('', ''), ('', ''))
    """
    text = text.strip().rstrip(".")
    if since := date(_STILL.sub("", text)):
        # A single date is not the beginning of something that lasts.
        return ("", "") if date(text) else (since, "")
    parts = _BETWEEN.split(text)
    since, until = (date(parts[0]), date(parts[1])) if len(parts) == 2 else ("", "")
    return (since, until) if since and until and since[:4] <= until[:4] else ("", "")


def date(text: str) -> str:
    """Read a year, month or day in figures, or with the English name of the month; else empty.

    >>> date("June 2022"), date("23/2/2021"), date("2022"), date("31.02.2020"), date("Spring 2022")
    ('2022-06', '2021-02-23', '2022', '', '')
    """
    text = text.strip().lower()
    if found := _FIGURES.fullmatch(text):
        return _day(*map(int, reversed(found.groups())))
    if (found := _WORDS.fullmatch(text)) and (month := _MONTHS.get(found[2])):
        return _day(int(found[3]), month, int(found[1])) if found[1] else f"{found[3]}-{month:02}"
    return text if _YEAR.fullmatch(text) else ""


def _day(year: int, month: int, day: int) -> str:
    try:
        return day_of(year, month, day).isoformat()
    except ValueError:
        return ""
