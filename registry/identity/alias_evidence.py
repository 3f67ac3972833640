"""Hearsay: names that one source gives a place, which count where another names it.

A place that the gazetteer does not have, but a source gives with position and country, is one all
the same, if only as an alias; its id is below nought, and counts within one resolution.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from registry.identity.candidates import Found
from registry.identity.mentions import (
    Finding,
    MatchStatus,
    Mention,
    Reason,
)
from registry.places.gazetteer import Place
from registry.places.names import fold, readings
from registry.places.position import distance

_HEARD: Final = Reason("another source names it so", 1.2)

_SAME: Final = 10.0
"""Kilometres within which two that the gazetteer does not have are one, by the same name."""


class AliasEvidence:
    """The names of places as sources give them that say where these are."""

    def __init__(self, mentions: Sequence[Mention], findings: Sequence[Finding]) -> None:
        self._places: defaultdict[str, defaultdict[Place, set[int]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self._new: list[Place] = []
        placed = enumerate(zip(mentions, findings, strict=True))
        for number, (mention, finding) in sorted(placed, key=lambda one: repr(one[1][0])):
            place = finding.place or self._heard_of(mention, finding)
            if place and (mention.position or mention.geonames):
                self._places[fold(mention.name)][place].add(number)

    def _heard_of(self, mention: Mention, finding: Finding) -> Place | None:
        """Return the one place of a mention that the gazetteer does not have."""
        if (
            finding.outcome is not MatchStatus.UNKNOWN
            or not mention.position
            or not mention.country
        ):
            return None
        for place in self._places[fold(mention.name)]:
            away = distance(*mention.position, place.latitude, place.longitude)
            if place.id < 0 and away <= _SAME:
                return place
        number = -1 - len(self._new)
        where = (*mention.position, mention.country, "")
        self._new.append(Place(number, mention.name, *where, mention.population))
        return self._new[-1]

    def added(self, number: int, mention: Mention, found: Found) -> Found:
        """Add to the candidates of a mention those that others name so."""
        heard = {
            place: Reason(_HEARD.what, _HEARD.weight - reading.left_out)
            for reading in reversed(readings(mention.name))
            if reading.left_out < 2
            for place, heard in self._places.get(reading.key, {}).items()
            if (place.id < 0 or heard - {number})
            and (mention.country in {"", place.country} or mention.position)
        }
        return found | {
            place: max(found.get(place, reason), reason, key=lambda one: one.weight)
            for place, reason in heard.items()
        }
