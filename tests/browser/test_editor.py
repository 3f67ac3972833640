"""The editor of queries in a browser: it completes, marks mistakes, and shows answers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Literal
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Seen, needs_assets, opened
from tests.browser.test_pages import violations
from tests.web.served import PATIENCE, Server

pytestmark = [pytest.mark.slow, needs_assets]

PREFIX = "PREFIX cl: <https://w3id.org/citylinks/ontology#>\n"
TWINS = f"{PREFIX}SELECT ?city ?twin {{ ?city cl:twinCity ?twin }}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WAIT = PATIENCE * 1000


@pytest.fixture
def editor(browser: Browser, site: Server) -> Iterator[tuple[Page, Seen]]:
    """Give the page with an empty editor that knows the terms."""
    context, page, seen = opened(browser, site)
    with page.expect_response("**/editor.json*"):
        page.goto("/sparql")
    expect(page.locator("#saved-query option").nth(5)).to_be_attached()
    write(page, "")
    yield page, seen
    context.close()


def write(page: Page, query: str) -> None:
    """Put a query in the place of what is there."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


def choose(page: Page, typed: str, option: str) -> None:
    """Type, and take what is offered."""
    page.keyboard.type(typed, delay=30)
    offered = page.locator(".cm-tooltip-autocomplete [aria-selected]")
    expect(offered).to_contain_text(option, timeout=WAIT)
    # Options cannot be taken at once, lest one is by mistake, and not while more are fetched.
    page.wait_for_load_state("networkidle")
    expect(offered).to_contain_text(option, timeout=WAIT)
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")


def written(page: Page) -> str:
    """Give the text of the field, which the form would send."""
    return page.locator("#query").input_value()


def run(page: Page) -> None:
    """Run the query from the keyboard."""
    page.locator(".cm-content").press("Control+Enter")


KEY, CLICK, THOUGHT = 0.28, 1.3, 1.35
"""Seconds that a key, a click and a choice take a person (the keystroke-level model of Card, Moran
and Newell)."""


@pytest.mark.parametrize(
    ("language", "country", "italy", "twin", "map_"),
    [
        ("en", "inCoun", "Italy", "twinC", "Map"),
        ("de", "Land", "Italien", "Partnerst", "Karte"),
    ],
)
def test_from_an_empty_editor_to_a_map(  # noqa: PLR0917  (a language and its words)
    language: str,
    country: str,
    italy: str,
    twin: str,
    map_: str,
    browser: Browser,
    site: Server,
) -> None:
    """Italy's twins in a minute, without an IRI or a prefix typed, and nobody else asked."""
    context, page, seen = opened(browser, site)
    with page.expect_response("**/editor.json*"):
        page.goto(f"/sparql?lang={language}")
    expect(page.locator("#saved-query option").nth(5)).to_be_attached()
    write(page, "")
    begun, steps = "SELECT * { ?city ", ((country, "cl:inCountry"), (f" {italy[:4]}", italy))
    page.keyboard.type(begun)
    for typed, option in steps:
        choose(page, typed, option)
    page.keyboard.type(" ; ")
    choose(page, twin, "cl:twinCity")
    page.keyboard.type(" ?twin ")
    page.keyboard.press("Escape")
    assert written(page).startswith("PREFIX cl: <https://w3id.org/citylinks/ontology#>")
    assert "authority/country/ITA>" in written(page)
    run(page)
    expect(page.locator("#result tbody tr").first).to_be_visible(timeout=WAIT)
    expect(page.locator("#result tbody")).to_contain_text("Pavia", timeout=WAIT)
    page.get_by_role("button", name=map_, exact=True).click()
    expect(page.locator("figure[data-state=ready]")).to_be_visible(timeout=WAIT)
    expect(page.locator(".labels .name", has_text="Pavia")).to_be_visible(timeout=WAIT)
    keys = len(begun + country + twin + " ;  ?twin ") + len(f" {italy[:4]}") + len("↵↵↵⎋⌃↵")
    assert KEY * keys + THOUGHT * 3 + 2 * CLICK < 60
    assert seen.troubles == []
    context.close()


def test_cities_are_completed_by_any_of_their_words(editor: tuple[Page, Seen]) -> None:
    """A name of several words begins with a bracket."""
    page, _ = editor
    page.keyboard.type("SELECT * { ")
    choose(page, "Молот", "Perm")
    assert "<https://w3id.org/citylinks/id/city/perm-511196>" in written(page)
    choose(page, " ?p <Besan", "Besançon")
    assert written(page).count("<https://w3id.org/citylinks/id/city/besancon-3033123>") == 1


