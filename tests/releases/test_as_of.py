"""The newest date that sources state."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.graphs.graph import Graph
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.as_of import (
    EARLIEST,
    known_until,
    last_day,
    newest,
    stated_by,
    years_before,
)
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from tests.tables import every_row

AS_OF, ISSUED = terms.prefixed("cl:asOf"), terms.prefixed("dcterms:issued")
EARLIEST_ISSUE = terms.prefixed("cl:issuedEarliest")

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


def test_what_a_source_states() -> None:
    stated = graph((AS_OF, "2019-04"), (ISSUED, "2021"), (AS_OF, "spring"), (AS_OF, "2021-13"))
    assert stated_by(stated) == {"2019-04", "2021"}
    assert stated_by(graph((EARLIEST_ISSUE, "2022-04-07"))) == {"2022-04-07"}


def test_only_what_sources_state_counts() -> None:
    assert not stated_by(graph((terms.prefixed("cl:startDate"), "2030")))
    assert not stated_by(graph((AS_OF, "2030"), name="settings"))
    assert not stated_by(graph((terms.prefixed("skos:note"), f"x <{AS_OF}> 2030")))


@every_row(
    ("stated", "day"),
    [
        (["2019-04", "2021"], "2021-12-31"),
        (["2019-04", "2021", "2022-04-03"], "2022-04-03"),
        (["2026-11-29"], "2026-11-29"),
        (["2026-11-30", "2020"], "2020-12-31"),
        (["2099", "2020"], "2020-12-31"),
        (["2026", "2026-02"], "2026-02-28"),
        (["2026"], "2026-01-01"),
        (["2026-11"], "2026-11-01"),
        (["2099-12-31"], EARLIEST),
        ([], EARLIEST),
    ],
)
def test_the_newest_day_is_never_in_the_future(stated: list[str], day: str) -> None:
    assert newest(stated, "2026-11-29") == day


@given(st.dates(min_value=date(1000, 1, 1)), st.integers(0, 20))
def test_the_same_day_some_years_before(day: date, years: int) -> None:
    before = years_before(day.isoformat(), years)
    assert last_day(before) == before
    assert int(before[:4]) == day.year - years
    assert before[5:] == (f"{day:%m-%d}" if last_day(f"{before[:5]}{day:%m-%d}") else "02-28")


KNOWN = {
    ("2023-04-04", "2022"): "2023-04-04",
    ("2023-04-04", "2026"): "2026-12-31",
    ("2023-04-04", "2026-12"): "2023-04-04",
    ("2023-04-04", "2026-11"): "2026-11-30",
    ("2023-04-04", "2099-01-01", "soon"): "2023-04-04",
}


@every_row(("dates", "day"), KNOWN.items())
def test_sources_know_no_day_after_their_own(dates: tuple[str, ...], day: str) -> None:
    assert known_until(dates, "2026-11-29") == day


def test_what_is_known_follows_sources_where_another_day_is_given_for_today(
    own: Workspace, settings: Settings
) -> None:
    """Who looks at the registry as of an earlier day does not make mistakes of later sources."""
    given = replace(settings, home=own.home)

    def known(day: str | None) -> list[str]:
        publish(own, given, Change(as_of=day))
        store, predicate = Shelf(own).current().store, ox.NamedNode(terms.prefixed("cl:knownUntil"))
        found = store.quads_for_pattern(None, predicate, None, ox.DefaultGraph())
        return [str(quad.object.value) for quad in found if isinstance(quad.object, ox.Literal)]

    usual = known(None)
    assert len(usual) == 1
    assert known("2010-01-01") == usual
    assert known("2030-01-01") == ["2030-01-01"]
