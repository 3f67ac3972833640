"""The documentation and the check of data in a browser: from a word to an answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import lists
from tests.browser.conftest import Seen, needs_assets, opened
from tests.browser.test_pages import violations
from tests.web.served import PATIENCE, Server

pytestmark = [pytest.mark.slow, needs_assets]

WAIT = PATIENCE * 1000


def test_from_a_word_to_a_query_that_runs(wide: tuple[Page, Seen]) -> None:
    """Found in the documentation, and opened in the editor."""
    page, seen = wide
    page.goto("/?lang=en")
    page.get_by_role("contentinfo").get_by_role("link", name="Documentation").click()
    page.get_by_role("searchbox", name="Search the documentation").fill("asking questions limits")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.locator(".hits a", has_text="Limits").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Asking questions")
    page.locator(".example", has_text="SPARQL").get_by_role("link", name="Run").first.click()
    expect(page.locator(".cm-content")).to_contain_text("SELECT", timeout=WAIT)
    assert seen.troubles == []


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_wrong_with_data_is_beside_its_line(
    width: int, browser: Browser, site: Server, axe: str
) -> None:
    """It is changed in the form below, and is right then."""
    context, page, seen = opened(browser, site, width=width)
    page.goto("/validate?lang=fr")
    good = lists.listing(["twinning"])
    page.locator("#data").fill(good.replace('cl:sourceFamily "list"', 'cl:sourceFamily "A b"'))
    page.locator("form.editor button").click(timeout=WAIT)
    finding = page.locator(".listing li.violation").first
    expect(finding).to_contain_text("cl:sourceFamily", timeout=WAIT)
    assert violations(page, axe, {}) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#data")).to_have_value(good.replace('"list" ;', '"A b" ;', 1))
    page.locator("#data").fill(good)
    page.locator("form.editor button").click(timeout=WAIT)
    expect(page.locator(".notice.good")).to_be_visible(timeout=WAIT)
    assert seen.troubles == []
    context.close()
