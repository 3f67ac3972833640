"""Saved queries: each with its parameters, as a page, CSV, JSON and every other format."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from registry import formats, saved_queries
from registry.formats import Format
from registry.problems import Problem
from registry.saved_queries import Parameter, SavedQuery
from registry.sparql.engine import formats_for
from registry.sparql.parameters import bound, shown
from registry.web.asking import answer, queries
from registry.web.context import filled, modified, parts, release
from registry.web.negotiation import Resource, Variant, as_sent, respond, respond_page
from registry.web.results import result_of

routes = Blueprint("queries", __name__)


@routes.get("/queries")
def listing() -> Response:
    """List the saved queries, by the reader they are for."""
    write = lambda: render_template("queries.html", queries=queries().values())  # noqa: E731
    return respond_page(write, release().version)


@routes.get("/queries/<path:name>")
def query(name: str) -> Response:
    """Answer a saved query with the values that the address gives."""
    stem, _, extension = name.partition(".")
    if stem not in queries():
        raise Problem("not-found", f"there is no saved query named {stem}")
    saved = queries()[stem]
    filled("query_form.html", saved=saved, fields=_fields(saved))
    text = bound(saved, request.args)
    offered = (formats.HTML, *formats_for(saved.form))
    fixed = _fixed(offered, extension)
    variants = [Variant(form, _url(stem, form), _writer(saved, text, form)) for form in offered]
    tag = f"{release().version} {text}"
    return respond(Resource(tuple(variants), tag, fixed, modified(), lasting=True))


def _fixed(offered: tuple[Format, ...], extension: str) -> Format | None:
    """Give the format that the address asks for; JSON may be asked for by its plain name."""
    if not extension:
        return None
    found = next((f for f in offered if extension in {f.extension, f.name}), None)
    if found is None:
        raise Problem("not-found", f"this query is not answered as .{extension}")
    return found


def _url(name: str, form: Format) -> str:
    """Give the address of the answer in a format, with the values asked for."""
    asked = as_sent(request.query_string)
    return f"/queries/{name}.{form.extension}" + (f"?{asked}" if asked else "")


def _writer(saved: SavedQuery, text: str, form: Format) -> Any:
    """Make what evaluates the query when this format is the chosen one."""
    return lambda: _page(saved, text) if form == formats.HTML else answer(text, form)


def _fields(saved: SavedQuery) -> list[tuple[Parameter, str]]:
    """Give the parameters, each with what stands in its field."""
    return [(p, request.args.get(p.name) or shown(p.default)) for p in saved.parameters]


def _page(saved: SavedQuery, text: str) -> str:
    """Write the page: what is asked, with which values, and the answer."""
    first, limit = formats_for(saved.form)[0], parts().settings.page_bytes
    return render_template(
        "query.html",
        saved=saved,
        text=saved_queries.parse(saved.name, text).body,
        fields=_fields(saved),
        result=result_of(saved.form, answer(text, first, limit)),
        links=[(form, _url(saved.name, form)) for form in formats_for(saved.form)],
    )
