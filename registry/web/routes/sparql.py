"""The SPARQL endpoint (SPARQL 1.1 Protocol): queries, the service description, and an editor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import pyoxigraph as ox
from flask import Blueprint, Response, g, render_template, request

from registry import formats, saved_queries, shipped
from registry.formats import Format
from registry.problems import Problem
from registry.releases.code import LICENCE
from registry.sparql import protocol
from registry.sparql.description import describe
from registry.sparql.engine import Query, formats_for
from registry.sparql.guards import Outline, outline
from registry.web import bodies
from registry.web.context import call, languages, origin, parts, release
from registry.web.negotiation import Resource, Variant, as_sent, names_any, respond
from registry.web.results import result_of

routes = Blueprint("sparql", __name__)

_FIRST: Final = "twins-of-a-city"


@routes.route("/sparql", methods=["GET", "POST"])
@routes.route("/release/<wanted>/sparql", methods=["GET", "POST"])
def sparql(wanted: str = "") -> Response:
    """Answer a query, or describe the service."""
    asked = _read()
    if chosen := wanted or asked.release:
        g.release = parts().shelf.named(chosen)
    path = f"/release/{chosen}/sparql" if chosen else "/sparql"
    if asked.query is None:
        return _description(path, asked.formats)
    return _answered(asked.query, asked.formats)


def _read() -> protocol.Request:
    """Read what is asked; a body is read as it is, never uncompressed."""
    body, charset = b"", request.mimetype_params.get("charset", "utf-8")
    if request.method == "POST":
        with bodies.limited_query():
            body = request.get_data(cache=False)
        if (coding := request.headers.get("Content-Encoding", "identity")) != "identity":
            raise Problem("unsupported-type", f"a body encoded as {coding} is not read here")
    return protocol.read(request.method, request.mimetype, request.query_string, body, charset)


def _answered(query: Query, named: Sequence[str]) -> Response:
    """Answer a query; what two evaluations may answer differently is neither named nor kept."""
    tag = release().version + repr(query)
    seen = outline(query.text, parts().settings)
    path = _path_and_query()
    variants = [
        Variant(form, path and f"{path}&format={form.name}", _writer(query, seen, form))
        for form in formats_for(seen.form)
    ]
    page = lambda: _result_page(query, seen)  # noqa: E731
    variants.append(Variant(formats.HTML, path and f"{path}&format=html", page))
    fixed = _fixed(variants, named)
    return respond(Resource(tuple(variants), "" if seen.volatile else tag, fixed, lasting=True))


def _path_and_query() -> str:
    """Give the address of an answer, but for its format; empty where the query is not in it."""
    if request.method == "POST":
        return ""
    pairs = request.query_string.split(b"&")
    asked = b"&".join(pair for pair in pairs if not pair.startswith(b"format="))
    return f"{request.path}?{as_sent(asked)}"


def _writer(query: Query, seen: Outline, form: Format) -> Callable[[], bytes]:
    """Make what evaluates the query when this format is the chosen one."""
    return lambda: parts().engine.evaluate(release(), query, seen, form, call()).body


def _fixed(variants: Sequence[Variant], named: Sequence[str]) -> Format | None:
    """Choose the format by the parameter `format`, else leave it to Accept.

    Clients send names that they made up, beside an Accept header that says what they mean.
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
    triples = describe(here, path, release().manifest)
    variants = [
        Variant(form, f"{path}?format={form.name}", _serialiser(triples, form))
        for form in formats.GRAPHS
    ]
    html = Variant(formats.HTML, f"{path}?format=html", lambda: _editor(_first(), None))
    offered = (*variants, html)
    tag = f"{release().version} {here} {path}"
    return respond(Resource(offered, tag, _fixed(offered, named), licence=LICENCE, lasting=True))


def _serialiser(triples: Sequence[ox.Triple], form: Format) -> Callable[[], bytes]:
    return lambda: formats.serialise(triples, form)


def _result_page(query: Query, seen: Outline) -> str:
    """Show an answer as a page."""
    form, limit = formats_for(seen.form)[0], parts().settings.page_bytes
    answer = parts().engine.evaluate(release(), query, seen, form, call(limit))
    return _editor(query.text, result_of(seen.form, answer.body))


def _editor(text: str, result: dict[str, Any] | None) -> str:
    """Write the page with the query and its result."""
    return render_template(
        "sparql.html",
        query=text,
        result=result,
        examples=_examples(),
        worded=_worded,
        solutions=formats.SOLUTIONS,
        graphs=formats.GRAPHS,
    )


def _first() -> str:
    """Give the query that stands in an editor at first."""
    return next(_worded(saved) for saved in _examples() if saved.name == _FIRST)


def _worded(saved: saved_queries.SavedQuery) -> str:
    """Give a saved query under its title in the reader's language."""
    return f"# {saved.titled(languages().interface)}\n{saved.body}"


@cache
def _examples() -> Sequence[saved_queries.SavedQuery]:
    return saved_queries.read(shipped.query_files())
