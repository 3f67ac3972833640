"""The report of an import: what came of every row, by cause, and what is left for people to decide.

What is left is a CSV file with the columns of decisions, so that it can be filled in and given to
the next import.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from registry import terms
from registry.sources.decisions import COLUMNS
from registry.sources.statements import LinkRow, Reading
from registry.sources.world import (
    Open,
    SourceResult,
    World,
    links_of,
)

_ALSO: Final = ("cause", "rows", "candidates")


def unresolved(world: World) -> str:
    """Write the places that became no city as a CSV file, decisions to be filled in."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*COLUMNS, *_ALSO])
    for outcome in sorted(world.outcomes, key=lambda one: one.reading.document.graph):
        source = outcome.reading.document.graph
        table.writerows(_line(source, one) for one in outcome.opened)
    return text.getvalue()


def _line(source: str, one: Open) -> list[object]:
    """Write a place: by its item where it has one, since labels may be those of several."""
    place = one.place
    known = place.wikidata or place.name
    note = place.name if place.wikidata else ""
    likely = "; ".join(f"{c.place.name} {c.place.id} ({c.score:.1f})" for c in one.candidates)
    return [source, "", known, place.country, "", "", note, one.cause, one.rows, likely]


def summary(world: World) -> dict[str, Any]:
    """Count what came of all readings."""
    families = links_of(world.outcomes)
    cities = {city.ref for outcome in world.outcomes for city in outcome.cities}
    return {
        "cities": len(cities),
        "links": len(families),
        "linksOfSeveralFamilies": sum(len(known) > 1 for known in families.values()),
        "inputs": [_input(world, outcome) for outcome in world.outcomes],
    }


def _input(world: World, outcome: SourceResult) -> dict[str, Any]:
    reading, document = outcome.reading, outcome.reading.document
    graph = world.graphs.get(terms.GRAPH + document.graph)
    pairs = Counter(_end_of(row, outcome) for row in _distinct(reading))
    published = {one.link for one in outcome.claimed}
    return {
        "graph": document.graph,
        "title": document.title,
        "date": document.date,
        "licence": document.licence,
        "address": document.address,
        "rows": len(reading.rows),
        "pairs": sum(pairs.values()),
        "pairsPublished": pairs[_PUBLISHED],
        "pairsNotOfCities": pairs[_NOT_OF_CITIES],
        "triples": len(graph.lines) if graph else 0,
        "claims": len(outcome.claimed),
        "memberships": len(outcome.joined),
        "links": len(published),
        "noticed": dict(sorted(reading.noticed.items())),
        "refused": [f"line {one.line}: {one.why}" for one in reading.refused],
        "withoutStatement": dict(sorted(outcome.lost.items())),
    }


_PUBLISHED, _NOT_OF_CITIES, _OPEN = "published", "not of cities", "open"


def _distinct(reading: Reading) -> Iterable[LinkRow]:
    """Return one row for each pair of places that rows name, in either order."""
    found: dict[frozenset[object], LinkRow] = {}
    for row in reading.rows:
        if isinstance(row, LinkRow):
            pair = frozenset(place.wikidata or place for place in row.places)
            found.setdefault(pair, row)
    return found.values()


def _end_of(row: LinkRow, outcome: SourceResult) -> str:
    """Describe what became of a pair."""
    causes = [cause for place in row.places if (cause := outcome.causes.get(place))]
    if any(cause.startswith("it is a") for cause in causes):
        return _NOT_OF_CITIES
    return _OPEN if causes else _PUBLISHED


def as_text(counted: dict[str, Any]) -> Sequence[str]:
    """Write a summary for people."""
    several = counted["linksOfSeveralFamilies"]
    lines = [f"{counted['cities']} cities, {counted['links']} links, {several} of several families"]
    for one in counted["inputs"]:
        lines.append(f"{one['graph']}: {one['rows']} rows")
        if one["pairs"]:
            lines.append(f"{one['pairs']:>9}  pairs of places")
            lines.append(f"{one['pairsPublished']:>9}  of them published")
            lines.append(f"{one['pairsNotOfCities']:>9}  of them not of cities")
        lines.append(f"{one['claims']:>9}  claims on {one['links']} links")
        if one["memberships"]:
            lines.append(f"{one['memberships']:>9}  memberships")
        for words in ("withoutStatement", "noticed"):
            lines += [f"{count:>9}  {what}" for what, count in one[words].items()]
        if one["refused"]:
            lines.append(f"{len(one['refused']):>9}  rows that could not be read")
    return lines
