"""Reading queries: values of every form, several of them, and what cannot be read."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from registry.places.position import Position
from registry.problems import Problem
from registry.reconcile.protocol import extension, queries
from registry.reconcile.query import MatchQuery
from tests.tables import every_row


def read(*properties: tuple[str, Any]) -> MatchQuery:
    """Read a query of these properties."""
    told = [{"pid": pid, "v": value} for pid, value in properties]
    return queries(json.dumps({"q": {"query": "a", "properties": told}}), 1)["q"].query


@every_row(
    ("pid", "value", "field", "expected"),
    [
        ("country", "Italien", "countries", ("IT",)),
        ("country", "ITA", "countries", ("IT",)),
        ("country", "Q38", "countries", ("IT",)),
        ("country", "http://www.wikidata.org/entity/Q38", "countries", ("IT",)),
        ("country", "https://www.wikidata.org/wiki/Q38", "countries", ("IT",)),
        ("country", "https://www.wikidata.org/wiki/Special:EntityData/Q38", "countries", ("IT",)),
        ("country", {"id": "Q142", "name": "France"}, "countries", ("FR",)),
        ("country", {"id": "Q142"}, "countries", ("FR",)),
        ("country", {"id": "x-17", "name": "France"}, "countries", ("FR",)),
        ("country", {"name": "France"}, "countries", ("FR",)),
        (
            "country",
            {"id": "http://publications.europa.eu/resource/authority/country/DEU"},
            "countries",
            ("DE",),
        ),
        ("country", "IT-PV", "countries", ("IT",)),
        ("country", ["Italy", {"id": "Q183", "name": "?"}, "IT"], "countries", ("DE", "IT")),
        ("region", "Oregon", "regions", ("Oregon",)),
        ("region", " OR ", "regions", ("OR",)),
        ("region", "IT-PV", "regions", ("IT-PV",)),
        ("region", {"id": "Q824", "name": "Oregon"}, "regions", ("Oregon",)),
        ("region", {"id": "US-OR", "name": "Oregon"}, "regions", ("US-OR",)),
        ("region", "https://example.org/region/US-OR", "regions", ("US-OR",)),
        ("geonames", "https://sws.geonames.org/2867714/", "geonames", (2867714,)),
        ("geonames", "geonames:2867714", "geonames", (2867714,)),
        ("geonames", 2867714, "geonames", (2867714,)),
        ("geonames", ["2867714", "geonames:5"], "geonames", (5, 2867714)),
        ("wikidata", {"id": "Q1726", "name": "Munich"}, "wikidata", ("Q1726",)),
        ("wikidata", ["Q1726", "http://www.wikidata.org/entity/Q5"], "wikidata", ("Q1726", "Q5")),
        ("coordinates", "45.19, 9.16", "position", Position(45.19, 9.16)),
        ("coordinates", ["45.19,9.16", "45.19;9.16"], "position", Position(45.19, 9.16)),
        ("population", "71.882", "population", 71_882),
        ("population", 71_882, "population", 71_882),
    ],
)
def test_a_value_is_read(pid: str, value: object, field: str, expected: object) -> None:
    query = read((pid, value))
    assert (getattr(query, field), query.unread) == (expected, ())


@every_row(
    ("properties", "unread"),
    [
        ([("country", "Utopia")], ("country",)),
        ([("country", {"id": "Q6259", "name": "Pavia"})], ("country",)),
        ([("country", {})], ("country",)),
        ([("country", True)], ("country",)),
        ([("country", [["IT"]])], ("country",)),
        ([("country", ["IT", "Utopia"])], ("country",)),
        ([("region", "Q824")], ("region",)),
        ([("region", "https://example.org/place/7")], ("region",)),
        ([("coordinates", "north")], ("coordinates",)),
        ([("coordinates", ["45,9", "53,10"])], ("coordinates",)),
        ([("latitude", "45")], ("latitude",)),
        ([("latitude", "95"), ("longitude", "9")], ("latitude",)),
        ([("latitude", ["45", "46"]), ("longitude", "9")], ("latitude", "longitude")),
        ([("coordinates", ["45,9", "53,10"]), ("latitude", "x")], ("coordinates", "latitude")),
        ([("population", "many")], ("population",)),
        ([("population", [5_000, 90_000])], ("population",)),
        ([("geonames", "-1")], ("geonames",)),
        ([("wikidata", "P190")], ("wikidata",)),
        ([("mayor", "x")], ("mayor",)),
        ([("country", ""), ("region", None), ("geonames", []), ("wikidata", [""])], ()),
        ([("latitude", "0"), ("longitude", "0")], ()),
    ],
)
def test_a_value_that_cannot_be_read_is_listed(
    properties: list[tuple[str, Any]], unread: tuple[str, ...]
) -> None:
    assert read(*properties).unread == unread


def test_the_order_of_values_changes_nothing() -> None:
    entries: list[tuple[str, Any]] = [
        ("country", "Germany"),
        ("country", ["Utopia", "IT"]),
        ("wikidata", "Q5"),
        ("wikidata", "Q1"),
        ("coordinates", "45,9"),
        ("coordinates", "53,10"),
    ]
    assert len({read(*order) for order in itertools.permutations(entries)}) == 1


@every_row(
    ("limit", "said"),
    [
        (-1, "is negative"),
        (-1.0, "is negative"),
        (2.5, "is not a whole number"),
        ("3", "is not a whole number"),
        (True, "is not a whole number"),
        (None, "is not a whole number"),
        ([], "is not a whole number"),
    ],
)
def test_a_limit_that_is_none_is_told(limit: object, said: str) -> None:
    with pytest.raises(Problem, match=f"the limit of the query 'q' {said}"):
        queries(json.dumps({"q": {"query": "a", "limit": limit}}), 1)


@every_row(("limit", "read"), [(0, 10), (1, 1), (3.0, 3), (100, 100), (1e9, 100)])
def test_a_limit_is_read(limit: float, read: int) -> None:
    assert queries(json.dumps({"q": {"query": "a", "limit": limit}}), 1)["q"].limit == read


@every_row(
    ("settings", "limit"),
    [
        (None, 0),
        ({}, 0),
        ({"limit": ""}, 0),
        ({"limit": None}, 0),
        ({"limit": 0}, 0),
        ({"limit": 2}, 2),
        ({"limit": "2"}, 2),
        ({"limit": 2.0}, 2),
    ],
)
def test_an_extension_may_be_limited(settings: object, limit: int) -> None:
    asked = {"ids": [], "properties": [{"id": "names", "settings": settings}]}
    assert extension(json.dumps(asked), 1) == ([], [("names", limit)])


@every_row("limit", [-1, "-1", "many", 1.5, True, [], "9" * 50])
def test_a_limit_of_an_extension_that_is_none_is_told(limit: object) -> None:
    asked = {"ids": [], "properties": [{"id": "names", "settings": {"limit": limit}}]}
    with pytest.raises(Problem, match="the limit of 'names' is not a whole number"):
        extension(json.dumps(asked), 1)
