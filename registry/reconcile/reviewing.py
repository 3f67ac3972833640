"""What a person needs to link a table: a look at its columns, and the rows to decide on.

A review lists the rows of which no city is certain, those that say the same together, each with
its candidates. What is decided of them goes back to `csv_linking` with the table.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, Final

from registry.maps.projection import project
from registry.places.position import Position
from registry.reconcile.column_guessing import LOOKED_AT, guessed
from registry.reconcile.csv_linking import AMBIGUOUS, UNKNOWN, Linking, Row, Table
from registry.reconcile.matching import Match, Matcher
from registry.things.wording import country_name

Json = dict[str, Any]

MOST: Final = 500
"""Groups of rows that are listed at once; the others follow when some are decided."""

_SHOWN: Final = 8
"""Candidates of a row that are listed."""

_SAMPLE: Final = 8
"""Rows that are shown of a table before it is linked."""


def sampled(content: bytes, matcher: Matcher) -> Json:
    """Return how a table is written, its first rows, and what its columns seem to hold.

    Raises
    ------
    Problem
        `data-syntax` when it cannot be read.

    """
    table = Table.read(io.BytesIO(content), matcher)
    first = [row for _, row in islice(table.rows, LOOKED_AT) if row]
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "head": table.head,
        "sample": first[:_SAMPLE],
        "rows": len(first) + sum(1 for _, row in table.rows if row),
        "columns": guessed(table.head, first, matcher),
    }


@dataclass
class _Group:
    """Rows that say the same of their city, and what may be meant."""

    first: Row
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Review:
    """Lists the rows of a table that a person has to decide on, in the language of its reader."""

    linking: Linking
    language: str

    def of(self, source: IO[bytes]) -> Json:
        """Return the groups of rows without a decision, those with candidates first.

        Rows of which the table tells a decision are among them, unless it counts already.

        Raises
        ------
        Problem
            As `Linking.lines` does.

        """
        table = Table.read(source, self.linking.matcher)
        groups: dict[tuple[str, ...], _Group] = {}
        for row in self.linking.rows(table):
            was_decided = row.decision is None and row.before is not None
            if row.cells and (row.outcome in {AMBIGUOUS, UNKNOWN} or was_decided):
                group = groups.setdefault(tuple(row.said.values()), _Group(row))
                group.rows.append(row)
        ordered = sorted(groups.values(), key=lambda one: not one.first.found)
        return {
            "head": table.head,
            "counts": self.linking.counted,
            "left": max(0, len(ordered) - MOST),
            "open": [self._listed(group) for group in ordered[:MOST]],
        }

    def _listed(self, group: _Group) -> Json:
        """Return a group of rows with its candidates."""
        row = group.first
        position = row.query.position
        return {
            "said": row.said,
            "rows": [_open(one) for one in group.rows],
            "why": _why(row),
            "at": _on_map(position) if position else None,
            "candidates": [self._candidate(match) for match in row.found[:_SHOWN]],
        }

    def _candidate(self, match: Match) -> Json:
        """Return a candidate as a person tells it from others."""
        city = match.thing
        at = None if city.latitude is None else Position(city.latitude, city.longitude or 0.0)
        return {
            "id": city.id,
            "name": self.linking.facts.labels.of(city.iri).text,
            "country": country_name(city.country, self.language) if city.country else "",
            "region": self.linking.matcher.division_of(city),
            "population": city.population,
            "distance": match.features.get("distance"),
            "score": match.score,
            "reasons": [*match.reasons],
            "contradicted": bool(match.conflicts),
            "at": _on_map(at) if at else None,
        }


_ONE: Final = "another place may be meant"
"""Why a row is open that has one candidate; the reasons of that stand beside it."""

_BEFORE: Final = "a person has decided it before"
"""Why a row is listed of which the table tells a decision."""


def _why(row: Row) -> str:
    if row.before is not None:
        return _BEFORE
    return row.why_not if len(row.found) != 1 else _ONE


def _open(row: Row) -> Json:
    """Return a row to decide on, with what was decided before: a city, or nothing for none."""
    told = {} if row.before is None else {"decided": row.before.id if row.before else ""}
    return {"line": row.line, "cells": row.cells, **told}


def _on_map(position: Position) -> tuple[int, int]:
    """Return where a position is on our drawn maps."""
    at = project(position.longitude, position.latitude)
    return round(at.x), round(at.y)
