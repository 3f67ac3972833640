"""The page of unresolved places: filters, counts and files, and what is new after an import."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources import decisions
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied
from tests.reports import LISTED, PERM, report
from tests.tables import every_row
from tests.web.reading import page


@pytest.fixture(scope="module")
def reported(
    workspace: Workspace,
    settings: Settings,
    forks: Forks,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[FlaskClient]:
    """Serve a registry into which two sources were imported; tests only read it."""
    home = tmp_path_factory.mktemp("reported") / "home"
    copied(workspace, home)
    report(home, "perm-twins", *PERM)
    report(home, "a-list", *LISTED)
    app = create_app(replace(settings, home=home, workers=1), forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


def table(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    response = client.get(f"/audit.csv{query}")
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def told(client: FlaskClient, query: str = "") -> Any:
    return json.loads(client.get(f"/audit.json{query}").data)


def names(client: FlaskClient, query: str = "") -> list[str]:
    return [row["name"] for row in told(client, query)["results"]]


def test_places_are_listed_the_most_frequent_first(reported: FlaskClient) -> None:
    rows = table(reported)
    assert [row["name"] for row in rows[:4]] == ["Laval", "Pawia", "Kreis Perm", "Q84"]
    assert len(rows) == len(PERM) + len(LISTED)
    shown = page(reported.get("/audit").data)
    assert "Laval" in shown.text
    assert "it is 5000 km off" in shown.text


def test_the_page_says_what_can_be_decided(reported: FlaskClient) -> None:
    """The words that the next import takes, and what else a line needs."""
    shown = page(reported.get("/audit").data)
    assert shown.texts("details/dl/div/dt/code") == [*decisions.ON_PLACES]
    about = dict(zip(decisions.ON_PLACES, shown.texts("details/dl/div/dd")[-5:], strict=True))
    assert "the column ref" in about["accept"]
    assert "name_as" in about["create"]


@pytest.mark.slow
@every_row(
    ("query", "wanted"),
    [
        ("?country=Italien", ["Pawia"]),
        ("?country=it", ["Pawia"]),
        ("?country=-", ["London"]),
        ("?cause=contested", ["London"]),
        ("?cause=contradictory", ["Laval"]),
        ("?cause=not-a-city", ["Kreis Perm"]),
        ("?source=perm-twins", ["Pawia", "Kreis Perm", "London"]),
        ("?source=perm-twins&cause=ambiguous&country=IT", ["Pawia"]),
        ("?source=perm-twins&cause=ambiguous&country=DE", []),
        ("?limit=1&offset=1", ["Pawia"]),
        ("?offset=999", []),
        ("?country=&source=&cause=&sort=&limit=3&offset=", ["Laval", "Pawia", "Kreis Perm"]),
    ],
)
def test_filters_choose(query: str, wanted: list[str], reported: FlaskClient) -> None:
    assert names(reported, query) == wanted
    assert len(table(reported, query)) == len(wanted)
    text = page(reported.get(f"/audit.html{query}").data).text
    assert all(name in text for name in wanted)


@every_row(
    ("query", "named"),
    [
        ("country=Atlantis", "country"),
        ("source=another", "a-list, perm-twins"),
        ("cause=bad", "contradictory"),
        ("sort=name", "places"),
        ("limit=0", "from 1"),
        ("limit=10001", "10000"),
        ("offset=-1", "from 0"),
        ("candidate=x", "country, source, cause"),
    ],
)
def test_what_cannot_be_asked_is_refused(query: str, named: str, reported: FlaskClient) -> None:
    for path in ("/audit", "/audit.csv", "/audit.json"):
        response = reported.get(f"{path}?{query}")
        assert (response.status_code, response.mimetype) == (400, "application/problem+json")
        assert named in json.loads(response.data)["detail"]


def test_only_the_formats_that_there_are_can_be_asked_for(reported: FlaskClient) -> None:
    assert reported.get("/audit", headers={"Accept": "text/turtle"}).status_code == 406
    assert reported.get("/audit.geojson").status_code == 404
    assert reported.get("/audit", headers={"Accept": "text/csv"}).mimetype == "text/csv"
    assert (
        reported.get("/audit", headers={"Accept": "application/json"}).mimetype
        == "application/json"
    )


def test_the_summary_counts_by_country_and_cause(reported: FlaskClient) -> None:
    counted = told(reported)["countries"]
    found = [(one["country"], one["places"], one["rows"]) for one in counted]
    assert found == [("FR", 120, 120), ("CA", 1, 60), ("IT", 1, 9), ("RU", 1, 3), ("", 1, 2)]
    assert [one["causes"]["contested"] for one in counted] == [0, 0, 0, 0, 1]
    by_cause = told(reported, "?sort=contested")["countries"]
    assert by_cause[0]["country"] == ""
    by_name = told(reported, "?sort=country")["countries"]
    assert [one["country"] for one in by_name] == ["CA", "FR", "IT", "RU", ""]


def test_counts_and_heads_of_the_summary_lead_to_what_they_say(reported: FlaskClient) -> None:
    shown = page(reported.get("/audit?sort=missing&lang=en").data)
    heads = [one for one in shown.find("th") if one.get("aria-sort")]
    assert [one.get("aria-sort") for one in heads].count("descending") == 1
    links = [one for one in shown.links() if one.startswith("/audit?") and "cause=" in one]
    assert len(links) == 5
    for link in links:
        (wanted,) = re.findall(r"country=([A-Z]{2}|-)", link)
        total = told(reported, link.removeprefix("/audit"))["total"]
        assert total == (120 if wanted == "FR" else 1)


def test_a_candidate_leads_to_its_city_or_to_the_gazetteer(reported: FlaskClient) -> None:
    shown = page(reported.get("/audit?cause=ambiguous").data)
    links = shown.links()
    assert "/doc/city/pavia-3171366" in links
    assert "IT 3171366" in shown.text
    assert "PL 12345" in shown.text
    assert "https://www.geonames.org/12345" in links
    (pawia,) = told(reported, "?cause=ambiguous")["results"]
    assert [(one["geonames"], (one["iri"] or "")[-13:]) for one in pawia["candidates"]] == [
        (3171366, "pavia-3171366"),
        (12345, ""),
    ]


def test_an_item_that_a_reason_names_leads_to_its_city_or_to_wikidata(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    report(own.home, "a", "a,,Pavie,,,,,contradictory,1,,Q6259 and Q42 are this place,wikidata")
    app = create_app(replace(settings, home=own.home, workers=1), forks)
    links = page(app.test_client().get("/audit").data).links()
    assert {"/doc/city/pavia-3171366", "https://www.wikidata.org/wiki/Q42"} <= set(links)
    app.extensions[NAME].engine.pool.close()


def test_a_source_leads_to_its_document_where_the_release_has_it(reported: FlaskClient) -> None:
    links = page(reported.get("/audit").data).links()
    assert "/doc/document/perm-twins" in links
    assert not [link for link in links if "a-list" in link and "/doc/" in link]


def test_pages_together_are_the_list(reported: FlaskClient) -> None:
    path, found = "/audit?lang=de&source=a-list", list[str]()
    pages = 0
    while path:
        response = reported.get(path, headers={"Accept": "text/html"})
        found += re.findall(r"Laval|Village [0-9]{3}", page(response.data).text)
        following = re.search(r'<([^>]*)>; rel="next"', ", ".join(response.headers.getlist("Link")))
        path, pages = following[1] if following else "", pages + 1
        assert not path or ("lang=de" in path and "source=a-list" in path)
    assert found == [row["name"] for row in table(reported, "?source=a-list")]
    assert pages == 3


def test_the_page_leads_on_and_back(reported: FlaskClient) -> None:
    second = page(reported.get("/audit?offset=50").data)
    assert {"/audit", "/audit?offset=100"} <= set(second.links())
    fourth = page(reported.get("/audit?limit=10&offset=30").data)
    assert {"/audit?limit=10&offset=20", "/audit?limit=10&offset=40"} <= set(fourth.links())


def test_a_file_that_is_filled_in_is_a_file_of_decisions(
    reported: FlaskClient, tmp_path: Path
) -> None:
    rows = table(reported)
    for row in rows:
        if row["name"] == "Pawia":
            row |= {"decision": "accept", "ref": "pavia-3171366"}
    path = tmp_path / "decisions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    (decision,) = decisions.read(path).standing
    assert (decision.source, decision.name, decision.ref) == (
        "perm-twins",
        "Pawia",
        "pavia-3171366",
    )


@every_row("language", terms.LANGUAGES)
def test_the_page_speaks_each_language(language: str, reported: FlaskClient) -> None:
    shown = page(reported.get(f"/audit?lang={language}").data)
    assert shown.language == language
    assert not shown.errors
    titles = {
        page(reported.get(f"/audit?lang={other}").data).texts("h1")[0] for other in "en it".split()
    }
    assert len(titles) == 2


def test_hostile_words_of_a_report_are_shown_as_they_are(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    hostile = '"""><script>alert(1)</script>"'
    source = '"../../x""onload=y"'
    line = f'{source},,{hostile},DE,,,,{hostile},1,{hostile[:-1]} 5 (1.0)",{hostile},'
    report(own.home, "hostile", line)
    app = create_app(replace(settings, home=own.home, workers=1), forks)
    for query in ("", "?lang=fr", "?country=DE"):
        response = app.test_client().get(f"/audit{query}")
        shown = page(response.data)
        assert (response.status_code, shown.errors, shown.written_scripts()) == (200, (), [])
        assert shown.text.count("<script>alert(1)</script>") == 3
        for element in shown.tree.iter():
            assert not [name for name in element.attrib if name.startswith("on")]
    app.extensions[NAME].engine.pool.close()


