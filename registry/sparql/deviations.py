"""Where a query is answered otherwise than SPARQL 1.1 says, as far as its tokens show.

The web process knows it before the answer, and tells it beside: in a header, on the page, and in
the service description. What the planner mends deviates only where it gives up, which the worker
tells. `docs/CONFORMANCE.md` has all of it in a table that is tested against this module.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from registry import terms
from registry.sparql.functions import MEASURES, Names, arguments, calls
from registry.sparql.tokens import AGGREGATES, EXTENSIONS, Token, value_of

Shown = Callable[[Sequence[Token], Names], bool]


@dataclass(frozen=True)
class Deviation:
    """A deviation: its name, what is otherwise, and whether the tokens of a query show it.

    `mended` is set where the planner puts it right, unless it gives up.
    """

    name: str
    said: str
    shown: Shown
    mended: bool = False


@dataclass(frozen=True)
class Deviations:
    """The names of those of a query: those that hold, and those that do if it runs as written."""

    certain: tuple[str, ...] = ()
    as_written: tuple[str, ...] = ()

    def of(self, is_as_written: bool) -> tuple[str, ...]:
        """Return the names of those that hold."""
        return self.certain + self.as_written if is_as_written else self.certain


def shown_by(found: Sequence[Token], named: Names) -> Deviations:
    """Find the deviations of a query from its tokens; `named` resolves IRIs."""
    names = [(one.name, one.mended) for one in DEVIATIONS if one.shown(found, named)]
    return Deviations(
        tuple(name for name, mended in names if not mended),
        tuple(name for name, mended in names if mended),
    )


def warning(names: Sequence[str]) -> str:
    """Write the header Citylinks-Warning: a List of Tokens with a sentence each (RFC 8941, 3.1).

    >>> warning(["sphere"])[:30]
    'sphere;says="Distances are of '
    """
    return ", ".join(f'{name};says="{BY_NAME[name].said}"' for name in names)


# Words, and what stands in brackets


def _words(found: Sequence[Token]) -> set[str]:
    return {token.text.upper() for token in found if token.kind == "word"}


def _until_closed(found: Sequence[Token], at: int) -> Sequence[Token]:
    """Return the tokens between a bracket, which opens at an index, and the one that closes it."""
    depth = 0
    for end in range(at, len(found)):
        depth += (found[end].kind == "open") - (found[end].kind == "close")
        if depth == 0:
            return found[at + 1 : end]
    return found[at + 1 :]


def _after(found: Sequence[Token], *words: str) -> Iterator[int]:
    """Yield the index after each of some words."""
    for at, token in enumerate(found, start=1):
        if token.kind == "word" and token.text.upper() in words:
            yield at


def _content(token: Token) -> str:
    """Return what stands in a string, its escaped backslashes undone."""
    quote = 3 if token.text[:3] in {'"""', "'" * 3} else 1
    return token.text[quote:-quote].replace("\\\\", "\\")


# Terms

_COMPARED: Final = frozenset("= != < > <= >= + - * /".split())
_PLAIN_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.0)?|(?:0|[1-9][0-9]*)\.[0-9]*[1-9]")
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})+")
_PLAIN: Final = {
    "integer": re.compile(r"0|-?[1-9][0-9]*"),
    "decimal": re.compile(r"0|-?(?:[1-9][0-9]*|(?:0|[1-9][0-9]*)\.[0-9]*[1-9])"),
    "double": re.compile(r"INF|-INF|NaN|0|-?(?:[1-9][0-9]*|(?:0|[1-9][0-9]*)\.[0-9]*[1-9])"),
    "boolean": re.compile(r"true|false"),
    "dateTime": re.compile(r"[^T]*T(?!24:)[0-9:]*(?:\.[0-9]*[1-9])?(?:Z|[+-](?!00:00).*)?"),
    "time": re.compile(r"(?!24:)[0-9:]*(?:\.[0-9]*[1-9])?(?:Z|[+-](?!00:00).*)?"),
}
"""How the engine writes values, by the local name of the datatype."""


