"""Decisions of editors on things: merge, split, withdraw, redact, undo.

    form ─▶ preview ─▶ what would change ─▶ apply ─▶ the history of the thing, or what was done
              └ a job, whose page tells how far it is where it takes longer

Just what a page has shown of a release is done to that release; else it is shown anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final, cast

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry import terms
from registry.contribute.acts import ACTS, MERGE, MOST, REDACT, SPLIT, UNDO, WITHDRAW, Act
from registry.contribute.deciding import DECIDE, PREVIEW, ActQuestion, Shown
from registry.contribute.drafts import LONGEST, one_line
from registry.contribute.tokens import Holder
from registry.jobs import Job
from registry.places.countries import code_of
from registry.problems import Problem
from registry.publishing.curation import Doubt, iri_of
from registry.publishing.redaction import FIELDS
from registry.releases import log
from registry.things.history import new_names
from registry.things.wording import country_name
from registry.web.context import languages, pages, parts, redirect_to, release
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
from registry.web.language import word
from registry.web.operation import PAGE, Operation, Parameter, in_path

routes = Blueprint("deciding", __name__)

_PATH: Final = "/contribute/decide"
_SHOWN: Final = 30
"""Things that are named of those that change."""

_RECENT: Final = 12
"""Publishes that are offered to be undone."""

_REFUSES: Final = (
    *(*FORM_REFUSES, "not-found", "conflict", "data-invalid", "bad-parameter"),
    *("busy", "answer-too-large"),
)
_TOLD: Final = frozenset({"bad-parameter", "not-found", "conflict", "data-invalid"})
"""Problems that are told beside the form; others have pages of their own."""

_ACT: Final = Parameter("act", "which form is shown", {"enum": ["", *ACTS]}, empty=True)
_THINGS: Final = Parameter("things", "what the form is filled in with", empty=True)
_WANTED: Final = Parameter("release", "the release that the form to undo names", empty=True)
_JOB: Final = in_path(
    "job", "the name of the job", {"type": "string", "pattern": "^[0-9a-f]{32}$"}, "0" * 32
)


@routes.get("/contribute/decide")
@Operation(
    "A form to merge, split, withdraw or redact things, or to undo a publish",
    "contribute",
    PAGE,
    (_ACT, _THINGS, _WANTED),
    refuses=("forbidden", "not-found"),
    statuses=(303,),
    named=False,
)
def form() -> Answer:
    """Show the form."""
    release()
    given = {"act": _ACT.read(), "things": _THINGS.read(), "release": _WANTED.read()}
    if holder() is None:
        return redirect_to(SIGN_IN, 303)
    editor_signed_in()
    return _show(given)


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
            "things": "references or addresses, one a line; of a merger or a split the first city",
            "into": "what it is merged into, or the other city of a split",
            "partners": "of a split, cities whose links move, one a line",
            "graphs": "of a split, graphs in which statements move, one a line",
            "texts": "of a redaction, words that must stand nowhere any more, one a line",
            "release": "the release whose publish is undone",
            "also": "`1` withdraws what hangs on the things, too, as the page has shown it",
            "hanging": "what hangs on the things, one a line",
            "sure": "`1` says that doubts were seen",
            "reason": "why; it is published",
            "step": "`apply` carries out what was shown; anything else shows what would change",
            "shown": "what the page has that showed it",
        },
        "act",
        "reason",
    ),
    named=False,
)
def decide() -> Answer:
    """Show what a decision would change, or carry it out."""
    editor = editor_signed_in()
    fields = read_form(session_purpose())
    if fields.get("also"):
        # What hangs on them is withdrawn with them from then on.
        lines = [*_lines(fields, "things"), *_lines(fields, "hanging")]
        fields |= {"things": "\n".join(dict.fromkeys(lines)), "also": "", "hanging": ""}
    try:
        act = _read(fields, editor)
        wants = fields.get("step") == "apply" and _was_shown(act, fields)
        task = DECIDE if wants else PREVIEW
        kept = {name: text for name, text in fields.items() if name in _FIELDS}
        job = parts().acts.begin(parts().jobs, act, task, release().version, kept)
    except Problem as problem:
        if problem.name not in _TOLD:
            raise
        return _show(fields, 422, refused=problem.detail)
    if not job.is_over:
        return redirect_to(f"{_PATH}/{job.name}", 303)
    return _outcome(job, fields, editor)


_FIELDS: Final = (
    *("act", "things", "into", "partners", "graphs", "texts", "release", "reason", "sure"),
    "shown",
)
"""The fields of the form that say what is decided."""


@routes.get("/contribute/decide/<job>")
@Operation(
    "How far a decision is, what it would change, or what came of it",
    "contribute",
    PAGE,
    (_JOB,),
    refuses=_REFUSES,
    statuses=(303,),
    named=False,
)
def progress(job: str) -> Answer:
    """Tell an editor how far a decision is."""
    if holder() is None:
        return redirect_to(SIGN_IN, 303)
    editor = editor_signed_in()
    found = parts().jobs.get(job)
    if not isinstance(found.question, ActQuestion):
        raise Problem("not-found", "there is no such decision")
    if found.state == "running":
        known = (key for word, key in _STEPS.items() if word in found.step)
        step = next(known) if found.step else "step_waiting"
        return page("decide_progress.html", hidden=True, job=found, step=step, **_stamped())
    try:
        fields = json.loads(parts().jobs.sent(found, FIELDS))
    except Problem:  # Those of a redaction are not kept.
        fields = {"act": found.question.what}
    if found.state == "interrupted":
        return _show(fields, 422, refused="the server was stopped meanwhile; do it once more")
    return _outcome(found, fields, editor)


_STEPS: Final = {
    "reading": "step_reading",
    "deriving": "step_deriving",
    "validating": "step_validating",
    "loading release": "step_renewing",
    "looking": "step_looking",
    "": "step_writing",
}
"""Which phrase tells of a step, by a word of it; all others write."""


def _outcome(job: Job, fields: Fields, editor: Holder) -> Answer:
    """Show what came of a job that is over."""
    question = cast("ActQuestion", job.question)
    if job.state == "failed":
        problem = Problem(job.problem, job.detail, **job.members)
        if problem.name not in _TOLD:
            raise problem
        if doubts := [_worded(Doubt(**one)) for one in job.members.get("doubts", ())]:
            return _show(fields, 422, doubts=doubts)
        found = [one for one in job.members.get("report", ()) if one["severity"] == "violation"]
        return _show(fields, 422, refused=job.detail, faults_found=_named(found))
    told = json.loads(parts().jobs.answer(job).read_bytes())
    if question.task == DECIDE:
        if question.what in {MERGE, WITHDRAW, SPLIT}:
            return redirect_to(f"{terms.path_of(question.thing)}?view=history", 303)
        return page("decide_done.html", hidden=True, job=job, told=told, **_stamped())
    seen = Shown.from_json(told)
    makes = pages()
    named = seen.things[:_SHOWN]
    told_of = {*named, *(one.iri for one in seen.hanging)}
    makes.labels.learn(makes.index, told_of)
    makes.labels.call(new_names(makes, told_of))
    hanging = {one.iri: one.message for one in seen.hanging}
    wrong = [
        asdict(one)
        for one in seen.report.results
        if one.severity.value == "violation" and hanging.get(one.focus) != one.message
    ]
    act = _read({**fields, "sure": "1"}, editor)
    return _show(
        {**fields, "shown": door().stamps.seal(_sealed(act), question.release)},
        200 if seen.report.conforms else 422,
        seen=seen,
        named=list(map(makes.link, named)),
        hanging=[(makes.link(one.iri), one.message) for one in seen.hanging],
        doubts=list(map(_worded, seen.doubts)),
        hanging_refs="\n".join(one.iri.removeprefix(terms.ID) for one in seen.hanging),
        faults_found=_named(wrong),
    )


WORDS: Final = ("doubt_distance", "doubt_country", "doubt_identifiers")
"""Phrases that word a doubt, by its name."""


def _worded(doubt: Doubt) -> str:
    """Word a doubt in the language of the reader."""
    interface = languages().interface
    one, other = doubt.one, doubt.other
    if doubt.what == "country":
        one, other = (country_name(code_of(c), interface) or c for c in (one, other))
    return word(f"doubt_{doubt.what}", interface, one=one, other=other)


def _named(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give what rules find wrong the names of the things, in the language of the reader."""
    makes = pages()
    makes.labels.learn(makes.index, {one["focus"] for one in found})
    return [{**one, "thing": makes.link(one["focus"])} for one in found]


