"""The panels of a city's page: partners, disputes, time, agreements, sources, map."""

from __future__ import annotations

import pytest

from registry import terms
from registry.releases.reading import Release
from registry.things.city import city
from registry.things.city.panel import City
from registry.things.city.partners import SORTS, Partner
from tests.tables import every_row
from tests.things.made import pages_of, pages_of_release, store_of

A, PAVIA, PERM = (terms.thing("city", ref) for ref in ("a", "pavia-3171366", "perm-511196"))
CITIES = """
city:a a cl:City ; skos:prefLabel "Alba"@en ; wgs84:lat 44.7 ; wgs84:long 8.03 .
city:b a cl:City ; skos:prefLabel "Brno"@en ; wgs84:lat 49.2 ; wgs84:long 16.6 .
city:c a cl:City ; skos:prefLabel "Cork"@en .
link:a--b a cl:CityLink ; cl:party city:a, city:b ; cl:status status:active ;
  cl:startDate "1952"^^xsd:gYear ; cl:contested true ; cl:contestedAbout "start" ;
  cl:sourceCount 2 ; cl:claim claim:x, claim:y .
link:a--c a cl:CityLink ; cl:party city:a, city:c ; cl:status status:ended ;
  cl:startDate "1950-05"^^xsd:gYearMonth ; cl:endDate "1990"^^xsd:gYear ; cl:claim claim:z .
claim:x cl:startDate "1952"^^xsd:gYear ; dcterms:source document:one ; cl:locator "row 1" ;
  cl:asOf "2016"^^xsd:gYear .
claim:y cl:startDate "1977"^^xsd:gYear ; cl:supportedBy passage:p ; cl:asOf "2019"^^xsd:gYear .
claim:z dcterms:source document:one ; cl:asOf "2017"^^xsd:gYear .
passage:p cl:passageOf document:two ; cl:locator "page 2" .
document:one dcterms:title "One"@en . document:two dcterms:title "Two"@en .
"""


@pytest.fixture(scope="module")
def alba() -> City:
    return city(pages_of(store_of(CITIES)), A)


def test_partners_whose_links_hold_come_first(alba: City) -> None:
    assert [(p.name, p.since, p.until, p.holds) for p in alba.partners] == [
        ("Brno", "1952", "", True),
        ("Cork", "1950", "1990", False),
    ]


EVIDENCE = """
city:a a cl:City ; skos:prefLabel "Alba"@en ; wgs84:lat 44.7 ; wgs84:long 8.03 .
city:b a cl:City ; skos:prefLabel "Brno"@en ; wgs84:lat 49.2 ; wgs84:long 16.6 .
city:c a cl:City ; skos:prefLabel "Cork"@en ; wgs84:lat 51.9 ; wgs84:long -8.5 .
city:d a cl:City ; skos:prefLabel "Dole"@en ; wgs84:lat 47.1 ; wgs84:long 5.5 .
link:a--b a cl:CityLink ; cl:party city:a, city:b ; cl:status status:suspended ;
  cl:linkKind <https://w3id.org/citylinks/scheme/link-kind/twinning> ; cl:decidedBy claim:x ;
  cl:claim claim:x ; cl:statusAsOf "2022"^^xsd:gYear .
claim:x cl:statusSince "2022-03-04"^^xsd:date ; cl:statusReason "War"@en ;
  cl:decidedByParty city:b ; cl:asOf "2022"^^xsd:gYear ; cl:effectiveStatus status:suspended ;
  dcterms:source document:one .
link:a--c a cl:CityLink ; cl:party city:a, city:c ; cl:status status:not-confirmed ;
  cl:linkKind <https://w3id.org/citylinks/scheme/link-kind/twinning> ;
  cl:lastConfirmed "2017-03"^^xsd:gYearMonth ; cl:notListedSince "2026-02"^^xsd:gYearMonth ;
  cl:notListedBy document:one ; cl:claim claim:y ; cl:confirmedBy claim:y .
claim:y dcterms:source document:one ; cl:asOf "2017-03"^^xsd:gYearMonth .
link:a--d a cl:CityLink ; cl:party city:a, city:d ; cl:status status:listed ;
  cl:linkKind <https://w3id.org/citylinks/scheme/link-kind/twinning> ;
  cl:startDate "1992"^^xsd:gYear ; cl:period <https://w3id.org/citylinks/id/period/a--d/1>,
  <https://w3id.org/citylinks/id/period/a--d/2> ; cl:claim claim:z ;
  cl:decidedBy claim:z ; cl:confirmedBy claim:z ; cl:lastConfirmed "2022"^^xsd:gYear ;
  cl:statusAsOf "2022"^^xsd:gYear .
<https://w3id.org/citylinks/id/period/a--d/1> cl:periodNumber 1 ; cl:startDate "1960"^^xsd:gYear ;
  cl:endDate "1990"^^xsd:gYear .
<https://w3id.org/citylinks/id/period/a--d/2> cl:periodNumber 2 ; cl:startDate "1992"^^xsd:gYear .
claim:z dcterms:source document:one ; cl:asOf "2022"^^xsd:gYear .
document:one dcterms:title "One"@en .
"""


def ages(partner: Partner) -> list[object]:
    """Give who says how a link stands, confirmed it, left it out; and years since, if many."""
    age = partner.age
    told = (age.stated, age.confirmed, age.unlisted)
    return [*((one.document.words.text, one.day) if one else None for one in told), age.years]


