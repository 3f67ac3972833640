"""The shipped world: how much it is, that no city is in it twice, and that its stamp is of it."""

from __future__ import annotations

import csv
import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest

from registry import shipped, terms
from registry.identity import ledger, succession
from registry.places.names import addressed, fold
from registry.publishing import prebuilt
from registry.publishing.plan import Change, plan, read_ledger
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.sources.report import ASSIGNED

MEGABYTES = 30
NEAR_KM = 15
NEIGHBOURS = {
    frozenset({"kansas-city-4273837", "kansas-city-4393217"}),
    frozenset({"el-escorial-3123504", "san-lorenzo-de-el-escorial-3110458"}),
    frozenset({"sekondi-11808941", "sekondi-takoradi-2295458"}),
}
"""Cities of one name side by side: in Kansas and Missouri; two municipalities that a map calls by
one name; a town and the city that it is a part of."""


READ = [
    terms.prefixed(name).encode()
    for name in (
        *("rdf:type", "skos:prefLabel", "wgs84:lat", "wgs84:long", "cl:party", "cl:inCountry"),
        *("cl:geonamesFeature", "cl:wikidataItem", "cl:startDate", "cl:ownLanguage"),
    )
]
STATEMENT = re.compile(
    rb'^<([^>]*)> <(%s)> (?:<([^>]*)>|"((?:[^"\\]|\\.)*)")' % b"|".join(map(re.escape, READ)), re.M
)


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """Forget the world after its tests: others are slow in a process of so much memory."""
    yield
    world.cache_clear()
    values.cache_clear()


@cache
def world() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Read the predicates that are looked at: subjects, files, and the text of objects."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for path in shipped.world_files():
        for match in STATEMENT.finditer(lzma.decompress(path.read_bytes())):
            subject, predicate, iri, text = ((part or b"").decode() for part in match.groups())
            said = found.setdefault(predicate, defaultdict(list))
            said[subject].append((path.name, iri or text))
    return found


def statements(name: str) -> dict[str, list[tuple[str, str]]]:
    """Return the subjects and objects of a predicate from all files, by the objects' text."""
    return world()[terms.prefixed(name)]


def typed(name: str) -> set[str]:
    """Return what is of a class."""
    return {s for s, said in values("rdf:type").items() if terms.prefixed(name) in said}


@cache
def values(name: str) -> dict[str, set[str]]:
    return {subject: {text for _, text in said} for subject, said in statements(name).items()}


