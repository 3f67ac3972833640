"""Resolution: what each mention is, decided by all its evidence and by that of all others.

One mention:

    name, country, region, position, identifiers
      -> candidates      the places that its name, read whole or in part, may mean
      -> contradictions  exclude those that are not what the source states
      -> weights         size, distance, partners and other names that sources share
      -> resolved        one is far likelier than the others and than none
         ambiguous       several are likely
         contradictory   what the source states fits no place, but parts of it fit one
         missing         no place has the name; with country and position it can be made one
         unknown         what there is hardly fits
         not a city      a division, a country, a district
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from registry import progress
from registry.identity.candidates import (
    NEAR,
    UNLISTED,
    UNREAD,
    Found,
    called_for_short,
    candidates,
)
from registry.identity.contradictions import (
    FAR,
    away,
    contradictions,
    is_same,
    may_be_in,
    region_said,
    support,
    trusted,
)
from registry.identity.evidence import CALLED, is_bare, none_of_them, weigh
from registry.identity.mentions import (
    Candidate,
    Contradiction,
    Evidence,
    Finding,
    MatchStatus,
    Mention,
)
from registry.identity.partner_evidence import PartnerEvidence, is_shared, shares_partners
from registry.identity.qualifiers import country_beside, is_in
from registry.identity.source_places import (
    BESIDE,
    LISTED,
    SourcePlaces,
    divisions_called,
    is_inside,
    is_landscape,
    is_made_of,
    nearest_country,
)
from registry.places.countries import code_of
from registry.places.gazetteer import Place, Places
from registry.places.names import fold, other_kind, without_kind
from registry.places.position import Position

SURE: Final = 0.75
"""Probability from which a candidate is the one."""

SURE_BY_LABEL: Final = 0.95
"""The same of an item of which nothing but a label is known.

Of 650 such items whose place is known from elsewhere, 9 % of those below are another place, and
0.2 % of those above.
"""

_REGION: Final = 1_000_000
"""Inhabitants from which a place that the gazetteer lacks is a region, and no city."""

_DIVISION: Final = "it is a division: the gazetteer has no place of so many inhabitants"

_EXCLUDED: Final = -6.0
"""How much less likely a candidate is that something contradicts: that what is stated is wrong."""

_THERE: Final = 10.0
"""Kilometres within which an item whose position is known is a place of its name."""

_SPELLED: Final = -2.0
"""Weight of a name below which it is only alike, and not that of the place."""

_MUCH_LARGER: Final = 20
"""How many times more inhabitants a place has that is known better than a namesake is."""

_ROUNDS: Final = 8
"""How often all is decided again with what was found before."""

_LISTED: Final = 5
"""How many candidates a finding keeps."""

Rank = list[Candidate]

_NONE_FOUND: Final[Found] = {}


def find(mention: Mention, places: Places) -> Finding:
    """Describe what a mention is, by itself."""
    return resolve([mention], places)[0]


def resolve(mentions: Sequence[Mention], places: Places) -> list[Finding]:
    """Describe what each mention is, all decided together.

    Names that one source gives a place count for the others, and so do partners that two sources
    share; two items of Wikidata are not one place. The order of the mentions changes nothing.
    """
    mentions = [_in_country_meant(_read(mention, places), places) for mention in mentions]
    found = [candidates(one, places) for one in progress.counted(mentions, len(mentions))]
    ranks = [_ranked(m, names, places) for m, names in zip(mentions, found, strict=True)]
    findings = [decided(m, rank, places) for m, rank in zip(mentions, ranks, strict=True)]
    called = SourcePlaces(mentions, findings, places)
    for number, (mention, names) in enumerate(zip(mentions, found, strict=True)):
        if len(more := called.added(number, mention, names)) > len(names):
            mentions[number] = _in_country_meant(mention, places, more)
            ranks[number] = _ranked(mentions[number], more, places)
    decisions = _Decisions(mentions, places)
    for _ in range(_ROUNDS):
        partners = PartnerEvidence(mentions, findings)
        weighed = [partners.weighed(number, rank) for number, rank in enumerate(ranks)]
        after = _each_once(mentions, weighed, decisions)
        if after == findings:
            break
        findings = after
    return list(_as_elsewhere(mentions, findings))


_NO_CITIES: Final = frozenset({MatchStatus.NOT_A_CITY, MatchStatus.MISSING})


def _as_elsewhere(mentions: Sequence[Mention], findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings, those of bare items as of what another source has by name and partners.

    An item of which nothing but a label is known may be an island or a district, for which another
    source states country and position: it is not the city of that name elsewhere.
    """
    places = [finding.place and finding.place.id for finding in findings]
    partners = [{places[p] for p in mention.partners} - {None} for mention in mentions]
    no_cities: defaultdict[str, list[int]] = defaultdict(list)
    for number, (mention, finding) in enumerate(zip(mentions, findings, strict=True)):
        if finding.outcome in _NO_CITIES and not is_bare(mention):
            no_cities[fold(mention.name)].append(number)
    for number, (mention, finding) in enumerate(zip(mentions, findings, strict=True)):
        bare = is_bare(mention) and not (finding.place and is_shared(finding.candidates[0]))
        same = [n for n in no_cities[fold(mention.name)] if partners[n] & partners[number]]
        if bare and same:
            yield replace(findings[same[0]], candidates=finding.candidates)
        else:
            yield finding