def _sealed(act: Act) -> str:
    """Return what is compared: an act is the same whether its doubts were seen or not."""
    return json.dumps({**act.as_json(), "sure": ""})


def _was_shown(act: Act, fields: Fields) -> bool:
    """Whether the page before showed what this very decision changes in this release."""
    shown = door().stamps.unseal(_sealed(act), fields.get("shown", ""))
    return bool(shown == release().version)


def _read(fields: Fields, editor: Holder) -> Act:
    """Read a decision.

    Raises
    ------
    Problem
        `bad-parameter` where something is missing or is none.

    """
    what, reason = fields.get("act", ""), one_line(fields.get("reason", ""))
    if not reason or len(reason) > LONGEST["comment"]:
        raise Problem("bad-parameter", "say why, briefly: the reason is published")
    things = _lines(fields, "things") if what != UNDO else []
    if what in {MERGE, SPLIT}:
        things = [*things[:1], *_lines(fields, "into")]
    iris = tuple(dict.fromkeys(map(iri_of, things)))
    is_split = what == SPLIT
    return Act(
        what,
        editor.name,
        reason,
        iris,
        partners=tuple(map(iri_of, _lines(fields, "partners"))) if is_split else (),
        graphs=tuple(map(_graph_of, _lines(fields, "graphs"))) if is_split else (),
        texts=tuple(_lines(fields, "texts")) if what == REDACT else (),
        release=_release_of(fields.get("release", "")) if what == UNDO else "",
        sure=bool(fields.get("sure")),
    )


