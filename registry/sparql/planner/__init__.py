"""Rewrites a query before the engine runs it, where the engine would be wrong or very slow.

    text ─ syntax.read ─▶ tree ─ rewriting ─▶ tree ─ syntax.write ─▶ text for the engine

The parser is rdflib's. A rewriting applies only where the tree shows that the answer stays the
same, or becomes what SPARQL 1.1 says; all else runs as it is written.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from registry.sparql.planner.rewriting import Rewritten, each_once, rewrite

__all__ = ["Rewritten", "plan", "plan_for_several"]

_CONCERNED: Final = re.compile(
    r"EXISTS|UNION|GROUP_CONCAT|HAVING|MINUS|\||\{.*[^L\s]\s*\{", re.IGNORECASE | re.DOTALL
)
"""What no query lacks that is rewritten: one of the words, or a group that is not OPTIONAL.

Reading a query takes some milliseconds.
"""


@lru_cache(maxsize=256)
def plan(query: str) -> Rewritten:
    """Return a query as the engine should run it."""
    return rewrite(query) if _CONCERNED.search(query) else Rewritten(query)


@lru_cache(maxsize=256)
def plan_for_several(query: str) -> Rewritten | None:
    """Return a query as the engine should run it on several default graphs; None if it cannot."""
    return each_once(query)
