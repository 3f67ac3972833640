"""A walk through the whole site: from the home page along every link, to every page there is."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from zlib import crc32

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.releases.reading import Release
from tests.web.reading import Page, page, said

pytestmark = pytest.mark.slow
"""All of them look at one walk through the whole site."""

MOST = 6_000
"""Addresses after which a walk is given up; it has then found a way without end."""

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ORIGIN = "http://localhost"


@dataclass
class Walk:
    """What was seen: the pages by their path, other answers, and what each page led to."""

    pages: dict[str, Page] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    fragments: dict[str, set[str]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)


def address(base: str, link: str) -> tuple[str, str]:
    """Resolve a link, without the language it asks for; give its path and its fragment."""
    parts = urlsplit(urljoin(base, link))
    pairs = [pair for pair in parse_qsl(parts.query) if pair[0] != "lang"]
    path = f"{parts.path}?{urlencode(pairs)}" if pairs else parts.path
    return (path, parts.fragment) if f"{parts.scheme}://{parts.netloc}" == ORIGIN else ("", "")


def is_another_form(path: str) -> bool:
    """Whether it is what another address has, too: sorted, or in a further format.

    Of lists with several filters there are thousands in each order and each format, each with its
    query, of which one in twenty is looked at. Everything has a history; those of cities and links
    are looked at.
    """
    parts = urlsplit(path)
    names = {name for name, _ in parse_qsl(parts.query)}
    if parts.path == "/sparql" and "query" in names:
        return bool(crc32(path.encode()) % 20)
    if "view" in names:
        return not parts.path.startswith(("/doc/city/", "/doc/link/"))
    return len(names) > 1 and ("sort" in names or parts.path.endswith((".svg", "json", "jsonld")))


@pytest.fixture(scope="module")
def walk(client: FlaskClient) -> Walk:
    """Follow every link of every page, as a browser does."""
    seen, found, ahead = {"/"}, Walk(), ["/"]
    while ahead:
        path = ahead.pop()
        response = client.get(path, headers=BROWSER, follow_redirects=True)
        if response.status_code != 200:
            found.failures[path] = response.status_code
        if response.status_code != 200 or response.mimetype != "text/html":
            continue
        found.pages[path] = page(response.data)
        for link in found.pages[path].links():
            there, fragment = address(ORIGIN + path, link)
            if not there:
                found.outside.add(link)
                continue
            if fragment:
                found.fragments.setdefault(there, set()).add(fragment)
            if there not in seen and not is_another_form(there):
                seen.add(there)
                ahead.append(there)
        assert len(seen) < MOST
    return found


def test_no_link_leads_nowhere(walk: Walk) -> None:
    assert walk.failures == {}


def test_every_thing_is_on_the_way(walk: Walk, release: Release) -> None:
    paths = {path.partition("?")[0] for path in walk.pages}
    assert {"/", "/sparql", "/ontology", "/shapes", "/graph", "/dumps", "/release"} <= paths
    for entry in release.manifest.all_graphs():
        assert terms.path_of(entry.graph) in paths
    cities = [path for path in paths if path.startswith("/doc/city/")]
    assert len(cities) == 17


def test_links_outside_are_addresses_of_the_web(walk: Walk) -> None:
    assert walk.outside
    assert {link for link in walk.outside if not link.startswith(("https://", "http://"))} == set()


def test_every_page_is_html_without_mistakes(walk: Walk) -> None:
    assert {path: found.errors for path, found in walk.pages.items() if found.errors} == {}


def test_every_page_has_a_title_and_a_heading_of_its_own(walk: Walk) -> None:
    for path, found in walk.pages.items():
        assert len(found.find("title")) == len(found.find("h1")) == len(found.find("main")) == 1, (
            path
        )
        assert found.texts("title")[0] != "", path
        assert found.texts("h1")[0] != "", path
        assert found.language == "en", path


def test_headings_are_not_skipped(walk: Walk) -> None:
    for path, found in walk.pages.items():
        levels = [
            int(e.tag[1])
            for e in found.tree.iter()
            if e.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}
        ]
        assert levels[0] == 1, path
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), path


def test_ids_are_unique(walk: Walk) -> None:
    for path, found in walk.pages.items():
        assert [name for name, count in Counter(found.ids()).items() if count > 1] == [], path


def test_fragments_are_there(walk: Walk) -> None:
    for path, fragments in walk.fragments.items():
        if path in walk.pages:
            assert fragments - set(walk.pages[path].ids()) == set(), path


def test_every_field_has_a_label(walk: Walk) -> None:
    for path, found in walk.pages.items():
        labelled = {label.get("for") for label in found.find("label")}
        for name in ("input", "select", "textarea"):
            for entry in found.find(name):
                assert entry.get("type") == "hidden" or entry.get("id") in labelled, path


def test_every_image_has_a_text_and_every_link_words(walk: Walk) -> None:
    for path, found in walk.pages.items():
        assert all("alt" in image.attrib for image in found.find("img")), path
        for link in found.find("a"):
            words = said(link) or "".join(image.get("alt", "") for image in link.iter("img"))
            assert words or link.get("aria-label"), (path, link.attrib)


def test_no_page_shows_what_a_template_left_out(walk: Walk) -> None:
    for path, found in walk.pages.items():
        for mark in ("{{", "{%", "None", "Undefined", "Words(", "<NamedNode"):
            assert mark not in found.text or path.startswith(("/sparql", "/queries", "/docs")), (
                path,
                mark,
            )
