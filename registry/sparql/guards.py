"""Guards before the engine: what a query may not be, told from its tokens.

The engine's parser recurses, so nesting of brackets and chains of operators are bounded before a
worker reads them; SERVICE would reach out to other servers and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from registry.problems import Problem
from registry.settings import Settings
from registry.sparql.tokens import Token, tokens

_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UPDATES: Final = frozenset("INSERT DELETE LOAD CLEAR DROP CREATE ADD MOVE COPY WITH".split())
_CHAINING: Final = frozenset({"UNION", "OPTIONAL", "MINUS", "EXISTS"})
CHAIN_FACTOR: Final = 10
"""Operators, unions and optionals may be this many times as many as the allowed depth."""


@dataclass(frozen=True)
class Outline:
    """What tokens tell of a query: its form, and the graphs that FROM and FROM NAMED list."""

    form: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    has_dataset: bool = False


def outline(query: str, settings: Settings) -> Outline:
    """Read a query's outline, or refuse it.

    Raises
    ------
    Problem
        `query-too-large`, `query-too-deep`, `service-refused`, `update-refused`, `query-syntax`.

    """
    if len(query.encode("utf-8", "surrogatepass")) > settings.query_bytes:
        raise Problem(
            "query-too-large",
            f"the query is longer than {settings.query_bytes} bytes",
            limit=settings.query_bytes,
        )
    found = list(tokens(query))
    _refuse_depth(found, settings.query_depth)
    _refuse_service(found)
    return _outline(found)


def _refuse_depth(found: Iterable[Token], limit: int) -> None:
    """Count how deeply brackets nest, and how many operators could nest without them."""
    depth = chained = 0
    for token in found:
        depth += (token.kind == "open") - (token.kind == "close")
        chained += token.kind == "operator" or token.text.upper() in _CHAINING
        if depth > limit or chained > limit * CHAIN_FACTOR:
            what = "brackets deep" if depth > limit else "operators long"
            allowed = limit if depth > limit else limit * CHAIN_FACTOR
            raise Problem(
                "query-too-deep", f"the query is more than {allowed} {what}", limit=allowed
            )


def _refuse_service(found: Iterable[Token]) -> None:
    """Refuse SERVICE wherever it stands as a word."""
    if any(token.kind == "word" and token.text.upper() == "SERVICE" for token in found):
        raise Problem("service-refused", "the query has a SERVICE clause")


def _outline(found: list[Token]) -> Outline:
    """Read prologue, form and dataset clauses, which come before the first bracket of a WHERE."""
    base, prefixes, at = "", {}, 0
    while at + 1 < len(found) and (word := found[at].text.upper()) in {"BASE", "PREFIX"}:
        if word == "BASE":
            base, at = found[at + 1].text[1:-1], at + 2
        elif at + 2 < len(found):
            prefixes[found[at + 1].text], at = found[at + 2].text[1:-1], at + 3
        else:
            break
    form = found[at].text.upper() if at < len(found) else ""
    if form in _UPDATES:
        raise Problem("update-refused", f"{form} is an update; the endpoint is read only")
    if form not in _FORMS:
        raise Problem(
            "query-syntax", "the query does not begin with SELECT, ASK, CONSTRUCT or DESCRIBE"
        )
    return _with_dataset(form, found[at:], base, prefixes)


def _with_dataset(form: str, found: list[Token], base: str, prefixes: dict[str, str]) -> Outline:
    """Collect the graphs that FROM and FROM NAMED list."""
    default, named = [], []
    for at, token in enumerate(found[:-1]):
        if token.kind != "word" or token.text.upper() != "FROM":
            continue
        following = found[at + 1]
        if following.text.upper() == "NAMED" and at + 2 < len(found):
            named.append(_iri(found[at + 2], base, prefixes))
        else:
            default.append(_iri(following, base, prefixes))
    return Outline(form, tuple(default), tuple(named), bool(default or named))


def _iri(token: Token, base: str, prefixes: dict[str, str]) -> str:
    """Resolve an IRI or prefixed name of a dataset clause (section 4.1)."""
    if token.kind == "iri":
        written = token.text[1:-1]
        return urljoin(base, written) if base else written
    prefix, _, local = token.text.partition(":")
    if token.kind != "name" or prefix + ":" not in prefixes:
        raise Problem("query-syntax", f"FROM is followed by {token.text!r}, which is no IRI here")
    return prefixes[prefix + ":"] + local.replace("\\", "")
