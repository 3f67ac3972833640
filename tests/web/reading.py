"""Pages as a browser reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

import html5rdf
from flask.testing import FlaskClient

BROWSER = {"Accept": "text/html", "Accept-Language": "en"}


@dataclass(frozen=True)
class Page:
    """A page: its tree, and what is wrong with it by the HTML standard."""

    tree: Element
    errors: tuple[str, ...]

    def find(self, path: str) -> list[Element]:
        """List elements anywhere in the page, by name or path of names."""
        return self.tree.findall(f".//{path}")

    def texts(self, path: str) -> list[str]:
        """List the texts of elements, with single spaces."""
        return [said(element) for element in self.find(path)]

    @cached_property
    def text(self) -> str:
        """All text, with single spaces."""
        return said(self.tree)

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.tree.get("lang", "")

    def ids(self) -> list[str]:
        """List the ids of all elements."""
        return [element.attrib["id"] for element in self.tree.iter() if "id" in element.attrib]

    def links(self) -> Iterator[str]:
        """Give where the page leads, and what it loads."""
        for element in self.tree.iter():
            for name in ("href", "src", "action"):
                # What completes a name as it is typed is asked by scripts, and no page.
                if name in element.attrib and element.tag != "auto-complete":
                    yield element.attrib[name]

    def forms(self) -> list[Element]:
        """List the forms but that of search, which stands on every page."""
        return [form for form in self.find("form") if form.get("action") != "/search"]

    def written_scripts(self) -> list[Element]:
        """List scripts that stand in the page; those of the site are files, and data never run."""
        return [
            script
            for script in self.find("script")
            if "/static/" not in script.get("src", "")
            and script.get("type") != "application/ld+json"
        ]


def said(element: Element) -> str:
    """Give the text of an element, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def page(body: bytes) -> Page:
    """Read a page."""
    parser = html5rdf.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(body.decode())
    errors = (f"line {place[0]}: {code} {values}" for place, code, values in parser.errors)
    return Page(tree, tuple(errors))


def shown(client: FlaskClient, path: str) -> Page:
    """Open an address as a browser does; the page is right by the HTML standard."""
    response = client.get(path, headers=BROWSER, follow_redirects=True)
    assert response.status_code == 200, response.text
    found = page(response.data)
    assert found.errors == ()
    return found
