"""The endpoint over HTTP, asked over a socket (SPARQL 1.1 Protocol and its results formats)."""

from __future__ import annotations

import csv
import gzip
import http.client
import io
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
import rdflib
from rdflib.compare import isomorphic

from registry import formats, terms
from registry.formats import Format
from registry.releases.reading import Release
from registry.sparql.protocol import FORM, QUERY, UPDATE
from tests.tables import every_row
from tests.web.reading import page, said
from tests.web.served import Reply, Server

CITY = f"?city a <{terms.CL}City>"
COUNT = f"SELECT (COUNT(*) AS ?n) {{ {CITY} }}"
NAMED = "?city <http://www.w3.org/2004/02/skos/core#prefLabel> ?name"
LISTED = f"SELECT ?city ?name {{ {CITY} . {NAMED} }} ORDER BY ?city ?name"
DESCRIBED = f"DESCRIBE <{terms.thing('city', 'perm-511196')}>"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
READERS: dict[Format, str] = {
    formats.TURTLE: "turtle",
    formats.NTRIPLES: "nt",
    formats.RDFXML: "xml",
    formats.JSONLD: "json-ld",
    formats.NQUADS: "nt",
    formats.TRIG: "turtle",
}
"""What has no graph of a name is read as a graph, too."""


def number(reply: Reply) -> int:
    """Give the one number of an answer in JSON."""
    assert reply.status == 200, reply.text
    (row,) = reply.json["results"]["bindings"]
    return int(row["n"]["value"])


def rows(body: bytes, form: str) -> list[list[str]]:
    """Read an answer as rows of text."""
    if form == "csv":
        return list(csv.reader(io.StringIO(body.decode())))[1:]
    found = rdflib.query.Result.parse(io.BytesIO(body), format=form).bindings
    return [[str(row[rdflib.Variable(name)]) for name in ("city", "name")] for row in found]


def problem(reply: Reply) -> tuple[int, str]:
    """Give status and name of a problem, whose members are those of RFC 9457."""
    assert reply.type == "application/problem+json"
    assert reply.json["status"] == reply.status
    assert reply.json["title"]
    assert reply.json["detail"]
    assert reply.json["instance"].startswith("/")
    assert "accept" in reply.headers["Vary"].lower()
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    return reply.status, reply.json["type"].removeprefix(terms.PROBLEM)


# Three ways to ask.
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.1", "a query comes by GET in the parameter `query`"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.2",
    "a query comes by POST in a form, `application/x-www-form-urlencoded`",
)
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.3",
    "a query comes by POST as it is, `application/sparql-query`, in UTF-8",
)
def test_the_three_ways_give_the_same_answer(server: Server) -> None:
    form = urlencode({"query": LISTED})
    answers = [
        server.query(LISTED),
        server.ask("/sparql", "POST", form, Content_Type=FORM),
        server.ask("/sparql", "POST", form, Content_Type=f"{FORM}; charset=UTF-8"),
        server.post(LISTED),
        server.ask("/sparql", "POST", LISTED, Content_Type=f'{QUERY}; charset="UTF-8"'),
        server.ask("/sparql", "POST", LISTED, Content_Type="Application/SPARQL-Query"),
    ]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(rows(answers[0].body, "json")) > 17


@pytest.mark.conforms("RFC 9110", "9.3.2", "HEAD of a query has the headers of GET")
def test_head_has_the_headers_of_get(server: Server) -> None:
    head, get = (server.ask(f"/sparql?query={quote(COUNT)}", method) for method in ("HEAD", "GET"))
    assert head.status == get.status == 200
    assert head.body == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Citylinks-Release", "Vary"):
        assert head.headers[name] == get.headers[name]


def get(parameters: str) -> dict[str, Any]:
    return {"path": f"/sparql?{parameters}"}


def form(body: str) -> dict[str, Any]:
    return {"path": "/sparql", "method": "POST", "body": body, "Content_Type": FORM}


def direct(body: str | bytes, media_type: str = QUERY) -> dict[str, Any]:
    return {"path": "/sparql", "method": "POST", "body": body, "Content_Type": media_type}


