"""Things by their IRIs (*Cool URIs for the Semantic Web*), and their documents in every format."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import to_isomorphic
from werkzeug.test import TestResponse

from registry import formats, shipped, terms
from registry.formats import Format
from registry.releases.licences import CC_BY
from registry.releases.reading import Release, Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sparql.forks import Forks
from registry.things.about import Source
from registry.things.lookup import Lookup
from registry.web.app import create_app
from registry.web.context import NAME
from tests.tables import every_row
from tests.web.reading import page

PERM = "/doc/city/perm-511196"
READERS: dict[Format, str] = {
    formats.TURTLE: "turtle",
    formats.NTRIPLES: "nt",
    formats.RDFXML: "xml",
    formats.JSONLD: "json-ld",
}
FORMS = every_row("form", formats.GRAPHS, ids=lambda form: form.name)


def graph_of(body: bytes, form: Format) -> rdflib.Graph:
    return rdflib.Graph().parse(data=body, format=READERS[form])


@pytest.fixture(scope="module")
def things(release: Release) -> list[str]:
    """List the IRIs of all things and concepts that the release describes."""
    quads = release.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    subjects = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode)}
    return sorted(iri for iri in subjects if iri.startswith((terms.ID, terms.SCHEME)))


def vary(response: TestResponse) -> set[str]:
    return set(response.headers["Vary"].split(", "))


# From the thing to its document.
@pytest.mark.slow
@pytest.mark.conforms(
    "Cool URIs for the Semantic Web", "4.2", "a thing answers 303 to its document"
)
@pytest.mark.conforms("RFC 9110", "15.4.4", "303 leads to the document, with Vary")
def test_every_thing_leads_to_its_document(client: FlaskClient, things: list[str]) -> None:
    assert len(things) > 250
    for iri in things:
        response = client.get(iri.removeprefix(terms.BASE[:-1]))
        assert response.status_code == 303
        assert response.headers["Location"] == terms.path_of(iri)
        assert vary(response) == {"Accept", "Accept-Language"}
        assert client.head(response.headers["Location"]).status_code == 200


@pytest.mark.conforms("RFC 9110", "15.4.2", "redirects keep the language of the address")
def test_the_language_of_the_address_is_kept(client: FlaskClient) -> None:
    for path in ("/id/city/perm-511196", "/id/city/foo-511196"):
        location = client.get(f"{path}?lang=pt-BR").headers["Location"]
        assert location.endswith("/city/perm-511196?lang=pt-BR")
    former = client.get("/doc/city/foo-511196.ttl?lang=it")
    assert former.headers["Location"] == "/doc/city/perm-511196.ttl?lang=it"


@every_row(
    ("path", "location"),
    [
        ("/id/city/perm-511196/", "/id/city/perm-511196"),
        ("/doc/city/perm-511196/?lang=it", "/doc/city/perm-511196?lang=it"),
        ("/scheme/status/active//", "/scheme/status/active"),
        ("/graph/cities/", "/graph/cities"),
        ("/queries/figures.csv/", "/queries/figures.csv"),
    ],
)
def test_a_slash_too_many_is_passed_over(path: str, location: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, location)
    assert client.get(location.partition("?")[0]).status_code in {200, 303}


@every_row("path", ["/", "//example.org/", "//", "/unknown/", "/id/city/", "/%2Fexample.org/"])
def test_a_slash_leads_to_nobody_else(path: str, client: FlaskClient) -> None:
    response = client.get(path, base_url="http://localhost/")
    assert response.status_code in {200, 404, 308}
    assert "example.org" not in response.headers.get("Location", "").split("/")[:3]


@pytest.mark.conforms("RFC 9110", "15.5.5", "what never was is 404")
@every_row(
    "path",
    [
        "/id/city/unknown-1",
        "/id/city/",
        "/id/city",
        "/id/unknown/perm-511196",
        "/id/city/Perm-511196",
        "/id/city/perm-511196.ttl",
        "/id/city/-511196",
        "/id/city/perm-0511196",
        "/id/scheme/status",
        "/scheme/unknown",
        "/scheme/status/nothing",
        "/doc/city/unknown-1",
        "/doc/city/unknown-1.ttl",
        "/doc/city/perm-511196.xyz",
        "/doc/city/perm-511196.nq",
        "/doc/city/perm-511196.ttl.ttl",
        "/doc/city/.ttl",
        "/doc/scheme/unknown.ttl",
    ],
)
def test_what_is_not_known_is_not_found(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json
    assert response.json["type"] == terms.PROBLEM + "not-found"


@pytest.mark.conforms("RFC 9110", "15.4.2", "other names of a city are 301, in the same format")
@every_row(
    ("path", "location"),
    [
        ("/id/city/foo-511196", "/id/city/perm-511196"),
        ("/id/city/molotov-511196", "/id/city/perm-511196"),
        ("/doc/city/foo-511196", "/doc/city/perm-511196"),
        ("/doc/city/foo-511196.ttl", "/doc/city/perm-511196.ttl"),
        ("/doc/city/foo-511196.html", "/doc/city/perm-511196.html"),
    ],
)
def test_a_city_is_found_by_its_number_whatever_its_name(
    path: str, location: str, client: FlaskClient
) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, location)


def test_an_address_is_decoded_once(client: FlaskClient) -> None:
    for path, status in (
        ("/id/city/perm%2D511196", 303),
        ("/id/city/%70erm-511196", 303),
        ("/id/city/perm%252D511196", 404),
        ("/doc/city/perm-511196%2Ettl", 200),
        ("/doc/city/perm-511196%252Ettl", 404),
        ("/id%2Fcity%2Fperm-511196", 303),
    ):
        assert client.get(path).status_code == status, path


# The document, in every format.
@pytest.mark.slow
@pytest.mark.conforms(
    "Cool URIs for the Semantic Web", "4.2", "every document says the same in every format"
)
def test_every_document_says_the_same_in_every_format(
    client: FlaskClient, things: list[str], release: Release, workspace: Workspace
) -> None:
    published = Shelf(workspace).issued_at(release.version)
    source = Source(release.store, release.manifest, published)
    for iri in things:
        path = terms.path_of(iri)
        expected = formats.serialise(source.document(iri), formats.NTRIPLES)
        graphs = []
        for form in formats.GRAPHS:
            response = client.get(f"{path}.{form.extension}")
            assert response.headers["Content-Type"] == form.content_type
            graphs.append(graph_of(response.data, form))
        for form in formats.PROFILES:
            response = client.get(path, headers={"Accept": form.content_type})
            assert response.headers["Content-Type"] == form.content_type
            graphs.append(graph_of(response.data, formats.JSONLD))
        assert set(graphs[0]) == set(graph_of(expected, formats.NTRIPLES))
        assert all(to_isomorphic(graphs[0]) == to_isomorphic(other) for other in graphs[1:]), iri


@pytest.mark.slow
def test_every_document_is_a_page(client: FlaskClient, things: list[str]) -> None:
    for iri in things:
        response = client.get(f"{terms.path_of(iri)}.html")
        assert (response.status_code, response.mimetype) == (200, "text/html")
        assert iri in response.text


@pytest.mark.conforms(
    "Cool URIs for the Semantic Web",
    "4.2",
    "one address for the document, negotiated, and one for each format",
)
@pytest.mark.conforms("RFC 9110", "8.7", "Content-Location names the address of the chosen format")
@FORMS
def test_the_bare_address_is_negotiated(form: Format, client: FlaskClient) -> None:
    fixed = client.get(f"{PERM}.{form.extension}")
    response = client.get(PERM, headers={"Accept": form.media_type})
    assert response.data == fixed.data
    assert response.headers["Content-Type"] == form.content_type
    assert response.headers["Content-Location"] == f"{PERM}.{form.extension}"
    assert vary(response) == {"Accept", "Accept-Language", "Accept-Encoding"}
    assert "Content-Location" not in fixed.headers
    assert vary(fixed) == {"Accept-Encoding"}


def test_a_browser_gets_a_page(client: FlaskClient) -> None:
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", None):
        response = client.get(PERM, headers={"Accept": accept} if accept else {})
        assert response.mimetype == "text/html"
        assert response.headers["Content-Location"] == f"{PERM}.html"


@pytest.mark.conforms("RFC 9110", "15.5.7", "where no format fits, 406 lists those offered")
def test_a_format_that_there_is_not_is_told(client: FlaskClient) -> None:
    response = client.get(PERM, headers={"Accept": "application/pdf"})
    assert response.status_code == 406
    assert response.json
    assert set(response.json["allowed"]) == {
        form.media_type for form in (formats.HTML, *formats.GRAPHS)
    }


def test_an_extension_wins_over_the_accept_header(client: FlaskClient) -> None:
    response = client.get(f"{PERM}.ttl", headers={"Accept": "text/html"})
    assert response.mimetype == "text/turtle"


@pytest.mark.conforms(
    "RFC 8288", "3", "`Link` names the other formats, the thing described and the licence"
)
def test_the_links_say_what_there_is(client: FlaskClient) -> None:
    header = client.get(PERM, headers={"Accept": "text/turtle"}).headers["Link"].split(", ")
    others = (formats.HTML, formats.JSONLD, formats.RDFXML, formats.NTRIPLES)
    assert {link for link in header if 'rel="alternate"' in link} == {
        f'<{PERM}.{form.extension}>; rel="alternate"; type="{form.media_type}"' for form in others
    }
    assert f'<{terms.thing("city", "perm-511196")}>; rel="describes"' in header
    assert f'<{CC_BY}>; rel="license"' in header


@pytest.mark.conforms(
    "RFC 9110", "13.1.3", "If-Modified-Since gives 304 for a document of the same release"
)
@pytest.mark.conforms(
    "RFC 9111", "5.2.2.4", "what may change is `no-cache`: kept, and asked for again"
)
@every_row("extension", ["", ".html", ".ttl", ".jsonld", ".rdf", ".nt"])
def test_a_document_is_sent_once(extension: str, client: FlaskClient, release: Release) -> None:
    path = PERM + extension
    first = client.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Citylinks-Release"] == release.version
    for headers in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", {tag}'},
        {"If-None-Match": f"W/{tag}"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = client.get(path, headers=headers)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers.get("Vary") == first.headers.get("Vary")
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ):
        assert client.get(path, headers=headers).status_code == 200


def test_a_page_keeps_the_language_of_its_address(client: FlaskClient) -> None:
    """The same page, in the same language, has other links where the address names it."""
    plain = client.get(f"{PERM}.html", headers={"Accept-Language": "it"})
    chosen = client.get(f"{PERM}.html?lang=it", headers={"Accept-Language": "it"})
    assert plain.headers["ETag"] != chosen.headers["ETag"]
    assert 'href="/doc/city/oxford-2640729"' in plain.text
    assert 'href="/doc/city/oxford-2640729?lang=it"' in chosen.text
    assert client.get(f"{PERM}.html", headers={"Accept-Language": "it"}).data == plain.data


@pytest.mark.conforms(
    "RFC 9110", "8.8.3", "each format and language of a document has an ETag of its own"
)
def test_each_representation_has_a_name_of_its_own(client: FlaskClient) -> None:
    accepts = [form.media_type for form in (formats.HTML, *formats.GRAPHS)]
    tags = [client.get(PERM, headers={"Accept": accept}).headers["ETag"] for accept in accepts]
    tags += [client.get(f"{PERM}.html?lang={tag}").headers["ETag"] for tag in ("it", "fr", "ja")]
    tags.append(client.get("/doc/city/pavia-3171366.ttl").headers["ETag"])
    assert len(set(tags)) == len(tags)
    stale = client.get(PERM, headers={"Accept": "text/turtle", "If-None-Match": tags[0]})
    assert stale.status_code == 200


@pytest.mark.conforms("RFC 9110", "8.5", "pages name their language")
def test_languages_change_pages_alone(client: FlaskClient) -> None:
    italian = {"Accept-Language": "it"}
    page, other = client.get(f"{PERM}.html", headers=italian), client.get(f"{PERM}.html")
    assert page.headers["Content-Language"] == "it"
    assert other.headers["Content-Language"] == "en"
    assert vary(page) == {"Accept-Language", "Accept-Encoding"}
    assert page.data != other.data
    data = client.get(f"{PERM}.ttl", headers=italian)
    assert data.headers["ETag"] == client.get(f"{PERM}.ttl").headers["ETag"]
    assert "Content-Language" not in data.headers


@pytest.mark.parametrize("extension", ["", ".html", ".ttl"])
def test_head_is_get_without_a_body(extension: str, client: FlaskClient) -> None:
    get, head = client.get(PERM + extension), client.head(PERM + extension)
    assert head.data == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.conforms(
    "RFC 9110", "8.8.3", "equal ETags are equal bytes, on every server of a release"
)
def test_equal_documents_have_equal_bytes(
    client: FlaskClient, settings: Settings, forks: Forks
) -> None:
    """Another server of the same release sends the same, so that the names of answers hold."""
    other = create_app(settings, forks)
    for path in (PERM, "/shapes", "/ontology", "/graph/shapes"):
        for form in (formats.HTML, *formats.GRAPHS):
            address = f"{path}.{form.extension}"
            first, second = client.get(address), other.test_client().get(address)
            assert first.data == second.data, address
            assert first.headers["ETag"] == second.headers["ETag"]
    other.extensions[NAME].engine.pool.close()


# Ontology, shapes, schemes and graphs.
def vocabulary_files(path: str) -> list[Path]:
    if path == "/ontology":
        return [shipped.ROOT / "ontology" / "citylinks.ttl"]
    return list(shipped.shape_files())


@FORMS
@pytest.mark.parametrize("path", ["/ontology", "/shapes"])
def test_vocabularies_are_as_their_files_are(path: str, form: Format, client: FlaskClient) -> None:
    expected = rdflib.Graph()
    for file in vocabulary_files(path):
        expected.parse(file)
    negotiated = client.get(path, headers={"Accept": form.media_type})
    fixed = client.get(f"{path}.{form.extension}")
    assert negotiated.data == fixed.data
    assert fixed.headers["Content-Type"] == form.content_type
    assert negotiated.headers["Content-Location"] == f"{path}.{form.extension}"
    found = graph_of(fixed.data, form)
    assert len(found) == len(expected)
    if path == "/ontology":
        assert to_isomorphic(found) == to_isomorphic(expected)


@every_row(
    "path",
    [
        "/ontology.xyz",
        "/ontology/1",
        "/ontology/1.0.0x",
        "/ontology/1.0.0.nq",
        "/shapes.nq",
        "/shapes/x",
    ],
)
def test_no_other_vocabulary_is_served(path: str, client: FlaskClient) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_diagram_leads_to_terms_of_the_page(language: str, client: FlaskClient) -> None:
    shown = page(client.get(f"/ontology?lang={language}", headers={"Accept": "text/html"}).data)
    drawn = {
        link.attrib["href"].removeprefix("#"): "".join(link.itertext()).strip()
        for link in shown.find("figure[@class='diagram']//{*}a")
    }
    assert {"CityLink", "party", "Territory", "establishes", "transferOf"} <= drawn.keys()
    for name, label in drawn.items():
        (term,) = shown.find(f"section[@id='{name}']")
        assert label == term.findtext("h4/a/bdi")


def test_the_version_of_the_ontology_leads_to_it(client: FlaskClient) -> None:
    (version,) = graph_of(client.get("/ontology.nt").data, formats.NTRIPLES).objects(
        rdflib.URIRef(terms.ONTOLOGY), rdflib.OWL.versionIRI
    )
    path = str(version).removeprefix(terms.BASE[:-1])
    accept = {"Accept": "text/turtle"}
    assert client.get(path, headers=accept).data == client.get("/ontology", headers=accept).data


@FORMS
@every_row("version", sorted(shipped.past_ontologies()))
def test_earlier_versions_of_the_ontology_are_kept(
    version: str, form: Format, client: FlaskClient
) -> None:
    address = f"/ontology/{version}"
    negotiated = client.get(address, headers={"Accept": form.media_type})
    assert negotiated.headers["Content-Location"] == f"{address}.{form.extension}"
    assert client.get(f"{address}.{form.extension}").data == negotiated.data
    expected = rdflib.Graph().parse(shipped.past_ontologies()[version])
    assert to_isomorphic(graph_of(negotiated.data, form)) == to_isomorphic(expected)
    assert client.get(address, headers={"Accept": "*/*"}).status_code == 200


@FORMS
def test_a_graph_is_as_its_dump(form: Format, client: FlaskClient, release: Release) -> None:
    for entry in release.manifest.all_graphs():
        path = terms.path_of(entry.graph)
        response = client.get(f"{path}.{form.extension}")
        assert response.headers["Content-Type"] == form.content_type
        body = list(
            ox.parse(response.data, format=formats.RDF[form.name], rename_blank_nodes=False)
        )
        assert len(body) == entry.triples
        licence = f'<{entry.licence}>; rel="license"'
        assert licence in response.headers["Link"].split(", ")
        negotiated = client.get(str(path), headers={"Accept": form.media_type})
        assert negotiated.data == response.data


def test_a_scheme_comes_with_its_concepts(client: FlaskClient) -> None:
    found = graph_of(client.get("/doc/scheme/status.nt").data, formats.NTRIPLES)
    concepts = set(found.subjects(rdflib.SKOS.inScheme, rdflib.URIRef(terms.SCHEME + "status")))
    assert len(concepts) == 8


def test_terms_and_concepts_are_defined_in_the_readers_language(
    client: FlaskClient, release: Release
) -> None:
    pages = {
        "/ontology": (terms.CL + "claimWeight", ("de", "fr")),
        "/doc/scheme/status/listed": (f"{terms.SCHEME}status/listed", terms.LANGUAGES),
    }
    for path, (subject, languages) in pages.items():
        known = Lookup(release.store).literals(subject, "skos:definition")
        told = {one.language: one.value for one in known}
        assert set(terms.LANGUAGES) == set(told)
        for language in languages:
            reader = {"Accept": "text/html", "Accept-Language": language}
            shown = html.unescape(client.get(path, headers=reader).text)
            assert [tag for tag, text in told.items() if text in shown] == [language]


def test_a_scheme_is_a_tree_of_its_concepts(client: FlaskClient) -> None:
    shown = page(client.get("/doc/scheme/topic?lang=en", headers={"Accept": "text/html"}).data)
    assert shown.errors == ()
    (below,) = shown.texts("ul[@class='tree']//details")
    assert re.match(r"Narrower: 4Adaptive reuse \d+ statementsCircular models \d", below)


def test_lists_of_graphs_and_releases(client: FlaskClient, release: Release) -> None:
    for path in ("/graph", f"/release/{release.version}"):
        manifest = client.get(path, headers={"Accept": "application/json"})
        assert manifest.data == release.manifest.to_json()
        assert manifest.headers["Content-Location"] == f"/dumps/{release.version}/manifest.json"
        assert client.get(path, headers={"Accept": "text/html"}).mimetype == "text/html"
    assert release.version in client.get("/release").text


@every_row(
    ("city", "counts"),
    [
        ("pavia-3171366", ["1 link from this source", "3 links from this source"]),
        ("agrigento-2525764", ["1 link from this source"]),
        ("perm-511196", ["6 links from this source"]),
    ],
)
def test_a_source_is_shown_with_how_many_links_it_states(
    city: str, counts: list[str], client: FlaskClient
) -> None:
    shown = client.get(
        f"/doc/city/{city}", headers={"Accept": "text/html", "Accept-Language": "en"}
    )
    items = [text for text in page(shown.data).texts("ol[@class='fresh']/li") if "link" in text]
    assert [text.rpartition(" · ")[2] for text in items] == counts


@every_row(
    ("language", "count"),
    [
        ("it", "1 legame tratto da questa fonte"),
        ("fr", "1 lien tiré de cette source"),
        ("de", "1 Verbindung aus dieser Quelle"),
        ("es", "1 vínculo de esta fuente"),
    ],
)
def test_a_single_link_of_a_source_is_singular(
    language: str, count: str, client: FlaskClient
) -> None:
    shown = client.get(
        f"/doc/city/agrigento-2525764?lang={language}", headers={"Accept": "text/html"}
    )
    (text,) = page(shown.data).texts("ol[@class='fresh']/li")
    assert text.endswith(f" · {count}")
