"""Tables: statements from CSV and TSV files, by a mapping."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import IO, Final

from registry import charsets, csv_rows, progress, shipped, terms
from registry.identity.mentions import Mention
from registry.places.countries import code_of, is_territory
from registry.places.names import fold
from registry.places.position import Position
from registry.problems import Problem
from registry.releases.as_of import last_day
from registry.sources import mapping as mappings
from registry.sources import periods
from registry.sources.locations import mention_of
from registry.sources.mapping import MEMBERSHIPS, PRACTICES, Mapping
from registry.sources.provenance import is_address
from registry.sources.reader import Reader
from registry.sources.statements import (
    LinkRow,
    MemberRow,
    PracticeRow,
    Reading,
    Refusal,
    Row,
    key_of,
)

KINDS: Final = frozenset("twinning friendship cooperation contact".split())
STATUSES: Final = frozenset("proposed active dormant suspended ended unknown".split())
_ITEM: Final = re.compile(r"Q[1-9][0-9]*")
_SHARED: Final = 3
"""From how many names on a position is that of none of them."""

_SHOWN: Final = 20
"""Columns of a table that a refusal lists."""

_DELIMITERS: Final = (";", "\t", ",", "|")

_LONGEST: Final = 500
"""Characters of the longest name that is read."""


_OF_MEMBERS: Final[Sequence[str]] = "role page field status note record topic".split()
"""What a membership has beside its city, network and dates."""

_OF_PRACTICES: Final[Sequence[str]] = "organisation topic type kind measure transferability".split()
"""What a practice has beside its title, place, dates and page."""

_SCHEMES: Final = {
    "topic": "topic",
    "type": "practice-type",
    "kind": "heritage-kind",
    "measure": "heritage-measure",
}
"""The schemes from which the words of a practice are."""

_MIDNIGHT: Final = re.compile(r"(?<=-\d\d)[ T]00:00(?::00(?:\.0+)?)?Z?$")
"""The time that a spreadsheet or a database adds to a day."""


@cache
def concepts_of(scheme: str) -> frozenset[str]:
    """List the concepts of a scheme by their last part: `heritage-kind` has `tangible`."""
    path = next(one for one in shipped.scheme_files() if one.stem == scheme)
    pattern = rf"^<{re.escape(terms.SCHEME + scheme)}/([^/>]+)> a skos:Concept"
    return frozenset(re.findall(pattern, path.read_text("utf-8"), re.MULTILINE))


class _Fault(ValueError):
    """What is wrong with a row."""


def read(paths: list[Path], mapping: Mapping) -> Reading:
    """Read tables of one form, in the order of their names.

    Raises
    ------
    Problem
        `data-syntax` when a file cannot be read at all; rows that cannot are in the reading.

    """
    reading = Reading(mapping.document, looked_up=mapping.looked_up)
    seen: set[str] = set()
    for path in sorted(paths):
        for line, cells in progress.counted(_rows(path, mapping)):
            try:
                row = _row(cells, mapping, f"{path.name}, line {line}")
            except _Fault as error:
                reading.refused.append(Refusal(line, f"{path.name}: {error}"))
                continue
            if not cells.get(mapping.statement.get("kind", ""), "-"):
                reading.noticed["rows without a kind, of which the usual one is taken"] += 1
            _notice(reading, row, seen)
    _forget_shared_positions(reading)
    return reading


READER: Final = Reader(lambda source: read(list(source.files), mappings.named(source.mapping)))


def _forget_shared_positions(reading: Reading) -> None:
    """Forget positions that several names share: they are those of a country, not of a place."""
    names: defaultdict[Position, set[str]] = defaultdict(set)
    for mention in (m for row in reading.rows for m in row.places):
        if mention.position:
            names[mention.position].add(fold(mention.name))
    shared = {position for position, named in names.items() if len(named) >= _SHARED}

    def doubted(mention: Mention) -> Mention:
        if mention.position not in shared:
            return mention
        reading.noticed["positions that several places share"] += 1
        return replace(mention, position=None)

    reading.rows = [row.of(*map(doubted, row.places)) for row in reading.rows]


def _rows(path: Path, mapping: Mapping) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with their lines."""
    form = mapping.form
    try:
        with path.open("rb") as file:
            encoding = form.encoding or _recognised(file, path.name)
            text = io.TextIOWrapper(file, encoding, newline="")
            head, rows = csv_rows.records(text, form.delimiter)
            _refuse_other_columns(path.name, mapping, head)
            for line, cells, _ in rows:
                yield line, {k: v.strip() for k, v in cells.items() if k}
    except (OSError, UnicodeDecodeError, LookupError, csv.Error) as error:
        raise Problem("data-syntax", f"{path.name} cannot be read: {error}") from error


