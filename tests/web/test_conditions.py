"""Conditional requests (RFC 9110, section 13): by the table, and over every kind of answer."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry import terms
from registry.releases.reading import Release
from registry.web.conditions import ConditionResult, etag_matches, outcome
from tests.tables import every_row

SEND, UNCHANGED, FAILED = ConditionResult.SEND, ConditionResult.UNCHANGED, ConditionResult.FAILED
MODIFIED = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
BEFORE, AT, AFTER = (f"Mon, 23 Nov 2026 {hour}:00:00 GMT" for hour in (11, 12, 13))

JUDGED: dict[str, tuple[dict[str, str], ConditionResult]] = {
    "no condition": ({}, SEND),
    "its name": ({"If-None-Match": '"a"'}, UNCHANGED),
    "its name among others": ({"If-None-Match": '"b", W/"c" ,"a"'}, UNCHANGED),
    "its name, weak": ({"If-None-Match": 'W/"a"'}, UNCHANGED),
    "any name": ({"If-None-Match": "*"}, UNCHANGED),
    "other names": ({"If-None-Match": '"b", W/"c"'}, SEND),
    "an empty list": ({"If-None-Match": ""}, SEND),
    "unchanged since": ({"If-Modified-Since": AT}, UNCHANGED),
    "unchanged for long": ({"If-Modified-Since": AFTER}, UNCHANGED),
    "changed since": ({"If-Modified-Since": BEFORE}, SEND),
    "no date": ({"If-Modified-Since": "yesterday"}, SEND),
    "a name wins over a date": ({"If-None-Match": '"b"', "If-Modified-Since": AFTER}, SEND),
    "a name that fits, too": ({"If-None-Match": '"a"', "If-Modified-Since": BEFORE}, UNCHANGED),
    "the state expected": ({"If-Match": '"b", "a"'}, SEND),
    "any state expected": ({"If-Match": "*"}, SEND),
    "another state": ({"If-Match": '"b"'}, FAILED),
    "a weak name is not enough": ({"If-Match": 'W/"a"'}, FAILED),
    "not changed since": ({"If-Unmodified-Since": AT}, SEND),
    "changed in between": ({"If-Unmodified-Since": BEFORE}, FAILED),
    "no date to expect": ({"If-Unmodified-Since": "yesterday"}, SEND),
    "a state wins over a date": ({"If-Match": '"a"', "If-Unmodified-Since": BEFORE}, SEND),
    "a failure wins": ({"If-Match": '"b"', "If-None-Match": '"a"'}, FAILED),
    "expected and had": ({"If-Match": '"a"', "If-None-Match": '"a"'}, UNCHANGED),
    "expected by date and had": ({"If-Unmodified-Since": AFTER, "If-None-Match": "*"}, UNCHANGED),
}


@pytest.mark.conforms(
    "RFC 9110",
    "13.2.2",
    "the four conditions are evaluated in their order; `*`, lists and weak names",
)
@pytest.mark.conforms("RFC 9110", "13.2.1", "conditions of a POST do not count")
@every_row(("headers", "expected"), JUDGED.values(), ids=JUDGED.keys())
def test_the_conditions_are_judged_in_their_order(
    headers: dict[str, str], expected: ConditionResult
) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        with Flask("test").test_request_context("/", method=method, headers=headers):
            found = outcome(request, "a", MODIFIED)
            assert found is (expected if method in {"GET", "HEAD"} else SEND)
            if etag_matches(request, "a"):
                assert found is UNCHANGED


def test_without_name_and_date_only_a_star_knows_it() -> None:
    for headers, expected in (
        ({"If-None-Match": '"a"'}, SEND),
        ({"If-None-Match": "*"}, UNCHANGED),
        ({"If-Modified-Since": AFTER}, SEND),
        ({"If-Match": '""'}, FAILED),
        ({"If-Unmodified-Since": BEFORE}, SEND),
    ):
        with Flask("test").test_request_context("/", headers=headers):
            assert outcome(request, None, None) is expected
            assert not etag_matches(request, None)


def asked(text: str, parameters: str = "") -> str:
    return f"/sparql?query={quote(text)}{parameters}"


FAILING = {
    asked("SELECT * {"): 400,
    asked("SELECT * { ?s ex:p ?o }"): 400,
    asked("ASK FROM <x:y> {}"): 400,
    asked("ASK {}", "&format=csv"): 406,
    asked("ASK {}", "&release=unknown"): 404,
    asked("CLEAR ALL"): 403,
    "/doc/city/perm-511196.html?offset=x": 400,
    "/doc/city/unknown": 404,
    "/queries/twins-of-a-city?city=%3Cx%3E": 400,
    "/dumps/latest/unknown": 404,
}


@pytest.mark.conforms(
    "RFC 9110", "13.2.1", "a request that would fail anyway fails as without conditions"
)
@every_row(("path", "status"), FAILING.items())
def test_a_request_that_fails_anyway_fails_as_without_conditions(
    path: str, status: int, client: FlaskClient
) -> None:
    """Section 13.2.1: only what would be answered well is conditional."""
    for headers in (
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Tue, 01 Jan 2036 00:00:00 GMT"},
        {"If-Match": '"other"'},
        {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ):
        assert client.get(path, headers=headers).status_code == status


KINDS = [
    "/",
    "/doc/city/perm-511196",
    "/doc/city/perm-511196.ttl",
    "/ontology.ttl",
    "/graph/cities.nt",
    "/queries/figures.csv",
    "/sparql",
    asked("SELECT * { ?s ?p ?o } LIMIT 3"),
    f"/sparql?query=DESCRIBE%3C{quote(terms.thing('city', 'perm-511196'), safe='')}%3E",
    "/dumps/{version}/manifest.json",
]


@pytest.mark.conforms("RFC 9110", "13.1.2", "every kind of answer has 304 by If-None-Match")
@pytest.mark.conforms("RFC 9110", "13.1.1", "If-Match that does not hold is 412, with a problem")
@pytest.mark.conforms(
    "RFC 9110", "15.4.5", "304 has ETag, Vary, Cache-Control and Content-Location of the 200"
)
@every_row("kind", KINDS)
def test_every_kind_of_answer_is_conditional(
    kind: str, client: FlaskClient, release: Release
) -> None:
    path = kind.format(version=release.version)
    whole = client.get(path)
    tag = whole.headers["ETag"]
    for headers, status in (
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": tag}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": tag, "If-None-Match": tag}, 304),
    ):
        answer = client.get(path, headers=headers)
        assert answer.status_code == status, headers
        if status == 412:
            assert answer.json
            assert answer.json["type"] == terms.PROBLEM + "precondition"
        else:
            assert answer.headers["ETag"] == tag
            for name in ("Vary", "Cache-Control", "Content-Location", "Citylinks-Release"):
                assert answer.headers.get(name) == whole.headers.get(name), name
            assert answer.data == (whole.data if status == 200 else b"")
            assert ("Content-Type" in answer.headers) == (status == 200)


@pytest.mark.conforms(
    "RFC 9110", "13.2.1", "conditions are evaluated after negotiation, by the representation chosen"
)
def test_a_condition_is_judged_by_the_chosen_representation(client: FlaskClient) -> None:
    """Negotiation comes first: the name of the page is none of the Turtle's."""
    path = "/doc/city/perm-511196"
    turtle = client.get(path, headers={"Accept": "text/turtle"}).headers["ETag"]
    page = client.get(path, headers={"Accept": "text/html"}).headers["ETag"]
    for accept, had, status in (
        ("text/turtle", turtle, 304),
        ("text/turtle", page, 200),
        ("text/html", page, 304),
        ("text/html", f"{turtle}, {page}", 304),
        ("application/pdf", "*", 406),
    ):
        headers = {"Accept": accept, "If-None-Match": had}
        assert client.get(path, headers=headers).status_code == status