def anchored(mention: Mention, places: Places) -> Mention:
    """Add to a mention what is known of its item in Wikidata: position, country and names."""
    known = places.anchor(mention.wikidata) if mention.wikidata else None
    if known is None or mention.create:
        return mention
    return replace(
        mention,
        country=mention.country or known.country,
        position=known.position,
        doubt=0.0,
        untested=False,
        also=tuple(name for name in known.names if name != mention.name),
    )


def _read(mention: Mention, places: Places) -> Mention:
    """Return a mention with what is known of its item, and with what its name says of a country."""
    return country_beside(anchored(mention, places), places)


def _in_country_meant(mention: Mention, places: Places, more: Found = _NONE_FOUND) -> Mention:
    """Return a mention with the country for which its source states another one by mistake.

    That is so only where the source is known to confuse the two, the position lies in the other
    country, and a place of the name is there; none is about there in the stated one. `more` are
    further places that are called so.
    """
    at = mention.position
    if not mention.confused or mention.stated or not at or mention.is_settled:
        return mention
    country = nearest_country(at, places)
    if country not in mention.confused or _is_called_at(mention, at, BESIDE, places, more):
        return mention
    meant = replace(mention, country=country, stated=mention.country)
    return meant if _is_called_at(meant, at, FAR, places, more) else mention


def _is_called_at(
    mention: Mention, at: Position, limit: float, places: Places, more: Found
) -> bool:
    """Whether a place of the name and country of a mention is within a limit, in kilometres."""
    named = candidates(replace(mention, position=None, geonames=0, published=0), places)
    found = {**more, **named}
    return any(
        away(at, place) <= limit and reason.weight >= _SPELLED and not against
        for place, (reason, against) in found.items()
        if may_be_in(place, mention.country)
    )


def ranked(mention: Mention, places: Places) -> Rank:
    """List what a mention may mean by itself: what nothing contradicts before the rest."""
    mention = _read(mention, places)
    return _ranked(mention, candidates(mention, places), places)


def _ranked(mention: Mention, found: Found, places: Places) -> Rank:
    """Weigh candidates, the best first, and say what contradicts them."""
    position = trusted(mention, found)
    rank = []
    for place, (reason, misread) in found.items():
        region = region_said(mention, place, places)
        reasons = (reason, *weigh(mention, place, position, region))
        against = list(misread)
        if not mention.decided:
            # What is spelled otherwise and lies elsewhere is another place, wrong position or not.
            called = reason.weight >= _SPELLED
            counts, limit = (position, FAR) if called else (mention.position, NEAR)
            against += contradictions(mention, place, counts, region, places, limit=limit)
        fitting = support(mention, place, position, region)
        rank.append(Candidate(place, reasons, tuple(against), fitting))
    return sorted(rank, key=lambda c: (-c.score, c.place.id))


class _Decisions:
    """Decides mentions by their candidates; most are the same in each round, and kept."""

    def __init__(self, mentions: Sequence[Mention], places: Places) -> None:
        self._mentions, self._places = mentions, places
        self._made: defaultdict[int, list[tuple[Rank, Finding]]] = defaultdict(list)

    def of(self, number: int, rank: Rank) -> Finding:
        """Decide a mention, given its number."""
        made = self._made[number]
        known = next((finding for former, finding in made if former == rank), None)
        if known is None:
            known = decided(self._mentions[number], rank, self._places)
            made.append((rank, known))
        return known


