r"""Tables of links: CSV with a row for each, whose columns are named as the fields of the form.

    city,partner,says,date,title
    Pavia,"Perm, Russia",ended,2022-03-04,Minutes of the council

The separator is the one of comma, semicolon and tab that the first line has most of.

>>> columns, rows = read("city;partner;date\nPavia;Perm;2024\n")
>>> columns, rows
(['one', 'other', 'date'], [(2, {'one': 'Pavia', 'other': 'Perm', 'date': '2024'})])
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Final

from registry.contribute.drafts import one_line
from registry.csv_rows import rows

COLUMNS: Final[Mapping[str, str]] = {
    "city": "one",
    "partner": "other",
    "says": "says",
    "kind": "kind",
    "began": "began",
    "changed": "changed",
    "decided": "decided",
    "reason": "reason",
    "address": "address",
    "title": "title",
    "date": "date",
    "undated": "undated",
    "publisher": "publisher",
    "language": "language",
    "locator": "locator",
}
"""The field of the form for each column."""

NEEDED: Final = ("city", "partner", "date")
"""Columns that every table has."""

MOST: Final = 200
"""Rows of one table: the shapes look at them together, within the deadline of an upload."""

TEMPLATE: Final = ",".join(COLUMNS) + "\n"
"""A table without rows."""

_SEPARATORS: Final = (",", ";", "\t")
_DECIDERS: Final = {"city": "one", "partner": "other"}


class TableError(ValueError):
    """A table that cannot be read: the key of the phrase that says why."""


def read(text: str) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Read a table; return its fields, and its rows with the lines they end in.

    Raises
    ------
    TableError
        when its columns are others, it has no rows or too many, or a quotation mark stays open.

    """
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    head = lines[0] if lines else ""
    separator = max(_SEPARATORS, key=head.count)
    try:
        found = [(line, row) for line, row in rows(lines, separator) if any(map(str.strip, row))]
    except csv.Error as error:
        raise TableError("fault_columns") from error
    named = [one_line(cell).lower() for cell in found[0][1]] if found else []
    if not set(NEEDED) <= set(named) <= COLUMNS.keys() or len(set(named)) != len(named):
        raise TableError("fault_columns")
    if not 0 < len(found) - 1 <= MOST:
        raise TableError("fault_rows")
    fields = [COLUMNS[name] for name in named]
    return fields, [(line, _filled(fields, row)) for line, row in found[1:]]


def _filled(fields: list[str], row: list[str]) -> dict[str, str]:
    """Return what a row fills in; an empty cell says as much as a field that is left out."""
    cells = dict(zip(fields, map(one_line, row), strict=False))
    filled = {name: cell for name, cell in cells.items() if cell}
    if "decided" in filled:
        filled["decided"] = _DECIDERS.get(filled["decided"], filled["decided"])
    return filled
