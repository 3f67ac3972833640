"""Possible partners: who is proposed and for which reasons, and who is left out."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import saved_queries, terms
from registry.releases.reading import Release
from registry.things.city.affinities import AFFINITIES, SPREAD, Affinities
from registry.things.city.possible import WEIGHTS, Possible, is_left_out, propose
from registry.things.lookup import Lookup
from registry.things.page import Pages
from registry.views.ties import Tie, Ties
from tests.tables import every_row
from tests.things.made import pages_of, store_of

QUERY = Path(__file__).parents[2] / "queries" / "possible-partners.rq"
COUNTRY = "http://publications.europa.eu/resource/authority/country/"
SHORTCUTS = {
    "listed": "cl:linkedCity",
    "not-confirmed": "cl:unconfirmedCity",
    "suspended": "cl:suspendedCity",
    "ended": "cl:formerLinkedCity",
}
AS_OF = "2026-02-28"

City = tuple[str, str, int]
"""A city: its reference, which is its name, its country, and its inhabitants."""

Link = tuple[str, str, str, str]
"""A link: its two cities, its status, and the date of that."""


def iri(ref: str) -> str:
    return terms.thing("city", ref)


def country(ref: str, code: str, population: int = 10_000, longitude: float = 10.0) -> str:
    """Describe a city."""
    size = f" ; cl:population {population}" if population else ""
    place = f"wgs84:lat 45.0 ; wgs84:long {longitude}"
    name = f'skos:prefLabel "{ref.title()}"@en'
    return f"city:{ref} a cl:City ; {name} ; cl:inCountry <{COUNTRY}{code}> ; {place}{size} .\n"


def link(one: str, other: str, status: str = "listed", day: str = "2026-02") -> str:
    """Describe a link, with what is derived of it."""
    named = f"link:{one}--{other}"
    return (
        f"{named} a cl:CityLink ; cl:party city:{one}, city:{other} ; cl:status status:{status} ;\n"
        f'  cl:statusAsOf "{day}"^^xsd:gYearMonth ; cl:lastConfirmed "{day}"^^xsd:gYearMonth .\n'
        f"city:{one} {SHORTCUTS[status]} city:{other} ; cl:partyIn {named} .\n"
        f"city:{other} {SHORTCUTS[status]} city:{one} ; cl:partyIn {named} .\n"
    )


def ties_of(pages: Pages) -> Ties:
    return Ties(pages.links, pages.index, AS_OF)


def affinities_of(pages: Pages) -> Affinities:
    return Affinities(pages.lookup.store, pages.index, pages.links, ties_of(pages))


def proposed(turtle: str, ref: str = "alba") -> Possible:
    """Return what is proposed to a city of a small store."""
    pages = pages_of(store_of(turtle))
    return propose(pages.lookup, affinities_of(pages), iri(ref))


def cities(found: Possible) -> list[str]:
    return [one.city.rpartition("/")[2] for one in found.proposals]


def many(count: int, here: str, there: str, statuses: list[str]) -> str:
    """Describe links between towns of two countries, which share nothing with other towns."""
    text = ""
    for number in range(count):
        mine, theirs = f"{here.lower()}{number}", f"{there.lower()}{number}"
        status = statuses[number] if number < len(statuses) else "listed"
        text += country(mine, here, 0) + country(theirs, there, 0)
        text += link(mine, theirs, status, "2022-03" if status != "listed" else "2026-02")
    return text


ALBA = country("alba", "ITA") + country("brno", "CZE") + link("alba", "brno")
"""A city with one partner."""


def test_a_partner_in_common_is_named_with_what_chance_would_give() -> None:
    (one,) = proposed(ALBA + country("cork", "IRL") + link("brno", "cork")).proposals
    assert (one.city, one.partners) == (iri("cork"), (iri("brno"),))
    assert one.expected == 0.5  # One partner, two of the four ends of links.
    assert (one.country, one.inhabitants, one.is_similar, one.is_first) == (
        "IE",
        10_000,
        True,
        True,
    )


def test_a_hub_with_more_partners_in_common_comes_after_a_true_neighbour() -> None:
    """The hub shares three partners with Alba and has sixty; Cork shares two and has no others."""
    text = country("alba", "ITA") + country("hub", "FRA") + country("cork", "IRL")
    for partner in ("brno", "dole", "eger"):
        text += country(partner, "CZE") + link("alba", partner) + link(partner, "hub")
        text += link(partner, "cork") if partner != "eger" else ""
    text += "".join(country(f"t{n}", "ESP") + link("hub", f"t{n}") for n in range(60))
    found = {one.city: one for one in proposed(text).proposals}
    hub, cork = found[iri("hub")], found[iri("cork")]
    assert (len(hub.partners), len(cork.partners)) == (3, 2)
    assert hub.expected > 5 * cork.expected
    assert cork.score > hub.score


def test_a_partner_that_is_linked_with_everybody_leads_less_far() -> None:
    text = ALBA + country("hub", "CZE") + link("alba", "hub")
    text += country("cork", "IRL") + link("brno", "cork") + country("dole", "FRA")
    text += link("hub", "dole")
    text += "".join(country(f"t{n}", "ESP", 0) + link("hub", f"t{n}") for n in range(60))
    assert cities(proposed(text))[:2] == ["cork", "dole"]


def test_a_partner_that_is_not_confirmed_counts_half() -> None:
    text = ALBA + country("dole", "CZE") + link("alba", "dole", "not-confirmed")
    text += country("cork", "IRL") + link("brno", "cork")
    text += country("eger", "HUN") + link("dole", "eger")
    assert cities(proposed(text)) == ["cork", "eger"]


def test_a_country_is_left_out_whose_links_were_suspended_in_mass() -> None:
    text = ALBA + country("oryol", "RUS") + country("cork", "IRL")
    text += link("brno", "oryol") + link("brno", "cork")
    assert cities(proposed(text)) == ["cork", "oryol"]
    doubt = text + many(12, "ITA", "RUS", ["suspended", "ended", "not-confirmed"])
    found = proposed(doubt)
    assert cities(found)[0] == "cork"
    assert "oryol" not in cities(found)
    assert found.left_out == {"RU": Tie(12, 2, 1, "2022-03", "2022-03")}


def test_links_that_ended_long_ago_leave_no_country_out() -> None:
    text = ALBA + country("oryol", "RUS") + link("brno", "oryol")
    for number in range(6):
        text += country(f"a{number}", "ITA") + country(f"b{number}", "RUS")
        text += link(f"a{number}", f"b{number}", "ended", "1991-12")
    found = proposed(text)
    assert not found.left_out
    assert "oryol" in cities(found)


def test_a_partner_in_a_country_that_is_left_out_leads_nowhere() -> None:
    text = ALBA + country("oryol", "RUS") + link("alba", "oryol")
    text += country("cork", "IRL") + link("oryol", "cork") + link("brno", "cork")
    text += many(12, "ITA", "RUS", ["suspended", "ended"])
    cork = next(one for one in proposed(text).proposals if one.city == iri("cork"))
    assert cork.partners == (iri("brno"),)


@every_row(
    ("statuses", "left"),
    [
        (["listed"] * 10, False),
        (["suspended"] + ["listed"] * 9, False),
        (["suspended"] * 2 + ["listed"] * 8, True),
        (["suspended"] * 2 + ["listed"] * 99, False),
        (["not-confirmed"] * 10, False),
    ],
)
def test_what_leaves_a_country_out(statuses: list[str], left: bool) -> None:
    """Old lists alone do not, since most countries have no other."""
    pages = pages_of(store_of(many(len(statuses), "ITA", "RUS", statuses)))
    assert is_left_out(ties_of(pages), "IT", "RU") is left
    assert is_left_out(ties_of(pages), "RU", "IT") is left


def test_unconfirmed_links_count_where_a_country_lost_links_with_five_others() -> None:
    text = many(4, "ITA", "RUS", ["not-confirmed"] * 2 + ["suspended"])
    for other in ("POL", "CZE", "LTU", "NOR"):
        text += many(1, other, "RUS", ["ended"]).replace("rus0", f"rus-{other.lower()}")
    pages = pages_of(store_of(text))
    ties = ties_of(pages)
    assert ties.lost_with("RU") == {"IT", "PL", "CZ", "LT", "NO"}
    assert is_left_out(ties, "IT", "RU")
    assert not is_left_out(ties, "IT", "PL")
    seen = next(iter(proposed(ALBA + country("oryol", "RUS"), "alba").proposals), None)
    assert seen is None or not seen.countries


@every_row("status", list(SHORTCUTS))
def test_who_is_or_was_linked_is_not_proposed(status: str) -> None:
    text = ALBA + country("cork", "IRL") + link("brno", "cork") + link("alba", "cork", status)
    assert cities(proposed(text)) == []


@every_row("name", ["cl:within", "cl:precededBy", "cl:succeededBy"])
def test_the_same_municipality_is_not_proposed(name: str) -> None:
    text = ALBA + country("cork", "IRL") + link("brno", "cork")
    assert cities(proposed(text + f"city:alba {name} city:cork .")) == []
    assert cities(proposed(text + f"city:cork {name} city:alba .")) == []


def test_a_city_of_the_same_country_or_that_was_dissolved_is_not_proposed() -> None:
    text = ALBA + country("asti", "ITA") + link("brno", "asti")
    text += country("cork", "IRL") + link("brno", "cork")
    text += 'city:cork cl:dissolved "2014"^^xsd:gYear .'
    assert cities(proposed(text)) == []


GROUPS = """
<https://w3id.org/citylinks/id/network/creative> a cl:Network ;
  cl:participation participation:alba, participation:cork, participation:dole .