def test_a_mistake_is_underlined_where_it_is(editor: tuple[Page, Seen]) -> None:
    """With what the server says of it, and a prefix that lacks to be declared at once."""
    page, seen = editor
    write(page, "SELECT * {\n  ?city cl:twinCity ?twin }")
    run(page)
    marked = page.locator(".cm-lintRange-error")
    expect(marked).to_have_text("cl:twinCity", timeout=WAIT)
    expect(page.get_by_role("alert")).to_contain_text("the prefix cl: is not declared")
    marked.hover()
    expect(page.locator(".cm-diagnostic")).to_contain_text("the prefix cl: is not declared")
    page.get_by_role("button", name="Add PREFIX cl:").click()
    expect(marked).to_have_count(0)
    assert written(page).startswith(PREFIX)
    run(page)
    expect(page.locator("#result tbody tr").first).to_be_visible(timeout=WAIT)
    seen.troubles = [one for one in seen.troubles if "400" not in one]
    assert seen.troubles == []


def test_a_query_is_stopped(editor: tuple[Page, Seen]) -> None:
    """And another runs then."""
    page, _ = editor
    write(page, ENDLESS)
    run(page)
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.locator(".status")).to_have_text("Stopped.")
    expect(page.locator("#query-tab")).to_be_focused()
    write(page, "ASK { ?s ?p ?o }")
    run(page)
    expect(page.locator("#result .answer")).to_have_text("Yes", timeout=WAIT)


def test_rows_are_sorted_and_turned_and_taken_as_files(editor: tuple[Page, Seen]) -> None:
    """All of them, not only those of the page that is shown."""
    page, _ = editor
    write(page, f"{PREFIX}SELECT ?n {{ ?s cl:population ?n }}")
    run(page)
    expect(page.locator(".status")).to_contain_text("rows", timeout=WAIT)
    for order, up in [("ascending", True), ("descending", False)]:
        page.locator("#result thead button").click()
        expect(page.locator("#result th")).to_have_attribute("aria-sort", order)
        shown = [int(one) for one in page.locator("#result tbody td").all_inner_texts()]
        assert shown == sorted(shown, reverse=not up)
    with page.expect_response("**/sparql?*format=csv*") as answered:
        page.locator(".files button[value=csv]").click()
    assert answered.value.status == 200


def test_what_is_shared_is_of_the_release(
    editor: tuple[Page, Seen], browser: Browser, site: Server
) -> None:
    """The address shows the same answer, with scripts and without."""
    page, _ = editor
    write(page, TWINS)
    run(page)
    expect(page.locator("#result tbody tr").first).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Share").click()
    address = page.locator(".status .address").input_value()
    assert "release=" in address
    for scripts in (True, False):
        context, other, _ = opened(browser, site, scripts=scripts)
        other.goto(address)
        assert other.locator("#query").input_value() == TWINS
        expect(other.locator("#result tbody tr").first).to_be_visible()
        context.close()


def test_a_saved_query_has_fields_for_its_values(editor: tuple[Page, Seen]) -> None:
    """A city is chosen by its name."""
    page, _ = editor
    page.select_option("#saved-query", "twins-of-a-city")
    field = page.locator("#value-city")
    expect(field).to_have_value("Perm", timeout=WAIT)
    field.fill("Besançon")
    expect(page.locator("#value-city-list option").first).to_be_attached(timeout=WAIT)
    field.fill(page.locator("#value-city-list option").first.get_attribute("value") or "")
    field.press("Tab")
    assert "{ <https://w3id.org/citylinks/id/city/besancon-3033123> } # parameter" in written(page)


def test_the_fields_of_values_are_those_of_the_query(editor: tuple[Page, Seen]) -> None:
    """One that has several places is written into each; of another query it may be another."""
    page, seen = editor
    for value, shown, typed, there in (
        ('"IT"', "IT", "FR", '"FR"'),
        ('"a \\"b\\""@it', 'a "b"', 'c "d"', '"c \\"d\\""@it'),
        ("2.5", "2.5", "3.5", "3.5"),
    ):
        place = f"VALUES ?a {{ {value} }} # parameter a\n"
        write(page, f"SELECT * {{ {{ {place} }} UNION {{ {place} }} }}")
        field = page.locator("#value-a")
        expect(field).to_have_value(shown, timeout=WAIT)
        field.fill(typed)
        field.press("Tab")
        assert written(page).count(f"{{ {there} }}") == 2
    assert seen.troubles == []


