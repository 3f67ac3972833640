"""The messages of the Reconciliation Service API 0.2, read and written.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeGuard

from babel import Locale

from registry import terms
from registry.places.countries import code_of
from registry.places.country_items import country_of_item
from registry.places.position import Position, position_of
from registry.problems import Problem
from registry.reconcile.extension import PROPERTIES as FACTS
from registry.reconcile.matching import Match, Matcher
from registry.reconcile.query import MatchQuery
from registry.search.identifiers import beginning, identified_as_typed, item_of, number_of
from registry.version import __version__
from registry.views.names import KINDS, NameIndex, Suggestion, Thing

Json = dict[str, Any]

TYPES: Final = {kind: kind.capitalize() for kind in KINDS} | {
    "association": "Civic association",
    "body": "Body of a programme or link",
}
"""The types of things: their ids are the kinds in our IRIs."""

PROPERTIES: Final = {
    "country": "Country",
    "region": "Region",
    "coordinates": "Coordinates",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "population": "Inhabitants",
    "geonames": "GeoNames",
    "wikidata": "Wikidata",
}
"""The names of what may be told beside a name, by id."""

ABOUT: Final = {
    "country": "a code (ISO 3166-1), a name in any language, or an item of Wikidata",
    "region": "a state, province or other division of the country, by name or code",
    "coordinates": "latitude and longitude in degrees, 45.19,9.16",
    "latitude": "degrees; with the longitude",
    "longitude": "degrees; with the latitude",
    "population": "a number",
    "geonames": "the number or address of its entry at GeoNames",
    "wikidata": "its item at Wikidata, or the address of it",
}
"""What the values of a property are, for people."""

SETTINGS: Final[list[Json]] = [
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "How many values of each thing at most; 0: all of them",
    }
]
"""What a user of a client may choose for each property of an extension (section 7.2)."""

SERVICES: Final = ("entity", "type", "property")
"""What is suggested and described."""

LIMIT: Final = 10
"""How many candidates are told where a query does not say."""

MOST: Final = 100
"""The most that are told."""

LONGEST: Final = 500
"""Characters of the longest name that is looked for."""


@dataclass(frozen=True)
class Asked:
    """A query of a batch, and how many candidates are wanted."""

    query: MatchQuery
    limit: int


def manifest(origin: str, batch: int) -> Json:
    """Describe the service at an address (section 3)."""
    base = f"{origin}/reconcile"
    suggest = {
        what: {
            "service_url": base,
            "service_path": f"/suggest/{what}",
            "flyout_service_url": base,
            "flyout_service_path": f"/flyout/{what}?id=${{id}}",
        }
        for what in SERVICES
    }
    return {
        "versions": ["0.1", "0.2"],
        "name": "Citylinks",
        "identifierSpace": terms.ID,
        "schemaSpace": terms.ONTOLOGY,
        "documentation": f"{origin}/openapi.json",
        "serviceVersion": __version__,
        "logo": f"{origin}/static/mark.svg",
        "defaultTypes": types(),
        "view": {"url": f"{origin}/id/{{{{id}}}}"},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}", "width": 400, "height": 220},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/properties"},
            "property_settings": SETTINGS,
        },
        "batchSize": batch,
    }


def types(kinds: Sequence[str] = KINDS) -> list[Json]:
    """List types with their names."""
    return [{"id": kind, "name": TYPES[kind]} for kind in kinds]


def queries(text: str, most: int) -> dict[str, Asked]:
    """Read a batch of queries (section 4).

    Raises
    ------
    Problem
        `bad-parameter` when it cannot be read, or has more queries than are answered at once.

    """
    batch = _object(text, "queries")
    if len(batch) > most:
        detail = f"a batch has at most {most} queries, this one has {len(batch)}"
        raise Problem("bad-parameter", detail, limit=most)
    return {key: _asked(key, one) for key, one in batch.items()}


def _object(text: str, name: str) -> Json:
    """Read a JSON object; half a surrogate pair, which JSON can state, is no character."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Problem("bad-parameter", f"{name} is not JSON: {str(error)[:100]}") from error
    if not isinstance(found, dict):
        raise Problem("bad-parameter", f"{name} is not an object")
    return found


