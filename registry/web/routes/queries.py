"""Saved queries: each with its parameters, as a page and in every format of results."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from flask import Blueprint, Response, render_template, request

from registry import formats, saved_queries
from registry.formats import Format
from registry.problems import Problem
from registry.saved_queries import Parameter, SavedQuery
from registry.search.calling import city_called
from registry.sparql.engine import formats_for
from registry.sparql.parameters import LONGEST, WANTED, bind_values, field_text
from registry.views.names import NAMES
from registry.web.context import last_modified, parts, release, remember_form
from registry.web.negotiation import (
    Resource,
    Variant,
    Written,
    fixed_format,
    respond,
    respond_page,
    with_parameters,
)
from registry.web.operation import (
    IRI,
    LANGUAGE,
    LIMITS,
    PAGE,
    TEXT,
    Json,
    Operation,
    check_names,
    in_path,
    whole,
)
from registry.web.operation import Parameter as Described
from registry.web.saved_query_results import answer, answer_for_page, queries, shipped_queries

routes = Blueprint("queries", __name__)


@routes.get("/queries")
@Operation("The saved queries, by the reader they are for", "queries", PAGE)
def listing() -> Response:
    """List the saved queries, by the reader they are for."""
    version = release().version
    before = parts().shelf.previous(version)
    changes = f"/release/{before}..{version}" if before else "/release"
    write = lambda: render_template(  # noqa: E731
        "queries.html", queries=queries().values(), changes=changes
    )
    return respond_page(write, f"{version} {changes}")


_URL: Final = r"https?://[^\x00-\x20<>\"{}|\\^`]+"
_SCHEMAS: Final[dict[str, Json]] = {
    "iri": {**IRI, "pattern": f"^{_URL}$", "maxLength": LONGEST},
    "city": {"type": "string", "maxLength": LONGEST},
    "date": {"type": "string", "format": "date"},
    "integer": whole(1 - 10**18, 10**18 - 1),
    "text": {"type": "string", "maxLength": LONGEST},
    "language": LANGUAGE,
}
"""Schemas of a value by the type of a saved query's parameter."""

_QUERY: Final = in_path(
    "query",
    "the name; a slash in it may be sent as %2F",
    {"enum": list(queries())},
    "figures",
)
_VALUES: Final = Described(
    "values",
    "the parameters that the query has, and no others",
    {"type": "object", "additionalProperties": TEXT},
)


def _with_cities(saved: SavedQuery, given: Mapping[str, str]) -> dict[str, str]:
    """Return values in which cities that were called by a name are called by their references."""
    values = dict(given)
    for parameter in saved.parameters:
        text = values.get(parameter.name, "").strip()
        if parameter.type == "city" and text and not text.startswith(("http://", "https://")):
            values[parameter.name] = city_called(release().view(NAMES), text, parameter.name).ref
    return values


def _instances() -> dict[str, Operation]:
    """Describe each question at its own address, with its parameters and their defaults."""
    return {
        f"/queries/{saved.name}": Operation(
            saved.title["en"],
            "queries",
            (formats.HTML, *formats_for(saved.form)),
            tuple(map(_query_parameter, saved.parameters)),
            refuses=("not-found", *LIMITS),
            description=saved.description["en"],
        )
        for saved in shipped_queries()
    }


def _query_parameter(parameter: Parameter) -> Described:
    """Describe a parameter of a saved query; an empty field of a form stands for the default."""
    default = field_text(parameter.default)
    given = int(default) if parameter.type == "integer" else default
    schema = {**_SCHEMAS[parameter.type], "default": given}
    return Described(parameter.name, WANTED[parameter.type], schema, empty=True)


@routes.get("/queries/<path:query>")
@routes.get("/queries/<path:query>.<extension>")
@Operation(
    "The answer of a saved query",
    "queries",
    (*formats.SOLUTIONS, *formats.RDF_FORMATS, formats.HTML),
    (_QUERY, _VALUES),
    refuses=("not-found", *LIMITS),
    lenient=True,
    instances=_instances,
)
def show(query: str, extension: str = "") -> Response:
    """Answer a saved query with the values that the address gives."""
    if query not in queries():
        raise Problem("not-found", f"there is no saved query named {query}")
    saved = queries()[query]
    check_names(parameter.name for parameter in saved.parameters)
    remember_form("query_form.html", saved=saved, fields=_fields(saved))
    text = bind_values(saved, _with_cities(saved, request.args))
    offered = (formats.HTML, *formats_for(saved.form))
    form = fixed_format(offered, extension)

    def write(form: Format) -> Written:
        return _page(saved, text) if form == formats.HTML else answer(text, form)

    variants = [Variant(one, _url(query, one), partial(write, one)) for one in offered]
    tag = f"{release().version} {text}"
    return respond(Resource(tuple(variants), tag, form, last_modified(), lasting=True))


def _url(name: str, form: Format) -> str:
    """Return the address of the answer in a format, with the values of this request."""
    return with_parameters(f"/queries/{name}.{form.extension}")


def _fields(saved: SavedQuery) -> list[tuple[Parameter, str]]:
    """Return the parameters, each with the text of its field."""
    return [(p, request.args.get(p.name) or field_text(p.default)) for p in saved.parameters]


def _page(saved: SavedQuery, text: str) -> str:
    """Write the page: the query, the values of its parameters, and the answer."""
    return render_template(
        "query.html",
        saved=saved,
        text=saved_queries.parse(saved.name, text).body,
        fields=_fields(saved),
        result=answer_for_page(text),
        links=[(form, _url(saved.name, form)) for form in formats_for(saved.form)],
    )
