"""Jobs: queries and tables whose clients do not wait, and the answers kept for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, render_template, request, send_file

from registry import formats
from registry.contribute.deciding import ActQuestion
from registry.jobs import NOTHING, Job, Question
from registry.problems import Problem
from registry.reconcile.jobs import TableQuestion
from registry.web.conditions import for_file
from registry.web.context import languages, meet, parts
from registry.web.negotiation import FOREVER, Resource, Variant, respond
from registry.web.operation import LISTING, Operation, header, in_path

routes = Blueprint("jobs", __name__)

_PATIENCE: Final = "2"
"""Seconds after which it is worth to ask again about a job that runs."""

PREFER: Final = header(
    "Prefer", "`respond-async` starts a job in place of an answer", "respond-async"
)

_NAME: Final = in_path(
    "job",
    "the name of the job, as Location gave it",
    {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "0" * 32,
)


def address(job: Job) -> str:
    """Return the address of a job."""
    return f"/jobs/{job.name}"


def written(job: Job) -> bytes:
    """Write down how far a job is."""
    here = address(job)
    about: dict[str, object] = {
        "job": here,
        "state": job.state,
        "release": job.question.release,
        "format": job.question.form.media_type,
        **_asked(job.question),
        "asked": job.asked,
    }
    if job.is_over:
        about["ended"] = job.ended
    if job.state == "done":
        about |= {"result": f"{here}/result", "bytes": job.bytes, "sha256": job.sha256}
        about |= {"deviations": job.deviations} if job.deviations else {}
    if job.state == "failed":
        about |= {**job.members, "problem": job.problem, "detail": job.detail}
    return json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n"


def _asked(question: Question) -> dict[str, object]:
    """Return what was asked: a query, or what of a table that is known by its hash."""
    if isinstance(question, TableQuestion):
        asked = question.asked
        columns = {key: name for key, name in vars(asked.columns).items() if name}
        told = {"task": question.task, "table": question.sha256, "columns": columns}
        return {**told, "with": list(asked.extra)}
    return {"query": question.as_json()["query"]}


def is_preferred() -> bool:
    """Whether the client does not wait for the answer (RFC 7240, section 4.1)."""
    given = ",".join(request.headers.getlist("Prefer"))
    return "respond-async" in {one.partition(";")[0].strip().lower() for one in given.split(",")}


def started(question: Question, sent: Mapping[str, bytes] = NOTHING) -> Response:
    """Start the job of a question, and say where it is."""
    job = parts().jobs.start(question, sent)
    response = Response(written(job), 202, content_type=formats.JSON.content_type)
    response.headers["Location"] = address(job)
    response.headers["Preference-Applied"] = "respond-async"
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/jobs/<job>")
@Operation("How far a job is", "sparql", LISTING, (_NAME,), refuses=("not-found",), statuses=(200,))
def show(job: str) -> Response:
    """Return how far a job is."""
    languages()  # A wrong one is told, also of a job that is not there.
    found = _public(job)
    variants = (
        Variant(formats.JSON, "", lambda: written(found)),
        Variant(formats.HTML, "", lambda: _page(found)),
    )
    response = respond(Resource(variants, ""))
    response.headers["Citylinks-Release"] = found.question.release
    if not found.is_over:
        response.headers["Retry-After"] = _PATIENCE
        response.headers["Cache-Control"] = "no-store"
    return response


def _public(name: str) -> Job:
    """Return a job that anybody may see; decisions of editors have pages of their own."""
    found = parts().jobs.get(name)
    if isinstance(found.question, ActQuestion):
        raise Problem("not-found", "there is no such job, or it is no longer kept")
    return found


def _page(job: Job) -> str:
    is_table = isinstance(job.question, TableQuestion)
    return render_template("job.html", job=job, is_table=is_table, question=_asked(job.question))


@routes.get("/jobs/<job>/result")
@Operation(
    "The answer that a job gave; its bytes never change",
    "sparql",
    (*formats.SOLUTIONS, *formats.RDF_FORMATS, formats.JSON),
    (_NAME,),
    refuses=("not-found",),
    files=True,
)
def result(job: str) -> Response:
    """Send the answer of a job."""
    found = _public(job)
    path, form = parts().jobs.answer(found), found.question.form
    meet(found.deviations)
    try:
        sent = send_file(path, form.media_type, conditional=False, etag=found.sha256)
    except FileNotFoundError as error:
        raise Problem("not-found", "there is no such job, or it is no longer kept") from error
    response = for_file(sent, "the answer")
    response.content_type = form.content_type
    response.headers["Cache-Control"] = FOREVER
    response.headers["Citylinks-Release"] = found.question.release
    return response
