"""Decisions of editors on things: to merge two records of one, or to withdraw what should not be.

The form is shown, what it would change is shown, and then it is done.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry import terms
from registry.contribute.drafts import LONGEST, one_line
from registry.problems import Problem
from registry.publishing.curation import ACTS, MERGE, Act, iri_of
from registry.web.context import call, pages, parts, redirect_to, release
from registry.web.contributing import (
    FORM_REFUSES,
    SIGN_IN,
    Fields,
    body,
    door,
    editor_signed_in,
    holder,
    page,
    read_form,
    session_purpose,
)
from registry.web.operation import PAGE, Operation

routes = Blueprint("deciding", __name__)

_SHOWN: Final = 30
"""Things that are named of those that change."""

_MOST: Final = 50
"""Things that are withdrawn at once."""

_REFUSES: Final = (
    *(*FORM_REFUSES, "not-found", "conflict", "data-invalid", "bad-parameter"),
    *("busy", "answer-too-large"),
)


@routes.get("/contribute/decide")
@Operation(
    "A form to merge two records of one thing, or to withdraw things",
    "contribute",
    PAGE,
    refuses=("forbidden", "not-found"),
    statuses=(303,),
    named=False,
)
def form() -> Answer:
    """Show the form."""
    release()
    if holder() is None:
        return redirect_to(SIGN_IN, 303)
    editor_signed_in()
    return _show({})


@routes.post("/contribute/decide")
@Operation(
    "Show what a decision would change, or carry it out",
    "contribute",
    PAGE,
    refuses=_REFUSES,
    statuses=(303,),
    takes=body(
        {
            "act": f"one of {', '.join(ACTS)}",
            "things": "references or addresses, one a line; the first of two is merged",
            "into": "what it is merged into",
            "reason": "why; it is published",
            "step": "`apply` carries out what was shown; anything else shows what would change",
            "shown": "what the page has that showed it",
        },
        "act",
        "things",
        "reason",
    ),
    named=False,
)
def decide() -> Answer:
    """Show what a decision would change, or carry it out."""
    editor = editor_signed_in()
    fields = read_form(session_purpose())
    try:
        act = _read(fields, editor.name)
        if fields.get("step") == "apply" and _was_shown(act, fields):
            with parts().uploads.writing.ticket(call().client):
                parts().uploads.decide(act, call().client)
            return redirect_to(f"{terms.path_of(act.things[0])}?view=history", 303)
        with parts().uploads.validating.ticket(call().client):
            seen = parts().uploads.preview(act, call().client)
    except Problem as problem:
        if problem.name not in {"bad-parameter", "not-found", "conflict", "data-invalid"}:
            raise
        return _show(fields, 422, refused=problem.detail)
    makes = pages()
    named = seen.things[:_SHOWN]
    makes.labels.learn(makes.index, set(named))
    return _show(
        {**fields, "shown": door().stamps.seal(repr(act), release().version)},
        200 if seen.report.conforms else 422,
        seen=seen,
        named=list(map(makes.link, named)),
        faults_found=[one for one in seen.report.results if one.severity.value == "violation"],
    )


def _was_shown(act: Act, fields: Fields) -> bool:
    """Whether the page before showed what this very decision changes in this release."""
    shown = door().stamps.unseal(repr(act), fields.get("shown", ""))
    return bool(shown == release().version)


def _read(fields: Fields, by: str) -> Act:
    """Read a decision.

    Raises
    ------
    Problem
        `bad-parameter` where something is missing or is none.

    """
    what, reason = fields.get("act", ""), one_line(fields.get("reason", ""))
    things = [line for line in fields.get("things", "").split("\n") if line.strip()]
    if what == MERGE:
        things = [*things[:1], fields.get("into", "")]
    if what not in ACTS or not 0 < len(things) <= _MOST:
        raise Problem("bad-parameter", f"name up to {_MOST} things to merge or to withdraw")
    if not reason or len(reason) > LONGEST["comment"]:
        raise Problem("bad-parameter", "say why, briefly: the reason is published")
    return Act(what, tuple(dict.fromkeys(map(iri_of, things))), by, reason)


def _show(fields: Fields, status: int = 200, **told: Any) -> Response:
    return page(
        "decide.html",
        status,
        hidden=True,
        fields=fields,
        acts=ACTS,
        stamp=door().stamp(session_purpose()),
        **told,
    )