def test_partners_tell_how_their_links_stand() -> None:
    shown = city(pages_of(store_of(EVIDENCE)), A)
    dole, cork, brno = shown.partners
    assert [p.name for p in shown.partners] == ["Dole", "Cork", "Brno"]
    assert [(p.holds, p.may_hold) for p in shown.partners] == [
        (True, True),
        (False, True),
        (False, False),
    ]
    assert (dole.earlier, dole.since) == ((("1960", "1990"),), "1992")
    assert ages(cork) == [None, ("One", "March 2017"), ("One", "February 2026"), 9]
    assert ages(brno) == [("One", "2022"), None, None, 0]
    assert ages(dole) == [None, ("One", "2022"), None, 0]
    assert brno.decision is not None
    assert (brno.decision.since, [w.text for w in brno.decision.reasons]) == (
        "4 March 2022",
        ["War"],
    )
    assert [city.words.text for city in brno.decision.parties] == ["Brno"]
    assert (dole.decision, cork.decision) == (None, None)


def test_the_timeline_has_each_period() -> None:
    shown = city(pages_of(store_of(EVIDENCE)), A)
    assert [(m.year, m.what) for m in shown.timeline] == [
        ("1960", "began"),
        ("1990", "ended"),
        ("1992", "began"),
    ]


def test_the_map_draws_links_fainter_that_are_not_confirmed() -> None:
    shown = city(pages_of(store_of(EVIDENCE)), A)
    assert shown.map is not None
    assert {line.key: line.kind for line in shown.map.lines} == {
        "a--b": "past",
        "a--c": "twinning unconfirmed",
        "a--d": "twinning",
    }


def test_a_dispute_says_what_each_source_says(alba: City) -> None:
    (dispute,) = alba.partners[0].disputes
    told = [(v.words.text, [s.text for s in v.sources]) for v in dispute.versions]
    assert (dispute.about, told) == ("start", [("1952", ["One"]), ("1977", ["Two"])])
    assert alba.partners[1].disputes == ()


def test_claims_lead_to_their_places(alba: City) -> None:
    assert [(c.document.rpartition("/")[2], c.locator) for c in alba.partners[0].claims] == [
        ("one", "row 1"),
        ("two", "page 2"),
    ]


def test_sources_are_numbered_the_freshest_first(alba: City) -> None:
    told = [(t.document.words.text, t.as_of, t.links) for t in alba.told]
    assert told == [("Two", "2019", 1), ("One", "2017", 2)]
    assert alba.numbers == {
        terms.thing("document", "two"): 1,
        terms.thing("document", "one"): 2,
    }


def test_the_timeline_has_beginnings_and_ends_in_order(alba: City) -> None:
    told = [(m.year, m.what, m.things[0].words.text) for m in alba.timeline]
    assert told == [("1950", "began", "Cork"), ("1952", "began", "Brno"), ("1990", "ended", "Cork")]


def test_a_city_without_a_known_place_is_not_on_the_map(alba: City) -> None:
    assert alba.map is not None
    assert [(line.key, line.kind) for line in alba.map.lines] == [("a--b", "")]
    nowhere = city(pages_of(store_of(CITIES.replace("wgs84:lat 44.7", "wgs84:lat 99"))), A)
    assert nowhere.map is None


@every_row("sort", SORTS)
def test_partners_are_sorted_by_each_column_both_ways(sort: str, release: Release) -> None:
    makes = pages_of_release(release)
    up, down = (city(makes, PERM, order).partners for order in (sort, f"-{sort}"))
    keys = [SORTS[sort](partner) for partner in up]
    assert keys == sorted(keys)
    assert [p.key for p in reversed(down)] == [p.key for p in up]


def test_agreements_have_their_signing_sides(release: Release) -> None:
    (signed,) = city(pages_of_release(release), PAVIA).agreements
    assert signed.when == "7 April 2022"
    assert len(signed.sides) == 8
    assert ["Comune di Pavia", "Pavia"] in [
        [side.party.words.text, *(c.words.text for c in side.cities)] for side in signed.sides
    ]
    assert "Culture and Heritage Living Lab" in [value.words.text for value in signed.founds]


def test_a_city_of_which_nothing_is_said_has_empty_panels() -> None:
    empty = city(pages_of(store_of('city:a a cl:City ; skos:prefLabel "Alba"@en .')), A)
    assert (empty.partners, empty.timeline, empty.told, empty.map) == ((), (), (), None)


DENIED = f"""
city:a a cl:City ; skos:prefLabel "Alba"@en . city:b a cl:City ; skos:prefLabel "Brno"@en .
link:a--b a cl:CityLink ; cl:party city:a, city:b ; cl:status status:active ; cl:contested true ;
  cl:contestedAbout "status" ; cl:decidedBy claim:x ; cl:claim claim:x, claim:y .
claim:x cl:claimedStatus status:active ; cl:asOf "2020"^^xsd:gYear ; dcterms:source document:one .
claim:y cl:claimMode <{terms.SCHEME}evidence-mode/disputed> ; cl:startDate "1952"^^xsd:gYear ;
  cl:asOf "2021"^^xsd:gYear ; dcterms:source document:two .
document:one dcterms:title "One"@en . document:two dcterms:title "Two"@en .
"""


def test_a_denial_of_a_start_is_not_told_as_one_of_the_status() -> None:
    (partner,) = city(pages_of(store_of(DENIED)), A).partners
    assert [
        (one.about, [(v.words.text, [s.text for s in v.sources]) for v in one.versions])
        for one in partner.disputes
    ] == [("denial", [("1952", ["Two"])])]
