"""Validation over HTTP: what is sent is validated or refused, and nothing of it stays."""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from rdflib import RDF, SH

from registry import formats, terms
from registry.formats import Format
from registry.problems import KINDS
from registry.releases.workspace import Workspace
from registry.web.routes.validate import READ
from tests import lists
from tests.graphs.test_hostile import LAUGHS, NESTED, entities, xml
from tests.tables import every_row
from tests.web.reading import page
from tests.web.served import Reply, Server, serving

GOOD = lists.listing(["twinning"])
BAD = GOOD.replace(" ; cl:sourceFamily", " . [] a cl:SourceDocument ; cl:sourceFamily", 1)
LIST = f"{terms.GRAPH}list"
TURTLE = "text/turtle"


@pytest.fixture(scope="module")
def server(workspace: Workspace) -> Iterator[Server]:
    """Give a server with limits that a test can meet."""
    limits = {
        "upload_seconds": "25",
        "intake_seconds": "5",
        "upload_memory": "300 MB",
        "upload_bytes": "1 MB",
    }
    limits |= {"workers": "1", "processes": "1"}
    with serving({"home": str(workspace.home), **limits}) as running:
        yield running


def send(server: Server, body: str | bytes, media_type: str = TURTLE, **headers: str) -> Reply:
    return server.ask("/validate", "POST", body, Content_Type=media_type, **headers)


def name_of(reply: Reply) -> str:
    assert reply.type == "application/problem+json", reply.text
    return str(reply.json["type"]).removeprefix(terms.PROBLEM)


# What is validated


def test_good_data_conform(server: Server, workspace: Workspace) -> None:
    reply = send(server, GOOD)
    assert (reply.status, reply.type) == (200, "application/json")
    assert reply.json["conforms"] is True
    assert reply.json["counts"]["violation"] == 0
    assert LIST in {result["graph"] for result in reply.json["results"]}
    assert reply.headers["Citylinks-Release"] == workspace.current()
    assert reply.headers["ETag"] is None


def test_bad_data_are_told_what_is_wrong(server: Server) -> None:
    reply = send(server, BAD)
    assert (reply.status, reply.json["conforms"]) == (200, False)
    first = reply.json["results"][0]
    assert list(first) == "severity shape focus path value message label graph".split()
    assert (first["severity"], first["graph"]) == ("violation", LIST)


def test_nothing_is_published_or_left(server: Server, workspace: Workspace) -> None:
    before = workspace.current()
    send(server, GOOD)
    assert workspace.current() == before
    assert list((workspace.home / "drafts").iterdir()) == []
    assert server.ask(f"/graphs?graph={LIST}").status == 404


@pytest.mark.slow
def test_the_report_in_every_format(server: Server) -> None:
    for form in formats.GRAPHS:
        reply = send(server, BAD, Accept=form.media_type)
        assert reply.headers["Content-Type"] == form.content_type
        names = {"jsonld": "json-ld", "rdfxml": "xml", "ntriples": "nt"}
        graph = rdflib.Graph().parse(data=reply.body, format=names.get(form.name, form.name))
        head = graph.value(None, RDF.type, SH.ValidationReport)
        assert graph.value(head, SH.conforms) == rdflib.Literal(False)
        for result in graph.objects(head, SH.result):
            assert graph.value(result, SH.sourceConstraintComponent)
    text = send(server, BAD, Accept="text/plain").text
    assert text.startswith("violation: ")
    assert text.endswith(" info\n")


def test_what_cannot_be_answered_is_not_judged(server: Server) -> None:
    reply = send(server, GOOD, Accept="image/png")
    assert name_of(reply) == "not-acceptable"
    assert "application/json" in reply.json["allowed"]


def written(form: Format) -> bytes:
    """Write the good data in another format."""
    quads = ox.parse(GOOD, format=ox.RdfFormat.TURTLE)
    if form in formats.DATASETS:
        graph = ox.NamedNode(LIST)
        named = [ox.Quad(q.subject, q.predicate, q.object, graph) for q in quads]
        return formats.serialise(named, form)
    return formats.serialise([quad.triple for quad in quads], form)


