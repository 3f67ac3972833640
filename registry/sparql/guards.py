"""Guards before the engine: queries that may harm it are refused, by their tokens alone.

The engine's parser recurses, so nesting of brackets and chains of operators are bounded before a
worker reads them; SERVICE would reach out to other servers and is refused, and so are calls of
functions that can have no value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from urllib.parse import urljoin

from registry import terms
from registry.problems import Problem
from registry.settings import Settings
from registry.sparql.deviations import Deviations, shown_by
from registry.sparql.functions import calls, refusal
from registry.sparql.tokens import AGGREGATES, Token, character, position, tokens, unescape

_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UPDATES: Final = frozenset("INSERT DELETE LOAD CLEAR DROP CREATE ADD MOVE COPY WITH".split())
_JOINING: Final = frozenset({"UNION", "OPTIONAL", "MINUS", "EXISTS"})
_NAMING: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
"""Words after which a name may stand before a bracket."""

_NONE: Final = Token("other", "", 0)
_VOLATILE: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})
_MAKING: Final = frozenset({"IRI", "URI"})
"""Functions that make IRIs of strings, which may be relative (section 17.4.2.8)."""

_ESCAPES: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_SPACES: Final = frozenset("\u00a0\u202f\ufeff")
_SCHEME: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
CHAIN_FACTOR: Final = 10
"""A chain of operators, and all unions and optionals, may be this many times the allowed depth."""

BASE_LENGTH: Final = 1_000
"""Longest IRI of BASE, in characters: each relative IRI takes time in proportion to it."""


@dataclass(frozen=True)
class Outline:
    """The form of a query, and the graphs that FROM and FROM NAMED list, read from its tokens.

    `text` is the query for the engine; `volatile` means that two answers may differ; `relative`
    means that it has IRIs that are relative to the address that it was sent to; `deviations` are
    those from the standard that its tokens show.
    """

    form: str
    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    volatile: bool = False
    relative: bool = False
    deviations: Deviations = field(default_factory=Deviations)

    @property
    def has_dataset(self) -> bool:
        """Whether the query names its dataset."""
        return bool(self.default_graphs or self.named_graphs)


@dataclass(frozen=True)
class Prologue:
    """The declarations before a query proper (section 4.1), which begins at the token `end`."""

    base: str
    prefixes: Mapping[str, str]
    end: int
    versions: tuple[Token, ...] = ()

    def iri(self, token: Token) -> str:
        """Return the IRI that an IRI or prefixed name stands for; empty for other tokens."""
        if token.kind == "iri":
            return _resolve(token, self.base)
        prefix, _, local = token.text.partition(":")
        if token.kind != "name" or prefix not in self.prefixes:
            return ""
        return self.prefixes[prefix] + local.replace("\\", "")


def outline(query: str, settings: Settings, base: str = "") -> Outline:
    """Read a query's outline, or refuse it; `base` is the address that it was sent to.

    Raises
    ------
    Problem
        `query-too-large`, `query-too-deep`, `service-refused`, `update-refused`, `query-syntax`,
        `unknown-function`.

    """
    limit = settings.query_bytes
    if len(query.encode("utf-8", "surrogatepass")) > limit:
        raise Problem("query-too-large", f"the query is longer than {limit} bytes", limit=limit)
    text = unescape(query)
    # A command line may hold halves of characters, which no encoding has.
    if half := _SURROGATE.search(query):
        raise _syntax("half of a character is none", query, Token("other", half[0], half.start()))
    found = _bounded(text, settings.query_tokens)
    if len(found) > settings.query_depth:
        _refuse_depth(found, settings.query_depth)
    text = _columns_once(_plain(text, found), found)
    prologue = prologue_of(found, base)
    text = _without_versions(text, prologue, query)
    form = _form(found, prologue, query)
    _refuse_undeclared(found, prologue.prefixes, query)
    _refuse_misplaced_aggregates(found, query)
    if "SERVICE" in text.upper():
        _refuse_service(found)
    default, named = _dataset(found, prologue, query)
    names = prologue.iri
    for call in calls(found, names):
        if refused := refusal(call, names):
            raise refused
    words = {token.text.upper() for token in found if token.kind == "word"}
    return Outline(
        form,
        text,
        default,
        named,
        not words.isdisjoint(_VOLATILE),
        not words.isdisjoint(_MAKING)
        or any(token.kind == "iri" and not _SCHEME.match(token.text) for token in found),
        shown_by(found, names),
    )


def _bounded(text: str, limit: int) -> list[Token]:
    """Read all tokens; to read one takes as long whether it is an IRI or a bracket."""
    found = list(islice(tokens(text), limit + 1))
    if len(found) > limit:
        raise Problem("query-too-large", f"the query has more than {limit} tokens", limit=limit)
    return found


def _plain(text: str, found: list[Token]) -> str:
    """Write what the engine does not read as what it does, in as many characters.

    No-break spaces and a byte order mark, which come in with a copied query, are spaces; key words
    are in any case (section 19.8), which the engine does not know of TRUE and FALSE.
    """
    pieces, end = list[str](), 0
    for at, token in enumerate(found):
        plain = " " if token.text in _SPACES else token.text.lower()
        if plain == " " or (token.kind == "word" and plain in {"true", "false"}):
            pieces += text[end : token.start], plain
            end = token.start + len(plain)
            found[at] = token._replace(text=plain)
    found[:] = [token for token in found if token.text != " "]
    return "".join([*pieces, text[end:]])


def _columns_once(text: str, found: list[Token]) -> str:
    """Blank a column that SELECT names again, which is SPARQL, and is refused by the engine."""
    known: set[str] | None = None
    depth, repeated = 0, set[int]()
    pieces, end = list[str](), 0
    for token in found:
        depth += (token.kind == "open") - (token.kind == "close")
        if token.text.upper() == "SELECT":
            known, depth = set(), 0
        elif token.text == "{":
            known = None
        elif token.kind == "variable" and known is not None and not depth:
            if (name := token.text[1:]) in known:
                pieces += text[end : token.start], " " * len(token.text)
                end = token.start + len(token.text)
                repeated.add(token.start)
            known.add(name)
    if repeated:
        found[:] = [token for token in found if token.start not in repeated]
    return "".join([*pieces, text[end:]])


def _refuse_depth(found: Sequence[Token], limit: int) -> None:
    """Count how deeply brackets nest, and how many operators could nest without them."""
    chains, joined = [0], 0
    for token in found:
        if token.kind == "open":
            chains.append(0)
        elif token.kind == "close":
            chains = chains[:-1] or [0]
        elif token.kind == "operator":
            chains[-1] += 1
        elif token.text in {".", ";", ","}:
            chains[-1] = 0
        joined += token.kind == "word" and token.text.upper() in _JOINING
        if len(chains) - 1 > limit:
            raise _too_deep("brackets deep", limit)
        if max(chains[-1], joined) > limit * CHAIN_FACTOR:
            raise _too_deep("operators long", limit * CHAIN_FACTOR)


def _too_deep(what: str, limit: int) -> Problem:
    return Problem("query-too-deep", f"the query is more than {limit} {what}", limit=limit)


def prologue_of(found: Sequence[Token], base: str) -> Prologue:
    """Read BASE and PREFIX declarations; each is relative to the base before it."""
    prefixes, versions, at = dict[str, str](), list[Token](), 0
    while at < len(found) and (word := found[at].text.upper()) in _DECLARATIONS:
        length, kind = _DECLARATIONS[word]
        if at + length > len(found) or found[at + length - 1].kind != kind:
            break
        if word == "VERSION":
            versions += found[at : at + 2]
        else:
            iri = _resolve(found[at + length - 1], base)
            if word == "PREFIX":
                prefixes[found[at + 1].text.removesuffix(":")] = iri
            else:
                base = _bounded_base(iri)
        at += length
    return Prologue(base, prefixes, at, tuple(versions))


_DECLARATIONS: Final = {"BASE": (2, "iri"), "PREFIX": (3, "iri"), "VERSION": (2, "string")}
"""How many tokens a declaration has, and of which kind the last one is."""


def _bounded_base(iri: str) -> str:
    if len(iri) > BASE_LENGTH:
        detail = f"BASE is longer than {BASE_LENGTH} characters"
        raise Problem("query-too-large", detail, limit=BASE_LENGTH)
    return iri


def _without_versions(text: str, prologue: Prologue, query: str) -> str:
    """Take the versions out of a query, which the planner does not read; all are read alike.

    Raises
    ------
    Problem
        `query-syntax` where a version is none that is known.

    """
    for word, version in zip(prologue.versions[::2], prologue.versions[1::2], strict=True):
        if version.text[1:-1] not in _VERSIONS:
            known = ", ".join(_VERSIONS)
            raise _syntax(f"VERSION is one of {known}, and not {version.text}", query, version)
        end = version.start + len(version.text)
        blank = re.sub(r"[^\n]", " ", text[word.start : end])
        text = text[: word.start] + blank + text[end:]
    return text


def _formless(found: Sequence[Token], query: str, token: Token) -> Problem:
    """Explain what is wrong where the form of a query is expected, and where."""
    # Imported late: it brings rdflib along, which a right query does not need here.
    from registry.sparql.mistakes import grammar, wording

    stop = grammar.first_stop(found)
    detail, start = (stop and wording.told(unescape(query), found, stop)) or ("", token.start)
    if not detail or detail.startswith(('"', "the query ends")):
        detail = "SELECT, ASK, CONSTRUCT or DESCRIBE is expected"
        if token.text in {"@prefix", "@base", ".", ";", ","}:
            detail += "; a declaration is PREFIX name: <iri>, with nothing after it"
    return _syntax(detail, query, Token("other", "", start))


_VERSIONS: Final = ("1.0", "1.1", "1.2", "1.2-basic")
"""The versions of SPARQL that a query may announce (SPARQL 1.2, section 4.1.1)."""


def _form(found: Sequence[Token], prologue: Prologue, query: str) -> str:
    """Return the form of a query; refuse an update."""
    at = prologue.end
    token = found[at] if at < len(found) else Token("other", "", len(unescape(query)))
    form = token.text.upper()
    if form in _UPDATES:
        raise Problem("update-refused", f"{form} is an update; the endpoint is read only")
    if form not in _FORMS:
        raise _formless(found, query, token)
    return form


def _refuse_undeclared(found: Sequence[Token], prefixes: Mapping[str, str], query: str) -> None:
    """Refuse strings without end and prefixes without declaration.

    The engine splits such a name where a key word may stand, and would read a SERVICE or FROM that
    the grammar has as part of the name.
    """
    for token in found:
        if token.kind == "unclosed":
            raise _syntax("a string is not closed", query, token)
        if token.kind == "name" and (prefix := token.text.partition(":")[0]) not in prefixes:
            raise _syntax(f"the prefix {prefix}: is not declared{_hint(prefix)}", query, token)


def _refuse_misplaced_aggregates(found: Sequence[Token], query: str) -> None:
    """Refuse aggregates in aggregates, filters and BIND, of which the engine makes no values."""
    inside = [""]
    for before, token in zip([_NONE, *found], found, strict=False):
        word = token.text.upper()
        if token.kind == "open":
            around = before.text.upper()
            opens = around if around in _HOLDING_NONE else inside[-1]
            inside.append("" if word == "{" else opens)
        elif token.kind == "close":
            inside = inside[:-1] or [""]
        elif token.kind == "word" and word in AGGREGATES:
            around = inside[-1] or ("FILTER" if before.text.upper() == "FILTER" else "")
            if around in AGGREGATES:
                detail = f"{word} stands inside another aggregate: select it AS a name before"
                raise _syntax(detail, query, token)
            if around:
                detail = "COUNT and other aggregates stand in SELECT, HAVING or ORDER BY, not in "
                raise _syntax(detail + around, query, token)


_HOLDING_NONE: Final = AGGREGATES | {"FILTER", "BIND"}
"""Words whose brackets hold no aggregate."""


def _hint(prefix: str) -> str:
    """Return the declaration of a prefix that is well known here."""
    known = terms.PREFIXES.get(prefix)
    return f"; begin the query with PREFIX {prefix}: <{known}>" if known else ""


def _syntax(detail: str, query: str, token: Token) -> Problem:
    """Return a syntax problem at the position of a token in the query as it was sent."""
    line, column = position(query, token.start)
    return Problem("query-syntax", detail, line=line, column=column)


def _refuse_service(found: Sequence[Token]) -> None:
    """Refuse SERVICE as a word, and in a prefix where the engine would read the word."""
    for before, token, after in zip([_NONE, *found], found, [*found[1:], _NONE], strict=False):
        word = token.kind == "word" and token.text.upper() == "SERVICE"
        if word or _reads_as_service(before, token, after):
            raise Problem("service-refused", "the query has a SERVICE clause")


def _reads_as_service(before: Token, token: Token, after: Token) -> bool:
    """Whether `SERVICE:a {` stands where no name may stand before a bracket."""
    prefix = token.text.partition(":")[0].upper()
    named = token.kind == "name" and "SERVICE" in prefix
    return named and after.text == "{" and before.text.upper() not in _NAMING


def _dataset(
    found: Sequence[Token], prologue: Prologue, query: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Collect the graphs that FROM and FROM NAMED list."""
    default, named = [], []
    for at, token in enumerate(found):
        if token.kind != "word" or token.text.upper() != "FROM":
            continue
        following = found[at + 1 : at + 3]
        if following and following[0].text.upper() == "NAMED":
            named += [_iri(graph, prologue, query) for graph in following[1:]]
        else:
            default += [_iri(graph, prologue, query) for graph in following[:1]]
    return tuple(default), tuple(named)


