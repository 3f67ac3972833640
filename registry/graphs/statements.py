"""Statements about the registry itself, put together from a table and written as RDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pyoxigraph as ox

from registry import formats, terms
from registry.formats import Format

PREFIXES: Final = {
    **terms.PREFIXES,
    "adms": "http://www.w3.org/ns/adms#",
    "as": "https://www.w3.org/ns/activitystreams#",
    "ldes": "https://w3id.org/ldes#",
    "qb": "http://purl.org/linked-data/cube#",
    "spdx": "http://spdx.org/rdf/terms#",
    "tree": "https://w3id.org/tree#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
"""The prefixes of what describes the registry, those of the data among them."""

Value = str | ox.Literal | int
"""An IRI or a prefixed name; a literal; a number."""

Properties = Mapping[str, Value | Iterable[Value]]
"""Values by property, which is an IRI or a prefixed name."""


def iri(name: str) -> str:
    """Return the IRI of a prefixed name; what is an IRI stays as it is.

    >>> iri("tree:Node"), iri("mailto:a@example.org")
    ('https://w3id.org/tree#Node', 'mailto:a@example.org')
    """
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES else name


def triples_of(subject: str, properties: Properties) -> Iterator[ox.Triple]:
    """Yield the triples of a thing from its values by property; an empty text makes none."""
    for name, given in properties.items():
        values = [given] if isinstance(given, (str, int, ox.Literal)) else given
        for value in values:
            if value != "":
                yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(iri(name)), _object(value))


def _object(value: Value) -> ox.NamedNode | ox.Literal:
    if isinstance(value, ox.Literal):
        return value
    return ox.Literal(value) if isinstance(value, int) else ox.NamedNode(iri(value))


def typed(text: str, datatype: str) -> ox.Literal | str:
    """Return a literal of a datatype, given as a prefixed name; "" for an empty text."""
    return ox.Literal(text, datatype=ox.NamedNode(iri(datatype))) if text else ""


def worded(words: Mapping[str, str]) -> list[ox.Literal]:
    """Return the literals of a text in several languages."""
    return [ox.Literal(text, language=language) for language, text in words.items()]


def write(statements: Iterable[ox.Triple] | Iterable[ox.Quad], form: Format) -> bytes:
    """Write statements in an RDF format."""
    return formats.serialise(statements, form, PREFIXES)
