"""Cities that could become partners of a city, with the reasons for and against each.

The evidence is that of the saved query `possible-partners`: the hundred cities that share the most
with the city, and how many partners in common chance alone would give. Here size, distance and the
links between the two countries are weighed with it. Page, CSV and JSON all show what `propose`
returns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from registry.places.position import distance
from registry.things.city.affinities import Affinities
from registry.things.lookup import Lookup
from registry.views.names import Thing
from registry.views.ties import Tie, Ties

WEIGHTS: Final[Mapping[str, float]] = {
    "partners": 2.0,
    "groups": 3.0,
    "topics": 1.0,
    "practices": 0.5,
    "nearness": 1.0,
    "country": 0.5,
    "lost": -0.5,
    "countries": -1.0,
}
"""Points of a reason at its full strength; docs/officer.md explains each, with an example."""

SIZE_SHARE: Final = 0.75
"""The part of all points that a candidate loses which has far more or fewer inhabitants."""

SIMILAR: Final = 0.5
"""Sizes are similar where neither is less than this part of the other."""

MOST: Final = 10
"""Candidates that are proposed."""

_HUB: Final = 30.0
"""Partners with which a city that both are linked with counts half."""

_HALF_NEAR: Final = 1_000.0
"""Kilometres at which nearness is worth half its points."""

_NEAREST: Final = (100.0, 200.0, 400.0, 800.0, 1_500.0)
"""Kilometres up to which a city is proposed only because it is near and of similar size.

