"""The authority file: `graph/cities`, which alone describes cities.

What a curator wrote of a city stands as it is; the others are described from the gazetteer, with
their item in Wikidata where the sources gave one, and the names that sources call them by.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs import canonical, geometry, placement
from registry.graphs.graph import Graph, from_lines, from_triples
from registry.identity.ledger import is_of_stub
from registry.places.countries import alpha3
from registry.places.gazetteer import Place, tags_by_name
from registry.places.names import fold
from registry.sources.claims import LABEL, A, node
from registry.sources.labels import UNTOLD, Names
from registry.sources.minting import City

_COUNTRY: Final = "http://publications.europa.eu/resource/authority/country/"


def described_in(cities: Graph) -> set[str]:
    """List the IRIs of the cities that an authority file describes, but not those given up."""
    own = (line for line in cities.lines if not is_of_stub(line))
    subjects = (line.partition(b"> ")[0][1:].decode() for line in own)
    return {iri for iri in subjects if iri.startswith(terms.thing("city", ""))}


def with_proposed(cities: Graph, graphs: Iterable[Graph]) -> Graph:
    """Return an authority file with what people proposed of cities beside it, new ones too."""
    start = f"<{terms.thing('city', '')}".encode()
    proposed = (graph for graph in graphs if graph.iri.startswith(placement.PROPOSED))
    lines = {line for graph in proposed for line in graph.lines if line.startswith(start)}
    return Graph(cities.iri, from_lines({*cities.lines, *lines})) if lines else cities


def graph_of(known: Container[str], cities: Iterable[City], names: Names) -> Graph:
    """Describe the cities that an authority file lacks; `known` holds the IRIs of the others."""
    new = (city for city in cities if city.iri not in known)
    triples = (triple for city in new for triple in _described(city, names))
    return from_triples(terms.CITIES_GRAPH, map(canonical.triple, triples))


def _described(city: City, names: Names) -> Iterator[ox.Triple]:
    """Describe a city."""
    this, place = ox.NamedNode(city.iri), city.place
    latitude, longitude = (
        canonical.degrees(number) for number in (place.latitude, place.longitude)
    )
    yield ox.Triple(this, A, node("cl:City"))
    yield ox.Triple(this, node("wgs84:lat"), latitude)
    yield ox.Triple(this, node("wgs84:long"), longitude)
    yield from geometry.point(city.iri, longitude.value, latitude.value)
    yield ox.Triple(this, node("cl:inCountry"), ox.NamedNode(_COUNTRY + alpha3(place.country)))
    if place.population:
        yield ox.Triple(this, node("cl:population"), ox.Literal(place.population))
    yield from _named(city, names)
    yield from _identified(city)


def _named(city: City, names: Names) -> Iterator[ox.Triple]:
    """Name a city: as the gazetteer does, and as sources do."""
    this, own = ox.NamedNode(city.iri), city.place.own
    preferred = _preferred(city.place, names.english(city.ref))
    for tag, name in preferred.items():
        yield ox.Triple(this, LABEL, ox.Literal(name, language=tag))
    if own:
        yield ox.Triple(this, node("cl:ownLanguage"), ox.Literal(own))
    others = _others(city.place, preferred.values())
    for name, tag in others.items():
        yield ox.Triple(this, node("skos:altLabel"), ox.Literal(name, language=tag))
    for name, tag in names.others(city.ref, [*preferred.values(), *others]):
        yield ox.Triple(this, node("skos:hiddenLabel"), ox.Literal(name, language=tag))


def _preferred(place: Place, english: str) -> dict[str, str]:
    """Return the name of a place in its own language and those of the pages, by language.

    Where its own language is not known, its main name is one of an untold language. `english` is
    what sources call it in English; empty where none does.
    """
    told = dict(place.labels)
    if place.own:
        told.setdefault(place.own, place.name)
    preferred = {tag: told[tag] for tag in (*terms.LANGUAGES, place.own) if tag in told}
    if english:
        preferred.setdefault("en", english)
    return preferred if place.own else {UNTOLD: place.name, **preferred}


def _identified(city: City) -> Iterator[ox.Triple]:
    """Return which entries of other registers a city is, which are its sources, too."""
    this = ox.NamedNode(city.iri)
    if city.place.id > 0:
        address = ox.NamedNode(city.place.address)
        yield ox.Triple(this, node("cl:geonamesFeature"), address)
        yield ox.Triple(this, node("dcterms:source"), address)
    for number in city.items:
        item = ox.NamedNode(terms.WIKIDATA + number)
        yield ox.Triple(this, node("cl:wikidataItem"), item)
        yield ox.Triple(this, node("dcterms:source"), item)


def _others(place: Place, preferred: Iterable[str]) -> dict[str, str]:
    """Return other names with their language, but those that differ in case or marks alone.

    A name that several languages share has none told here.
    """
    known = {name.casefold() for name in preferred}
    tags = tags_by_name(place.labels)
    others: dict[str, str] = {}
    for name in sorted(place.names):
        if name.casefold() not in known and fold(name):
            known.add(name.casefold())
            told = tags.get(name, [])
            others[name] = told[0] if len(told) == 1 else UNTOLD
    return others
