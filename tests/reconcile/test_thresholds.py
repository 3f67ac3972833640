"""From which score on a name is linked without a person: tables around each threshold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import terms
from registry.graphs.graph import from_triples
from registry.identity import resolution
from registry.identity.candidates import UNREAD
from registry.identity.evidence import IN_REGION
from registry.identity.mentions import (
    Candidate,
    Contradiction,
    Evidence,
    MatchStatus,
    Mention,
    Reason,
)
from registry.places.gazetteer import Gazetteer, NameRank, Place
from registry.places.position import Position
from registry.reconcile import matching
from registry.reconcile.matcher import Matchers
from registry.reconcile.matching import Matcher
from registry.reconcile.places import RegistryPlaces
from registry.reconcile.query import MatchQuery
from registry.releases.reading import Content, Release
from registry.settings import Settings
from registry.views.names import NAMES, NameIndex, write
from tests.places.places import PLACES
from tests.tables import every_row

PAVIA = next(place for place in PLACES if place.name == "Pavia")
HERE = Position(PAVIA.latitude, PAVIA.longitude)


class Weighed:
    """Matches Pavia with a score, and a weight of its name, of one's choice."""

    def __init__(self, release: Release, settings: Settings) -> None:
        self._known = Matchers(settings).matcher(release)

    def __call__(self, query: MatchQuery, score: float, weight: float = 0.0) -> matching.Match:
        matcher = Matcher(self._known.index, self._known._places)
        candidate = Candidate(PAVIA, (Reason("it is its name", weight),))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(matching, "ranked", lambda *_: [candidate])
            patch.setattr(matching, "chances", lambda *_: [score / 100])
            (found,) = matcher.match(query) or (None,)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def weighed(release: Release, settings: Settings) -> Weighed:
    return Weighed(release, settings)


@every_row(
    ("score", "certain"),
    [
        (50.0, False),
        (79.9, False),
        (80.0, False),
        (80.1, False),
        (90.0, False),
        (94.0, False),
        (94.9, False),
        (95.0, True),
        (95.1, True),
        (100.0, True),
    ],
)
def test_a_city_is_certain_from_95_on(score: float, certain: bool, weighed: Weighed) -> None:
    found = weighed(MatchQuery("Pavia", ("city",)), score)
    assert (found.thing.ref, found.score, found.certain) == ("pavia-3171366", score, certain)


HIS, TOLD = "it is its name", "it is its name in another language"
OTHER, PART = "it is another name of it", f"it is its name; {UNREAD}"
CITY = MatchQuery("Pavia", ("city",))
ITALY = replace(CITY, countries=("IT",))
REGION = replace(ITALY, regions=("Lombardy",))
AT = replace(CITY, position=HERE)
NEAR, AWAY = (replace(CITY, position=HERE._replace(latitude=lat)) for lat in (45.28, 45.29))
NAMED = Reason(HIS, 0.0)
BESIDE = Contradiction("country", "it is in IT, not in DE")


@every_row(
    ("query", "reasons", "rivals", "against", "certain"),
    [
        # Called so, and no other city of the registry is.
        (CITY, NAMED, 1, (), True),
        (CITY, Reason(TOLD, -0.2), 1, (), True),
        (CITY, Reason(TOLD, -0.5), 1, (), True),
        (CITY, Reason(OTHER, -0.6), 1, (), False),
        (CITY, NAMED, 2, (), False),
        (ITALY, NAMED, 2, (), False),
        # Called so, and told apart from the others by a region or by what stands beside it.
        (REGION, (NAMED, IN_REGION), 2, (), True),
        (REGION, NAMED, 2, (), False),
        (CITY, Reason(HIS, 3.0), 2, (), True),
        (CITY, Reason(HIS, 0.5), 2, (), False),
        # Its country tells it from no other city of the country.
        (CITY, Reason(HIS, 3.0, Evidence.COUNTRY), 2, (), False),
        (CITY, Reason(HIS, 3.0, Evidence.COUNTRY), 1, (), True),
        (CITY, Reason(HIS, 6.0, Evidence.COUNTRY | Evidence.BESIDE), 2, (), True),
        (CITY, Reason(PART, 3.0, Evidence.UNREAD), 1, (), False),
        (CITY, Reason(PART, 0.0, Evidence.UNREAD), 1, (), False),
        (REGION, Reason(PART, 0.0, Evidence.UNREAD), 1, (), False),
        # Within ten kilometres of the position, however it is spelled.
        (AT, Reason(OTHER, -9.0), 2, (), True),
        (NEAR, Reason(OTHER, -9.0), 2, (), True),
        (AWAY, Reason(OTHER, -9.0), 2, (), False),
        # The one place of the stated country with a name like this.
        (ITALY, Reason(OTHER, -1.5), 0, (), True),
        (ITALY, Reason(OTHER, -3.0), 0, (), True),
        (ITALY, Reason(OTHER, -3.1), 0, (), False),
        (ITALY, Reason(PART, -1.5, Evidence.UNREAD), 0, (), False),
        (CITY, Reason(OTHER, -1.5), 0, (), False),
        (ITALY, Reason(OTHER, -1.5), 1, (), False),
        # Whatever contradicts it outvotes all that.
        (CITY, NAMED, 1, (BESIDE,), False),
        (AT, NAMED, 1, (BESIDE,), False),
        (REGION, NAMED, 1, (BESIDE,), False),
        (ITALY, Reason(OTHER, -1.5), 0, (BESIDE,), False),
    ],
)
def test_the_rule_of_a_certain_match(
    query: MatchQuery,
    reasons: Reason | tuple[Reason, ...],
    rivals: int,
    against: tuple[Contradiction, ...],
    certain: bool,
) -> None:
    """A city of a score of 95 or more is `match: true` by this rule, and by no other."""
    name = (reasons,) if isinstance(reasons, Reason) else reasons
    candidate = Candidate(PAVIA, name, against)
    assert matching._is_certain(query, candidate, (rivals, [candidate])) is certain
    beside = name[0].weight > 0.5 and name[0].kind is not Evidence.COUNTRY
    told_apart = beside or IN_REGION in name
    if told_apart and not query.position:
        namesake = Candidate(PAVIA._replace(id=2), name)
        twice: matching.Rivals = rivals, [candidate, namesake]
        assert not matching._is_certain(query, candidate, twice), "its division has two of the name"
        village = replace(namesake, reasons=(*name, Reason("inhabitants", -3.0, Evidence.SIZE)))
        with_village: matching.Rivals = rivals, [candidate, village]
        assert matching._is_certain(query, candidate, with_village) is certain, (
            "the other is a village"
        )


