"""Positions: how often those of a source are wrong, told from the places that can be no other.

A list whose positions were looked up by a machine has some of another place of that name, or of
the middle of a country. Where a name is that of one place alone in its country, a position far from
it is wrong; how often that happens tells how little a position speaks against a place elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from registry.identity.mentions import Mention
from registry.places.gazetteer import Places
from registry.places.names import fold
from registry.places.position import distance
from registry.sources.statements import Reading

_FAR: Final = 50.0
"""Kilometres from which a position is not that of the place."""

_FEWEST: Final = 20
"""How many places have to be certain, for their positions to tell of the others."""

_MOST: Final = 0.3


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