def _lines(fields: Mapping[str, str], name: str) -> list[str]:
    found = (line.strip() for line in fields.get(name, "").split("\n"))
    return list(dict.fromkeys(filter(None, found)))


_BEFORE: Final = re.compile(r"^(?:.*/)?(?:graph|release)/|[?#].*$")
"""What of the address of a graph or release does not belong to its name."""


def _graph_of(text: str) -> str:
    """Return the name of a graph by its name, IRI, or address at a server of ours."""
    name = _BEFORE.sub("", text)
    if not terms.NAME.fullmatch(name):
        raise Problem("bad-parameter", f"{text!r} is not the name of a graph such as perm-twins")
    return name


def _release_of(text: str) -> str:
    return _BEFORE.sub("", text.strip())


def _stamped() -> dict[str, Any]:
    return {"stamp": door().stamp(session_purpose())}


def _show(fields: Fields, status: int = 200, **told: Any) -> Response:
    what = fields.get("act") if fields.get("act") in ACTS else MERGE
    return page(
        "decide.html",
        status,
        hidden=True,
        fields={**fields, "act": what},
        act=what,
        acts=ACTS,
        most=MOST,
        recent=list(_recent()) if what == UNDO else [],
        **_stamped(),
        **told,
    )


def _recent() -> Iterator[log.Event]:
    """List the publishes that can be undone, the newest first: both releases are kept."""
    workspace = parts().shelf.workspace
    kept = {*workspace.versions()}
    switches = reversed(log.switches(workspace.log_path))
    fitting = (e for e in switches if e.event == "publish" and {e.version, e.previous} <= kept)
    yield from [event for event, _ in zip(fitting, range(_RECENT), strict=False)]
