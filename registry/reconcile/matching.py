"""Matching: which thing of a release a name means, how likely it is, and by which reasons.

Cities are found by the resolution of the importers, all else by its name alone.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final

from cachetools import LRUCache, cachedmethod
from rapidfuzz import fuzz

from registry.identity.candidates import called_for_short
from registry.identity.contradictions import away, contradictions, is_same, region_said
from registry.identity.evidence import CALLED
from registry.identity.mentions import Candidate, Contradiction, Evidence, Mention, Reason
from registry.identity.qualifiers import country_beside
from registry.identity.resolution import chances, none_score, ranked
from registry.identity.source_places import is_inside, nearest_country
from registry.places.names import fold, readings
from registry.places.position import Position
from registry.reconcile.features import features_of
from registry.reconcile.labels import FOR_OURS, labelled_so, with_labels
from registry.reconcile.places import RegistryPlaces
from registry.reconcile.query import MatchQuery
from registry.search.identifiers import thing_of
from registry.views.names import KINDS, NameIndex, Thing

SAFE: Final = 95.0
"""Score from which a match needs no person to look at it."""

_SAFE_ODDS: Final = math.log(SAFE / (100 - SAFE))
"""How much more a place weighs than one that it is likelier than by that score."""

_LEAST: Final = 0.5
"""Score below which nothing is told of a candidate, unless it and others are labelled so."""

_ALIKE: Final = 75.0
"""Likeness in per cent from which a name that is no city's is told."""

_PARTLY: Final = 75.0
"""Likeness of a name that has all words of what was asked for, or the other way round."""

_SURE: Final = 100.0

_KEPT: Final = 1 << 14
"""How many answers are kept: columns repeat themselves."""


