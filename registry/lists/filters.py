"""Choosing rows of a list: by country, concepts, time, partner and place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from registry import terms
from registry.dates import DATE
from registry.lists.tables import FACETS, ListRow, Tables
from registry.places.countries import code_of
from registry.places.position import Position, distance, position_of
from registry.problems import Problem
from registry.search.calling import city_called
from registry.views.names import NameIndex

MOST: Final = 10_000
"""The highest limit of rows; without a limit a list is whole."""

_WITHIN: Final = 50.0
"""The default distance, in kilometres."""

_FARTHEST: Final = 20_040.0
"""Kilometres to the other side of the Earth."""

_COUNT: Final = re.compile(r"[1-9][0-9]{0,4}")
_NUMBER: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Filter:
    """The conditions that rows have to meet; empty ones hold always. `within` is in kilometres."""

    country: str = ""
    other_country: str = ""
    member_of: str = ""
    kind: str = ""
    status: str = ""
    topic: str = ""
    heritage: str = ""
    start: str = ""
    end: str = ""
    confirmed: str = ""
    unconfirmed: str = ""
    partner: str = ""
    near: Position | None = None
    within: float = _WITHIN
    limit: int = 0
    after: str = ""
    page: int = 0
    sort: str = ""

    @property
    def conditions(self) -> Filter:
        """The same without what says which rows of those that fit are shown, and in which order."""
        return replace(self, limit=0, after="", page=0, sort="")

    @property
    def is_of_links(self) -> bool:
        """Whether a condition is about links, which a city meets by one of its links."""
        asked = (self.kind, self.status, self.topic, self.heritage, self.start, self.end)
        return any((*asked, self.partner, self.confirmed, self.unconfirmed, self.other_country))


def read(asked: Mapping[str, str], index: NameIndex) -> Filter:
    """Read a filter from parameters.

    Raises
    ------
    Problem
        `bad-parameter` when a value cannot be what it should be.

    """
    given = {name: asked.get(name, "") for name in PARAMETERS}
    near = given["near"]
    position = position_of(near) if near else None
    _must(not near or position is not None, "near is not a position such as 45.19,9.16")
    within = given["within"]
    fits = not within or bool(near and _NUMBER.fullmatch(within))
    _must(fits, "within is not a number of kilometres, or near is missing")
    for name in ("limit", "page"):
        number = given[name]
        fits = not number or (bool(_COUNT.fullmatch(number)) and int(number) <= MOST)
        _must(fits, f"{name} is not a whole number from 1 to {MOST}")
    after = given["after"]
    fits = not after or bool(terms.REF.fullmatch(after))
    _must(fits, "after is not what the page before ended with")
    _must(not (after and (given["page"] or given["sort"])), "after goes without page and sort")
    for name in DATES:
        fits = not given[name] or bool(DATE.fullmatch(given[name]))
        _must(fits, f"{name} is not a year, month or day")
    return Filter(
        country=_country(given, "country"),
        other_country=_other_country(given),
        member_of=given["member-of"],
        kind=given["kind"],
        status=given["status"],
        topic=given["topic"],
        heritage=given["heritage"],
        start=given["from"],
        end=given["to"],
        confirmed=given["confirmed-since"],
        unconfirmed=given["not-confirmed-since"],
        partner=_partner(given, index),
        near=position,
        within=min(float(within or _WITHIN), _FARTHEST),
        limit=int(given["limit"] or 0),
        after=after,
        page=int(given["page"] or 0),
        sort=given["sort"],
    )


DATES: Final = ("from", "to", "confirmed-since", "not-confirmed-since")
"""The parameters that are dates."""

PARAMETERS: Final = {
    "country": "the country of a city, by code or name",
    "with-country": "a second country, with `country`: links that join cities of both",
    "member-of": "a programme, network or project whose cities are meant, such as network/ec2u",
    "kind": "the kind, by the last part of its IRI",
    "status": "the status of a link, by the last part of its IRI",
    "topic": "the topic, by the last part of its IRI",
    "heritage": "the kind of heritage of a practice, by the last part of its IRI",
    "from": "the earliest start: a year, month or day",
    "to": "the latest start",
    "confirmed-since": "a date on or after which a source lists or states the link",
    "not-confirmed-since": "a date on or after which no source lists or states the link",
    "partner": "a city that has part in it, by name, reference, IRI or identifier of others",
    "city": "the same as partner",
    "near": "a position, latitude and longitude in degrees",
    "within": "kilometres around it; 50 if it is not told",
    "sort": "the column by which rows are sorted; a minus before it reverses the order",
    "limit": "rows at most; a page for people has up to 500",
    "page": "which page of so many rows, from 1",
    "after": "where the last page ended, in the order of IRIs",
}
"""The parameters of a list, with what they mean."""


SHOWING: Final = frozenset({"limit", "after", "page", "sort"})
"""The parameters that say which rows of those that fit are shown."""


def _must(fits: bool, detail: str) -> None:
    if not fits:
        raise Problem("bad-parameter", detail)


def _country(given: Mapping[str, str], name: str) -> str:
    text = given[name]
    code = code_of(text)
    _must(bool(code) or not text, f"{name} is not the code or name of a country")
    return code


def _other_country(given: Mapping[str, str]) -> str:
    code = _country(given, "with-country")
    _must(not code or bool(given["country"]), "with-country goes with country")
    return code


def _partner(asked: Mapping[str, str], index: NameIndex) -> str:
    """Return the IRI of the city that has part; empty where none is asked for."""
    given = [(name, text) for name in ("partner", "city") if (text := asked[name].strip())]
    found = {city_called(index, text, name).iri for name, text in given}
    _must(len(found) < 2, "city and partner mean the same: give one of them")
    return next(iter(found), "")


def fitting(tables: Tables, name: str, asked: Filter) -> tuple[ListRow, ...]:
    """Return the rows of a list that meet the conditions of a filter, in the order of the list.

    Raises
    ------
    Problem
        `bad-parameter` when there is no such kind, status, topic or kind of heritage.

    """
    check_concepts(tables, name, asked)
    known = sorted(tables.members)
    _must(asked.member_of in {"", *known}, f"member-of is not one of {', '.join(known)}")
    rows = tables.table(name, asked.country)
    if asked.is_of_links or asked.near is not None or asked.member_of:
        rows = tuple(row for row in rows if _fits(tables, row, asked))
    return rows


def check_concepts(tables: Tables, name: str, asked: Filter) -> None:
    """Refuse concepts that a list cannot have.

    Raises
    ------
    Problem
        `bad-parameter` when there is no such kind, status, topic or kind of heritage.

    """
    for facet in FACETS:
        if wanted := getattr(asked, facet):
            known = tables.concepts(name, facet)
            _must(wanted in known, f"{facet} is not one of {', '.join(known)}")


def facets(tables: Tables, rows: tuple[ListRow, ...]) -> dict[str, Counter[str]]:
    """Count rows by country and by each facet."""
    found: dict[str, Counter[str]] = {name: Counter() for name in ("country", *FACETS)}
    counted = Counter(chain.from_iterable(map(tables.marks, rows)))
    for (name, value), count in sorted(counted.items()):
        found[name][value] = count
    return found


def _fits(tables: Tables, row: ListRow, asked: Filter) -> bool:
    """Whether a row of the country meets the conditions: a city by one of its links."""
    if asked.near is not None and not _is_near(tables, row, asked.near, asked.within):
        return False
    if asked.member_of and not tables.members[asked.member_of] & {*row.cities}:
        return False
    if row.iri in tables.places:
        links = (link for link in row.links if _joins(tables, link, asked))
        return not asked.is_of_links or any(_is(link, asked, row.iri) for link in links)
    return _joins(tables, row, asked) and _is(row, asked)


def _joins(tables: Tables, row: ListRow, asked: Filter) -> bool:
    """Whether a row joins both countries, where two are asked for."""
    return not asked.other_country or tables.joins(row, asked.country, asked.other_country)


def _is(row: ListRow, asked: Filter, of: str = "") -> bool:
    """Whether a row has the concepts, times and partner of a filter."""
    started = row.start if asked.start or asked.end else "-"
    return (
        asked.kind in {"", row.kind}
        and asked.status in {"", row.status}
        and (not asked.topic or asked.topic in row.topics)
        and (not asked.heritage or asked.heritage in row.heritage)
        and bool(started)
        and (not asked.start or row.start >= asked.start[: len(row.start)])
        and (not asked.end or row.start[: len(asked.end)] <= asked.end)
        and (not asked.confirmed or _is_confirmed(row, asked.confirmed))
        and not (asked.unconfirmed and _is_confirmed(row, asked.unconfirmed))
        and (not asked.partner or (asked.partner in row.cities and asked.partner != of))
    )


def _is_confirmed(row: ListRow, since: str) -> bool:
    """Whether a source lists or states a link on a date or later, as far as dates are known."""
    return bool(row.confirmed) and row.confirmed >= since[: len(row.confirmed)]


def _is_near(tables: Tables, row: ListRow, at: Position, within: float) -> bool:
    """Whether a city of a row is within some kilometres of a position."""
    cities = (tables.places[city] for city in row.cities if city in tables.places)
    positions = ((city.latitude, city.longitude) for city in cities)
    return any(
        latitude is not None
        and longitude is not None
        and distance(*at, latitude, longitude) <= within
        for latitude, longitude in positions
    )


def filter_values(asked: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each filter that is set."""
    for name in PARAMETERS:
        if name not in SHOWING and (value := asked.get(name, "")):
            yield name, value


_OF_CONCEPTS: Final = {
    "link-kind": ("kind", ("links",)),
    "heritage-kind": ("heritage", ("practices",)),
    "practice-type": ("kind", ("practices",)),
    "status": ("status", ("links",)),
    "topic": ("topic", ("links", "practices", "programmes")),
    "country": ("country", ("cities", "links")),
}
"""By scheme: the filter that its concepts are values of, and the lists that have it."""


def lists_of(concept: str) -> list[tuple[str, str]]:
    """Return the lists of things with a concept: name and address of each.

    >>> lists_of("https://w3id.org/citylinks/scheme/status/active")
    [('links', '/links?status=active')]
    """
    scheme, _, value = concept.removeprefix(terms.SCHEME).partition("/")
    name, lists = _OF_CONCEPTS.get(scheme, ("", ())) if value else ("", ())
    return [(one, f"/{one}?{name}={value}") for one in lists]