def _writes_values_otherwise(found: Sequence[Token], _: Names) -> bool:
    """Whether a number or date that is not written as the engine does may get into the answer."""
    ends = [Token("other", "", 0)] * 4
    for at, token in enumerate(found):
        before, *after = [found[at - 1] if at else ends[0], *[*found[at + 1 : at + 4], *ends][:3]]
        follows = after[0]
        if token.kind == "string" and follows.kind == "datatype":
            plain = _PLAIN.get(re.split("[#:]", after[1].text.rstrip(">"))[-1])
            is_plain, follows = not plain or bool(plain.fullmatch(_content(token))), after[2]
        else:
            is_plain = token.kind != "number" or bool(_PLAIN_NUMBER.fullmatch(token.text))
        compared = before.text in _COMPARED or follows.text in _COMPARED
        if not is_plain and not compared and before.text.upper() not in {"LIMIT", "OFFSET"}:
            return True
    return False


def _is_too_large(found: Sequence[Token], _: Names) -> bool:
    """Whether a number has more digits than the engine calculates with."""
    before = ("", *(token.text.upper() for token in found))
    return any(
        any(len(part) > 18 for part in _DIGITS(token.text))
        for word, token in zip(before, found, strict=False)
        if token.kind == "number" and word not in {"LIMIT", "OFFSET"}
    )


_DIGITS: Final = re.compile("[0-9]+").findall


def _compares_tags(found: Sequence[Token], _: Names) -> bool:
    """Whether a string that is compared looks like a tag with capitals, where LANG is called."""
    words = _words(found)
    if "LANG" not in words:
        return False
    listed = {"(", ","} if "IN" in words and "LANGMATCHES" not in words else set[str]()
    ends = Token("other", "", 0)
    for before, token, after in zip([ends, *found], found, [*found[1:], ends], strict=False):
        compared = {before.text, after.text} & {"=", "!="} or before.text in listed
        if token.kind == "string" and compared and _TAG.fullmatch(tag := _content(token)):
            return tag != tag.lower()
    return False


_ZONE: Final = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR: Final = r"-?(?:[1-9]\d{3,}|0\d{3})"
_DATE: Final = rf"(?P<year>{_YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)"
_TIME: Final = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_FLOAT: Final = r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|INF)|NaN"
_LEXICAL: Final[Mapping[str, re.Pattern[str]]] = {
    terms.PREFIXES["xsd"] + name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "date": _DATE + _ZONE,
        "dateTime": f"{_DATE}T{_TIME}{_ZONE}",
        "time": _TIME + _ZONE,
        "gYear": _YEAR + _ZONE,
        "gYearMonth": f"{_YEAR}-(?:0[1-9]|1[0-2]){_ZONE}",
        "integer": r"[+-]?\d+",
        "decimal": r"[+-]?(?:\d+\.?\d*|\.\d+)",
        "double": _FLOAT,
        "float": _FLOAT,
        "boolean": "true|false|0|1",
    }.items()
}
"""How values are written (XML Schema 1.1, part 2, section 3.3)."""


def _has_no_value(found: Sequence[Token], named: Names) -> bool:
    """Whether a literal is not written as its datatype has it."""
    for string, mark, datatype in zip(found, found[1:], found[2:], strict=False):
        if string.kind == "string" and mark.kind == "datatype":
            iri, text = named(datatype), value_of(string).strip(" \t\r\n")
            if iri == terms.PREFIXES["geo"] + "wktLiteral":
                if not _is_geometry(text):
                    return True
            elif (lexical := _LEXICAL.get(iri)) and not _has_value(lexical.fullmatch(text)):
                return True
    return False


def _has_value(match: re.Match[str] | None) -> bool:
    """Whether a text was matched, and a date in it is one of the calendar."""
    if match is None or "day" not in match.groupdict():
        return match is not None
    # The calendar repeats itself after 400 years, so that the last digits of a year are enough.
    year, month, day = int(match["year"][-4:]), int(match["month"]), int(match["day"])
    return 1 <= day <= monthrange(2000 + year % 400, month)[1]


_COORDINATES: Final = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?(?:\s+[+-]?[\d.]+(?:[eE][+-]?\d+)?){1,3}"
_KIND: Final = r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION"
_PART: Final = rf"(?:{_COORDINATES}|(?:(?:{_KIND})\s*(?:(?:ZM|[ZM])\s*)?)?(?:\#|EMPTY))"
_BRACKET: Final = re.compile(rf"\(\s*{_PART}(?:\s*,\s*{_PART})*\s*\)", re.IGNORECASE)
_GEOMETRY: Final = re.compile(
    rf"(?:<[^<>]*>\s*)?(?:{_KIND})\s*(?:(?:ZM|[ZM])\s*)?(?:\#|EMPTY)", re.IGNORECASE
)