@pytest.mark.conforms("SPARQL 1.1 Query", "4.1.1.2", "an IRI is relative to the address asked")
def test_an_iri_is_relative_to_the_address(server: Server) -> None:
    answer = server.query("CONSTRUCT { <s> <p> <> } {}", Accept=formats.NTRIPLES.media_type)
    here = answer.text[1:].partition("/s>")[0]
    assert here.startswith("http://127.0.0.1:")
    assert answer.text == f"<{here}/s> <{here}/p> <{here}/sparql> .\n"
    either = "SELECT (<a> AS ?a) { { BIND(1 AS ?b) } UNION { ?b <p>|<q> 2 } } LIMIT 1"
    assert server.query(either, Accept="text/csv").text == f"a\r\n{here}/a\r\n"

    made = server.query('SELECT (IRI("a") AS ?a) {}', Accept="text/csv")
    assert made.text == f"a\r\n{here}/a\r\n"


@every_row(
    ("query", "said", "column"),
    [
        ("SELCT * {}", "did you mean SELECT?", 1),
        ("PREFX cl: <x:> SELECT * {}", "did you mean PREFIX?", 1),
        ("PREFIX cl <x:> SELECT * {}", "a prefix ends with a colon", 8),
        ("PREFIX cl: https://x/ SELECT * {}", "an IRI in angle brackets", 12),
        ("@prefix cl: <x:> . SELECT * {}", "a declaration is PREFIX name: <iri>", 1),
        ("PREFIX cl: <x:>, PREFIX b: <x:> ASK {}", "with nothing after it", 16),
        ("", "SELECT, ASK, CONSTRUCT or DESCRIBE is expected", 1),
        (
            "SELECT (<http://www.w3.org/2001/XMLSchema#date>() AS ?x) {}",
            "takes 1 argument, not 0",
            0,
        ),
    ],
)
def test_what_is_wrong_at_the_beginning_is_told(
    query: str, said: str, column: int, server: Server
) -> None:
    reply = server.post(query)
    assert reply.status == 400
    assert said in reply.json["detail"]
    assert reply.json.get("column", 0) == column


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "two queries": (get("query=ASK{}&query=ASK{}"), 400, "bad-parameter"),
    "an update": (get("update=CLEAR+ALL"), 403, "update-refused"),
    "an update in a form": (form("update=CLEAR+ALL"), 403, "update-refused"),
    "an update as body": (direct("CLEAR ALL", UPDATE), 403, "update-refused"),
    "an update as a query": (get("query=CLEAR+ALL"), 403, "update-refused"),
    "another type": (direct("ASK {}", "text/plain"), 415, "unsupported-type"),
    "no type": ({"path": "/sparql", "method": "POST", "body": ""}, 415, "unsupported-type"),
    "another charset": (direct("ASK {}", f"{QUERY}; charset=iso-8859-1"), 415, "unsupported-type"),
    "another charset of a form": (
        {**form("query=ASK{}"), "Content_Type": f"{FORM}; charset=utf-16"},
        415,
        "unsupported-type",
    ),
    "a compressed body": (
        {**direct(gzip.compress(b"ASK {}")), "Content_Encoding": "gzip"},
        415,
        "unsupported-type",
    ),
    "no query": (form(""), 400, "bad-parameter"),
    "an empty query": (get("query="), 400, "query-syntax"),
    "an empty body": (direct(""), 400, "query-syntax"),
    "an empty graph": (get("query=ASK{}&default-graph-uri="), 400, "unknown-graph"),
    "a relative graph": (get("query=ASK{}&named-graph-uri=cities"), 400, "unknown-graph"),
    "an unknown function": (get("query=ASK{FILTER(%3Cx:f%3E())}"), 400, "unknown-function"),
    "no UTF-8": (direct(b"ASK {} # \xff"), 400, "bad-parameter"),
    "no UTF-8 in the URL": (get("query=ASK%7B%7D%20%23%FF"), 400, "bad-parameter"),
    "SERVICE": (get("query=ASK{SERVICE%3Cx:y%3E{}}"), 403, "service-refused"),
    "deep nesting": (direct("ASK " + "{" * 5_000), 400, "query-too-deep"),
    "a long text": (direct("#" * 1_000_001), 413, "query-too-large"),
    "a body beyond all": (form("query=" + "%20" * 2_000_000), 413, "query-too-large"),
    "many tokens": (direct("ASK {" + "{}" * 60_000 + "}"), 413, "query-too-large"),
    "many parameters": (form("query=ASK{}" + "&a" * 1_000), 400, "bad-parameter"),
    "an unknown graph": (get("query=ASK{}&default-graph-uri=x:y"), 400, "unknown-graph"),
    "an unknown format": (get("query=ASK{}&format=csv"), 406, "not-acceptable"),
    "an unknown release": (get("query=ASK{}&release=unknown"), 404, "not-found"),
    "its own endpoint": ({"path": "/release/unknown/sparql?query=ASK{}"}, 404, "not-found"),
}


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1", "there is one query: two, or none by POST, are 400"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.2", "a body of another media type, charset or coding is 415"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.7",
    "a query that is no SPARQL, an empty one included, is 400; one that is refused is 4xx or 5xx",
)
@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.2", "an update is 403, however it is sent")
@pytest.mark.conforms("SPARQL 1.1 Protocol", "4", "a query reaches no other server: SERVICE is 403")
@pytest.mark.parametrize(("request_", "status", "name"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_told(
    request_: dict[str, Any], status: int, name: str, server: Server
) -> None:
    assert problem(server.ask(**request_)) == (status, name)
    assert server.query("ASK {}").json["boolean"] is True


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.7", "the body of a failure explains it, with line and column"
)
def test_a_mistake_is_told_with_its_place(server: Server) -> None:
    for text, line in (("SELECT * {\n  ?s ex:p ?o }", 2), ("SELECT * {\n\n ?s ?p }", 3)):
        reply = server.query(text)
        assert problem(reply) == (400, "query-syntax")
        assert reply.json["line"] == line
        assert reply.json["column"] > 1


PLACES = [
    ("SELECT * {\r\n\t?s ex:p ?o }", 2, 5),
    (r"S\u0045LECT * { ?s ex:p ?o }", 1, 20),
    ('SELECT * { ?s ?p "Пермь青岛\U0001f3d9" . ?s ex:p ?o }', 1, 34),
    ("SELECT * {\r\n\t\\u003Fs ?p }", 2, 13),
]


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.7",
    "line and column are those of the text as sent: escapes, CRLF, tabs, any script",
)
@every_row(("text", "line", "column"), PLACES)
def test_the_place_is_one_in_the_query_as_it_was_sent(
    text: str, line: int, column: int, server: Server
) -> None:
    """Line and column count characters of the text, whatever its line ends and escapes."""
    for reply in (server.query(text), server.post(text)):
        assert problem(reply) == (400, "query-syntax")
        assert (reply.json["line"], reply.json["column"]) == (line, column)