@every_row("form", READ, ids=lambda form: form.name)
def test_data_in_every_format(form: Format, server: Server) -> None:
    reply = send(server, written(form), form.media_type)
    assert (reply.status, reply.json["conforms"]) == (200, True)
    for media_type in (f"{form.media_type.upper()}; Charset=UTF-8", *form.aliases):
        assert name_of(send(server, "", media_type)) == "data-syntax", media_type


def test_the_graph_is_the_one_described_or_named(server: Server) -> None:
    assert send(server, GOOD).json["conforms"]
    both = GOOD + f"<{terms.GRAPH}other> a dcat:Dataset ."
    assert "name the graph" in send(server, both).json["detail"]
    for graph in ("list", LIST):
        asked = server.ask(f"/validate?graph={graph}", "POST", GOOD, Content_Type=TURTLE)
        assert asked.json["conforms"]
    wrong = server.ask("/validate?graph=other", "POST", GOOD, Content_Type=TURTLE)
    assert f"<{LIST}> is another graph than <{terms.GRAPH}other>" in wrong.json["detail"]


@every_row("graph", ["A", "a/b", "shapes", "http://example.org/list", "../x", "%00"])
def test_a_graph_that_cannot_be_is_a_wrong_parameter(graph: str, server: Server) -> None:
    reply = server.ask(f"/validate?graph={graph}", "POST", GOOD, Content_Type=TURTLE)
    assert (reply.status, name_of(reply)) == (400, "bad-parameter")


def test_graphs_of_a_dataset_have_their_names(server: Server) -> None:
    body = written(formats.NQUADS)
    reply = server.ask("/validate?graph=list", "POST", body, Content_Type="application/n-quads")
    assert name_of(reply) == "bad-parameter"


# Forms


def multipart(**fields: str | tuple[str, bytes]) -> tuple[bytes, str]:
    """Write a form as a browser does; give its body and media type."""
    mark, parts = secrets.token_hex(8), []
    for name, value in fields.items():
        file, content = ("", value.encode()) if isinstance(value, str) else value
        named = f'; filename="{file}"' if isinstance(value, tuple) else ""
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def test_the_form_has_what_it_takes(server: Server) -> None:
    shown = page(server.ask("/validate?graph=list").body)
    assert shown.errors == ()
    (form,) = shown.forms()
    assert {
        field.get("name") for name in ("input", "textarea", "select") for field in form.iter(name)
    } == {
        "content",
        "file",
        "format",
        "graph",
    }
    assert [option.get("value") for option in shown.find("select/option")] == [
        form.name for form in READ
    ]
    assert (form.get("method"), form.get("enctype")) == ("post", "multipart/form-data")


FORMS = {
    "text": {"content": GOOD, "file": ("", b""), "format": "turtle", "graph": ""},
    "text that names its graph": {"content": GOOD, "graph": "list"},
    "a file": {"content": "", "file": ("list.ttl", GOOD.encode()), "format": "jsonld"},
    "a file of another name": {"file": ("Über.uns.TTL", GOOD.encode()), "format": "turtle"},
    "N-Quads": {"file": ("a.nq", written(formats.NQUADS)), "format": "turtle", "graph": ""},
    "text in another format": {"content": written(formats.JSONLD).decode(), "format": "jsonld"},
}


@pytest.mark.slow
@every_row("case", FORMS)
def test_a_form_is_judged_and_answered_by_a_page(case: str, server: Server) -> None:
    body, media_type = multipart(**FORMS[case])  # type: ignore[arg-type]
    reply = send(server, body, media_type, Accept="text/html,*/*;q=0.8", Accept_Language="it")
    assert (reply.status, reply.type) == (200, "text/html")
    shown = page(reply.body)
    assert shown.errors == ()
    assert "Questi dati possono essere pubblicati." in shown.text


def test_a_form_is_answered_to_machines_too(server: Server) -> None:
    body, media_type = multipart(**FORMS["a file"])  # type: ignore[arg-type]
    assert send(server, body, media_type).json["conforms"] is True