@dataclass(frozen=True)
class Match:
    """A thing that may be meant: the probability in per cent, and why.

    `certain` tells that it can be taken without looking. `features` are figures behind the score,
    `conflicts` the ids of properties whose values contradict the thing, or each other. `doubts` are
    the ids of properties whose identifiers may be those of another thing that is not known here.
    """

    thing: Thing
    score: float
    certain: bool = False
    reasons: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict, hash=False)
    conflicts: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


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
        return tuple(self._doubted(query, one) for one in self._found(query))

    def certain(self, text: str) -> list[Thing]:
        """List the things that a text means without a doubt: one at most, but for namesakes."""
        return [one.thing for one in self.match(MatchQuery(text)) if one.certain]

    def _found(self, query: MatchQuery) -> tuple[Match, ...]:
        """List what may be meant, by what the registry knows of the identifiers that are given."""
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

    def _doubted(self, query: MatchQuery, match: Match) -> Match:
        """Leave a match to a person where an identifier that is given may be that of another thing.

        A city may have several items in Wikidata, of its town and of its municipality, and the
        registry does not know all of them: one that it does not know excludes no city.
        """
        is_identified = query.geonames or query.wikidata or query.unread
        doubts = tuple(self._doubts(query, match.thing)) if is_identified else ()
        return replace(match, certain=False, doubts=doubts) if doubts else match

    def _doubts(self, query: MatchQuery, thing: Thing) -> Iterator[str]:
        """Yield the properties whose identifiers may be those of another thing."""
        own_items = set(self.index.items(thing))
        numbers = [one for one in query.geonames if not self._is_at(one, thing)]
        items = [one for one in query.wikidata if one not in own_items]
        items = [one for one in items if not self._is_item_of(one, thing)]
        for pid, given, other, known in (
            ("wikidata", query.wikidata, items, bool(own_items)),
            ("geonames", query.geonames, numbers, bool(thing.geonames)),
        ):
            its_own = len(other) < len(given)
            if not its_own and (pid in query.unread or (given and known)):
                yield pid

    def _is_item_of(self, item: str, thing: Thing) -> bool:
        """Whether the gazetteer knows that an item of Wikidata is a city."""
        anchor = self._places.anchor(item) if thing.geonames else None
        return anchor is not None and anchor.place == thing.geonames

    def _is_at(self, number: int, thing: Thing) -> bool:
        """Whether a number of GeoNames is that of a city, which may be entered there twice."""
        if number == thing.geonames or thing.kind != "city":
            return number == thing.geonames
        other = self._places.place(number)
        return other is not None and is_same(other, self._places.place_of(thing))

    def division_of(self, thing: Thing) -> str:
        """Return the name of the state or province in which a city lies; empty if not known."""
        return self._places.division_of(thing)

    def may_lie_in(self, position: Position, country: str) -> bool:
        """Whether a position may be in a country: a place near it is, or none is near at all."""
        return is_inside(position, country, self._places) or not nearest_country(
            position, self._places
        )

    def knows(self, name: str) -> bool:
        """Whether a place is called just so but for case, in the registry or in the gazetteer."""
        found = self._places.named(fold(name))
        return any(name.lower() == known.lower() for place, _ in found for known in place.names)

    def _identified(self, query: MatchQuery) -> list[Match]:
        """List the things that identifiers are of, certain where nothing contradicts one."""
        named = thing_of(self.index, query.text)
        by_item = [(self.index.by_wikidata(item), "wikidata") for item in query.wikidata]
        by_number = [(self.index.by_geonames(number), "geonames") for number in query.geonames]
        wanted = query.kinds or KINDS
        stated = ((named, "name"), *by_item, *by_number)
        given = {thing: pid for thing, pid in stated if thing and thing.kind in wanted}
        query = replace(query, text="") if named else query
        return [
            self._by_identifier(query, thing, pid, len(given))
            for thing, pid in sorted(given.items(), key=lambda one: one[0].id)
        ]

    def _by_identifier(self, query: MatchQuery, thing: Thing, pid: str, number: int) -> Match:
        """Compare the thing of an identifier, one of a number of them, with all else stated."""
        against = []
        if number > 1:
            against.append(Contradiction(pid, "the identifiers are those of several things"))
        if query.text and not self._is_called(thing, query.text):
            against.append(Contradiction(pid, f"the identifier is that of {thing.label}"))
        features: Mapping[str, float] = {}
        if thing.kind == "city":
            place = self._places.place_of(thing)
            features = features_of(query, thing, place, self.index, self._places)
            stated = replace(_mention(query), geonames=0)
            region = region_said(stated, place, self._places)
            against += contradictions(stated, place, query.position, region, self._places)
        reasons = tuple(one.why for one in against) or ("it is its identifier",)
        score = _TORN if against else _SURE
        return Match(thing, score, not against, reasons, features, _statements(against))

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
        query = self._with_country_beside(query)
        mention = _mention(query)
        rank = ranked(mention, self._places)
        distinct = list(self._distinct(rank))
        weighed = with_labels(query, distinct, self._places)
        places = [(c, thing) for c, (_, thing) in zip(weighed, distinct, strict=True)]
        places = [pair for pair in places if query.admits(pair[0].place.country)]
        places.sort(key=lambda pair: (-pair[0].score, pair[0].place.id))
        allowed = [candidate for candidate, _ in places if not candidate.contradictions]
        excluded = [candidate for candidate, _ in places if candidate.contradictions]
        if not allowed and not excluded:
            return []
        none = none_score(mention, allowed, excluded)
        scores = dict(zip(map(id, allowed), chances(allowed, none), strict=True))
        rivals = self._rivals(query, places), list(filter(is_known, allowed))
        ours = [thing for candidate, thing in places if thing and not candidate.contradictions]
        namesakes = labelled_so(query.text, ours) if len(ours) > 1 else []
        found = []
        for candidate, thing in places:
            chance = 100 * scores.get(id(candidate), 0.0)
            told = chance >= _LEAST or candidate.support or _is_disputed(candidate)
            if thing and (told or (thing in namesakes and len(namesakes) > 1)):
                found.append(self._city(query, candidate, thing, chance, rivals))
        return found

    def _with_country_beside(self, query: MatchQuery) -> MatchQuery:
        """Return a query with the country that stands beside its name, where it states no other."""
        if len(query.countries) > 1:
            return query
        read = country_beside(_mention(query), self._places)
        if read.name == query.text:
            return query
        return replace(query, text=read.name, countries=(read.country,))

    def _rivals(self, query: MatchQuery, places: Sequence[tuple[Candidate, Thing | None]]) -> int:
        """Count the cities that are called as the likeliest one is.

        Those of the registry count, and large ones that it lacks and that are about as likely.
        Where none of the registry is called so, but the likeliest goes by another name of it in
        the stated country, each place there counts that is called so, or may be for short.
        """
        allowed = [(c, t) for c, t in places if not c.contradictions]
        ours = [(c, t) for c, t in allowed if t and is_known(c)]
        if not ours:
            likeliest = next((c for c, t in allowed if t), None)
            if likeliest is None or not _may_be_only(likeliest, query):
                return 0
            called = sum(is_known(c) and likeliest.score - c.score < _PLAUSIBLE for c, _ in allowed)
            return called + len(called_for_short(_mention(query), likeliest.place, self._places))
        best, thing = ours[0]
        least = best.naming.weight
        same = [other for c, other in ours if c.naming.weight >= least]
        labelled = labelled_so(query.text, same)
        lacking = [c.place for c, t in allowed if not t and is_known(c) and _is_as_likely(c, best)]
        large = sum(place.population >= _LARGE for place in lacking)
        return len({thing.number, *(other.number for other in labelled or same)}) + large

    def _city(
        self, query: MatchQuery, candidate: Candidate, thing: Thing, score: float, rivals: Rivals
    ) -> Match:
        """Return for a city what speaks for it, and what contradicts it."""
        features = features_of(query, thing, candidate.place, self.index, self._places)
        against = [one.why for one in candidate.contradictions]
        weighed = [one.what for one in candidate.reasons if not _is_unsaid(one)]
        certain = score >= SAFE and _is_certain(query, candidate, rivals)
        conflicts = _statements(candidate.contradictions)
        return Match(thing, round(score, 1), certain, (*against, *weighed), features, conflicts)

    def _distinct(self, rank: Sequence[Candidate]) -> Iterator[tuple[Candidate, Thing | None]]:
        """Yield each place once that is entered twice, as the city that the registry has.

        Two cities of the registry are two, however near: London and the City of London.
        """
        left = [(candidate, self._places.thing(candidate.place)) for candidate in rank]
        left.sort(key=lambda pair: bool(pair[0].contradictions))
        while left:
            best, thing = left[0]
            same = [p for p in left if p[0] is best or is_same(best.place, p[0].place)]
            city = next((city for _, city in same if city), thing)
            same = [pair for pair in same if pair[0] is best or pair[1] in {None, city}]
            yield best, city
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
    return candidate.naming.weight >= CALLED and not candidate.has(Evidence.UNREAD)


