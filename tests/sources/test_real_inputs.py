"""The inputs of the world as they are: every row is read, and their traps are counted.

The files are not part of this repository; `CITYLINKS_INPUTS` names their folder.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from registry import shipped
from registry.sources import inputs
from registry.sources.statements import MemberRow, PracticeRow, Reading

FOLDER = os.environ.get("CITYLINKS_INPUTS", "")

pytestmark = pytest.mark.skipif(not FOLDER, reason="CITYLINKS_INPUTS names no folder of inputs")


@pytest.fixture(scope="module")
def readings() -> dict[str, Reading]:
    listed = inputs.read(shipped.WORLD / "inputs.toml", Path(FOLDER))
    return {one.document.graph: one for one in (one.read() for one in listed)}


ROWS = {
    "german-list-2015": 6912,
    "wikipedia-twins-2026": 25917,
    "wikidata-p190-2017": 24926,
    "wikidata-p190-2016": 34182,
    "wikidata-entities-2023-04-04": 8,
    "covenant-of-mayors-2024": 11973,
    "unesco-creative-cities-2024": 349,
    "reinherit-practices-2024": 72,
}


def test_every_row_is_accounted_for(readings: dict[str, Reading]) -> None:
    assert {
        name: len(one.rows) + len(one.refused) + one.passed_over.total()
        for name, one in readings.items()
    } == ROWS


def test_the_traps_of_the_new_inputs_are_counted(readings: dict[str, Reading]) -> None:
    german, lists = readings["german-list-2015"], readings["wikipedia-twins-2026"]
    assert (german.passed_over["repeated rows"], german.noticed["pairs with several years"]) == (
        7,
        8,
    )
    assert german.noticed["positions that several places share"] == 1405
    assert german.noticed["rows without a kind, of which the usual one is taken"] == 9
    assert lists.noticed["positions that several places share"] == 340
    assert lists.looked_up
    kinds = Counter(
        place.kind for row in readings["covenant-of-mayors-2024"].rows for place in row.places
    )
    assert kinds["group of municipalities"] == 294
    assert kinds["union of municipalities"] >= 130


def test_every_german_twinning_has_a_year(readings: dict[str, Reading]) -> None:
    rows = readings["german-list-2015"].rows
    assert all(getattr(row, "since", "") for row in rows)


def test_memberships_have_day_and_status_or_field(readings: dict[str, Reading]) -> None:
    signed = readings["covenant-of-mayors-2024"].rows
    assert {len(row.since) for row in signed if isinstance(row, MemberRow)} == {len("2012-07-23")}
    statuses = {row.status for row in signed if isinstance(row, MemberRow)}
    assert statuses == {"published", "on hold"}
    creative = readings["unesco-creative-cities-2024"].rows
    assert all(row.field and row.record for row in creative if isinstance(row, MemberRow))


def test_practices_are_in_our_words_and_name_no_person(readings: dict[str, Reading]) -> None:
    rows = [
        row for row in readings["reinherit-practices-2024"].rows if isinstance(row, PracticeRow)
    ]
    assert sum(bool(row.transferability) for row in rows) >= 60
    assert max(len(row.transferability) for row in rows) < 120
    assert sum(bool(row.page) for row in rows) == 71
    places = Counter(row.place.kind for row in rows)
    assert (places["place online"], places["list of several places"]) == (2, 5)
