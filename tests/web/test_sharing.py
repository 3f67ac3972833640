"""What pages tell those who share or index them, and what others show of the site."""

from __future__ import annotations

import json
import struct
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.maps import picture
from tests.tables import every_row
from tests.web.conftest import MERGED, WITHDRAWN
from tests.web.reading import Page, page, shown

CITY = "/doc/city/perm-511196"
PAGES = (
    *("/", CITY, "/doc/link/oxford-2640729--perm-511196", "/doc/practice/ars-vivendi"),
    *("/doc/event/cultcities-twinning-event-2022", "/cities", "/links?country=IT", "/countries"),
    *(
        "/countries/IT",
        "/countries/IT/RU",
        "/coverage",
        "/about",
        "/imprint",
        "/catalog",
        "/sparql",
    ),
    *(
        "/doc/scheme/status/active",
        "/queries",
        "/graph",
        "/release/latest",
        "/ontology",
        "/search?q=per",
    ),
)


def said(found: Page) -> dict[str, str]:
    """Give what the head says by name or property."""
    return {
        meta.get("name", "") or meta.get("property", ""): meta.get("content", "")
        for meta in found.find("meta")
    }


def linked(found: Page, rel: str) -> list[dict[str, str]]:
    return [dict(link.attrib) for link in found.find("link") if link.get("rel") == rel]


def structure(found: Page) -> list[dict[str, Any]]:
    (script,) = found.find("script[@type='application/ld+json']")
    read = json.loads(script.text or "")
    assert read["@context"] == "https://schema.org"
    return list(read["@graph"])


@every_row("path", PAGES)
def test_every_page_says_what_it_is(path: str, client: FlaskClient) -> None:
    found = shown(client, path)
    head = said(found)
    assert 10 < len(head["description"]) < 1000
    assert head["og:description"] == head["description"]
    assert head["og:title"]
    assert head["og:title"] in "".join(found.texts("title"))
    assert head["twitter:card"] == "summary_large_image"
    (canonical,) = linked(found, "canonical")
    assert canonical["href"] == head["og:url"]
    assert client.get(canonical["href"], headers={"Accept": "text/html"}).status_code == 200
    image = client.get(head["og:image"])
    assert image.data.startswith(b"\x89PNG")
    assert struct.unpack(">II", image.data[16:24]) == (picture.WIDTH, picture.HEIGHT)
    (about, *_) = structure(found)
    assert about["@type"] == "WebPage"
    assert about["@id"] == canonical["href"]
    assert "<" not in head["description"]


def test_a_later_page_of_a_list_is_known_by_its_order(client: FlaskClient) -> None:
    """In another order it has other rows."""
    (own,) = linked(shown(client, "/links?sort=-start&page=1&limit=5"), "canonical")
    assert own["href"].endswith("/links?sort=-start&page=1&limit=5")


def test_a_page_names_itself_in_each_language(client: FlaskClient) -> None:
    """Each of them names the others, and itself, as search engines want it."""
    plain = linked(shown(client, "/links?country=IT&sort=name"), "alternate")
    named = {one["hreflang"]: one["href"] for one in plain if "hreflang" in one}
    assert named.keys() == {"x-default", *terms.LANGUAGES}
    for tag in terms.LANGUAGES:
        found = shown(client, f"/links?country=IT&lang={tag}")
        assert linked(found, "canonical") == [{"rel": "canonical", "href": named[tag]}]
        assert {
            one["hreflang"]: one["href"] for one in linked(found, "alternate") if "hreflang" in one
        } == named
        assert found.language == tag


def test_the_address_of_a_page_is_that_of_the_server(client: FlaskClient) -> None:
    for host in ("one.example", "two.example"):
        response = client.get("/about", headers={"Accept": "text/html", "Host": host})
        assert linked(page(response.data), "canonical")[0]["href"] == f"http://{host}/about"


def test_a_page_of_an_error_is_not_to_be_shared(client: FlaskClient) -> None:
    response = client.get("/nothing-here", headers={"Accept": "text/html"})
    found = page(response.data)
    assert response.status_code == 404
    assert linked(found, "canonical") == []
    assert found.find("script[@type='application/ld+json']") == []


def test_a_city_is_described_in_schema_org(client: FlaskClient) -> None:
    about, way = structure(shown(client, f"{CITY}?lang=de"))
    city = about["mainEntity"]
    assert city["@type"] == "City"
    assert city["@id"] == terms.thing("city", "perm-511196")
    assert city["containedInPlace"] == {"@type": "Country", "name": "Russland"}
    assert "https://sws.geonames.org/511196/" in city["sameAs"]
    assert [item["name"] for item in way["itemListElement"]] == ["Länder", "Russland", "Perm"]
    for item in way["itemListElement"][:-1]:
        assert client.get(item["item"]).status_code == 200