def _is_disputed(candidate: Candidate) -> bool:
    """Whether a city is called so, and nothing but an identifier says that it is not meant."""
    return is_known(candidate) and _statements(candidate.contradictions) == ("geonames",)


_LARGE: Final = 50_000
"""Inhabitants from which a city that the registry lacks is named so often that a person looks.

Of the labels of our cities with their countries, 0.1 % fewer come back because of this.
"""

_AS_LIKELY: Final = 1.0
"""How much less a place may weigh that is about as likely: its odds are better than one to three.

`Glendale` in the United States is in Arizona or, hardly smaller, in California.
"""

_PLAUSIBLE: Final = -math.log(_LEAST / 100)
"""How much less a place may weigh that is told of."""

Rivals = tuple[int, Sequence[Candidate]]
"""How many cities are called so, and all places that are."""


def _has_namesake_beside(candidate: Candidate, others: Iterable[Candidate]) -> bool:
    """Whether another place of its division is called so, and not far less likely than a city is.

    That the registry has one of them tells nothing here. Where it is the city's own name, others
    do not count that have it in no told language: Newton is called `Cambridge, Massachusetts`, too.
    """
    division = candidate.place.country, candidate.place.region
    named = Evidence.UNTOLD in candidate.naming.kind
    return any(
        (other.place.country, other.place.region) == division
        and _unlisted_score(candidate) - _unlisted_score(other) < _SAFE_ODDS
        for other in others
        if other is not candidate and (named or Evidence.UNTOLD not in other.naming.kind)
    )


