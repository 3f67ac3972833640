"""Identity: which city a source means, by name, country, position, identifier, partners."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from registry.identity.mentions import MatchStatus, Mention
from registry.identity.resolution import SURE, find, resolve
from registry.places.gazetteer import Gazetteer
from registry.places.position import Position
from tests.tables import every_row

TORN = MatchStatus.CONTRADICTORY
AT_PRATO = Position(46.374, 13.306)
AT_ODENSE = Position(55.4, 10.38)
AT_MALMO = Position(55.6, 13.0)
AT_OXFORD_US = Position(34.37, -89.52)


@every_row(
    ("mention", "place"),
    [
        (Mention("Pavia", "IT"), 3171366),
        (Mention("PAVIE", "IT"), 3171366),
        (Mention("Павия", "IT"), 3171366),
        (Mention("Pavia"), 3171366),
        (Mention("Comune di Pavia", "IT"), 3171366),
        (Mention("Szczecin (Stettin)", "PL"), 3083829),
        (Mention("Stettin", "PL"), 3083829),
        (Mention("Halle (Saale)", "DE"), 2911522),
        (Mention("Oxford, Mississippi", "US"), 4440076),
        (Mention("Oxford (Vereinigtes Königreich)"), 2640729),
        (Mention("Brighton and Hove", "GB"), 2654710),
        (Mention("Veria", "GR", Position(40.52, 22.2)), 733905),
        (Mention("Nouméa", "FR"), 2139521),
        (Mention("Starogard", "PL"), 3084826),
        (Mention("Gräfenhausen", "DE"), 2918313),
        (Mention("Prato", "IT"), 3169921),
        (Mention("Prato", "IT", AT_PRATO), 3169911),
        (Mention("Louisville", "US", region="CO"), 5429522),
        (Mention("Newport, Pembrokeshire", "GB"), 2641596),
        (Mention("Newport", "GB", region="Pembrokeshire"), 2641596),
        (Mention("Newport", "GB", region="GB-PEM"), 2641596),
        (Mention("Newport (Sir Benfro)"), 2641596),
        (Mention("Newport", "GB"), 2641598),
        (Mention("Newport, Wales", "GB"), 2641598),
        # The city left the county that lies around it.
        (Mention("Nottingham, Nottinghamshire", "GB"), 2641170),
        (Mention("Nottingham", "GB", region="Nottinghamshire"), 2641170),
        (Mention("Kehra, Anija", "EE"), 588335),
        # A territory has a code of its own, and both are right.
        (Mention("San Juan, Puerto Rico", "US"), 4568127),
        (Mention("San Juan (PR)", "US"), 4568127),
        (Mention("San Juan", "US", region="Puerto Rico"), 4568127),
        (Mention("San Juan", "PR"), 4568127),
        (Mention("San Juan", "US"), 4726440),
        # A quarter is called as the city around it with a form of address.
        (Mention("Canberra City", "AU"), 2172517),
        (Mention("Canberra City"), 2172517),
        (Mention("City of London", "GB"), 2643741),
        # An identifier whose place has a word of the name, or lies where the name is said to be.
        (Mention("Área Metropolitana de Salamanca", "ES", geonames=3111108), 3111108),
        (Mention("Xanadu", "ES", Position(40.97, -5.66), geonames=3111108), 3111108),
        (Mention("Salamanca", "ES"), 3111108),
        (Mention("Ostrowek", "PL", Position(51.593, 22.609)), 662),
        (Mention("Ostrowek", "PL", population=1699, geonames=662), 662),
    ],
)
def test_it_is_found(mention: Mention, place: int, gazetteer: Gazetteer) -> None:
    finding = find(mention, gazetteer)
    assert finding.place is not None, finding
    assert finding.place.id == place, finding
    assert finding.confidence >= SURE
    assert finding.candidates[0].reasons


@every_row(
    ("mention", "reason"),
    [
        (Mention("Haarlemmermeer", "NL", Position(52.3, 4.69)), "it is made of what"),
        # Another item of Wikidata than the one of this name is another place.
        (
            Mention("Birmingham", "GB", Position(51.75, -1.2), wikidata="Q999999999"),
            "it is made of what",
        ),
        # Its inhabitants say so, too.
        (
            Mention("Oxford", "GB", Position(51.5, -0.1), population=600),
            "it is made of what",
        ),
        # Neither of two is the likelier, so that it may well be a third one.
        (
            Mention("Ostrówek", "PL", Position(53.4, 14.5), untested=True),
            "it is made of what",
        ),
    ],
)
def test_a_place_is_made_where_none_of_the_name_may_be_meant(
    mention: Mention, reason: str, gazetteer: Gazetteer
) -> None:
    found = find(mention, gazetteer)
    assert found.place is not None, found
    assert found.place.id < 0
    assert found.candidates[0].naming.what.startswith(reason)
    told = [one.what for one in found.candidates[0].reasons]
    assert ("its inhabitants are not known" in told) is (not mention.population)


@every_row(
    ("mention", "outcome"),
    [
        (Mention("Ostrówek", "PL"), MatchStatus.AMBIGUOUS),
        (Mention("Grafenhausen", "DE"), MatchStatus.AMBIGUOUS),
        (Mention("Malmö", "JP"), MatchStatus.MISSING),
        (Mention("Xanadu", "IT"), MatchStatus.MISSING),
        (Mention("Pavia", "JP"), MatchStatus.MISSING),
        (Mention("Odense", "SE", Position(55.4, 10.38)), TORN),
        (Mention("Veria", "GR"), MatchStatus.UNKNOWN),
        (Mention("Landkreis Halle", "DE"), MatchStatus.NOT_A_CITY),
        (Mention("Gmina Ostrówek", "PL"), MatchStatus.AMBIGUOUS),
        (Mention("Gmina Xanadu", "PL"), MatchStatus.NOT_A_CITY),
        (Mention("Kenya", "KE"), MatchStatus.NOT_A_CITY),
        (Mention("Pavia", "IT", kind="province"), MatchStatus.NOT_A_CITY),
        # A part of a division is contradicted as that part; none is a city unless it is municipal.
        (Mention("Nottingham, Sir Benfro", "GB"), TORN),
        (Mention("Nottingham", "GB", region="Pembrokeshire"), TORN),
        (Mention("Harjumaa", "EE", Position(59.33, 25.33)), MatchStatus.NOT_A_CITY),
        (Mention("Anija", "EE"), MatchStatus.MISSING),
        # An identifier of a place whose name is nothing alike.
        (Mention("Xanadu", geonames=2904789), TORN),
        (Mention("Xanadu", "DE", geonames=2904789), TORN),
        # The name of one and the former name of another, in the same division.
        (Mention("Sofiyivka (Zaporizhzhya Oblast)", "UA"), MatchStatus.AMBIGUOUS),
        (Mention("Sofiyivka", "UA", region="Zaporizhzhya Oblast"), MatchStatus.AMBIGUOUS),
        # What only resembles the name does not contradict it.
        (Mention("Flensburg", "US", region="Minnesota"), MatchStatus.MISSING),
        # Towns have in their names that they lie on it: it is an island.
        (Mention("Rügen", "DE", Position(54.4, 13.4)), MatchStatus.MISSING),
        # A wrong sign, or the position of something else: no second place is made of it.
        (Mention("Oxford", "GB", Position(51.5, -0.1)), TORN),
        (Mention("Nottingham", "GB", Position(52.01, -4.8)), TORN),
        (Mention("Nottingham", "GB", Position(52.01, -4.8), wikidata="Q1"), TORN),
        (Mention("Hildesheim", "DE", Position(51.48, 11.97)), TORN),
        (Mention("Prato", "IT", Position(45.2, 9.2), untested=True), TORN),
        (Mention("Newbridge", "GB", Position(51.75, -1.2), untested=True), TORN),
        # One of several is so much larger that it would be meant, and is known.
        (Mention("Newport", "GB", Position(52.95, -1.15)), TORN),
        (Mention("Birmingham", "GB", geonames=2640729), TORN),
        (Mention("Pavia", "IT", geonames=2904789), TORN),
        (Mention("Pavia", "IT", Position(41.0, 16.0)), TORN),
    ],
)
def test_it_is_not_found(mention: Mention, outcome: MatchStatus, gazetteer: Gazetteer) -> None:
    finding = find(mention, gazetteer)
    assert (finding.outcome, finding.place) == (outcome, None), finding
    assert finding.why


@every_row(
    ("mention", "place"),
    [
        (Mention("Odense", "SE", AT_ODENSE, confused=("DK",)), 2622447),
        (Mention("Odense Kommune", "SE", AT_ODENSE, confused=("NO", "DK")), 2622447),
        (Mention("Malmö", "DK", AT_MALMO, confused=("SE",), doubt=0.2), 2692969),
        # Rightly stated, though a place of the other country is called so: of that name there.
        (Mention("Oxford", "US", AT_OXFORD_US, confused=("GB",)), 4440076),
    ],
)
def test_a_country_that_a_source_confuses_is_the_other_one_where_the_position_is(
    mention: Mention, place: int, gazetteer: Gazetteer
) -> None:
    finding = find(mention, gazetteer)
    assert finding.place is not None, finding
    assert finding.place.id == place
    told = [reason.what for reason in finding.candidates[0].reasons]
    read = f"its source confuses {mention.country} with {finding.place.country}"
    assert any(read in what for what in told) == (finding.place.country != mention.country)


@every_row(
    "mention",
    [
        # No source is said to confuse these countries.
        Mention("Odense", "SE", AT_ODENSE),
        Mention("Odense", "SE", AT_ODENSE, confused=("NO",)),
        # The position is not in the other country, or there is none.
        Mention("Odense", "SE", AT_OXFORD_US, confused=("DK",)),
        Mention("Odense", "SE", confused=("DK",)),
        # No place of the name is at the position.
        Mention("Malmö", "NO", AT_ODENSE, confused=("DK",)),
        Mention("Odensee", "SE", Position(55.9, 10.4), confused=("DK",)),
        # An identifier is that of another place: the veto holds.
        Mention("Odense", "SE", AT_ODENSE, geonames=2692969, confused=("DK",)),
    ],
)
def test_no_other_country_is_read_without_position_and_name(
    mention: Mention, gazetteer: Gazetteer
) -> None:
    assert find(mention, gazetteer).place is None


def test_a_municipality_that_is_a_part_of_a_division_is_made(gazetteer: Gazetteer) -> None:
    at = Position(59.31, 25.41)
    place = find(Mention("Anija", "EE", at), gazetteer).place
    assert place is not None
    assert (place.id, place.name, place.country) == (-1, "Anija", "EE")
    assert (place.latitude, place.longitude) == at


def linked(*pairs: tuple[int, int], mentions: list[Mention]) -> list[Mention]:
    """Link mentions with each other."""
    return [
        replace(m, partners=tuple(b if a == i else a for a, b in pairs if i in (a, b)))
        for i, m in enumerate(mentions)
    ]


NAMED = [Mention("Perm", "RU"), Mention("Louisville", "US", Position(39.978, -105.132))]
"""What one source links, with positions."""


def test_partners_that_two_sources_share_decide(gazetteer: Gazetteer) -> None:
    """Of an item with a label alone one shared partner puts a place first, and two decide."""
    items = [Mention("Perm", wikidata="Q915"), Mention("Louisville", wikidata="Q1")]
    alone = resolve(linked((0, 1), mentions=items), gazetteer)
    assert alone[1].place is not None
    assert alone[1].place.region == "KY", "the most populous, where nothing else is known"
    one = resolve(linked((0, 1), (2, 3), mentions=[*NAMED, *items]), gazetteer)[3]
    assert (one.outcome, one.candidates[0].place.region) == (MatchStatus.AMBIGUOUS, "CO")
    more = [Mention("Malmö", "SE"), Mention("Malmö", wikidata="Q2")]
    pairs = [(0, 1), (2, 3), (4, 1), (5, 3)]
    both = resolve(linked(*pairs, mentions=[*NAMED, *items, *more]), gazetteer)[3]
    assert both.place is not None
    assert both.place.region == "CO"
    assert any("partners" in reason.what for reason in both.candidates[0].reasons)


def test_shared_partners_never_outvote_what_is_stated(gazetteer: Gazetteer) -> None:
    """However many partners two sources share: the one in Kentucky is not that in Colorado."""
    twins = ["Perm", "Malmö", "Szczecin", "Odense", "Budrio", "Pavia"]
    told = [Mention("Louisville", "US", region="CO"), Mention("Louisville", "US", region="KY")]
    mentions = [*told, *map(Mention, twins)]
    pairs = [(side, len(told) + number) for side in (0, 1) for number in range(len(twins))]
    found = resolve(linked(*pairs, mentions=mentions), gazetteer)
    assert [f.place and f.place.region for f in found[:2]] == ["CO", "KY"]


def test_a_name_at_the_position_of_a_city_is_not_its_name(gazetteer: Gazetteer) -> None:
    """What nobody calls so and lies there may be a district: it is told to be missing."""
    placed = Mention("Permgrad", "RU", Position(58.0104, 56.2502), population=982000)
    found = resolve([placed, Mention("Permgrad", wikidata="Q915")], gazetteer)
    assert [f.outcome for f in found] == [MatchStatus.MISSING] * 2


def test_a_name_that_one_source_gives_a_place_counts_for_the_others(gazetteer: Gazetteer) -> None:
    placed = Mention("Starogard Gdansk", "PL", Position(53.96, 18.53))
    assert find(Mention("Starogard Gdansk"), gazetteer).place is None
    found = resolve([placed, Mention("Starogard Gdansk", wikidata="Q915")], gazetteer)
    assert [f.place and f.place.id for f in found] == [3084826, 3084826]


def test_a_place_that_the_gazetteer_lacks_is_one_by_hearsay(gazetteer: Gazetteer) -> None:
    village = Mention("Hilib", "RO", Position(45.971, 26.238))
    found = resolve([village, Mention("Hilib", wikidata="Q2")], gazetteer)
    places = {f.place for f in found}
    assert len(places) == 1
    place = places.pop()
    assert place is not None
    assert (place.id, place.name, place.country) == (-1, "Hilib", "RO")


def test_two_items_are_not_one_place(gazetteer: Gazetteer) -> None:
    """Nor is the second one the next place of the name, of which nothing is stated."""
    items = [Mention("Prato", "IT", wikidata=q) for q in ("Q1", "Q2", "Q3")]
    items[0] = replace(items[0], population=195000)
    found = resolve(items, gazetteer)
    assert [f.place and f.place.id for f in found] == [3169921, None, None]
    for finding in found[1:]:
        told = [one.why for c in finding.excluded for one in c.contradictions]
        assert told == ["Q1 is this place with more reason"], finding
    placed = replace(items[1], position=AT_PRATO)
    found = resolve([items[0], placed], gazetteer)
    assert [f.place and f.place.id for f in found] == [3169921, 3169911]


def test_a_municipality_is_a_second_item_of_its_town(gazetteer: Gazetteer) -> None:
    items = [Mention("Malmö", "SE", wikidata="Q1"), Mention("Malmö kommun", "SE", wikidata="Q2")]
    found = resolve(items, gazetteer)
    assert [f.place and f.place.id for f in found] == [2692969, 2692969]


def test_a_municipality_that_is_published_as_its_town_stays_so(gazetteer: Gazetteer) -> None:
    """The town's own item does not take its place, whichever of them is published."""
    town = Mention("Malmö", "SE", wikidata="Q1", published=2692969)
    municipality = Mention("Malmö kommun", "SE", wikidata="Q2", published=2692969)
    found = resolve([town, municipality], gazetteer)
    assert [f.place and f.place.id for f in found] == [2692969, 2692969]
    other = replace(municipality, name="Limhamn")
    assert [f.place and f.place.id for f in resolve([town, other], gazetteer)] == [2692969, None]


