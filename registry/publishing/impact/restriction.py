"""Asking a query for some values of a variable alone.

Engines do not carry a restriction from outside into subqueries and alternatives, so it is written
into each group that stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

_WORD: Final = re.compile(
    r"""\s+|\#[^\n]*|(?P<word><[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
    r"""|[?$]\w+|[\w:.-]*[\w:]|.)""",
    re.DOTALL,
)
_BEFORE: Final = {"WHERE", "UNION", "{", "}", "."}
"""After these a brace opens a group that is evaluated for itself."""


def restricted(text: str, variable: str, values: Iterable[Any]) -> str:
    """Restrict a query of ours to some values (terms) of a variable.

    >>> import pyoxigraph as ox
    >>> restricted("SELECT ?a WHERE { ?a ?b ?c }", "a", [ox.NamedNode("x:y")])
    'SELECT ?a WHERE { VALUES ?a { <x:y> }  ?a ?b ?c }'
    """
    data = f" VALUES ?{variable} {{ {' '.join(map(str, values))} }} "
    pieces, start = [], 0
    for place in _places(text, variable):
        pieces += [text[start:place], data]
        start = place
    return "".join([*pieces, text[start:]])


@cache
def _places(text: str, variable: str) -> list[int]:
    """Find where the groups begin that are to be restricted."""
    words = [(m["word"], m.end()) for m in _WORD.finditer(text) if m["word"]]
    places, inside = [], [True]
    before, given = "", True
    for at, (word, end) in enumerate(words):
        if word.upper() == "SELECT":
            given = _gives([other for other, _ in words[at + 1 :]], variable)
        if word == "{":
            follows = words[at + 1][0].upper()
            plain = before.upper() in _BEFORE and follows != "SELECT"
            own = before.upper() == "WHERE"
            inside.append(inside[-1] and (given or not own))
            if plain and inside[-1]:
                places.append(end)
        elif word == "}":
            inside.pop()
        before = word
    return places


def _gives(words: list[str], variable: str) -> bool:
    """Whether a SELECT clause gives a variable as it is, not by an expression."""
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if word.upper() == "WHERE":
            return False
        if not depth and (word == "*" or (word[1:] == variable and word[0] in "?$")):
            return True
    return False
