"""The SPARQL endpoint (SPARQL 1.1 Protocol): queries, the service description, and an editor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, g, render_template, request

from registry import formats
from registry.formats import Format
from registry.problems import Problem
from registry.saved_queries import SavedQuery
from registry.settings import Settings
from registry.sparql import protocol
from registry.sparql.description import describe
from registry.sparql.deviations import OF_SERVERS
from registry.sparql.engine import Query, formats_for
from registry.sparql.guards import Outline, outline
from registry.sparql.jobs import Question
from registry.sparql.spool import Spool
from registry.web import bodies
from registry.web.context import (
    call,
    kept_release,
    languages,
    licence,
    meet,
    origin,
    parts,
    release,
)
from registry.web.language import word
from registry.web.negotiation import Resource, Variant, as_sent, choose, names_any, respond
from registry.web.operation import IRI, LIMITS, VERSION, Json, Operation, Parameter
from registry.web.results import shown
from registry.web.routes import jobs
from registry.web.saved_query_results import queries, shipped_queries

routes = Blueprint("sparql", __name__)

_FIRST: Final = "twins-of-a-city"
"""The saved query that the editor shows at first."""


_ANSWER: Final = (*formats.SOLUTIONS, *formats.TRIPLES, formats.HTML)
_GRAPHS: Final[Json] = {"type": "array", "items": IRI}
_DATASET: Final = (
    Parameter("default-graph-uri", "graphs that are merged into the default graph", _GRAPHS),
    Parameter("named-graph-uri", "named graphs of the dataset", _GRAPHS),
    Parameter(
        "format",
        "the format by its name; it wins over Accept",
        {"enum": [form.name for form in _ANSWER]},
        empty=True,
    ),
)
_EXPLAIN: Final = Parameter(
    "explain",
    "1 = how the query is run instead of its answer, as a page or JSON",
    {"enum": ["1", "0"]},
    empty=True,
)
_RELEASE: Final = Parameter("release", VERSION.description, empty=True)


def _query(settings: Settings) -> Parameter:
    limit = settings.query_bytes
    schema = {"type": "string", "maxLength": limit, "description": f"SPARQL 1.1, {limit} bytes"}
    return Parameter("query", "the query", schema, "ASK { }")


def _body(settings: Settings) -> Json:
    """Describe both ways to send a query by POST (SPARQL 1.1 Protocol, section 2.1)."""
    query, example = _query(settings), "ASK { }"
    form = bodies.form((query, _EXPLAIN, *_DATASET, _RELEASE), {"query": example}, ["query"])
    return {protocol.FORM: form, protocol.QUERY: {"schema": query.schema, "example": example}}


_GET: Final = Operation(
    "Answer a query; without one, describe the service",
    "sparql",
    _ANSWER,
    (_query, _EXPLAIN, _RELEASE, *_DATASET, jobs.PREFER),
    refuses=(
        *("query-syntax", "query-too-deep", "unknown-graph", "unknown-function"),
        *("service-refused", "update-refused", "query-too-large", "not-found", *LIMITS),
    ),
    statuses=(202,),
    lenient=True,
)
_POST: Final = replace(
    _GET,
    summary="Answer a query that is too long for an address",
    parameters=(_EXPLAIN, _RELEASE, *_DATASET, jobs.PREFER),
    refuses=(*_GET.refuses, "unsupported-type"),
    takes=_body,
)


@routes.get("/sparql")
@_GET
def ask() -> Response:
    """Answer a query, or describe the service."""
    return _of_release("")


@routes.post("/sparql")
@_POST
def ask_by_post() -> Response:
    """Answer a query that is sent as the body, or in a form."""
    return _of_release("")


@routes.get("/release/<version>/sparql")
@replace(
    _GET,
    summary="Ask one release a query; without one, describe the service",
    parameters=(_query, _EXPLAIN, VERSION, *_DATASET, jobs.PREFER),
)
def ask_release(version: str) -> Response:
    """Answer a query from a release, or describe its service."""
    return _of_release(version)


@routes.post("/release/<version>/sparql")
@replace(
    _POST,
    summary="Ask one release a query that is too long for an address",
    parameters=(_EXPLAIN, VERSION, *_DATASET, jobs.PREFER),
)
def ask_release_by_post(version: str) -> Response:
    """Answer a query from a release."""
    return _of_release(version)


def _of_release(wanted: str) -> Response:
    """Answer from the release wanted, else the one that the request asks for, else the current."""
    asked = _read()
    if chosen := wanted or asked.release:
        g.release = kept_release(chosen)
    path = f"/release/{chosen}/sparql" if chosen else "/sparql"
    if asked.query is None:
        return _description(path, asked.formats)
    return _respond(asked.query, asked.formats, asked.explain)


def _read() -> protocol.Request:
    """Read the query; a body is read as it is, never decompressed."""
    body, charset = b"", request.mimetype_params.get("charset", "utf-8")
    if request.method == "POST":
        with bodies.limited_query():
            body = request.get_data(cache=False)
        if (coding := request.headers.get("Content-Encoding", "identity")) != "identity":
            raise Problem("unsupported-type", f"a body encoded as {coding} is not read here")
    return protocol.read(request.method, request.mimetype, request.query_string, body, charset)


def _respond(query: Query, named: Sequence[str], explain: bool) -> Response:
    """Answer a query; an answer that may differ each time has no ETag and is not cached."""
    seen = outline(query.text, parts().settings)
    if seen.relative:
        query = replace(query, base=f"{origin()}{request.path}")
        seen = outline(query.text, parts().settings, query.base)
    if explain:
        return _explain(query, seen, named)
    tag = release().version + repr(query)
    path = _path_and_query()
    variants = [
        Variant(form, path and f"{path}&format={form.name}", partial(_evaluate, query, seen, form))
        for form in formats_for(seen.form)
    ]
    page = partial(_result_page, query, seen)
    variants.append(Variant(formats.HTML, path and f"{path}&format=html", page))
    form = _format_parameter(variants, named)
    if jobs.is_preferred():
        return _start_job(query, seen, form)
    return respond(Resource(tuple(variants), "" if seen.volatile else tag, form, lasting=True))


def _start_job(query: Query, seen: Outline, form: Format | None) -> Response:
    """Start the job of a query, and say where it is; one for a page has the first format."""
    offered = formats_for(seen.form)
    wanted = form or choose(request.headers.get("Accept"), (*offered, formats.HTML))
    if wanted is None:
        allowed = [one.media_type for one in offered]
        raise Problem("not-acceptable", f"offered: {', '.join(allowed)}", allowed=allowed)
    parts().engine.check_dataset(release(), query, seen)
    chosen = wanted if wanted in offered else offered[0]
    question = Question(
        release().version,
        query.text,
        chosen.name,
        query.base,
        query.default_graphs,
        query.named_graphs,
    )
    return jobs.started(question)


def _explain(query: Query, seen: Outline, named: Sequence[str]) -> Response:
    """Answer how a query is run; since times differ, it has no ETag and is not cached."""
    path = _path_and_query()

    def explained(language: str) -> dict[str, Any]:
        caller = call(parts().settings.answer_bytes)
        answer = parts().engine.evaluate(release(), query, seen, formats.EXPLANATION, caller)
        meet(answer.deviations)
        found: dict[str, Any] = json.loads(answer.body)
        for hint in found["hints"]:
            hint["text"] = word(f"hint_{hint['name']}", language)
        return found

    def page() -> str:
        return render_template(
            "explanation.html",
            query=query.text,
            explained=explained(languages().interface),
            solutions=formats.SOLUTIONS,
            graphs=formats.RDF_FORMATS,
        )

    def data() -> bytes:
        return json.dumps(explained("en"), ensure_ascii=False, indent=1).encode()

    variants = [
        Variant(formats.HTML, path and f"{path}&format=html", page),
        Variant(formats.JSON, path and f"{path}&format=json", data),
    ]
    return respond(Resource(tuple(variants), "", _format_parameter(variants, named)))


def _path_and_query() -> str:
    """Return the address of an answer, without its format; empty where the query is in the body."""
    if request.method == "POST":
        return ""
    pairs = request.query_string.split(b"&")
    asked = b"&".join(pair for pair in pairs if not pair.startswith(b"format="))
    return f"{request.path}?{as_sent(asked)}"


def _evaluate(query: Query, seen: Outline, form: Format) -> bytes | Spool:
    """Evaluate a query on the release of this request."""
    found = parts().engine.evaluate(release(), query, seen, form, call())
    meet(found.deviations)
    return found.written


def _format_parameter(variants: Sequence[Variant], named: Sequence[str]) -> Format | None:
    """Choose the format by the parameter `format`, else leave it to Accept.

    Clients send names of their own making beside an Accept header, which counts then.
    """
    offered = [variant.format for variant in variants]
    found = next(filter(None, (formats.by_name(offered, name) for name in named)), None)
    if found or not named or names_any(request.headers.get("Accept"), offered):
        return found
    allowed = [form.name for form in offered]
    raise Problem("not-acceptable", f"format is one of {', '.join(allowed)}", allowed=allowed)


def _description(path: str, named: Sequence[str]) -> Response:
    """Describe the service at a path to machines; show the editor to people."""
    here = origin()
    kind = parts().engine.kind
    triples = describe(here, path, release().manifest, kind)
    variants = [
        Variant(form, f"{path}?format={form.name}", partial(formats.serialise, triples, form))
        for form in formats.GRAPHS
    ]
    html = Variant(formats.HTML, f"{path}?format=html", lambda: _editor(None, None))
    offered = (*variants, html)
    tag = f"{release().version} {here} {path} {kind}"
    return respond(
        Resource(offered, tag, _format_parameter(offered, named), licence=licence(), lasting=True)
    )


def _result_page(query: Query, seen: Outline) -> str:
    """Show an answer as a page, or the first rows of a long one."""
    form, caller = formats_for(seen.form)[0], call(parts().settings.page_bytes)

    def evaluated(part: Outline) -> bytes:
        answer = parts().engine.evaluate(release(), query, part, form, caller)
        meet(answer.deviations)
        return answer.body

    fields = [
        ("query", query.text),
        ("release", release().version),
        *(("default-graph-uri", graph) for graph in query.default_graphs),
        *(("named-graph-uri", graph) for graph in query.named_graphs),
    ]
    files = [form for form in formats_for(seen.form) if not form.profile]
    return _editor(query.text, shown(seen, evaluated), fields, files)


def _editor(
    text: str | None,
    result: dict[str, Any] | None,
    fields: Sequence[tuple[str, str]] = (),
    files: Sequence[Format] = (),
) -> str:
    """Write the page with a query (None = an example) and its result.

    `fields` ask for the same in one of the formats `files`.
    """
    return render_template(
        "sparql.html",
        query=_titled(queries()[_FIRST]) if text is None else text,
        result=result,
        files=files,
        fields=fields,
        examples=shipped_queries(),
        worded=_titled,
        known_deviations=OF_SERVERS.get(parts().engine.kind, ()),
        solutions=formats.SOLUTIONS,
        graphs=formats.RDF_FORMATS,
    )


def _titled(saved: SavedQuery) -> str:
    """Return a saved query under its title in the reader's language."""
    return f"# {saved.titled(languages().interface)}\n{saved.body}"
