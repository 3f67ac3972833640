"""A harvest: what another endpoint or dump states becomes a dated graph, or nothing changes."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.wrappers import Request, Response

from registry import cli, terms
from registry.problems import Problem
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources.harvest import Harvest, harvest
from tests.copies import copied
from tests.sources.conftest import Hand, Origin

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
QUERY = """
PREFIX cl: <https://w3id.org/citylinks/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
CONSTRUCT {
  ?link cl:claim ?new .
  ?new a cl:LinkClaim ; cl:claimedKind ?kind ; cl:asOf $DAY ; cl:locator "the peer" ;
    dcterms:source $DOCUMENT .
} WHERE {
  ?link a cl:CityLink ; cl:linkKind ?kind .
  BIND(STRAFTER(STR(?link), "/link/") AS ?ref)
  BIND(IRI(CONCAT("https://w3id.org/citylinks/id/claim/", ?ref, "/peer/1")) AS ?new)
}
"""
DAY = datetime.now(UTC).date().isoformat()
PEER = f"{terms.GRAPH}peer-{DAY}"
CLAIM = """
<https://w3id.org/citylinks/id/link/oxford-2640729--perm-511196>
  <https://w3id.org/citylinks/ontology#note> "seen"@en .
"""


@pytest.fixture
def here(workspace: Workspace, copy: Settings) -> Workspace:
    """Give a workspace in which the shipped data are published."""
    return copied(workspace, copy.home)


def run(origin: Origin, here: Workspace, copy: Settings, path: str = "", query: str = "") -> str:
    wanted = Harvest(origin.url + path, "peer", "What a peer says", LICENCE, query)
    return harvest(here, copy, wanted).version


def test_what_an_endpoint_states_becomes_a_dated_source(
    origin: Origin, here: Workspace, copy: Settings
) -> None:
    run(origin, here, copy, "/sparql", QUERY)
    graph = here.released()[1][PEER]
    lines = graph.ntriples.decode()
    assert lines.count("#claimedKind>") > 5
    assert f'"{DAY}"^^<http://www.w3.org/2001/XMLSchema#date>' in lines
    assert f"<{origin.url}/sparql>" in lines
    assert graph.literal(terms.prefixed("dcterms:title")) == f"What a peer says, {DAY}"
    assert graph.literal(terms.prefixed("dcterms:license")) == LICENCE
    version = here.current()
    assert run(origin, here, copy, "/sparql", QUERY) == version


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_what_a_dump_states_becomes_a_dated_source(
    packing: str, origin: Origin, here: Workspace, copy: Settings
) -> None:
    note = CLAIM.replace("ontology#note", "ontology#claim").replace('"seen"@en', _claim())
    body = f"{note}\n{_claim()} a <{terms.CL}LinkClaim> ; {_said()} .".encode()
    content = gzip.compress(body) if packing else body
    origin.hand = lambda _, __: Response(content, content_type="application/octet-stream")
    run(origin, here, copy, f"/peer.ttl{packing}")
    assert b"#claimedKind>" in here.released()[1][PEER].ntriples


def _claim() -> str:
    return "<https://w3id.org/citylinks/id/claim/oxford-2640729--perm-511196/peer/1>"


def _said() -> str:
    document = terms.thing("document", f"peer-{DAY}")
    return (
        f"<{terms.CL}claimedKind> <{terms.SCHEME}link-kind/twinning> ; "
        f'<{terms.CL}asOf> "2020"^^<{terms.prefixed("xsd:gYear")}> ; '
        f'<{terms.CL}locator> "row 1" ; <{terms.prefixed("dcterms:source")}> <{document}>'
    )


def answering(body: bytes, kind: str = "text/turtle", status: int = 200, **headers: str) -> Hand:
    def hand(_: Request, __: Response) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(body, status, named, content_type=kind)

    return hand


@pytest.mark.parametrize(
    ("hand", "kind"),
    [
        (answering(b""), "data-invalid"),
        (answering(b"<a:b> <a:b"), "data-syntax"),
        (answering(b"<html>", "text/html"), "data-syntax"),
        (answering(b"<a:b> <a:b> <a:b> .", status=500), ""),
        (answering(CLAIM.replace("ontology#note", "ontology#twinCity").encode()), "data-syntax"),
        (answering(b"<https://w3id.org/citylinks/id/city/new-1> a <a:b> ."), "data-syntax"),
    ],
)
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("query", ["", QUERY])
def test_what_cannot_be_taken_changes_nothing(
    query: str, hand: Hand, kind: str, origin: Origin, copy: Settings
) -> None:
    here, origin.hand = Workspace(copy.home), hand
    before = here.current()
    with pytest.raises((Problem, ConnectionError)) as caught:
        run(origin, here, copy, "/peer.ttl", query)
    if kind:
        assert isinstance(caught.value, Problem), caught.value
        assert caught.value.name == kind
    assert here.current() == before


def test_an_answer_that_is_not_whole_is_refused(
    origin: Origin, here: Workspace, copy: Settings
) -> None:
    origin.hand = answering(b"<a:b> <a:b> <a:b> .", X_SPARQL_MaxRows="10000")
    with pytest.raises(ConnectionError, match="only a part"):
        run(origin, here, copy, "/sparql", QUERY)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("query", ["SELECT * {}", "INSERT DATA {}", "nonsense"])
def test_only_what_gives_statements_is_asked(
    query: str, origin: Origin, here: Workspace, copy: Settings
) -> None:
    with pytest.raises(Problem, match="CONSTRUCT"):
        run(origin, here, copy, "/sparql", query)
    assert origin.paths() == []


@pytest.mark.parametrize("name", ["", "A b", "../up", "a/b"])
def test_a_harvest_has_a_name(name: str, here: Workspace, copy: Settings) -> None:
    with pytest.raises(Problem, match="is not a name"):
        harvest(here, copy, Harvest("http://127.0.0.1:9/", name, "A title", LICENCE))


@pytest.mark.slow
def test_the_command_harvests(
    origin: Origin, here: Workspace, copy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYLINKS_HOME", str(copy.home))
    asked = tmp_path / "peer.rq"
    asked.write_text(QUERY)
    about = ["--name", "peer", "--title", "What a peer says", "--licence", LICENCE]

    def command(*given: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.main, ["harvest", *given, *about])
        return done.exit_code, done.output

    code, told = command(f"{origin.url}/sparql", "--query", str(asked))
    assert (code, "is published" in told) == (0, True), told
    assert PEER in here.released()[1]
    assert command(origin.url)[0] == cli.USAGE
    assert command("http://127.0.0.1:9/x.ttl", "--dump")[0] == cli.FAILED
    assert command(f"{origin.url}/graph/cities.ttl", "--dump")[0] == cli.REFUSED
