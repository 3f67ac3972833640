"""Canonical form: one way to write each literal, so that equal statements have equal bytes.

The table `FORMS` defines the lexical form by datatype (XML Schema 1.1 part 2,
https://www.w3.org/TR/xmlschema11-2/, where it has a canonical mapping; numbers by value). It is
what Oxigraph gives back, which a test proves: a statement is never changed by being stored.
Literals that are not well-formed, or beyond the store's range, stay as they are; shapes validate
them. Strings are in Unicode normalisation form C, language tags in lower case.
"""

from __future__ import annotations

import math
import re
import struct
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, ROUND_UP, Context, Decimal
from functools import lru_cache
from typing import Final, cast

import pyoxigraph as ox

from registry.terms import PREFIXES

VERSION: Final = "1"
"""The version of `FORMS`, which stands in every manifest."""

XSD: Final = PREFIXES["xsd"]

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]{1,19})")
_DECIMAL: Final = re.compile(r"([+-]?)(?=[.]?[0-9])0*([0-9]*)(?:[.]([0-9]*?)0*)?")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ZONE: Final = r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_DAY: Final = r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-([01][0-9]-[0-3][0-9])"
_CLOCK: Final = r"([0-2][0-9]:[0-5][0-9]:[0-5][0-9])(\.[0-9]+)?"
_DATETIME: Final = re.compile(f"{_DAY}T{_CLOCK}{_ZONE}")
_TIME: Final = re.compile(_CLOCK + _ZONE)
_ZONED: Final = re.compile(r"(?:-(?=0000))?(.+?)([+-]00:00)?")

_PART: Final = "([0-9]{1,30})"
_DURATION: Final = re.compile(
    rf"(-)?P(?=[0-9T])(?:{_PART}Y)?(?:{_PART}M)?(?:{_PART}D)?"
    rf"(?:T(?=[0-9])(?:{_PART}H)?(?:{_PART}M)?(?:{_PART}(?:[.]([0-9]{{1,30}}))?S)?)?"
)
"""No part has more digits than Python reckons with; the store's range ends before."""


def _integer(text: str) -> str:
    """Write without plus sign and leading zeros."""
    match = _INTEGER.fullmatch(text)
    return str(int(match[1] + match[2])) if match else text


def _decimal(text: str) -> str:
    """Write without plus sign, needless zeros and point."""
    match = _DECIMAL.fullmatch(text)
    if not match:
        return text
    sign, whole, fraction = match.groups()
    value = (whole or "0") + ("." + fraction if fraction else "")
    return "-" + value if sign == "-" and value != "0" else value


def _double(text: str) -> str:
    """Write a 64-bit number."""
    return _floating(text, float, 17)


def _float(text: str) -> str:
    """Write a 32-bit number."""
    return _floating(text, _single, 9)


