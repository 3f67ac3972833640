"""A gazetteer with places of our own beside it, whose numbers are below nought."""

from __future__ import annotations

from collections.abc import Collection

from registry.places.anchors import Anchor
from registry.places.divisions import Division
from registry.places.gazetteer import Gazetteer, Place
from registry.places.position import Position, distance


class BesideGazetteer:
    """What is the same of all such places: how they are found near, and what only it knows."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._own: Collection[Place] = ()

    def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
        """List the places within a distance, the nearest first."""

        def away(place: Place) -> float:
            return distance(latitude, longitude, place.latitude, place.longitude)

        own = [place for place in self._own if away(place) <= kilometres]
        listed = self._gazetteer.near(latitude, longitude, kilometres)
        return sorted([*listed, *own], key=away) if own else listed

    def positions(self, country: str) -> list[Position]:
        """List the positions of the places of a country."""
        own = [Position(*one[2:4]) for one in self._own if one.country == country]
        return [*self._gazetteer.positions(country), *own]

    def division(self, country: str, code: str) -> Division | None:
        """Return the division of a country (alpha-2) with a code of GeoNames."""
        return self._gazetteer.division(country, code)

    def divisions(self, text: str, country: str = "") -> tuple[Division, ...]:
        """List the divisions that a text names or is the code of, in a country or anywhere."""
        return self._gazetteer.divisions(text, country)

    def anchor(self, item: str) -> Anchor | None:
        """Return what is known of an item of Wikidata."""
        return self._gazetteer.anchor(item)

    def items(self, number: int) -> tuple[str, ...]:
        """List the items of Wikidata that are a place."""
        return self._gazetteer.items(number)
