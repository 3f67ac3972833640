"""Resolution: what each mention is, decided by all its evidence and by that of all others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from registry.identity.alias_evidence import AliasEvidence
from registry.identity.candidates import Found, candidates
from registry.identity.evidence import none_of_them, weigh
from registry.identity.mentions import (
    Candidate,
    Finding,
    MatchStatus,
    Mention,
)
from registry.identity.partner_evidence import PartnerEvidence, is_known
from registry.places.countries import code_of
from registry.places.gazetteer import Places
from registry.places.names import fold, other_kind
from registry.places.position import distance

SURE: Final = 0.75
"""Probability from which a candidate is the one."""

LISTED: Final = 50_000
"""Inhabitants from which a city is taken to be in the gazetteer."""

_DIVISION: Final = "it is a division: the gazetteer has no place of so many inhabitants"

_SAME: Final = 5.0
"""Kilometres within which two entries of one name are the same place, entered twice."""

_ROUNDS: Final = 8
"""How often all is decided again with what was found before."""

_LISTED: Final = 5
"""How many candidates a finding keeps."""

Rank = list[Candidate]


def find(mention: Mention, places: Places) -> Finding:
    """Describe what a mention is, by itself."""
    return resolve([mention], places)[0]


def resolve(mentions: Sequence[Mention], places: Places) -> list[Finding]:
    """Describe what each mention is, all decided together.

    Names that one source gives a place count for the others, and so do partners that two sources
    share; two items of Wikidata are not one place. The order of the mentions changes nothing.
    """
    found = [candidates(mention, places) for mention in mentions]
    ranks = [_ranked(m, names) for m, names in zip(mentions, found, strict=True)]
    findings = [decided(m, rank) for m, rank in zip(mentions, ranks, strict=True)]
    aliases = AliasEvidence(mentions, findings)
    for number, (mention, names) in enumerate(zip(mentions, found, strict=True)):
        if (heard := aliases.added(number, mention, names)) != names:
            ranks[number] = _ranked(mention, heard)
    for _ in range(_ROUNDS):
        partners = PartnerEvidence(mentions, findings)
        weighed = [
            partners.weighed(number, _with(m, rank, partners.introduced(number)))
            for number, (m, rank) in enumerate(zip(mentions, ranks, strict=True))
        ]
        after = _each_once(mentions, weighed)
        if after == findings:
            break
        findings = after
    return findings


def _ranked(mention: Mention, found: Found) -> Rank:
    """Weigh candidates, the best first."""
    weighed = (
        Candidate(place, (reason, *weigh(mention, place))) for place, reason in found.items()
    )
    return sorted(weighed, key=lambda c: (-c.score, c.place.id))


def _with(mention: Mention, rank: Rank, introduced: Found) -> Rank:
    """Add candidates to those that a mention has by its name."""
    named = {candidate.place for candidate in rank}
    new = {place: reason for place, reason in introduced.items() if place not in named}
    return [*rank, *_ranked(mention, new)]


def _each_once(mentions: Sequence[Mention], ranks: Sequence[Rank]) -> list[Finding]:
    """Judge all, and again those whose place another item of Wikidata is with more reason."""
    left = dict(enumerate(ranks))
    findings: dict[int, Finding] = {}
    while left:
        findings |= {number: decided(mentions[number], rank) for number, rank in left.items()}
        left = {
            number: [c for c in ranks[number] if c.place != findings[number].place]
            for number in _outdone(mentions, findings)
        }
        ranks = [left.get(number, rank) for number, rank in enumerate(ranks)]
    return [findings[number] for number in range(len(ranks))]


def _outdone(mentions: Sequence[Mention], findings: dict[int, Finding]) -> list[int]:
    """List the mentions of items that are found to be a place which another item is rather.

    One that is named like the place and has its partners stays: Wikidata has items for a town and
    for its municipality, which are one city here.
    """
    items: defaultdict[int, list[tuple[float, str, int]]] = defaultdict(list)
    for number, finding in findings.items():
        if finding.place and mentions[number].wikidata:
            score = finding.candidates[0].score
            items[finding.place.id].append((-score, mentions[number].wikidata, number))
    outdone = []
    for claims in items.values():
        winner = min(claims)[1]
        outdone += [number for _, item, number in claims if item != winner]
    return [number for number in outdone if not is_known(findings[number].candidates[0])]


def ranked(mention: Mention, places: Places) -> Rank:
    """List what a mention may mean by itself, the best first."""
    return _ranked(mention, candidates(mention, places))


def chances(rank: Rank, none: float) -> list[float]:
    """Return the probability of each candidate; `none` is the score that none of them is meant."""
    top = max([none, *(candidate.score for candidate in rank)])
    weights = [math.exp(candidate.score - top) for candidate in rank]
    whole = sum(weights) + math.exp(none - top)
    return [weight / whole for weight in weights]


def decided(mention: Mention, rank: Rank) -> Finding:
    """Judge a mention by its candidates, the best first."""
    if not mention.decided and (kind := _kind(mention, rank)):
        return Finding(MatchStatus.NOT_A_CITY, why=f"it is a {kind}")
    if not rank:
        found = Finding(MatchStatus.UNKNOWN, why="nothing has such a name")
    else:
        found = _most_likely(rank, none_of_them(mention))
    if found.outcome is MatchStatus.UNKNOWN and _is_division(mention, rank):
        return Finding(MatchStatus.NOT_A_CITY, found.candidates, why=_DIVISION)
    return found


def _is_division(mention: Mention, rank: Rank) -> bool:
    """Refuse what has the inhabitants of a large city, and is none that the gazetteer has."""
    known = (candidate.place.population for candidate in rank)
    return mention.population > LISTED and all(2 * n < mention.population for n in known)


def _kind(mention: Mention, rank: Rank) -> str:
    """Return what a place is where that is not a city: by the source, or by its name."""
    return mention.kind or other_kind(mention.name) or _country(mention, rank)


def _country(mention: Mention, rank: Rank) -> str:
    """Whether a name is that of a country, and not of a city in it."""
    code, key = code_of(mention.name), fold(mention.name)
    if not code or len(mention.name) <= len(code):
        return ""
    inside = (c.place for c in rank if c.place.country in {code, mention.country})
    named = any(key in {fold(name) for name in place.names} for place in inside)
    return "" if named else "country"


def _most_likely(rank: Rank, none: float) -> Finding:
    """Choose the candidate that is far more likely than all others, and than none of them."""
    best = rank[0]
    rivals = [one for one in rank[1:] if not is_same(best, one)]
    confidence = chances([best, *rivals], none)[0]
    kept = (best, *rivals)[:_LISTED]
    if confidence >= SURE:
        return Finding(MatchStatus.RESOLVED, kept, confidence)
    if not rivals or rivals[0].score < none:
        return Finding(MatchStatus.UNKNOWN, kept, confidence, "what there is hardly fits")
    return Finding(
        MatchStatus.AMBIGUOUS, kept, confidence, f"{best.place.name} is not the only one"
    )


def is_same(one: Candidate, other: Candidate) -> bool:
    """Whether two entries are one place."""
    a, b = one.place, other.place
    if a.country != b.country or not _overlap(fold(a.name), fold(b.name)):
        return False
    return distance(a.latitude, a.longitude, b.latitude, b.longitude) <= _SAME


def _overlap(one: str, other: str) -> bool:
    """Whether all words of one name are in the other."""
    a, b = set(one.split(" ")), set(other.split(" "))
    return a <= b or b <= a
