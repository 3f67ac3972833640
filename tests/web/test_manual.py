"""The documentation on the site: every page, its links, its examples, and its search."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web import manual
from registry.web.app import create_app
from registry.web.context import NAME
from tests.tables import every_row
from tests.web.reading import Page, page

ROOT = Path(__file__).parents[2]
NAMES = manual.names()


def shown(client: FlaskClient, name: str, **asked: str) -> Page:
    response = client.get(f"/docs/{name}", query_string=asked)
    assert response.status_code == 200
    return page(response.data)


def test_every_file_of_the_documentation_is_a_page() -> None:
    files = {manual.file_of(name) for name in NAMES}
    written = {*(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("notebooks/*.ipynb")}
    assert files == written | {ROOT / "CONTRIBUTING.md"}
    assert len(NAMES) == len({*NAMES})


@pytest.fixture(scope="module")
def read(client: FlaskClient) -> dict[str, Page]:
    """Give all pages, each read once."""
    return {name: shown(client, name) for name in NAMES}


@every_row("name", NAMES)
def test_a_page_is_well_formed_and_its_links_lead_somewhere(
    name: str, read: dict[str, Page], client: FlaskClient
) -> None:
    """Within the documentation to headings that there are."""
    found = read[name]
    assert found.errors == ()
    ids = found.ids()
    assert len(ids) == len({*ids})
    for link in found.links():
        parts = urlsplit(link)
        if parts.path.startswith("/docs/images/"):
            assert client.get(parts.path).status_code == 200
        elif parts.path.startswith("/docs/") and not parts.path.endswith(".ipynb"):
            other = parts.path.removeprefix("/docs/")
            assert other in NAMES
            if parts.fragment:
                assert parts.fragment in read[other].ids(), link
        elif not parts.path and parts.fragment:
            assert parts.fragment in ids, link
        assert ".md" not in parts.path, link
        assert not link.startswith(".."), link


def test_its_chapters_stand_beside_it(client: FlaskClient) -> None:
    found = shown(client, "portal")
    chapters = [item.get("href") for item in found.find("nav[@class='chapters']//a")]
    assert "#linking-a-table" in chapters
    assert "#facts-of-links" in chapters
    assert found.texts("h1") == ["Linking to the registry"]
    assert not found.find("article//li/a[@href='#linking-a-table']")


def test_queries_can_be_run_and_addresses_opened(client: FlaskClient) -> None:
    """In the language of the reader."""
    runs = [
        link
        for link in shown(client, "analyst", lang="it").links()
        if link.startswith("/sparql?query=")
    ]
    assert len(runs) == 5
    for link in runs:
        asked = parse_qs(urlsplit(link).query)
        assert asked["lang"] == ["it"]
        assert re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", asked["query"][0])
        assert client.get(link, headers={"Accept": "text/html"}).status_code == 200
    opened = [link for link in shown(client, "portal").links() if link.startswith("/links.csv")]
    assert opened
    assert client.get(opened[0]).status_code == 200


def test_pages_that_are_named_are_links(client: FlaskClient) -> None:
    links = [*shown(client, "portal", lang="fr").links()]
    assert "/cities?lang=fr" in links
    assert "/?lang=fr" in links
    assert not any(link.startswith("/id/{kind}") for link in links)


def test_examples_name_the_server_that_is_asked(client: FlaskClient) -> None:
    text = client.get("/docs/portal", base_url="https://registry.example.org").text
    assert "curl https://registry.example.org/openapi.json" in text
    assert manual.SERVER not in text
    strange = client.get("/docs/portal", headers={"Host": 'x"<b>'}).text
    assert '"<b>' not in strange
    notebook = client.get("/docs/notebooks/portal.ipynb", base_url="https://registry.example.org")
    assert notebook.mimetype == "application/x-ipynb+json"
    (first,) = [cell for cell in json.loads(notebook.data)["cells"] if cell["id"] == "code-2"]
    assert 'SERVER = "https://registry.example.org"\n' in first["source"]


@every_row("path", ["/docs/nothing", "/docs/images/nothing.png", "/docs/notebooks/x.ipynb"])
def test_there_is_no_other_page(path: str, client: FlaskClient) -> None:
    assert client.get(path).status_code == 404


@every_row(
    ("asked", "page", "heading"),
    [
        ("linking table", "portal", "Linking a table"),
        ("LEDGER", "glossary", ""),
        ("respond-async", "analyst", ""),
        ("décisions table", "portal", "Linking a table"),
        ("CITYLINKS_BATCH", "operator", ""),
    ],
)
def test_sections_are_found_by_their_words(asked: str, page: str, heading: str) -> None:
    hits = [hit.section for hit in manual.found(asked)]
    assert any(one.page == page and heading in {"", one.heading.text} for one in hits)


def test_what_is_found_is_shown_with_its_words(client: FlaskClient) -> None:
    found = page(client.get("/docs?q=linking+table&lang=en").data)
    assert found.errors == ()
    assert "Linking a table" in found.texts("ol/li/a")[0]
    assert found.find("mark")
    nothing = page(client.get("/docs?q=qqqqq&lang=en").data)
    assert "0 sections found" in nothing.text
    listed = page(client.get("/docs?lang=de").data)
    assert {link for link in listed.links() if link.startswith("/docs/")} >= {
        f"/docs/{name}?lang=de" for name in NAMES
    }


@pytest.mark.parametrize("repository", ["", "https://example.org/citylinks/blob/main/"])
def test_files_of_the_software_are_where_the_operator_says(
    repository: str, workspace: Workspace, settings: Settings, forks: Forks
) -> None:
    own = replace(settings, home=workspace.home, workers=1, repository=repository)
    app = create_app(own, forks)
    links = [*shown(app.test_client(), "operator").links()]
    app.extensions[NAME].engine.pool.close()
    expected = "https://example.org/citylinks/blob/main/deploy/nginx.conf"
    assert (expected in links) == bool(repository)
    assert not any("nginx.conf" in link for link in links if link != expected)
