"""The report of an import: what came of every place and row, and what is left to people.

`unresolved.csv` lists the places that became no city. It has the columns of decisions, so that it
can be filled in and given to the next import. `assigned.csv` lists the others, with the evidence
for and against the city that each was found to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from registry import csv_rows, files, terms
from registry.identity.mentions import Candidate, Evidence, Reason
from registry.places.gazetteer import Place
from registry.places.names import fold
from registry.places.position import Position, distance
from registry.sources.decisions import COLUMNS
from registry.sources.statements import LinkRow, Reading
from registry.sources.world import SELF, Assigned, Open, SourceResult, World, links_of

UNRESOLVED, ASSIGNED, MOVED = "unresolved.csv", "assigned.csv", "moved.csv"

_NOT_READ: Final = "rows that could not be read"

_TOLD: Final = 5
"""How many rows that cannot be read are told, with their lines."""

_WHY: Final = tuple("cause why rows named candidates".split())
_ASSIGNED: Final = tuple(
    "source name item country latitude longitude rows "
    "ref label score confidence for against kilometres".split()
)


def write_lists(folder: Path, world: World, outcomes: Sequence[SourceResult]) -> None:
    """Write what is open, and what was assigned, of some readings into a folder."""
    ordered = sorted(outcomes, key=lambda one: one.reading.document.graph)
    files.write_parts(folder / UNRESOLVED, _csv(_unresolved(world, ordered)))
    files.write_parts(folder / ASSIGNED, _csv(_assigned(world, ordered)))


def write_moved(folder: Path, world: World) -> None:
    """Write which places were published as other cities, and why they are not those.

    What a former import wrote there stays, but for places that moved again from the same city.
    """
    path, moved = folder / MOVED, [*_moved(world)]
    known = {(one[:4], one[5]) for one in moved}
    former = _rows(path) if path.exists() else []
    kept = [row for row in former if (row[:4], row[5]) not in known]
    files.write_parts(path, _csv([_MOVED, *kept, *moved]))


def _rows(path: Path) -> list[tuple[str, ...]]:
    """Read the rows of a table of ours, without its head."""
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(cells) for _, cells in csv_rows.rows(file, ",")][1:]


_MOVED: Final = tuple("source name item country rows before now reason against_before".split())


def _moved(world: World) -> Iterator[tuple[str, ...]]:
    for one in world.moved:
        against = [
            contradiction.why
            for candidate in one.finding.excluded
            if _ref(candidate.place, world.refs) == one.before
            for contradiction in candidate.contradictions
        ]
        reasons = one.finding.candidates[0].reasons if one.now else ()
        reason = " | ".join(
            _reason(reason) for reason in reasons if Evidence.SIZE not in reason.kind
        )
        place, now = one.place, one.now.ref if one.now else ""
        named = (one.source, place.name, place.wikidata, place.country, str(one.rows))
        yield *named, one.before, now, reason or one.finding.why or one.cause, "; ".join(against)


class _Lines:
    """A file for a CSV writer, which returns each line."""

    @staticmethod
    def write(line: str) -> str:
        return line


def _csv(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Write rows as they come."""
    table = csv_rows.Writer(_Lines(), lineterminator="\n")
    for row in rows:
        yield str(table.writerow(row)).encode()


def _unresolved(world: World, outcomes: Iterable[SourceResult]) -> Iterator[Sequence[object]]:
    yield *COLUMNS, *_WHY
    for outcome in outcomes:
        for one in outcome.opened:
            told = _undecided(outcome.reading.document.graph, one)
            why = (
                one.cause,
                _why(one, world.refs),
                one.rows,
                one.named,
                _candidates(one, world.refs),
            )
            yield *(told.get(name, "") for name in COLUMNS), *why


def _why(one: Open, refs: Mapping[int, str]) -> str:
    """Explain a cause further; empty where it says all."""
    if place := one.finding.place:
        return f"both places are {_ref(place, refs)}" if one.cause == SELF else place.name
    return "" if one.finding.why == one.cause else one.finding.why


def _undecided(source: str, one: Open) -> dict[str, object]:
    """Write a place: by its item where it has one, since labels may be those of several."""
    place = one.place
    latitude, longitude = _degrees(place.position)
    return {
        "source": source,
        "row": one.row,
        "name": place.wikidata or place.name,
        "country": place.country,
        "latitude": latitude,
        "longitude": longitude,
        "note": place.name if place.wikidata else "",
    }


def _candidates(one: Open, refs: Mapping[int, str]) -> str:
    """Write what a place may be: references, scores, and what contradicts each."""
    listed = (*one.finding.candidates, *one.finding.excluded)
    return " | ".join(_candidate(candidate, refs) for candidate in listed)


def _candidate(candidate: Candidate, refs: Mapping[int, str]) -> str:
    place = candidate.place
    against = ", ".join(one.why for one in candidate.contradictions)
    words = f"{_ref(place, refs)} {place.name} {place.country} {candidate.score:.1f}".strip()
    return f"{words}, but {against}" if against else words


