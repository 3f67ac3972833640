"""Every route: HEAD, OPTIONS, methods it does not know, and who may read it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.problems import Problem
from registry.releases.reading import Release
from registry.web.app import app_with_routes
from registry.web.negotiation import fixed_format
from registry.web.operation import DOCUMENT, Operation, in_path, whole
from tests.tables import every_row
from tests.web.strange import STRANGE, Part, Spoilt, address, in_addresses, in_headers, lacking

FIGURES = {"/metrics"}
"""What no two answers have in common."""

READ = frozenset({"GET", "HEAD", "OPTIONS"})
SECRET = ("/jobs/", "/contribute/proposals/")
WRITTEN = {
    **{end: {"POST"} for end in ("sparql", "validate", "reconcile", "link")},
    "graphs": {"POST", "PUT", "DELETE"},
}
"""By the end of an address: the methods that it knows beside those that every address knows."""


def methods(path: str) -> set[str]:
    """List the methods that an address knows."""
    end = path.partition("?")[0].rpartition("/")[2]
    is_read = path.endswith(".csv") or path.startswith("/contribute/decide/")
    is_form = path.startswith("/contribute/") and not is_read
    forms = {"POST"} if is_form else set()
    return set(READ | WRITTEN.get(end, forms))


@pytest.fixture(scope="module")
def every(app: Flask, release: Release) -> list[str]:
    """List an address for each route."""
    return sorted({address(app, rule, release.version) for rule in app.url_map.iter_rules()})


def assert_is_answered(request: Spoilt, client: FlaskClient) -> None:
    """Make sure that a spoilt request does not break its answer.

    Least of all where one address leads to another, which would repeat the value in a header.
    """
    response = request.send(client)
    assert response.status_code < 500, request
    location = response.headers.get("Location", "/")
    assert request.value not in location, request
    assert location.isprintable(), request


@pytest.mark.slow
@every_row("strange", STRANGE)
def test_no_part_of_an_address_breaks_its_answer(
    strange: str, app: Flask, release: Release, client: FlaskClient
) -> None:
    for request in in_addresses(app, strange, "latest", release.version):
        assert_is_answered(request, client)


@pytest.mark.slow
def test_no_header_breaks_an_answer(app: Flask, release: Release, client: FlaskClient) -> None:
    for request in in_headers(app, release.version):
        assert_is_answered(request, client)


def test_each_part_of_each_request_is_spoilt_alone(app: Flask) -> None:
    """Whoever adds a route whose parts no strange value reaches adds one that does."""
    requests = [one for strange in STRANGE for one in in_addresses(app, strange, "latest")]
    assert lacking(app, [*requests, *in_headers(app, "latest")]) == []


def test_a_part_that_is_never_spoilt_is_found() -> None:
    """A number in a path is reached by no strange value; a header without one is named, too."""
    routes = app_with_routes()

    @routes.get("/number/<int:number>")
    @Operation("A number", "server", parameters=(in_path("number", "", whole(1, 9), "1"),))
    def numbered(number: int) -> str:
        return str(number)

    requests = [one for strange in STRANGE for one in in_addresses(routes, strange, "latest")]
    requests += [one for one in in_headers(routes, "latest") if one.part.name != "Range"]
    found = lacking(routes, requests)
    assert Part("GET", "/number/<int:number>", "path", "number") in found
    assert {part.name for part in found} == {"number", "Range"}


def test_every_route_answers(every: list[str], client: FlaskClient) -> None:
    assert len(every) > 20
    for path in every:
        # The description can name no job that is there, nor a secret of somebody.
        allowed = {404} if path.startswith(SECRET) else {200, 302, 303}
        assert client.get(path).status_code in allowed, path


@pytest.mark.conforms("RFC 9110", "9.3.2", "every address answers HEAD with the headers of GET")
def test_every_route_answers_head_as_get(every: list[str], client: FlaskClient) -> None:
    for path in set(every) - FIGURES:
        get, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (get.status_code, b""), path
        for headers in (get.headers, head.headers):
            headers.pop("Date", None)
        assert dict(head.headers) == dict(get.headers), path


@pytest.mark.conforms("RFC 9110", "9.3.7", "every address answers OPTIONS with Allow")
def test_every_route_tells_its_methods(every: list[str], client: FlaskClient) -> None:
    for path in every:
        response = client.options(path)
        assert (response.status_code, response.data) == (200, b"")
        known = set(response.headers["Allow"].split(", "))
        assert known == methods(path), path
        assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == known


@pytest.mark.conforms("RFC 9110", "15.5.6", "another method is 405 with Allow, on every address")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_a_method_that_a_route_does_not_know_is_told(
    method: str, every: list[str], client: FlaskClient
) -> None:
    for path in every:
        if method in methods(path):
            continue
        response = client.open(path, method=method)
        assert response.status_code == 405, path
        assert response.mimetype == "application/problem+json"
        assert response.json
        assert response.json["type"].endswith("/method-not-allowed")
        assert "GET" in response.headers["Allow"].split(", ")


@pytest.mark.conforms(
    "Fetch", "3.3", "scripts of any site may read every answer, without credentials"
)
def test_a_script_of_any_site_may_read(every: list[str], client: FlaskClient) -> None:
    origin = {"Origin": "https://example.org"}
    for path in [*every, "/unknown"]:
        response = client.get(path, headers=origin)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Citylinks-Release" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.conforms(
    "Fetch", "3.3", "the preflight of a POST and of a conditional request is answered"
)
def test_a_script_may_ask_before_it_posts(client: FlaskClient) -> None:
    """The preflight of a query sent by POST directly (Fetch standard, CORS-preflight request)."""
    response = client.options(
        "/sparql",
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = set(response.headers["Access-Control-Allow-Headers"].lower().split(", "))
    assert {"content-type", "accept", "accept-language", "if-none-match", "range"} <= allowed
    assert int(response.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.conforms(
    "Fetch", "3.3", "scripts may read ETag, Link, Content-Location, Citylinks-Release and others"
)
def test_a_script_may_read_what_it_needs(client: FlaskClient) -> None:
    """Beside the headers that every script may read (Fetch standard, section 3.3.2)."""
    exposed = client.get("/unknown").headers["Access-Control-Expose-Headers"].lower().split(", ")
    assert {"etag", "link", "content-location", "vary", "retry-after", "allow"} <= set(exposed)
    assert {"citylinks-release", "citylinks-warning"} <= set(exposed)


def test_a_script_may_ask_before_it_writes(every: list[str], client: FlaskClient) -> None:
    """What a page of another site may send is what the address has a use for."""
    for path in every:
        allowed = client.options(path).headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert ("authorization" in allowed) == ("PUT" in methods(path)), path
        assert {"if-match", "if-none-match"} <= set(allowed)
        assert "content-type" in allowed


def test_no_route_lets_a_page_load_from_elsewhere(every: list[str], client: FlaskClient) -> None:
    for path in [*every, "/unknown"]:
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers


@pytest.mark.slow
@pytest.mark.conforms("RFC 9110", "12.5.5", "Vary names each header on which an answer depends")
@pytest.mark.conforms("RFC 9111", "4.1", "Vary names each header on which an answer depends")
def test_what_depends_on_the_reader_says_so(every: list[str], client: FlaskClient) -> None:
    """Where two headers give two answers, Vary names the header (RFC 9110, section 12.5.5)."""
    for path in set(every) - FIGURES:
        plain = client.get(path, headers={"Accept": "text/html"})
        vary = plain.headers.get("Vary", "")
        italian = client.get(path, headers={"Accept": "text/html", "Accept-Language": "it"})
        if italian.data != plain.data:
            assert "Accept-Language" in vary, path
            assert italian.headers["Content-Language"] == "it", path
        other = client.get(path, headers={"Accept": "application/json"})
        if other.data != plain.data:
            assert "Accept" in vary.split(", "), path


@every_row(
    ("extension", "name"),
    [
        ("", None),
        ("ttl", "turtle"),
        ("html", "html"),
        ("nt", "ntriples"),
        ("rdf", "rdfxml"),
        ("jsonld", "jsonld"),
    ],
)
def test_an_extension_names_a_format(extension: str, name: str | None) -> None:
    found = fixed_format(DOCUMENT, extension)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("extension", ["TTL", "nq", "b.nt", "turtle", "json", "n3"])
def test_no_other_extension_is_one_of_a_document(extension: str, client: FlaskClient) -> None:
    with pytest.raises(Problem, match="is not written as"):
        fixed_format(DOCUMENT, extension)
    for path in ("/doc/city/perm-511196", "/ontology", "/catalog"):
        assert client.get(f"{path}.{extension}").status_code == 404


@pytest.mark.parametrize("extension", ["TTL", "NQ", "b.nt", "turtle", "json", "n3"])
def test_no_other_extension_is_one_of_a_graph(extension: str, client: FlaskClient) -> None:
    assert client.get(f"/graph/cities.{extension}").status_code == 404


def test_an_address_may_not_end_before_its_extension(client: FlaskClient) -> None:
    for path in ("/doc/city/perm-511196.", "/doc/city/.ttl", "/graph/cities.", "/graph/.ttl"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_a_reference_with_a_slash_has_extensions(slash: str, client: FlaskClient) -> None:
    answer = client.get(f"/doc/scheme/status{slash}active.ttl")
    assert (answer.status_code, answer.mimetype) == (200, "text/turtle")