def test_a_page_shows_what_is_wrong_and_gives_the_text_back(server: Server) -> None:
    script = "# <script>alert(1)</script></textarea>"
    body, media_type = multipart(content=BAD + script, format="turtle")
    shown = page(send(server, body, media_type, Accept="text/html").body)
    assert shown.errors == ()
    assert "cannot be published" in shown.text
    assert not shown.written_scripts()
    assert any(script in (area.text or "") for area in shown.find("textarea"))


def test_what_was_filled_in_is_given_back(server: Server) -> None:
    """A browser sends a file without a name where none was chosen."""
    filled = {"content": written(formats.JSONLD).decode(), "format": "jsonld", "graph": LIST}
    for content in (filled["content"], "{"):
        fields = {**filled, "content": content, "file": ("", b"")}
        body, media_type = multipart(**fields)  # type: ignore[arg-type]
        shown = page(send(server, body, media_type, Accept="text/html").body)
        assert [area.text for area in shown.find("textarea")] == [content]
        chosen = [o.get("value") for o in shown.find("option") if "selected" in o.attrib]
        assert chosen == ["jsonld"]
        assert LIST in [field.get("value") for field in shown.find("input")]


def test_an_encoded_form_is_a_form_too(server: Server) -> None:
    reply = send(server, urlencode({"content": GOOD}), "application/x-www-form-urlencoded")
    assert reply.json["conforms"] is True


MISTAKEN = {
    "nothing": ({}, "bad-parameter"),
    "an empty text": ({"content": ""}, "data-syntax"),
    "an unknown format": ({"content": GOOD, "format": "docx"}, "bad-parameter"),
    "a graph that cannot be": ({"content": GOOD, "graph": "A B"}, "bad-parameter"),
    "not UTF-8": ({"content": "\N{REPLACEMENT CHARACTER}"}, "bad-parameter"),
    "too many fields": ({f"f{n}": "x" for n in range(20)}, "data-too-large"),
    "too long": ({"content": "#" * 1_020_000}, "data-too-large"),
    "a long file": ({"file": ("a.ttl", b"#" * 1_020_000)}, "data-too-large"),
}


@every_row("case", MISTAKEN)
def test_a_form_that_cannot_be_taken(case: str, server: Server) -> None:
    fields, name = MISTAKEN[case]
    body, media_type = multipart(**fields)  # type: ignore[arg-type]
    assert name_of(send(server, body, media_type)) == name


# What is refused


CLIQUE = "\n".join(f"_:a{i} <urn:p> _:a{j} ." for i in range(11) for j in range(11) if i != j)
SAYS = "<urn:s> <urn:p> "
SELF = f"<{LIST}> a <http://www.w3.org/ns/dcat#Dataset> .\n"
JSONLD, RDFXML, TRIG = "application/ld+json", "application/rdf+xml", "application/trig"
PERM = terms.thing("city", "perm-511196")
LINK = terms.thing("link", "oxford-2640729--perm-511196")
CHAIN = (
    "".join(
        f"<urn:c{n}> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <urn:c{n + 1}> .\n"
        for n in range(8_000)
    )
    + f"<urn:c8000> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{terms.CL}City> ."
    + f"<{terms.thing('event', 'deep')}> a <urn:c0> ."
)

