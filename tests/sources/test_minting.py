"""Minting: a place keeps its reference, an item goes to the city that it is found to be."""

from __future__ import annotations

from dataclasses import replace

import pyoxigraph as ox

from registry import terms
from registry.graphs.graph import Graph, from_triples
from registry.identity.ledger import CORRECTED, WITHDRAWN, Ledger, LedgerEntry, extended
from registry.identity.mentions import Candidate, Finding, MatchStatus, Mention, Reason
from registry.identity.resolution import find
from registry.places.gazetteer import Gazetteer, NameRank, Place
from registry.places.position import Position
from registry.sources.known_places import KnownPlaces
from registry.sources.minting import GIVEN_UP, Minted, mint
from tests.places.places import PLACES
from tests.tables import every_row

DAY = "2026-11-29"
PAVIA = next(place for place in PLACES if place.name == "Pavia")
MALMO = next(place for place in PLACES if place.name == "Malmö")
ANIJA = Place(-1, "Anija", 59.31, 25.41, "EE", "", 0)


def entry(ref: str, place: Place, items: str = "", replaced_by: str = "") -> LedgerEntry:
    number = str(place.id) if place.id > 0 else ""
    return LedgerEntry(ref, "city", number, items, "", place.name, "rule", DAY, replaced_by)


def minted(
    found: list[tuple[Place | None, str]],
    *lines: LedgerEntry,
    refs: dict[int, str] | None = None,
    scores: dict[str, float] | None = None,
    anew: bool = False,
) -> Minted:
    """Mint the places of mentions, each with the item that it has, if any."""
    mentions = [Mention(place.name if place else "?", wikidata=item) for place, item in found]
    findings = [
        Finding(
            MatchStatus.RESOLVED,
            (Candidate(place, (Reason("it is its name", (scores or {}).get(item, 1.0)),)),),
        )
        if place
        else Finding(MatchStatus.MISSING, why="no place of this name is known")
        for place, item in found
    ]
    return mint(mentions, findings, Ledger(lines), refs or {}, DAY, anew=anew)


MEANT = [
    # found, lines of the ledger, reference, items, new lines (reference, items, decided)
    ([(PAVIA, "")], [], "pavia-3171366", (), [("pavia-3171366", "", "rule")]),
    ([(PAVIA, "Q6259")], [], "pavia-3171366", ("Q6259",), [("pavia-3171366", "Q6259", "rule")]),
    ([(PAVIA, "Q6259")], [entry("ticinum-3171366", PAVIA, "Q6259")], "ticinum-3171366",
     ("Q6259",), []),
    ([(PAVIA, "")], [entry("pavia-3171366", PAVIA, "Q6259")], "pavia-3171366", ("Q6259",), []),
    ([(PAVIA, "Q1")], [entry("pavia-3171366", PAVIA, "Q6259")], "pavia-3171366",
     ("Q6259", "Q1"), [("pavia-3171366", "Q6259 Q1", CORRECTED)]),
    ([(PAVIA, "Q1")], [entry("pavia-3171366", PAVIA)], "pavia-3171366",
     ("Q1",), [("pavia-3171366", "Q1", CORRECTED)]),
    ([(ANIJA, "")], [], "anija-5931n2541e", (), [("anija-5931n2541e", "", "rule")]),
    ([(ANIJA, "")], [entry("anija-5931n2541e", ANIJA)], "anija-5931n2541e", (), []),
    ([(ANIJA, "Q497")], [], "anija-q497", ("Q497",), [("anija-q497", "Q497", "rule")]),
    ([(ANIJA, "Q497")], [entry("aniya-q497", ANIJA, "Q497")], "aniya-q497", ("Q497",), []),
    ([(ANIJA, "Q497")], [entry("pavia-3171366", PAVIA, "Q497")], "anija-q497", ("Q497",),
     [("anija-q497", "Q497", "rule"), ("pavia-3171366", "", CORRECTED)]),
    ([(ANIJA._replace(latitude=-0.05, longitude=-0.05), "")], [], "anija-5s5w", (),
     [("anija-5s5w", "", "rule")]),
    ([(PAVIA, "")], [entry("pavia-3171366", PAVIA), entry("pavie-9", PAVIA, "", "pavia-3171366")],
     "pavia-3171366", (), []),
]  # fmt: skip