def test_a_mistake_is_a_page_for_people(server: Server) -> None:
    text = "SELECT * {\n  ?s <b>ex</b>:p ?o } #</textarea><script>alert(1)</script>"
    reply = server.query(text, Accept=BROWSER, Accept_Language="it")
    assert (reply.status, reply.type) == (400, "text/html")
    assert reply.headers["Content-Language"] == "it"
    assert set(reply.headers["Vary"].split(", ")) == {"Accept", "Accept-Language"}
    shown = page(reply.body)
    assert shown.language == "it"
    assert "(riga 2, colonna 15)" in shown.text
    assert shown.texts("h1") == ["L’interrogazione non è in SPARQL 1.1"]
    (excerpt,) = shown.find("pre")
    row, under = "".join(excerpt.itertext()).split("\n")
    assert row == text.split("\n")[1]
    assert under == " " * 14 + "↑"
    assert [area.text for area in shown.find("textarea")] == [text]
    assert not shown.written_scripts()


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1.1", "parameters are percent-decoded once")
def test_a_query_is_decoded_once(server: Server) -> None:
    text = 'SELECT ("%20+%2B" AS ?n) {}'
    for reply in (
        server.query(text),
        server.ask("/sparql", "POST", urlencode({"query": text}), Content_Type=FORM),
        server.post(text),
    ):
        assert reply.json["results"]["bindings"][0]["n"]["value"] == "%20+%2B"


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1.1", "parameters are percent-decoded once")
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.3", "a body that is a query is not percent-decoded"
)
def test_a_percent_sign_that_was_encoded_stays_one(server: Server) -> None:
    """`%2520` is `%20`, and a plus sign in a body is a plus sign."""
    for path, expected in (
        ("/sparql?query=SELECT+(%22%2520%252B%22+AS+?n)+%7B%7D", "%20%2B"),
        ("/sparql?query=SELECT%20(%22a+b%2Bc%22%20AS%20?n)%20%7B%7D", "a b+c"),
    ):
        assert server.ask(path).json["results"]["bindings"][0]["n"]["value"] == expected
    reply = server.post('SELECT ("%2520+" AS ?n) {}')
    assert reply.json["results"]["bindings"][0]["n"]["value"] == "%2520+"


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1", "parameters that the operation does not know are passed over"
)
def test_parameters_that_are_not_known_change_nothing(server: Server) -> None:
    plain = server.query(COUNT)
    for parameters in ("&timeout=0&debug=on", "&using-graph-uri=x:y", "&=&&x"):
        reply = server.query(COUNT, parameters)
        assert (reply.body, reply.headers["ETag"]) == (plain.body, plain.headers["ETag"])


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.3",
    "a query comes by POST as it is, `application/sparql-query`, in UTF-8",
)
def test_any_script_arrives(server: Server) -> None:
    text = 'SELECT ("Пермь 青岛 é" AS ?città) {}'
    for reply in (server.query(text), server.post(text)):
        assert reply.json["results"]["bindings"][0]["città"]["value"] == "Пермь 青岛 é"


