"""Own names of cities that the gazetteer lacks: the language that sources name them in.

No input tells it. But the same sources name cities of the gazetteer too, whose own names are known:
where what they call those in a country is their own name nearly always, so is what they call the
others. The language is that of the places around.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from registry.places.gazetteer import Place, Places
from registry.places.names import is_latin
from registry.places.own_names import Sample, is_same
from registry.sources.labels import Names
from registry.sources.minting import City

_FEWEST: Final = 20
"""Cities of a country that show how a source names those of it."""

_SMALL: Final = 5_000
"""Inhabitants below which they are as little known abroad as those that the gazetteer lacks."""

_OF: Final = 100
"""Of how many of them one may be called otherwise than in its own language."""

_AROUND: Final = 25.0
"""Kilometres within which places show the language of a city, of which so many are asked."""

_ASKED: Final = 5

Samples = dict[tuple[str, str], Sample]
"""By country and language of the names of a source."""


def with_own_names(cities: Iterable[City], names: Names, places: Places) -> Iterator[City]:
    """Yield cities, with the language of those of no GeoNames number where sources show it."""
    listed = list(cities)
    samples = samples_of(listed, names)
    for city in listed:
        shown = city.place.id < 0 and not city.place.own and _is_shown(city, names, samples)
        language = _language_around(city.place, places) if shown else ""
        yield replace(city, place=city.place._replace(own=language)) if language else city


def samples_of(cities: Iterable[City], names: Names) -> Samples:
    """Compare what sources call smaller cities of the gazetteer with their own names."""
    samples: Samples = defaultdict(Sample)
    for city in cities:
        place = city.place
        if place.id > 0 and place.own and place.population < _SMALL and is_latin(place.local):
            for tag, name in names.said[city.ref]:
                sample = samples[place.country, tag]
                sample.told += 1
                sample.same += is_same(place.local, name)
    return samples


def _is_shown(city: City, names: Names, samples: Samples) -> bool:
    """Whether the name of a city is as sources write own names in its country."""
    name = city.place.name
    tags = [tag for tag, said in names.said[city.ref] if said == name]
    is_plain = is_latin(name) and not {"(", ",", "/"} & set(name)
    return is_plain and any(samples[city.place.country, tag].is_good(_FEWEST, _OF) for tag in tags)


def _language_around(place: Place, places: Places) -> str:
    """Return the own language of the nearest places; empty where it is not one."""
    near = (
        one
        for one in places.near(place.latitude, place.longitude, _AROUND)
        if one.country == place.country and one.id > 0
    )
    shown = {one.own for one in islice(near, _ASKED)}
    return shown.pop() if len(shown) == 1 else ""
