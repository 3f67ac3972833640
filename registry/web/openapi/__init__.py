"""The description of all addresses for programs (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0).

`operations` is the table of what each address does, `bodies` what is sent to it, `parameters` and
`schemas` what they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from registry import formats
from registry.problems import KINDS
from registry.releases.code import LICENCE
from registry.saved_queries import SavedQuery
from registry.settings import Settings
from registry.version import __version__
from registry.web.openapi import bodies, parameters, schemas
from registry.web.openapi.operations import OPERATIONS, TAGS, Operation, of_queries
from registry.web.openapi.parameters import Json

_DESCRIPTION: Final = (
    "Everything that an address answers to GET it answers to HEAD as well, and OPTIONS tells its "
    "methods; any other is 405. Everything may be read by scripts of any origin. Errors are "
    "application/problem+json, or a page where the client prefers one; a mistake of ours is a 500 "
    "of the type internal. What cannot be read as HTTP is 400, 417, 431 or 501."
)


def describe(
    origin: str, settings: Settings, questions: Iterable[SavedQuery], rules: Iterable[SavedQuery]
) -> Json:
    """Describe the server at an absolute URL: all addresses, and each question at its own.

    `questions` are the saved queries for readers, `rules` those that derive.
    """
    asked, derive = tuple(questions), tuple(rules)
    described = (*OPERATIONS, *of_queries(asked))
    return {
        "openapi": "3.1.0",
        "info": _info(settings),
        "servers": [{"url": origin}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "paths": {
            path: {operation.method: _operation(operation, settings) for operation in methods}
            for path, methods in groupby(described, lambda operation: operation.path)
        },
        "components": {
            "parameters": parameters.shared(settings, (*asked, *derive)),
            "responses": _shared_responses(described),
            "headers": schemas.HEADERS,
            "schemas": schemas.SCHEMAS,
            "securitySchemes": schemas.SECURITY,
        },
    }


def _info(settings: Settings) -> Json:
    """Say what this is, and whom to turn to."""
    place = "email" if re.fullmatch(r"[^@\s:]+@[^@\s:]+", settings.contact) else "url"
    contact = {"contact": {place: settings.contact}} if settings.contact else {}
    return {
        "title": "Citylinks",
        "version": __version__,
        "summary": "An open registry of town twinnings as linked data",
        "description": _DESCRIPTION,
        "license": {"name": "CC BY 4.0", "url": LICENCE},
        **contact,
    }


def _operation(operation: Operation, settings: Settings) -> Json:
    """Describe one method of an address."""
    words = {"description": operation.description} if operation.description else {}
    body = {"requestBody": bodies.of(operation.takes, settings)} if operation.takes else {}
    who: Json = {"security": [{"token": []}]} if "unauthorised" in operation.refuses else {}
    return {
        "operationId": _id(operation),
        "summary": operation.summary,
        **words,
        "tags": [operation.tag],
        "parameters": [
            *map(parameters.of_saved_query, operation.parameters),
            *({"$ref": f"#/components/parameters/{name}"} for name in _read(operation)),
        ],
        **body,
        **who,
        "responses": _responses(operation),
    }


def _id(operation: Operation) -> str:
    """Name an operation, for the names of functions in generated clients."""
    words = re.findall(r"[a-z0-9]+", operation.path) or ["start"]
    return "-".join([operation.method, *words])


def _read(operation: Operation) -> list[str]:
    """List the shared parameters that an operation reads, those of its path first."""
    found = [*operation.reads]
    if formats.HTML.media_type in operation.answers:
        found += ["lang", "Accept-Language"]
    if _may_be_known(operation):
        found.append("If-None-Match")
    return found


def _may_be_known(operation: Operation) -> bool:
    """Tell whether a client may have the answer already (RFC 9110, section 13)."""
    return operation.named and operation.method == "get" and bool(operation.answers)


def _responses(operation: Operation) -> Json:
    """Describe the answers of an operation by their status."""
    found: Json = {}
    if operation.answers:
        found["200"] = _answer(operation, "the answer")
    found |= {str(status): _other(operation, status) for status in operation.statuses}
    if _may_be_known(operation):
        found["304"] = {"description": "the client has it already"}
    found["414"] = {"$ref": "#/components/responses/too-long"}
    for status, names in _problems(operation).items():
        found[str(status)] = {"$ref": f"#/components/responses/{_joined(names)}"}
    return dict(sorted(found.items()))


def _answer(operation: Operation, words: str) -> Json:
    """Describe a successful answer in all its formats."""
    content = {kind: _media_type(operation, kind) for kind in operation.answers}
    names = ["Citylinks-Release"] if operation.tag != "server" else []
    names += ["ETag"] if operation.named else []
    return {"description": words, **_headers(*names), "content": content}


def _media_type(operation: Operation, kind: str) -> Json:
    name = schemas.OF_TYPES.get(kind, operation.schema if kind == "application/json" else "")
    return {"schema": {"$ref": f"#/components/schemas/{name}"}} if name else {}


def _headers(*names: str) -> Json:
    found = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"headers": found} if found else {}


def _other(operation: Operation, status: int) -> Json:
    """Describe an answer that is neither a 200 nor a problem of ours."""
    if status == 206:
        return {**_answer(operation, "a part of the file"), **_headers("Content-Range")}
    if status == 416:
        return {"description": "the file has no such part", "content": schemas.problem(416, ())}
    if status == 503:
        return _answer(operation, "nothing is published yet")
    return {"description": _SAID[status], **_headers(*_NAMES[status])}


_NAMES: Final = {
    201: ("Location", "Citylinks-Release", "ETag"),
    204: ("Citylinks-Release", "ETag"),
    301: ("Location",),
    302: ("Location",),
    303: ("Location",),
}
_SAID: Final = {
    201: "the graph is there now, in a new release",
    204: "it is done",
    301: "it has another address now",
    302: "the address of the release by its version",
    303: "the document that describes it",
}


def _problems(operation: Operation) -> dict[int, tuple[str, ...]]:
    """Group the problems of an operation by their status."""
    refuses = {"bad-parameter", *operation.refuses}
    if _may_be_known(operation):
        refuses.add("precondition")
    names = sorted(refuses, key=lambda name: KINDS[name].status)
    grouped = groupby(names, lambda name: KINDS[name].status)
    return {status: tuple(sorted(group)) for status, group in grouped}


def _joined(names: Iterable[str]) -> str:
    return "-or-".join(names)


def _besides(names: Iterable[str]) -> list[str]:
    """Name the headers that answers with these problems have."""
    told = {"busy": "Retry-After", "rate": "Retry-After", "unauthorised": "WWW-Authenticate"}
    return sorted({told[name] for name in names if name in told})


def _shared_responses(described: Iterable[Operation]) -> dict[str, Any]:
    """Describe the answers with a problem, each once."""
    groups = {(s, names) for operation in described for s, names in _problems(operation).items()}
    too_long = {"description": "The address is too long", "content": schemas.unread(414)}
    return {
        "too-long": too_long,
        **{
            _joined(names): {
                "description": " / ".join(KINDS[name].title for name in names),
                **_headers(*_besides(names)),
                "content": schemas.problem(status, names),
            }
            for status, names in sorted(groups)
        },
    }
