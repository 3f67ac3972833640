"""How fast the website is, on the world: `python -m benchmarks.website`.

Pages are asked uncached; suggestions as a reader types; painting is measured in Chromium. Each
figure is a median of many. `CITYLINKS_HOME` may name a workspace that has the world already.
"""

from __future__ import annotations

import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from benchmarks import processes
from benchmarks.servers import HOST, Server, citylinks
from registry.lists.tables import TABLES
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace

_TIMES: Final = 25
_TYPED: Final = (
    *("p", "pa", "pav", "pavia", "s", "sa", "saint p", "青岛", "ii", "Perm", "Пермь", "lodz"),
    *("new york", "hildeshem", "Besancn", "munchn", "saint petersburb", "qqqqqqqq", "Q915"),
)
_LARGEST_PAINT: Final = """() => new Promise(done => new PerformanceObserver(list =>
  done(list.getEntries().at(-1).startTime)
).observe({type: "largest-contentful-paint", buffered: true}))"""
_LINES: Final = """() => performance.getEntriesByType("resource")
  .filter(({name}) => name.includes("/links.svg"))
  .reduce((last, {responseEnd}) => Math.max(last, responseEnd), 0)"""


def ask(server: Server, path: str) -> tuple[float, bytes]:
    """Ask once; give milliseconds and the body, compressed."""
    connection = http.client.HTTPConnection(HOST, server.port)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept": "text/html"})
    body = connection.getresponse().read()
    took = (time.perf_counter() - began) * 1_000
    connection.close()
    return took, body


def _asked(server: Server, paths: Iterator[str]) -> tuple[float, float, int]:
    """Ask each path; give the median and the slowest in milliseconds, and the largest in bytes."""
    told = [ask(server, path) for path in paths]
    times = sorted(took for took, _ in told)
    return statistics.median(times), times[-1], max(len(body) for _, body in told)


def most_linked(home: Path) -> tuple[str, int]:
    """Find the city with most links."""
    tables = Shelf(Workspace(home)).current().view(TABLES)
    best = max(tables.cities, key=lambda row: len(row.links))
    return best.iri.rpartition("/")[2], len(best.links)


def _painted(page: Page, url: str) -> tuple[float, float]:
    """Open a page; give the largest contentful paint and when the lines of the map were there."""
    page.goto(url, wait_until="networkidle")
    lines = page.evaluate(_LINES)
    return float(page.evaluate(_LARGEST_PAINT)), float(lines)


def _in_a_browser(server: Server, city: str) -> None:
    with sync_playwright() as playing:
        chromium = shutil.which("chromium")
        browser = playing.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, path in (("home", "/"), ("city", f"/doc/city/{city}")):
            seen = []
            for _ in range(5):
                page = browser.new_context().new_page()
                seen.append(_painted(page, f"http://{HOST}:{server.port}{path}"))
                page.context.close()
            paint, lines = (statistics.median(one) for one in zip(*seen, strict=True))
            more = f", lines of the map there after {lines:.0f} ms" if lines else ""
            print(f"{name}: largest contentful paint {paint:.0f} ms{more}")
        browser.close()


def measure(home: Path, folder: Path) -> None:
    """Measure on a workspace that has the world, and print."""
    city, links = most_linked(home)
    for words, cache in (("uncached", "0"), ("sorted anew", "268435456")):
        command = citylinks(home, CITYLINKS_SHIPPED="all", CITYLINKS_CACHE_BYTES=cache)
        with Server(command, folder / "log") as server:
            _settle(server)
            paths = (f"/doc/city/{city}?offset={n}" for n in range(_TIMES))
            middle, slowest, size = _asked(server, paths)
            print(f"city with {links} links, {words}: {middle:.0f} ms (most {slowest:.0f})")
            print(f"  {size:,} bytes, compressed")
            if cache == "0":
                _suggest(server)
            else:
                _in_a_browser(server, city)


def _settle(server: Server) -> None:
    """Let a server look at its release, and load it for queries."""
    for status in ("not-confirmed", "listed", "active"):
        ask(server, f"/links.svg?status={status}")
    processes.wait_until_loaded(server.pid)


def _suggest(server: Server) -> None:
    for letter in _TYPED[:2] * 4:
        ask(server, f"/suggest?q={letter}")
    typed = (f"/suggest?q={quote(one)}" for one in _TYPED * 3)
    middle, slowest, size = _asked(server, typed)
    print(f"suggestions: {middle:.1f} ms (slowest {slowest:.1f}), at most {size:,} bytes")


def main() -> None:
    """Publish the world, unless it is there, and measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if there := os.environ.get("CITYLINKS_HOME"):
            measure(Path(there), folder)
            return
        command = [str(Path(sys.executable).with_name("citylinks")), "publish", "-q"]
        given = {"CITYLINKS_HOME": str(folder / "home"), "CITYLINKS_SHIPPED": "all"}
        subprocess.run(command, check=True, env=os.environ | given)
        measure(folder / "home", folder)


if __name__ == "__main__":
    main()
