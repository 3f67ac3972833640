"""Candidates: the places that a mention may mean, found by blocking, each with how it was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rapidfuzz import fuzz, process

from registry.identity.mentions import Mention, Reason
from registry.places.countries import code_of, is_territory
from registry.places.gazetteer import NameRank, Place, Places
from registry.places.names import NameReading, fold, readings

IDENTIFIER: Final = Reason("the source gives its identifier", 14.0)
MAIN: Final = Reason("it is its name", 0.0)
DOUBTED: Final = Reason("the source gives its identifier, but another name", -9.0)
OTHER: Final = Reason("it is another name of it", -1.5)
OTHER_ANYWHERE: Final = Reason("it is another name of it, in whatever country", -3.0)
PARTS: Final = (0.0, -2.0, -5.0, -7.0)
"""Weights of a reading, by what it leaves out."""

DECIDED: Final = Reason("it is decided, by a person or by what is published", 60.0)
BORDER: Final = Reason("it is in another country", -12.0)
TERRITORY: Final = Reason("it is in a territory of the country", -1.0)

ALIKE: Final = 80.0
"""Similarity in per cent from which spellings may be of one name (normalised indel distance)."""

_NEARLY: Final = 20.0
"""What a spelling loses that is wholly unlike; a fifth of it at the least likeness."""

_MISSPELLED: Final = -2.0
"""What a spelling loses because it is not one that is known."""

NEAR: Final = 12.0
"""Kilometres within which a place may be meant whose name is spelled otherwise."""

_LEAST_HERE: Final = -7.0
"""What a spelling may lose within `NEAR`."""

_PART_HERE: Final = -2.5
"""What a name loses within `NEAR` that has only some of the words."""

_SPELLINGS: Final = 8
"""How many spellings that are alike are looked at."""

Found = dict[Place, Reason]


def candidates(mention: Mention, places: Places) -> Found:
    """Return the places that a mention may mean, and by which reason each is one."""
    if mention.decided and (place := places.place(mention.decided)):
        return {place: DECIDED}
    found: Found = {}
    if mention.geonames and (place := places.place(mention.geonames)):
        found[place] = IDENTIFIER if _is_called(place, mention.name) else DOUBTED
    for place, reason in _by_name(mention, places):
        found[place] = max(found.get(place, reason), reason, key=lambda one: one.weight)
    return found


def _is_called(place: Place, name: str) -> bool:
    """Whether a name is, at least in part, one of a place."""
    known = {reading.key for given in place.names for reading in readings(given)}
    return any(reading.key in known for reading in readings(name))


def _by_name(mention: Mention, places: Places) -> Iterator[tuple[Place, Reason]]:
    read = readings(mention.name)
    exact = [pair for reading in read for pair in _exact(reading, mention.country, places)]
    yield from exact
    if mention.position:
        yield from _around(mention, places)
    if not any(reason.weight >= MAIN.weight for _, reason in exact):
        yield from _alike(mention, places)
    if not exact and mention.country:
        for reading in read:
            yield from (_abroad(p, why, mention) for p, why in _exact(reading, "", places))


def _exact(reading: NameReading, country: str, places: Places) -> Iterator[tuple[Place, Reason]]:
    """Find a name as it is read, in the country that is told by the source, or by the name."""
    where = country or (code_of(reading.qualifier) if reading.qualifier else "")
    for place, rank in places.named(reading.key, where):
        other = OTHER if where else OTHER_ANYWHERE
        yield place, _named(reading, MAIN if rank is NameRank.MAIN else other)


def _named(reading: NameReading, known: Reason) -> Reason:
    if not reading.left_out:
        return known
    return Reason(
        f"{known.what}, as a part of what is given", known.weight + PARTS[reading.left_out]
    )


def _abroad(place: Place, reason: Reason, mention: Mention) -> tuple[Place, Reason]:
    border = TERRITORY if is_territory(place.country, mention.country) else BORDER
    return place, Reason(f"{reason.what}; {border.what}", reason.weight + border.weight)


def _alike(mention: Mention, places: Places) -> Iterator[tuple[Place, Reason]]:
    """Find names of the country that are spelled alike."""
    if not mention.country:
        return
    key, keys = fold(mention.name), places.keys(mention.country)
    alike = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=_SPELLINGS)
    for spelling, likeness, _ in alike:
        loss = _MISSPELLED + _loss(likeness)
        for place, rank in places.named(spelling, mention.country):
            known = MAIN if rank is NameRank.MAIN else OTHER
            if spelling != key:
                yield place, Reason(f"{spelling!r} is spelled alike", known.weight + loss)


def _loss(likeness: float) -> float:
    """Return the weight of a likeness in per cent."""
    return _NEARLY * (likeness - 100) / 100


def _around(mention: Mention, places: Places) -> Iterator[tuple[Place, Reason]]:
    """Find what lies about the position and is spelled somewhat alike."""
    assert mention.position is not None
    key = fold(mention.name)
    for place in places.near(*mention.position, NEAR):
        names = {fold(name) for name in place.names}
        weight = max(_loss(fuzz.ratio(key, name)) for name in names)
        if any(fuzz.token_set_ratio(key, name) == 100 for name in names):
            weight = max(weight, _PART_HERE)
        if weight >= _LEAST_HERE:
            yield place, Reason("it is near, and spelled alike", OTHER.weight + weight)
