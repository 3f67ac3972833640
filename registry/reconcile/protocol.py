"""The messages of the Reconciliation Service API 0.2, read and written.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from babel import Locale

from registry import terms
from registry.places.countries import code_of
from registry.places.position import position_of
from registry.problems import Problem
from registry.reconcile.extension import PROPERTIES as FACTS
from registry.reconcile.matching import Match, Matcher, MatchQuery
from registry.search.identifiers import item_of, number_of
from registry.version import __version__
from registry.views.names import KINDS, Thing

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
            "property_settings": [],
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
    """Read a JSON object."""
    try:
        found = json.loads(text)
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
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not limit >= 0:
        raise Problem("bad-parameter", f"the limit of the query {key[:50]!r} is not a number")
    query = MatchQuery(text, _kinds(one.get("type")))
    return Asked(_told(query, _properties(key, one)), int(min(limit, MOST)) or LIMIT)


def _kinds(given: object) -> tuple[str, ...]:
    """Read the types that are wanted; none, or an empty one, matches all."""
    named = given if isinstance(given, list) else [given]
    ids = [one.get("id") if isinstance(one, dict) else one for one in named]
    return tuple(str(one).removeprefix(terms.ID) for one in ids if one)


def _properties(key: str, one: Json) -> list[tuple[str, str]]:
    """Read what is told beside the name, as ids and texts; of several values the first counts."""
    told = one.get("properties") or []
    if not isinstance(told, list):
        raise Problem("bad-parameter", f"the properties of the query {key[:50]!r} are not a list")
    pairs = []
    for entry in told:
        if not isinstance(entry, dict) or "pid" not in entry or "v" not in entry:
            raise Problem("bad-parameter", f"a property of the query {key[:50]!r} lacks pid or v")
        pairs.append((str(entry["pid"]), _value(entry["v"])))
    return pairs


def _value(given: object) -> str:
    """Read a value: a text, a number, a thing with its id, or the first of several."""
    if isinstance(given, list):
        return _value(given[0]) if given else ""
    if isinstance(given, dict):
        return str(given.get("id", ""))[:LONGEST]
    return "" if given is None or isinstance(given, bool) else str(given)[:LONGEST]


def _told(query: MatchQuery, pairs: Sequence[tuple[str, str]]) -> MatchQuery:
    """Add what is told; a value that cannot be read is passed over, and the name stands alone."""
    told = dict(pairs)
    position = position_of(told.pop("coordinates", ""))
    if not position:
        position = position_of(f"{told.pop('latitude', '')},{told.pop('longitude', '')}")
    query = replace(query, position=position)
    for pid, text in told.items():
        if read := _READ.get(pid):
            query = replace(query, **read(text.strip()))
    return query


def country_of(text: str) -> str:
    """Read a country: its code, its name in any language, or an IRI that ends in its code.

    >>> country_of("Italien"), country_of("http://x.org/country/ITA"), country_of("Utopia")
    ('IT', 'IT', '')
    """
    return code_of(text) or code_of(text.rstrip("/").rpartition("/")[2])


def _people(text: str) -> int:
    """Read a number of inhabitants, with whatever parts its thousands."""
    digits = re.sub(r"(?<=[0-9])[.,'\s](?=[0-9]{3})", "", text)
    found = re.match(r"[0-9]{1,10}", digits)
    return int(found[0]) if found else 0


_READ: Final[dict[str, Callable[[str], Json]]] = {
    "country": lambda text: {"country": country_of(text)},
    "region": lambda text: {"region": text.upper()},
    "population": lambda text: {"population": _people(text)},
    "geonames": lambda text: {"geonames": number_of(text)},
    "wikidata": lambda text: {"wikidata": item_of(text)},
}


def results(matcher: Matcher, asked: Mapping[str, Asked]) -> Json:
    """Answer a batch (section 4.3)."""
    return {
        key: {"result": [_result(match) for match in matcher.match(one.query)[: one.limit]]}
        for key, one in asked.items()
    }


def _result(match: Match) -> Json:
    features = [{"id": name, "value": value} for name, value in match.features.items()]
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
    """Distinguish things of the same name.

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
        found = matcher.index.beginning(typed, limit=LIMIT + offset)[offset:]
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
    limit = str(settings.get("limit", "")) if isinstance(settings, dict) else ""
    return str(one["id"]), int(limit) if limit.isdecimal() and len(limit) < 6 else 0