def _is_geometry(text: str) -> bool:
    """Whether a text is well-known text: its brackets are read from the inside, four deep.

    >>> _is_geometry("POINT(1.5 2)"), _is_geometry("POINT(1.5, 2)"), _is_geometry("POINT(1 2")
    (True, False, False)
    """
    for _ in range(4):
        text = _BRACKET.sub("#", text)
    return bool(_GEOMETRY.fullmatch(text))


# Patterns of strings

_NOT_READ: Final = re.compile(r"\\[1-9icICbBAz]|\\[pP]\{Is|\[[^\]\\]*(?:-\[|&&|~~)|\(\?")
"""Parts of a regular expression that XPath and the engine read otherwise."""

_MAY_BE_EMPTY: Final = re.compile(
    r"(?:(?:\\.|\[[^\]]*\]|\([^()]*\)|[^\\()\[\]|*+?{}])(?:[*?]|\{0,?[0-9]*\}))*"
)
_BAD_REPLACEMENT: Final = re.compile(r"\$(?![0-9])|\\")


def _reads_patterns_otherwise(found: Sequence[Token], _: Names) -> bool:
    for at in _after(found, "REGEX", "REPLACE"):
        pattern = _constant(arguments(found, at), 1)
        if pattern is not None and _NOT_READ.search(pattern):
            return True
    return False


def _replaces_otherwise(found: Sequence[Token], _: Names) -> bool:
    for at in _after(found, "REPLACE"):
        given = arguments(found, at)
        pattern, put = _constant(given, 1), _constant(given, 2)
        if pattern is not None and _MAY_BE_EMPTY.fullmatch(pattern):
            return True
        if put is not None and _BAD_REPLACEMENT.search(put):
            return True
    return False


def _constant(given: Sequence[Sequence[Token]], at: int) -> str | None:
    """Return the string that is an argument, None where it is an expression or is not there."""
    if len(given) <= at or len(given[at]) != 1 or given[at][0].kind != "string":
        return None
    return _content(given[at][0])


# GRAPH with a variable


def _in_named_graphs(found: Sequence[Token]) -> Iterator[tuple[str, Sequence[Token]]]:
    """Yield the variable of each GRAPH, and the tokens of its group."""
    for at in _after(found, "GRAPH"):
        if len(found) > at + 1 and found[at].kind == "variable":
            yield found[at].text[1:], _until_closed(found, at + 1)


def _has_graph_scope(found: Sequence[Token], _: Names) -> bool:
    return any(_reads_graph(name, inside) for name, inside in _in_named_graphs(found))


def _reads_graph(name: str, inside: Sequence[Token]) -> bool:
    """Whether a group in GRAPH depends on how its variable is bound."""
    words = _words(inside)
    if "SELECT" in words or "GRAPH" in words:
        return True
    if _begins_at_constant(inside, str):
        return True
    bare = _without_brackets(inside)
    if "VALUES" in words and not any(token.kind in {"variable", "open"} for token in bare):
        return True
    used = [token for token in inside if token.kind == "variable" and token.text[1:] == name]
    return bool(used) and not any(token in bare for token in used)


def _without_brackets(inside: Sequence[Token]) -> list[Token]:
    """Return the tokens of a group but those of expressions, VALUES, and what may not match."""
    found, depth, skipped = [], 0, False
    for token in inside:
        if token.kind == "word" and token.text.upper() in {"VALUES", "OPTIONAL", "MINUS"}:
            skipped = True
        opens = token.text == "(" or (skipped and token.text == "{")
        closes = token.text == ")" or (skipped and token.text == "}")
        depth += opens - closes
        if depth == 0 and not closes and not skipped:
            found.append(token)
        if token.text == "}" and depth == 0:
            skipped = False
    return found


# MINUS inside GRAPH and EXISTS


def _minus_in_graphs(found: Sequence[Token]) -> Iterator[set[str]]:
    """Yield the words of each group with MINUS in GRAPH with a variable."""
    groups = (inside for _, inside in _in_named_graphs(found))
    yield from (words for inside in groups if "MINUS" in (words := _words(inside)))


def _shares_values(found: Sequence[Token], _: Names) -> bool:
    """Whether MINUS may share what is outside, because its own variables may have no value."""
    exists = (_until_closed(found, at) for at in _after(found, "EXISTS"))
    in_graphs = _minus_in_graphs(found)
    return any("MINUS" in _words(inside) for inside in exists) or any(
        words & {"OPTIONAL", "UNION", "UNDEF", "SELECT"} for words in in_graphs
    )


