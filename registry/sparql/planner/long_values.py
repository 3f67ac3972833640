"""Long VALUES: a list of thousands of terms is read by its tokens, and not by the parser.

    VALUES ?city { <a> <b> … }  ─ shortened ─▶  VALUES ?city { <a> … <x-rows:0> }  ─ parser ─▶ tree
    tree  ─ with_rows ─▶  the same tree with all rows in the place of the last

The parser takes a millisecond for each hundred characters, and every rewriting looks at every part
of a tree; so the rows stay together, and are looked at where somebody asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from pyparsing import ParseResults
from rdflib import XSD, Literal, URIRef
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.tokens import Token, tokens, value_of

LONG: Final = 20_000
"""Characters of a query from which on its VALUES are shortened."""

_KEPT: Final = 20
"""Rows that stay, so that what is estimated of the others has some ground."""

_MARK: Final = "x-rows:"
_ABSOLUTE: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^\\]*>")

Row = list[Any]


class Rows:
    """The rows of VALUES, which nothing that walks through a tree goes into."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@lru_cache(maxsize=2)
def shortened(query: str) -> tuple[str, tuple[Sequence[Row], ...]]:
    """Return a query with a mark in the place of most rows of its long VALUES, and these rows.

    >>> text, rows = shortened("SELECT * { VALUES ?a { " + "<x:y> " * 10_000 + "} }")
    >>> len(text), len(rows[0])
    (157, 9980)
    """
    if len(query) <= LONG or _MARK in query:
        return query, ()
    found, pieces, end = list(tokens(query)), list[str](), 0
    elided: list[Sequence[Row]] = []
    for at, token in enumerate(found):
        if token.kind != "word" or token.text.upper() != "VALUES":
            continue
        rows, spans, width = _rows(found, at + 1)
        if len(rows) <= 2 * _KEPT:
            continue
        mark = f"<{_MARK}{len(elided)}>"
        written = f"({mark}{' 0' * (width - 1)})" if width > 1 else mark
        pieces += query[end : spans[_KEPT][0]], written
        end = spans[-1][1]
        elided.append(rows[_KEPT:])
    return "".join([*pieces, query[end:]]), tuple(elided)


def _rows(found: Sequence[Token], at: int) -> tuple[list[Row], list[tuple[int, int]], int]:
    """Return rows of VALUES, where they begin and end, and their width; none if one is not plain.

    `at` is the index of the token after the word.
    """
    is_wide = bool(found[at : at + 1]) and found[at].text == "("
    start = at + is_wide
    while start < len(found) and found[start].kind == "variable":
        start += 1
    width = start - at - is_wide
    rows, spans = list[Row](), list[tuple[int, int]]()
    coming = islice(found, start + is_wide, None)
    if getattr(next(coming, None), "text", "") != "{" or not width:
        return rows, spans, width
    for token in coming:
        if token.text == "}":
            return rows, spans, width
        row = [token]
        if is_wide:
            row = list(islice(coming, width))
            closing = next(coming, token)
            if token.text != "(" or closing.text != ")":
                return [], [], width
        terms = [_term(one) for one in row]
        if None in terms:
            return [], [], width
        last = closing if is_wide else token
        rows.append(terms)
        spans.append((token.start, last.start + len(last.text)))
    return [], [], width


def _term(token: Token) -> Any:
    """Return the term of a token, as the parser would; None where it is none by itself."""
    if token.kind == "iri" and _ABSOLUTE.fullmatch(token.text):
        return URIRef(token.text[1:-1])
    if token.kind == "number":
        is_double, is_decimal = "e" in token.text.lower(), "." in token.text
        datatype = XSD.double if is_double else XSD.decimal if is_decimal else XSD.integer
        return Literal(token.text, datatype=datatype)
    if token.kind == "string":
        return CompValue("literal", string=Literal(value_of(token)))
    return None


def with_rows(value: Any, elided: Sequence[Sequence[Row]]) -> int:
    """Put rows back into a tree, in its place; return how many of the lists stand in it."""
    if isinstance(value, CompValue) and value.name in {"InlineData", "ValuesClause"}:
        rows = [
            list(row) if isinstance(row, list | ParseResults) else [row]
            for row in value.value or ()
        ]
        if rows and str(rows[-1][0]).startswith(_MARK):
            number = int(rows[-1][0].removeprefix(_MARK))
            value["value"] = Rows([*rows[:-1], *elided[number]])
            return 1
    elif isinstance(value, CompValue | list | tuple | ParseResults):
        parts = value.values() if isinstance(value, CompValue) else value
        return sum(with_rows(one, elided) for one in parts)
    return 0
