"""Results of saved queries: for readers by workers that can be killed, for pages in this process.

A page runs only the queries in `queries/`, with the IRIs of things for their parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from registry import formats, saved_queries, shipped
from registry.formats import Format
from registry.releases import code
from registry.saved_queries import SavedQuery
from registry.sparql.engine import Answer, Query, formats_for
from registry.sparql.guards import Outline, outline
from registry.sparql.spool import Spool
from registry.things.lookup import Lookup, Solution
from registry.web.context import call, meet, parts, release
from registry.web.results import counted, shown


@cache
def shipped_queries() -> list[SavedQuery]:
    """Read the saved queries."""
    return saved_queries.read(shipped.query_files())


@cache
def queries() -> dict[str, SavedQuery]:
    """Return the saved queries, and the rules of derivation published beside them, by name."""
    return {query.name: query for query in shipped_queries() + code.rules()}


def answer(text: str, form: Format) -> bytes | Spool:
    """Evaluate a query on the release of this request, in a worker, within the reader's limits."""
    return _evaluate(outline(text, parts().settings), form).written


def answer_for_page(text: str) -> dict[str, Any]:
    """Evaluate a query for a page: the first of a long answer, with the number of its rows."""
    seen, most = outline(text, parts().settings), parts().settings.page_bytes
    if seen.form == "SELECT":
        return counted(_evaluate(seen, formats.RESULTS_TSV).parts, most)
    form = formats_for(seen.form)[0]
    return shown(seen, lambda part: _evaluate(part, form, most).body)


def _evaluate(seen: Outline, form: Format, limit: int | None = None) -> Answer:
    found = parts().engine.evaluate(release(), Query(seen.text), seen, form, call(limit))
    meet(found.deviations)
    return found


@dataclass(frozen=True)
class Solutions:
    """The solutions of a query on a release, cached for a page that is sorted anew."""

    rows: tuple[Solution, ...]

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return 200 + sum(150 * len(row.terms) for row in self.rows)


def solutions(name: str, **iris: str) -> tuple[Solution, ...]:
    """Return the solutions of a saved query with the IRIs of things for its parameters."""
    text = _with_iris(name, iris)
    key = (release().version, text)
    cached = parts().cache.get(key)
    if not isinstance(cached, Solutions):
        cached = Solutions(tuple(Lookup(release().store).rows(text)))
        parts().cache.put(key, cached)
    return cached.rows


def _with_iris(name: str, iris: Mapping[str, str]) -> str:
    values = {parameter: ox.NamedNode(iri) for parameter, iri in iris.items()}
    return queries()[name].with_values(values)


def address(name: str, given: Mapping[str, str]) -> str:
    """Return the address of the page of a saved query with values for its parameters."""
    return f"/queries/{name}" + (f"?{urlencode(given)}" if given else "")
