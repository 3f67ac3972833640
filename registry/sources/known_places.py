"""Known places: the gazetteer, and the cities of the registry that it lacks.

A city that was minted from what a source states has no number at GeoNames. The next import finds it
by its name and position, so that it keeps its reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph
from registry.identity.ledger import Ledger
from registry.places.beside import BesideGazetteer
from registry.places.countries import code_of
from registry.places.gazetteer import Gazetteer, NameRank, Place
from registry.places.names import fold
from registry.sources.authority import described_in

_FIRST: Final = -1_000_000_000
"""Number of the first of these places; those that a resolution makes begin at -1."""

_CITY: Final = terms.thing("city", "")
_GEONAMES: Final = terms.prefixed("cl:geonamesFeature")
_COUNTRY: Final = terms.prefixed("cl:inCountry")
_LATITUDE: Final = terms.prefixed("wgs84:lat")
_LONGITUDE: Final = terms.prefixed("wgs84:long")
_POPULATION: Final = terms.prefixed("cl:population")
_NAMES: Final = tuple(map(terms.prefixed, ("skos:prefLabel", "skos:altLabel", "skos:hiddenLabel")))


class KnownPlaces(BesideGazetteer):
    """Places by name, position and number: those of the gazetteer, and cities of our own.

    `refs` are the references of our own by their numbers, `described` the IRIs of all cities that
    the authority file describes.
    """

    def __init__(self, gazetteer: Gazetteer, cities: Graph, ledger: Ledger) -> None:
        super().__init__(gazetteer)
        self.refs: dict[int, str] = {}
        self.described = described_in(cities)
        self._by_number: dict[int, Place] = {}
        self._keys: defaultdict[str, list[tuple[Place, NameRank]]] = defaultdict(list)
        minted = {entry.ref: entry.label for entry in ledger.entries if entry.kind == "city"}
        for number, (ref, place) in enumerate(_unlisted(cities)):
            if not ledger.is_withdrawn(_CITY + ref):
                named = _named(place._replace(id=_FIRST - number), minted.get(ref, ""))
                self._add(named, ledger.current(_CITY + ref))
        self._set_own(self._by_number.values())
        self._keys_by_country: dict[str, Sequence[str]] = {}

    def _add(self, place: Place, iri: str) -> None:
        self.refs[place.id] = iri.removeprefix(_CITY)
        self._by_number[place.id] = place
        for name in place.others:
            self._keys[fold(name)].append((place, NameRank.OTHER))
        self._keys[fold(place.name)].append((place, NameRank.MAIN))

    def place(self, number: int) -> Place | None:
        """Return the place of a number."""
        return self._by_number.get(number) or self._gazetteer.place(number)

    def named(self, key: str, country: str = "") -> list[tuple[Place, NameRank]]:
        """List the places of a folded name, in a country or anywhere, and how it is theirs."""
        own = [one for one in self._keys.get(key, ()) if country in {"", one[0].country}]
        return [*self._gazetteer.named(key, country), *own]

    def keys(self, country: str) -> Sequence[str]:
        """List all folded names of a country."""
        if country not in self._keys_by_country:
            own = {
                key
                for key, found in self._keys.items()
                if any(place.country == country for place, _ in found)
            }
            listed = self._gazetteer.keys(country)
            self._keys_by_country[country] = [*listed, *sorted(own)] if own else listed
        return self._keys_by_country[country]

    def keys_beginning(self, start: str, country: str) -> list[str]:
        """List the folded names of a country that begin so."""
        own = (key for key in self._keys if key.startswith(start))
        called = [
            key for key in own if any(place.country == country for place, _ in self._keys[key])
        ]
        return [*self._gazetteer.keys_beginning(start, country), *called]


def _unlisted(cities: Graph) -> Iterator[tuple[str, Place]]:
    """Yield the cities of an authority file that have a position, and no number at GeoNames."""
    described: defaultdict[str, defaultdict[str, list[str]]]
    described = defaultdict(lambda: defaultdict(list))
    for triple in cities.triples():
        subject, value = triple.subject, triple.object
        if isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal):
            described[subject.value][triple.predicate.value].append(value.value)
    for iri, said in sorted(described.items()):
        if iri.startswith(_CITY) and _LATITUDE in said and _GEONAMES not in said:
            yield iri.removeprefix(_CITY), _place(said)


def _named(place: Place, name: str) -> Place:
    """Return a place under the name that it was minted by, which the names of links are made of.

    >>> mark = Place(-1, "Marks kommun", 57.5, 12.7, "SE", "", 0, ("Mark Municipality",))
    >>> _named(mark, "Mark Municipality")[1], _named(mark, "Mark Municipality").others
    ('Mark Municipality', ('Marks kommun',))
    """
    if not name:
        return place
    others = dict.fromkeys((place.name, *place.others))
    others.pop(name, None)
    return place._replace(name=name, others=tuple(others))


def _place(said: Mapping[str, Sequence[str]]) -> Place:
    """Make a place of what is said of a city."""
    country = code_of(min(said.get(_COUNTRY, [""])).rpartition("/")[2])
    latitude, longitude = float(min(said[_LATITUDE])), float(min(said[_LONGITUDE]))
    first, *others = dict.fromkeys(name for kind in _NAMES for name in said.get(kind, ()))
    people = int(min(said.get(_POPULATION, ["0"])))
    return Place(0, first, latitude, longitude, country, "", people, tuple(others))
