"""Ways of readers through the site: by mouse, by keyboard alone, and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Seen, needs_assets, opened
from tests.web.served import Server

pytestmark = pytest.mark.slow


@needs_assets
def test_an_officer_finds_the_city_its_partners_and_the_evidence(
    wide: tuple[Page, Seen],
) -> None:
    page, seen = wide
    page.goto("/")
    page.get_by_role("search").get_by_role("combobox").type("pav")
    page.get_by_role("option", name="Pavia").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pavia")
    partners = page.get_by_role("table").first
    expect(partners.get_by_role("rowheader", name="Hildesheim", exact=True)).to_be_visible()
    partners.get_by_role("link", name="Since").click()
    expect(page.get_by_role("columnheader", name="Since")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_role("link", name="Friendship", exact=True).first.click()
    expect(page.get_by_role("heading", level=2, name="What each source says")).to_be_visible()
    page.get_by_role("columnheader").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=2, name="Statements from this source")).to_be_visible()
    assert seen.troubles == []


@needs_assets
def test_a_row_lights_its_line_on_the_map(wide: tuple[Page, Seen]) -> None:
    page, seen = wide
    page.goto("/doc/city/perm-511196")
    page.get_by_role("rowheader", name="Oxford").hover()
    expect(page.locator(".lines .lit")).to_have_count(1)
    page.get_by_role("heading", level=1).hover()
    expect(page.locator(".lit")).to_have_count(0)
    assert seen.troubles == []


@needs_assets
def test_suggestions_can_be_chosen_by_the_keyboard_alone(wide: tuple[Page, Seen]) -> None:
    page, seen = wide
    page.goto("/doc/city/perm-511196")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="A city, in any language")).to_be_focused()
    page.keyboard.type("hildeshem")
    expect(page.get_by_role("option", name="Hildesheim Germany")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hildesheim")
    assert seen.troubles == []


def test_every_link_and_field_is_reached_by_the_tab_key_and_shows_it(
    wide: tuple[Page, Seen],
) -> None:
    page, _ = wide
    page.goto("/doc/city/perm-511196")
    count = "document.querySelectorAll('a[href], button, input, summary, [tabindex=\"0\"]').length"
    reached = set()
    for _ in range(page.evaluate(count)):
        page.keyboard.press("Tab")
        what, outlined = page.evaluate(
            "[document.activeElement].map(e => [e.outerHTML, getComputedStyle(e).outlineStyle])[0]"
        )
        if what.startswith("<body"):  # What is folded or hidden is passed over.
            break
        assert outlined != "none", what
        reached.add(what)
    assert len(reached) > 40


@pytest.mark.parametrize("width", [1280, 390])
def test_without_scripts_the_same_way_is_open(width: int, browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site, width=width, scripts=False)
    page.goto("/")
    page.get_by_role("main").get_by_role("searchbox").fill("Пермь")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="Perm", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Perm")
    expect(page.get_by_role("rowheader", name="Oxford")).to_be_visible()
    assert seen.troubles == []
    context.close()


@pytest.mark.parametrize(
    ("language", "countries", "partner", "heading"),
    [
        ("en", "All .* countries", "Russia", "Links: Italy – Russia"),
        ("de", "Alle .* Länder", "Russland", "Verbindungen: Italien – Russland"),
    ],
)
def test_a_journalist_finds_and_shares_the_history_of_two_countries(
    language: str, countries: str, partner: str, heading: str, wide: tuple[Page, Seen]
) -> None:
    page, seen = wide
    page.goto(f"/?lang={language}")
    page.get_by_role("link", name=re.compile(countries)).click()
    page.get_by_role("rowheader", name=re.compile("^Ital")).get_by_role("link").click()
    page.locator("#partners").get_by_role("link", name=partner, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.locator("svg.chart")).to_be_visible()
    shared = {
        name: page.locator(f'meta[property="og:{name}"]').get_attribute("content")
        for name in ("title", "url", "image", "description")
    }
    assert shared["title"] == heading
    response = page.request.get(shared["image"] or "")
    assert response.ok
    assert response.headers["content-type"] == "image/png"
    assert page.goto(shared["url"] or "")
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert seen.troubles == []


@pytest.mark.parametrize(("language", "width"), [("en", 390), ("fr", 1280)])
def test_a_citizen_finds_the_own_town_under_its_local_name(
    language: str, width: int, browser: Browser, site: Server
) -> None:
    context, page, seen = opened(browser, site, width=width)
    page.goto(f"/?lang={language}")
    page.locator("#find").fill("Пермь")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Perm", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Perm")
    expect(page.locator("bdi.name", has_text="Пермь")).to_be_visible()
    row = page.locator("#partners tbody tr", has_text="Oxford")
    expect(row.get_by_text("1995")).to_be_visible()
    row.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Oxford")
    assert f"lang={language}" in page.url
    assert seen.troubles == []
    context.close()


@needs_assets
@pytest.mark.parametrize(
    ("language", "portal", "none", "download"),
    [
        ("en", "For portals", "None of these", "Download the table"),
        ("it", "Per i portali", "Nessuna di queste", "Scarica la tabella"),
    ],
)
def test_the_maintainer_of_a_portal_links_a_table(
    language: str, portal: str, none: str, download: str, wide: tuple[Page, Seen]
) -> None:
    """From the start page to the table with IRIs, one row of which is decided."""
    page, seen = wide
    page.goto(f"/?lang={language}")
    page.get_by_role("link", name=portal).click()
    main = page.get_by_role("main")
    main.locator("textarea").fill("city,country\nPavia,IT\nPerm,RU\nPavya,IT\n")
    expect(main.locator(".sample select").first).to_have_value("name")
    main.locator("form.editor button").click()
    main.get_by_role("radio", name=none).check()
    with page.expect_download() as waiting:
        main.get_by_role("button", name=download).click()
    linked = waiting.value.path().read_text(encoding="utf-8")
    assert "/id/city/pavia-3171366" in linked
    assert "/id/city/perm-511196" in linked
    assert "Pavya,IT,,,a person says that it is none of these," in linked
    assert seen.troubles == []


def test_without_scripts_a_table_comes_back_at_once(browser: Browser, site: Server) -> None:
    context, page, _ = opened(browser, site, scripts=False)
    page.goto("/link?lang=en")
    main = page.get_by_role("main")
    main.locator("textarea").fill("city,country\nPavia,IT\nPerm,RU\n")
    main.locator("input[name=column]").fill("city")
    main.locator("input[name=country-column]").fill("country")
    with page.expect_download() as waiting:
        main.get_by_role("button").last.click()
    linked = waiting.value.path().read_text(encoding="utf-8")
    assert "/id/city/pavia-3171366" in linked
    assert "/id/city/perm-511196" in linked
    context.close()


def test_what_is_long_is_folded_on_a_phone_alone(browser: Browser, site: Server) -> None:
    context, page, _ = opened(browser, site, width=390)
    page.goto("/doc/city/perm-511196?lang=en")
    events = page.locator("#happenings table")
    expect(events).to_be_hidden()
    page.locator("#happenings summary").click()
    expect(events).to_be_visible()
    page.reload()
    page.emulate_media(media="print")
    expect(events).to_be_visible()
    context.close()
    context, page, _ = opened(browser, site)
    page.goto("/doc/city/perm-511196?lang=en")
    expect(events := page.locator("#happenings table")).to_be_visible()
    expect(page.locator("#happenings summary")).to_be_hidden()
    assert (box := events.bounding_box())
    assert box["height"] > 100
    context.close()