@every_row(("found", "lines", "ref", "items", "new"), MEANT)
def test_a_place_has_one_reference(
    found: list[tuple[Place | None, str]],
    lines: list[LedgerEntry],
    ref: str,
    items: tuple[str, ...],
    new: list[tuple[str, str, str]],
) -> None:
    made = minted(found, *lines)
    (city,) = made.cities
    assert city is not None
    assert (city.ref, city.items) == (ref, items)
    assert [(one.ref, one.wikidata, one.decided) for one in made.lines] == new
    extended(Ledger(tuple(lines)), made.lines)


def test_the_item_that_fits_best_comes_first() -> None:
    found: list[tuple[Place | None, str]] = [(PAVIA, "Q2"), (PAVIA, "Q10"), (PAVIA, "Q3")]
    made = minted(found, scores={"Q10": 9.0, "Q2": 1.0, "Q3": 1.0})
    assert {city.items for city in made.cities if city} == {("Q10", "Q2", "Q3")}
    assert [line.wikidata for line in made.lines] == ["Q10 Q2 Q3"]


def test_an_item_moves_from_one_city_to_another() -> None:
    lines = [entry("pavia-3171366", PAVIA, "Q6259 Q7"), entry("malmo-2692969", MALMO)]
    made = minted([(PAVIA, "Q6259"), (MALMO, "Q7")], *lines)
    assert [city and city.items for city in made.cities] == [("Q6259",), ("Q7",)]
    assert {line.ref: line.wikidata for line in made.lines} == {
        "pavia-3171366": "Q6259",
        "malmo-2692969": "Q7",
    }
    after = extended(Ledger(tuple(lines)), made.lines)
    again = mint(
        [Mention("Malmö", wikidata="Q7")],
        [Finding(MatchStatus.RESOLVED, (Candidate(MALMO, (Reason("", 1.0),)),))],
        after,
        {},
        DAY,
    )
    assert list(again.lines) == []


def test_a_city_that_no_source_names_loses_an_item_that_is_another() -> None:
    lines = [entry("pavia-3171366", PAVIA, "Q6259 Q7"), entry("malmo-2692969", MALMO)]
    made = minted([(MALMO, "Q7")], *lines)
    assert {line.ref: (line.wikidata, line.decided) for line in made.lines} == {
        "malmo-2692969": ("Q7", CORRECTED),
        "pavia-3171366": ("Q6259", CORRECTED),
    }


def test_a_city_loses_an_item_that_is_nothing_once_all_is_decided_anew() -> None:
    """Whether the city itself is named or not; what nobody names stays."""
    lines = [entry("pavia-3171366", PAVIA, "Q6259 Q7"), entry("malmo-2692969", MALMO, "Q8 Q9")]
    found: list[tuple[Place | None, str]] = [(PAVIA, "Q6259"), (None, "Q7"), (None, "Q8")]
    assert list(minted(found, *lines).lines) == []
    made = minted(found, *lines, anew=True)
    assert {one.ref: (one.wikidata, one.decided) for one in made.lines} == {
        "pavia-3171366": ("Q6259", CORRECTED),
        "malmo-2692969": ("Q9", CORRECTED),
    }


def test_what_the_ledger_withdrew_is_not_minted_again() -> None:
    gone = entry("pavia-3171366", PAVIA, "", WITHDRAWN)
    made = minted([(PAVIA, "")], gone)
    assert (made.cities, made.reasons, list(made.lines)) == ([None], [GIVEN_UP], [])


def test_what_is_no_city_has_the_cause() -> None:
    made = minted([(None, "")])
    assert (made.cities, made.reasons, list(made.lines)) == ([None], ["missing"], [])


