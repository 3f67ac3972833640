"""Anchors: items of Wikidata of which names and position are known, whatever sources say."""

from __future__ import annotations

from typing import NamedTuple

from registry.places.position import Position


class Anchor(NamedTuple):
    """An item of Wikidata that is a place: its names, position and country (alpha-2).

    `place` is the GeoNames id of the place of the gazetteer that it is; 0 where that is not known.
    """

    item: str
    names: tuple[str, ...]
    position: Position
    country: str
    place: int
