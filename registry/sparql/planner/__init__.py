"""Rewrites a query before the engine runs it, where the engine would be wrong or very slow.

    text ─ syntax.read ─▶ tree ─ rewriting ─▶ tree ─ syntax.write ─▶ text for the engine

The parser is rdflib's. A rewriting applies only where the tree shows that the answer stays the
same, or becomes what SPARQL 1.1 says; all else runs as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.places.wkt import Positions
from registry.sparql.planner.distances import bounds_distance, listing_near
from registry.sparql.planner.long_values import LONG
from registry.sparql.planner.rewriting import Rewritten, each_once, rewrite
from registry.sparql.planner.selecting import UNREAD
from registry.sparql.planner.statistics import Counts
from registry.sparql.planner.syntax import is_short

__all__ = [
    "Rewritten",
    "plan",
    "plan_for_several",
    "plan_near",
    "spelled_out",
]

_CONCERNED: Final = re.compile(
    r"EXISTS|UNION|GROUP_CONCAT|HAVING|ORDER|MINUS|\||}\s*VALUES|(?:[^!<>]=|\bIN\s*\()\s*[\w.-]*[<:]"
    r"|!(?!=)|[\w:>)][*?](?![\w(])|[?$]\w+\s*/|/\s*[?$]|\)\s*/",
    re.IGNORECASE,
)
"""What no query lacks that is rewritten, unless it has a group of its own."""


def plan(query: str, counts: Counts | None = None) -> Rewritten:
    """Return a query as the engine should run it on a release, given its counts."""
    if not is_short(query):
        return Rewritten(query, given_up=True)
    is_ordered = counts is not None and terms.ID not in query
    if is_ordered or _CONCERNED.search(query) or _has_groups(query):
        return _planned(query, counts)
    return Rewritten(query)


def _planned(query: str, counts: Counts | None) -> Rewritten:
    """Rewrite a query; short ones are kept, of which a long one would take many megabytes."""
    return rewrite(query, counts) if len(query) > LONG else _kept(query, counts)


_kept: Final = lru_cache(maxsize=256)(rewrite)


def plan_near(
    query: str, store: ox.Store, find: Callable[[], Positions | None]
) -> Rewritten | None:
    """Return a query with the positions of a store that its filters may let pass; None if none do.

    These come first, so its joins are not ordered by counts. `find` returns those of the release.
    """
    positions = find() if bounds_distance(query) else None
    return listing_near(plan(query), store, positions) if positions else None


def spelled_out(query: str) -> str | None:
    """Return a query with what the engine does not read of SPARQL written otherwise, else None."""
    planned = _planned(query, None) if is_short(query) else Rewritten(query)
    return None if UNREAD.isdisjoint(planned.steps) else planned.text


def _has_groups(query: str) -> bool:
    """Whether brackets stand inside others, and not only those of OPTIONAL."""
    before = query.split("{")[1:-1]
    return any(text.rstrip()[-8:].upper() != "OPTIONAL" for text in before)


def plan_for_several(query: str) -> Rewritten | None:
    """Return a query as the engine should run it on several default graphs; None if it cannot."""
    if not is_short(query):
        return None
    return each_once(query) if len(query) > LONG else _kept_for_several(query)


_kept_for_several: Final = lru_cache(maxsize=256)(each_once)
