"""The one table of formats: name, media type, file extension, serialiser, label.

Negotiation, file extensions, `Link` headers, dumps, documentation and tests are read off it.
RDF is written by Oxigraph from sorted triples, so equal graphs give equal bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any, Final, cast

import pyoxigraph as ox

from registry import terms
from registry.files import COMPRESSED
from registry.problems import Problem


@dataclass(frozen=True)
class Format:
    """A way to write something down, with its registered media type.

    `name` is what `?format=` calls it, `label` what a link to it is called on pages, `aliases` are
    other media types by which it is asked for; `charset` is set where the text is UTF-8 and the
    media type has that parameter, `profile` where it is one of several forms of a media type.
    """

    name: str
    media_type: str
    extension: str
    label: str
    aliases: tuple[str, ...] = ()
    charset: bool = False
    profile: str = ""

    @property
    def content_type(self) -> str:
        """The Content-Type header's value."""
        profile = f';profile="{self.profile}"' if self.profile else ""
        return self.media_type + profile + ("; charset=utf-8" if self.charset else "")

    @property
    def names(self) -> frozenset[str]:
        """All that a parameter may call it."""
        if self.profile:
            return frozenset({self.name})
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
EVENTS: Final = Format("events", "text/event-stream", "events", "Server-Sent Events")
CALENDAR: Final = Format("calendar", "text/calendar", "ics", "iCalendar", (), True)
SVG: Final = Format("svg", "image/svg+xml", "svg", "SVG")
STYLE: Final = Format("style", "text/css", "css", "CSS", (), True)
SCRIPT: Final = Format("script", "text/javascript", "js", "JavaScript", (), True)
TILE: Final = Format("tile", "application/vnd.mapbox-vector-tile", "pbf", "vector tile")
XML_TEXT: Final = Format("sitemap", "application/xml", "xml", "XML", ("text/xml",), True)

PNG: Final = Format("png", "image/png", "png", "PNG")
JPEG: Final = Format("jpeg", "image/jpeg", "jpg", "JPEG")
NOTEBOOK: Final = Format("notebook", "application/x-ipynb+json", "ipynb", "Jupyter notebook")
ICON: Final = Format("icon", "image/vnd.microsoft.icon", "ico", "icon", ("image/x-icon",))
MANIFEST: Final = Format("webmanifest", "application/manifest+json", "webmanifest", "manifest")
OPENSEARCH: Final = Format(
    "opensearch", "application/opensearchdescription+xml", "xml", "OpenSearch"
)

COMPLETIONS: Final = Format(
    "completions", "application/x-suggestions+json", "json", "OpenSearch suggestions"
)

GRAPHS: Final = (TURTLE, JSONLD, RDFXML, NTRIPLES)
"""Formats of one graph; the first is what a client without a wish gets."""

DATASETS: Final = (NQUADS, TRIG)
"""Formats of a dataset, which may be one graph, by its name or without one."""

RDF_FORMATS: Final = (*GRAPHS, *DATASETS)
PROFILES: Final = tuple(
    Format(
        f"jsonld-{name}",
        JSONLD.media_type,
        JSONLD.extension,
        f"JSON-LD, {name}",
        profile=f"http://www.w3.org/ns/json-ld#{name}",
    )
    for name in ("expanded", "compacted", "framed")
)
"""Forms of JSON-LD that a client may ask for by their profile (JSON-LD 1.1, section 6.1)."""

TRIPLES: Final = (*RDF_FORMATS, *PROFILES)
"""Formats of a graph that is not too long to be put in a form."""

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
    "nquads": "N-Quads",
    "trig": "TriG",
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
    return next((f for f in RDF_FORMATS if f.extension == extension), None)


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


Statements = Iterable[ox.Triple] | Iterable[ox.Quad]

_LOOKED_AT: Final = 10_000
"""Statements of which the prefixes are found; those after them are written as they come."""


def serialise(
    statements: Statements, form: Format, prefixes: Mapping[str, str] = terms.PREFIXES
) -> bytes:
    """Write statements, in the order given, in an RDF format, with the prefixes that they use."""
    out = io.BytesIO()
    write_into(out, statements, form, prefixes)
    body = out.getvalue()
    return XmlCheck().mend(body) if form in XML else body


