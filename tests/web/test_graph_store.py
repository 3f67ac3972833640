"""The Graph Store Protocol: read by all, written with a token, all or nothing."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry import formats, terms
from registry.graphs.graph import MERGED
from registry.problems import KINDS
from registry.releases import log
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.web.routes import graphs
from registry.web.routes.graphs import write_graph
from tests import lists
from tests.copies import copied
from tests.processes import descendants, gone, until
from tests.publishing.conftest import check as whole
from tests.tables import every_row
from tests.web.served import PATIENCE, Reply, Server, serving
from tests.web.test_validate import CLIQUE, SELF, name_of, written

LIST = f"{terms.GRAPH}list"
TURTLE = "text/turtle"
TOKEN, OTHER = "a token", "another"


def address(graph: str = LIST) -> str:
    return f"/graphs?graph={quote(graph, safe='')}"


# Reading


def test_a_graph_is_read_in_every_format(server: Server, release: Release) -> None:
    for entry in release.manifest.all_graphs():
        for form in formats.RDF_FORMATS:
            reply = server.ask(address(entry.graph), Accept=form.media_type)
            assert (reply.status, reply.headers["Content-Type"]) == (200, form.content_type)
            assert reply.headers["Citylinks-Release"] == release.version
            assert "Accept" in reply.headers["Vary"]
            path = f"/graph/{entry.graph.removeprefix(terms.GRAPH)}.{form.extension}"
            assert reply.headers["Content-Location"] == path
            assert f'<{entry.graph}>; rel="describes"' in reply.headers["Link"].split(", ")
        found = server.ask(address(entry.graph), Accept="application/n-triples").body
        assert hashlib.sha256(found).hexdigest() == entry.sha256


@pytest.mark.parametrize("form", formats.DATASETS, ids=lambda form: form.name)
def test_a_graph_is_a_dataset_by_its_name(form: formats.Format, server: Server) -> None:
    graph = f"{terms.GRAPH}perm-twins"
    triples = server.ask("/graph/perm-twins.nt").body
    for path in (address(graph), "/graph/perm-twins"):
        reply = server.ask(path, Accept=form.media_type)
        assert reply.headers["Content-Location"] == f"/graph/perm-twins.{form.extension}"
        assert server.ask(f"/graph/perm-twins.{form.extension}").body == reply.body
        found = list(ox.parse(reply.body, format=formats.RDF[form.name]))
        assert {quad.graph_name for quad in found} == {ox.NamedNode(graph)}
        assert formats.serialise((quad.triple for quad in found), formats.NTRIPLES) == triples


def test_a_client_that_knows_no_token_reads(server: Server, release: Release) -> None:
    url = server.url + address(terms.CITIES_GRAPH)
    graph = rdflib.Graph().parse(url)
    entry = release.manifest.graph(terms.CITIES_GRAPH)
    assert entry
    assert len(graph) == entry.triples


def test_the_default_graph_is_the_merge(server: Server, workspace: Workspace) -> None:
    reply = server.ask("/graphs?default", Accept="application/n-triples")
    manifest = workspace.manifest(str(workspace.current()))
    kept = [workspace.graph(entry) for entry in manifest.all_graphs()]
    merged = {line for graph in kept if graph.role in MERGED for line in graph.lines}
    lines = reply.body.splitlines()
    assert len(lines) == len(set(lines))
    assert set(lines) == merged
    assert server.ask("/graphs?default=", Accept=TURTLE).status == 200


@pytest.mark.parametrize("form", formats.RDF_FORMATS, ids=lambda form: form.name)
def test_the_default_graph_is_the_same_in_every_format(
    form: formats.Format, server: Server
) -> None:
    lines = server.ask("/graphs?default", Accept="application/n-triples").body
    reply = server.ask("/graphs?default", Accept=form.media_type)
    assert (reply.status, reply.headers["Content-Type"]) == (200, form.content_type)
    found = list(ox.parse(reply.body, format=formats.RDF[form.name]))
    assert {quad.graph_name for quad in found} == {ox.DefaultGraph()}
    written = formats.serialise((quad.triple for quad in found), formats.NTRIPLES)
    assert sorted(written.splitlines()) == lines.splitlines()


@pytest.mark.parametrize("form", formats.RDF_FORMATS, ids=lambda form: form.name)
def test_a_large_graph_is_sent_from_its_dump(
    form: formats.Format, app: Flask, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = release.manifest.derived
    with app.app_context():
        lines = b"".join(write_graph(entry, formats.NTRIPLES)).splitlines()  # type: ignore[arg-type]
        monkeypatch.setattr(graphs, "_LARGE", 1)
        sent = write_graph(entry, form)
        assert isinstance(sent, bytes) is (form == formats.RDFXML)
        body = sent if isinstance(sent, bytes) else b"".join(sent)  # type: ignore[arg-type]
    found = list(ox.parse(body, format=formats.RDF[form.name]))
    name = ox.NamedNode(entry.graph) if form in formats.DATASETS else ox.DefaultGraph()
    assert {quad.graph_name for quad in found} == {name}
    written = formats.serialise((quad.triple for quad in found), formats.NTRIPLES)
    assert sorted(written.splitlines()) == lines


@every_row(
    "path", ["/graphs?default", address(terms.CITIES_GRAPH), address(f"{terms.GRAPH}derived")]
)
def test_graphs_say_when_they_were_published(path: str, server: Server) -> None:
    reply = server.ask(path)
    modified = reply.headers["Last-Modified"]
    assert modified == server.ask("/graph/cities").headers["Last-Modified"]
    assert server.ask(path, If_Modified_Since=modified).status == 304


def test_what_was_read_is_not_sent_again(server: Server) -> None:
    for path in (address(terms.CITIES_GRAPH), "/graphs?default"):
        first = server.ask(path)
        again = server.ask(path, If_None_Match=first.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        head = server.ask(path, "HEAD")
        assert (head.status, head.body, head.headers["ETag"]) == (200, b"", first.headers["ETag"])


WRONG = {
    "/graphs": (400, "bad-parameter"),
    "/graphs?graph=": (400, "bad-parameter"),
    "/graphs?graph=cities": (400, "bad-parameter"),
    "/graphs?graph=%00": (400, "bad-parameter"),
    "/graphs?graph=a%20b": (400, "bad-parameter"),
    f"{address()}&default": (400, "bad-parameter"),
    f"{address()}&graph=urn:a": (400, "bad-parameter"),
    address(): (404, "not-found"),
    "/graphs?graph=urn:a": (404, "not-found"),
    "/graphs?graph=http://example.org/%ff": (404, "not-found"),
}


@every_row("path", WRONG)
def test_what_cannot_be_read(path: str, server: Server) -> None:
    reply = server.ask(path)
    assert (reply.status, name_of(reply)) == WRONG[path]


def test_no_format_fits(server: Server) -> None:
    assert server.ask(address(terms.CITIES_GRAPH), Accept="image/png").status == 406


# Who may write


@pytest.fixture(scope="module")
def home(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace that this module changes."""
    return copied(workspace, tmp_path_factory.mktemp("written") / "home")


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of a token for all graphs, and one for some."""
    path = tmp_path_factory.mktemp("tokens") / "tokens"
    hashes = [hashlib.sha256(token.encode()).hexdigest() for token in (TOKEN, OTHER)]
    path.write_text(f"{hashes[0]} office\n{hashes[1]} perm perm-\n")
    return path


@pytest.fixture(scope="module")
def writable(home: Workspace, tokens: Path) -> Iterator[Server]:
    """Give a server that can be written to."""
    limits = {"workers": "1", "processes": "1", "intake_seconds": "5", "upload_bytes": "200 kB"}
    with serving({"home": str(home.home), "tokens": str(tokens), **limits}) as running:
        yield running


def write(
    server: Server,
    method: str,
    body: str | bytes | None = None,
    graph: str = LIST,
    media_type: str = TURTLE,
    **headers: str,
) -> Reply:
    if body is not None:
        headers["Content_Type"] = media_type
    headers.setdefault("Authorization", f"Bearer {TOKEN}")
    return server.ask(address(graph), method, body, **headers)


METHODS = ("PUT", "POST", "DELETE")


@pytest.mark.parametrize("method", METHODS)
def test_without_tokens_nobody_writes(method: str, server: Server) -> None:
    reply = write(server, method, "")
    assert (reply.status, name_of(reply)) == (403, "forbidden")
    assert "no token" in reply.json["detail"]


CREDENTIALS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Basic {TOKEN}",
    "Basic YTpi",
    TOKEN,
    "Bearer \xff",
]


@pytest.mark.parametrize("credentials", [None, *CREDENTIALS])
@pytest.mark.parametrize("method", METHODS)
def test_without_a_valid_token_nobody_writes(
    method: str, credentials: str | None, writable: Server
) -> None:
    headers = {"Authorization": credentials} if credentials is not None else {}
    reply = writable.ask(address(), method, "", Content_Type=TURTLE, **headers)
    assert (reply.status, name_of(reply)) == (401, "unauthorised")
    challenge = reply.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="citylinks"')
    assert ("invalid_token" in challenge) == (credentials is not None)


def test_who_has_no_token_costs_nothing(writable: Server) -> None:
    """The answer comes before the body does; none of it is waited for."""
    place = urlsplit(writable.url)
    head = f"PUT {address()} HTTP/1.1\r\nHost: x\r\nContent-Type: text/turtle\r\n"
    for length in ("Content-Length: 99999999999", "Transfer-Encoding: chunked"):
        with socket.create_connection((place.hostname, place.port), timeout=PATIENCE) as client:
            client.sendall(f"{head}{length}\r\n\r\n".encode())
            assert client.recv(12).endswith(b"401")


FORBIDDEN = [
    terms.SHAPES_GRAPH,
    terms.DERIVED_GRAPH,
    terms.SETTINGS_GRAPH,
    f"{terms.GRAPH}ontology",
    f"{terms.GRAPH}scheme-topic",
    f"{terms.GRAPH}A",
    "http://example.org/list",
    terms.thing("city", "perm-511196"),
]


@pytest.mark.parametrize("graph", FORBIDDEN)
def test_graphs_that_no_contribution_may_write(graph: str, writable: Server) -> None:
    for method in METHODS:
        reply = write(writable, method, "", graph)
        assert (reply.status, name_of(reply)) == (403, "forbidden")


def test_the_default_graph_is_not_written(writable: Server) -> None:
    for method in METHODS:
        token = {"Authorization": f"Bearer {TOKEN}"}
        reply = writable.ask("/graphs?default", method, "", Content_Type=TURTLE, **token)
        assert (reply.status, name_of(reply)) == (403, "forbidden")


def test_a_token_for_some_graphs_writes_no_others(writable: Server) -> None:
    reply = write(writable, "DELETE", graph=terms.CITIES_GRAPH, Authorization=f"Bearer {OTHER}")
    assert (reply.status, name_of(reply)) == (403, "forbidden")
    reply = write(
        writable, "DELETE", graph=f"{terms.GRAPH}perm-no", Authorization=f"bearer {OTHER}"
    )
    assert reply.status == 404


# Writing


def test_a_graph_is_made_replaced_merged_and_removed(writable: Server, home: Workspace) -> None:
    before = home.current()
    made = write(writable, "PUT", lists.listing(["twinning"]))
    assert (made.status, made.body) == (201, b"")
    assert made.headers["Location"] == address()
    assert made.headers["Citylinks-Release"] == home.current() == whole(home) != before
    first = writable.ask(address(), Accept="application/n-triples")
    assert b"/list/twinning>" in first.body

    merged = write(writable, "POST", lists.listing(["start"]))
    assert (merged.status, merged.body) == (204, b"")
    both = writable.ask(address(), Accept="application/n-triples")
    assert set(both.body.splitlines()) > set(first.body.splitlines())
    assert b"/list/start>" in both.body
    assert writable.ask(address(), Accept=TURTLE).headers["ETag"] == merged.headers["ETag"]

    replaced = write(writable, "PUT", first.body, media_type="application/n-triples")
    assert replaced.status == 204
    assert replaced.headers["ETag"] == first.headers["ETag"]
    assert replaced.headers["Citylinks-Release"] == made.headers["Citylinks-Release"]
    assert writable.ask(address(), Accept="application/n-triples").body == first.body

    same = write(writable, "POST", first.body, media_type="application/n-triples")
    assert same.headers["Citylinks-Release"] == made.headers["Citylinks-Release"]

    removed = write(writable, "DELETE")
    assert (removed.status, removed.body) == (204, b"")
    assert writable.ask(address()).status == 404
    assert write(writable, "DELETE").status == 404
    assert home.current() == whole(home) == removed.headers["Citylinks-Release"] == before
    assert [event.by for event in log.read(home.log_path)] == [None, *["office"] * 4]
    assert list((home.home / "drafts").iterdir()) == []


def test_blank_nodes_that_are_merged_stay_apart(writable: Server) -> None:
    """They are named by their graph and place in it; names that were given would meet."""
    blank = '<urn:s> <urn:p> [ <urn:q> "{}" ] .'
    assert write(writable, "PUT", lists.listing(["twinning"]) + blank.format("a")).status == 201
    assert write(writable, "POST", blank.format("b")).status == 204
    graph = rdflib.Graph().parse(writable.url + address())
    values = {
        str(graph.value(node, rdflib.URIRef("urn:q")))
        for node in graph.objects(rdflib.URIRef("urn:s"), rdflib.URIRef("urn:p"))
    }
    assert values == {"a", "b"}
    assert write(writable, "DELETE").status == 204


@pytest.mark.parametrize("form", formats.GRAPHS, ids=lambda form: form.name)
def test_every_format_is_taken(form: formats.Format, writable: Server) -> None:
    reply = write(writable, "PUT", written(form), media_type=form.media_type)
    assert reply.status in {201, 204}
    assert reply.headers["ETag"] is None or form == formats.NTRIPLES
    found = writable.ask(address(), Accept="application/n-triples").body
    quads = ox.parse(written(formats.NTRIPLES), format=ox.RdfFormat.N_TRIPLES)
    expected = {str(quad.triple) + " ." for quad in quads}
    assert set(found.decode().splitlines()) == expected


BROKEN: dict[str, tuple[str | bytes, str, int, str]] = {
    "syntax": ("<urn:s> <urn:p>\n  <urn:o> ;; broken .", TURTLE, 400, "data-syntax"),
    "nothing": ("", TURTLE, 400, "data-syntax"),
    "a clique": (SELF + CLIQUE, TURTLE, 400, "data-syntax"),
    "not itself": ("<urn:s> <urn:p> 1 .", TURTLE, 400, "data-syntax"),
    "a data set": (written(formats.NQUADS), "application/n-quads", 415, "unsupported-type"),
    "a form": ("content=x", "application/x-www-form-urlencoded", 415, "unsupported-type"),
    "too long": ("#" * 200_001, TURTLE, 413, "data-too-large"),
    "against the shapes": (SELF, TURTLE, 422, "data-invalid"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_refused_changes_nothing(case: str, writable: Server, home: Workspace) -> None:
    body, media_type, status, name = BROKEN[case]
    before = home.current()
    reply = write(writable, "PUT", body, f"{terms.GRAPH}list", media_type)
    assert (reply.status, name_of(reply)) == (status, name), reply.text
    assert home.current() == before == whole(home)
    if case == "syntax":
        assert (reply.json["line"], reply.json["column"]) == (2, 14)
    if name == "data-invalid":
        assert reply.json["report"]["conforms"] is False
        assert reply.json["report"]["results"][0]["graph"] == LIST


def test_a_graph_that_others_need_is_not_removed(writable: Server, home: Workspace) -> None:
    before = home.current()
    reply = write(writable, "DELETE", graph=terms.CITIES_GRAPH)
    assert (reply.status, name_of(reply)) == (422, "data-invalid")
    assert home.current() == before


# Conditions


def test_a_change_under_a_condition(writable: Server, home: Workspace) -> None:
    write(writable, "PUT", lists.listing(["twinning"]))
    before, text = home.current(), lists.listing(["start"])
    etags = [writable.ask(address(), Accept=f.media_type).headers["ETag"] for f in formats.GRAPHS]
    assert len(set(etags)) == len(formats.GRAPHS)
    refused = (
        {"If_Match": '"no"'},
        {"If_Match": f"W/{etags[0]}"},
        {"If_Match": ""},
        {"If_None_Match": "*"},
        {"If_None_Match": f'"no", {etags[1]}'},
        {"If_None_Match": f"W/{etags[0]}"},
        {"If_Match": etags[0], "If_None_Match": etags[0]},
    )
    for headers in refused:
        for method in METHODS:
            reply = write(writable, method, text, **headers)
            assert (reply.status, name_of(reply)) == (412, "precondition"), headers
    missing = f"{terms.GRAPH}list-2"
    for headers in ({"If_Match": "*"}, {"If_Match": etags[0]}):
        assert write(writable, "PUT", text, missing, **headers).status == 412
    assert home.current() == before

    assert write(writable, "PUT", text, If_Match=f'"no", {etags[1]}').status == 204
    assert write(writable, "PUT", text, If_Match=etags[1]).status == 412
    assert write(writable, "POST", text, If_Match="*", If_None_Match='"no"').status == 204
    assert write(writable, "DELETE", If_Match="*").status == 204
    assert write(writable, "PUT", text, If_None_Match="*").status == 201
    assert write(writable, "DELETE").status == 204


@pytest.mark.slow
def test_of_two_who_read_the_same_one_writes(writable: Server) -> None:
    """A lost update is refused, however close the two are."""
    write(writable, "PUT", lists.listing(["twinning"]))
    etag = writable.ask(address()).headers["ETag"]
    texts = [lists.listing(["twinning", name]) for name in ("start", "end", "disputed")]
    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda t: write(writable, "PUT", t, If_Match=etag), texts))
    assert sorted(reply.status for reply in replies) == [204, 412, 412]
    assert write(writable, "DELETE").status == 204


# At once, and killed


@pytest.mark.slow
def test_two_at_once_come_one_after_the_other(writable: Server, home: Workspace) -> None:
    graphs = {f"{terms.GRAPH}list-{n}": lists.listing(["twinning"], f"list-{n}") for n in range(2)}
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda i: write(writable, "PUT", i[1], i[0]), graphs.items()))
    assert [reply.status for reply in replies] == [201] * 2
    assert graphs.keys() <= home.graphs(whole(home)).keys()
    for graph in graphs:
        assert write(writable, "DELETE", graph=graph).status == 204


@pytest.mark.slow
def test_another_publisher_is_in_the_way(writable: Server, home: Workspace) -> None:
    with home.lock():
        reply = write(writable, "PUT", lists.listing(["twinning"]))
        assert (reply.status, name_of(reply)) == (409, "conflict")
        assert int(reply.headers["Retry-After"]) > 0
        sent = lists.listing(["twinning"])
        assert writable.ask("/validate", "POST", sent, Content_Type=TURTLE).json["conforms"]


@pytest.mark.slow
def test_what_is_killed_leaves_the_former_release(own: Workspace, tokens: Path) -> None:
    """The process that publishes is killed, then the server with everything it started."""
    before, text = own.current(), lists.listing(["twinning"])
    limits = {"home": str(own.home), "tokens": str(tokens), "workers": "1", "processes": "1"}
    with serving(limits) as server, ThreadPoolExecutor(1) as pool:
        idle = descendants(server.process.pid)
        under_way = pool.submit(write, server, "PUT", text)
        started = at_work(server, idle, own)
        for process in started:
            os.kill(process, signal.SIGKILL)
        reply = under_way.result()
        assert (reply.status, name_of(reply)) == (413, "data-too-large")
        assert own.current() == before == whole(own)

        under_way = pool.submit(write, server, "PUT", text)
        started = at_work(server, idle, own)
        for process in (server.process.pid, *idle):
            with suppress(ProcessLookupError):  # some were there to load the store alone
                os.kill(process, signal.SIGKILL)
        assert gone(idle | started)
        assert under_way.exception()
        assert own.current() == before == whole(own)

    with serving(limits) as server:
        assert write(server, "PUT", text).status == 201
        assert whole(own) == own.current() != before
        assert list((own.home / "drafts").iterdir()) == []


def at_work(server: Server, idle: set[int], workspace: Workspace) -> set[int]:
    """Wait until a release is being made; give the processes that make it."""
    made = workspace.home / "releases" / ".unfinished-release" / "store"
    assert until(made.is_dir)
    return descendants(server.process.pid) - idle


# Whatever is sent


@pytest.mark.slow
@with_settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary(max_size=100),
    form=st.sampled_from(formats.GRAPHS),
    method=st.sampled_from(METHODS),
)
def test_no_body_is_more_than_a_problem(
    body: bytes, form: formats.Format, method: str, writable: Server, home: Workspace
) -> None:
    before = home.current()
    reply = write(writable, method, body, f"{terms.GRAPH}nothing", form.media_type)
    assert KINDS[name_of(reply)].status == reply.status < 500
    assert home.current() == before


@pytest.mark.slow
@with_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=st.sampled_from(["If_Match", "If_None_Match", "Authorization", "Content_Type"]),
    value=st.text('abW/"*, =;\xe9', max_size=12).map(str.strip),
)
def test_no_header_breaks_anything(header: str, value: str, writable: Server) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content_Type": TURTLE, header: value}
    reply = writable.ask(address(f"{terms.GRAPH}nothing"), "PUT", "", **headers)
    assert KINDS[name_of(reply)].status == reply.status < 500
