"""Validation over HTTP: RDF in, the report of the shapes out; nothing is published."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from operator import methodcaller
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import FileStorage

from registry import formats, terms
from registry.formats import Format
from registry.graphs.graph import WRITABLE, role_of
from registry.graphs.placement import graph_fault
from registry.problems import Problem
from registry.publishing.shacl import Report
from registry.publishing.uploads import Upload, Validation
from registry.settings import Settings
from registry.web import bodies
from registry.web.annotated import LONGEST, annotated
from registry.web.context import call, parts, release, remember_form
from registry.web.negotiation import Resource, Variant, respond, respond_page
from registry.web.operation import PAGE, Json, Operation, Parameter
from registry.web.results import short

routes = Blueprint("validate", __name__)

READ: Final = (*formats.GRAPHS, *formats.DATASETS)
FORMS: Final = (bodies.MULTIPART, bodies.URLENCODED)

_SHOWN: Final = 200
"""Results that a page shows; the other formats have all."""


_REPORT: Final = (formats.JSON, formats.HTML, formats.TEXT, *formats.GRAPHS)
_GRAPH: Final = Parameter(
    "graph",
    "the graph that the data are for, by name or IRI; without it, the one they describe",
    empty=True,
)
_FORMAT: Final = Parameter(
    "format",
    "the format of the data",
    {"enum": [form.name for form in READ], "default": formats.TURTLE.name},
)


def _upload(settings: Settings) -> Json:
    """Describe data to be validated: as the body, or in a form."""
    content = Parameter("content", f"in UTF-8, up to {settings.upload_bytes} bytes")
    fields, example = (content, _FORMAT, _GRAPH), {"content": bodies.EXAMPLE}
    with_file = bodies.form((bodies.FILE, *fields), example, ["file"], ["content"])
    return {
        **bodies.rdf(READ, settings),
        bodies.URLENCODED: bodies.form(fields, example, ["content"]),
        bodies.MULTIPART: with_file,
    }


@routes.get("/validate")
@Operation("A form for data to be checked", "releases", PAGE, (_GRAPH,))
def form() -> Response:
    """Show the form."""
    graph = _GRAPH.read()
    return respond_page(lambda: _page(None, "", graph, ""), release().version)


@routes.post("/validate")
@Operation(
    "Check data in the release that is current; nothing is published",
    "releases",
    _REPORT,
    (_GRAPH,),
    refuses=(
        *("data-syntax", "unsupported-type", "data-too-large", "not-found"),
        *("answer-too-large", "busy", "rate", "unwritable"),
    ),
    takes=_upload,
    schema="report",
    named=False,
)
def validate() -> Response:
    """Validate the current release with the data of the request in it."""
    release()
    uploads, client = parts().uploads, call().client
    with uploads.validating.ticket(client):
        upload = _form() if request.mimetype in FORMS else _body()
        validated = cache(lambda: uploads.validate(upload, client))
        response = respond(Resource(_variants(upload, validated), ""))
    response.headers["Citylinks-Release"] = validated().release
    return response


def _body() -> Upload:
    """Read data that are sent as the body."""
    form, content = bodies.data(READ, FORMS)
    return Upload(content, form, _graph(form, _GRAPH.read()))


def _form() -> Upload:
    """Read data that are sent by a form: a file, else text."""
    bodies.check_coding()
    with bodies.limited(form=True):
        fields, file = request.form, _file()
    graph = fields.get("graph", "") or _GRAPH.read()
    named = fields.get(_FORMAT.name, _FORMAT.schema["default"])
    typed = fields.get("content", "")
    validated = "" if file else typed
    remember_form(
        "validate_form.html",
        validated,
        content=typed,
        graph=graph,
        graphs=_graphs(),
        format=named,
        formats=READ,
    )
    if file:
        form = formats.by_extension(str(file.filename).rpartition(".")[2]) or _format_named(named)
        content = file.read()
    else:
        form, content = _format_named(named), _text(fields.get("content")).encode()
    return Upload(bodies.sent_in_a_form(content), form, _graph(form, graph))


def _file() -> FileStorage | None:
    """Return the file in a form; browsers send a file without a name where none was chosen."""
    file = request.files.get("file")
    return file if file and file.filename else None


def _format_named(name: str) -> Format:
    """Return the format that a form names; `bad-parameter` where it is none."""
    form = formats.by_name(READ, name)
    if form is None:
        raise Problem("bad-parameter", f"format is one of {', '.join(f.name for f in READ)}")
    return form


def _text(content: str | None) -> str:
    """Return the text of a form; bytes that are not UTF-8 have been replaced in it."""
    if content is None:
        raise Problem("bad-parameter", "send data in the field content or file, or as the body")
    if "\N{REPLACEMENT CHARACTER}" in content:
        raise Problem("bad-parameter", "content is not in UTF-8")
    return content


def _graph(form: Format, wanted: str) -> str:
    """Return the IRI of the graph with a name or IRI; empty = the data name it."""
    if not wanted:
        return ""
    if form in formats.DATASETS:
        raise Problem("bad-parameter", f"{form.label} names its graphs; leave graph out")
    iri = wanted if ":" in wanted else terms.GRAPH + wanted
    if fault := graph_fault(iri):
        raise Problem("bad-parameter", f"graph: {fault}")
    return iri


def _variants(upload: Upload, validated: Callable[[], Validation]) -> tuple[Variant, ...]:
    """Return the formats of the report; writing one validates the upload."""

    def written(write: Callable[[Report], bytes | str]) -> Callable[[], bytes | str]:
        return lambda: write(validated().report)

    def page(report: Report) -> str:
        text = upload.content.decode(errors="replace")
        shown = "" if _file() and len(text) > LONGEST else text
        return _page(report, shown, upload.graph, upload.form.name)

    return (
        Variant(formats.JSON, "", written(_json)),
        Variant(formats.HTML, "", written(page)),
        Variant(formats.TEXT, "", written(lambda report: report.as_text() + "\n")),
        *(Variant(f, "", written(methodcaller("as_rdf", f))) for f in formats.GRAPHS),
    )


def _json(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n"


def _page(report: Report | None, content: str, graph: str, form: str) -> str:
    """Write the page with the form, and with the report where there is one."""
    results = report.results if report else ()
    sent = annotated(content, _format_named(form or formats.TURTLE.name), results)
    return render_template(
        "validate.html",
        report=report,
        sent=sent,
        elsewhere=sent.elsewhere[:_SHOWN],
        counts={f"{s.value}s": count for s, count in report.counts.items()} if report else {},
        content=content,
        graph=graph,
        graphs=_graphs(),
        formats=READ,
        format=form,
        short=short,
        path_of=terms.path_of,
        examples_of=_examples_of,
    )


def _graphs() -> list[str]:
    """List the names of the graphs that data may take the place of."""
    graphs = (one.graph for one in release().manifest.graphs if role_of(one.graph) in WRITABLE)
    return [graph.removeprefix(terms.GRAPH) for graph in graphs]


def _examples_of(path: str) -> str:
    """Return the address that shows how others state a property; empty where there is none."""
    if not path.startswith(("http://", "https://")):
        return ""
    query = f"SELECT ?thing ?value\nWHERE {{ ?thing <{path}> ?value }}\nLIMIT 20\n"
    return f"/sparql?{urlencode({'format': 'html', 'query': query})}"
