"""Says in words what is wrong with a query that the engine does not read, and where.

query ─ grammar.first_stop ─▶ the first token that does not fit ─ wording ─▶ a sentence
      ─ scope.problem ─▶ where all of them fit: a variable that may not stand where it does
"""

from __future__ import annotations

from registry.sparql.mistakes import wording
from registry.sparql.mistakes.grammar import first_stop
from registry.sparql.mistakes.scope import broken_rule
from registry.sparql.tokens import tokens

__all__ = ["explained"]


def explained(query: str, error: SyntaxError) -> SyntaxError:
    """Return the engine's error in words, at the token where the query is wrong.

    >>> print(explained("ASK { ?s ?p }", SyntaxError("error at 1:7: expected one of …")).msg)
    error at 1:13: "}" stands where the object of a triple is expected
    """
    found = list(tokens(query))
    stop = first_stop(found)
    if stop is not None and (whole := wording.with_whole_word(query, found, stop)):
        found, stop = whole, first_stop(whole)
    if stop is None:
        said = broken_rule(query, found, error.msg)
    else:
        said = wording.told(query, found, stop)
    if said is None:
        return SyntaxError(wording.without_grammar(error.msg))
    detail, start = said
    line = query.count("\n", 0, start) + 1
    column = start - query.rfind("\n", 0, start)
    return SyntaxError(f"error at {line}:{column}: {detail}")