def test_events_and_lists_are_described(client: FlaskClient) -> None:
    event = structure(shown(client, "/doc/event/cultcities-twinning-event-2022"))[0]["mainEntity"]
    assert event["@type"] == "Event"
    assert event["startDate"].startswith("2022")
    assert event["location"][0]["@type"] == "City"
    whole = structure(shown(client, "/cities"))[0]["mainEntity"]
    assert whole["@type"] == "Dataset"
    for file in whole["distribution"]:
        assert client.head(file["contentUrl"]).status_code == 200


def test_a_former_city_leads_to_its_picture_now(former: FlaskClient) -> None:
    response = former.get(f"/picture/{MERGED}.png")
    assert response.status_code == 301
    assert response.headers["Location"] == "/picture/perm-511196.png"
    assert former.get(f"/picture/{WITHDRAWN}.png").status_code == 410


def test_a_picture_shows_the_links_of_its_city(client: FlaskClient) -> None:
    pictures = {client.get(f"/picture/{ref}.png").data for ref in ("perm-511196", "pavia-3171366")}
    pictures.add(client.get("/picture.png").data)
    assert len(pictures) == 3


def test_countries_and_pairs_of_them_have_pictures_of_their_own(client: FlaskClient) -> None:
    paths = ["/countries/IT", "/countries/RU", "/countries/IT/RU"]
    addresses = [said(shown(client, path))["og:image"] for path in paths]
    answers = [client.get(address) for address in addresses]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert len({one.data for one in answers}) == 3
    assert client.get("/picture/countries/XX.png").status_code == 404


def test_icons_have_their_sizes(client: FlaskClient) -> None:
    manifest = client.get("/manifest.webmanifest?lang=it").get_json()
    assert manifest["lang"] == "it"
    for entry in manifest["icons"]:
        width, height = struct.unpack(">II", client.get(entry["src"]).data[16:24])
        assert entry["sizes"] == f"{width}x{height}"
    ico = client.get("/favicon.ico").data
    assert struct.unpack("<HHH", ico[:6]) == (0, 1, 2)
    for at in (6, 22):
        size, start = struct.unpack("<II", ico[at + 8 : at + 16])
        assert ico[start : start + 8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">I", ico[start + 16 : start + 20])[0] == ico[at]
        assert start + size <= len(ico)


def test_browsers_find_the_search(client: FlaskClient) -> None:
    (link,) = linked(shown(client, "/"), "search")
    told = ET.fromstring(client.get(link["href"]).data)
    urls = told.findall("{http://a9.com/-/spec/opensearch/1.1/}Url")
    for url in urls:
        response = client.get(url.attrib["template"].replace("{searchTerms}", "Per"))
        assert (response.status_code, response.mimetype) == (200, url.attrib["type"])
    typed, completed = json.loads(response.data)
    assert (typed, completed[0]) == ("Per", "Perm")


def test_the_card_is_found_by_oembed(client: FlaskClient) -> None:
    (link,) = [
        one
        for one in linked(shown(client, CITY), "alternate")
        if one.get("type") == "application/json+oembed"
    ]
    told = client.get(link["href"]).get_json()
    assert (told["type"], told["version"], told["title"]) == ("rich", "1.0", "Perm")
    frame = page(told["html"].encode()).find("iframe")[0]
    assert client.get(frame.get("src", "")).status_code == 200
    permanent = terms.thing("city", "perm-511196")
    for address in (permanent, permanent.replace("https:", "http:")):
        assert client.get(f"/oembed?url={address}").get_json()["html"] == told["html"]
    narrow = client.get(f"{link['href']}&maxwidth=200&maxheight=100").get_json()
    assert (narrow["width"], narrow["height"]) == (200, 100)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("url=/doc/city/perm-511196&format=xml", 406),
        ("url=/doc/link/oxford-2640729--perm-511196", 404),
        ("url=https://w3id.org/citylinks/id/practice/community-centres", 404),
        ("url=https://example.org/", 404),
        ("url=", 400),
        ("url=/doc/city/nowhere-1", 404),
        ("url=/doc/city/perm-511196&maxwidth=0", 400),
    ],
)
def test_what_cannot_be_embedded_is_told(asked: str, status: int, client: FlaskClient) -> None:
    answer = client.get(f"/oembed?{asked}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_the_sitemap_names_every_language(client: FlaskClient) -> None:
    told = ET.fromstring(client.get("/sitemap/city-1.xml").data)
    for entry in told:
        names = {
            link.attrib["hreflang"]: link.attrib["href"]
            for link in entry.findall("{http://www.w3.org/1999/xhtml}link")
        }
        location = entry.findtext("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
        assert names["x-default"] == location
        assert {tag: f"{location}?lang={tag}" for tag in terms.LANGUAGES}.items() <= names.items()
