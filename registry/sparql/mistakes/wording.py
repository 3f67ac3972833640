"""What a token that does not fit probably means, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from registry.sparql.mistakes.grammar import END, FUNCTIONS, Stop
from registry.sparql.tokens import AGGREGATES, KEYWORDS, Token

Said = tuple[str, int]
"""A sentence, and the offset of the token that it is about."""

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_TERMS: Final = frozenset({"VARIABLE", "IRI", "NAME", "STRING", "NUMBER", "BLANK", "[", "("})
_MODIFIERS: Final = frozenset({"LIMIT", "OFFSET", "ORDER", "GROUP", "HAVING"})
_GROUPS: Final = frozenset({"OPTIONAL", "UNION", "MINUS", "EXISTS", "GRAPH", "WHERE"})
_OPERATORS: Final = frozenset("= != < > <= >= || && + - * / IN NOT".split())
_LONGEST: Final = 40
"""Characters of a query that are quoted at once."""

_QUOTES: Final = "“”„‘’‚«»"
_LOGICAL: Final = {"AND": "&&", "OR": "||"}
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_OTHERS: Final = ("LATERAL", "<<", "{|", "~", "|}")
"""What belongs to SPARQL 1.2, of which this grammar knows nothing."""

_TRIPLE_ENDS: Final = frozenset({".", ";", ","})


@dataclass(frozen=True)
class _Place:
    """The place in a query where it stops to fit."""

    query: str
    tokens: Sequence[Token]
    stop: Stop

    @cached_property
    def start(self) -> int:
        """The offset of the token that does not fit."""
        if self.stop.at < len(self.tokens):
            return self.tokens[self.stop.at].start
        return len(self.query)

    @cached_property
    def word(self) -> str:
        """The whole word that begins there."""
        match = _WORD.match(self.query, self.start)
        return match[0] if match else ""

    @cached_property
    def text(self) -> str:
        """What stands there: a word, or a token."""
        if self.stop.found == END:
            return ""
        text = self.tokens[self.stop.at].text
        return self.word if len(self.word) > len(text) else text

    @property
    def shown(self) -> str:
        """What stands there, or as much of it as fits into a line."""
        line = " ".join(self.text.split())
        return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"

    @cached_property
    def before(self) -> str:
        """The token before, as a key word where it is one."""
        return self.tokens[self.stop.at - 1].text.upper() if self.stop.at else ""

    @cached_property
    def open(self) -> list[Token]:
        """The brackets that are open there, the innermost last."""
        found: list[Token] = []
        for token in self.tokens[: self.stop.at]:
            if token.kind == "open":
                found.append(token)
            elif token.kind == "close" and found:
                found.pop()
        return found

    @property
    def next(self) -> str:
        """The token after the one that does not fit."""
        following = self.tokens[self.stop.at + 1 : self.stop.at + 2]
        return following[0].text if following else ""

    def expects(self, *symbols: str) -> bool:
        """Whether all of some symbols may stand there."""
        return set(symbols) <= self.stop.expected


def told(query: str, tokens: Sequence[Token], stop: Stop) -> Said | None:
    """Explain what is wrong, and where; None where SPARQL 1.2 would have it."""
    place = _Place(query, tokens, stop)
    if any(query.startswith(other, place.start) for other in _OTHERS):
        return None
    said = next(filter(None, (rule(place) for rule in _RULES)), None)
    return (said or _otherwise(place)), place.start


def with_whole_word(query: str, tokens: Sequence[Token], stop: Stop) -> list[Token] | None:
    """Read a word that begins with key words as one that is unknown; None where there is none.

    >>> from registry.sparql.tokens import tokens
    >>> query = "SUBSTRING('a')"
    >>> with_whole_word(query, list(tokens(query)), Stop(1, "ING", frozenset()))[0].text
    'SUBSTRING'
    """
    at = stop.at
    if at >= len(tokens) or not _WORD.match(query, tokens[at].start):
        return None
    while at and (before := tokens[at - 1]).kind == "word":
        if before.start + len(before.text) != tokens[at].start:
            break
        at -= 1
    if at == stop.at or not (word := _WORD.match(query, tokens[at].start)):
        return None
    following = [token for token in tokens[at:] if token.start >= word.end()]
    return [*tokens[:at], Token("other", word[0], word.start()), *following]


def without_grammar(message: str) -> str:
    """Leave out of the engine's message what is in the words of its grammar.

    >>> without_grammar('error at 1:7: expected one of ".", The variable is bound, [_]')
    'error at 1:7: The variable is bound'
    >>> without_grammar('error at 1:7: expected one of ".", [_]')
    'error at 1:7: the query is not SPARQL here, or shortly before'
    """
    place, colon, expected = message.partition(": expected")
    if not colon:
        return message
    words = re.search(r"(?:The|SELECT|Prefix|IRI|This) [a-z*][^,\[]*", expected)
    said = words[0].strip() if words else "the query is not SPARQL here, or shortly before"
    return f"{place}: {said}"


def _unclosed(place: _Place) -> str | None:
    """Explain that a bracket is not closed, or that one too many is."""
    closes = place.stop.found in _CLOSING.values()
    named = place.stop.found == "AS" and place.expects(")")
    if closes and place.stop.found not in {_CLOSING[one.text] for one in place.open}:
        return f'"{place.text}" closes a bracket that was not opened'
    if not place.open:
        return None
    last = place.open[-1]
    if not (closes or named or place.stop.found == END) or place.stop.found == _CLOSING[last.text]:
        return None
    line = place.query.count("\n", 0, last.start) + 1
    column = last.start - place.query.rfind("\n", 0, last.start)
    at = f'"{last.text}" of line {line}, column {column}'
    return f"the bracket {at} is not closed"


def _missing_dot(place: _Place) -> str | None:
    """Explain that a point is missing between two triples."""
    begins = place.stop.found in _TERMS | {"a"} and place.next not in _TRIPLE_ENDS
    if begins and place.expects(".", ";", ",", "}") and place.before != "]":
        return f"a dot is missing before {place.shown}: it stands between two triples"
    return None


def _in_select(place: _Place) -> str | None:
    """Explain what is wrong between SELECT and the pattern."""
    if place.expects("AS") and place.stop.found == ")":
        return "an expression in SELECT needs a name: (… AS ?name)"
    if place.expects("VARIABLE", "(", "WHERE") or place.expects("VARIABLE", "(", "*"):
        if place.stop.found == ",":
            return "columns stand side by side without a comma: SELECT ?a ?b"
        if place.text.upper() in AGGREGATES | FUNCTIONS:
            return f"an expression in SELECT stands in brackets: ({place.text}(…) AS ?name)"
        if place.stop.found in {"DISTINCT", "REDUCED"}:
            return f"{place.text.upper()} stands directly after SELECT"
    return None


def _modifier(place: _Place) -> str | None:
    """Explain where LIMIT and its like belong."""
    if place.stop.found not in _MODIFIERS:
        return None
    word = {"ORDER": "ORDER BY", "GROUP": "GROUP BY"}.get(place.stop.found, place.stop.found)
    if place.open and place.expects("}"):
        return f'{word} stands after the bracket "}}" that closes the pattern'
    return f"{word} is too late: the order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET"


def _operator(place: _Place) -> str | None:
    """Explain how an operator is written."""
    if place.stop.found == "=" and place.before == "=":
        return "to compare, one = is enough"
    if (sign := _LOGICAL.get(place.word.upper())) and place.expects("&&"):
        return f"{place.word} is written {sign}"
    if html := re.compile(r"&(gt|lt|amp|quot|#39);").match(place.query, place.start):
        return f"{html[0]} is HTML, and no sign of SPARQL"
    return None


def _unclosed_string(place: _Place) -> str | None:
    """Explain that a string does not end in its line."""
    if place.stop.at < len(place.tokens) and place.tokens[place.stop.at].kind == "unclosed":
        return "a string is not closed"
    return None


def _bare_condition(place: _Place) -> str | None:
    """Explain that a condition needs brackets, where it begins with a call and goes on."""
    if place.before != ")" or place.stop.found not in _OPERATORS:
        return None
    before, depth = list(place.tokens[: place.stop.at]), 0
    while before:
        token = before.pop()
        depth += (token.kind == "close") - (token.kind == "open")
        if not depth:
            break
    words = [token.text.upper() for token in before[-2:]]
    named = {"FILTER": "the condition of FILTER", "HAVING": "the condition of HAVING"}
    what = named.get(words[0]) if len(words) == 2 else None
    if len(words) == 2 and words[0] == "BY":
        what = "an expression of GROUP BY or ORDER BY"
    return f"{what} stands in brackets, if it is no call alone" if what else None


def _quotation(place: _Place) -> str | None:
    """Explain which quotation marks there are."""
    if place.text[:1] in _QUOTES and place.text:
        return f"{place.text[0]} is no quotation mark of SPARQL, which has \" and '"
    return None


def _iri(place: _Place) -> str | None:
    """Explain what is no IRI."""
    if place.stop.found == "<" and place.expects("IRI"):
        return 'no IRI begins here: ">" is missing, or it has a space or a sign that IRIs have not'
    if place.before == "PREFIX":
        return f"a prefix ends with a colon: PREFIX {place.word or 'name'}: <…>"
    if place.stop.expected == {"IRI"}:
        return "an IRI in angle brackets is expected: <http://…>"
    if place.stop.found == "STRING" and place.expects("IRI", "VARIABLE", "^"):
        return f"a property is an IRI or a variable, and not {place.shown}"
    if place.stop.found == "BLANK" and place.expects("IRI", "VARIABLE", "^"):
        return "a property is an IRI or a variable, and no blank node"
    return None


def _group(place: _Place) -> str | None:
    """Explain what needs brackets of its own."""
    if place.expects("{") and place.before in _GROUPS and place.stop.found != END:
        return f"after {place.before} comes a pattern in brackets: {place.before} {{ … }}"
    if place.stop.found == "UNION":
        return "both sides of UNION stand in brackets: { … } UNION { … }"
    if place.stop.found in {"EXISTS", "NOT"} and place.expects("FILTER"):
        return f"{place.text} stands in a filter: FILTER {place.text} …"
    return None


def _condition(place: _Place) -> str | None:
    """Explain how conditions, keys of groups and of order are written."""
    if place.before in {"FILTER", "HAVING"}:
        return f"the condition of {place.before} stands in brackets: {place.before}(…)"
    if place.before in {"ORDER", "GROUP"} and place.expects("BY"):
        return f"{place.before} is followed by BY"
    if place.before in {"ASC", "DESC"} and place.expects("("):
        return f"{place.before} stands before what it orders, in brackets: {place.before}(?name)"
    return None


def _separator(place: _Place) -> str | None:
    """Explain what parts, or does not part, what is listed."""
    if place.expects("SEPARATOR") or (place.stop.found == "," and place.expects(";", ")")):
        return 'the separator is written GROUP_CONCAT(?name; SEPARATOR=", ")'
    if place.stop.found == "," and place.expects("UNDEF"):
        return "values stand side by side without a comma"
    if place.stop.found in {"VARIABLE", "FUNCTION"} and place.expects("UNDEF"):
        return "VALUES has IRIs, literals and UNDEF alone"
    if place.stop.found == ";" and place.expects("END"):
        return "a query does not end with a semicolon"
    if place.expects("END"):
        return f"the query has ended before {place.shown}; only one is asked at a time"
    return None


def _unknown_word(place: _Place) -> str | None:
    """Explain that a word is none of SPARQL, and which one may be meant."""
    if not place.word or place.word.upper() in KEYWORDS or place.word != place.text:
        return None
    if place.stop.expected == {"NUMBER"}:
        return f"{place.before} is followed by a number, and not by {place.word}"
    known = place.stop.expected & KEYWORDS
    functions = FUNCTIONS | AGGREGATES if place.expects("FUNCTION") else frozenset()
    near = get_close_matches(place.word.upper(), sorted(known | functions), 1, 0.7)
    meant = f"; did you mean {near[0]}?" if near else ""
    if place.query[place.start + len(place.word) :].lstrip().startswith("(") and functions:
        return f"there is no function {place.word}{meant}"
    if not meant and place.expects("VARIABLE"):
        return f"{place.word} is neither a variable (?{place.word}) nor an IRI"
    return f"{place.word} is no word of SPARQL{meant}"


def _reserved_word(place: _Place) -> str | None:
    """Explain that a word is reserved."""
    if place.word.upper() in KEYWORDS and place.word == place.text and place.expects("VARIABLE"):
        return f"{place.word} is a reserved word, and cannot stand here"
    return None


_RULES: Final[tuple[Callable[[_Place], str | None], ...]] = (
    _unclosed_string,
    _in_select,
    _modifier,
    _bare_condition,
    _operator,
    _unclosed,
    _quotation,
    _iri,
    _group,
    _condition,
    _missing_dot,
    _separator,
    _unknown_word,
    _reserved_word,
)


def _otherwise(place: _Place) -> str:
    """Explain what is expected."""
    here = f'"{place.shown}" stands' if place.text else "the query ends"
    return f"{here} where {' or '.join(_expected(place))} is expected"


def _expected(place: _Place) -> Iterator[str]:
    """Yield, in words, what may stand in a place: at most four things."""
    expected = place.stop.expected
    if {"VARIABLE", "FUNCTION", "NUMBER"} <= expected:
        yield "an expression"
    elif {"VARIABLE", "IRI", "NUMBER", "["} <= expected:
        yield "the object of a triple" if "}" not in expected else "a triple"
    elif {"VARIABLE", "IRI", "^"} <= expected:
        yield "a property"
    elif {"IRI", "NUMBER", "UNDEF"} <= expected:
        yield "a value"
    else:
        named = [word for symbol, word in _NAMED.items() if symbol in expected]
        signs = [f'"{sign}"' for sign in (")", "]", "}", "{", "(", ".", "*") if sign in expected]
        words = sorted(expected & KEYWORDS - _NAMED.keys())
        yield from [*named, *signs, *words][:4] or ["something else"]


_NAMED: Final = {
    "VARIABLE": "a variable",
    "IRI": "an IRI",
    "STRING": "a string",
    "NUMBER": "a number",
    "NAME": "a prefixed name",
}