def test_what_differs_each_time_is_sent_each_time(client: FlaskClient) -> None:
    path = asked("SELECT (UUID() AS ?x) {}")
    answer = client.get(path, headers={"If-None-Match": '"a"', "If-Modified-Since": AFTER})
    assert (answer.status_code, answer.headers.get("ETag")) == (200, None)


def test_a_query_sent_by_post_is_answered_whatever_the_conditions(client: FlaskClient) -> None:
    for name in ("If-None-Match", "If-Match"):
        for value in ("*", '"other"'):
            answer = client.post(
                "/sparql",
                data="ASK {}",
                content_type="application/sparql-query",
                headers={name: value},
            )
            assert answer.json == {"head": {}, "boolean": True}


HEADERS = ["Accept", "Accept-Language", "If-None-Match", "If-Match", "If-Modified-Since"]
HEADERS += ["If-Unmodified-Since", "Range", "If-Range", "Content-Type", "Origin"]
said = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
said |= st.text('*/;,q=.01 W"-abtexurl:2', max_size=40)


@pytest.mark.conforms("RFC 9110", "12.5.1", "no header breaks anything")
@with_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    headers=st.dictionaries(st.sampled_from(HEADERS), said, max_size=4),
    path=st.sampled_from(["/doc/city/perm-511196", asked("ASK {}"), "/sparql", "/ontology.nt"]),
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST"]),
)
def test_no_headers_break_anything(
    headers: dict[str, str], path: str, method: str, client: FlaskClient
) -> None:
    assert client.open(path, method=method, headers=headers).status_code < 500


def test_the_style_sheet_is_conditional_as_all_else(client: FlaskClient) -> None:
    path = "/static/style.css"
    tag = client.get(path).headers["ETag"]
    for wanted, status in (("*", 200), (tag, 200), ('"another"', 412)):
        assert client.get(path, headers={"If-Match": wanted}).status_code == status
    failed = client.get(path, headers={"If-Match": '"another"'})
    assert failed.mimetype == "application/problem+json"
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    part = client.get(path, headers={"If-Match": "*", "Range": "bytes=0-9"})
    assert (part.status_code, len(part.data)) == (206, 10)