def _each_once(
    mentions: Sequence[Mention], ranks: Sequence[Rank], decisions: _Decisions
) -> list[Finding]:
    """Decide all, and again those whose place another item of Wikidata is with more reason."""
    left = dict(enumerate(ranks))
    findings: dict[int, Finding] = {}
    while left:
        findings |= {number: decisions.of(number, rank) for number, rank in left.items()}
        left = {
            number: [_contested(c, item) if c.place == place else c for c in ranks[number]]
            for number, (place, item) in _outdone(mentions, findings).items()
        }
        ranks = [left.get(number, rank) for number, rank in enumerate(ranks)]
    return [findings[number] for number in range(len(ranks))]


def _contested(candidate: Candidate, item: str) -> Candidate:
    contested = Contradiction("wikidata", f"{item} is this place with more reason")
    against = (*candidate.contradictions, contested)
    return replace(candidate, contradictions=against, support=candidate.support + 1)


def _outdone(
    mentions: Sequence[Mention], findings: dict[int, Finding]
) -> dict[int, tuple[Place, str]]:
    """Return the mentions of items whose place another item is rather: that place and that item."""
    items: defaultdict[int, list[tuple[float, str, int]]] = defaultdict(list)
    for number, finding in findings.items():
        if finding.place and mentions[number].wikidata:
            score = finding.candidates[0].score
            items[finding.place.id].append((-score, mentions[number].wikidata, number))
    outdone = {}
    for claims in items.values():
        winner = min(claims)[1]
        for _, item, number in claims:
            place = findings[number].place
            best = findings[number].candidates[0]
            twofold = _is_twofold(best) or _is_there(mentions[number], best.place)
            if item != winner and place and not mentions[number].is_settled and not twofold:
                outdone[number] = place, winner
    return outdone


def _is_twofold(candidate: Candidate) -> bool:
    """Whether a place may have a second item: of its municipality, or one with its partners."""
    return candidate.has(Evidence.ADDRESS) or shares_partners(candidate)


def _is_there(mention: Mention, place: Place) -> bool:
    """Whether it is known that an item lies where a place is: of two that do, both are it."""
    return mention.position is not None and away(mention.position, place) <= _THERE


def chances(rank: Iterable[Candidate], none: float) -> list[float]:
    """Return the probability of each candidate; `none` is the score that none of them is meant."""
    scores = [candidate.score for candidate in rank]
    top = max([none, *scores])
    weights = [math.exp(score - top) for score in scores]
    whole = sum(weights) + math.exp(none - top)
    return [weight / whole for weight in weights]


def none_score(mention: Mention, allowed: Rank, excluded: Rank, *, alone: bool = False) -> float:
    """Return the score that no candidate is meant, or one that the source contradicts."""
    none = none_of_them(mention, allowed[0] if allowed else None, alone=alone)
    scores = [none, *(candidate.score + _EXCLUDED for candidate in excluded)]
    top = max(scores)
    return top + math.log(sum(math.exp(score - top) for score in scores))


def decided(mention: Mention, rank: Rank, places: Places) -> Finding:
    """Decide a mention by its candidates, the best first."""
    if mention.create:
        return _created(mention, rank)
    allowed = [candidate for candidate in rank if not candidate.contradictions]
    excluded = [candidate for candidate in rank if candidate.contradictions]
    if not mention.decided and (kind := _kind(mention, rank, places)):
        return Finding(MatchStatus.NOT_A_CITY, why=f"it is a {kind}")
    sure = SURE_BY_LABEL if is_bare(mention) else SURE
    alone = len(rank) == 1 and not _is_region(mention.name, rank[0].place, places)
    found = _most_likely(allowed, none_score(mention, allowed, excluded, alone=alone), sure)
    if found.place and (called := _called_so(found.candidates[0], excluded)):
        found = _torn(found, called)
    elif found.place and (other := _called_rather(found.candidates[0], allowed)):
        why = f"{other.place.name} is in the same division"
        found = replace(found, outcome=MatchStatus.AMBIGUOUS, why=why)
    elif found.place and (short := _also_for_short(mention, found.candidates[0], places)):
        why = f"{short.name} may be called so for short, too"
        found = replace(found, outcome=MatchStatus.AMBIGUOUS, why=why)
    elif found.place and _is_half_read(found.candidates[0]):
        found = replace(found, outcome=MatchStatus.UNKNOWN, why=UNREAD)
    elif found.outcome is not MatchStatus.RESOLVED:
        found = _open(mention, found, allowed, excluded, places)
    return replace(found, excluded=tuple(excluded[:_LISTED]))


