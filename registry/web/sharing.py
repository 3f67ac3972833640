"""What the head of a page tells others: its address, its languages, and what it is about.

Networks read OpenGraph (https://ogp.me/), search engines schema.org as JSON-LD. A page in a
language is a page of its own, which names the others (`hreflang`); without a language in its
address it is for every reader (`x-default`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup

from registry import terms
from registry.problems import Problem
from registry.things.page import Value
from registry.views.names import Thing
from registry.web import language
from registry.web.context import languages, origin

Json = dict[str, Any]

_LOCALES: Final = {"en": "en_GB", "it": "it_IT", "fr": "fr_FR", "de": "de_DE", "es": "es_ES"}
"""Languages as OpenGraph writes them."""

_LEFT_OUT: Final = frozenset({"lang", "_", "about"})
"""Parameters that make no other page."""

_ORDER: Final = frozenset({"sort", "limit"})
"""Parameters that order and cut a list; the pages behind its first have other rows by them."""


@dataclass(frozen=True)
class Head:
    """The addresses of a page: its own, and those in other languages, the default one first."""

    origin: str
    canonical: str
    alternates: tuple[tuple[str, str], ...]
    locale: str


def head() -> Head | None:
    """Return the addresses of the page that is asked for; None where no server is named."""
    try:
        here = origin()
    except Problem:
        return None
    left_out = _LEFT_OUT if request.args.get("page") else _LEFT_OUT | _ORDER
    asked = [pair for pair in request.args.items() if pair[1] and pair[0] not in left_out]

    def address(tag: str) -> str:
        query = urlencode([*asked, *([("lang", tag)] if tag else [])])
        return f"{here}{request.path.rstrip('/') or '/'}" + (f"?{query}" if query else "")

    chosen = language.language_parameter(request)
    own = chosen if chosen in terms.LANGUAGES else ""
    tags = [("x-default", ""), *((tag, tag) for tag in terms.LANGUAGES)]
    return Head(
        here,
        address(own),
        tuple((name, address(tag)) for name, tag in tags),
        _LOCALES[languages().interface],
    )


def plain(markup: str) -> str:
    r"""Return markup of a template as plain text, with single spaces.

    >>> plain("<bdi>Côte d&#39;Or</bdi>\n &amp; more")
    "Côte d'Or & more"
    """
    return str(Markup(markup).striptags())  # noqa: S704 (nothing is shown of it but its text)


def structured(
    of: Head,
    title: str,
    description: str,
    crumbs: Sequence[tuple[str, str]],
    about: Json | None = None,
) -> Json:
    """Describe a page in schema.org: what it is about, and the way to it.

    `crumbs` are the names and paths of the pages above it.
    """
    page: Json = {
        "@type": "WebPage",
        "@id": of.canonical,
        "url": of.canonical,
        "name": title,
        "inLanguage": languages().interface,
        "isPartOf": {"@type": "WebSite", "name": "Citylinks", "url": f"{of.origin}/"},
    }
    if description:
        page["description"] = description
    if about:
        page["mainEntity"] = about
    way = [*crumbs, (title.removesuffix(" · Citylinks"), "")] if crumbs else []
    graph = [page, _breadcrumbs(of, way)] if way else [page]
    return {"@context": "https://schema.org", "@graph": graph}


def _breadcrumbs(of: Head, way: Iterable[tuple[str, str]]) -> Json:
    items = [
        {
            "@type": "ListItem",
            "position": number,
            "name": name,
            **({"item": f"{of.origin}{path}"} if path else {}),
        }
        for number, (name, path) in enumerate(way, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def city(thing: Thing | None, name: str, country: str, items: Iterable[str]) -> Json | None:
    """Describe a city; None where the index does not know it."""
    if thing is None:
        return None
    described: Json = {
        "@type": "City",
        "@id": thing.iri,
        "name": name,
        "url": thing.iri,
        "identifier": thing.ref,
    }
    if thing.latitude is not None and thing.longitude is not None:
        place = {"latitude": thing.latitude, "longitude": thing.longitude}
        described["geo"] = {"@type": "GeoCoordinates", **place}
    if country:
        described["containedInPlace"] = {"@type": "Country", "name": country}
    same = [terms.WIKIDATA + item for item in items]
    same += [terms.GEONAMES.format(thing.geonames)] if thing.geonames else []
    if same:
        described["sameAs"] = same
    return described


def event(iri: str, name: str, dates: Mapping[str, str], places: Iterable[Value]) -> Json:
    """Describe an event: its dates in ISO 8601, and the cities it takes place in."""
    described: Json = {"@type": "Event", "@id": iri, "name": name}
    described |= {key: value for key, value in dates.items() if value}
    where = [
        {"@type": "City", "@id": place.iri, "name": place.words.text, "address": place.words.text}
        for place in places
    ]
    return described | ({"location": where} if where else {})


def dataset(name: str, description: str, licence: str, files: Iterable[tuple[str, str]]) -> Json:
    """Describe a list as a part of the dataset: its files by address and media type."""
    return {
        "@type": "Dataset",
        "name": name,
        "description": description,
        "license": licence,
        "isPartOf": terms.DATASET,
        "creator": {"@type": "Organization", "name": terms.PUBLISHER_NAME},
        "distribution": [
            {"@type": "DataDownload", "contentUrl": address, "encodingFormat": media_type}
            for address, media_type in files
        ],
    }