def test_a_long_query_goes_by_post(server: Server) -> None:
    comment = "#" * 90_000
    assert number(server.post(f"{COUNT} {comment}")) == 17
    assert number(server.query(f"{COUNT}#{'a' * 7_500}")) == 17
    assert server.query(f"{COUNT}#{'a' * 9_000}").status == 414


# Datasets.
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.4",
    "the dataset of the request wins over FROM and FROM NAMED, for each way to ask",
)
def test_the_dataset_of_the_request_wins(server: Server, release: Release) -> None:
    sizes = {entry.graph: entry.triples for entry in release.manifest.all_graphs()}
    text = f"SELECT (COUNT(*) AS ?n) FROM <{terms.CITIES_GRAPH}> {{ ?s ?p ?o }}"
    chosen = "default-graph-uri=" + quote(terms.SETTINGS_GRAPH)
    assert number(server.query(text)) == sizes[terms.CITIES_GRAPH]
    assert number(server.query(text, f"&{chosen}")) == sizes[terms.SETTINGS_GRAPH]
    assert number(server.post(text, f"?{chosen}")) == sizes[terms.SETTINGS_GRAPH]
    form = urlencode({"query": text}) + "&" + chosen
    assert (
        number(server.ask("/sparql", "POST", form, Content_Type=FORM))
        == sizes[terms.SETTINGS_GRAPH]
    )


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.4",
    "a graph may be default graph, named graph, both, and named twice",
)
def test_a_graph_that_is_named_twice_is_one(server: Server, release: Release) -> None:
    """As default graph, as named graph, and as both: graphs are merged as RDF, never as bags."""
    sizes = {entry.graph: entry.triples for entry in release.manifest.all_graphs()}
    size, graph = sizes[terms.CITIES_GRAPH], quote(terms.CITIES_GRAPH)
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    default, named = f"&default-graph-uri={graph}", f"&named-graph-uri={graph}"
    for parameters in (default, default * 2, default + named, (default + named) * 2):
        assert number(server.query(text, parameters)) == size
    inside = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    for parameters in (named, named * 2, default + named):
        assert number(server.query(inside, parameters)) == size
    assert number(server.query(text, named)) == number(server.query(inside, default)) == 0


@pytest.mark.conforms("SPARQL 1.1 Protocol", "2.1.4", "`named-graph-uri` gives the named graphs")
def test_named_graphs_of_the_request(server: Server) -> None:
    text = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    both = "".join(
        f"&named-graph-uri={quote(g)}" for g in (terms.CITIES_GRAPH, terms.SETTINGS_GRAPH)
    )
    assert number(server.query(text, both)) == 2
    unknown = server.query(text, both + "&named-graph-uri=x:y")
    assert problem(unknown) == (400, "unknown-graph")
    assert "x:y" in unknown.json["detail"]


# Releases.
def test_every_answer_says_of_which_release_it_is(server: Server, release: Release) -> None:
    for reply in (
        server.query("ASK {}"),
        server.post("ASK {}"),
        server.query("CONSTRUCT WHERE { ?s ?p ?o }"),
        server.query("ASK {}", Accept="text/html"),
        server.query("SELECT * {"),
        server.ask("/sparql", Accept="text/turtle"),
    ):
        assert reply.headers["Citylinks-Release"] == release.version


def test_a_kept_release_can_be_asked(server: Server, release: Release) -> None:
    for path in (
        f"/release/{release.version}/sparql?query=",
        f"/release/{release.version[:8]}/sparql?query=",
        f"/sparql?release={release.version}&query=",
    ):
        reply = server.ask(path + quote(COUNT))
        assert number(reply) == 17
        assert reply.headers["Citylinks-Release"] == release.version


