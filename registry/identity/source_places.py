"""Places that the gazetteer lacks, made of what a source states: name, country and position.

A place is made only where the position lies in the stated country, and the name is that of no place
of the gazetteer that fits. What a source calls a known place becomes another name of it for all
sources. Made places have numbers below nought, which count within one resolution.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from registry.identity.candidates import Found
from registry.identity.contradictions import RELIABLE, away, may_be_in
from registry.identity.evidence import CALLED
from registry.identity.mentions import Finding, MatchStatus, Mention, Reason
from registry.places.divisions import Division
from registry.places.gazetteer import Place, Places
from registry.places.names import fold, readings
from registry.places.position import Position

_CALLED: Final = Reason("another source calls it so", 3.5)
_MADE: Final = Reason("it is made of what its source states", _CALLED.weight)

_SAME: Final = 10.0
"""Kilometres within which two made places of one name are the same."""

BESIDE: Final = 60.0
"""Kilometres within which a place is hardly another one of its name: a position may be rough."""

BORDER: Final = 40.0
"""Kilometres around a position within which a place of the stated country has to be."""

_USABLE: Final = 0.03
"""Share of wrong positions up to which a source's position makes a place, where it has no rival."""

_NEAREST: Final = 3
"""How many places near a position tell in which country it is."""

LISTED: Final = 50_000
"""Inhabitants from which a person has to say whether a place that is not known is a city."""


def is_inside(position: Position, country: str, places: Places) -> bool:
    """Whether a position lies in a country: one of the nearest places does."""
    near = places.near(*position, BORDER)[:_NEAREST]
    return any(may_be_in(place, country) for place in near)


def nearest_country(position: Position, places: Places) -> str:
    """Return the country of the place that is nearest to a position; empty where none is near."""
    near = places.near(*position, BORDER)
    return near[0].country if near else ""


def is_made_of(place: Place, mention: Mention) -> bool:
    """Whether a place that the gazetteer lacks has the name, country and position of a mention."""
    if place.id > 0 or place.country != mention.country or not mention.position:
        return False
    named = fold(mention.name) in map(fold, place.names)
    return named and away(mention.position, place) <= _SAME


def divisions_called(mention: Mention, places: Places) -> tuple[Division, ...]:
    """Return the divisions of its country of which a mention has the name, but no municipality."""
    found = places.divisions(mention.name, mention.country) if mention.country else ()
    return tuple(one for one in found if not one.municipal)


_ON: Final = re.compile(r"\b(?:auf|on|op|pa|sur)\s(?:the |der |dem )?(.+)$")
"""What stands in names of towns, in folded form, before that of an island, river or coast."""


def is_landscape(mention: Mention, at: Position, places: Places) -> bool:
    """Whether places about a position are called as what lies on something of its name.

    `Bergen auf Rügen`: Rügen is an island.
    """
    key = fold(mention.name)
    return any(key in _lies_on(place) for place in places.near(*at, BORDER))


@lru_cache(1 << 15)
def _lies_on(place: Place) -> frozenset[str]:
    """Return what a place lies on by its names, folded."""
    return frozenset(found[1] for name in place.names if (found := _ON.search(fold(name))))


def _precedence(one: tuple[int, tuple[Mention, Finding]]) -> tuple[bool, str]:
    """Order mentions: what a person says is a city goes before what sources state."""
    mention = one[1][0]
    return not mention.create, repr(mention)


class SourcePlaces:
    """The names that sources give places whose position they state, and the places made of them."""

    def __init__(
        self, mentions: Sequence[Mention], findings: Sequence[Finding], places: Places
    ) -> None:
        self._called: defaultdict[str, dict[Place, set[int]]] = defaultdict(dict)
        self._made: list[Place] = []
        self._places = places
        placed = enumerate(zip(mentions, findings, strict=True))
        for number, (mention, finding) in sorted(placed, key=_precedence):
            place = finding.place or self._place_made(mention, finding)
            if place and (mention.position or mention.geonames):
                self._called[fold(mention.name)].setdefault(place, set()).add(number)

    def _place_made(self, mention: Mention, finding: Finding) -> Place | None:
        """Return the place of a mention that the gazetteer does not have."""
        at, country = mention.position, mention.country
        if finding.outcome is not MatchStatus.MISSING or not at or not country:
            return None
        if not mention.create and not self._suffices(mention, at, finding):
            return None
        called = [p for p in self._called[fold(mention.name)] if p.id < 0 and p.country == country]
        if same := next((place for place in called if is_made_of(place, mention)), None):
            return same
        if any(away(at, place) <= BESIDE for place in called):
            return None
        number = -1 - len(self._made)
        self._made.append(Place(number, mention.name, *at, country, "", mention.population))
        return self._made[-1]

    def _suffices(self, mention: Mention, at: Position, finding: Finding) -> bool:
        """Whether what a source states makes a place, without a person who says so."""
        if mention.population > LISTED or not is_inside(at, mention.country, self._places):
            return False
        if divisions_called(mention, self._places) or is_landscape(mention, at, self._places):
            return False
        elsewhere = any(may_be_in(one.place, mention.country) for one in finding.excluded)
        return mention.doubt <= (RELIABLE if elsewhere else _USABLE)

    def added(self, number: int, mention: Mention, found: Found) -> Found:
        """Add to the candidates of a mention the places that others call so.

        Where the gazetteer has places of the name, it takes more than another source's spelling.
        """
        called: Found = {}
        known = any(reason.weight >= CALLED and not no for reason, no in found.values())
        read = [one for one in readings(mention.name) if not one.qualifiers and not one.digraphs]
        for key in {reading.key for reading in read}:
            for place, numbers in self._called.get(key, {}).items():
                others = place.id < 0 or (not known and numbers - {number})
                if place not in found and others:
                    called[place] = (_CALLED if numbers - {number} else _MADE, ())
        return found | called
