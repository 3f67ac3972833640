"""The city that is meant where one is asked for."""

from __future__ import annotations

import pytest

from registry.problems import Problem
from registry.releases.reading import Release
from registry.search.calling import city_called
from registry.views.names import NAMES, NameIndex
from tests.tables import every_row
from tests.views.test_names import made


@every_row(
    ("text", "ref"),
    [
        ("perm-511196", "perm-511196"),
        ("city/perm-511196", "perm-511196"),
        ("https://w3id.org/citylinks/id/city/perm-511196", "perm-511196"),
        ("Q915", "perm-511196"),
        ("Perm", "perm-511196"),
        ("пермь", "perm-511196"),
        ("Besançon", "besancon-3033123"),
        ("青岛", "qingdao-1797929"),
    ],
)
def test_a_city_is_called_by_identifier_or_name(text: str, ref: str, release: Release) -> None:
    assert city_called(release.view(NAMES), text, "partner").ref == ref


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    return made(
        tmp_path_factory.mktemp("called"),
        (2_000_000, "Paris", {}, []),
        (25_000, "Paris", {}, []),
        (300_000, "Newcastle", {}, []),
        (200_000, "Newcastle", {}, []),
        (0, "Nowhere", {}, []),
        (0, "Nowhere", {}, []),
        (500_000, "Rome", {"Roma": "it"}, []),
    )


def test_a_name_means_a_city_that_is_much_larger_than_its_namesakes(cities: NameIndex) -> None:
    assert city_called(cities, "Paris", "partner").population == 2_000_000
    assert city_called(cities, "ROMA", "partner").population == 500_000


@every_row(
    ("text", "told"),
    [
        ("Newcastle", "several cities may be meant by partner: "),
        ("Nowhere", "several cities may be meant by partner: "),
        ("Pari", "partner is not a city here, by reference or name"),
        ("practice/x", "partner is not a city here"),
        ("\x00", "partner is not a city here"),
    ],
)
def test_what_means_none_or_several_is_told(text: str, told: str, cities: NameIndex) -> None:
    with pytest.raises(Problem) as caught:
        city_called(cities, text, "partner")
    assert caught.value.name == "bad-parameter"
    assert told in str(caught.value.detail)