# Formats.
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.5", "SELECT is answered in JSON, XML, CSV or TSV, as Accept says"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.6", "a success is 200 with the media type of its format"
)
@every_row("form", formats.SOLUTIONS, ids=lambda form: form.name)
def test_solutions_agree_in_every_format(form: Format, server: Server) -> None:
    expected = rows(server.query(LISTED).body, "json")
    for reply in (
        server.query(LISTED, Accept=form.media_type),
        server.query(LISTED, f"&format={form.name}"),
        server.query(LISTED, f"&format={form.extension}", Accept="text/html"),
        server.query(LISTED, Accept=f"text/html;q=0.1, {form.media_type};q=0.9, image/png"),
    ):
        assert reply.headers["Content-Type"] == form.content_type
        assert rows(reply.body, form.name) == expected


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol", "2.1.5", "ASK is answered in JSON or XML, as Accept says"
)
@pytest.mark.parametrize("form", formats.BOOLEANS, ids=lambda form: form.name)
def test_a_yes_or_no_agrees_in_every_format(form: Format, server: Server) -> None:
    for text, expected in ((f"ASK {{ {CITY} }}", True), ("ASK { <x:y> ?p ?o }", False)):
        reply = server.query(text, Accept=form.media_type)
        assert reply.headers["Content-Type"] == form.content_type
        found = rdflib.query.Result.parse(io.BytesIO(reply.body), format=form.name)
        assert found.askAnswer is expected


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.5",
    "CONSTRUCT and DESCRIBE are answered in an RDF format, as Accept says",
)
@every_row("form", formats.TRIPLES, ids=lambda form: form.name)
@every_row("text", [DESCRIBED, f"CONSTRUCT WHERE {{ {CITY} ; ?p ?o }}"])
def test_graphs_agree_in_every_format(text: str, form: Format, server: Server) -> None:
    expected = rdflib.Graph().parse(data=server.query(text, "&format=nt").body, format="nt")
    reply = server.query(text, Accept=form.content_type)
    assert reply.headers["Content-Type"] == form.content_type
    found = rdflib.Graph().parse(data=reply.body, format=READERS.get(form, "json-ld"))
    assert len(found) > 10
    assert isomorphic(found, expected)


ACCEPTED = [
    (COUNT, None, formats.RESULTS_JSON),
    (COUNT, "*/*", formats.RESULTS_JSON),
    (COUNT, "application/json", formats.RESULTS_JSON),
    (COUNT, "application/xml", formats.RESULTS_XML),
    (COUNT, "text/*;q=0.5, application/sparql-results+xml", formats.RESULTS_XML),
    (COUNT, BROWSER, formats.HTML),
    (COUNT, "rubbish", formats.RESULTS_JSON),
    (COUNT, "rubbish;;q=x, text/csv", formats.RESULTS_CSV),
    ("ASK {}", "text/csv, application/sparql-results+xml;q=0.1", formats.RESULTS_XML),
    (DESCRIBED, None, formats.TURTLE),
    (DESCRIBED, "application/json", formats.JSONLD),
    (DESCRIBED, "text/csv, text/plain;q=0.1", formats.NTRIPLES),
    (DESCRIBED, BROWSER, formats.HTML),
]


@pytest.mark.conforms(
    "SPARQL 1.1 Protocol",
    "2.1.5",
    "the format is negotiated as HTTP has it; without a wish it is JSON or Turtle",
)
@every_row(("text", "accept", "expected"), ACCEPTED)
def test_the_format_follows_the_accept_header(
    text: str, accept: str | None, expected: Format, server: Server
) -> None:
    reply = server.query(text, **({"Accept": accept} if accept else {}))
    assert (reply.status, reply.headers["Content-Type"]) == (200, expected.content_type)
    assert "Accept" in reply.headers["Vary"].split(", ")


@pytest.mark.conforms("RFC 9110", "15.5.7", "where no format fits, 406 lists those offered")
@every_row(
    ("text", "accept"),
    [(COUNT, "text/turtle"), ("ASK {}", "text/csv"), (DESCRIBED, "text/csv"), (COUNT, "*/*;q=0")],
)
def test_what_no_format_fits_is_told_with_those_that_do(
    text: str, accept: str, server: Server
) -> None:
    reply = server.query(text, Accept=accept)
    assert problem(reply) == (406, "not-acceptable")
    assert "text/html" in reply.json["allowed"]