def _takes_away(found: Sequence[Token], _: Names) -> bool:
    return any(True for _ in _minus_in_graphs(found))


# What the planner mends


def _has_alternatives(found: Sequence[Token], _: Names) -> bool:
    return any(token.text == "|" for token in found)


def _joins_terms(found: Sequence[Token], _: Names) -> bool:
    for at in _after(found, "GROUP_CONCAT"):
        first = [token.text.upper() for token in _until_closed(found, at)][:2]
        if "STR" not in first:
            return True
    return False


def _names_column_in_having(found: Sequence[Token], _: Names) -> bool:
    named = {found[at].text[1:] for at in _after(found, "AS") if at < len(found)}
    for at in _after(found, "HAVING"):
        used = {token.text[1:] for token in _condition(found, at) if token.kind == "variable"}
        if used & named:
            return True
    return False


def _uses_ungrouped(found: Sequence[Token], _: Names) -> bool:
    """Whether HAVING or ORDER BY have a variable that solutions are not grouped by."""
    if not _words(found) & {"GROUP", *AGGREGATES}:
        return False
    keys = {found[at].text[1:] for at in _after(found, "AS") if at < len(found)}
    for at in _after(found, "GROUP"):
        keys |= {token.text[1:] for token in _condition(found, at) if token.kind == "variable"}
    for at in _after(found, "HAVING", "ORDER"):
        ends = 0
        for index, token in enumerate(_condition(found, at), start=at):
            if token.kind == "word" and token.text.upper() in AGGREGATES:
                inside = _until_closed(found, index + 1)
                ends = inside[-1].start + 1 if inside else 0
            elif token.kind == "variable" and token.start >= ends and token.text[1:] not in keys:
                return True
    return False


def _condition(found: Sequence[Token], at: int) -> Iterator[Token]:
    """Yield the tokens of a clause behind the pattern."""
    ends = {"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"}
    for index in range(at, len(found)):
        token = found[index]
        if token.text == "}" or token.text.upper() in ends:
            return
        yield token


def _divides(found: Sequence[Token], _: Names) -> bool:
    """Whether a sign is that of a division, and not of a path."""
    for before, token, after in zip(found, found[1:], found[2:], strict=False):
        if token.text == "/" and (
            {before.kind, after.kind} & {"variable", "number"}
            or (after.kind == "word" and after.text != "a")
        ):
            return True
    return False


def _has_negated_path(found: Sequence[Token], _: Names) -> bool:
    """Whether what an exclamation mark negates are properties, and no function of them."""
    for at, token in enumerate(found):
        following = [one for one in found[at + 1 : at + 5] if one.text not in {"(", "^"}]
        if token.text == "!" and following:
            is_property = following[0].kind in {"iri", "name"} or following[0].text == "a"
            if is_property and not (len(following) > 1 and _is_call(found, at, following[0])):
                return True
    return False


def _is_call(found: Sequence[Token], at: int, name: Token) -> bool:
    """Whether a bracket follows a name that stands shortly after an index."""
    after = found.index(name, at) + 1
    return after < len(found) and found[after].text == "("


_CONSTANT: Final = frozenset({"iri", "name", "string", "number"})


def _begins_at_constant(found: Sequence[Token], _: Names) -> bool:
    """Whether a path of length zero has a term at an end: `<x> :p* ?o`, `?o :p* <x>`."""
    for at, (before, token) in enumerate(pairwise(found), start=1):
        if token.text not in {"*", "?"} or token.start != before.start + len(before.text):
            continue
        if before.kind in {"iri", "name"} or before.text in {"a", ")"}:
            after = (one for one in found[at + 1 : at + 2] if one.start > token.start + 1)
            if any(end.kind in _CONSTANT for end in (*_around_path(found, at), *after)):
                return True
    return False


def _around_path(found: Sequence[Token], at: int) -> Iterator[Token]:
    """Yield the token before the path that has a mark at an index."""
    for start in range(at - 1, -1, -1):
        if found[start].kind == "variable" or found[start].text in {".", ";", "{", "}", ","}:
            return
        if not start or found[start - 1].text in {".", "{", "}"}:
            yield found[start]
            return


# Beyond the standard


def _is_extended(found: Sequence[Token], _: Names) -> bool:
    """Whether a query has key words, triple terms or annotations that SPARQL 1.1 has not."""
    if _words(found) & EXTENSIONS:
        return True
    for one, two in pairwise(found):
        adjacent = two.start == one.start + len(one.text)
        if adjacent and one.text + two.text in {"<<", "{|"}:
            return True
    return any(token.text == "~" for token in found)