HOSTILE: dict[str, tuple[str | bytes, str, int, str]] = {
    "laughs": (xml("&a11;", LAUGHS), RDFXML, 400, "data-syntax"),
    "a file as entity": (
        xml("&a;", '<!DOCTYPE r [<!ENTITY a SYSTEM "/etc/passwd">]>'),
        RDFXML,
        400,
        "data-syntax",
    ),
    "an entity of itself": (
        xml("&a;", entities(("a", "&b;"), ("b", "&a;"))),
        RDFXML,
        400,
        "data-syntax",
    ),
    "deep JSON-LD": (NESTED * 40_000 + "1" + "}" * 40_000, JSONLD, 400, "data-syntax"),
    "deep Turtle": (SAYS + "[<urn:p> " * 50_000, TURTLE, 400, "data-syntax"),
    "a remote context": ('{"@context":"http://127.0.0.1:1/"}', JSONLD, 400, "data-syntax"),
    "a clique": (SELF + CLIQUE, TURTLE, 400, "data-syntax"),
    "a derived term": (
        f"{SELF}<{LINK}> <{terms.CL}status> <{terms.SCHEME}status/active> .",
        TURTLE,
        400,
        "data-syntax",
    ),
    "a city": (f"{SELF}<{PERM}> <{terms.CL}population> 7 .", TURTLE, 400, "data-syntax"),
    "a term": (f"{SELF}<{terms.CL}City> <urn:p> 7 .", TURTLE, 400, "data-syntax"),
    "a foreign graph": ("<urn:g> { <urn:s> <urn:p> <urn:o> }", TRIG, 400, "data-syntax"),
    "a graph of the software": (
        f"<{terms.SHAPES_GRAPH}> {{ <urn:s> <urn:p> <urn:o> }}",
        TRIG,
        400,
        "data-syntax",
    ),
    "another charset by name": (GOOD, f"{TURTLE}; charset=iso-8859-1", 415, "unsupported-type"),
    "another charset": (GOOD.encode("utf-16"), TURTLE, 400, "data-syntax"),
    "nothing": ("", TURTLE, 400, "data-syntax"),
    "no triples": ("# nothing", TURTLE, 400, "data-syntax"),
    "no type": (GOOD, "", 415, "unsupported-type"),
    "another type": (GOOD, "application/sparql-update", 415, "unsupported-type"),
    "not a type": (GOOD, "x" * 1_000, 415, "unsupported-type"),
    "too much": ("#" * 1_000_001, TURTLE, 413, "data-too-large"),
    "a chain of classes": (SELF + CHAIN, TURTLE, 413, "data-too-large"),
}


LONG = {"a chain of classes"}
"""What is worked on until the deadline."""


@every_row("case", [case for case in HOSTILE if case not in LONG])
def test_what_is_refused(case: str, server: Server) -> None:
    refused(case, server)


@pytest.mark.slow
@every_row("case", LONG)
def test_what_takes_until_the_deadline_is_refused(case: str, server: Server) -> None:
    refused(case, server)


def refused(case: str, server: Server) -> None:
    """Send what is hostile; it is refused by name, and the server goes on."""
    body, media_type, status, name = HOSTILE[case]
    reply = send(server, body, media_type)
    assert (reply.status, name_of(reply)) == (status, name), reply.text
    assert reply.json["title"] == KINDS[name].title
    assert "/drafts/" not in reply.text
    if status == 415:
        assert reply.json["allowed"]
    assert server.query("ASK {}").json["boolean"] is True


def test_a_syntax_error_has_its_place(server: Server) -> None:
    reply = send(server, "<urn:s> <urn:p>\n  <urn:o> ;; broken .")
    assert (reply.json["line"], reply.json["column"]) == (2, 14)
    assert reply.json["detail"].startswith("the upload: ")


def test_what_is_compressed_is_not_read(server: Server) -> None:
    for coding in ("gzip", "GZIP", "br", "gzip, identity", "x-unknown"):
        reply = send(server, gzip.compress(GOOD.encode()), Content_Encoding=coding)
        assert (reply.status, name_of(reply)) == (415, "unsupported-type")
    assert send(server, GOOD, Content_Encoding="identity").status == 200


def test_a_refusal_before_the_body_does_not_wait_for_it(server: Server) -> None:
    """Announced as too long, or of no type that is read: nothing of it need be sent."""
    for headers in (
        {"Content_Type": TURTLE, "Content_Length": "99999999999"},
        {"Content_Type": "video/mp4", "Content_Length": "1000"},
        {"Content_Type": TURTLE, "Content_Encoding": "gzip", "Content_Length": "1000"},
    ):
        reply = server.ask("/validate", "POST", None, **headers)
        assert reply.status in {413, 415}


def test_a_refusal_is_told_to_people_too(server: Server) -> None:
    body, media_type = multipart(content="<urn:s> <urn:p> .", format="turtle")
    reply = send(server, body, media_type, Accept="text/html")
    assert (reply.status, reply.type) == (400, "text/html")
    shown = page(reply.body)
    assert "(line 1, column 17)" in shown.text
    assert [area.text for area in shown.find("textarea")] == ["<urn:s> <urn:p> ."]