def _asked(key: str, one: object) -> Asked:
    """Read a query."""
    if not isinstance(one, dict) or not ("query" in one or one.get("properties")):
        raise Problem("bad-parameter", f"the query {key[:50]!r} has neither query nor properties")
    text, limit = one.get("query", ""), one.get("limit", LIMIT)
    if not isinstance(text, str) or len(text) > LONGEST:
        raise Problem("bad-parameter", f"the query {key[:50]!r} is not a text of {LONGEST}")
    if not _is_whole(limit):
        detail = f"the limit of the query {key[:50]!r} is not a whole number, such as {LIMIT}"
        raise Problem("bad-parameter", detail)
    if limit < 0:
        detail = f"the limit of the query {key[:50]!r} is negative; it has at least one candidate"
        raise Problem("bad-parameter", detail)
    query = completed(MatchQuery(text, _kinds(one.get("type"))), _properties(key, one))
    return Asked(query, int(min(limit, MOST)) or LIMIT)


def _is_whole(given: object) -> TypeGuard[int | float]:
    """Whether a value of JSON is a whole number."""
    if isinstance(given, float):
        return given.is_integer()
    return isinstance(given, int) and not isinstance(given, bool)


def _kinds(given: object) -> tuple[str, ...]:
    """Read the types that are wanted; none, or an empty one, matches all."""
    named = given if isinstance(given, list) else [given]
    ids = [one.get("id") if isinstance(one, dict) else one for one in named]
    return tuple(str(one).removeprefix(terms.ID) for one in ids if one)


Value = tuple[str, ...]
"""A value as texts, each of which says the same: of a thing its id and its name, else one text.

What has none is a value that no property has.
"""


def _properties(key: str, one: Json) -> dict[str, list[Value]]:
    """Read what is told beside the name, by property, each with all its values."""
    told = one.get("properties") or []
    if not isinstance(told, list):
        raise Problem("bad-parameter", f"the properties of the query {key[:50]!r} are not a list")
    values: dict[str, list[Value]] = {}
    for entry in told:
        if not isinstance(entry, dict) or "pid" not in entry or "v" not in entry:
            raise Problem("bad-parameter", f"a property of the query {key[:50]!r} lacks pid or v")
        values.setdefault(str(entry["pid"])[:LONGEST], []).extend(_values(entry["v"]))
    return values


def _values(given: object) -> list[Value]:
    """Read the values of a property; those that are empty say nothing."""
    listed = given if isinstance(given, list) else [given]
    return [_value(one) for one in listed if one not in ("", None)]


def _value(given: object) -> Value:
    """Read a text, a number, or a thing with id and name."""
    if isinstance(given, dict):
        texts = [given.get("id"), given.get("name")]
        return tuple(str(text)[:LONGEST].strip() for text in texts if isinstance(text, (str, int)))
    if isinstance(given, (list, bool)):
        return ()
    return (str(given)[:LONGEST].strip(),)


def completed(query: MatchQuery, told: Mapping[str, Sequence[Value]]) -> MatchQuery:
    """Add what is told beside a name, by property; the order of values changes nothing.

    Values that cannot be read are passed over, and so are several of what a place has one of; their
    properties are listed as unread.
    """
    read: dict[str, list[Any]] = {pid: [] for pid in _READ}
    unread = set()
    for pid, values in told.items():
        reader = _READ.get(pid)
        found = [reader(value) if reader else None for value in values]
        read[pid] = sorted({one for one in found if one})
        unread |= set() if all(found) else {pid}
    position, unused = _position(read)
    # Where one part of a position cannot be read, it is enough to name that.
    unread |= unused - _PARTS if unread & _PARTS else unused
    people = read["population"]
    unread |= {"population"} if len(people) > 1 else set()
    return replace(
        query,
        countries=tuple(read["country"]),
        regions=tuple(read["region"]),
        position=position,
        population=people[0] if len(people) == 1 else 0,
        geonames=tuple(read["geonames"]),
        wikidata=tuple(read["wikidata"]),
        unread=tuple(sorted(unread)),
    )


