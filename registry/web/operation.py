"""The operation of a handler: its parameters and answers, declared beside its route.

    @routes.get("/feed/<page>")
    @Operation("A page of the stream", "harvest", STREAMS, (PAGE,))
    def feed_page(page: str) -> Response:

`openapi` assembles `/openapi.json` from the operations, and no request reaches its handler with a
parameter that its operation does not declare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, TypeVar

from flask import Flask, request

from registry import formats, terms
from registry.formats import Format
from registry.problems import Problem
from registry.settings import Settings
from registry.web.language import TAG

Json = dict[str, Any]
Handler = TypeVar("Handler", bound=Callable[..., Any])

TEXT: Final[Json] = {"type": "string"}
SOME_TEXT: Final[Json] = {"type": "string", "minLength": 1}
REF: Final[Json] = {"type": "string", "pattern": f"^(?:{terms.REF.pattern})$"}
IRI: Final[Json] = {"type": "string", "format": "iri"}
LANGUAGE: Final[Json] = {"type": "string", "pattern": f"^(?:{TAG.pattern})$"}


def whole(least: int, most: int, default: int | None = None) -> Json:
    """Return the schema of a whole number."""
    given = {} if default is None else {"default": default}
    return {"type": "integer", "minimum": least, "maximum": most, **given}


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, what it means, its JSON schema, and where it stands.

    `empty` is set where a form may leave its field empty, which means the default.
    """

    name: str
    description: str
    schema: Json = field(default_factory=lambda: TEXT)
    example: str | None = None
    place: str = "query"
    empty: bool = False

    def parameter_object(self) -> Json:
        """Return the Parameter Object (OpenAPI 3.1, section 4.8.12)."""
        return {
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "schema": self.schema,
            **({} if self.example is None else {"example": self.example}),
            **({"required": True} if self.place == "path" else {}),
            **({"allowEmptyValue": True} if self.empty else {}),
        }

    def as_field(self) -> Json:
        """Return the schema of a form's field of the same name."""
        return {"description": self.description, **self.schema}

    def read(self) -> str:
        """Return the value in the address, or the default; `bad-parameter` if it does not fit."""
        default = str(self.schema.get("default", ""))
        value = request.args.get(self.name) or default
        if value != default:
            self._check(value)
        return value

    def _check(self, value: str) -> None:
        allowed, most = self.schema.get("enum"), self.schema.get("maximum")
        if allowed and value not in allowed:
            names = [name for name in allowed if name]
            wanted = f"one of {', '.join(names)}"
            raise Problem("bad-parameter", f"{self.name} is not {wanted}", allowed=names)
        if most is None:
            return
        least = self.schema["minimum"]
        if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
            wanted = f"a whole number from {least} to {most}"
            raise Problem("bad-parameter", f"{self.name} is not {wanted}", limit=most)


def in_path(name: str, description: str, schema: Json, example: str | None = None) -> Parameter:
    """Describe a part of the path."""
    return Parameter(name, description, schema, example, "path")


def header(name: str, description: str, example: str | None = None) -> Parameter:
    """Describe a header."""
    return Parameter(name, description, TEXT, example, "header")


LANG: Final = Parameter(
    "lang", "language of pages, before Accept-Language; other formats pass it over", LANGUAGE
)
ACCEPT_LANGUAGE: Final = header("Accept-Language", "languages of pages", "it, en;q=0.8")
IF_MATCH: Final = header("If-Match", "an ETag that what is there must have")
IF_NONE_MATCH: Final = header("If-None-Match", "the ETag of what the client has")
RANGE: Final = header("Range", "the part of the file that is wanted", "bytes=0-99")
VERSION: Final = in_path(
    "version", "the release, by version, at least six digits of its beginning, or name", SOME_TEXT
)

PAGE: Final = (formats.HTML,)
JSON: Final = (formats.JSON,)
LISTING: Final = (formats.HTML, formats.JSON)
DOCUMENT: Final = (formats.HTML, *formats.GRAPHS)

LIMITS: Final = (
    *("query-memory", "answer-too-large", "busy", "rate", "query-timeout"),
    *("engine-unreachable", "engine-failed"),
)
"""Problems that any query may meet, ours included."""

Declared = Parameter | Callable[[Settings], Parameter]


@dataclass(frozen=True)
class Operation:
    """The parameters and answers of a handler, which it decorates.

    `answers` are the formats of a 200, of which Accept chooses one where the address has no
    extension. `refuses` are the problems beside those that follow from the other fields,
    `statuses` other answers. `takes` returns the contents of a body by media type. `schema` names
    the shape that JSON has here. `named` is set where answers have an ETag, `speaks` where formats
    other than pages are in the reader's language, `files` where answers are files with parts.
    `lenient` is set where parameters that are not declared are passed over; `instances` returns
    the addresses, each with its operation, that stand for this one in the description.
    """

    summary: str
    tag: str
    answers: tuple[Format, ...] = ()
    parameters: tuple[Declared, ...] = ()
    _: KW_ONLY
    refuses: tuple[str, ...] = ("not-found",)
    statuses: tuple[int, ...] = ()
    takes: Callable[[Settings], Json] | None = None
    schema: str = ""
    named: bool = True
    speaks: bool = False
    files: bool = False
    lenient: bool = False
    description: str = ""
    instances: Callable[[], Mapping[str, Operation]] | None = None

    def __call__(self, handler: Handler) -> Handler:
        """Make this the operation of a handler."""
        handler.operation = self  # type: ignore[attr-defined]
        return handler

    def reads(self, settings: Settings) -> list[Parameter]:
        """List the parameters that it declares."""
        return [one if isinstance(one, Parameter) else one(settings) for one in self.parameters]


def of(app: Flask, endpoint: str) -> Operation:
    """Return the operation of an endpoint; TypeError where it has none."""
    handler = app.view_functions[endpoint]
    found = getattr(handler, "operation", None)
    if not isinstance(found, Operation):
        raise TypeError(f"the handler of {endpoint} has no operation")
    return found


_SEVERAL: Final = frozenset({"default-graph-uri", "named-graph-uri", "format", "with"})
"""Parameters that a request may have several times."""

_OF_OTHERS: Final = re.compile(r"_|utm_\w+|fbclid|gclid|msclkid")
"""Parameters that scripts add to pass caches, and other sites to count followed links."""


def enforce(app: Flask, settings: Settings) -> None:
    """Refuse requests with a parameter that their operation does not declare."""
    operations = {endpoint: of(app, endpoint) for endpoint in app.view_functions}
    known = {
        endpoint: [one.name for one in operation.reads(settings) if one.place == "query"]
        for endpoint, operation in operations.items()
        if not operation.lenient
    }

    def refuse_unknown() -> None:
        if request.endpoint in known and request.method != "OPTIONS":
            check_names(known[request.endpoint])

    app.before_request(refuse_unknown)


def check_names(known: Iterable[str]) -> None:
    """Refuse parameters beside those known; every address knows `lang`.

    Raises
    ------
    Problem
        `bad-parameter`, with the names of those known.

    """
    allowed = list(dict.fromkeys((*known, LANG.name)))
    for name in request.args:
        if name not in allowed and not _OF_OTHERS.fullmatch(name):
            detail = f"{name!r} is not a parameter here; these are: {', '.join(allowed)}"
            raise Problem("bad-parameter", detail, allowed=allowed)
        if name not in _SEVERAL and len(set(request.args.getlist(name))) > 1:
            raise Problem("bad-parameter", f"{name} has several values, and takes one")
