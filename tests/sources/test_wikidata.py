"""Wikidata: pairs of items, and entities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry.identity.mentions import Mention
from registry.problems import Problem
from registry.sources import wikidata
from registry.sources.statements import LinkRow, Refusal

NAMES = "Q1\tPavia\nQ2\tHildesheim\nQ3\tPavia\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    names, relations = tmp_path / "names.tsv", tmp_path / "relations.tsv"
    names.write_text(NAMES, "utf-8")
    return relations, names


def test_pairs(files: tuple[Path, Path]) -> None:
    files[0].write_text("Q1\tQ2\nQ2\tQ1\nQ1\tQ2\nQ3\tQ2\nQ2\tQ2\nQ9\tQ1\nnothing\n")
    reading = wikidata.read_pairs(*files)
    assert reading.rows[0] == LinkRow(
        Mention("Pavia", wikidata="Q1"), Mention("Hildesheim", wikidata="Q2"), "q1", "Q1 P190 Q2"
    )
    assert [row.locator for row in reading.rows] == ["Q1 P190 Q2", "Q2 P190 Q1", "Q3 P190 Q2"]
    assert dict(reading.passed_over) == {
        "repeated rows": 1,
        "links of an item with itself": 1,
    }
    assert dict(reading.noticed) == {
        "one-way statements": 1,
        "labels of several items": 1,
    }
    assert reading.refused == [
        Refusal(6, "relations.tsv: Q9 has no label"),
        Refusal(7, "relations.tsv: not an item and a cell"),
    ]


def test_files_that_cannot_be_read_are_refused(files: tuple[Path, Path]) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        wikidata.read_pairs(*files)
    files[0].write_bytes(b"Q1\tQ2\xff")
    with pytest.raises(Problem, match="cannot be read"):
        wikidata.read_pairs(*files)


def statement(item: str, rank: str = "normal", **qualifiers: tuple[str, int]) -> dict[str, Any]:
    return {
        "id": f"Q1${item}",
        "rank": rank,
        "mainsnak": {"snaktype": "value", "datavalue": {"value": {"id": item}}},
        "qualifiers": {
            key: [{"snaktype": "value", "datavalue": {"value": {"time": time, "precision": exact}}}]
            for key, (time, exact) in qualifiers.items()
        },
    }


def test_an_entity(tmp_path: Path) -> None:
    claims = [
        statement("Q2", P580=("+1958-00-00T00:00:00Z", 9)),
        statement("Q3", P580=("+1958-05-07T00:00:00Z", 11), P582=("+1960-02-00T00:00:00Z", 10)),
        statement("Q4", rank="deprecated"),
        {"id": "x", "rank": "normal", "mainsnak": {"snaktype": "somevalue"}},
        statement("Q5", P580=("-0100-00-00T00:00:00Z", 9)),
        statement("Q6", P580=("+1900-00-00T00:00:00Z", 7)),
    ]
    geonames = [{"mainsnak": {"datavalue": {"value": "3171366"}}}]
    entity = {
        "id": "Q1",
        "modified": "2023-04-04T05:21:49Z",
        "labels": {"it": {"value": "Pavia"}, "en": {"value": "Pavia"}},
        "claims": {"P190": claims, "P1566": geonames},
    }
    path = tmp_path / "Q1.json"
    path.write_text(json.dumps({"entities": {"Q1": entity}}))
    reading = wikidata.read_entities([path])
    assert reading.document.graph == "wikidata-entities-2023-04-04"
    rows = reading.rows
    assert {row.here for row in rows if isinstance(row, LinkRow)} == {
        Mention("Pavia", wikidata="Q1", geonames=3171366)
    }
    assert [(r.there.wikidata, r.since, r.until) for r in rows if isinstance(r, LinkRow)] == [
        ("Q2", "1958", ""),
        ("Q3", "1958-05-07", "1960-02"),
        ("Q5", "", ""),
        ("Q6", "", ""),
    ]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"entities": 1}', '{"entities": {"Q1": {}}}', "[" * 99]
)
def test_what_is_no_entity_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "Q1.json"
    path.write_text(text)
    with pytest.raises(Problem, match="no Wikibase entity"):
        wikidata.read_entities([path])
