"""The beginning of an answer: a query that ends after some solutions (SPARQL 1.1, section 15.5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from registry.sparql.tokens import Token, tokens


def first_rows(query: str, most: int) -> str:
    """Limit the solutions of a query, unless it limits them more itself.

    >>> first_rows("SELECT * { ?s ?p ?o } LIMIT 5000 OFFSET 10", 100)
    'SELECT * { ?s ?p ?o } LIMIT 100 OFFSET 10'
    >>> first_rows("SELECT ?s { { SELECT ?s { ?s ?p ?o } LIMIT 9 } } VALUES ?s { <a> }", 100)
    'SELECT ?s { { SELECT ?s { ?s ?p ?o } LIMIT 9 } } LIMIT 100 VALUES ?s { <a> }'
    """
    outer = list(_outside_brackets(query))
    for word, number in pairwise(outer):
        if _is(word, "LIMIT") and number.kind == "number":
            allowed = min(most, int(number.text))
            end = number.start + len(number.text)
            return f"{query[: number.start]}{allowed}{query[end:]}"
    values = next((token.start for token in outer if _is(token, "VALUES")), None)
    if values is None:
        return f"{query}\nLIMIT {most}"
    return f"{query[:values]}LIMIT {most} {query[values:]}"


def _outside_brackets(query: str) -> Iterator[Token]:
    """Yield the tokens of a query that stand in no brackets."""
    depth = 0
    for token in tokens(query):
        depth += (token.kind == "open") - (token.kind == "close")
        if not depth:
            yield token


def _is(token: Token, word: str) -> bool:
    return token.kind == "word" and token.text.upper() == word
