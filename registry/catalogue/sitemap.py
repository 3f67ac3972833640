"""The pages of the registry for search engines (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from registry import terms

MOST: Final = 20_000
"""Pages in one file; the protocol allows 50,000 and 50 MB, and each has six addresses."""

PAGES: Final = "pages"
"""Name of the file that lists all pages that are not of one thing."""

DOORS: Final = (
    *("", "catalog", "dumps", "void", "feed", "release", "graph", "ontology", "shapes"),
    *("queries", "sparql", "cities", "links", "practices", "programmes", "audit", "coverage"),
    *("countries", "compare"),
    *("about", "help", "contact", "privacy", "accessibility", "imprint", "docs"),
)
"""Addresses of the pages that are not of one thing."""

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XHTML: Final = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'


def names(things: Mapping[str, list[str]]) -> list[str]:
    """Name the files, given the references of things by kind: `city-1`, `city-2`, `link-1`."""
    return [
        f"{kind}-{n + 1}" for kind, refs in things.items() for n in range(-(-len(refs) // MOST))
    ]


def index(origin: str, things: Mapping[str, list[str]], modified: str) -> str:
    """List the files, with the time at which the release was published."""
    files = (f"{origin}/sitemap/{name}.xml" for name in (PAGES, *names(things)))
    entries = (_entry("sitemap", address, modified) for address in files)
    return _file("sitemapindex", entries)


def doors(origin: str, modified: str, countries: Iterable[str]) -> str:
    """List the pages that are not of one thing, with the time of the release."""
    paths = (*DOORS, *(f"countries/{code}" for code in countries))
    entries = (_entry("url", f"{origin}/{path}", modified) for path in paths)
    return _file("urlset", entries)


def pages(origin: str, kind: str, refs: Iterable[str], changed: Mapping[str, str]) -> str:
    """List the pages of things, each with the time of its last change, where that is known."""
    entries = (
        _entry("url", f"{origin}/doc/{kind}/{ref}", changed.get(terms.thing(kind, ref), ""))
        for ref in refs
    )
    return _file("urlset", entries)


def _file(tag: str, entries: Iterable[str]) -> str:
    names = f"{_NAMESPACE} {_XHTML}" if tag == "urlset" else _NAMESPACE
    return f"{_HEAD}<{tag} {names}>\n{''.join(entries)}</{tag}>\n"


def _entry(tag: str, address: str, modified: str) -> str:
    """Write an entry; a page has its addresses in other languages, too."""
    when = f"<lastmod>{modified}</lastmod>" if modified else ""
    address = escape(address)
    others = "".join(f"{start}{address}{end}" for start, end in _ALTERNATES) if tag == "url" else ""
    return f"<{tag}><loc>{address}</loc>{when}{others}</{tag}>\n"


_ALTERNATES: Final = tuple(
    (f'<xhtml:link rel="alternate" hreflang="{name}" href="', f'{query}"/>')
    for name, query in (("x-default", ""), *((tag, f"?lang={tag}") for tag in terms.LANGUAGES))
)
"""What stands before and after an address, for each language (Google, localised versions)."""


def part(things: Mapping[str, list[str]], name: str) -> tuple[str, list[str]] | None:
    """Return the kind and the references of a file; None where there is no such file."""
    if name not in names(things):
        return None
    kind, _, number = name.rpartition("-")
    first = (int(number) - 1) * MOST
    return kind, things[kind][first : first + MOST]
