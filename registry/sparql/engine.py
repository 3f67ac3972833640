"""The engine behind the endpoint: embedded workers, or another SPARQL 1.1 endpoint."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.error import URLError

from registry import formats
from registry.formats import Format
from registry.problems import Problem
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.sandbox import Reply
from registry.settings import Settings
from registry.sparql.admission import ANONYMOUS, Client
from registry.sparql.deviations import DEVIATIONS, OF_SERVERS
from registry.sparql.full_text import HOW, searching, with_things
from registry.sparql.guards import Outline, outline
from registry.sparql.pool import Pool, reported
from registry.sparql.query_log import entry
from registry.sparql.remote.elsewhere import Elsewhere
from registry.sparql.remote.servers import server_of
from registry.sparql.spool import Spool
from registry.sparql.tokens import offset, position

QUAD_BYTES: Final = 330
"""Bytes of a quad in a store in memory, as measured on a million triples."""

_SPOOL: Final = "spool"
"""The folder of a workspace for the files of long answers; each is open, and has no name."""

_EXPIRED: Final = 2
"""How many times its deadline after its last write nobody opens a file of a long answer."""

_PROBE: Final = "SELECT ?g { GRAPH ?g {} FILTER EXISTS { GRAPH ?g { ?s ?p ?o } } }"
"""Names the graphs that are not empty, by one look into each."""

_PROBE_ELSEWHERE: Final = "ASK { ?s ?p ?o }"

_LOG: Final = logging.getLogger("citylinks")


@dataclass(frozen=True)
class Query:
    """A query and the dataset that the request names, which wins over the query's own.

    `base` is the address that it was sent to, to which its IRIs may be relative.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer, in a format, from a release (empty where another endpoint gave it).

    `deviations` are those from the standard that the query meets.

    A long one is still being written.
    """

    written: bytes | Spool
    format: Format
    release: str
    deviations: tuple[str, ...] = ()

    @property
    def parts(self) -> Iterable[bytes]:
        """The answer in parts, as they are written; Problem where a long one breaks off."""
        return [self.written] if isinstance(self.written, bytes) else self.written

    @property
    def body(self) -> bytes:
        """The whole answer; Problem where a long one breaks off."""
        return b"".join(self.parts)


@dataclass(frozen=True)
class Call:
    """The client, and a limit for the answer (bytes) other than that of the settings.

    An answer with a limit of its own is whole when it is returned.
    """

    client: Client
    limit: int | None = None


class Engine(Protocol):
    """An engine answers queries; as a context manager it frees its workers at the end."""

    def answer(self, query: Query, wanted: str | None) -> Answer:
        """Answer in the format of that name (None = the first that fits the query's form)."""

    def __enter__(self) -> Engine: ...

    def __exit__(self, *_: object) -> None: ...


def formats_for(form: str) -> tuple[Format, ...]:
    """List the formats that the answer to a query of this form can have."""
    if form in {"CONSTRUCT", "DESCRIBE"}:
        return formats.TRIPLES
    return formats.BOOLEANS if form == "ASK" else formats.SOLUTIONS


def format_for(form: str, wanted: str | None) -> Format:
    """Choose a format by name; `not-acceptable` where the query's form has no such answer."""
    if wanted == formats.EXPLANATION.name:
        return formats.EXPLANATION
    offered = formats_for(form)
    found = formats.by_name(offered, wanted) if wanted else offered[0]
    if found is None:
        allowed = [f.name for f in offered]
        raise Problem(
            "not-acceptable",
            f"{form} cannot be answered as {wanted}, but as {', '.join(allowed)}",
            allowed=allowed,
        )
    return found


class Embedded:
    """Workers of our own, on a release of the workspace or on the server that a setting names."""

    def __init__(self, settings: Settings, shelf: Shelf, pool: Pool) -> None:
        self.settings, self.shelf, self.pool = settings, shelf, pool
        self.fixed: str | None = None
        self.spool = settings.home / _SPOOL
        server = server_of(settings.engine)
        self.elsewhere = Elsewhere(settings.engine, server) if server else None

    def __enter__(self) -> Embedded:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close()

    @property
    def kind(self) -> str:
        """The kind of the engine that answers: `embedded`, or that of a server; empty = unknown."""
        return self.elsewhere.server.kind if self.elsewhere else "embedded"

    def start(self) -> None:
        """Start the workers; before the first publish there is nothing to start."""
        self._remove_leftovers()
        if self.shelf.workspace.current() is not None:
            release = self.shelf.current()
            store = "" if self.elsewhere else release.store_address
            self.pool.start(store, self._belongs_in_memory(release))

    def _remove_leftovers(self) -> None:
        """Remove the files of long answers whose readers were killed before they opened them."""
        before = time.time() - _EXPIRED * self.settings.query_seconds
        for path in self.spool.glob("*"):
            with suppress(OSError):  # Another process may be removing it, too.
                if path.stat().st_mtime < before:
                    path.unlink()

    def _belongs_in_memory(self, release: Release) -> bool:
        """Whether a release's store should be in memory: only the current one, if it fits."""
        if self.elsewhere:
            return False
        copies = 1 + self.settings.processes * self.pool.size
        fits = release.quads * QUAD_BYTES * copies <= self.settings.store_memory
        return fits and self.shelf.latest == release.version

    def answer(self, query: Query, wanted: str | None) -> Answer:
        """Answer from the current release, or from the one that `fixed` names."""
        release = self.shelf.named(self.fixed) if self.fixed else self.shelf.current()
        seen = outline(query.text, self.settings, query.base)
        return self.evaluate(release, query, seen, format_for(seen.form, wanted))

    def evaluate(
        self, release: Release, query: Query, seen: Outline, form: Format, call: Call | None = None
    ) -> Answer:
        """Evaluate a query, whose outline has been read, on a release."""
        if self.elsewhere and form is formats.EXPLANATION:
            raise Problem("not-acceptable", "this engine does not explain how it runs a query")
        with entry(
            query.text, release.version, seen.form, self.settings.young_seconds
        ) as log_entry:
            limit = (call and call.limit) or self.settings.answer_bytes
            job = self._job(release, query, seen, form, limit)
            if not (call and call.limit):
                job["spool"] = str(self.spool)
            client = call.client if call else ANONYMOUS
            text = with_things(seen.text, searching(release), query.base)
            reply = self._ask(release, job, text, client)
            if text != seen.text and _is_misread(reply):
                # What is wrong stands at another place in the query as it was written.
                reply = self._ask(release, job, seen.text, client)
                if not _is_misread(reply):
                    raise Problem("query-syntax", f"cl:matches cannot stand here; {HOW}")
            if isinstance(reply, Spool):
                log_entry.follow(reply)
                return Answer(reply, form, release.version, self._met(seen, reply))
            if "problem" in reply.header:
                raise reported(
                    _with_original_position(reply.header, query, seen), self.settings, limit
                )
            log_entry.bytes = len(reply.payload)
            return Answer(reply.payload, form, release.version, self._met(seen, reply))

    def _ask(
        self, release: Release, job: dict[str, Any], query: str, client: Client
    ) -> Reply | Spool:
        """Have a worker evaluate a query; once more where another place has the release by now."""
        if self.elsewhere is None:
            return self.pool.ask(job, query, client)
        version, current = release.version, self.shelf.latest
        for _ in range(2):
            place = self.elsewhere.place_of(version, current)
            reply = self.pool.ask({**job, "place": vars(place)}, query, client)
            if isinstance(reply, Spool) or "moved" not in reply.header:
                break
            self.elsewhere.forget(version)
            current = version  # It was there a moment ago, so its reader may ask again.
        return reply

    def _met(self, seen: Outline, reply: Reply | Spool) -> tuple[str, ...]:
        """Return the deviations that an answer has; those of most servers are not known."""
        known = OF_SERVERS.get(self.kind, ())
        if known is DEVIATIONS:
            return seen.deviations.of("as_written" in reply.header)
        return tuple(one.name for one in known)

    def check_dataset(self, release: Release, query: Query, seen: Outline) -> None:
        """Raise `unknown-graph` where a query's dataset names a graph that a release lacks."""
        _dataset(release, query, seen)

    def probe(self, release: Release) -> None:
        """Have a new worker look into every graph of a release, past the queue.

        Another server is asked whether it holds the release, and whether its default graph has
        anything.

        Raises
        ------
        Problem
            `internal` when the process does not start, or its store cannot be read or lacks a
            graph that the manifest lists; `engine-unreachable` or `engine-failed` of another
            server.

        """
        if self.elsewhere:
            self._probe_elsewhere(release, self.elsewhere)
            return
        form = format_for("SELECT", formats.RESULTS_CSV.name)
        seen = outline(_PROBE, self.settings)
        reply = self.pool.probe(
            self._job(release, Query(_PROBE), seen, form, self.settings.answer_bytes), _PROBE
        )
        if "problem" in reply.header:
            raise reported(reply.header, self.settings, self.settings.answer_bytes)
        found = set(reply.payload.decode().split()[1:])
        for listed in release.manifest.all_graphs():
            if listed.triples and listed.graph not in found:
                raise Problem("internal", f"the store lacks <{listed.graph}>")

    def _probe_elsewhere(self, release: Release, elsewhere: Elsewhere) -> None:
        """Have a new worker ask another server."""
        elsewhere.forget(release.version)
        place = elsewhere.place_of(release.version, release.version)
        seen = outline(_PROBE_ELSEWHERE, self.settings)
        form = format_for(seen.form, None)
        job = self._job(release, Query(seen.text), seen, form, self.settings.answer_bytes)
        reply = self.pool.probe({**job, "place": vars(place)}, seen.text)
        if "problem" in reply.header:
            raise reported(reply.header, self.settings, self.settings.answer_bytes)
        if b"true" not in reply.payload:
            raise Problem("engine-failed", "the default graph of the engine is empty")

    def _job(
        self, release: Release, query: Query, seen: Outline, form: Format, limit: int
    ) -> dict[str, Any]:
        """Return the job for a worker: what to do, and within which limits."""
        asked = _dataset(release, query, seen)
        return {
            "store": "" if self.elsewhere else release.store_address,
            **(self.elsewhere.job(release, seen) if self.elsewhere else {}),
            "loaded": self._belongs_in_memory(release),
            "memory": self.settings.query_memory,
            "seconds": self.settings.query_seconds,
            "answer": limit,
            "spool": "",
            "merge": self.settings.merge_triples,
            "dataset": self.elsewhere.dataset(release, asked) if self.elsewhere else asked,
            "format": form.name,
            "base": query.base,
        }


def _is_misread(reply: Reply | Spool) -> bool:
    """Whether the engine could not read a query."""
    return isinstance(reply, Reply) and reply.header.get("problem") == "query-syntax"


def _dataset(release: Release, query: Query, seen: Outline) -> dict[str, list[str]] | None:
    """Return a query's dataset: the request's, else its own, else None for all graphs."""
    if query.default_graphs or query.named_graphs:
        default, named = query.default_graphs, query.named_graphs
    elif seen.has_dataset:
        default, named = seen.default_graphs, seen.named_graphs
    else:
        return None
    known = {entry.graph for entry in release.manifest.all_graphs()}
    for graph in (*default, *named):
        if graph not in known:
            raise Problem("unknown-graph", f"<{graph}> is not a graph of release {release.version}")
    return {"default": sorted(set(default)), "named": sorted(set(named))}


def _with_original_position(header: dict[str, Any], query: Query, seen: Outline) -> dict[str, Any]:
    """Translate a position in the text the engine read into one in the query as sent."""
    if "line" not in header:
        return header
    line, column = position(query.text, offset(seen.text, header["line"], header["column"]))
    return {**header, "line": line, "column": column}


class Remote:
    """Another SPARQL 1.1 endpoint, queried with SPARQLWrapper."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def answer(self, query: Query, wanted: str | None) -> Answer:
        """Send the query on; the answer is returned as the endpoint wrote it.

        Raises
        ------
        Problem
            `query-syntax` when the endpoint says so; ConnectionError when it fails.

        """
        # Imported late: it brings rdflib along, which no worker needs.
        from SPARQLWrapper import SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

        seen = outline(query.text, self.settings)
        form = format_for(seen.form, wanted)
        if form is formats.EXPLANATION:
            raise Problem("not-acceptable", "another endpoint does not explain its queries")
        remote = SPARQLWrapper(self.url)
        remote.setQuery(query.text)
        remote.setMethod("POST")
        remote.setOnlyConneg(True)
        for graph in query.default_graphs:
            remote.addParameter("default-graph-uri", graph)
        for graph in query.named_graphs:
            remote.addParameter("named-graph-uri", graph)
        remote.setTimeout(int(self.settings.query_seconds) + 1)
        remote.addCustomHttpHeader("Accept", form.media_type)
        try:
            response = remote.query().response
            body = response.read()
        except QueryBadFormed as error:
            raise Problem("query-syntax", str(error)) from error
        except (SPARQLWrapperException, URLError, OSError) as error:
            raise ConnectionError(f"{self.url} did not answer: {error}") from error
        return Answer(body, form, response.info().get("Citylinks-Release", ""))


def engine_for(
    settings: Settings, workspace: Workspace, release: str | None, endpoint: str | None
) -> Engine:
    """Return the engine for the options of the command line."""
    if endpoint:
        return Remote(endpoint, settings)
    engine = Embedded(settings, Shelf(workspace), Pool(settings))
    engine.fixed = release
    return engine
