"""The description of all addresses for programs (OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.0).

apispec assembles it from the operations that the handlers carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from apispec import APISpec
from flask import Flask

from registry import formats
from registry.problems import KINDS
from registry.releases.licences import CC_BY
from registry.settings import Settings
from registry.version import __version__
from registry.web import operation, schemas
from registry.web.negotiation import extensions
from registry.web.operation import Json, Operation, Parameter

TAGS: Final = {
    "things": "Cities, links and all else that has an IRI",
    "vocabularies": "The ontology, the schemes and the shapes",
    "sparql": "The SPARQL endpoint",
    "queries": "Saved queries, with their parameters",
    "reconcile": "Names become things: the Reconciliation Service API 0.2",
    "releases": "Releases, their graphs and their files",
    "contribute": "Forms for people: what they propose, and what editors decide",
    "harvest": "Catalogue, statistics and every change, for harvesters and mirrors",
    "server": "The server itself",
}
_DESCRIPTION: Final = (
    "Everything that an address answers to GET it answers to HEAD as well, and OPTIONS tells its "
    "methods; any other is 405. Everything may be read by scripts of any origin. A parameter that "
    "an address does not know is 400, but at the endpoint and in reconciliation, whose clients "
    "send their own. Errors are application/problem+json, or a page where the client prefers one; "
    "a mistake of ours is a 500 of the type internal. What cannot be read as HTTP is 400, 417, 431 "
    "or 501."
)
_SECURITY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "a token that the operator of the registry gave out",
}

_MEANINGS: Final = {
    200: "the answer",
    201: "the graph is there now, in a new release",
    202: "a job has begun",
    204: "it is done",
    206: "a part of the file",
    301: "it has another address now",
    302: "the address of the release by its version",
    303: "the document that describes it",
    304: "the client has it already",
    416: "the file has no such part",
    503: "nothing is published yet",
}
_HEADERS: Final = {
    201: ("Location", "Citylinks-Release", "ETag"),
    202: ("Location",),
    204: ("Citylinks-Release", "ETag"),
    206: ("Content-Range",),
    301: ("Location",),
    302: ("Location",),
    303: ("Location",),
}


def describe(app: Flask, origin: str, settings: Settings) -> Json:
    """Describe the routes of an application, served at an absolute URL."""
    info = {
        "summary": "An open registry of town twinnings as linked data",
        "description": _DESCRIPTION,
        "license": {"name": "CC BY 4.0", "url": CC_BY},
    }
    if contact := settings.contact:
        place = "email" if re.fullmatch(r"[^@\s:]+@[^@\s:]+", contact) else "url"
        info["contact"] = {place: contact}
    spec = APISpec("Citylinks", __version__, "3.1.0", info=info, servers=[{"url": origin}])
    for name, words in TAGS.items():
        spec.tag({"name": name, "description": words})
    for name, schema in schemas.SCHEMAS.items():
        spec.components.schema(name, schema)
    for name, described in schemas.HEADERS.items():
        spec.components.header(name, described)
    spec.components.security_scheme("token", _SECURITY)
    spec.components.response("too-long", schemas.TOO_LONG)
    for path, method, found in sorted(_routes(app), key=lambda route: route[:2]):
        writer = _Writer(spec, settings, path, method, found)
        spec.path(path, operations={method: writer.operation_object()})
    return spec.to_dict()


def _routes(app: Flask) -> Iterable[tuple[str, str, Operation]]:
    """List path template, method and operation of each address."""
    for rule in app.url_map.iter_rules():
        found = operation.of(app, rule.endpoint)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if "extension" in rule.arguments:
            yield path, method.lower(), _in_format(found)
        elif found.instances:
            for one, of_it in found.instances().items():
                yield one, method.lower(), of_it
        else:
            yield path, method.lower(), found


def _in_format(found: Operation) -> Operation:
    """Return the operation of the addresses whose extension, not Accept, names the format."""
    known = [one for form in found.answers for one in sorted(extensions(form))]
    extension = operation.in_path("extension", "the format", {"enum": known}, known[1])
    return replace(
        found,
        summary=f"{found.summary}, in the format of the extension",
        parameters=(*found.parameters, extension),
    )


@dataclass(frozen=True)
class _Writer:
    """Writes one operation, and the components that it shares with others."""

    spec: APISpec
    settings: Settings
    path: str
    method: str
    of: Operation

    def operation_object(self) -> Json:
        """Return the Operation Object."""
        of, words = self.of, re.findall(r"[a-z0-9]+", self.path) or ["start"]
        return {
            "operationId": "-".join([self.method, *words]),
            "summary": of.summary,
            **({"description": of.description} if of.description else {}),
            "tags": [of.tag],
            "parameters": [self._shared_parameter(one) for one in self._parameters()],
            **(
                {"requestBody": {"required": True, "content": of.takes(self.settings)}}
                if of.takes
                else {}
            ),
            **({"security": [{"token": []}]} if "unauthorised" in of.refuses else {}),
            "responses": dict(sorted(self._responses().items())),
        }

    @property
    def _conditional(self) -> bool:
        """Whether a client may have the answer already (RFC 9110, section 13)."""
        return self.of.named and self.method == "get" and bool(self.of.answers)

    def _parameters(self) -> Iterable[Parameter]:
        """List the declared parameters, and those that follow from the answers."""
        of, found = self.of, self.of.reads(self.settings)
        yield from found
        if of.speaks or formats.HTML.media_type in self._types():
            yield from (operation.LANG, operation.ACCEPT_LANGUAGE)
        if of.files:
            yield operation.RANGE
        if self._conditional:
            yield operation.IF_NONE_MATCH

    def _types(self) -> list[str]:
        return [form.media_type for form in self.of.answers]

    def _shared_parameter(self, parameter: Parameter) -> str:
        """Name a parameter of the components; another of the same name gets a number."""
        described, shared = parameter.parameter_object(), self.spec.components.parameters
        names = (f"{parameter.name}-{n}" if n else parameter.name for n in range(len(shared) + 1))
        name = next(one for one in names if shared.get(one, described) == described)
        if name not in shared:
            self.spec.components.parameter(name, parameter.place, described)
        return name

    def _responses(self) -> Json:
        """Describe the answers by their status."""
        of, found = self.of, {"414": "too-long"}
        statuses = (*((200,) if of.answers else ()), *of.statuses)
        statuses += ((206, 416) if of.files else ()) + ((304,) if self._conditional else ())
        responses: Json = {str(status): self._answer(status) for status in statuses}
        for status, names in self._problems():
            found[status] = "-or-".join(names)
            if found[status] not in self.spec.components.responses:
                self.spec.components.response(found[status], schemas.refusal(int(status), names))
        return responses | found

    def _answer(self, status: int) -> Json:
        """Describe an answer other than a problem."""
        of, headers = self.of, list(_HEADERS.get(status, ()))
        described: Json = {"description": _MEANINGS[status]}
        if status == 416:
            described["content"] = schemas.problem(416)
        elif status == 202:
            described["content"] = {formats.JSON.media_type: {}}
        elif status in {200, 206, 503}:
            described["content"] = {kind: self._schema(kind) for kind in self._types()}
        if status in {200, 503}:
            headers += ["Citylinks-Release"] if of.tag != "server" else []
            headers += ["Citylinks-Warning"] if of.tag == "sparql" else []
            headers += ["ETag"] if of.named else []
        return described | ({"headers": {name: name for name in headers}} if headers else {})

    def _schema(self, kind: str) -> Json:
        name = schemas.OF_TYPES.get(kind, self.of.schema if kind == "application/json" else "")
        return {"schema": name} if name else {}

    def _problems(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Group the problems by their status."""
        refuses = {"bad-parameter", *self.of.refuses}
        if self._conditional:
            refuses.add("precondition")
        if len(set(self._types())) > 1 and not self.of.files and "{extension}" not in self.path:
            refuses.add("not-acceptable")
        grouped = groupby(
            sorted(refuses, key=lambda name: (KINDS[name].status, name)),
            lambda name: str(KINDS[name].status),
        )
        return [(status, tuple(names)) for status, names in grouped]
