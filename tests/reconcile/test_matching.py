"""Matching: names, spellings, identifiers; what is likely, and what is safe."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from registry import terms
from registry.graphs.graph import from_triples
from registry.identity.contradictions import FAR, away
from registry.identity.mentions import Mention
from registry.identity.resolution import find
from registry.places.countries import alpha3, is_within
from registry.places.gazetteer import Gazetteer, NameRank, Place, index_of, pack
from registry.places.names import fold
from registry.places.position import Position
from registry.reconcile.matcher import Matchers
from registry.reconcile.matching import Matcher
from registry.reconcile.places import RegistryPlaces
from registry.reconcile.protocol import Asked, results
from registry.reconcile.query import MatchQuery
from registry.releases.reading import Content, Release
from registry.settings import Settings
from registry.views.names import NAMES, NameIndex, write
from tests.places.places import PLACES
from tests.tables import every_row

PAVIA = "city/pavia-3171366"
AGREEMENT = "agreement/2022-cultcities-friendship-agreement"


@pytest.fixture(scope="module")
def matcher(release: Release, settings: Settings) -> Matcher:
    return Matchers(settings).matcher(release)


@every_row(
    ("query", "first"),
    [
        (MatchQuery("Pavia", countries=("IT",)), PAVIA),
        (MatchQuery("Павия", countries=("IT",)), PAVIA),
        (MatchQuery("PAVIE", countries=("IT",), kinds=("city",)), PAVIA),
        (MatchQuery("Pavia", position=Position(45.2, 9.15)), PAVIA),
        (MatchQuery("Salamanca", countries=("ES",), geonames=(3111108,)), "city/salamanca-3111108"),
        (MatchQuery(geonames=(511196,)), "city/perm-511196"),
        (MatchQuery(wikidata=("Q915",)), "city/perm-511196"),
        (MatchQuery("Пермь", wikidata=("Q915",)), "city/perm-511196"),
        (
            MatchQuery("CultCities Friendship Agreement"),
            "agreement/2022-cultcities-friendship-agreement",
        ),
        (MatchQuery("Louisville", countries=("US",), regions=("KY",)), "city/louisville-4299276"),
    ],
)
def test_it_is_safe(query: MatchQuery, first: str, matcher: Matcher) -> None:
    found = matcher.match(query)
    assert (found[0].thing.id, found[0].certain) == (first, True), found
    assert found[0].score >= 95
    assert found[0].reasons
    assert not any(other.certain for other in found[1:])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (MatchQuery("Pavya", countries=("IT",)), PAVIA),
        (MatchQuery("friendship agreement"), AGREEMENT),
        (MatchQuery("whatever", wikidata=("Q915",)), "city/perm-511196"),
    ],
)
def test_it_is_left_to_a_person(query: MatchQuery, first: str, matcher: Matcher) -> None:
    found = matcher.match(query)
    assert (found[0].thing.id, found[0].certain) == (first, False), found


@every_row(
    "query",
    [
        MatchQuery("Pavia", countries=("JP",), kinds=("city",)),
        MatchQuery("Louisville", countries=("US",), regions=("CO",)),
        MatchQuery("Xanadu", countries=("IT",)),
        MatchQuery("Pavia", kinds=("practice",)),
        MatchQuery("Pavia", kinds=("unicorn",)),
        MatchQuery(wikidata=("Q1",)),
        MatchQuery(geonames=(1,)),
        MatchQuery(""),
        MatchQuery("?!"),
    ],
)
def test_nothing_is_taken_for_it(query: MatchQuery, matcher: Matcher) -> None:
    """A city of that name which is not the one that is meant is unlikely, or not told at all."""
    found = matcher.match(query)
    assert not any(match.certain or match.score > 10 for match in found), found


@every_row(
    "text",
    [
        "city/pavia-3171366",
        "pavia-3171366",
        terms.thing("city", "pavia-3171366"),
        f"{terms.DOC}city/pavia-3171366",
        "Q6259",
        "http://www.wikidata.org/entity/Q6259",
        "https://www.wikidata.org/wiki/Q6259",
        "https://sws.geonames.org/3171366/",
        "https://www.geonames.org/3171366/pavia.html",
        "geonames:3171366",
        "wd:Q6259",
        "http://www.wikidata.org/wiki/Special:EntityData/Q6259",
        "https://www.wikidata.org/wiki/Special:EntityData/Q6259.json?flavor=dump",
        "https://m.wikidata.org/wiki/Q6259#sitelinks",
    ],
)
def test_an_identifier_returns_what_it_identifies(text: str, matcher: Matcher) -> None:
    (found,) = matcher.match(MatchQuery(text))
    assert (found.thing.id, found.score, found.certain) == (PAVIA, 100.0, True)
    assert matcher.match(MatchQuery(text, kinds=("event",))) == ()


@every_row(
    ("query", "conflicts"),
    [
        (MatchQuery("Q6259", countries=("IT",)), ()),
        (MatchQuery("Q6259", countries=("DE",)), ("country",)),
        (MatchQuery("Q6259", position=Position(58.0, 56.2)), ("coordinates",)),
        (MatchQuery("Q6259", wikidata=("Q6259",), geonames=(3171366,)), ()),
        (MatchQuery("Q6259", geonames=(511196,)), ("name",)),
        (MatchQuery("pavia-3171366", wikidata=("Q915",)), ("name",)),
        (MatchQuery("Pavia", wikidata=("Q6259",)), ()),
        (MatchQuery("Pavia", wikidata=("Q915",)), ("wikidata",)),
        (MatchQuery("Pavia", geonames=(511196,)), ("geonames",)),
        (MatchQuery("Pavia", countries=("IT",), geonames=(511196,)), ("geonames", "country")),
        (MatchQuery("Perm", countries=("IT",), wikidata=("Q915",)), ("country",)),
    ],
)
def test_an_identifier_that_something_contradicts_is_left_to_a_person(
    query: MatchQuery, conflicts: tuple[str, ...], matcher: Matcher
) -> None:
    """What it identifies and what is called so are both listed; which is wrong is not known."""
    found = matcher.match(query)
    of_identifier = next(one for one in found if one.conflicts == conflicts)
    assert of_identifier.certain is (not conflicts)
    assert any(one.certain for one in found) is (not conflicts), found
    if conflicts and query.text == "Pavia":
        cities = {one.thing.id for one in found if one.thing.kind == "city"}
        assert cities == {PAVIA, "city/perm-511196"}


@every_row(
    ("query", "doubts"),
    [
        # One of several items that are given is its own.
        (MatchQuery("Perm", wikidata=("Q915", "Q999999999")), ()),
        (MatchQuery("Perm", wikidata=("Q915",), unread=("wikidata",)), ()),
        # The item may be that of its municipality, or of a namesake that the registry lacks.
        (MatchQuery("Perm", wikidata=("Q999999999",)), ("wikidata",)),
        (MatchQuery("Perm", geonames=(999999999,)), ("geonames",)),
        (MatchQuery("Perm", wikidata=("Q999999999",), geonames=(511196,)), ("wikidata",)),
        (MatchQuery("perm-511196", wikidata=("Q999999999",)), ("wikidata",)),
        # A column of identifiers that cannot be read tells that something is wrong.
        (MatchQuery("Perm", unread=("wikidata",)), ("wikidata",)),
        (MatchQuery("Perm", unread=("geonames",)), ("geonames",)),
        (MatchQuery("Perm", unread=("population",)), ()),
    ],
)
def test_an_identifier_that_is_not_known_is_left_to_a_person(
    query: MatchQuery, doubts: tuple[str, ...], matcher: Matcher
) -> None:
    """It does not exclude the city, which stays the first."""
    first = matcher.match(query)[0]
    assert (first.thing.id, first.doubts) == ("city/perm-511196", doubts), first
    assert first.certain is (not doubts)


@every_row(
    ("query", "flags"),
    [
        (MatchQuery("Perm", wikidata=("Q999999999",)), {"wikidata-unknown"}),
        (MatchQuery("Perm", geonames=(999999999,)), {"geonames-unknown"}),
        (MatchQuery("Perm", unread=("wikidata",)), {"wikidata-unread"}),
        (MatchQuery("Perm", wikidata=("Q915",)), set()),
    ],
)
def test_a_feature_names_an_identifier_that_is_not_known(
    query: MatchQuery, flags: set[str], matcher: Matcher
) -> None:
    first = results(matcher, {"q": Asked(query, 1)})["q"]["result"][0]
    told = {one["id"] for one in first["features"]}
    assert {one for one in told if "-" in one} == flags
    assert first["match"] is (not flags)


def test_a_city_is_what_the_importers_find(matcher: Matcher, settings: Settings) -> None:
    """One core: whatever a name is resolved to is also the likeliest, or it is no city here."""
    places = Gazetteer(next((settings.home / "gazetteer").glob("*.sqlite")))
    names = [
        ("Pavia", "IT"),
        ("Salamanca", "ES"),
        ("Halle", "DE"),
        ("Oxford", "GB"),
        ("Perm", "RU"),
    ]
    for name, country in names:
        place = find(Mention(name, country), places).place
        found = [
            one for one in matcher.match(MatchQuery(name, ("city",), (country,))) if one.score > 50
        ]
        known = place and matcher.index.by_geonames(place.id)
        assert [one.thing for one in found] == ([known] if known else []), name


def test_a_city_that_the_gazetteer_lacks_is_found_by_its_names(tmp_path: Path) -> None:
    city = ox.NamedNode(terms.thing("city", "hilib-q2"))
    country = "http://publications.europa.eu/resource/authority/country/ROU"
    said: dict[str, ox.Literal | ox.NamedNode] = {
        "skos:prefLabel": ox.Literal("Hilib", language="ro"),
        "skos:altLabel": ox.Literal("Hilip", language="hu"),
        "cl:inCountry": ox.NamedNode(country),
        "wgs84:lat": ox.Literal("45.971", datatype=ox.NamedNode(terms.prefixed("xsd:decimal"))),
        "wgs84:long": ox.Literal("26.238", datatype=ox.NamedNode(terms.prefixed("xsd:decimal"))),
    }
    triples = [ox.Triple(city, ox.NamedNode(terms.prefixed(n)), value) for n, value in said.items()]
    write(Content(tmp_path, [from_triples(f"{terms.GRAPH}list", triples)]))

    class Nowhere(Gazetteer):
        def __init__(self) -> None:
            self.place = lambda number: None  # type: ignore[assignment]
            self.keys = lambda country: []  # type: ignore[assignment]

        def keys_beginning(self, start: str, country: str) -> list[str]:
            return []

        def named(self, key: str, country: str = "") -> list[tuple[Place, NameRank]]:
            return []

        def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
            return []

    index = NameIndex(tmp_path / NAMES.name)
    matcher = Matcher(index, RegistryPlaces(Nowhere(), index))
    for query in (
        MatchQuery("Hilib", countries=("RO",)),
        MatchQuery("Hilip", countries=("RO",)),
        MatchQuery("Hilibb", countries=("RO",)),
        MatchQuery("Hilib", position=Position(45.97, 26.24)),
        MatchQuery("Hillib", countries=("RO",), position=Position(45.97, 26.24)),
    ):
        assert [one.thing.iri for one in matcher.match(query)] == [city.value], query


@every_row(
    ("query", "features"),
    [
        (MatchQuery("Pavia", countries=("IT",)), {"name": 100.0, "country": 1.0}),
        (MatchQuery("PAVIE", countries=("FR", "IT")), {"name": 100.0, "country": 1.0}),
        (MatchQuery("Pavia", population=71_882), {"name": 100.0, "population": 1.0}),
        (MatchQuery("Pavia", population=900_000), {"population": 0.0}),
        (MatchQuery("Pavia", geonames=(3171366,)), {"geonames": 1.0}),
        (MatchQuery("Pavia", geonames=(2, 3171366)), {"geonames": 1.0}),
        (MatchQuery("Pavia", position=Position(45.19, 9.16)), {"coordinates": 1.0}),
        (MatchQuery("Perm", wikidata=("Q915",)), {"name": 100.0, "wikidata": 1.0}),
        (MatchQuery("Oxford", wikidata=("Q915",), countries=("GB",)), {"country": 0.0}),
        (MatchQuery("Louisville", countries=("US",), regions=("KY",)), {"region": 1.0}),
    ],
)
def test_features_compare_each_property(
    query: MatchQuery, features: dict[str, float], matcher: Matcher
) -> None:
    found = matcher.match(query)[0].features
    assert {name: found.get(name) for name in features} == features


def test_what_is_not_told_has_no_feature(matcher: Matcher) -> None:
    assert set(matcher.match(MatchQuery("Pavia"))[0].features) == {"name", "inhabitants"}


def test_several_values_of_a_property_are_alternatives(matcher: Matcher) -> None:
    either = matcher.match(MatchQuery("Pavia", countries=("DE", "IT")))
    assert (either[0].thing.id, either[0].features["country"]) == (PAVIA, 1.0)
    assert matcher.match(MatchQuery("Pavia", ("city",), ("DE", "FR"))) == ()


def test_identifiers_of_two_things_are_left_to_a_person(matcher: Matcher) -> None:
    found = matcher.match(MatchQuery(wikidata=("Q6259", "Q915")))
    assert [(one.thing.id, one.certain) for one in found] == [
        (PAVIA, False),
        ("city/perm-511196", False),
    ]
    assert matcher.match(MatchQuery(wikidata=("Q6259", "Q1")))[0].certain


def registry_of(places: list[Place], folder: Path) -> NameIndex:
    """Write the names of a registry that has these places as cities."""
    folder.mkdir()
    country = "http://publications.europa.eu/resource/authority/country/"
    said = [
        (place, predicate, value)
        for place in places
        for predicate, value in (
            ("skos:prefLabel", ox.Literal(place.name, language="en")),
            ("cl:inCountry", ox.NamedNode(country + alpha3(place.country))),
            ("cl:geonamesFeature", ox.NamedNode(f"https://sws.geonames.org/{place.id}/")),
        )
    ]
    triples = [
        ox.Triple(
            ox.NamedNode(terms.thing("city", f"{fold(place.name).replace(' ', '-')}-{place.id}")),
            ox.NamedNode(terms.prefixed(predicate)),
            value,
        )
        for place, predicate, value in said
    ]
    write(Content(folder, [from_triples(f"{terms.GRAPH}list", triples)]))
    return NameIndex(folder / NAMES.name)


LONDON = Place(2643743, "London", 51.50853, -0.12574, "GB", "ENG", 8961989, ("City of London",))
CITY_OF_LONDON = Place(2643741, "City of London", 51.51279, -0.09184, "GB", "ENG", 8072)


@every_row(
    ("registered", "found"),
    [
        ([LONDON, CITY_OF_LONDON], {2643741, 2643743}),
        ([LONDON], {2643743}),
        ([CITY_OF_LONDON], {2643741}),
    ],
)
def test_two_cities_of_the_registry_are_not_one_however_near(
    registered: list[Place], found: set[int], tmp_path: Path
) -> None:
    """What the gazetteer lists twice is one city, unless the registry has both."""
    folder = tmp_path / "-".join(str(place.id) for place in registered)
    index = registry_of(registered, folder)
    (folder / "packed").write_bytes(pack([LONDON, CITY_OF_LONDON]))
    with Gazetteer(index_of(folder / "packed", folder)) as gazetteer:
        matcher = Matcher(index, RegistryPlaces(gazetteer, index))
        matches = matcher.match(MatchQuery("City of London", ("city",), ("GB",)))
    assert {one.thing.geonames for one in matches} == found
    assert [one.thing.geonames for one in matches if one.certain] == [min(found)], matches


METROPOLIS = Place(9, "Metropolis", 45.0, 20.0, "IT", "09", 3_000_000)


@every_row(
    ("away", "matched"),
    [
        (0.05, True),
        (2.0, False),
    ],
)
def test_a_quarter_that_the_registry_lacks_is_hardly_a_namesake(
    away: float, matched: bool, tmp_path: Path
) -> None:
    """A quarter of a city is named less than the town of ours that is called so."""
    ours = Place(1, "Weißensee", 51.0, 11.0, "IT", "01", 3_700)
    quarter = Place(2, "Weißensee", 45.0 + away, 20.0, "IT", "09", 47_000)
    folder = tmp_path / str(away)
    index = registry_of([ours], folder)
    (folder / "packed").write_bytes(pack([ours, quarter, METROPOLIS]))
    with Gazetteer(index_of(folder / "packed", folder)) as gazetteer:
        found = Matcher(index, RegistryPlaces(gazetteer, index)).match(asked("Weißensee", "IT"))
    assert [one.thing.geonames for one in found if one.certain] == [1] * matched, found


@every_row(
    ("text", "other", "matched"),
    [
        # A foreign or mistaken name of a city is not that of a town which is called so.
        ("Kasel", Place(2, "Kassel", 51.3, 9.5, "IT", "02", 197_000, ("Kasel",)), True),
        # What is short for a longer name may be meant.
        ("Athis", Place(2, "Athis-Mons", 48.7, 2.4, "IT", "02", 900_000, ("Athis",)), False),
        # In another country, or in none, it is as good as any.
        ("Kasel", Place(2, "Kassel", 51.3, 9.5, "DE", "02", 197_000, ("Kasel",)), True),
    ],
)
def test_the_label_of_a_city_is_no_other_name_of_another(
    text: str, other: Place, matched: bool, tmp_path: Path
) -> None:
    ours = Place(1, text, 49.7, 6.6, "IT", "01", 1_200)
    folder = tmp_path / f"{text}-{other.country}"
    index = registry_of([ours, other], folder)
    (folder / "packed").write_bytes(pack([ours, other]))
    with Gazetteer(index_of(folder / "packed", folder)) as gazetteer:
        matcher = Matcher(index, RegistryPlaces(gazetteer, index))
        found = matcher.match(asked(text, "IT"))
        anywhere = matcher.match(asked(text))
    assert [one.thing.geonames for one in found if one.certain] == [1] * matched, found
    assert not any(one.certain for one in anywhere) or other.country == "DE", anywhere


@every_row("text", ["NYC", "N.Y.C."])
def test_initials_are_left_to_a_person(text: str, tmp_path: Path) -> None:
    """What is short for the name of a city is rarely listed with the right one."""
    island = Place(1, "Manhattan", 40.8, -74.0, "US", "NY", 1_487_536, ("nyc", "NYC", "n y c"))
    folder = tmp_path / text
    index = registry_of([island], folder)
    (folder / "packed").write_bytes(pack([island]))
    with Gazetteer(index_of(folder / "packed", folder)) as gazetteer:
        (found,) = Matcher(index, RegistryPlaces(gazetteer, index)).match(asked(text, "US"))
    assert not found.certain, found


CAMBRIDGE = [
    Place(1, "Cambridge", 42.38, -71.11, "US", "MA", 110_402),
    Place(2, "Newton", 42.34, -71.21, "US", "MA", 88_817, ("Cambridge",)),
]


def test_what_is_a_city_s_own_name_outdoes_another_s_former_one(tmp_path: Path) -> None:
    """Newton was called Cambridge, in the same state: the region tells nothing of these two."""
    index = registry_of(CAMBRIDGE, tmp_path / "registry")
    (tmp_path / "packed").write_bytes(pack(CAMBRIDGE))
    with Gazetteer(index_of(tmp_path / "packed", tmp_path)) as gazetteer:
        matcher = Matcher(index, RegistryPlaces(gazetteer, index))
        found = matcher.match(asked("Cambridge", "US", regions=("MA",)))
    assert [one.thing.geonames for one in found if one.certain] == [1], found


def near_namesakes(*places: tuple[str, str, int, tuple[str, ...]]) -> list[Place]:
    """Make places of Italy, each with a name, a division, inhabitants and other names."""
    return [
        Place(number, name, 44.0, 8.0 + number, "IT", region, people, others)
        for number, (name, region, people, others) in enumerate(places, start=1)
    ]


@every_row(
    ("text", "places", "matched"),
    [
        # A large city that the registry lacks is meant as often as its namesake that it has.
        ("Glen", [("Glen", "01", 240_000, ()), ("Glen", "02", 200_000, ())], False),
        ("Glen", [("Glen", "01", 240_000, ()), ("Glen", "02", 300_000, ())], False),
        ("Glen", [("Glen", "01", 240_000, ()), ("Glen", "02", 80_000, ())], True),
        ("Glen", [("Glen", "01", 60_000, ()), ("Glen", "02", 49_000, ())], True),
        # Another name of a city is one no longer where other places are called so.
        ("Gran", [("Tia", "01", 1_900_000, ("Gran",)), ("Gran", "02", 16_000, ())], False),
        ("Gran", [("Tia", "01", 900_000, ("Gran",)), ("Gran", "02", 600, ())], True),
        ("Gran", [("Tia", "01", 900_000, ("Gran",))], True),
        # What is short for one name may be short for others.
        ("Rio", [("Rio Emi", "01", 170_000, ("Rio",)), ("Rio Calo", "02", 180_000, ())], 0),
        ("Rio", [("Rio Emi", "01", 170_000, ("Rio",)), ("Rio Calo", "02", 18_000, ())], 1),
        ("Rio", [("Rio Emi", "01", 170_000, ("Rio",)), ("Riona", "02", 190_000, ())], 1),
    ],
)
def test_a_namesake_that_the_registry_lacks_is_left_to_a_person(
    text: str, places: list[tuple[str, str, int, tuple[str, ...]]], matched: bool, tmp_path: Path
) -> None:
    """The registry has the first of these places alone."""
    known = near_namesakes(*places)
    folder = tmp_path / "-".join(map(str, (text, len(places), *(one[2] for one in places))))
    index = registry_of(known[:1], folder)
    (folder / "packed").write_bytes(pack(known))
    with Gazetteer(index_of(folder / "packed", folder)) as gazetteer:
        found = Matcher(index, RegistryPlaces(gazetteer, index)).match(asked(text, "IT"))
        imported = find(Mention(text, "IT"), gazetteer)
    assert [one.thing.geonames for one in found if one.certain] == [1] * matched, found
    if places[0][0].startswith(f"{text} "):
        assert (imported.place is not None) is bool(matched), "an import finds the same"


LACKING = {4717560, 2753801, 4049979, 11087502}
"""Paris (Texas), Hoofddorp, Birmingham (Alabama) and a village in Puebla: not in the registry."""


@pytest.fixture(scope="module")
def few(gazetteer: Gazetteer, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """Give a matcher of a registry that has the places of the small gazetteer but some."""
    folder = tmp_path_factory.mktemp("few") / "registry"
    index = registry_of([place for place in PLACES if place.id not in LACKING], folder)
    return Matcher(index, RegistryPlaces(gazetteer, index))


def asked(text: str, *countries: str, **said: Any) -> MatchQuery:
    return MatchQuery(text, ("city",), countries, **said)


@every_row(
    ("query", "city"),
    [
        # A city that the registry lacks has no match, whatever namesake it has.
        (asked("Paris, Texas"), 0),
        (asked("Paris (Texas)", "US"), 0),
        (asked("Paris", "US"), 0),
        (asked("Paris", "US", regions=("Texas",)), 0),
        (asked("Hoofddorp"), 0),
        (asked("Hoofddorp", "NL"), 0),
        (asked("Haarlemmermeer"), 0),
        (asked("Haarlemmermeer", "NL"), 0),
        (asked("Haarlemmermeer", "NL", position=Position(52.3, 4.69)), 0),
        (asked("Benito Juárez, Puebla"), 0),
        (asked("Birmingham", "US"), 0),
        (asked("Birmingham", "US", position=Position(52.48, -1.9)), 0),
        # What stands beside a name is read; what cannot be read is left to a person.
        (asked("Paris"), 2988507),
        (asked("Paris, France"), 2988507),
        (asked("Paris, Nowhere"), 0),
        (asked("Paris (Hilton)"), 0),
        (asked("Paris, Berlin, London"), 0),
        (asked("Alkmaar, Bergen, Castricum"), 0),
        (asked("Alkmaar, Bergen, Castricum", "NL"), 0),
        (asked("Vyborg (Saint Petersburg)"), 470546),
        (asked("Essen, Lower Saxony"), 2928809),
        (asked("Essen, Lower Saxony", "DE"), 2928809),
        (asked("Essen", "DE", regions=("Lower Saxony",)), 2928809),
        (asked("Essen", "DE", regions=("NI",)), 2928809),
        (asked("Essen", "DE", regions=("Atlantis",)), 0),
        (asked("Essen", "DE"), 0),
        (asked("Cartago, Cartago"), 3624370),
        # A country beside the name is as if it were stated: it tells no two of the country apart.
        (asked("Bozen (I)"), 3181913),
        (asked("I-39100 Bozen"), 3181913),
        (asked("Germany: Hildesheim"), 2904789),
        (asked("Essen (D)"), 0),
        (asked("Essen, Germany"), 0),
        (asked("Essen, Lower Saxony, Germany"), 2928809),
        (asked("Dueren"), 2934486),
        (asked("Newbridge, Scotland"), 2641698),
        # Names in other languages, forms of address, genitives, two names.
        (asked("Göteborg"), 2711537),
        (asked("Bozen"), 3181913),
        (asked("Göteborgs kommun", "SE"), 2711537),
        (asked("Stadt Hildesheim"), 2904789),
        (asked("Municipality of Hildesheim"), 2904789),
        (asked("Bozen/Bolzano", "IT"), 3181913),
        # Two names of one place and its province are no list of places.
        (asked("Papia/Pavia (PV)"), 3171366),
        (asked("Pavia (Papia), PV"), 3171366),
        (asked("Pavia, Papia, PV, Alkmaar"), 0),
        (asked("Brighton, Hove, Oxford"), 0),
        (asked("Brighton/Hove, Oxford"), 0),
        (asked("St. Gallen"), 2658822),
        # Whatever contradicts outvotes the name.
        (asked("Düren (Kreis)"), 0),
        (asked("Düren (Kreis)", "DE"), 0),
        (asked("Pavia", "DE"), 0),
        (asked("Pavia", "IT", geonames=(2904789,)), 0),
        (asked("Pavia", "IT", position=Position(48.13, 11.57)), 0),
        (asked("Christchurch", "GB"), 2653075),
        (asked("Christchurch", "GB", position=Position(-43.5, 172.6)), 0),
        (asked("Christchurch", position=Position(-43.5, 172.6)), 2192362),
    ],
)
def test_it_is_matched_or_left_to_a_person(query: MatchQuery, city: int, few: Matcher) -> None:
    found = few.match(query)
    assert [one.thing.geonames for one in found if one.certain] == [city] * bool(city), found


@pytest.mark.slow
def test_no_match_is_elsewhere_than_is_stated(few: Matcher) -> None:
    """For every name with every country, and every position of the others."""
    names = sorted({place.name for place in PLACES})
    for name, country, one in itertools.product(names, ("DE", "GB", "IT", "US"), PLACES):
        at = Position(one.latitude, one.longitude)
        for match in few.match(asked(name, country, position=at)):
            if match.certain:
                place = next(place for place in PLACES if place.id == match.thing.geonames)
                assert is_within(place.country, country)
                assert away(at, place) <= FAR
