"""Dates that cannot be true are left out of a source, and nothing else of its rows is."""

from __future__ import annotations

from pathlib import Path

from registry.sources.inputs import Input
from registry.sources.statements import LinkRow, MemberRow
from tests.tables import every_row

LEFT_OUT = "rows whose dates contradict each other or the source, and are left out"

SOURCE = """
[source]
graph = "list"
title = "A list"
date = "DATE"
family = "list"
licence = "https://spdx.org/licenses/MIT"
address = "https://example.org/"
[city]
name = "a"
"""
LINKS = f"""{SOURCE}
[partner]
name = "b"
[link]
since = "since"
until = "until"
status = "status"
"""
NETWORK = f"""target = "memberships"
{SOURCE}
[membership]
since = "since"
until = "until"
[defaults]
network = "Cities of Film"
"""

CASES = [
    # The date of the source, since, until, status; what is left.
    ("2024", "1992", "", "", ("1992", "")),
    ("2024", "2024-12-31", "", "", ("2024-12-31", "")),
    ("2024-05", "2024", "", "", ("2024", "")),
    ("2024", "2025", "", "", ("", "")),
    ("2024-05-03", "2024-05-04", "", "", ("", "")),
    ("2024", "2099", "", "", ("", "")),
    ("2024", "2099", "", "proposed", ("2099", "")),
    ("2024", "0019", "", "", ("", "")),
    ("2024", "1992", "1980", "", ("", "")),
    ("2024", "1992-05", "1992", "", ("1992-05", "1992")),
    ("2024", "1992-05-02", "1992-05-01", "", ("", "")),
    ("2024", "2020", "2030", "", ("2020", "2030")),
    ("2024", "2020", "2030", "ended", ("", "")),
    ("2024", "2020", "2024-06", "ended", ("2020", "2024-06")),
]


def read(folder: Path, mapping: str, said: str, rows: list[tuple[str, str, str]]) -> Input:
    """Write a table with its mapping."""
    table, form = folder / "table.csv", folder / "mapping.toml"
    lines = [f"A{n},B{n},{','.join(row)}" for n, row in enumerate(rows)]
    table.write_text("\n".join(["a,b,since,until,status", *lines]))
    form.write_text(mapping.replace("DATE", said))
    return Input("table", (table,), mapping=str(form))


@every_row("case", CASES)
def test_dates_that_cannot_be_true_are_left_out(
    case: tuple[str, str, str, str, tuple[str, str]], tmp_path: Path
) -> None:
    said, since, until, status, left = case
    rows = [(since, until, status), ("1990", "", "")]
    reading = read(tmp_path, LINKS, said, rows).read()
    found = [(r.since, r.until, r.status) for r in reading.rows if isinstance(r, LinkRow)]
    assert found == [(*left, status), ("1990", "", "")]
    assert reading.noticed[LEFT_OUT] == (left != (since, until))
    assert reading.refused == []


def test_so_are_those_of_memberships(tmp_path: Path) -> None:
    rows = [("2099", "", ""), ("2020", "2019", ""), ("2020", "2099", "")]
    reading = read(tmp_path, NETWORK, "2024-02", rows).read()
    found = [(r.since, r.until) for r in reading.rows if isinstance(r, MemberRow)]
    assert found == [("", ""), ("", ""), ("2020", "2099")]
    assert reading.noticed[LEFT_OUT] == 2


def test_a_day_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    reading = read(tmp_path, LINKS, "2024", [("2021-02-31", "", "")]).read()
    assert [one.why for one in reading.refused] == [
        "table.csv: '2021-02-31' is not a year, month or day"
    ]
