"""The SPARQL endpoint (SPARQL 1.1 Protocol): queries, the service description, and an editor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, render_template, request

from registry import formats, saved_queries, shipped, terms
from registry.formats import Format
from registry.problems import Problem
from registry.releases.code import LICENCE
from registry.sparql import protocol
from registry.sparql.description import describe
from registry.sparql.engine import Answer, Query, format_for, formats_for
from registry.sparql.guards import Outline, outline
from registry.web.context import origin, parts, release
from registry.web.negotiation import Resource, Variant, choose, respond

routes = Blueprint("sparql", __name__)


@routes.route("/sparql", methods=["GET", "POST"])
@routes.route("/release/<wanted>/sparql", methods=["GET", "POST"])
def sparql(wanted: str = "") -> Response:
    """Answer a query, or describe the service."""
    asked = protocol.read(
        request.method,
        request.mimetype,
        list(request.args.items(multi=True)),
        request.get_data(cache=False) if request.method == "POST" else b"",
    )
    if chosen := wanted or asked.release:
        g.release = parts().shelf.named(chosen)
    if asked.query is None:
        return _description()
    return _answered(asked.query, asked.format)


def _answered(query: Query, named: str | None) -> Response:
    """Have a query evaluated and write its answer."""
    seen = outline(query.text, parts().settings)
    form = _format(seen, named)
    evaluated = form if form != formats.HTML else formats_for(seen.form)[0]
    answer = parts().engine.evaluate(release(), query, seen, evaluated)
    body = _result_page(query, seen, answer) if form == formats.HTML else answer.body
    response = Response(body, content_type=form.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Citylinks-Release"] = answer.release
    response.headers["Cache-Control"] = "no-cache"
    return response


def _format(seen: Outline, named: str | None) -> Format:
    """Choose the format: by the parameter `format`, else by Accept."""
    if named == formats.HTML.name:
        return formats.HTML
    if named:
        return format_for(seen.form, named)
    offered = (*formats_for(seen.form), formats.HTML)
    found = choose(request.headers.get("Accept"), offered)
    if found is None:
        allowed = [form.media_type for form in offered]
        raise Problem("not-acceptable", "offered: " + ", ".join(allowed), allowed=allowed)
    return found


def _description() -> Response:
    """Describe the service to machines; show the editor to people."""
    triples = describe(origin() + "/sparql", release().manifest)
    editor = Variant(formats.HTML, "/sparql", lambda: _editor("", None))
    described = [
        Variant(form, "/sparql", lambda f=form: formats.serialise(triples, f))  # type: ignore[misc]
        for form in formats.GRAPHS
    ]
    tag = f"{release().version} {origin()}"
    return respond(Resource((*described, editor), tag, licence=LICENCE))


def _result_page(query: Query, seen: Outline, answer: Answer) -> str:
    """Show an answer as a page: a table, a yes or no, or Turtle."""
    if seen.form in {"CONSTRUCT", "DESCRIBE"}:
        return _editor(query.text, {"turtle": answer.body.decode()})
    body = json.loads(answer.body)
    if seen.form == "ASK":
        return _editor(query.text, {"boolean": body["boolean"]})
    variables = body["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in variables] for row in body["results"]["bindings"]]
    return _editor(query.text, {"variables": variables, "rows": rows})


def _cell(term: dict[str, str] | None) -> dict[str, str]:
    """Prepare a value for the table: its text, language and where it leads."""
    if term is None:
        return {"text": "", "lang": "", "href": ""}
    if term["type"] != "uri":
        return {"text": term["value"], "lang": term.get("xml:lang", ""), "href": ""}
    iri = term["value"]
    web = iri if iri.startswith(("http://", "https://")) else ""
    shown = terms.compact(iri).removeprefix(terms.ID)
    return {"text": shown, "lang": "", "href": terms.path_of(iri) or web}


def _editor(text: str, result: dict[str, Any] | None) -> str:
    """Write the page with the query and its result."""
    return render_template(
        "sparql.html",
        query=text,
        result=result,
        examples=_examples(),
        prefixes=terms.PREFIXES,
        solutions=formats.SOLUTIONS,
        graphs=formats.GRAPHS,
    )


def _examples() -> Sequence[saved_queries.SavedQuery]:
    return saved_queries.read(shipped.query_files())
