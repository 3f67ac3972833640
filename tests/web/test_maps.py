"""What maps load: the counts of lists, the places of their cities and links, and names."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.lists import overview_map
from registry.lists.atlas import ATLAS, PER_DEGREE
from registry.lists.tables import TABLES
from registry.releases.reading import Release
from tests.tables import every_row
from tests.web.reading import page

FILTERS = [
    *("links?", "links?country=RU", "links?status=active", "links?kind=friendship"),
    *("links?from=1990&to=1999", "links?partner=perm-511196", "links?near=45.19,9.16&within=20"),
    *("links?member-of=project/cultcities", "links?country=IT&with-country=FR"),
    *(
        "cities?",
        "cities?country=it",
        "cities?member-of=project/cultcities",
        "cities?kind=twinning",
    ),
]


def rows(client: FlaskClient, asked: str) -> list[dict[str, str]]:
    """Read a list as a table."""
    name, _, filters = asked.partition("?")
    response = client.get(f"/{name}.csv?{filters}")
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def asked_for(client: FlaskClient, release: Release, what: str, asked: str) -> Any:
    """Ask for what a map of a list loads."""
    name, _, filters = asked.partition("?")
    response = client.get(f"/map/{release.version}/{what}?list={name}&{filters}")
    assert response.status_code == 200, response.text
    return response.json


def countries(row: dict[str, str]) -> set[str]:
    """Give the countries of a row of either list."""
    named = row.get("country") or f"{row['city_country']} | {row['other_country']}"
    return {*named.split(" | ")} - {""}


@every_row("asked", FILTERS)
def test_a_map_counts_what_the_list_has(asked: str, client: FlaskClient, release: Release) -> None:
    listed = rows(client, asked)
    seen = asked_for(client, release, "overview.json", asked)
    assert seen["rows"] == len(listed)
    counted = Counter(code for row in listed for code in countries(row))
    at = 4 if asked.startswith("links") else 5
    assert {one[0]: one[at] for one in seen["countries"]} == counted
    codes = [one[0] for one in seen["countries"]]
    if asked.startswith("cities"):
        assert seen["flows"] == []
        return
    flows = {(codes[a], codes[b]): (links, unsure) for a, b, links, unsure in seen["flows"]}
    for (one, other), (links, unsure) in flows.items():
        between = [row for row in listed if {one, other} <= countries(row)]
        assert links == len(between) > 0
        doubted = [row for row in between if row["status"] not in {"active", "listed"}]
        assert unsure == len(doubted)
    assert all(len(countries(row)) < 2 for row in listed) or flows


def read_links(told: dict[str, Any]) -> list[tuple[int, ...]]:
    """Read the cities of links off their columns, as a map does."""
    first = list(accumulate(told["first"]))
    found: list[tuple[int, ...]] = []
    for at, difference in enumerate(told["second"]):
        goes_on = at and first[at] == first[at - 1]
        second = difference + (found[-1][1] if goes_on else first[at])
        found.append((first[at], second, *told["more"].get(str(at), [""])[1:]))
    return found


@every_row("asked", FILTERS)
def test_a_map_has_the_places_of_the_list(
    asked: str, client: FlaskClient, release: Release
) -> None:
    listed, told = rows(client, asked), asked_for(client, release, "atlas.json", asked)
    order, places = release.view(ATLAS).order, release.view(TABLES).places
    cities = [order[number] for number in accumulate(told["of"])]
    assert len(set(cities)) == len(cities) > 0
    for iri, lon, lat in zip(cities, accumulate(told["lon"]), accumulate(told["lat"]), strict=True):
        place = places[iri]
        assert place.longitude is not None
        assert place.latitude is not None
        assert abs(lon / PER_DEGREE - place.longitude) <= 0.51 / PER_DEGREE
        assert abs(lat / PER_DEGREE - place.latitude) <= 0.51 / PER_DEGREE
    by_country = [code for code, number in told["countries"] for _ in range(number)]
    assert by_country == [places[iri].country for iri in cities]
    if asked.startswith("cities"):
        assert sorted(cities) == [row["iri"] for row in listed]
        return
    links = told["links"]
    shown = {}
    for at, joined in enumerate(read_links(links)):
        kind, status, _ = links["states"][links["state"][at]]
        since = str(links["since"][at] or "")
        refs = sorted(cities[city].removeprefix(terms.thing("city", "")) for city in joined)
        ref = links["more"].get(str(at), ["--".join(refs)])[0]
        shown[terms.thing("link", ref)] = kind, status, since, frozenset(refs)
    wanted = {
        row["iri"]: (
            row["kind"],
            row["status"],
            row["start"][:4],
            frozenset(
                city.removeprefix(terms.thing("city", ""))
                for city in (row["city"], *row["other"].split(" | "))
            ),
        )
        for row in listed
    }
    assert shown == wanted


def test_cities_that_follow_each_other_are_of_one_country(release: Release) -> None:
    places, order = release.view(TABLES).places, release.view(ATLAS).order
    assert sorted(order) == sorted(release.view(TABLES).map_points)
    codes = [places[iri].country for iri in order]
    assert codes == sorted(codes)


def test_a_country_stands_in_the_middle_of_its_cities(release: Release) -> None:
    places, anchors = release.view(TABLES).places, release.view(ATLAS).anchors
    alone = [code for code, n in Counter(p.country for p in places.values()).items() if n == 1]
    assert alone
    for code in alone:
        (city,) = [one for one in places.values() if one.country == code]
        assert anchors[code].longitude == pytest.approx(city.longitude)
        assert anchors[code].latitude == pytest.approx(city.latitude)


def test_names_are_in_the_readers_language(client: FlaskClient, release: Release) -> None:
    order = release.view(ATLAS).order
    iris = [terms.thing("city", ref) for ref in ("perm-511196", "pavia-3171366")]
    numbers = ",".join(str(order.index(iri)) for iri in iris)
    for language, name in (("it", "Perm"), ("ru", "Пермь")):
        path = f"/map/{release.version}/names.json?of={numbers}&lang={language}"
        first, second = client.get(path).json  # type: ignore[misc]
        assert first[0] == "perm-511196"
        assert first[1].startswith(name)
        assert second[:2] == ["pavia-3171366", "Pavia"] or language == "ru"
    assert client.get(f"/map/{release.version}/names.json").json == []


@every_row(
    ("asked", "status"),
    [
        ("names.json?of=a", 400),
        ("names.json?of=1,", 400),
        ("names.json?of=1,9999999", 400),
        ("names.json?of=" + ",".join(["1"] * 101), 400),
        ("overview.json?list=practices", 400),
        ("overview.json?member-of=network/none", 400),
        ("overview.json?member-of=city/perm-511196", 400),
        ("atlas.json?status=broken", 400),
        ("atlas.json?centre=1", 400),
        ("other.json", 404),
    ],
)
def test_what_cannot_be_shown_is_told(
    asked: str, status: int, client: FlaskClient, release: Release
) -> None:
    response = client.get(f"/map/{release.version}/{asked}")
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"


def test_places_never_change_at_their_address(client: FlaskClient, release: Release) -> None:
    path = f"/map/{release.version}/atlas.json?country=IT"
    response = client.get(path)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Citylinks-Release"] == release.version
    known = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert known.status_code == 304
    for short in (release.version[:8], "latest"):
        moved = client.get(f"/map/{short}/atlas.json?country=IT")
        assert (moved.status_code, moved.headers["Location"]) == (302, path)
    assert client.get("/map/0123456789/atlas.json").status_code == 404


def test_words_of_a_map_are_the_readers(client: FlaskClient, release: Release) -> None:
    path = f"/map/{release.version}/overview.json?lang="
    english, german = (client.get(path + language) for language in ("en", "de"))
    assert german.headers["Content-Language"] == "de"
    assert english.headers["ETag"] != german.headers["ETag"]
    assert (english.json or {})["words"]["map_whole"] == "Show all"
    assert (german.json or {})["words"]["map_whole"] == "Alles zeigen"
    assert (german.json or {})["status"]["ended"] == "Beendet"
    named = {code: name for code, name, *_ in (german.json or {})["countries"]}
    assert named["DE"] == "Deutschland"


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("few", [overview_map.FEW, 0], ids=["each link", "countries"])
@every_row("asked", [("links", ""), ("links", "IT"), ("cities", "")])
def test_a_drawing_has_a_line_for_each_tie(
    few: int, asked: tuple[str, str], release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview_map, "FEW", few)
    tables, atlas, name = release.view(TABLES), release.view(ATLAS), asked[0]
    chosen = tables.table(*asked)
    seen = atlas.overview(name, chosen)
    drawn = ElementTree.fromstring(overview_map.draw(atlas, tables, name, chosen))
    paths = drawn.findall(f".//{SVG}g[@id='drawn']/{SVG}path")
    moves = [part for path in paths for part in path.get("d", "").split("M") if part]
    dots = [part for part in moves if part.endswith("h0")]
    assert len(dots) == (seen.cities if few else len(seen.countries)) > 0
    # A line has a part for each 3,200 kilometres, and a link of many cities has several lines.
    lines, least = len(moves) - len(dots), len(chosen) if few else len(seen.flows)
    assert lines >= least > 0 if name == "links" else lines == 0


def test_the_start_page_shows_the_links_that_its_filters_choose(client: FlaskClient) -> None:
    shown = page(client.get("/?country=IT&status=active&lang=en").data)
    (told,) = [one for one in shown.find("a") if "data-list" in one.attrib]
    assert told.text == f"{len(rows(client, 'links?country=IT&status=active'))} links"
    assert told.get("href") == "/links?country=IT&status=active&lang=en"
    chosen = {
        select.get("name"): option.get("value")
        for select in shown.find("select")
        for option in select.findall("option")
        if "selected" in option.attrib
    }
    assert chosen == {"country": "IT", "status": "active"}
    (drawn,) = [one for one in shown.tree.iter() if "data-drawn" in one.attrib]
    assert client.get(drawn.get("href", "")).mimetype == "image/svg+xml"


@every_row("asked", ["/?status=broken", "/?member-of=none", "/?from=soon", "/?topic=culture"])
def test_a_filter_of_the_start_page_that_cannot_be_is_told(asked: str, client: FlaskClient) -> None:
    assert client.get(asked).status_code == 400


DRAWN = ("/doc/city/perm-511196", "/countries/IT", "/countries/IT/RU")


@every_row("path", ["/", "/links", "/cities?country=IT", "/coverage", *DRAWN])
def test_a_page_with_a_map_has_a_drawing_without_scripts(path: str, client: FlaskClient) -> None:
    shown = page(client.get(path, headers={"Accept": "text/html"}).data)
    (figure,) = [one for one in shown.find("figure") if "explore" in one.get("class", "")]
    assert [one for one in figure.iter() if one.tag.endswith("svg")]
    assert [one for one in figure.iter() if one.get("class") == "legend"] or "doc" in path
    if loaded := figure.get("data-explore"):
        assert client.get(loaded).mimetype == "application/json"


def test_a_list_without_rows_has_no_map(client: FlaskClient) -> None:
    shown = page(client.get("/links?country=AQ", headers={"Accept": "text/html"}).data)
    assert not [one for one in shown.find("figure") if "explore" in one.get("class", "")]
