"""What is typed finds what is meant: scripts, beginnings, identifiers, and typing errors."""

from __future__ import annotations

from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from registry.releases.reading import Release
from registry.search.finding import LONGEST, Wanted, find
from registry.views.names import NAMES
from registry.views.spelling import Spelling
from tests.tables import every_row


def found(release: Release, typed: str, **wanted: object) -> list[tuple[str, int]]:
    """Find things: their ids and scores."""
    seen = find(release.view(NAMES), Wanted(typed, **wanted))  # type: ignore[arg-type]
    return [(one.suggestion.thing.id, one.score) for one in seen.results]


@every_row(
    ("typed", "first", "score"),
    [
        ("Pavia", "city/pavia-3171366", 100),
        ("pav", "city/pavia-3171366", 80),
        ("Пермь", "city/perm-511196", 100),
        ("青岛", "city/qingdao-1797929", 100),
        ("青", "city/qingdao-1797929", 80),
        ("Iasi", "city/iasi-675810", 100),
        ("besançon", "city/besancon-3033123", 100),
        ("Q915", "city/perm-511196", 100),
        ("511196", "city/perm-511196", 100),
        ("geonames:511196", "city/perm-511196", 100),
        ("https://sws.geonames.org/511196/", "city/perm-511196", 100),
        ("https://w3id.org/citylinks/id/city/perm-511196", "city/perm-511196", 100),
        ("living lab", "body/culture-and-heritage-living-lab", 60),
    ],
)
def test_what_is_typed_finds_what_is_meant(
    typed: str, first: str, score: int, release: Release
) -> None:
    assert found(release, typed)[0] == (first, score)


@every_row(
    ("typed", "first"),
    [
        ("Hildeshem", "city/hildesheim-2904789"),
        ("hildsehe", "city/hildesheim-2904789"),
        ("Salamnca", "city/salamanca-3111108"),
        ("Poitierrs", "city/poitiers-2986495"),
        ("Agrigemto", "city/agrigento-2525764"),
        ("Cultcitties freindship", "agreement/2022-cultcities-friendship-agreement"),
    ],
)
def test_a_typing_error_is_forgiven(typed: str, first: str, release: Release) -> None:
    seen = find(release.view(NAMES), Wanted(typed))
    assert seen.corrected
    assert found(release, typed)[0] == (first, 50)


def test_what_is_spelled_right_is_not_corrected(release: Release) -> None:
    assert not find(release.view(NAMES), Wanted("Perm")).corrected


@every_row("typed", ["", " ", "?", "zzzzzzzz", "qqq", "🙂", "\x00", '"*', "a" * 5_000])
def test_nothing_is_found_where_nothing_is_near(typed: str, release: Release) -> None:
    seen = find(release.view(NAMES), Wanted(typed))
    assert (seen.total, seen.results) == (0, ())


def test_kinds_countries_and_pages_are_chosen(release: Release) -> None:
    everything = found(release, "p", limit=100)
    assert len(everything) == find(release.view(NAMES), Wanted("p")).total
    assert {one.partition("/")[0] for one, _ in found(release, "p", kinds=("city",))} == {"city"}
    assert found(release, "p", country="RU") == [("city/perm-511196", 80)]
    assert found(release, "p", limit=2, offset=1) == everything[1:3]
    assert found(release, "Q915", country="IT") == []
    assert found(release, "Q915", offset=1) == []


@with_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=LONGEST + 5))
def test_whatever_is_typed_is_answered(release: Release, typed: str) -> None:
    seen = find(release.view(NAMES), Wanted(typed, limit=5))
    assert len(seen.results) <= min(seen.total, 5)


def test_words_that_are_near_are_found_by_their_beginnings() -> None:
    spelling = Spelling(["hildesheim", "hilden", "san marino"])
    assert spelling.knows("hild")
    assert not spelling.knows("hilx")
    assert spelling.nearest("hildseh") == ["hildesh"]
    assert spelling.nearest("mraino") == ["marino"]
    assert spelling.nearest("sna") == []
