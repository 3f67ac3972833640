"""Lists: whole, filtered, paged; the same rows in every format, and nothing but the truth."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from itertools import count
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import zstandard
from flask import Flask
from flask.testing import FlaskClient

from registry import terms
from registry.lists import choosing
from registry.lists import writer as writing
from registry.lists.filters import Filter
from registry.lists.tables import LIST_NAMES, TABLES, ListRow
from registry.lists.tables import concept as concept_of
from registry.places.names import fold
from registry.releases.reading import Release
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.things.wording import country_name
from registry.views.links import LINKS
from registry.web import negotiation
from registry.web.context import NAME
from registry.web.routes import lists
from tests.tables import every_row
from tests.web.reading import page, said, shown

PERM, PAVIA = (terms.thing("city", ref) for ref in ("perm-511196", "pavia-3171366"))


def table(client: FlaskClient, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def counted(release: Release, pattern: str) -> int:
    prologue = "".join(f"PREFIX {p}: <{iri}>" for p, iri in terms.PREFIXES.items())
    found = release.store.query(f"{prologue} SELECT (COUNT(DISTINCT ?a) AS ?n) {{ {pattern} }}")
    assert isinstance(found, ox.QuerySolutions)
    (row,) = found
    return int(str(row["n"].value))


WHOLE = {
    "cities": "?a a cl:City",
    "links": "?a a cl:CityLink",
    "practices": "?a a cl:Practice",
    "programmes": "{ ?a a cl:Programme } UNION { ?a a cl:Network } UNION { ?a a cl:Project }",
}


@every_row("name", LIST_NAMES)
def test_a_list_is_whole_and_in_order(name: str, client: FlaskClient, release: Release) -> None:
    rows = table(client, f"/{name}.csv")
    iris = [row["iri"] for row in rows]
    assert len(rows) == counted(release, WHOLE[name]) > 0
    assert iris == sorted(set(iris))


@pytest.mark.conforms("RFC 8288", "3", "`next` leads on through a list")
@every_row("name", LIST_NAMES)
def test_pages_together_are_the_list(name: str, client: FlaskClient) -> None:
    rows, path, pages = [], f"/{name}.csv?limit=2", 0
    while path:
        response = client.get(path)
        rows += list(csv.DictReader(io.StringIO(response.text, newline="")))
        links = ", ".join(response.headers.getlist("Link"))
        following = re.search(r'<([^>]*)>; rel="next"', links)
        path, pages = following[1] if following else "", pages + 1
    assert rows == table(client, f"/{name}.csv")
    assert pages == -(-len(rows) // 2)


@pytest.mark.conforms("RFC 7946", "3.3", "lists as feature collections")
@pytest.mark.conforms("RFC 4180", "2", "lists as CSV, with a head")
@every_row("name", LIST_NAMES)
def test_formats_have_the_same_rows(name: str, client: FlaskClient) -> None:
    iris = [row["iri"] for row in table(client, f"/{name}.csv")]
    features = json.loads(client.get(f"/{name}.geojson").data)
    assert features["type"] == "FeatureCollection"
    assert [feature["id"] for feature in features["features"]] == iris
    assert [node["id"] for node in json.loads(client.get(f"/{name}.jsonld").data)["@graph"]] == iris
    page = client.get(f"/{name}?limit=10000", headers={"Accept": "text/html"}).text
    assert all(f'href="{terms.path_of(iri)}"' in page for iri in iris)


@every_row("name", LIST_NAMES)
def test_json_ld_says_what_the_release_says(
    name: str, client: FlaskClient, release: Release
) -> None:
    """Read by its context by another's software, each statement is one of the store."""
    told = json.loads(client.get(f"/{name}.jsonld").data)
    assert told["@context"] == "http://localhost/context.jsonld"
    told["@context"] = json.loads(client.get("/context.jsonld").data)["@context"]
    graph = rdflib.Graph().parse(data=json.dumps(told), format="json-ld")
    triples = list(ox.parse(graph.serialize(format="nt").encode(), format=ox.RdfFormat.N_TRIPLES))
    assert len(triples) > 5
    for quad in triples:
        said = quad.subject, quad.predicate, quad.object
        known = release.store.quads_for_pattern(*said, ox.DefaultGraph())
        assert next(iter(known), None), quad


