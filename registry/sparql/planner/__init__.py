"""Rewrites a query before the engine runs it, where the engine would be wrong or very slow.

    text ─ syntax.read ─▶ tree ─ rewriting ─▶ tree ─ syntax.write ─▶ text for the engine

The parser is rdflib's. A rewriting applies only where the tree shows that the answer stays the
same, or becomes what SPARQL 1.1 says; all else runs as it is written.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.sparql.planner.distances import measures, near
from registry.sparql.planner.rewriting import COLUMNS, Rewritten, each_once, rewrite
from registry.sparql.planner.statistics import Counts

__all__ = [
    "NEAR",
    "Rewritten",
    "listing_near",
    "plan",
    "plan_for_several",
    "with_columns_spelled_out",
]

_CONCERNED: Final = re.compile(
    r"EXISTS|UNION|GROUP_CONCAT|HAVING|MINUS|\||}\s*VALUES|(?:[^!<>]=|\bIN\s*\()\s*[\w.-]*[<:]"
    r"|!(?!=)|[\w:>)][*?](?![\w(])",
    re.IGNORECASE,
)
"""What no query lacks that is rewritten, unless it has a group of its own."""

_LONGEST: Final = 20_000
"""Characters of a query that is read: to read it takes a millisecond for each hundred."""

_MOST_GROUPS: Final = 300
"""Groups of a query that is read: with more of them reading takes most of what it may take."""


def plan(query: str, counts: Counts | None = None) -> Rewritten:
    """Return a query as the engine should run it on a release, given its counts."""
    if not _is_short(query):
        return Rewritten(query, given_up=True)
    is_ordered = counts is not None and terms.ID not in query
    if is_ordered or _CONCERNED.search(query) or _has_groups(query):
        return _planned(query, counts)
    return Rewritten(query)


_planned: Final = lru_cache(maxsize=256)(rewrite)


def listing_near(query: str, store: ox.Store) -> Rewritten | None:
    """Return a query with the positions of a store that its filters may let pass; else None.

    It is planned without the counts of the release: the positions come first.
    """
    if not _is_short(query) or not measures(query):
        return None
    planned = plan(query)
    found = near(planned.text, store)
    if found is None:
        return None
    return replace(planned, text=found[0], steps=(*planned.steps, NEAR), tree=found[1])


NEAR: Final = "positions near enough are listed"


def with_columns_spelled_out(query: str) -> Rewritten | None:
    """Return a query as the engine reads it where a column names an earlier one; else None."""
    planned = _planned(query, None) if _is_short(query) else Rewritten(query)
    return planned if COLUMNS in planned.steps else None


def _is_short(query: str) -> bool:
    """Whether a query can be read in the time that planning may take."""
    return len(query) <= _LONGEST and query.count("{") <= _MOST_GROUPS


def _has_groups(query: str) -> bool:
    """Whether brackets stand inside others, and not only those of OPTIONAL."""
    before = query.split("{")[1:-1]
    return any(text.rstrip()[-8:].upper() != "OPTIONAL" for text in before)


def plan_for_several(query: str) -> Rewritten | None:
    """Return a query as the engine should run it on several default graphs; None if it cannot."""
    return _planned_for_several(query) if _is_short(query) else None


_planned_for_several: Final = lru_cache(maxsize=256)(each_once)
