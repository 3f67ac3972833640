"""Slices of Wikidata, as `wikidata_live` fetches them: twinnings, and what is said of the places.

A statement stands in several rows where it has several references or dates. Its dates keep their
precision, and what it cites goes into the claim. A place is described by its label, country,
position, entry at GeoNames and classes, wherever these are clear. An item that was merged into
another one is that; it tells which items were.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry import progress, terms
from registry.damage import Damaged
from registry.dates import DATE
from registry.identity.mentions import Mention
from registry.places.country_items import country_of_item
from registry.places.position import Position, distance
from registry.problems import Problem
from registry.releases.as_of import last_day
from registry.sources import wikidata_live
from registry.sources.provenance import is_address
from registry.sources.reader import Reader
from registry.sources.statements import Citation, LinkRow, Reading, Refusal, key_of
from registry.sources.wikidata import ITEM, PAIRS, PRECISIONS
from registry.sources.wikidata_live import ENTITY, PLACES, TWINNINGS, Row

_CLASSES: Final = Path(__file__).with_name("wikidata_classes.tsv")

_TIME: Final = re.compile(r"\+?([0-9]{4}-[0-9]{2}-[0-9]{2})T.*")
_POINT: Final = re.compile(r"Point\((-?[0-9.]{1,20}) (-?[0-9.]{1,20})\)", re.IGNORECASE)
_LABELS: Final = ("en", "mul", "de", "fr", "es", "it")
"""Languages of a label in the order in which they are taken; `mul` is the same in many."""

_SAME: Final = 20
"""Kilometres within which two positions are those of one place."""

_LONGEST: Final = 2_000
"""Characters of the longest address that is taken."""

Facts = dict[str, list[Row]]
"""What is said of a place, by the kind of fact."""


def read(paths: Iterable[Path], day: str) -> Reading:
    """Read slices that were fetched on a day, as of which they speak.

    Raises
    ------
    Problem
        `data-syntax` when a file is none, or the day is not told.

    """
    if not DATE.fullmatch(day):
        raise Problem("data-syntax", f"slices were taken on a day, not on {day!r}")
    title = f"Twinned administrative bodies in Wikidata, {day}"
    document = replace(PAIRS, graph=f"wikidata-p190-{day}", title=title, date=day, language="ENG")
    reading = Reading(document)
    statements: defaultdict[str, list[Row]] = defaultdict(list)
    facts: defaultdict[str, Facts] = defaultdict(lambda: defaultdict(list))
    for path in sorted(paths):
        for number, row in enumerate(_rows(path), start=1):
            try:
                if path.name.startswith(PLACES):
                    facts[row["item"].removeprefix(ENTITY)][row["fact"]].append(row)
                else:
                    statements[row["statement"]].append(row)
            except KeyError:
                reading.refused.append(Refusal(number, f"{path.name}: it is no row of this form"))
    mentions = _Mentions(facts, reading)
    for statement, rows in progress.counted(sorted(statements.items()), len(statements)):
        _take(reading, mentions, statement.rpartition("/")[2], rows)
    return reading


def _rows(path: Path) -> list[Row]:
    if not path.name.startswith((PLACES, TWINNINGS)):
        raise Problem("data-syntax", f"{path.name} is no slice: its name does not say of what")
    try:
        return wikidata_live.read(path)
    except (Damaged, OSError) as error:
        raise Problem("data-syntax", f"this is no slice: {error}") from error


def _take(reading: Reading, mentions: _Mentions, statement: str, rows: Sequence[Row]) -> None:
    """Take in a statement."""
    here, there = wikidata_live.parties(rows[0])
    if not (ITEM.fullmatch(here) and ITEM.fullmatch(there)):
        reading.refused.append(Refusal(1, f"{statement[:_LONGEST]}: not two items"))
    elif here == there:
        reading.passed_over["links of an item with itself"] += 1
    elif any(row.get("rank", "").endswith("#DeprecatedRank") for row in rows):
        reading.passed_over["deprecated statements"] += 1
    else:
        a, b = mentions.of(here), mentions.of(there)
        since, until = _dates(reading, rows)
        cites = tuple(sorted(_citations(rows)))
        reading.rows.append(
            LinkRow(
                a, b, key_of([statement]), statement[:200], since=since, until=until, cites=cites
            )
        )


def _dates(reading: Reading, rows: Sequence[Row]) -> tuple[str, str]:
    """Return the earliest start and the latest end."""
    starts, ends = (sorted(_times(rows, name)) for name in ("since", "until"))
    if len(starts) > 1 or len(ends) > 1:
        reading.noticed["statements with several dates"] += 1
    return starts[0] if starts else "", ends[-1] if ends else ""


def _times(rows: Sequence[Row], name: str) -> set[str]:
    """Return the times of rows, each at its precision; those before the year 1 are left out.

    >>> _times([{"since": "1958-05-01T00:00:00Z", "sincePrecision": "10"}], "since")
    {'1958-05'}
    """
    lengths = {str(precision): length for precision, length in PRECISIONS.items()}
    found = {
        time[1][: lengths[row[f"{name}Precision"]]]
        for row in rows
        if row.get(f"{name}Precision") in lengths and (time := _TIME.fullmatch(row.get(name, "")))
    }
    return {text for text in found if text[:4] != "0000" and last_day(text)}


def _citations(rows: Sequence[Row]) -> Iterator[Citation]:
    """Yield what a statement cites, each once."""
    seen = set()
    for row in rows:
        item = row.get("statedIn", "")
        time = _TIME.fullmatch(row.get("retrieved", ""))
        one = Citation(
            address=_address(row.get("address", "")),
            work=item if ITEM.fullmatch(item.removeprefix(ENTITY)) else "",
            retrieved=time[1] if time and last_day(time[1]) else "",
        )
        if (one.address or one.work) and one not in seen:
            seen.add(one)
            yield one


def _address(text: str) -> str:
    """Return an address that can stand as that of something outside this registry; else nothing.

    >>> _address("https://example.org/a"), _address("javascript:alert(1)"), _address("http://[")
    ('https://example.org/a', '', '')
    """
    try:
        ox.NamedNode(text)
    except ValueError:
        return ""
    is_ours = text.startswith(terms.BASE)
    return text if is_address(text) and len(text) <= _LONGEST and not is_ours else ""


class _Mentions:
    """The places by their items, each described once."""

    def __init__(self, facts: dict[str, Facts], reading: Reading) -> None:
        self._facts, self._reading = facts, reading
        self._made: dict[str, Mention] = {}

    def of(self, item: str) -> Mention:
        """Return what is said of an item."""
        if item not in self._made:
            self._made[item] = self._mention(item, self._facts.get(item, {}))
        return self._made[item]

    def _mention(self, item: str, facts: Facts) -> Mention:
        labels = {row.get("lang", ""): row["value"].strip() for row in facts.get("label", ())}
        name = next((labels[tag] for tag in _LABELS if labels.get(tag)), "")
        numbers = {text for text in _values(facts, "geonames") if _is_number(text)}
        countries = {country_of_item(item) for item in _items(facts, "country")} - {""}
        noticed = self._reading.noticed
        noticed["places with several countries"] += len(countries) > 1
        noticed["places with several entries at GeoNames"] += len(numbers) > 1
        noticed["places without a label"] += not name
        return Mention(
            name or item,
            country=countries.pop() if len(countries) == 1 else "",
            position=_position(_values(facts, "position")),
            geonames=int(numbers.pop()) if len(numbers) == 1 else 0,
            wikidata=item,
            kind=_kind(_values(facts, "class")),
            former=tuple(filter(ITEM.fullmatch, _items(facts, "former"))),
        )


def _values(facts: Facts, kind: str) -> list[str]:
    return sorted({row["value"] for row in facts.get(kind, ())})


def _items(facts: Facts, kind: str) -> list[str]:
    return [value.removeprefix(ENTITY) for value in _values(facts, kind)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12


def _position(points: Sequence[str]) -> Position | None:
    """Return the position of points; None where they are of several places, or not on Earth.

    >>> _position(["Point(9.15917 45.19205)"])
    Position(latitude=45.19205, longitude=9.15917)
    >>> _position(["<http://www.wikidata.org/entity/Q405> Point(9 45)"]), _position(["Point(9 95)"])
    (None, None)
    """
    found = []
    for point in points:
        if not (match := _POINT.fullmatch(point)):
            return None
        try:
            position = Position(float(match[2]), float(match[1]))
        except ValueError:
            return None
        if abs(position.latitude) > 90 or abs(position.longitude) > 180:
            return None
        found.append(position)
    first = found[0] if found else None
    return None if any(distance(*found[0], *other) > _SAME for other in found) else first


def _kind(classes: Sequence[str]) -> str:
    """Return what an item is where all that it is an instance of is no city; else empty.

    >>> _kind(["http://www.wikidata.org/entity/Q106658"]), _kind(["…/Q50337", "…/Q515"]), _kind([])
    ('district', '', '')
    """
    kinds = [_kinds().get(one.rpartition("/")[2], "") for one in classes]
    return kinds[0] if kinds and all(kinds) else ""


@cache
def _kinds() -> dict[str, str]:
    """Read the classes whose instances are no cities."""
    _, *lines = _CLASSES.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


READER: Final = Reader(lambda source: read(source.files, source.taken))
