"""What the cities of a release have in common: partners, groups, fields and topics.

The saved query `possible-partners` finds the same evidence for one city; for that it counts all
links of the world, and again for each page. Here they are counted once for each release, from its
tables of names and links. A test compares the two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, permutations, product
from math import floor
from typing import Final, NamedTuple

import pyoxigraph as ox

from registry.places.position import Position, bounds, distance
from registry.releases.reading import Release, View
from registry.things.lookup import DEFAULT, Lookup, node
from registry.things.standing import HOLDING, UNCONFIRMED
from registry.views.links import LINKS, Links
from registry.views.names import NAMES, NameIndex, Thing
from registry.views.ties import LOST, TIES, Ties

SPREAD: Final = 500
"""Members up to which a group, a field or a topic tells anything; the query has the same limit."""

_MOST: Final = 100
"""Candidates that are weighed; the query has the same limit."""

_HUB: Final = 30
"""Partners with which a city that both are linked with counts half."""

_FEW: Final = 100
"""Members with which a group tells half of what it would with hardly any."""


class Evidence(NamedTuple):
    """What speaks for a candidate, in the order of the query's columns.

    `partners` are those in common, each as far as it tells something, and `expected` how many
    chance would give. `groups` and `topics` add up how much each that is shared tells.
    """

    partners: float
    expected: float
    groups: float
    topics: float

    @property
    def points(self) -> float:
        """What candidates are ranked by."""
        told = self.partners * self.partners / (0.001 + self.partners + 10 * self.expected)
        return 2 * told + 3 * self.groups + self.topics


@dataclass
class _Sums:
    """What adds up for a candidate, in thousandths: sums of integers depend on no order."""

    partners: int = 0
    groups: int = 0
    topics: int = 0


class Affinities:
    """Reads what cities share; each part is read when it is first asked for."""

    def __init__(self, store: ox.Store, index: NameIndex, links: Links, ties: Ties) -> None:
        self._lookup, self._index, self._links, self.ties = Lookup(store), index, links, ties
        self._shared: dict[tuple[str, ox.NamedNode | ox.Literal], tuple[int, Sequence[str]]] = {}

    @property
    def cities(self) -> Mapping[str, Thing]:
        """The cities by their IRIs."""
        return self._index.cities

    @cached_property
    def dissolved(self) -> frozenset[str]:
        """The cities that are none any more."""
        found = self._lookup.store.quads_for_pattern(None, node("cl:dissolved"), None, DEFAULT)
        return frozenset(str(quad.subject)[1:-1] for quad in found)

    def partners(self, city: str) -> Mapping[str, float]:
        """Return the partners of a city: 1 where a link holds, a half where it is not confirmed."""
        return self._partners.get(city, {})

    def linked(self, city: str) -> Collection[str]:
        """Return the cities with which a city is or was linked."""
        return {*self.partners(city), *self._parted.get(city, {})}

    def lost(self, city: str) -> list[str]:
        """List the cities with which links of a city ended or were suspended in the last years."""
        partners, parted = self.partners(city), self._parted.get(city, {})
        return sorted(one for one, recent in parted.items() if recent and partners.get(one) != 1)

    def near(self, city: Thing, kilometres: float, share: float) -> Iterator[tuple[float, str]]:
        """Yield the other cities of similar size within some kilometres, each after its distance.

        Neither has less than a share of the inhabitants of the other.
        """
        if city.latitude is None or city.longitude is None or not city.population:
            return
        fewest, most = share * city.population, city.population / share
        around = bounds(Position(city.latitude, city.longitude), kilometres)
        cells = product(
            range(floor(around.south), floor(around.north) + 1),
            range(floor(around.west), floor(around.east) + 1),
        )
        for cell in cells:
            if cell in self._placed:
                populations, placed = self._placed[cell]
                first, end = bisect_left(populations, fewest), bisect_right(populations, most)
                for at, iri in placed[first:end]:
                    far = distance(city.latitude, city.longitude, at.latitude, at.longitude)
                    if 0 < far <= kilometres:
                        yield far, iri

    def evidence(self, city: str) -> dict[str, Evidence]:
        """Return the cities abroad that share the most with a city, each with the evidence."""
        sums: defaultdict[str, _Sums] = defaultdict(_Sums)
        reach = self._add_partners(city, sums)
        self._add_groups(city, sums)
        for topic in self.topics(city):
            size, members = self._members("cl:worksOn", ox.NamedNode(topic))
            for one in members:
                sums[one].topics += _telling(size)
        closed = self.dissolved.union(self.linked(city), [city])
        country = self.cities[city].country
        found = [
            (one, self._evidence(one, each, reach))
            for one, each in sums.items()
            if one in self.cities and one not in closed and self.cities[one].country != country
        ]
        return dict(sorted(found, key=lambda each: (-each[1].points, each[0]))[:_MOST])

    def topics(self, city: str) -> list[str]:
        """List the topics of a city on which so few work that they tell something."""
        topics = self._lookup.iris(city, "cl:worksOn")
        return [one for one in topics if self._members("cl:worksOn", ox.NamedNode(one))[1]]

    def _evidence(self, candidate: str, sums: _Sums, reach: int) -> Evidence:
        """Put the evidence together; chance gives its partners times the share that is reached."""
        degree = len(self.partners(candidate)) if sums.partners else 0
        expected = _rounded(10_000 * degree * reach, self._ends) / 10_000 if degree else 0.0
        partners, groups, topics = sums.partners, sums.groups, sums.topics
        return Evidence(partners / 1_000, expected, groups / 1_000, topics / 1_000)

    def _add_partners(self, city: str, sums: Mapping[str, _Sums]) -> int:
        """Add the partners in common; return how many ends of links meet at those of a city."""
        reach = 0
        for partner, mine in self.partners(city).items():
            theirs = self.partners(partner)
            reach += len(theirs)
            for one, sure in theirs.items():
                sums[one].partners += _rounded(int(4 * mine * sure) * 7_500, _HUB + len(theirs))
        return reach

    def _add_groups(self, city: str, sums: Mapping[str, _Sums]) -> None:
        """Add the groups in which both take part, and the fields that both have in one."""
        lookup = self._lookup
        parts = lookup.subjects("cl:participant", city)
        wholes = {one for part in parts for one in lookup.subjects("cl:participation", part)}
        fields = {field for part in parts for field in lookup.literals(part, "cl:field")}
        shared = [
            *(self._members("cl:participation", ox.NamedNode(one)) for one in wholes),
            *(self._members("cl:field", one) for one in fields),
        ]
        for size, members in shared:
            for one in members:
                sums[one].groups += _telling(size)

    def _members(self, name: str, of: ox.NamedNode | ox.Literal) -> tuple[int, Sequence[str]]:
        """Return how many share something, and who; nobody where these are too many.

        That is a group by its participations, or a topic or field by its value.
        """
        if (name, of) not in self._shared:
            self._shared[name, of] = self._read_members(name, of)
        return self._shared[name, of]

    def _read_members(self, name: str, of: ox.NamedNode | ox.Literal) -> tuple[int, Sequence[str]]:
        store, lookup = self._lookup.store, self._lookup
        if name == "cl:participation":
            quads = store.quads_for_pattern(of, node(name), None, DEFAULT)  # type: ignore[arg-type]
            sharing = (quad.object for quad in quads)
        else:
            quads = store.quads_for_pattern(None, node(name), of, DEFAULT)
            sharing = (quad.subject for quad in quads)
        found = [one.value for one in islice(sharing, SPREAD + 1) if isinstance(one, ox.NamedNode)]
        if len(found) > SPREAD:
            return len(found), ()
        if name == "cl:worksOn":
            return len(found), found
        return len(found), [c for one in found for c in lookup.iris(one, "cl:participant")]

    @cached_property
    def _links_read(self) -> tuple[Mapping[str, dict[str, float]], Mapping[str, dict[str, bool]]]:
        """By city the partners, and the cities with which links do not hold any more.

        The latter with whether they ended or were suspended in the last years.
        """
        partners: defaultdict[str, dict[str, float]] = defaultdict(dict)
        parted: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for status, as_of, end, _, parties in self._links.standings():
            state = status.rpartition("/")[2]
            sure = 1.0 if state in HOLDING else 0.5 if state == UNCONFIRMED else 0.0
            is_lost = state in LOST and self.ties.is_recent(end or as_of)
            for one, other in permutations(parties, 2):
                if sure:
                    partners[one][other] = max(sure, partners[one].get(other, 0.0))
                else:
                    parted[one][other] = is_lost or parted[one].get(other, False)
        return dict(partners), dict(parted)

    @property
    def _partners(self) -> Mapping[str, dict[str, float]]:
        return self._links_read[0]

    @property
    def _parted(self) -> Mapping[str, dict[str, bool]]:
        return self._links_read[1]

    @cached_property
    def _ends(self) -> int:
        """How many ends all links have."""
        return sum(map(len, self._partners.values()))

    @cached_property
    def _placed(self) -> Mapping[tuple[int, int], tuple[list[int], list[tuple[Position, str]]]]:
        """The positions of cities by whole degrees: their inhabitants in order, then the cities."""
        found: defaultdict[tuple[int, int], list[tuple[int, Position, str]]] = defaultdict(list)
        for iri, city in self.cities.items():
            if city.latitude is not None and city.longitude is not None:
                at = Position(city.latitude, city.longitude)
                cell = floor(at.latitude), floor(at.longitude)
                found[cell].append((city.population, at, iri))
        return {
            cell: ([size for size, _, _ in rows], [(at, iri) for _, at, iri in rows])
            for cell, rows in ((cell, sorted(rows)) for cell, rows in found.items())
        }


def _telling(size: int) -> int:
    """Return how much it tells to share something with so many, in thousandths."""
    return _rounded(100_000, _FEW + size)


def _rounded(number: int, by: int) -> int:
    """Divide and round as ROUND does in SPARQL: a half up."""
    return (2 * number + by) // (2 * by)


def _opened(release: Release) -> Affinities:
    return Affinities(release.store, release.view(NAMES), release.view(LINKS), release.view(TIES))


AFFINITIES: Final = View("affinities", _opened)
"""It is read when somebody first asks for it, so that publishing does not wait."""
