"""Search over HTTP: a page, JSON, and pieces of pages for what is typed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from registry.search.finding import Found, Result, Wanted
from registry.search.understanding import Searcher, Understood
from registry.things.labels import Words
from registry.web import manual
from registry.web.routes import search as routes
from tests.tables import every_row
from tests.web.reading import page, said

BROWSER = {"Accept": "text/html", "Accept-Language": "it"}


def test_results_are_told_in_json(client: FlaskClient) -> None:
    response = client.get("/search?q=Пермь", headers={"Accept": "application/json"})
    assert response.json
    assert response.json["query"] == "Пермь"
    assert response.json["total"] == len(response.json["results"]) == 7
    result = response.json["results"][0]
    assert result["iri"].endswith("/id/city/perm-511196")
    assert (result["kind"], result["country"], result["score"]) == ("city", "RU", 100)
    assert result["matched"] == "Пермь"


def test_results_are_named_in_the_readers_language(client: FlaskClient) -> None:
    for language, name in (("fr", "Pavie"), ("es", "Pavía"), ("it", "Pavia")):
        response = client.get(f"/suggest?q=pavia&lang={language}")
        assert response.json
        assert response.json["results"][0]["label"] == name
        assert response.headers["Content-Language"] == language
        assert "Accept-Language" in response.headers["Vary"]


def test_namesakes_of_one_country_are_told_apart(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the state or province; other cities need none."""
    results: list[Result] = []
    really = Searcher.search

    def search_all(searcher: Searcher, wanted: Wanted) -> Understood:
        for name in wanted.typed.split():
            results.append(really(searcher, Wanted(name, ("city",))).found.results[0])
        return Understood(Found(len(results), tuple(results)))

    def regions(language: str) -> list[str]:
        results.clear()
        told = client.get(f"/suggest?q=pavia agrigento perm&lang={language}").json
        assert told
        return [one["region"] for one in told["results"]]

    monkeypatch.setattr(Searcher, "search", search_all)
    assert regions("en") == ["", "", ""]
    alike = SimpleNamespace(of=lambda _: Words("Pavia", "en"))
    monkeypatch.setattr(routes, "pages", lambda: SimpleNamespace(labels=alike))
    assert regions("fr")[::2] == ["Lombardy", ""]


def test_the_page_lists_what_is_found_with_its_kind(client: FlaskClient) -> None:
    shown = page(client.get("/search?q=pav", headers=BROWSER).data)
    assert shown.errors == ()
    first = next(said(item) for item in shown.find("ol/li"))
    assert first.startswith("Pavia")
    assert "Italia" in first
    (field,) = [one for one in shown.find("input") if one.get("type") == "search"]
    assert field.get("value") == "pav"


def test_results_are_narrowed_by_kind_and_country(client: FlaskClient) -> None:
    """The numbers beside each kind and country are those of the results that it leads to."""
    told = client.get("/search?q=perm", headers={"Accept": "application/json"}).json
    assert told
    assert sum(told["kinds"].values()) == told["total"]
    shown = page(client.get("/search?q=perm&lang=en", headers=BROWSER).data)
    chips = [one for one in shown.find("nav/a") if "chip" in one.get("class", "")]
    led = {
        one.get("href"): int(said(one).rsplit(maxsplit=1)[1])
        for one in chips
        if "kind=" in one.get("href", "")
    }
    assert sorted(led.values()) == sorted(told["kinds"].values())
    for href, number in led.items():
        narrow = client.get(href, headers={"Accept": "application/json"}).json
        assert narrow
        assert (narrow["total"], narrow["kinds"]) == (number, told["kinds"])


def test_suggestions_of_several_kinds_stand_in_groups(client: FlaskClient) -> None:
    shown = page(
        client.get("/suggest?q=perm&lang=en", headers={"Accept": "text/fragment+html"}).data
    )
    groups = [one for one in shown.find("div") if one.get("role") == "group"]
    assert groups[0].get("aria-label") == "City"
    assert len({one.get("aria-label") for one in groups}) == len(groups) > 1