@pytest.mark.slow
def test_too_many_at_once_are_told_to_come_back(workspace: Workspace) -> None:
    """Those of one client: it has its share, and leaves the rest to others."""
    limits = {"uploads": "1", "intake_seconds": "0.6", "workers": "1", "processes": "1"}
    with serving({"home": str(workspace.home), **limits}) as server, ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: send(server, SELF + CLIQUE), range(12)))
        names = [name_of(reply) for reply in replies]
        # All are one client's, who has at most half of the tickets.
        assert set(names) - {"busy"} == {"data-syntax", "rate"}
        refused = [reply for reply in replies if reply.status in {429, 503}]
        assert len(refused) >= 8
        assert all(int(reply.headers["Retry-After"]) > 0 for reply in refused)
        assert name_of(send(server, "")) == "data-syntax"


# Whatever is sent


WORDS = st.sampled_from(
    [
        *rb"<urn:a>  <a> _:b . { } [ ] ( ) @prefix @id : , <rdf:RDF> <!DOCTYPE &a;".split(b" "),
        *(b'"x"', b'"@id":', b"\n", b"\xff", b"\x00", SELF.encode(), GOOD.encode()),
    ]
)
BODIES = st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=12).map(b"".join))
TYPES = st.sampled_from([form.media_type for form in READ])


@pytest.mark.slow
@with_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES, media_type=TYPES)
def test_any_bytes_are_a_problem_or_a_report(body: bytes, media_type: str, server: Server) -> None:
    reply = send(server, body, media_type)
    if reply.status == 200:
        assert json.loads(reply.body).keys() == {"conforms", "counts", "results"}
    else:
        assert KINDS[name_of(reply)].status == reply.status < 500


@pytest.mark.slow
@with_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=300), boundary=st.text('ab-"; =', max_size=5))
def test_no_form_breaks_anything(body: bytes, boundary: str, server: Server) -> None:
    sent = (
        b"--ab\r\nContent-Disposition: form-data; name=content\r\n\r\n" + body + b"\r\n--ab--\r\n"
    )
    for content in (body, sent):
        assert send(server, content, f"multipart/form-data; boundary={boundary}").status < 500
    assert send(server, body, "application/x-www-form-urlencoded").status < 500


# Beside the lines


def form_of(server: Server, content: str, form: str = "turtle") -> Reply:
    """Send data by the form of the page."""
    fields = urlencode({"content": content, "format": form})
    media_type = "application/x-www-form-urlencoded"
    return server.ask(
        "/validate?lang=en", "POST", fields, Content_Type=media_type, Accept="text/html"
    )


def test_what_is_wrong_stands_beside_its_line(server: Server) -> None:
    """With the rule, its property, and how others state it; the next line is clean."""
    lines = GOOD.split("\n")
    at = next(number for number, line in enumerate(lines) if "cl:sourceFamily" in line)
    lines[at] = lines[at].replace('cl:sourceFamily "list"', 'cl:sourceFamily "A b"', 1)
    shown = page(form_of(server, "\n".join(lines)).body)
    (item,) = shown.find(f"ol/li[@id='line-{at + 1}']")
    assert "violation" in (item.get("class") or "")
    told = "".join(item.itertext())
    assert "Rule" in told
    links = [link.get("href") or "" for link in item.iter("a")]
    assert any(link.startswith("/shapes?lang=en#") for link in links)
    assert any("sourceFamily" in link for link in links)


def test_what_is_in_json_is_found_by_its_name(server: Server) -> None:
    bad = formats.serialise(
        [quad.triple for quad in ox.parse(BAD, format=ox.RdfFormat.TURTLE)], formats.JSONLD
    ).decode()
    assert 'class="listing"' in form_of(server, bad, "jsonld").text


def test_the_form_offers_the_graphs_that_can_be_replaced(server: Server) -> None:
    text = server.ask("/validate", Accept="text/html").text
    assert '<option value="perm-twins">' in text
    assert '<option value="shapes">' not in text