def _unlisted_score(candidate: Candidate) -> float:
    """Return a score without what speaks for all cities of the registry."""
    return sum(one.weight for one in candidate.reasons if one not in FOR_OURS)


def _is_certain(query: MatchQuery, candidate: Candidate, rivals: Rivals) -> bool:
    """Whether a city that is likely enough can be taken without looking.

    Nothing that is stated contradicts it, and one of these holds:

    1. it is called so, and no other city of the registry is;
    2. it is called so, and a region, or what stands beside the name, tells it from the others:
       of those in the same division it does not (`Newport, Pembrokeshire`);
    3. it is within `_HERE` km of the stated position, though its name is spelled otherwise;
    4. in the stated country it is the one place with a name like this, in whatever language.

    In 1 and 4 a large city that the registry lacks counts, too, and so does in 4 every place that
    is called so: `_rivals` counts them.
    """
    if candidate.contradictions:
        return False
    if query.position and away(query.position, candidate.place) <= _HERE:
        return True
    told_apart = _is_told_apart(candidate)
    cities, places = rivals
    if told_apart and _has_namesake_beside(candidate, places):
        return False
    if is_known(candidate) and (cities == 1 or told_apart):
        return True
    return _is_only(candidate, query, cities)


def _is_told_apart(candidate: Candidate) -> bool:
    """Whether a region, or what stands beside the name, tells a city from others of its country."""
    beside = candidate.naming.weight > _BESIDE
    country = candidate.has(Evidence.COUNTRY) and not candidate.has(Evidence.BESIDE)
    return candidate.has(Evidence.REGION) or (beside and not country)


def _statements(against: Iterable[Contradiction]) -> tuple[str, ...]:
    """Return the ids of the properties that contradict, each once."""
    return tuple(dict.fromkeys(one.statement for one in against))


def _is_only(candidate: Candidate, query: MatchQuery, rivals: int) -> bool:
    """Whether a name in no told language is that of one place alone in the stated country."""
    return rivals == 0 and _may_be_only(candidate, query)


def _may_be_only(candidate: Candidate, query: MatchQuery) -> bool:
    other = candidate.naming.weight >= _ANOTHER and not candidate.has(Evidence.UNREAD)
    return other and bool(query.countries) and not _INITIALS.fullmatch(query.text)


_INITIALS: Final = re.compile(r"[A-Z]{2,4}|(?:[A-Z]\.){2,4}")
"""Texts that are short for something, which other names of places hardly tell: `NYC`, `L.A.`."""


def _is_as_likely(lacking: Candidate, best: Candidate) -> bool:
    """Whether a place is about as likely as a city, but for what speaks for all of the registry."""
    return _unlisted_score(best) - lacking.score < _AS_LIKELY


def _is_unsaid(reason: Reason) -> bool:
    """Whether a reason is the same of all candidates, and explains none of them."""
    return Evidence.SIZE in reason.kind or reason in FOR_OURS


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
    return Match(thing, round(likeness, 1), exact, (reason,), {"name": round(likeness, 1)})


def _settled(found: Sequence[Match]) -> Iterator[Match]:
    """Leave certainty to the first alone, and to it only where nothing else is called so too."""
    rivals = [one for one in found if one.certain]
    for one in found:
        yield replace(one, certain=one.certain and len(rivals) == 1)
