"""Endings and suspensions since 2022: each has a page, a passage, a day and a side."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pyoxigraph as ox
import pytest

from registry import shipped, terms
from registry.identity import ledger

NAME = "endings-since-2022"
GRAPH = ox.NamedNode(terms.GRAPH + NAME)
LEDGER = shipped.WORLD / f"{NAME}.tsv"
ID = terms.thing("", "")[:-1]
TODAY = "2026-11-29"

PROLOGUE = f"""BASE <{ID}>
PREFIX cl: <{terms.CL}>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX mode: <https://w3id.org/citylinks/scheme/evidence-mode/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX status: <https://w3id.org/citylinks/scheme/status/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


@cache
def stated() -> ox.Store:
    """Read the graph."""
    store = ox.Store()
    path = shipped.WORLD / f"{NAME}.ttl"
    store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return store


def select(pattern: str, variables: str = "*", store: ox.Store | None = None) -> list[list[str]]:
    """Return the rows of a pattern as text, in the order of the variables."""
    found = (store or stated()).query(f"{PROLOGUE} SELECT {variables} WHERE {{ {pattern} }}")
    assert isinstance(found, ox.QuerySolutions)
    return [[getattr(term, "value", "") for term in row] for row in found]


def ref(iri: str) -> str:
    return (terms.kind_and_ref(iri) or ("", ""))[1]


def test_links_and_sources() -> None:
    links = select("?link cl:party ?city", "DISTINCT ?link")
    documents = select("?document a cl:SourceDocument", "?document")
    publishers = select("?document dcterms:publisher ?by", "DISTINCT ?by")
    assert (len(links), len(documents), len(publishers)) == (71, 49, 47)


def test_it_is_offered_with_the_world_alone() -> None:
    path = shipped.WORLD / f"{NAME}.ttl"
    assert path in shipped.files_of("all")
    assert path not in shipped.files_of("curated")
    assert NAME in shipped.left_out("curated")
    assert LEDGER in shipped.ledgers("all")
    assert shipped.ledgers("curated") == [shipped.LEDGER]


@pytest.mark.parametrize(
    "needed",
    [
        "?claim cl:claimedStatus ?status ; cl:claimedKind ?kind ; cl:asOf ?day",
        "?claim cl:statusSince ?since FILTER(STR(?since) >= '2022')",
        "?claim cl:decidedByParty ?side . ?link cl:claim ?claim ; cl:party ?side",
        "?claim cl:supportedBy ?passage . ?passage cl:locator ?where ; cl:mode ?mode ;"
        " cl:passageOf/foaf:page ?page FILTER(STRSTARTS(STR(?page), 'http'))",
        "?claim cl:supportedBy/cl:passageOf ?document . ?document dcterms:publisher ?by ;"
        " dcterms:language ?l ; dcterms:title ?t ; dcterms:issued|cl:issuedEarliest ?day",
        f"?claim cl:supportedBy/cl:passageOf ?document . <{GRAPH.value}> dcterms:source ?document",
    ],
)
def test_each_claim_has_what_it_needs(needed: str) -> None:
    without = select(f"?claim a cl:LinkClaim FILTER NOT EXISTS {{ {needed} }}", "?claim")
    assert without == []


@pytest.mark.parametrize(
    "wrong",
    [
        "?claim cl:claimedStatus status:ended FILTER NOT EXISTS"
        " { ?claim cl:statusSince ?since ; cl:endDate ?since }",
        "?passage cl:mode mode:inferred FILTER NOT EXISTS { ?passage skos:note ?how }",
        "?passage a cl:Passage FILTER NOT EXISTS { ?any cl:supportedBy ?passage }",
        "?document cl:issuedEarliest ?day FILTER NOT EXISTS { ?document skos:note ?how }",
        "?claim cl:statedBy ?authority ; cl:supportedBy/cl:passageOf/dcterms:publisher ?by"
        " FILTER(?authority != ?by)",
        "?claim cl:recordedUnder ?city",
    ],
)
def test_no_statement_goes_beyond_its_page(wrong: str) -> None:
    """A page is no list: what it does not name it does not leave out (`cl:recordedUnder`)."""
    assert select(wrong) == []


def test_only_oxford_speaks_for_itself() -> None:
    assert select("?claim cl:statedBy ?by ; cl:statusSince ?day", "?by ?day") == [
        [terms.thing("authority", "oxford-city-council"), "2022-03-04"]
    ]


def test_the_reference_of_a_link_is_made_of_its_cities() -> None:
    for link, *cities in select(
        "?link cl:party ?one, ?other FILTER(STR(?one) < STR(?other))", "?link ?one ?other"
    ):
        assert ref(link) == "--".join(map(ref, cities))