def _measures(found: Sequence[Token], named: Names) -> bool:
    return any(call.function in MEASURES for call in calls(found, named))


def _refers_elsewhere(found: Sequence[Token], named: Names) -> bool:
    """Whether a geometry in the query has a reference system that the functions do not know."""
    systems = [
        token.text for token in found if token.kind == "string" and "/def/crs/" in token.text
    ]
    return any("CRS84" not in one for one in systems) and any(calls(found, named))


DEVIATIONS: Final = (
    Deviation(
        "values",
        "Numbers, booleans and dates are kept by value: 01 is answered as 1, and is the same term.",
        _writes_values_otherwise,
    ),
    Deviation(
        "large-numbers",
        "Integers have 64 bits, decimals 18 digits after the point; beyond them there is no value.",
        _is_too_large,
    ),
    Deviation(
        "language-tags",
        "Language tags are kept in lower case: compare LANG with en-gb, or use LANGMATCHES.",
        _compares_tags,
    ),
    Deviation(
        "patterns",
        "Regular expressions are those of Rust: no references back, no subtraction, no XML names.",
        _reads_patterns_otherwise,
    ),
    Deviation(
        "replacements",
        "REPLACE takes patterns that fit the empty string, and replacements with any dollar sign.",
        _replaces_otherwise,
    ),
    Deviation(
        "graph-variable",
        "The variable of GRAPH has its value inside the group already, but not in sub-selects, "
        "VALUES alone, paths of length zero from a term, or another GRAPH.",
        _has_graph_scope,
    ),
    Deviation(
        "minus",
        "MINUS in EXISTS shares the variables outside, and in GRAPH that of GRAPH if its own may "
        "have no value.",
        _shares_values,
    ),
    Deviation(
        "extensions",
        "LATERAL, triple terms and functions of SPARQL 1.2 are read, and are not SPARQL 1.1.",
        _is_extended,
    ),
    Deviation(
        "sphere",
        "Distances are of points, on a sphere of 6371.0088 km: up to 0.56 % from those on WGS 84.",
        _measures,
    ),
    Deviation(
        "reference-systems",
        "Functions of GeoSPARQL have no value for reference systems other than CRS84.",
        _refers_elsewhere,
    ),
    Deviation(
        "literals-without-value",
        "A literal of the query is not written as its datatype has it: nothing compares with it.",
        _has_no_value,
    ),
    Deviation(
        "alternatives",
        "Alternatives of a path are a set: a pair that two of them lead to is counted once.",
        _has_alternatives,
        mended=True,
    ),
    Deviation(
        "minus-without-shared",
        "MINUS in GRAPH takes away although it shares no variable.",
        _takes_away,
        mended=True,
    ),
    Deviation(
        "negated-paths",
        "A negated path between ends that are known is found once, not for each property.",
        _has_negated_path,
        mended=True,
    ),
    Deviation(
        "group-concat",
        "GROUP_CONCAT joins strings alone; of IRIs, numbers and dates there is no value.",
        _joins_terms,
        mended=True,
    ),
    Deviation(
        "having",
        "The name of a column has no value in HAVING: write the expression itself.",
        _names_column_in_having,
        mended=True,
    ),
    Deviation(
        "not-grouped",
        "A variable of HAVING or ORDER BY that is not grouped by has no value: write SAMPLE of it.",
        _uses_ungrouped,
        mended=True,
    ),
    Deviation(
        "zero-divided",
        "Zero divided by a decimal fraction has no value: write 1e0 times it.",
        _divides,
        mended=True,
    ),
    Deviation(
        "paths-of-length-zero",
        "A path of length zero finds no term that is not in the data.",
        _begins_at_constant,
        mended=True,
    ),
)
"""In the order in which they are told; the sentences are ASCII, as a header is."""

OF_SERVERS: Final[Mapping[str, tuple[Deviation, ...]]] = {
    "embedded": DEVIATIONS,
    "oxigraph": DEVIATIONS,
    "virtuoso": (
        Deviation(
            "virtuoso",
            "Virtuoso answers. It divides whole numbers without a remainder, takes what has no "
            "value for an empty text, and writes truth values that it calculates as 1 and 0.",
            lambda found, named: True,
        ),
    ),
}
"""What is known of the engine that answers, by its kind; of others nothing is."""

BY_NAME: Final = {one.name: one for known in OF_SERVERS.values() for one in known}
