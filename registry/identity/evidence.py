"""Evidence: what speaks for a candidate and against it, as weights that add up.

A weight is the natural logarithm of the factor by which a piece of evidence changes the odds
(Fellegi and Sunter, A Theory for Record Linkage, 1969). The prior is that a place is named in
proportion to a power of its inhabitants.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from registry.identity.candidates import UNLISTED
from registry.identity.contradictions import away
from registry.identity.mentions import Candidate, Evidence, Mention, Reason
from registry.identity.qualifiers import Agreement
from registry.places.gazetteer import Place
from registry.places.names import heads, is_of_quarter
from registry.places.position import Position

UNCOUNTED: Final = 1_000
"""Inhabitants that a place is taken to have where GeoNames does not know."""

_SIZE: Final = 1.25
"""The power of its inhabitants by which a place is named.

Of 700 places that Wikidata gave in 2017 as twins with a position, and which share their name with
others of the country, it makes those that were meant the likeliest (1.2 to 1.3). Where no country
is told, it is 1: then a namesake abroad is often a metropolis, and partners tell more.
"""

_NONE: Final = -3.0
_NONE_ANYWHERE: Final = -1.0
_NONE_OF_AN_ITEM: Final = -0.5
"""How much less likely, or more, than a place without inhabitants it is that none is meant."""

CALLED: Final = -0.5
"""Weight of a name from which on a place is called so."""

_DISTANCES: Final = ((3, 4.0), (10, 2.5), (20, 0.5), (30, -1.0), (50, -4.0), (math.inf, -8.0))
"""Kilometres up to which a distance has a weight."""

_RATIOS: Final = ((1.25, 1.5), (2.0, 0.7), (5.0, -0.5), (math.inf, -1.5))
"""Factors between two numbers of inhabitants up to which they have a weight."""

LETTER: Final = Reason("it is spelled so to the letter", 2.0)
LETTER_TOLD: Final = Reason("it is spelled so in another language", 0.5)

QUARTER: Final = Reason("it is called a part of a city", -2.5)

IN_REGION: Final = Reason("it is in that region", 3.0, Evidence.REGION)


def none_of_them(mention: Mention, best: Candidate | None = None, *, alone: bool = False) -> float:
    """Return the score of "none of them": high where only the name is known.

    Few places of a country are lacking in the gazetteer and have a namesake in it. However small
    the one place is that is called so, it is likelier than none.
    """
    size = math.log(UNCOUNTED)
    if is_bare(mention) and not alone:
        return size + _NONE_OF_AN_ITEM
    if best and _is_written(mention, best):
        size = min(size, _by_size(best.place, _SIZE if mention.country else 1.0))
    elif not (mention.country or mention.position or mention.geonames):
        return size + _NONE_ANYWHERE
    return size + _NONE


def is_bare(mention: Mention) -> bool:
    """Whether an item of Wikidata has nothing but a label, which may be that of a region."""
    return bool(mention.wikidata) and not (mention.country or mention.position or mention.geonames)


def _is_written(mention: Mention, best: Candidate) -> bool:
    """Whether a place is called so: in its country or a region, or to the letter."""
    called = best.naming.weight >= CALLED
    told = mention.country or best.naming.weight > -CALLED
    return called and bool(told or mention.name.casefold() in _written(best.place))


def weigh(
    mention: Mention, place: Place, position: Position | None, region: Agreement
) -> Iterator[Reason]:
    """Yield all reasons for and against a place but those of its name and of its partners.

    `position` is the one that is stated, where it is trusted; `region` what the stated region says.
    """
    size = _by_size(place, _SIZE if mention.country else 1.0)
    people = "inhabitants" if place.population else "its inhabitants are not known"
    yield Reason(people, size, Evidence.SIZE)
    if mention.stated:
        what = f"its source confuses {mention.stated} with {mention.country}, where the position is"
        yield Reason(what, 0.0)
    if mention.country and not (read := heads(mention.name)).isdisjoint(_written(place)):
        own = {place.name.casefold(), place.local.casefold()}
        yield LETTER if own & read else LETTER_TOLD
    if position:
        yield _by_distance(position, place)
    if mention.population and place.population:
        yield _by_population(mention.population, place.population)
    if region is Agreement.AGREES:
        yield IN_REGION
    if _is_quarter(place):
        yield QUARTER


@lru_cache(1 << 14)
def _written(place: Place) -> frozenset[str]:
    """Return the names of a place whose language is told, and its main one, in lower case."""
    return frozenset({place.name.casefold(), *(name.casefold() for _, name in place.labels)})


def _by_size(place: Place, power: float) -> float:
    """Weigh how many live there; `UNCOUNTED` weigh the same by each power."""
    unknown = UNCOUNTED if place.id > 0 else UNLISTED
    people = place.population or unknown
    return math.log(UNCOUNTED) + power * math.log(people / UNCOUNTED)


def _by_distance(position: Position, place: Place) -> Reason:
    far = away(position, place)
    weight = next(weight for limit, weight in _DISTANCES if far <= limit)
    return Reason(f"it is {far:.0f} km from there", weight, Evidence.POSITION)


def _by_population(told: int, known: int) -> Reason:
    ratio = max(told / known, known / told)
    weight = next(weight for limit, weight in _RATIOS if ratio <= limit)
    return Reason(f"inhabitants differ by a factor of {ratio:.1f}", weight)


def _is_quarter(place: Place) -> bool:
    return is_of_quarter(place.names) if place.quarter is None else place.quarter
