"""Positions: which of a source are not those of its places, and how often they are wrong.

A list whose positions were looked up by a machine has some of another place of that name, or of
the middle of a country. Where a name is that of one place alone in its country, a position far from
it is wrong; how often that happens tells how little a position speaks against a place elsewhere.

Where a source says that it looked positions up by name, the country that it states goes before: a
position at which a place of the name lies in another country is that of the namesake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from registry.identity.contradictions import may_be_in
from registry.identity.mentions import Mention
from registry.identity.source_places import is_inside
from registry.places.gazetteer import Places
from registry.places.names import fold
from registry.places.position import distance
from registry.sources.statements import Reading

_FAR: Final = 50.0
"""Kilometres from which a position is not that of the place."""

_AT: Final = 30.0
"""Kilometres within which a position is that of a namesake."""

_AT_NAMESAKES: Final = "positions of namesakes in other countries"

_FEWEST: Final = 20
"""How many places have to be certain, for their positions to tell of the others."""

_MOST: Final = 0.3


def without_namesakes(reading: Reading, places: Places) -> Reading:
    """Forget positions of namesakes in other countries, in a source that looked positions up."""
    if not reading.looked_up:
        return reading
    after = replace(reading, rows=[], noticed=reading.noticed.copy())
    known: dict[Mention, bool] = {}
    for row in reading.rows:
        for place in row.places:
            if place not in known:
                known[place] = _is_at_namesake(place, places)
        after.noticed[_AT_NAMESAKES] += sum(known[place] for place in row.places)
        own = (replace(p, position=None) if known[p] else p for p in row.places)
        after.rows.append(row.of(*own))
    after.noticed = +after.noticed
    return after


def _is_at_namesake(place: Mention, places: Places) -> bool:
    """Whether a place of the name in another country is where a place is said to be."""
    at, country = place.position, place.country
    if not at or not country or place.is_settled or is_inside(at, country, places):
        return False
    named = (found for found, _ in places.named(fold(place.name)))
    return any(
        not may_be_in(one, country) and distance(*at, one.latitude, one.longitude) <= _AT
        for one in named
    )


def doubted(reading: Reading, places: Places) -> Reading:
    """Return for the places of a source how likely their position is that of another place.

    The places that stand first in the rows are told apart from those that stand second, since
    their positions often come from elsewhere.
    """
    columns = zip(*(row.places for row in reading.rows), strict=True)
    shares = [_share(set(column), places) for column in columns]
    after = replace(reading, rows=[])
    for row in reading.rows:
        after.rows.append(row.of(*map(_doubted, row.places, shares)))
    return after


def _doubted(mention: Mention, share: float | None) -> Mention:
    return replace(mention, doubt=share or 0.0, untested=share is None)


def _share(mentions: Iterable[Mention], places: Places) -> float | None:
    """Return the share of positions that are far from the only place that can be meant.

    None where there are too few to tell.
    """
    far = [away > _FAR for mention in mentions if (away := _away(mention, places)) is not None]
    return min(_MOST, sum(far) / len(far)) if len(far) >= _FEWEST else None


def _away(place: Mention, places: Places) -> float | None:
    """Return how far a position is from the only place of its name and country, in kilometres.

    None where there is no such place, or several.
    """
    if not place.position or not place.country:
        return None
    found = [p for p, _ in places.named(fold(place.name), place.country)]
    if len(found) != 1:
        return None
    return distance(*place.position, found[0].latitude, found[0].longitude)
