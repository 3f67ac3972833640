"""Matching: names, spellings, identifiers; what is likely, and what is safe."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import terms
from registry.formats import NTRIPLES, serialise
from registry.identity.mentions import Mention
from registry.identity.resolution import find
from registry.places.gazetteer import Gazetteer, Place
from registry.places.position import Position
from registry.reconcile.matcher import Desk
from registry.reconcile.matching import Matcher, Query
from registry.reconcile.places import RegistryPlaces
from registry.releases.reading import Content, Release
from registry.settings import Settings
from registry.views.names import NAMES, Index, write
from tests.tables import every_row

PAVIA = "city/pavia-3171366"
AGREEMENT = "agreement/2022-cultcities-friendship-agreement"


@pytest.fixture(scope="module")
def matcher(release: Release, settings: Settings) -> Matcher:
    return Desk(settings).matcher(release)


@every_row(
    ("query", "first"),
    [
        (Query("Pavia", country="IT"), PAVIA),
        (Query("Павия", country="IT"), PAVIA),
        (Query("PAVIE", country="IT", kinds=("city",)), PAVIA),
        (Query("Pavia", position=Position(45.2, 9.15)), PAVIA),
        (Query("Salamanca", country="ES", geonames=3111108), "city/salamanca-3111108"),
        (Query(geonames=511196), "city/perm-511196"),
        (Query("whatever", wikidata="Q915"), "city/perm-511196"),
        (
            Query("CultCities Friendship Agreement"),
            "agreement/2022-cultcities-friendship-agreement",
        ),
        (Query("Louisville", country="US", region="KY"), "city/louisville-4299276"),
    ],
)
def test_it_is_safe(query: Query, first: str, matcher: Matcher) -> None:
    found = matcher.match(query)
    assert (found[0].thing.id, found[0].certain) == (first, True), found
    assert found[0].score >= 95
    assert found[0].reasons
    assert not any(other.certain for other in found[1:])


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (Query("Pavya", country="IT"), PAVIA),
        (Query("friendship agreement"), AGREEMENT),
    ],
)
def test_it_is_left_to_a_person(query: Query, first: str, matcher: Matcher) -> None:
    found = matcher.match(query)
    assert (found[0].thing.id, found[0].certain) == (first, False), found


@every_row(
    "query",
    [
        Query("Pavia", country="JP", kinds=("city",)),
        Query("Louisville", country="US", region="CO"),
        Query("Xanadu", country="IT"),
        Query("Pavia", kinds=("practice",)),
        Query("Pavia", kinds=("unicorn",)),
        Query(wikidata="Q1"),
        Query(geonames=1),
        Query(""),
        Query("?!"),
    ],
)
def test_nothing_is_taken_for_it(query: Query, matcher: Matcher) -> None:
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
    ],
)
def test_an_identifier_returns_what_it_identifies(text: str, matcher: Matcher) -> None:
    (found,) = matcher.match(Query(text))
    assert (found.thing.id, found.score, found.certain) == (PAVIA, 100.0, True)
    assert matcher.match(Query(text, kinds=("event",))) == ()


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
        found = [one for one in matcher.match(Query(name, ("city",), country)) if one.score > 50]
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
    write(Content(tmp_path, [serialise(triples, NTRIPLES)]))

    class Nowhere(Gazetteer):
        def __init__(self) -> None:
            self.place = lambda number: None  # type: ignore[assignment]
            self.keys = lambda country: []  # type: ignore[assignment]

        def named(self, key: str, country: str = "") -> list[tuple[Place, bool]]:
            return []

        def near(self, latitude: float, longitude: float, kilometres: float) -> list[Place]:
            return []

    index = Index(tmp_path / NAMES.name)
    matcher = Matcher(index, RegistryPlaces(Nowhere(), index))
    for query in (
        Query("Hilib", country="RO"),
        Query("Hilip", country="RO"),
        Query("Hilibb", country="RO"),
        Query("Hilib", position=Position(45.97, 26.24)),
        Query("Hillib", country="RO", position=Position(45.97, 26.24)),
    ):
        assert [one.thing.iri for one in matcher.match(query)] == [city.value], query
