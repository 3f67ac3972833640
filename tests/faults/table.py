"""The table of what was tried, in `docs/operator.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

PAGE: Final = Path(__file__).parents[2] / "docs" / "operator.md"

HEAD: Final = "| trial | tried | wrong |\n| --- | --- | --- |\n"
"""The head of the table, by which it is found."""


class Row(NamedTuple):
    """What was tried, how often, and how often it went wrong."""

    what: str
    tried: str
    wrong: int


def written(rows: Iterable[Row]) -> None:
    """Write rows into the table, in the place of those of the same trials."""
    text = PAGE.read_text(encoding="utf-8")
    merged = {row.what: row for row in (*read(), *rows)}
    lines = "".join(f"| {row.what} | {row.tried} | {row.wrong} |\n" for row in merged.values())
    found, number = re.subn(f"(?<={re.escape(HEAD)})(?:\\|.*\n)*", lambda _: lines, text)
    assert number == 1, "the table has another head"
    PAGE.write_text(found, encoding="utf-8")


def read() -> list[Row]:
    """Read the rows of the table."""
    text = PAGE.read_text(encoding="utf-8").partition(HEAD)[2].partition("\n\n")[0]
    cells = (line.strip("| ").split(" | ") for line in text.splitlines() if line)
    return [Row(what, tried, int(wrong)) for what, tried, wrong in cells]
