"""Countries and pairs of them: every number is that of the list it leads to."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from registry.lists.countries import LANDS, tally
from registry.lists.tables import TABLES, ListRow
from registry.places.names import fold
from registry.releases.reading import Release
from tests.tables import every_row
from tests.web.reading import Page, said, shown

BROWSER = {"Accept": "text/html"}
PAIRS = ("IT/RU", "DE/FR", "IT/IT", "FR/RU")


def rows(client: FlaskClient, address: str) -> int:
    """Count the rows of the list at an address, as a file."""
    path, mark, query = address.partition("?")
    return len([*csv.reader(io.StringIO(client.get(f"{path}.csv{mark}{query}").text))]) - 1


def numbers(found: Page) -> Iterator[tuple[str, int]]:
    """Give the lists that cells lead to, each with the number in the cell."""
    for cell in found.find("td[@class='number']"):
        for link in cell.findall("a"):
            yield link.attrib["href"], int(said(link).replace(",", ""))
    for chip in found.find("a[@class='chip']"):
        if counted := re.fullmatch(r".*\(([0-9,]+)\)", said(chip)):
            yield chip.attrib["href"], int(counted[1].replace(",", ""))


@every_row("path", ["IT", "RU", "FR", *PAIRS])
def test_every_number_is_that_of_its_list(path: str, client: FlaskClient) -> None:
    found = shown(client, f"/countries/{path}?lang=en")
    assert found.errors == ()
    counted = [(href.replace("&lang=en", ""), number) for href, number in numbers(found)]
    for href, number in counted:
        assert rows(client, href.replace("?lang=en", "")) == number, href
    is_empty = "knows no link" in found.text
    assert bool(counted) is not is_empty


def test_each_initial_leads_to_the_first_country_that_has_it(client: FlaskClient) -> None:
    for language, order in (("en", ""), ("de", "&sort=-name")):
        found = shown(client, f"/countries?lang={language}{order}")
        names = {row.get("id", ""): said(row.findall("th")[0]) for row in found.find("tbody/tr")}
        initials = [fold(name)[0].upper() for name in names.values()]
        leads = {said(a): a.attrib["href"] for a in found.find("nav[@class='initials']/a")}
        assert list(leads) == list(dict.fromkeys(initials))
        for initial, href in leads.items():
            assert href == f"#{[*names][initials.index(initial)]}"
    assert not shown(client, "/countries?lang=en&sort=cities").find("nav[@class='initials']")


def test_partner_countries_count_what_their_pages_do(client: FlaskClient) -> None:
    found = shown(client, "/countries/RU?lang=en")
    partners = list(found.find("section[@id='partners']//tbody/tr"))
    assert len(partners) > 3
    (abroad,) = found.find("section[@id='partners']/h2/span")
    assert f"to {said(abroad)} countries" in found.text
    for row in partners:
        (link,) = row.findall("th/a")
        other = shown(client, link.attrib["href"])
        count = said(row.findall("td")[0])
        assert other.texts("p[@class='lead']")[0].startswith(f"{count} link")


def test_the_list_of_countries_has_every_country_and_can_be_sorted(client: FlaskClient) -> None:
    plain = shown(client, "/countries?lang=en").texts("tbody//th")
    assert plain == sorted(plain)
    assert {"Italy", "Russia", "France"} <= {*plain}
    found = shown(client, "/countries?lang=en&sort=-links")
    links = [int(said(row.findall("td")[1])) for row in found.find("tbody/tr")]
    assert all(a >= b for a, b in pairwise(links))
    (head,) = [th for th in found.find("thead//th") if th.get("aria-sort") == "descending"]
    assert said(head) == "Links"
    assert len(links) == len(plain)


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/countries/it", "/countries/IT"),
        ("/countries/Italien", "/countries/IT"),
        ("/countries/RU/IT", "/countries/IT/RU"),
        ("/countries/IT?with=Russie", "/countries/IT/RU"),
        ("/countries/IT?with=IT&lang=de", "/countries/IT/IT?lang=de"),
    ],
)
def test_a_country_is_found_by_other_names(path: str, leads: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert response.status_code in {301, 303}
    assert response.headers["Location"] == leads


def test_a_second_country_that_is_not_there_is_told(client: FlaskClient) -> None:
    assert client.get("/countries/IT?with=XX").status_code == 400


@pytest.mark.parametrize("path", ["XX", "Atlantis", "IT/XX", "AQ"])
def test_a_country_that_is_not_there_is_not_found(path: str, client: FlaskClient) -> None:
    assert client.get(f"/countries/{path}").status_code == 404


def test_decades_and_ages_part_all_links() -> None:
    made = [
        ListRow(f"l{n}", status=status, start=start, confirmed=confirmed)
        for n, (status, start, confirmed) in enumerate(
            [
                ("active", "836", "2026-01"),
                ("listed", "1950-05", "2025"),
                ("not-confirmed", "1959", "2020-12"),
                ("ended", "1981", "2016"),
                ("suspended", "", ""),
            ]
        )
    ]
    found = tally([row for row in made if len(row.start) != 3], 2026)
    assert [(d.first, d.last, d.total) for d in found.decades] == [
        (1950, 1959, 2),
        (1960, 1969, 0),
        (1970, 1979, 0),
        (1980, 1989, 1),
    ]
    assert found.undated == 1
    assert [(one.since, one.before, one.count) for one in found.ages] == [
        (2025, 0, 1),
        (2021, 2025, 0),
        (2016, 2021, 2),
        (0, 2016, 1),
    ]
    assert found.groups == {"holding": 1, "unconfirmed": 1, "other": 2}
    old = tally([ListRow("l", start="1836"), ListRow("m", start="1925")], 2026)
    assert [(d.first, d.last) for d in old.decades] == [(0, 1899), (1920, 1929)]


def test_counts_are_kept_for_a_release(release: Release) -> None:
    assert release.view(LANDS).land("IT") is release.view(LANDS).land("IT")


def test_cities_of_a_network_are_counted_by_country(client: FlaskClient, release: Release) -> None:
    tables = release.view(TABLES)
    found = shown(client, "/doc/project/cultcities?lang=en")
    leads = [
        (link.attrib["href"], said(item.findall("span")[0]))
        for item in found.find("section[@id='countries']//li")
        for link in item.findall("a")
    ]
    assert len(leads) == len(tables.countries_of("project/cultcities")) > 3
    for href, count in leads:
        assert rows(client, href.replace("&lang=en", "")) == int(count), href
    assert client.get("/cities.csv?member-of=project/nothing").status_code == 400
    assert client.get("/links.csv?with-country=IT").status_code == 400
