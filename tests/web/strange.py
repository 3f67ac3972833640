"""Requests of which one part is spoilt, for each part of each address; derived from the URL map.

The parts are those of the path, the parameters that the handler's operation declares, those of
saved queries, and the headers that the answer may depend on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from registry.settings import Settings
from registry.web import middleware
from registry.web.operation import LANG, Operation, of

EXAMPLES: Final = {"file": "perm-twins.nt.gz", "query": "twins-of-a-city"}
"""Other values of parts of paths than the description has."""

WANTED: Final[dict[str, dict[str, str]]] = {
    "/graphs": {"graph": "https://w3id.org/citylinks/graph/cities"},
    "/lookup": {"iri": "Q6259"},
    "/oembed": {"url": "/doc/city/perm-511196"},
    "/reconcile/flyout/<service>": {"id": "city/perm-511196"},
    "/reconcile/preview": {"id": "city/perm-511196"},
}
"""The parameters without which an address is not answered."""

STRANGE: Final = (
    *("x%0D%0Ay", "x%0Ay", "x%0D%0ALocation:%20//example.org"),
    *("%00", "%C3%A9", "%FF", "%2F%2Fa"),
)
"""Values of parts of paths and of parameters, as they are sent."""

HEADERS: Final = {
    "Host": "a/b",
    "Accept": 'text/;q=2, */html;q=nan, "',
    "Accept-Language": "\xe9-\xff;q=, en;q=-1, *-*",
    "Accept-Encoding": "gzip;q=high, \xff",
    "Authorization": "Bearer \xff\xfe =",
    "Content-Encoding": "\xff, gzip",
    "Content-Type": "text/\xff; charset=\xfe; =",
    "If-Match": 'W/"\xff, ""',
    "If-None-Match": 'W/"\\"\xff',
    "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 \xff",
    "If-Unmodified-Since": "Thu, 01 Jan 99999999 00:00:00 +9999999",
    "If-Range": 'W/"\xff',
    "Range": "bytes=9-1,-,\xff",
    "Last-Event-ID": "\xff, ../",
    "Prefer": ';=, respond-\xff; "',
}
"""A value for each header on which an answer may depend, as bytes of Latin-1."""


@dataclass(frozen=True)
class Part:
    """A part of the requests to an address: where it stands, and its name."""

    method: str
    rule: str
    place: str
    name: str


@dataclass(frozen=True)
class Spoilt:
    """A request of which one part is spoilt, and the value that stands there."""

    part: Part
    value: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    def send(self, client: FlaskClient) -> TestResponse:
        """Send the request."""
        headers = {**self.headers}
        return client.open(self.path, method=self.part.method, headers=headers, **self.body)


def parts(app: Flask) -> set[Part]:
    """List the parts of the requests to every address."""
    return {part for rule in app.url_map.iter_rules() for part in _parts(app, rule)}


def _parts(app: Flask, rule: Rule) -> set[Part]:
    operation = of(app, rule.endpoint)
    found = {("path", name) for name in rule.arguments} | {("query", LANG.name)}
    for one in (operation, *_instances(operation).values()):
        found |= {(p.place, p.name) for p in one.reads(Settings())}
    found |= {("header", name) for name in _headers(operation)}
    return {Part(_method(rule), rule.rule, *place) for place in found}


def _method(rule: Rule) -> str:
    (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return method


def _instances(operation: Operation) -> Mapping[str, Operation]:
    return operation.instances() if operation.instances else {}


def _headers(operation: Operation) -> set[str]:
    """Name the headers on which the answers of an operation may depend."""
    read = {*middleware.DEPENDED_ON, *middleware.CONDITIONAL}
    named = {
        name.removeprefix("HTTP_").replace("_", "-").title()
        for name in read
        if name.startswith("HTTP_")
    }
    named |= {"Content-Type", "Content-Encoding"} if operation.takes else set()
    named |= {"Authorization"} if "unauthorised" in operation.refuses else set()
    return named | ({"If-Range"} if operation.files else set())


def in_addresses(app: Flask, strange: str, *versions: str) -> Iterator[Spoilt]:
    """Spoil each part of each path, and each parameter, with a value as it is sent.

    Addresses of releases are spoilt once for each way to name a release.
    """
    for rule in app.url_map.iter_rules():
        body = _body(of(app, rule.endpoint))
        for part in _parts(app, rule):
            paths = {_spoilt_path(app, rule, part, strange, version) for version in versions}
            yield from (Spoilt(part, strange, path, {}, body) for path in sorted(paths) if path)


def in_headers(app: Flask, version: str) -> Iterator[Spoilt]:
    """Spoil each header of the requests to each address."""
    for rule in app.url_map.iter_rules():
        body, path = _body(of(app, rule.endpoint)), address(app, rule, version)
        for part in _parts(app, rule):
            if part.place == "header" and part.name in HEADERS:
                value = HEADERS[part.name]
                yield Spoilt(part, value, path, {part.name: value}, body)


def address(app: Flask, rule: Rule, version: str, /, **instead: str) -> str:
    """Return an address of a route, with examples, or what is given, for the parts of its path."""
    operation = of(app, rule.endpoint)
    in_path = (p for p in operation.reads(Settings()) if p.place == "path")
    values = {p.name: p.example or version for p in in_path} | EXAMPLES
    values["extension"] = operation.answers[1].extension if operation.answers[1:] else ""
    path = _filled(rule.rule, values | instead)
    return path + _query_string(WANTED.get(rule.rule, {}))


def _spoilt_path(app: Flask, rule: Rule, part: Part, strange: str, version: str) -> str:
    """Return an address of a route of which this part alone is spoilt; empty where none is."""
    usual = address(app, rule, version)
    if part.place == "path":
        path = address(app, rule, version, **{part.name: strange})
        return path if _arrives(app, part, path, usual) else ""
    if part.place == "query":
        fields = {name: quote(value) for name, value in WANTED.get(rule.rule, {}).items()}
        if part.name == "default":
            del fields["graph"]
        usual = _of_instance(app, rule, part) or usual
        return usual.partition("?")[0] + _query_string(fields | {part.name: strange})
    return ""


def _of_instance(app: Flask, rule: Rule, part: Part) -> str:
    """Return the address that has the parameter, where it is one of several behind a route."""
    instances = _instances(of(app, rule.endpoint))
    if "extension" in rule.arguments:
        return ""
    named = (
        path
        for path, operation in instances.items()
        if part.name in {p.name for p in operation.reads(Settings())}
    )
    return next(named, "")


def _arrives(app: Flask, part: Part, path: str, usual: str) -> bool:
    """Whether an address leads to the route, and differs from the usual one in the part alone."""
    adapter = app.url_map.bind("localhost")
    sent, example = (unquote(one.partition("?")[0]) for one in (path, usual))
    try:
        rule, values = adapter.match(sent, method=part.method, return_rule=True)
    except HTTPException:
        return False
    _, before = adapter.match(example, method=part.method)
    changed = {name for name in before if values.get(name) != before[name]}
    return rule.rule == part.rule and changed == {part.name}


def _filled(rule: str, values: Mapping[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values[match[1]], rule)


def _query_string(fields: Mapping[str, str]) -> str:
    return f"?{'&'.join(f'{name}={value}' for name, value in fields.items())}" if fields else ""


def _body(operation: Operation) -> Mapping[str, Any]:
    """Return the arguments of a test client for an example of a body; a form is preferred."""
    takes: Mapping[str, Mapping[str, Any]] = operation.takes(Settings()) if operation.takes else {}
    examples = [
        (kind, content["example"]) for kind, content in takes.items() if "example" in content
    ]
    forms = [one for one in examples if isinstance(one[1], dict)]
    return next(({"content_type": kind, "data": data} for kind, data in forms + examples), {})


def lacking(app: Flask, requests: Iterable[Spoilt]) -> list[Part]:
    """List the parts that none of the requests spoils alone."""
    missing = parts(app) - {request.part for request in requests}
    return sorted(missing, key=lambda part: (part.rule, part.method, part.place, part.name))
