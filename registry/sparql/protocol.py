"""The query operation of the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/).

Read from the parts of a request, so that it needs no web framework and can be tested as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from registry.problems import Problem
from registry.sparql.engine import Query

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_FIELDS: Final = 1_000
"""Parameters that a request may have."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A query (None = describe the service) on a release, and the formats wanted, by name.

    Clients send several names of one format at once. `explain` is set where the answer is how the
    query is run.
    """

    query: Query | None
    release: str | None = None
    formats: tuple[str, ...] = ()
    explain: bool = False


def read(
    method: str, media_type: str, address: bytes, body: bytes, charset: str = "utf-8"
) -> Request:
    """Read a request (section 2.1: by GET, by POST with a form, by POST directly).

    `address` is the part of the URL after the question mark, `media_type` that of the body,
    without parameters, in lower case; `charset` is its parameter of that name.

    Raises
    ------
    Problem
        `bad-parameter`, `unsupported-type`, `update-refused`.

    """
    pairs = _pairs(address)
    if method != "POST":
        return _request(pairs, _single(pairs, "query"))
    if media_type in {FORM, QUERY} and charset.lower() not in {"utf-8", "utf8"}:
        raise Problem("unsupported-type", f"a query is sent in UTF-8, not in {charset}")
    if media_type == FORM:
        return _request_with_query([*pairs, *_pairs(body)])
    if media_type == QUERY:
        return _request_with_query([*pairs, ("query", _text(body))])
    if media_type == UPDATE:
        raise Problem("update-refused", "the endpoint is read only")
    raise Problem(
        "unsupported-type",
        f"a query is not sent as {media_type or 'nothing'}",
        allowed=[QUERY, FORM],
    )


def _pairs(text: bytes) -> list[tuple[str, str]]:
    """Read the pairs of a form or of a URL; they are percent-decoded once."""
    try:
        return parse_qsl(
            _text(text), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError as error:
        raise Problem("bad-parameter", f"the parameters cannot be read: {error}") from error


def _text(body: bytes) -> str:
    """Decode what a client sent, which is always UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("bad-parameter", "the request is not in UTF-8") from error


def _request_with_query(pairs: Pairs) -> Request:
    """Make a request that must have a query."""
    request = _request(pairs, _single(pairs, "query"))
    if request.query is None:
        raise Problem("bad-parameter", "query is missing")
    return request


def _request(pairs: Pairs, text: str | None) -> Request:
    """Make a request from its parameters and the text of its query."""
    if any(name == "update" for name, _ in pairs):
        raise Problem("update-refused", "the endpoint is read only")
    query = None
    if text is not None:
        default, named = _all(pairs, "default-graph-uri"), _all(pairs, "named-graph-uri")
        query = Query(text, default, named)
    wanted = tuple(filter(None, _all(pairs, "format")))
    explain = _single(pairs, "explain") or ""
    if explain not in {"", "0", "1"}:
        raise Problem("bad-parameter", "explain is 1 or 0", allowed=["1", "0"])
    return Request(query, _single(pairs, "release"), wanted, explain == "1")


def _all(pairs: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value for key, value in pairs if key == name)


def _single(pairs: Pairs, name: str) -> str | None:
    """Return a parameter that may be given once."""
    values = _all(pairs, name)
    if len(values) > 1:
        raise Problem("bad-parameter", f"{name} is given {len(values)} times")
    return values[0] if values else None
