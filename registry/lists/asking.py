"""The SPARQL query that a filtered list stands for, for readers who go on from there.

    /links?country=IT&status=active  ──▶  SELECT DISTINCT ?link … { ?link a cl:CityLink . … }

Its things are those of the list: each condition is written as `filters` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from registry import terms
from registry.lists.filters import Filter
from registry.lists.tables import PROGRAMMES, concept


@dataclass(frozen=True)
class _Asking:
    """How things of a list are asked for.

    `cities` is the path from a thing to its cities, `concepts` has the property of each facet, and
    `columns` those that the list shows.
    """

    variable: str
    classes: str
    cities: str
    concepts: dict[str, str]
    columns: dict[str, str]


_LINKS: Final = _Asking(
    "link",
    "cl:CityLink",
    "cl:party",
    {"kind": "cl:linkKind", "status": "cl:status", "topic": "cl:topic"},
    {
        "kind": "cl:linkKind",
        "status": "cl:status",
        "since": "cl:startDate",
        "until": "cl:endDate",
        "lastConfirmed": "cl:lastConfirmed",
    },
)
_ASKED: Final = {
    "cities": _Asking(
        "city", "cl:City", "", {}, {"country": "cl:inCountry", "inhabitants": "cl:population"}
    ),
    "links": _LINKS,
    "practices": _Asking(
        "practice",
        "cl:Practice cl:HeritagePractice",
        "cl:originCity|(^cl:implementationOf/cl:implementedIn)"
        "|(^cl:transferOf/(cl:fromCity|cl:toCity))",
        {"kind": "cl:practiceType", "topic": "cl:topic", "heritage": "cl:heritageKind"},
        {"type": "cl:practiceType", "heritage": "cl:heritageKind", "origin": "cl:originCity"},
    ),
    "programmes": _Asking(
        "programme",
        " ".join(f"cl:{kind.capitalize()}" for kind in PROGRAMMES),
        "cl:participation/cl:participant",
        {"topic": "cl:topic"},
        {"since": "cl:startDate", "until": "cl:endDate"},
    ),
}

_PREFIXES: Final = {
    **{name: terms.PREFIXES[name] for name in ("cl", "geo", "skos")},
    "geof": terms.GEOF,
    "uom": terms.UOM,
}


def query(name: str, asked: Filter) -> str:
    """Write the query of a list by its name, with the conditions of a filter."""
    of = _ASKED[name]
    lines = [*_of_class(name, of, asked), *_conditions(name, of, asked)]
    columns = [f"OPTIONAL {{ ?{of.variable} {path} ?{one} }}" for one, path in of.columns.items()]
    head = " ".join(f"?{one}" for one in (of.variable, *of.columns))
    body = "\n".join(f"  {line}" for line in (*lines, *columns))
    text = f"SELECT DISTINCT {head}\nWHERE {{\n{body}\n}}\nORDER BY ?{of.variable}\n"
    used = [(prefix, iri) for prefix, iri in sorted(_PREFIXES.items()) if f"{prefix}:" in text]
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in used) + f"\n{text}"


def _of_class(name: str, of: _Asking, asked: Filter) -> Iterator[str]:
    """Yield the lines on what the things are."""
    if name == "programmes" and asked.kind:
        yield f"?{of.variable} a <{concept(name, 'kind', asked.kind)}> ."
    elif " " in of.classes:
        yield f"VALUES ?class {{ {of.classes} }}"
        yield f"?{of.variable} a ?class ."
    else:
        yield f"?{of.variable} a {of.classes} ."


def _conditions(name: str, of: _Asking, asked: Filter) -> Iterator[str]:
    """Yield the lines on which of them fit: for a city, by one of its links."""
    yield from _of_cities(of, asked)
    if name != "cities":
        yield from _of_one(name, of, asked)
        if asked.partner:
            yield f"?{of.variable} {of.cities} <{asked.partner}> ."
    elif asked.is_of_links:
        yield "?city cl:partyIn ?link ."
        yield "?link a cl:CityLink ."
        yield from _of_one("links", _LINKS, asked)
        if asked.partner:
            yield f"?link cl:party <{asked.partner}> ."
            yield f"FILTER(?city != <{asked.partner}>)"


def _of_cities(of: _Asking, asked: Filter) -> Iterator[str]:
    """Yield the lines on where their cities are, and what these take part in."""
    for number, condition in enumerate(_each_of_cities(asked)):
        # Each condition may be met by another city.
        city = f"?city{number + 1 if number else ''}"
        if of.cities:
            yield f"?{of.variable} {of.cities} {city} ."
            yield f"{city} a cl:City ."
        else:
            city = "?city"
        yield from (line.replace("?this", city) for line in condition)


def _each_of_cities(asked: Filter) -> Iterator[list[str]]:
    if asked.country:
        yield [f'?this cl:inCountry/skos:notation "{asked.country}" .']
    if asked.member_of:
        yield [f"<{terms.ID}{asked.member_of}> cl:participation/cl:participant ?this ."]
    if asked.near is not None:
        latitude, longitude = asked.near
        point = f'"POINT({longitude} {latitude})"^^geo:wktLiteral'
        yield [
            "?this geo:hasDefaultGeometry/geo:asWKT ?at .",
            f"FILTER(geof:distance(?at, {point}, uom:kilometre) <= {asked.within})",
        ]


def _of_one(name: str, of: _Asking, asked: Filter) -> Iterator[str]:
    """Yield the lines on what a thing, or a link of a city, is itself."""
    one = f"?{of.variable}"
    for facet, path in of.concepts.items():
        if value := getattr(asked, facet):
            yield f"{one} {path} <{concept(name, facet, value)}> ."
    if asked.other_country:
        yield f"{one} {of.cities} ?here, ?there ."
        yield f'?here a cl:City ; cl:inCountry/skos:notation "{asked.country}" .'
        yield f'?there a cl:City ; cl:inCountry/skos:notation "{asked.other_country}" .'
        yield "FILTER(?here != ?there)"
    yield from _of_times(one, asked)


def _of_times(one: str, asked: Filter) -> Iterator[str]:
    """Yield the lines on when it began, and when a source last listed or stated it.

    Dates are as precise as sources are, and are compared as far as both are known.
    """
    if asked.start or asked.end:
        yield f"{one} cl:startDate ?start ."
    if asked.start:
        yield f"FILTER({_not_before('?start', asked.start)})"
    if asked.end:
        yield f'FILTER(SUBSTR(STR(?start), 1, {len(asked.end)}) <= "{asked.end}")'
    if asked.confirmed:
        yield f"{one} cl:lastConfirmed ?confirmed ."
        yield f"FILTER({_not_before('?confirmed', asked.confirmed)})"
    if asked.unconfirmed:
        after = _not_before("?later", asked.unconfirmed)
        yield f"FILTER NOT EXISTS {{ {one} cl:lastConfirmed ?later FILTER({after}) }}"


def _not_before(variable: str, date: str) -> str:
    return f'STR({variable}) >= SUBSTR("{date}", 1, STRLEN(STR({variable})))'
