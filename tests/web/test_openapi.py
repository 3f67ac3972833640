"""The description of the server: whole, valid, and true of what the server does."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import TestResponse

from registry import formats, saved_queries, shipped, terms
from registry.problems import KINDS
from registry.publishing.uploads import TICKETS
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.admission import Client
from registry.sparql.forks import Forks
from registry.version import __version__
from registry.web import asset_files
from registry.web.app import app_with_routes, create_app
from registry.web.context import NAME
from registry.web.openapi import describe
from registry.web.operation import enforce
from registry.web.routes import changes
from registry.web.server import REQUEST_LINE
from tests.alike import one_of_each
from tests.copies import copied
from tests.lists import listing
from tests.tables import every_row
from tests.web.conftest import WITHDRAWN
from tests.web.served import Server

Json = dict[str, Any]

QUESTIONS = saved_queries.read(shipped.query_files())
DESCRIPTION = describe(app_with_routes(), "http://localhost", Settings())
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}

Operation = tuple[str, str]
OPERATIONS: list[Operation] = [
    (path, method)
    for path, item in DESCRIPTION["paths"].items()
    for method in item
    if not path.startswith("/contribute")
]
"""The operations but for the forms of people, which `test_contribute` fills in."""

EACH = every_row("operation", OPERATIONS, ids=" ".join)


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

    home: Workspace
    plain: FlaskClient
    version: str
    former: FlaskClient
    unpublished: FlaskClient
    small: FlaskClient
    short: FlaskClient
    late: FlaskClient
    writable: FlaskClient

    def of(self, operation: Operation) -> FlaskClient:
        """Give the client that may do it."""
        return self.writable if "security" in of(operation) else self.plain


@pytest.fixture(scope="module")
def home(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace that this module changes."""
    return copied(workspace, tmp_path_factory.mktemp("written") / "home")


