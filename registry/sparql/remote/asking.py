"""Asks a place, in a worker: an answer is read to its end before anybody takes it for whole.

What the server sends is parsed and written anew, so that formats, limits and the smallest faults
are those of the embedded engine, whatever the server can write. After the answer the place says
once more which release it holds: one that is being loaded anew meanwhile has answered nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import IO, Any, Final, cast

import pyoxigraph as ox
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from registry.problems import Problem
from registry.sparql.guards import without_dataset
from registry.sparql.planner import plan, plan_for_several
from registry.sparql.planner.datasets import asked_of
from registry.sparql.planner.statistics import Counts
from registry.sparql.remote import Moved
from registry.sparql.remote.dialects import as_answered, as_asked
from registry.sparql.remote.http import Connection, Refused, problem_of, unreachable
from registry.sparql.remote.servers import (
    DEFAULT,
    HOLDS,
    LOAD,
    PLACE,
    Place,
    Server,
    dataset_of,
    server_of,
)

_RESULTS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_TRIPLES: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_GRAPHS: Final = frozenset({"CONSTRUCT", "DESCRIBE"})
_CUT: Final = ("X-SQL-State", "X-SPARQL-MaxRows")
"""Headers by which Virtuoso tells that an answer is a part."""


class _Body:
    """The body of an answer as a file; keeps the error that reading met."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        self.error: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Read a part."""
        try:
            return self._response.read(None if size < 0 else size, decode_content=True)
        except (HTTPError, OSError) as error:
            self.error = error
            raise


class Request:
    """A query as the server gets it, and its dataset, which takes the place of FROM.

    `given_up` is set where what the server is known to do otherwise is not mended.
    """

    def __init__(self, query: str, job: Mapping[str, Any]) -> None:
        server = server_of(job["engine"])
        assert server
        self.server, self.place = server, Place(**job["place"])
        self.version, self.form, self.seconds = job["version"], job["form"], job["seconds"]
        self.default, self.named = tuple(job["dataset"]["default"]), tuple(job["dataset"]["named"])
        self.given_up = False
        text = without_dataset(self._planned(query, Counts.beside(job["beside"])))
        self.text = as_asked(server.kind, text)
        if job["base"]:
            self.text = f"BASE <{job['base']}>\n{self.text}"

    def _planned(self, query: str, counts: Counts | None) -> str:
        """Return the query as the server should run it.

        Some count a triple of two default graphs twice, which no dataset of ours should show.
        """
        is_ours = self.server.kind == "oxigraph"
        if len(self.default) > 1:
            asked = (
                asked_of(query, self.default, self.named, counts) if is_ours and counts else None
            )
            if asked:
                self.default, self.named = (DEFAULT,), asked.named
            planned = asked.planned if asked else plan_for_several(query)
            if planned:
                return planned.text
            if self.server.kind:
                detail = "the engine counts what several default graphs have more than once"
                raise Problem("engine-failed", detail)
            return query
        if not is_ours:
            return query
        planned = plan(query, counts)
        self.given_up = planned.given_up
        return planned.text


class Asked:
    """A query to the place of a release, and its answer; closed by the end of `with`."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._connection = _connection(request.server, request.seconds + 1)
        self._body: _Body | None = None

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Explain an error, and see that the place has not been loaded anew meanwhile."""
        body = self._body
        if isinstance(error, Problem):
            return
        if isinstance(error, Refused):
            self._check()
            raise problem_of(error) from error
        if body and body.error:
            raise Problem("engine-failed", "the engine broke off its answer") from body.error
        if isinstance(error, (SyntaxError, ValueError)):
            raise Problem(
                "engine-failed", f"the engine's answer cannot be read: {error}"
            ) from error
        if error is None:
            self._check()

    def _check(self) -> None:
        """Raise `Moved` where the place no longer says that it holds the release."""
        version, load = self._request.version, self._request.place.load
        says = f'<{PLACE}> <{HOLDS}> "{version}" ; <{LOAD}> "{load}"'
        text = f"ASK {{ GRAPH <{PLACE}> {{ {says} }} }}"
        pairs = [("query", text), *dataset_of((), (PLACE,))]
        try:
            response = self._connection.query(self._request.place, pairs, ", ".join(_RESULTS))
            found = ox.parse_query_results(response.read(), _kind_of(response, _RESULTS))
        except Refused as error:
            raise Moved if error.status == 404 else problem_of(error) from error
        except (HTTPError, OSError) as error:
            raise unreachable(error) from error
        except (SyntaxError, ValueError) as error:
            raise Problem("engine-failed", "the engine does not say what it holds") from error
        if not (isinstance(found, ox.QueryBoolean) and bool(found)):
            raise Moved

    def results(self) -> Any:
        """Send the query; return its answer, which is read as it is written elsewhere."""
        asked = self._request
        pairs = [("query", asked.text), *dataset_of(asked.default, asked.named)]
        wanted: dict[str, Any] = _TRIPLES if asked.form in _GRAPHS else _RESULTS
        accept = ", ".join(f"{name};q={1 - at / 4:g}" for at, name in enumerate(wanted))
        response = self._connection.query(asked.place, pairs, accept)
        if cut := next((name for name in _CUT if name in response.headers), None):
            raise Problem("engine-failed", f"the engine answers a part ({cut}): its limit is lower")
        self._body = _Body(response)
        kind = _kind_of(response, wanted)
        source = as_answered(asked.server.kind, cast("IO[bytes]", self._body))
        if wanted is _RESULTS:
            return ox.parse_query_results(source, kind)
        if response.version < 11 and "Content-Length" not in response.headers:
            raise Problem("engine-failed", "the engine does not say where its answer ends")
        return _triples(source, kind)


@lru_cache(maxsize=4)
def _connection(server: Server, seconds: float) -> Connection:
    """Keep the connection to a server; a worker asks one query at a time."""
    return Connection(server, seconds)


def _triples(source: IO[bytes], kind: ox.RdfFormat) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(source, kind))


def _kind_of(response: BaseHTTPResponse, known: dict[str, Any]) -> Any:
    """Return the format of an answer; ValueError where it is none of those asked for."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in known:
        raise ValueError(f"it is of type {media_type or 'nothing'}")
    return known[media_type]
