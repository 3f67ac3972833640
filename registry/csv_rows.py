r"""Rows of CSV: a quotation mark that is never closed must not take all that follows for one cell.

Python's reader returns what was read at the end of the file, or, where it is strict, refuses
quotation marks inside of cells, too, which tables have.

>>> list(rows(['a,b\n', '1,"2"\n'], ","))
[(1, ['a', 'b']), (2, ['1', '2'])]
>>> list(rows(['a,b\n', '1,"2\n', '3,4\n'], ","))
Traceback (most recent call last):
    ...
registry.csv_rows.RowError: the row of line 2 opens a quotation mark that is never closed
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

_BEHIND: Final = "\ufdd0 the line behind the last one \ufdd0"
"""What no table has: a character that stands for none."""


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
    return dict(zip(head, [*row, *[""] * (len(head) - len(row))], strict=False))
