"""`citylinks query`."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from registry.releases.workspace import Workspace
from tests.cli.running import Run, version_of

COUNT = "SELECT (COUNT(*) AS ?n) { ?city a <https://w3id.org/citylinks/ontology#City> }"


def test_query(look: Run, tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "count.rq"
    path.write_text(COUNT)
    assert look("query", path).json["results"]["bindings"][0]["n"]["value"] == "17"
    assert look("query", path, "--format", "csv").out == "n\n17\n"
    assert look("query", "-", "--format", "tsv", stdin=COUNT).out.splitlines() == ["?n", "17"]
    ask = look("query", "-", "--release", version_of(workspace), stdin="ASK { ?s ?p ?o }")
    assert ask.json["boolean"] is True
    graph = look("query", "-", "--format", "ntriples", stdin="CONSTRUCT WHERE { <urn:x> ?p ?o }")
    assert graph == (0, "", "")


def test_what_deviates_is_told_beside_the_answer(look: Run) -> None:
    found = look(
        "query", "-", "--format", "csv", stdin='SELECT (REPLACE("abc", "b*", "") AS ?a) {}'
    )
    assert (found.code, found.out) == (0, "a\nac\n")
    assert found.err.startswith("citylinks: REPLACE takes patterns")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT", "(line 1, column"),
        ("SELECT * {", "citylinks: "),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "citylinks: "),
        ("SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", "citylinks: "),
        ("SELECT * FROM <urn:nowhere> { ?s ?p ?o }", "<urn:nowhere> is not a graph of release"),
    ],
)
def test_queries_that_are_refused(look: Run, text: str, words: str) -> None:
    done = look("query", "-", stdin=text)
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_query_that_is_not_utf_8_is_refused(look: Run, tmp_path: Path) -> None:
    path = tmp_path / "latin.rq"
    path.write_bytes("ASK { ?s ?p 'é' }".encode("latin-1"))
    done = look("query", path)
    assert done[:2] == (1, "")
    assert done.err.startswith("citylinks: the query is not in UTF-8")


def test_an_endpoint_that_does_not_answer(look: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = look("query", "-", "--endpoint", f"http://127.0.0.1:{port}/sparql", stdin=COUNT)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"citylinks: http://127.0.0.1:{port}/sparql did not answer")
    assert done.err.count("\n") == 1
