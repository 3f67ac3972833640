r"""Rows of CSV, as spreadsheets read them.

A quotation mark that is never closed must not take all that follows for one cell, and what somebody
typed into a form must not be run as a formula by whoever opens a table of ours: such a cell begins
with an apostrophe, which is passed over when the table comes back.

Python's reader returns what was read at the end of the file, or, where it is strict, refuses
quotation marks inside of cells, too, which tables have.

>>> list(rows(['a,b\n', '1,"2"\n'], ","))
[(1, ['a', 'b']), (2, ['1', '2'])]
>>> list(rows(['a,b\n', '1,"2\n', '3,4\n'], ","))
Traceback (most recent call last):
    ...
registry.csv_rows.RowError: the row of line 2 opens a quotation mark that is never closed
>>> [plain(cell) for cell in ("=SUM(A1)", "@x", "+Lantern bridges", "-8.017", "'s-Hertogenbosch")]
["'=SUM(A1)", "'@x", "'+Lantern bridges", '-8.017', "'s-Hertogenbosch"]
>>> [as_meant(cell) for cell in ("'=SUM(A1)", "'s-Hertogenbosch")]
['=SUM(A1)', "'s-Hertogenbosch"]
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final, Protocol

_BEHIND: Final = "\ufdd0 the line behind the last one \ufdd0"
"""What no table has: a character that stands for none."""


_BEGINS: Final = frozenset("=+-@\t\r＝＋－＠")
"""Characters with which a cell begins that spreadsheets take for a formula."""

_NUMBER: Final = re.compile(r"[-+][0-9][0-9 .,()/-]*(?:[eE][-+]?[0-9]+)?")
"""A number with its sign, or one of a telephone."""


class Target(Protocol):
    """Where text is written; what it returns is what writing a row returns."""

    def write(self, text: str, /) -> object:
        """Take some text."""


class Writer:
    """Writes rows whose cells no spreadsheet takes for formulas: the one way out for tables."""

    def __init__(self, target: Target, **dialect: Any) -> None:
        self._rows = csv.writer(target, **dialect)

    def writerow(self, row: Iterable[object]) -> Any:
        """Write one row."""
        return self._rows.writerow([plain(cell) if isinstance(cell, str) else cell for cell in row])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write rows."""
        for row in rows:
            self.writerow(row)


def plain(cell: str) -> str:
    """Return a cell as no spreadsheet takes it for a formula."""
    if cell[:1] not in _BEGINS or not cell or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def as_meant(cell: str) -> str:
    """Return a cell without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _BEGINS and len(cell) > 1 else cell


class RowError(csv.Error):
    """A row that cannot be read, with its line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the lines they end in.

    A line behind the last one is a row of its own, unless a quotation mark was never closed.

    Raises
    ------
    RowError
        when one cannot be read.

    """
    reader = csv.reader(chain(lines, [_BEHIND]), delimiter=delimiter)
    line = 0
    try:
        for row in reader:
            if row == [_BEHIND]:
                return
            if row and row[-1].endswith(_BEHIND):
                break
            line = reader.line_num
            yield line, row
    except csv.Error as error:
        raise RowError(reader.line_num, str(error)) from error
    why = f"the row of line {line + 1} opens a quotation mark that is never closed"
    raise RowError(line + 1, why)


def records(lines: Iterable[str], delimiter: str) -> tuple[list[str], Iterator[Record]]:
    """Return the head of a table, and its rows by the names of columns; blank rows are none.

    Cells that a row lacks are empty; those that it has too many are left out, and counted.

    Raises
    ------
    RowError
        when a row cannot be read.

    """
    read = rows(lines, delimiter)
    head = next(read, (0, []))[1]
    return head, ((line, _record(head, row), len(row) - len(head)) for line, row in read if row)


Record = tuple[int, dict[str, str], int]
"""The line of a row, its cells by column, and how many cells more or fewer it has than the head."""


def _record(head: list[str], row: list[str]) -> dict[str, str]:
    cells = [*map(as_meant, row), *[""] * (len(head) - len(row))]
    return dict(zip(head, cells, strict=False))
