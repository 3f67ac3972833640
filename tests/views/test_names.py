"""The index of a release: names and identifiers, what is typed so far, and following changes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest

from registry import terms
from registry.graphs.graph import from_triples
from registry.lists.tables import Tables
from registry.lists.writer import Writer
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.reconcile.extension import PROPERTIES, Facts
from registry.reconcile.protocol import entities
from registry.releases.reading import Content, Release, Shelf
from registry.releases.workspace import Workspace
from registry.search.identifiers import beginning
from registry.settings import Settings
from registry.things.labels import Labels
from registry.things.lookup import Lookup
from registry.views import links
from registry.views.links import LINKS
from registry.views.names import (
    NAMES,
    NameIndex,
    follow,
    write,
)
from tests.tables import every_row
from tests.things.made import default_graph

ITEM = "http://www.wikidata.org/entity/"
PAVIA = terms.thing("city", "pavia-3171366")


def literal(iri: str, name: str, value: ox.Literal) -> ox.Quad:
    return ox.Quad(ox.NamedNode(iri), ox.NamedNode(terms.prefixed(name)), value)


def everything(index: NameIndex) -> list[tuple[object, ...]]:
    """List all that an index says, by what things are and not by their numbers."""
    things = index.ask(
        "SELECT kind, ref, label, country, latitude, longitude, population, geonames, wikidata "
        "FROM thing ORDER BY kind, ref"
    ).fetchall()
    names = index.ask(
        "SELECT kind, ref, key, main, weight, name.label, lang, spelled FROM name JOIN thing "
        "ON thing.id = name.thing ORDER BY kind, ref, key"
    ).fetchall()
    preferred = index.ask(
        "SELECT kind, ref, preferred.label, lang, own FROM preferred JOIN thing "
        "ON thing.id = preferred.thing ORDER BY kind, ref, lang, preferred.label"
    ).fetchall()
    items = index.ask(
        "SELECT kind, ref, item FROM item JOIN thing ON thing.id = item.thing "
        "ORDER BY kind, ref, item"
    ).fetchall()
    return [*things, *names, *preferred, *items]


def test_a_city_is_found_by_each_of_its_identifiers(release: Release) -> None:
    index = release.view(NAMES)
    perm = index.thing("city", "perm-511196")
    assert perm
    assert (perm.label, perm.country, perm.geonames, perm.wikidata) == (
        "Perm",
        "RU",
        511196,
        "Q915",
    )
    assert perm.latitude == pytest.approx(58.01, abs=0.01)
    assert index.by_geonames(511196) == index.by_wikidata("Q915") == perm
    assert perm.iri == terms.thing("city", "perm-511196")
    assert index.by_geonames(0) is None
    assert index.by_wikidata("") is None
    assert index.thing("city", "nowhere-1") is None


def test_many_things_are_asked_for_at_once(release: Release) -> None:
    perm, none = terms.thing("city", "perm-511196"), terms.thing("city", "nowhere-1")
    asked = [perm, none, PAVIA, terms.BASE]
    assert sorted(release.view(NAMES).by_iri(asked)) == [PAVIA, perm]
    assert release.view(NAMES).by_iri([PAVIA])[PAVIA].country == "IT"
    names = release.view(NAMES).preferred(asked)
    assert sorted(names) == [PAVIA, perm]
    assert [(n.lang, n.text, n.own) for n in names[perm] if n.lang in {"en", "ru"}] == [
        ("en", "Perm", 0),
        ("ru", "Пермь", 1),
    ]
    for iri, told in names.items():
        lookup = Lookup(release.store)
        stored = lookup.literals(iri, "skos:prefLabel")
        assert {(n.text, n.lang) for n in told} == {(s.value, s.language or "") for s in stored}
        own = {tag.value for tag in lookup.literals(iri, "cl:ownLanguage")}
        assert {n.lang for n in told if n.own} == own & {n.lang for n in told}


@every_row("name", ["perm", "PERM", "Пермь", "  Perm "])
def test_a_name_is_found_in_each_script(name: str, release: Release) -> None:
    found = release.view(NAMES).beginning(name)
    assert found[0].thing.ref == "perm-511196"


@every_row(
    ("typed", "first"),
    [
        ("hil", "city/hildesheim-2904789"),
        ("besanc", "city/besancon-3033123"),
        ("cultcities fri", "agreement/2022-cultcities-friendship-agreement"),
        ("friendship agr", "agreement/2022-cultcities-friendship-agreement"),
    ],
)
def test_each_word_may_be_unfinished(typed: str, first: str, release: Release) -> None:
    assert release.view(NAMES).beginning(typed)[0].thing.id == first


@every_row("typed", ["", "  ", '"', "*", "' OR 1", "zzzzz", "NOT AND", "\x00", "🙂"])
def test_what_nothing_begins_with_gives_nothing(typed: str, release: Release) -> None:
    assert [one.thing.id for one in release.view(NAMES).beginning(typed)] == []


def test_kinds_and_number_are_limited(release: Release) -> None:
    found = release.view(NAMES).beginning("p", ["practice"])
    assert {one.thing.kind for one in found} <= {"practice"}
    assert len(release.view(NAMES).beginning("p", limit=2)) == 2


def test_following_changes_gives_what_writing_anew_gives(release: Release, tmp_path: Path) -> None:
    store = ox.Store()
    store.extend(release.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    perm = terms.thing("city", "perm-511196")
    new = terms.thing("practice", "street-organs")
    store.add(literal(PAVIA, "skos:altLabel", ox.Literal('"Ticinum"\\ \u00e9\n', language="la")))
    store.add(literal(new, "skos:prefLabel", ox.Literal("Street organs", language="en")))
    label = ox.NamedNode(terms.prefixed("skos:prefLabel"))
    store.add(literal(PAVIA, "cl:ownLanguage", ox.Literal("en")))
    item = ox.NamedNode(terms.prefixed("cl:wikidataItem"))
    store.add(ox.Quad(ox.NamedNode(PAVIA), item, ox.NamedNode(f"{ITEM}Q7")))
    for quad in list(store.quads_for_pattern(ox.NamedNode(perm), label, None, None)):
        store.remove(quad)
    before = release.folder / NAMES.name
    follow(tmp_path / "followed", before, store, [PAVIA, new, perm, terms.thing("claim", "x")])
    told = default_graph(store)
    # What several graphs say, in whatever order, is said once.
    write(Content(tmp_path, [told, told]))
    followed, written = NameIndex(tmp_path / "followed"), NameIndex(tmp_path / NAMES.name)
    assert everything(followed) == everything(written)
    assert followed.beginning("ticin")[0].thing.iri == PAVIA
    assert [one.thing.iri for one in followed.beginning("street org")] == [new]
    words = "SELECT count(*) FROM word WHERE word MATCH 'pavia'"
    assert followed.ask(words).fetchall() == written.ask(words).fetchall()


def test_where_no_name_changed_the_index_is_the_same_file(
    own: Workspace, settings: Settings, tmp_path: Path
) -> None:
    given = Settings(home=own.home, shipped="curated")
    before = (own.folder(own.current() or "") / NAMES.name).stat().st_ino
    perm = tmp_path / "perm-twins.ttl"
    text = Path("data/perm-twins.ttl").read_text(encoding="utf-8")
    perm.write_text(text.replace('"1992"^^xsd:gYear', '"1991"^^xsd:gYear'), encoding="utf-8")
    assert publish(own, given, Change([perm])).changed
    assert (own.folder(own.current() or "") / NAMES.name).stat().st_ino == before
    cities = tmp_path / "cities.ttl"
    text = Path("data/cities.ttl").read_text(encoding="utf-8")
    cities.write_text(text.replace('"Пермь"@ru', '"Пермище"@ru'), encoding="utf-8")
    assert publish(own, given, Change([cities])).changed
    index = Shelf(own).current().view(NAMES)
    assert index.beginning("Пермищ")[0].thing.ref == "perm-511196"


def made(folder: Path, *cities: tuple[int, str, dict[str, str], list[str]]) -> NameIndex:
    """Make an index of cities: inhabitants, preferred name, other names by language, items."""
    number = ox.NamedNode(terms.prefixed("xsd:integer"))
    triples = []
    for place, (people, name, others, items) in enumerate(cities, 100):
        city = ox.NamedNode(terms.thing("city", f"c-{place}"))
        said: list[tuple[str, ox.Literal | ox.NamedNode]] = [
            ("skos:prefLabel", ox.Literal(name, language="en")),
            ("cl:population", ox.Literal(str(people), datatype=number)),
            ("cl:geonamesFeature", ox.NamedNode(f"https://sws.geonames.org/{place}/")),
        ]
        said += [("skos:altLabel", ox.Literal(n, language=lang)) for n, lang in others.items()]
        said += [("cl:wikidataItem", ox.NamedNode(ITEM + item)) for item in items]
        triples += [ox.Triple(city, ox.NamedNode(terms.prefixed(n)), value) for n, value in said]
    write(Content(folder, [from_triples(f"{terms.GRAPH}list", triples)]))
    return NameIndex(folder / NAMES.name)


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    """Make an index of cities whose names begin alike."""
    return made(
        tmp_path_factory.mktemp("cities"),
        (350_000, "Pavlodar", {}, []),
        (72_000, "Pavia", {}, []),
        (17_000, "Pavullo nel Frignano", {}, []),
        (3_000, "Berg", {}, []),
        (120_000, "Bergamo", {}, []),
        (500_000, "Castle Berg", {}, []),
        (2_100_000, "Paris", {}, []),
        (190_000, "Parma", {}, []),
        (1_400_000, "Belem", {"Pará": "pt"}, []),
        (12_700_000, "Mumbai", {}, []),
        (1_260_000, "Munich", {"München": "de", "Munchen": "nl"}, []),
        (170_000, "Muelheim", {"Mülheim": "de"}, []),
        (10_000, "Munchenbuchsee", {"Münchenbuchsee": "de"}, []),
    )


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    """Make an index of two cities, of which one is larger."""
    folder = tmp_path_factory.mktemp("two")
    return made(folder, (500, "Town", {}, ["Q30"]), (700, "Other", {}, ["Q31"]))


@every_row(
    ("typed", "labels"),
    [
        # The larger and the shorter name.
        ("pav", ["Pavia", "Pavlodar", "Pavullo nel Frignano"]),
        ("pavl", ["Pavlodar"]),
        # A whole name, then one that begins so, then one of which a later word does.
        ("berg", ["Berg", "Bergamo", "Castle Berg"]),
        # Other names come after preferred ones, but for a metropolis among villages.
        ("par", ["Paris", "Parma", "Belem"]),
        # The letters that were typed come first, in whatever case and encoding.
        ("mu", ["Mumbai", "Munich", "Muelheim"]),
        ("mü", ["Munich", "Muelheim", "Munchenbuchsee", "Mumbai"]),
        ("MÜ", ["Munich", "Muelheim", "Munchenbuchsee", "Mumbai"]),
        ("mu\u0308", ["Munich", "Muelheim", "Munchenbuchsee", "Mumbai"]),
        ("münch", ["Munich", "Munchenbuchsee"]),
        ("munch", ["Munich", "Munchenbuchsee"]),
        # What nothing is spelled like is found by its folded form.
        ("pàvì", ["Pavia"]),
    ],
)
def test_what_begins_so_is_in_the_order_that_a_reader_expects(
    typed: str, labels: list[str], cities: NameIndex
) -> None:
    found = [one.thing.label for one in cities.beginning(typed)]
    assert found[: len(labels)] == labels


def test_the_name_that_is_shown_is_the_one_that_was_typed(tmp_path: Path) -> None:
    index = made(tmp_path, (1_260_000, "Munich", {"Munchen": "cs", "München": "de"}, []))
    assert [one.name for one in index.beginning("münch")] == ["München"]
    assert [one.name for one in index.beginning("munch")] == ["Munchen"]


def test_a_city_is_found_by_each_of_its_items(tmp_path: Path) -> None:
    index = made(tmp_path, (500, "Town", {}, ["Q30", "Q4", "Q200"]), (700, "Other", {}, ["Q31"]))
    town = index.thing("city", "c-100")
    assert town
    assert index.items(town) == ["Q200", "Q30", "Q4"]
    lookup = Lookup(ox.Store())
    links.write(Content(tmp_path, []))
    table = links.Links(tmp_path / LINKS.name)
    facts = Facts(lookup, index, Labels(lookup, ["en"]), table)
    told = PROPERTIES["wikidata"].values(facts, town)
    assert [*told] == [{"str": "Q200"}, {"str": "Q30"}, {"str": "Q4"}]
    assert [index.by_wikidata(item) for item in ("Q200", "Q30", "Q4", "Q3")] == [town] * 3 + [None]


@every_row(
    ("typed", "found"),
    [
        ("Q3", [("Other", "Q31"), ("Town", "Q30")]),
        ("Q30", [("Town", "Q30")]),
        ("http://www.wikidata.org/entity/Q31", [("Other", "Q31")]),
        ("10", [("Other", "101"), ("Town", "100")]),
        ("https://sws.geonames.org/101", [("Other", "101")]),
        ("geonames:100", [("Town", "100")]),
        ("city/c-1", [("Other", "city/c-101"), ("Town", "city/c-100")]),
        (terms.thing("city", "c-100"), [("Town", "city/c-100")]),
        ("city/", []),
        ("practice/c-1", []),
        ("Q", []),
        ("Q9", []),
        ("9", []),
        ("Town", []),
        ("", []),
    ],
)
def test_things_are_found_by_how_their_identifiers_begin(
    typed: str, found: list[tuple[str, str]], two: NameIndex
) -> None:
    assert [(one.thing.label, one.name) for one in beginning(two, typed, 9)] == found
    assert beginning(two, typed, 1) == beginning(two, typed, 9)[:1]


def test_what_is_identified_comes_before_what_begins_so(tmp_path: Path) -> None:
    index = made(tmp_path, (500, "Town", {}, ["Q3"]), (700, "Other", {}, ["Q31"]))
    assert [one.thing.label for one in entities(index, "Q3", 9)] == ["Town", "Other"]
    assert [one.thing.label for one in entities(index, "Q3", 1)] == ["Town"]
    assert [one.thing.label for one in entities(index, "10", 9)] == ["Other", "Town"]


def test_a_list_of_cities_has_all_items_of_each(release: Release, tmp_path: Path) -> None:
    store = ox.Store()
    store.extend(release.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    item = ox.NamedNode(terms.prefixed("cl:wikidataItem"))
    store.add(ox.Quad(ox.NamedNode(PAVIA), item, ox.NamedNode(f"{ITEM}Q7")))
    write(Content(tmp_path, [default_graph(store)]))
    index = NameIndex(tmp_path / NAMES.name)
    tables, lookup = Tables(store, index, release.view(LINKS)), Lookup(store)
    writer = Writer("cities", tables, Labels(lookup, ["en"]), lookup, "")
    (row,) = (row for row in tables.cities if row.iri == PAVIA)
    assert writer.cells(row)["wikidata"] == "Q6259 | Q7"


@every_row(("stated", "known"), [(3, 0), (49, 0), (50, 50), (500, 500)])
def test_so_few_inhabitants_no_city_has(stated: int, known: int) -> None:
    with TemporaryDirectory() as folder:
        index = made(Path(folder), (stated, "Town", {}, []))
        town = index.thing("city", "c-100")
        assert town
        assert town.population == known