participation:alba cl:participant city:alba ; cl:field "Literature" .
participation:cork cl:participant city:cork ; cl:field "Music" .
participation:dole cl:participant city:dole ; cl:field "Literature" .
"""


def test_the_same_field_of_a_network_is_a_better_reason_than_the_network() -> None:
    text = country("alba", "ITA") + country("cork", "IRL") + country("dole", "FRA") + GROUPS
    found = proposed(text)
    network = terms.thing("network", "creative")
    assert cities(found) == ["dole", "cork"]
    assert [one.groups for one in found.proposals] == [((network, "Literature"),), ((network, ""),)]


def test_a_practice_on_a_shared_topic_is_named() -> None:
    text = (
        ALBA
        + country("cork", "IRL")
        + (
            "city:alba cl:worksOn <urn:topic> . city:cork cl:worksOn <urn:topic> .\n"
            "practice:walk cl:originCity city:cork ; cl:topic <urn:topic> .\n"
            "practice:talk cl:originCity city:cork ; cl:topic <urn:other> ."
        )
    )
    (one,) = proposed(text).proposals
    assert one.topics == ("urn:topic",)
    assert one.practices == (terms.thing("practice", "walk"),)


def test_a_city_without_links_is_told_of_the_nearest_of_similar_size() -> None:
    text = country("alba", "ITA", 2_000)
    text += country("near", "FRA", 1_500, 11.0) + country("far", "FRA", 1_500, 13.0)
    text += country("vast", "FRA", 90_000, 10.5) + country("asti", "ITA", 2_000, 10.1)
    text += country("beyond", "FRA", 2_000, 60.0)
    found = proposed(text)
    assert cities(found) == ["near", "far"]
    assert [one.kilometres for one in found.proposals] == [79, 236]
    assert all(one.is_similar and one.is_first for one in found.proposals)


def test_nothing_is_proposed_to_a_city_of_which_nothing_is_known() -> None:
    text = country("alba", "ITA", 0) + country("near", "FRA", 1_500, 11.0)
    assert proposed(text).proposals == ()


def test_a_city_that_lost_links_has_a_reason_against_it() -> None:
    text = ALBA + country("cork", "IRL") + link("brno", "cork")
    text += country("dole", "FRA") + link("brno", "dole")
    text += country("eger", "HUN") + link("dole", "eger", "ended", "2023-01")
    cork, dole = proposed(text).proposals[:2]
    assert (cork.lost, dole.lost) == ((), (iri("eger"),))
    assert cork.score - dole.score == pytest.approx(-WEIGHTS["lost"], abs=0.02)


def test_links_lost_with_a_country_that_is_left_out_are_no_reason_against_it() -> None:
    """Alba would not be offered Oryol either, so that it minds nobody's break with that city."""
    text = ALBA + country("oryol", "RUS") + many(60, "ITA", "RUS", ["suspended", "ended"])
    text += country("cork", "IRL") + link("brno", "cork")
    text += country("dole", "FRA") + link("brno", "dole")
    text += link("dole", "oryol", "suspended", "2022-03")
    found = proposed(text)
    assert list(found.left_out) == ["RU"]
    cork, dole = found.proposals[:2]
    assert (cork.lost, dole.lost) == ((), ())
    # Dole has one partner more, so that chance gives a little more.
    assert cork.score - dole.score < 0.1


