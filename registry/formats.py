"""The one table of formats: name, media type, file extension, serialiser, label.

Negotiation, file extensions, `Link` headers, dumps, documentation and tests are read off it.
RDF is written by Oxigraph from sorted triples, so equal graphs give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.files import COMPRESSED
from registry.problems import Problem


@dataclass(frozen=True)
class Format:
    """A way to write something down, with its registered media type.

    `name` is what `?format=` calls it, `label` what a link to it is called on pages, `aliases` are
    other media types by which it is asked for; `charset` is set where the text is UTF-8 and the
    media type has that parameter.
    """

    name: str
    media_type: str
    extension: str
    label: str
    aliases: tuple[str, ...] = ()
    charset: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header's value."""
        return self.media_type + ("; charset=utf-8" if self.charset else "")

    @property
    def names(self) -> frozenset[str]:
        """All that a parameter may call it."""
        types = (self.media_type, *self.aliases)
        subtypes = (media_type.partition("/")[2] for media_type in types)
        return frozenset({self.name, self.extension, *types, *subtypes})


HTML: Final = Format("html", "text/html", "html", "web page", ("application/xhtml+xml",), True)
TURTLE: Final = Format("turtle", "text/turtle", "ttl", "Turtle", ("application/x-turtle",), True)
NTRIPLES: Final = Format("ntriples", "application/n-triples", "nt", "N-Triples", ("text/plain",))
JSONLD: Final = Format("jsonld", "application/ld+json", "jsonld", "JSON-LD", ("application/json",))
RDFXML: Final = Format("rdfxml", "application/rdf+xml", "rdf", "RDF/XML", ("application/xml",))
NQUADS: Final = Format("nquads", "application/n-quads", "nq", "N-Quads")
TRIG: Final = Format("trig", "application/trig", "trig", "TriG", (), True)

RESULTS_JSON: Final = Format(
    "json", "application/sparql-results+json", "srj", "JSON", ("application/json",)
)
RESULTS_XML: Final = Format(
    "xml", "application/sparql-results+xml", "srx", "XML", ("application/xml", "text/xml")
)
RESULTS_CSV: Final = Format("csv", "text/csv", "csv", "CSV", (), True)
RESULTS_TSV: Final = Format("tsv", "text/tab-separated-values", "tsv", "TSV", (), True)

PROBLEM_JSON: Final = Format("problem", "application/problem+json", "json", "problem")
JSON: Final = Format("json", "application/json", "json", "JSON")
EXPLANATION: Final = Format("explanation", "application/json", "json", "JSON")
"""How a query is run, which a worker is asked for in the place of its answer."""

GEOJSON: Final = Format("geojson", "application/geo+json", "geojson", "GeoJSON")
TEXT: Final = Format("text", "text/plain", "txt", "text", (), True)

ATOM: Final = Format("atom", "application/atom+xml", "atom", "Atom", (), True)
CALENDAR: Final = Format("calendar", "text/calendar", "ics", "iCalendar", (), True)
SVG: Final = Format("svg", "image/svg+xml", "svg", "SVG")
STYLE: Final = Format("style", "text/css", "css", "CSS", (), True)
SCRIPT: Final = Format("script", "text/javascript", "js", "JavaScript", (), True)
XML_TEXT: Final = Format("sitemap", "application/xml", "xml", "XML", ("text/xml",), True)

GRAPHS: Final = (TURTLE, JSONLD, RDFXML, NTRIPLES)
"""Formats of one graph; the first is what a client without a wish gets."""

DATASETS: Final = (NQUADS, TRIG)
SOLUTIONS: Final = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
BOOLEANS: Final = (RESULTS_JSON, RESULTS_XML)
"""CSV and TSV have no form for a yes or no (SPARQL 1.1 Query Results CSV and TSV, section 1)."""

XML: Final = (RDFXML, RESULTS_XML)
"""Formats that cannot hold everything."""

RDF: Final[dict[str, ox.RdfFormat]] = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
RESULTS: Final[dict[str, ox.QueryResultsFormat]] = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


_W3C: Final = {
    "turtle": "Turtle",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF_XML",
    "ntriples": "N-Triples",
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
}
"""Local names at http://www.w3.org/ns/formats/ by format."""


def w3c(form: Format) -> str:
    """Return the IRI that the W3C has for a format."""
    return f"http://www.w3.org/ns/formats/{_W3C[form.name]}"


def by_extension(extension: str) -> Format | None:
    """Find the RDF format of a file extension; None where there is none."""
    return next((f for f in (*GRAPHS, *DATASETS) if f.extension == extension), None)


def of_file(name: str) -> tuple[Format | None, str]:
    """Return the RDF format of a file that may be compressed, and its name without extensions.

    >>> of_file("cities.nt.xz")[1], of_file("perm-twins.ttl")[1], of_file("a.txt")[0]
    ('cities', 'perm-twins', None)
    """
    packed = next((end for end in COMPRESSED if name.endswith(end)), "")
    stem, _, extension = name.removesuffix(packed).rpartition(".")
    return by_extension(extension) if stem else None, stem


def by_name(offered: Iterable[Format], wanted: str) -> Format | None:
    """Find the format that a parameter asks for, by name, extension, media type or its subtype.

    >>> by_name(GRAPHS, "ttl") == by_name(GRAPHS, "text/turtle") == TURTLE
    True
    >>> by_name(GRAPHS, "json").name, by_name(SOLUTIONS, "json").name
    ('jsonld', 'json')
    """
    return next((form for form in offered if wanted.lower() in form.names), None)


def serialise(
    triples: Iterable[ox.Triple] | Iterable[ox.Quad],
    form: Format,
    prefixes: Mapping[str, str] = terms.PREFIXES,
) -> bytes:
    """Write triples, in the order given, in an RDF format, with our prefixes or others."""
    named = {} if form in (NTRIPLES, NQUADS) else dict(prefixes)
    body = ox.serialize(triples, format=RDF[form.name], prefixes=named) or b""
    return XmlCheck().mend(body) if form in XML else body


_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|<oxprefix: ")
"""Characters that XML 1.0 does not have, and an element that the engine could not name."""


_LONGEST_SIGN: Final = len(b"<oxprefix: ")
"""Bytes of the longest of these."""


class XmlCheck:
    """Mends XML that the engine wrote, part by part.

    A carriage return, as it is, would be read as a line feed.
    """

    def __init__(self) -> None:
        self._before = b""

    def mend(self, part: bytes) -> bytes:
        """Return a part as it should stand.

        Raises
        ------
        Problem
            `not-acceptable` when XML cannot hold it: a control character, a property whose IRI does
            not end in a name.

        """
        seen = self._before + part
        if _NOT_XML.search(seen):
            raise Problem("not-acceptable", "XML cannot hold this: ask for it in another format")
        self._before = seen[1 - _LONGEST_SIGN :]
        return part.replace(b"\r", b"&#13;")