@pytest.mark.slow
def test_what_an_import_or_a_publish_changes_is_there_when_asked_again(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    """By the same server, which has kept its answers; what a client had is no longer valid."""
    given = replace(settings, home=own.home, workers=1)
    app = create_app(given, forks)
    client = app.test_client()

    def state(known: str = "") -> tuple[int, list[str], str]:
        etags = [client.get(f"/audit.{form}").headers["ETag"] for form in ("html", "csv", "json")]
        conditional = client.get("/audit.csv", headers={"If-None-Match": known} if known else {})
        return conditional.status_code, names(client), " ".join(etags)

    def csv_tag(etags: str) -> str:
        return etags.split(" ")[1]

    _, listed, empty = state()
    assert listed == []
    assert state(csv_tag(empty))[0] == 304
    report(own.home, "perm-twins", *PERM)
    status, listed, first = state(csv_tag(empty))
    assert (status, listed) == (200, ["Pawia", "Kreis Perm", "London"])
    assert not set(first.split()) & set(empty.split())
    assert state(csv_tag(first))[0] == 304
    publish(own, given, Change(as_of="2026-01-01"))
    status, listed, second = state(csv_tag(first))
    assert (status, listed) == (200, ["Pawia", "Kreis Perm", "London"])
    assert not set(second.split()) & set(first.split())
    report(own.home, "perm-twins", PERM[0])
    assert state(csv_tag(second))[:2] == (200, ["Pawia"])
    app.extensions[NAME].engine.pool.close()


def test_a_report_that_is_damaged_is_the_operators_trouble(
    own: Workspace, settings: Settings, forks: Forks
) -> None:
    report(own.home, "a", head="nothing")
    app = create_app(replace(settings, home=own.home, workers=1), forks)
    response = app.test_client().get("/audit.json")
    assert response.status_code == 500
    assert "unresolved" not in response.text
    assert app.test_client().get("/cities.csv").status_code == 200
    app.extensions[NAME].engine.pool.close()
