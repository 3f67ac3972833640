"""Provenance of a graph that an import or a harvest makes (PROV-O, https://www.w3.org/TR/prov-o/).

    graph ── prov:wasDerivedFrom ─▶ document
      └──── prov:wasGeneratedBy ─▶ id/import/{graph} ── prov:used ─▶ document, address of the origin
                                     │ dcterms:date     when the content was taken from its origin
                                     │ cl:mapping       the mapping, or the reader that has none
                                     │ cl:rowsRead      rows of the source
                                     │ cl:rowsUsed      rows of which the graph has a statement
                                     └ prov:wasAssociatedWith ─▶ this software and its version

No time of the clock stands in a graph: the same inputs make the same graph on every day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.dates import DATE
from registry.graphs.statements import Value, triples_of
from registry.sources.statements import Document, Extraction
from registry.version import __version__

_DATATYPES: Final = {4: "gYear", 7: "gYearMonth", 10: "date"}
"""Datatypes of dates by their length."""

_SOFTWARE: Final = terms.thing("software", f"citylinks-{__version__.replace('.', '-')}".lower())


def date(text: str) -> ox.Literal:
    """Write a date as precisely as it is given.

    >>> date("1992-05").datatype.value
    'http://www.w3.org/2001/XMLSchema#gYearMonth'
    """
    datatype = terms.prefixed(f"xsd:{_DATATYPES[len(text)]}")
    return ox.Literal(text, datatype=ox.NamedNode(datatype))


def source_of(document: Document) -> ox.NamedNode:
    """Return the node of the document."""
    return ox.NamedNode(terms.thing("document", document.graph))


def described(
    document: Document, extraction: Extraction, used: int | None = None
) -> Iterator[ox.Triple]:
    """Describe how a graph was made; `used` counts the rows of which it has a statement."""
    this, source = terms.thing("import", document.graph), source_of(document).value
    rows: dict[str, Value] = {}
    if used is not None:
        rows = {"cl:rowsRead": extraction.rows, "cl:rowsUsed": used}
    yield from triples_of(
        terms.GRAPH + document.graph,
        {"prov:wasDerivedFrom": source, "prov:wasGeneratedBy": this},
    )
    yield from triples_of(
        this,
        {
            "rdf:type": "prov:Activity",
            "skos:prefLabel": ox.Literal(f"Import of: {document.title}", language="en"),
            "dcterms:date": date(extraction.taken) if DATE.fullmatch(extraction.taken) else "",
            "prov:used": [source, _address(extraction.origin)],
            "prov:wasAssociatedWith": _SOFTWARE,
            "cl:mapping": ox.Literal(extraction.mapping) if extraction.mapping else "",
            **rows,
        },
    )
    yield from triples_of(
        _SOFTWARE,
        {
            "rdf:type": "prov:SoftwareAgent",
            "skos:prefLabel": ox.Literal(f"Citylinks {__version__}", language="en"),
            "schema:softwareVersion": ox.Literal(__version__),
        },
    )


def _address(origin: str) -> str:
    """Return the address of an origin; empty for words that are none."""
    return origin if is_address(origin) else ""


def is_address(text: str) -> bool:
    """Whether a text is a web address that can stand as an IRI.

    One that holds a user or a password is none: it would be published.

    >>> is_address("https://example.org/a?b=1"), is_address("www.example.org"), is_address("n/a")
    (True, False, False)
    >>> is_address("https://anna:secret@example.org/"), is_address("https://example.org/@anna")
    (False, True)
    """
    return _ADDRESS.fullmatch(text) is not None


_ADDRESS: Final = re.compile(
    r"""https?://[^/?#@\x00-\x20<>"{}|\\^`]+(?:[/?#][^\x00-\x20<>"{}|\\^`]*)?"""
)
