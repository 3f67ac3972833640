"""The Reconciliation Service API over HTTP: manifest, queries, extension, suggest, preview."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from referencing import Registry
from referencing.jsonschema import DRAFT7
from werkzeug.test import TestResponse

from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.tables import every_row

Json = dict[str, Any]

SPECIFICATION = "Reconciliation Service API 0.2"
PAVIA = "city/pavia-3171366"
SCHEMAS = Path(os.environ.get("CITYLINKS_SPECS", ""), "reconciliation-api", "0.2", "schemas")
"""The schemas of the specification (reconciliation-api/specs), where they are at hand."""


def valid(name: str, instance: Json) -> None:
    """Compare a message with its schema, where there is one to compare with."""
    if not SCHEMAS.is_dir():
        pytest.skip("CITYLINKS_SPECS names no folder with reconciliation-api/0.2/schemas")
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    kind = json.loads((SCHEMAS / "type.json").read_text(encoding="utf-8"))
    base = schema.get("$id", "").rpartition("/")[0]
    shared = Registry().with_resource(f"{base}/type.json", DRAFT7.create_resource(kind))
    jsonschema.Draft7Validator(schema, registry=shared).validate(instance)


def asked(client: FlaskClient, batch: object, how: str = "post") -> Json:
    text = batch if isinstance(batch, str) else json.dumps(batch)
    if how == "get":
        response = client.get("/reconcile", query_string={"queries": text})
    else:
        response = client.post("/reconcile", data={"queries": text})
    return got(response)


def got(response: TestResponse) -> Json:
    assert response.status_code == 200, response.text
    found: Json = json.loads(response.data)
    return found


BATCH = {
    "q0": {
        "query": "Pavie",
        "type": "city",
        "limit": 3,
        "properties": [{"pid": "country", "v": "Italien"}],
        "type_strict": "should",
    },
    "q1": {"query": PAVIA},
    "q2": {"query": "Xanadu", "type": ["city", "event"]},
    "q3": {"properties": [{"pid": "wikidata", "v": {"id": "Q915", "name": "Perm"}}]},
    "q4": {
        "query": "Salamanca",
        "properties": [
            {"pid": "coordinates", "v": ["40.97, -5.66", "0,0"]},
            {"pid": "population", "v": 144825},
            {"pid": "unheard of", "v": True},
        ],
    },
}


@pytest.mark.conforms(
    "Reconciliation Service API 0.2", "4", "queries by GET and POST; types, properties, limits"
)
@pytest.mark.parametrize("how", ["get", "post"])
def test_a_batch_is_answered(how: str, client: FlaskClient) -> None:
    found = asked(client, BATCH, how)
    assert list(found) == list(BATCH)
    ids = {key: [one["id"] for one in answer["result"]] for key, answer in found.items()}
    assert ids["q0"][0] == ids["q1"][0] == PAVIA
    assert ids["q2"] == []
    assert ids["q3"] == ["city/perm-511196"]
    assert ids["q4"][0] == "city/salamanca-3111108"
    first = found["q0"]["result"][0]
    assert first["match"] is True
    assert first["type"] == [{"id": "city", "name": "City"}]
    assert first["description"].startswith("City in Italy, ")
    assert {feature["id"] for feature in first["features"]} == {"name", "inhabitants", "country"}


def test_messages_are_valid(client: FlaskClient) -> None:
    valid("reconciliation-query-batch", BATCH)
    valid("manifest", client.get("/reconcile").json or {})
    valid("reconciliation-result-batch", asked(client, BATCH))
    extend = {"ids": [PAVIA, "x"], "properties": [{"id": "twins"}, {"id": "partners"}]}
    valid("data-extension-query", extend)
    told = client.post("/reconcile", data={"extend": json.dumps(extend)}).json
    valid("data-extension-response", told or {})
    proposed = client.get("/reconcile/properties?type=city&limit=3").json
    valid("data-extension-property-proposal", proposed or {})
    for what, name in (("entity", "entities"), ("type", "types"), ("property", "properties")):
        suggested = client.get(f"/reconcile/suggest/{what}?prefix=c").json or {}
        assert suggested["result"]
        valid(f"suggest-{name}-response", suggested)


@pytest.mark.conforms(
    "Reconciliation Service API 0.2", "3", "the manifest: view, preview, suggest, flyout, extend"
)
def test_the_manifest_leads_to_all_that_there_is(client: FlaskClient) -> None:
    told = got(client.get("/reconcile", base_url="https://links.example"))
    assert told["batchSize"] == Settings().batch
    assert told["view"]["url"] == "https://links.example/id/{{id}}"
    view = told["view"]["url"].removeprefix("https://links.example").replace("{{id}}", PAVIA)
    assert client.get(view).status_code == 303
    preview = told["preview"]["url"].replace("{{id}}", PAVIA.replace("/", "%2F"))
    assert client.get(preview).status_code == 200
    for what, service in told["suggest"].items():
        address = service["service_url"] + service["service_path"]
        first = got(client.get(f"{address}?prefix=p"))["result"][0]
        flyout = service["flyout_service_path"].replace("${id}", first["id"])
        shown = got(client.get(service["flyout_service_url"] + flyout))
        assert shown["id"] == first["id"], what
        assert first["name"] in shown["html"]


@every_row(
    ("field", "text"),
    [
        ("queries", "("),
        ("queries", "[]"),
        ("queries", '"q"'),
        ("queries", "[" * 100_000),
        ("queries", '{"q": 1}'),
        ("queries", '{"q": {}}'),
        ("queries", '{"q": {"query": 1}}'),
        ("queries", '{"q": {"query": "a", "limit": "3"}}'),
        ("queries", '{"q": {"query": "a", "limit": true}}'),
        ("queries", '{"q": {"query": "a", "limit": -1}}'),
        ("queries", '{"q": {"query": "a", "limit": NaN}}'),
        ("queries", '{"q": {"query": "a", "limit": Infinity}}'),
        ("queries", '{"q": {"query": "a", "properties": 1}}'),
        ("queries", '{"q": {"query": "a", "properties": [{"pid": "country"}]}}'),
        ("queries", '{"q": {"query": "Pavia\\ud800"}}'),
        ("queries", '{"\\udfff": {"query": "Pavia"}}'),
        ("queries", '{"q": {"query": "a", "properties": [{"pid": "region", "v": "\\ud800"}]}}'),
        ("extend", '{"ids": ["city/\\ud800"], "properties": []}'),
        ("queries", json.dumps({"q": {"query": "a" * 501}})),
        ("queries", json.dumps({str(n): {"query": "a"} for n in range(51)})),
        ("extend", "{}"),
        ("extend", '{"ids": "a", "properties": []}'),
        ("extend", '{"ids": ["a"], "properties": [{}]}'),
        ("extend", '{"ids": ["a"], "properties": [{"id": "names", "settings": {"limit": -1}}]}'),
        ("extend", json.dumps({"ids": [PAVIA] * 51, "properties": []})),
        ("neither", ""),
    ],
)
def test_what_cannot_be_read_is_told(field: str, text: str, client: FlaskClient) -> None:
    response = client.post("/reconcile", data={field: text})
    assert response.status_code == 400, response.text
    assert response.json
    assert response.json["type"].endswith("/problem/bad-parameter")


@every_row(
    ("pid", "value"),
    [
        ("country", "Utopia"),
        ("country", ""),
        ("country", None),
        ("coordinates", "north"),
        ("coordinates", "99,999"),
        ("latitude", "45"),
        ("population", "many"),
        ("geonames", "-1"),
        ("wikidata", "P190"),
        ("region", []),
    ],
)
def test_a_value_that_says_nothing_is_passed_over(
    pid: str, value: object, client: FlaskClient
) -> None:
    query = {"query": "Pavia", "type": "city", "properties": [{"pid": pid, "v": value}]}
    assert asked(client, {"q": query})["q"]["result"][0]["id"] == PAVIA


@every_row(
    ("properties", "features"),
    [
        ([("country", "Italy")], {"country": 1.0}),
        ([("country", {"id": "Q38", "name": "Italia"})], {"country": 1.0}),
        ([("country", "Utopia")], {"country-unread": True}),
        ([("country", ["Utopia", "IT"])], {"country": 1.0, "country-unread": True}),
        ([("wikidata", "Q6259"), ("country", "DE")],
         {"wikidata": 1.0, "country": 0.0, "country-conflict": True}),
        ([("coordinates", "north"), ("geonames", "x")],
         {"coordinates-unread": True, "geonames-unread": True}),
        ([("mayor", "somebody")], {"mayor-unread": True}),
        ([("country", ""), ("region", None)], {}),
    ],
)  # fmt: skip
def test_features_tell_what_agrees_and_what_is_not_read(
    properties: list[tuple[str, object]], features: Json, client: FlaskClient
) -> None:
    told = [{"pid": pid, "v": value} for pid, value in properties]
    query = {"query": "Pavia", "type": "city", "properties": told}
    answer = asked(client, {"q": query})
    first = answer["q"]["result"][0]
    assert first["id"] == PAVIA
    found = {one["id"]: one["value"] for one in first["features"]}
    assert found.pop("name") == 100.0
    found.pop("inhabitants")
    assert found == features


def test_the_order_of_entries_of_a_property_changes_nothing(client: FlaskClient) -> None:
    entries = [{"pid": "country", "v": "Italy"}, {"pid": "country", "v": "Germany"}]
    one, other = (
        asked(client, {"q": {"query": "Pavia", "properties": order}})["q"]["result"]
        for order in (entries, entries[::-1])
    )
    assert one == other
    assert one[0]["id"] == PAVIA


def test_all_names_are_all_spellings(client: FlaskClient) -> None:
    """Those that fold alike, too."""
    besancon = "city/besancon-3033123"
    extend = {"ids": [besancon], "properties": [{"id": "names"}]}
    names = [name["str"] for name in facts(client, extend)["rows"][besancon]["names"]]
    assert {"Besançon", "Besancon"} <= set(names)
    assert len(names) == len(set(names))


def test_the_values_of_a_fact_are_limited_as_the_manifest_says(client: FlaskClient) -> None:
    (setting,) = got(client.get("/reconcile"))["extend"]["property_settings"]
    assert (setting["name"], setting["type"], setting["default"]) == ("limit", "number", 0)
    assert setting["label"]
    assert setting["help_text"]

    def names(settings: Json) -> list[Json]:
        extend = {"ids": [PAVIA], "properties": [{"id": "names", "settings": settings}]}
        listed: list[Json] = facts(client, extend)["rows"][PAVIA]["names"]
        return listed

    every = names({})
    assert len(every) > 1
    assert names({"limit": setting["default"]}) == every
    assert names({"limit": 1}) == names({"limit": "1"}) == every[:1]


@every_row(
    ("prefix", "first"),
    [
        ("Q6259", PAVIA),
        ("Q625", PAVIA),
        ("3171366", PAVIA),
        ("317136", PAVIA),
        ("geonames:3171366", PAVIA),
        ("https://sws.geonames.org/3171366/", PAVIA),
        ("http://www.wikidata.org/entity/Q6259", PAVIA),
        ("city/pavia-3171366", PAVIA),
        ("city/pav", PAVIA),
        ("https://w3id.org/citylinks/id/city/pavia-3171366", PAVIA),
        ("https://w3id.org/citylinks/id/city/pav", PAVIA),
        ("pavia-3171366", PAVIA),
        ("pav", PAVIA),
    ],
)
def test_a_thing_is_suggested_by_name_and_identifier(
    prefix: str, first: str, client: FlaskClient
) -> None:
    found = got(client.get("/reconcile/suggest/entity", query_string={"prefix": prefix}))["result"]
    assert found[0]["id"] == first
    assert len({one["id"] for one in found}) == len(found)


@every_row(
    ("service", "asked_for", "html"),
    [
        ("type", "city", "<p><strong>City</strong></p>"),
        ("type", "association", "<p><strong>Civic association</strong></p>"),
        ("property", "twins", "<p><strong>Number of twin cities</strong></p>"),
        ("property", "population", "<p><strong>Inhabitants</strong><br>a number</p>"),
    ],
)
def test_a_flyout_tells_no_name_twice(
    service: str, asked_for: str, html: str, client: FlaskClient
) -> None:
    shown = got(client.get(f"/reconcile/flyout/{service}?id={asked_for}"))
    assert shown["html"].strip() == html


def test_the_number_of_candidates_is_limited(client: FlaskClient) -> None:
    many = asked(client, {"q": {"query": "CultCities"}})["q"]["result"]
    assert len(many) > 1
    assert asked(client, {"q": {"query": "CultCities", "limit": 1}})["q"]["result"] == many[:1]


def facts(client: FlaskClient, extend: Json, language: str = "en") -> Json:
    headers = {"Accept-Language": language}
    data = {"extend": json.dumps(extend)}
    return got(client.post("/reconcile", data=data, headers=headers))


@pytest.mark.conforms(
    "Reconciliation Service API 0.2", "7", "data extension, and properties that are proposed"
)
def test_facts_are_told(client: FlaskClient) -> None:
    wanted = ("iri", "country", "country-code", "coordinates", "population", "geonames", "nothing")
    extend = {
        "ids": ["city/perm-511196", "city/unknown"],
        "properties": [{"id": one} for one in wanted] + [{"id": "names", "settings": {"limit": 2}}],
    }
    told = facts(client, extend)
    row = told["rows"]["city/perm-511196"]
    assert [one["id"] for one in told["meta"]] == [*wanted[:-1], "names"]
    assert row["iri"] == [{"str": "https://w3id.org/citylinks/id/city/perm-511196"}]
    assert row["country"] == [{"str": "Russia"}]
    assert row["country-code"] == [{"str": "RU"}]
    assert row["coordinates"] == [{"str": "58.01046,56.25017"}]
    assert row["geonames"] == [{"str": "511196"}]
    assert len(row["names"]) == 2
    assert set(map(tuple, told["rows"]["city/unknown"].values())) == {()}
    italian = {"Accept-Language": "it"}
    told = (
        client.post("/reconcile", data={"extend": json.dumps(extend)}, headers=italian).json or {}
    )
    assert told["rows"]["city/perm-511196"]["country"] == [{"str": "Russia"}]


def test_twins_are_those_of_its_page(client: FlaskClient) -> None:
    extend = {"ids": [PAVIA], "properties": [{"id": "twins"}, {"id": "partners"}]}
    row = facts(client, extend)["rows"][PAVIA]
    page = client.get(f"/doc/{PAVIA}.html").text
    assert row["twins"] == [{"int": len(row["partners"])}]
    assert row["partners"]
    assert all(f'href="/doc/{one["id"]}"' in page for one in row["partners"])


@pytest.mark.conforms(SPECIFICATION, "6", "suggestions by prefix, with a cursor")
def test_suggestions_may_be_paged(client: FlaskClient) -> None:
    first = got(client.get("/reconcile/suggest/entity?prefix=c"))
    second = got(client.get("/reconcile/suggest/entity?prefix=c&cursor=3"))
    assert first["result"][3]["id"] == second["result"][0]["id"]


@pytest.mark.conforms(
    "Reconciliation Service API 0.2", "5", "previews that pages of others may frame"
)
def test_a_preview_may_be_framed_and_nothing_else_may(client: FlaskClient) -> None:
    preview = client.get(f"/reconcile/preview?id={PAVIA}")
    (policy,) = preview.headers.getlist("Content-Security-Policy")
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]
    assert "https://w3id.org/citylinks/id/city/pavia-3171366" in preview.text


def test_where_there_is_no_index_it_is_told(settings: Settings, forks: Forks, own: Any) -> None:
    (own.folder(own.current()) / "names-4.sqlite").unlink()
    app = create_app(Settings(home=own.home, workers=1, gazetteer=settings.gazetteer), forks)
    response = app.test_client().post("/reconcile", data={"queries": '{"q": {"query": "a"}}'})
    assert response.status_code == 503
    assert "citylinks rollback" in response.text
    app.extensions[NAME].engine.pool.close()