@every_row(
    ("query", "pattern"),
    [
        ("links?partner=perm-511196", f"?a cl:party <{PERM}>"),
        ("links?partner=Q915&status=active", f"?a cl:party <{PERM}> ; cl:status status:active"),
        (
            "links?kind=twinning",
            "?a cl:linkKind link-kind:twinning",
        ),
        (
            "links?from=1990&to=1999",
            '?a a cl:CityLink ; cl:startDate ?s FILTER(REGEX(STR(?s), "^199"))',
        ),
        ("links?to=1989", '?a a cl:CityLink ; cl:startDate ?s FILTER(STR(?s) < "1990")'),
        ("links?topic=arts", "?a a cl:CityLink ; cl:topic topic:arts"),
        (
            "cities?country=Italien",
            "?a a cl:City ; cl:inCountry/skos:notation ?c FILTER(?c = 'IT')",
        ),
        ("cities?partner=perm-511196", f"?l cl:party <{PERM}>, ?a . FILTER(?a != <{PERM}>)"),
        ("links?status=listed", "?a cl:status status:listed"),
        ("links?status=not-confirmed", "?a cl:status status:not-confirmed"),
        (
            "links?confirmed-since=2022",
            '?a a cl:CityLink ; cl:lastConfirmed ?d FILTER(STR(?d) >= "2022")',
        ),
        (
            "links?not-confirmed-since=2022-04",
            "?a a cl:CityLink FILTER NOT EXISTS { ?a cl:confirmedBy/cl:asOfLatest ?d"
            ' FILTER(STR(?d) >= "2022-04-01") }',
        ),
        ("links?confirmed-since=2019&not-confirmed-since=2019", "?a a cl:CityLink FILTER(false)"),
        (
            "cities?not-confirmed-since=2020",
            '?l cl:party ?a ; cl:lastConfirmed ?d FILTER(STR(?d) < "2020")',
        ),
        ("cities?status=dormant", "?a a cl:City FILTER(false)"),
        (
            "practices?partner=perm-511196",
            f"?i cl:implementationOf ?a ; cl:implementedIn ?c . ?l cl:party ?c, <{PERM}>"
            f" FILTER(?c != <{PERM}>)",
        ),
        ("practices?heritage=tangible", "?a a cl:Practice; cl:heritageKind heritage-kind:tangible"),
        ("practices?heritage=natural", "?a a cl:Practice ; cl:heritageKind heritage-kind:natural"),
        ("programmes?kind=project", "?a a cl:Project"),
    ],
)
def test_filters_choose_what_a_query_chooses(
    query: str, pattern: str, client: FlaskClient, release: Release
) -> None:
    for scheme, concept in re.findall(r"(status|topic|link-kind|heritage-kind):([a-z-]+)", pattern):
        pattern = pattern.replace(f"{scheme}:{concept}", f"<{terms.SCHEME}{scheme}/{concept}>")
    path = query.replace("?", ".csv?")
    assert len(table(client, path)) == counted(release, pattern)


def test_a_link_tells_when_it_was_last_confirmed(client: FlaskClient, release: Release) -> None:
    rows = table(client, "/links.csv")
    assert {row["last_confirmed"] for row in rows} == {"2019-04", "2022-04", "2022"}
    for row in rows:
        found = release.view(LINKS).all()
        (link,) = (one for one in found if one.iri == row["iri"])
        assert row["not_listed_since"] == link.not_listed_since
    for path, key in (("/links.geojson", "last_confirmed"), ("/links.jsonld", "lastConfirmed")):
        body = client.get(path).text
        assert body.count(f'"{key}"') == len(rows)


def test_near_is_measured_in_kilometres(client: FlaskClient) -> None:
    near = [row["iri"] for row in table(client, "/cities.csv?near=45.2,9.15&within=5")]
    assert near == [PAVIA]
    assert [row["iri"] for row in table(client, "/cities.csv?near=45.2,9.15&within=5.5")] == near
    assert table(client, "/cities.csv?near=0,-140&within=100") == []
    everywhere = table(client, "/cities.csv?near=0,0&within=99999")
    assert len(everywhere) == len(table(client, "/cities.csv"))


