"""The table of links: what it tells of a city and of all, following changes, and being restored."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest

from registry import terms
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.reading import Content, Release, Shelf
from registry.releases.workspace import Workspace
from registry.settings import Settings
from registry.things.lookup import DEFAULT, Lookup
from registry.views.links import (
    LINKS,
    Claim,
    Links,
    follow,
    write,
)
from registry.views.names import NAMES
from tests.tables import every_row
from tests.things.made import add, default_graph, store_of

A, B, C = (terms.thing("city", ref) for ref in "abc")
SAMPLE = """
link:a--b cl:party city:a, city:b ; cl:linkKind <http://x/k> ; cl:status status:active ;
  cl:statusAsOf "2019"^^xsd:gYear ; cl:startDate "1952"^^xsd:gYear ; cl:contested true ;
  cl:sourceCount 2 ; cl:claim claim:x, claim:y ; cl:topic <http://x/t>, <http://x/s> ;
  cl:lastConfirmed "2019-04-03"^^xsd:date ; cl:notListedSince "2020-02"^^xsd:gYearMonth ;
  cl:notListedBy document:one ; cl:decidedBy claim:y ; cl:confirmedBy claim:x ; cl:period <https://w3id.org/citylinks/id/period/a--b/10>,
  <https://w3id.org/citylinks/id/period/a--b/2>, <https://w3id.org/citylinks/id/period/a--b/1> .
<https://w3id.org/citylinks/id/period/a--b/1> cl:periodNumber 1 ; cl:startDate "1952"^^xsd:gYear ;
  cl:endDate "1960-05"^^xsd:gYearMonth .
<https://w3id.org/citylinks/id/period/a--b/2> cl:periodNumber 2 ; cl:endDate "1970"^^xsd:gYear .
<https://w3id.org/citylinks/id/period/a--b/10> cl:periodNumber 10 ;
  cl:startDate "1992"^^xsd:gYear .
link:a--c cl:party city:a, city:c ; cl:endDate "1990-05"^^xsd:gYearMonth ; cl:claim claim:z .
claim:x dcterms:source document:one ; cl:locator "row \\"1\\"" ; cl:asOf "2016"^^xsd:gYear .
claim:y cl:supportedBy passage:p, passage:q ; cl:asOf "2019-04-03"^^xsd:date ;
  dcterms:source document:one ; cl:effectiveStatus status:active .
claim:z cl:asOf "2017"^^xsd:gYear .
passage:p cl:passageOf document:two ; cl:locator "page 2" .
passage:q cl:passageOf document:one ; cl:locator "page 3" .
participation:o cl:locator "elsewhere" .
"""


def written(folder: Path, store: ox.Store) -> Links:
    write(Content(folder, [default_graph(store)]))
    return Links(folder / LINKS.name)


def everything(table: Links) -> list[tuple[object, ...]]:
    """List all that a table says, by what links are and not by their numbers."""
    links = table.all()
    by_city = {
        city: [(link[1:], claims) for link, claims in table.of_city(city)]
        for link in links
        for city in link.parties
    }
    return [*(link[1:] for link in links), *by_city.items()]


def test_a_link_is_told_with_its_claims(tmp_path: Path) -> None:
    table = written(tmp_path, store_of(SAMPLE))
    ((first, claims), (second, others)) = table.of_city(A)
    status = terms.SCHEME + "status/active"
    one, two = (terms.thing("document", ref) for ref in ("one", "two"))
    assert first[1:] == (
        terms.thing("link", "a--b"),
        *(
            "http://x/k",
            status,
            "2019",
            "1952",
            "",
            "2019-04-03",
            "2020-02",
            one,
            two,
            one,
            2,
            True,
        ),
        *(("http://x/s", "http://x/t"), (A, B)),
        (("1952", "1960-05"), ("", "1970"), ("1992", "")),
    )
    assert second[2:] == (
        *("", "", "", "", "1990-05", "", "", "", "", "", 0, False),
        (),
        (A, C),
        (),
    )
    # Of a passage and a table, the passage tells the document; of two passages, the first.
    assert claims == (
        Claim(terms.thing("claim", "x"), one, 'row "1"', "2016"),
        Claim(terms.thing("claim", "y"), two, "page 2", "2019-04-03"),
    )
    assert others == (Claim(terms.thing("claim", "z"), "", "", "2017"),)
    assert table.claims(first.iri) == claims
    assert [link.iri for link, _ in table.of_city(B)] == [first.iri]
    assert table.of_city(terms.thing("city", "nowhere")) == []
    assert table.claims(terms.thing("link", "nowhere")) == ()


def test_it_says_of_each_link_what_the_store_says(release: Release) -> None:
    lookup = Lookup(release.store)
    party = ox.NamedNode(terms.prefixed("cl:party"))
    stored = release.store.quads_for_pattern(None, party, None, DEFAULT)
    links = release.view(LINKS).all()
    assert [link.iri for link in links] == sorted({str(quad.subject)[1:-1] for quad in stored})
    for link in links:
        said = lookup.described(link.iri)
        assert list(link.parties) == said.iris("cl:party")
        assert (link.kind, link.status) == (said.first("cl:linkKind"), said.first("cl:status"))
        dates = ("cl:statusAsOf", "cl:startDate", "cl:endDate")
        assert [link.as_of, link.start, link.end] == [said.text(name) for name in dates]
        newest = ("cl:lastConfirmed", "cl:notListedSince")
        assert [link.last_confirmed, link.not_listed_since] == [said.text(name) for name in newest]
        assert link.not_listed_by == said.first("cl:notListedBy")
        documents = {claim.iri: claim.document for claim in release.view(LINKS).claims(link.iri)}
        assert link.confirmed_by == documents.get(said.first("cl:confirmedBy"), "")
        assert link.status_by == documents.get(said.first("cl:decidedBy"), "")
        periods = [lookup.described(period) for period in said.iris("cl:period")]
        told = [(one.text("cl:startDate"), one.text("cl:endDate")) for one in periods]
        assert sorted(link.periods) == sorted(told)
        assert str(link.sources) == said.text("cl:sourceCount")
        assert sorted(link.topics) == sorted(said.iris("cl:topic"))
        claims = release.view(LINKS).claims(link.iri)
        assert [claim.iri for claim in claims] == said.iris("cl:claim")
        assert all(claim.as_of == lookup.text(claim.iri, "cl:asOf") for claim in claims)


@every_row(
    ("status", "said", "by"),
    [
        ("ended", "ended", "two"),
        ("listed", "", "two"),
        ("not-confirmed", "", "two"),
        # A pairing ends with its programme; of claims that differ none is right.
        ("ended", "", ""),
        ("ended", "active", ""),
        ("unknown", "active", ""),
    ],
)
def test_a_status_has_the_source_that_says_so(status: str, said: str, by: str) -> None:
    says = f"claim:y cl:effectiveStatus status:{said} ." if said else ""
    store = store_of(f"""
