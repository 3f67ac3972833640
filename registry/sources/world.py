"""The world: what all inputs say together, as graphs, new lines of the ledger, and a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph
from registry.identity.ledger import CORRECTED, SPLIT, Ledger, LedgerEntry, extended
from registry.identity.mentions import Finding, Mention
from registry.identity.resolution import resolve
from registry.sources import authority, claims, memberships, practices, provenance, revision
from registry.sources.claims import Claimed
from registry.sources.distinct import Different
from registry.sources.gathering import Gathered, gather, known_items
from registry.sources.known_places import KnownPlaces
from registry.sources.labels import Names
from registry.sources.memberships import Joined
from registry.sources.minting import City, Minted, mint
from registry.sources.own_names import with_own_names
from registry.sources.positions import doubted, without_namesakes
from registry.sources.practices import Practised
from registry.sources.statements import LinkRow, MemberRow, PracticeRow, Reading, Row

SELF: Final = "a link of a city with itself"
SEVERAL: Final = "the source has several records, of which this city can be only one"
REFUSED: Final = "a person has given up this link"

_OF_ROWS: Final = frozenset({SELF, SEVERAL, REFUSED})
"""Causes for which places of one name are told apart by their rows."""


@dataclass(frozen=True)
class World:
    """The graphs by IRI, the new lines of the ledger, and what came of each reading.

    `graph/cities` holds the cities that were not described before; `refs` are the references of
    places that the ledger knows, `moved` the places that were other cities before.
    """

    graphs: dict[str, Graph]
    lines: Sequence[LedgerEntry]
    outcomes: Sequence[SourceResult]
    refs: Mapping[int, str]
    moved: Sequence[Moved] = ()


@dataclass(frozen=True)
class Moved:
    """A place as a source names it, the city that it was published as, and what it is now.

    `now` is None where it is no city any more; `rows` counts the rows that say so.
    """

    source: str
    place: Mention
    before: str
    now: City | None
    cause: str
    finding: Finding
    rows: int


@dataclass(frozen=True)
class Open:
    """A place for which rows gave no statement: why, and what it might have been.

    `named` counts the rows that name it, `rows` those of them that were lost for it, since each row
    counts for one place. `row` is the key of the row, where only that tells the place apart.
    """

    place: Mention
    cause: str
    finding: Finding
    rows: int
    named: int
    row: str = ""


@dataclass(frozen=True)
class Assigned:
    """A place as a source names it, the city that it was found to be, and in how many rows."""

    place: Mention
    city: City
    finding: Finding
    rows: int


@dataclass(frozen=True)
class SourceResult:
    """What came of a reading: claims, memberships, practices, and rows that gave none, by cause.

    A practice is stated whether its place is known or not; `placeless` tells by cause why that is
    not known. `repeated` counts rows that say what another one says; `causes` tell why places
    became no city; `selves` are the places of rows that link a city with itself.
    """

    reading: Reading
    claimed: Sequence[Claimed]
    joined: Sequence[Joined]
    practised: Sequence[Practised]
    repeated: int
    lost: Counter[str]
    placeless: Counter[str]
    opened: Sequence[Open]
    assigned: Sequence[Assigned]
    causes: Mapping[Mention, str]
    selves: frozenset[tuple[Mention, ...]]

    @property
    def cities(self) -> list[City]:
        """The cities that are spoken of."""
        linked = [city for one in self.claimed for city in (one.here, one.there)]
        carried_out = [one.city for one in self.practised if one.city]
        return [*linked, *(one.city for one in self.joined), *carried_out]

    @property
    def statements(self) -> int:
        """How many rows are stated by a claim, a membership or a practice of their own."""
        return len(self.claimed) + len(self.joined) + len(self.practised)

    def graph(self, names: Mapping[str, str]) -> Graph | None:
        """Make the graph of the source; None where nothing came of it.

        `names` are those that other graphs give to links.
        """
        document = self.reading.document
        if self.claimed:
            return claims.graph_of(document, self.claimed, self._provenance(), names)
        if self.practised:
            return practices.graph_of(document, self.practised, self._provenance())
        return (
            memberships.graph_of(document, self.joined, self._provenance()) if self.joined else None
        )

    def _provenance(self) -> Iterator[ox.Triple]:
        """Describe how the graph was made, where that is known."""
        document, extraction = self.reading.document, self.reading.extraction
        used = len(self.reading.rows) - self.lost.total()
        return provenance.described(document, extraction, used) if extraction else iter(())


@dataclass(frozen=True)
class _Found:
    gathered: Gathered
    findings: Sequence[Finding]
    minted: Minted
    refused: frozenset[str]

    def city(self, place: Mention) -> City | None:
        return self.minted.cities[self.gathered.number_of(place)]

    def cause(self, place: Mention) -> str:
        return self.minted.reasons[self.gathered.number_of(place)]

    def is_refused(self, reading: Reading, claimed: Claimed) -> bool:
        """Whether a person has given up the link or the claim that a row makes."""
        if not self.refused:
            return False
        ((_, said),) = revision.stated([(reading.document.graph, claimed)]).items()
        iris = {terms.thing("link", said.link), terms.thing("claim", said.claim)}
        return not self.refused.isdisjoint(iris)

    def finding(self, place: Mention) -> Finding:
        return self.findings[self.gathered.number_of(place)]


def assemble(  # noqa: PLR0913  (all that is known before the readings)
    readings: Sequence[Reading],
    places: KnownPlaces,
    ledger: Ledger,
    date: str,
    before: Mapping[revision.Row, revision.Statement] | None = None,
    *,
    different: Sequence[tuple[str, str]] = (),
    named: Mapping[str, str] = MappingProxyType({}),
) -> World:
    """Find the cities of all readings together, and write what the readings say of them.

    `date` is the day of new lines of the ledger. Where `before` is given, all is decided anew,
    whatever was published, and lines say where what was published is now; the cities of the ledger
    stay described. `different` are pairs of references that are never one city, `named` the names
    of links that are published.
    """
    readings = [doubted(without_namesakes(one, places), places) for one in readings]
    gathered = gather(readings)
    if before is None:
        own = {ref: number for number, ref in places.refs.items()}
        gathered = known_items(gathered, ledger, own)
    findings = resolve(gathered.mentions, places)
    anew = before is not None
    minted = mint(gathered.mentions, findings, ledger, places.refs, date, anew=anew)
    if different:
        apart = Different(different, ledger, places)
        findings = apart.kept_apart(gathered.mentions, findings, minted.cities)
        minted = mint(gathered.mentions, findings, ledger, places.refs, date, anew=anew)
    found = _Found(gathered, findings, minted, ledger.given_up_by_people)
    outcomes = [_outcome(reading, found) for reading in readings]
    used = {city.ref: city for outcome in outcomes for city in outcome.cities}
    lines = [line for line in minted.lines if line.ref in used or line.decided == CORRECTED]
    after = revision.stated(_claimed(outcomes))
    if before is None:
        lines += revision.stated_again(after, ledger, date)
    else:
        lines += revision.changes(before, after, extended(ledger, lines), date)
        used = _unmentioned(extended(ledger, lines).entries, places) | used
    # What a merger had left undescribed is described again, whether sources name it or not.
    used = _unmentioned((one for one in ledger.entries if one.decided == SPLIT), places) | used
    names = _names(outcomes, found)
    cities = list(with_own_names((used[ref] for ref in sorted(used)), names, places))
    graphs = [graph for outcome in outcomes if (graph := outcome.graph(named))]
    graphs.append(authority.graph_of(places.described, cities, names))
    listed = {int(entry.geonames): entry.ref for entry in ledger.entries if entry.geonames}
    refs = {**listed, **places.refs, **{city.place.id: city.ref for city in cities}}
    moved = _moved(readings, before or {}, found)
    return World(
        {graph.iri: graph for graph in graphs if graph.lines}, lines, outcomes, refs, moved
    )


def _moved(
    readings: Iterable[Reading],
    before: Mapping[revision.Row, revision.Statement],
    found: _Found,
) -> list[Moved]:
    """List the places whose rows were published of other cities, by source and name."""
    counted: Counter[tuple[str, Mention, str]] = Counter()
    for reading in readings:
        for row in reading.rows:
            said = before.get((reading.document.graph, row.locator))
            if said and isinstance(row, LinkRow):
                pairs = ((row.here, said.here), (row.there, said.there))
                counted.update((reading.document.graph, place, old) for place, old in pairs)
    places = [
        Moved(source, place, old, city, found.cause(place), found.finding(place), rows)
        for (source, place, old), rows in counted.items()
        if (city := found.city(place)) is None or city.ref != old
    ]
    return sorted(places, key=lambda one: (one.source, one.place.name, one.before, repr(one.place)))


def _claimed(outcomes: Iterable[SourceResult]) -> Iterator[tuple[str, Claimed]]:
    for outcome in outcomes:
        for one in outcome.claimed:
            yield outcome.reading.document.graph, one


def _unmentioned(entries: Iterable[LedgerEntry], places: KnownPlaces) -> dict[str, City]:
    """Return the cities of lines of a ledger that the gazetteer has."""
    return {
        entry.ref: City(entry.ref, place, entry.items)
        for entry in entries
        if entry.kind == "city" and entry.geonames and not entry.replaced_by
        if (place := places.place(int(entry.geonames)))
    }


def _names(outcomes: Sequence[SourceResult], found: _Found) -> Names:
    """Gather what the sources call the cities."""
    names = Names()
    for outcome in outcomes:
        for row in outcome.reading.rows:
            for place in row.places:
                if city := found.city(place):
                    for name in place.names:
                        names.hear(city.ref, outcome.reading, name)
    return names


def _outcome(reading: Reading, found: _Found) -> SourceResult:
    """Find the cities of the rows of a reading."""
    lost: list[_Lost] = []
    said: dict[object, Claimed | Joined | Practised] = {}
    repeated, records = 0, _records(reading, found)
    for row in reading.rows:
        if without := _without_statement(reading, row, found, records):
            lost += without
            if not isinstance(row, PracticeRow):
                continue
        one, what = _statement(row, [city for p in row.places if (city := found.city(p))])
        repeated += what in said
        said.setdefault(what, one)
    statements = list(said.values())
    return SourceResult(
        reading=reading,
        claimed=[one for one in statements if isinstance(one, Claimed)],
        joined=[one for one in statements if isinstance(one, Joined)],
        practised=[one for one in statements if isinstance(one, Practised)],
        repeated=repeated,
        lost=Counter(
            one.cause for one in lost if one.is_counted and not isinstance(one.row, PracticeRow)
        ),
        placeless=Counter(one.cause for one in lost if isinstance(one.row, PracticeRow)),
        opened=_opened(reading, lost, found),
        assigned=_assigned(reading, found),
        causes={one.place: one.cause for one in lost if one.cause not in _OF_ROWS},
        selves=frozenset(one.row.places for one in lost if one.cause == SELF),
    )


class _Lost(NamedTuple):
    """A place for which a row gave no statement; the row counts for one of its places."""

    row: Row
    place: Mention
    cause: str
    is_counted: bool


_Records = Mapping[tuple[str, str], set[str]]
"""The records that a source has of a city in a network, by network and reference of the city."""


def _records(reading: Reading, found: _Found) -> _Records:
    records: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in reading.rows:
        if isinstance(row, MemberRow) and row.record and (city := found.city(row.city)):
            records[row.network, city.ref].add(row.record)
    return records


def _without_statement(reading: Reading, row: Row, found: _Found, records: _Records) -> list[_Lost]:
    """Explain why a row gives no statement: that a place is not a city goes before all else."""
    causes = {place: found.cause(place) for place in row.places if not found.city(place)}
    if causes:
        first = min(
            causes, key=lambda place: (not causes[place].startswith("it is a"), causes[place])
        )
        return [_Lost(row, place, cause, place is first) for place, cause in causes.items()]
    cities = [city for place in row.places if (city := found.city(place))]
    if isinstance(row, MemberRow):
        # Of two places that are called the same, a source has two pages.
        several = not row.city.is_settled and len(records.get((row.network, cities[0].ref), ())) > 1
        return [_Lost(row, row.city, SEVERAL, True)] if several else []
    if len({city.ref for city in cities}) < len(cities):
        return [_Lost(row, row.places[-1], SELF, True)]
    refused = isinstance(row, LinkRow) and found.is_refused(reading, Claimed(row, *cities))
    return [_Lost(row, row.places[-1], REFUSED, True)] if refused else []


def _statement(row: Row, cities: Sequence[City]) -> tuple[Claimed | Joined | Practised, object]:
    """Return what a row states, and what has to differ for it to be another statement."""
    if isinstance(row, PracticeRow):
        return Practised(row, cities[0] if cities else None), row.ref
    if isinstance(row, LinkRow):
        claim = Claimed(row, *cities)
        told = (row.kind, row.status, row.since, row.until)
        return claim, (claim.link, claim.here.ref, *told)
    dates = row.since, row.until
    said = (row.network, cities[0].ref, row.role, *dates, row.field, row.status, row.record)
    return Joined(row, *cities), said


def _opened(reading: Reading, lost: Sequence[_Lost], found: _Found) -> list[Open]:
    """List the places for which rows gave no statement, the most frequent first.

    A decision speaks of an item, or of a name in a country. Where several places have these, each
    row stands by itself, so that one can be decided without the others.
    """
    bearers: defaultdict[tuple[str, str], set[object]] = defaultdict(set)
    for place in (place for row in reading.rows for place in row.places):
        bearers[place.name, place.country].add(place.wikidata or place)
    grouped: defaultdict[tuple[object, str, str], list[_Lost]] = defaultdict(list)
    for one in lost:
        place = one.place
        shared = not place.wikidata and len(bearers[place.name, place.country]) > 1
        row = one.row.key if shared or one.cause in _OF_ROWS else ""
        grouped[place.wikidata or place, one.cause, row].append(one)
    opened = []
    for (_, cause, row), group in grouped.items():
        place = min((one.place for one in group), key=repr)
        if any(one.place.country != place.country for one in group):
            place = replace(place, country="")  # The item alone tells which place it is.
        counted = sum(one.is_counted for one in group)
        finding = found.finding(group[0].place)
        opened.append(Open(place, cause, finding, counted, len(group), row))
    return sorted(opened, key=lambda one: (-one.named, repr(one.place), one.cause, one.row))


def _assigned(reading: Reading, found: _Found) -> list[Assigned]:
    """List the places that are cities, in the order of their names."""
    rows = Counter(place for row in reading.rows for place in dict.fromkeys(row.places))
    assigned = [
        Assigned(place, city, found.finding(place), count)
        for place, count in rows.items()
        if (city := found.city(place))
    ]
    return sorted(assigned, key=lambda one: (one.place.name, one.place.country, repr(one.place)))


def links_of(outcomes: Sequence[SourceResult]) -> dict[str, set[str]]:
    """Return the families of sources that state each link, by its reference."""
    families: dict[str, set[str]] = {}
    for outcome in outcomes:
        for one in outcome.claimed:
            families.setdefault(one.link, set()).add(outcome.reading.document.family)
    return families


def graph_name(iri: str) -> str:
    """Return the name of a graph, which its file has."""
    return iri.removeprefix(terms.GRAPH)