Farther ones are looked at only where too few are nearer.
"""

_MOST_LOST: Final = 4
"""Lost links up to which each costs points."""

_LOST_LINKS, _LOST_SHARE = 2, 0.02
_DOUBTFUL_LINKS, _DOUBTFUL_SHARE, _LOST_COUNTRIES = 3, 0.5, 5


@dataclass(frozen=True)
class Proposal:
    """A city that could become a partner, and why; things are given by their IRIs.

    `kilometres` and `inhabitants` are 0 where they are not known. `expected` is how many `partners`
    in common chance would give. `groups` are networks, projects and the like in which both take
    part, each with the field that they share. `lost` are the cities with which its own links ended
    or were suspended in the last years, and `countries` with how many countries its country lost
    links, where these are many: reasons against.
    """

    city: str
    country: str
    inhabitants: int
    kilometres: int
    score: float
    partners: tuple[str, ...] = ()
    expected: float = 0.0
    groups: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    is_similar: bool = False
    is_first: bool = False
    lost: tuple[str, ...] = ()
    countries: int = 0

    @property
    def things(self) -> Iterator[str]:
        """The IRIs of all that it names."""
        groups = (whole for whole, _ in self.groups)
        yield from (self.city, *self.partners, *groups, *self.topics, *self.practices, *self.lost)


@dataclass(frozen=True)
class Possible:
    """What is proposed to a city, and how the links with the countries left out stand, by code.

    `since` is the day from which on ends and suspensions count.
    """

    proposals: tuple[Proposal, ...]
    left_out: Mapping[str, Tie]
    since: str

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 1_000 + 4_000 * len(self.proposals) + 300 * len(self.left_out)


def is_left_out(ties: Ties, here: str, there: str) -> bool:
    """Whether so many links between two countries are in doubt that nothing is proposed.

    Either at least two, and two in a hundred, ended or were suspended in the last years; or half of
    them, and at least three, are lost or not confirmed, while one of the countries lost links with
    five others. A list that is old leaves links of many countries unconfirmed, which alone tells
    nothing of how they stand.
    """
    tie = ties.between(here, there)
    if tie.lost >= _LOST_LINKS and tie.lost >= _LOST_SHARE * tie.links:
        return True
    many = tie.doubtful >= _DOUBTFUL_LINKS and tie.doubtful >= _DOUBTFUL_SHARE * tie.links
    return many and any(len(ties.lost_with(one)) >= _LOST_COUNTRIES for one in (here, there))


def propose(lookup: Lookup, affinities: Affinities, me: str) -> Possible:
    """Weigh the evidence for a city, and return the best candidates."""
    ties, here = affinities.ties, affinities.cities.get(me)
    if here is None or me in affinities.dissolved:
        return Possible((), {}, ties.since)
    left_out = {
        code: tie
        for code, tie in ties.of(here.country).items()
        if is_left_out(ties, here.country, code)
    }
    weighing = _Weighing(lookup, affinities, here, left_out)
    found = list(weighing.of_evidence())
    if len(found) < MOST:
        found += weighing.near({one.thing.iri for one in found})
    best = sorted(found, key=lambda one: (-one.score, one.thing.iri))
    return Possible(tuple(map(weighing.proposal, best[:MOST])), left_out, ties.since)


@dataclass(frozen=True)
class _Candidate:
    """A city as it was weighed."""

    thing: Thing
    score: float
    kilometres: float
    ratio: float
    partners: tuple[str, ...]
    expected: float
    topics: tuple[str, ...]
    practices: tuple[str, ...]
    lost: tuple[str, ...]
    countries: int


class _Weighing:
    """Weighs candidates for one city."""

    def __init__(
        self, lookup: Lookup, affinities: Affinities, here: Thing, left_out: Collection[str]
    ) -> None:
        self._lookup, self._affinities, self._here = lookup, affinities, here
        me = here.iri
        self._cities = cities = affinities.cities
        partners = affinities.partners(me)
        self._groups = _groups(lookup, me)
        self._topics = frozenset(affinities.topics(me))
        self._countries = {cities[one].country for one in partners if one in cities}
        # A partner that is linked with everybody tells little, and one in a country left out, none.
        self._leading = {
            iri: sure * _HUB / (_HUB + len(affinities.partners(iri)))
            for iri, sure in partners.items()
            if iri in cities and cities[iri].country not in left_out
        }
        self._left_out = frozenset(left_out)
        self._closed = {"", here.country, *left_out}
        same = (iri for name in _SAME for iri in lookup.iris(me, name))
        turned = (iri for name in _SAME for iri in lookup.subjects(name, me))
        self._own = {me, *affinities.linked(me), *same, *turned}

    def of_evidence(self) -> Iterator[_Candidate]:
        """Weigh the cities that share something."""
        for iri, evidence in self._affinities.evidence(self._here.iri).items():
            if self._may_be(iri):
                thing = self._cities[iri]
                figures = evidence.expected, evidence.groups, evidence.topics
                yield self._weighed(thing, self._kilometres(thing), *figures)

    def near(self, known: Collection[str]) -> Iterator[_Candidate]:
        """Weigh the nearest cities of similar size abroad, for a city that shares too little."""
        found: list[tuple[float, str]] = []
        for farthest in _NEAREST:
            near = self._affinities.near(self._here, farthest, SIMILAR)
            found = sorted(one for one in near if one[1] not in known and self._may_be(one[1]))
            if len(found) >= 3 * MOST:
                break
        for far, iri in found[: 3 * MOST]:
            yield self._weighed(self._cities[iri], far)

    def _may_be(self, iri: str) -> bool:
        """Whether a city may be proposed at all."""
        fits = self._cities[iri].country not in self._closed and iri not in self._own
        return fits and iri not in self._affinities.dissolved

    def _kilometres(self, thing: Thing) -> float:
        """Return the distance; 0 where one of the positions is not known."""
        here = self._here
        if here.latitude is None or here.longitude is None:
            return 0.0
        if thing.latitude is None or thing.longitude is None:
            return 0.0
        return distance(here.latitude, here.longitude, thing.latitude, thing.longitude)

    def _weighed(
        self, thing: Thing, far: float, expected: float = 0, groups: float = 0, topics: float = 0
    ) -> _Candidate:
        """Weigh the reasons for and against a candidate."""
        affinities, iri = self._affinities, thing.iri
        fewer, more = sorted((self._here.population, thing.population))
        ratio = fewer / more if fewer else 0.0
        theirs = affinities.partners(iri)
        both = sorted(self._leading.keys() & theirs.keys())
        common = sum(self._leading[one] * theirs[one] for one in both)
        shared = self._topics.intersection(self._lookup.iris(iri, "cl:worksOn") if topics else ())
        practices = _practices(self._lookup, iri, shared) if shared else []
        lost = [one for one in affinities.lost(iri) if not self._is_left_out(one)]
        countries = len(affinities.ties.lost_with(thing.country) - self._left_out)
        is_at_odds = countries >= _LOST_COUNTRIES
        strengths = {
            "partners": common * common / (common + 10 * expected) if common else 0.0,
            "groups": groups,
            "topics": topics,
            "practices": float(bool(practices)),
            "nearness": _HALF_NEAR / (_HALF_NEAR + far) if far else 0.0,
            "country": float(thing.country not in self._countries),
            "lost": float(min(len(lost), _MOST_LOST)),
            "countries": float(is_at_odds),
        }
        points = sum(WEIGHTS[name] * strength for name, strength in strengths.items())
        alike = 1 - SIZE_SHARE + SIZE_SHARE * min(1.0, ratio / SIMILAR)
        return _Candidate(
            thing=thing,
            score=round(points * alike, 2),
            kilometres=far,
            ratio=ratio,
            partners=tuple(both),
            expected=expected,
            topics=tuple(sorted(shared)),
            practices=tuple(practices),
            lost=tuple(lost),
            countries=countries if is_at_odds else 0,
        )

    def _is_left_out(self, city: str) -> bool:
        """Whether a city lies in a country that is left out, so that its loss is no reason."""
        thing = self._cities.get(city)
        return thing is None or thing.country in self._left_out

    def proposal(self, found: _Candidate) -> Proposal:
        """Describe a candidate that is proposed."""
        thing = found.thing
        groups = _shared(self._groups, _groups(self._lookup, thing.iri))
        return Proposal(
            city=thing.iri,
            country=thing.country,
            inhabitants=thing.population,
            kilometres=round(found.kilometres),
            score=found.score,
            partners=found.partners,
            expected=round(found.expected, 2),
            groups=tuple(sorted(groups)),
            topics=found.topics,
            practices=found.practices,
            is_similar=found.ratio >= SIMILAR,
            is_first=thing.country not in self._countries,
            lost=found.lost,
            countries=found.countries,
        )


_SAME: Final = ("cl:within", "cl:precededBy", "cl:succeededBy")
"""What makes two entries one municipality, or one a part of the other."""


def _groups(lookup: Lookup, city: str) -> dict[str, set[str]]:
    """Return the networks, projects and the like of a city, each with the fields it joined for."""
    found: dict[str, set[str]] = {}
    for part in lookup.subjects("cl:participant", city):
        fields = {value.value for value in lookup.literals(part, "cl:field")}
        for whole in lookup.subjects("cl:participation", part):
            found.setdefault(whole, set()).update(fields)
    return found


def _shared(
    mine: Mapping[str, set[str]], theirs: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """Yield the groups of both, each with the fields that both have in it."""
    for whole in mine.keys() & theirs.keys():
        yield whole, ", ".join(sorted(mine[whole] & theirs[whole]))


def _practices(lookup: Lookup, city: str, topics: frozenset[str]) -> list[str]:
    """List the practices of a city on some topics."""
    carried = lookup.subjects("cl:implementedIn", city)
    found = {one for part in carried for one in lookup.iris(part, "cl:implementationOf")}
    found.update(lookup.subjects("cl:originCity", city))
    return sorted(one for one in found if not topics.isdisjoint(lookup.iris(one, "cl:topic")))