def authority_file(*cities: tuple[str, str, str, str, float, float]) -> Graph:
    """Describe cities: reference, name, another name, country, latitude and longitude."""
    prefix = "http://publications.europa.eu/resource/authority/country/"
    triples = []
    for ref, name, other, country, latitude, longitude in cities:
        city = ox.NamedNode(terms.thing("city", ref))
        said: dict[str, ox.Literal | ox.NamedNode] = {
            "skos:prefLabel": ox.Literal(name, language="en"),
            "skos:altLabel": ox.Literal(other, language="en"),
            "cl:inCountry": ox.NamedNode(prefix + country),
            "wgs84:lat": ox.Literal(str(latitude)),
            "wgs84:long": ox.Literal(str(longitude)),
        }
        triples += [ox.Triple(city, ox.NamedNode(terms.prefixed(n)), v) for n, v in said.items()]
    return from_triples(terms.CITIES_GRAPH, triples)


HAARLEMMERMEER = ("haarlemmermeer-q9924", "Haarlemmermeer", "Haarlemmermeerpolder", "NLD")
REF, AT = HAARLEMMERMEER[0], Position(52.30, 4.69)
LINE = LedgerEntry(REF, "city", "", "Q9924", "NLD", "Haarlemmermeer", "rule", DAY, "")


def known(gazetteer: Gazetteer, *more: LedgerEntry) -> tuple[KnownPlaces, Ledger]:
    ledger = extended(Ledger((LINE, entry("haarlem-2755003", PAVIA))), more)
    return KnownPlaces(gazetteer, authority_file((*HAARLEMMERMEER, *AT)), ledger), ledger


@every_row(
    ("mention", "found"),
    [
        (Mention("Haarlemmermeer", "NL", AT), True),
        (Mention("Haarlemmermeer", "NL"), True),
        (Mention("Haarlemmermeerpolder", "NL", AT), True),
        (Mention("Gemeente Haarlemmermeer", "NL", Position(52.31, 4.7)), True),
        (Mention("Haarlemmermeer", "NL", Position(50.85, 5.69)), False),
        (Mention("Haarlemmermeer", "DE"), False),
        (Mention("Haarlem", "NL"), False),
    ],
)
def test_a_city_of_our_own_keeps_its_reference(
    mention: Mention, found: bool, gazetteer: Gazetteer
) -> None:
    places, ledger = known(gazetteer)
    finding = find(mention, places)
    made = mint([mention], [finding], ledger, places.refs, DAY)
    assert [city.ref for city in made.cities if city and city.ref == REF] == [REF] * found
    if found:
        assert list(made.lines) == []


def test_cities_of_our_own_are_known_beside_the_gazetteer(gazetteer: Gazetteer) -> None:
    places, _ = known(gazetteer)
    (place,) = (place for place, _ in places.named("haarlemmermeer", "NL"))
    assert (place.name, place.country, place.id < 0) == ("Haarlemmermeer", "NL", True)
    assert places.place(place.id) == place
    assert places.refs == {place.id: REF}
    assert [rank for _, rank in places.named("haarlemmermeer")] == [NameRank.MAIN]
    assert [rank for _, rank in places.named("haarlemmermeerpolder")] == [NameRank.OTHER]
    assert places.named("haarlemmermeer", "DE") == []
    assert "haarlemmermeer" in places.keys("NL")
    assert "haarlemmermeer" not in places.keys("DE")
    assert places.near(*AT, 1)[0] == place
    assert places.place(PAVIA.id) == PAVIA


def test_a_city_that_was_given_up_is_known_no_more(gazetteer: Gazetteer) -> None:
    withdrawn, _ = known(gazetteer, replace(LINE, replaced_by=WITHDRAWN))
    assert withdrawn.named("haarlemmermeer") == []
    merged, _ = known(gazetteer, replace(LINE, replaced_by="haarlem-2755003"))
    assert list(merged.refs.values()) == ["haarlem-2755003"]
