"""Tables of rows that one test checks, naming every row that fails and not only the first.

`parametrize` makes a test of each row, which costs more than most rows do: each is collected by
every worker, set up and reported. `every_row` takes the same arguments, and runs all rows as one
test:

    @every_row(("text", "expected"), [("1995", True), ("95", False)])
    def test_a_year_has_four_digits(text: str, expected: bool) -> None:
        assert is_year(text) is expected

Rows share the fixtures of their test. A test whose rows write to what a fixture gave them stays
with `parametrize`.
"""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from _pytest.mark import ParameterSet

Test = Callable[..., None]
Values = dict[str, Any]


def every_row(
    names: str | Sequence[str],
    rows: Iterable[Any],
    ids: Callable[[Any], object] | Iterable[str] | None = None,
) -> Callable[[Test], Test]:
    """Run a test for each row of a table, and fail once with all the faults."""
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    single = isinstance(names, str) and len(columns) == 1
    listed = list(rows)
    given = [_values(row, single) for row in listed]
    table = [dict(zip(columns, values, strict=True)) for values in given]
    labels = [str(label) for label in _labels(listed, table, ids)]

    def checked(test: Test) -> Test:
        @functools.wraps(test)
        def whole(**fixtures: Any) -> None:
            pairs = zip(labels, table, strict=True)
            faults = [f for label, row in pairs for f in _fault(test, label, fixtures | row)]
            assert table, "the table has no rows"
            if faults:
                said = f"{len(faults)} of {len(table)} rows fail"
                pytest.fail("\n\n".join([said, *faults]), pytrace=False)

        signature = inspect.signature(test)
        kept = [p for name, p in signature.parameters.items() if name not in columns]
        assert len(kept) + len(columns) == len(signature.parameters), columns
        whole.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return whole

    return checked


def _values(row: Any, single: bool) -> Iterable[Any]:
    """Give the values of a row as it is written."""
    if isinstance(row, ParameterSet):
        return row.values
    return (row,) if single else row


def _labels(
    rows: list[Any], table: list[Values], ids: Callable[[Any], object] | Iterable[str] | None
) -> Iterable[object]:
    """Give what each row is called in the list of faults."""
    if ids is not None and not callable(ids):
        return list(ids)
    write = ids or repr
    written = ["-".join(str(write(value)) for value in row.values()) for row in table]
    named = [isinstance(row, ParameterSet) and row.id for row in rows]
    return [name or text for name, text in zip(named, written, strict=True)]


def _fault(test: Test, label: str, values: Values) -> Iterable[str]:
    """Run one row; give what is wrong with it, if anything is."""
    try:
        test(**values)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as fault:
        frames = traceback.extract_tb(fault.__traceback__)
        at = [frame.lineno for frame in frames if frame.filename == test.__code__.co_filename]
        kind = "" if isinstance(fault, AssertionError) else f"{type(fault).__name__}: "
        yield f"{label}\n  line {at[-1] if at else '?'}: {kind}{fault}"
