"""The authority file: `graph/cities`, which alone describes cities.

What a curator wrote of a city stands as it is; the others are described from the gazetteer, with
their item in Wikidata where the sources gave one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry.intake import canonical
from registry.intake.graphs import Graph, from_triples
from registry.intake.identity.countries import alpha3
from registry.intake.identity.names import fold
from registry.intake.importers.claims import LABEL, A, node
from registry.intake.importers.minting import City

_COUNTRY: Final = "http://publications.europa.eu/resource/authority/country/"
_ITEM: Final = "http://www.wikidata.org/entity/"
_DECIMAL: Final = node("xsd:decimal")


def graph_of(curated: Graph, cities: Iterable[City]) -> Graph:
    """Add the cities that a curated authority file lacks."""
    triples = curated.triples()
    known = {str(triple.subject).strip("<>") for triple in triples}
    new = (triple for city in cities if city.iri not in known for triple in _described(city))
    return from_triples(curated.iri, [*triples, *map(canonical.triple, new)])


def _described(city: City) -> Iterator[ox.Triple]:
    """Describe a city from the gazetteer; the languages of its names are not told there."""
    this, place = ox.NamedNode(city.iri), city.place
    latitude, longitude = (_degrees(number) for number in (place.latitude, place.longitude))
    point = f"POINT({longitude.value} {latitude.value})"
    yield ox.Triple(this, A, node("cl:City"))
    yield ox.Triple(this, LABEL, ox.Literal(place.name, language="und"))
    yield ox.Triple(this, node("wgs84:lat"), latitude)
    yield ox.Triple(this, node("wgs84:long"), longitude)
    yield ox.Triple(this, node("geo:asWKT"), ox.Literal(point, datatype=node("geo:wktLiteral")))
    yield ox.Triple(this, node("cl:inCountry"), ox.NamedNode(_COUNTRY + alpha3(place.country)))
    if place.population:
        yield ox.Triple(this, node("cl:population"), ox.Literal(place.population))
    for name in _others(city):
        yield ox.Triple(this, node("skos:altLabel"), ox.Literal(name, language="und"))
    yield from _identified(city)


def _identified(city: City) -> Iterator[ox.Triple]:
    """Say which entries of other registers a city is, which are its sources, too."""
    this = ox.NamedNode(city.iri)
    if city.place.id > 0:
        address = ox.NamedNode(city.place.address)
        yield ox.Triple(this, node("cl:geonamesFeature"), address)
        yield ox.Triple(this, node("dcterms:source"), address)
    if city.item:
        item = ox.NamedNode(_ITEM + city.item)
        yield ox.Triple(this, node("cl:wikidataItem"), item)
        if city.place.id < 0:
            yield ox.Triple(this, node("dcterms:source"), item)


def _degrees(number: float) -> ox.Literal:
    """Write degrees as a decimal number, in canonical form.

    >>> _degrees(45.0).value, _degrees(-0.5).value, _degrees(-0.0).value
    ('45', '-0.5', '0')
    """
    return canonical.literal(ox.Literal(f"{number:.6f}", datatype=_DECIMAL))


def _others(city: City) -> Iterator[str]:
    """Give the other names, but those that differ in case or marks alone."""
    known = {city.place.name.casefold()}
    for name in city.place.others:
        if name.casefold() not in known and fold(name):
            known.add(name.casefold())
            yield name
