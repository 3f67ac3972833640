"""The description of the server: whole, valid, and true of what the server does."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import TestResponse

from registry import __version__, formats, saved_queries, shipped, terms
from registry.problems import KINDS
from registry.releases import code
from registry.releases.reading import Release
from registry.settings import Settings
from registry.web.app import create_app
from registry.web.context import NAME
from registry.web.openapi import describe
from registry.web.server import REQUEST_LINE
from tests.web.served import Server

Json = dict[str, Any]

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }"
QUESTIONS = saved_queries.read(shipped.query_files())
DESCRIPTION = describe("http://localhost", Settings(), QUESTIONS, code.rules())
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}

Operation = tuple[str, str]
OPERATIONS: list[Operation] = [
    (path, method) for path, item in DESCRIPTION["paths"].items() for method in item
]
EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=" ".join)


def followed(entry: Json) -> Json:
    """Give what an entry refers to."""
    if "$ref" not in entry:
        return entry
    found = DESCRIPTION
    for name in entry["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def of(operation: Operation) -> Json:
    path, method = operation
    found: Json = DESCRIPTION["paths"][path][method]
    return found


def parameters(operation: Operation, place: str) -> list[Json]:
    found = map(followed, of(operation)["parameters"])
    return [parameter for parameter in found if parameter["in"] == place]


def responses(operation: Operation) -> dict[int, Json]:
    found: Json = of(operation)["responses"]
    return {int(status): followed(response) for status, response in found.items()}


@dataclass(frozen=True)
class Clients:
    """Clients of applications with limits of their own, and the version of the release."""

    plain: FlaskClient
    version: str
    unpublished: FlaskClient
    small: FlaskClient
    short: FlaskClient
    late: FlaskClient


@pytest.fixture(scope="module")
def clients(client: FlaskClient, release: Release, settings: Settings) -> Iterator[Clients]:
    apps = [
        create_app(replace(settings, workers=1, **limits))
        for limits in (
            {"home": settings.home / "nothing-here"},
            {"answer_bytes": 1, "page_bytes": 1},
            {"query_bytes": 6},
            {"query_seconds": 1e-6},
        )
    ]
    yield Clients(client, release.version, *(app.test_client() for app in apps))
    for app in apps:
        app.extensions[NAME].engine.pool.close()


def address(operation: Operation, version: str, /, **values: str) -> str:
    """Give an address of an operation: its path with examples in the place of parameters."""
    examples = {p["name"]: p.get("example", version) for p in parameters(operation, "path")}
    given = examples | values
    return re.sub(r"\{(\w+)\}", lambda match: quote(given[match[1]], safe=""), operation[0])


def sent(
    client: FlaskClient, operation: Operation, path: str, text: str = "ASK {}", **options: Any
) -> TestResponse:
    """Ask; a query is sent along where one is asked for."""
    if operation[1] == "post":
        options = {"data": text, "content_type": "application/sparql-query", **options}
    elif operation[0].endswith("/sparql"):
        path += f"{'&' if '?' in path else '?'}query={quote(text)}"
    return client.open(path, method=operation[1].upper(), **options)


# Whole, and in the form that OpenAPI says.


def test_it_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []


def test_every_route_is_described_and_no_other(app: Flask, release: Release) -> None:
    rules = app.url_map.iter_rules()
    served = {(rule.rule, method) for rule in rules for method in rule.methods or ()}
    found = app.url_map.bind("localhost")
    described = set()
    for operation in OPERATIONS:
        path, method = address(operation, release.version), operation[1].upper()
        described.add((found.match(path, method, return_rule=True)[0].rule, method))
    assert described == {(rule, method) for rule, method in served if method in METHODS}


def test_names_of_operations_are_unique() -> None:
    names = [of(operation)["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names) > len(QUESTIONS)


def test_every_problem_of_a_reader_is_an_answer_somewhere() -> None:
    written = json.dumps(DESCRIPTION["components"]["responses"])
    elsewhere = {name for name in KINDS if f'"{terms.PROBLEM}{name}"' not in written}
    publishing = {"data-syntax", "data-invalid", "conflict"}
    anywhere = {"internal", "method-not-allowed", "gone"}
    assert elsewhere == publishing | anywhere


@pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: query.name)
def test_every_saved_query_has_its_own_address(
    query: saved_queries.SavedQuery, client: FlaskClient
) -> None:
    operation = f"/queries/{query.name}", "get"
    found = parameters(operation, "query")
    own = [parameter for parameter in found if parameter["name"] != "lang"]
    assert [parameter["name"] for parameter in own] == [p.name for p in query.parameters]
    assert of(operation)["summary"] == query.title["en"]
    defaults = {parameter["name"]: parameter["schema"]["default"] for parameter in own}
    path = f"/queries/{query.name}.{'nt' if query.form == 'CONSTRUCT' else 'csv'}"
    answer = client.get(path, query_string=defaults)
    assert (answer.status_code, answer.data) == (200, client.get(path).data)


# True: what is described occurs.

SERVICE = "ASK { SERVICE <x:y> {} }"
KNOWN = {"If-None-Match": "*"}
PART = {"Range": "bytes=0-9"}
BEYOND = {"Range": "bytes=99999999-"}
FORMER = {"ref": "any-511196"}


def not_found(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Ask for what is not there; where all is there, before anything is published."""
    if not parameters(operation, "path"):
        return sent(clients.unpublished, operation, path)
    last = parameters(operation, "path")[-1]["name"]
    return sent(clients.plain, operation, address(operation, clients.version, **{last: "unknown"}))