@every_row(
    "query",
    [
        "country=Utopia",
        "kind=marriage",
        "status=happy",
        "topic=nonsense",
        "heritage=furniture",
        "from=199",
        "to=1990-13",
        "confirmed-since=lately",
        "not-confirmed-since=2020-1",
        "partner=nowhere-1",
        "partner=Q1",
        "near=north",
        "near=91,0",
        "within=5",
        "near=1,1&within=-5",
        "limit=0",
        "limit=10001",
        "limit=ten",
        "after=%3C%3E",
    ],
)
def test_what_cannot_be_asked_for_is_told(query: str, client: FlaskClient) -> None:
    response = client.get(f"/links.csv?{query}", headers={"Accept": "application/json"})
    assert response.status_code == 400, response.text
    assert response.json
    assert response.json["type"].endswith("bad-parameter")


def test_a_format_that_is_not_written_is_not_found(client: FlaskClient) -> None:
    assert client.get("/cities.ttl").status_code == 404


def test_cells_are_in_the_readers_language(client: FlaskClient) -> None:
    rows: Any = {row["iri"]: row for row in table(client, "/cities.csv?lang=fr")}
    assert rows[PAVIA]["name"] == "Pavie"


def test_a_page_narrows_by_a_form(client: FlaskClient) -> None:
    text = client.get("/links?country=IT&lang=it", headers={"Accept": "text/html"}).text
    assert '<option value="IT" selected>Italia' in text
    assert 'name="partner"' in text
    assert 'href="/links?lang=it"' in text


def test_a_page_words_its_filters_and_countries(client: FlaskClient) -> None:
    def shown(path: str) -> str:
        return page(client.get(path, headers={"Accept": "text/html"}).data).text

    assert "Stato: Attivo" in shown("/links?status=active&lang=it")
    assert "Country: Germany" in shown("/links?country=de&lang=en")
    assert "Kind: Network" in shown("/programmes?kind=network&lang=en")
    assert "Rumänien" in shown("/cities?lang=de")


def test_a_filtered_list_is_called_by_its_filters_and_cities_by_their_names(
    client: FlaskClient,
) -> None:
    found = shown(client, "/links?partner=city/perm-511196&from=1990-05&status=active&lang=en")
    told = "Links · Status: Active · Started in or after: May 1990 · Linked with: Perm"
    assert found.texts("title") == [f"{told} · Citylinks"]
    (title,) = [m for m in found.find("meta") if m.get("property") == "og:title"]
    assert title.get("content") == told
    (field,) = found.find("input[@id='partner']")
    assert field.get("value") == "Perm"


def test_a_list_tells_until_when_links_lasted_where_one_has_ended(client: FlaskClient) -> None:
    assert "Until" in shown(client, "/links?sort=-end&lang=en").texts("thead//th")
    assert "Until" not in shown(client, "/links?status=active&lang=en").texts("thead//th")


def test_a_page_says_only_once_that_nothing_matches(client: FlaskClient) -> None:
    found = page(client.get("/links?status=ended&lang=en", headers={"Accept": "text/html"}).data)
    assert "Nothing matches these filters." in found.text
    assert "0 results" not in found.text
    assert list(found.find("table")) == []


def test_lists_are_made_once_for_a_release(client: FlaskClient) -> None:
    client.get("/links.csv")
    shelf = client.application.extensions[NAME].shelf
    assert shelf.current().view(TABLES).links is shelf.current().view(TABLES).links


_LIMITS = count(1_000)
"""More than there are rows, and another each time: an answer that was kept is not written anew."""


