"""Tables that leave the registry: no cell is run as a formula by whoever opens one."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from registry import csv_rows

ROOT = Path(csv_rows.__file__).parent

OWN = {"csv_rows.py", "reconcile/csv_linking.py"}
"""What writes rows by itself: the writer, and what sends a table back to whoever sent it."""

CELLS = st.text(max_size=12)


def test_all_tables_are_written_by_one_writer() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\(", path.read_text(encoding="utf-8"))
    }
    assert found == OWN


@given(st.one_of(CELLS, st.builds("{}{}".format, st.sampled_from("=+-@\t\r＝'"), CELLS)))
def test_a_cell_is_no_formula_and_is_read_as_it_was_meant(cell: str) -> None:
    written = csv_rows.plain(cell)
    assert written[:1] not in set("=@\t\r＝")
    assert written[:1] not in set("+-") or not re.search(r"[^0-9 .,()/eE+-]", written)
    if written != cell:
        assert csv_rows.as_meant(written) == cell


def test_numbers_stay_numbers() -> None:
    target = io.StringIO()
    csv_rows.Writer(target).writerows([("-8.017", -3, "+39 0382 3991", "-", "=1", "1")])
    (row,) = csv.reader(io.StringIO(target.getvalue()))
    assert row == ["-8.017", "-3", "+39 0382 3991", "'-", "'=1", "1"]