def _position(read: Mapping[str, Sequence[Any]]) -> tuple[Position | None, set[str]]:
    """Return the one position that is told, else the properties that tell none, or several."""
    if positions := read["coordinates"]:
        return (positions[0], set()) if len(positions) == 1 else (None, {"coordinates"})
    if all(len(read[part]) == 1 for part in _PARTS):
        return position_of(f"{read['latitude'][0]},{read['longitude'][0]}"), set()
    return None, {part for part in _PARTS if read[part]}


_PARTS: Final = {"latitude", "longitude"}
"""Properties that tell a position together."""


def country_of(text: str) -> str:
    """Read a country: its code or that of a part of it, its name in any language, or its IRI.

    >>> country_of("Italien"), country_of("http://x.org/country/ITA"), country_of("Utopia")
    ('IT', 'IT', '')
    >>> country_of("http://www.wikidata.org/entity/Q38"), country_of("Q38"), country_of("IT-PV")
    ('IT', 'IT', 'IT')
    """
    if item := item_of(text):
        return country_of_item(item)
    last = text.rstrip("/").rpartition("/")[2]
    part = _DIVISION.fullmatch(last.upper())
    return code_of(text) or code_of(last) or (code_of(part[1]) if part else "")


_DIVISION: Final = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
"""The code of a division of a country (ISO 3166-2)."""


def _region(value: Value) -> str:
    """Return the name or code of a division, as it is written; of an item its name.

    >>> _region(("Q824", "Oregon")), _region(("US-OR", "Oregon")), _region(("http://x.org/US-OR",))
    ('Oregon', 'US-OR', 'US-OR')
    >>> _region(("Q824",))
    ''
    """
    for text in value:
        last = text.rpartition("/")[2] if "://" in text else text
        if (_DIVISION.fullmatch(last.upper()) or "://" not in text) and not item_of(text):
            return last
    return ""


def _people(text: str) -> int:
    """Read a number of inhabitants, with whatever parts its thousands."""
    digits = re.sub(r"(?<=[0-9])[.,'\s](?=[0-9]{3})", "", text)
    found = re.match(r"[0-9]{1,10}", digits)
    return int(found[0]) if found else 0


def _either(read: Callable[[str], Any]) -> Callable[[Value], Any]:
    """Return a reader of values by one of texts: the first text that it can read counts."""
    return lambda value: next(filter(None, map(read, value)), None)


_READ: Final[dict[str, Callable[[Value], Any]]] = {
    "country": _either(country_of),
    "region": _region,
    "coordinates": _either(position_of),
    "latitude": _either(lambda text: position_of(f"{text},0") and text),
    "longitude": _either(lambda text: position_of(f"0,{text}") and text),
    "population": _either(_people),
    "geonames": _either(number_of),
    "wikidata": _either(item_of),
}
"""How the values of a property are read; what cannot be read is false."""


def results(matcher: Matcher, asked: Mapping[str, Asked]) -> Json:
    """Answer a batch (section 4.3)."""
    return {
        key: {
            "result": [_result(match, one.query) for match in matcher.match(one.query)[: one.limit]]
        }
        for key, one in asked.items()
    }


def _result(match: Match, query: MatchQuery) -> Json:
    """Write a candidate; a feature tells of each property in conflict, unknown or unread."""
    flags = [f"{pid}-conflict" for pid in match.conflicts]
    told = {*match.conflicts, *query.unread}
    flags += [f"{pid}-unknown" for pid in match.doubts if pid not in told]
    flags += [f"{pid}-unread" for pid in query.unread]
    features = [{"id": name, "value": value} for name, value in match.features.items()]
    features += [{"id": flag, "value": True} for flag in flags]
    return {
        "id": match.thing.id,
        "name": match.thing.label,
        "description": described(match.thing),
        "score": match.score,
        "match": match.certain,
        "type": types([match.thing.kind]),
        "features": features,
    }


