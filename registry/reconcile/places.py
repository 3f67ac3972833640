"""Places as the registry knows them: the gazetteer, with the cities and names of a release.

The gazetteer has also the places that are no cities of the registry: a name that means one of them
must not be taken for a namesake that is.
"""

from __future__ import annotations

import weakref
from functools import lru_cache, partial

from registry.places.gazetteer import Gazetteer, Place
from registry.places.position import distance
from registry.views.names import NameIndex, Thing


class RegistryPlaces:
    """The gazetteer and an index before it; what only the index has gets numbers below nought."""

    def __init__(self, gazetteer: Gazetteer, index: NameIndex) -> None:
        self._gazetteer, self._index = gazetteer, index
        self._own = [self._place(thing) for thing in index.unlisted()]
        # By a weak reference, so that the index is closed when this is let go.
        self.keys = lru_cache(300)(partial(RegistryPlaces._keys, weakref.proxy(self)))

    def thing(self, place: Place) -> Thing | None:
        """Return the city that a place is; None where the registry does not have it."""
        found = self._index.by_geonames(place.id) if place.id > 0 else None
        return self._index.number(-place.id) if place.id < 0 else found

    def place_of(self, thing: Thing) -> Place:
        """Return the place that a city is."""
        return self._gazetteer.place(thing.geonames) or self._place(thing)

    def place(self, number: int) -> Place | None:
        """Return the place of a number."""
        if number > 0:
            return self._gazetteer.place(number)
        return self._place(self._index.number(-number))

    def named(self, key: str, country: str = "") -> list[tuple[Place, bool]]:
        """List the places of a folded name, in a country or anywhere, and if it is the main one."""
        found = dict(self._gazetteer.named(key, country))
        for thing, main in self._index.named(key):
            if thing.kind == "city" and country in {"", thing.country}:
                place = self.place_of(thing)
                found.setdefault(place, main and place.id < 0)
        return list(found.items())

    def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
        """List the places within a distance, the nearest first."""

        def away(place: Place) -> float:
            return distance(latitude, longitude, place.latitude, place.longitude)

        own = [place for place in self._own if away(place) <= kilometres]
        listed = self._gazetteer.near(latitude, longitude, kilometres)
        return sorted([*listed, *own], key=away) if own else listed

    def _keys(self, country: str) -> list[str]:
        """List all folded names of a country."""
        known = self._gazetteer.keys(country)
        return [*known, *sorted(set(self._index.city_keys.get(country, ())) - set(known))]

    def _place(self, thing: Thing) -> Place:
        """Make a place of a city that the gazetteer does not have."""
        where = (thing.latitude or 0.0, thing.longitude or 0.0, thing.country, "")
        names = self._index.names(thing)
        others = tuple(name for name in names if name != thing.label)
        return Place(-thing.number, thing.label, *where, thing.population, others)
