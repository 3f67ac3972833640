"""What is odd about a source: counted, and told in the summary of its import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from registry.places.names import fold, other_kind
from registry.releases.as_of import first_day, last_day
from registry.sources.statements import LinkRow, PracticeRow, Reading, Row

_EARLIEST: Final = "0800"
"""The year before which no link, membership or practice of today began."""

_IMPOSSIBLE: Final = "rows whose dates contradict each other or the source, and are left out"


def leave_out_impossible_dates(reading: Reading) -> None:
    """Leave out the dates of rows that cannot be true: one slip is no reason to refuse a source."""
    for number, row in enumerate(reading.rows):
        if (row.since or row.until) and not _are_possible(row, reading.document.date):
            reading.rows[number] = replace(row, since="", until="")
            reading.noticed[_IMPOSSIBLE] += 1


def _are_possible(row: Row, said: str) -> bool:
    """Whether a source, given its date, can tell of what a row says to begin and to end.

    What is only proposed begins later, and what still lasts may be meant to end later.
    """
    status = row.status if isinstance(row, LinkRow) else ""
    since, until = first_day(row.since), last_day(row.until)
    today = str(last_day(said))
    if any(text and text < _EARLIEST for text in (row.since, row.until)):
        return False
    if (since and until and until < since) or (since and since > today and status != "proposed"):
        return False
    return not (status == "ended" and until and str(first_day(row.until)) > today)


def notice(reading: Reading) -> None:
    """Count what is odd about the places and pairs of a reading."""
    places = {place for row in reading.rows for place in row.places}
    links = [row for row in reading.rows if isinstance(row, LinkRow)]
    placed = (((fold(p.name), p.country), p.position) for p in places if p.position)
    dated = ((frozenset((row.here, row.there)), row.since) for row in links if row.since)
    counted = {
        "names with another name in brackets": sum("(" in place.name for place in places),
        "names that are not those of cities": sum(bool(other_kind(p.name)) for p in places),
        "places with several positions": _several(placed),
        "pairs with several years": _several(dated),
        "links of a place with itself": sum(_same(row) for row in links),
        "rows that repeat the names of another": len(links) - len(set(map(_names, links))),
    }
    practices = [row for row in reading.rows if isinstance(row, PracticeRow)]
    counted["practices of which no date is told"] = sum(not row.since for row in practices)
    counted["practices without an address"] = sum(not row.page for row in practices)
    if any(place.population for place in places):
        lacking = sum(not place.population for place in places)
        counted["places without inhabitants told"] = lacking
    for what, count in counted.items():
        reading.noticed[what] += count
    reading.noticed = +reading.noticed


def _several(pairs: Iterable[tuple[Any, Any]]) -> int:
    """Count the keys that have several values."""
    values: defaultdict[Any, set[Any]] = defaultdict(set)
    for key, value in pairs:
        values[key].add(value)
    return sum(len(found) > 1 for found in values.values())


def _names(row: LinkRow) -> tuple[str, ...]:
    """Return what tells places apart but their positions."""
    return tuple(
        text for place in row.places for text in (place.wikidata or place.name, place.country)
    )


def _same(row: LinkRow) -> bool:
    here, there = _names(row)[:2], _names(row)[2:]
    return here == there
