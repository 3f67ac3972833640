"""Forms for people who know better: one for each kind of draft, and one that something is wrong.

What a form of any kind takes, says and becomes is told by `registry.contribute.kinds`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry.contribute import tables
from registry.contribute.drafts import (
    LINK,
    LONGEST,
    Draft,
    Faults,
    Table,
    one_line,
    read_email,
    read_note,
)
from registry.contribute.drafts import lines as several_lines
from registry.contribute.fields import NEW, Field
from registry.contribute.kind import Kind
from registry.contribute.kinds import KINDS
from registry.contribute.reading import Read, Reader
from registry.contribute.review import Found, is_refused
from registry.contribute.store import Proposal, Sent
from registry.contribute.tokens import AUTHORITY
from registry.problems import Problem
from registry.search.identifiers import thing_of
from registry.views.names import NAMES
from registry.web.context import call, languages, parts, redirect_to, release
from registry.web.contributing import (
    FORM_REFUSES,
    Fields,
    body,
    bound_to,
    door,
    holder,
    known,
    page,
    read_form,
    refuse_closed,
    refuse_faults,
    review,
)
from registry.web.drafting import (
    choices_of,
    drafts_told,
    form_address,
    labels_of,
    parts_of,
    source_languages,
    thing_shown,
    told,
)
from registry.web.operation import PAGE, SOME_TEXT, Operation, Parameter, in_path

routes = Blueprint("contribute", __name__)

_SOURCE_FIELDS: Final = {
    "title": "the title of the source; it or `address` is needed",
    "address": "the address of the source",
    "date": "the date of the source: a year, month or day",
    "undated": "`1` where it states no date, and `date` is the day on which it was looked at",
    "publisher": "who published it",
    "language": "the language of its title, a tag",
    "locator": "the place in it",
}
BESIDE: Final = {
    "comment": "what the editors should know; it is not published",
    "email": "an e-mail address for questions; it is not published",
    "agree": "`1` if what is sent may stand under the licence of the registry",
}
_MEANT: Final = {
    "thing": "{kinds}, by name or reference",
    "things": "{kinds}, by name or reference, one in each line",
    "choice": "one of {options}",
    "radio": "one of {options}",
    "date": "a year, month or day",
    "address": "a web address",
    "language": "a language, a tag",
    "country": "a country, by its code or name",
    "tick": "`1` or nothing",
}
"""What fields take, by their role; others take a text."""

_SECRET: Final = in_path(
    "secret", "the secret that whoever sent a proposal was given", SOME_TEXT, "0" * 32
)
_OF: Final = Parameter(
    "of",
    "the thing that is to be corrected, by reference",
    example="city/perm-511196",
    empty=True,
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
@Operation("What anyone can add or correct, and how", "contribute", PAGE, (_OF,), named=False)
def start() -> Response:
    """Lead to the forms, which begin with the thing that is to be corrected."""
    text = one_line(_OF.read())[: LONGEST["city"]]
    thing = thing_of(release().view(NAMES), text) if text else None
    doors = [(kind.name, form_address(kind, thing.id if thing else "")) for kind in KINDS.values()]
    return page("contribute.html", doors=doors, of=thing_shown(thing) if thing else None)


# Forms, one for each kind


def _parameter(field: Field) -> Parameter:
    """Return the parameter by which the address of a form fills a field in."""
    if field.options:
        schema: Any = {"enum": ["", *field.options], "default": ""}
        return Parameter(field.parameter, "what the form begins with", schema, empty=True)
    what = " or ".join(field.kinds)
    return Parameter(field.parameter, f"a {what} to begin with, by reference or name", empty=True)


def described(kind: Kind) -> dict[str, str]:
    """Return what the fields of a form mean, for its description."""
    found: dict[str, str] = {}
    for field in kind.fields.values():
        meant = _MEANT.get(field.role, "a text of up to {longest} characters")
        found[field.name] = meant.format(
            kinds=" or ".join(field.kinds),
            options=", ".join(field.options),
            longest=field.longest,
        )
        if field.role == "thing":
            found[f"{field.name}_ref"] = "the reference that is chosen among namesakes"
            found[f"{field.name}_for"] = "the name that it was chosen for"
    return found | _SOURCE_FIELDS


def _begun(kind: Kind) -> Response:
    """Show a form, filled in as far as the address says."""
    fields: Fields = {"language": languages().interface}
    for field in kind.fields.values():
        given = _parameter(field).read() if field.parameter else ""
        if given and not field.options:
            fields |= _given(field, given)
        elif given or field.default:
            fields[field.name] = given or field.default
        if field.role == "language":
            fields[field.name] = languages().interface
    return show_form(kind, fields)


def _given(field: Field, text: str) -> Fields:
    """Return the fields of a thing that an address names."""
    text = one_line(text)[: LONGEST["city"]]
    thing = thing_of(release().view(NAMES), text) if text else None
    if thing is None or thing.kind not in field.kinds:
        return {field.name: text}
    shown = thing_shown(thing)
    label = ", ".join(filter(None, (shown.words.text, shown.beside)))
    value = thing.ref if field.is_plain else thing.id
    return {field.name: label, f"{field.name}_ref": value, f"{field.name}_for": label}


def reader() -> Reader:
    """Return what reads forms on the release of this request."""

    def matcher() -> Any:
        try:
            return parts().matchers.matcher(release())
        except OSError as error:
            raise Problem("not-ready", "cities cannot be looked up") from error

    return Reader(release().view(NAMES), matcher, languages().interface, today())


def read_fields(kind: Kind, fields: Mapping[str, str], reads: Reader | None = None) -> Read:
    """Read the form of a kind; an authority that is signed in speaks for itself."""
    found = (reads or reader()).read(kind, fields)
    return replace(found, draft=replace(found.draft, stated_by=_stated_by(found.draft)))


def _stated_by(draft: Draft) -> str:
    """Return the authority of a city that is signed in and speaks for itself; empty for others."""
    found = holder()
    if found is None or found.role != AUTHORITY or draft.kind != LINK:
        return ""
    return known().authority(ref for ref in (draft["one"], draft["other"]) if ref in found.scope)


def show_form(
    kind: Kind,
    fields: Fields,
    read: Read | None = None,
    faults: Mapping[str, str] | None = None,
    found: list[Found] | None = None,
    **other: Any,
) -> Response:
    """Show a form with what was filled in, and what is wrong beside each field."""
    wrong, said = dict(faults or {}), found or []
    refuse_faults(wrong | {one["field"] or "form": one["message"] for one in said})
    values = {
        "stamp": door().stamp(kind.name),
        "action": f"/contribute/{kind.name}",
        "amends": None,
        **other,
    }
    return page(
        "contribute_form.html",
        422 if wrong or said else 200,
        kind=kind.name,
        parts=parts_of(kind),
        labels=labels_of(kind),
        fields=fields,
        faults=wrong,
        found=said,
        choices=choices_of(kind, dict(read.choices)) if read else {},
        spoken=source_languages(),
        **values,
    )


def _send(kind: Kind) -> Answer:
    """Show what would be said, in plain words; or store it."""
    fields = read_form(kind.name)
    refuse_closed()
    if fields.get("step") == "change":
        return show_form(kind, fields)
    read = read_fields(kind, fields)
    faults = read.faults | faults_beside(fields)
    if faults:
        return show_form(kind, fields, read, faults)
    found = found_in((read.draft,), fields.get("found", ""))
    if is_refused(found):
        return show_form(kind, fields, found=found)
    sent = sent_by(read.draft, fields, found)
    if fields.get("step") == "send":
        return stored(sent)
    return _preview(kind, fields, sent, read.draft)


def sent_by(draft: Draft | Table, fields: Fields, found: list[Found]) -> Sent:
    """Return what is sent by a form, with what stands in it beside the data."""
    comment = several_lines(fields.get("comment", ""))
    email, _ = read_email(fields.get("email", ""))
    sender = holder()
    return Sent(draft, fields["form"], comment, email, found, sender.name if sender else "")


def _preview(kind: Kind, fields: Fields, sent: Sent, draft: Draft) -> Response:
    """Show what a proposal would say, what there is already, and a button that sends it."""
    carried = {name: fields.get(name, "") for name in (*described(kind), *BESIDE)}
    for name, field in kind.fields.items():
        if field.role == "thing":
            chosen = NEW if draft[name].startswith(NEW) else draft[name]
            carried |= {f"{name}_ref": chosen, f"{name}_for": one_line(fields.get(name, ""))}
    return page(
        "contribute_preview.html",
        hidden=True,
        kind=kind.name,
        carried=carried,
        stamp=door().stamp(kind.name),
        sealed=door().stamps.seal(_key((draft,)), list(sent.report)),
        found=sent.report,
        like=len(door().proposals.like(sent)),
        told=told(draft),
    )


def _key(drafts: tuple[Draft, ...]) -> str:
    return json.dumps([one.as_json() for one in drafts]) + release().version


def found_in(drafts: tuple[Draft, ...], sealed: str) -> list[Found]:
    """Return what the shapes say of drafts; what they said on the page before counts."""
    found = door().stamps.unseal(_key(drafts), sealed) if sealed else None
    if found is not None:
        return cast("list[Found]", found)
    return review().check(drafts, today(), call().client)


def sealed(drafts: tuple[Draft, ...], found: list[Found]) -> str:
    """Return what the shapes said of drafts, to be handed back with a form."""
    return door().stamps.seal(_key(drafts), found)


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


def _add_forms(kind: Kind) -> None:
    """Add the form of a kind, and the door through which it is sent."""
    path = f"/contribute/{kind.name}"
    shows = Operation(
        f"A form for what a source says: {kind.name}",
        "contribute",
        PAGE,
        tuple(_parameter(field) for field in kind.fields.values() if field.parameter),
        named=False,
    )
    needed = [field.name for field in kind.fields.values() if field.is_needed]
    step = {"step": "`send`, or `check` for a look before"}
    takes = Operation(
        f"Check what a source says ({kind.name}), and with `step=send` propose it",
        "contribute",
        PAGE,
        refuses=(
            *(*FORM_REFUSES, "conflict", "data-invalid", "busy", "answer-too-large", "not-found"),
        ),
        statuses=(303,),
        takes=body(described(kind) | BESIDE | step, *needed, tables.NEEDED, "agree"),
        named=False,
    )
    routes.add_url_rule(path, f"{kind.name}_form", shows(partial(_begun, kind)), methods=["GET"])
    routes.add_url_rule(path, f"send_{kind.name}", takes(partial(_send, kind)), methods=["POST"])


for _kind in KINDS.values():
    _add_forms(_kind)


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
            "email": BESIDE["email"],
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
