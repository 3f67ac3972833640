"""The room of editors: signing in with a token, the queue of proposals, decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from registry.contribute import tables
from registry.contribute.drafts import LONGEST, Draft, Note, Table, one_line, rows_of
from registry.contribute.drafts import lines as several_lines
from registry.contribute.kind import Kind
from registry.contribute.kinds import KINDS
from registry.contribute.reading import Read
from registry.contribute.review import Found, is_refused
from registry.contribute.store import STATES, WAITING, Proposal, changed
from registry.contribute.tokens import EDITOR, HOURS, Holder
from registry.problems import Problem
from registry.publishing.shacl import Report
from registry.web.context import call, languages, parts, redirect_to, release
from registry.web.contributing import (
    COOKIE,
    FORM_REFUSES,
    Fields,
    body,
    door,
    holder,
    page,
    read_form,
    review,
    wants_page,
)
from registry.web.contributing import SIGN_IN as _SIGN_IN
from registry.web.contributing import editor_signed_in as _editor
from registry.web.contributing import session_purpose as _purpose
from registry.web.drafting import columns_of, drafts_told, fields_of, labels_of, thing_at, told
from registry.web.language import word
from registry.web.operation import PAGE, Operation, Parameter, in_path, whole
from registry.web.routes.contribute import (
    as_it_is,
    checked,
    described,
    is_changed,
    read_fields,
    show_form,
)
from registry.web.routes.contribute_table import LIMIT as TABLE_LIMIT
from registry.web.routes.contribute_table import read_rows, refused_rows, show_table, too_long
from registry.web.told import told as told_in

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
_PUBLISH_REFUSES: Final = (
    *(*FORM_REFUSES, "not-found", "conflict", "data-invalid", "precondition"),
    *("data-syntax", "busy", "answer-too-large"),
)
_ACTIONS: Final = ("accept", "same", "apart", "decline", "ask")
_ACCEPTS: Final = ("accept", "same", "apart")
_SEVERAL: Final = ("accept", "decline")
_SEEN: Final = "seen-"
"""How the names of the fields begin that say which proposals are chosen."""


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
        stamp=door().stamp(_SIGN_IN),
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
    fields, client = read_form(_SIGN_IN), call().client.name
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
    return _show_queue(_editor(), wanted, after)


def _show_queue(
    editor: Holder, wanted: str = "", after: int = 0, status: int = 200, **other: Any
) -> Response:
    found, total = door().proposals.queue([wanted] if wanted else WAITING, after)
    found = [as_it_is(one) for one in found]
    return page(
        "queue.html",
        status,
        hidden=True,
        editor=editor,
        state=wanted,
        states=STATES,
        rows=[(one, told(one.draft) if isinstance(one.draft, Draft) else None) for one in found],
        total=total,
        stamp=door().stamp(_purpose()),
        **other,
    )


@routes.post("/contribute/queue/several")
@Operation(
    "Accept several proposals, which publishes them at once; or decline them",
    "contribute",
    (),
    refuses=_PUBLISH_REFUSES,
    statuses=(303,),
    takes=body(
        {
            "action": f"one of {', '.join(_SEVERAL)}",
            "text": "the reason",
            "seen-1": "of each proposal that is chosen, by its number, the version that was seen",
        },
        "action",
        "seen-1",
    ),
    named=False,
)
def decide_several() -> Answer:
    """Carry out one decision on several proposals, on all or on none."""
    editor = _editor()
    fields = read_form(_purpose())
    action, text = fields.get("action", ""), several_lines(fields.get("text", ""))
    if action not in _SEVERAL:
        raise Problem("bad-parameter", f"action is one of {', '.join(_SEVERAL)}")
    marks = {name.removeprefix(_SEEN): v for name, v in fields.items() if name.startswith(_SEEN)}
    seen = [_numbered(number) for number in sorted(marks)]
    late = [one.id for one in seen if marks[str(one.id)] != str(one.version)]
    if late:
        shown = {"fields": fields, "chosen": marks}
        return _several_refused(editor, changed(late), **shown)
    if not seen or len(text) > LONGEST["comment"] or (action == "decline" and not text):
        fault = "fault_none_chosen" if not seen else "fault_long" if text else "fault_reason"
        faults = {"text" if seen else "chosen": fault}
        return _show_queue(editor, status=422, faults=faults, fields=fields, chosen=marks)
    if action == "decline":
        review().decline(seen, editor.name, text)
        return redirect_to(_QUEUE, 303)
    try:
        review().accept(seen, editor.name, one_line(text), call().client)
    except Problem as problem:
        return _several_refused(editor, problem, fields=fields, chosen=marks)
    return redirect_to(_QUEUE, 303)


def _several_refused(editor: Holder, problem: Problem, **shown: Any) -> Response:
    """Show the queue with what was typed and chosen, and why nothing was decided."""
    refused = _refused(problem)
    numbers = [*_numbers(problem)]
    return _show_queue(
        editor, status=problem.kind.status, refused=refused, concerned=numbers, **shown
    )


def _numbers(problem: Problem) -> list[int]:
    """List the proposals that a problem is about."""
    found = _members(problem, "already") + _members(problem, "faults")
    return sorted({*_members(problem, "proposals"), *(one["proposal"] for one in found)})


def _members(problem: Problem, name: str) -> list[Any]:
    return list(cast("Sequence[Any]", problem.members.get(name, ())))


def _refused(problem: Problem) -> list[Found]:
    """Return why a decision is refused, in words for its editor.

    Any other problem is raised again, and all are for clients that are no browsers.
    """
    if problem.name not in _DECIDED_AGAIN or not wants_page():
        raise problem
    report, tag = problem.members.get("report"), languages().interface
    if isinstance(report, Report):
        return [
            _violation(one.message, "en")
            for one in report.results
            if one.severity.value == "violation"
        ]
    if wrong := _members(problem, "faults"):
        return [_fault_told(one) for one in wrong]
    said = told_in(problem.detail, tag)
    return [_violation(said.text, said.lang)]


def _violation(message: str, lang: str) -> Found:
    return {"severity": "violation", "message": message, "field": "", "lang": lang}


def _fault_told(wrong: Mapping[str, Any]) -> Found:
    """Say what is wrong in a proposal: in which row, beside which field."""
    found, tag, row = door().proposals.get(wrong["proposal"]), languages().interface, wrong["row"]
    kind = KINDS[rows_of(found.draft)[row - 1].kind]
    label = labels_of(kind).get(wrong["field"], wrong["field"])
    where = [word("table_line", tag, line=str(row + 1))] if isinstance(found.draft, Table) else []
    named = ", ".join([word("proposal_number", tag, number=str(found.id)), *where, label])
    return _violation(f"{named}: {word(wrong['fault'], tag)}", tag)


_DECIDED_AGAIN: Final = ("conflict", "data-invalid", "precondition")
"""Problems after which an editor decides once more, with what was typed."""


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
    return _show(_editor(), _numbered(number))


def _numbered(number: str) -> Proposal:
    """Return the proposal of a number, as it turned out; `not-found` where it is none."""
    if not re.fullmatch("[0-9]{1,9}", number):
        raise Problem("not-found", "there is no such proposal")
    return as_it_is(door().proposals.get(int(number)))


def _show(
    editor: Holder, found: Proposal, status: int = 200, fault: str = "", **other: Any
) -> Response:
    has = [review().already(one) for one in rows_of(found.draft)] if found.is_waiting else []
    return page(
        "queue_proposal.html",
        status,
        hidden=True,
        editor=editor,
        proposal=found,
        stamp=door().stamp(_purpose()),
        like=door().proposals.like(found, found.id),
        faults={"text": fault} if fault else {},
        here_already=[
            (row, field, thing, thing_at(thing))
            for row, one in enumerate(has, start=1)
            for field, thing in one.conflicts
        ],
        confirms=list(dict.fromkeys(thing_at(one.standing) for one in has if one.standing)),
        formers=[
            (event.at[:10], columns_of([told(row) for row in rows_of(event.former)]))
            for event in found.said
            if event.former
        ],
        **other,
        **drafts_told(found),
    )


@routes.post("/contribute/queue/<number>")
@Operation(
    "Accept a proposal, which publishes it; decline it, or ask whoever sent it",
    "contribute",
    (),
    (_NUMBER,),
    refuses=_PUBLISH_REFUSES,
    statuses=(303,),
    takes=body(
        {
            "action": f"one of {', '.join(_ACTIONS)}",
            "text": "the reason, or the question",
            "version": "the version that was seen",
            "apart": "with `apart`: the things here that it is not, by reference, between spaces",
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
    action, text = fields.get("action", ""), several_lines(fields.get("text", ""))
    if action not in _ACTIONS:
        raise Problem("bad-parameter", f"action is one of {', '.join(_ACTIONS)}")
    if is_changed(found, fields):
        return _show(editor, found, 409, changed=True, fields={"text": text})
    if len(text) > LONGEST["comment"] or (action not in _ACCEPTS and not text):
        fault = "fault_long" if text else "fault_reason"
        return _show(editor, found, 422, fault, fields={"text": text})
    try:
        _carry_out(action, found, editor.name, text, fields.get("apart", "").split())
    except Problem as problem:
        refused = _refused(problem)
        now, status = _numbered(number), problem.kind.status
        return _show(
            editor, now, status, refused=refused, concerned=_numbers(problem), fields={"text": text}
        )
    return redirect_to(f"{_QUEUE}/{number}", 303)


def _carry_out(action: str, seen: Proposal, by: str, text: str, apart: Sequence[str]) -> None:
    """Carry out a decision; `apart` are things here that the editor says are other ones."""
    if action in {"accept", "apart"}:
        others = apart if action == "apart" else ()
        review().accept([seen], by, one_line(text), call().client, others)
    elif action == "same":
        review().same(seen, by, text)
    elif action == "decline":
        review().decline([seen], by, text)
    else:
        review().ask(seen, by, text)


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
    kind = _kind_of(found)
    if isinstance(found.draft, Table):
        fields = {"table": tables.write(kind, found.draft.rows)}
        return show_table(kind, fields, **_amending(found))
    return show_form(kind, fields_of(kind, rows_of(found.draft)[0]), **_amending(found))


def _kind_of(found: Proposal) -> Kind:
    """Return the kind of a proposal; `not-found` for a note, which says nothing in data."""
    if isinstance(found.draft, Note):
        raise Problem("not-found", "a note has nothing that could be amended")
    return KINDS[rows_of(found.draft)[0].kind]


def _amending(found: Proposal) -> dict[str, Any]:
    """Return how a form is shown that amends a proposal."""
    return {
        "stamp": door().stamp(_purpose()),
        "action": f"{_QUEUE}/{found.id}/amend",
        "amends": found,
    }


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
        {
            **{name: text for kind in KINDS.values() for name, text in described(kind).items()},
            "table": "of a table, all its rows as CSV",
            "comment": "why it is changed",
            "version": "the version that was seen",
        },
        "comment",
        "version",
    ),
    named=False,
)
def amend(number: str) -> Answer:
    """Change a proposal; it waits on, as another version."""
    editor = _editor()
    fields = read_form(_purpose(), TABLE_LIMIT)
    found = seen = _numbered(number)
    kind, reason = _kind_of(found), several_lines(fields.get("comment", ""))
    if is_changed(found, fields) or (wants_page() and not found.is_waiting):
        show = show_table if isinstance(found.draft, Table) else show_form
        return show(kind, fields, **_amending(found), changed=True)
    faults = {}
    if not reason or len(reason) > LONGEST["comment"]:
        faults["comment"] = "fault_long" if reason else "fault_reason"
    if isinstance(found.draft, Table):
        return _amend_table(editor, seen, kind, fields, faults)
    read = read_fields(kind, fields)
    if faults := read.faults | faults:
        return show_form(kind, fields, read, faults, **_amending(found))
    draft = _as_stated(read, rows_of(found.draft)[0])
    said = checked([draft])
    if is_refused(said):
        return show_form(kind, fields, found=said, **_amending(found))
    review().amend(seen, draft, editor.name, reason, said)
    return redirect_to(f"{_QUEUE}/{number}", 303)


def _as_stated(read: Read, former: Draft) -> Draft:
    """Return a draft in the name of whoever spoke in the former one, in the words of an editor."""
    return replace(read.draft, stated_by=former.stated_by)


def _amend_table(
    editor: Holder, seen: Proposal, kind: Kind, fields: Fields, faults: Mapping[str, str]
) -> Answer:
    """Change the rows of a table."""
    rows, wrong = read_rows(kind, fields)
    shown = _amending(seen)
    if bad := [row for row in rows if row.faults]:
        return show_table(kind, fields, {**faults, **wrong}, rows=bad, **shown)
    if faults or wrong:
        return show_table(kind, fields, {**faults, **wrong}, **shown)
    # Who speaks for a city does so still, row by row as far as a row says the same cities.
    stated = {kind.about(one): one.stated_by for one in rows_of(seen.draft)}
    drafts = [replace(row.draft, stated_by=stated.get(kind.about(row.draft), "")) for row in rows]
    try:
        said = checked(drafts)
    except Problem as problem:
        return too_long(problem, kind, fields, **shown)
    if is_refused(said):
        return refused_rows(kind, fields, rows, said, **shown)
    review().amend(seen, Table(tuple(drafts)), editor.name, several_lines(fields["comment"]), said)
    return redirect_to(f"{_QUEUE}/{seen.id}", 303)
