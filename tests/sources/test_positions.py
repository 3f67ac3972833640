"""Positions of a source are doubted as far as those of unmistakable places are wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.identity.mentions import MatchStatus, Mention
from registry.identity.resolution import find
from registry.places.gazetteer import (
    Gazetteer,
    Place,
    index_of,
    pack,
)
from registry.places.position import Position
from registry.sources.positions import doubted, without_namesakes
from registry.sources.statements import Document, LinkRow, Reading, Row

DOCUMENT = Document("list", "A list", "2015", "list", "urn:x:licence", "urn:x:list")
CENTRE = Position(51.2, 10.4)
TOWNS = [
    Place(number, f"Town{chr(64 + number)}", 52.0, 9.0 + number / 10, "DE", "07", 20_000)
    for number in range(1, 26)
]

MIDDLE = Place(99, "Middletown", 51.3, 10.4, "DE", "15", 20_000)
"""A town near the centre, which shows in which country that is."""


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    folder = tmp_path_factory.mktemp("towns")
    (folder / "towns.xz").write_bytes(pack([*TOWNS, MIDDLE]))
    return Gazetteer(index_of(folder / "towns.xz", folder))


def reading(wrong: int, rows: int = len(TOWNS)) -> Reading:
    """Make a source in which all partners' positions are right but some."""
    found = Reading(DOCUMENT)
    for number, town in enumerate(TOWNS[:rows]):
        here = Mention(town.name, "DE", Position(town.latitude, town.longitude))
        there = Mention(town.name, "DE", CENTRE if number < wrong else here.position)
        found.rows.append(LinkRow(here, there, str(number), "line"))
    return found


@pytest.mark.parametrize(
    ("wrong", "rows", "doubt"), [(0, 25, 0.0), (5, 25, 0.2), (25, 25, 0.3), (10, 19, 0.0)]
)
def test_the_second_places_are_doubted_and_the_first_are_not(
    wrong: int, rows: int, doubt: float, towns: Gazetteer
) -> None:
    for row in doubted(reading(wrong, rows), towns).rows:
        here, there = row.places
        assert (here.doubt, there.doubt) == (0.0, doubt)


def test_a_doubted_position_speaks_less_against_the_only_town_of_the_name(
    towns: Gazetteer,
) -> None:
    first = doubted(reading(5), towns).rows[0].places[1]
    assert find(first, towns).place == TOWNS[0]._replace(quarter=False)
    believed = find(Mention(first.name, "DE", CENTRE), towns).place
    assert believed is not None
    assert believed.id < 0  # Another place of that name, which the gazetteer lacks.
    abroad = Mention(first.name, "DE", Position(-51.2, 10.4))
    assert find(abroad, towns).place is None, "nothing is there that is in the country"


BIRMINGHAM = Position(52.48, -1.9)
"""The one in England."""


@pytest.mark.parametrize(
    ("place", "position"),
    [
        (Mention("Birmingham", "US", BIRMINGHAM), None),
        (Mention("Birmingham", "GB", BIRMINGHAM), BIRMINGHAM),
        (Mention("Birmingham", "", BIRMINGHAM), BIRMINGHAM),
        (Mention("Louisville", "US", BIRMINGHAM), BIRMINGHAM),
        (Mention("Birmingham", "US", BIRMINGHAM, create=True), BIRMINGHAM),
        (Mention("Birmingham", "US"), None),
    ],
    ids=["abroad", "right", "no country", "no namesake there", "a person said so", "none"],
)
def test_a_position_that_was_looked_up_may_be_that_of_a_namesake(
    place: Mention, position: Position | None, gazetteer: Gazetteer
) -> None:
    other = Mention("Perm", "RU", Position(58.01, 56.25))
    for looked_up in (True, False):
        found = Reading(DOCUMENT, [LinkRow(place, other, "k", "line")], looked_up=looked_up)
        after = without_namesakes(found, gazetteer)
        expected = position if looked_up else place.position
        assert [one.position for one in after.rows[0].places] == [expected, other.position]
        assert after.noticed.total() == (expected != place.position)


def test_the_country_tells_which_of_two_namesakes_is_meant(gazetteer: Gazetteer) -> None:
    place = Mention("Birmingham", "US", BIRMINGHAM)
    assert find(place, gazetteer).place is None, "country and position contradict each other"
    rows: list[Row] = [LinkRow(place, Mention("Perm", "RU"), "k", "line")]
    after = without_namesakes(Reading(DOCUMENT, rows, looked_up=True), gazetteer)
    found = find(after.rows[0].places[0], gazetteer).place
    assert found is not None
    assert found.id == 4049979


def test_a_source_too_small_to_be_tested_makes_no_namesake_of_a_town(towns: Gazetteer) -> None:
    """A position may have a wrong sign: only a name that no town has makes a place."""
    untested, tested = (doubted(reading(0, rows), towns).rows[0].places[1] for rows in (19, 25))
    assert (untested.untested, tested.untested) == (True, False)
    for mention, outcome in (
        (untested, MatchStatus.CONTRADICTORY),
        (replace(untested, name="Xanadu"), MatchStatus.RESOLVED),
        (tested, MatchStatus.RESOLVED),
    ):
        found = find(replace(mention, position=CENTRE), towns)
        assert found.outcome is outcome, found
        assert found.place is None or found.place.id < 0


def test_doubt_makes_no_other_place_of_it() -> None:
    assert Mention("Halle", doubt=0.2) == Mention("Halle")
