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

from registry.identity.evidence import none_of_them
from registry.identity.mentions import Candidate, Mention
from registry.identity.resolution import chances, is_same, ranked
from registry.places.countries import is_territory
from registry.places.names import fold
from registry.places.position import Position
from registry.reconcile.features import features_of
from registry.reconcile.places import RegistryPlaces
from registry.search.identifiers import identified
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

    `kinds` are those of the things that are meant; none = all. `countries` are codes (ISO 3166-1
    alpha-2), `regions` names or codes of divisions as they are written, `geonames` numbers,
    `wikidata` items: of several, each may be meant. `unread` are the ids of the properties of which
    a value was given that cannot be read.
    """

    text: str = ""
    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    position: Position | None = None
    population: int = 0
    geonames: tuple[int, ...] = ()
    wikidata: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def admits(self, country: str) -> bool:
        """Whether what lies in a country may be meant: it is one of several, or in a territory."""
        return len(self.countries) < 2 or any(
            country == one or is_territory(country, one) for one in self.countries
        )


@dataclass(frozen=True)
class Match:
    """A thing that may be meant: the probability in per cent, and why.

    `certain` tells that it can be taken without looking. `features` are figures behind the score,
    `conflicts` the ids of properties whose values contradict the thing, or each other.
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
        if outright := self._named_outright(query):
            return tuple(self._identified(query, thing, len(outright)) for thing in outright)
        wanted = query.kinds or KINDS
        cities = self._cities(query) if "city" in wanted else []
        others = self._others(query.text, frozenset(wanted) - {"city"})
        found = sorted((*cities, *others), key=lambda one: (-one.score, one.thing.id))
        return tuple(_settled(found))

    def knows(self, name: str) -> bool:
        """Whether a place is called just so but for case, in the registry or in the gazetteer."""
        found = self._places.named(fold(name))
        return any(name.lower() == known.lower() for place, _ in found for known in place.names)

    def _named_outright(self, query: MatchQuery) -> list[Thing]:
        """List the things whose identifiers are given, in the order of their ids."""
        found = [identified(self.index, query.text)]
        if not any(found):
            found = [self.index.by_wikidata(item) for item in query.wikidata]
            numbers = () if query.text else query.geonames
            found += [self.index.by_geonames(number) for number in numbers]
        things = {thing for thing in found if thing and thing.kind in (query.kinds or KINDS)}
        return sorted(things, key=lambda thing: thing.id)

    def _identified(self, query: MatchQuery, thing: Thing, number: int) -> Match:
        """Return a thing whose identifier is given, one of a number of them."""
        features = {}
        if thing.kind == "city" and not identified(self.index, query.text):
            features = features_of(query, thing, self._places.place_of(thing), self.index)
        score = round(_SURE / number, 1)
        return Match(thing, score, number == 1, ("it is its identifier",), features)

    def _cities(self, query: MatchQuery) -> list[Match]:
        """List the cities that a name may mean, each with its probability among all places."""
        if not fold(query.text):
            return []
        mention = _mention(query)
        rank = ranked(mention, self._places)
        places = list(self._distinct(rank))
        scores = chances([candidate for candidate, _ in places], none_of_them(mention))
        return [
            self._city(query, candidate, thing, 100 * chance)
            for (candidate, thing), chance in zip(places, scores, strict=True)
            if thing and 100 * chance >= _LEAST and query.admits(thing.country)
        ]

    def _city(self, query: MatchQuery, candidate: Candidate, thing: Thing, score: float) -> Match:
        """Return for a city what speaks for it."""
        known = candidate.reasons[0]
        features = features_of(query, thing, candidate.place, self.index)
        spelled = known.weight > _DOUBTFUL or bool(query.position or query.geonames)
        reasons = tuple(one.what for one in candidate.reasons if one.what != "inhabitants")
        return Match(thing, round(score, 1), score >= SAFE and spelled, reasons, features)

    def _distinct(self, rank: Sequence[Candidate]) -> Iterator[tuple[Candidate, Thing | None]]:
        """Yield each place once that is entered twice, as the city that the registry has."""
        left = [(candidate, self._places.thing(candidate.place)) for candidate in rank]
        while left:
            best, thing = left[0]
            same = [pair for pair in left if pair[0] is best or is_same(best, pair[0])]
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


def _likeness(key: str, name: str) -> float:
    """Compare folded names in per cent; one that has all words of the other is somewhat alike."""
    words = fuzz.token_set_ratio(key, name, score_cutoff=_SURE)
    return max(fuzz.ratio(key, name), _PARTLY if words else 0.0)


def _mention(query: MatchQuery) -> Mention:
    """Return what the resolution is asked for; of several values it takes none."""
    return Mention(
        query.text,
        query.countries[0] if len(query.countries) == 1 else "",
        query.position,
        query.regions[0].upper() if len(query.regions) == 1 else "",
        query.population,
        query.geonames[0] if len(query.geonames) == 1 else 0,
    )


_DOUBTFUL: Final = -3.0
"""Weight of a name from which on it has to be confirmed by a person, however alone it stands."""


def _other(thing: Thing, likeness: float) -> Match:
    exact = likeness == _SURE
    reason = "it is its name" if exact else "its name is spelled alike"
    return Match(thing, round(likeness, 1), exact, (reason,), {"name": round(likeness, 1)})


def _settled(found: Sequence[Match]) -> Iterator[Match]:
    """Leave certainty to the first alone, and to it only where nothing else is called so too."""
    rivals = [one for one in found if one.certain]
    for one in found:
        yield replace(one, certain=one.certain and len(rivals) == 1)
