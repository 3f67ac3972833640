"""Qualifiers: whether what stands beside a name, or in a region column, agrees with a place.

A qualifier is a country, a division of one, another name of the place, or a larger place near it.
Where it can be read as one of these and none fits the place, it contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import lru_cache
from typing import Final

from registry.identity.mentions import Mention
from registry.places.countries import code_beside, is_part, is_territory, is_within
from registry.places.gazetteer import NameRank, Place, Places
from registry.places.names import (
    beside,
    fold,
    is_address,
    other_kind,
    readings,
    without_kind,
)
from registry.places.position import distance

_AROUND: Final = 160.0
"""Kilometres within which the capital of a province may stand for it: `Vyborg (St Petersburg)`."""

_BORDER: Final = 20.0
"""Kilometres within which a place stands for a part of a division that it is not in any more.

`Nottingham, Nottinghamshire`: the city left the county, and lies in the middle of it.
"""

_BESIDE: Final = 15.0
"""Kilometres within which two places whose names are joined are one municipality."""

_SHORT: Final = 3
"""Letters of the longest code of a country or division."""


class Agreement(Enum):
    """What a qualifier says of a place."""

    AGREES = "agrees"
    COUNTRY = "names its country"
    NEAR = "names a larger place near it"
    UNREAD = "is not read"
    CONTRADICTS = "contradicts"


_AGREE: Final = frozenset({Agreement.AGREES, Agreement.COUNTRY})


def agreement(text: str, place: Place, places: Places, head: str = "") -> Agreement:
    """Compare a qualifier with a place that is called as the head of a name, in folded form.

    A text that names a division or country which is not the place's contradicts it, unless it is
    also one of the place's own names, or that of a larger place near it. The head once more tells
    nothing as a name: `León, León` is in the division. Nor does a part of a name: the city in
    Missouri, which once was the City of Kansas, is not `Kansas City, Kansas`.
    """
    key = fold(text)
    regions = list(_regions(text, place.country, places))
    if is_address(key):
        return Agreement.AGREES
    own = key in _keys(place.names) and not (regions and head in _read_as(text))
    own = own or (not regions and _is_own(key, place.names))
    if own or _is_short(text, head, place.names):
        return Agreement.AGREES
    if within := {code for country, code in regions if is_in(place, country, code)}:
        return Agreement.AGREES if within - {""} else Agreement.COUNTRY
    if _is_near(key, place, places, _AROUND) or _borders(place, regions, places):
        return Agreement.NEAR
    if regions or other_kind(text):
        return Agreement.CONTRADICTS
    return Agreement.UNREAD


def country_beside(mention: Mention, places: Places) -> Mention:
    """Return a mention with the country that stands beside its name as the one it states.

    `Portland, Oregon (USA)` is `Portland, Oregon` in the United States, and `D-80331 München` is
    `München` in Germany. That is read so only where no place has the whole name, the country has
    one of the name that is left, and what stands beside it names no division in which another one
    is: `Rome, Georgia`, `Salem, IN`.
    """
    if mention.is_settled:
        return mention
    for name, text in beside(mention.name):
        code = code_beside(text) if text else mention.country
        if (code or not text) and _is_beside(name, text, code, mention, places):
            narrower = is_within(code, mention.country) or not mention.country
            return replace(mention, name=name, country=code if narrower else mention.country)
    return mention


def _is_beside(name: str, text: str, code: str, mention: Mention, places: Places) -> bool:
    """Whether a text that is the code or name of a country means it, beside a name."""
    stated = mention.country
    if is_part(text) or (stated and not (is_within(code, stated) or is_within(stated, code))):
        return False
    keys = {reading.key for reading in readings(name)}
    named = [one for key in keys for one in places.named(key)]
    if not any(
        rank > NameRank.OTHER and (not code or is_within(place.country, code))
        for place, rank in named
    ):
        return False
    elsewhere = (place for place, _ in named if code and not is_within(place.country, code))
    if not stated and text and any(agreement(text, one, places) in _AGREE for one in elsewhere):
        return False
    return not places.named(fold(mention.name))


def region_agreement(text: str, place: Place, places: Places) -> Agreement:
    """Compare what a column of regions says with a place: a name or code of its division.

    Of a place that a source or a person made, no division is known. A part of a division says
    nothing of a place that is about it.
    """
    if not place.region:
        return Agreement.UNREAD
    regions = list(_regions(text, place.country, places))
    if any(is_in(place, *region) for region in regions):
        return Agreement.AGREES
    here = [
        (country, code)
        for country, code in regions
        if (country == place.country and code) or is_territory(country, place.country)
    ]
    return Agreement.CONTRADICTS if here and not _borders(place, here, places) else Agreement.UNREAD


def is_of(text: str, place: Place, places: Places) -> bool:
    """Whether a text is the country or the division of a place, and not a part of that.

    `Milano, Bergamo, Como` are three cities: each of the others is a part of Lombardy.
    """
    if is_address(fold(text)):
        return True
    if (code := code_beside(text)) and is_in(place, code, ""):
        return True
    division = places.division(place.country, place.region)
    key = without_kind(fold(text))
    return division is not None and key in {
        division.code.lower(),
        without_kind(fold(division.name)),
    }


def joined_agreement(text: str, place: Place, places: Places, head: str = "") -> Agreement:
    """Compare a second name, joined to that of a place: another name of it, or a place beside it.

    A division agrees, too: `Halle/Westfalen`. A municipality that is called like the second place
    says no more than that: `Brighton and Hove`.
    """
    found = agreement(text, place, places, head)
    municipal = any(one.municipal for one in places.divisions(text, place.country))
    if found is Agreement.AGREES and not (municipal and not _is_own(fold(text), place.names)):
        return found
    near = _is_near(fold(text), place, places, _BESIDE, smaller=True)
    return Agreement.NEAR if near else Agreement.UNREAD


@lru_cache(1 << 14)
def _keys(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))


def _is_own(key: str, names: tuple[str, ...]) -> bool:
    """Whether a text is a name of a place, or made of later words of one: `Oder` of Frankfurt."""
    keys = _keys(names)
    if key in keys:
        return True
    words = set(key.split(" "))
    return any(words <= set(known.split(" ")[1:]) for known in keys)


def _is_short(text: str, head: str, names: tuple[str, ...]) -> bool:
    """Whether a text abbreviates what stands behind the head in a name: `Br.` of `Breisgau`."""
    words = [(fold(word), word.endswith(".")) for word in text.split()]
    if not head or not any(short for _, short in words):
        return False
    for name in _keys(names):
        start, _, rest = name.partition(f"{head} ")
        left = iter(rest.split())
        if rest and not start and all(any(_stands_for(*w, one) for one in left) for w in words):
            return True
    return False


def _stands_for(word: str, short: bool, written: str) -> bool:
    """Whether a word is one that is written, or some letters of it, the first among them."""
    if not short or not word:
        return word == written
    left = iter(written)
    return written.startswith(word[0]) and all(letter in left for letter in word)


def _read_as(text: str) -> set[str]:
    return {reading.key for reading in readings(text)}


def _regions(text: str, country: str, places: Places) -> Iterator[tuple[str, str]]:
    """Yield the countries and divisions that a text may name, as codes; '' is a whole country."""
    compact = text.replace(".", "").replace(" ", "").strip()
    short = len(compact) <= _SHORT
    written = compact if short else text.strip()
    found = places.divisions(written, country if short else "")
    if not found and (bare := without_kind(fold(text))) not in {"", fold(text)}:
        found = places.divisions(bare)
    code = code_beside(text)
    if code and not (is_part(text) and any(one.country == code for one in found)):
        yield code, ""
    for division in found:
        yield division.country, division.code


def is_in(place: Place, country: str, code: str) -> bool:
    """Whether a place is in a division of a country, or may be in a part; '' is all the country."""
    if not is_within(place.country, country):
        return False
    division, part, _ = code.partition(".")
    return code in {"", place.region, place.part} or bool(
        part and not place.part and division == place.region
    )


def _borders(place: Place, regions: list[tuple[str, str]], places: Places) -> bool:
    """Whether a place is not in parts of divisions, but some place of them is near it."""
    parts = {(country, code) for country, code in regions if "." in code}
    return bool(parts) and any(
        (other.country, other.part) in parts
        for other in places.near(place.latitude, place.longitude, _BORDER)
    )


def _is_near(key: str, place: Place, places: Places, limit: float, smaller: bool = False) -> bool:
    """Whether a text names another place near, which is larger unless `smaller` ones count, too."""
    return any(
        other.id != place.id
        and (smaller or other.population > place.population)
        and distance(place.latitude, place.longitude, other.latitude, other.longitude) <= limit
        for other, _ in places.named(key, place.country)
    )
