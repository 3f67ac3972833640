"""Cities that could become partners of a city, with the reasons for and against each.

The saved query `possible-partners` finds the evidence: the hundred cities that share the most with
the city, and how many partners in common chance alone would give. Here size, distance and the links
between the two countries are weighed with it. SPARQL 1.1 has no sine, and a query that does it all
takes seconds, since its engine plans such joins badly; one query for the evidence and this table of
weights take a fifth of a second. Page, CSV and JSON all show what `propose` returns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

import pyoxigraph as ox

from registry.places.position import Position, bounds, distance
from registry.things.lookup import DEFAULT, Lookup, Solution, node
from registry.views.names import NameIndex, Thing
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

_SPREAD: Final = 500
"""Cities up to which a topic tells anything; the query has the same limit."""

_HUB: Final = 30.0
"""Partners with which a city that both are linked with counts half."""

_HALF_NEAR: Final = 1_000.0
"""Kilometres at which nearness is worth half its points."""

_NEAREST: Final = 1_500.0
"""Kilometres up to which a city is proposed only because it is near and of similar size."""

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


def propose(
    lookup: Lookup, index: NameIndex, ties: Ties, me: str, evidence: Iterable[Solution]
) -> Possible:
    """Weigh the evidence for a city, which `possible-partners` found, and return the best."""
    here = index.by_iri([me]).get(me)
    if here is None or lookup.text(me, "cl:dissolved"):
        return Possible((), {}, ties.since)
    left_out = {
        code: tie
        for code, tie in ties.of(here.country).items()
        if is_left_out(ties, here.country, code)
    }
    weighing = _Weighing(lookup, index, ties, here, left_out)
    found = list(weighing.of_evidence(evidence))
    if len(found) < MOST:
        found += weighing.near({one.city for one in found})
    best = sorted(found, key=lambda one: (-one.score, one.city))
    return Possible(tuple(best[:MOST]), left_out, ties.since)


class _Weighing:
    """Weighs candidates for one city."""

    def __init__(
        self, lookup: Lookup, index: NameIndex, ties: Ties, here: Thing, left_out: Collection[str]
    ) -> None:
        self._lookup, self._index, self._ties, self._here = lookup, index, ties, here
        me = here.iri
        self._partners = _partners(lookup, me)
        self._groups = _groups(lookup, me)
        self._topics = {topic for topic in lookup.iris(me, "cl:worksOn") if _tells(lookup, topic)}
        known = index.by_iri(self._partners)
        self._countries = {one.country for one in known.values()}
        # A partner that is linked with everybody tells little, and one in a country left out, none.
        self._leading = {
            iri: sure * _HUB / (_HUB + len(_partners(lookup, iri)))
            for iri, sure in self._partners.items()
            if iri in known and known[iri].country not in left_out
        }
        self._left_out = frozenset(left_out)
        self._closed = {"", here.country, *left_out}
        linked = (c for one in lookup.iris(me, "cl:partyIn") for c in lookup.iris(one, "cl:party"))
        same = (iri for name in _SAME for iri in lookup.iris(me, name))
        turned = (iri for name in _SAME for iri in lookup.subjects(name, me))
        self._own = {me, *linked, *same, *turned}

    def of_evidence(self, evidence: Iterable[Solution]) -> Iterator[Proposal]:
        """Weigh what the query found."""
        rows = {row.iri("candidate"): row for row in evidence}
        for iri, thing in sorted(self._index.by_iri(rows).items()):
            if self._may_be(thing):
                yield self._proposal(thing, *(float(rows[iri].text(name)) for name in _FIGURES))

    def near(self, known: Collection[str]) -> Iterator[Proposal]:
        """Weigh the nearest cities of similar size abroad, for a city that shares too little."""
        here, size = self._here, self._here.population
        if not size or here.latitude is None or here.longitude is None:
            return
        within = bounds(Position(here.latitude, here.longitude), _NEAREST)
        among = self._index.abroad(here.country, -(-size // 2), 2 * size, within)
        placed = ((self._kilometres(one), one.iri, one) for one in among if one.iri not in known)
        near = sorted((far, iri, one) for far, iri, one in placed if 0 < far <= _NEAREST)
        fitting = (one for _, _, one in near if self._may_be(one))
        for one in islice(fitting, 3 * MOST):
            yield self._proposal(one)

    def _may_be(self, thing: Thing) -> bool:
        """Whether a city may be proposed at all."""
        fits = thing.country not in self._closed and thing.iri not in self._own
        return fits and not self._lookup.text(thing.iri, "cl:dissolved")

    def _kilometres(self, thing: Thing) -> float:
        """Return the distance; 0 where one of the positions is not known."""
        here = self._here
        if here.latitude is None or here.longitude is None:
            return 0.0
        if thing.latitude is None or thing.longitude is None:
            return 0.0
        return distance(here.latitude, here.longitude, thing.latitude, thing.longitude)

    def _proposal(
        self,
        thing: Thing,
        expected: float = 0,
        groups: float = 0,
        topics: float = 0,
    ) -> Proposal:
        """Weigh the reasons for and against a candidate."""
        lookup, far, iri = self._lookup, self._kilometres(thing), thing.iri
        fewer, more = sorted((self._here.population, thing.population))
        ratio = fewer / more if fewer else 0.0
        theirs = _partners(lookup, iri)
        both = self._leading.keys() & theirs.keys()
        common = sum(self._leading[one] * theirs[one] for one in sorted(both))
        shared = self._topics.intersection(lookup.iris(iri, "cl:worksOn"))
        practices = _practices(lookup, iri, shared) if shared else []
        lost = sorted(self._lost(iri))
        is_first = thing.country not in self._countries
        countries = len(self._ties.lost_with(thing.country) - self._left_out)
        is_at_odds = countries >= _LOST_COUNTRIES
        strengths = {
            "partners": common * common / (common + 10 * expected) if common else 0.0,
            "groups": groups,
            "topics": topics,
            "practices": float(bool(practices)),
            "nearness": _HALF_NEAR / (_HALF_NEAR + far) if far else 0.0,
            "country": float(is_first),
            "lost": float(min(len(lost), _MOST_LOST)),
            "countries": float(is_at_odds),
        }
        points = sum(WEIGHTS[name] * strength for name, strength in strengths.items())
        alike = 1 - SIZE_SHARE + SIZE_SHARE * min(1.0, ratio / SIMILAR)
        return Proposal(
            city=iri,
            country=thing.country,
            inhabitants=thing.population,
            kilometres=round(far),
            score=round(points * alike, 2),
            partners=tuple(sorted(both)),
            expected=round(expected, 2),
            groups=tuple(sorted(_shared(self._groups, _groups(lookup, iri)))),
            topics=tuple(sorted(shared)),
            practices=tuple(practices),
            is_similar=ratio >= SIMILAR,
            is_first=is_first,
            lost=tuple(lost),
            countries=countries if is_at_odds else 0,
        )

    def _lost(self, city: str) -> Iterator[str]:
        """Yield the cities with which links of a city were lost in the last years.

        Those of countries that are left out here, too, are no reason against it.
        """
        names = ("cl:suspendedCity", "cl:formerLinkedCity")
        others = self._index.by_iri({o for name in names for o in self._lookup.iris(city, name)})
        for iri, other in others.items():
            links = _links_of(self._lookup, city, iri)
            if other.country not in self._left_out and any(map(self._is_recent, links)):
                yield iri

    def _is_recent(self, link: str) -> bool:
        day = self._lookup.text(link, "cl:endDate") or self._lookup.text(link, "cl:statusAsOf")
        return self._ties.is_recent(day)


_FIGURES: Final = ("partnersExpected", "groupsShared", "topicsShared")
"""Variables of the query that are weighed."""

_SAME: Final = ("cl:within", "cl:precededBy", "cl:succeededBy")
"""What makes two entries one municipality, or one a part of the other."""


def _partners(lookup: Lookup, city: str) -> dict[str, float]:
    """Return the partners of a city: 1 where a link holds, a half where it is not confirmed."""
    unconfirmed = dict.fromkeys(lookup.iris(city, "cl:unconfirmedCity"), 0.5)
    return unconfirmed | dict.fromkeys(lookup.iris(city, "cl:linkedCity"), 1.0)


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


def _tells(lookup: Lookup, topic: str) -> bool:
    """Whether so few cities work on a topic that it tells something."""
    named, value = node("cl:worksOn"), ox.NamedNode(topic)
    found = lookup.store.quads_for_pattern(None, named, value, DEFAULT)
    return sum(1 for _ in islice(found, _SPREAD + 1)) <= _SPREAD


def _practices(lookup: Lookup, city: str, topics: set[str]) -> list[str]:
    """List the practices of a city on some topics."""
    carried = lookup.subjects("cl:implementedIn", city)
    found = {one for part in carried for one in lookup.iris(part, "cl:implementationOf")}
    found.update(lookup.subjects("cl:originCity", city))
    return sorted(one for one in found if not topics.isdisjoint(lookup.iris(one, "cl:topic")))


def _links_of(lookup: Lookup, one: str, other: str) -> set[str]:
    """Return the links of two cities with each other."""
    return {*lookup.iris(one, "cl:partyIn")} & {*lookup.iris(other, "cl:partyIn")}
