"""Places as the registry knows them: the gazetteer, with the cities and names of a release.

The gazetteer has also the places that are no cities of the registry: a name that means one of them
must not be taken for a namesake that is.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from cachetools import LRUCache, cachedmethod

from registry.places.beside import BesideGazetteer
from registry.places.gazetteer import Gazetteer, NameRank, Place
from registry.views.names import NameIndex, Thing

_BESIDE: Final = 15.0
"""Kilometres within which a place tells in which division another one lies."""

_TIMES: Final = 20
_WITHIN: Final = 10.0
"""How many times more inhabitants a city has than a quarter, and how far that lies off (km)."""

_UNLISTED: Final = 500
"""Inhabitants that a quarter is taken to have at least."""

_KEPT: Final = 1 << 14
"""Places of which it is kept whether they are quarters."""

_COUNTRIES: Final = 300
"""Countries of which the names are kept: all there are."""


class RegistryPlaces(BesideGazetteer):
    """The gazetteer and an index before it; what only the index has gets numbers below nought."""

    def __init__(self, gazetteer: Gazetteer, index: NameIndex) -> None:
        super().__init__(gazetteer)
        self._index = index
        self._set_own(self._place(thing) for thing in index.unlisted())
        self._keys_by_country: LRUCache[Any, list[str]] = LRUCache(_COUNTRIES)
        self._quarters: LRUCache[Any, bool] = LRUCache(_KEPT)
        self._lock = Lock()

    def thing(self, place: Place) -> Thing | None:
        """Return the city that a place is; None where the registry does not have it."""
        found = self._index.by_geonames(place.id) if place.id > 0 else None
        return self._index.number(-place.id) if place.id < 0 else found

    # Not `lru_cache`: an object that refers to itself is not closed with its last reference.
    @cachedmethod(lambda self: self._quarters, lock=lambda self: self._lock)
    def is_quarter(self, place: Place) -> bool:
        """Whether a place of the gazetteer lies in a city of its country, by its size."""
        least = _TIMES * max(place.population, _UNLISTED)
        return self._gazetteer.has_near(place, _WITHIN, least)

    def place_of(self, thing: Thing) -> Place:
        """Return the place that a city is."""
        return self._gazetteer.place(thing.geonames) or self._place(thing)

    def division_of(self, thing: Thing) -> str:
        """Return the name of the state or province in which a city lies; empty if not known.

        Of a city that the gazetteer lacks, it is that of the nearest place of its country.
        """
        place = self.place_of(thing)
        if not place.region and thing.latitude is not None and thing.longitude is not None:
            near = self._gazetteer.near(thing.latitude, thing.longitude, _BESIDE)
            place = next((one for one in near if one.country == place.country), place)
        found = self._gazetteer.division(place.country, place.region) if place.region else None
        return found.name if found else ""

    def place(self, number: int) -> Place | None:
        """Return the place of a number."""
        if number > 0:
            return self._gazetteer.place(number)
        return self._place(self._index.number(-number))

    def named(self, key: str, country: str = "") -> list[tuple[Place, NameRank]]:
        """List the places of a folded name, in a country or anywhere, and what name it is."""
        found = dict(self._gazetteer.named(key, country))
        for thing, main in self._index.named(key):
            if thing.kind == "city" and country in {"", thing.country}:
                place = self.place_of(thing)
                rank = NameRank.MAIN if main else NameRank.OTHER
                found[place] = max(found.get(place, rank), rank)
        return list(found.items())

    # Not `lru_cache`: an object that refers to itself is not closed with its last reference.
    @cachedmethod(lambda self: self._keys_by_country, lock=lambda self: self._lock)
    def keys(self, country: str) -> list[str]:
        """List all folded names of a country."""
        known = self._gazetteer.keys(country)
        return [*known, *sorted(set(self._index.city_keys.get(country, ())) - set(known))]

    def keys_beginning(self, start: str, country: str) -> list[str]:
        """List the folded names of a country that begin so."""
        own = (key for key in self._index.city_keys.get(country, ()) if key.startswith(start))
        return [*self._gazetteer.keys_beginning(start, country), *own]

    def _place(self, thing: Thing) -> Place:
        """Make a place of a city that the gazetteer does not have."""
        where = (thing.latitude or 0.0, thing.longitude or 0.0, thing.country, "")
        names = self._index.names(thing)
        others = tuple(name for name in names if name != thing.label)
        return Place(-thing.number, thing.label, *where, thing.population, others)
