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
from registry.places.divisions import Division
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

_MUCH_LARGER: Final = 20
_UNCOUNTED: Final = 500
"""How many times more inhabitants a place has that is known better; how many it has at least."""

_SHORT: Final = 3
"""Letters of the longest code of a country or division."""


class Agreement(Enum):
    """What a qualifier says of a place."""

    AGREES = "agrees"
    COUNTRY = "names its country"
    NEAR = "names a larger place near it"
    UNREAD = "is not read"
    CONTRADICTS = "contradicts"


AGREE: Final = frozenset({Agreement.AGREES, Agreement.COUNTRY})


def agreement(text: str, place: Place, places: Places, head: str = "") -> Agreement:
    """Compare a qualifier with a place that is called as the head of a name, in folded form.

    A text that names a division or country which is not the place's contradicts it, unless it is
    also one of the place's own names, or that of a larger place near it. The head once more tells
    nothing as a name: `León, León` is in the division, `Panama City, Panama` in the country. Nor
    does a part of a name: the city in Missouri, which once was the City of Kansas, is not
    `Kansas City, Kansas`. Of a place whose part of a division is known, a city of another part
    tells nothing: `Pavia, Milano`.
    """
    key = fold(text)
    regions = list(_regions(text, place.country, places))
    if is_address(key):
        return Agreement.AGREES
    repeated = head in _read_as(text) or f" {key} " in f" {head} "
    own = key in _keys(place.names) and not (regions and repeated)
    own = own or (not regions and _is_own(key, place.names))
    if own or _is_short(text, head, place.names):
        return Agreement.AGREES
    if within := {region for region in regions if _lies_in(place, region, places)}:
        return _agreeing(text, place, within, places)
    if how := _of_neighbours(key, place, regions, places):
        return how
    if regions or other_kind(text):
        return Agreement.CONTRADICTS
    return Agreement.UNREAD


def _agreeing(text: str, place: Place, within: set[Region], places: Places) -> Agreement:
    """Return what a text says of a place that is in what it names.

    It may be a name of the division only because that has the city in it: `Oxford (London)`.
    """
    if not any(code for _, code in within):
        return Agreement.COUNTRY
    whole = [places.division(country, code) for country, code in within if code]
    if place.part and not any(one is None or _is_named(one, text) for one in whole):
        others = _others_called(fold(text), place, places)
        if any(rank > NameRank.OTHER and _away(one, place) > _BORDER for one, rank in others):
            return Agreement.UNREAD
    return Agreement.AGREES


def _of_neighbours(
    key: str, place: Place, regions: list[Region], places: Places
) -> Agreement | None:
    """Return what a text says of a place that is not in what it names, by what is near."""
    near = [one for one, _ in _others_called(key, place, places) if _away(one, place) <= _AROUND]
    if _borders(place, regions, places):
        return Agreement.NEAR
    if not near:
        return None
    return Agreement.NEAR if any(one.part == place.part for one in near) else Agreement.UNREAD


