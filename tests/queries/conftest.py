"""The shipped data, derived, in one store that the queries are asked of."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

ROOT = Path(__file__).parents[2]
GRAPH = "https://w3id.org/citylinks/graph/"
SETTINGS = ox.NamedNode(f"{GRAPH}settings")
AS_OF = ox.Literal("2022-04-30", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
UNCONFIRMED_BEFORE = ox.Literal(
    "2017-04-30", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
)


def graph_of(path: Path) -> ox.NamedNode:
    """Name the graph of a file."""
    scheme = "scheme-" if path.parent.name == "schemes" else ""
    return ox.NamedNode(f"{GRAPH}{scheme}{path.stem}")


def load(paths: list[Path]) -> ox.Store:
    """Put each file in its graph and in the default graph, then derive."""
    store = ox.Store()
    for path in paths:
        for graph in (graph_of(path), ox.DefaultGraph()):
            store.load(path=str(path), format=ox.RdfFormat.TURTLE, to_graph=graph)
    as_of = ox.NamedNode("https://w3id.org/citylinks/ontology#asOf")
    store.add(ox.Quad(SETTINGS, as_of, AS_OF, SETTINGS))
    before = ox.NamedNode("https://w3id.org/citylinks/ontology#unconfirmedBefore")
    store.add(ox.Quad(SETTINGS, before, UNCONFIRMED_BEFORE, SETTINGS))
    for rule in sorted((ROOT / "queries" / "derive").glob("*.rq")):
        found = store.query(rule.read_text(encoding="utf-8"))
        assert isinstance(found, ox.QueryTriples)
        for triple in list(found):
            for graph in (ox.NamedNode(f"{GRAPH}derived"), ox.DefaultGraph()):
                store.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
    return store


def shipped_files() -> list[Path]:
    folders = ("data", "ontology", "ontology/schemes")
    return [path for folder in folders for path in sorted((ROOT / folder).glob("*.ttl"))]


@pytest.fixture(scope="session")
def shipped_data() -> ox.Store:
    """Give the store of the shipped data."""
    return load(shipped_files())


@pytest.fixture(scope="session")
def shipped_data_in_another_order() -> ox.Store:
    """Give the same, loaded the other way round."""
    return load(shipped_files()[::-1])


DISPUTE = """
@prefix cl: <https://w3id.org/citylinks/ontology#> .
@prefix city: <https://w3id.org/citylinks/id/city/> .
@prefix kind: <https://w3id.org/citylinks/scheme/link-kind/> .
@prefix link: <https://w3id.org/citylinks/id/link/> .
@prefix status: <https://w3id.org/citylinks/scheme/status/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

link:agrigento-2525764--perm-511196
    cl:claim <https://w3id.org/citylinks/id/claim/agrigento-2525764--perm-511196/list/1> .
<https://w3id.org/citylinks/id/claim/agrigento-2525764--perm-511196/list/1> a cl:LinkClaim ;
    cl:claimedKind kind:friendship ; cl:startDate "1977"^^xsd:gYear ;
    cl:asOf "2019-04"^^xsd:gYearMonth ; cl:recordedUnder city:agrigento-2525764 .
link:oxford-2640729--perm-511196
    cl:claim <https://w3id.org/citylinks/id/claim/oxford-2640729--perm-511196/list/2> .
<https://w3id.org/citylinks/id/claim/oxford-2640729--perm-511196/list/2> a cl:LinkClaim ;
    cl:claimedKind kind:twinning ; cl:endDate "2020-06"^^xsd:gYearMonth ;
    cl:asOf "2021"^^xsd:gYear .
"""


@pytest.fixture(scope="session")
def disputed_data(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """Give the shipped data with claims that contradict it."""
    path = tmp_path_factory.mktemp("data") / "list.ttl"
    path.write_text(DISPUTE, encoding="utf-8")
    return load([*shipped_files(), path])
