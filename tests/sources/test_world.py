"""All sources together: cities minted once, a claim for each thing a source says, losses told."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.graphs import parsing, placement
from registry.graphs.graph import Graph
from registry.identity import ledger
from registry.identity.ledger import Ledger
from registry.identity.mentions import Mention
from registry.places.gazetteer import Gazetteer
from registry.places.position import Position
from registry.settings import Settings
from registry.sources.authority import described_in
from registry.sources.known_places import KnownPlaces
from registry.sources.revision import Statement
from registry.sources.statements import Document, LinkRow, Reading
from registry.sources.world import World, assemble

DAY = "2026-11-24"
PAVIA = Mention("Pavia", "IT", Position(45.19, 9.16))
OXFORD = Mention("Oxford", "GB", Position(51.75, -1.26))
HALLE = Mention("Halle", "DE", Position(52.06, 8.36))
ITEM_PAVIA = Mention("Pavia", wikidata="Q6259")
ITEM_OXFORD = Mention("Oxford", wikidata="Q34217")
HILIB = Mention("Hilib", "RO", Position(45.971, 26.238))
ITEM_HILIB = Mention("Hilib", wikidata="Q2")


def document(name: str, year: str) -> Document:
    return Document(name, f"A list of {year}", year, name, "https://example.org/", "urn:x:list")


@pytest.fixture(scope="module")
def curated() -> Graph:
    cities = shipped.ROOT / "data" / "cities.ttl"
    return parsing.read([parsing.source_of(cities)], Settings(home=Path("nowhere")))[
        terms.CITIES_GRAPH
    ]


@pytest.fixture(scope="module")
def known() -> Ledger:
    return ledger.read(shipped.LEDGER)


def readings() -> list[Reading]:
    named = Reading(document("named", "2017"))
    named.rows = [
        LinkRow(PAVIA, OXFORD, "k1", "line 2", since="1990"),
        LinkRow(OXFORD, PAVIA, "k2", "line 3"),
        LinkRow(HALLE, OXFORD, "k3", "line 4", kind="friendship", until="2000-05"),
        LinkRow(HALLE, OXFORD, "k4", "line 5", kind="friendship", until="2000-05"),
        LinkRow(PAVIA, Mention("Pavie", "IT", PAVIA.position), "k5", "line 6"),
        LinkRow(PAVIA, Mention("Landkreis Halle", "DE"), "k6", "line 7"),
        LinkRow(PAVIA, Mention("Xanadu", "CN"), "k7", "line 8"),
        LinkRow(HILIB, PAVIA, "k8", "line 9"),
    ]
    items = Reading(document("items", "2016"))
    items.rows = [
        LinkRow(ITEM_PAVIA, ITEM_OXFORD, "q6259", "Q6259 P190 Q34217"),
        LinkRow(ITEM_HILIB, ITEM_PAVIA, "q2", "Q2 P190 Q6259"),
    ]
    return [named, items]


@pytest.fixture(scope="module")
def places(gazetteer: Gazetteer, curated: Graph, known: Ledger) -> KnownPlaces:
    return KnownPlaces(gazetteer, curated, known)


@pytest.fixture(scope="module")
def world(places: KnownPlaces, curated: Graph, known: Ledger) -> World:
    return assemble(readings(), places, known, DAY)


def said(world: World, graph: str, pattern: str) -> list[tuple[str, ...]]:
    """Ask a graph of the world: the pattern's variables a and b, shortened."""
    store = ox.Store()
    for triple in world.graphs[terms.GRAPH + graph].triples():
        store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    prologue = "".join(f"PREFIX {p}: <{iri}>" for p, iri in terms.PREFIXES.items())
    found = store.query(f"{prologue} SELECT DISTINCT ?a ?b WHERE {{ {pattern} }}")
    assert isinstance(found, ox.QuerySolutions)
    return sorted(
        tuple(value.value.removeprefix(terms.ID) for value in row if value) for row in found
    )


def test_known_cities_keep_their_references_and_new_ones_are_minted(world: World) -> None:
    lines = {line.ref: line for line in world.lines}
    assert sorted(lines) == ["halle-2911520", "hilib-q2"]
    assert lines["hilib-q2"].wikidata == "Q2"
    assert lines["hilib-q2"].country == "ROU"
    assert lines["halle-2911520"].date == DAY


def test_an_item_stays_the_city_that_the_ledger_says(
    places: KnownPlaces, curated: Graph, known: Ledger
) -> None:
    """A better rule would take it for the larger one of the name; what was published stays."""
    line = ledger.LedgerEntry(
        "halle-2911520", "city", "2911520", "Q3", "DEU", "Halle", "rule", "2026-01-01", ""
    )
    reading = Reading(document("items", "2016"))
    halle, person = (
        Mention("Halle", wikidata="Q3"),
        Mention("Halle", wikidata="Q3", decided=2911522),
    )
    for place, ref in ((halle, "halle-2911520"), (person, "halle-saale-2911522")):
        reading.rows = [LinkRow(place, ITEM_PAVIA, "q3", "Q3 P190 Q6259")]
        made = assemble([reading], places, Ledger((*known.entries, line)), DAY)
        assert [one.here.ref for one in made.outcomes[0].claimed] == [ref]


