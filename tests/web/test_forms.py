"""Forms in a browser: what they send, and that they come back filled in where there is trouble."""

from __future__ import annotations

import re
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from registry import terms
from registry.releases.reading import Release
from tests.tables import every_row
from tests.web.reading import Page, page

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
PAGES = [
    "/",
    "/sparql",
    "/sparql?" + urlencode({"query": f"SELECT * {{ ?s a <{terms.CL}City> ; ?p ?o }} LIMIT 200"}),
    "/sparql?query=nonsense",
    "/queries",
    "/queries/twins-of-a-city",
    "/queries/twins-of-a-city?city=no+city",
    "/queries/unknown",
    "/validate",
    "/doc/city/perm-511196",
    "/graph",
    "/graph/perm-twins",
    "/release",
    "/release/latest",
    "/dumps",
    "/dumps/latest/",
    "/shapes",
    "/problem/gone",
]
FILE = re.compile(
    r"/static/.*|/dumps/[^/]+/[^/?]+|.*\.(ttl|jsonld|rdf|nt|nq|trig|json|xml|csv|tsv|srj|srx|svg|ics|png|ico)"
)


def shown(client: FlaskClient, path: str) -> Page:
    """Open an address as a browser does."""
    found = page(client.get(path, headers=BROWSER, follow_redirects=True).data)
    assert found.errors == ()
    return found


def sent(form: Element) -> list[tuple[str, str]]:
    """Give what a form sends as it stands, by its first button."""
    first = form.find(".//button")
    fields = [f for f in form.iter() if f.get("name") and (f.tag != "button" or f is first)]
    return [(field.get("name", ""), _value(field)) for field in fields]


def _value(field: Element) -> str:
    if field.tag == "select":
        options = field.findall("option")
        return next((o for o in options if "selected" in o.attrib), options[0]).get("value", "")
    return (field.text or "") if field.tag == "textarea" else field.get("value", "")


@every_row("path", PAGES, ids=lambda path: path[:40])
def test_a_language_once_chosen_stays(path: str, client: FlaskClient) -> None:
    asked = f"{path}{'&' if '?' in path else '?'}lang=it"
    found = shown(client, asked)
    assert found.language == "it"
    for link in found.links():
        if link.startswith("/") and not FILE.fullmatch(link.partition("?")[0].partition("#")[0]):
            form = next((f for f in found.find("form") if f.get("action") == link), None)
            assert "lang=it" in link or (form is not None and ("lang", "it") in sent(form)), link


@every_row("path", PAGES, ids=lambda path: path[:40])
def test_every_field_has_a_label(path: str, client: FlaskClient) -> None:
    found = shown(client, path)
    labelled = {label.get("for") for label in found.find("label")}
    ids = found.ids()
    assert len(ids) == len(set(ids))
    for name in ("input", "select", "textarea"):
        for field in found.find(name):
            assert field.get("type") == "hidden" or field.get("id") in labelled
            assert field.get("aria-describedby", ids[0]) in ids


def test_an_editor_keeps_release_and_dataset(client: FlaskClient, release: Release) -> None:
    graph = f"{terms.GRAPH}cities"
    for path in (f"/release/{release.version}/sparql", "/sparql"):
        asked = {"query": COUNT, "default-graph-uri": graph, "release": release.version}
        (form,) = shown(client, f"{path}?{urlencode(asked)}").forms()
        assert form.get("action") == path
        assert {**asked, "format": "html"} == dict(sent(form))


@pytest.mark.parametrize(
    ("query", "line", "mark"),
    [
        ("ASK {\n  ?s ?p unknown:x }", "  ?s ?p unknown:x }", 8),
        ("ASK {\r\n\t?s ?p unknown:x }", "\t?s ?p unknown:x }", 7),
        ("ASK { ?s ?p 'é', " + "?o, " * 50 + "unknown:x }", "?o, " * 15 + "unknown:x }", 60),
    ],
)
def test_a_mistake_in_a_query_is_shown_where_it_is(
    query: str, line: str, mark: int, client: FlaskClient
) -> None:
    found = shown(client, "/sparql?" + urlencode({"query": query}))
    (excerpt,) = found.find("pre")
    row, under = "".join(excerpt.itertext()).split("\n")
    assert (row, len(under) - 1, under[-1]) == (line, mark, "↑")
    assert under[:-1].expandtabs() == "".join(" \t"[c == "\t"] for c in row[:mark]).expandtabs()
    assert [area.text for area in found.find("textarea")] == [query.replace("\r\n", "\n")]


