"""The map to explore: it takes the place of the drawing, and is used by mouse, touch and keys."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from registry.lists.atlas import ATLAS, PER_DEGREE
from registry.lists.tables import TABLES
from registry.releases.reading import Release
from registry.web import asset_files
from tests.browser.conftest import Seen, needs_assets, opened
from tests.browser.test_pages import violations
from tests.web.served import Server
from tests.web.test_maps import read_links

pytestmark = [pytest.mark.slow, needs_assets]

READY = "[data-state=ready]"
CITY = "/doc/city/perm-511196"


@pytest.fixture
def window(browser: Browser, site: Server) -> Iterator[tuple[Page, Seen]]:
    """Give a wide window, and end it with the proof that all was quiet."""
    context, page, seen = opened(browser, site)
    yield page, seen
    assert seen.troubles == []
    context.close()


def explored(page: Page, path: str) -> Page:
    """Open a page and wait for its map."""
    page.goto(path)
    page.wait_for_selector(READY)
    return page


def from_afar(context: BrowserContext | Page) -> None:
    """Make few links count as many, so that the map begins with countries."""

    def changed(route: Route) -> None:
        told = route.fetch().json()
        route.fulfill(json={**told, "few": 0})

    context.route("**/overview.json*", changed)


def is_seen(page: Page, selector: str) -> bool:
    return bool(page.locator(selector).first.is_visible())


@pytest.mark.parametrize("path", ["/", "/links", "/cities?country=IT", "/coverage", CITY])
def test_it_takes_the_place_of_the_drawing(path: str, window: tuple[Page, Seen]) -> None:
    page = explored(window[0], path)
    assert is_seen(page, ".stage canvas")
    assert not is_seen(page, ".board > svg")
    box = page.locator(".stage canvas").bounding_box()
    assert box
    assert box["width"] > 900
    assert box["height"] > 250
    page.emulate_media(media="print")
    assert is_seen(page, ".board > svg")
    assert not is_seen(page, ".stage")


def test_without_scripts_there_is_the_drawing(browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site, scripts=False)
    page.goto("/?country=IT")
    page.wait_for_load_state("networkidle")
    assert is_seen(page, ".board > svg")
    drawn = page.locator("use.drawn").bounding_box()
    assert drawn
    assert drawn["width"] > 20
    assert page.locator(".stage").count() == 0
    page.locator("#map button").click()
    assert "country=IT" in page.url
    assert seen.troubles == []
    context.close()


def test_without_webgl_the_drawing_stays(browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/", wait_until="networkidle")
    assert is_seen(page, ".board > svg")
    assert not [url for url in asked if asset_files.address("map.js") in url]
    assert seen.troubles == []
    context.close()


def test_where_the_map_cannot_be_loaded_the_drawing_stays(browser: Browser, site: Server) -> None:
    context, page, _ = opened(browser, site)
    page.route("**/overview.json*", lambda route: route.fulfill(status=503))
    with page.expect_console_message(lambda said: "503" in said.text and said.type == "warning"):
        page.goto("/")
    assert is_seen(page, ".board > svg")
    context.close()


def test_names_lead_to_cities_in_the_readers_language(window: tuple[Page, Seen]) -> None:
    page = explored(window[0], f"{CITY}?lang=it")
    name = page.locator(".labels a", has_text="Louisville")
    assert name.get_attribute("aria-label") == "Louisville · 1 legame"
    name.focus()
    assert is_seen(page, ".tip")
    page.keyboard.press("Escape")
    assert not is_seen(page, ".tip")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/city/louisville-4299276?lang=it")


def meet(page: Page, one: str, other: str) -> str:
    """Move the pointer onto the line between two places that are named; give what is told."""
    box = page.locator(".stage canvas").bounding_box()
    named = {name.inner_text(): name.bounding_box() for name in page.locator(".labels .name").all()}
    first, second = named[one], named[other]
    assert box
    assert first
    assert second
    # Across the way between the two, somewhere the pointer meets the line.
    x, told = (first["x"] + second["x"]) / 2, page.locator(".tip")
    for y in range(int(box["y"]) + 5, int(box["y"] + box["height"]) - 5, 4):
        page.mouse.move(x, y)
        page.wait_for_timeout(20)
        if told.is_visible() and {one, other} <= {*re.split(" – | · ", told.inner_text())}:
            return str(told.inner_text())
    raise AssertionError(f"no line between {one} and {other}")


def test_a_line_says_what_it_is_and_leads_to_its_link(window: tuple[Page, Seen]) -> None:
    page = explored(window[0], CITY)
    assert "Twinning" in meet(page, "Perm", "Qingdao")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/doc/link/perm-511196--qingdao-1797929")


def test_a_line_between_countries_leads_to_their_page(window: tuple[Page, Seen]) -> None:
    from_afar(window[0])
    page = explored(window[0], "/?lang=de")
    assert "1 Verbindung" in meet(page, "China", "Russland")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/countries/CN/RU?lang=de")


def test_from_afar_countries_stand_for_their_cities(window: tuple[Page, Seen]) -> None:
    from_afar(window[0])
    page = explored(window[0], "/?lang=de")
    russia = page.locator(".labels button", has_text="Russland")
    assert str(russia.get_attribute("aria-label")).startswith("Russland · ")
    russia.click()
    page.wait_for_selector(".labels a:has-text('Perm')")
    assert page.locator(".labels button", has_text="Russland").count() == 0
    page.locator(".buttons button").last.click()
    page.wait_for_selector(".labels button:has-text('Russland')")


def test_filters_are_kept_in_the_address_and_count_as_the_list(window: tuple[Page, Seen]) -> None:
    page = explored(window[0], "/?lang=en")
    whole = page.locator("[data-list]").inner_text()
    with page.expect_response("**/overview.json*") as asked:
        page.locator("#map-country").select_option("IT")
    rows = asked.value.json()["rows"]
    page.wait_for_function(
        "before => document.querySelector('[data-list]').textContent !== before", arg=whole
    )
    assert page.url.endswith("/?country=IT&lang=en")
    assert page.locator("[data-list]").inner_text() == f"{rows} links"
    assert "country=IT" in str(page.locator("[data-drawn]").get_attribute("href"))
    page.reload()
    page.wait_for_selector(READY)
    assert page.locator("#map-country").input_value() == "IT"
    assert page.locator("[data-list]").inner_text() == f"{rows} links"
    page.locator("[data-list]").click()
    page.wait_for_url("**/links?country=IT&lang=en")
    assert f"{rows} result" in page.locator("header.title").inner_text()


def test_keys_move_and_zoom_it(window: tuple[Page, Seen]) -> None:
    page = explored(window[0], CITY)
    canvas = page.locator(".stage canvas")
    assert canvas.get_attribute("aria-label")
    before = page.locator(".labels .name").first.bounding_box()
    assert before
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "x => document.querySelector('.labels .name').getBoundingClientRect().x < x - 20",
        arg=before["x"],
    )


def test_a_finger_is_told_before_it_goes(browser: Browser, site: Server) -> None:
    context = browser.new_context(
        base_url=site.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = explored(context.new_page(), CITY)
    page.locator(".stage").scroll_into_view_if_needed()
    name = page.locator(".labels a", has_text="Qingdao")
    box = name.bounding_box()
    assert box
    dot = page.evaluate("element => element.getBoundingClientRect().x", name.element_handle())
    # The dot stands before or behind its name.
    for x in (dot - 6, dot + box["width"] + 6):
        page.touchscreen.tap(x, box["y"] + box["height"] / 2)
        page.wait_for_timeout(400)
        if page.locator(".tip a").is_visible():
            break
    assert page.url.endswith(CITY)
    page.locator(".tip a").tap()
    page.wait_for_url("**/doc/city/qingdao-1797929")
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/links", "/cities", "/coverage", CITY])
def test_it_is_accessible(path: str, width: int, browser: Browser, site: Server, axe: str) -> None:
    context, page, seen = opened(browser, site, width=width)
    explored(page, path)
    found = violations(page, axe, {})
    page.emulate_media(color_scheme="dark")
    found += violations(page, axe, {"runOnly": ["color-contrast"]})
    assert not found, json.dumps(found, indent=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.troubles == []
    context.close()


def test_right_to_left_pages_keep_the_map_as_it_is(window: tuple[Page, Seen]) -> None:
    page = window[0]
    page.add_init_script("addEventListener('DOMContentLoaded', () => document.dir = 'rtl')")
    explored(page, CITY)
    names = page.locator(".labels .name").all()
    perm = next(one for one in names if one.inner_text() == "Perm").bounding_box()
    west = next(one for one in names if one.inner_text() == "Louisville").bounding_box()
    assert perm
    assert west
    assert west["x"] < perm["x"]


PAINTED = """
window.painted = [];
const pen = CanvasRenderingContext2D.prototype, read = pen.getImageData;
pen.getImageData = function (...values) {
  const found = read.apply(this, values);
  painted.push([...found.data].join());
  return found;
};
"""


def test_it_takes_the_colours_of_the_reader(browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site)
    page.emulate_media(forced_colors="active")
    page.add_init_script(PAINTED)
    explored(page, "/")
    forced = page.evaluate("painted.splice(0)")
    assert len(set(forced)) == len(forced) == 4
    page.emulate_media(forced_colors="none", color_scheme="dark")
    page.wait_for_function("() => painted.length >= 4")
    assert not set(page.evaluate("painted.slice(-4)")) & set(forced[:2])
    assert seen.troubles == []
    context.close()


WORLD = 20_000, 34_000
MOST_VERTICES, MOST_CALLS = 250_000, 300
"""What a frame may take: CONTRIBUTING tells it."""

COUNTED = """
window.drawn = { calls: 0, vertices: 0, most: { calls: 0, vertices: 0 } };
for (const [name, place] of [["drawElements", 1], ["drawArrays", 2]]) {
  const draw = WebGL2RenderingContext.prototype[name];
  WebGL2RenderingContext.prototype[name] = function (...values) {
    drawn.calls++;
    drawn.vertices += values[place];
    return draw.apply(this, values);
  };
}
const request = window.requestAnimationFrame;
window.requestAnimationFrame = (then) => request((time) => {
  Object.assign(drawn, { calls: 0, vertices: 0 });
  then(time);
  const { calls, vertices, most } = drawn;
  drawn.most = {
    calls: Math.max(most.calls, calls), vertices: Math.max(most.vertices, vertices),
  };
});
"""


def differences(values: list[int]) -> list[int]:
    return [value - before for value, before in zip(values, [0, *values], strict=False)]


def crowded() -> dict[str, Any]:
    """Give places and links as many as the world has, most of them in a part of it."""
    dice = random.Random(7)
    cities, links = WORLD
    spots = sorted((dice.gauss(10, 25), dice.gauss(45, 9)) for _ in range(cities))
    pairs = sorted({tuple(sorted(dice.sample(range(cities), 2))) for _ in range(links)})
    second, before = [], (-1, 0)
    for one, other in pairs:
        second.append(other - (before[1] if before[0] == one else one))
        before = one, other
    return {
        "of": [0, *[1] * (cities - 1)],
        "lon": differences([round(lon * PER_DEGREE) for lon, _ in spots]),
        "lat": differences([round(lat * PER_DEGREE) for _, lat in spots]),
        "size": [dice.randrange(1, 24) for _ in spots],
        "countries": [["XX", cities]],
        "links": {
            "first": differences([one for one, _ in pairs]),
            "second": second,
            "states": [["twinning", "active", "twinning"]],
            "state": [0] * len(pairs),
            "since": [0] * len(pairs),
            "more": {},
        },
    }


def test_a_crowded_map_is_drawn_within_its_budget(browser: Browser, site: Server) -> None:
    context, page, seen = opened(browser, site)
    page.add_init_script(COUNTED)
    told = crowded()
    dice = random.Random(8)

    def many(route: Route) -> None:
        countries = [
            [f"C{n}", f"Country {n}", dice.uniform(-170, 170), dice.uniform(-50, 70), 99, 99]
            for n in range(212)
        ]
        flows = [[*dice.sample(range(212), 2), dice.randrange(1, 2_000), 0] for _ in range(3_000)]
        known = {**route.fetch().json(), "rows": WORLD[1], "cities": WORLD[0]}
        route.fulfill(json={**known, "countries": countries, "flows": flows})

    def named(route: Route) -> None:
        numbers = route.request.url.rpartition("of=")[2].replace("%2C", ",").split(",")
        route.fulfill(json=[[f"city-{n}", f"City {n}", "en"] for n in numbers])

    page.route("**/overview.json*", many)
    page.route("**/atlas.json*", lambda route: route.fulfill(json=told))
    page.route("**/names.json*", named)
    explored(page, "/")
    note = page.locator(".board + .shown").inner_text()
    assert note.endswith("the 400 with the most links are drawn.")
    page.locator(".buttons button").first.scroll_into_view_if_needed()
    for zoomed in range(5):
        page.locator(".buttons button").first.click()
        page.wait_for_load_state("networkidle")
        if zoomed == 3:
            page.wait_for_selector(".labels :text('City')")
    most = page.evaluate("drawn.most")
    assert 10_000 < most["vertices"] <= MOST_VERTICES
    assert 10 < most["calls"] <= MOST_CALLS
    assert seen.troubles == []
    context.close()


@pytest.fixture
def calculating(browser: Browser) -> Iterator[Page]:
    """Give an empty page with the functions that maps are computed by."""
    script = Path(asset_files.__file__).parent / "frontend" / "atlas.js"
    page = browser.new_page()
    page.add_script_tag(content=script.read_text(encoding="utf-8").replace("export ", ""))
    yield page
    page.close()


def test_columns_are_read_as_they_were_written(calculating: Page, release: Release) -> None:
    tables, atlas = release.view(TABLES), release.view(ATLAS)
    told = atlas.table("links", tables.links)
    read = calculating.evaluate(
        "told => { const { numbers, lon, lat, links } = atlasOf(told, 200);"
        " return { numbers, lon, lat, links }; }",
        json.loads(json.dumps(told)),
    )
    cities = [tables.places[atlas.order[number]] for number in read["numbers"]]
    assert read["lon"] == pytest.approx([one.longitude for one in cities], abs=0.003)
    assert read["lat"] == pytest.approx([one.latitude for one in cities], abs=0.003)
    known = json.loads(json.dumps(told["links"]))
    assert [tuple(one["cities"]) for one in read["links"]] == read_links(known)
    statuses = sorted(one["status"] for one in read["links"])
    assert statuses == sorted(row.status for row in tables.links)


def test_groups_have_each_city_once_and_ties_each_link(calculating: Page) -> None:
    found = calculating.evaluate(
        """told => { const atlas = atlasOf(told, 200);
        return [0, 3, 6, 9].map(zoom => { const { nodes, ties } = level(atlas, zoom, new Set());
          const inside = nodes.reduce((sum, node) => sum + node.links, 0);
          const radius = 30 / 512 / 2 ** zoom, near = nodes.slice(0, 300);
          const apart = near.every((one, at) => near.slice(at + 1).every(other =>
            Math.hypot(atlas.x[one.id] - atlas.x[other.id], atlas.y[one.id] - atlas.y[other.id])
              >= radius * 0.999));
          return { zoom, nodes: nodes.length, apart,
            cities: nodes.reduce((sum, node) => sum + node.cities, 0),
            joining: ties.reduce((sum, tie) => sum + tie.links, 0), inside,
            unsure: ties.reduce((sum, tie) => sum + tie.unsure, 0) }; }); }""",
        crowded(),
    )
    links = len(crowded()["links"]["second"])
    for one in found:
        assert one["cities"] == WORLD[0]
        # A link within a group counts once for it, one between two groups for both.
        assert one["inside"] == links + one["joining"]
        assert one["unsure"] == one["joining"]
        assert one["apart"] or one["zoom"] == 9
    numbers = [one["nodes"] for one in found]
    assert numbers == sorted(numbers)
    assert numbers[0] < 300
    assert found[-1]["nodes"] == WORLD[0]
    assert found[-1]["joining"] == links


def test_ways_are_the_shortest_and_go_on_beyond_the_edge(calculating: Page) -> None:
    tokyo, los_angeles = {"lon": 139.7, "lat": 35.7}, {"lon": -118.2, "lat": 34.1}
    points = calculating.evaluate("([a, b]) => way(a, b)", [tokyo, los_angeles])
    assert points[0] == [139.7, 35.7]
    assert points[-1] == pytest.approx([360 - 118.2, 34.1])
    steps = [other[0] - one[0] for one, other in pairwise(points)]
    assert all(0 < step < 10 for step in steps)
    assert max(lat for _, lat in points) > 45
    assert calculating.evaluate("a => way(a, a)", tokyo)[-1] == [139.7, 35.7]
