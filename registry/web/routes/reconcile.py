"""The Reconciliation Service API 0.2: manifest, queries, extension, suggest, flyout, preview."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, render_template, request

from registry import formats, terms
from registry.problems import Problem
from registry.reconcile import extension, protocol
from registry.settings import Settings
from registry.things.standing import UNCONFIRMED
from registry.views.names import NAMES
from registry.web import bodies
from registry.web.context import languages, last_modified, origin, pages, parts, release
from registry.web.middleware import POLICY
from registry.web.negotiation import respond_as, respond_page
from registry.web.operation import JSON, PAGE, Declared, Json, Operation, Parameter, in_path, whole

routes = Blueprint("reconcile", __name__)

_SERVICE: Final = in_path("service", "what is meant", {"enum": [*protocol.SERVICES]}, "entity")
_PREFIX: Final = Parameter("prefix", "the beginning of a name", example="per")
_CURSOR: Final = Parameter("cursor", "how many are passed over", whole(0, 9999, 0), empty=True)
_LIMIT: Final = Parameter("limit", "how many at most; 0 = all", whole(0, 9999, 0), empty=True)
_ID: Final = Parameter("id", "kind and reference of a thing, or a type or property")
_TYPE: Final = Parameter("type", "the kind of things; without it, all")
_FRAMED: Final = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""A preview is shown inside the pages of other sites, so it has no forms or scripts."""


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


def _operation(summary: str, *parameters: Declared, page: bool = False) -> Operation:
    """Describe an operation of the service, whose clients add parameters of their own."""
    answers = PAGE if page else JSON
    return Operation(summary, "reconcile", answers, parameters, speaks=True, lenient=True)


@routes.get("/reconcile")
@_operation(
    "Find what names mean, or tell facts; without either, describe the service", _queries, _extend
)
def reconcile() -> Response:
    """Describe the service, or answer a batch of queries, or return facts."""
    if "queries" not in request.args and "extend" not in request.args:
        address, batch = origin(), parts().settings.batch
        return _json(lambda: protocol.manifest(address, batch), f"{release().version} {address}")
    return _json(_answer(request.args.get("queries"), request.args.get("extend")), _tag())


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
def reconcile_by_post() -> Response:
    """Answer a batch that is too long for an address."""
    bodies.check_coding()
    bodies.check_type("queries are", [bodies.URLENCODED, bodies.MULTIPART])
    with bodies.limited_query():
        fields = request.form
    return _json(_answer(fields.get("queries"), fields.get("extend")), "")


def _answer(queries: str | None, extend: str | None) -> Callable[[], object]:
    """Read a batch of queries or of things; return the function that answers it."""
    most = parts().settings.batch
    if queries is not None:
        asked = protocol.queries(queries, most)
        return lambda: protocol.results(parts().matchers.matcher(release()), asked)
    if extend is None:
        raise Problem("bad-parameter", "send the field queries, or extend")
    ids, wanted = protocol.extension(extend, most)
    return lambda: extension.properties_of(_facts(), ids, wanted)


def _facts() -> extension.Facts:
    return extension.Facts.of(release(), languages().wanted)


def _tag() -> str:
    """Name all that an answer depends on: the release, the parameters, the languages."""
    return f"{release().version} {request.query_string!r} {languages().wanted}"


def _json(write: Callable[[], object], tag: str) -> Response:
    """Answer in JSON."""
    text = lambda: json.dumps(write(), ensure_ascii=False, separators=(",", ":"))  # noqa: E731
    return respond_as(formats.JSON, text, tag, speaks=True)


@routes.get("/reconcile/suggest/<service>")
@_operation("Complete a name", _SERVICE, _PREFIX, _CURSOR)
def suggest(service: str) -> Response:
    """Complete a name that is being typed."""
    typed, offset = _PREFIX.read(), int(_CURSOR.read())
    matcher = parts().matchers.matcher
    _check(service)
    write = lambda: protocol.suggested(matcher(release()), service, typed, offset)  # noqa: E731
    return _json(write, _tag())


def _check(what: str) -> None:
    if what not in protocol.SERVICES:
        raise Problem("not-found", f"{what} is none of {', '.join(protocol.SERVICES)}")


@routes.get("/reconcile/flyout/<service>")
@_operation("A suggestion as a piece of HTML", _SERVICE, _ID)
def flyout(service: str) -> Response:
    """Describe a suggestion as a piece of HTML."""
    _check(service)
    asked = _ID.read()
    return _json(lambda: {"id": asked, "html": _fragment(service, asked)}, _tag())


def _fragment(what: str, asked: str) -> str:
    if what == "entity":
        return render_template("flyout.html", **_summary(asked))
    known = protocol.TYPES if what == "type" else dict(protocol.property_names())
    if asked not in known:
        raise Problem("not-found", f"there is no {what} {asked!r}")
    about = protocol.ABOUT.get(asked, "") if what == "property" else ""
    return render_template("flyout.html", name=known[asked], about=about)


@routes.get("/reconcile/properties")
@_operation("The facts that can be told of a type", _TYPE, _LIMIT)
def properties() -> Response:
    """List the facts that a column can be extended with."""
    kind, limit = _TYPE.read(), int(_LIMIT.read())
    return _json(lambda: extension.proposed(kind, limit), _tag())


@routes.get("/reconcile/preview")
@_operation("A small page on a thing, for a frame", _ID, page=True)
def preview() -> Response:
    """Show a thing in a small page, for a frame in the page of a reader's tool."""
    asked = _ID.read()
    write = lambda: render_template("preview.html", **_summary(asked))  # noqa: E731
    response = respond_page(write, release().version, last_modified())
    response.headers["Content-Security-Policy"] = _FRAMED
    return response


def _summary(asked: str) -> dict[str, Any]:
    """Collect what a small page shows of a thing."""
    index, facts = release().view(NAMES), _facts()
    thing = facts.thing(asked)
    if thing is None:
        raise Problem("not-found", f"nothing is known of {asked!r}")
    partners, unconfirmed = facts.partners(thing), facts.unconfirmed(thing)
    name, names = pages().labels.of(thing.iri), index.names(thing)
    return {
        "name": name.text,
        "lang": name.lang,
        "about": protocol.described(thing),
        "thing": thing,
        "path": terms.path_of(thing.iri),
        "partners": [pages().link(iri) for iri in partners[:_PARTNERS]],
        "more": max(0, len(partners) - _PARTNERS),
        "unconfirmed": [pages().link(iri) for iri in unconfirmed[:_PARTNERS]],
        "more_unconfirmed": max(0, len(unconfirmed) - _PARTNERS),
        "not_confirmed": pages().labels.of(f"{terms.SCHEME}status/{UNCONFIRMED}").text,
        "names": [name for name in names if name != thing.label][:_NAMES],
    }


_PARTNERS: Final = 8
_NAMES: Final = 6
