"""The Reconciliation Service API 0.2: manifest, queries, extension, suggest, flyout, preview."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from registry import formats, terms
from registry.problems import Problem
from registry.reconcile import extension, protocol
from registry.reconcile.matching import Matcher
from registry.settings import Settings
from registry.views.names import NAMES, Thing
from registry.web import bodies
from registry.web.context import languages, modified, origin, pages, parts, release
from registry.web.middleware import POLICY
from registry.web.negotiation import Resource, Variant, respond, respond_page
from registry.web.operation import JSON, PAGE, Declared, Json, Operation, Parameter, in_path, whole

routes = Blueprint("reconcile", __name__)

_SERVICE: Final = in_path("service", "what is meant", {"enum": [*protocol.SERVICES]}, "entity")
_PREFIX: Final = Parameter("prefix", "the beginning of a name", example="per")
_CURSOR: Final = Parameter("cursor", "how many are passed over", whole(0, 9999, 0), empty=True)
_LIMIT: Final = Parameter("limit", "how many at most; 0 = all", whole(0, 9999, 0), empty=True)
_ID: Final = Parameter("id", "kind and reference of a thing, or a type or property")
_TYPE: Final = Parameter("type", "the kind of things; without it, all")
_FRAMED: Final = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""A preview is shown inside the pages of others; nothing can be done in it."""


def _queries(settings: Settings) -> Parameter:
    return Parameter("queries", f"an object of up to {settings.batch} queries, as JSON")


def _extend(settings: Settings) -> Parameter:
    described = f"up to {settings.batch} ids and the properties that are wanted, as JSON"
    return Parameter("extend", described)


def _batches(settings: Settings) -> Json:
    """Describe a form with a batch of queries, or of things whose facts are wanted."""
    fields = (_queries(settings), _extend(settings))
    form = bodies.form(fields, {"queries": "{}"}, *([one.name] for one in fields))
    return {bodies.URLENCODED: form, bodies.MULTIPART: form}


def _described(summary: str, *parameters: Declared, page: bool = False) -> Operation:
    """Describe an operation of the service, whose clients add parameters of their own."""
    answers = PAGE if page else JSON
    return Operation(summary, "reconcile", answers, parameters, speaks=True, lenient=True)


@routes.get("/reconcile")
@_described(
    "Find what names mean, or tell facts; without either, describe the service", _queries, _extend
)
def reconcile() -> Response:
    """Describe the service, or answer a batch of queries, or tell facts."""
    if "queries" not in request.args and "extend" not in request.args:
        address, batch = origin(), parts().settings.batch
        return _json(lambda: protocol.manifest(address, batch), f"{release().version} {address}")
    return _json(_answer(request.args.get("queries"), request.args.get("extend")), _asked())


@routes.post("/reconcile")
@Operation(
    "Find what names mean, or tell facts, of too many for an address",
    "reconcile",
    JSON,
    refuses=("not-found", "unsupported-type", "query-too-large"),
    takes=_batches,
    named=False,
    speaks=True,
    lenient=True,
)
def posted() -> Response:
    """Answer what is too long for an address."""
    bodies.check_coding()
    if request.mimetype not in {bodies.URLENCODED, bodies.MULTIPART}:
        allowed = [bodies.URLENCODED, bodies.MULTIPART]
        detail = f"queries are not sent as {request.mimetype or 'nothing'}"
        raise Problem("unsupported-type", detail, allowed=allowed)
    with bodies.limited_query():
        fields = request.form
    return _json(_answer(fields.get("queries"), fields.get("extend")), "")


def _answer(queries: str | None, extend: str | None) -> Callable[[], object]:
    """Read what is asked, and give what answers it."""
    most = parts().settings.batch
    if queries is not None:
        asked = protocol.queries(queries, most)
        return lambda: protocol.results(_matcher(), asked)
    if extend is None:
        raise Problem("bad-parameter", "send the field queries, or extend")
    ids, wanted = protocol.extension(extend, most)
    return lambda: extension.properties_of(_facts(), ids, wanted)