def _created(mention: Mention, rank: Rank) -> Finding:
    """Find the city that a person says is one of its own: it is known, or has yet to be made."""
    own = tuple(one for one in rank if is_made_of(one.place, mention))
    if own:
        return Finding(MatchStatus.RESOLVED, own[:1], 1.0)
    return Finding(MatchStatus.MISSING, why="a person says that it is a city of its own")


def _open(
    mention: Mention, found: Finding, allowed: Rank, excluded: Rank, places: Places
) -> Finding:
    """Explain why a mention is not decided."""
    if _is_division(mention, rank=[*allowed, *excluded]):
        return replace(found, outcome=MatchStatus.NOT_A_CITY, why=_DIVISION)
    best = allowed[0].score if allowed else none_of_them(mention)
    # What only resembles a name is no other place that is named.
    excluded = [candidate for candidate in excluded if Evidence.ALIKE not in candidate.naming.kind]
    if excluded and excluded[0].score + _EXCLUDED > best and excluded[0].support:
        return _torn(found, excluded[0])
    if any(candidate.naming.weight >= _SPELLED for candidate in allowed):
        return found
    placed = bool(
        mention.position
        and mention.country
        and is_inside(mention.position, mention.country, places)
    )
    torn = [one for one in excluded if one.support and (not placed or _is_beside(mention, one))]
    if torn or (torn := _meant_but_for_position(mention, excluded, places)):
        return _torn(found, torn[0])
    if allowed and not placed:
        return found
    return replace(found, outcome=MatchStatus.MISSING, why=_lacking(mention, placed, places))


def _meant_but_for_position(mention: Mention, excluded: Rank, places: Places) -> Rank:
    """List the places of the name and country that would be meant if no position were stated.

    The position may have a wrong sign, or be that of something else. Where too few positions of the
    source are known to be right, the only place of the name counts, the likeliest by far, or one
    that is much larger than what is stated; else a large one alone, where no inhabitants are
    stated. None counts that is another item of Wikidata than the mention.
    """
    same = sorted(
        (_unplaced(one) for one in excluded if _contradicts_position_alone(one, mention, places)),
        key=lambda one: (-one.score, one.place.id),
    )
    if not same or not mention.country:
        return []
    best, unplaced = same[0].place, replace(mention, position=None)
    known = best.population >= _MUCH_LARGER * max(mention.population, UNLISTED)
    if mention.untested:
        known = known or bool(_most_likely(same, none_of_them(unplaced, same[0]), SURE).place)
    else:
        known = known and best.population >= LISTED and not mention.population
    return [one for one in excluded if one.place == best] if known else []


def _contradicts_position_alone(one: Candidate, mention: Mention, places: Places) -> bool:
    """Whether a place is called so, and nothing but the position says that it is not meant."""
    items = places.items(one.place.id) if mention.wikidata else ()
    if items and mention.wikidata not in items:
        return False
    said = {against.statement for against in one.contradictions}
    return said == {"coordinates"} and one.naming.weight >= CALLED


def _unplaced(candidate: Candidate) -> Candidate:
    """Return a candidate without what its distance from the stated position weighs."""
    reasons = tuple(one for one in candidate.reasons if Evidence.POSITION not in one.kind)
    return replace(candidate, reasons=reasons)


def _is_beside(mention: Mention, candidate: Candidate) -> bool:
    """Whether a place of the name is too near a stated position for there to be another one."""
    if not mention.position or candidate.naming.weight < _SPELLED:
        return False
    return away(mention.position, candidate.place) <= BESIDE


def _is_half_read(candidate: Candidate) -> bool:
    """Whether not all of a name is read, and neither position nor partners speak for a place."""
    unread, placed = candidate.has(Evidence.UNREAD), candidate.has(Evidence.POSITION)
    return unread and not placed and not is_shared(candidate)


def _called_so(best: Candidate, excluded: Rank) -> Candidate | None:
    """Return a place that is called so, where the best is only spelled alike: `Helsingør` in SE."""
    if best.naming.weight >= _SPELLED:
        return None
    called = (one for one in excluded if one.naming.weight >= _SPELLED and one.support)
    return next(called, None)


