"""A real browser on a running server: Chromium of the system, driven by Playwright.

Without it these tests are skipped; so are those of scripts and maps where assets were not built.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright

from registry.releases.workspace import Workspace
from registry.web import asset_files
from tests.copies import copied
from tests.reports import LISTED, PERM, report
from tests.web.served import Server, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

needs_assets = pytest.mark.skipif(
    not asset_files.names(), reason="assets were not built: make assets"
)


@dataclass
class Seen:
    """What went wrong in a browser: words on the console, and requests that left the server."""

    origin: str
    troubles: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", lambda said: self.note(said.type, said.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self.asked)
        page.on("requestfailed", self.failed)

    def note(self, kind: str, text: str) -> None:
        """Keep errors and warnings; violations of the policy are among them.

        What Chromium says of its own drawing where there is no graphics card is nobody's fault.
        """
        if "GL Driver Message" in text:
            return
        if kind in {"error", "warning"}:
            self.troubles.append(text)

    def failed(self, request: Request) -> None:
        """Keep requests that failed, but those that a step to another page broke off."""
        if "ERR_ABORTED" not in (request.failure or ""):
            self.troubles.append(f"failed {request.url}: {request.failure}")

    def asked(self, request: Request) -> None:
        """Keep requests to others."""
        if not request.url.startswith((self.origin, "data:")):
            self.troubles.append(f"asked {request.url}")


@pytest.fixture(scope="session")
def playing() -> Iterator[Playwright]:
    """Give Playwright; its own browsers are not needed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: the Debian package chromium has it")
    with sync_playwright() as playing:
        yield playing


@pytest.fixture(scope="session")
def browser(playing: Playwright) -> Iterator[Browser]:
    """Give Chromium without a window."""
    launched = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def site(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of the shipped data, into which two sources were imported."""
    folder = tmp_path_factory.mktemp("site")
    home = copied(workspace, folder / "home").home
    report(home, "perm-twins", *PERM)
    report(home, "a-list", *LISTED)
    with (folder / "stderr").open("w") as errors, serving({"home": str(home)}, errors) as running:
        yield running


def opened(
    browser: Browser, site: Server, *, width: int = 1280, dark: bool = False, scripts: bool = True
) -> tuple[BrowserContext, Page, Seen]:
    """Open a window of a width, light or dark, with or without scripts."""
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        locale="en-GB",
        reduced_motion="reduce",
    )
    page, seen = context.new_page(), Seen(site.url)
    seen.watch(page)
    return context, page, seen


@pytest.fixture
def wide(browser: Browser, site: Server) -> Iterator[tuple[Page, Seen]]:
    """Give a wide window."""
    context, page, seen = opened(browser, site)
    yield page, seen
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the script of axe-core, which `make assets` fetches."""
    script = (
        Path(asset_files.__file__).parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    )
    if not script.exists():
        pytest.skip("axe-core is not there: make assets fetches it")
    return script.read_text(encoding="utf-8")