def test_what_no_address_can_hold_is_not_shared(editor: tuple[Page, Seen]) -> None:
    page, _ = editor
    write(page, f"ASK {{ ?s ?p '{'x' * 9000}' }}")
    page.get_by_role("button", name="Share").click()
    expect(page.locator(".status")).to_contain_text("too long for an address")
    expect(page.locator(".status input")).to_have_count(0)


def test_history_is_on_the_device_and_can_be_cleared(editor: tuple[Page, Seen]) -> None:
    """It outlives the page."""
    page, _ = editor
    write(page, "ASK { ?history ?of ?mine }")
    run(page)
    expect(page.locator("#result .answer")).to_be_visible(timeout=WAIT)
    page.reload()
    page.get_by_text("History", exact=True).click()
    page.get_by_role("button", name="ASK { ?history ?of ?mine }").click()
    assert written(page) == "ASK { ?history ?of ?mine }"
    page.get_by_role("button", name="Clear the history").click()
    expect(page.locator(".past summary")).to_be_focused()
    assert page.evaluate("localStorage.getItem('citylinks.queries')") is None


def test_it_works_where_nothing_may_be_kept(browser: Browser, site: Server) -> None:
    """A browser that refuses its storage."""
    context, page, seen = opened(browser, site)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused'); }})"
    )
    page.goto("/sparql")
    write(page, "ASK { ?s ?p ?o }")
    run(page)
    expect(page.locator("#result .answer")).to_have_text("Yes", timeout=WAIT)
    page.get_by_text("History", exact=True).click()
    expect(page.get_by_text("This browser keeps nothing")).to_be_visible()
    assert seen.troubles == []
    context.close()


def test_how_a_query_is_run_is_told(editor: tuple[Page, Seen]) -> None:
    """As text, without leaving the page."""
    page, _ = editor
    write(page, TWINS)
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#result pre").first).to_contain_text("cl:twinCity", timeout=WAIT)


def test_programs_hold_the_query(editor: tuple[Page, Seen]) -> None:
    """In each language; a graph is no table."""
    page, _ = editor
    write(page, TWINS)
    page.get_by_text("Use this query from a program").click()
    names = page.locator("#program-for option").all_inner_texts()
    assert {"cURL", "R"} < set(names)
    for name in names:
        page.select_option("#program-for", name)
        expect(page.locator(".programs pre")).to_contain_text("cl:twinCity ?twin")
    write(page, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3")
    expect(page.locator("#program-for option", has_text="pandas")).to_have_count(0)


OFF = {"enabled": False}


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible(width: int, browser: Browser, site: Server, axe: str) -> None:
    """With a table, a list of options, a mistake; light and dark; Tab leaves the field."""
    context, page, _ = opened(browser, site, width=width)
    page.goto("/sparql?" + urlencode({"lang": "it"}))
    expect(page.locator("#saved-query option").nth(5)).to_be_attached()
    wrong = []
    write(page, TWINS)
    run(page)
    expect(page.locator("#result tbody tr").first).to_be_visible(timeout=WAIT)
    page.get_by_text("Cronologia", exact=True).click()
    for view in (None, "Grafo"):
        if view:
            page.get_by_role("button", name=view, exact=True).click()
            expect(page.locator(".network .thing").first).to_be_visible(timeout=WAIT)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            wrong += violations(page, axe, {})
    write(page, "SELECT * { ?c ")
    page.keyboard.type("cl:twin", delay=30)
    expect(page.locator(".cm-tooltip-autocomplete")).to_be_visible()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        # The list scrolls with what is chosen in it by the arrow keys of the field.
        wrong += violations(page, axe, {"rules": {"scrollable-region-focusable": OFF}})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('form.editor') !== null")
    assert page.evaluate("!document.activeElement.shadowRoot")
    assert wrong == []
    context.close()


def test_numbers_are_shown_as_a_chart(editor: tuple[Page, Seen]) -> None:
    """The longest bar first, each with what it is called."""
    page, seen = editor
    count = "SELECT ?country (COUNT(?city) AS ?cities) { ?city cl:inCountry ?country }"
    write(page, f"{PREFIX}{count} GROUP BY ?country")
    run(page)
    page.get_by_role("button", name="Chart", exact=True).click(timeout=WAIT)
    bars = page.locator(".bars li")
    expect(bars.first).to_be_visible(timeout=WAIT)
    assert "Italy" in " ".join(bars.locator(".of").all_inner_texts())
    amounts = [int(one.replace(",", "")) for one in bars.locator(".amount").all_inner_texts()]
    assert amounts == sorted(amounts, reverse=True)
    widths = [box["width"] for one in bars.locator(".bar").all() if (box := one.bounding_box())]
    assert widths[0] / widths[-1] == pytest.approx(amounts[0] / amounts[-1], rel=0.05)
    write(page, "SELECT ?a { VALUES ?a { 1 2 } }")
    run(page)
    expect(page.get_by_role("button", name="Raw", exact=True)).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name="Chart", exact=True)).to_have_count(0)
    assert seen.troubles == []


