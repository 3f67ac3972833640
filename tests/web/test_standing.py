"""How links stand is told in the same words by pages, calendars, cards and lists."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace

import icalendar
import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.reconcile.extension import OF_LINKS, PROPERTIES
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests.copies import copied
from tests.tables import every_row
from tests.web.reading import said, shown

PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in terms.PREFIXES.items())
LISTED = f"""{PREFIXES}
@prefix kind: <{terms.SCHEME}link-kind/> .
@prefix status: <{terms.SCHEME}status/> .
@base <{terms.ID}> .
<{terms.GRAPH}lists> a dcat:Dataset ; dcterms:title "Lists"@en ; dcterms:source <document/old>,
    <document/newer> ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> .
<document/old> a cl:SourceDocument ; dcterms:title "Old list"@en ; cl:sourceFamily "list" ;
    dcterms:issued "2014"^^xsd:gYear ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> .
<document/newer> a cl:SourceDocument ; dcterms:title "Newer list"@en ; cl:sourceFamily "list" ;
    dcterms:issued "2016"^^xsd:gYear ;
    dcterms:language <http://publications.europa.eu/resource/authority/language/ENG> .
<link/duisburg-2934691--pavia-3171366> a cl:CityLink ; skos:prefLabel "Duisburg–Pavia"@en ;
    cl:party <city/duisburg-2934691>, <city/pavia-3171366> ;
    cl:claim <claim/duisburg-2934691--pavia-3171366/lists/1> .
<claim/duisburg-2934691--pavia-3171366/lists/1> a cl:LinkClaim ; cl:claimedKind kind:twinning ;
    cl:asOf "2014"^^xsd:gYear ; cl:startDate "1972"^^xsd:gYear ; cl:locator "row 1" ;
    cl:recordedUnder <city/pavia-3171366> ; dcterms:source <document/old> .
<link/louisville-4299276--pavia-3171366> a cl:CityLink ; skos:prefLabel "Louisville–Pavia"@en ;
    cl:party <city/louisville-4299276>, <city/pavia-3171366> ;
    cl:claim <claim/louisville-4299276--pavia-3171366/lists/1>,
    <claim/louisville-4299276--pavia-3171366/lists/2> .
<claim/louisville-4299276--pavia-3171366/lists/1> a cl:LinkClaim ; cl:claimedKind kind:twinning ;
    cl:asOf "2014"^^xsd:gYear ; cl:startDate "1960"^^xsd:gYear ; cl:endDate "1990"^^xsd:gYear ;
    cl:locator "row 2" ; cl:recordedUnder <city/pavia-3171366> ; dcterms:source <document/old> .
<claim/louisville-4299276--pavia-3171366/lists/2> a cl:LinkClaim ; cl:claimedKind kind:twinning ;
    cl:claimedStatus status:active ; cl:asOf "2016"^^xsd:gYear ; cl:startDate "1992"^^xsd:gYear ;
    cl:locator "row 3" ; cl:recordedUnder <city/pavia-3171366> ; dcterms:source <document/newer> .
<link/perm-511196--qingdao-1797929> cl:claim <claim/perm-511196--qingdao-1797929/lists/1> .
<claim/perm-511196--qingdao-1797929/lists/1> a cl:LinkClaim ; cl:claimedKind kind:twinning ;
    cl:claimedStatus status:suspended ; cl:statusSince "2022-03-04"^^xsd:date ;
    cl:statusReason "Declared by the council"@en ; cl:decidedByParty <city/qingdao-1797929> ;
    cl:asOf "2022-03-05"^^xsd:date ; cl:locator "row 4" ; dcterms:source <document/newer> .
<link/pavia-3171366--turku-633679> a cl:CityLink ; skos:prefLabel "Pavia–Turku"@en ;
    cl:party <city/pavia-3171366>, <city/turku-633679> ;
    cl:claim <claim/pavia-3171366--turku-633679/lists/1>,
    <claim/pavia-3171366--turku-633679/lists/2> .
<claim/pavia-3171366--turku-633679/lists/1> a cl:LinkClaim ; cl:claimedKind kind:twinning ;
    cl:asOf "2014"^^xsd:gYear ; cl:startDate "1980"^^xsd:gYear ; cl:locator "row 5" ;
    cl:recordedUnder <city/pavia-3171366> ; dcterms:source <document/old> .
