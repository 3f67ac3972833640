"""What is looked for: a name or identifiers, and what is stated beside them."""

from __future__ import annotations

from dataclasses import dataclass

from registry.places.countries import is_within
from registry.places.position import Position


@dataclass(frozen=True)
class MatchQuery:
    """What is looked for: a name, or what identifies a thing, and what is known beside it.

    `kinds` are those of the things that are meant; none = all. `countries` are codes (ISO 3166-1
    alpha-2), `regions` names or codes of divisions as they are written, `geonames` numbers,
    `wikidata` items: of several, each may be meant. `unread` are the ids of the properties of which
    a value was given that cannot be read.
    """

    text: str = ""
    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    position: Position | None = None
    population: int = 0
    geonames: tuple[int, ...] = ()
    wikidata: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def admits(self, country: str) -> bool:
        """Whether what lies in a country may be meant: it is one of several, or in a territory."""
        return len(self.countries) < 2 or any(is_within(country, one) for one in self.countries)
