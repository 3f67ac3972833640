"""Canonical form: one way to write each literal, so that equal statements have equal bytes.

The table `FORMS` defines the lexical form by datatype (XML Schema 1.1 part 2,
https://www.w3.org/TR/xmlschema11-2/, where it has a canonical mapping; numbers by value). It is
what Oxigraph gives back, which a test proves: a statement is never changed by being stored.
Literals that are not well-formed stay as they are; shapes judge them. Strings are in Unicode
normalisation form C, language tags in lower case.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

import pyoxigraph as ox

from registry.terms import PREFIXES

VERSION: Final = "1"
"""Stands in every manifest; another table is another version."""

XSD: Final = PREFIXES["xsd"]

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ZONE: Final = r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_DAY: Final = r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3})-[01][0-9]-[0-3][0-9])"
_CLOCK: Final = r"([0-2][0-9]:[0-5][0-9]:[0-5][0-9])(\.[0-9]+)?"
_DATETIME: Final = re.compile(_DAY + "T" + _CLOCK + _ZONE)
_TIME: Final = re.compile(_CLOCK + _ZONE)
_ZONED: Final = re.compile(r"(.+?)[+-]00:00")
_DURATION: Final = re.compile(
    r"(-)?P(?=[0-9T])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?"
    r"(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?"
)


def _integer(text: str) -> str:
    """Write without plus sign and leading zeros, within 64 bits."""
    if not _INTEGER.fullmatch(text) or not -(2**63) <= (value := int(text)) < 2**63:
        return text
    return str(value)


def _decimal(text: str) -> str:
    """Write without needless zeros and point, within 18 decimals and 128 bits."""
    if not _DECIMAL.fullmatch(text):
        return text
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if len(fraction) > 18 or int(whole + fraction.ljust(18, "0")) >= 2**127:
        return text
    value = whole + ("." + fraction if fraction else "")
    return "-" + value if text.startswith("-") and value != "0" else value


def _positional(shortest: str) -> str:
    """Write digits and exponent as Oxigraph does, without exponent."""
    written = format(Decimal(shortest), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _floating(text: str, shortest: Callable[[float], str]) -> str:
    """Write a floating-point number with the fewest digits that give the value again."""
    if text in {"INF", "+INF", "-INF", "NaN"}:
        return text.removeprefix("+")
    if not _DOUBLE.fullmatch(text):
        return text
    written = shortest(float(text))
    return {"inf": "INF", "-inf": "-INF"}.get(written) or _positional(written)


def _double(text: str) -> str:
    """Write a 64-bit number."""
    return _floating(text, repr)


def _float(text: str) -> str:
    """Write a 32-bit number."""
    return _floating(text, _shortest_single)


def _shortest_single(value: float) -> str:
    """Find the fewest digits that give the same 32-bit number."""
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return "inf" if value > 0 else "-inf"
    candidates = (f"{single:.{digits}g}" for digits in range(1, 10))
    return next(
        c for c in candidates if struct.unpack("f", struct.pack("f", float(c)))[0] == single
    )


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
    """Write a date or part of one; only its time zone has several forms."""
    match = _ZONED.fullmatch(text)
    return match[1] + "Z" if match else text


def _datetime(text: str) -> str:
    """Write a moment: no trailing zeros, midnight as the start of a day."""
    match = _DATETIME.fullmatch(text)
    if not match:
        return text
    day, clock, fraction, zone = match.groups()
    if clock == "24:00:00" and not _fraction(fraction):
        try:
            day, clock = (date.fromisoformat(day) + timedelta(days=1)).isoformat(), "00:00:00"
        except (ValueError, OverflowError):
            return text
    return f"{day}T{clock}{_fraction(fraction)}{_zone(zone)}"


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
    years, months, days, hours, minutes, seconds = (
        Decimal(part or 0) for part in match.groups()[1:]
    )
    months += 12 * years
    seconds += 60 * minutes + 3600 * hours + 86_400 * days
    ahead = _parts((months // 12, "Y"), (months % 12, "M"), (seconds // 86_400, "D"))
    rest = seconds % 86_400
    behind = _parts((rest // 3600, "H"), (rest % 3600 // 60, "M"), (rest % 60, "S"))
    if not ahead and not behind:
        return zero
    return (match[1] or "") + "P" + ahead + ("T" + behind if behind else "")


def _parts(*parts: tuple[Decimal, str]) -> str:
    """Write the parts of a duration that are not nought."""
    return "".join(_decimal(format(count, "f")) + unit for count, unit in parts if count)


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


def term(
    value: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
) -> ox.NamedNode | ox.Literal | ox.BlankNode:
    """Give the canonical form of a term.

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
    """Give the canonical form of a literal; raise `Unstorable` where the store differs."""
    if value.direction is not None:
        raise Unstorable("a literal cannot have a direction here (RDF 1.1)")
    text = unicodedata.normalize("NFC", value.value)
    if value.language:
        return ox.Literal(text, language=value.language.lower())
    datatype, write = FORMS.get(value.datatype.value, (value.datatype.value, str))
    form = write(text)
    kept = datatype if form != text or _well_formed(text, write) else value.datatype.value
    result = ox.Literal(form, datatype=ox.NamedNode(kept))
    if value.datatype.value in FORMS and as_stored(result) != result:
        raise Unstorable(f"the value {value} cannot be stored exactly")
    return result


def _well_formed(text: str, write: Callable[[str], str]) -> bool:
    """Tell whether unchanged text is well-formed, so that its derived datatype is replaced."""
    if write is _datetime:
        return _DATETIME.fullmatch(text) is not None
    return write is not _integer or (
        _INTEGER.fullmatch(text) is not None and -(2**63) <= int(text) < 2**63
    )


def as_stored(value: ox.Literal) -> ox.Literal:
    """Give what the store makes of a literal."""
    store, node = ox.Store(), ox.NamedNode("urn:x")
    store.add(ox.Quad(node, node, value))
    return cast("ox.Literal", next(iter(store)).object)