<claim/pavia-3171366--turku-633679/lists/2> a cl:LinkClaim ; cl:claimedKind kind:twinning ;
    cl:claimedStatus status:ended ; cl:asOf "2016"^^xsd:gYear ; cl:endDate "2015"^^xsd:gYear ;
    cl:locator "row 6" ; dcterms:source <document/newer> .
"""
"""A link that a newer list leaves out, ones that were interrupted, suspended, and ended."""

LEFT_OUT = "last confirmed 2014 by Old list over 8 years ago; not listed since 2016 by Newer list"
ENDED = "according to Newer list, as of 2016; last confirmed 2014 by Old list over 8 years ago"


@pytest.fixture(scope="module")
def reader(
    workspace: Workspace, settings: Settings, forks: Forks, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("standing")
    own, path = copied(workspace, folder / "home"), folder / "lists.ttl"
    path.write_text(LISTED, encoding="utf-8")
    given = replace(settings, home=own.home, workers=1)
    publish(own, given, Change([path]))
    app = create_app(given, forks)
    yield app.test_client()
    app.extensions[NAME].engine.pool.close()


def partners(reader: FlaskClient, ref: str) -> dict[str, str]:
    """Give the text of each row of the partners of a city, by the partner."""
    found = shown(reader, f"/doc/city/{ref}.html")
    (section,) = [one for one in found.find("section") if one.get("id") == "partners"]
    rows = [" ".join("".join(row.itertext()).split()) for row in section.findall(".//tbody/tr")]
    return {row.split(" ")[0]: row for row in rows}


def test_a_city_tells_how_each_of_its_links_stands(reader: FlaskClient) -> None:
    rows = partners(reader, "pavia-3171366")
    assert f"Not confirmed {LEFT_OUT}" in rows["Duisburg"]
    assert f"Ended {ENDED}" in rows["Turku"]
    assert "1960–1990, again since 1992" in rows["Louisville"]
    assert "Active last confirmed 2016 by Newer list over 6 years ago" in rows["Louisville"]
    rows = partners(reader, "perm-511196")
    told = (
        "Suspended since 4 March 2022, decided by Qingdao; reason given: Declared by the council "
        "according to Newer list, as of 5 March 2022"
    )
    assert told in rows["Qingdao"]
    assert "Active last confirmed April 2019 by " in rows["Oxford"]


def test_the_map_of_a_city_has_a_legend_where_links_differ(reader: FlaskClient) -> None:
    for ref, words in (
        (
            "pavia-3171366",
            [
                "Active, or on a list of the last years",
                "Active, last confirmed years ago",
                "Not confirmed",
                "Ended, suspended or dormant",
            ],
        ),
        (
            "perm-511196",
            ["Active, or on a list of the last years", "Ended, suspended or dormant"],
        ),
        ("oxford-2640729", []),
    ):
        found = shown(reader, f"/doc/city/{ref}.html")
        legends = [one for one in found.find("figcaption") if one.get("class") == "legend"]
        told = ["".join(span.itertext()) for one in legends for span in one.findall("./span")]
        assert told == words


def test_a_link_tells_what_its_status_rests_on(reader: FlaskClient) -> None:
    assert told(reader, "duisburg-2934691--pavia-3171366") == {
        "Status according to": "Old list · as of 2014",
        "Last confirmed by": "Old list · as of 2014",
        "Left out by": "Newer list · as of 2016",
    }
    resumed = told(reader, "louisville-4299276--pavia-3171366")
    assert resumed["Periods"] == "1960 – 1990 Ended1992 – Active"


def told(reader: FlaskClient, ref: str) -> dict[str, str]:
    """Give what the page of a link tells of its status, by heading."""
    found = shown(reader, f"/doc/link/{ref}.html")
    (section,) = [one for one in found.find("section") if one.get("id") == "status"]
    rows = [(row.find("./dt"), row.find("./dd")) for row in section.findall(".//dl/div")]
    return {said(dt): said(dd) for dt, dd in rows if dt is not None and dd is not None}


def test_calendars_mark_what_is_not_confirmed(reader: FlaskClient) -> None:
    for path, name in (
        ("/calendar/pavia-3171366.ics", "Pavia – Duisburg"),
        ("/calendar.ics", "Duisburg–Pavia"),
    ):
        response = reader.get(path, headers={"Accept-Language": "en"})
        events = icalendar.Calendar.from_ical(response.data).walk("VEVENT")
        titles = {str(event["SUMMARY"]) for event in events}
        assert f"Twinning: {name} (since 1972; not confirmed since 2014)" in titles
        assert not any("Qingdao" in title or "(since 1980" in title for title in titles)
        (event,) = [one for one in events if "since 1972" in str(one["SUMMARY"])]
        left_out = LEFT_OUT.replace("over 8 years ago", "(over 8 years ago)")
        assert str(event["DESCRIPTION"]).splitlines()[0] == f"Not confirmed; {left_out}"
    response = reader.get("/calendar/perm-511196.ics", headers={"Accept-Language": "en"})
    titles = {str(e["SUMMARY"]) for e in icalendar.Calendar.from_ical(response.data).walk("VEVENT")}
    assert "Twinning: Perm – Oxford (since 1995)" in titles
    assert not any("Qingdao" in title for title in titles)


def test_a_card_marks_what_is_not_confirmed(reader: FlaskClient) -> None:
    found = shown(reader, "/card/pavia-3171366")
    lists = [[said(row) for row in one] for one in found.find("ul")]
    (sources,) = [[said(row) for row in one] for one in found.find("ol")]
    marks = {title: f"[{number}]" for number, title in enumerate(sources, 1)}
    old, newer = marks["Old list"], marks["Newer list"]
    left_out, ended, again = (
        told.replace("Old list", old).replace("Newer list", newer)
        for told in (LEFT_OUT, ENDED, "last confirmed 2016 by Newer list over 6 years ago")
    )
    assert [f"Duisburg 1972 {left_out}"] in lists
    assert [f"Turku 1980–2015 Ended; {ended}"] in lists
    assert f"Louisville 1992 {again}" in lists[0]
    assert [said(one) for one in found.find("p") if one.get("class") == "shown"] == [
        "Not confirmed",
        "Other statuses",
    ]
    assert all(link.get("target") == "_blank" for link in found.find("a"))


def test_the_lines_of_a_map_say_what_they_stand_for(reader: FlaskClient) -> None:
    for path in ("/doc/city/pavia-3171366.html", "/card/pavia-3171366"):
        lines = shown(reader, path).find("{*}path")
        told = {one.get("data-key"): (one.get("class"), said(one)) for one in lines}
        left_out = LEFT_OUT.replace("over 8 years ago", "(over 8 years ago)")
        ended = ENDED.replace("over 8 years ago", "(over 8 years ago)")
        assert told["duisburg-2934691--pavia-3171366"] == (
            "twinning unconfirmed",
            f"Duisburg: Not confirmed; {left_out}",
        )
        assert told["pavia-3171366--turku-633679"] == ("past", f"Turku: Ended; {ended}")
        assert told["louisville-4299276--pavia-3171366"][0] == "twinning old"


@every_row(
    ("ref", "told"),
    [
        ("duisburg-2934691--pavia-3171366", f"Not confirmed {LEFT_OUT}"),
        ("pavia-3171366--turku-633679", f"Ended {ENDED}"),
    ],
)
def test_a_link_says_how_it_stands_below_its_title(
    ref: str, told: str, reader: FlaskClient
) -> None:
    header = shown(reader, f"/doc/link/{ref}.html").find("header")[-1]
    assert said(header).removesuffix("Correct or add History").endswith(told)


def test_a_list_page_says_who_confirmed_each_link(reader: FlaskClient) -> None:
    rows = [said(row) for row in shown(reader, "/links").find("tr")]
    for told in (f"Not confirmed {LEFT_OUT}", f"Ended {ENDED}"):
        assert len([row for row in rows if told in row]) == 1


SOURCES = {
    "duisburg-2934691--pavia-3171366": {
        "status": "not-confirmed",
        "as_of": "2014",
        "status_by": "old",
        "last_confirmed": "2014",
        "confirmed_by": "old",
        "not_listed_since": "2016",
        "not_listed_by": "newer",
    },
    "pavia-3171366--turku-633679": {
        "status": "ended",
        "as_of": "2016",
        "status_by": "newer",
        "last_confirmed": "2014",
        "confirmed_by": "old",
        "not_listed_since": "",
        "not_listed_by": "",
    },
}
TITLES = {"old": "Old list", "newer": "Newer list", "": ""}


@every_row("extension", ["csv", "geojson"])
def test_lists_name_the_sources(extension: str, reader: FlaskClient) -> None:
    response = reader.get(f"/links.{extension}?country=IT", headers={"Accept-Language": "en"})
    if extension == "csv":
        rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    else:
        assert response.json
        rows = [one["properties"] for one in response.json["features"]]
    by_iri = {row["iri"].removeprefix(terms.thing("link", "")): row for row in rows}
    for ref, told in SOURCES.items():
        row = by_iri[ref]
        for column, value in told.items():
            if column.endswith("_by"):
                assert row.get(column, "") == (terms.thing("document", value) if value else "")
                assert row.get(f"{column}_name", "") == TITLES[value]
            else:
                assert row.get(column, "") == value


def test_an_extension_names_the_sources_row_by_row(reader: FlaskClient) -> None:
    wanted = [pid for pid in PROPERTIES if pid in OF_LINKS]
    extend = {"ids": ["city/pavia-3171366"], "properties": [{"id": pid} for pid in wanted]}
    found = reader.post(
        "/reconcile", data={"extend": json.dumps(extend)}, headers={"Accept-Language": "en"}
    ).json
    assert found
    columns = found["rows"]["city/pavia-3171366"]
    rows = {
        link["id"].removeprefix("link/"): {pid: columns[pid][number] for pid in wanted}
        for number, link in enumerate(columns["links"])
    }
    assert {len(column) for column in columns.values()} == {len(rows)}
    for ref, told in SOURCES.items():
        row = rows[ref]
        plain = {
            "status": "link-status",
            "as_of": "status-as-of",
            "last_confirmed": "last-confirmed",
            "not_listed_since": "not-listed-since",
        }
        for column, pid in plain.items():
            assert row[pid] == ({"str": told[column]} if told[column] else {})
        for column in ("status_by", "confirmed_by", "not_listed_by"):
            by = told[column]
            expected = {"id": f"document/{by}", "name": TITLES[by]} if by else {}
            assert row[column.replace("_", "-")] == expected
    assert rows["duisburg-2934691--pavia-3171366"]["links"]["name"] == "Duisburg"


def test_linked_tables_may_have_these_facts(reader: FlaskClient) -> None:
    response = reader.post(
        "/link?column=city&country=IT&with=links&with=not-listed-by",
        data="city\nPavia\n",
        content_type="text/csv",
    )
    (row,) = csv.DictReader(io.StringIO(response.text, newline=""))
    links, sources = row["links"].split(" | "), row["not-listed-by"].split(" | ")
    assert dict(zip(links, sources, strict=True))["Duisburg"] == "Newer list"


def test_the_hand_out_has_the_sources_by_their_numbers(reader: FlaskClient) -> None:
    found = shown(reader, "/doc/city/pavia-3171366.html")
    told = [said(one) for one in found.find("span") if one.get("class") == "brief"]
    sources = [one for one in found.find("ol") if one.get("class") == "fresh"]
    titles = [said(item) for item in sources[0]]
    number = {
        name: 1 + next(i for i, t in enumerate(titles) if t.startswith(name))
        for name in ("Old list", "Newer list")
    }
    old, newer = number["Old list"], number["Newer list"]
    assert f"Not confirmed; ✓ 2014 [{old}]; ✗ 2016 [{newer}]" in told
    assert f"Ended; 2016 [{newer}]; ✓ 2014 [{old}]" in told


def test_the_start_page_counts_links_by_status(reader: FlaskClient) -> None:
    found = shown(reader, "/")
    assert "Active 7 · Listed 2 · Ended 1 · Not confirmed 1 · Suspended 1" in found.text
    links = set(found.links())
    for status in ("active", "listed", "not-confirmed", "suspended"):
        assert f"/links?status={status}" in links


def test_a_list_tells_what_a_newer_list_leaves_out(reader: FlaskClient) -> None:
    text = reader.get("/links.csv?status=not-confirmed").text
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["last_confirmed"], row["not_listed_since"]) == ("2014", "2016")
    text = reader.get("/cities.csv?status=not-confirmed").text
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert {name: row["not_confirmed"] for name, row in rows.items()} == {
        "Duisburg": "1",
        "Pavia": "1",
    }
    found = reader.get("/links.jsonld?status=not-confirmed").json
    assert found
    assert found["@graph"][0]["notListedSince"]["@value"] == "2016"


def test_a_preview_tells_what_is_not_confirmed(reader: FlaskClient) -> None:
    text = shown(reader, "/reconcile/preview?id=city/pavia-3171366").text
    assert "Not confirmed: Duisburg" in text
    body = {"extend": '{"ids": ["city/pavia-3171366"], "properties": [{"id": "unconfirmed"}]}'}
    found = reader.post("/reconcile", data=body).json
    assert found
    told = found["rows"]["city/pavia-3171366"]["unconfirmed"]
    assert told == [{"id": "city/duisburg-2934691", "name": "Duisburg"}]
