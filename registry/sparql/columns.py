"""The columns of `SELECT *`: in the order in which the query names them; the engine sorts them."""

from __future__ import annotations

import pyoxigraph as ox

from registry.sparql.tokens import tokens


def in_order(query: str, base: str | None = None) -> str:
    """Write out the columns of a query that selects all, whose scope the engine knows.

    >>> in_order("SELECT * { ?s ?p ?o FILTER(?o != 'SELECT * {?a}') }")
    "SELECT ?s ?p ?o { ?s ?p ?o FILTER(?o != 'SELECT * {?a}') }"
    >>> in_order("SELECT DISTINCT * { ?b ?p ?a MINUS { ?z ?p ?a } }")
    'SELECT DISTINCT ?b ?p ?a { ?b ?p ?a MINUS { ?z ?p ?a } }'

    Raises
    ------
    SyntaxError
        when the engine cannot read the query.

    """
    star = _star(query)
    if star is None:
        return query
    solutions = ox.Store().query(query, base_iri=base)
    assert isinstance(solutions, ox.QuerySolutions)
    columns = {variable.value for variable in solutions.variables}
    named = (token.text[1:] for token in tokens(query) if token.kind == "variable")
    found: dict[str, None] = {}
    for name in named:
        if name in columns:
            found[name] = None
            if len(found) == len(columns):
                break
    if not found or len(found) < len(columns):
        return query
    written = " ".join(f"?{name}" for name in found)
    return f"{query[:star]}{written}{query[star + 1 :]}"


def _star(query: str) -> int | None:
    """Return the offset of the star of `SELECT *`; None where the query proper has none."""
    following = (token for token in tokens(query) if token.kind in {"word", "operator", "variable"})
    for token in following:
        if token.text.upper() == "SELECT":
            break
        if token.text.upper() in {"ASK", "CONSTRUCT", "DESCRIBE"}:
            return None
    for token in following:
        if token.text.upper() not in {"DISTINCT", "REDUCED"}:
            return token.start if token.text == "*" else None
    return None