def country_beside(mention: Mention, places: Places) -> Mention:
    """Return a mention with the country that stands beside its name as the one it states.

    `Portland, Oregon (USA)` is `Portland, Oregon` in the United States, and `D-80331 München` is
    `München` in Germany. That is read so only where no place has the whole name, the country has
    one of the name that is left, and what stands beside it names no division in which another one
    is: `Rome, Georgia`, `Salem, IN`, `Loma Linda (México)`.
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
    if not stated and text and any(agreement(text, one, places) in AGREE for one in elsewhere):
        return False
    if code and _is_in_one_called(text, code, [one for one, _ in places.named(fold(name))], places):
        return False
    return not places.named(fold(mention.name))


def _is_in_one_called(text: str, code: str, named: list[Place], places: Places) -> bool:
    """Whether the name of a country is also that of a division, in which one of some places is.

    Where one of them is much larger than the others, it is meant either way.
    """
    divisions = places.divisions(text, code)
    inside, outside = list[int](), list[int]()
    for place in named:
        if is_within(place.country, code):
            within = any(is_in(place, one.country, one.code) for one in divisions)
            (inside if within else outside).append(max(place.population, _UNCOUNTED))
    if not inside or not outside:
        return False
    less, more = sorted((max(inside), max(outside)))
    return more < _MUCH_LARGER * less


def region_agreement(text: str, place: Place, places: Places) -> Agreement:
    """Compare what a column of regions says with a place: a name or code of its division.

    Of a place that a source or a person made, no division is known. A part of a division says
    nothing of a place that is about it.
    """
    if not place.region:
        return Agreement.UNREAD
    regions = list(_regions(text, place.country, places))
    if any(_lies_in(place, region, places) for region in regions):
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
    return (place.country, place.region) in _regions(text, place.country, places)


def joined_agreement(text: str, place: Place, places: Places, head: str = "") -> Agreement:
    """Compare a second name, joined to that of a place: another name of it, or a place beside it.

    A division agrees, too: `Halle/Westfalen`. A municipality that is called like the second place
    says no more than that: `Brighton and Hove`.
    """
    found = agreement(text, place, places, head)
    if found is Agreement.COUNTRY:
        return found
    municipal = any(one.municipal for one in places.divisions(text, place.country))
    if found is Agreement.AGREES and not (municipal and not _is_own(fold(text), place.names)):
        return found
    others = _others_called(fold(text), place, places, smaller=True)
    near = any(_away(one, place) <= _BESIDE for one, _ in others)
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


Region = tuple[str, str]
"""The code of a country, and that of a division or part of it; '' is the whole country."""


def _regions(text: str, country: str, places: Places) -> Iterator[Region]:
    """Yield the countries and divisions that a text may name, as codes.

    A name of a part may be listed as one of its division, too: `Kent` as one of England. Then the
    part is meant, unless it is also the division's own name: `Madrid`.
    """
    compact = text.replace(".", "").replace(" ", "").strip()
    short = len(compact) <= _SHORT
    written = compact if short else text.strip()
    found = places.divisions(written, country if short else "")
    if not found and (bare := without_kind(fold(text))) not in {"", fold(text)}:
        found = places.divisions(bare)
    code = code_beside(text)
    if code and not (is_part(text) and any(one.country == code for one in found)):
        yield code, ""
    parts = {(one.country, one.code.partition(".")[0]) for one in found if "." in one.code}
    for division in found:
        if (division.country, division.code) not in parts or _is_named(division, text):
            yield division.country, division.code


def _is_named(division: Division, text: str) -> bool:
    """Whether a text is a division's own name or code; names of a part are its own, too."""
    own = {without_kind(fold(division.name)), fold(division.name), fold(division.code)}
    return "." in division.code or not own.isdisjoint({fold(text), without_kind(fold(text))})


def _lies_in(place: Place, region: Region, places: Places) -> bool:
    """Whether a place is in a country, division or part.

    Where its own part is not known, those of places near tell which it may be: `Bromley, Kent`.
    """
    country, code = region
    inside = is_in(place, country, code)
    if not inside or "." not in code or place.part:
        return inside
    near = places.near(place.latitude, place.longitude, _BORDER)
    parts = {one.part for one in near if one.country == place.country and one.part}
    return not parts or code in parts


def is_in(place: Place, country: str, code: str) -> bool:
    """Whether a place is in a division of a country, or may be in a part; '' is all the country."""
    if not is_within(place.country, country):
        return False
    division, part, _ = code.partition(".")
    return code in {"", place.region, place.part} or bool(
        part and not place.part and division == place.region
    )


def _borders(place: Place, regions: list[Region], places: Places) -> bool:
    """Whether a place is not in parts of divisions that it may have left, but they are about it.

    A town that is a part itself may have left the part around it, but no other such town.
    """
    own = places.division(place.country, place.part) if place.part else None
    parts = {region for region in regions if "." in region[1]}
    if place.part:
        if own is None or not own.municipal:
            return False
        named = {region: places.division(*region) for region in parts}
        parts = {region for region, one in named.items() if one and not one.municipal}
    return bool(parts) and any(
        (other.country, other.part) in parts
        for other in places.near(place.latitude, place.longitude, _BORDER)
    )


def _others_called(
    key: str, place: Place, places: Places, smaller: bool = False
) -> list[tuple[Place, NameRank]]:
    """List the other places of a country that are called so and larger, or `smaller` ones, too."""
    return [
        (other, rank)
        for other, rank in places.named(key, place.country)
        if other.id != place.id and (smaller or other.population > place.population)
    ]


def _away(one: Place, other: Place) -> float:
    return distance(one.latitude, one.longitude, other.latitude, other.longitude)
