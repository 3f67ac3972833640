"""A list as a SPARQL query: it finds the things of the list, whatever the filter."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.tables import every_row
from tests.web.reading import page

FILTERS = {
    "cities": [
        "",
        "country=IT",
        "country=RU&with-country=IT",
        "partner=Perm",
        "status=active&from=1990&to=2000-06",
        "member-of=project/cultcities&country=it",
        "near=45.19,9.16&within=400",
        "kind=friendship",
        "confirmed-since=2020",
        "not-confirmed-since=2020-05",
    ],
    "links": [
        "",
        "country=IT",
        "country=IT&with-country=RU",
        "country=IT&with-country=IT",
        "kind=twinning&status=active",
        "from=1990-05",
        "to=1992",
        "from=1980&to=1991-12-31",
        "confirmed-since=2020-02",
        "not-confirmed-since=2023",
        "partner=Pavia&status=active",
        "member-of=network/ec2u",
        "near=58.01,56.25&within=10&country=CN",
    ],
    "practices": [
        "",
        "country=IT",
        "topic=participation",
        "kind=municipal-service",
        "partner=Poitiers",
        "country=FR&with-country=IT",
        "member-of=network/ec2u",
    ],
    "programmes": [
        "",
        "kind=network",
        "kind=project&country=IT",
        "partner=Pavia",
        "from=2020",
        "country=FR&member-of=network/ec2u",
    ],
}
ROWS = [(name, asked) for name, filters in FILTERS.items() for asked in filters]


def of_the_query(client: FlaskClient, name: str, asked: str) -> list[str]:
    """Follow the link of a list's page to its query; return the things that the query finds."""
    shown = page(client.get(f"/{name}?{asked}", headers={"Accept": "text/html"}).data)
    (link,) = {one for one in shown.links() if one.startswith("/sparql?query=")}
    query = parse_qs(urlsplit(link).query)["query"][0]
    answer = client.get("/sparql", query_string={"query": query, "format": "json"})
    assert answer.status_code == 200, (query, answer.text)
    variable = answer.json["head"]["vars"][0]  # type: ignore[index]
    return [row[variable]["value"] for row in answer.json["results"]["bindings"]]  # type: ignore[index]


def of_the_list(client: FlaskClient, name: str, asked: str) -> set[str]:
    """Return the things of a list, by its file."""
    answer = client.get(f"/{name}.csv?{asked}")
    assert answer.status_code == 200, answer.text
    return {row["iri"] for row in csv.DictReader(io.StringIO(answer.text))}


@pytest.mark.slow
@every_row(("name", "asked"), ROWS)
def test_the_query_of_a_list_finds_its_things(name: str, asked: str, client: FlaskClient) -> None:
    wanted = of_the_list(client, name, asked)
    assert set(of_the_query(client, name, asked)) == wanted


def test_most_filters_of_these_tests_find_something_and_not_all(client: FlaskClient) -> None:
    for name, filters in FILTERS.items():
        every = len(of_the_list(client, name, ""))
        some = [len(of_the_list(client, name, asked)) for asked in filters[1:]]
        assert sum(0 < many < every for many in some) >= len(some) * 2 / 3, (name, every, some)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_link_keeps_the_language(language: str, client: FlaskClient) -> None:
    shown = page(client.get(f"/links?lang={language}", headers={"Accept": "text/html"}).data)
    (link,) = {one for one in shown.links() if one.startswith("/sparql?query=")}
    assert ("lang=de" in link) == (language == "de")
