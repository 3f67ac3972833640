"""Values worded for people: dates, numbers, durations and yes or no in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Final

import pyoxigraph as ox
from babel import Locale, dates, numbers, units

from registry import terms

XSD: Final = terms.PREFIXES["xsd"]
_HOURS: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_LOCALES: Final = {"en": "en_GB"}
"""Locales of dates and numbers where the plain language would give another country's."""

_YES_NO: Final = {
    "en": ("yes", "no"),
    "it": ("sì", "no"),
    "fr": ("oui", "non"),
    "de": ("ja", "nein"),
    "es": ("sí", "no"),
}


def worded(value: ox.Literal, language: str) -> str:
    """Word a literal in one of the interface's languages; strings stay as they are."""
    kind = value.datatype.value.removeprefix(XSD)
    return _written(kind, value.value, language) if kind in _WRITERS else value.value


@lru_cache(1 << 13)
def _written(kind: str, text: str, language: str) -> str:
    """Word a value of a datatype; what is none stays as it is."""
    try:
        return _WRITERS[kind](text, Locale.parse(_LOCALES.get(language, language)))
    except (ValueError, OverflowError):
        return text


def day(text: str, language: str) -> str:
    """Word an ISO date as far as it is known.

    >>> day("2022-04-30", "de"), day("2022-04", "de"), day("2022", "de"), day("", "de")
    ('30. April 2022', 'April 2022', '2022', '')
    """
    kind = _PRECISIONS.get(len(text))
    return _written(kind, text, language) if kind else text


def number(value: int, language: str) -> str:
    """Word a whole number.

    >>> number(106550, "de")
    '106.550'
    """
    return _written("integer", str(value), language)


@lru_cache(1 << 10)
def decimal(value: float, language: str) -> str:
    """Word a number with at most two places.

    >>> decimal(0.25, "de"), decimal(3.0, "en")
    ('0,25', '3')
    """
    return str(numbers.format_decimal(value, "0.##", locale=_LOCALES.get(language, language)))


def size(count: int, language: str) -> str:
    r"""Word a number of bytes, in thousands or millions of them.

    >>> size(512, "en"), size(12_345, "fr"), size(1_250_000, "de")
    ('1 kB', '12\xa0ko', '1,2 MB')
    """
    locale = _LOCALES.get(language, language)
    large = count >= _MEGA
    shown = round(count / _MEGA, 1) if large else max(1, round(count / 1000))
    unit = "digital-megabyte" if large else "digital-kilobyte"
    return str(units.format_unit(shown, unit, "short", locale=locale)).replace("\u202f", "\u00a0")


_MEGA: Final = 1_000_000


def period(start: ox.Literal | None, end: ox.Literal | None, language: str) -> str:
    """Word a start and an end together; either may be unknown."""
    if start is None or end is None or start == end:
        known = start or end
        return worded(known, language) if known else ""
    if {start.datatype.value, end.datatype.value} == {XSD + "date"}:
        days = (date.fromisoformat(start.value), date.fromisoformat(end.value))
        return dates.format_interval(*days, "yMMMd", locale=_LOCALES.get(language, language))
    return f"{worded(start, language)} – {worded(end, language)}"


def issued(
    stated: ox.Literal | None,
    earliest: ox.Literal | None,
    latest: ox.Literal | None,
    language: str,
) -> str:
    """Word when a document came out: on the date that it states, else within its bounds."""
    if stated or (earliest and latest):
        return worded(stated, language) if stated else period(earliest, latest, language)
    sign, bound = ("≥", earliest) if earliest else ("≤", latest)
    return f"{sign} {worded(bound, language)}" if bound else ""


def _date(text: str, locale: Locale) -> str:
    return dates.format_date(date.fromisoformat(text), "long", locale=locale)


def _month(text: str, locale: Locale) -> str:
    return dates.format_skeleton("yMMMM", date.fromisoformat(text + "-01"), locale=locale)


def _time(text: str, locale: Locale) -> str:
    return dates.format_time(time.fromisoformat(text), "short", locale=locale)


def _number(text: str, locale: Locale) -> str:
    return numbers.format_decimal(text, locale=locale, decimal_quantization=False)


def _boolean(text: str, locale: Locale) -> str:
    return _YES_NO[locale.language][text != "true"]


def _duration(text: str, locale: Locale) -> str:
    """Word a duration of days, hours, minutes and seconds; others stay as they are."""
    match = _HOURS.fullmatch(text)
    if not match:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return dates.format_timedelta(span, threshold=2, locale=locale)


_WRITERS: Final[dict[str, Callable[[str, Locale], str]]] = {
    "date": _date,
    "gYearMonth": _month,
    "time": _time,
    "integer": _number,
    "decimal": _number,
    "boolean": _boolean,
    "duration": _duration,
}


_PRECISIONS: Final = {7: "gYearMonth", 10: "date"}
"""The datatypes of dates by their length; a year is worded as it is."""


@lru_cache(1 << 11)
def country_name(code: str, language: str) -> str:
    """Word a country's code (ISO 3166-1 alpha-2); a code that is not known stays as it is.

    >>> country_name("DE", "it"), country_name("", "it")
    ('Germania', '')
    """
    return str(Locale(language).territories.get(code, code))


def language_name(tag: str, language: str) -> str:
    """Word a language tag; a tag that is not known stays as it is.

    >>> language_name("fi", "it")
    'finlandese'
    """
    return Locale(language).languages.get(tag) or tag
