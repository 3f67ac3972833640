"""What a person sees of a table: its columns as they are guessed, and the rows to decide on."""

from __future__ import annotations

import io
from typing import Any

import pytest

from registry import terms
from registry.reconcile.column_guessing import guessed
from registry.reconcile.csv_linking import CHOSEN, REJECTED, Columns, Linking
from registry.reconcile.extension import Facts
from registry.reconcile.matcher import Matchers
from registry.reconcile.matching import Matcher
from registry.reconcile.reviewing import MOST, Review, sampled
from registry.releases.reading import Release
from registry.settings import Settings
from tests.tables import every_row


@pytest.fixture(scope="module")
def matcher(release: Release, settings: Settings) -> Matcher:
    return Matchers(settings).matcher(release)


@every_row(
    ("table", "columns"),
    [
        ("city,country\nPavia,IT", {"name": "city", "country": "country"}),
        ("Ort;Land\nPavia;Italien", {"name": "Ort", "country": "Land"}),
        ("a;b;c\n1;Russie;Perm\n2;Italie;Pavie", {"name": "c", "country": "b"}),
        ("ville;pays;lat;long\nPavie;IT;45,2;9,16", "ville pays lat long"),
        ("name,lat\nPavia,45.2", {"name": "name"}),
        ("name,state\nPavia,CA\nPerm,AL", {"name": "name", "region": "state"}),
        ("QID,label\nQ6259,Pavia\nQ915,Perm", {"name": "label", "identifier": "QID"}),
        ("geonames,x\n3171366,Pavia", {"name": "x", "identifier": "geonames"}),
        ("number,x\n3171366,Pavia", {"name": "x"}),
        ("x,city_uri\nPavia,city/pavia-3171366", {"name": "x", "identifier": "city_uri"}),
        ("x,x\nPavia,Perm", {}),
        ("note\nnobody knows this", {}),
        ("", {}),
    ],
)
def test_columns_are_guessed_by_heads_and_cells(
    table: str, columns: dict[str, str] | str, matcher: Matcher
) -> None:
    if isinstance(columns, str):
        fields = ("name", "country", "latitude", "longitude")
        columns = dict(zip(fields, columns.split(), strict=True))
    delimiter = ";" if ";" in table else ","
    head, *rows = [line.split(delimiter) for line in table.split("\n")]
    assert guessed(head, rows, matcher) == columns


def test_a_sample_tells_how_a_table_is_written(matcher: Matcher) -> None:
    lines = ["Stadt;Land", *["Besançon;FR"] * 300, "", "Perm;RU"]
    told = sampled("\n".join(lines).encode("cp1252"), matcher)
    assert (told["encoding"], told["delimiter"], told["rows"]) == ("cp1252", ";", 301)
    assert told["sample"] == [["Besançon", "FR"]] * 8
    assert told["columns"] == {"name": "Stadt", "country": "Land"}
    assert len(told["sha256"]) == 64


def reviewed(table: str, release: Release, matcher: Matcher, **other: str) -> dict[str, Any]:
    facts = Facts.of(release, ["de"])
    columns = Columns(**{"name": "city", "country": "country", **other})
    return Review(Linking(matcher, facts, columns), "de").of(io.BytesIO(table.encode()))


def test_rows_that_say_the_same_are_listed_together(release: Release, matcher: Matcher) -> None:
    """Those with candidates come first, and each has what tells it from others."""
    table = "n,city,country\n1,Xanadu,IT\n2,Pavya,IT\n3,Pavia,IT\n4,Pavya,IT\n"
    found = reviewed(table, release, matcher)
    assert found["counts"] == {"linked": 1, "ambiguous": 2, "unknown": 1}
    pavya, xanadu = found["open"]
    assert [row["line"] for row in pavya["rows"]] == [3, 5]
    assert pavya["rows"][1]["cells"] == ["4", "Pavya", "IT"]
    assert pavya["why"] == "another place may be meant"
    city = pavya["candidates"][0]
    assert (city["id"], city["country"]) == ("city/pavia-3171366", "Italien")
    assert (city["region"], city["distance"]) == ("Lombardy", None)
    assert city["population"] > 60_000
    assert [why.endswith("is spelled alike") for why in city["reasons"]] == [True]
    assert xanadu["candidates"] == []


def test_what_was_decided_before_is_listed_with_it(release: Release, matcher: Matcher) -> None:
    """Where decisions are sent, so that it does not count yet."""
    pavia = terms.thing("city", "pavia-3171366")
    table = (
        "city,country,city_uri,score,reason,candidates\n"
        f"Xanadu,IT,,,{REJECTED},\nPavia,IT,{pavia},100,{CHOSEN},\nPavya,IT,,,,\n"
    )
    assert [len(one["rows"]) for one in reviewed(table, release, matcher)["open"]] == [1]
    linking = Linking(matcher, Facts.of(release, ["de"]), Columns("city", "country"), (), {})
    found = Review(linking, "de").of(io.BytesIO(table.encode()))["open"]
    told = {one["said"]["name"]: one["rows"][0].get("decided") for one in found}
    assert told == {"Xanadu": "", "Pavia": "city/pavia-3171366", "Pavya": None}
    assert {one["why"] for one in found} == {
        "a person has decided it before",
        "another place may be meant",
    }


def test_a_position_is_on_the_map_with_its_candidates(release: Release, matcher: Matcher) -> None:
    """What contradicts is said."""
    table = "city,country,y,x\nPavia,IT,60,9\n"
    found = reviewed(table, release, matcher, latitude="y", longitude="x")
    (one,) = found["open"]
    assert one["at"][1] < one["candidates"][0]["at"][1]
    assert one["candidates"][0]["contradicted"]
    assert one["candidates"][0]["distance"] > 1000


def test_no_more_is_listed_than_a_person_looks_at(release: Release, matcher: Matcher) -> None:
    rows = "".join(f"Xanadu {number},IT\n" for number in range(MOST + 3))
    found = reviewed(f"city,country\n{rows}", release, matcher)
    assert (len(found["open"]), found["left"]) == (MOST, 3)
