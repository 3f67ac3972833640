"""Decisions of people on places that rules leave open, or get wrong: a CSV file.

A decision speaks of a place as a source names it: `source` is the graph of that source, `name` the
name there or the item in Wikidata, `country` and `row` (the key of a row) narrow it where given.

accept      the place is the city `ref`
not-a-city  the place is none: a district, a region
reject      what the rows say is not taken in
merge       the city whose reference is `name` is the city `ref`, in all sources
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from registry import terms
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.mentions import Mention
from registry.places.countries import code_of
from registry.problems import Problem
from registry.sources.statements import Reading, Row

COLUMNS: Final = tuple("source row name country decision ref note".split())
ACCEPT, REJECT, NOT_A_CITY, MERGE = "accept", "reject", "not-a-city", "merge"
_IDENTIFIED: Final = re.compile(r".*-(q?)([1-9][0-9]*)")


@dataclass(frozen=True)
class Decision:
    """One line."""

    source: str
    row: str
    name: str
    country: str
    decision: str
    ref: str
    note: str = ""

    def is_about(self, source: str, row: Row, place: Mention) -> bool:
        """Whether it speaks of a place in a row of a source."""
        return (
            self.source == source
            and self.row in {"", row.key}
            and self.name in {place.name, place.wikidata}
            and code_of(self.country) in {"", place.country}
        )


def read(path: Path) -> list[Decision]:
    """Read decisions; lines in which nothing is decided are passed over.

    Raises
    ------
    Problem
        `data-syntax`, with the line, when a column lacks or a decision cannot be understood.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restval="")
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise Problem("data-syntax", f"{path.name} has no column {missing[0]!r}")
            cells = ((rows.line_num, [row[name].strip() for name in COLUMNS]) for row in rows)
            return [_decision(path, line, row) for line, row in cells if row[4]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Problem("data-syntax", f"{path.name} cannot be read: {error}") from error


def _decision(path: Path, line: int, cells: Sequence[str]) -> Decision:
    """Read a line."""
    decision = Decision(*cells)
    if fault := _fault(decision):
        raise Problem("data-syntax", f"{path.name}, line {line}: {fault}", line=line)
    return decision


def _fault(decision: Decision) -> str:
    """Explain why a decision cannot be carried out; empty when it can."""
    known = (ACCEPT, REJECT, NOT_A_CITY, MERGE)
    if decision.decision not in known:
        return f"{decision.decision!r} is not a decision: {', '.join(known)}"
    if decision.decision in {ACCEPT, MERGE} and not _IDENTIFIED.fullmatch(decision.ref):
        return f"{decision.ref!r} is not the reference of a city"
    if decision.decision == MERGE:
        return (
            "" if terms.REF.fullmatch(decision.name) else "name is the reference that is given up"
        )
    if not decision.name or not decision.source:
        return "source and name say what is decided upon"
    if decision.country and not code_of(decision.country):
        return f"{decision.country!r} is not a country"
    return ""


def applied(reading: Reading, decisions: Iterable[Decision]) -> Reading:
    """Return a reading in which what is decided of its places is said of them."""
    own = [one for one in decisions if one.source == reading.document.graph]
    if not own:
        return reading
    after = Reading(reading.document, [], reading.refused, reading.noticed.copy())
    for row in reading.rows:
        found = [_about(reading.document.graph, row, place, own) for place in row.places]
        if any(one and one.decision == REJECT for one in found):
            after.noticed["rejected by a person"] += 1
            continue
        after.noticed["decided by a person"] += any(found)
        decided = (_decided(p, one) for p, one in zip(row.places, found, strict=True))
        after.rows.append(row.of(*decided))
    return after


def _about(source: str, row: Row, place: Mention, decisions: Sequence[Decision]) -> Decision | None:
    """Find the decision about a place; the last one counts, one on this row before the others."""
    fitting = [one for one in decisions if one.is_about(source, row, place)]
    return max(fitting, key=lambda one: bool(one.row), default=None) if fitting else None


def _decided(place: Mention, decision: Decision | None) -> Mention:
    """Return for a place what is decided."""
    if decision is None:
        return place
    if decision.decision == NOT_A_CITY:
        return replace(place, kind="place that a person says is no city")
    match = _IDENTIFIED.fullmatch(decision.ref)
    assert match
    if match[1]:
        return replace(place, wikidata=f"Q{match[2]}")
    return replace(place, decided=int(match[2]))


def merged(ledger: Ledger, decisions: Iterable[Decision], day: str) -> list[LedgerEntry]:
    """Write the lines of a ledger that merge cities, where it has not merged them already.

    Raises
    ------
    Problem
        `data-invalid` when one of the two was never minted.

    """
    known = {entry.ref: entry for entry in ledger.entries if entry.kind == "city"}
    lines = []
    for one in decisions:
        if one.decision != MERGE:
            continue
        if missing := [ref for ref in (one.name, one.ref) if ref not in known]:
            raise Problem("data-invalid", f"the ledger has no city {missing[0]!r} to merge")
        if not known[one.name].replaced_by:
            entry = replace(known[one.name], decided="person", date=day, replaced_by=one.ref)
            lines.append(entry)
    return lines