def _called_rather(best: Candidate, allowed: Rank) -> Candidate | None:
    """Return a place whose own name it is, in the division of one that has it beside others.

    What names the division tells nothing then: `Sofiyivka (Zaporizhzhya Oblast)`.
    """
    told_apart = best.has(Evidence.BESIDE) or best.has(Evidence.REGION)
    if Evidence.UNTOLD not in best.naming.kind or not told_apart or best.has(Evidence.POSITION):
        return None
    division = best.place.country, best.place.region
    named = (
        one
        for one in allowed
        if (one.place.country, one.place.region) == division
        and one.naming.weight >= CALLED
        and Evidence.UNTOLD not in one.naming.kind
    )
    return next(named, None)


_TELLS_APART: Final = Evidence.POSITION | Evidence.REGION | Evidence.BESIDE | Evidence.PARTNER


def _also_for_short(mention: Mention, best: Candidate, places: Places) -> Place | None:
    """Return a place that the name may be short for, too, where it is short for the best one."""
    if Evidence.UNTOLD not in best.naming.kind or any(best.has(one) for one in _TELLS_APART):
        return None
    others = called_for_short(mention, best.place, places)
    return max(others, key=lambda place: place.population, default=None)


def _torn(found: Finding, candidate: Candidate) -> Finding:
    why = f"{candidate.place.name}: {'; '.join(one.why for one in candidate.contradictions)}"
    return replace(found, outcome=MatchStatus.CONTRADICTORY, why=why)


def _lacking(mention: Mention, placed: bool, places: Places) -> str:
    """Name what a place that the gazetteer lacks needs to be made a city."""
    if divisions := divisions_called(mention, places):
        name = divisions[0].name
        return f"it is called as {name} or a part of it: a person has to say what it is"
    if mention.position and is_landscape(mention, mention.position, places):
        return "places there lie on it by their names: a person has to say what it is"
    if mention.population > LISTED:
        return "no place of so many inhabitants is known: a person has to say what it is"
    if placed:
        return "no place of this name is there"
    lacking = [what for what, given in (("country", mention.country),) if not given]
    lacking += [] if mention.position else ["position"]
    if not lacking:
        return "its position is not in its country"
    return f"no place of this name is known; its {' and '.join(lacking)} would tell"


def _is_division(mention: Mention, rank: Rank) -> bool:
    """Whether it has the inhabitants of a large city, and is none that the gazetteer has."""
    known = (candidate.place.population for candidate in rank)
    return mention.population > _REGION and all(2 * n < mention.population for n in known)


def _kind(mention: Mention, rank: Rank, places: Places) -> str:
    """Return what a place is where that is not a city: by the source, or by its name."""
    if mention.kind:
        return mention.kind
    if any(one.naming.weight >= CALLED and _may_be_meant(mention, one, places) for one in rank):
        return ""
    return other_kind(mention.name) or _region(mention, places)


def _is_region(name: str, place: Place, places: Places) -> bool:
    """Whether a name is that of divisions too, none of which has the place in it."""
    named = places.divisions(name)
    return bool(named) and not any(is_in(place, one.country, one.code) for one in named)


def _may_be_meant(mention: Mention, candidate: Candidate, places: Places) -> bool:
    """Whether only an identifier, or a position in another country, speaks against a city.

    A position elsewhere in its country is that of a division which is called as the city is.
    """
    said = {one.statement for one in candidate.contradictions}
    if "coordinates" in said and mention.position and mention.country:
        return said <= {"geonames", "coordinates"} and not is_inside(
            mention.position, mention.country, places
        )
    return said <= {"geonames"}


def _region(mention: Mention, places: Places) -> str:
    """Return `country` or `division` where a name that no place has is that of one."""
    code = code_of(mention.name)
    if code and len(mention.name) > len(code):
        return "country"
    key = without_kind(fold(mention.name))
    named = divisions_called(mention, places)
    return "division" if any(key == without_kind(fold(one.name)) for one in named) else ""


def _most_likely(rank: Rank, none: float, sure: float) -> Finding:
    """Choose the candidate that is far more likely than all others, and than none of them."""
    if not rank:
        return Finding(MatchStatus.UNKNOWN, why="nothing has such a name")
    best = rank[0]
    rivals = [one for one in rank[1:] if not is_same(best.place, one.place)]
    confidence = chances([best, *rivals], none)[0]
    kept = (best, *rivals)[:_LISTED]
    if confidence >= sure:
        return Finding(MatchStatus.RESOLVED, kept, confidence)
    if not rivals or rivals[0].score < none:
        return Finding(MatchStatus.UNKNOWN, kept, confidence, "what there is hardly fits")
    return Finding(
        MatchStatus.AMBIGUOUS, kept, confidence, f"{best.place.name} is not the only one"
    )