def test_dates_are_shown_as_a_timeline(editor: tuple[Page, Seen]) -> None:
    """Rows are counted by year; with a number, that is summed."""
    page, seen = editor
    days = '"1990-02-03"^^xsd:date "1990"^^xsd:gYear "1995-06"^^xsd:gYearMonth'
    xsd = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    write(page, f"{xsd}SELECT ?day ?city {{ VALUES ?day {{ {days} }} BIND('x' AS ?city) }}")
    run(page)
    page.get_by_role("button", name="Timeline").click(timeout=WAIT)
    drawn = page.get_by_role("img", name="1990 to 1995; most in 1990: 2")
    expect(drawn.locator(".slot")).to_have_count(6)
    write(page, f"{xsd}SELECT ?day (7 AS ?n) {{ VALUES ?day {{ {days} }} }}")
    run(page)
    expect(page.get_by_role("button", name="Timeline")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Timeline").click()
    expect(page.get_by_role("img", name="most in 1990: 14")).to_be_visible(timeout=WAIT)
    assert seen.troubles == []


@pytest.mark.parametrize("far", ["99999999", "-99999999"])
def test_a_timeline_is_as_wide_as_the_page(far: str, editor: tuple[Page, Seen]) -> None:
    """However far its years lie apart."""
    page, _ = editor
    xsd = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    years = f'"1990"^^xsd:gYear "{far}"^^xsd:gYear'
    write(page, f"{xsd}SELECT * {{ VALUES ?at {{ {years} }} }}")
    run(page)
    page.get_by_role("button", name="Timeline").click(timeout=WAIT)
    expect(page.locator(".timeline-chart .slot").first).to_be_attached()
    assert page.locator(".timeline-chart .slot").count() < 140
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


TIES = "CONSTRUCT { ?a cl:twinCity ?b } WHERE { ?a cl:twinCity ?b }"


@pytest.mark.parametrize("query", [TWINS, f"{PREFIX}{TIES}"])
def test_an_answer_is_shown_as_a_graph(query: str, editor: tuple[Page, Seen]) -> None:
    """Its things are reached by arrow keys and open their pages; a list says the same."""
    page, seen = editor
    write(page, query)
    run(page)
    page.get_by_role("button", name="Graph", exact=True).click(timeout=WAIT)
    perm = page.locator(".network").get_by_role("link", name=re.compile("^Perm: .*Oxford"))
    expect(perm).to_be_visible(timeout=WAIT)
    expect(page.locator(".network [tabindex='0']")).to_have_count(1)
    perm.focus()
    perm.press("ArrowRight")
    expect(page.locator(".network .thing.near:focus")).to_have_count(1)
    reached = page.locator(".network [tabindex='0']")
    expect(reached).to_be_focused()
    href = reached.get_attribute("href") or ""
    page.get_by_text("As a list").click()
    expect(page.locator(".as-list li", has_text="Oxford")).to_contain_text("Perm")
    reached.press("Enter")
    page.wait_for_url(f"**{href}")
    assert seen.troubles == []


def test_a_graph_that_is_cut_says_so(editor: tuple[Page, Seen]) -> None:
    """The things with most ties are drawn, and the rest is counted."""
    page, _ = editor
    write(page, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    run(page)
    expect(page.locator("#result .sizes")).to_contain_text("with most ties, out of", timeout=WAIT)
    assert 100 < page.locator(".network .thing").count() <= 150
    assert page.locator(".network .tie").count() == 400
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.get_by_role("columnheader", name="predicate")).to_be_visible()


def test_what_is_no_graph_is_not_shown_as_one(editor: tuple[Page, Seen]) -> None:
    """One column of things, or things beside numbers."""
    page, _ = editor
    write(page, f"{PREFIX}SELECT ?city ?n {{ ?city cl:population ?n }}")
    run(page)
    expect(page.locator("#result tbody tr").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name="Graph", exact=True)).to_have_count(0)


