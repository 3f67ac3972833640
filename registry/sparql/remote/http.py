"""HTTP with the server of another engine: credentials, deadlines, and answers that are whole."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from functools import partial
from typing import Final
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from registry.problems import Problem
from registry.sparql.remote.servers import Order, Place, Server
from registry.version import AGENT

FORM: Final = "application/x-www-form-urlencoded"
NTRIPLES: Final = "application/n-triples"
_CONNECT_SECONDS: Final = 5.0
_BUSY: Final = frozenset({408, 429, 503, 504})
_TOLD: Final = 300
"""Characters of what the server says of a query that it refuses."""

_LONGEST: Final = 2**16
"""Bytes of an error that are read."""


class Refused(Exception):
    """The server answers with an error; `status` is its code."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status, self.said = status, said


class Connection:
    """Requests to one server, by one thread; `seconds` is how long it may be silent.

    It may take `connect` seconds to connect, and again to take what is sent.
    """

    def __init__(self, server: Server, seconds: float, connect: float = _CONNECT_SECONDS) -> None:
        self._server = server
        timeout = urllib3.Timeout(connect=min(connect, seconds), read=seconds)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)
        self._challenge = ""
        self._passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        self._digest = urllib.request.AbstractDigestAuthHandler(self._passwords)

    def close(self) -> None:
        """Close what is kept open."""
        self._pool.clear()

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> BaseHTTPResponse:
        """Send a request, and return its answer as soon as it begins.

        Raises
        ------
        Problem
            `engine-unreachable` where no answer comes. Refused where it is an error.

        """
        given = {"User-Agent": AGENT, **(headers or {})}
        try:
            response = self._once(method, url, body, given)
            challenge = response.headers.get("WWW-Authenticate", "")
            if response.status == 401 and self._server.user and challenge:
                response.drain_conn()
                self._challenge = challenge
                response = self._once(method, url, body, given)
            if response.status >= 300:
                said = response.read(_LONGEST, decode_content=True).decode("utf-8", "replace")
                response.close()
                raise Refused(response.status, " ".join(said.split())[:_TOLD])
        except (HTTPError, OSError) as error:
            raise unreachable(error) from error
        return response

    def _once(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> BaseHTTPResponse:
        """Send a request; once more where a connection that was kept open is closed by now.

        All that is sent leaves the same when it is sent twice.
        """
        authorised = {**headers, **self._authorisation(method, url)}
        ask = partial(
            self._pool.request,
            *(method, url, body or None),
            headers=authorised,
            preload_content=False,
            redirect=False,
        )
        try:
            return ask()
        except ProtocolError:
            return ask()

    def _authorisation(self, method: str, url: str) -> dict[str, str]:
        """Return the header with the credentials, as the server has asked for them."""
        server, (scheme, _, fields) = self._server, self._challenge.partition(" ")
        if server.token:
            return {"Authorization": f"Bearer {server.token}"}
        if scheme.lower() != "digest":
            pair = f"{server.user}:{server.password}"
            return dict(urllib3.make_headers(basic_auth=pair)) if scheme else {}
        self._passwords.add_password(None, url, server.user, server.password)
        asked = urllib.request.Request(url, method=method)  # noqa: S310  (nothing is opened)
        read = urllib.request.parse_keqv_list(urllib.request.parse_http_list(fields))
        return {"Authorization": f"Digest {self._digest.get_authorization(asked, read)}"}

    def query(self, place: Place, pairs: list[tuple[str, str]], accept: str) -> BaseHTTPResponse:
        """Send a query with its dataset; raises as `send`."""
        headers = {"Content-Type": FORM, "Accept": accept}
        return self.send("POST", place.query, urlencode(pairs).encode(), headers)

    def carry_out(self, order: Order) -> None:
        """Send a request that makes or removes a place; raises as `send`."""
        headers = {"Content-Type": order.type} if order.body else {}
        self.send(order.method, order.url, order.body.encode(), headers).drain_conn()


def unreachable(error: Exception) -> Problem:
    """Return the problem of an engine that gives no answer; what it is in detail is logged."""
    return Problem("engine-unreachable", f"the engine does not answer: {type(error).__name__}")


def problem_of(refused: Refused) -> Problem:
    """Return the problem that an error of the server amounts to, for whom the query is of."""
    if refused.status in _BUSY:
        return Problem("engine-unreachable", f"the engine is busy: it answers {refused.status}")
    said = f": {refused.said}" if refused.status in {400, 422} and refused.said else ""
    return Problem("engine-failed", f"the engine answers {refused.status}{said}")
