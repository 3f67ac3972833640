"""Every kind of page in a wide and a narrow window, light and dark: accessible and quiet."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page

from registry.releases.workspace import Workspace
from tests.browser.conftest import needs_assets, opened
from tests.browser.paths import PAGES
from tests.copies import copied
from tests.web.served import PATIENCE, Server, serving
from tests.web.spoilt import spoil

pytestmark = pytest.mark.slow

_AUDIT = "async wanted => (await axe.run({resultTypes: ['violations'], ...wanted})).violations"
_COLOURS = {"runOnly": ["color-contrast"]}
"""What alone depends on dark or light."""


def violations(page: Page, axe: str, wanted: dict[str, Any]) -> list[Any]:
    """Give what axe-core finds wrong with a page: the rule, and where."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    found = page.evaluate(_AUDIT, wanted)
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


@needs_assets
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_accessible_quiet_and_fit(
    width: int, browser: Browser, site: Server, axe: str
) -> None:
    """In light colours and in dark ones."""
    context, page, seen = opened(browser, site, width=width)
    wrong = {}
    for path in PAGES:
        page.emulate_media(color_scheme="light")
        page.goto(path, wait_until="load")
        found = violations(page, axe, {})
        page.emulate_media(color_scheme="dark")
        found += violations(page, axe, _COLOURS)
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"is {wide} pixels wide"] if wide > width else []
        missing = path == "/nothing-here"
        found += [one for one in seen.troubles if not (missing and "404" in one)]
        seen.troubles.clear()
        if found:
            wrong[path] = found
    assert not wrong, json.dumps(wrong, indent=1)
    context.close()


@needs_assets
def test_the_page_of_a_city_prints_on_two_pages(browser: Browser, site: Server) -> None:
    context, page, _ = opened(browser, site)
    for city in ("pavia-3171366", "perm-511196"):
        page.goto(f"/doc/city/{city}")
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
        assert printed.count(b"/Type /Page\n") in {1, 2}
    context.close()


@needs_assets
def test_the_map_of_all_links_is_drawn(browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site, scripts=False)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    drawn = box_of(page.locator("use.drawn"))
    assert drawn["width"] > 100
    assert seen.troubles == []
    context.close()


@pytest.fixture(scope="module")
def spoilt(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of a registry whose texts are hostile."""
    home = tmp_path_factory.mktemp("spoilt") / "home"
    spoil(copied(workspace, home))
    with serving({"home": str(home)}) as running:
        yield running


@needs_assets
def test_hostile_texts_do_nothing_in_a_browser_and_fit(browser: Browser, spoilt: Server) -> None:
    context, page, seen = opened(browser, spoilt, width=390)
    page.on("dialog", lambda dialog: seen.troubles.append(f"dialog {dialog.message}"))
    wrong = {}
    for path in PAGES:
        page.goto(path, wait_until="load")
        wide = page.evaluate("document.documentElement.scrollWidth")
        found = [f"is {wide} pixels wide"] if wide > 390 else []
        found += [one for one in seen.troubles if not (path == "/nothing-here" and "404" in one)]
        seen.troubles.clear()
        if found:
            wrong[path] = found
    assert not wrong, json.dumps(wrong, indent=1)
    context.close()


def box_of(shown: Locator) -> FloatRect:
    """Give where an element is; one that is being replaced is nowhere for a moment."""
    end = time.monotonic() + PATIENCE
    while (box := shown.bounding_box()) is None:
        assert time.monotonic() < end, "it is not shown"
        time.sleep(0.02)
    return box


@needs_assets
def test_a_long_search_that_finds_nothing_fits(browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site, width=390)
    typed = "zqx" * 100
    page.goto(f"/search?q={typed}&lang=en", wait_until="load")
    told = page.locator("p.no-results")
    assert f"“{typed}”" in told.inner_text()
    field = page.locator("main input[type=search]")
    field.fill("")
    field.type("zqx" * 60)
    offered = page.locator("main .suggestions .no-results")
    # What was typed last may be answered after what was typed before it is shown.
    page.wait_for_load_state("networkidle")
    for shown in (told, offered):
        box = box_of(shown)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        # More than one line, and nothing cut off.
        assert box["height"] > 40
        assert shown.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert seen.troubles == []
    context.close()


@needs_assets
def test_a_hand_out_tells_when_it_was_printed(browser: Browser, site: Server) -> None:
    context, page, _ = opened(browser, site)
    page.goto("/doc/city/perm-511196?lang=en")
    note = page.locator("[data-printed]")
    assert note.is_hidden()
    page.pdf()
    year = page.evaluate("new Date().getFullYear()")
    assert re.fullmatch(rf"Printed on \d+ \w+ {year}|Printed on \w+ \d+, {year}", note.inner_text())
    context.close()


@needs_assets
def test_a_hundred_partners_have_their_heads_on_paper(browser: Browser, site: Server) -> None:
    """A table of many rows repeats its head on each page, and keeps the status."""
    context, page, _ = opened(browser, site)
    page.goto("/doc/city/perm-511196")
    page.evaluate("document.querySelector('.partners').classList.add('many')")
    page.emulate_media(media="print")
    shown = page.locator(".partners thead").evaluate("head => getComputedStyle(head).display")
    assert shown == "table-header-group"
    for part in (".year", ".brief"):
        assert page.locator(f".partners {part}").first.is_visible()
    assert page.locator("form.narrow").is_hidden()
    context.close()
