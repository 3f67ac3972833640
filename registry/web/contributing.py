"""What all forms for contributions share: their fields, their guards, their pages.

A form is taken if it comes from a page of this server (`Sec-Fetch-Site` or `Origin`), has a stamp
of ours, leaves the field empty that people do not see, and its client has not sent too many. Pages
with forms are kept by no cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from flask import Response, g, render_template, request

from registry import formats
from registry.contribute.door import Door
from registry.contribute.drafts import LONGEST
from registry.contribute.known import Known
from registry.contribute.review import Review
from registry.contribute.tokens import EDITOR, Holder
from registry.problems import Problem
from registry.settings import Settings
from registry.things.lookup import Lookup
from registry.views.names import NAMES
from registry.web import bodies
from registry.web.context import call, contact, origin, parts, release
from registry.web.negotiation import choose, respond_page
from registry.web.operation import Json, Parameter

LIMIT: Final = 32_000
"""Bytes that a form may have."""

COOKIE: Final = "citylinks_session"
SIGN_IN: Final = "/contribute/sign-in"

TRAP: Final = "website"
"""A field that nobody sees; who fills it in is no person."""

FORM_REFUSES: Final = ("forbidden", "unsupported-type", "data-too-large", "rate", "unwritable")
"""Problems that any form may meet."""

Fields = dict[str, str]


def door() -> Door:
    """Return the door of this application."""
    return parts().door


def known() -> Known:
    """Return what the release of this request has."""
    return Known(Lookup(release().store), release().view(NAMES))


def holder() -> Holder | None:
    """Return who is signed in; looked up once for each request."""
    if "holder" not in g:
        name = request.cookies.get(COOKIE, "")
        g.holder = door().tokens.in_session(name) if name else None
    return cast("Holder | None", g.holder)


def editor_signed_in() -> Holder:
    """Return the editor who is signed in.

    Raises
    ------
    Problem
        `forbidden` where nobody is, or somebody who decides on nothing.

    """
    found = holder()
    if found is None:
        raise Problem("forbidden", f"sign in at {SIGN_IN} with the token of an editor")
    if found.role != EDITOR:
        raise Problem("forbidden", f"{found.name} is {found.role}, and decides on no proposals")
    return found


def session_purpose() -> str:
    """Return the purpose of the forms of this session."""
    return bound_to("session", request.cookies.get(COOKIE, ""))


def review() -> Review:
    """Return what checks and decides, on the release of this request."""
    shared = parts()
    return Review(
        shared.settings,
        shared.shelf.workspace,
        shared.uploads,
        door().proposals,
        known(),
        release().version,
    )


def body(fields: Mapping[str, str], *needed: str) -> Any:
    """Return how a form is described, given what its fields mean and which it cannot lack."""
    described = [Parameter(name, meaning) for name, meaning in fields.items()]
    stamp = Parameter("form", "the stamp that the page with the form has in a field of this name")

    def takes(_settings: Settings) -> Json:
        names = ["form", *needed]
        example = dict.fromkeys(names, "…")
        return {bodies.URLENCODED: bodies.form((*described, stamp), example, names)}

    return takes


def read_form(purpose: str, limit: int = LIMIT) -> Fields:
    """Read a form of this server with all guards, and count it unless its sender has a token.

    Who guesses tokens is slowed by other means.

    Raises
    ------
    Problem
        `forbidden` for one that this server did not write for this purpose, `rate` where the
        client sends too many, `unsupported-type`, `data-too-large` or `bad-parameter`.

    """
    bodies.check_coding()
    bodies.check_type("a form is", [bodies.URLENCODED])
    refuse_other_sites()
    with bodies.limited_form(limit):
        fields = {name: values[-1] for name, values in request.form.lists()}
    door().stamps.check(fields.get("form", ""), purpose)
    if fields.get(TRAP):
        raise Problem("forbidden", f"the field {TRAP} is to be left empty")
    if purpose != SIGN_IN and holder() is None:
        door().forms.take(call().client.name)
    return fields


def refuse_other_sites() -> None:
    """Refuse a form that a page of another site sends (Fetch Metadata; RFC 6454, section 7)."""
    site, sent_by = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = {urlsplit(origin()).netloc, urlsplit(request.url_root).netloc}
    if site not in {None, "same-origin", "none"}:
        raise Problem("forbidden", "the form was sent by a page of another site")
    if sent_by is not None and urlsplit(sent_by).netloc not in ours:
        raise Problem("forbidden", "the form was sent by a page of another site")


def refuse_closed() -> None:
    """Refuse what nobody would decide on; `forbidden`."""
    if not door().is_open:
        raise Problem("forbidden", "this registry takes no proposals: nobody is there to decide")


def bound_to(what: str, secret: str) -> str:
    """Return the purpose of a form that only whoever knows a secret can send."""
    return f"{what} {hashlib.sha256(secret.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def page(template: str, status: int = 200, *, hidden: bool = False, **values: Any) -> Response:
    """Answer with a page that no cache keeps; a `hidden` one is found by no search engine."""
    shared: dict[str, Any] = {
        "faults": {},
        "fields": {},
        "found": [],
        "choices": {},
        "longest": LONGEST,
        "is_open": door().is_open,
        "write": contact(),
        "unshared": hidden or status != 200,
        "trap": TRAP,
    }
    release()
    if signed_in := holder():
        scope = [(ref, known().label("city", ref)) for ref in signed_in.scope]
        leaving = door().stamp(session_purpose())
        shared |= {"session": signed_in, "session_scope": scope, "leaving": leaving}
    response = respond_page(lambda: render_template(template, **{**shared, **values}), "")
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    if hidden:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def wants_page() -> bool:
    """Whether the client would rather read a page than a problem in JSON."""
    accept = request.headers.get("Accept")
    return choose(accept, (formats.PROBLEM_JSON, formats.HTML)) == formats.HTML


def refuse_faults(faults: Mapping[str, str]) -> None:
    """Refuse what is wrong in the fields of a form, for clients that are no browsers."""
    if faults and not wants_page():
        detail = "wrong in the form: " + ", ".join(sorted(faults))
        raise Problem("data-invalid", detail, fields=dict(faults))