def distance(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Give the kilometres between two positions on a sphere."""
    (a, b), (c, d) = (map(radians, place) for place in (one, two))
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 12742 * asin(sqrt(half))


@pytest.mark.slow
def test_it_is_large_and_small_enough() -> None:
    assert len(typed("cl:City")) >= 19_000
    assert len(values("cl:party")) >= 33_000
    assert len(typed("cl:Participation") & set(values("cl:startDate"))) >= 10_000
    assert len(typed("cl:HeritagePractice")) >= 60
    committed = (path for path in shipped.WORLD.rglob("*") if path.name != ASSIGNED)
    size = sum(path.stat().st_size for path in committed if path.is_file())
    assert size < MEGABYTES * 1_000_000


@pytest.mark.slow
def test_cities_are_called_in_their_own_language_and_those_of_the_pages() -> None:
    named, own = statements("skos:prefLabel"), values("cl:ownLanguage")
    assert len(own) >= 0.75 * len(typed("cl:City"))
    told = {city: {text for _, text in said} for city, said in named.items()}
    for ref, names in {
        "munich-2867714": {"München", "Monaco di Baviera", "Munich", "Múnich"},
        "vienna-2761369": {"Wien", "Vienna", "Vienne", "Viena"},
        "moscow-524901": {"Москва", "Moskau", "Moscow", "Mosca", "Moscou", "Moscú"},
        "beijing-1816670": {"北京", "Peking", "Beijing", "Pechino", "Pékin", "Pekín"},
    }.items():
        assert told[terms.thing("city", ref)] == names


@pytest.mark.slow
def test_no_link_is_of_a_city_with_itself() -> None:
    assert {link for link, parties in values("cl:party").items() if len(parties) < 2} == set()


@pytest.mark.slow
def test_every_party_is_described() -> None:
    described = values("cl:inCountry")
    assert {city for parties in values("cl:party").values() for city in parties} <= set(described)


@pytest.mark.slow
def test_no_city_is_there_twice() -> None:
    lat, long, country = values("wgs84:lat"), values("wgs84:long"), values("cl:inCountry")
    named = defaultdict(set)
    for city, labels in values("skos:prefLabel").items():
        if city in lat:
            for label in labels:
                named[fold(label), *country[city]].add(city)

    def place(city: str) -> tuple[float, float]:
        return float(min(lat[city])), float(min(long[city]))

    near = {
        frozenset(city.removeprefix(terms.thing("city", "")) for city in pair)
        for cities in named.values()
        for pair in combinations(sorted(cities), 2)
        if distance(*map(place, pair)) < NEAR_KM
    }
    assert near <= NEIGHBOURS
    for identifier in ("cl:geonamesFeature", "cl:wikidataItem"):
        owners = defaultdict(set)
        for city, items in values(identifier).items():
            for item in items:
                owners[item].add(city)
        assert {item for item, cities in owners.items() if len(cities) > 1} == set()


@pytest.mark.slow
def test_what_the_crawl_of_2016_says_of_perm() -> None:
    crawl = {
        s for s, said in statements("cl:party").items() if "wikidata-p190-2016.nt.xz" in dict(said)
    }
    for partner in ("louisville-4299276", "oxford-2640729", "realmonte-2523636"):
        assert any(partner in link and "perm-511196" in link for link in crawl), partner


@pytest.mark.slow
def test_a_city_that_was_given_up_leads_to_the_one_of_its_name_that_its_rows_are_of() -> None:
    known = ledger.read(*shipped.ledgers("all"))
    labels = {one.ref: addressed(fold(one.label)) for one in known.entries if one.kind == "city"}
    went: defaultdict[str, set[str]] = defaultdict(set)
    with (shipped.WORLD / "moved.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            went[row["before"]] |= {row["now"]} - {""}
    given_up = {one.ref for one in known.given_up if one.kind == "city"}
    led = {
        ref: known.current(terms.thing("city", ref)).removeprefix(terms.thing("city", ""))
        for ref in given_up & went.keys()
        if {labels[now] for now in went[ref]} == {labels[ref]} and len(went[ref]) == 1
    }
    assert led
    assert {ref: {now} for ref, now in led.items()} == {ref: went[ref] for ref in led}


@pytest.mark.parametrize("path", shipped.ledgers("all"), ids=lambda path: path.parent.name)
def test_each_ledger_ends_with_a_whole_line(path: Path) -> None:
    assert path.read_bytes().endswith(b"\n")


@pytest.mark.slow
def test_the_stamp_is_of_what_is_shipped(tmp_path: Path) -> None:
    """After a change of data, rules, shapes or terms it is made anew: `make stamp`."""
    settings = Settings(home=tmp_path, shipped="all")
    known, others = prebuilt.unchanged(shipped.files_of("all"))
    assert len(known) == len(shipped.world_files())
    assert set(others) == set(shipped.files_of("all")) - set(shipped.world_files())
    planned = plan(Workspace(tmp_path), settings, Change())
    settled = prebuilt.settled(planned.ledger, planned.graphs)
    now = succession.applied(read_ledger(Workspace(tmp_path), settings), known)
    assert {iri for iri in known if now[iri] == known[iri]} == settled, "make stamp"
    made = prebuilt.of(planned.graphs)
    assert made is not None, "what the world comes with is out of date: make stamp"
    assert made.report.conforms
    assert made.derived.count > 200_000