@pytest.mark.parametrize("end", ["<http://example.org/a>", "1, 'two', 'three'@en"])
def test_no_tie_is_no_graph(end: str, editor: tuple[Page, Seen]) -> None:
    """Nor does a property stand for a thing."""
    page, seen = editor
    write(page, f"CONSTRUCT {{ <http://example.org/a> <http://example.org/next> {end} }} {{ }}")
    run(page)
    expect(page.locator("#result tbody tr").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name="Graph", exact=True)).to_have_count(0)
    assert seen.troubles == []


def test_nodes_without_names_are_no_texts_and_long_texts_are_broken(
    editor: tuple[Page, Seen],
) -> None:
    page, _ = editor
    write(page, f"SELECT (BNODE() AS ?node) ('{'A' * 2000}' AS ?text) {{ }}")
    run(page)
    cells = page.locator("#result tbody td")
    expect(cells.first).to_have_text(re.compile("^_:"), timeout=WAIT)
    box = cells.nth(1).bounding_box()
    assert box
    assert box["width"] < 800


def test_what_is_refused_is_told_in_the_readers_language(browser: Browser, site: Server) -> None:
    """But for the details, which say that they are in English."""
    context, page, _ = opened(browser, site)
    page.goto("/sparql?lang=de")
    write(page, "SELECT * { ?a foaf:name ?b }")
    run(page)
    notice = page.locator("#result .notice")
    expect(notice.locator("strong")).to_have_text("Die Abfrage ist kein SPARQL 1.1", timeout=WAIT)
    expect(notice.locator("[lang=en]")).to_contain_text("the prefix foaf: is not declared")
    context.close()


def test_several_queries_are_open_and_kept(editor: tuple[Page, Seen]) -> None:
    """Each with a name and its answer; what is closed stays closed."""
    page, seen = editor
    write(page, "ASK { ?first ?of ?two }")
    run(page)
    expect(page.locator("#result .answer")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="New query").click()
    page.keyboard.insert_text("# Second\nASK { ?a ?b ?c }")
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["Query 1", "Second"])
    expect(page.locator("#result .answer")).to_have_count(0)
    tabs.last.press("ArrowLeft")
    expect(tabs.first).to_be_focused()
    expect(page.locator("#result .answer")).to_be_visible()
    assert written(page) == "ASK { ?first ?of ?two }"
    tabs.first.press("F2")
    page.get_by_role("textbox", name="Name of the query").fill("Mine")
    page.keyboard.press("Enter")
    page.reload()
    expect(tabs).to_have_text(["Mine", "Second"])
    expect(page.get_by_role("tab", selected=True)).to_have_text("Mine")
    assert written(page) == "ASK { ?first ?of ?two }"
    tabs.first.press("Delete")
    expect(tabs).to_have_text(["Second"])
    page.goto("/sparql?query=ASK+%7B%7D&lang=en")
    expect(tabs).to_have_text(["Second", "Query 3"])
    assert written(page) == "ASK {}"
    assert seen.troubles == []


TOOLS = {
    "cURL": (["sh"], "curl", ()),
    "Python: SPARQLWrapper": ([sys.executable, "-"], sys.executable, ("SPARQLWrapper",)),
    "Python: rdflib": ([sys.executable, "-"], sys.executable, ("rdflib",)),
    "Python: pandas": ([sys.executable, "-"], sys.executable, ("pandas", "requests")),
    "R": (["R", "--no-echo", "--no-save"], "R", ()),
}
"""By program: what runs it, and what has to be there: a command and modules."""


def is_there(name: str) -> bool:
    """Whether what a program needs is installed."""
    _, command, modules = TOOLS[name]
    return bool(shutil.which(command)) and all(find_spec(one) for one in modules)


def test_programs_run_as_they_are_shown(editor: tuple[Page, Seen]) -> None:
    """Where what they need is there; a query has quotation marks of every kind."""
    page, _ = editor
    said = 'BIND("it\'s \\"so\\"" AS ?name)'
    asked = f"{PREFIX}SELECT ?name {{ ?city cl:twinCity ?twin {said} }} LIMIT 1"
    write(page, asked)
    page.get_by_text("Use this query from a program").click()
    ran = set()
    for name in page.locator("#program-for option").all_inner_texts():
        if is_there(name):
            page.select_option("#program-for", name)
            code = page.locator(".programs pre").inner_text()
            done = subprocess.run(
                TOOLS[name][0], input=code, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, (name, done.stderr)
            assert "its so" in re.sub(r"[^a-z ]", "", done.stdout), (name, done.stdout)
            ran.add(name)
    assert {"Python: SPARQLWrapper", "Python: rdflib"} <= ran