Ask = Callable[[Clients, Operation, str], TestResponse]
OCCURS: dict[int, Ask] = {
    200: lambda c, o, path: sent(c.plain, o, path),
    206: lambda c, o, path: sent(c.plain, o, path, headers=PART),
    301: lambda c, o, _: sent(c.plain, o, address(o, c.version, **FORMER)),
    302: lambda c, o, _: sent(c.plain, o, address(o, c.version, version="latest")),
    303: lambda c, o, path: sent(c.plain, o, path),
    304: lambda c, o, path: sent(c.plain, o, path, headers=KNOWN),
    400: lambda c, o, path: sent(c.plain, o, f"{path}?lang=_"),
    403: lambda c, o, path: sent(c.plain, o, path, SERVICE),
    404: not_found,
    406: lambda c, o, path: sent(c.plain, o, path, headers={"Accept": "application/pdf"}),
    413: lambda c, o, path: sent(c.short, o, path, "ASK { }"),
    415: lambda c, o, path: sent(c.plain, o, path, content_type="text/plain"),
    416: lambda c, o, path: sent(c.plain, o, path, headers=BEYOND),
    500: lambda c, o, path: sent(c.small, o, path),
    503: lambda c, o, path: sent(c.unpublished, o, path),
    504: lambda c, o, path: sent(c.late, o, path),
}


@EACH
def test_every_status_that_is_described_occurs(operation: Operation, clients: Clients) -> None:
    path = address(operation, clients.version)
    for status, described in responses(operation).items():
        if status == 414 or (status == 503 and path != "/health"):
            continue  # All at once, below.
        response = OCCURS[status](clients, operation, path)
        assert response.status_code == status, response.text
        assert_described(response, described)


def assert_described(response: TestResponse, described: Json) -> None:
    """Compare the type and headers of an answer with what its description says."""
    if "content" in described:
        assert response.mimetype in described["content"]
    for name, header in described.get("headers", {}).items():
        assert name in response.headers or not followed(header)["required"], name
    if response.mimetype == "application/problem+json":
        assert response.json
        (schema,) = described["content"]["application/problem+json"]["schema"]["allOf"][1:]
        assert response.json["type"] in schema["properties"]["type"]["enum"]
        assert response.json["status"] == response.status_code


def test_every_address_may_be_too_long(server: Server, release: Release) -> None:
    for operation in OPERATIONS:
        if 414 in responses(operation):
            path = f"{address(operation, release.version)}?{'a' * REQUEST_LINE}"
            reply = server.ask(path)
            assert reply.status == 414, path
            assert reply.type in responses(operation)[414]["content"]


def test_all_that_ask_the_engine_may_find_it_busy(settings: Settings, release: Release) -> None:
    app = create_app(replace(settings, workers=1, queue=0, query_seconds=4))
    client, asking = app.test_client(), [o for o in OPERATIONS if 503 in responses(o)]
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(app.test_client().get, "/sparql", query_string={"query": CROSS})
        time.sleep(0.5)
        for operation in asking:
            if operation[0] != "/health":
                response = sent(client, operation, address(operation, release.version))
                assert response.status_code == 503, operation
                assert_described(response, responses(operation)[503])
        assert running.result().status_code == 504
    assert len(asking) > len(QUESTIONS)
    app.extensions[NAME].engine.pool.close()


SELECT, CONSTRUCT = "SELECT * { ?s ?p 1 }", "CONSTRUCT { ?s ?p 1 } WHERE { ?s ?p 1 }"


