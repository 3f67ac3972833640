"""The tables of a release: a row for each city, link, practice and programme, in stable order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.maps.arcs import MapPoint
from registry.releases.reading import View
from registry.things.lookup import DEFAULT, node
from registry.things.places import placed
from registry.things.standing import UNCONFIRMED
from registry.views.links import LINKS, Link, Links
from registry.views.names import NAMES, NameIndex, Thing

Mark = tuple[str, str]
"""The name of a facet, and one of its values."""

Values = Mapping[str, list[str]]
"""The values of a property by the IRI of what has them: IRIs, or the text of literals."""


@dataclass(frozen=True)
class ListRow:
    """A row of a list: a thing, and the values that filters and columns read.

    `cities` are the IRIs of its cities. `start`, `end` and `confirmed`, when a source last listed
    or stated a link, are dates as far as they are known. `links` are the rows of the links of a
    city. `figures` are columns of this list alone.
    """

    iri: str
    kind: str = ""
    status: str = ""
    topics: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    confirmed: str = ""
    cities: tuple[str, ...] = ()
    links: tuple[ListRow, ...] = ()
    heritage: tuple[str, ...] = ()
    figures: Mapping[str, str | int | bool] = field(default_factory=dict, hash=False)

    @property
    def concepts(self) -> list[tuple[str, str]]:
        """Its kind, status, topics and kinds of heritage, each after the name of its facet."""
        single = [("kind", self.kind), ("status", self.status)]
        several = [("topic", self.topics), ("heritage", self.heritage)]
        many = [(facet, value) for facet, values in several for value in values]
        return [*(pair for pair in single if pair[1]), *many]

    @property
    def cursor(self) -> str:
        """Its IRI without the base of all things, by which lists are ordered."""
        return self.iri.removeprefix(terms.ID)


class Tables:
    """All lists of a release; each is built at its first use."""

    def __init__(self, store: ox.Store, index: NameIndex, links: Links) -> None:
        self._store, self.index, self._links = store, index, links
        self._marks: dict[str, tuple[Mark, ...]] = {}
        self._equal: dict[Mark, Mark] = {}
        self._by_country: dict[str, dict[str, list[ListRow]]] = {}

    def table(self, name: str, country: str = "") -> tuple[ListRow, ...]:
        """Return a list by its name, or those of its rows with a city in a country."""
        rows = _TABLES[name](self)
        if not country:
            return rows
        if name not in self._by_country:
            found: defaultdict[str, list[ListRow]] = defaultdict(list)
            for row in rows:
                for code in self.countries(row):
                    found[code].append(row)
            self._by_country[name] = dict(found)
        return tuple(self._by_country[name].get(country, ()))

    def marks(self, row: ListRow) -> tuple[Mark, ...]:
        """Return by what a row is counted: its countries and concepts, each once.

        A city counts once for each concept, however many of its links have it.
        """
        if (known := self._marks.get(row.iri)) is not None:
            return known
        concepts = {pair for each in row.links or (row,) for pair in each.concepts}
        found = {*concepts, *(("country", code) for code in self.countries(row))}
        # Rows share the few marks that there are, so that all of them take little memory.
        self._marks[row.iri] = tuple(self._equal.setdefault(mark, mark) for mark in found)
        return self._marks[row.iri]

    def countries(self, row: ListRow) -> set[str]:
        """Return the countries of the cities of a row, by code."""
        cities = (self.places[city] for city in row.cities if city in self.places)
        return {city.country for city in cities} - {""}

    def concepts(self, name: str, facet: str) -> list[str]:
        """Return the values that a facet of a list can have: the concepts of a scheme."""
        if (name, facet) == ("programmes", "kind"):
            return [*PROGRAMMES]
        scheme = ox.NamedNode(terms.SCHEME + scheme_of(name, facet))
        found = self._store.quads_for_pattern(None, node("skos:inScheme"), scheme, DEFAULT)
        return sorted(_last(str(quad.subject)[1:-1]) for quad in found)

    @property
    def places(self) -> dict[str, Thing]:
        """The cities by IRI, in the order of their IRIs."""
        return self.index.cities

    @cached_property
    def map_points(self) -> dict[str, MapPoint]:
        """The places of cities on maps by IRI, as far as their positions are known."""
        return {iri: at for iri, city in self.places.items() if (at := placed(city))}

    @cached_property
    def links(self) -> tuple[ListRow, ...]:
        """List the links."""
        return tuple(map(_link_row, self._links.all()))

    @cached_property
    def cities(self) -> tuple[ListRow, ...]:
        """List the cities, each with its links."""
        links: defaultdict[str, list[ListRow]] = defaultdict(list)
        for link in self.links:
            for city in link.cities:
                links[city].append(link)
        twins = self._values("cl:twinCity")
        return tuple(
            ListRow(
                iri,
                cities=(iri,),
                links=tuple(links[iri]),
                figures={
                    "links": len(links[iri]),
                    "twins": len(twins.get(iri, ())),
                    "not_confirmed": sum(one.status == UNCONFIRMED for one in links[iri]),
                },
            )
            for iri in self.places
        )

    @cached_property
    def practices(self) -> tuple[ListRow, ...]:
        """List the practices with the cities of their origin, implementations and transfers."""
        kinds, topics = self._values("cl:practiceType"), self._values("cl:topic")
        heritage, origins = self._values("cl:heritageKind"), self._values("cl:originCity")
        where = self._through("cl:implementationOf", "cl:implementedIn")
        passed = self._through("cl:transferOf", "cl:fromCity", "cl:toCity")
        transfers = self._values("cl:transferOf", inverse=True)
        return tuple(
            ListRow(
                iri,
                _last(next(iter(kinds.get(iri, ())), "")),
                topics=_each_last(topics.get(iri, ())),
                heritage=_each_last(heritage.get(iri, ())),
                cities=tuple(sorted({*origins.get(iri, ()), *where[iri], *passed[iri]})),
                figures={
                    "origin": next(iter(origins.get(iri, ())), ""),
                    "transfers": len(transfers.get(iri, ())),
                },
            )
            for iri in self._of("practice")
        )

    @cached_property
    def programmes(self) -> tuple[ListRow, ...]:
        """List programmes, networks and projects with the cities that take part."""
        starts, ends = self._values("cl:startDate"), self._values("cl:endDate")
        topics, parts = self._values("cl:topic"), self._values("cl:participation")
        participants = self._values("cl:participant")

        def row(iri: str) -> ListRow:
            found = {one for part in parts.get(iri, ()) for one in participants.get(part, ())}
            return ListRow(
                iri,
                iri.removeprefix(terms.ID).partition("/")[0],
                topics=_each_last(topics.get(iri, ())),
                start=next(iter(starts.get(iri, ())), ""),
                end=next(iter(ends.get(iri, ())), ""),
                cities=tuple(sorted(found & self.places.keys())),
            )

        return tuple(row(iri) for kind in PROGRAMMES for iri in self._of(kind))

    @cached_property
    def members(self) -> Mapping[str, frozenset[str]]:
        """The cities that take part in each programme, network and project, by reference."""
        return {row.cursor: frozenset(row.cities) for row in self.programmes}

    def countries_of(self, reference: str) -> list[tuple[str, int]]:
        """Count the cities that take part in something by country, the country of most first."""
        cities = (self.places[city] for city in self.members.get(reference, ()))
        counted = Counter(city.country for city in cities if city.country)
        return sorted(counted.items(), key=lambda one: (-one[1], one[0]))

    def joins(self, row: ListRow, one: str, other: str) -> bool:
        """Whether a row joins cities of two countries; of one with itself, two of its cities."""
        codes = [self.places[city].country for city in row.cities if city in self.places]
        return codes.count(one) > 1 if one == other else one in codes and other in codes

    def _of(self, kind: str) -> list[str]:
        return [thing.iri for thing in self.index.of_kind(kind)]

    def _values(self, name: str, *, inverse: bool = False) -> Values:
        """Read the values of a property by subject, or its subjects by value."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for quad in self._store.quads_for_pattern(None, node(name), None, DEFAULT):
            subject, value = quad.subject, quad.object
            if isinstance(subject, ox.NamedNode) and isinstance(value, (ox.NamedNode, ox.Literal)):
                key, other = (value, subject) if inverse else (subject, value)
                found[key.value].append(other.value)
        return {key: sorted(values) for key, values in found.items()}

    def _through(self, back: str, *on: str) -> defaultdict[str, list[str]]:
        """Read properties of the nodes that point at a thing, by thing."""
        values = [self._values(name) for name in on]
        found: defaultdict[str, list[str]] = defaultdict(list)
        for thing, nodes in self._values(back, inverse=True).items():
            found[thing] = [v for of in values for one in nodes for v in of.get(one, ())]
        return found


