"""Restriction of a query to some values of a variable, as VALUES clauses in its text.

Engines do not carry a restriction from outside into subqueries and alternatives, so it is written
into each group that is evaluated by itself.
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
    for end in _group_starts(text, variable):
        pieces += [text[start:end], data]
        start = end
    return "".join([*pieces, text[start:]])


def words(text: str) -> list[tuple[str, int]]:
    """Divide a query of ours into words and signs, each with the position behind it.

    >>> words("FILTER(?a)")
    [('FILTER', 6), ('(', 7), ('?a', 9), (')', 10)]
    """
    return [(found["word"], found.end()) for found in _WORD.finditer(text) if found["word"]]


@cache
def _group_starts(text: str, variable: str) -> list[int]:
    """Return the positions behind the opening braces of the groups that are to be restricted."""
    found = words(text)
    starts, inside = [], [True]
    before, is_projected = "", True
    for at, (word, end) in enumerate(found):
        if word.upper() == "SELECT":
            is_projected = _projects([other for other, _ in found[at + 1 :]], variable)
        if word == "{":
            follows = found[at + 1][0].upper()
            plain = before.upper() in _BEFORE and follows != "SELECT"
            own = before.upper() == "WHERE"
            inside.append(inside[-1] and (is_projected or not own))
            if plain and inside[-1]:
                starts.append(end)
        elif word == "}":
            inside.pop()
        before = word
    return starts


def _projects(words: list[str], variable: str) -> bool:
    """Whether a SELECT clause projects a variable as it is, not by an expression."""
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if word.upper() == "WHERE":
            return False
        if not depth and (word == "*" or (word[1:] == variable and word[0] in "?$")):
            return True
    return False
