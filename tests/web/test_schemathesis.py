"""Requests made from the description (schemathesis): the server does what it says, and no other.

By default every check of schemathesis is made: no 5xx, statuses, types, headers and bodies as they
are described, what does not fit a schema refused, other methods 405.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.filters import HasAPIOperation
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from registry import formats, saved_queries, shipped
from registry.lists.tables import LIST_NAMES
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.protocol import QUERY
from registry.web.app import app_with_routes
from registry.web.language import TAG
from registry.web.openapi import describe
from tests.alike import one_of_each
from tests.copies import copied
from tests.web.served import Server, serving

pytestmark = pytest.mark.slow

QUESTIONS = saved_queries.read(shipped.query_files())
DESCRIPTION = describe(app_with_routes(), "http://localhost", Settings())

REFUSALS = [400, 401, 403, 404, 405, 406, 413, 414, 415]
"""What a request that does not fit its schema may get; by default 413 and 414 are not among it."""

SCHEMA = schemathesis.openapi.from_dict(
    DESCRIPTION,
    config=SchemathesisConfig.from_dict(
        {
            "checks": {
                "negative_data_rejection": {"expected-statuses": REFUSALS},
                "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", 404, 414, 416]},
            }
        }
    ),
)

LISTS = {*LIST_NAMES, "audit"}
IRIS = {p.name for query in QUESTIONS for p in query.parameters if p.type in {"iri", "city"}}

ALIKE = {f"/queries/{query.name}" for query in one_of_each(QUESTIONS)}

TOKEN = "a token"
RDF = (f for f in (*formats.GRAPHS, *formats.DATASETS) if f != formats.JSONLD)


@schemathesis.serializer(QUERY, *(form.media_type for form in RDF))
def sent_directly(_: schemathesis.SerializationContext, value: object) -> bytes:
    """Send a query or data as the body (SPARQL 1.1 Protocol, section 2.1.3)."""
    return str(value).encode("utf-8", "surrogatepass")


def looked_at(context: HasAPIOperation) -> bool:
    """Choose one of the saved queries that are alike, and all other addresses whose answers end."""
    path = context.operation.path
    if path == "/events":
        return False
    return "{" in path or path.count("/") < 2 or path in ALIKE


@pytest.fixture(scope="module")
def writable(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server that can be written to."""
    folder = tmp_path_factory.mktemp("writable")
    copied(workspace, folder / "home")
    tokens = folder / "tokens"
    tokens.write_text(f"{hashlib.sha256(TOKEN.encode()).hexdigest()} office\n")
    said, limits = folder / "stderr", {"workers": "2", "processes": "1", "query_seconds": "3"}
    home = {"home": str(folder / "home"), "tokens": str(tokens)}
    with said.open("w") as errors, serving(home | limits, errors) as running:
        yield running


@SCHEMA.include(looked_at).parametrize()
@settings(max_examples=5)
def test_the_server_does_what_it_says(case: schemathesis.Case[Any], writable: Server) -> None:
    needed = case.operation.definition.raw.get("security")
    headers = {"Authorization": f"Bearer {TOKEN}"} if needed else None
    response = case.call(base_url=writable.url, headers=headers)
    excluded: list[CheckFunction] = []
    if only_read_by_the_server(case) or must_sign_in(case, response):
        excluded.append(positive_data_acceptance)
    if something_is_passed_over(case, response) or must_sign_in(case, response):
        excluded.append(negative_data_rejection)
    case.validate_response(response, excluded_checks=excluded, headers=headers)


def must_sign_in(case: schemathesis.Case[Any], response: schemathesis.Response) -> bool:
    """Tell whether nothing of a request was read, since only editors may make it."""
    for_editors = case.path.startswith(("/contribute/queue", "/contribute/decide"))
    return for_editors and response.status_code in {303, 403}


def something_is_passed_over(case: schemathesis.Case[Any], response: schemathesis.Response) -> bool:
    """Tell whether what does not fit may be the language of another format, or
    no query's graph.
    """
    is_page = any("text/html" in value for value in response.headers.get("content-type", ()))
    if not is_page and not TAG.fullmatch(str(case.query.get("lang", "it"))):
        return True
    return case.path.endswith("/sparql") and case.method == "GET" and "query" not in case.query


FOUND = frozenset({"city", "country", "from", "source", "url", "with"})
"""Parameters whose values are found among what there is, or are dates of any precision."""


def only_read_by_the_server(case: schemathesis.Case[Any]) -> bool:
    """Tell whether no schema says what fits: a query, data, the IRI of a graph, any other IRI."""
    named = {parameter.name for parameter in case.operation.query}
    foreign = ("/sparql", "/graphs", "/validate", "/reconcile", "/link", "/lookup")
    if case.operation.path == "/queries/{query}.{extension}":
        return True  # Each query has names of its own.
    finding = (
        "/search",
        "/suggest",
        "/audit",
        "/audit.{extension}",
    )  # Countries are told by code or name, in any language.
    listed = case.operation.path.removesuffix(".{extension}").removeprefix("/") in LISTS
    return case.path.endswith((*foreign, *finding)) or listed or bool(named & (IRIS | FOUND))
