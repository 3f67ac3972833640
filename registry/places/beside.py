"""A gazetteer with places of our own beside it, whose numbers are below nought."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

from registry.places.anchors import Anchor
from registry.places.divisions import Division
from registry.places.gazetteer import Gazetteer, Place
from registry.places.position import KILOMETRES_PER_DEGREE, Position, distance

_EDGE: Final = 1e-6
"""Degrees by which the latitudes of what is near are taken wider, for what rounding does."""


class BesideGazetteer:
    """What is the same of all such places: how they are found near, and what only it knows."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._set_own(())

    def _set_own(self, places: Iterable[Place]) -> None:
        """Set the places of our own; they are looked up by latitude."""
        self._own = tuple(places)
        self._by_latitude = sorted((one.latitude, number) for number, one in enumerate(self._own))

    def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
        """List the places within a distance, the nearest first."""

        def away(place: Place) -> float:
            return distance(latitude, longitude, place.latitude, place.longitude)

        high = kilometres / KILOMETRES_PER_DEGREE + _EDGE
        first = bisect_left(self._by_latitude, (latitude - high, 0))
        last = bisect_right(self._by_latitude, (latitude + high, len(self._own)))
        beside = sorted(number for _, number in self._by_latitude[first:last])
        own = [place for number in beside if away(place := self._own[number]) <= kilometres]
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
