"""Matching: which thing of a release a name means, how likely it is, and by which reasons.

Cities are found by the resolution of the importers, all else by its name alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final

from cachetools import LRUCache, cachedmethod
from rapidfuzz import fuzz

from registry.identity.candidates import UNREAD
from registry.identity.contradictions import contradictions, may_be_in
from registry.identity.mentions import Candidate, Mention, Reason
from registry.identity.resolution import chances, is_same, none_score, ranked
from registry.places.names import fold, readings
from registry.places.position import Position, distance
from registry.reconcile.places import RegistryPlaces
from registry.search.identifiers import thing_of
from registry.views.names import KINDS, NameIndex, Thing

SAFE: Final = 95.0
"""Score from which a match needs no person to look at it."""

_LEAST: Final = 0.5
"""Score below which nothing is told of a candidate."""

_ALIKE: Final = 75.0
"""Likeness in per cent from which a name that is no city's is told."""

_PARTLY: Final = 75.0
"""Likeness of a name that has all words of what was asked for, or the other way round."""

_SURE: Final = 100.0

_KEPT: Final = 1 << 14
"""How many answers are kept: columns repeat themselves."""


@dataclass(frozen=True)
class MatchQuery:
    """What is looked for: a name, or what identifies a thing, and what is known beside it.

    `kinds` are those of the things that are meant; none = all. `country` is a code (ISO 3166-1
    alpha-2), `geonames` a number, `wikidata` an item.
    """

    text: str = ""
    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    position: Position | None = None
    population: int = 0
    geonames: tuple[int, ...] = ()
    wikidata: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A thing that may be meant: the probability in per cent, and why.

    `certain` tells that it can be taken without looking. `features` are figures behind the score.
    """

    thing: Thing
    score: float
    certain: bool = False
    reasons: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict, hash=False)
    conflicts: tuple[str, ...] = ()


class Matcher:
    """Finds things of one release; for any number of threads."""

    def __init__(self, index: NameIndex, places: RegistryPlaces) -> None:
        self.index, self._places = index, places
        self._matches: LRUCache[Any, tuple[Match, ...]] = LRUCache(_KEPT)
        self._lock = Lock()

    # Not `lru_cache`: an object that refers to itself is not closed with its last reference.
    @cachedmethod(lambda self: self._matches, lock=lambda self: self._lock)
    def match(self, query: MatchQuery) -> tuple[Match, ...]:
        """List what may be meant, the likeliest first."""
        identified = self._identified(query)
        if len(identified) == 1 and not identified[0].conflicts:
            return tuple(identified)
        wanted = query.kinds or KINDS
        cities = self._cities(query) if "city" in wanted else []
        others = self._others(query.text, frozenset(wanted) - {"city"})
        by_name = sorted((*cities, *others), key=lambda one: (-one.score, one.thing.id))
        if identified:
            known = {one.thing for one in identified}
            doubted = (replace(one, certain=False) for one in by_name if one.thing not in known)
            return (*identified, *doubted)
        return tuple(_settled(by_name))

    def knows(self, name: str) -> bool:
        """Whether a place is called just so but for case, in the registry or in the gazetteer."""
        found = self._places.named(fold(name))
        return any(name.lower() == known.lower() for place, _ in found for known in place.names)

    def _identified(self, query: MatchQuery) -> list[Match]:
        """List the things that identifiers are of, certain where nothing contradicts one."""
        if thing := thing_of(self.index, query.text):
            return [Match(thing, _SURE, True, ("it is its identifier",))]
        by_item = (self.index.by_wikidata(item) for item in query.wikidata)
        by_number = (self.index.by_geonames(number) for number in query.geonames)
        things = dict.fromkeys(thing for thing in (*by_item, *by_number) if thing)
        if query.kinds:
            things = dict.fromkeys(thing for thing in things if thing.kind in query.kinds)
        several = ("the identifiers are those of several things",) if len(things) > 1 else ()
        return [self._by_identifier(query, thing, several) for thing in things]

    def _by_identifier(self, query: MatchQuery, thing: Thing, several: tuple[str, ...]) -> Match:
        """Compare the thing that an identifier is of with all else that is stated."""
        conflicts = list(several)
        if query.text and not self._is_called(thing, query.text):
            conflicts.append(f"the identifier is that of {thing.label}")
        if thing.kind == "city":
            place = self._places.place_of(thing)
            stated = replace(_mention(query), geonames=0)
            conflicts += contradictions(stated, place, query.position, self._places)
        reasons = tuple(conflicts) or ("it is its identifier",)
        score = _SURE if not conflicts else _TORN
        return Match(thing, score, not conflicts, reasons, {}, tuple(conflicts))

    def _is_called(self, thing: Thing, text: str) -> bool:
        """Whether a text, as it can be read, is a name of a thing, or spelled nearly so."""
        known = {fold(name) for name in self.index.names(thing)}
        if thing.kind == "city":
            known |= {fold(name) for name in self._places.place_of(thing).names}
        keys = {reading.key for reading in readings(text)}
        return any(fuzz.ratio(key, name) >= _ALIKE for key in keys for name in known)

    def _cities(self, query: MatchQuery) -> list[Match]:
        """List the cities that a name may mean, each with its probability among all places."""
        if not fold(query.text):
            return []
        mention = _mention(query)
        rank = ranked(mention, self._places)
        countries = query.countries if len(query.countries) > 1 else ()
        if countries:
            rank = [c for c in rank if any(may_be_in(c.place, one) for one in countries)]
        places = [(_registered(query, c, thing), thing) for c, thing in self._distinct(rank)]
        places.sort(key=lambda pair: (-pair[0].score, pair[0].place.id))
        allowed = [candidate for candidate, _ in places if not candidate.contradictions]
        excluded = [candidate for candidate, _ in places if candidate.contradictions]
        if not allowed and not excluded:
            return []
        none = none_score(mention, allowed, excluded)
        scores = dict(zip(map(id, allowed), chances(allowed, none), strict=True))
        rivals = self._rivals(query, places)
        found = []
        for candidate, thing in places:
            chance = 100 * scores.get(id(candidate), 0.0)
            if thing and (chance >= _LEAST or candidate.support):
                found.append(_city(query, candidate, thing, chance, rivals))
        return found

    def _rivals(
        self, query: MatchQuery, places: Sequence[tuple[Candidate, Thing | None]]
    ) -> int:
        """Count the cities of the registry that are called as the likeliest one is."""
        allowed = [(c, t) for c, t in places if t and not c.contradictions and is_known(c)]
        if not allowed:
            return 0
        best, thing = allowed[0]
        least, written = best.reasons[0].weight, query.text.casefold()
        same = [other for c, other in allowed if c.reasons[0].weight >= least]
        labelled = [other for other in same if other.label.casefold() == written]
        return len({thing.number, *(other.number for other in labelled or same)})

    def _distinct(self, rank: Sequence[Candidate]) -> Iterator[tuple[Candidate, Thing | None]]:
        """Yield each place once that is entered twice, as the city that the registry has."""
        left = [(candidate, self._places.thing(candidate.place)) for candidate in rank]
        left.sort(key=lambda pair: bool(pair[0].contradictions))
        while left:
            best, thing = left[0]
            same = [p for p in left if p[0] is best or is_same(best.place, p[0].place)]
            yield best, next((city for _, city in same if city), thing)
            left = [pair for pair in left if pair not in same]

    def _others(self, text: str, kinds: frozenset[str]) -> list[Match]:
        """List what is no city and is called so, or nearly so."""
        key = fold(text)
        if not kinds or not key:
            return []
        best: defaultdict[int, float] = defaultdict(float)
        for name, number in self.index.other_keys:
            best[number] = max(best[number], _likeness(key, name))
        alike = {number: likeness for number, likeness in best.items() if likeness >= _ALIKE}
        things = ((self.index.number(number), likeness) for number, likeness in alike.items())
        return [_other(thing, likeness) for thing, likeness in things if thing.kind in kinds]


def _registered(query: MatchQuery, candidate: Candidate, thing: Thing | None) -> Candidate:
    """Add to a candidate that the registry has it: towns that are twinned are named more often."""
    if thing is None:
        return candidate
    same = thing.label.casefold() == query.text.casefold()
    return replace(candidate, reasons=(*candidate.reasons, _LABELLED if same else _REGISTERED))


def _likeness(key: str, name: str) -> float:
    """Compare folded names in per cent; one that has all words of the other is somewhat alike."""
    words = fuzz.token_set_ratio(key, name, score_cutoff=_SURE)
    return max(fuzz.ratio(key, name), _PARTLY if words else 0.0)


def _mention(query: MatchQuery) -> Mention:
    """Return what is stated of a city; of a property with several values, none is."""
    return Mention(
        query.text,
        query.countries[0] if len(query.countries) == 1 else "",
        query.position,
        query.regions[0] if len(query.regions) == 1 else "",
        query.population,
        query.geonames[0] if len(query.geonames) == 1 else 0,
    )


def is_known(candidate: Candidate) -> bool:
    """Whether a candidate is called as it is written, in the language of its name or another."""
    return candidate.reasons[0].weight >= _CALLED and UNREAD not in candidate.reasons[0].what


def _city(
    query: MatchQuery, candidate: Candidate, thing: Thing, score: float, rivals: int
) -> Match:
    """Return for a city what speaks for it.

    It is certain by one of these rules, where nothing that is stated contradicts it:

    1. it is called so, no other city of the registry is, and its score is at least `SAFE`;
    2. it is called so, and a region, a position within `_HERE` km or what stands beside the name
       tells it from the others of that name, and its score is at least `SAFE`;
    3. its name is spelled otherwise or is another one of it, it is within `_HERE` km of the stated
       position, and its score is at least `SAFE`.
    """
    known, place = candidate.reasons[0], candidate.place
    features: dict[str, float] = {"inhabitants": float(place.population)}
    told = bool(query.regions) or known.weight > _BESIDE
    near = False
    if query.position:
        features["distance"] = round(distance(*query.position, *place[2:4]), 1)
        near = features["distance"] <= _HERE
    if query.countries:
        features["country"] = float(any(may_be_in(place, one) for one in query.countries))
    certain = score >= SAFE and (
        near or (is_known(candidate) and (rivals == 1 or told)) or _is_only(candidate, query, rivals)
    )
    reasons = tuple(reason.what for reason in candidate.reasons if reason.what not in _UNSAID)
    conflicts = candidate.contradictions
    return Match(
        thing, round(score, 1), certain and not conflicts, (*conflicts, *reasons), features, conflicts
    )


def _is_only(candidate: Candidate, query: MatchQuery, rivals: int) -> bool:
    """Whether a name in no told language is that of one place alone in the stated country."""
    other = candidate.reasons[0].weight >= _ANOTHER and UNREAD not in candidate.reasons[0].what
    return other and rivals == 0 and bool(query.countries)


_REGISTERED: Final = Reason("the registry has it", 1.5)
_LABELLED: Final = Reason("the registry has it under this name", 3.3)
"""Of the labels of our cities with their countries, 98 % come back with these weights, none wrong.

Each of 9,235 names of municipalities that the registry lacks is wrongly matched 0.1 % more often.
"""

_UNSAID: Final = frozenset({"inhabitants", _REGISTERED.what, _LABELLED.what})

_CALLED: Final = -0.5
"""Weight of a name from which on a place is called as it is written."""

_ANOTHER: Final = -3.0
"""Weight of a name from which on it is one of the place, as it is written or nearly so."""

_BESIDE: Final = 0.5
"""Weight of a name from which on what stands beside it agrees with the place."""

_HERE: Final = 10.0
"""Kilometres within which a place is the one that a position is of."""

_TORN: Final = 50.0
"""Score of a thing whose identifier is given, and something else that contradicts it."""


def _other(thing: Thing, likeness: float) -> Match:
    exact = likeness == _SURE
    reason = "it is its name" if exact else "its name is spelled alike"
    return Match(thing, round(likeness, 1), exact, (reason,), {"likeness": round(likeness, 1)})


def _settled(found: Sequence[Match]) -> Iterator[Match]:
    """Leave certainty to the first alone, and to it only where nothing else is called so too."""
    rivals = [one for one in found if one.certain]
    for one in found:
        yield replace(one, certain=one.certain and len(rivals) == 1)
