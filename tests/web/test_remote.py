"""Another endpoint behind the same interface; here it is a server of ours, over a socket."""

from __future__ import annotations

import socket

import pytest

from registry import formats, terms
from registry.problems import Problem
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.engine import Embedded, Query, Remote, engine_for
from tests.web.served import Server

LISTED = f"SELECT ?city {{ ?city a <{terms.CL}City> }} ORDER BY ?city"


@pytest.fixture
def remote(server: Server, settings: Settings) -> Remote:
    return Remote(f"{server.url}/sparql", settings)


@pytest.mark.parametrize("form", formats.SOLUTIONS, ids=lambda form: form.name)
def test_solutions_are_those_of_the_endpoint(
    form: formats.Format, remote: Remote, server: Server, release: Release
) -> None:
    with remote:
        answer = remote.answer(Query(LISTED), form.name)
    assert answer.body == server.query(LISTED, Accept=form.media_type).body
    assert (answer.format, answer.release) == (form, release.version)


@pytest.mark.parametrize("form", formats.GRAPHS, ids=lambda form: form.name)
def test_graphs_are_those_of_the_endpoint(
    form: formats.Format, remote: Remote, server: Server
) -> None:
    text = f"DESCRIBE <{terms.thing('city', 'perm-511196')}>"
    body = remote.answer(Query(text), form.name).body
    assert body == server.query(text, Accept=form.media_type).body


def test_a_yes_or_no(remote: Remote) -> None:
    assert b"true" in remote.answer(Query("ASK {}"), None).body


def test_the_dataset_is_sent_on(remote: Remote) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    settings_graph = Query(count, (terms.SETTINGS_GRAPH,))
    assert remote.answer(settings_graph, "csv").body.split() == [b"n", b"6"]
    nothing = Query(count, (), (terms.SETTINGS_GRAPH,))
    assert remote.answer(nothing, "csv").body.split() == [b"n", b"0"]


def test_a_long_query_is_sent_on(remote: Remote) -> None:
    assert remote.answer(Query("ASK {} #" + "a" * 50_000), None).body


def test_a_mistake_is_told_as_by_the_endpoint(remote: Remote) -> None:
    with pytest.raises(Problem) as caught:
        remote.answer(Query("SELECT * {"), None)
    assert caught.value.name == "query-syntax"


def test_the_guards_stand_before_it_too(remote: Remote) -> None:
    with pytest.raises(Problem) as caught:
        remote.answer(Query("ASK { SERVICE <http://x/> {} }"), None)
    assert caught.value.name == "service-refused"


def test_an_endpoint_that_does_not_answer_is_told(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionError, match=f"127.0.0.1:{port}"):
        Remote(f"http://127.0.0.1:{port}/sparql", settings).answer(Query("ASK {}"), None)


def test_an_endpoint_that_fails_is_told(server: Server, settings: Settings) -> None:
    for path in ("/unknown", "/health"):
        with pytest.raises(ConnectionError):
            Remote(server.url + path, settings).answer(Query("ASK {}"), None)


def test_the_engine_that_is_asked_for(workspace: Workspace, settings: Settings) -> None:
    assert isinstance(engine_for(settings, workspace, None, "http://x/"), Remote)
    with engine_for(settings, workspace, None, None) as engine:
        assert isinstance(engine, Embedded)
        assert engine.pool.size == 1
        assert engine.answer(Query(LISTED), "csv").body.count(b"\n") == 18