def described(thing: Thing) -> str:
    """Distinguish things of one name.

    >>> described(Thing(1, "city", "pavia-3171366", "Pavia", "IT", population=71882))
    'City in Italy, 71,882 inhabitants'
    """
    where = f" in {_countries().get(thing.country, thing.country)}" if thing.country else ""
    people = f", {thing.population:,} inhabitants" if thing.population else ""
    return f"{TYPES[thing.kind]}{where}{people}"


@cache
def _countries() -> dict[str, str]:
    """Return the English names of countries by code (CLDR)."""
    return dict(Locale("en").territories)


def suggested(matcher: Matcher, what: str, typed: str, offset: int) -> Json:
    """Complete what is typed (section 6): entities, types, properties."""
    if what == "entity":
        found = entities(matcher.index, typed, LIMIT + offset)[offset:]
        told = [
            {
                "id": one.thing.id,
                "name": one.thing.label,
                "description": _also(one.thing, one.name),
                "notable": types([one.thing.kind]),
            }
            for one in found
        ]
        return {"result": told}
    listed = types() if what == "type" else _listed_properties()
    begun = [one for one in listed if typed.casefold() in f"{one['id']} {one['name']}".casefold()]
    return {"result": begun[offset:]}


def entities(index: NameIndex, typed: str, limit: int) -> list[Suggestion]:
    """List what an identifier stands for, then what is called so, then what is identified so."""
    found = [
        *identified_as_typed(index, typed),
        *index.beginning(typed, KINDS, limit),
        *beginning(index, typed, limit),
    ]
    first: dict[Thing, Suggestion] = {}
    for one in found:
        first.setdefault(one.thing, one)
    return list(first.values())[:limit]


def _also(thing: Thing, name: str) -> str:
    """Describe a suggestion, with the name that was typed where another one is shown."""
    return described(thing) + (f"; {name}" if name != thing.label else "")


def property_names() -> dict[str, str]:
    """Return the names of all properties, those of queries and those of facts."""
    facts = {pid: fact.name for pid, fact in FACTS.items()}
    return facts | PROPERTIES


def _listed_properties() -> list[Json]:
    return [{"id": pid, "name": name} for pid, name in property_names().items()]


def extension(text: str, most: int) -> tuple[list[str], list[tuple[str, int]]]:
    """Read which facts of which things are wanted (section 7.2): ids, and properties with a limit.

    Raises
    ------
    Problem
        `bad-parameter` when it cannot be read, or asks for too much at once.

    """
    asked = _object(text, "extend")
    ids, properties = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not isinstance(properties, list):
        raise Problem("bad-parameter", "extend has the lists ids and properties")
    if len(ids) > most or len(properties) > MOST:
        detail = f"facts are told of {most} things at a time, {MOST} of each"
        raise Problem("bad-parameter", detail, limit=most)
    return [str(one) for one in ids], [_wanted(one) for one in properties]


def _wanted(one: object) -> tuple[str, int]:
    """Read a property and how many of its values are wanted."""
    if not isinstance(one, dict) or "id" not in one:
        raise Problem("bad-parameter", "a property in extend has no id")
    settings = one.get("settings")
    limit = settings.get("limit") if isinstance(settings, dict) else None
    if isinstance(limit, str) and limit.strip().isdecimal() and len(limit) < _DIGITS:
        limit = int(limit)
    if limit in (None, ""):
        limit = 0
    if not _is_whole(limit) or limit < 0:
        detail = f"the limit of {str(one['id'])[:50]!r} is not a whole number; 0 is all values"
        raise Problem("bad-parameter", detail)
    return str(one["id"]), int(limit)


_DIGITS: Final = 10
"""Digits of a limit that is sent as a text."""