def _matcher() -> Matcher:
    return parts().matchers.matcher(release())


def _facts() -> extension.Facts:
    return extension.Facts.of(release(), languages().wanted)


def _asked() -> str:
    """Name all that an answer depends on but the address and the languages."""
    return f"{release().version} {request.query_string!r} {languages().wanted}"


def _json(write: Callable[[], object], tag: str) -> Response:
    """Answer in JSON."""
    text = lambda: json.dumps(write(), ensure_ascii=False, separators=(",", ":"))  # noqa: E731
    return respond(Resource((Variant(formats.JSON, "", text),), tag, formats.JSON, speaks=True))


@routes.get("/reconcile/suggest/<service>")
@_described("Complete a name", _SERVICE, _PREFIX, _CURSOR)
def suggest(service: str) -> Response:
    """Complete what is typed."""
    typed, offset = _PREFIX.read(), int(_CURSOR.read())
    matcher = parts().matchers.matcher
    _check(service)
    write = lambda: protocol.suggested(matcher(release()), service, typed, offset)  # noqa: E731
    return _json(write, _asked())


def _check(what: str) -> None:
    if what not in protocol.SERVICES:
        raise Problem("not-found", f"{what} is none of {', '.join(protocol.SERVICES)}")


@routes.get("/reconcile/flyout/<service>")
@_described("A suggestion as a piece of HTML", _SERVICE, _ID)
def flyout(service: str) -> Response:
    """Describe what was suggested, as a piece of HTML."""
    _check(service)
    asked = _ID.read()
    return _json(lambda: {"id": asked, "html": _piece(service, asked)}, _asked())


def _piece(what: str, asked: str) -> str:
    if what == "entity":
        return render_template("flyout.html", **_shown(asked))
    known = protocol.TYPES if what == "type" else dict(protocol.property_names())
    if asked not in known:
        raise Problem("not-found", f"there is no {what} {asked!r}")
    about = protocol.ABOUT.get(asked, "") if what == "property" else ""
    return render_template("flyout.html", name=known[asked], about=about)


@routes.get("/reconcile/properties")
@_described("The facts that can be told of a type", _TYPE, _LIMIT)
def properties() -> Response:
    """Propose the facts that can be told of a type."""
    kind, limit = _TYPE.read(), int(_LIMIT.read())
    return _json(lambda: extension.proposed(kind, limit), _asked())


@routes.get("/reconcile/preview")
@_described("A small page on a thing, for a frame", _ID, page=True)
def preview() -> Response:
    """Show a thing in a small page, for a frame in the page of a reader's tool."""
    asked = _ID.read()
    write = lambda: render_template("preview.html", **_shown(asked))  # noqa: E731
    response = respond_page(write, release().version, modified())
    response.headers["Content-Security-Policy"] = _FRAMED
    return response


def _shown(asked: str) -> dict[str, Any]:
    """Collect what is shown of a thing in little space."""
    kind, _, ref = asked.removeprefix(terms.ID).partition("/")
    thing = release().view(NAMES).thing(kind, ref)
    if thing is None:
        raise Problem("not-found", f"nothing is known of {asked!r}")
    partners = _facts().partners(thing)
    name = pages().labels.of(thing.iri)
    return {
        "name": name.text,
        "lang": name.lang,
        "about": protocol.described(thing),
        "thing": thing,
        "path": terms.path_of(thing.iri),
        "partners": [pages().link(iri) for iri in partners[:_PARTNERS]],
        "more": max(0, len(partners) - _PARTNERS),
        "names": _names(thing),
    }


_PARTNERS: Final = 8
_NAMES: Final = 6


def _names(thing: Thing) -> list[str]:
    return [one for one in release().view(NAMES).names(thing) if one != thing.label][:_NAMES]