def test_the_order_does_not_depend_on_the_store() -> None:
    towns = [country(f"t{n}", "IRL") + link("brno", f"t{n}") for n in range(30)]
    one = proposed(ALBA + "".join(towns))
    assert one == proposed("".join(reversed(towns)) + ALBA)
    assert cities(one) == sorted(f"t{n}" for n in range(30))[:10]


def found_by_query(lookup: Lookup, city: str) -> list[tuple[str, ...]]:
    """Return the candidates and figures of the saved query."""
    query = saved_queries.read([QUERY])[0].with_values({"city": ox.NamedNode(city)})
    return [(row.iri("candidate"), *map(row.text, FIGURES)) for row in lookup.rows(query)]


def evidence_of(affinities: Affinities, city: str) -> list[tuple[str, ...]]:
    """Return the same as pages have it."""
    found = affinities.evidence(city).items()
    return [(one, *(f"{figure:g}" for figure in evidence)) for one, evidence in found]


FIGURES = ("partnersWeighed", "partnersExpected", "groupsShared", "topicsShared")


def test_pages_rest_on_what_the_saved_query_finds(release: Release) -> None:
    affinities, lookup = release.view(AFFINITIES), Lookup(release.store)
    found = {city: evidence_of(affinities, city) for city in affinities.cities}
    assert any(found.values())
    assert {city: found_by_query(lookup, city) for city in found} == found


