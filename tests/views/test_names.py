"""The index of a release: names and identifiers, what is typed so far, and following changes."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Content, Release, Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.things.lookup import Lookup
from registry.views.names import (
    NAMES,
    NameIndex,
    follow,
    write,
)
from tests.tables import every_row
from tests.things.made import ntriples_of

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
        "SELECT kind, ref, key, main, name.label, lang FROM name JOIN thing "
        "ON thing.id = name.thing ORDER BY kind, ref, key"
    ).fetchall()
    preferred = index.ask(
        "SELECT kind, ref, preferred.label, lang, own FROM preferred JOIN thing "
        "ON thing.id = preferred.thing ORDER BY kind, ref, lang, preferred.label"
    ).fetchall()
    return [*things, *names, *preferred]


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
    for quad in list(store.quads_for_pattern(ox.NamedNode(perm), label, None, None)):
        store.remove(quad)
    before = release.folder / NAMES.name
    follow(tmp_path / "followed", before, store, [PAVIA, new, perm, terms.thing("claim", "x")])
    told = ntriples_of(store)
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