def _single(value: float) -> float:
    """Return the nearest 32-bit number."""
    try:
        return cast("float", struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _floating(text: str, nearest: Callable[[float], float], digits: int) -> str:
    """Write a floating-point number with the fewest digits that give it again, no exponent."""
    if text in {"INF", "+INF", "-INF", "NaN"}:
        return text.removeprefix("+")
    if not _DOUBLE.fullmatch(text):
        return text
    value = nearest(float(text))
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    written = format(next(n for n in _rounded(value, digits) if nearest(float(n)) == value), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _rounded(value: float, most: int) -> Iterator[Decimal]:
    """Yield roundings by number of digits, halves away from nought.

    Below a power of two numbers lie closer together than above it, so there the nearest rounding
    can miss where the one away from nought does not.
    """
    for digits in range(1, most + 1):
        for rounding in (ROUND_HALF_UP, ROUND_UP):
            yield Context(prec=digits, rounding=rounding).create_decimal(Decimal(value))


def _boolean(text: str) -> str:
    """Write `true` or `false`."""
    return {"1": "true", "0": "false"}.get(text, text)


def _zone(zone: str | None) -> str:
    """Write Greenwich as Z."""
    return "Z" if zone in {"+00:00", "-00:00"} else zone or ""


def _fraction(fraction: str | None) -> str:
    """Write decimals of a second without trailing zeros."""
    return (fraction or "").rstrip("0").rstrip(".")


def _zoned(text: str) -> str:
    """Write a date or part of one; its time zone has several forms, and so has the year nought."""
    match = _ZONED.fullmatch(text)
    return match[1] + _zone(match[2]) if match else text


def _datetime(text: str) -> str:
    """Write a moment: no trailing zeros, midnight as the start of a day."""
    match = _DATETIME.fullmatch(text)
    if not match:
        return text
    year, day, clock, fraction, zone = match.groups()
    year = year.replace("-0000", "0000")
    if clock == "24:00:00":
        year, day, clock = *_next_day(year, day), "00:00:00"
    return f"{year}-{day}T{clock}{_fraction(fraction)}{_zone(zone)}"


def _next_day(year: str, day: str) -> tuple[str, str]:
    """Return the year and day after a day; the calendar comes again every 400 years."""
    if len(year) > 20:
        return year, day
    cycle = 2000 + int(year) % 400
    try:
        after = date.fromisoformat(f"{cycle}-{day}") + timedelta(days=1)
    except ValueError:
        return year, day
    number = int(year) + after.year - cycle
    return f"{'-' if number < 0 else ''}{abs(number):04}", f"{after:%m-%d}"


def _time(text: str) -> str:
    """Write a time of day: no trailing zeros, midnight as 00:00:00."""
    match = _TIME.fullmatch(text)
    if not match:
        return text
    clock, fraction, zone = match.groups()
    clock = "00:00:00" if clock == "24:00:00" else clock
    return f"{clock}{_fraction(fraction)}{_zone(zone)}"


def _duration(text: str, zero: str = "PT0S") -> str:
    """Write a duration: months carried into years, seconds into minutes, hours and days."""
    match = _DURATION.fullmatch(text)
    if not match:
        return text
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:7])
    months += 12 * years
    seconds += 60 * minutes + 3600 * hours + 86_400 * days
    ahead = _parts((months // 12, "Y"), (months % 12, "M"), (seconds // 86_400, "D"))
    behind = _parts((seconds // 3600 % 24, "H"), (seconds // 60 % 60, "M"))
    last = _decimal(f"{seconds % 60}.{match[8] or 0}")
    behind += f"{last}S" if last != "0" else ""
    if not ahead and not behind:
        return zero
    return (match[1] or "") + "P" + ahead + ("T" + behind if behind else "")


def _parts(*parts: tuple[int, str]) -> str:
    """Write the parts of a duration that are not nought."""
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def _months(text: str) -> str:
    """Write a duration of years and months."""
    return _duration(text, "P0M")


_INTEGERS: Final = (
    "integer nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger long int "
    "short byte unsignedLong unsignedInt unsignedShort unsignedByte"
).split()

FORMS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    **{XSD + name: (XSD + "integer", _integer) for name in _INTEGERS},
    XSD + "decimal": (XSD + "decimal", _decimal),
    XSD + "double": (XSD + "double", _double),
    XSD + "float": (XSD + "float", _float),
    XSD + "boolean": (XSD + "boolean", _boolean),
    XSD + "dateTime": (XSD + "dateTime", _datetime),
    XSD + "dateTimeStamp": (XSD + "dateTime", _datetime),
    XSD + "time": (XSD + "time", _time),
    XSD + "duration": (XSD + "duration", _duration),
    XSD + "dayTimeDuration": (XSD + "dayTimeDuration", _duration),
    XSD + "yearMonthDuration": (XSD + "yearMonthDuration", _months),
    **{
        XSD + name: (XSD + name, _zoned)
        for name in ("date", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay")
    },
}
"""By datatype: the datatype and the lexical form it is written in."""


class Unstorable(ValueError):
    """A term that the store would change, or that RDF 1.1 does not have."""


def triple(statement: ox.Triple) -> ox.Triple:
    """Return the canonical form of a statement; Unstorable as `term` has it."""
    return ox.Triple(statement.subject, statement.predicate, term(statement.object))


def term(
    value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
) -> ox.NamedNode | ox.Literal | ox.BlankNode:
    """Return the canonical form of a term.

    Raises
    ------
    Unstorable
        for a literal that the store cannot hold unchanged, and for terms of RDF 1.2.

    """
    if isinstance(value, ox.Literal):
        return literal(value)
    if isinstance(value, ox.Triple):
        raise Unstorable("a triple cannot be a term here (RDF 1.1)")
    return value


@lru_cache(maxsize=100_000)
def literal(value: ox.Literal) -> ox.Literal:
    """Return the canonical form of a literal; raise `Unstorable` where the store differs."""
    if value.direction is not None:
        raise Unstorable("a literal cannot have a direction here (RDF 1.1)")
    text = unicodedata.normalize("NFC", value.value)
    if value.language:
        return ox.Literal(text, language=value.language.lower())
    given = ox.Literal(text, datatype=value.datatype)
    if value.datatype.value not in FORMS:
        return given
    datatype, write = FORMS[value.datatype.value]
    written, stored = ox.Literal(write(text), datatype=ox.NamedNode(datatype)), as_stored(given)
    if stored in {written, given}:
        return stored
    raise Unstorable(f"{given} is not well-formed, and the store would read it as {stored}")


def as_stored(value: ox.Literal) -> ox.Literal:
    """Return a literal as the store returns it once it was added."""
    store, node = ox.Store(), ox.NamedNode("urn:x")
    store.add(ox.Quad(node, node, value))
    return cast("ox.Literal", next(iter(store)).object)


def degrees(number: float) -> ox.Literal:
    """Write degrees as a decimal number, in canonical form.

    >>> degrees(45.0).value, degrees(-0.5).value, degrees(-0.0).value
    ('45', '-0.5', '0')
    """
    return literal(ox.Literal(f"{number:.6f}", datatype=_DEGREES))


_DEGREES: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