def _ref(place: Place, refs: Mapping[int, str]) -> str:
    """Return the reference of a place, or the one that it would get; empty for one that is made."""
    slug = fold(place.name).replace(" ", "-") or "city"
    return refs.get(place.id) or (f"{slug}-{place.id}" if place.id > 0 else "")


def _degrees(position: Position | None) -> Sequence[object]:
    return position or ("", "")


def _assigned(world: World, outcomes: Iterable[SourceResult]) -> Iterator[Sequence[object]]:
    yield _ASSIGNED
    for outcome in outcomes:
        source = outcome.reading.document.graph
        for one in outcome.assigned:
            place, city = one.place, one.city
            named = (source, place.name, place.wikidata, place.country, *_degrees(place.position))
            yield *named, one.rows, city.ref, city.place.name, *_evidence(one, world.refs)


def _evidence(one: Assigned, refs: Mapping[int, str]) -> Sequence[object]:
    """Write the score, the confidence, what weighs for and against, and the distance."""
    best, *rivals = one.finding.candidates
    supporting = [reason for reason in best.reasons if reason.weight >= 0]
    opposing = [_reason(reason) for reason in best.reasons if reason.weight < 0]
    opposing += [_candidate(rival, refs) for rival in (*rivals[:1], *one.finding.excluded)]
    far: object = ""
    if at := one.place.position:
        far = f"{distance(*at, one.city.place.latitude, one.city.place.longitude):.1f}"
    return (
        f"{best.score:.1f}",
        f"{one.finding.confidence:.3f}",
        " | ".join(map(_reason, supporting)),
        " | ".join(opposing),
        far,
    )


def _reason(reason: Reason) -> str:
    return f"{reason.what} ({reason.weight:+.1f})"


def summary(world: World, published: Mapping[str, set[str]]) -> dict[str, Any]:
    """Count what came of all readings.

    `published` are the families of sources that state each link already, by its reference.
    """
    stated = links_of(world.outcomes)
    families = {link: known | published.get(link, set()) for link, known in stated.items()}
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
        "practices": len(outcome.practised),
        "links": len(published),
        "noticed": dict(sorted(reading.noticed.items())),
        "saidAlready": outcome.repeated,
        "refused": [f"line {one.line}: {one.why}" for one in reading.refused],
        "withoutStatement": dict(sorted(outcome.lost.items())),
        "withoutPlace": dict(sorted(outcome.placeless.items())),
        "account": _account(outcome),
    }


def _account(outcome: SourceResult) -> dict[str, int]:
    """Count what became of every row of the files: the counts after the first add up to it."""
    reading = outcome.reading
    ends = {
        "statements": outcome.statements,
        "rows that say what others say": outcome.repeated,
        **dict(sorted(reading.passed_over.items())),
        _NOT_READ: len(reading.refused),
        **dict(sorted(outcome.lost.items())),
    }
    rows = len(reading.rows) + len(reading.refused) + reading.passed_over.total()
    return {"rows": rows, **{what: count for what, count in ends.items() if count}}


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
    if row.places in outcome.selves:
        return _OPEN
    causes = [cause for place in row.places if (cause := outcome.causes.get(place))]
    if any(cause.startswith("it is a") for cause in causes):
        return _NOT_OF_CITIES
    return _OPEN if causes else _PUBLISHED


def as_text(counted: dict[str, Any]) -> Sequence[str]:
    """Write a summary for people."""
    several = counted["linksOfSeveralFamilies"]
    decided = counted["decisions"]
    lines = [f"{counted['cities']} cities, {counted['links']} links, {several} of several families"]
    if decided["ofOtherSources"]:
        others = decided["ofOtherSources"]
        lines.append(f"{others} decisions on sources that were not imported are passed over")
    for one in counted["inputs"]:
        lines.append(f"{one['graph']}: {one['account']['rows']} rows")
        if one["pairs"]:
            lines.append(f"{one['pairs']:>9}  pairs of places")
            lines.append(f"{one['pairsPublished']:>9}  of them published")
            lines.append(f"{one['pairsNotOfCities']:>9}  of them not of cities")
        if one["claims"]:
            lines.append(f"{one['claims']:>9}  claims on {one['links']} links")
        lines += [f"{one[what]:>9}  {what}" for what in ("memberships", "practices") if one[what]]
        for what, count in one["account"].items():
            if what not in {"rows", "statements"}:
                lines.append(f"{count:>9}  {what}")
            lines += _refused(one["refused"]) if what == _NOT_READ else ()
        lines += [f"{n:>9}  without a place: {what}" for what, n in one["withoutPlace"].items()]
        lines += [f"{count:>9}  {what}" for what, count in one["noticed"].items()]
    return lines


def _refused(faults: Sequence[str]) -> Iterator[str]:
    """Write the first of the rows that could not be read, with their lines."""
    yield from (f"{'':11}{fault}" for fault in faults[:_TOLD])
    if len(faults) > _TOLD:
        yield f"{'':11}and others, which --json lists"
