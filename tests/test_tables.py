"""A table names each row that fails, and cannot pass by having none."""

from __future__ import annotations

import pytest

from tests.tables import every_row


def failed(table: object) -> str:
    """Run a test of a table, and give what it fails with."""
    assert callable(table)
    with pytest.raises(BaseException) as caught:
        table()
    return str(caught.value)


def test_every_row_that_fails_is_named() -> None:
    @every_row(("one", "other"), [(1, 1), (1, 2), (2, 2), (3, 4)])
    def equal(one: int, other: int) -> None:
        assert one == other

    said = failed(equal)
    assert said.startswith("2 of 4 rows fail\n\n1-2\n")
    assert "\n\n3-4\n" in said
    assert "assert 3 == 4" in said


def test_a_row_that_breaks_or_skips_is_a_fault_and_the_others_are_run() -> None:
    seen = []

    @every_row("number", [0, 1, 2], ids=lambda number: f"number {number}")
    def inverse(number: int) -> None:
        seen.append(number)
        if number == 1:
            pytest.skip("not today")
        assert 1 / number

    said = failed(inverse)
    assert seen == [0, 1, 2]
    assert "number 0\n" in said
    assert "ZeroDivisionError: division by zero" in said
    assert "not today" in said


def test_tables_multiply() -> None:
    @every_row("one", "ab")
    @every_row("other", "xy")
    def joined(one: str, other: str) -> None:
        assert one + other not in {"ax", "by"}

    said = failed(joined)
    assert said.startswith("2 of 2 rows fail")
    assert "'a'\n" in said
    assert "'x'\n" in said
    assert "'y'\n" in said


def test_a_table_without_rows_fails() -> None:
    @every_row("one", [])
    def never(one: int) -> None:
        raise AssertionError(one)

    assert failed(never).startswith("the table has no rows")


def test_a_column_is_one_that_the_test_takes() -> None:
    with pytest.raises(AssertionError):
        every_row("two", [1])(test_a_table_without_rows_fails)


@every_row("number", [1, 2])
def test_rows_share_the_fixtures_of_their_test(number: int, tmp_path_factory: object) -> None:
    assert number
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)


def test_a_row_may_have_a_name_of_its_own() -> None:
    @every_row("one", [pytest.param(1, id="the first"), pytest.param(2)])
    def never(one: int) -> None:
        raise AssertionError(one)

    assert "\n\nthe first\n" in failed(never)
    assert "\n\n2\n" in failed(never)