def _link_row(link: Link) -> ListRow:
    return ListRow(
        link.iri,
        _last(link.kind),
        _last(link.status),
        _each_last(link.topics),
        link.start,
        link.end,
        link.last_confirmed,
        link.parties,
        figures={
            "as_of": link.as_of,
            "status_by": link.status_by,
            "confirmed_by": link.confirmed_by,
            "not_listed_since": link.not_listed_since,
            "not_listed_by": link.not_listed_by,
            "sources": link.sources,
            "contested": link.contested,
        },
    )


PROGRAMMES: Final = ("network", "programme", "project")
"""The kinds of things that the list of programmes has."""

_TABLES: Final[dict[str, Callable[[Tables], tuple[ListRow, ...]]]] = {
    "cities": lambda tables: tables.cities,
    "links": lambda tables: tables.links,
    "practices": lambda tables: tables.practices,
    "programmes": lambda tables: tables.programmes,
}

LIST_NAMES: Final = tuple(_TABLES)
"""The lists that there are."""


FACETS: Final = ("kind", "status", "topic", "heritage")
"""What rows are filtered by, beside countries: each is the concepts of a scheme."""


def scheme_of(name: str, facet: str) -> str:
    """Return the scheme whose concepts a facet of a list has.

    >>> scheme_of("practices", "kind"), scheme_of("links", "status")
    ('practice-type', 'status')
    """
    kinds = "practice-type" if name == "practices" else "link-kind"
    return {"kind": kinds, "heritage": "heritage-kind"}.get(facet, facet)


def concept(name: str, facet: str, value: str) -> str:
    """Return the IRI of the value of a facet of a list; empty where there is none."""
    if not value:
        return ""
    if (name, facet) == ("programmes", "kind"):
        return terms.CL + value.capitalize()
    return f"{terms.SCHEME}{scheme_of(name, facet)}/{value}"


def _last(iri: str) -> str:
    """Return the notation of a concept, which its IRI ends in."""
    return iri.rpartition("/")[2]


def _each_last(iris: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(map(_last, iris))


TABLES: Final = View(
    "tables",
    lambda release: Tables(release.store, release.view(NAMES), release.view(LINKS)),
)
