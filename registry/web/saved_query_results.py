"""Saved queries: asked by readers, in processes that can be ended; and by pages of ours, in this.

A page runs nothing but what is in `queries/`, with the IRIs of things in their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

import pyoxigraph as ox

from registry import saved_queries, shipped
from registry.formats import Format
from registry.releases import code
from registry.saved_queries import SavedQuery
from registry.sparql.engine import Query
from registry.sparql.guards import outline
from registry.things.lookup import Lookup, Solution
from registry.web.context import call, parts, release


@cache
def queries() -> dict[str, SavedQuery]:
    """Read the saved queries, and the rules of derivation, which are published beside them."""
    listed = saved_queries.read(shipped.query_files()) + code.rules()
    return {query.name: query for query in listed}


def answer(text: str, form: Format, limit: int | None = None) -> bytes:
    """Evaluate a query on the release of this request, as for any reader."""
    seen = outline(text, parts().settings)
    return parts().engine.evaluate(release(), Query(text), seen, form, call(limit)).body


@dataclass(frozen=True)
class Solved:
    """The solutions of a query on a release: they are the same when a page is sorted anew."""

    rows: tuple[Solution, ...]

    @property
    def size(self) -> int:
        """Bytes they take, about."""
        return 200 + sum(150 * len(row.terms) for row in self.rows)


def solutions(name: str, **iris: str) -> tuple[Solution, ...]:
    """Return the solutions of a saved query with the IRIs of things for its parameters."""
    values = {parameter: ox.NamedNode(iri) for parameter, iri in iris.items()}
    text = queries()[name].with_values(values)
    key = (release().version, text)
    known = parts().cache.get(key)
    if not isinstance(known, Solved):
        known = Solved(tuple(Lookup(release().store).rows(text)))
        parts().cache.put(key, known)
    return known.rows


def address(name: str, given: Mapping[str, str]) -> str:
    """Return the address of a saved query with values, where it is shown with its answer."""
    return f"/queries/{name}" + (f"?{urlencode(given)}" if given else "")
