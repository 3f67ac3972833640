"""Parameters of saved queries: a reader's text becomes a term of the parameter's type, or an error.

Values enter a query as terms, never as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.problems import Problem
from registry.saved_queries import Parameter, SavedQuery

Term = ox.NamedNode | ox.Literal

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
LONGEST: Final = 2_000
"""Characters of the longest value."""


def bind_values(query: SavedQuery, given: Mapping[str, str]) -> str:
    """Return the text of a query with the values that a reader gave; others keep their default.

    Raises
    ------
    Problem
        `bad-parameter` when a value is not of its parameter's type.

    """
    values = {p.name: term(p, given[p.name]) for p in query.parameters if given.get(p.name)}
    return query.with_values(values)


def term(parameter: Parameter, text: str) -> Term:
    """Read a value of a parameter's type; `bad-parameter` when it is not one."""
    try:
        if len(text) > LONGEST:
            raise ValueError("it is too long")
        return _READERS[parameter.type](text.strip())
    except ValueError as error:
        wanted = WANTED[parameter.type]
        raise Problem("bad-parameter", f"{parameter.name} must be {wanted}") from error


def _iri(text: str) -> Term:
    if not text.startswith(("http://", "https://")):
        raise ValueError(text)
    return ox.NamedNode(text)


def _city(text: str) -> Term:
    """Read the IRI of a city or the reference at its end."""
    if terms.NAME.fullmatch(text):
        return ox.NamedNode(terms.thing("city", text))
    return _iri(text)


def _date(text: str) -> Term:
    written = date.fromisoformat(text).isoformat()
    return ox.Literal(written, datatype=ox.NamedNode(terms.prefixed("xsd:date")))


def _integer(text: str) -> Term:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError(text)
    return ox.Literal(int(text))


def _language(text: str) -> Term:
    if not _TAG.fullmatch(text):
        raise ValueError(text)
    return ox.Literal(text)


_READERS: Final[dict[str, Callable[[str], Term]]] = {
    "iri": _iri,
    "city": _city,
    "date": _date,
    "integer": _integer,
    "text": ox.Literal,
    "language": _language,
}
WANTED: Final = {
    "iri": "a web address",
    "city": "a city: its address, the reference at its end, such as perm-511196, or its name",
    "date": "a date such as 2000-01-31",
    "integer": "a whole number",
    "text": "text",
    "language": "a language tag such as it or pt-BR",
}


def field_text(default: str) -> str:
    """Return the text that stands in a form for a default term.

    >>> field_text("<https://w3id.org/citylinks/id/city/perm-511196>")
    'perm-511196'
    >>> field_text('"2000-01-01"^^xsd:date'), field_text("2022")
    ('2000-01-01', '2022')
    """
    if default.startswith("<"):
        return default[1:-1].removeprefix(terms.thing("city", ""))
    match = re.match(r'"([^"]*)"', default)
    return match[1] if match else default
