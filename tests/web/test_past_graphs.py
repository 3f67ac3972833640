"""Releases and the graphs of each in RDF: what was published once stays at its address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from registry import formats, terms
from registry.formats import Format
from registry.publishing.plan import Change
from registry.publishing.transaction import keep, publish
from registry.releases.reading import Release
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.web.app import create_app
from registry.web.context import NAME
from tests import lists
from tests.copies import copied
from tests.tables import every_row

FORMS = every_row("form", formats.GRAPHS, ids=lambda form: form.name)


def triples(body: bytes, form: Format = formats.NTRIPLES) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(body, format=formats.RDF[form.name])}


def values(found: set[ox.Triple], subject: str, name: str) -> set[str]:
    """Return the values of a property, as texts."""
    return {
        t.object.value
        for t in found
        if t.subject == ox.NamedNode(subject) and t.predicate.value == terms.prefixed(name)
        if isinstance(t.object, ox.NamedNode | ox.Literal)
    }


@pytest.fixture(scope="module")
def published(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace of the tests of this module, which read what `two` publishes."""
    return copied(workspace, tmp_path_factory.mktemp("past") / "home")


@pytest.fixture(scope="module")
def two(
    published: Workspace, settings: Settings, forks: Forks
) -> Iterator[tuple[str, str, FlaskClient]]:
    """Publish a list, then another edition of it; give both releases and a client."""
    given, path = replace(settings, home=published.home), published.home.with_name("list.ttl")
    versions = []
    for names in (["twinning"], ["twinning", "start"]):
        path.write_text(lists.listing(names), encoding="utf-8")
        versions.append(publish(published, given, Change([path])).version)
    keep(published, "first-list", versions[0])
    app = create_app(given, forks)
    yield versions[0], versions[1], app.test_client()
    app.extensions[NAME].engine.pool.close()


@FORMS
def test_a_release_is_described_in_rdf(form: Format, client: FlaskClient, release: Release) -> None:
    path = f"/release/{release.version}"
    answer = client.get(path, headers={"Accept": form.media_type})
    assert (answer.status_code, answer.mimetype) == (200, form.media_type)
    assert answer.headers["Content-Location"] == f"{path}.{form.extension}"
    assert client.get(f"{path}.{form.extension}").data == answer.data
    found, iri = triples(answer.data, form), terms.release(release.version)
    assert values(found, iri, "dcterms:isVersionOf") == {terms.DATASET}
    assert values(found, iri, "cl:asOf") == {release.manifest.as_of}
    entries = release.manifest.all_graphs()
    parts = {terms.graph_in(release.version, entry.graph): entry for entry in entries}
    assert values(found, iri, "dcterms:hasPart") == parts.keys()
    for part, entry in parts.items():
        assert values(found, part, "dcterms:isVersionOf") == {entry.graph}
        assert values(found, part, "void:triples") == {str(entry.triples)}
        assert values(found, part, "dcterms:license") == {entry.licence}
    ends = [end for t in found for end in (t.subject, t.object)]
    assert not any(isinstance(end, ox.BlankNode) for end in ends)


def test_the_derived_graph_says_what_it_comes_from(client: FlaskClient, release: Release) -> None:
    derived = terms.graph_in(release.version, terms.DERIVED_GRAPH)
    for path in (f"/release/{release.version}.nt", "/void.nt"):
        found = triples(client.get(path).data)
        (activity,) = values(found, derived, "prov:wasGeneratedBy")
        assert values(found, activity, "dcterms:identifier") == {f"rules {release.manifest.rules}"}
        used = values(found, activity, "prov:used")
        assert used == values(found, derived, "prov:wasDerivedFrom")
        assert terms.graph_in(release.version, terms.GRAPH + "perm-twins") in used
        assert terms.graph_in(release.version, terms.SETTINGS_GRAPH) in used
        assert derived not in used


def test_a_browser_still_gets_a_page_and_json_stays(client: FlaskClient, release: Release) -> None:
    path = f"/release/{release.version}"
    assert client.get(path).mimetype == "text/html"
    assert client.get(f"{path}.json").data == release.manifest.to_json()
    assert client.get(f"/release/{release.version[:8]}.ttl").headers["Location"] == f"{path}.ttl"
    assert client.get(f"{path}.xyz").status_code == 404


def test_a_graph_is_at_the_address_of_each_release(
    two: tuple[str, str, FlaskClient], published: Workspace
) -> None:
    first, second, client = two
    bodies = []
    for version in (first, second):
        answer = client.get(f"/release/{version}/graph/list.nt")
        assert answer.status_code == 200
        assert answer.headers["Citylinks-Release"] == version
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Memento-Datetime"] == answer.headers["Last-Modified"]
        assert '</graph/list>; rel="original"' in answer.headers["Link"]
        bodies.append(answer.data)
        assert answer.data == published.graphs(version)[terms.GRAPH + "list"].ntriples
    assert bodies[0] != bodies[1] == client.get("/graph/list.nt").data


@FORMS
def test_a_past_graph_is_negotiated(form: Format, two: tuple[str, str, FlaskClient]) -> None:
    first, _, client = two
    path = f"/release/{first}/graph/list"
    answer = client.get(path, headers={"Accept": form.media_type})
    assert answer.headers["Content-Location"] == f"{path}.{form.extension}"
    assert triples(answer.data, form) == triples(client.get(f"{path}.nt").data)


def test_a_past_graph_has_a_page(two: tuple[str, str, FlaskClient]) -> None:
    first, _, client = two
    answer = client.get(f"/release/{first}/graph/list")
    assert answer.mimetype == "text/html"
    assert terms.graph_in(first, terms.GRAPH + "list") in answer.text
    assert f"/release/{first}/graph/list.ttl" in answer.text
    assert f"/release/{first}/graph/list" in client.get(f"/release/{first}").text


def test_a_release_is_found_by_its_name(two: tuple[str, str, FlaskClient]) -> None:
    first, second, client = two
    for wanted, version in (("first-list", first), ("latest", second), (first[:10], first)):
        answer = client.get(f"/release/{wanted}/graph/list.ttl")
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/release/{version}/graph/list.ttl"
    found = triples(client.get(f"/release/{second}.nt").data)
    assert values(found, terms.release(second), "prov:wasRevisionOf") == {terms.release(first)}


@every_row("path", ["nothing", "list.xyz", "scheme-nothing", ".ttl"])
def test_what_a_release_does_not_have_is_not_found(
    path: str, client: FlaskClient, release: Release
) -> None:
    answer = client.get(f"/release/{release.version}/graph/{path}")
    assert answer.status_code == 404
    assert answer.json
    assert answer.json["type"] == terms.PROBLEM + "not-found"
    assert client.get(f"/release/000000/graph/{path}").status_code == 404
