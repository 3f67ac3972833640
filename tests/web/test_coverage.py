"""The page of coverage: its numbers are those of queries, in every language and format."""

from __future__ import annotations

import csv
import io

import pyoxigraph as ox
import rdflib
from flask.testing import FlaskClient

from registry import terms
from registry.catalogue.coverage import BASE, CUBES, MEASURES, Cube
from registry.lists.tables import TABLES
from registry.releases.reading import Release
from tests.tables import every_row
from tests.web.reading import page, said

QB = rdflib.Namespace("http://purl.org/linked-data/cube#")


def rows(client: FlaskClient, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/queries/{query}.csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_countries_have_what_the_lists_have(client: FlaskClient, release: Release) -> None:
    tables = release.view(TABLES)
    country_of = {iri: city.country for iri, city in tables.places.items()}
    found = {row["code"]: row for row in rows(client, "coverage-of-countries")}
    assert found.keys() == {*country_of.values()}
    for code, row in found.items():
        links = [
            link for link in tables.links if code in {country_of.get(city) for city in link.cities}
        ]
        assert int(row["cities"]) == list(country_of.values()).count(code)
        assert int(row["links"]) == len(links)
        assert int(row["current"]) == sum(link.status in {"active", "listed"} for link in links)
        assert int(row["notConfirmed"]) == sum(link.status == "not-confirmed" for link in links)
        assert int(row["withStart"]) == sum(bool(link.start) for link in links)
        assert int(row["severalSources"]) == sum(int(link.figures["sources"]) > 1 for link in links)


def test_sources_have_what_their_graphs_have(client: FlaskClient, release: Release) -> None:
    found = rows(client, "coverage-of-sources")
    sources = [one.graph for one in release.manifest.all_graphs() if one.role == "source"]
    assert [row["graph"] for row in found] == sources
    claims = sum(int(row["claims"] or 0) for row in found)
    claim = ox.NamedNode(terms.prefixed("cl:claim"))
    assert claims == len([*release.store.quads_for_pattern(None, claim, None, ox.DefaultGraph())])
    assert {row["graph"]: row["date"] for row in found}[f"{terms.GRAPH}perm-twins"] == "2019-04-30"
    # What was read by hand has no rows of which some were left out.
    assert {row["share"] for row in found} == {""}


def test_languages_count_each_city_once(client: FlaskClient, release: Release) -> None:
    found = {row["language"]: row for row in rows(client, "coverage-of-languages")}
    cities = len(release.view(TABLES).places)
    assert int(found["en"]["preferred"]) == cities
    assert all(0 <= int(row["preferred"]) <= int(row["named"]) <= cities for row in found.values())
    assert float(found["en"]["share"]) == 100


@every_row("language", ["en", "it", "fr", "de", "es"])
def test_the_page_shows_every_row(language: str, client: FlaskClient) -> None:
    shown = page(client.get(f"/coverage?lang={language}").data)
    assert (shown.language, shown.errors) == (language, ())
    tables = shown.find("table")
    assert len(tables) == len(CUBES)
    for cube, table in zip(CUBES, tables, strict=True):
        cells = [[said(cell) for cell in row] for row in table.findall("tbody/tr")]
        assert len(cells) == len(rows(client, cube.query))
        assert {len(row) for row in cells} == {1 + len(cube.measures)}
        assert all(row[0] for row in cells)


@every_row("cube", CUBES, ids=lambda cube: cube.name)
def test_the_data_cube_has_the_numbers_of_the_query(cube: Cube, client: FlaskClient) -> None:
    graph = rdflib.Graph().parse(data=client.get("/coverage.ttl").data, format="turtle")
    name = rdflib.URIRef(f"{BASE}#{cube.name}")
    observations = set(graph.subjects(QB.dataSet, name))
    found = rows(client, cube.query)
    assert len(observations) == len(found)
    dimension = rdflib.URIRef(terms.prefixed(cube.dimension))
    by_subject = {str(graph.value(one, dimension)): one for one in observations}
    for row in found:
        this = by_subject[row[cube.subject]]
        for measure in cube.measures:
            number = graph.value(this, rdflib.URIRef(f"{BASE}#{measure}"))
            assert str("" if number is None else number) == row[measure]


def test_the_cubes_are_well_formed(client: FlaskClient) -> None:
    graph = rdflib.Graph().parse(data=client.get("/coverage.ttl").data, format="turtle")
    structures = {
        cube: list(graph.objects(cube, QB.structure))
        for cube in graph.subjects(rdflib.RDF.type, QB.DataSet)
    }
    assert len(structures) == len(CUBES)
    for cube, (structure, *others) in structures.items():
        assert not others
        parts = [*graph.objects(structure, QB.component)]
        assert len([one for part in parts for one in graph.objects(part, QB.dimension)]) == 1
        measures = {one for part in parts for one in graph.objects(part, QB.measure)}
        assert measures
        for measure in measures:
            assert (measure, rdflib.RDF.type, QB.MeasureProperty) in graph
            assert graph.value(measure, rdflib.RDFS.label)
        for observation in graph.subjects(QB.dataSet, cube):
            assert len(set(graph.objects(observation, QB.dataSet))) == 1
    assert {f"{BASE}#{name}" for name in MEASURES} == {
        str(one) for one in graph.subjects(rdflib.RDF.type, QB.MeasureProperty)
    }


def test_home_and_cities_lead_there(client: FlaskClient) -> None:
    assert "/coverage" in page(client.get("/").data).links()
    shown = page(client.get("/doc/city/perm-511196").data)
    assert "/coverage#country-RU" in shown.links()
    assert 'id="country-RU"' in client.get("/coverage").text
