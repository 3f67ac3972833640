"""Linking tables over HTTP: CSV in, the same rows out with IRIs; nothing is stored.

A script reviews a table in steps: it asks what the columns hold (`columns`), lists the rows to
decide on (`review`), and sends what was decided with the table.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from registry import formats, terms
from registry.problems import Problem
from registry.reconcile.csv_linking import ADDED, Columns, Decisions, check
from registry.reconcile.extension import PROPERTIES
from registry.reconcile.isolated_linking import Asked, Task
from registry.reconcile.jobs import TABLE, TableQuestion
from registry.settings import Settings
from registry.web import bodies
from registry.web.context import call, languages, parts, release, remember_form
from registry.web.negotiation import Resource, Variant, respond, respond_page
from registry.web.operation import PAGE, Json, Operation, Parameter
from registry.web.routes import jobs
from registry.web.told import told

routes = Blueprint("link", __name__)

ANSWERS: Final = (formats.RESULTS_CSV, formats.JSON)
STEPS: Final = (Task.COLUMNS.value, Task.REVIEW.value)
READ: Final = (formats.RESULTS_CSV, formats.RESULTS_TSV)
FORMS: Final = (bodies.MULTIPART, bodies.URLENCODED)

COLUMNS: Final = {
    "column": "name",
    "country-column": "country",
    "country": "everywhere",
    "region-column": "region",
    "latitude-column": "latitude",
    "longitude-column": "longitude",
    "identifier-column": "identifier",
}
"""The field of `Columns` for each parameter that names a column."""

_PARAMETERS: Final = (
    Parameter("column", "the column with the names of cities"),
    Parameter("country-column", "the column with their countries"),
    Parameter("country", "the country of all rows, by code or name"),
    Parameter("region-column", "the column with regions: states or provinces, by name or code"),
    Parameter("latitude-column", "the column with degrees of latitude"),
    Parameter("longitude-column", "the column with degrees of longitude"),
    Parameter("identifier-column", "the column with identifiers: ours, of Wikidata or GeoNames"),
    Parameter(
        "with",
        "facts that are added, each in a column",
        {"type": "array", "items": {"enum": [*PROPERTIES]}},
    ),
    Parameter(
        "decisions",
        "what a person decided, as a JSON object: by the number of the line that a row ends in, the"
        " reference of a city (`city/pavia-3171366`), or an empty text where it is none of ours;"
        " without it, what a table that was linked before tells of decisions counts",
    ),
)
_STEP: Final = Parameter(
    "step",
    "in place of the rows, as JSON: what the columns seem to hold (`columns`), or the rows that a"
    " person has to decide on (`review`)",
    {"enum": ["", *STEPS]},
    empty=True,
)
_JOB: Final = Parameter(
    "job", "a job whose table is taken in place of content, with its columns", empty=True
)
_ROWS: Final = "city,country\nPavia,IT\n"


def _table(settings: Settings) -> Json:
    """Describe a table: as the body, or in a form."""
    content = Parameter("content", f"up to {settings.upload_bytes} bytes")
    example = {"content": _ROWS, "column": "city"}
    form = bodies.form((bodies.FILE, content, *_PARAMETERS, _STEP, _JOB), example, ["column"])
    plain = {"schema": content.as_field(), "example": _ROWS}
    return dict.fromkeys((f.media_type for f in READ), plain) | dict.fromkeys(FORMS, form)


_FIELDS: Final = len(COLUMNS) + len(PROPERTIES) + 6
OFFERED: Final = (
    "wikidata",
    "geonames",
    "country",
    "latitude",
    "longitude",
    "population",
    "twins",
    "partners",
)
"""Facts that the form offers."""

WORDS: Final = (
    *("desk_reading", "desk_linking", "desk_sample", "desk_holds", "desk_unused", "desk_name"),
    *("desk_country", "desk_region", "desk_latitude", "desk_longitude", "desk_identifier"),
    *("desk_title", "desk_linked", "desk_decided", "desk_open", "desk_unknown", "desk_of"),
    *("desk_all_done", "desk_download", "desk_kept", "desk_not_kept", "desk_forget", "desk_list"),
    *("desk_left", "desk_more", "desk_line", "desk_lines", "desk_none", "desk_other"),
    *("desk_found", "desk_nothing_found", "desk_next", "desk_back", "desk_undo", "desk_apart"),
    *("desk_keys", "desk_inhabitants", "desk_distance", "desk_likely", "desk_map", "desk_failed"),
    "desk_job",
)
"""Phrases of the interface that the script of the desk shows."""

_REFUSES: Final = (
    *("data-syntax", "unsupported-type", "data-too-large", "not-found", "busy", "rate"),
    "answer-too-large",
)


@routes.get("/link")
@Operation("A form for a table whose cities are to be linked", "reconcile", PAGE, (_JOB,))
def form() -> Response:
    """Show the form."""
    if name := request.args.get(_JOB.name):
        parts().jobs.get(name)
    return respond_page(lambda: render_template("link.html", **_fields({}, "")), release().version)


@routes.post("/link")
@Operation(
    "Give the rows of a table with the IRIs of the cities that they name",
    "reconcile",
    ANSWERS,
    (*_PARAMETERS, _STEP, _JOB, jobs.PREFER),
    refuses=_REFUSES,
    statuses=(202,),
    takes=_table,
    named=False,
    speaks=True,
)
def link() -> Response:
    """Return the rows of a table with the cities that they name, or what a person decides on."""
    found, client = release(), call().client
    queue, seconds = parts().uploads.validating, parts().settings.upload_seconds
    with queue.ticket(client):
        fields, table = _form() if request.mimetype in FORMS else _body()
        task, asked = _task(fields.get("step", "")), _asked(fields)
        # A job that is accepted may fail by its table alone.
        check(asked.columns, asked.extra)
        if task is Task.LINK and not asked.columns.name:
            raise Problem("bad-parameter", "column is missing: that with the names of cities")
        if jobs.is_preferred():
            question = TableQuestion(found.version, task, asked, sha256(table).hexdigest())
            return jobs.started(question, {TABLE: table})
        with queue.slot(seconds, client):
            content = worded(task, asked, parts().tables.done(task, found.version, asked, table))
    form = formats.RESULTS_CSV if task is Task.LINK else formats.JSON
    # What is wrong with a table is told before that its answer would not be accepted.
    response = respond(Resource((Variant(form, "", lambda: content),), "", speaks=True))
    if task is Task.LINK:
        response.headers["Content-Disposition"] = 'attachment; filename="linked.csv"'
    return response


def _task(step: str) -> Task:
    """Return what a step does; `bad-parameter` for one that there is not."""
    if step not in {"", *STEPS}:
        detail = f"step is none of {', '.join(STEPS)}"
        raise Problem("bad-parameter", detail, allowed=list(STEPS))
    return Task(step) if step else Task.LINK


def _asked(fields: MultiDict[str, str]) -> Asked:
    """Return what is asked of a table; that of a job has the columns that it had there."""
    columns = {name: fields.get(field, "").strip() for field, name in COLUMNS.items()}
    if (kept := _kept(fields)) and not columns["name"]:
        columns = vars(kept[0].asked.columns)
    decided = fields.get("decisions", "")
    decisions = _decisions(decided) if decided else None
    speaks = languages()
    extra = fields.getlist("with")
    return Asked(Columns(**columns), extra, speaks.wanted, decisions, speaks.interface)


def _kept(fields: MultiDict[str, str]) -> tuple[TableQuestion, bytes] | None:
    """Return the table of a job and what was asked of it; None where none is named."""
    if not (name := fields.get(_JOB.name)):
        return None
    job = parts().jobs.get(name)
    if not isinstance(job.question, TableQuestion):
        raise Problem("not-found", "this job has no table")
    return job.question, parts().jobs.sent(job, TABLE)


def _decisions(text: str) -> Decisions:
    """Read what a person decided."""
    try:
        told = json.loads(text)
        return {int(line): _reference(ref) for line, ref in told.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        detail = 'decisions is not an object such as {"2": "city/pavia-3171366", "3": ""}'
        raise Problem("bad-parameter", detail) from error


def _reference(city: str) -> str:
    """Return the reference of a city; ValueError for what cannot be one."""
    ref = city.removeprefix(terms.ID).removeprefix("city/")
    if ref and not terms.REF.fullmatch(ref):
        raise ValueError(ref)
    return ref


def worded(task: Task, asked: Asked, content: bytes) -> bytes:
    """Tell the reasons of a review in the language that was asked for; leave all else as it is."""
    if task is not Task.REVIEW:
        return content
    found = json.loads(content)
    for one in found["open"]:
        one["why"] = asdict(told(one["why"], asked.interface))
        for candidate in one["candidates"]:
            reasons = [asdict(told(why, asked.interface)) for why in candidate["reasons"]]
            candidate["reasons"] = reasons
    return json.dumps(found).encode() + b"\n"


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
    if kept := _kept(fields):
        return fields, kept[1]
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
        "job": request.args.get(_JOB.name, ""),
        "offered": OFFERED,
        "added": ADDED,
    }
