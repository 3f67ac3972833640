"""Partner evidence: partners that two sources name for a city which both describe."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from registry.identity.mentions import (
    Candidate,
    Finding,
    Mention,
    Reason,
)
from registry.places.gazetteer import Place

_FIRST: Final = 5.5
_EACH: Final = 2.5
_MOST: Final = 20.0
"""Weights of the first shared partner, of each further one, and of all together."""

_STRANGER: Final = Reason("its partners are other ones", -2.5)
_UNNAMED: Final = Reason("its name is another, but its partners are the same", -10.0)
_FEWEST: Final = 3
_SHARE: Final = 0.75
"""How many partners, and which part of all, have to be shared where the name is another."""

_SHARED: Final = "partners that another source has too"


def is_known(candidate: Candidate) -> bool:
    """Whether a candidate was found by its name, and another source has partners of it too."""
    named = candidate.reasons[0] is not _UNNAMED
    return named and any(reason.what.startswith(_SHARED) for reason in candidate.reasons)


class PartnerEvidence:
    """Who is linked with whom, as far as it is found."""

    def __init__(self, mentions: Sequence[Mention], findings: Sequence[Finding]) -> None:
        self._mentions = mentions
        self._places = [finding.place and finding.place.id for finding in findings]
        self._place = {finding.place.id: finding.place for finding in findings if finding.place}
        self._partners: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for number, place in enumerate(self._places):
            if place:
                self._partners[place].update(self._of(number))

    def _of(self, number: int) -> set[int]:
        """Return the places that a mention is linked with."""
        partners = (self._places[partner] for partner in self._mentions[number].partners)
        return {place for place in partners if place}

    def introduced(self, number: int) -> dict[Place, Reason]:
        """Return the places that have nearly all the partners of a mention."""
        own = self._of(number)
        if len(own) < _FEWEST or self._mentions[number].position:
            return {}
        counts = Counter(place for partner in own for place in self._partners[partner])
        enough = max(_FEWEST, _SHARE * len(own))
        return {self._place[p]: _UNNAMED for p, shared in counts.items() if shared >= enough}

    def weighed(self, number: int, rank: Sequence[Candidate]) -> list[Candidate]:
        """Weigh the candidates of a mention by the partners that other mentions of them have."""
        own = self._of(number)
        if not own:
            return list(rank)
        weighed = [self._with(number, candidate, own) for candidate in rank]
        return sorted(weighed, key=lambda c: (-c.score, c.place.id))

    def _with(self, number: int, candidate: Candidate, own: set[int]) -> Candidate:
        place = candidate.place.id
        least = 2 if self._places[number] == place else 1
        known = self._partners.get(place, Counter[int]())
        shared = sum(known[partner] >= least for partner in own)
        if shared:
            weight = min(_FIRST + _EACH * (shared - 1), _MOST)
            reason = Reason(f"{_SHARED}: {shared}", weight)
        elif len(known) > (len(own) if least > 1 else 0):
            reason = _STRANGER
        else:
            return candidate
        return Candidate(candidate.place, (*candidate.reasons, reason))
