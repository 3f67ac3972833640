"""What a search means that is no name: two cities, a city and where it is, a name among words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.places.names import fold
from registry.releases.reading import Release
from registry.search.finding import Wanted
from registry.search.understanding import Searcher, Understood
from registry.views.links import LINKS
from registry.views.names import NAMES, NameIndex, Thing
from tests.tables import every_row

LINK = "link/oxford-2640729--perm-511196"
WORDS = frozenset(fold("twin towns of and with und jumelage Partnerstädte d l").split())


class InCountries:
    """Knows one place for each text; what else is asked finds nothing."""

    def __init__(self, index: NameIndex, known: dict[str, str]) -> None:
        self.index, self.known, self.asked = index, known, list[str]()

    def __call__(self, text: str) -> Sequence[Thing]:
        self.asked.append(text)
        found = self.index.thing("city", self.known.get(text, ""))
        return [found] if found else []


@pytest.fixture
def located(release: Release) -> InCountries:
    known = {"Pavia, Italy": "pavia-3171366", "Perm, Пермский край": "perm-511196"}
    return InCountries(release.view(NAMES), known)


@pytest.fixture
def searcher(release: Release, located: InCountries) -> Searcher:
    return Searcher(release.view(NAMES), release.view(LINKS), located, WORDS)


def ids(understood: Understood) -> list[str]:
    return [one.suggestion.thing.id for one in understood.found.results]


@every_row(
    "typed",
    [
        "Oxford Perm",
        "Perm Oxford",
        "perm, OXFORD",
        "Perm–Oxford",
        "Пермь - Oxford",
        "Oxford / Perm",
        "Oxford-Perm",
        "Oxford and Perm",
        "Perm und Oxford",
        "twin towns Oxford Perm",
        "Perm & Oxford",
        "Perm, Пермский край – Oxford",
        "Oxford – Perm Пермский край",
        "Perm Пермский край Oxford",
        "Oxfrod – Permm",
    ],
)
def test_two_cities_are_their_link(typed: str, searcher: Searcher) -> None:
    assert ids(searcher.search(Wanted(typed)))[0] == LINK


def test_only_names_of_places_are_asked_where_they_are(
    searcher: Searcher, located: InCountries
) -> None:
    """Each costs a search of the gazetteer, and a text of six words can be read in forty ways."""
    searcher.search(Wanted("one two three four five six"))
    assert located.asked == []
    searcher.search(Wanted("Pavia two three four five six"))
    assert {text.partition(",")[0] for text in located.asked} == {"Pavia"}


def test_what_fits_is_counted_by_kind_and_country(searcher: Searcher) -> None:
    found = searcher.search(Wanted("perm")).found
    assert sum(found.numbers.values()) == found.total
    assert found.numbers["city", "RU"] == 1
    narrow = searcher.search(Wanted("perm", ("city",))).found
    assert (narrow.total, narrow.numbers) == (1, found.numbers)
    link = searcher.search(Wanted("Oxford Perm")).found
    assert link.numbers["link", ""] == 1
    assert sum(link.numbers.values()) == link.total


def test_two_cities_without_a_link_are_none(searcher: Searcher) -> None:
    assert ids(searcher.search(Wanted("Perm Pavia"))) == []
    assert LINK not in ids(searcher.search(Wanted("Perm Perm")))


def test_what_is_called_so_comes_after_the_link(searcher: Searcher) -> None:
    understood = searcher.search(Wanted("Oxford Perm"))
    assert ids(understood) == [LINK, "association/oxford-perm"]
    assert understood.found.total == 2


@every_row(
    ("typed", "found"),
    [
        ("Pavia Italy", "city/pavia-3171366"),
        ("Italy Pavia", "city/pavia-3171366"),
        ("Pavia, Italy", "city/pavia-3171366"),
        ("Italy: Pavia", "city/pavia-3171366"),
        ("Пермский край Perm", "city/perm-511196"),
        ("Pavia (Italy)", "city/pavia-3171366"),
    ],
)
def test_a_city_is_where_the_other_words_say(typed: str, found: str, searcher: Searcher) -> None:
    assert "".join(ids(searcher.search(Wanted(typed)))[:1]) == found


def test_what_begins_as_it_was_typed_is_not_looked_for_elsewhere(
    searcher: Searcher, located: InCountries
) -> None:
    assert ids(searcher.search(Wanted("grand poit")))
    assert located.asked == []


@every_row(
    ("typed", "read"),
    [
        ("twin towns of Pavia", "Pavia"),
        ("Pavia jumelage", "Pavia"),
        ("Partnerstädte Iași", "Iași"),
        ("PARTNERSTÄDTE, Iași", "Iași"),
        ("twin towns of Pavia, Italy", "Pavia Italy"),
    ],
)
def test_words_that_say_what_is_wanted_are_passed_over(
    typed: str, read: str, searcher: Searcher
) -> None:
    understood = searcher.search(Wanted(typed))
    assert understood.read == read
    assert understood.found.total > 0


@every_row(
    ("typed", "country"),
    [("Germany", "DE"), ("allemagne", "DE"), ("Германия", "DE"), ("DE", "DE"), ("Pavia", "")],
)
def test_a_country_is_told(typed: str, country: str, searcher: Searcher) -> None:
    assert searcher.search(Wanted(typed)).country == country


def test_kinds_and_countries_hold_for_what_is_understood(searcher: Searcher) -> None:
    assert ids(searcher.search(Wanted("Perm Oxford", ("link",)))) == [LINK]
    assert LINK not in ids(searcher.search(Wanted("Perm Oxford", ("city",))))
    assert ids(searcher.search(Wanted("Perm Oxford", ("link",), "GB"))) == [LINK]
    assert ids(searcher.search(Wanted("Perm Oxford", ("link",), "FR"))) == []
    assert ids(searcher.search(Wanted("Pavia Italy", (), "FR"))) == []


@settings(max_examples=50)
@given(
    typed=st.text(max_size=60)
    | st.lists(st.sampled_from(["Perm", "Oxford", ",", "-", "of"])).map(" ".join)
)
def test_whatever_is_typed_is_answered(release: Release, typed: str) -> None:
    index = release.view(NAMES)
    found = Searcher(index, release.view(LINKS), InCountries(index, {}), WORDS).search(
        Wanted(typed)
    )
    assert found.found.total >= len(found.found.results)