link:a--b cl:party city:a, city:b ; cl:status status:{status} ; cl:decidedBy claim:y ;
  cl:claim claim:y . claim:y dcterms:source document:two . {says}
""")
    with TemporaryDirectory() as folder:
        (link,) = written(Path(folder), store).all()
    assert link.status_by == (terms.thing("document", by) if by else "")


CHANGES = {
    "another confirmation": (
        "link:a--b cl:confirmedBy claim:x .",
        "link:a--b cl:confirmedBy claim:y .",
        "link/a--b",
    ),
    "a link": ("", "link:b--c cl:party city:b, city:c .", "link/b--c"),
    "no link": ("link:a--c cl:party city:a, city:c .", "", "link/a--c"),
    "a claim": ("", 'link:a--c cl:claim claim:n . claim:n cl:asOf "2020"^^xsd:gYear .', "claim/n"),
    "another date": (
        'claim:x cl:asOf "2016"^^xsd:gYear .',
        'claim:x cl:asOf "2021"^^xsd:gYear .',
        "claim/x",
    ),
    "another period": (
        '<https://w3id.org/citylinks/id/period/a--b/2> cl:endDate "1970"^^xsd:gYear .',
        '<https://w3id.org/citylinks/id/period/a--b/2> cl:endDate "1971"^^xsd:gYear .',
        "period/a--b/2",
    ),
    "another place": (
        'passage:p cl:locator "page 2" .',
        'passage:p cl:locator "page 9" .',
        "passage/p",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_following_changes_gives_what_writing_anew_gives(change: str, tmp_path: Path) -> None:
    store, (gone, come, subject) = store_of(SAMPLE), CHANGES[change]
    (tmp_path / "before").mkdir()
    before = written(tmp_path / "before", store)
    for quad in store_of(gone) if gone else ():
        store.remove(quad)
    add(store, come)
    changed = [terms.ID + subject, terms.thing("city", "a")]
    follow(tmp_path / "followed", tmp_path / "before" / LINKS.name, store, changed)
    followed = everything(Links(tmp_path / "followed"))
    assert followed == everything(written(tmp_path, store))
    assert followed != everything(before)


def test_a_publish_brings_the_table_with_it(own: Workspace, tmp_path: Path) -> None:
    given = Settings(home=own.home, shipped="curated")
    folder = own.folder(own.current() or "")
    kept = {name: (folder / name).stat().st_ino for name in (LINKS.name, NAMES.name)}
    perm, cities = tmp_path / "perm-twins.ttl", tmp_path / "cities.ttl"
    text = Path("data/cities.ttl").read_text(encoding="utf-8")
    cities.write_text(text.replace('"Пермь"@ru', '"Пермище"@ru'), encoding="utf-8")
    assert publish(own, given, Change([cities])).changed
    folder = own.folder(own.current() or "")
    assert (folder / LINKS.name).stat().st_ino == kept[LINKS.name]
    kept[NAMES.name] = (folder / NAMES.name).stat().st_ino

    text = Path("data/perm-twins.ttl").read_text(encoding="utf-8")
    perm.write_text(text.replace('"1992"^^xsd:gYear', '"1991"^^xsd:gYear'), encoding="utf-8")
    assert publish(own, given, Change([perm])).changed
    folder = own.folder(own.current() or "")
    assert (folder / LINKS.name).stat().st_ino != kept[LINKS.name]
    assert (folder / NAMES.name).stat().st_ino == kept[NAMES.name]
    told = {link.iri: link.start for link in Shelf(own).current().view(LINKS).all()}
    assert [told[iri] for iri in told if "amneville" in iri] == ["1991"]


def test_what_an_older_software_did_not_make_is_made_by_the_next_publish(own: Workspace) -> None:
    folder = own.folder(own.current() or "")
    before = everything(Links(folder / LINKS.name)), (folder / NAMES.name).stat().st_size
    for name in (LINKS.name, NAMES.name):
        (folder / name).unlink()
    assert not publish(own, Settings(home=own.home, shipped="curated"), Change()).changed
    assert (everything(Links(folder / LINKS.name)), (folder / NAMES.name).stat().st_size) == before