def test_a_format_by_a_name_that_clients_made_up_is_that_of_the_accept_header(
    server: Server,
) -> None:
    for parameters, accept, expected in (
        ("&format=x-turtle-2", "text/turtle", formats.TURTLE),
        ("&format=json-ld&format=", "application/ld+json,application/x-json+ld", formats.JSONLD),
        ("&format=csv", BROWSER, formats.HTML),
        ("&format=csv&format=ttl", BROWSER, formats.TURTLE),
        ("&format=", "*/*", formats.TURTLE),
    ):
        reply = server.query(DESCRIBED, parameters, Accept=accept)
        assert reply.headers["Content-Type"] == expected.content_type
    refused = server.query(DESCRIBED, "&format=csv", Accept="*/*")
    assert problem(refused) == (406, "not-acceptable")
    assert refused.json["allowed"] == [form.name for form in (*formats.TRIPLES, formats.HTML)]


@pytest.mark.conforms("RFC 9110", "5.3", "several lines of Accept are one list")
def test_several_accept_headers_are_one(server: Server) -> None:
    """RFC 9110, section 5.3: the lines of a field are one list."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    connection.putrequest("GET", f"/sparql?query={quote(COUNT)}")
    for value in ("image/png", "text/csv;q=0.5", "text/turtle, text/tab-separated-values;q=0.4"):
        connection.putheader("Accept", value)
    connection.endheaders()
    reply = connection.getresponse()
    assert (reply.status, reply.headers.get_content_type()) == (200, "text/csv")
    connection.close()


@pytest.mark.conforms(
    "RFC 9110", "8.7", "Content-Location of a negotiated answer leads to the same bytes"
)
@pytest.mark.conforms(
    "RFC 8288", "3", "`Link` with `alternate` leads to the other formats of an answer"
)
def test_an_answer_has_an_address_of_its_own(server: Server, release: Release) -> None:
    """Content-Location and the links to other formats lead to what they say."""
    for path in ("/sparql?", f"/release/{release.version}/sparql?", "/sparql?format=x&"):
        reply = server.ask(
            f"{path}query={quote(COUNT)}&release={release.version}", Accept="text/csv"
        )
        same = server.ask(reply.headers["Content-Location"], Accept="text/html")
        assert (same.body, same.headers["Content-Type"]) == (reply.body, "text/csv; charset=utf-8")
        assert same.headers["Content-Location"] is None
        links = re.findall(r'<([^>]*)>; rel="alternate"; type="([^"]*)"', linked(reply))
        assert {kind for _, kind in links} == {
            form.media_type for form in (*formats.SOLUTIONS, formats.HTML) if form.name != "csv"
        }
        for address, kind in links:
            assert server.ask(address).type == kind


def linked(reply: Reply) -> str:
    return ", ".join(reply.headers.get_all("Link") or [])


def test_headers_stay_short(server: Server) -> None:
    """A proxy refuses an answer whose headers do not fit its buffer, of 4 kB as a rule."""
    for path in (
        f"/sparql?query={quote(COUNT)}%23{'a' * 200}",
        f"/sparql?query={quote(COUNT)}%23{'a' * 7_000}",
        f"/queries/twins-of-a-city?_={'a' * 7_000}",
        f"/queries/twins-of-a-city?_={'%3C' * 110}",
    ):
        reply = server.ask(path, Accept="application/sparql-results+json")
        assert reply.status == 200
        assert len(reply.headers.as_bytes()) < 4_000
    assert server.post(COUNT).headers["Content-Location"] is None


# Caching.
@pytest.mark.conforms("RFC 9110", "13.1.2", "If-None-Match with the name of an answer gives 304")
def test_an_answer_is_not_sent_again(server: Server) -> None:
    first = server.query(COUNT)
    assert first.headers["ETag"]
    again = server.query(COUNT, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Vary"] == first.headers["Vary"]


@pytest.mark.conforms(
    "RFC 9110",
    "8.8.3",
    "answers to different queries, datasets, formats and languages have different ETags",
)
def test_different_answers_have_different_names(server: Server, release: Release) -> None:
    graph = "&default-graph-uri=" + quote(terms.CITIES_GRAPH)
    tags = [
        server.query(COUNT).headers["ETag"],
        server.query(COUNT + " ").headers["ETag"],
        server.query(COUNT, graph).headers["ETag"],
        server.query(COUNT, graph.replace("default", "named")).headers["ETag"],
        server.query(COUNT, "&format=csv").headers["ETag"],
        server.query(COUNT, "&format=html").headers["ETag"],
        server.query(COUNT, "&format=html&lang=it").headers["ETag"],
    ]
    assert None not in tags
    assert len(set(tags)) == len(tags)
    assert server.query(COUNT, f"&release={release.version}").headers["ETag"] in tags


@pytest.mark.conforms("RFC 9110", "8.8.3", "an answer that may differ each time has no ETag")
@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_differs_each_time_has_no_name(call: str, server: Server) -> None:
    text = f"SELECT ({call} AS ?n) (1 AS ?one) {{}}"
    first, second = server.query(text), server.query(text)
    assert first.headers["ETag"] is None
    assert first.body != second.body or call == "BNODE()"


@pytest.mark.conforms("RFC 9111", "5.2.2.5", "a failure is `no-store`")
def test_a_refusal_is_not_kept(server: Server) -> None:
    reply = server.query("SELECT * {")
    assert reply.headers["ETag"] is None
    assert reply.headers["Cache-Control"] == "no-store"


# The service description, and the page.
@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "2",
    "GET of the endpoint without a query gives its description, negotiated in RDF",
)
@pytest.mark.conforms(
    "SPARQL 1.1 Service Description", "sd:endpoint", "`sd:endpoint` is the address asked"
)
@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:name",
    "the named graphs described are those that GRAPH finds",
)
@every_row("form", formats.GRAPHS, ids=lambda form: form.name)
def test_the_service_is_described_in_every_format(form: Format, server: Server) -> None:
    sd = rdflib.Namespace(terms.PREFIXES["sd"])
    expected = rdflib.Graph().parse(data=server.ask("/sparql?format=nt").body, format="nt")
    reply = server.ask("/sparql", Accept=form.media_type)
    assert reply.headers["Content-Type"] == form.content_type
    found = rdflib.Graph().parse(data=reply.body, format=READERS[form])
    assert isomorphic(found, expected)
    assert list(found.objects(None, sd.endpoint)) == [rdflib.URIRef(f"{server.url}/sparql")]
    named = {str(name) for name in found.objects(None, sd.name)}
    asked = server.query("SELECT DISTINCT ?g { GRAPH ?g {} }")
    assert named == {row["g"]["value"] for row in asked.json["results"]["bindings"]}


@pytest.mark.conforms(
    "SPARQL 1.1 Service Description",
    "sd:endpoint",
    "the endpoint of a kept release is described with its own address",
)
def test_the_description_is_of_the_release_asked_for(server: Server, release: Release) -> None:
    path = f"/release/{release.version}/sparql"
    expected = server.ask(path, Accept="text/turtle")
    assert f"<{server.url}{path}>" in expected.text
    assert expected.headers["Content-Location"] == f"{path}?format=turtle"
    other = server.ask(f"/sparql?release={release.version}", Accept="text/turtle")
    assert other.body == expected.body
    assert other.headers["Content-Location"] == f"{path}?format=turtle"


def test_people_get_an_editor(server: Server) -> None:
    reply = server.ask("/sparql", Accept=BROWSER)
    assert reply.type == "text/html"
    assert page(reply.body).find("textarea")


def test_an_answer_is_a_page_for_people(server: Server) -> None:
    shown = page(server.query(LISTED, Accept=BROWSER).body)
    expected = rows(server.query(LISTED).body, "json")
    assert len(shown.find("tbody/tr")) == len(expected)
    for _, name in expected:
        assert name in shown.text
    yes = page(server.query("ASK {}", Accept=BROWSER).body)
    assert "Yes" in yes.texts("p")
    graph = page(server.query(DESCRIBED, Accept=BROWSER).body)
    assert "cl:inCountry" in graph.text


def test_a_query_is_shown_as_it_was_sent_and_does_nothing(server: Server) -> None:
    text = (
        'SELECT ("</td><script>alert(1)</script>" AS ?x) {} #</textarea><script>alert(2)</script>'
    )
    reply = server.query(text, Accept=BROWSER)
    shown = page(reply.body)
    assert not shown.written_scripts()
    assert [area.text for area in shown.find("textarea")] == [text]
    assert "</td><script>alert(1)</script>" in shown.text
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy


def test_a_page_shows_the_first_rows_of_a_long_answer(server: Server) -> None:
    """And leads to the whole of it, in each format that it has."""
    rows = "SELECT * { ?a ?b ?c . ?d <x:y>|!<x:y> ?e } LIMIT 40000"
    graph = "CONSTRUCT { ?s ?p ?a } WHERE { ?s ?p ?o . ?a ?b ?o } LIMIT 120000"
    for text, least, offered in (
        (rows, 1_000, formats.SOLUTIONS),
        (graph, 100, formats.RDF_FORMATS),
    ):
        reply = server.query(text, Accept=BROWSER)
        assert reply.status == 200
        assert '"notice">The answer is too long for a page' in reply.text
        assert reply.text.count("<tr>" if text == rows else "\n") > least
        (form,) = (
            form
            for form in page(reply.body).find("form")
            if form.get("method") == "get"
            and any(button.get("name") == "format" for button in form.iter("button"))
        )
        sent = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
        assert sent["query"] == text
        assert [one.get("value") for one in form.iter("button")] == [one.name for one in offered]
        whole = server.ask(
            f"{form.get('action')}?{urlencode({**sent, 'format': offered[-1].name})}"
        )
        assert (whole.status, whole.type) == (200, offered[-1].media_type)
    assert server.query(rows, "&format=csv").body.count(b"\n") == 40_001
    short = server.query(LISTED, Accept=BROWSER)
    assert '"notice">The answer is too long' not in short.text
    assert '<button name="format"' not in short.text


# Many at once.
def test_many_clients_get_their_own_answers(server: Server) -> None:
    texts = [f"SELECT ({n} AS ?n) {{}}" for n in range(40)]
    with ThreadPoolExecutor(20) as threads:
        replies = list(threads.map(server.query, texts))
    assert [number(reply) for reply in replies] == list(range(40))


@pytest.mark.slow
def test_pages_are_served_while_queries_run(server: Server) -> None:
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?c = ?i) } # "
    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(server.query, cross + str(n)) for n in range(2)]
        time.sleep(0.3)
        assert server.ask("/health").status == 200
        assert server.ask("/", Accept=BROWSER).status == 200
        assert not any(query.done() for query in running)
        assert {problem(query.result()) for query in running} == {(504, "query-timeout")}
    assert number(server.query(COUNT)) == 17


def test_a_query_is_explained_as_a_page_and_as_json(server: Server) -> None:
    path = f"/sparql?explain=1&query={quote(LISTED)}"
    reply = server.ask(path, Accept="application/json")
    assert reply.type == "application/json"
    assert reply.json["steps"][0]["pattern"].startswith("?city a ")
    assert reply.json["complete"]
    assert "ETag" not in reply.headers
    assert "How this query is run" in page(server.ask(path, Accept=BROWSER).body).text
    form = urlencode({"query": "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 1", "explain": "1"})
    posted = server.ask("/sparql", "POST", form, Content_Type=FORM, Accept="application/json").json
    assert [hint["name"] for hint in posted["hints"]] == ["cartesian"]
    assert "share no variable" in posted["hints"][0]["text"]


# What deviates from the standard is told beside the answer


TOLD = 'SELECT (REPLACE("abc", "b*", "x") AS ?a) {}'
UNREAD = f"SELECT * {{ ?a !^<x:p>|a ?b . {CITY} }} LIMIT 1"
"""The planner cannot write it again, and does not put its alternatives right."""


def warnings(reply: Reply) -> list[str]:
    """Read the names of the header, each of which has a sentence."""
    line = reply.headers["Citylinks-Warning"] or ""
    assert re.fullmatch(r'([a-z-]+;says="[^"]+\."(, |$))*', line), line
    return re.findall(r"([a-z-]+);says", line)


@every_row(
    ("query", "names"),
    [(TOLD, ["replacements"]), (UNREAD, ["alternatives", "negated-paths"]), (COUNT, [])],
)
def test_what_deviates_is_told_with_each_answer(
    query: str, names: list[str], server: Server
) -> None:
    """Also with one that is kept, as a whole or as a body that is the same in another request."""
    address = f"/sparql?query={quote(query)}"
    for coding in ("gzip", "gzip", "identity"):
        for form in ("csv", "json", "html"):
            reply = server.ask(f"{address}&format={form}", Accept_Encoding=coding)
            assert (reply.status, warnings(reply)) == (200, names), form
    assert warnings(server.ask("/sparql", "POST", query, Content_Type=QUERY)) == names


def test_a_page_tells_what_deviates_and_leads_to_all_that_do(server: Server) -> None:
    shown = page(server.ask(f"/sparql?format=html&lang=de&query={quote(TOLD)}").body)
    (notice,) = [one for one in shown.find("p") if one.get("class") == "notice"]
    assert "REPLACE nimmt Muster an" in said(notice)
    path, _, anchor = str(notice.findall("a")[0].get("href")).partition("#")
    assert anchor == "replacements"
    assert anchor in page(server.ask(path, Accept="text/html").body).ids()


def test_a_problem_tells_no_deviation(server: Server) -> None:
    reply = server.ask(f"/sparql?query={quote(TOLD + '}')}")
    assert (reply.status, reply.headers["Citylinks-Warning"]) == (400, None)
