"""The authority file names a city in its own language, in those of the pages, and as sources do."""

from __future__ import annotations

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph
from registry.places.gazetteer import Place
from registry.sources.authority import described_in, graph_of, with_proposed
from registry.sources.labels import Names
from registry.sources.minting import City
from registry.sources.statements import Document, Reading
from tests.tables import every_row

MUNICH = Place(
    *(2867714, "Munich", 48.137, 11.575, "DE", "02", 1_505_005, ("Minga",)),
    (("cs", "Mnichov"), ("da", "München"), ("de", "München"), ("en", "Munich"), ("sk", "Mníchov")),
    own="de",
)
BUDRIO = Place(3181443, "Budrio", 44.537, 11.534, "IT", "05", 8_941, own="it")
IWAKURA = Place(1861310, "Iwakura", 35.283, 136.867, "JP", "01", 47_000)


def names_of(place: Place, *english: str) -> dict[str, set[str]]:
    """Give the names with their languages that a city of a place gets, by predicate."""
    city, names = City("it-1", place), Names()
    reading = Reading(Document("list", "A list", "2017", "list", "urn:l", "urn:a", language="ENG"))
    for name in english:
        names.hear("it-1", reading, name)
    graph: Graph = graph_of((), [city], names)
    found: dict[str, set[str]] = {}
    for quad in ox.parse(graph.ntriples, format=ox.RdfFormat.N_TRIPLES):
        if isinstance(quad.object, ox.Literal):
            key = terms.compact(quad.predicate.value)
            found.setdefault(key, set()).add(f"{quad.object.value}@{quad.object.language or ''}")
    return found


@every_row(
    ("place", "english", "preferred", "own"),
    [
        (MUNICH, (), {"München@de", "Munich@en"}, {"de@"}),
        (MUNICH, ("Muenchen",), {"München@de", "Munich@en"}, {"de@"}),
        (BUDRIO, (), {"Budrio@it"}, {"it@"}),
        (BUDRIO, ("Budrio\u200e",), {"Budrio@it", "Budrio@en"}, {"it@"}),
        (IWAKURA, (), {"Iwakura@und"}, set()),
        (IWAKURA, ("Iwakura",), {"Iwakura@und", "Iwakura@en"}, set()),
    ],
)
def test_preferred_names(
    place: Place, english: tuple[str, ...], preferred: set[str], own: set[str]
) -> None:
    found = names_of(place, *english)
    assert found["skos:prefLabel"] == preferred
    assert found.get("cl:ownLanguage", set()) == own


def test_other_names_tell_a_language_where_it_is_one() -> None:
    found = names_of(MUNICH, "Muenchen in Bavaria", "munich")
    assert found["skos:altLabel"] == {"Minga@und", "Mnichov@cs", "Mníchov@sk"}
    assert found["skos:hiddenLabel"] == {"Muenchen in Bavaria@en"}


def test_a_city_that_people_proposed_is_known_and_not_described_again() -> None:
    budrio = graph_of((), [City("budrio-3181443", BUDRIO)], Names())
    munich = graph_of((), [City("munich-2867714", MUNICH)], Names())
    proposed = Graph(f"{terms.GRAPH}contributions-2026-11-7", munich.ntriples)
    other = Graph(f"{terms.GRAPH}list", munich.ntriples)
    known = described_in(with_proposed(budrio, [other, proposed]))
    assert known == {terms.thing("city", "budrio-3181443"), terms.thing("city", "munich-2867714")}
    assert graph_of(known, [City("munich-2867714", MUNICH)], Names()).ntriples == b""
    assert with_proposed(budrio, [other]) is budrio