@EACH
def test_every_media_type_that_is_described_is_answered(
    operation: Operation, clients: Clients
) -> None:
    described = set(responses(operation).get(200, {}).get("content", {}))
    found = set()
    for path in addresses(operation, clients.version):
        for accept in sorted(described):
            for text in (SELECT, CONSTRUCT):
                headers = {"Accept": accept}
                response = sent(clients.plain, operation, path, text, headers=headers)
                found |= {response.mimetype} if response.status_code == 200 else set()
    assert found == described


def addresses(operation: Operation, version: str) -> Iterator[str]:
    """Give addresses of an operation that together have all its formats."""
    files = {"file": ["SHA256SUMS", "manifest.json", "citylinks.nq.gz"]}
    files |= {"asset": ["style.css", "mark.svg"], "query": ["figures", "quickstatements"]}
    for parameter in parameters(operation, "path"):
        for value in parameter["schema"].get("enum", files.get(parameter["name"], ())):
            yield address(operation, version, **{parameter["name"]: value})
            if parameter["name"] == "extension" and "{query}" in operation[0]:
                yield address(operation, version, extension=value, query="all-from-a-source")
    yield address(operation, version)


@EACH
def test_every_extension_is_answered_somewhere(operation: Operation, clients: Clients) -> None:
    named = [p for p in parameters(operation, "path") if p["name"] == "extension"]
    for extension in (value for p in named for value in p["schema"]["enum"]):
        queries = ("figures", "all-from-a-source")
        paths = (address(operation, clients.version, extension=extension, query=q) for q in queries)
        assert 200 in {clients.plain.get(path).status_code for path in paths}, extension


WRONG = {"release": 404, "format": 406}
"""What a wrong value of a parameter gives, where it is not 400."""


@EACH
def test_every_parameter_is_read(operation: Operation, clients: Clients) -> None:
    """A wrong value is told, so it was read."""
    path = address(operation, clients.version)
    for parameter in parameters(operation, "query"):
        if parameter["name"] == "values":
            continue  # Those of one query, which has them at its own address.
        if parameter["name"] == "query":
            response = clients.plain.get(f"{path}?query=(")
        else:
            response = sent(clients.plain, operation, f"{path}?{parameter['name']}=%3C.%3E")
        assert response.status_code == WRONG.get(parameter["name"], 400), parameter["name"]


@pytest.mark.parametrize("name", ["query", "default-graph-uri", "format", "release"])
def test_the_form_is_as_described(name: str, client: FlaskClient) -> None:
    body = of(("/sparql", "post"))["requestBody"]["content"]
    fields = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert name in fields
    wrong = {"query": "ASK {}", name: "<.>"}
    assert client.post("/sparql", data=wrong).status_code == WRONG.get(name, 400)
    assert client.post("/sparql", data={"query": "ASK {}"}).status_code == 200


@pytest.mark.parametrize(
    "name", DESCRIPTION["components"]["parameters"]["format"]["schema"]["enum"]
)
def test_every_name_of_a_format_is_known(name: str, client: FlaskClient) -> None:
    text = CONSTRUCT if name in {form.name for form in formats.GRAPHS} else SELECT
    answer = client.get("/sparql", query_string={"query": text, "format": name})
    assert answer.status_code == 200


# Served.


def test_it_is_served_as_it_is_written(server: Server) -> None:
    reply = server.ask("/openapi.json")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.json == {**DESCRIPTION, "servers": [{"url": server.url}]}
    assert reply.json["info"]["version"] == __version__
    assert server.ask("/openapi.json").body == reply.body
    assert server.ask("/openapi.json", If_None_Match=reply.headers["ETag"]).status == 304


def test_it_is_of_the_settings(settings: Settings) -> None:
    pages = {}
    for limits in (
        {"public_url": "https://example.org/links/", "contact": "desk@example.org"},
        {"query_bytes": 7, "contact": "https://example.org/desk"},
    ):
        app = create_app(replace(settings, workers=1, **limits))
        answer = app.test_client().get("/openapi.json")
        pages[answer.headers["ETag"]] = json.loads(answer.data)
        app.extensions[NAME].engine.pool.close()
    first, second = pages.values()
    assert first["servers"] == [{"url": "https://example.org/links"}]
    assert first["info"]["contact"] == {"email": "desk@example.org"}
    assert second["info"]["contact"] == {"url": "https://example.org/desk"}
    assert second["components"]["parameters"]["query"]["schema"]["maxLength"] == 7
    assert OpenAPIV31SpecValidator(second).is_valid()


def test_the_start_page_leads_to_it(client: FlaskClient) -> None:
    """By the relation that RFC 8631 registers, section 4.2."""
    assert '<link rel="service-desc" href="/openapi.json"' in client.get("/").text
