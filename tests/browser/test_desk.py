"""The desk on which a table is linked: columns, decisions, and the table with them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from registry import terms
from tests.browser.conftest import Seen, needs_assets, opened
from tests.browser.test_pages import violations
from tests.web.served import PATIENCE, Server

pytestmark = [pytest.mark.slow, needs_assets]

WAIT = PATIENCE * 1000
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ROWS = [
    *(("Pavia", "Italien"), ("Pavya", "Italien"), ("Xanadu", "IT"), ("Perm", "Russland")),
    *(("Pavya", "Italien"), ("Besancon", "Frankreich")),
]
"""One city is misspelt, in two rows; one is none of ours."""


@pytest.fixture
def desk(browser: Browser, site: Server) -> Iterator[tuple[Page, Seen]]:
    """Give the page with the form."""
    context, page, seen = opened(browser, site)
    page.goto("/link?lang=en")
    yield page, seen
    context.close()


def table(rows: Sequence[tuple[str, str]] = ROWS) -> str:
    """Write a table whose heads are German."""
    lines = [f"{number};{city};{country}" for number, (city, country) in enumerate(rows, 1)]
    return "\n".join(["Nr;Stadt;Staat", *lines]) + "\n"


def paste(page: Page, text: str) -> None:
    """Paste a table, and wait for its first rows."""
    page.locator("textarea[name=content]").fill(text)
    expect(page.locator(".sample tbody tr").first).to_be_visible(timeout=WAIT)


def link(page: Page) -> None:
    """Link what was pasted."""
    page.locator("form[data-desk] button").click()
    expect(page.locator(".tallies")).to_be_visible(timeout=WAIT)


def taken(page: Page) -> list[dict[str, str]]:
    """Download the table, and read it."""
    with page.expect_download(timeout=WAIT) as waiting:
        page.get_by_role("button", name="Download the table").click()
    with waiting.value.path().open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_a_table_is_reviewed_and_taken_with_what_was_decided(desk: tuple[Page, Seen]) -> None:
    """Rows that say the same are decided at once."""
    page, seen = desk
    paste(page, table())
    chosen = page.locator(".sample select")
    assert [one.input_value() for one in chosen.all()] == ["", "name", "country"]
    page.get_by_label("Inhabitants").check()
    link(page)
    expect(page.locator(".tallies")).to_contain_text("3 rows linked")
    expect(page.locator(".tally")).to_have_text("0 of 2 decided")
    card = page.locator(".decision")
    expect(card.locator("legend")).to_have_text("Pavya, Italien")
    expect(card).to_contain_text("2 rows say this: lines 3, 6")
    expect(page.locator("#desk")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.locator("legend")).to_have_text("Xanadu, IT")
    page.keyboard.press("k")
    expect(card.locator(".candidate").first).to_contain_text("Lombardy, Italy")
    expect(card.locator("svg .mark")).to_have_count(card.locator(".candidate").count())
    card.locator("input").first.focus()
    page.keyboard.press("1")
    expect(card.locator("legend")).to_have_text("Xanadu, IT")
    page.keyboard.press("0")
    expect(page.locator(".tally")).to_have_text("2 of 2 decided")
    expect(page.get_by_role("button", name="Download the table")).to_be_focused()
    rows = taken(page)
    pavia = terms.thing("city", "pavia-3171366")
    assert [row["city_uri"] == pavia for row in rows] == [True, True, False, False, True, False]
    assert [row["reason"] for row in rows][1:3] == [
        "a person chose it",
        "a person says that it is none of these",
    ]
    assert int(rows[1]["population"]) > 60_000
    assert seen.troubles == []


def test_a_head_alone_is_not_linked(desk: tuple[Page, Seen]) -> None:
    """There would be nothing to decide, which is not to say that all is decided."""
    page, _ = desk
    page.locator("textarea[name=content]").fill(table().partition("\n")[0])
    expect(page.locator(".sample")).to_contain_text("0 rows", timeout=WAIT)
    expect(page.get_by_role("button", name="Link", exact=True)).to_be_disabled()


def test_decisions_outlive_the_page_and_can_be_forgotten(desk: tuple[Page, Seen]) -> None:
    """On this device, for this table."""
    page, _ = desk
    for expected in (0, 2):
        page.reload()
        paste(page, table())
        link(page)
        expect(page.locator(".tally")).to_have_text(f"{expected} of 2 decided")
        if not expected:
            page.locator(".decision input").first.focus()
            page.keyboard.press("1")
            page.keyboard.press("0")
    page.get_by_role("button", name="Forget the decisions").click()
    expect(page.locator(".tally")).to_have_text("0 of 2 decided")
    assert page.evaluate("localStorage.getItem('citylinks.tables')") is None


def test_decisions_come_back_with_the_table_that_was_taken(
    desk: tuple[Page, Seen], browser: Browser, site: Server, tmp_path: Path
) -> None:
    """On another device; one that is undone there stays so."""
    page, _ = desk
    paste(page, table())
    link(page)
    page.locator(".decision input").first.focus()
    page.keyboard.press("1")
    page.keyboard.press("0")
    with page.expect_download(timeout=WAIT) as waiting:
        page.get_by_role("button", name="Download the table").click()
    waiting.value.save_as(tmp_path / "linked.csv")
    context, other, seen = opened(browser, site)
    other.goto("/link?lang=en")
    other.set_input_files("#file", tmp_path / "linked.csv")
    expect(other.locator(".sample")).to_contain_text("6 rows", timeout=WAIT)
    link(other)
    expect(other.locator(".tally")).to_have_text("2 of 2 decided")
    other.get_by_role("button", name="Xanadu").click()
    expect(other.locator(".decision")).to_contain_text("a person has decided it before")
    expect(other.get_by_role("radio", name="None of these")).to_be_checked()
    other.get_by_role("button", name="Undo the decision").click()
    rows = taken(other)
    assert [row["reason_2"].startswith("a person") for row in rows] == [
        *(False, True, False, False, True, False)
    ]
    assert seen.troubles == []
    context.close()


def test_keys_work_wherever_the_focus_is_on_the_desk(desk: tuple[Page, Seen]) -> None:
    """On its buttons and its text, too; while a name is typed they are letters."""
    page, _ = desk
    paste(page, table())
    link(page)
    legend, tally = page.locator(".decision legend"), page.locator(".tally")
    page.get_by_role("button", name="Forget the decisions").focus()
    page.keyboard.press("j")
    expect(legend).to_have_text("Xanadu, IT")
    page.locator(".decision .why").click()
    page.keyboard.press("0")
    expect(tally).to_have_text("1 of 2 decided")
    page.get_by_role("button", name="Xanadu").click()
    page.get_by_role("button", name="Undo the decision").click()
    page.keyboard.press("0")
    expect(tally).to_have_text("1 of 2 decided")
    page.locator("#desk-search").fill("")
    page.locator("#desk-search").press("j")
    expect(page.locator("#desk-search")).to_have_value("j")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(tally).to_have_text("2 of 2 decided")
    page.get_by_label("or one country for all rows").focus()
    page.keyboard.press("0")
    expect(legend).to_have_text("Pavya, Italien")


def test_rows_that_say_the_same_can_be_decided_apart(desk: tuple[Page, Seen]) -> None:
    """One of them is a city that is no candidate, found by its name."""
    page, seen = desk
    paste(page, table())
    link(page)
    page.get_by_role("button", name="Decide each row by itself").click()
    expect(page.locator(".queue li")).to_have_count(3)
    page.locator("#desk-search").fill("Hildesheim")
    page.locator(".searched", has_text="Hildesheim").locator("input").check(timeout=WAIT)
    page.get_by_role("button", name="Next").click()
    page.locator(".decision .option").first.click()
    rows = taken(page)
    assert "hildesheim" in rows[1]["city_uri"]
    assert "pavia" in rows[4]["city_uri"]
    page.get_by_role("button", name="Undo the decision").click()
    expect(page.locator(".tally")).to_have_text("1 of 3 decided")
    assert "hildesheim" in taken(page)[1]["city_uri"]
    assert seen.troubles == []


def test_another_column_can_be_chosen(desk: tuple[Page, Seen]) -> None:
    """One column holds one thing; without cities nothing can be linked."""
    page, _ = desk
    paste(page, "was;wo\nPavia;IT\n")
    selects = page.locator(".sample select")
    selects.nth(1).select_option("name")
    assert selects.nth(0).input_value() == ""
    selects.nth(1).select_option("country")
    expect(page.locator("form[data-desk] button")).to_be_disabled()
    selects.nth(0).select_option("name")
    link(page)
    expect(page.locator("#desk .notice")).to_contain_text("nothing is left to decide")


def test_what_the_server_refuses_is_told_beside_the_form(desk: tuple[Page, Seen]) -> None:
    """The form stays as it was filled in."""
    page, _ = desk
    page.locator("textarea[name=content]").fill('city\n"open\nPavia\n')
    expect(page.get_by_role("alert")).to_contain_text("never closed", timeout=WAIT)
    paste(page, table())
    expect(page.get_by_role("alert")).to_have_count(0)
    page.locator("input[name=country]").fill("Utopia")
    page.locator("form[data-desk] button").click()
    expect(page.get_by_role("alert")).to_contain_text("'Utopia' is not a country", timeout=WAIT)


def test_a_thousand_rows_are_reviewed_by_the_keyboard(
    desk: tuple[Page, Seen], tmp_path: Path
) -> None:
    """With 50 names to decide on."""
    page, seen = desk
    strange = [(f"Pavi{chr(97 + at % 26)}{chr(97 + at // 26)}x", "IT") for at in range(50)]
    file = tmp_path / "table.csv"
    file.write_text(table([*strange, *[("Pavia", "IT")] * 950]), encoding="utf-8")
    page.set_input_files("#file", file)
    expect(page.locator(".sample")).to_contain_text("1,000 rows", timeout=WAIT)
    link(page)
    expect(page.locator(".tally")).to_have_text("0 of 50 decided")
    page.locator(".decision input").first.focus()
    for done in range(1, 51):
        page.keyboard.press("0")
        expect(page.locator(".tally")).to_have_text(f"{done} of 50 decided")
    rows = taken(page)
    assert len(rows) == 1000
    assert sum(row["reason"].startswith("a person says") for row in rows) == 50
    assert sum(bool(row["city_uri"]) for row in rows) == 950
    assert seen.troubles == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible(width: int, browser: Browser, site: Server, axe: str) -> None:
    """In another language, light and dark, with a decision made and a search."""
    context, page, seen = opened(browser, site, width=width)
    page.goto("/link?lang=fr")
    paste(page, table())
    link(page)
    page.locator(".decision input").first.focus()
    page.keyboard.press("1")
    page.locator("#desk-search").fill("Perm")
    expect(page.locator(".searched").first).to_be_visible(timeout=WAIT)
    wrong = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        wrong += violations(page, axe, {})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    assert seen.troubles == []
    context.close()


def test_a_long_table_is_a_job_to_come_back_to(desk: tuple[Page, Seen], tmp_path: Path) -> None:
    """Its page leads to the rows to decide, which need the table no more."""
    page, seen = desk
    file = tmp_path / "long.csv"
    file.write_text(table([("Pavya", "IT"), *[("Pavia", "IT")] * 4999]), encoding="utf-8")
    page.set_input_files("#file", file)
    expect(page.locator(".sample")).to_contain_text("5,000 rows", timeout=WAIT)
    page.locator("form[data-desk] button").click()
    job = page.locator(".desk-status a")
    address = job.get_attribute("href", timeout=WAIT) or ""
    expect(page.locator(".tally")).to_have_text("0 of 1 decided", timeout=WAIT)
    page.goto(address)
    page.get_by_role("link", name="Decide on the open rows").click()
    expect(page.locator(".sample")).to_contain_text("5,000 rows", timeout=WAIT)
    expect(page.locator(".tally")).to_have_text("0 of 1 decided", timeout=WAIT)
    page.locator(".decision input").first.focus()
    page.keyboard.press("1")
    rows = taken(page)
    assert len(rows) == 5000
    assert all(row["city_uri"] == terms.thing("city", "pavia-3171366") for row in rows)
    assert [one for one in seen.troubles if "ERR_ABORTED" not in one] == []