def _refuse_other_columns(name: str, mapping: Mapping, columns: list[str]) -> None:
    """Refuse a table without the columns that a mapping names, and list those that it has."""
    missing = sorted(mapping.columns - set(columns))
    if not missing:
        return
    detail = f"{name} has no column {missing[0]!r}, but {', '.join(map(repr, columns[:_SHOWN]))}"
    detail += ", …" if len(columns) > _SHOWN else ""
    others = [one for one in _DELIMITERS if len(columns) == 1 and one in columns[0]]
    if others:
        detail += (
            f"; are they separated by {others[0]!r}? [format] delimiter of the mapping says so"
        )
    raise Problem("data-syntax", detail)


def _recognised(file: IO[bytes], name: str) -> str:
    """Return the encoding of a table; names read in a guessed one would mint wrong references."""
    try:
        encoding = charsets.encoding_of(file)
    except Problem as problem:
        raise Problem(problem.name, f"{name}: {problem.detail}") from problem
    if encoding not in charsets.UNICODE:
        raise Problem(
            "data-syntax",
            f"{name} is not in UTF-8, but seems to be in {encoding}; look whether that is so, and"
            f' state it in the mapping: encoding = "{encoding}" in [format]',
        )
    return encoding


def _row(cells: dict[str, str], mapping: Mapping, place: str) -> Row:
    """Read a row."""
    told = _told(cells, mapping.statement, mapping, "")
    since, until = _date(told, "since"), _date(told, "until")
    key, locator = key_of(list(cells.values())), told.get("locator") or place
    if mapping.target == PRACTICES:
        return _practice(cells, told, key, locator, mapping)
    city = _mention(_told(cells, mapping.city, mapping, "city."), mapping)
    if mapping.target == MEMBERSHIPS:
        if not told.get("network"):
            raise _Fault("the network is missing")
        words = {name: told[name] for name in _OF_MEMBERS if name in told}
        _refuse_no_address(words)
        network, called = told["network"], mapping.names.get(told["network"], {})
        names = tuple((tag, name) for tag, listed in called.items() for name in listed)
        dates = {"since": since, "until": until}
        return MemberRow(city, network, key, locator, **dates, **words, names=names)
    partner = _mention(_told(cells, mapping.partner, mapping, "partner."), mapping)
    kind, status = _concept(told, "kind", KINDS, "twinning"), _concept(told, "status", STATUSES)
    return LinkRow(city, partner, key, locator, kind, status, since, until)


def _practice(
    cells: dict[str, str], told: dict[str, str], key: str, locator: str, mapping: Mapping
) -> PracticeRow:
    """Read a practice, whose place is told in free text."""
    title, ref = told.get("title", ""), told.get("ref", "")
    if not title or not ref:
        raise _Fault("the title is missing" if not title else "the reference is missing")
    told |= mapping.own.get(ref, {})
    for name, scheme in _SCHEMES.items():
        _concept(told, name, concepts_of(scheme), what=f"a concept of {scheme}")
    since, until = periods.read(told.get("period", ""))
    place = mention_of(_told(cells, mapping.city, mapping, "city.").get("name", ""))
    words = {name: told[name] for name in _OF_PRACTICES if name in told}
    page = told.get("page", "")
    page = page if is_address(page) else f"http://{page}" if page.startswith("www.") else ""
    return PracticeRow(
        place, title, ref, key, locator, since=since, until=until, page=page, **words
    )


