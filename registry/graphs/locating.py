r"""In which line a text in Turtle or one of its kin states something of a thing.

Parsers tell statements, not where they stand. This reads the text once more, by its words alone: it
has been parsed before, so it is well formed, and what is not understood costs a line number.

>>> text = "@prefix : <http://x/> .\n:a :b :c ;\n   :d 'e' , 'f' .\n"
>>> found = statements(text)
>>> [(one.line, one.predicate, one.value) for one in found]
[(2, 'http://x/b', 'http://x/c'), (3, 'http://x/d', 'e'), (3, 'http://x/d', 'f')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urljoin

from registry import terms

_WORD: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<long>\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3})
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<iri><[^<>\s]*>)
    |(?P<type>\^\^(?:<[^<>\s]*>|[^\s<>"'.;,\[\](){}]+))
    |(?P<word>(?:[^\s<>"'.;,\[\](){}#^]|\.(?=[^\s;,.\[\](){}])|(?<=\S)\#)+)
    |(?P<mark>[.;,\[\](){}])
    |(?P<space>\s+|.)""",
    re.VERBOSE | re.DOTALL,
)
_DECLARATIONS: Final = frozenset({"@prefix", "prefix", "@base", "base"})


class Statement(NamedTuple):
    """A statement: the line of its value, its subject and predicate (IRIs), and its value.

    What has no name is empty.
    """

    line: int
    subject: str
    predicate: str
    value: str


@dataclass
class _Level:
    """A subject whose statements are read: of the text itself, or inside brackets."""

    subject: str = ""
    predicate: str = ""
    wants: str = "subject"
    is_list: bool = False


@dataclass
class _Reader:
    prefixes: dict[str, str] = field(default_factory=dict)
    base: str = ""
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    declaring: list[str] = field(default_factory=list)

    def read(self, kind: str, word: str, line: int) -> Statement | None:
        """Take the next word in; return the statement that it ends."""
        if self.declaring or word.lower() in _DECLARATIONS:
            self._declare(kind, word)
            return None
        if kind == "mark":
            return self._mark(word, line)
        if kind == "type" or (kind == "word" and word.startswith("@")):
            return None  # It belongs to the text before.
        if kind == "word" and word.lower() == "graph":
            return None
        return self._term(self._named(kind, word), line)

    def _declare(self, kind: str, word: str) -> None:
        """Read a prefix or the base; its end is a full stop or the IRI itself."""
        self.declaring.append(word)
        if kind == "iri":
            name = self.declaring[-2]
            if self.declaring[0].lower().endswith("prefix"):
                self.prefixes[name.removesuffix(":")] = urljoin(self.base, word[1:-1])
            else:
                self.base = urljoin(self.base, word[1:-1])
            if not self.declaring[0].startswith("@"):
                self.declaring.clear()
        elif word == ".":
            self.declaring.clear()

    def _named(self, kind: str, word: str) -> str:
        """Return a term as reports write it."""
        if kind == "iri":
            return urljoin(self.base, word[1:-1]) if self.base else word[1:-1]
        if kind in {"text", "long"}:
            return _unescaped(word[3:-3] if kind == "long" else word[1:-1])
        if word == "a":
            return terms.RDF_TYPE
        prefix, colon, local = word.partition(":")
        if colon and prefix in self.prefixes:
            return self.prefixes[prefix] + local.replace("\\", "")
        return "" if prefix == "_" else word

    def _mark(self, mark: str, line: int) -> Statement | None:
        level = self.levels[-1]
        if mark in "[(":
            self.levels.append(_Level(wants="predicate", is_list=mark == "("))
        elif mark in "])":
            self.levels = self.levels[:-1] or [_Level()]
            return self._term("", line)
        elif mark in "{}.":
            self.levels = [_Level()]
        else:
            level.wants = "predicate" if mark == ";" else "value"
        return None

    def _term(self, term: str, line: int) -> Statement | None:
        level = self.levels[-1]
        if level.is_list:
            return None
        if level.wants == "subject":
            level.subject, level.wants = term, "predicate"
        elif level.wants == "predicate":
            level.predicate, level.wants = term, "value"
        elif level.wants == "value":
            level.wants = "mark"  # What else stands before that is the name of a graph.
            return Statement(line, level.subject, level.predicate, term)
        return None


def _unescaped(text: str) -> str:
    r"""Return the characters that a text stands for (Turtle, section 6.4).

    >>> _unescaped(r"a\tb \"c\" \u00e9 \\")
    'a\tb "c" é \\'
    """
    return _ESCAPE.sub(lambda match: _character(match[1]), text)


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if escape[0] in "uU" else _ESCAPED.get(escape, escape)


_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a text, each with the line that its value begins in."""
    reader, line, last = _Reader(), 1, 0
    for match in _WORD.finditer(text):
        kind = match.lastgroup or ""
        if kind in {"space", "comment"}:
            continue
        line, last = line + text.count("\n", last, match.start()), match.start()
        if found := reader.read(kind, match[0], line):
            yield found