@pytest.mark.parametrize("extension", ["csv", "geojson", "jsonld"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_a_long_list_is_sent_as_it_is_written(
    extension: str, coding: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = app.test_client().get(f"/links.{extension}")
    monkeypatch.setattr(negotiation, "_LONG", 100)
    monkeypatch.setattr(writing, "_BATCH", 3)
    asked = f"/links.{extension}?limit={next(_LIMITS)}"
    parts = app.test_client().get(asked, headers={"Accept-Encoding": coding}, buffered=False)
    assert "Content-Length" not in parts.headers
    content = b"".join(parts.iter_encoded())
    if coding == "zstd":
        content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
    assert (gzip.decompress(content) if coding == "gzip" else content) == whole.data


def test_a_list_that_breaks_off_does_not_look_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote = writing.Writer.cells

    def breaking(writer: writing.Writer, row: ListRow) -> dict[str, writing.Cell]:
        if row is writer.tables.links[-1]:
            raise RuntimeError("the disk is gone")
        return wrote(writer, row)

    monkeypatch.setattr(writing.Writer, "cells", breaking)
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    assert app.test_client().get(f"/links.csv?limit={next(_LIMITS)}").status_code == 500
    monkeypatch.setattr(negotiation, "_LONG", 100)
    monkeypatch.setattr(writing, "_BATCH", 3)
    broken = app.test_client().get(f"/links.csv?limit={next(_LIMITS)}", buffered=False)
    with pytest.raises(RuntimeError, match="disk"):
        b"".join(broken.iter_encoded())


def test_a_partner_may_be_called_by_its_name(client: FlaskClient) -> None:
    expected = client.get("/links.csv?partner=perm-511196").data
    for asked in ("partner=Perm", "partner=%D0%9F%D0%B5%D1%80%D0%BC%D1%8C", "city=Perm"):
        assert client.get(f"/links.csv?{asked}").data == expected
    assert client.get("/links.csv?partner=Perm&city=perm-511196").data == expected
    for asked in ("partner=Nowhere", "city=Nowhere", "partner=Perm&city=Oxford"):
        assert client.get(f"/links.csv?{asked}").status_code == 400


def test_a_parameter_with_several_values_is_told(client: FlaskClient) -> None:
    """Rather than that all but the first are passed over."""
    for asked in ("partner=Perm&partner=Oxford", "status=active&status=suspended"):
        refused = client.get(f"/links.csv?{asked}")
        assert refused.status_code == 400
        assert "takes one" in refused.text
    assert client.get("/links.csv?status=active&status=active").status_code == 200


# Orders and pages

SORTED = [(name, sort) for name in LIST_NAMES for sort in choosing.sorts(name)]
CELLS = {"confirmed": "last_confirmed"}
"""Columns of files by the columns that are sorted by, where they differ."""


def value(name: str, column: str, row: dict[str, str], labels: Labels) -> Any:
    """Give the value that a column is sorted by, in English; None where it is not known."""
    if column == "name" and name == "links":
        return tuple(fold(one) for one in (row["city_name"], *row["other_name"].split(" | ")))
    if column == "name":
        return fold(row[column]) or None
    if column in {"kind", "status"}:
        return fold(labels.of(concept_of(name, column, row[column])).text) or None
    if column == "country":
        return fold(country_name(row["country"], "en")) or None
    if column == "cities":
        return len([one for one in row["cities"].split(" | ") if one])
    text = row[CELLS.get(column, column)]
    return (
        (int(text) if column in choosing.COUNTED - {"start", "confirmed"} else text)
        if text
        else None
    )


@every_row(("name", "sort"), SORTED)
def test_a_list_is_sorted_by_any_column(
    name: str, sort: str, client: FlaskClient, release: Release
) -> None:
    """Unknown values come last either way, and equal rows keep the order of the list."""
    labels = Labels(Lookup(release.store), ("en",))
    keyed = [
        (value(name, sort.removeprefix("-"), row, labels), row)
        for row in table(client, f"/{name}.csv?lang=en")
    ]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
    expected = [row for _, row in known] + [row for key, row in keyed if key is None]
    assert table(client, f"/{name}.csv?lang=en&sort={sort}") == expected


def test_numbered_pages_together_are_the_sorted_list(client: FlaskClient) -> None:
    whole = table(client, "/cities.csv?sort=-links")
    last = -(-len(whole) // 7)
    pages = [table(client, f"/cities.csv?sort=-links&limit=7&page={n + 1}") for n in range(last)]
    assert [row for some in pages for row in some] == whole
    response = client.get("/cities.csv?sort=-links&limit=7&page=2")
    links = ", ".join(response.headers.getlist("Link"))
    assert '&page=3>; rel="next"' in links
    assert '&page=1>; rel="prev"' in links
    assert client.get(f"/cities.csv?limit=7&page={last + 1}").status_code == 400


def test_filters_are_sorted_too(client: FlaskClient) -> None:
    whole = table(client, "/links.csv?sort=-start")
    some = table(client, "/links.csv?sort=-start&country=DE")
    assert 0 < len(some) < len(whole)
    assert some == [row for row in whole if row in some]


@pytest.mark.parametrize(
    "asked",
    ["sort=colour", "sort=--name", "sort=country", "after=link/a&sort=name", "after=a&page=2"],
)
def test_an_order_that_there_is_not_is_told(asked: str, client: FlaskClient) -> None:
    response = client.get(f"/links.csv?{asked}", headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.get_json()["type"].endswith("bad-parameter")


def test_the_head_of_a_column_tells_and_changes_the_order(client: FlaskClient) -> None:
    found = shown(client, "/cities?sort=name&lang=en&country=IT")
    states = {said(th): th.get("aria-sort") for th in found.find("thead//th")}
    assert states["Name"] == "ascending"
    assert {state for column, state in states.items() if column != "Name"} == {"none"}
    leads = [link.get("href", "") for link in found.find("thead//a")]
    assert leads[0] == "/cities?sort=-name&lang=en&country=IT"
    assert "/cities?sort=-links&lang=en&country=IT" in leads


def test_a_page_leads_to_other_pages_and_sizes(client: FlaskClient) -> None:
    found = shown(client, "/cities?limit=3&page=3&lang=en")
    (here,) = found.find("nav[@class='pager']/a[@aria-current]")
    assert said(here) == "3"
    links = [*found.links()]
    for number in (1, 2, 4, 5):
        assert f"/cities?limit=3&page={number}&lang=en" in links
    assert "Page 3 of" in found.text


def test_a_long_list_has_pages_of_several_sizes() -> None:
    asked = Filter(limit=100)
    assert lists._sizes(asked, choosing.Chosen((), 51, 1, 1)) == [*lists.SIZES]
    assert lists._sizes(asked, choosing.Chosen((), 50, 1, 1)) == []
    odd = Filter(limit=7)
    assert lists._sizes(odd, choosing.Chosen((), 51, 1, 8)) == [7, *lists.SIZES]


def test_a_page_for_people_has_no_more_rows_than_they_read(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "SIZES", (2, 3))
    found = shown(client, "/cities?limit=10000&lang=en")
    assert len(found.find("tbody/tr")) == 3
    assert len(table(client, "/cities.csv?limit=10")) == 10
    assert "/cities?limit=10000&lang=en&page=2" in found.links()


def test_files_hold_what_is_filtered_and_say_how_much(client: FlaskClient) -> None:
    found = shown(client, "/links?country=IT&sort=-start&lang=en&limit=2&page=2")
    (part,) = found.find("section[@class='files']")
    rows = table(client, "/links.csv?country=IT&sort=-start")
    assert f"({len(rows)} rows)" in said(part)
    leads = {said(link): link.get("href") for link in part.findall(".//a")}
    assert leads["CSV"] == "/links.csv?country=IT&sort=-start"
    whole = shown(client, "/links?country=IT&lang=en")
    size = len(client.get("/links.csv?country=IT&lang=en").data)
    assert f"CSV {max(1, round(size / 1000))} kB" in said(whole.find("section[@class='files']")[0])


@pytest.mark.parametrize("path", ["/cities", "/links", "/audit"])
def test_the_search_of_a_list_has_no_language_that_was_not_asked_for(
    path: str, client: FlaskClient
) -> None:
    (form,) = [one for one in shown(client, path).find("form") if one.get("action") == "/search"]
    assert [one.get("name") for one in form.iter("input")] == ["q"]


def test_of_many_cities_the_first_are_named(client: FlaskClient, app: Flask) -> None:
    """A network may have ten thousand."""
    tables = app.extensions[NAME].shelf.current().view(TABLES)
    (row,) = [row for row in tables.programmes if row.iri.endswith("/cultcities")]
    assert len(row.cities) == 8
    found = shown(client, "/programmes?kind=project&lang=en")
    cells = [said(cell) for cell in found.find("tbody//td[@data-label='Cities']")]
    assert any(cell.startswith("8 ") and "more" not in cell for cell in cells)


def test_a_filter_that_is_removed_takes_with_it_what_needs_it(client: FlaskClient) -> None:
    found = shown(client, "/links?country=IT&with-country=RU&status=active")
    leads = [link.get("href", "") for link in found.find("p[@class='filters']/a")]
    assert "/links?status=active" in leads
    assert all(client.get(lead).status_code == 200 for lead in leads)
