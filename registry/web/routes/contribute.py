"""Forms for people who know better: a link, or that something is wrong; and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, cast

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry import terms
from registry.contribute.cities import meant
from registry.contribute.drafts import (
    DECIDERS,
    KINDS,
    LONGEST,
    SAYS,
    Faults,
    LinkDraft,
    Table,
    one_line,
    read_email,
    read_link,
    read_note,
)
from registry.contribute.drafts import lines as several_lines
from registry.contribute.review import Found, is_refused
from registry.contribute.store import Proposal, Sent
from registry.contribute.tokens import AUTHORITY
from registry.problems import Problem
from registry.search.identifiers import thing_of
from registry.views.names import NAMES, Thing
from registry.web.context import call, languages, pages, parts, redirect_to, release
from registry.web.contributing import (
    FORM_REFUSES,
    Fields,
    body,
    bound_to,
    door,
    drafts_told,
    holder,
    known,
    page,
    read_form,
    refuse_closed,
    refuse_faults,
    review,
    source_languages,
    thing_shown,
    told,
)
from registry.web.operation import PAGE, SOME_TEXT, Operation, Parameter, in_path

routes = Blueprint("contribute", __name__)

CITIES: Final = ("one", "other")
_CARRIED: Final = (
    *("one", "one_ref", "one_for", "other", "other_ref", "other_for"),
    *("says", "kind", "began", "changed", "decided", "reason"),
    *("title", "address", "date", "undated", "publisher", "language", "locator"),
    *("comment", "email", "agree"),
)
"""The fields that the second page of a form carries along."""

LINK_FIELDS: Final = {
    "one": "a city, by name or reference",
    "one_ref": "the reference of the city that is chosen where its name has several meanings",
    "one_for": "the name that it was chosen for",
    "other": "the other city; `other_ref` and `other_for` likewise",
    "other_ref": "as `one_ref`",
    "other_for": "as `one_for`",
    "says": f"what the source says: one of {', '.join(SAYS)}",
    "kind": f"the kind of the link: one of {', '.join(KINDS)}",
    "began": "since when they are linked: a year, month or day",
    "changed": "since when the link is ended, suspended or resumed: a year, month or day",
    "decided": "which city decided that: one, other, both, or empty",
    "reason": "why, in a few words",
    "title": "the title of the source; it or `address` is needed",
    "address": "the address of the source",
    "date": "the date of the source: a year, month or day",
    "undated": "`1` where it states no date, and `date` is the day on which it was looked at",
    "publisher": "who published it",
    "language": "the language of its title, a tag",
    "locator": "the place in it",
}
_BESIDE: Final = {
    "comment": "what the editors should know; it is not published",
    "email": "an e-mail address for questions; it is not published",
    "agree": "`1` if what is sent may stand under the licence of the registry",
}
_SECRET: Final = in_path(
    "secret", "the secret that whoever sent a proposal was given", SOME_TEXT, "0" * 32
)

_CITY: Final = Parameter("city", "a city to begin with, by reference or name", empty=True)
_WITH: Final = Parameter("with", "another city to begin with", empty=True)
_SAYS: Final = Parameter(
    "says", "what the form begins with", {"enum": ["", *SAYS], "default": ""}, empty=True
)
_ABOUT: Final = Parameter(
    "about",
    "the page that is wrong, as its address without the server",
    example="/doc/city/perm-511196",
    empty=True,
)


def today() -> str:
    """Return the day in UTC."""
    return datetime.now(UTC).date().isoformat()


@routes.get("/contribute")
@Operation("What anyone can add or correct, and how", "contribute", PAGE, named=False)
def start() -> Response:
    """Lead to the forms."""
    release()
    return page("contribute.html")


@routes.get("/contribute/link")
@Operation(
    "A form for what a source says of a link of two cities",
    "contribute",
    PAGE,
    (_CITY, _WITH, _SAYS),
    named=False,
)
def link_form() -> Response:
    """Show the form, filled in as far as the address says."""
    begun = zip(CITIES, (_CITY.read(), _WITH.read()), strict=True)
    fields = {name: text for one, given in begun for name, text in _given(one, given).items()}
    fields |= {"says": _SAYS.read() or "linked", "language": languages().interface}
    return show_form(fields)


def _given(name: str, text: str) -> Fields:
    """Return the fields of a city that an address names."""
    text = one_line(text)[: LONGEST["city"]]
    thing = thing_of(release().view(NAMES), text) if text else None
    if thing is None or thing.kind != "city":
        return {name: text}
    shown = thing_shown(thing)
    label = ", ".join(filter(None, (shown["text"], shown["country"])))
    return {name: label, f"{name}_ref": thing.ref, f"{name}_for": label}


@dataclass(frozen=True)
class Read:
    """A form as it was read: its draft, what is wrong, and the cities to choose among."""

    fields: Fields
    draft: LinkDraft
    faults: Faults
    choices: Mapping[str, list[dict[str, str]]]


def read_fields(fields: Fields) -> Read:
    """Read the form of a link; its cities are found by their names."""
    refs: Fields = {}
    choices: dict[str, list[dict[str, str]]] = {}
    doubts: Faults = {}
    for name in CITIES:
        refs[name], some, fault = _city(fields, name)
        if fault:
            doubts[name] = fault
        if some:
            matcher = parts().matchers.matcher(release())
            choices[name] = [
                {**thing_shown(one), "division": matcher.division_of(one)} for one in some
            ]
    draft, faults = read_link({**fields, **refs}, languages().interface, today())
    return Read(fields, replace(draft, stated_by=_stated_by(draft)), {**faults, **doubts}, choices)


def _stated_by(draft: LinkDraft) -> str:
    """Return the authority of a city that is signed in and speaks for itself; empty for others."""
    found = holder()
    if found is None or found.role != AUTHORITY:
        return ""
    return known().authority(ref for ref in (draft.one, draft.other) if ref in found.scope)


def _city(fields: Fields, name: str) -> tuple[str, list[Thing], str]:
    """Return the reference of a city; else those to choose among, and what is wrong."""
    typed, index = one_line(fields.get(name, "")), release().view(NAMES)
    if not typed:
        return "", [], "fault_city"
    if len(typed) > LONGEST["city"]:
        return "", [], "fault_long"
    chosen = fields.get(f"{name}_ref", "")
    if chosen and fields.get(f"{name}_for") == typed and index.thing("city", chosen):
        return chosen, [], ""
    try:
        city, some = meant(index, typed, lambda: parts().matchers.matcher(release()))
    except OSError as error:
        raise Problem("not-ready", "cities cannot be looked up") from error
    if city:
        return city.ref, [], ""
    return "", list(some), "fault_choose" if some else "fault_unknown_city"


def show_form(
    fields: Fields,
    faults: Mapping[str, str] | None = None,
    found: list[Found] | None = None,
    choices: Mapping[str, list[dict[str, str]]] | None = None,
    **other: Any,
) -> Response:
    """Show the form with what was filled in, and what is wrong beside each field."""
    wrong, said = dict(faults or {}), found or []
    refuse_faults(wrong | {one["field"] or "says": one["message"] for one in said})
    values = {
        "stamp": door().stamp("link"),
        "action": "/contribute/link",
        "amends": None,
        **other,
    }
    return page(
        "contribute_link.html",
        422 if wrong or said else 200,
        fields=fields,
        faults=wrong,
        found=said,
        choices=choices or {},
        kinds=[(one, pages().labels.of(f"{terms.SCHEME}link-kind/{one}")) for one in KINDS],
        says=SAYS,
        deciders=DECIDERS,
        spoken=source_languages(),
        **values,
    )


@routes.post("/contribute/link")
@Operation(
    "Check what a source says of a link, and with `step=send` propose it",
    "contribute",
    PAGE,
    refuses=(*FORM_REFUSES, "conflict", "data-invalid", "busy", "answer-too-large", "not-found"),
    statuses=(303,),
    takes=body(
        {**LINK_FIELDS, **_BESIDE, "step": "`send`, or `check` for a look before"}, "date", "agree"
    ),
    named=False,
)
def send_link() -> Answer:
    """Show what would be said, in plain words; or store it."""
    fields = read_form("link")
    refuse_closed()
    if fields.get("step") == "change":
        return show_form(fields)
    read = read_fields(fields)
    faults = read.faults | faults_beside(fields)
    if faults:
        return show_form(fields, faults, choices=read.choices)
    found = _found(read.draft, fields.get("found", ""))
    if is_refused(found):
        return show_form(fields, found=found)
    sent = sent_by(read.draft, fields, found)
    if fields.get("step") == "send":
        return stored(sent)
    return _preview(read, sent)


def sent_by(draft: LinkDraft | Table, fields: Fields, found: list[Found]) -> Sent:
    """Return what is sent by a form, with what stands in it beside the data."""
    comment = several_lines(fields.get("comment", ""))
    email, _ = read_email(fields.get("email", ""))
    sender = holder()
    return Sent(draft, fields["form"], comment, email, found, sender.name if sender else "")


def _preview(read: Read, sent: Sent) -> Response:
    """Show what a proposal would say, what there is already, and a button that sends it."""
    refs = {f"{name}_ref": getattr(read.draft, name) for name in CITIES}
    named = {f"{name}_for": one_line(read.fields[name]) for name in CITIES}
    carried = {name: read.fields.get(name, "") for name in _CARRIED} | refs | named
    return page(
        "contribute_preview.html",
        hidden=True,
        carried=carried,
        stamp=door().stamp("link"),
        sealed=door().stamps.seal(_key(read.draft), list(sent.report)),
        found=sent.report,
        like=len(door().proposals.like(sent)),
        **told(read.draft),
    )


def _key(draft: LinkDraft) -> str:
    return json.dumps(draft.as_json()) + release().version


def _found(draft: LinkDraft, sealed: str) -> list[Found]:
    """Return what the shapes say of a draft; what they said on the page before counts."""
    found = door().stamps.unseal(_key(draft), sealed) if sealed else None
    if found is not None:
        return cast("list[Found]", found)
    return review().check([draft], today(), call().client)


def faults_beside(fields: Fields) -> Faults:
    """Check what stands beside the data of a form."""
    _, faults = read_email(fields.get("email", ""))
    if not fields.get("agree"):
        faults["agree"] = "fault_agree"
    if len(fields.get("comment", "")) > LONGEST["comment"]:
        faults["comment"] = "fault_long"
    return faults


def stored(sent: Sent) -> Answer:
    """Store a proposal, and lead to its secret page."""
    _, secret = door().proposals.add(sent)
    return redirect_to(f"/contribute/proposals/{secret}", 303)


@routes.get("/contribute/note")
@Operation("A form to tell that something is wrong", "contribute", PAGE, (_ABOUT,), named=False)
def note_form() -> Response:
    """Show the form."""
    release()
    return _show_note({"page": one_line(_ABOUT.read())[: LONGEST["page"]]})


def _show_note(fields: Fields, faults: Mapping[str, str] | None = None) -> Response:
    refuse_faults(faults or {})
    return page(
        "contribute_note.html",
        422 if faults else 200,
        fields=fields,
        faults=faults or {},
        stamp=door().stamp("note"),
    )


@routes.post("/contribute/note")
@Operation(
    "Tell that something is wrong, in free words",
    "contribute",
    (),
    refuses=(*FORM_REFUSES, "conflict", "data-invalid", "not-found"),
    statuses=(303,),
    takes=body(
        {
            "text": "what is wrong",
            "page": "the page on which it is",
            "address": "a source that has it right",
            "email": _BESIDE["email"],
        },
        "text",
    ),
    named=False,
)
def send_note() -> Answer:
    """Store it for the editors."""
    fields = read_form("note")
    refuse_closed()
    note, faults = read_note(fields)
    email, wrong = read_email(fields.get("email", ""))
    if faults | wrong:
        return _show_note(fields, faults | wrong)
    return stored(Sent(note, fields["form"], "", email))


@routes.get("/contribute/proposals/<secret>")
@Operation("What became of a proposal", "contribute", PAGE, (_SECRET,), named=False)
def proposal(secret: str) -> Response:
    """Show a proposal to whoever sent it."""
    return _show(secret, door().proposals.by_secret(secret))


def _show(secret: str, found: Proposal, faults: Mapping[str, str] | None = None) -> Response:
    stamp = door().stamp(bound_to("proposal", secret))
    return page(
        "proposal.html",
        422 if faults else 200,
        hidden=True,
        proposal=found,
        secret=secret,
        stamp=stamp,
        faults=faults or {},
        **drafts_told(found),
    )


@routes.post("/contribute/proposals/<secret>")
@Operation(
    "Answer a question about a proposal, or withdraw it",
    "contribute",
    (),
    (_SECRET,),
    refuses=(*FORM_REFUSES, "conflict", "data-invalid", "not-found"),
    statuses=(303,),
    takes=body(
        {
            "action": "answer or withdraw",
            "text": "what is answered",
            "version": "the version that was seen",
        },
        "action",
        "version",
    ),
    named=False,
)
def change_proposal(secret: str) -> Answer:
    """Carry out what whoever sent a proposal wants."""
    found = door().proposals.by_secret(secret)
    fields = read_form(bound_to("proposal", secret))
    seen = as_seen(found, fields)
    text = several_lines(fields.get("text", ""))
    if fields.get("action") == "withdraw":
        review().withdraw(seen)
    elif fields.get("action") != "answer":
        raise Problem("bad-parameter", "action is answer or withdraw")
    elif not text or len(text) > LONGEST["comment"]:
        return _show(secret, found, {"text": "fault_long" if text else "fault_text"})
    else:
        review().answer(seen, text)
    return redirect_to(f"/contribute/proposals/{secret}", 303)


def as_seen(found: Proposal, fields: Fields) -> Proposal:
    """Return a proposal if it is as the author of a form saw it; `conflict` where it is not."""
    if fields.get("version") != str(found.version):
        raise Problem("conflict", "this proposal was changed in the meantime; look again")
    return found
