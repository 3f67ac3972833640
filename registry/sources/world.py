"""The world: what all inputs say together, as graphs, new lines of the ledger, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property

from registry import terms
from registry.graphs.graph import Graph
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.mentions import Candidate, Finding, Mention
from registry.identity.resolution import resolve
from registry.sources import authority, claims, memberships
from registry.sources.claims import Claimed
from registry.sources.gathering import Gathered, gather, known_items
from registry.sources.known_places import KnownPlaces
from registry.sources.labels import Names
from registry.sources.memberships import Joined
from registry.sources.minting import City, Minted, mint
from registry.sources.positions import doubted
from registry.sources.statements import LinkRow, Reading, Row


@dataclass(frozen=True)
class World:
    """The graphs by IRI, the new lines of the ledger, and what came of each reading.

    `graph/cities` holds the cities that were not described before.
    """

    graphs: dict[str, Graph]
    lines: Sequence[LedgerEntry]
    outcomes: Sequence[SourceResult]


@dataclass(frozen=True)
class Open:
    """A place that became no city: why, in how many rows, and what it might have been."""

    place: Mention
    cause: str
    rows: int
    candidates: Sequence[Candidate]


@dataclass(frozen=True)
class SourceResult:
    """What came of a reading: claims, memberships, and rows that gave none, by cause."""

    reading: Reading
    claimed: Sequence[Claimed]
    joined: Sequence[Joined]
    lost: Counter[str]
    opened: Sequence[Open]

    @property
    def cities(self) -> list[City]:
        """The cities that are spoken of."""
        linked = [city for one in self.claimed for city in (one.here, one.there)]
        return [*linked, *(one.city for one in self.joined)]

    @cached_property
    def causes(self) -> dict[Mention, str]:
        """Why places became no city."""
        return {one.place: one.cause for one in self.opened}

    def graph(self) -> Graph | None:
        """Make the graph of the source; None where nothing came of it."""
        document = self.reading.document
        if self.claimed:
            return claims.graph_of(document, self.claimed)
        return memberships.graph_of(document, self.joined) if self.joined else None


@dataclass(frozen=True)
class _Found:
    gathered: Gathered
    findings: Sequence[Finding]
    minted: Minted

    def city(self, place: Mention) -> City | None:
        return self.minted.cities[self.gathered.number_of(place)]

    def cause(self, place: Mention) -> str:
        return self.minted.reasons[self.gathered.number_of(place)]


def assemble(
    readings: Sequence[Reading],
    described: Container[str],
    places: KnownPlaces,
    ledger: Ledger,
    date: str,
) -> World:
    """Find the cities of all readings together, and write what the readings say of them.

    `described` holds the IRIs of the cities that are described already, `date` is the day of new
    lines of the ledger.
    """
    readings = [doubted(reading, places) for reading in readings]
    gathered = known_items(gather(readings), ledger)
    findings = resolve(gathered.mentions, places)
    minted = mint(gathered.mentions, findings, ledger, places.refs, date)
    found = _Found(gathered, findings, minted)
    outcomes = [_outcome(reading, found) for reading in readings]
    used = {city.ref: city for outcome in outcomes for city in outcome.cities}
    cities = [used[ref] for ref in sorted(used)]
    graphs = [graph for outcome in outcomes if (graph := outcome.graph())]
    graphs.append(authority.graph_of(described, cities, _names(outcomes, found)))
    lines = [line for line in minted.lines if line.ref in used]
    return World({graph.iri: graph for graph in graphs if graph.lines}, lines, outcomes)


def _names(outcomes: Sequence[SourceResult], found: _Found) -> Names:
    """Gather what the sources call the cities."""
    names = Names()
    for outcome in outcomes:
        for row in outcome.reading.rows:
            for place in row.places:
                if city := found.city(place):
                    names.hear(city.ref, outcome.reading, place.name)
    return names


def _outcome(reading: Reading, found: _Found) -> SourceResult:
    """Find the cities of the rows of a reading."""
    lost: Counter[str] = Counter()
    said: dict[object, Claimed | Joined] = {}
    for row in reading.rows:
        if why := _lacking(row, found):
            lost[why] += 1
            continue
        one, what = _statement(row, [city for p in row.places if (city := found.city(p))])
        lost["said already"] += what in said
        said.setdefault(what, one)
    statements = list(said.values())
    claimed = [one for one in statements if isinstance(one, Claimed)]
    joined = [one for one in statements if isinstance(one, Joined)]
    return SourceResult(reading, claimed, joined, +lost, _open(reading, found))


def _lacking(row: Row, found: _Found) -> str:
    """Explain why a row gives no statement: that a place is not a city goes before all else."""
    causes = [found.cause(place) for place in row.places if not found.city(place)]
    if causes:
        return min(causes, key=lambda why: (not why.startswith("it is a"), why))
    refs = {city.ref for place in row.places if (city := found.city(place))}
    return "" if len(refs) == len(row.places) else "a link of a city with itself"


def _statement(row: Row, cities: Sequence[City]) -> tuple[Claimed | Joined, object]:
    """Return what a row states, and what has to differ for it to be another statement."""
    if isinstance(row, LinkRow):
        claim = Claimed(row, *cities)
        told = (row.kind, row.status, row.since, row.until)
        return claim, (claim.link, claim.here.ref, *told)
    return Joined(row, *cities), (row.network, cities[0].ref, row.role, row.since, row.until)


def _open(reading: Reading, found: _Found) -> list[Open]:
    """List the places that became no city, the most frequent first."""
    places = (place for row in reading.rows for place in row.places if not found.city(place))
    counted = Counter(places)
    opened = [
        Open(place, found.cause(place), rows, found.findings[number].candidates)
        for place, rows in counted.items()
        for number in (found.gathered.number_of(place),)
    ]
    return sorted(opened, key=lambda one: (-one.rows, repr(one.place)))


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
