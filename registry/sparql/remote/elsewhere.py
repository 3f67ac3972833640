"""Another server as a web process sees it: where a release is, and what a worker has to know."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import IO, Any, Final, cast
from uuid import uuid4

import pyoxigraph as ox

from registry.problems import Problem
from registry.releases.reading import Release
from registry.sparql.guards import Outline
from registry.sparql.remote.dialects import as_answered
from registry.sparql.remote.http import NTRIPLES, Connection, Refused, problem_of
from registry.sparql.remote.servers import (
    DEFAULT,
    HOLDS,
    LOAD,
    PLACE,
    SHA256,
    TRIPLES,
    Place,
    Server,
    dataset_of,
)

_SECONDS: Final = 10.0
"""Seconds in which a place says what it holds."""

_JSON: Final = "application/sparql-results+json"
_SAYS: Final = f"SELECT ?s ?p ?o {{ GRAPH <{PLACE}> {{ ?s ?p ?o }} }}"
_LOG: Final = logging.getLogger("citylinks")


def rows(connection: Connection, place: Place, query: str, *graphs: str) -> list[dict[str, str]]:
    """Ask a place a query of ours on some named graphs; return the solutions as text.

    Raises
    ------
    Problem
        `engine-unreachable` or `engine-failed`. Refused where it answers with an error.

    """
    pairs = [("query", query), *dataset_of((), graphs)]
    response = connection.query(place, pairs, _JSON)
    try:
        found = ox.parse_query_results(response.read(), ox.QueryResultsFormat.JSON)
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        return [
            {name: value.value for name, value in zip(names, row, strict=True)} for row in found
        ]
    except Exception as error:
        raise Problem("engine-failed", "what the engine answers cannot be read") from error


def triples(connection: Connection, kind: str, place: Place, query: str, graph: str) -> list[bytes]:
    """Ask a place a CONSTRUCT of ours on a named graph; return its lines of N-Triples.

    Raises
    ------
    Problem
        `engine-unreachable` or `engine-failed`. Refused where it answers with an error.

    """
    pairs = [("query", query), *dataset_of((), (graph,))]
    response = connection.query(place, pairs, NTRIPLES)
    try:
        found = ox.parse(as_answered(kind, cast("IO[bytes]", response)), ox.RdfFormat.N_TRIPLES)
        return [f"{quad.triple} .".encode() for quad in found]
    except Exception as error:
        raise Problem("engine-failed", "what the engine answers cannot be read") from error


class Record:
    """What a place says of itself: the release that it holds, and graphs by hash of content.

    A graph that is being loaded has no hash. `held` is None while a release is loaded, `merged` is
    how many triples the default graph has. Each load has a name of its own, so that a release that
    comes back is not taken for never having gone.
    """

    def __init__(
        self, held: str | None, graphs: dict[str, str], merged: int = 0, load: str = ""
    ) -> None:
        self.held, self.graphs, self.merged = held, graphs, merged
        self.load = load or uuid4().hex

    @staticmethod
    def of(connection: Connection, place: Place) -> Record | None:
        """Ask a place; None where there is no such place."""
        try:
            found = rows(connection, place, _SAYS, PLACE)
        except Refused as error:
            if error.status != 404:
                raise problem_of(error) from error
            return None
        said = {row["p"]: row["o"] for row in found}
        graphs = {row["s"]: row["o"] for row in found if row["p"] == SHA256}
        merged = int(said.get(TRIPLES, 0))
        held = said.get(HOLDS) if LOAD in said else None
        return Record(held, graphs, merged, said.get(LOAD, ""))

    def lines(self) -> bytes:
        """Write it as N-Triples."""
        lines = [f'<{graph}> <{SHA256}> "{found}" .\n' for graph, found in self.graphs.items()]
        held = [f'<{PLACE}> <{HOLDS}> "{self.held}" .\n'] if self.held else []
        held.append(f'<{PLACE}> <{LOAD}> "{self.load}" .\n')
        merged = f'<{DEFAULT}> <{TRIPLES}> "{self.merged}" .\n'
        return "".join([*lines, *held, merged]).encode()


class Elsewhere:
    """A server, and the places in which releases were found; any number of threads may use it."""

    def __init__(self, setting: str, server: Server) -> None:
        self.setting, self.server = setting, server
        self._found: dict[str, Place] = {}
        self._lock = threading.Lock()

    def place_of(self, version: str, current: str | None) -> Place:
        """Return the place of a release.

        Raises
        ------
        Problem
            `not-found` for an earlier release that no place holds, `engine-unreachable` for the
            current one, and where no place says what it holds.

        """
        if found := self._found.get(version):
            return found
        with self._lock:
            found = self._found.get(version) or self._look(version)
        if found is None and version != current:
            raise Problem("not-found", f"the engine does not keep release {version}")
        if found is None:
            raise Problem("engine-unreachable", f"the engine does not hold release {version} yet")
        self._found[version] = found
        return found

    def _look(self, version: str) -> Place | None:
        """Ask all places in which a release may be; one that fails does not hide the others."""
        connection, trouble = Connection(self.server, _SECONDS), None
        try:
            for place in self.server.places_of(version):
                try:
                    record = Record.of(connection, place)
                    if record and record.held == version:
                        return replace(place, load=record.load)
                except Problem as problem:
                    _LOG.warning("%s: %s", place.query, problem)
                    trouble = problem
        finally:
            connection.close()
        if trouble:
            raise trouble
        return None

    def forget(self, version: str) -> None:
        """Look for a release anew when it is asked next."""
        self._found.pop(version, None)

    def job(self, release: Release, seen: Outline) -> dict[str, Any]:
        """Return what a worker needs besides the query, its limits and the place."""
        return {
            "engine": self.setting,
            "version": release.version,
            "form": seen.form,
            "beside": release.store_address,
        }

    def dataset(self, release: Release, asked: dict[str, list[str]] | None) -> dict[str, list[str]]:
        """Return the dataset of a query; without one of its own, it is all of the release."""
        if asked:
            return asked
        named = [entry.graph for entry in release.manifest.all_graphs()]
        return {"default": [DEFAULT], "named": named}
