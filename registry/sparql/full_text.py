"""Full text in queries: `?thing cl:matches "text"` stands for the things that a search finds.

    ?city cl:matches "munchen" .           ─▶  VALUES ?city { <…/munich-2867714> … } .
    (?city ?score) cl:matches "munchen" .  ─▶  VALUES (?city ?score) { (<…/munich-2867714> 90) … } .

The index of names is not in the store, so such a triple is found in the tokens of a query and
written as VALUES before a worker has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from registry import terms
from registry.problems import Problem
from registry.releases.reading import Release
from registry.search.finding import Wanted, find
from registry.sparql.guards import prologue_of
from registry.sparql.tokens import Token, position, tokens, value_of
from registry.views.names import NAMES

MATCHES: Final = terms.CL + "matches"
"""The property, of which no graph has a triple."""

MOST: Final = 5_000
"""The things that one text stands for at most; what fits more of them is refused."""

MOST_TEXTS: Final = 5
"""The texts that one query may look for."""

HOW: Final = 'it is written ?thing cl:matches "text", or (?thing ?score) cl:matches "text"'
_AFTER: Final = frozenset({".", ";", "}", "{"})

Score = tuple[str, int]
"""The IRI of a thing, and how well it fits, up to 100."""

Search = Callable[[str], Iterable[Score]]


def searching(release: Release) -> Search:
    """Return a function that searches the names of a release."""

    def search(text: str) -> list[Score]:
        found = find(release.view(NAMES), Wanted(text, limit=MOST))
        if found.total > MOST:
            detail = f"cl:matches finds {found.total} things by {text!r}: write more of a name"
            raise Problem("query-too-large", detail, limit=MOST)
        return [(one.suggestion.thing.iri, one.score) for one in found.results]

    return search


def with_things(query: str, search: Search, base: str = "") -> str:
    """Write the things that texts stand for into a query.

    Raises
    ------
    Problem
        `query-syntax` where the property stands between other things than variable and string.

    """
    if "matches" not in query:
        return query
    for _ in range(MOST_TEXTS + 1):
        found = list(tokens(query))
        prologue = prologue_of(found, base)
        named = (at for at, token in enumerate(found) if prologue.iri(token) == MATCHES)
        first = next((at for at in named if _is_property(found, at)), None)
        if first is None:
            return query
        for start, end, text in reversed(_Use(query, found, first).edits(search)):
            query = query[:start] + text + query[end:]
    detail = f"cl:matches stands more than {MOST_TEXTS} times in the query"
    raise Problem("query-too-large", detail, limit=MOST_TEXTS)


def _is_property(found: Sequence[Token], at: int) -> bool:
    """Whether a name stands where the property of a triple does, and the triple is asked for."""
    if not 0 < at < len(found) - 1 or _in_template(found, at):
        return False
    before, after = found[at - 1], found[at + 1]
    if before.text in _PATH or after.text in _PATH:
        return True
    if before.kind in {"string", "language", "number"}:
        return after.kind == "variable"
    if before.kind != "variable" and before.text not in {")", ";"}:
        return after.kind == "string" and before.kind in {"name", "iri", "blank"}
    return after.text not in {*_AFTER, ",", ")"}


_PATH: Final = frozenset({"/", "|", "^"})


def _in_template(found: Sequence[Token], at: int) -> bool:
    """Whether a token stands in the template of CONSTRUCT."""
    words = [t.text.upper() for t in found[:at] if t.kind in {"word", "open", "close"}]
    if "CONSTRUCT" not in words:
        return False
    depth = 0
    for word in words[words.index("CONSTRUCT") + 1 :]:
        depth += (word == "{") - (word == "}")
        if not depth:
            return False
    return depth > 0


@dataclass(frozen=True)
class _Use:
    """One use of the property: the token `at` of a query."""

    query: str
    found: Sequence[Token]
    at: int

    def edits(self, search: Search) -> list[tuple[int, int, str]]:
        """Return what is written in the place of what: start, end, text."""
        first, variables = self._subject()
        text = self._text()
        token, end = self.found[first], self.at + 2
        values = self._values(variables, search(text))
        if self.found[self.at - 1].text == ";":
            start = self.found[self.at - 1].start
            return [(token.start, token.start, f"{values} . "), (start, self._end(end - 1), "")]
        if self._follows(end) == ";" and self._follows(end + 1) not in _AFTER | {""}:
            start = self.found[self.at].start
            return [(token.start, token.start, f"{values} . "), (start, self._end(end), "")]
        if self._follows(end) == ";":
            end += 1
        return [(token.start, self._end(end - 1), values)]

    def _subject(self) -> tuple[int, list[str]]:
        """Return the token that the subject begins with, and its variables."""
        last = self.at - 1
        if self.found[last].text == ";":
            last = self._begin()
        variables = [self.found[last].text]
        if self.found[last].text == ")":
            inside = self.found[last - 3 : last]
            variables = [token.text for token in inside[1:]]
            last -= 3
            if len(inside) < 3 or inside[0].text != "(":
                raise self._refused()
        if not all(name[:1] in {"?", "$"} for name in variables):
            raise self._refused()
        return last, variables

    def _begin(self) -> int:
        """Return the subject of the triples that this one goes on with after a semicolon."""
        depth, at = 0, self.at - 1
        while at > 0:
            token = self.found[at - 1]
            depth += (token.kind == "close") - (token.kind == "open")
            if depth < 0 and token.text != "{":
                raise self._refused()
            if depth < 0 or (not depth and token.text in {".", "}"}):
                break
            at -= 1
        return at

    def _text(self) -> str:
        """Return the text that is looked for."""
        token = self.found[self.at + 1]
        follows = self._follows(self.at + 2)
        if token.kind != "string" or follows[:1] in {"@", "^", ","}:
            raise self._refused()
        return value_of(token)

    def _values(self, variables: Sequence[str], things: Iterable[Score]) -> str:
        """Write the things that were found."""
        if len(variables) == 1:
            return f"VALUES {variables[0]} {{ {' '.join(f'<{iri}>' for iri, _ in things)} }}"
        rows = " ".join(f"(<{iri}> {score})" for iri, score in things)
        return f"VALUES ({' '.join(variables)}) {{ {rows} }}"

    def _follows(self, at: int) -> str:
        return self.found[at].text if at < len(self.found) else ""

    def _end(self, at: int) -> int:
        """Return the offset after a token."""
        return self.found[at].start + len(self.found[at].text)

    def _refused(self) -> Problem:
        line, column = position(self.query, self.found[self.at].start)
        detail = f"cl:matches stands between a variable and a string; {HOW}"
        return Problem("query-syntax", detail, line=line, column=column)
