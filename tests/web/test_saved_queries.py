"""Every saved query, asked by a client of others (SPARQLWrapper), and what the dumps hold."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import to_isomorphic
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDF,
    RDFXML,
    TSV,
    TURTLE,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from registry import saved_queries, shipped, terms
from registry.saved_queries import SavedQuery
from registry.sparql.engine import formats_for
from registry.web.saved_query_results import queries
from tests.alike import one_of_each
from tests.tables import every_row
from tests.web.reading import page
from tests.web.served import Server

QUERIES = {query.name: query for query in saved_queries.read(shipped.query_files())}
GRAPH = f"DESCRIBE <{terms.thing('city', 'perm-511196')}>"
EXPECT = re.compile(r"(at least )?(\d+) rows")


def wrapper(server: Server, text: str, form: str) -> SPARQLWrapper:
    """Ask as a Python script would."""
    asked = SPARQLWrapper(f"{server.url}/sparql")
    asked.setQuery(text)
    asked.setReturnFormat(form)
    return asked


def converted(asked: SPARQLWrapper) -> Any:
    """Have the client convert the answer; of which type it is depends on the format."""
    return asked.query().convert()


def rows(server: Server, query: SavedQuery) -> list[Any]:
    """Give the rows of an answer, or the triples of a graph."""
    if query.form == "CONSTRUCT":
        body = converted(wrapper(server, query.body, TURTLE))
        return list(rdflib.Graph().parse(data=body, format="turtle"))
    return bindings(wrapper(server, query.body, JSON))


def bindings(asked: SPARQLWrapper) -> list[Any]:
    """Give the rows of an answer in JSON."""
    return list(converted(asked)["results"]["bindings"])


@every_row("name", QUERIES)
def test_a_saved_query_gives_what_it_promises(name: str, server: Server) -> None:
    promised = EXPECT.fullmatch(QUERIES[name].expect)
    assert promised
    count = len(rows(server, QUERIES[name]))
    assert count >= int(promised[2]) if promised[1] else count == int(promised[2])


def check_address(queries: Iterable[SavedQuery], server: Server) -> None:
    """Check that the rows of queries are the same at their own addresses."""
    for query in queries:
        expected = [
            {name: binding["value"] for name, binding in row.items() if binding["value"]}
            for row in rows(server, query)
        ]
        body = server.ask(f"/queries/{query.name}.csv").text
        found = csv.DictReader(io.StringIO(body, newline=""))
        without_empty = [{name: value for name, value in row.items() if value} for row in found]
        assert without_empty == expected, query.name


def test_its_own_address_gives_the_same(server: Server) -> None:
    check_address(filter(is_table, one_of_each(QUERIES.values())), server)


@pytest.mark.slow
def test_the_own_address_of_each_gives_the_same(server: Server) -> None:
    check_address(filter(is_table, QUERIES.values()), server)


def is_table(query: SavedQuery) -> bool:
    return query.form == "SELECT"


@pytest.mark.parametrize("method", [POST, "GET"])
def test_a_client_may_choose_how_to_ask(method: str, server: Server) -> None:
    query = QUERIES["twins-of-a-city"]
    asked = wrapper(server, query.body, JSON)
    asked.setMethod(method)
    assert len(bindings(asked)) == 6
    asked.setRequestMethod(POSTDIRECTLY)
    asked.setMethod(POST)
    assert len(bindings(asked)) == 6


def test_a_client_may_choose_other_formats(server: Server) -> None:
    query = QUERIES["twins-of-a-city"]
    document = converted(wrapper(server, query.body, XML))
    assert len(document.getElementsByTagName("result")) == 6
    for form in (CSV, TSV):
        assert converted(wrapper(server, query.body, form)).count(b"\n") == 7


@pytest.mark.filterwarnings("ignore:Sending Accept header:RuntimeWarning")
@every_row("form", [TURTLE, N3, RDF, RDFXML, XML, JSON, JSONLD])
def test_a_client_gets_a_graph_by_any_name_it_has(form: str, server: Server) -> None:
    """Beside Accept the client sends `format`, several times and with names of its own."""
    expected = rdflib.Graph().parse(data=server.query(GRAPH, "&format=nt").body, format="nt")
    answer = wrapper(server, GRAPH, form).query()
    media_type = answer.response.headers.get_content_type()
    found = rdflib.Graph().parse(data=answer.response.read(), format=media_type)
    assert to_isomorphic(found) == to_isomorphic(expected)


def test_a_client_is_told_of_its_mistake(server: Server) -> None:
    with pytest.raises(QueryBadFormed):
        wrapper(server, "SELECT * {", JSON).query()


# The endpoint counts what the dump holds.
@pytest.fixture(scope="module")
def dumped(server: Server) -> list[ox.Quad]:
    """Give the quads of the dump of everything."""
    path = server.ask("/dumps/latest/citylinks.nq.gz").headers["Location"]
    lines = gzip.decompress(server.ask(path).body)
    assert len(set(lines.splitlines())) == lines.count(b"\n")
    return list(ox.parse(lines, format=ox.RdfFormat.N_QUADS))


def graph_of(quad: ox.Quad) -> str:
    assert isinstance(quad.graph_name, ox.NamedNode)
    return quad.graph_name.value


def numbers(server: Server, text: str) -> dict[str, int]:
    """Give the counts of an answer, by what they are of."""
    found = bindings(wrapper(server, text, JSON))
    return {row["of"]["value"]: int(row["n"]["value"]) for row in found}


def test_each_graph_has_the_triples_of_the_dump(server: Server, dumped: list[ox.Quad]) -> None:
    text = "SELECT ?of (COUNT(*) AS ?n) { GRAPH ?of { ?s ?p ?o } } GROUP BY ?of"
    assert numbers(server, text) == Counter(map(graph_of, dumped))


def test_each_predicate_is_counted_once_in_the_merge(server: Server, dumped: list[ox.Quad]) -> None:
    apart = {terms.SHAPES_GRAPH, terms.QUERIES_GRAPH}
    merged = {quad.triple for quad in dumped if graph_of(quad) not in apart}
    text = "SELECT ?of (COUNT(*) AS ?n) { ?s ?of ?o } GROUP BY ?of"
    assert numbers(server, text) == Counter(triple.predicate.value for triple in merged)


def test_links_that_several_graphs_state_are_counted_once(
    server: Server, dumped: list[ox.Quad]
) -> None:
    party = terms.prefixed("cl:party")
    stated = [quad for quad in dumped if quad.predicate.value == party]
    once = {quad.triple for quad in stated}
    assert len(once) < len(stated)
    text = f"SELECT ('all' AS ?of) (COUNT(?c) AS ?n) {{ ?l <{party}> ?c }}"
    assert numbers(server, text) == {"all": len(once)}
    distinct = f"SELECT ('all' AS ?of) (COUNT(DISTINCT *) AS ?n) {{ ?l <{party}> ?c }}"
    assert numbers(server, distinct) == {"all": len(once)}


@pytest.mark.slow
def test_each_has_a_page_with_downloads(client: FlaskClient) -> None:
    """Rows and graphs alike, and the rules beside them."""
    for name, query in queries().items():
        response = client.get(f"/queries/{name}", headers={"Accept": "text/html"})
        assert response.status_code == 200, (name, response.text)
        shown = page(response.data)
        links = {one.get("href", "").partition("?")[0] for one in shown.find("aside/p/a")}
        assert {f"/queries/{name}.{form.extension}" for form in formats_for(query.form)} <= links


def test_each_query_can_be_edited(client: FlaskClient) -> None:
    """Its page leads to the editor by an address, which servers take up to some length."""
    for query in one_of_longest():
        shown = page(client.get(f"/queries/{query.name}?lang=fr").data)
        (edit,) = (one for one in shown.find("main/section/p/a") if "query=" in one.attrib["href"])
        assert len(edit.attrib["href"]) < 8_000
        assert client.get(edit.attrib["href"]).status_code == 200


def one_of_longest() -> list[SavedQuery]:
    return sorted(QUERIES.values(), key=lambda query: -len(query.body))[:2]


def test_a_city_may_be_called_by_its_name(client: FlaskClient) -> None:
    path = "/queries/links-of-a-city.csv?city="
    assert client.get(f"{path}Perm").data == client.get(f"{path}perm-511196").data
    assert b"Oxford" in client.get(f"{path}Perm").data
    refused = client.get(f"{path}Nowhere")
    assert refused.status_code == 400
    assert "city is not a city here" in refused.text
