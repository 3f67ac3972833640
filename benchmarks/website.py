"""How fast the website is, on the world: `python -m benchmarks.website`.

Pages are asked uncached; suggestions as a reader types; painting is measured in Chromium. Each
figure is a median of many. `CITYLINKS_HOME` may name a workspace that has the world already.
"""

from __future__ import annotations

import gzip
import html
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from benchmarks import processes
from benchmarks.servers import HOST, Server, citylinks
from registry.lists.tables import TABLES
from registry.releases.reading import Shelf
from registry.releases.workspace import Workspace
from registry.web import asset_files

_TIMES: Final = 25
_TYPED: Final = (
    *("p", "pa", "pav", "pavia", "s", "sa", "saint p", "青岛", "ii", "Perm", "Пермь", "lodz"),
    *("new york", "hildeshem", "Besancn", "munchn", "saint petersburb", "qqqqqqqq", "Q915"),
)
_LARGEST_PAINT: Final = """() => new Promise(done => new PerformanceObserver(list =>
  done(list.getEntries().at(-1).startTime)
).observe({type: "largest-contentful-paint", buffered: true}))"""
_READY: Final = "[data-state=ready]"
_EXPLORED: Final = "performance.getEntriesByName('citylinks-map')[0].startTime"
_LONG_TASKS: Final = """window.longest = 0; new PerformanceObserver(list => {
  for (const {duration} of list.getEntries()) longest = Math.max(longest, duration);
}).observe({type: "longtask", buffered: true})"""
_WORKING: Final = "form.enhanced"
_WEIGHT: Final = """performance.getEntriesByType("navigation")
  .concat(performance.getEntriesByType("resource"))
  .reduce((sum, {transferSize}) => sum + transferSize, 0)"""
_SHIFT: Final = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const {value} of list.getEntries()) sum += value;
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => done(sum), 100));
})"""
_SLOWER: Final = 4
"""How many times slower than this machine the largest paint is measured, too."""


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


def _painted(page: Page, url: str, slower: int) -> tuple[float, float, float]:
    """Open a page; give its largest contentful paint, when its map was ready, its longest task."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.add_init_script(_LONG_TASKS)
    page.goto(url)
    page.wait_for_selector(_READY)
    figures = (_LARGEST_PAINT, _EXPLORED, "longest")
    return tuple(float(page.evaluate(one)) for one in figures)  # type: ignore[return-value]


def _in_a_browser(server: Server, city: str) -> None:
    with sync_playwright() as playing:
        chromium = shutil.which("chromium")
        browser = playing.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = (("home", "/"), ("city", f"/doc/city/{city}"))
        for (name, path), slower in product(pages, (1, _SLOWER)):
            seen = []
            for _ in range(5):
                page = browser.new_context().new_page()
                seen.append(_painted(page, f"http://{HOST}:{server.port}{path}", slower))
                page.context.close()
            paint, ready, longest = (statistics.median(one) for one in zip(*seen, strict=True))
            print(f"{name}, {slower} times slower: largest contentful paint {paint:.0f} ms")
            print(f"  map to explore after {ready:.0f} ms, longest task {longest:.0f} ms")
        browser.close()


def _worked(page: Page, url: str, slower: int) -> tuple[float, float, float, float, float]:
    """Open a page that scripts work on.

    Give its largest contentful paint, when it can be used, its longest task, shift and bytes.
    """
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.add_init_script(_LONG_TASKS)
    page.goto(url)
    page.wait_for_selector(_WORKING)
    ready = float(page.evaluate("performance.now()"))
    paint, longest, shift, weight = (
        float(page.evaluate(one)) for one in (_LARGEST_PAINT, "longest", _SHIFT, _WEIGHT)
    )
    return paint, ready, longest, shift, weight


def _workbench(server: Server) -> None:
    """Tell how soon and how heavy the pages are that readers work on."""
    with sync_playwright() as playing:
        chromium = shutil.which("chromium")
        browser = playing.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path, slower in product(("/sparql", "/link"), (1, _SLOWER)):
            seen = []
            for _ in range(5):
                page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
                seen.append(_worked(page, f"http://{HOST}:{server.port}{path}", slower))
                page.context.close()
            paint, ready, longest, shift, weight = (
                statistics.median(one) for one in zip(*seen, strict=True)
            )
            print(f"{path}, {slower} times slower: largest contentful paint {paint:.0f} ms")
            print(f"  to be used after {ready:.0f} ms, longest task {longest:.0f} ms")
            print(f"  {weight:,.0f} bytes, layout shift {shift:.3f}")
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
                _weigh_home(server)
                _in_a_browser(server, city)
                _workbench(server)


def _settle(server: Server) -> None:
    """Let a server look at its release, and load it for queries."""
    for what in ("overview.json", "overview.svg"):
        ask(server, f"/map/latest/{what}?list=links")
    processes.wait_until_loaded(server.pid)


def _weigh_home(server: Server) -> None:
    """Tell the compressed bytes of the start page and of all that it shows at first."""
    _, packed = ask(server, "/")
    found = re.findall(r'="(/(?:static|map)/[^"#]+)', gzip.decompress(packed).decode())
    addresses = {html.unescape(address) for address in found}
    code = {asset_files.address(name) for name in ("map.js", "map.css", "worker.js")}
    tiles = asset_files.address(asset_files.TILES)
    first = {f"{tiles}/1/{x}/{y}.pbf" for x in range(2) for y in range(2)}
    shown = {*addresses, *first} - code - {tiles, asset_files.address("licences.txt")}
    size = len(packed) + sum(len(ask(server, address)[1]) for address in sorted(shown))
    print(f"home: {size:,} bytes, compressed, with {len(shown)} files")
    print(f"  code of the map, kept for ever: {sum(len(ask(server, one)[1]) for one in code):,}")


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
