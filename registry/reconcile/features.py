"""Features: how a city compares with each thing that a query says, for clients that weigh anew.

`name` is a likeness in per cent. Of what a query says beside the name, each property has a feature
of its name, from 1.0 (it agrees) to 0.0 (it contradicts); a property of which nothing is known of
the city has none. `distance` is in kilometres, `inhabitants` a number of people.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from rapidfuzz import fuzz

from registry.identity.contradictions import may_be_in
from registry.identity.qualifiers import Agreement, region_agreement
from registry.places.gazetteer import Place, Places
from registry.places.names import fold
from registry.places.position import distance
from registry.reconcile.query import MatchQuery
from registry.views.names import NameIndex, Thing

_HERE, _AWAY = 5.0, 50.0
"""Kilometres up to which a position agrees, and from which on it contradicts."""

_ALIKE, _UNLIKE = 1.25, 5.0
"""Factors between two numbers of inhabitants, likewise."""


def features_of(
    query: MatchQuery, thing: Thing, place: Place, index: NameIndex, places: Places
) -> dict[str, float]:
    """Return the features of a city, which is a place of the gazetteer or of the registry."""
    features = {"inhabitants": float(place.population)}
    if key := fold(query.text):
        features["name"] = _likeness(key, thing, place, index)
    if query.countries:
        features["country"] = float(any(may_be_in(place, one) for one in query.countries))
    if (agrees := _in_region(query.regions, place, places)) is not None:
        features["region"] = agrees
    if query.position:
        away = distance(*query.position, place.latitude, place.longitude)
        features["distance"] = round(away, 1)
        features["coordinates"] = _fit(away, _HERE, _AWAY)
    if query.population and place.population:
        ratio = query.population / place.population
        features["population"] = _fit(math.exp(abs(math.log(ratio))), _ALIKE, _UNLIKE)
    if query.geonames and thing.geonames:
        features["geonames"] = float(thing.geonames in query.geonames)
    if query.wikidata and thing.wikidata:
        features["wikidata"] = float(not set(query.wikidata).isdisjoint(index.items(thing)))
    return features


def _likeness(key: str, thing: Thing, place: Place, index: NameIndex) -> float:
    """Compare a folded name with all names of a city, in per cent."""
    likeness = _likest(key, place.names)
    if likeness < 100:
        likeness = max(likeness, _likest(key, index.names(thing)))
    return round(likeness, 1)


def _likest(key: str, names: Iterable[str]) -> float:
    likeness = 0.0
    for name in names:
        likeness = max(likeness, fuzz.ratio(key, fold(name), score_cutoff=likeness))
        if likeness == 100:
            break
    return likeness


def _in_region(regions: Iterable[str], place: Place, places: Places) -> float | None:
    """Whether a place is in one of several regions; None where none of them can be read."""
    said = {region_agreement(region, place, places) for region in regions}
    if Agreement.AGREES in said:
        return 1.0
    return 0.0 if Agreement.CONTRADICTS in said else None


def _fit(measured: float, agrees: float, contradicts: float) -> float:
    """Grade a measure between what agrees and what contradicts.

    >>> _fit(3, 5, 50), _fit(27.5, 5, 50), _fit(80, 5, 50)
    (1.0, 0.5, 0.0)
    """
    return round(min(1.0, max(0.0, (contradicts - measured) / (contradicts - agrees))), 2)
