"""The world: what all inputs say together, as graphs, new lines of the ledger, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from registry.intake.graphs import Graph
from registry.intake.identity.gazetteer import Gazetteer
from registry.intake.identity.mentions import Finding
from registry.intake.identity.resolution import resolve
from registry.intake.importers import authority, claims
from registry.intake.importers.claims import Claimed
from registry.intake.importers.gathering import Gathered, gather
from registry.intake.importers.minting import Minted, mint
from registry.intake.importers.statements import LinkRow, Reading
from registry.intake.ledger import Entry, Ledger


@dataclass(frozen=True)
class World:
    """The graphs by IRI, the new lines of the ledger, and what came of each reading."""

    graphs: dict[str, Graph]
    lines: Sequence[Entry]
    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class Outcome:
    """What came of a reading: claims, and rows that gave none, by cause."""

    reading: Reading
    claimed: Sequence[Claimed]
    lost: Counter[str]


@dataclass(frozen=True)
class _Found:
    gathered: Gathered
    findings: Sequence[Finding]
    minted: Minted


def assemble(
    readings: Sequence[Reading], curated: Graph, gazetteer: Gazetteer, ledger: Ledger, date: str
) -> World:
    """Find the cities of all readings together, and write what the readings say of them."""
    gathered = gather(readings)
    findings = resolve(gathered.mentions, gazetteer)
    minted = mint(gathered.mentions, findings, ledger, date)
    found = _Found(gathered, findings, minted)
    outcomes = [_outcome(reading, found) for reading in readings]
    used = {
        city.ref: city
        for outcome in outcomes
        for claimed in outcome.claimed
        for city in (claimed.here, claimed.there)
    }
    cities = authority.graph_of(curated, [used[ref] for ref in sorted(used)])
    graphs = [claims.graph_of(o.reading.document, o.claimed) for o in outcomes if o.claimed]
    lines = [line for line in minted.lines if line.ref in used]
    return World({graph.iri: graph for graph in (cities, *graphs)}, lines, outcomes)


def _outcome(reading: Reading, found: _Found) -> Outcome:
    """Find the cities of the rows of a reading."""
    lost: Counter[str] = Counter()
    claimed: dict[object, Claimed] = {}
    for row in reading.rows:
        if not isinstance(row, LinkRow):
            continue
        here, there = (found.gathered.number_of(place) for place in (row.here, row.there))
        a, b = found.minted.cities[here], found.minted.cities[there]
        if a is None or b is None:
            lost[_cause(found, here, there)] += 1
        elif a.ref == b.ref:
            lost["a link of a city with itself"] += 1
        else:
            one = Claimed(row, a, b)
            said = (one.link, a.ref, row.kind, row.status, row.since, row.until)
            lost["said already"] += said in claimed
            claimed.setdefault(said, one)
    return Outcome(reading, list(claimed.values()), lost)


def _cause(found: _Found, *numbers: int) -> str:
    """Say why a row gave no claim: that a place is not a city goes before all else."""
    causes = [found.minted.reasons[n] for n in numbers if found.minted.cities[n] is None]
    return min(causes, key=lambda why: (not why.startswith("it is a"), why))
