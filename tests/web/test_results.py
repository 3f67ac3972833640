"""Answers that are too long for a page: their first rows, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyoxigraph as ox
import pytest

from registry.problems import Problem
from registry.settings import Settings
from registry.sparql.guards import Outline, outline
from registry.web.results import counted, shown

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


def test_the_first_rows_of_a_long_answer_are_shown(settings: Settings) -> None:
    found = shown(outline(TEXT, settings), evaluated())
    assert (len(found["rows"]), found["first"]) == (100, 100)


def answered(rows: int, breaks_off: bool = False) -> Iterator[bytes]:
    """Yield an answer in TSV in parts that end anywhere."""
    whole = b"?s\t?o\n" + b"".join(b'<x:%d>\t"\xc3\xa4\\n"@de\n' % n for n in range(rows))
    for at in range(0, len(whole), 7):
        yield whole[at : at + 7]
    if breaks_off:
        raise Problem("query-timeout", "too late")


@pytest.mark.parametrize(
    ("rows", "longest", "breaks_off", "shown_rows", "more"),
    [
        (0, 100, False, 0, {}),
        (3, 100_000, False, 3, {}),
        (1_000, 100_000, False, 1_000, {}),
        (1_001, 100_000, False, 1_000, {"first": 1_000, "total": 1_001}),
        (1_001, 100, False, 5, {"first": 5, "total": 1_001}),
        (1_001, 100, True, 5, {"first": 5, "total": None}),
    ],
)
def test_rows_of_a_long_answer_are_counted(
    rows: int, longest: int, breaks_off: bool, shown_rows: int, more: dict[str, int | None]
) -> None:
    found = counted(answered(rows, breaks_off), longest)
    assert found.pop("variables") == ["s", "o"]
    cells = found.pop("rows")
    assert [row[0]["text"] for row in cells] == [f"x:{n}" for n in range(shown_rows)]
    assert all(row[1] == {"text": "ä\n", "lang": "de", "href": ""} for row in cells)
    assert found == more


def test_an_answer_that_breaks_off_at_once_is_a_problem() -> None:
    with pytest.raises(Problem, match="too late"):
        counted(answered(3, breaks_off=True), 100_000)
