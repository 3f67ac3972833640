"""The newest date that sources state."""

from __future__ import annotations

import calendar
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.graphs.graph import Graph
from registry.releases.as_of import EARLIEST, last_day, newest
from tests.tables import every_row

AS_OF, ISSUED = terms.prefixed("cl:asOf"), terms.prefixed("dcterms:issued")

DAYS = {
    "2022-04-30": "2022-04-30",
    "2022-04": "2022-04-30",
    "2020-02": "2020-02-29",
    "1900-02": "1900-02-28",
    "2021": "2021-12-31",
    "2021-02-30": None,
    "2021-13": None,
    "0000": None,
    "21": None,
    "12021": None,
    "2021-04-30T10:00:00": None,
    "about 2021": None,
    "": None,
}


@every_row(("stated", "last"), DAYS.items())
def test_last_day(stated: str, last: str | None) -> None:
    assert last_day(stated) == last


@given(st.dates(min_value=date(1000, 1, 1)))
def test_the_last_day_of_a_month_or_year_is_in_it(day: date) -> None:
    month = last_day(f"{day:%Y-%m}")
    assert last_day(day.isoformat()) == day.isoformat()
    assert month == day.replace(day=calendar.monthrange(day.year, day.month)[1]).isoformat()
    assert last_day(f"{day:%Y}") == f"{day:%Y}-12-31"


def graph(*stated: tuple[str, str], name: str = "list") -> Graph:
    lines = [f'<urn:{n}> <{predicate}> "{day}" .\n' for n, (predicate, day) in enumerate(stated)]
    return Graph(terms.GRAPH + name, "".join(lines).encode())


def test_newest_of_all_sources() -> None:
    one = graph((AS_OF, "2019-04"), (ISSUED, "2021"), (AS_OF, "spring"))
    assert newest([one, graph((AS_OF, "2022-04-03"))]) == "2022-04-03"
    assert newest([one]) == "2021-12-31"


def test_only_what_sources_state_counts() -> None:
    assert newest([graph((terms.prefixed("cl:startDate"), "2030"))]) == EARLIEST
    assert newest([graph((AS_OF, "2030"), name="settings")]) == EARLIEST
    assert newest([graph((terms.prefixed("skos:note"), f"x <{AS_OF}> 2030"))]) == EARLIEST
    assert newest([]) == EARLIEST