def test_the_order_of_mentions_changes_nothing(gazetteer: Gazetteer) -> None:
    mentions = [
        *NAMED,
        Mention("Perm", wikidata="Q915"),
        Mention("Louisville", wikidata="Q1"),
        Mention("Hilib", "RO", Position(45.971, 26.238)),
        Mention("Hilib", wikidata="Q2"),
        Mention("Prato", "IT", wikidata="Q3"),
        Mention("Prato", "IT", wikidata="Q4"),
        Mention("Ostrówek", "PL"),
    ]
    pairs = [(0, 1), (2, 3), (4, 0), (5, 2), (6, 8)]
    expected = resolve(linked(*pairs, mentions=mentions), gazetteer)
    for seed in range(5):
        order = random.Random(seed).sample(range(len(mentions)), len(mentions))
        moved = [(order.index(a), order.index(b)) for a, b in pairs]
        found = resolve(linked(*moved, mentions=[mentions[i] for i in order]), gazetteer)
        assert [found[order.index(i)] for i in range(len(mentions))] == expected


@pytest.mark.parametrize(
    ("inhabitants", "outcome"),
    [(12_000_000, MatchStatus.NOT_A_CITY), (9_000, MatchStatus.RESOLVED)],
)
def test_what_has_many_inhabitants_and_is_not_in_the_gazetteer_is_no_city(
    inhabitants: int, outcome: MatchStatus, gazetteer: Gazetteer
) -> None:
    place = Mention("Île-de-France", "FR", Position(48.5, 2.5), population=inhabitants)
    found = find(place, gazetteer)
    assert found.outcome is outcome
    assert (found.why.startswith("it is a division")) == (outcome is MatchStatus.NOT_A_CITY)
