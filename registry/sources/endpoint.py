"""A SPARQL endpoint of others: asked by POST, on its own server alone, its answer whole or refused.

https://www.w3.org/TR/sparql11-protocol/#query-via-post-urlencoded
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from http.client import HTTPException
from time import monotonic
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, build_opener, install_opener

from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from registry.version import AGENT

_PIECE: Final = 1 << 16

_PARTIAL: Final = ("X-SQL-State", "X-SPARQL-MaxRows")
"""Headers by which endpoints tell that an answer is not whole (Virtuoso)."""

FAILURES: Final = (HTTPError, URLError, TimeoutError, HTTPException, SPARQLWrapperException)
"""What `answer` and reading its pieces raise where an endpoint fails."""


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: it would lose the query, and may lead into a network of our own."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Return nothing, so that the answer is an error with its status."""


@cache
def _follow_no_redirects() -> None:
    """Have the opener of this process, through which SPARQLWrapper asks, follow no redirect."""
    install_opener(build_opener(_NoRedirects))


def request(
    endpoint: str, query: str, form: str, seconds: int, agent: str = AGENT
) -> SPARQLWrapper:
    """Return a query that can be sent; `form` is a return format of SPARQLWrapper."""
    asked = SPARQLWrapper(endpoint, agent=agent, returnFormat=form)
    asked.setMethod(POST)
    asked.setTimeout(seconds)
    asked.setQuery(query)
    return asked


def answer(asked: SPARQLWrapper) -> Any:
    """Send a query; return the response, of which only the headers have been read.

    Raises
    ------
    ConnectionError
        when the endpoint says that its answer is not whole; `FAILURES` when it fails.

    """
    _follow_no_redirects()
    response: Any = asked.query().response
    if partial := next((name for name in _PARTIAL if response.headers.get(name)), ""):
        raise ConnectionError(f"{asked.endpoint} gives only a part of the answer ({partial})")
    return response


def pieces(response: Any, limit: int, seconds: float) -> Iterator[bytes]:
    """Read an answer to its end, as far as a limit in bytes and for no longer than so many seconds.

    Raises
    ------
    ConnectionError
        when it is longer, or ends too early; `TimeoutError` when it takes longer.

    """
    come, told = 0, response.headers.get("Content-Length", "")
    until = monotonic() + seconds
    while piece := response.read1(_PIECE):
        come += len(piece)
        if come > limit:
            raise ConnectionError(f"{response.url} sends more than {limit} bytes")
        if monotonic() > until:
            raise TimeoutError(f"{response.url} took more than {seconds:g} seconds to answer")
        yield piece
    if told.isdecimal() and come < int(told):
        raise ConnectionResetError(f"{response.url} broke off after {come} of {told} bytes")
