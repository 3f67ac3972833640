"""A city that the registry lacks: its name, its country, where it lies, and its identifiers.

    city ── skos:prefLabel, cl:inCountry, wgs84:lat, wgs84:long, cl:geonamesFeature, cl:wikidataItem
      ├ geo:hasDefaultGeometry ──▶ geometry ── geo:asWKT
      └ cl:supportedBy ──▶ passage

Its reference is made of its name and, the first that is known, its GeoNames number, its Wikidata
item or its position. Importers take it for a city that is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.contribute.drafts import Draft, Faults
from registry.contribute.fields import NEW, Field, Part
from registry.contribute.kind import Kind
from registry.contribute.kinds.city import identifier
from registry.contribute.known import Known
from registry.contribute.writing import Writing, id_of, slug
from registry.graphs import geometry
from registry.graphs.canonical import degrees
from registry.places.countries import alpha3
from registry.places.names import fold
from registry.places.position import distance, position_of

_COUNTRY: Final = "http://publications.europa.eu/resource/authority/country/"


def ref_of(draft: Draft) -> str:
    """Return the reference of the city.

    >>> ref_of(Draft("place", {"name": "+Bad Ems", "geonames": "2953371"}))
    'bad-ems-2953371'
    >>> ref_of(Draft("place", {"name": "+Alba", "position": "-44.7, 8.035"}))
    'alba-4470s0804e'
    >>> ref_of(Draft("place", {"name": "city/alba-3183364"}))
    'alba-3183364'
    """
    if known := id_of(draft["name"]):
        return known.partition("/")[2]
    name = slug(draft["name"].removeprefix(NEW)) or "city"
    if number := identifier("geonames", draft["geonames"]):
        return f"{name}-{number}"
    if item := identifier("wikidata", draft["wikidata"]):
        return f"{name}-{item.lower()}"
    at = position_of(draft["position"])
    if at is None:
        return name
    north, east = round(at.latitude * 100), round(at.longitude * 100)
    sides = f"{abs(north):04}{'sn'[north >= 0]}{abs(east):04}{'we'[east >= 0]}"
    return f"{name}-{sides}"


def _check(draft: Draft, _: str) -> Faults:
    faults: Faults = {}
    if draft["position"] and position_of(draft["position"]) is None:
        faults["position"] = "fault_position"
    for register in ("geonames", "wikidata"):
        if draft[register] and not identifier(register, draft[register]):
            faults[register] = "fault_identifier"
    return faults


_NEAR: Final = 20.0
"""Kilometres within which two cities of one name and country may be the same."""


def _same(draft: Draft, known: Known) -> Iterator[tuple[str, str]]:
    """Yield the cities that have an identifier of a new one, or its name, country and place."""
    if not draft["name"].startswith(NEW):
        return
    names, at = known.names, position_of(draft["position"])
    found = {
        "geonames": names.by_geonames(int(identifier("geonames", draft["geonames"]) or 0)),
        "wikidata": names.by_wikidata(identifier("wikidata", draft["wikidata"])),
    }
    yield from ((field, thing.id) for field, thing in found.items() if thing)
    if at is None:
        return
    for thing, _ in names.named(fold(draft["name"].removeprefix(NEW))):
        if (thing.kind, thing.country) != ("city", draft["country"]):
            continue
        if thing.latitude is None or thing.longitude is None:
            continue
        if distance(*at, thing.latitude, thing.longitude) <= _NEAR:
            yield "name", thing.id


def _alike(one: Draft, other: Draft) -> bool:
    """Whether two drafts are about one new city."""
    for register in ("geonames", "wikidata"):
        mine, yours = (identifier(register, draft[register]) for draft in (one, other))
        if mine and mine == yours:
            return True
    here, there = position_of(one["position"]), position_of(other["position"])
    same = fold(one["name"]) == fold(other["name"]) and one["country"] == other["country"]
    return bool(same and here and there and distance(*here, *there) <= _NEAR)


def _confirmed(made: Writing, city: str) -> None:
    """Write of a city that is known what is told of it beside its name."""
    said, lookup = {"cl:supportedBy": made.passage}, made.known.lookup
    if (item := identifier("wikidata", made.draft["wikidata"])) and not lookup.iris(
        city, "cl:wikidataItem"
    ):
        said["cl:wikidataItem"] = terms.WIKIDATA + item
    made.say(city, said)


def _write(made: Writing) -> None:
    draft, ref = made.draft, ref_of(made.draft)
    if city := made.thing("name"):
        _confirmed(made, city)
        return
    name, at = made.new("name"), position_of(draft["position"])
    number = identifier("geonames", draft["geonames"])
    item = identifier("wikidata", draft["wikidata"])
    country = alpha3(draft["country"])
    city = made.mint("city", ref, name, (number, item, country))
    feature = terms.GEONAMES.format(number) if number else ""
    made.say(
        city,
        {
            "rdf:type": "cl:City",
            "skos:prefLabel": ox.Literal(name, language=draft["spoken"]),
            "cl:inCountry": _COUNTRY + country,
            "cl:geonamesFeature": feature,
            "cl:wikidataItem": terms.WIKIDATA + item if item else "",
            "cl:supportedBy": made.passage,
        },
    )
    if at:
        latitude, longitude = degrees(at.latitude), degrees(at.longitude)
        made.say(city, {"wgs84:lat": latitude, "wgs84:long": longitude})
        made.triples |= dict.fromkeys(geometry.point(city, longitude.value, latitude.value))


PLACE: Final = Kind(
    "place",
    (
        Part(
            "part_place_new",
            (
                Field(
                    *("name", "thing", "city_name", "place_name_hint"),
                    is_new=True,
                    is_needed=True,
                    doubts=True,
                    parameter="name",
                    properties=("skos:prefLabel", "rdf:type"),
                    shapes=("city-iri",),
                ),
                Field(*("spoken", "language", "language_of_name"), default="en"),
                Field(
                    *("country", "country", "country"),
                    is_needed=True,
                    properties=("cl:inCountry",),
                ),
                Field(
                    *("position", "text", "place_position", "place_position_hint"),
                    is_needed=True,
                    properties=("wgs84:lat", "wgs84:long", "geo:asWKT"),
                    shapes=("city-in-country", "city-null-island"),
                ),
                Field(
                    *("geonames", "text", "cl:geonamesFeature", "place_geonames_hint"),
                    properties=("cl:geonamesFeature",),
                    shapes=("geonames-once",),
                ),
                Field(
                    *("wikidata", "text", "cl:wikidataItem", "identifier_hint"),
                    properties=("cl:wikidataItem",),
                    shapes=("wikidata-once",),
                ),
            ),
        ),
    ),
    check=_check,
    write=_write,
    sentence=lambda draft: "said_place" if draft["name"].startswith(NEW) else "said_place_known",
    sentences=("said_place", "said_place_known"),
    about=lambda draft: f"city/{ref_of(draft)}",
    shown_on=lambda draft: [f"city/{ref_of(draft)}"],
    same=_same,
    alike=_alike,
    place=("country", "position"),
)