def write_into(
    out: IO[bytes],
    statements: Statements,
    form: Format,
    prefixes: Mapping[str, str] = terms.PREFIXES,
) -> None:
    """Write statements as they come, with those of the prefixes that the first of them use."""
    if form not in _PREFIXED:
        ox.serialize(statements, out, RDF[form.name])
        return
    coming: Iterator[Any] = iter(statements)
    first = list(islice(coming, _LOOKED_AT))
    used = _used(_elements(first) if form in XML else _iris(first), prefixes)
    ordered = cast("IO[bytes]", _Ordered(out))
    ox.serialize(chain(first, coming), ordered, RDF[form.name], prefixes=used)


_PREFIXED: Final = (TURTLE, TRIG, RDFXML)


def _used(iris: Iterable[str], prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that some IRIs begin with.

    >>> _used(["http://purl.org/dc/terms/title", "x:y"], terms.PREFIXES)
    {'dcterms': 'http://purl.org/dc/terms/'}
    """
    longest = sorted(prefixes.values(), key=len, reverse=True)
    begin = re.compile("|".join(map(re.escape, longest))).match
    found = {match[0] for iri in iris if (match := begin(iri))}
    return {name: iri for name, iri in prefixes.items() if iri in found}


def _elements(triples: Iterable[Any]) -> Iterator[str]:
    """Yield the IRIs that are elements of RDF/XML: properties, and classes."""
    for triple in triples:
        if triple.predicate.value != _TYPE:
            yield triple.predicate.value
        elif isinstance(triple.object, ox.NamedNode):
            yield triple.object.value


def _iris(statements: Iterable[Any]) -> Iterator[str]:
    """Yield the IRIs in statements that Turtle may write with a prefix, as often as they occur."""
    for statement in statements:
        if statement.predicate.value != _TYPE:
            yield statement.predicate.value
        for term in (statement.subject, statement.object, getattr(statement, "graph_name", None)):
            if isinstance(term, ox.NamedNode):
                yield term.value
            elif isinstance(term, ox.Literal):
                yield _datatype(term)
            elif isinstance(term, ox.Triple):
                yield from (_TYPE, *_iris([term]))


def _datatype(literal: ox.Literal) -> str:
    """Return the datatype of a literal; empty where Turtle does not write it."""
    datatype = literal.datatype.value
    plain = _PLAIN.get(datatype)
    return "" if plain and plain.fullmatch(literal.value) else datatype


_TYPE: Final = terms.prefixed("rdf:type")
"""What is written as `a`, and as an element of its own."""

_PLAIN: Final = {
    terms.prefixed(name): re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "xsd:string": ".*",
        "rdf:langString": ".*",
        "rdf:dirLangString": ".*",
        "xsd:boolean": "true|false",
        "xsd:integer": "[+-]?[0-9]+",
        "xsd:decimal": r"[+-]?[0-9]*\.[0-9]+",
        "xsd:double": r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+",
    }.items()
}
"""Values whose datatype Turtle does not write (section 2.5), by datatype."""


class _Ordered:
    """Passes on what the engine writes, with its prefixes in order; its own differs each time."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._head, self._passed = out, b"", False

    def write(self, part: bytes) -> int:
        """Take a part."""
        if self._passed:
            self._out.write(part)
        else:
            self._head += part
            if len(self._head) > _LONGEST_HEAD:
                self.flush()
        return len(part)

    def flush(self) -> None:
        """Pass on what is kept."""
        if not self._passed:
            self._out.write(_PREFIX_LINES.sub(_sorted, self._head, count=1))
            self._passed = True


_PREFIX_LINE: Final = rb'@prefix [^\n]*\n| xmlns:\w+="[^"]*"'
_PREFIX_LINES: Final = re.compile(rb"(?:%b)+" % _PREFIX_LINE)
_LONGEST_HEAD: Final = 10_000
"""Bytes by which all prefixes have been declared."""


def _sorted(head: re.Match[bytes]) -> bytes:
    return b"".join(sorted(re.findall(_PREFIX_LINE, head[0])))


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
