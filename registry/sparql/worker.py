"""The worker process: one query at a time, on a store opened read-only or held in memory.

Without a store it asks another server, and is the only one that may open sockets.

Forked by `forkserver`. When a query runs too long, takes too much memory or crashes the engine,
the worker is killed and another is forked.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import traceback
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph as ox

from registry import formats
from registry.graphs.jsonld import in_form
from registry.places.wkt import Positions
from registry.problems import Problem
from registry.sandbox import (
    cap_memory,
    harden,
    name_process,
    read_frame,
    write_frame,
)
from registry.sparql import explaining
from registry.sparql.columns import in_order
from registry.sparql.mistakes import explained
from registry.sparql.output import Output, Overflow, Report
from registry.sparql.planner import plan, plan_for_several, plan_near, spelled_out
from registry.sparql.planner.datasets import asked_of
from registry.sparql.planner.statistics import Counts
from registry.sparql.remote import Moved

NAME: Final = "citylinks-query"
"""What `ps -o comm` calls it."""

_UNWRITABLE: Final = "does not support RDF 1.2"
_ARGUMENTS: Final = re.compile(
    r"The custom function (<.*>) requires between \d+ and (\d+) arguments?, but (\d+)", re.DOTALL
)
_FUNCTION: Final = re.compile(r"The custom function (<.*>) is not supported", re.DOTALL)
_XML: Final = frozenset(form.name for form in formats.XML)
_NO_FILE: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS}
)
"""Errors of a file that cannot be written; the engine, too, raises OSError, without these."""

_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


class TooManyTriples(Exception):
    """A dataset that would have to be merged is over the limit."""


_EXCEEDED: Final[dict[type[BaseException], str]] = {
    Overflow: "answer-too-large",
    TooManyTriples: "dataset-too-large",
    MemoryError: "query-memory",
}
"""What is reported of a query that exceeds a limit."""


def run(connection: socket.socket, store: ox.Store | None, path: str) -> None:
    """Report that the process is ready, then answer requests until the connection closes.

    The store at `path` is opened, unless one in memory is given, or none is needed. Where that
    fails the only frame is `{"failed": TRACEBACK}`; the other end logs it, and the process ends.
    """
    # Ctrl-C in a terminal reaches every process; only the server acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    name_process(NAME)
    with connection.makefile("rb") as source, connection.makefile("wb") as target:
        try:
            hardened = harden(sockets=not path)
            opened = store or (ox.Store.read_only(path) if path else ox.Store())
            # The engine's output is discarded: when a query crashes it, it may print the query.
            with Path(os.devnull).open("r+b") as nothing:
                for standard in (0, 1, 2):
                    os.dup2(nothing.fileno(), standard)
        except BaseException:  # a panic of the engine, too, is none of Exception
            write_frame(target, {"failed": traceback.format_exc()})
            return
        write_frame(target, {"hardened": hardened})
        capped = False
        while (frame := read_frame(source)) is not None:
            job = {"store": path, **frame[0]}
            if not capped:
                cap_memory(job["memory"])
                capped = True
            # The server kills at the deadline; where it is gone, the kernel does, a second later.
            signal.setitimer(signal.ITIMER_REAL, job["seconds"] + 1)
            report = partial(write_frame, target)
            header, payload = _answer(opened, frame[1].decode(), job, report)
            signal.setitimer(signal.ITIMER_REAL, 0)
            write_frame(target, header, payload)


def _answer(
    store: ox.Store, query: str, job: dict[str, Any], report: Report
) -> tuple[dict[str, Any], bytes]:
    """Evaluate one query; return a header (the problem, if any) and the answer, if it is short."""
    try:
        return _evaluate(store, query, job, report)
    except BaseException as error:  # a panic of the engine, too, is none of Exception
        return _problem(error), b""


def _problem(error: BaseException) -> dict[str, Any]:
    """Return the header that reports why there is no answer."""
    if isinstance(error, SyntaxError):
        return {"problem": "query-syntax", **syntax(error.msg)}
    if isinstance(error, Problem):
        return {"problem": error.name, "detail": error.detail}
    if isinstance(error, Moved):
        detail = "the engine has loaded another release meanwhile"
        return {"problem": "engine-unreachable", "detail": detail, "moved": True}
    if isinstance(error, OSError) and error.errno in _NO_FILE:
        return {"problem": "unwritable", "detail": "there is no room for so long an answer"}
    named = next((name for kind, name in _EXCEEDED.items() if isinstance(error, kind)), None)
    return {"problem": named} if named else engine_problem(f"{type(error).__name__}: {error}")


def syntax(message: str) -> dict[str, Any]:
    """Split the engine's message into line, column and detail.

    >>> syntax("error at 2:7: expected WHERE")
    {'line': 2, 'column': 7, 'detail': 'expected WHERE'}
    """
    match = _PLACE.fullmatch(message)
    if not match:
        return {"detail": message}
    return {"line": int(match[1]), "column": int(match[2]), "detail": _shorten(match[3])}


def engine_problem(message: str) -> dict[str, Any]:
    """Return the problem that an error of the engine amounts to.

    >>> engine_problem("OSError: JSON-LD does not support RDF 1.2 yet")["problem"]
    'not-acceptable'
    >>> engine_problem("The custom function <http://example.org/f> is not supported")
    {'problem': 'unknown-function', 'detail': 'there is no function <http://example.org/f>'}
    >>> asked = "The custom function <urn:f> requires between 1 and 1 arguments, but 2 were given"
    >>> engine_problem(asked)["detail"]
    '<urn:f> takes 1 argument, not 2'
    """
    if _UNWRITABLE in message:
        return {"problem": "not-acceptable", "detail": message.partition(": ")[2]}
    if match := _ARGUMENTS.search(message):
        detail = f"{match[1]} takes {match[2]} argument, not {match[3]}"
        return {"problem": "unknown-function", "detail": detail}
    match = _FUNCTION.search(message)
    if not match:
        return {"problem": "internal", "detail": message}
    return {"problem": "unknown-function", "detail": f"there is no function {match[1]}"}


def _shorten(expected: str, limit: int = 300) -> str:
    """Shorten a long list of expected tokens."""
    line = " ".join(expected.split())
    return line if len(line) <= limit else line[:limit].rsplit(",", 1)[0] + ", …"


def _evaluate(
    store: ox.Store, query: str, job: dict[str, Any], report: Report
) -> tuple[dict[str, Any], bytes]:
    """Run the query on its dataset; what is wrong with it is told in words."""
    try:
        return _run(store, query, job, report) if job["store"] else _ask(query, job, report)
    except SyntaxError as error:
        raise explained(query, error) from error


def _run(
    store: ox.Store, query: str, job: dict[str, Any], report: Report
) -> tuple[dict[str, Any], bytes]:
    """Run the query on its dataset and write the answer in its format.

    The header says where the planner gave up, and what it mends may deviate from the standard.
    """
    dataset = job["dataset"]
    options: dict[str, Any] = {"base_iri": job["base"] or None}
    query = in_order(_readable(query, options["base_iri"]), options["base_iri"])
    planned, counts = None, Counts.beside(job["store"])
    if dataset is None:
        near = plan_near(query, store, partial(Positions.beside, job["store"]))
        planned = near or plan(query, counts)
    else:
        default, named = dataset["default"], dataset["named"]
        options["default_graph"] = [ox.NamedNode(iri) for iri in default]
        options["named_graphs"] = [ox.NamedNode(iri) for iri in named]
        if len(default) > 1:
            asked = asked_of(query, default, named, counts) if counts else None
            planned = asked.planned if asked else plan_for_several(query)
            if asked:
                options["default_graph"] = [ox.DefaultGraph()]
                options["named_graphs"] = [ox.NamedNode(iri) for iri in asked.named]
            elif planned is None:
                store = _merged(store, default, named, job["merge"])
                options["default_graph"] = [ox.DefaultGraph()]
    planned = planned or plan(query)
    header = {"as_written": True} if planned.given_up else {}
    if job["format"] == formats.EXPLANATION.name:
        return header, explaining.explained(store, planned, options, job["seconds"], counts)
    results = store.query(planned.text, **options)
    out = Output(job["answer"], job["spool"], job["format"] in _XML, report, header)
    _write(results, job["format"], out)
    return out.close()


def _ask(query: str, job: dict[str, Any], report: Report) -> tuple[dict[str, Any], bytes]:
    """Have another server answer the query, and write the answer in its format."""
    # Imported late: it brings a client of HTTP along, which no other worker needs.
    from registry.sparql.remote.asking import Asked, Request

    base = job["base"] or None
    asked = Request(in_order(_readable(query, base), base), job)
    header = {"as_written": True} if asked.given_up else {}
    out = Output(job["answer"], job["spool"], job["format"] in _XML, report, header)
    with Asked(asked) as place:
        _write(place.results(), job["format"], out)
    return out.close()


def _write(results: Any, name: str, out: Output) -> None:
    """Write an answer in the format of a name."""
    target = cast("IO[bytes]", out)
    if not isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        form = next(one for one in formats.TRIPLES if one.name == name)
        if form.profile:
            target.write(in_form(formats.serialise(results, formats.JSONLD), form))
        else:
            formats.write_into(target, results, form)
    else:
        results.serialize(target, formats.RESULTS[name])


def _readable(query: str, base: str | None) -> str:
    """Return a query as the engine reads it; what is no SPARQL is refused as it was written."""
    try:
        ox.Store().query(query, base_iri=base)
    except SyntaxError:
        spelled = spelled_out(query)
        if spelled is None:
            raise
        return spelled
    return query


def _merged(store: ox.Store, default: list[str], named: list[str], limit: int) -> ox.Store:
    """Merge several default graphs into a store in memory (SPARQL 1.1, section 13.2)."""
    merged, count = ox.Store(), 0
    for iri in {*default, *named}:
        for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(iri)):
            count += 1
            if count > limit:
                raise TooManyTriples
            if iri in named:
                merged.add(quad)
            if iri in default:
                merged.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    return merged
