"""Forms for people who know better: one for each kind of draft, and one that something is wrong.

What a form of any kind takes, says and becomes is told by `registry.contribute.kinds`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from registry import terms
from registry.contribute import contradicting, tables
from registry.contribute.already import Already, already
from registry.contribute.drafts import (
    LINK,
    LONGEST,
    Draft,
    Faults,
    Table,
    one_line,
    read_email,
    read_note,
    rows_of,
)
from registry.contribute.drafts import lines as several_lines
from registry.contribute.fields import NEW, PROPOSED, Field
from registry.contribute.kind import Kind
from registry.contribute.kinds import KINDS
from registry.contribute.kinds.place import PLACE
from registry.contribute.reading import Read, Reader
from registry.contribute.review import Found, is_refused
from registry.contribute.store import Proposal, Sent, changed
from registry.contribute.tokens import AUTHORITY
from registry.places.countries import code_of
from registry.places.names import fold
from registry.problems import Problem
from registry.search.identifiers import thing_of
from registry.views.names import NAMES, Thing
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
    wants_page,
)
from registry.web.drafting import (
    choices_of,
    drafts_told,
    form_address,
    labels_of,
    parts_of,
    source_languages,
    thing_at,
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
CONFIRMS: Final = {
    "confirms": "`1` where all of it is here already, and the source is to confirm it",
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
    """Return what reads forms on the release of this request.

    In a form a city may be chosen that waits for an editor.
    """

    def matcher() -> Any:
        try:
            return parts().matchers.matcher(release())
        except OSError as error:
            raise Problem("not-ready", "cities cannot be looked up") from error

    index, became = release().view(NAMES), review().became
    return Reader(index, matcher, languages().interface, today(), became, _proposed)


def _proposed(typed: str) -> list[Thing]:
    """List the cities of a name that wait for an editor; a country may stand beside the name."""
    name, _, beside = typed.partition(",")
    country, found = code_of(beside.strip()), list[Thing]()
    for one in door().proposals.waiting(PLACE.name):
        (draft,) = rows_of(one.draft)
        called, there = draft["name"].removeprefix(NEW), draft["country"]
        if fold(called) == fold(name) and (not country or country == there):
            found.append(Thing(0, PROPOSED, str(one.id), called, there))
    return found


def read_fields(kind: Kind, fields: Mapping[str, str], reads: Reader | None = None) -> Read:
    """Read the form of a kind; an authority that is signed in speaks for itself."""
    found = (reads or reader()).read(kind, fields)
    found = replace(found, draft=replace(found.draft, stated_by=_stated_by(found.draft)))
    return found if found.faults else _compared(kind, found, fields)


def _compared(kind: Kind, found: Read, fields: Mapping[str, str]) -> Read:
    """Return a form with what the registry knows against it, and what its new things may be.

    Who has said of a new thing that it is none of those of its name is not asked once more.
    """
    faults = contradicting.faults(found.draft, known())
    choices = dict(found.choices)
    for field, thing in already(found.draft, known()).same:
        one = release().view(NAMES).thing(*thing.split("/", 1))
        names_new = kind.fields[field].is_new
        if one is None or (names_new and _is_new(field, fields)):
            continue
        faults[field] = "fault_choose" if names_new else "fault_taken"
        beside = field if names_new else next(n for n, f in kind.fields.items() if f.is_new)
        choices[beside] = [*choices.get(beside, ()), one]
    return replace(found, faults=faults, choices=choices)


def _is_new(field: str, fields: Mapping[str, str]) -> bool:
    """Whether a form says of a thing that it is new, and none of those that are called so."""
    typed = one_line(fields.get(field, ""))
    chosen = fields.get(f"{field}_ref") == NEW and fields.get(f"{field}_for") == typed
    return chosen or typed.startswith(NEW)


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
    if not other.get("repeated"):
        refuse_faults(wrong | {one["field"] or "form": one["message"] for one in said})
    values = {
        "stamp": door().stamp(kind.name),
        "action": f"/contribute/{kind.name}",
        "amends": None,
        **other,
    }
    return page(
        "contribute_form.html",
        409 if "repeated" in other or "changed" in other else 422 if wrong or said else 200,
        kind=kind.name,
        parts=parts_of(kind),
        labels=labels_of(kind),
        fields=fields,
        faults=wrong,
        found=said,
        choices=choices_of(kind, dict(read.choices)) if read else {},
        lines=read.lines if read else {},
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
    sent, has = sent_by(read.draft, fields, found), already(read.draft, known())
    is_sent = fields.get("step") == "send"
    refuse_known([has], fields)
    if is_sent and may_be_sent([has], fields):
        return stored(sent, partial(show_form, kind, fields))
    return _preview(kind, fields, sent, read.draft, has)


def may_be_sent(found: Iterable[Already], fields: Fields) -> bool:
    """Whether something new is in a form, or its sender has said that its source confirms."""
    some = list(found)
    return not any(one.is_cited for one in some) and (
        bool(fields.get("confirms")) or not any(one.standing for one in some)
    )


def refuse_known(found: Iterable[Already], fields: Fields) -> None:
    """Refuse what is known already, for clients that are no browsers; `conflict`."""
    some = [one for one in found if one.standing]
    if not some or wants_page() or fields.get("step") != "send":
        return
    told = [terms.ID + one.standing for one in some]
    if any(one.is_cited for one in some):
        raise Problem("conflict", "it is here already, with this very source", already=told)
    if not fields.get("confirms"):
        detail = "it is here already; send confirms=1 to add the source as a confirmation"
        raise Problem("conflict", detail, already=told)


def sent_by(draft: Draft | Table, fields: Fields, found: list[Found]) -> Sent:
    """Return what is sent by a form, with what stands in it beside the data."""
    comment = several_lines(fields.get("comment", ""))
    email, _ = read_email(fields.get("email", ""))
    sender = holder()
    return Sent(draft, fields["form"], comment, email, found, sender.name if sender else "")


def _preview(kind: Kind, fields: Fields, sent: Sent, draft: Draft, has: Already) -> Response:
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
        known=thing_at(has.standing) if has.standing else None,
        is_cited=has.is_cited,
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
    return checked(drafts)


def checked(drafts: Sequence[Draft]) -> list[Found]:
    """Return what the shapes say of drafts, or why they cannot be looked at."""
    try:
        return review().check(drafts, today(), call().client)
    except Problem as problem:
        if problem.name != "data-invalid" or not wants_page():
            raise
        return [{"severity": "violation", "message": problem.detail, "field": "", "row": "1"}]


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


def stored(sent: Sent, show: Callable[..., Response]) -> Answer:
    """Store a proposal, and lead to its secret page.

    The secret is made from the stamp of the form, which nobody has but whoever was given the form:
    sent twice, it leads to the same page. One that says something else now is shown again.
    """
    secret = door().stamps.code(f"proposal {sent.form}")
    _, is_same = door().proposals.add(sent, secret)
    path = f"/contribute/proposals/{secret}"
    if is_same:
        return redirect_to(path, 303)
    if not wants_page():
        detail = "this form was sent before, and said something else; open it anew"
        raise Problem("conflict", detail, proposal=path)
    return show(repeated=path)


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
            "gone",
        ),
        statuses=(303,),
        takes=body(described(kind) | BESIDE | CONFIRMS | step, *needed, tables.NEEDED, "agree"),
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


def _show_note(fields: Fields, faults: Mapping[str, str] | None = None, **other: Any) -> Response:
    refuse_faults(faults or {})
    return page(
        "contribute_note.html",
        409 if other else 422 if faults else 200,
        fields=fields,
        faults=faults or {},
        stamp=door().stamp("note"),
        **other,
    )


@routes.post("/contribute/note")
@Operation(
    "Tell that something is wrong, in free words",
    "contribute",
    (),
    refuses=(*FORM_REFUSES, "conflict", "data-invalid", "not-found", "gone"),
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
    return stored(Sent(note, fields["form"], "", email), partial(_show_note, fields))


@routes.get("/contribute/proposals/<secret>")
@Operation(
    "What became of a proposal",
    "contribute",
    PAGE,
    (_SECRET,),
    refuses=("not-found", "gone"),
    named=False,
)
def proposal(secret: str) -> Response:
    """Show a proposal to whoever sent it."""
    return _show(secret, as_it_is(door().proposals.by_secret(secret)))


def as_it_is(found: Proposal) -> Proposal:
    """Return a proposal as it turned out, on what is there now."""
    return review().followed(review().settle(found))


def _show(
    secret: str, found: Proposal, faults: Mapping[str, str] | None = None, **other: Any
) -> Response:
    stamp = door().stamp(bound_to("proposal", secret))
    return page(
        "proposal.html",
        409 if "changed" in other else 422 if faults else 200,
        hidden=True,
        proposal=found,
        secret=secret,
        stamp=stamp,
        faults=faults or {},
        **other,
        **drafts_told(found),
    )


@routes.post("/contribute/proposals/<secret>")
@Operation(
    "Answer a question about a proposal, or withdraw it",
    "contribute",
    (),
    (_SECRET,),
    refuses=(*FORM_REFUSES, "conflict", "data-invalid", "not-found", "gone"),
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
    found = as_it_is(door().proposals.by_secret(secret))
    fields = read_form(bound_to("proposal", secret))
    if is_changed(found, fields):
        return _show(secret, found, changed=True, fields=fields)
    seen, text = found, several_lines(fields.get("text", ""))
    if fields.get("action") == "withdraw":
        review().withdraw(seen)
    elif fields.get("action") != "answer":
        raise Problem("bad-parameter", "action is answer or withdraw")
    elif not text or len(text) > LONGEST["comment"]:
        faults = {"text": "fault_long" if text else "fault_text"}
        return _show(secret, found, faults, fields=fields)
    else:
        review().answer(seen, text)
    return redirect_to(f"/contribute/proposals/{secret}", 303)


def is_changed(found: Proposal, fields: Fields) -> bool:
    """Whether a proposal is not any more as the author of a form saw it.

    Raises
    ------
    Problem
        `conflict` where that is so, for clients that are no browsers.

    """
    if fields.get("version") == str(found.version):
        return False
    if not wants_page():
        raise changed([found.id])
    return True