@pytest.mark.slow
def test_pages_and_the_saved_query_agree_on_random_links() -> None:
    """Cities with links of each status, groups with fields, and topics, all of them small."""
    chance = random.Random(7)
    for _ in range(20):
        codes = ("ITA", "CZE", "IRL", "FRA")
        names = [f"t{number}" for number in range(14)]
        text = "".join(country(name, chance.choice(codes)) for name in names)
        for one, other in combinations(names, 2):
            if chance.random() < 0.2:
                text += link(one, other, chance.choice(list(SHORTCUTS)))
            if chance.random() < 0.05:
                whole = terms.thing("network", chance.choice("xyz"))
                text += f"<{whole}> cl:participation participation:{one}-{other} .\n"
                text += f"participation:{one}-{other} cl:participant city:{one} ; "
                text += f'cl:field "{chance.choice("abc")}" .\n'
        for name in chance.sample(names, 8):
            text += f"city:{name} cl:worksOn <urn:topic:{chance.choice('pqr')}> .\n"
        text += f'city:{names[0]} cl:dissolved "2014"^^xsd:gYear .\n'
        pages = pages_of(store_of(text))
        affinities = affinities_of(pages)
        for name in names:
            found = evidence_of(affinities, iri(name))
            assert found == found_by_query(pages.lookup, iri(name)), (name, text)


def test_what_too_many_share_is_no_evidence() -> None:
    text = country("alba", "ITA") + country("cork", "IRL", longitude=11.0)
    text += "city:alba cl:worksOn <urn:topic> . city:cork cl:worksOn <urn:topic> .\n"
    text += "".join(f"city:t{n} cl:worksOn <urn:topic> .\n" for n in range(SPREAD - 2))
    assert proposed(text).proposals[0].topics == ("urn:topic",)
    more = text + "city:more cl:worksOn <urn:topic> .\n"
    assert proposed(more).proposals[0].topics == ()


def test_the_nearest_are_found_beyond_whole_degrees_and_the_antimeridian() -> None:
    text = country("alba", "ITA", 2_000, 179.9)
    text += "".join(country(f"t{n}", "FRA", 2_000, -179.9 + n) for n in range(12))
    assert cities(proposed(text)) == sorted(f"t{n}" for n in range(10))
