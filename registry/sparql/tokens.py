"""The tokens of a query, read without understanding it (SPARQL 1.1, section 19.8).

The web process never hands untrusted text to a parser; it reads from the tokens of a query what it
must know before a worker does (its form, its dataset, how deeply it is nested). As the grammar
says, the longest token wins, and key words need no space between them: `SERVICESILENT` is two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

KEYWORDS: Final = frozenset(
    (
        "BASE PREFIX VERSION SELECT DISTINCT REDUCED AS CONSTRUCT WHERE DESCRIBE ASK FROM NAMED "
        "GROUP BY "
        "HAVING ORDER ASC DESC LIMIT OFFSET VALUES OPTIONAL GRAPH SERVICE SILENT BIND UNDEF MINUS "
        "UNION FILTER NOT IN EXISTS TRUE FALSE SEPARATOR COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT "
        "STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN "
        "UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY "
        "HOURS MINUTES SECONDS TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE "
        "IF STRLANG STRDT SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE "
        "LOAD INTO CLEAR DROP CREATE ADD MOVE TO COPY INSERT DELETE DATA WITH USING DEFAULT ALL"
    ).split()
)
"""The key words of SPARQL 1.1 Query and Update but `a`, and VERSION of SPARQL 1.2."""

AGGREGATES: Final = frozenset("COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT".split())
"""The key words that make one value of many (section 18.5.1)."""

EXTENSIONS: Final = frozenset(
    (
        "LATERAL VERSION TRIPLE SUBJECT PREDICATE OBJECT ISTRIPLE ADJUST LANGDIR HASLANG "
        "HASLANGDIR STRLANGDIR"
    ).split()
)
"""The key words that the engine reads beside these: LATERAL, and what SPARQL 1.2 adds."""

_FIRST: Final = (
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
"""PN_CHARS_BASE (production 164)."""

_VARIABLE: Final = _FIRST + r"_0-9\u00b7\u0300-\u036f\u203f\u2040"
"""The characters of a variable (production 166) after its first."""

_NAME: Final = _VARIABLE + r"\-"
"""PN_CHARS (production 167)."""

_PREFIX: Final = rf"(?<![{_NAME}.])[{_FIRST}][{_NAME}.]*+(?<!\.)"
"""PN_PREFIX (production 168); tried at the beginning of a word alone, to stay linear."""

_COMMENT: Final = r"\#[^\n\r]*+"
_ESCAPED: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_IRI: Final = rf"""<(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPED})*+>"""
_STRING: Final = r"""
    \"\"\"(?:\"{0,2}+(?:[^\"\\]|\\.))*+\"\"\" | '''(?:'{0,2}+(?:[^'\\]|\\.))*+'''
  | (?!\"\"\"|''')(?:\"(?:[^\"\\\n\r]|\\.)*+\" | '(?:[^'\\\n\r]|\\.)*+')
"""
"""Where a long string begins, no short one is tried: it would be read to the end many times."""

_UNCLOSED: Final = r"[\"'].*+"
"""Where a string does not end, all that follows is one token: the reading stays linear."""

_LOCAL: Final = rf"(?:[{_NAME}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])"
"""One character, or escaped one, of a local name (productions 169 to 173) but the point."""


def _by_initial(words: Iterable[str]) -> str:
    """Write a pattern that tries, of all words, those with the right initial, the longest first."""
    longest = sorted(words, key=lambda word: (word[0], -len(word), word))
    groups = groupby(longest, key=lambda word: word[0])
    return "|".join(f"{initial}(?:{'|'.join(w[1:] for w in group)})" for initial, group in groups)


_WORDS: Final = _by_initial(KEYWORDS | EXTENSIONS)
_SPACE: Final = r"[ \t\r\n]++"
_PROPER: Final = rf"""(?P<iri>{_IRI})
      | (?P<string>{_STRING})
      | (?P<unclosed>{_UNCLOSED})
      | (?P<variable>[?$][{_FIRST}_0-9][{_VARIABLE}]*+)
      | (?P<open>[{{(\[])
      | (?P<close>[}})\]])
      | (?P<datatype>\^\^)
      | (?P<operator>\|\||&&|[<>!]=|[|/^!*+=<>?&-])
      | (?P<blank>_:[{_FIRST}_0-9](?:\.*+[{_NAME}])*+)
      | (?P<name>(?:{_PREFIX})?+:(?:{_LOCAL}(?:\.*+{_LOCAL})*+)?+)
      | (?P<word>(?i:{_WORDS}))
      | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
      | (?P<number>(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+)
      | (?P<other>.)"""
"""All tokens but comments and white space."""

_VERBOSE: Final = re.VERBOSE | re.DOTALL
_ANY: Final = re.compile(rf"(?P<space>{_SPACE}) | (?P<comment>{_COMMENT}) | {_PROPER}", _VERBOSE)
_NEXT: Final = re.compile(rf"(?:{_SPACE}|{_COMMENT})*+ (?: {_PROPER} | (?P<end>\Z) )", _VERBOSE)
"""A token with what stands before it; at the end, what is left makes no token."""

_OUTSIDE_STRINGS: Final = re.compile(
    rf"{_COMMENT}|{_IRI}|{_STRING}|{_UNCLOSED}|(?P<escaped>{_ESCAPED})", re.VERBOSE | re.DOTALL
)


class Token(NamedTuple):
    """A token: what kind it is of, its text, and where it starts."""

    kind: str
    text: str
    start: int


def unescape(query: str) -> str:
    r"""Undo codepoint escapes, which may stand anywhere in a query (section 19.2).

    The engine undoes them in strings and IRIs, and there alone; so that it reads what the guards
    have read, both are given this text.

    >>> unescape(r'SERV\u0049CE "\u0022"')
    'SERVICE "\\u0022"'
    """
    return _OUTSIDE_STRINGS.sub(_character, query) if "\\" in query else query


def without_comments(query: str) -> str:
    """Return a query with a space in the place of each comment.

    >>> without_comments("ASK { ?s ?p '#', <x:#> } # all")
    "ASK { ?s ?p '#', <x:#> }  "
    """
    if "#" not in query:
        return query
    return _OUTSIDE_STRINGS.sub(lambda found: " " if found[0][0] == "#" else found[0], query)


def _character(match: re.Match[str]) -> str:
    return character(match["escaped"]) if match["escaped"] else match[0]


def character(escape: str) -> str:
    r"""Return the character of an escape; one that stands for none stays as it is.

    >>> character(r"\u0041"), character(r"\ud800")
    ('A', '\\ud800')
    """
    code = int(escape[2:], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else escape


def value_of(string: Token) -> str:
    r"""Return what a string stands for (section 19.7).

    >>> value_of(Token("string", r"'it\'s \u0041'", 0)), value_of(Token("string", "'a\"b'", 0))
    ("it's A", 'a"b')
    """
    marks = 3 if string.text[:3] in {'"' * 3, "'" * 3} and len(string.text) > 5 else 1
    inside = string.text[marks:-marks]
    return _ESCAPE.sub(lambda match: _SIGNS.get(match[0]) or character(match[0]), inside)


_ESCAPE: Final = re.compile(rf"{_ESCAPED}|\\[tbnrf\\\"']")
_SIGNS: Final = {
    r"\t": "\t",
    r"\b": "\b",
    r"\n": "\n",
    r"\r": "\r",
    r"\f": "\f",
    r"\\": "\\",
    r"\"": '"',
    r"\'": "'",
}


def position(query: str, offset: int) -> tuple[int, int]:
    r"""Return line and column in a query, from 1, of an offset in what `unescape` makes of it.

    Lines end as they do for the engine, at a line feed; columns count characters.

    >>> position("ASK {\r\n ?s", 8), position(r"\u0041SK {", 1)
    ((2, 2), (1, 7))
    """
    for match in _OUTSIDE_STRINGS.finditer(query) if "\\" in query else ():
        if match.start() >= offset:
            break
        offset += len(match[0]) - len(_character(match))
    return query.count("\n", 0, offset) + 1, offset - query.rfind("\n", 0, offset)


def offset(text: str, line: int, column: int) -> int:
    r"""Return the offset of a line and column, both from 1.

    >>> offset("ASK {\n ?s", 2, 2)
    7
    """
    lines = text.split("\n")[: line - 1]
    return sum(map(len, lines)) + len(lines) + column - 1


def scan(query: str) -> Iterator[Token]:
    """Yield all tokens; together they are the text."""
    for match in _ANY.finditer(query):
        yield Token(match.lastgroup or "other", match[0], match.start())


def tokens(query: str) -> Iterator[Token]:
    """Yield all tokens but comments and white space."""
    for match in _NEXT.finditer(query):
        kind = match.lastgroup or "other"
        if kind != "end":
            yield Token(kind, match[kind], match.start(kind))
