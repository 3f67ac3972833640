"""A city's partners: filtered and grouped without scripts, and two cities side by side."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.releases.reading import Release
from registry.views.links import LINKS, Link
from tests.web.reading import Page, page, said, shown

PERM, PATH = terms.thing("city", "perm-511196"), "/doc/city/perm-511196"


def rows(found: Page) -> list[Element]:
    """Give the rows of partners."""
    return [
        row for row in found.find("section[@id='partners']//tbody/tr") if "data-key" in row.attrib
    ]


def keys(found: Page) -> set[str]:
    return {row.attrib["data-key"] for row in rows(found)}


@pytest.fixture(scope="module")
def links(release: Release) -> list[Link]:
    return [link for link, _ in release.view(LINKS).of_city(PERM)]


def key(link: Link) -> str:
    return link.iri.rpartition("/")[2]


def test_partners_are_narrowed_as_links_are(client: FlaskClient, links: list[Link]) -> None:
    whole = keys(shown(client, PATH))
    assert whole == {key(link) for link in links}
    for status in {link.status.rpartition("/")[2] for link in links}:
        some = keys(shown(client, f"{PATH}?status={status}"))
        assert some == {key(link) for link in links if link.status.endswith(f"/{status}")}
    for year in ("1990", "1995", "2007"):
        some = keys(shown(client, f"{PATH}?from={year}"))
        assert some == {key(link) for link in links if link.start[:4] >= year}
        assert some <= whole
    for kind in {link.kind.rpartition("/")[2] for link in links}:
        some = keys(shown(client, f"{PATH}?kind={kind}"))
        assert some == {key(link) for link in links if link.kind.endswith(f"/{kind}")}


def test_partners_are_narrowed_by_country_and_source(
    client: FlaskClient, links: list[Link], release: Release
) -> None:
    assert keys(shown(client, f"{PATH}?country=Italy")) == keys(shown(client, f"{PATH}?country=it"))
    claims = {key(link): release.view(LINKS).claims(link.iri) for link in links}
    (document,) = {
        one.document for some in claims.values() for one in some if "perm-twins" in one.document
    }
    some = keys(shown(client, f"{PATH}?source=document/perm-twins"))
    assert some == {name for name, told in claims.items() if document in {c.document for c in told}}
    assert some


def test_what_matches_no_partner_is_told(client: FlaskClient) -> None:
    found = shown(client, f"{PATH}?country=NZ&lang=en")
    assert rows(found) == []
    assert "Nothing matches these filters." in found.text


@pytest.mark.parametrize(
    "asked",
    [
        "status=lost",
        "kind=x",
        "country=Atlantis",
        "from=soon",
        "source=document/no",
        "group=colour",
    ],
)
def test_a_filter_that_cannot_be_is_told(asked: str, client: FlaskClient) -> None:
    assert client.get(f"{PATH}?{asked}").status_code == 400


def test_partners_are_grouped_by_country(client: FlaskClient) -> None:
    plain, grouped = (
        shown(client, f"{PATH}?lang=en"),
        shown(client, f"{PATH}?group=country&lang=en"),
    )
    assert keys(plain) == keys(grouped)
    bodies = grouped.find("section[@id='partners']//tbody")
    names = []
    for body in bodies:
        head, *some = body.findall("tr")
        names.append(said(head.findall(".//a")[0]))
        assert said(head.findall(".//span")[0]) == str(len(some))
        (lead,) = head.findall(".//a")
        assert client.get(lead.attrib["href"]).status_code == 200
    assert names == sorted(names)
    assert len(names) > 3


def test_sorting_keeps_the_filter(client: FlaskClient) -> None:
    found = shown(client, f"{PATH}?from=1990")
    leads = [link.get("href", "") for link in found.find("section[@id='partners']//thead//a")]
    assert leads
    assert all("from=1990" in lead for lead in leads)


def test_the_form_counts_what_each_choice_shows(client: FlaskClient) -> None:
    found = shown(client, f"{PATH}?lang=en")
    (form,) = [one for one in found.find("form") if one.get("action") == f"{PATH}#partners"]
    for select in form.findall(".//select"):
        if select.get("name") == "group":
            continue
        for option in select.findall("option")[1:]:
            query = f"{select.get('name')}={option.get('value')}"
            count = int(said(option).rpartition("(")[2].rstrip(")"))
            assert len(rows(shown(client, f"{PATH}?{query}"))) == count, query


def test_the_chip_says_how_many_anniversaries_the_calendar_has(client: FlaskClient) -> None:
    for ref in ("perm-511196", "pavia-3171366"):
        chips = shown(client, f"/doc/city/{ref}?lang=en").texts("a[@class='chip']")
        (chip,) = [one for one in chips if one.startswith("Calendar")]
        calendar = client.get(f"/calendar/{ref}.ics").text.replace("\r\n ", "")
        links = [line for line in calendar.splitlines() if re.match("UID:.*/link/", line)]
        assert chip.endswith(f"({len(links)})"), (chip, links)


def test_two_cities_are_compared(client: FlaskClient) -> None:
    found = shown(client, "/compare?city=Perm&with=pavia-3171366&lang=en")
    assert found.texts("h1") == ["Perm – Pavia"]
    table = {
        said(row.findall("th")[0]): [said(cell) for cell in row.findall("td")]
        for row in found.find("tbody/tr")
    }
    for at, ref in enumerate(("perm-511196", "pavia-3171366")):
        assert table["Links"][at] == str(len(rows(shown(client, f"/doc/city/{ref}"))))
    assert table["Country"] == ["Russia", "Italy"]
    fields = [one.get("value") for one in found.forms()[0].iter("input") if one.get("id")]
    assert fields == ["Perm", "Pavia"]
    turned = shown(client, "/compare?city=Pavia&with=Perm&lang=en")
    assert [said(p) for p in turned.find("section[@id='common']/p")] == [
        said(p) for p in found.find("section[@id='common']/p")
    ]


def test_a_link_between_the_compared_is_told(client: FlaskClient) -> None:
    found = shown(client, "/compare?city=perm-511196&with=oxford-2640729")
    (section,) = found.find("section[@id='joined']")
    assert (
        next(link.get("href") for link in section.iter("a"))
        == "/doc/link/oxford-2640729--perm-511196"
    )


def test_a_city_that_is_not_here_is_asked_for_again(client: FlaskClient) -> None:
    response = client.get("/compare?city=Atlantis&with=Perm", headers={"Accept": "text/html"})
    assert response.status_code == 400
    fields = {one.get("name"): one.get("value") for one in page(response.data).find("input")}
    assert (fields["city"], fields["with"]) == ("Atlantis", "Perm")
    assert client.get("/compare").status_code == 200
