"""The officer's way through the site: by mouse, by keyboard alone, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Seen, needs_assets, opened
from tests.web.served import Server


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


@pytest.mark.slow
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
