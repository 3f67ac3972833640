"""The tokens of a query, read without understanding it (SPARQL 1.1, section 19.8).

The web process never hands foreign text to a parser; what it must know of a query before a worker
sees it (its form, its dataset, how deeply it is nested) is read off its tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n\r]*)
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<string>\"\"\"(?:\"{0,2}(?:[^\"\\]|\\.))*\"\"\"
                 |'''(?:'{0,2}(?:[^'\\]|\\.))*'''
                 |\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<variable>[?$]\w+)
      | (?P<name>[^\W\d_][\w.-]*?:[\w%:\\.-]*|:[\w%:\\.-]*)
      | (?P<word>@?[^\W\d_]\w*)
      | (?P<open>[{(\[])
      | (?P<close>[})\]])
      | (?P<operator>\|\||&&|\^\^|[|/^!*+=<>-])
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


class Token(NamedTuple):
    """A token: what kind it is of, its text, and where it starts."""

    kind: str
    text: str
    start: int


def unescaped(query: str) -> str:
    r"""Undo codepoint escapes, which may stand anywhere in a query (section 19.2).

    >>> unescaped("SERV\\u0049CE")
    'SERVICE'
    """
    return _ESCAPE.sub(_character, query) if "\\" in query else query


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def tokens(query: str) -> Iterator[Token]:
    """Give the tokens of a query but comments and white space."""
    for match in _TOKEN.finditer(unescaped(query)):
        kind = match.lastgroup or "other"
        if kind not in {"comment", "space"}:
            yield Token(kind, match[0], match.start())