@pytest.fixture(scope="module")
def writing(
    settings: Settings, home: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Give settings with a file of tokens; each change is a release, and all are kept."""
    path = tmp_path_factory.mktemp("tokens") / "tokens"
    path.write_text(f"{hashlib.sha256(TOKEN.encode()).hexdigest()} office\n")
    return replace(settings, home=home.home, workers=1, tokens=str(path), keep_stores=99)


@pytest.fixture(scope="module")
def clients(
    client: FlaskClient, release: Release, former: FlaskClient, writing: Settings, forks: Forks
) -> Iterator[Clients]:
    home = Workspace(writing.home)
    apps = [
        create_app(replace(writing, **limits), forks)
        for limits in (
            {"home": home.home / "nothing-here"},
            {"answer_bytes": 1, "page_bytes": 1, "report_bytes": 1},
            {"query_bytes": 6, "upload_bytes": 1, "upload_memory": 50_000_000},
            {"query_seconds": 1e-6, "cache_bytes": 0},
            {},
        )
    ]
    made = (app.test_client() for app in apps)
    yield Clients(home, client, release.version, former, *made)
    for app in apps:
        app.extensions[NAME].engine.pool.close()


def address(operation: Operation, version: str, /, **values: str) -> str:
    """Give an address of an operation: its path with examples in the place of parameters."""
    examples = {p["name"]: p.get("example", version) for p in parameters(operation, "path")}
    given = examples | values
    path = re.sub(r"\{(\w+)\}", lambda match: quote(given[match[1]], safe=""), operation[0])
    return path + ASKED.get(operation, "")


LISTS = {method: f"{terms.GRAPH}list-{method}" for method in ("put", "post", "delete")}
ASKED: dict[Operation, str] = {
    ("/graphs", "get"): "?default",
    **{("/graphs", method): f"?graph={quote(iri, safe='')}" for method, iri in LISTS.items()},
    ("/reconcile", "get"): "?queries={}",
    ("/oembed", "get"): "?url=/doc/city/perm-511196",
    ("/lookup", "get"): "?iri=Q6259",
    ("/link", "post"): "?column=city",
    ("/reconcile/flyout/{service}", "get"): "?id=city/perm-511196",
    ("/reconcile/preview", "get"): "?id=city/perm-511196",
}
"""What an address needs beside its path."""

TOKEN = "a token"
TURTLE = "text/turtle"
WRITE, VALIDATE, LINK = ("/graphs", "put"), ("/validate", "post"), ("/link", "post")


def data(operation: Operation) -> str:
    """Give data that may be published."""
    return listing(["twinning"], f"list-{operation[1]}")


def sent(
    client: FlaskClient, operation: Operation, path: str, text: str = "ASK {}", **options: Any
) -> TestResponse:
    """Ask; what the operation takes is sent along, and a token."""
    content = of(operation).get("requestBody", {}).get("content", {})
    if TURTLE in content:
        body = text if text != "ASK {}" else data(operation)
        options = {"data": body, "content_type": TURTLE, **options}
    elif operation == LINK:
        options = {"data": "city\nPerm\n", "content_type": "text/csv", **options}
    elif operation[0] == "/reconcile" and content:
        options = {"data": {"queries": "{}", "passed-over": text}, **options}
    elif content:
        options = {"data": text, "content_type": "application/sparql-query", **options}
    elif operation[0].endswith("/sparql"):
        path = joined(path, f"query={quote(text)}")
    if "security" in of(operation):
        options.setdefault("headers", {}).setdefault("Authorization", f"Bearer {TOKEN}")
    return client.open(path, method=operation[1].upper(), **options)


def joined(path: str, pair: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{pair}"


# Whole, and in the form that OpenAPI says.


def test_it_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(DESCRIPTION).iter_errors()) == []


def test_every_route_is_described_and_no_other(app: Flask, release: Release) -> None:
    rules = app.url_map.iter_rules()
    served = {(rule.rule, method) for rule in rules for method in rule.methods or ()}
    found = app.url_map.bind("localhost")
    described = set()
    every = ((path, m) for path, item in DESCRIPTION["paths"].items() for m in item)
    for operation in every:
        path, method = address(operation, release.version), operation[1].upper()
        path = path.partition("?")[0]
        described.add((found.match(path, method, return_rule=True)[0].rule, method))
    assert described == {(rule, method) for rule, method in served if method in METHODS}


def test_a_route_without_an_operation_is_no_part_of_an_application() -> None:
    app = app_with_routes()
    app.add_url_rule("/bare", "bare", lambda: "")
    with pytest.raises(TypeError, match="bare has no operation"):
        describe(app, "http://localhost", Settings())
    with pytest.raises(TypeError, match="bare has no operation"):
        enforce(app, Settings())


def test_names_of_operations_are_unique() -> None:
    names = [of(operation)["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names) > len(QUESTIONS)


def test_every_problem_of_a_reader_is_an_answer_somewhere() -> None:
    written = json.dumps(DESCRIPTION["components"]["responses"])
    elsewhere = {name for name in KINDS if f'"{terms.PROBLEM}{name}"' not in written}
    assert elsewhere == {"internal", "method-not-allowed"}


@every_row("query", QUESTIONS, ids=lambda query: query.name)
def test_every_saved_query_has_its_own_address(query: saved_queries.SavedQuery) -> None:
    own = own_parameters(query)
    assert [parameter["name"] for parameter in own] == [p.name for p in query.parameters]
    assert of((f"/queries/{query.name}", "get"))["summary"] == query.title["en"]


def own_parameters(query: saved_queries.SavedQuery) -> list[Json]:
    found = parameters((f"/queries/{query.name}", "get"), "query")
    return [parameter for parameter in found if parameter["name"] != "lang"]


def check_defaults(queries: Iterable[saved_queries.SavedQuery], client: FlaskClient) -> None:
    for query in queries:
        schemas = {parameter["name"]: parameter["schema"] for parameter in own_parameters(query)}
        defaults = {name: schema["default"] for name, schema in schemas.items()}
        path = f"/queries/{query.name}.{'nt' if query.form == 'CONSTRUCT' else 'csv'}"
        answer = client.get(path, query_string=defaults)
        assert (answer.status_code, answer.data) == (200, client.get(path).data), query.name


def test_a_saved_query_has_the_defaults_that_are_described(client: FlaskClient) -> None:
    check_defaults(one_of_each(QUESTIONS), client)


@pytest.mark.slow
def test_every_saved_query_has_the_defaults_that_are_described(client: FlaskClient) -> None:
    check_defaults(QUESTIONS, client)


# True: what is described occurs.

SERVICE = "ASK { SERVICE <x:y> {} }"
KNOWN = {"If-None-Match": "*"}
PART = {"Range": "bytes=0-9"}
BEYOND = {"Range": "bytes=99999999-"}
FORMER = {"ref": "any-511196", "code": "it"}


def not_found(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Ask for what is not there; where all is there, before anything is published."""
    if operation[1] == "delete":
        return sent(clients.writable, operation, "/graphs?graph=" + quote(f"{terms.GRAPH}no"))
    if not parameters(operation, "path"):
        return sent(clients.unpublished, operation, path, headers={"If-Match": "*"})
    last = parameters(operation, "path")[-1]["name"]
    return sent(clients.plain, operation, address(operation, clients.version, **{last: "unknown"}))


def refused(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Ask for what nobody, or nobody without a token of the registry, may do."""
    return sent(clients.plain, operation, path, SERVICE)


def changed(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Change a graph that is there."""
    assert sent(clients.writable, WRITE, path, data(operation)).status_code in {201, 204}
    return sent(clients.writable, operation, path)


def made(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Change a graph that is not there."""
    assert sent(clients.writable, ("/graphs", "delete"), path).status_code in {204, 404}
    return sent(clients.writable, operation, path)


def in_the_way(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Change a graph while somebody else publishes."""
    with clients.home.lock():
        return sent(clients.writable, operation, path)


def invalid(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Make a change after which the data do not fit the shapes, or ask for too long an answer."""
    if "security" in of(operation):
        return wrong(clients.writable, operation, path)
    return too_long(clients, operation, path)


def wrong(client: FlaskClient, operation: Operation, _: str) -> TestResponse:
    graph = terms.CITIES_GRAPH if operation[1] == "delete" else f"{terms.GRAPH}wrong"
    path = f"/graphs?graph={quote(graph, safe='')}"
    return sent(client, operation, path, f"<{graph}> a <http://www.w3.org/ns/dcat#Dataset> .")


def too_much(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Send more than is taken; what is removed has all the others validated, which takes memory."""
    if operation[1] == "delete":
        return wrong(clients.short, operation, path)
    return sent(clients.short, operation, path, "ASK { }")


def too_long(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Ask for a longer answer than there may be; of a change, the report is the answer."""
    if operation[0].startswith("/release/{before}"):
        path = address(operation, clients.version, extension="ttl")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(changes, "_MOST_IN_RDF", -1)
            return sent(clients.plain, operation, path, headers={"Accept": TURTLE})
    if "security" in of(operation):
        return wrong(clients.small, operation, path)
    return sent(clients.small, operation, path, headers=of_the_engine(operation))


def of_the_engine(operation: Operation) -> dict[str, str]:
    """Return the headers with which an operation asks the engine.

    The merge of all graphs does so in one format alone.
    """
    return {"Accept": "application/rdf+xml"} if operation[0] == "/graphs" else {}


def late(clients: Clients, operation: Operation, path: str) -> TestResponse:
    """Ask where there is no time; now and then an answer is there before anybody looks."""
    for _ in range(20):
        response = sent(clients.late, operation, path, headers=of_the_engine(operation))
        if response.status_code != 200:
            break
    return response


def without_a_token(clients: Clients, operation: Operation, path: str) -> TestResponse:
    return sent(clients.writable, operation, path, headers={"Authorization": "Bearer x"})


Ask = Callable[[Clients, Operation, str], TestResponse]
OCCURS: dict[int, Ask] = {
    200: lambda c, o, path: sent(c.plain, o, path),
    206: lambda c, o, path: sent(c.plain, o, path, headers=PART),
    201: made,
    202: lambda c, o, path: sent(
        c.plain, o, path, "ASK { ?a ?b 202 }", headers={"Prefer": "respond-async"}
    ),
    204: changed,
    301: lambda c, o, _: sent(c.plain, o, address(o, c.version, **FORMER)),
    302: lambda c, o, _: sent(c.plain, o, address(o, c.version, version="latest", before="latest")),
    303: lambda c, o, path: sent(
        c.plain,
        o,
        joined(path, "with=IT") if "/countries/" in path else path,
        headers={"Accept": "text/html"} if path.startswith("/possible-partners/") else {},
    ),
    304: lambda c, o, path: sent(c.plain, o, path, headers=KNOWN),
    400: lambda c, o, path: sent(c.plain, o, path, headers={"Host": "a b"}),
    401: without_a_token,
    403: refused,
    404: not_found,
    406: lambda c, o, path: sent(
        c.plain,
        o,
        f"{path}&format=xml" if o[0] == "/oembed" else path,
        headers={"Accept": "application/pdf"},
    ),
    409: in_the_way,
    410: lambda c, o, _: sent(
        c.former,
        o,
        f"/oembed?url=/doc/city/{WITHDRAWN}"
        if o[0] == "/oembed"
        else address(o, c.version, ref=WITHDRAWN),
    ),
    412: lambda c, o, path: sent(c.of(o), o, path, headers={"If-Match": '"another"'}),
    413: too_much,
    415: lambda c, o, path: sent(c.of(o), o, path, content_type="video/mp4"),
    416: lambda c, o, path: sent(c.plain, o, path, headers=BEYOND),
    422: invalid,
    503: lambda c, o, path: sent(c.unpublished, o, path),
    504: late,
}


@pytest.mark.slow
@EACH
def test_every_status_that_is_described_occurs(operation: Operation, clients: Clients) -> None:
    path = of_a_job(clients, address(operation, clients.version))
    for status, described in responses(operation).items():
        if status in {414, 429} or (status == 503 and path != "/ready"):
            continue  # All at once, below.
        if status == 502:
            continue  # Another engine fails: tests/engines/test_failures.py.
        if status == 303 and path.startswith("/possible-partners/") and "{ext" in operation[0]:
            continue  # An address with a format leads nowhere else.
        response = OCCURS[status](clients, operation, path)
        assert response.status_code == status, response.text
        assert_described(response, described)


def of_a_job(clients: Clients, path: str, accept: str = "text/csv") -> str:
    """Put a job that is done in the place of the one that no client has."""
    if not path.startswith("/jobs/"):
        return path
    for text in (SELECT, CONSTRUCT):
        headers = {"Prefer": "respond-async", "Accept": accept}
        if accept == "application/json" and path.endswith("/result"):
            # Of queries none has plain JSON; of tables a review.
            begun = sent(clients.plain, LINK, "/link?column=city&step=review", headers=headers)
            break
        begun = sent(clients.plain, ("/sparql", "post"), "/sparql", text, headers=headers)
        if begun.status_code == 202:
            break
    where = begun.headers["Location"]
    as_json = {"Accept": "application/json"}
    while '"running"' in (told := clients.plain.get(where, headers=as_json).text):
        time.sleep(0.05)
    assert '"done"' in told
    return where + path.removeprefix("/jobs/")[32:]


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
            path = joined(address(operation, release.version), "a" * REQUEST_LINE)
            reply = server.ask(path, operation[1].upper())
            assert reply.status == 414, path
            assert reply.type in responses(operation)[414]["content"]
            assert reply.json["type"] == "about:blank"


def test_all_that_ask_the_engine_may_find_it_busy(
    settings: Settings, forks: Forks, release: Release
) -> None:
    """One client has the general place, another the kept one; the queue takes nobody."""
    app = create_app(replace(settings, workers=1, queue=0), forks)
    others = {*SENDING, ("/events", "get")}
    asking = [o for o in OPERATIONS if 429 in responses(o) and o not in others]
    pool = app.extensions[NAME].engine.pool
    held = [pool.slots.take(Client(name), 1) for name in ("192.0.2.1", "192.0.2.2")]
    for operation in asking:
        path = address(operation, release.version)
        for name, status, kind in (("192.0.2.1", 429, "rate"), ("192.0.2.3", 503, "busy")):
            accept = of_the_engine(operation)
            response = sent(as_client(app, name), operation, path, headers=accept)
            assert response.status_code == status, operation
            assert response.json
            assert response.json["type"] == terms.PROBLEM + kind
            assert_described(response, responses(operation)[status])
    for turn in held:
        pool.slots.release(turn)
    alike = {f"/queries/{query.name}" for query in QUESTIONS}
    alike -= {f"/queries/{query.name}" for query in one_of_each(QUESTIONS)}
    for operation in asking:
        path = address(operation, release.version)
        if path not in alike:
            answered = sent(as_client(app, "192.0.2.1"), operation, path)
            assert answered.status_code not in {429, 503}
    assert len(asking) > len(QUESTIONS)
    pool.close()


def as_client(app: Flask, name: str) -> FlaskClient:
    """Give a client that asks from an address."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = name
    return client


SENDING = {*(("/graphs", method) for method in LISTS), VALIDATE, LINK}
"""The operations that take data, which are evaluated in processes of their own."""


@pytest.mark.slow
def test_all_that_send_data_may_find_it_busy(clients: Clients) -> None:
    """One client has its share of the tickets, others have the rest, and one more finds none."""
    app = clients.writable.application
    uploads = app.extensions[NAME].uploads
    assert {o for o in OPERATIONS if 429 in responses(o) and 413 in responses(o)} >= SENDING
    share = TICKETS * uploads._settings.uploads // 2
    with ExitStack() as places:
        for queue in (uploads.validating, uploads.writing):
            for name in ["192.0.2.1", "192.0.2.2"] * share:
                places.enter_context(queue.ticket(Client(name)))
        for operation in sorted(SENDING):
            for name, status, kind in (("192.0.2.1", 429, "rate"), ("192.0.2.3", 503, "busy")):
                path = address(operation, clients.version)
                response = sent(as_client(app, name), operation, path)
                assert response.status_code == status, operation
                assert response.json
                assert response.json["type"] == terms.PROBLEM + kind
                assert_described(response, responses(operation)[status])


@pytest.mark.slow
def test_a_client_that_sends_much_leaves_room_for_others(clients: Clients) -> None:
    uploads = clients.writable.application.extensions[NAME].uploads
    with ExitStack() as places:
        for _ in range(TICKETS * uploads._settings.uploads // 2):
            places.enter_context(uploads.validating.ticket(Client("192.0.2.1")))
        # It holds a slot as well; the last one is kept for who has none.
        places.enter_context(uploads.validating.slot(1, Client("192.0.2.1")))
        app = clients.writable.application
        for operation in (VALIDATE, LINK):
            path = address(operation, clients.version)
            response = sent(as_client(app, "192.0.2.2"), operation, path)
            assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "options",
    [
        {"content_type": "application/sparql-query; charset=latin-1"},
        {"content_type": "application/x-www-form-urlencoded; charset=utf-16"},
        {"headers": {"Content-Encoding": "gzip"}},
    ],
    ids=str,
)
def test_a_charset_or_coding_that_is_not_read_is_described(
    options: dict[str, Any], clients: Clients
) -> None:
    for operation in OPERATIONS:
        if operation[0].endswith("/sparql") and operation[1] == "post":
            path = address(operation, clients.version)
            response = sent(clients.plain, operation, path, **options)
            assert response.status_code == 415
            assert_described(response, responses(operation)[415])


def test_a_function_that_is_not_here_is_described(clients: Clients) -> None:
    for operation in OPERATIONS:
        if operation[0].endswith("/sparql"):
            text = "ASK { FILTER(<urn:f>(1)) }"
            response = sent(clients.plain, operation, address(operation, clients.version), text)
            assert response.json
            assert response.json["type"] == f"{terms.PROBLEM}unknown-function"
            assert_described(response, responses(operation)[400])


SELECT, CONSTRUCT = "SELECT * { ?s ?p 1 }", "CONSTRUCT { ?s ?p 1 } WHERE { ?s ?p 1 }"


@pytest.mark.slow
@EACH
def test_every_media_type_that_is_described_is_answered(
    operation: Operation, clients: Clients
) -> None:
    described = set(responses(operation).get(200, {}).get("content", {}))
    found = set()
    for path in addresses(operation, clients.version):
        for accept in sorted(described):
            path = of_a_job(clients, path, accept)  # noqa: PLW2901
            for text in (SELECT, CONSTRUCT) if operation[0].endswith("/sparql") else ("ASK {}",):
                headers = {"Accept": accept}
                response = sent(clients.plain, operation, path, text, headers=headers)
                found |= {response.mimetype} if response.status_code == 200 else set()
    if not asset_files.names() and "asset" in operation[0]:
        described -= {"text/javascript", "text/plain", formats.TILE.media_type}
    assert found == described


BUILT = [
    f"{built}/0/0/0.pbf" if plain == asset_files.TILES else built
    for plain, built in asset_files.names().items()
]
"""What `make assets` has built, scripts and texts among it; without it they are not there."""


def addresses(operation: Operation, version: str) -> Iterator[str]:
    """Give addresses of an operation that together have all its formats."""
    files = {"file": ["SHA256SUMS", "manifest.json", "citylinks.nq.gz"]}
    files |= {
        "picture": ["link.png", "perm.jpg"],
        "asset": ["style.css", "mark.svg", *BUILT],
        "query": ["figures", "quickstatements"],
    }
    for parameter in parameters(operation, "path"):
        for value in parameter["schema"].get("enum", files.get(parameter["name"], ())):
            yield address(operation, version, **{parameter["name"]: value})
            if parameter["name"] == "extension" and "{query}" in operation[0]:
                yield address(operation, version, extension=value, query="all-from-a-source")
    yield address(operation, version)
    if operation == LINK:
        yield joined(address(operation, version), "step=columns")


@EACH
def test_every_extension_is_answered_somewhere(operation: Operation, clients: Clients) -> None:
    named = [p for p in parameters(operation, "path") if p["name"] == "extension"]
    for extension in (value for p in named for value in p["schema"]["enum"]):
        queries = ("figures", "all-from-a-source")
        paths = (address(operation, clients.version, extension=extension, query=q) for q in queries)
        assert 200 in {clients.plain.get(path).status_code for path in paths}, extension


WRONG = {"iri": 404, "job": 404, "url": 404, "release": 404, "format": 406, "id": 404}
"""What a wrong value of a parameter gives, where it is not 400."""

FREE = {
    ("/validate", "get", "graph"),
    *(
        (f"/queries/{q.name}", "get", p.name)
        for q in QUESTIONS
        for p in q.parameters
        if p.type == "text"
    ),
    ("/reconcile/suggest/{service}", "get", "prefix"),
    ("/reconcile/properties", "get", "type"),
    ("/docs", "get", "q"),
    ("/search", "get", "q"),
    ("/suggest", "get", "q"),
    ("/completions", "get", "q"),
    *(("/graphs", m, "default") for m in ("get", *LISTS)),
}
"""Parameters of which no value is wrong by itself."""


@EACH
def test_every_parameter_is_read(operation: Operation, clients: Clients) -> None:
    """A wrong value is told, so it was read; that of a language, where there is a page."""
    named = [p for p in parameters(operation, "path") if p["name"] == "extension"]
    known = [value for p in named for value in p["schema"]["enum"]]
    extension = "html" if "html" in known or not known else known[0]
    path = address(operation, clients.version, extension=extension).partition("?")[0]
    for parameter in parameters(operation, "query"):
        name = parameter["name"]
        if name == "values" or (*operation, name) in FREE:
            continue  # Those of one query, which has them at its own address; and others below.
        if name == "query":
            response = clients.plain.get(f"{path}?query=(")
        else:
            headers = {"Accept": "text/html"} if name == "lang" else {}
            asked = f"{path}?{name}=%3C.%3E"
            response = sent(clients.of(operation), operation, asked, headers=headers)
        assert response.status_code == WRONG.get(name, 400), name


def test_parameters_of_which_no_value_is_wrong_are_read(clients: Clients) -> None:
    assert "of its own" in clients.plain.get("/validate?graph=of%20its%20own").text
    suggested = clients.plain.get("/reconcile/suggest/entity?prefix=pav").json
    assert suggested
    assert suggested["result"][0]["id"] == "city/pavia-3171366"
    proposed = clients.plain.get("/reconcile/properties?type=event").json
    assert proposed
    assert [one["id"] for one in proposed["properties"]] == ["iri", "name", "names"]
    for operation in OPERATIONS:
        if operation[0] == "/graphs":
            for value in ("", "=x"):
                both = f"/graphs?default{value}&graph=urn:a"
                assert sent(clients.writable, operation, both).status_code == 400
                alone = sent(clients.writable, operation, f"/graphs?default{value}")
                assert alone.status_code == (200 if operation[1] == "get" else 403)


LENIENT = re.compile(r"/sparql|/release/\{version\}/sparql|/reconcile.*")
"""Where clients send parameters of their own."""


@pytest.mark.slow
@EACH
def test_a_parameter_that_is_not_described_is_refused(
    operation: Operation, clients: Clients
) -> None:
    """But a language, which every page of a problem has, and what others add to links."""
    path, client = address(operation, clients.version), clients.plain
    plain = sent(client, operation, path).status_code
    for added in ("lang=it", "_=1764370000", "utm_source=letter", "fbclid=x"):
        assert sent(client, operation, joined(path, added)).status_code == plain, added
    response = sent(client, operation, joined(path, "colour=red"))
    if LENIENT.fullmatch(operation[0]):
        assert response.status_code == plain
        return
    assert response.status_code == 400
    assert response.json
    assert response.json["type"] == f"{terms.PROBLEM}bad-parameter"
    assert "'colour'" in response.json["detail"]
    known = {p["name"] for p in parameters(operation, "query")} - {"values"}
    assert known | {"lang"} <= {*response.json["allowed"]}
    assert all(name in response.json["detail"] for name in known)


@pytest.mark.parametrize("media_type", of(VALIDATE)["requestBody"]["content"])
def test_data_are_read_in_every_way_that_is_described(media_type: str, clients: Clients) -> None:
    """Each is read as what it says: this text is none of them but Turtle."""
    described = of(VALIDATE)["requestBody"]["content"][media_type]
    body = described.get("example", "no data")
    response = clients.plain.post("/validate", data=body, content_type=media_type)
    assert response.status_code == (200 if "example" in described else 400), response.text
    if response.status_code == 400:
        assert response.json
        assert response.json["type"] == f"{terms.PROBLEM}data-syntax"


@every_row("name", ["query", "default-graph-uri", "format", "release"])
def test_the_form_is_as_described(name: str, client: FlaskClient) -> None:
    body = of(("/sparql", "post"))["requestBody"]["content"]
    fields = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert name in fields
    wrong = {"query": "ASK {}", name: "<.>"}
    assert client.post("/sparql", data=wrong).status_code == WRONG.get(name, 400)
    assert client.post("/sparql", data={"query": "ASK {}"}).status_code == 200


@every_row("name", DESCRIPTION["components"]["parameters"]["format"]["schema"]["enum"])
def test_every_name_of_a_format_is_known(name: str, client: FlaskClient) -> None:
    text = CONSTRUCT if name in {form.name for form in formats.TRIPLES} else SELECT
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


def test_it_is_of_the_settings(settings: Settings, forks: Forks) -> None:
    pages = {}
    for limits in (
        {"public_url": "https://example.org/links/", "contact": "desk@example.org"},
        {"query_bytes": 7, "contact": "https://example.org/desk"},
    ):
        app = create_app(replace(settings, workers=1, **limits), forks)
        answer = app.test_client().get("/openapi.json")
        pages[answer.headers["ETag"]] = json.loads(answer.data)
        app.extensions[NAME].engine.pool.close()
    first, second = pages.values()
    assert first["servers"] == [{"url": "https://example.org/links"}]
    assert first["info"]["contact"] == {"email": "desk@example.org"}
    assert second["info"]["contact"] == {"url": "https://example.org/desk"}
    named = [p for p in second["components"]["parameters"].values() if p["name"] == "query"]
    assert [p["schema"]["maxLength"] for p in named if p["in"] == "query"] == [7]
    assert OpenAPIV31SpecValidator(second).is_valid()


def test_the_start_page_leads_to_it(client: FlaskClient) -> None:
    """By the relation that RFC 8631 registers, section 4.2."""
    assert '<link rel="service-desc" href="/openapi.json"' in client.get("/").text
