from typing import NamedTuple

from registry.places.position import Position


class Anchor(NamedTuple):
    item: str
    names: tuple[str, ...]
    position: Position
    country: str
    place: int
