"""The catalogue: nothing lacks, nothing differs from what is served, valid by DCAT-AP's shapes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SH, VOID

from registry import terms
from registry.catalogue import sitemap
from registry.graphs.statements import PREFIXES
from registry.lists.tables import TABLES
from registry.releases.reading import Release
from registry.views.names import NAMES

DATASET = rdflib.URIRef(terms.DATASET)
DCAT = rdflib.Namespace(PREFIXES["dcat"])
SPDX = rdflib.Namespace(PREFIXES["spdx"])
SD = rdflib.Namespace(PREFIXES["sd"])
PACKED = {"nq": "n-quads", "trig": "trig", "nt": "n-triples", "ttl": "turtle", "csv": "csv"}


def read(client: FlaskClient, path: str) -> rdflib.Graph:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return rdflib.Graph().parse(data=response.data, format="turtle")


@pytest.fixture(scope="module")
def catalogue(app_client: FlaskClient) -> rdflib.Graph:
    return read(app_client, "/catalog.ttl")


def said(graph: rdflib.Graph, subject: rdflib.term.Node, predicate: rdflib.URIRef) -> str:
    """Give the one value of a property as text; empty where there is none."""
    found = graph.value(subject, predicate, any=False)
    return "" if found is None else str(found)


def path_of(address: str) -> str:
    return urlsplit(address).path


def test_each_dump_is_a_distribution_that_can_be_fetched_and_verified(
    catalogue: rdflib.Graph, app_client: FlaskClient, release: Release
) -> None:
    files = {}
    for one in catalogue.objects(DATASET, DCAT.distribution):
        address = said(catalogue, one, DCAT.downloadURL)
        if not address:
            continue
        content = app_client.get(path_of(address)).data
        assert int(said(catalogue, one, DCAT.byteSize)) == len(content)
        checksum = rdflib.URIRef(said(catalogue, one, SPDX.checksum))
        digest = said(catalogue, checksum, SPDX.checksumValue)
        assert digest == hashlib.sha256(content).hexdigest()
        name = path_of(address).rpartition("/")[2]
        files[name] = said(catalogue, one, DCTERMS.license)
        kind = said(catalogue, one, DCAT.mediaType).rpartition("/")[2]
        extension = name.removesuffix(".gz").rpartition(".")[2]
        assert kind == {**PACKED, "jsonld": "ld+json"}[extension]
    assert files.keys() == {entry.file for entry in release.manifest.dumps}
    for entry in release.manifest.all_graphs():
        assert {files[name] for name in entry.files.values()} == {entry.licence}


@pytest.mark.conforms("DCAT-AP 3", "catalogue", "equal releases have a catalogue of equal bytes")
def test_the_catalogue_has_the_same_bytes_and_statements_in_each_format(
    app_client: FlaskClient, catalogue: rdflib.Graph
) -> None:
    for extension, name in (("jsonld", "json-ld"), ("rdf", "xml"), ("nt", "nt")):
        first = app_client.get(f"/catalog.{extension}").data
        assert first == app_client.get(f"/catalog.{extension}").data
        assert set(rdflib.Graph().parse(data=first, format=name)) == set(catalogue)
    assert not any(isinstance(node, rdflib.BNode) for node in catalogue.all_nodes())


def test_releases_with_a_name_are_a_series(kept_client: FlaskClient) -> None:
    graph = read(kept_client, "/catalog.ttl")
    (series,) = graph.subjects(RDF.type, DCAT.DatasetSeries)
    first, second = sorted(
        graph.subjects(DCAT.inSeries, series), key=lambda one: said(graph, one, DCAT.version)
    )
    assert [said(graph, one, DCAT.version) for one in (first, second)] == ["first", "second"]
    assert list(graph.objects(second, DCAT.prev)) == [first]
    for one in (first, second):
        assert (None, DCAT.dataset, one) in graph
        found = {
            path_of(said(graph, file, DCAT.downloadURL))
            for file in graph.objects(one, DCAT.distribution)
        }
        assert {path.rpartition("/")[2] for path in found} == {
            "citylinks.nq.gz",
            "citylinks.trig.gz",
        }
        assert {kept_client.get(path).status_code for path in found} == {200}


def shapes() -> Iterator[Path]:
    folder = os.environ.get("CITYLINKS_SPECS")
    if folder:
        yield from sorted(Path(folder).glob("dcat-ap/3.0.0/dcat-ap-SHACL.ttl"))
        yield from sorted(Path(folder).glob("dcat-ap/3.0.1/range.ttl"))
        yield from sorted(Path(folder).glob("dcat-ap/3.0.1/shapes.ttl"))


@pytest.mark.conforms("DCAT-AP 3", "shapes", "the official shapes find no violation")
def test_the_official_shapes_find_no_violation(kept_client: FlaskClient) -> None:
    files = list(shapes())
    if not files:
        pytest.skip("CITYLINKS_SPECS names no folder with dcat-ap/3.0.0/dcat-ap-SHACL.ttl")
    graph = read(kept_client, "/catalog.ttl")
    for file in files:
        rules = rdflib.Graph().parse(file)
        _, report, text = pyshacl.validate(graph, shacl_graph=rules)
        assert isinstance(report, rdflib.Graph)
        assert (None, SH.resultSeverity, SH.Violation) not in report, f"{file}: {text}"


@pytest.mark.conforms("VoID", "4", "counts, partitions and linksets are those of the data")
def test_counts_are_those_of_the_store(app_client: FlaskClient, release: Release) -> None:
    graph = read(app_client, "/void.ttl")
    quads = list(release.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert int(said(graph, DATASET, VOID.triples)) == len(quads)
    assert int(said(graph, DATASET, VOID.distinctSubjects)) == len({q.subject for q in quads})
    properties = {}
    for part in graph.objects(DATASET, VOID.propertyPartition):
        properties[said(graph, part, VOID.property)] = int(said(graph, part, VOID.triples))
    for name, number in properties.items():
        assert number == sum(quad.predicate.value == name for quad in quads)
    assert properties.keys() == {quad.predicate.value for quad in quads}
    classes = {
        said(graph, part, VOID["class"]): int(said(graph, part, VOID.entities))
        for part in graph.objects(DATASET, VOID.classPartition)
    }
    types = [quad.object.value for quad in quads if quad.predicate.value == terms.RDF_TYPE]  # type: ignore[union-attr]
    assert classes == {name: types.count(name) for name in types}
    (links,) = graph.subjects(
        VOID.linkPredicate, rdflib.URIRef(terms.prefixed("cl:geonamesFeature"))
    )
    assert len(list(graph.objects(links, VOID.dataDump))) == 2
    assert {str(e.graph) for e in release.manifest.all_graphs()} <= set(
        map(str, graph.objects(DATASET, VOID.subset))
    )


def test_every_door_is_found_from_robots(app_client: FlaskClient, release: Release) -> None:
    robots = app_client.get("/robots.txt").text
    address = re.search(r"^Sitemap: (\S+)$", robots, re.MULTILINE)
    assert address
    listed = locations(app_client.get(path_of(address[1])).data)
    pages = {
        path_of(page) for part in listed for page in locations(app_client.get(path_of(part)).data)
    }
    assert {"/catalog", "/void", "/feed", "/dumps", "/sparql"} <= pages
    cities = {f"/doc/{thing.id}" for thing in release.view(NAMES).cities.values()}
    links = {terms.path_of(row.iri) for row in release.view(TABLES).links}
    assert cities | links <= pages
    closed = re.findall(r"^Disallow: (\S+)$", robots, re.MULTILINE)
    assert not any(
        page.startswith(rule.rstrip("$")) and rule.endswith("?")
        for page in pages
        for rule in closed
    )


def locations(xml: bytes) -> list[str]:
    return [
        element.text or "" for element in ET.fromstring(xml).iter() if element.tag.endswith("}loc")
    ]


def test_pages_are_listed_with_their_last_change(app_client: FlaskClient) -> None:
    root = ET.fromstring(app_client.get("/sitemap/city-1.xml").data)
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    moments = [page.findtext(f"{name}lastmod") for page in root]
    assert moments
    assert all(
        moment and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment) for moment in moments
    )
    assert app_client.get("/sitemap/city-2.xml").status_code == 404


def test_a_long_list_of_pages_is_several_files() -> None:
    things = {"city": [f"c{n}" for n in range(sitemap.MOST + 1)], "event": []}
    assert sitemap.names(things) == ["city-1", "city-2"]
    first, second = (sitemap.part(things, name) for name in sitemap.names(things))
    assert first and second
    assert [*first[1], *second[1]] == things["city"]


def test_the_descriptions_lead_to_each_other(
    app_client: FlaskClient, catalogue: rdflib.Graph
) -> None:
    void = read(app_client, "/void.ttl")
    described = app_client.get("/sparql", headers={"Accept": "text/turtle"})
    service = rdflib.Graph().parse(data=described.data, format="turtle")
    (one,) = service.subjects(RDF.type, SD.Service)
    seen = {path_of(str(to)) for to in service.objects(one, RDFS.seeAlso)}
    assert seen == {"/catalog", "/void"}
    assert (one, RDF.type, DCAT.DataService) in catalogue
    assert {path_of(str(to)) for to in catalogue.objects(DATASET, FOAF.page)} == {"/void", "/feed"}
    assert {path_of(str(to)) for to in void.objects(None, RDFS.seeAlso)} == {"/catalog"}
    assert app_client.get("/.well-known/void").location == "/void"
    assert app_client.get("/dataset").location == "/catalog"


def test_the_page_tells_search_engines_what_it_tells_harvesters(
    app_client: FlaskClient, release: Release
) -> None:
    page = app_client.get("/catalog?lang=it", headers={"Accept": "text/html"}).text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block
    told = json.loads(block[1])["@graph"][0]["mainEntity"]
    assert (told["@type"], told["@id"]) == ("Dataset", terms.DATASET)
    assert "registro aperto" in told["name"]
    front = app_client.get("/?lang=it", headers={"Accept": "text/html"}).text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', front, re.DOTALL)
    assert block
    brief = json.loads(block[1])["@graph"][0]["mainEntity"]
    assert brief == {name: value for name, value in told.items() if name in brief}
    hashes = {entry.sha256 for entry in release.manifest.dumps}
    assert {file["sha256"] for file in told["distribution"]} <= hashes
