"""What people read: every fact with its source, the same as the endpoint and the dump give."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import TypeGuard

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.releases.reading import Release
from registry.things.lookup import Lookup
from tests.tables import every_row
from tests.web.reading import Page, page, said

PERM = terms.thing("city", "perm-511196")
AGREEMENT = terms.thing("agreement", "2022-cultcities-friendship-agreement")
TWINS = [
    ("Amnéville", "1992"),
    ("Louisville", "1994"),
    ("Oxford", "1995"),
    ("Qingdao", "2003"),
    ("Duisburg", "2007"),
    ("Agrigento", "2012"),
]
SOURCE = "Friendship was born"
TAKEN = [
    ("Ars Vivendi", "Duisburg", "Project"),
    ("City call centre", "Louisville", "Model"),
    ("Community centres", "Oxford", "Idea"),
    ("Extreme Park", "Louisville", "Idea, Plan"),
    ("Public meetings with the mayor", "Louisville", "Model"),
]


def shown(client: FlaskClient, iri: str, language: str = "en") -> Page:
    response = client.get(f"{terms.path_of(iri)}.html", headers={"Accept-Language": language})
    assert response.status_code == 200
    return page(response.data)


def table(found: Page, part: str) -> list[list[str]]:
    """Give the cells of the table in a part of a page."""
    (section,) = found.tree.findall(f".//section[@id='{part}']")
    return [[said(cell) for cell in row] for row in section.findall(".//tbody/tr")]


# A city.
def test_the_twins_of_perm_with_years_and_source(client: FlaskClient) -> None:
    rows = table(shown(client, PERM), "partners")
    assert [(row[0], row[2]) for row in rows] == TWINS
    assert all(row[3] == "Twinning" and row[4].startswith("Active") for row in rows)
    shown_page = shown(client, PERM)
    assert all(row[-1] == "1" for row in rows)
    (listed,) = [ol for ol in shown_page.find("ol") if ol.get("class") == "fresh"]
    assert said(listed[0]).startswith(SOURCE)
    titles = [a.get("title") for td in shown_page.find("td") for a in td.iter("a")]
    assert titles.count("paragraph 2") == len(TWINS)


def test_page_endpoint_and_dump_give_the_same_twins(client: FlaskClient, release: Release) -> None:
    query = f"""PREFIX cl: <{terms.CL}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT DISTINCT ?name ?since ?title {{
          <{PERM}> cl:twinCity ?twin . ?link cl:party <{PERM}>, ?twin ; cl:startDate ?since ;
            cl:decidedBy/cl:supportedBy/cl:passageOf/dcterms:title ?title .
          ?twin skos:prefLabel ?label BIND(STR(?label) AS ?name)
          FILTER(LANG(?label) = "en" || ?label = "Amnéville"@fr)
        }} ORDER BY ?since ?name"""
    answer = client.get("/sparql", query_string={"query": query, "format": "json"}).json
    assert answer
    asked = [
        tuple(row[name]["value"] for name in ("name", "since", "title"))
        for row in answer["results"]["bindings"]
    ]
    assert asked == [(name, since, SOURCE) for name, since in TWINS]
    dumped = ox.Store()
    lines = gzip.decompress(client.get(f"/dumps/{release.version}/citylinks.nq.gz").data)
    for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS):
        dumped.add(ox.Quad(*quad.triple))
    found = dumped.query(query)
    assert isinstance(found, ox.QuerySolutions)
    assert [tuple(row[n].value for n in ("name", "since", "title")) for row in found] == asked


def test_practices_with_origin_and_what_passed(client: FlaskClient) -> None:
    assert [row[:3] for row in flow(shown(client, PERM), "Perm")] == [
        (origin, practice, "Perm") for practice, origin, _ in TAKEN
    ]
    told = shown(client, PERM).text
    assert all(what.lower() in told.lower() for _, _, what in TAKEN)
    given = flow(shown(client, terms.thing("city", "louisville-4299276")), "Louisville")
    assert [row[:3] for row in given] == [
        ("Louisville", practice, "Perm") for practice, origin, _ in TAKEN if origin == "Louisville"
    ]


KEPT = {
    "coimbra-2740637": {("Enhancement of material cultural heritage", "Operating")},
    # What passed to a city or from it is shown as an exchange of practices, and there alone.
    "louisville-4299276": set[tuple[str, str]](),
    "perm-511196": set[tuple[str, str]](),
}


@every_row(("ref", "shown"), KEPT.items())
def test_a_city_shows_the_heritage_and_practices_that_it_keeps(
    ref: str, shown: set[tuple[str, str]], client: FlaskClient
) -> None:
    found = page(client.get(f"/doc/city/{ref}").data)
    sections = [one for one in found.find("section") if one.get("id") == "kept"]
    rows = [[said(cell) for cell in row] for one in sections for row in one.findall(".//tbody/tr")]
    assert {(name, here) for name, _, here, _ in rows} == shown
    assert len(sections) == bool(shown)
    assert all(kind and sources for _, kind, _, sources in rows)


def flow(found: Page, city: str) -> list[tuple[str, str, str]]:
    """Give where practices on a page come from, what they are, and where they go."""
    (section,) = [one for one in found.find("section") if one.get("id") == "practices"]
    rows = []
    for item in section.findall(".//ul[@class='flow']/li"):
        start, _, end = (said(span) for span in item.findall("./span"))
        link = item.find("./span[@class='way']/a")
        assert link is not None
        assert city in {start, end}
        rows.append((start, said(link), end))
    return rows


def test_happenings_with_time_and_size(client: FlaskClient) -> None:
    rows = table(shown(client, PERM), "happenings")
    assert len(rows) == 8
    (concert,) = [row for row in rows if row[2] == "Concert"]
    assert concert[0] == "June 2013"
    assert "80" in concert[4]
    assert all(SOURCE in row[-1] for row in rows)


def test_a_city_of_two_kinds_of_links(client: FlaskClient) -> None:
    rows = table(shown(client, terms.thing("city", "pavia-3171366")), "partners")
    kinds = [row[3] for row in rows]
    assert kinds.count("Twinning") == 2
    assert "Friendship" in " ".join(kinds)


# Other things.
def test_who_signed_the_agreement(client: FlaskClient, release: Release) -> None:
    found = shown(client, AGREEMENT)
    lookup = Lookup(release.store)
    signatures = lookup.iris(AGREEMENT, "cl:signature")
    assert len(signatures) == 8
    for signature in signatures:
        for authority in lookup.iris(signature, "cl:signedFor"):
            (name, *_) = lookup.literals(authority, "skos:prefLabel")
            assert name.value in found.text
    for body in lookup.iris(AGREEMENT, "cl:establishes"):
        assert terms.path_of(body) in set(found.links())
    assert "7 April 2022" in found.text


def described(release: Release) -> Iterator[tuple[str, list[ox.Triple]]]:
    """Give what each thing says of itself, cities apart, whose pages have tables instead."""
    lookup = Lookup(release.store)
    quads = release.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    things = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
    for iri in sorted(things):
        if iri.startswith(terms.ID) and not iri.startswith(terms.thing("city", "")):
            yield iri, lookup.outgoing(iri)


NOT_SHOWN = {
    terms.prefixed(name)
    for name in (
        *("cl:startEarliest", "cl:startLatest", "cl:endEarliest", "cl:endLatest"),
        *("cl:asOfEarliest", "cl:asOfLatest", "cl:claimWeight", "cl:newestClaim"),
        *(
            "cl:periodAfter",
            "cl:covers",
            "cl:partyIn",
            "skos:hiddenLabel",
            "geo:hasDefaultGeometry",
        ),
    )
}
"""What is made for comparing and deciding, and what is found but not shown."""


@pytest.mark.slow
def test_every_page_leads_where_its_facts_lead(client: FlaskClient, release: Release) -> None:
    for iri, triples in described(release):
        links = set(shown(client, iri).links())
        for triple in triples:
            if isinstance(triple.object, ox.NamedNode) and triple.predicate.value not in NOT_SHOWN:
                there = terms.path_of(triple.object.value) or triple.object.value
                assert there in links, (iri, triple)


def is_text(term: object) -> TypeGuard[ox.Literal]:
    """Tell whether a value is shown as it is; numbers and dates are worded."""
    types = ("#string", "#langString")
    return isinstance(term, ox.Literal) and term.datatype.value.endswith(types)


def in_several_languages(triple: ox.Triple, triples: list[ox.Triple]) -> bool:
    """Whether a text stands in English as well, so that a page in English need not have it."""
    said = (t.object for t in triples if t.predicate == triple.predicate)
    tags = {one.language for one in said if isinstance(one, ox.Literal)}
    return isinstance(triple.object, ox.Literal) and triple.object.language != "en" and "en" in tags


@pytest.mark.slow
def test_every_page_has_every_text(client: FlaskClient, release: Release) -> None:
    for iri, triples in described(release):
        texts = {"en": shown(client, iri).text}
        for triple in triples:
            if not is_text(triple.object) or triple.predicate.value in NOT_SHOWN:
                continue
            language = triple.object.language or "en"
            if language not in texts and in_several_languages(triple, triples):
                texts[language] = shown(client, iri, language).text
            words = " ".join(triple.object.value.split())
            assert words in texts.get(language, texts["en"]), (iri, triple)


@pytest.mark.slow
def test_every_reference_is_in_the_list_of_sources(client: FlaskClient, release: Release) -> None:
    for iri, _ in described(release):
        found = shown(client, iri)
        references = {link for link in found.links() if link.startswith("#source-")}
        assert references <= {f"#{name}" for name in found.ids()}, iri
        if iri.startswith((terms.thing("link", ""), terms.thing("agreement", ""))):
            assert references, iri


# Languages.
@every_row(
    ("language", "title", "heading"),
    [
        ("en", "Perm", "Russia"),
        ("it", "Perm", "Russia"),
        ("fr", "Perm", "Russie"),
        ("de", "Perm", "Russland"),
        ("ru", "Пермь", "Russia"),
    ],
)
def test_a_page_in_the_readers_language(
    language: str, title: str, heading: str, client: FlaskClient
) -> None:
    found = shown(client, PERM, language)
    assert found.language == (language if language != "ru" else "en")
    assert found.texts("h1") == [title]
    assert heading in found.text


def test_words_of_another_language_say_so(client: FlaskClient) -> None:
    """WCAG 2.2, success criterion 3.1.2."""
    found = shown(client, PERM, "ru")
    (title,) = found.find("h1")
    assert [element.get("lang") for element in title.iter() if element.get("lang")] == ["ru"]
    for language in ("en", "it", "fr", "de", "es"):
        for element in shown(client, PERM, language).tree.iter():
            text = "".join(element.itertext()).strip()
            if text == "Пермь":
                assert (
                    any(e.get("lang") == "ru" for e in element.iter())
                    or element.get("lang") == "ru"
                )


@every_row("language", ["en", "it", "fr", "de", "es"])
def test_every_page_has_the_languages_to_choose(language: str, client: FlaskClient) -> None:
    found = shown(client, PERM, language)
    others = {"en", "it", "fr", "de", "es"} - {language}
    assert {
        link.removeprefix("?lang=") for link in found.links() if link.startswith("?lang=")
    } == others
