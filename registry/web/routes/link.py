"""Linking tables over HTTP: CSV in, the same rows out with IRIs; nothing is stored."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from registry import formats
from registry.problems import Problem
from registry.reconcile.csv_linking import ADDED, Columns
from registry.reconcile.extension import PROPERTIES
from registry.reconcile.isolated_linking import Asked
from registry.settings import Settings
from registry.web import bodies
from registry.web.context import call, languages, parts, release, remember_form
from registry.web.negotiation import respond_as, respond_page
from registry.web.operation import PAGE, Json, Operation, Parameter

routes = Blueprint("link", __name__)

LINKED: Final = (formats.RESULTS_CSV,)
READ: Final = (formats.RESULTS_CSV, formats.RESULTS_TSV)
FORMS: Final = (bodies.MULTIPART, bodies.URLENCODED)

COLUMNS: Final = {
    "column": "name",
    "country-column": "country",
    "country": "everywhere",
    "region-column": "region",
    "latitude-column": "latitude",
    "longitude-column": "longitude",
}
"""The field of `Columns` for each parameter that names a column."""

_PARAMETERS: Final = (
    Parameter("column", "the column with the names of cities"),
    Parameter("country-column", "the column with their countries"),
    Parameter("country", "the country of all rows, by code or name"),
    Parameter("region-column", "the column with regions: states or provinces, by name or code"),
    Parameter("latitude-column", "the column with degrees of latitude"),
    Parameter("longitude-column", "the column with degrees of longitude"),
    Parameter(
        "with",
        "facts that are added, each in a column",
        {"type": "array", "items": {"enum": [*PROPERTIES]}},
    ),
)
_ROWS: Final = "city,country\nPavia,IT\n"


def _table(settings: Settings) -> Json:
    """Describe a table: as the body, or in a form."""
    content = Parameter("content", f"up to {settings.upload_bytes} bytes")
    example = {"content": _ROWS, "column": "city"}
    form = bodies.form((bodies.FILE, content, *_PARAMETERS), example, ["column"])
    plain = {"schema": content.as_field(), "example": _ROWS}
    return dict.fromkeys((f.media_type for f in READ), plain) | dict.fromkeys(FORMS, form)


_FIELDS: Final = len(COLUMNS) + len(PROPERTIES) + 3
OFFERED: Final = (
    "wikidata",
    "geonames",
    "latitude",
    "longitude",
    "population",
    "twins",
    "partners",
)
"""Facts that the form offers."""


@routes.get("/link")
@Operation("A form for a table whose cities are to be linked", "reconcile", PAGE)
def form() -> Response:
    """Show the form."""
    return respond_page(lambda: render_template("link.html", **_fields({}, "")), release().version)


@routes.post("/link")
@Operation(
    "Give the rows of a table with the IRIs of the cities that they name",
    "reconcile",
    LINKED,
    _PARAMETERS,
    refuses=("data-syntax", "unsupported-type", "data-too-large", "not-found", "busy", "rate"),
    takes=_table,
    named=False,
    speaks=True,
)
def link() -> Response:
    """Return the rows of a table with the IRIs of the cities that they name."""
    found, client = release(), call().client
    queue, seconds = parts().uploads.validating, parts().settings.upload_seconds
    with queue.ticket(client):
        asked, content = _form() if request.mimetype in FORMS else _body()
        columns = {name: asked.get(field, "").strip() for field, name in COLUMNS.items()}
        given = Asked(Columns(**columns), asked.getlist("with"), languages().wanted)
        with queue.slot(seconds, client):
            table = parts().tables.linked(found.version, given, content)
    response = respond_as(formats.RESULTS_CSV, lambda: table, "", speaks=True)
    response.headers["Content-Disposition"] = 'attachment; filename="linked.csv"'
    return response


def _body() -> tuple[MultiDict[str, str], bytes]:
    """Read a table that is sent as the body; the address names its columns."""
    bodies.check_coding()
    bodies.check_type("a table is", [*(form.media_type for form in READ), *FORMS])
    with bodies.limited():
        return request.args, request.get_data(cache=False)


def _form() -> tuple[MultiDict[str, str], bytes]:
    """Read a table that is sent by a form: a file, else text."""
    bodies.check_coding()
    with bodies.limited(form=True):
        request.max_form_parts = _FIELDS
        fields, file = MultiDict(request.form), request.files.get("file")
    # A form may be sent to an address that names the columns; its parameters win.
    fields.update(request.args)
    content = fields.get("content", "")
    remember_form("link_form.html", content, **_fields(fields, content))
    if file and file.filename:
        return fields, bodies.sent_in_a_form(file.read())
    if not content.strip():
        raise Problem("bad-parameter", "send a table in the field content or file, or as the body")
    return fields, bodies.sent_in_a_form(content.encode())


def _fields(fields: MultiDict[str, str] | dict[str, str], content: str) -> dict[str, object]:
    """Return the values of the form's fields."""
    chosen = fields.getlist("with") if isinstance(fields, MultiDict) else []
    return {
        "values": {name: fields.get(name, "") for name in COLUMNS},
        "chosen": chosen,
        "content": content,
        "offered": OFFERED,
        "added": ADDED,
    }
