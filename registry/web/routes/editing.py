"""The room of editors: signing in with a token, the queue of proposals, decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from registry.contribute.drafts import LONGEST, LinkDraft, one_line
from registry.contribute.drafts import lines as several_lines
from registry.contribute.review import Found, is_refused
from registry.contribute.store import STATES, WAITING, Proposal
from registry.contribute.tokens import EDITOR, HOURS, Holder
from registry.problems import Problem
from registry.web.context import call, parts, redirect_to, release
from registry.web.contributing import (
    COOKIE,
    FORM_REFUSES,
    Fields,
    body,
    door,
    drafts_told,
    holder,
    page,
    read_form,
    review,
    told,
)
from registry.web.contributing import SIGN_IN as _SIGN_IN
from registry.web.contributing import editor_signed_in as _editor
from registry.web.contributing import session_purpose as _purpose
from registry.web.operation import PAGE, Operation, Parameter, in_path, whole
from registry.web.routes.contribute import (
    LINK_FIELDS,
    as_seen,
    read_fields,
    show_form,
    today,
)

routes = Blueprint("editing", __name__)

_PATH: Final = "/contribute"
_QUEUE: Final = "/contribute/queue"

_STATE: Final = Parameter(
    "state", "the state of proposals; without it, what waits", {"enum": ["", *STATES]}, empty=True
)
_AFTER: Final = Parameter(
    "after", "the number behind which the list begins", whole(0, 999_999_999, 0), empty=True
)
_NUMBER: Final = in_path(
    "number", "the number of a proposal", {"type": "string", "pattern": "^[0-9]{1,9}$"}, "1"
)
_ACTIONS: Final = ("accept", "decline", "ask")


@routes.get("/contribute/sign-in")
@Operation("A form for the token of an editor", "contribute", PAGE, named=False)
def sign_in_form() -> Response:
    """Show the form."""
    release()
    return _show_sign_in()


def _show_sign_in() -> Response:
    return page(
        "sign_in.html",
        hidden=True,
        stamp=door().stamp("sign-in"),
        holder=holder(),
        leaving=door().stamp(_purpose()),
    )


@routes.post("/contribute/sign-in")
@Operation(
    "Open a session with a token",
    "contribute",
    (),
    refuses=(*FORM_REFUSES, "not-found"),
    statuses=(303,),
    takes=body({"token": "the token"}, "token"),
    named=False,
)
def sign_in() -> Answer:
    """Open a session."""
    fields, client = read_form("sign-in"), call().client.name
    parts().refusals.check(client)
    known = door().tokens.holder(fields.get("token", "").strip())
    if known is None:
        parts().refusals.count(client)
        raise Problem("forbidden", "nobody here has that token, or it is not valid any more")
    answer = redirect_to(_QUEUE if known.role == EDITOR else "/contribute/link", 303)
    public = parts().settings.public_url
    answer.set_cookie(
        COOKIE,
        door().tokens.open(known),
        max_age=HOURS * 3600,
        path=_PATH,
        secure=request.is_secure or public.startswith("https:"),
        httponly=True,
        samesite="Strict",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@routes.get("/contribute/queue")
@Operation(
    "The proposals that wait for an editor",
    "contribute",
    PAGE,
    (_STATE, _AFTER),
    refuses=("forbidden", "not-found"),
    statuses=(303,),
    named=False,
)
def queue() -> Answer:
    """List proposals, oldest first."""
    release()
    wanted, after = _STATE.read(), int(_AFTER.read())
    if holder() is None:
        return redirect_to(_SIGN_IN, 303)
    editor = _editor()
    found, total = door().proposals.queue([wanted] if wanted else WAITING, after)
    return page(
        "queue.html",
        hidden=True,
        editor=editor,
        state=wanted,
        states=STATES,
        rows=[(one, told(one.draft) if isinstance(one.draft, LinkDraft) else {}) for one in found],
        total=total,
        stamp=door().stamp(_purpose()),
    )


@routes.post("/contribute/queue")
@Operation(
    "Sign out: end a session",
    "contribute",
    (),
    refuses=(*FORM_REFUSES, "not-found"),
    statuses=(303,),
    takes=body({}),
    named=False,
)
def sign_out() -> Answer:
    """End the session, here and wherever its cookie was copied to."""
    read_form(_purpose())
    door().tokens.close(request.cookies.get(COOKIE, ""))
    answer = redirect_to("/contribute", 303)
    answer.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="Strict")
    return answer


@routes.get("/contribute/queue/<number>")
@Operation(
    "A proposal, with what the registry says now, what the shapes say, and what is like it",
    "contribute",
    PAGE,
    (_NUMBER,),
    refuses=("forbidden", "not-found"),
    statuses=(303,),
    named=False,
)
def one(number: str) -> Answer:
    """Show a proposal to an editor."""
    if holder() is None:
        return redirect_to(_SIGN_IN, 303)
    return _show(_editor(), review().settle(_numbered(number)))


def _numbered(number: str) -> Proposal:
    """Return the proposal of a number; `not-found` where it is none."""
    if not re.fullmatch("[0-9]{1,9}", number):
        raise Problem("not-found", "there is no such proposal")
    return door().proposals.get(int(number))


def _show(
    editor: Holder, found: Proposal, status: int = 200, fault: str = "", **other: Any
) -> Response:
    return page(
        "queue_proposal.html",
        status,
        hidden=True,
        editor=editor,
        proposal=found,
        stamp=door().stamp(_purpose()),
        like=door().proposals.like(found, found.id),
        faults={"text": fault} if fault else {},
        **other,
        **drafts_told(found),
    )


@routes.post("/contribute/queue/<number>")
@Operation(
    "Accept a proposal, which publishes it; decline it, or ask whoever sent it",
    "contribute",
    (),
    (_NUMBER,),
    refuses=(
        *(*FORM_REFUSES, "not-found", "conflict", "data-invalid", "precondition"),
        *("data-syntax", "busy", "answer-too-large"),
    ),
    statuses=(303,),
    takes=body(
        {
            "action": f"one of {', '.join(_ACTIONS)}",
            "text": "the reason, or the question",
            "version": "the version that was seen",
        },
        "action",
        "version",
    ),
    named=False,
)
def decide(number: str) -> Answer:
    """Carry out a decision."""
    editor = _editor()
    fields = read_form(_purpose())
    found = _numbered(number)
    seen = as_seen(found, fields)
    action, text = fields.get("action", ""), several_lines(fields.get("text", ""))
    if action not in _ACTIONS:
        raise Problem("bad-parameter", f"action is one of {', '.join(_ACTIONS)}")
    if len(text) > LONGEST["comment"] or (action != "accept" and not text):
        fault = "fault_long" if text else "fault_reason"
        return _show(editor, found, 422, fault, fields={"text": text})
    if action == "accept":
        return _accept(editor, seen, one_line(text))
    decided = review().decline if action == "decline" else review().ask
    decided(seen, editor.name, text)
    return redirect_to(f"{_QUEUE}/{number}", 303)


def _accept(editor: Holder, seen: Proposal, reason: str) -> Answer:
    """Publish a proposal; one that breaks rules is shown again with what they say."""
    try:
        review().accept(seen, editor.name, reason, call().client)
    except Problem as problem:
        report = problem.members.get("report")
        if problem.name != "data-invalid" or report is None:
            raise
        found = [
            {"severity": one.severity.value, "message": one.message, "field": ""}
            for one in report.results  # type: ignore[attr-defined]
            if one.severity.value == "violation"
        ]
        return _show(editor, door().proposals.get(seen.id), 422, refused=found)
    return redirect_to(f"{_QUEUE}/{seen.id}", 303)


@routes.get("/contribute/queue/<number>/amend")
@Operation(
    "A form to change what a proposal says",
    "contribute",
    PAGE,
    (_NUMBER,),
    refuses=("forbidden", "not-found"),
    statuses=(303,),
    named=False,
)
def amend_form(number: str) -> Answer:
    """Show the form with what the proposal says."""
    if holder() is None:
        return redirect_to(_SIGN_IN, 303)
    _editor()
    found = _numbered(number)
    return _amending(found, _fields_of(_link(found)))


def _link(found: Proposal) -> LinkDraft:
    if not isinstance(found.draft, LinkDraft):
        raise Problem("not-found", "only the proposal of one link can be amended")
    return found.draft


def _fields_of(draft: LinkDraft) -> Fields:
    """Return the fields of a form as whoever sent it may have filled them in."""
    source = draft.source
    said = ("says", "kind", "began", "changed", "decided", "reason")
    of_source = ("title", "address", "date", "publisher", "language", "locator")
    fields = {name: getattr(draft, name) for name in said}
    fields |= {name: getattr(source, name) for name in of_source}
    fields["undated"] = "1" if source.undated else ""
    shown = told(draft)
    for name in ("one", "other"):
        label = ", ".join(filter(None, (shown[name]["text"], shown[name]["country"])))
        fields |= {name: label, f"{name}_ref": getattr(draft, name), f"{name}_for": label}
    return fields


def _amending(
    found: Proposal,
    fields: Fields,
    faults: Mapping[str, str] | None = None,
    said: list[Found] | None = None,
    choices: Mapping[str, list[dict[str, str]]] | None = None,
) -> Response:
    return show_form(
        fields,
        faults,
        said,
        choices,
        stamp=door().stamp(_purpose()),
        action=f"{_QUEUE}/{found.id}/amend",
        amends=found,
    )


@routes.post("/contribute/queue/<number>/amend")
@Operation(
    "Change what a proposal says, with a reason",
    "contribute",
    (),
    (_NUMBER,),
    refuses=(
        *(*FORM_REFUSES, "not-found", "conflict", "data-invalid"),
        *("busy", "answer-too-large"),
    ),
    statuses=(303,),
    takes=body(
        {**LINK_FIELDS, "comment": "why it is changed", "version": "the version that was seen"},
        "date",
        "comment",
        "version",
    ),
    named=False,
)
def amend(number: str) -> Answer:
    """Change a proposal; it waits on, as another version."""
    editor = _editor()
    fields = read_form(_purpose())
    found = _numbered(number)
    _link(found)
    seen, reason = as_seen(found, fields), several_lines(fields.get("comment", ""))
    read = read_fields(fields)
    faults = dict(read.faults)
    if not reason or len(reason) > LONGEST["comment"]:
        faults["comment"] = "fault_long" if reason else "fault_reason"
    if faults:
        return _amending(found, fields, faults, choices=read.choices)
    # Who speaks for a city does so still, in the words of an editor.
    draft = replace(read.draft, stated_by=_link(found).stated_by)
    said = review().check([draft], today(), call().client)
    if is_refused(said):
        return _amending(found, fields, said=said)
    review().amend(seen, draft, editor.name, reason, said)
    return redirect_to(f"{_QUEUE}/{number}", 303)
