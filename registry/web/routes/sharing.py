"""What others show of the site: pictures of maps, icons, the card by oEmbed, the search form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from markupsafe import escape
from werkzeug.wrappers import Response as Answer

from registry import formats, terms
from registry.lists import overview_map
from registry.lists.atlas import ATLAS
from registry.lists.choosing import CHOOSER
from registry.lists.filters import Filter
from registry.lists.tables import TABLES, ListRow, Tables
from registry.maps import picture
from registry.maps.drawing import Drawing, joined
from registry.problems import Problem
from registry.releases.reading import Release
from registry.things.city.mapped import mapped
from registry.things.city.partners import in_order, partners
from registry.things.standing import drawn
from registry.version import build
from registry.views.names import NAMES
from registry.web import asset_files, language
from registry.web.context import (
    languages,
    last_modified,
    licence,
    origin,
    pages,
    present,
    redirect_to,
    release,
)
from registry.web.negotiation import respond_as
from registry.web.operation import REF, SOME_TEXT, Operation, Parameter, in_path, whole

routes = Blueprint("sharing", __name__)

SIZES: Final = (180, 192, 512)
"""Pixels of the icons that telephones and browsers ask for."""

_CITY: Final = in_path("ref", "the reference of a city", REF, "perm-511196")
_CODE: Final = in_path("code", "the code of a country (ISO 3166-1 alpha-2)", SOME_TEXT, "IT")
_OTHER: Final = in_path("other", "the code of another country, or the same", SOME_TEXT, "RU")
_SIZE: Final = in_path("size", "pixels of the icon", {"enum": [*map(str, SIZES)]}, "192")
_URL: Final = Parameter(
    "url",
    "the address of a city's page or card here; no other page has a card",
    SOME_TEXT,
    "/doc/city/perm-511196",
)
_FORMAT: Final = Parameter("format", "the format of the answer", {"enum": ["json"]}, empty=True)
_WIDE: Final = Parameter("maxwidth", "pixels it may be wide", whole(1, 9_999, 480), empty=True)
_HIGH: Final = Parameter("maxheight", "pixels it may be high", whole(1, 9_999, 560), empty=True)


@cache
def _world() -> dict[str, str]:
    """Read the outlines of the world; none where assets were not built."""
    name = asset_files.names().get("world.svg")
    text = (asset_files.ASSETS / name).read_text(encoding="utf-8") if name else ""
    return picture.outlines(text)


@routes.get("/picture.png")
@Operation("A picture of the world, for links to pages", "server", (formats.PNG,))
def world() -> Response:
    """Send the picture of pages that have none of their own."""
    release()
    return respond_as(formats.PNG, partial(picture.of_links, None, _world()), build())


@routes.get("/picture/<ref>.png")
@Operation(
    "A picture of a city's links on a map, for links to its page",
    "things",
    (formats.PNG,),
    (_CITY,),
    refuses=("not-found", "gone"),
    statuses=(301,),
)
def of_city(ref: str) -> Answer:
    """Send the picture of a city."""
    iri, now = _city(ref)
    if now != ref:
        return redirect_to(f"/picture/{now}.png", 301)

    def draw() -> bytes:
        makes = pages()
        return picture.of_links(mapped(makes, iri, in_order(partners(makes, iri))), _world())

    about = {"modified": last_modified(), "licence": licence(), "lasting": True}
    return respond_as(formats.PNG, draw, f"{release().version} {ref}", **about)


@routes.get("/picture/countries/<code>.png")
@Operation(
    "A picture of the links of a country, for links to its page",
    "things",
    (formats.PNG,),
    (_CODE,),
    refuses=("not-found",),
)
def of_country(code: str) -> Response:
    """Send the picture of a country: to which others it is linked."""

    def draw(found: Release, rows: Sequence[ListRow]) -> bytes:
        svg = overview_map.draw(found.view(ATLAS), found.view(TABLES), "links", rows)
        return picture.of_list(svg, _world())

    return _of_links(draw, code)


@routes.get("/picture/countries/<code>/<other>.png")
@Operation(
    "A picture of the links between two countries, for links to their page",
    "things",
    (formats.PNG,),
    (_CODE, _OTHER),
    refuses=("not-found",),
)
def of_pair(code: str, other: str) -> Response:
    """Send the picture of two countries: each of their links."""

    def draw(found: Release, rows: Sequence[ListRow]) -> bytes:
        return picture.of_links(_joined(found.view(TABLES), rows), _world())

    return _of_links(draw, code, other)


def _of_links(
    draw: Callable[[Release, Sequence[ListRow]], bytes], code: str, other: str = ""
) -> Response:
    """Answer with a picture of the links of a country, or of two."""
    found = release()
    known = {one for one, _ in found.view(NAMES).countries()}
    if missing := {code, other or code} - known:
        raise Problem("not-found", f"there is no country {min(missing)!r} with cities here")

    def write() -> bytes:
        asked = Filter(country=code, other_country=other)
        return draw(found, found.view(CHOOSER).fitting("links", asked))

    about = {"modified": last_modified(), "licence": licence(), "lasting": True}
    return respond_as(formats.PNG, write, f"{found.version} {code} {other}", **about)


def _joined(tables: Tables, rows: Sequence[ListRow]) -> Drawing | None:
    """Draw links of two cities; those that join others, too, would lead too far."""
    places = tables.map_points
    return joined(
        [
            (
                places[row.cities[0]],
                places[row.cities[1]],
                drawn(row.kind, row.status, is_old=False),
            )
            for row in rows
            if len(row.cities) == 2 and places.keys() >= {*row.cities}
        ]
    )


def _city(ref: str) -> tuple[str, str]:
    """Return the IRI and the reference of a city as they are now; `not-found` for none."""
    if not terms.REF.fullmatch(ref):
        raise Problem("not-found", f"there is no city {ref}")
    iri = present(terms.thing("city", ref))
    return iri, (terms.kind_and_ref(iri) or ("", ref))[1]


@routes.get("/favicon.ico")
@Operation("The mark of the site, small", "server", (formats.ICON,))
def favicon() -> Response:
    """Send the icon that browsers ask for by themselves."""
    release()
    return respond_as(formats.ICON, picture.favicon, build())


@routes.get("/icon-<size>.png")
@Operation("The mark of the site as an icon", "server", (formats.PNG,), (_SIZE,))
def icon(size: str) -> Response:
    """Send the mark in some pixels."""
    release()
    if size not in {*map(str, SIZES)}:
        raise Problem("not-found", f"there is no icon of {size} pixels")
    return respond_as(formats.PNG, partial(picture.icon, int(size)), build())


@routes.get("/manifest.webmanifest")
@Operation(
    "The site as an application (Web App Manifest)", "server", (formats.MANIFEST,), speaks=True
)
def manifest() -> Response:
    """Describe the site to telephones on whose screens it is put."""
    release()
    interface = languages().interface
    described = {
        "name": "Citylinks",
        "short_name": "Citylinks",
        "description": language.word("start_intro", interface),
        "lang": interface,
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": "#fbfaf7",
        "theme_color": "#14566b",
        "icons": [
            {"src": f"/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
            for size in SIZES[1:]
        ],
    }
    write = partial(json.dumps, described, ensure_ascii=False, indent=1)
    return respond_as(formats.MANIFEST, write, f"{build()} {interface}", speaks=True)


@routes.get("/opensearch.xml")
@Operation(
    "The search of the site, for browsers (OpenSearch 1.1)",
    "server",
    (formats.OPENSEARCH,),
    speaks=True,
)
def opensearch() -> Response:
    """Describe the search to browsers."""
    release()
    interface, here = languages().interface, origin()
    write = lambda: (  # noqa: E731
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        "<ShortName>Citylinks</ShortName>\n"
        f"<Description>{escape(language.word('search_label', interface))}</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n"
        f'<Image width="32" height="32">{here}/favicon.ico</Image>\n'
        f'<Url type="text/html" template="{here}/search?q={{searchTerms}}"/>\n'
        f'<Url type="{formats.COMPLETIONS.media_type}" rel="suggestions" '
        f'template="{here}/completions?q={{searchTerms}}"/>\n'
        "</OpenSearchDescription>\n"
    )
    return respond_as(formats.OPENSEARCH, write, f"{build()} {interface} {here}", speaks=True)


_OF_CITY: Final = re.compile(r"/(?:doc/city|id/city|card)/([^/?#]+?)(?:\.html)?")


@routes.get("/oembed")
@Operation(
    "The card of a city for a page of others (oEmbed 1.0)",
    "things",
    (formats.JSON,),
    (_URL, _FORMAT, _WIDE, _HIGH),
    refuses=("not-found", "gone", "not-acceptable"),
    schema="oembed",
    speaks=True,
)
def oembed() -> Response:
    """Describe how the card of a city is embedded in a page of others."""
    if request.args.get(_FORMAT.name, "") not in formats.JSON.names | {""}:
        raise Problem("not-acceptable", "offered: json", allowed=[formats.JSON.media_type])
    wide, high = (int(one.read()) for one in (_WIDE, _HIGH))
    # The permanent address of a city leads here from another server.
    if not (given := _URL.read()):
        raise Problem("bad-parameter", "url is missing")
    asked = given.replace("http:", "https:", 1)
    path = f"/{asked.removeprefix(terms.BASE)}" if asked.startswith(terms.BASE) else asked
    found = _OF_CITY.fullmatch(urlsplit(path).path)
    if not found:
        raise Problem("not-found", "url is of no page with a card; the pages of cities have one")
    iri, ref = _city(found[1])
    title, here = pages().labels.of(iri).text, origin()
    card = f"{here}/card/{ref}"
    embedded = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Citylinks",
        "provider_url": f"{here}/",
        "thumbnail_url": f"{here}/picture/{ref}.png",
        "thumbnail_width": picture.WIDTH,
        "thumbnail_height": picture.HEIGHT,
        "width": min(wide, 480),
        "height": min(high, 560),
    }
    frame = (
        f'<iframe src="{escape(card)}" width="{embedded["width"]}" '
        f'height="{embedded["height"]}" title="{escape(title)}" loading="lazy"></iframe>'
    )
    tag = f"{release().version} {languages().wanted} {card} {wide} {high}"
    write = partial(json.dumps, embedded | {"html": frame}, ensure_ascii=False, indent=1)
    return respond_as(formats.JSON, write, tag, modified=last_modified(), speaks=True)