@pytest.mark.slow
def test_every_city_is_described_by_the_world() -> None:
    """A re-import of the world may drop a city: then its endings would lead nowhere."""
    described = lzma.decompress((shipped.WORLD / "cities.nt.xz").read_bytes()).decode()
    for (city,) in select("?link cl:party ?city", "DISTINCT ?city"):
        assert f"\n<{city}> <{terms.CL}inCountry> " in described, city


def test_its_ledger_has_a_line_for_each_thing_and_no_other() -> None:
    minted = ledger.read(*shipped.ledgers("all"))
    lines = {entry.iri for entry in ledger.read(LEDGER).entries}
    things = {subject for (subject,) in select("?subject a ?any", "DISTINCT ?subject")}
    links = {link for (link,) in select("?link cl:party ?city", "DISTINCT ?link")}
    assert lines <= {entry.iri for entry in minted.entries}
    assert things - links - lines == {GRAPH.value}
    assert lines <= things
    assert Counter(entry.decided for entry in ledger.read(LEDGER).entries).keys() == {"curator"}


def _world_says(links: set[str]) -> Iterator[str]:
    """Yield what the imported graphs say of some links, their claims, and of all documents."""
    subject = re.compile(r"<[^>]*/id/(?:link/([^>/]+)>|claim/([^>/]+)/|(document)/)")
    for path in shipped.world_files():
        for line in lzma.decompress(path.read_bytes()).decode().splitlines():
            match = subject.match(line)
            if match and (match[3] or {match[1], match[2]} & links):
                yield line


@cache
def present() -> ox.Store:
    """Derive the present from the graph and what the imported lists say of the same links."""
    store = ox.Store()
    store.extend(stated())
    links = {ref(link) for (link,) in select("?link cl:party ?city", "?link")}
    lists = "\n".join(_world_says(links))
    store.load(lists.encode(), format=ox.RdfFormat.N_TRIPLES)
    settings = ox.NamedNode(terms.GRAPH + "settings")
    for name, day in (("asOf", TODAY), ("unconfirmedBefore", "2021-11-29")):
        value = ox.Literal(day, datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#date"))
        store.add(ox.Quad(settings, ox.NamedNode(terms.CL + name), value, settings))
    scheme = shipped.ROOT / "ontology" / "schemes" / "status.ttl"
    store.load(path=str(scheme), format=ox.RdfFormat.TURTLE)
    for rule in shipped.rule_files():
        found = store.query(rule.read_text(encoding="utf-8"))
        assert isinstance(found, ox.QueryTriples)
        store.extend([ox.Quad(t.subject, t.predicate, t.object) for t in list(found)])
    return store


@pytest.mark.slow
def test_each_is_shown_with_day_and_side_although_lists_have_it() -> None:
    query = (shipped.ROOT / "queries" / "ended-or-suspended-links.rq").read_text(encoding="utf-8")
    found = present().query(query)
    assert isinstance(found, ox.QuerySolutions)
    rows = {
        ref(row["link"].value): (row["status"].value, row["since"].value, ref(row["party"].value))
        for row in found
    }
    assert rows.keys() == {ref(link) for (link,) in select("?link cl:party ?city", "?link")}
    assert Counter(status for status, _, _ in rows.values()) == {"ended": 44, "suspended": 27}
    shown = {
        "oxford-2640729--perm-511196": ("suspended", "2022-03-04", "oxford-2640729"),
        "melbourne-2158177--saint-petersburg-498817": ("ended", "2023-05-30", "melbourne-2158177"),
        "barcelona-3128760--tel-aviv-293397": ("suspended", "2025-05-30", "barcelona-3128760"),
        "groningen-2755251--murmansk-524305": ("ended", "2024", "murmansk-524305"),
    }
    assert {link: rows[link] for link in shown} == shown


@pytest.mark.slow
def test_a_later_list_that_has_them_makes_the_status_contested_and_does_not_change_it() -> None:
    """The lists of 2026 still have some of them; both are shown, and the page decides."""
    contested = select("?link cl:claim ?any ; cl:contestedAbout ?what", "?link ?what", present())
    later = select("?claim cl:asOf ?day FILTER(STR(?day) >= '2026')", "?claim", present())
    listed = {claim.removeprefix(terms.thing("claim", "")).partition("/")[0] for (claim,) in later}
    assert len(listed) > 10
    assert {what for _, what in contested} == {"status"}
    assert {ref(link) for link, _ in contested} == listed