@every_row(
    ("weight", "query", "certain"),
    [
        (-0.5, CITY, True),
        (-0.6, CITY, False),
        (-2.9, CITY, False),
        (-0.6, ITALY, True),
        (-3.0, ITALY, True),
        (-3.1, ITALY, False),
        (-3.1, AT, True),
        (-3.1, replace(CITY, geonames=(PAVIA.id,)), True),
    ],
)
def test_a_doubtful_name_is_certain_only_with_its_place(
    weight: float, query: MatchQuery, certain: bool, weighed: Weighed
) -> None:
    assert weighed(query, 99.0, weight).certain is certain


@every_row(("score", "told"), [(0.4, False), (0.5, True), (0.6, True)])
def test_a_city_is_told_from_half_a_per_cent_on(score: float, told: bool, weighed: Weighed) -> None:
    if told:
        assert weighed(MatchQuery("Pavia", ("city",)), score).score == score
    else:
        with pytest.raises(AssertionError):
            weighed(MatchQuery("Pavia", ("city",)), score)


def named(folder: Path, *names: str) -> Matcher:
    """Give a matcher for practices of these names, without a gazetteer."""

    class Nowhere(Gazetteer):
        def __init__(self) -> None:
            self.place = lambda number: None  # type: ignore[assignment]
            self.keys = lambda country: []  # type: ignore[assignment]

        def named(self, key: str, country: str = "") -> list[tuple[Place, NameRank]]:
            return []

    label = ox.NamedNode(terms.prefixed("skos:prefLabel"))
    things = [
        ox.Triple(
            ox.NamedNode(terms.thing("practice", f"p{number}")),
            label,
            ox.Literal(name, language="en"),
        )
        for number, name in enumerate(names)
    ]
    write(Content(folder, [from_triples(f"{terms.GRAPH}list", things)]))
    index = NameIndex(folder / NAMES.name)
    return Matcher(index, RegistryPlaces(Nowhere(), index))


@pytest.mark.parametrize(
    ("names", "certain"),
    [
        (["Youth exchange"], [True]),
        (["Youth exchange", "Youth exchanges"], [True, False]),
        (["Youth exchange", "Youth exchange"], [False, False]),
        (["Youth exchange", "YOUTH EXCHANGE", "Youth exchange"], [False, False, False]),
    ],
)
def test_of_two_that_are_certain_neither_is(
    names: list[str], certain: list[bool], tmp_path: Path
) -> None:
    found = named(tmp_path, *names).match(MatchQuery("Youth exchange"))
    assert [one.certain for one in found] == certain
    assert found[0].score == 100


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("abcd", 100.0),
        ("abcdefghijk abcdefghijk", None),
        ("abce", 75.0),
        ("abcdefg", None),
        ("abxy", None),
        ("abcd of the year that was long ago", 75.0),
        ("of the year", None),
    ],
)
def test_what_is_no_city_is_told_from_a_likeness_of_75_on(
    name: str, score: float | None, tmp_path: Path
) -> None:
    found = [one.score for one in named(tmp_path, name).match(MatchQuery("abcd"))]
    assert found == ([] if score is None else [score])


@every_row(
    ("chance", "rival", "outcome"),
    [
        (0.95, 0.05, MatchStatus.RESOLVED),
        (0.80, 0.20, MatchStatus.RESOLVED),
        (0.76, 0.24, MatchStatus.RESOLVED),
        (0.75, 0.25, MatchStatus.RESOLVED),
        (0.74, 0.26, MatchStatus.AMBIGUOUS),
        (0.50, 0.50, MatchStatus.AMBIGUOUS),
    ],
)
def test_importers_take_a_place_from_three_quarters_on(
    chance: float, rival: float, outcome: MatchStatus, gazetteer: Gazetteer
) -> None:
    other = next(place for place in PLACES if place.name == "Salamanca")
    rank = [Candidate(place, (Reason("it is its name", 9.0),)) for place in (PAVIA, other)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resolution, "chances", lambda *_: [chance, rival])
        found = resolution.decided(Mention("Pavia", "IT"), rank, gazetteer)
    assert (found.outcome, found.confidence) == (outcome, chance)
