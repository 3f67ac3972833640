"""Contradictions: what a source states that a candidate is not. One excludes it, and outvotes all.

Countries, regions, identifiers and positions are compared. A position counts only where it is
trusted: of a source whose positions are nearly always right, or near a place of the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from registry.identity.mentions import Contradiction, Mention
from registry.identity.qualifiers import Agreement, region_agreement
from registry.places.countries import is_within
from registry.places.gazetteer import Place, Places
from registry.places.names import fold
from registry.places.position import Position, distance

FAR: Final = 30.0
"""Kilometres from which a trusted position is not that of the place."""

RELIABLE: Final = 0.006
"""Share of wrong positions up to which each position of a source is trusted.

Of the positions of names that only one place of the country bears, 0.4 to 0.5 % of Wikidata's are
more than 50 km off, 2 to 3 % of Wikipedia's lists, and 1 to 5 % of what geocoders made of a German
list, which gives the middle of the country for some.
"""

_SAME: Final = 5.0
"""Kilometres within which two entries of one name are the same place, entered twice."""

_DISPUTED: Final = frozenset({("XK", "RS"), ("EH", "MA"), ("PS", "IL"), ("TW", "CN")})
"""Codes of which sources state now one, now the other."""

_CRIMEA: Final = frozenset({("UA", "11"), ("UA", "20"), ("RU", "11"), ("RU", "20")})
"""Divisions that sources place in Ukraine or in Russia."""


def is_same(a: Place, b: Place) -> bool:
    """Whether two entries are one place."""
    if a.id == b.id:
        return True
    if (a.country, a.region) != (b.country, b.region) or not _overlap(fold(a.name), fold(b.name)):
        return False
    return distance(a.latitude, a.longitude, b.latitude, b.longitude) <= _SAME


def _overlap(one: str, other: str) -> bool:
    """Whether all words of one name are in the other."""
    a, b = set(one.split(" ")), set(other.split(" "))
    return a <= b or b <= a


def may_be_in(place: Place, country: str) -> bool:
    """Whether a source may say of a place that it is in a country, by its code.

    A territory is in its country, but the country is not in its territory.
    """
    return is_within(place.country, country) or is_disputed(place, country)


def is_disputed(place: Place, country: str) -> bool:
    """Whether sources state now the code of a place, now that of another country."""
    if (place.country, place.region) in _CRIMEA and country in {"UA", "RU"}:
        return True
    return (place.country, country) in _DISPUTED or (country, place.country) in _DISPUTED


def trusted(mention: Mention, named: Iterable[Place]) -> Position | None:
    """Return the position of a mention where it is trusted; `named` are the places of its name."""
    at = mention.position
    if at is None or mention.doubt <= RELIABLE:
        return at
    return at if any(away(at, place) <= FAR for place in named) else None


def away(position: Position, place: Place) -> float:
    """Return the distance of a place from a position in kilometres."""
    return distance(*position, place.latitude, place.longitude)


def region_said(mention: Mention, place: Place, places: Places) -> Agreement:
    """Compare the region that is stated with a place; where none is, nothing is read."""
    if not mention.region:
        return Agreement.UNREAD
    return region_agreement(mention.region, place, places)


def contradictions(  # noqa: PLR0913  (all that can contradict)
    mention: Mention,
    place: Place,
    position: Position | None,
    region: Agreement,
    places: Places,
    *,
    limit: float = FAR,
) -> Iterator[Contradiction]:
    """Yield what a source states that a place is not.

    `position` is one that counts: it contradicts a place that is farther away than a limit, in
    kilometres. `region` is what the stated region says of the place.
    """
    if mention.country and not may_be_in(place, mention.country):
        why = f"it is in {place.country}, not in {mention.country}"
        yield Contradiction("country", why)
    if position and (far := away(position, place)) > limit:
        yield Contradiction("coordinates", f"it is {far:.0f} km from the position that is stated")
    if region is Agreement.CONTRADICTS:
        division = places.division(place.country, place.part or place.region)
        where = division.name if division else place.region
        yield Contradiction("region", f"it is in {where}, not in {mention.region}")
    if mention.geonames and place.id != mention.geonames:
        other = places.place(mention.geonames)
        if other and not is_same(other, place):
            why = f"the identifier is that of {other.name} ({other.country})"
            yield Contradiction("geonames", why)


def support(mention: Mention, place: Place, position: Position | None, region: Agreement) -> int:
    """Count the statements of a source, beside the name, that a place fits."""
    return sum(
        (
            bool(mention.country and may_be_in(place, mention.country)),
            bool(position and away(position, place) <= FAR),
            bool(mention.geonames and mention.geonames == place.id),
            region is Agreement.AGREES,
        )
    )
