"""Partner evidence: partners that two sources name for a city which both describe."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from registry.identity.mentions import Candidate, Evidence, Finding, Mention, Reason

_FIRST: Final = 5.5
_EACH: Final = 2.5
_MOST: Final = 20.0
"""Weights of the first shared partner, of each further one, and of all together."""

_SHARED: Final = "partners that another source has too"

_STRANGER: Final = Reason("its partners are other ones", -2.5)


def is_shared(candidate: Candidate) -> bool:
    """Whether a partner of a mention is known to be a partner of a candidate."""
    return candidate.has(Evidence.PARTNER)


def shares_partners(candidate: Candidate) -> bool:
    """Whether several of them are."""
    return candidate.has(Evidence.PARTNERS)


class PartnerEvidence:
    """Which places are linked with which, as far as they are found.

    It adds weight among the places that a name means; it never makes a place of another name, or
    one that something contradicts, a candidate.
    """

    def __init__(self, mentions: Sequence[Mention], findings: Sequence[Finding]) -> None:
        self._mentions = mentions
        self._places = [finding.place and finding.place.id for finding in findings]
        self._partners: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for number, place in enumerate(self._places):
            if place:
                self._partners[place].update(self._of(number))

    def _of(self, number: int) -> set[int]:
        """Return the places that a mention is linked with."""
        partners = (self._places[partner] for partner in self._mentions[number].partners)
        return {place for place in partners if place}

    def weighed(self, number: int, rank: Sequence[Candidate]) -> list[Candidate]:
        """Weigh the candidates of a mention by the partners that other mentions of them have."""
        own = self._of(number)
        if not own:
            return list(rank)
        weighed = [self._with(number, candidate, own) for candidate in rank]
        return sorted(weighed, key=lambda c: (-c.score, c.place.id))

    def _with(self, number: int, candidate: Candidate, own: set[int]) -> Candidate:
        if candidate.contradictions:
            return candidate
        place = candidate.place.id
        least = 2 if self._places[number] == place else 1
        known = self._partners.get(place, Counter[int]())
        shared = sum(known[partner] >= least for partner in own)
        if shared:
            weight = min(_FIRST + _EACH * (shared - 1), _MOST)
            kind = Evidence.PARTNER | (Evidence.PARTNERS if shared > 1 else Evidence.PLAIN)
            reason = Reason(f"{_SHARED}: {shared}", weight, kind)
        elif len(known) > (len(own) if least > 1 else 0):
            reason = _STRANGER
        else:
            return candidate
        return replace(candidate, reasons=(*candidate.reasons, reason))