def test_a_page_says_that_names_were_corrected(client: FlaskClient) -> None:
    shown = page(client.get("/search?q=hildeshem&lang=en", headers=BROWSER).data)
    assert "no exact match; showing similar names" in shown.text
    assert "Hildesheim" in shown.text


def test_a_page_counts_its_results_and_says_only_once_that_there_are_none(
    client: FlaskClient,
) -> None:
    def shown(q: str) -> str:
        return page(client.get(f"/search?q={q}&lang=en", headers=BROWSER).data).text

    assert "1 result " in shown("qingdaoo") + " "
    assert "0 result" not in shown("qqqqqqq")
    assert "No results for “qqqqqqq”." in shown("qqqqqqq")


def test_sections_of_the_documentation_are_a_group_of_their_own(client: FlaskClient) -> None:
    """Those that /docs finds, in its order; none where one kind of things is asked for."""
    found = manual.found("time limit")
    assert found

    def sections(asked: str) -> list[str]:
        links = page(client.get(f"/search?{asked}", headers=BROWSER).data).find(
            "section[@id='docs']//ol//a"
        )
        return [one.attrib["href"] for one in links]

    assert sections("q=time+limit") == [
        f"/docs/{hit.section.page}#{hit.section.heading.slug}" for hit in found[:5]
    ]
    assert sections("q=time+limit&kind=city") == []
    assert sections("q=ti") == []


def test_a_page_goes_on_to_the_next(client: FlaskClient) -> None:
    shown = page(client.get("/search?q=p&limit=2&offset=2", headers=BROWSER).data)
    ways = {link.get("rel"): link.get("href") for link in shown.find("a") if link.get("rel")}
    assert ways["next"] == "/search?q=p&limit=2&offset=4"
    assert ways["prev"] == "/search?q=p&limit=2&offset=0"


def test_a_piece_of_a_page_has_options_that_lead_on(client: FlaskClient) -> None:
    accept = {"Accept": "text/fragment+html"}
    response = client.get("/suggest?q=pav&lang=it", headers=accept)
    assert response.mimetype == "text/html"
    options = [link for link in page(response.data).find("a") if link.get("role") == "option"]
    assert options[0].get("href") == "/doc/city/pavia-3171366?lang=it"
    nothing = client.get("/suggest?q=qqqqqqq", headers=accept).text
    assert "data-no-result-found" in nothing


@every_row(
    "typed",
    [
        '<script>alert("1")</script>',
        "</p><h1>zzzz</h1>",
        "\" onmouseover='alert(1)' x=\"",
        "&lt;b&gt;zzzz&amp;",
        "{q} {{ 7 * 7 }} {q}",
        "\u202ezzzzzz\u202c",
    ],
)
def test_a_hostile_search_is_text_where_nothing_is_found(typed: str, client: FlaskClient) -> None:
    query = {"q": typed, "lang": "en", "country": "AQ"}
    for path, accept in (("/search", "text/html"), ("/suggest", "text/fragment+html")):
        response = client.get(path, query_string=query, headers={"Accept": accept})
        shown = page(response.data)
        (told,) = [said(one) for one in shown.find("*") if one.get("class") == "no-results"]
        assert told.startswith(f"No results for “{typed.strip()}”."), path
        assert not [one for one in shown.find("*") if one.get("onmouseover")]
        assert "<h1>zzzz" not in response.text
        assert "<script>alert" not in response.text


@every_row(
    "asked",
    ["limit=0", "limit=101", "limit=x", "offset=-1", "kind=town", "country=Utopia", "limit=1e3"],
)
@every_row("path", ["/search", "/suggest"])
def test_a_wrong_parameter_is_told(path: str, asked: str, client: FlaskClient) -> None:
    response = client.get(f"{path}?q=p&{asked}", headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.json
    assert response.json["type"].endswith("/bad-parameter")
