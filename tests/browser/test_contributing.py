"""A person with a phone corrects the registry, and an editor at a desk has it published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import pytest
from playwright.sync_api import Browser, expect

from registry.contribute.tokens import Tokens
from registry.releases.workspace import Workspace
from tests.browser.conftest import needs_assets, opened
from tests.browser.test_pages import violations
from tests.copies import copied
from tests.web.served import Server, serving

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Desk:
    """A server that takes proposals, and the token of its editor."""

    site: Server
    token: str


@pytest.fixture
def desk(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    home = copied(workspace, folder / "home").home
    _, token = Tokens(home).add("Anna Rossi", "editor", 9)
    with (folder / "stderr").open("w") as errors, serving({"home": str(home)}, errors) as running:
        yield Desk(running, token)


@needs_assets
def test_a_membership_from_a_phone_to_the_page_of_the_city(
    browser: Browser, desk: Desk, axe: str
) -> None:
    context, phone, seen = opened(browser, desk.site, width=390)
    begun = monotonic()
    phone.goto("/doc/city/coimbra-2740637?lang=it")
    phone.get_by_role("link", name="Correggi o aggiungi").first.click()
    phone.get_by_role("link", name="Partecipazione a una rete").click()
    expect(phone.locator("#city")).to_have_value("Coimbra, Portogallo")
    phone.locator("#network").fill("Via d’Argento")
    phone.locator("#since").fill("ieri")
    phone.get_by_role("button", name="Mostra").click()
    expect(phone.locator("#faults")).to_be_visible()
    assert violations(phone, axe, {}) == []
    phone.locator("#faults").get_by_role("link").first.click()
    expect(phone.locator("#since")).to_be_in_viewport()
    phone.locator("#since").fill("2019")
    phone.locator("#title").fill("Statuto della rete")
    phone.locator("#date").fill("2020")
    phone.locator("#agree").check()
    phone.get_by_role("button", name="Mostra").click()
    expect(phone.get_by_text("Coimbra partecipa a Via d’Argento.")).to_be_visible()
    assert violations(phone, axe, {}) == []
    phone.get_by_role("button", name="Invia").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("In attesa di un redattore")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert monotonic() - begun < 120
    secret = phone.url
    # Back is a page that was shown, and sent once more it is the same proposal.
    phone.go_back()
    expect(phone.get_by_text("Coimbra partecipa a Via d’Argento.")).to_be_visible()
    phone.get_by_role("button", name="Invia").click()
    expect(phone).to_have_url(secret)
    troubles = [one for one in seen.troubles if "422" not in one]
    assert troubles == []

    other, editor, _ = opened(browser, desk.site)
    editor.goto("/contribute/sign-in")
    editor.get_by_label("Token").fill(desk.token)
    editor.get_by_role("main").get_by_role("button", name="Sign in").click()
    editor.get_by_role("checkbox", name="Choose proposal 1").check()
    assert violations(editor, axe, {}) == []
    editor.get_by_role("button", name="Accept and publish those chosen").click()
    expect(editor.get_by_text("Nothing is waiting.")).to_be_visible()
    editor.goto("/doc/city/coimbra-2740637")
    expect(editor.get_by_role("link", name="Via d’Argento").first).to_be_visible()
    phone.goto(secret)
    expect(phone.get_by_role("link", name="Coimbra").first).to_be_visible()
    context.close()
    other.close()
