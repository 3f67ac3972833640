"""Answers that are too long for a page: their first rows, and how many there are."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from registry.problems import Problem
from registry.settings import Settings
from registry.sparql.guards import Outline, outline
from registry.web.results import shown

ROWS, MOST = 150, 120
TEXT = "PREFIX x: <x:>\nSELECT ?s { ?s x:p ?o } # all"


def evaluated() -> Callable[[Outline], bytes]:
    """Evaluate on more rows than a page takes."""
    store, predicate = ox.Store(), ox.NamedNode("x:p")
    store.extend(ox.Quad(ox.NamedNode(f"x:{n}"), predicate, ox.Literal(n)) for n in range(ROWS))

    def evaluate(seen: Outline) -> bytes:
        found = store.query(seen.text)
        assert isinstance(found, ox.QuerySolutions)
        written = found.serialize(format=ox.QueryResultsFormat.JSON)
        assert written is not None
        if written.count(b'"uri"') > MOST:
            raise Problem("answer-too-large", "")
        return written

    return evaluate


@pytest.mark.parametrize(("total", "counted"), [(True, ROWS), (False, None)])
def test_rows_of_a_long_answer_are_counted(
    total: bool, counted: int | None, settings: Settings
) -> None:
    found = shown(outline(TEXT, settings), evaluated(), total=total)
    assert (len(found["rows"]), found["total"]) == (100, counted)