def test_what_was_decided_anew_is_not_undone_by_the_next_import(
    places: KnownPlaces, curated: Graph, known: Ledger
) -> None:
    """An item that is no place any more is not taken for the city that it was published as."""
    ref = "ostrowek-662"
    line = ledger.LedgerEntry(ref, "city", "662", "Q5", "POL", "Ostrówek", "rule", DAY, "")
    before = Ledger((*known.entries, line))
    reading = Reading(document("items", "2016"))
    there = Mention("Ostrówek", "PL", wikidata="Q5")
    reading.rows = [LinkRow(there, ITEM_PAVIA, "q5", "Q5 P190 Q6259")]
    link = f"{ref}--pavia-3171366"
    said = {("items", "Q5 P190 Q6259"): Statement(f"{link}/items/q5", link, ref)}
    published = assemble([reading], places, before, DAY)
    assert [one.link for one in published.outcomes[0].claimed] == [link]
    anew = assemble([reading], places, before, DAY, said)
    after = ledger.extended(before, anew.lines)
    assert after.is_withdrawn(terms.thing("link", link))
    again = assemble([reading], places, after, DAY)
    assert (list(anew.outcomes[0].claimed), list(again.outcomes[0].claimed)) == ([], [])
    assert list(again.lines) == []


def test_links_are_symmetric_and_claims_are_not(world: World) -> None:
    link = "link/oxford-2640729--pavia-3171366"
    assert said(world, "named", "?a cl:claim ?b") == [
        ("link/halle-2911520--oxford-2640729", "claim/halle-2911520--oxford-2640729/named/k3"),
        ("link/hilib-q2--pavia-3171366", "claim/hilib-q2--pavia-3171366/named/k8"),
        (link, "claim/oxford-2640729--pavia-3171366/named/k1"),
        (link, "claim/oxford-2640729--pavia-3171366/named/k2"),
    ]
    assert said(world, "items", "?a cl:recordedUnder ?b")[-1] == (
        "claim/oxford-2640729--pavia-3171366/items/q6259",
        "city/pavia-3171366",
    )


def test_a_claim_says_what_the_row_says(world: World) -> None:
    claim = "?a cl:locator 'line 4' ; "
    assert said(world, "named", f"{claim} cl:endDate ?b")[0][1] == "2000-05"
    assert said(world, "named", f"{claim} cl:claimedKind ?b")[0][1].endswith("friendship")
    assert said(world, "named", f"{claim} cl:startDate ?b") == []
    assert said(world, "named", "?a cl:startDate ?b")[0][1] == "1990"


def test_what_gave_no_claim_is_told_by_cause(world: World) -> None:
    assert dict(world.outcomes[0].lost) == {
        "a link of a city with itself": 1,
        "it is a district": 1,
        "missing": 1,
    }
    assert world.outcomes[0].repeated == 1
    assert not +world.outcomes[1].lost


def test_cities_are_described_once_and_curated_ones_are_left_alone(world: World) -> None:
    assert described_in(world.graphs[terms.CITIES_GRAPH]) == {
        f"{terms.ID}city/{ref}" for ref in ("halle-2911520", "hilib-q2")
    }


def test_every_claim_names_its_document(world: World) -> None:
    for name in ("named", "items"):
        claims = {claim for claim, _ in said(world, name, "?a a cl:LinkClaim ; cl:locator ?b")}
        sourced = said(world, name, "?a cl:asOf ?any ; dcterms:source ?b")
        assert sourced == [(claim, f"document/{name}") for claim in sorted(claims)]


def test_places_that_became_no_city_are_listed(world: World) -> None:
    opened = {one.place.name: one.cause for one in world.outcomes[0].opened}
    assert opened == {
        "Landkreis Halle": "it is a district",
        "Pavie": "a link of a city with itself",
        "Xanadu": "missing",
    }


def itself(graph: Graph) -> list[ox.Triple]:
    """Say of the new cities what the authority file that they come to says of itself."""
    dataset = ox.NamedNode(terms.prefixed("dcat:Dataset"))
    cities = graph.iri == terms.CITIES_GRAPH
    return [ox.Triple(ox.NamedNode(graph.iri), ox.NamedNode(terms.RDF_TYPE), dataset)] * cities


def test_the_graphs_may_stand_where_they_stand(world: World) -> None:
    for graph in world.graphs.values():
        described = [*graph.triples(), *itself(graph)]
        assert placement.fault(graph.iri, described, frozenset()) is None


def test_the_order_of_inputs_changes_nothing(
    world: World, places: KnownPlaces, curated: Graph, known: Ledger
) -> None:
    other = assemble(readings()[::-1], places, known, DAY)
    assert other.graphs == world.graphs
    assert other.lines == world.lines


def test_a_second_run_mints_nothing_and_changes_no_byte(
    world: World, places: KnownPlaces, curated: Graph, known: Ledger
) -> None:
    after = Ledger((*known.entries, *world.lines))
    again = assemble(readings(), places, after, "2027-01-01")
    assert list(again.lines) == []
    assert again.graphs == world.graphs