def _refuse_no_address(words: Dict[str, str]) -> None:
    if (record := words.get("record")) and not is_address(record):
        raise _Fault(f"{record!r} is no address")


def _concept(
    told: Dict[str, str], key: str, known: frozenset[str], default: str = "", what: str = ""
) -> str:
    """Read what a column gives by a word of ours; `what` is what else a message calls it."""
    word = told.get(key, default)
    if word and word not in known:
        raise _Fault(f"{word!r} is not {what or f'a {key} of link'}")
    return word


def _told(
    cells: dict[str, str], columns: Dict[str, str], mapping: Mapping, prefix: str
) -> dict[str, str]:
    """Return what the cells tell, by what it means: values replaced, defaults put."""
    told = {
        key.removeprefix(prefix): value
        for key, value in mapping.defaults.items()
        if key.startswith(prefix) and "." not in key.removeprefix(prefix)
    }
    for key, column in columns.items():
        value = mapping.values.get(key, {}).get(cells[column], cells[column])
        if value:
            told[key] = value
    return told


def _mention(told: dict[str, str], mapping: Mapping) -> Mention:
    """Read a place."""
    name = told.get("name", "")
    if not name or len(name) > _LONGEST:
        raise _Fault("a name is missing" if not name else "a name is too long")
    if _ITEM.fullmatch(name):
        raise _Fault(f"{name} is an item without a label")
    country, region = country_of(told.get("country", ""))
    return Mention(
        name=name,
        country=country,
        position=_position(told),
        region=told.get("region") or region,
        population=_number(told, "population"),
        geonames=_number(told, "geonames"),
        wikidata=told.get("wikidata", ""),
        kind=told.get("kind") or mapping.kind_of(name),
        confused=mapping.confused_with(country),
    )


def country_of(text: str) -> tuple[str, str]:
    """Return the code of a country, and the division of it that a source writes before it.

    >>> country_of("Ohio, United States"), country_of("Réunion, France"), country_of("A, Utopia")
    (('US', 'Ohio'), ('RE', ''), ('', ''))
    """
    division, comma, whole = text.rpartition(",")
    country = code_of(whole)
    if code_of(text) or not comma or not country:
        return code_of(text), ""
    own = code_of(division)
    return (own, "") if is_territory(own, country) else (country, division.strip())


def _position(told: dict[str, str]) -> Position | None:
    """Read a position; 0, 0 is what a failed look-up leaves behind."""
    if "latitude" not in told or "longitude" not in told:
        return None
    try:
        position = Position(_real(told["latitude"]), _real(told["longitude"]))
    except ValueError as error:
        raise _Fault(f"{error}") from error
    if not (abs(position.latitude) <= 90 and abs(position.longitude) <= 180):
        raise _Fault(f"{position.latitude}, {position.longitude} is nowhere")
    return None if position == (0, 0) else position


def _real(text: str) -> float:
    return float(text.replace(",", "."))


def _number(told: dict[str, str], key: str) -> int:
    """Read a number; 0 where it is not one."""
    digits = told.get(key, "").split(".")[0]
    return int(digits) if digits.isdecimal() and digits.isascii() else 0


def _date(told: dict[str, str], key: str) -> str:
    """Read a date as precisely as it is given; empty where there is none."""
    text = _MIDNIGHT.sub("", told.get(key, ""))
    if text and not last_day(text):
        raise _Fault(f"{text!r} is not a year, month or day")
    return text


def _notice(reading: Reading, row: Row, seen: set[str]) -> None:
    """Take a row in, unless it is there already."""
    if row.key in seen:
        reading.passed_over["repeated rows"] += 1
    else:
        seen.add(row.key)
        reading.rows.append(row)
