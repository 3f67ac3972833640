r"""Tables: CSV with a row for each draft of a kind, with the fields of its form as columns.

    city,partner,says,date,title
    Pavia,"Perm, Russia",ended,2022-03-04,Minutes of the council

The separator is the one of comma, semicolon and tab that the first line has most of.

>>> from registry.contribute.kinds import KINDS
>>> read("city;partner;date\nPavia;Perm;2024\n", KINDS["link"])
[(2, {'one': 'Pavia', 'other': 'Perm', 'date': '2024'})]
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from registry.contribute.drafts import Draft, one_line
from registry.contribute.kind import Kind
from registry.csv_rows import Writer, as_meant, rows

SOURCE: Final = (*("address", "title", "date", "undated", "publisher", "language", "locator"),)
"""The columns of the source, which all tables have; they are named as the fields of the form."""

NEEDED: Final = "date"
"""The column of the source that every table has."""

MOST: Final = 500
"""Rows of one table: the shapes look at them together, within the deadline of an upload."""

_SEPARATORS: Final = (",", ";", "\t")


class TableError(ValueError):
    """A table that cannot be read: the key of the phrase that says why."""


def columns(kind: Kind) -> dict[str, str]:
    """Return the field of the form for each column of a table of a kind."""
    own = {field.in_table: field.name for field in kind.fields.values()}
    return own | {name: name for name in SOURCE}


def needed(kind: Kind) -> list[str]:
    """List the columns that every table of a kind has."""
    return [one.in_table for one in kind.fields.values() if one.is_needed] + [NEEDED]


def template(kind: Kind) -> str:
    """Return a table without rows."""
    return ",".join(columns(kind)) + "\n"


def write(kind: Kind, drafts: Iterable[Draft]) -> str:
    """Write drafts as a table."""
    text = io.StringIO()
    known = columns(kind)
    table = Writer(text, lineterminator="\n")
    table.writerow(known)
    for draft in drafts:
        fields = filled(kind, draft)
        for name, one in kind.fields.items():
            words = {value: cell for cell, value in one.cells.items()}
            fields[name] = words.get(fields[name], fields[name]).replace("\n", "; ")
        table.writerow(fields[name] for name in known.values())
    return text.getvalue()


def filled(kind: Kind, draft: Draft) -> dict[str, str]:
    """Return the fields of a form as a draft fills them in, things by their references."""
    source = draft.source
    fields = {name: draft[name] for name in kind.fields}
    fields |= {name: getattr(source, name) for name in SOURCE if name != "undated"}
    return fields | {"undated": "1" if source.undated else ""}


def columns_at_fault(text: str, kind: Kind) -> tuple[list[str], list[str]]:
    """Return the columns that a table lacks, and those that are not known or stand there twice."""
    line, separator = _head(text)
    return _at_fault(_named(next(csv.reader([line], delimiter=separator), [])), kind)


def _at_fault(named: list[str], kind: Kind) -> tuple[list[str], list[str]]:
    known = columns(kind)
    missing = [name for name in needed(kind) if name not in named]
    wrong = [name for at, name in enumerate(named) if name not in known or name in named[:at]]
    return missing, wrong


def _head(text: str) -> tuple[str, str]:
    """Return the first line of a table, and the separator of its cells."""
    line = next(iter(text.lstrip("\ufeff").splitlines()), "")
    return line, max(_SEPARATORS, key=line.count)


def _named(cells: Iterable[str]) -> list[str]:
    return [one_line(cell).lower() for cell in cells]


def read(text: str, kind: Kind) -> list[tuple[int, dict[str, str]]]:
    """Read a table of a kind; return what its rows fill in, with the lines they end in.

    Raises
    ------
    TableError
        when its columns are others, it has no rows or too many, or a quotation mark stays open.

    """
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    _, separator = _head(text)
    try:
        found = [(line, row) for line, row in rows(lines, separator) if any(map(str.strip, row))]
    except csv.Error as error:
        raise TableError("fault_quotes") from error
    named = _named(found[0][1] if found else [])
    known = columns(kind)
    if any(_at_fault(named, kind)):
        raise TableError("fault_columns")
    if not 0 < len(found) - 1 <= MOST:
        raise TableError("fault_rows")
    fields = [known[name] for name in named]
    return [(line, _filled(kind, fields, row)) for line, row in found[1:]]


def _filled(kind: Kind, fields: list[str], row: list[str]) -> dict[str, str]:
    """Return what a row fills in; an empty cell says as much as a field that is left out."""
    cells = dict(zip(fields, map(one_line, map(as_meant, row)), strict=False))
    filled = {name: cell for name, cell in cells.items() if cell}
    for name in filled.keys() & kind.fields.keys():
        filled[name] = kind.fields[name].cells.get(filled[name], filled[name])
    return filled