def without_dataset(text: str) -> str:
    """Blank FROM and FROM NAMED, for a server that is told the dataset beside the query.

    >>> without_dataset("SELECT * FROM <urn:a> FROM NAMED <urn:b> { ?s ?p 'FROM' }").split()
    ['SELECT', '*', '{', '?s', '?p', "'FROM'", '}']
    """
    found, pieces, end = list(tokens(text)), list[str](), 0
    for at, token in enumerate(found):
        if token.kind == "word" and token.text.upper() == "FROM":
            named = at + 1 < len(found) and found[at + 1].text.upper() == "NAMED"
            last = found[min(at + 1 + named, len(found) - 1)]
            pieces += text[end : token.start], " "
            end = last.start + len(last.text)
    return "".join([*pieces, text[end:]])


def _iri(token: Token, prologue: Prologue, query: str) -> str:
    """Resolve an IRI or prefixed name of a dataset clause (section 4.1)."""
    if token.kind not in {"iri", "name"}:
        raise _syntax(f"FROM is followed by {token.text!r}, which is no IRI", query, token)
    return prologue.iri(token)


def _resolve(token: Token, base: str) -> str:
    """Return the IRI that a token in angle brackets stands for."""
    written = _ESCAPES.sub(lambda match: character(match[0]), token.text[1:-1])
    return urljoin(base, written) if base else written