def test_a_release_that_is_not_there_gives_no_form_to_ask_it_again(client: FlaskClient) -> None:
    assert not shown(client, "/release/0000/sparql?query=ASK{}").forms()


def test_a_wrong_value_stands_in_the_form_to_be_mended(client: FlaskClient) -> None:
    path = "/queries/timeline-of-two-cities"
    asked = {"city": "<no city>", "partner": "oxford-2640729"}
    found = shown(client, f"{path}?{urlencode(asked)}")
    (form,) = found.forms()
    assert form.get("action") == path
    assert dict(sent(form)) == asked
    assert "city is not a city here" in found.text


@every_row("path", ["/queries", "/queries/interrupted-links"])
def test_queries_are_described_in_the_language_of_the_reader(
    path: str, client: FlaskClient
) -> None:
    for language, words in (
        ("en", "Links of more than one period"),
        ("es", "Vínculos de más de un"),
    ):
        assert words in shown(client, f"{path}?lang={language}").text


def test_a_form_says_what_its_fields_take(client: FlaskClient) -> None:
    assert "such as perm-511196" in shown(client, "/queries/twins-of-a-city").text
    assert "eine ganze Zahl" in shown(client, "/queries/anniversaries?lang=de").text
    (form,) = shown(client, "/queries/twinned-on-a-day").forms()
    assert [field.get("type") for field in form.iter("input")] == ["date"]


# Results.
def test_nothing_found_is_said(client: FlaskClient) -> None:
    for query in ("SELECT * { ?s <x:y> ?o }", "CONSTRUCT WHERE { ?s <x:y> ?o }"):
        found = shown(client, "/sparql?" + urlencode({"query": query}))
        assert "This release has nothing that matches the query." in found.text
        assert not found.find("table")
        assert not found.find("pre")


def test_values_have_their_language_and_things_their_short_names(client: FlaskClient) -> None:
    query = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT * {
        ?status skos:notation "active" ; skos:prefLabel ?label FILTER(LANG(?label) = "it") }"""
    found = shown(client, "/sparql?" + urlencode({"query": query}))
    assert found.texts("tbody/tr/td/a") == ["scheme/status/active"]
    assert [e.get("lang") for e in found.find("tbody/tr/td/span")] == ["it"]
    assert found.texts("tbody/tr/td/sup") == ["it"]


def test_a_graph_is_shown_with_the_prefixes_it_needs(client: FlaskClient) -> None:
    query = f"CONSTRUCT WHERE {{ <{terms.thing('city', 'perm-511196')}> a ?type }}"
    (graph,) = shown(client, "/sparql?" + urlencode({"query": query})).find("pre")
    lines = (graph.text or "").splitlines()
    assert [line for line in lines if line.startswith("@")] == [f"@prefix cl: <{terms.CL}> ."]


# Where one is.
@every_row(
    ("path", "there"),
    [
        ("/", {}),
        ("/sparql", {"/sparql": "page"}),
        ("/queries/twins-of-a-city", {"/queries": "true"}),
        ("/graph/cities", {"/graph": "true"}),
        ("/doc/city/perm-511196", {}),
    ],
)
def test_the_navigation_says_where_one_is(
    path: str, there: dict[str, str], client: FlaskClient
) -> None:
    links = shown(client, path).find("header//nav/a")
    marked = {a.get("href"): a.get("aria-current") for a in links if a.get("aria-current")}
    assert marked == there


def test_a_city_without_partners_says_so(client: FlaskClient) -> None:
    found = shown(client, "/doc/city/latina-3175058")
    assert "No links of this city with others are recorded yet." in found.text
