"""Each question has a full header and gives the answer that it promises on the shipped data."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry import saved_queries, shipped, terms
from registry.places.position import distance
from tests.queries.conftest import load, shipped_files
from tests.tables import every_row

QUERIES = sorted((Path(__file__).parents[2] / "queries").glob("*.rq"))
BASE = "https://w3id.org/citylinks/"
XSD_DATE = "<http://www.w3.org/2001/XMLSchema#date>"
READERS = {"analyst", "portal", "harvester", "officer"}
TYPES = {"iri", "city", "date", "integer", "text", "language"}
HEADER = re.compile(r"^# ([a-z]+(?:@[a-z]+)?): (\S.*)$")
EXPECT = re.compile(r"(at least )?(\d+) rows")

each_query = every_row("query", QUERIES, ids=[path.stem for path in QUERIES])
Row = tuple[str, ...]


def header(query: Path) -> dict[str, list[str]]:
    """Read the lines before the query proper; each key may come several times."""
    found: dict[str, list[str]] = {}
    for line in query.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        match = HEADER.fullmatch(line)
        assert match, line
        found.setdefault(match[1], []).append(match[2])
    return found


def short(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    """Write a term for comparison: without our base, and nothing for an unbound one."""
    if term is None:
        return ""
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value.removeprefix(BASE).removeprefix("id/")


def query_with(name: str, **values: str) -> str:
    """Give a query as it stands, or with other terms for its parameters."""
    text = next(path for path in QUERIES if path.stem == name).read_text(encoding="utf-8")
    for parameter, term in values.items():
        place = rf"(VALUES \?{parameter} \{{ ).*( \}} # parameter {parameter}\n)"
        text, count = re.subn(place, lambda m, t=term: f"{m[1]}{t}{m[2]}", text)  # type: ignore[misc]
        assert count >= 1
    return text


def answer(store: ox.Store, name: str, columns: str = "", **values: str) -> list[Row]:
    """Run a query as it stands, or with other terms for its parameters; give some columns."""
    found = store.query(query_with(name, **values))
    assert isinstance(found, ox.QuerySolutions)
    names = columns.split() or [variable.value for variable in found.variables]
    return [tuple(short(row[column]) for column in names) for row in found]


def city(ref: str) -> str:
    return f"<{BASE}id/city/{ref}>"


@each_query
def test_header_is_full(query: Path) -> None:
    found = header(query)
    languages = ("", "@it", "@fr", "@de", "@es")
    titles, descriptions = (
        {f"{key}{language}" for language in languages} for key in ("title", "description")
    )
    full = titles | descriptions | {"reader", "expect"}
    assert full <= found.keys() <= full | {"parameter"}
    assert all(len(values) == 1 for key, values in found.items() if key != "parameter")
    for keys in (titles, descriptions):
        assert len({found[key][0] for key in keys}) == 5
    assert found["reader"][0] in READERS
    assert EXPECT.fullmatch(found["expect"][0])


@each_query
def test_parameters_have_a_type_and_a_default_that_stands_in_the_query(query: Path) -> None:
    text = query.read_text(encoding="utf-8")
    places = set(re.findall(r"^ +VALUES \?(\w+) \{ (.+) \} # parameter (\w+)$", text, re.MULTILINE))
    declared = [line.split(" ", 2) for line in header(query).get("parameter", [])]
    assert all(kind in TYPES for _, kind, _ in declared)
    assert places == {(name, default, name) for name, _, default in declared}


@each_query
def test_a_query_can_be_pasted(query: Path) -> None:
    """It declares the prefixes that it uses, and no other."""
    text = query.read_text(encoding="utf-8")
    body = re.sub(r"<[^>]*>|\"[^\"]*\"|^#.*$|^PREFIX.*$", " ", text, flags=re.MULTILINE)
    used = set(re.findall(r"\b([a-z]\w*):", body))
    assert set(re.findall(r"^PREFIX (\w+):", text, re.MULTILINE)) == used


@each_query
def test_it_gives_the_expected_number_of_rows(query: Path, shipped_data: ox.Store) -> None:
    expected = EXPECT.fullmatch(header(query)["expect"][0])
    assert expected
    found = shipped_data.query(query.read_text(encoding="utf-8"))
    assert not isinstance(found, ox.QueryBoolean)
    rows = len(list(found))
    assert rows >= int(expected[2]) if expected[1] else rows == int(expected[2])


@each_query
def test_the_order_of_rows_does_not_depend_on_the_store(
    query: Path, shipped_data: ox.Store, shipped_data_in_another_order: ox.Store
) -> None:
    text = query.read_text(encoding="utf-8")
    answers = []
    for store in (shipped_data, shipped_data_in_another_order):
        found = store.query(text)
        if isinstance(found, ox.QueryTriples):
            answers.append(sorted(str(triple) for triple in found))
        elif isinstance(found, ox.QuerySolutions):
            assert "ORDER BY" in text
            answers.append([str(row) for row in found])
    assert answers[0] == answers[1]


def test_there_are_no_two_questions_of_one_title() -> None:
    titles = [header(query)["title"][0] for query in QUERIES]
    assert len(set(titles)) == len(titles) >= 30


# The easy and the exact way to the twins of a city.
def test_the_twins_of_perm(shipped_data: ox.Store) -> None:
    assert answer(shipped_data, "twins-of-a-city", "twinName since status source") == [
        ("Amnéville", "1992", "active", "Friendship was born"),
        ("Louisville", "1994", "active", "Friendship was born"),
        ("Oxford", "1995", "active", "Friendship was born"),
        ("Qingdao", "2003", "active", "Friendship was born"),
        ("Duisburg", "2007", "active", "Friendship was born"),
        ("Agrigento", "2012", "active", "Friendship was born"),
    ]


@every_row("ref", ["perm-511196", "pavia-3171366", "besancon-3033123", "turku-633679"])
def test_the_easy_way_gives_the_same_twins(ref: str, shipped_data: ox.Store) -> None:
    exact = answer(shipped_data, "twins-of-a-city", "twin status", city=city(ref))
    held = {(twin, "true") for twin, status in exact if status in {"active", "listed"}}
    rows = answer(shipped_data, "easy-twins", city=city(ref))
    assert held == {row for row in rows if row[1] == "true"}


def test_the_twins_of_pavia_have_no_known_start(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "twins-of-a-city", "twinName since", city=city("pavia-3171366"))
    assert rows == [("Besançon", ""), ("Hildesheim", "")]


def test_links_of_pavia_of_both_kinds(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "links-of-a-city", "otherName kind status asOf start sources")
    friends = ["Besançon", "Coimbra", "Hildesheim", "Iași", "Poitiers", "Salamanca", "Turku"]
    assert rows == [
        *((name, "friendship", "active", "2022-04", "2022-04-07", "2") for name in friends),
        ("Besançon", "twinning", "listed", "2022", "", "1"),
        ("Hildesheim", "twinning", "listed", "2022", "", "1"),
    ]


def test_eight_authorities_signed(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "signatures", "side city person date")
    day = "2022-04-07"
    assert rows == [
        ("authority/ayuntamiento-de-salamanca", "city/salamanca-3111108", "", day),
        ("authority/camara-municipal-de-coimbra", "city/coimbra-2740637", "", day),
        ("authority/comune-di-pavia", "city/pavia-3171366", "", day),
        ("authority/grand-poitiers-communaute-urbaine", "city/poitiers-2986495", "", day),
        ("authority/primaria-municipiului-iasi", "city/iasi-675810", "", day),
        ("authority/stadt-hildesheim", "city/hildesheim-2904789", "", day),
        ("authority/turun-kaupunki", "city/turku-633679", "", day),
        ("authority/ville-de-besancon", "city/besancon-3033123", "", day),
    ]


def test_the_day_of_the_signatures_was_only_announced(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "signatures", "signatureIs dateIs")
    assert rows == [("reported", "announced")] * 8


def test_authorities_are_named_in_their_language_where_there_is_no_english(
    shipped_data: ox.Store,
) -> None:
    names = {name for (name,) in answer(shipped_data, "signatures", "sideName")}
    assert {"Comune di Pavia", "Turun kaupunki", "Primăria Municipiului Iași"} <= names


def test_what_perm_took_over_from_whom(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "practice-transfers", "practice fromName mode stage")
    assert rows == [
        ("practice/ars-vivendi", "Duisburg", "project", "operating"),
        ("practice/city-call-centre", "Louisville", "model", "operating"),
        ("practice/community-centres", "Oxford", "idea", "operating"),
        ("practice/extreme-park", "Louisville", "idea", "operating"),
        ("practice/extreme-park", "Louisville", "plan", "operating"),
        ("practice/public-meetings-with-the-mayor", "Louisville", "model", "operating"),
    ]


def test_practices_travelled_along_twinnings(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "practices-along-links", "practice kind linkStart")
    assert ("practice/extreme-park", "twinning", "1994") in rows
    assert {kind for _, kind, _ in rows} == {"twinning"}


def test_the_friendship_was_announced_then_reported(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "claims-of-a-link", "asOf kind status start decides document mode")
    assert rows == [
        (
            *("2022", "friendship", "proposed", "2022-04-07", "false"),
            *("document/pavia-notice", "announced"),
        ),
        (
            *("2022-04", "friendship", "active", "", "true"),
            *("document/ec2u-cultcities", "reported"),
        ),
    ]


LINK = "link/cultcities-friendship-agreement"


def test_the_merge_counts_once_what_graphs_state_twice(shipped_data: ox.Store) -> None:
    assert answer(shipped_data, "links-in-several-graphs") == [
        (LINK, "Friendship of the eight CultCities cities", "16", "8", "2")
    ]


@every_row(
    ("day", "twins"),
    [
        ("1991-12-31", []),
        ("1994-12-31", [("1992", "true"), ("1994", "true")]),
        ("1995-06-15", [("1992", "true"), ("1994", "true"), ("1995", "false")]),
        ("2000-01-01", [("1992", "true"), ("1994", "true"), ("1995", "true")]),
    ],
)
def test_who_was_twinned_on_a_day(day: str, twins: list[Row], shipped_data: ox.Store) -> None:
    term = f'"{day}"^^xsd:date'
    assert answer(shipped_data, "twinned-on-a-day", "start certain", day=term) == twins


def test_sources_do_not_disagree(shipped_data: ox.Store) -> None:
    assert answer(shipped_data, "disagreements") == []


def test_no_link_is_recorded_under_both_cities(shipped_data: ox.Store) -> None:
    columns = "recordedUnder missingUnder"
    rows = answer(shipped_data, "one-sided-links", columns, country='"FR"')
    assert {one for one, _ in rows} == {"city/perm-511196", "city/pavia-3171366"}
    assert ("city/pavia-3171366", "city/besancon-3033123") in rows


def test_perm_has_not_been_confirmed_since_2019(shipped_data: ox.Store) -> None:
    columns = "country links unconfirmed newest"
    rows = answer(shipped_data, "unconfirmed-links", columns)
    assert rows[0] == ("RU", "6", "6", "2019-04-30")
    assert ("IT", "4", "1", "2022-12-31") in rows
    assert {row[2] for row in rows} == {"6", "1", "0"}
    rows = answer(shipped_data, "unconfirmed-links", columns, day='"2019-04-30"^^xsd:date')
    assert {row[2] for row in rows} == {"0"}


@every_row(("years", "others"), [("2", 6), ("3", 0)])
def test_the_links_of_perm_rest_on_a_source_of_2019(
    years: str, others: int, shipped_data: ox.Store
) -> None:
    rows = answer(shipped_data, "old-evidence-of-a-city", "newest document status", years=years)
    assert rows == [("2019-04", "document/perm-twins", "active")] * others


def test_what_two_cities_do_not_share(shipped_data: ox.Store) -> None:
    twins = answer(shipped_data, "twins-of-one-not-other", "twinName")
    assert {name for (name,) in twins} == {
        *("Agrigento", "Amnéville", "Duisburg", "Louisville", "Oxford", "Qingdao")
    }
    given = {"city": city("duisburg-2934691"), "other": city("oxford-2640729")}
    assert answer(shipped_data, "twins-of-one-not-other", **given) == []
    given["other"] = city("perm-511196")
    assert answer(shipped_data, "twins-of-one-not-other", **given) == []


def test_networks_that_a_city_shares_with_its_partners(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "shared-networks", "networkName partnerName")
    assert {partner for network, partner in rows if network == "EC2U Alliance"} == {
        *("Coimbra", "Iași", "Poitiers", "Salamanca", "Turku")
    }
    assert answer(shipped_data, "shared-networks", city=city("oxford-2640729")) == []


def test_partners_for_the_size_of_a_city(shipped_data: ox.Store) -> None:
    columns = "cityName population partners partnersPer100000"
    rows = answer(shipped_data, "twins-per-inhabitants", columns)
    assert rows[0] == ("Pavia", "65734", "7", "10.65")
    rates = [float(rate) for *_, rate in rows]
    assert rates == sorted(rates, reverse=True)
    for _, population, partners, rate in rows:
        assert float(rate) == pytest.approx(100_000 * int(partners) / int(population), abs=0.005)
    some = answer(shipped_data, "twins-per-inhabitants", columns, inhabitants="500000")
    assert some == [row for row in rows if int(row[1]) >= 500_000]


CHAINS = [
    ("oxford-2640729", "perm-511196", [("1", "", "")]),
    ("agrigento-2525764", "oxford-2640729", [("2", "Perm", "")]),
    ("oxford-2640729", "pavia-3171366", []),
]


@every_row(("start", "end", "chains"), CHAINS)
def test_the_shortest_chain_between_two_cities(
    start: str, end: str, chains: list[Row], shipped_data: ox.Store
) -> None:
    given = {"city": city(start), "other": city(end)}
    columns = "links firstName secondName"
    assert answer(shipped_data, "shortest-chain", columns, **given)[:1] == chains


def test_chains_come_in_the_order_of_their_length(shipped_data: ox.Store) -> None:
    given = {"city": city("pavia-3171366"), "other": city("turku-633679")}
    rows = answer(shipped_data, "shortest-chain", "links first second third", **given)
    assert [int(links) for links, *_ in rows] == [1] + [2] * 6 + [3] * 13
    ends = {"city/pavia-3171366", "city/turku-633679"}
    for _, *chain in rows:
        cities = [one for one in chain if one]
        assert len({*cities, *ends}) == len(cities) + 2


def test_cities_nearby_without_a_partner_in_a_country(shipped_data: ox.Store) -> None:
    columns = "near distance inhabitants"
    rows = answer(shipped_data, "near-without-partner-in", columns)
    assert [near.rpartition("/")[2].partition("-")[0] for near, *_ in rows] == [
        *("besancon", "colleferro", "latina", "poitiers", "hildesheim")
    ]
    for near, shown, inhabitants in rows:
        lat, long, lat2, long2 = (
            float(value)
            for place in ("city/pavia-3171366", near)
            for value in position(shipped_data, terms.ID + place)
        )
        assert int(shown) == pytest.approx(distance(lat, long, lat2, long2), rel=0.01)
        assert 20_000 <= int(inhabitants) <= 200_000
    assert answer(shipped_data, "near-without-partner-in", country='"Russia"') == []
    partners = {"city": city("perm-511196"), "kilometres": "20000", "most": "2000000"}
    found = answer(shipped_data, "near-without-partner-in", "near", **partners, country='"RU"')
    twinned = {*answer(shipped_data, "twins-of-a-city", "twin", city=city("perm-511196"))}
    assert twinned.isdisjoint(found)


def position(store: ox.Store, iri: str) -> tuple[str, str]:
    """Return latitude and longitude of a city, as they are stated."""
    found = (
        next(store.quads_for_pattern(ox.NamedNode(iri), predicate, None)).object
        for predicate in (ox.NamedNode(terms.prefixed(f"wgs84:{name}")) for name in ("lat", "long"))
    )
    latitude, longitude = (str(value.value) for value in found if isinstance(value, ox.Literal))
    return latitude, longitude


def test_links_by_decade_tell_of_how_many_it_is_unknown(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "links-by-decade", "country otherCountry decade links confirmed")
    assert ("DE", "RU", "2000s", "1", "1") in rows
    assert ("FR", "IT", "unknown", "1", "1") in rows
    assert ("FR", "IT", "2020s", "1", "1") in rows


def test_two_cities_are_selected_and_have_no_partner(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "selected-without-partner", "city programme")
    assert rows == [
        ("city/colleferro-3178398", "programme/iurc"),
        ("city/latina-3175058", "programme/iurc"),
    ]


def test_pavia_coordinates_cultcities(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "project-participants", "participantName role twin")
    assert ("Pavia", "coordinator", "city/besancon-3033123") in rows
    assert ("Pavia", "coordinator", "city/hildesheim-2904789") in rows
    assert ("Università degli Studi di Pavia", "associated-partner", "") in rows
    assert len({name for name, role, _ in rows if role == "partner"}) == 7


def test_the_living_lab_has_eight_members(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "bodies-from-agreements", "body member")
    assert {body for body, _ in rows} == {"body/culture-and-heritage-living-lab"}
    assert len({member for _, member in rows}) == 8


def test_perm_and_agrigento_in_time(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "timeline-of-two-cities", "when type")
    assert ("2012", "TwinningLink") in rows
    assert ("2018-10", "Exchange") in rows
    week = "exchange/sicily-russian-week"
    columns = "when until what recurs"
    assert ("2011", "2018", week, "yearly") in answer(
        shipped_data, "timeline-of-two-cities", columns
    )
    assert [when for when, _ in rows] == sorted(when for when, _ in rows)


def test_no_partner_of_perm_is_linked_with_another(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "open-triangles", "oneName twoName joined")
    assert len(rows) == 15
    assert ("Agrigento", "Amnéville", "no") in rows
    assert {joined for *_, joined in rows} == {"no"}
    rows = answer(shipped_data, "open-triangles", "joined", city=city("pavia-3171366"))
    assert rows == [("linked",)] * 21


def test_possible_partners_are_not_linked_yet(shipped_data: ox.Store) -> None:
    found = {name for (name,) in answer(shipped_data, "possible-partners", "candidateName")}
    linked = {name for (name,) in answer(shipped_data, "links-of-a-city", "otherName")}
    assert found
    assert not found & linked
    assert "Pavia" not in found


def test_a_partner_of_a_partner_shares_a_topic(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "partners-of-partners", "candidateName throughName topic")
    assert ("Qingdao", "Perm", "arts") in rows


def test_what_agrigento_could_visit_in_perm(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "practices-of-partners", "practiceName whereName steps")
    assert ("Extreme Park", "Perm", "1") in rows
    assert {where: steps for _, where, steps in rows} == {
        **{"Perm": "1", "Duisburg": "2", "Louisville": "2", "Oxford": "2"}
    }
    rows = answer(
        shipped_data, "practices-of-partners", "practice steps", city=city("oxford-2640729")
    )
    assert ("practice/extreme-park", "1") in rows


def test_round_anniversaries(shipped_data: ox.Store) -> None:
    assert answer(shipped_data, "anniversaries", "years start") == [
        ("30", "1992"),
        ("15", "2007"),
        ("10", "2012"),
    ]
    assert answer(shipped_data, "anniversaries", "years start", year="2024") == [("30", "1994")]


def test_countries_count_a_link_of_eight_once_each(shipped_data: ox.Store) -> None:
    columns = "country otherCountryName kind links confirmed"
    rows = answer(shipped_data, "links-between-countries", columns)
    assert ("FR", "France", "friendship", "1", "1") in rows
    assert ("FR", "Italy", "friendship", "1", "1") in rows
    assert ("RU", "United States", "twinning", "1", "1") in rows


def test_figures(shipped_data: ox.Store) -> None:
    assert {
        ("cities", "17"),
        ("links", "9"),
        ("links: active", "7"),
        ("links: listed", "2"),
        ("agreements", "1"),
        ("claims", "10"),
        ("practices", "10"),
        ("sources", "5"),
    } <= set(answer(shipped_data, "figures"))


def test_names_of_a_city(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "names-of-a-city")
    assert ("Iași", "ro", "preferred", "true") in rows
    assert ("Iasi", "und", "hidden", "false") in rows


def test_all_that_a_source_told_is_its_graph(shipped_data: ox.Store) -> None:
    text = next(path for path in QUERIES if path.stem == "all-from-a-source").read_text("utf-8")
    found = shipped_data.query(text)
    assert isinstance(found, ox.QueryTriples)
    graph = ox.NamedNode(f"{BASE}graph/perm-twins")
    quads = shipped_data.quads_for_pattern(None, None, None, graph)
    assert set(found) == {quad.triple for quad in quads}


def test_each_part_of_a_source_has_its_place_and_mode(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "source-statements", "locator mode thing")
    assert all(locator and mode for locator, mode, _ in rows)
    things = {thing: mode for _, mode, thing in rows}
    assert things["link/besancon-3033123--pavia-3171366"] == "reported"
    assert things["agreement/2022-cultcities-friendship-agreement"] == "announced"


def statements(store: ox.Store, country: str) -> set[Row]:
    """Give the ends of the terms of the statements for Wikidata about a country's cities."""
    found = store.query(query_with("wikidata-statements", country=f'"{country}"'))
    assert isinstance(found, ox.QueryTriples)
    return {tuple(re.split(r"[/#]", short(t))[-1] for t in triple) for triple in found}


def test_wikidata_statements_of_both_directions(shipped_data: ox.Store) -> None:
    triples = statements(shipped_data, "RU") | statements(shipped_data, "DE")
    assert {("Q915", "P190", "Q2100"), ("Q2100", "P190", "Q915")} <= triples
    assert ("Q2100", "P190", "Q915") not in statements(shipped_data, "RU")
    assert ("Q915-Q2100", "P580", "2007-01-01T00:00:00Z") in triples
    assert ("Q915-Q2100-start", "timePrecision", "9") in triples
    assert not any(subject == value for subject, _, value in triples)


def test_quickstatements_keep_the_precision_of_dates(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "quickstatements", "qid P190 qal580")
    rows += answer(shipped_data, "quickstatements", "qid P190 qal580", country='"RU"')
    assert ("Q915", "Q2100", "+2007-00-00T00:00:00Z/9") in rows
    assert ("Q6259", "Q45412", "+2022-04-07T00:00:00Z/11") in rows
    assert ("Q6259", "Q37776", "") in rows
    assert len({row[:2] for row in rows}) == len(rows)


EVIDENCE = """
@prefix cl: <https://w3id.org/citylinks/ontology#> .
@prefix city: <https://w3id.org/citylinks/id/city/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix document: <https://w3id.org/citylinks/id/document/> .
@prefix kind: <https://w3id.org/citylinks/scheme/link-kind/> .
@prefix link: <https://w3id.org/citylinks/id/link/> .
@prefix mode: <https://w3id.org/citylinks/scheme/evidence-mode/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix status: <https://w3id.org/citylinks/scheme/status/> .
@prefix x: <https://w3id.org/citylinks/id/claim/x/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

document:old a cl:SourceDocument ; dcterms:title "Old"@en ; cl:sourceFamily "list" ;
    dcterms:issued "2014"^^xsd:gYear .
document:newer a cl:SourceDocument ; dcterms:title "Newer"@en ; cl:sourceFamily "list" ;
    dcterms:issued "2016"^^xsd:gYear .
link:agrigento-2525764--oxford-2640729 a cl:CityLink ; skos:prefLabel "Agrigento–Oxford"@en ;
    cl:party city:agrigento-2525764, city:oxford-2640729 ; cl:claim x:1, x:2, x:3 .
x:1 a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:startDate "1960"^^xsd:gYear ;
    cl:endDate "1990"^^xsd:gYear ; cl:asOf "2001"^^xsd:gYear .
x:2 a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:startDate "1992"^^xsd:gYear ;
    cl:asOf "2014"^^xsd:gYear ; dcterms:source document:old ; cl:recordedUnder city:oxford-2640729 .
x:3 a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:claimedStatus status:suspended ;
    cl:statusSince "2022-03-04"^^xsd:date ; cl:decidedByParty city:oxford-2640729 ;
    cl:statusReason "War"@en ; cl:asOf "2022-03-05"^^xsd:date .
link:duisburg-2934691--pavia-3171366 a cl:CityLink ; skos:prefLabel "Duisburg–Pavia"@en ;
    cl:party city:duisburg-2934691, city:pavia-3171366 ; cl:claim x:4 .
x:4 a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:asOf "2014"^^xsd:gYear ;
    cl:startDate "1972"^^xsd:gYear ; dcterms:source document:old ;
    cl:recordedUnder city:pavia-3171366 .
link:duisburg-2934691--oxford-2640729 a cl:CityLink ; skos:prefLabel "Duisburg–Oxford"@en ;
    cl:party city:duisburg-2934691, city:oxford-2640729 ; cl:claim x:5 .
x:5 a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:asOf "2016"^^xsd:gYear ;
    dcterms:source document:newer ; cl:recordedUnder city:oxford-2640729 .
link:louisville-4299276--pavia-3171366 a cl:CityLink ; skos:prefLabel "Louisville–Pavia"@en ;
    cl:party city:louisville-4299276, city:pavia-3171366 ; cl:claim x:6 .
x:6 a cl:LinkClaim ; cl:claimedKind kind:twinning ; cl:asOf "2016"^^xsd:gYear ;
    dcterms:source document:newer ; cl:recordedUnder city:pavia-3171366 .
"""


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> ox.Store:
    """Give the shipped data with links that old lists have, left out, interrupted, suspended."""
    path = tmp_path_factory.mktemp("data") / "lists.ttl"
    path.write_text(EVIDENCE, encoding="utf-8")
    return load([*shipped_files(), path])


def test_no_twin_is_left_out_silently(evidence: ox.Store) -> None:
    columns = "twinName status lastConfirmed notListedSince"
    rows = answer(evidence, "twins-of-a-city", columns, city=city("pavia-3171366"))
    assert ("Duisburg", "not-confirmed", "2014", "2016") in rows
    assert ("Louisville", "not-confirmed", "2016", "") in rows
    assert ("Besançon", "listed", "2022", "") in rows
    rows = answer(evidence, "easy-twins", city=city("pavia-3171366"))
    assert ("city/duisburg-2934691", "false") in rows
    assert ("city/besancon-3033123", "true") in rows


def test_what_is_not_confirmed_is_told_where_links_are_counted(evidence: ox.Store) -> None:
    assert ("links: not-confirmed", "3") in answer(evidence, "figures")
    columns = "country otherCountry kind links confirmed"
    rows = answer(evidence, "links-between-countries", columns)
    assert ("DE", "IT", "twinning", "2", "1") in rows
    rows = answer(evidence, "links-on-a-map", "link status lastConfirmed")
    assert ("link/duisburg-2934691--pavia-3171366", "not-confirmed", "2014") in rows
    rows = answer(evidence, "anniversaries", "years cityName otherName status lastConfirmed")
    assert ("50", "Duisburg", "Pavia", "not-confirmed", "2014") in rows
    rows = answer(evidence, "links-by-decade", "country otherCountry decade links confirmed")
    assert ("DE", "IT", "1970s", "1", "0") in rows
    assert ("GB", "IT", "1960s", "1", "0") in rows


def test_a_suspended_link_tells_since_when_by_whom_and_why(evidence: ox.Store) -> None:
    rows = answer(evidence, "ended-or-suspended-links", "linkName status since partyName reason")
    assert rows == [("Agrigento–Oxford", "suspended", "2022-03-04", "Oxford", "War")]
    day = '"2022-03-05"^^xsd:date'
    assert answer(evidence, "ended-or-suspended-links", day=day) == []


def test_doubts_have_their_source(evidence: ox.Store) -> None:
    rows = answer(evidence, "weak-links", "linkName reason since document")
    assert ("Agrigento–Oxford", "suspended", "2022-03-04", "") in rows
    assert ("Duisburg–Pavia", "no longer listed", "2016", "document/newer") in rows
    assert not [row for row in rows if row[0] == "Louisville–Pavia"]
    columns = "link missingUnderName covered"
    rows = answer(evidence, "one-sided-links", columns, country='"US"')
    assert ("link/louisville-4299276--pavia-3171366", "Louisville", "false") in rows


def test_an_interruption_is_told_by_its_periods(evidence: ox.Store) -> None:
    rows = answer(evidence, "interrupted-links", "linkName number start end status")
    assert rows == [
        ("Agrigento–Oxford", "1", "1960", "1990", "ended"),
        ("Agrigento–Oxford", "2", "1992", "", "suspended"),
    ]


@every_row(("day", "certain"), [("1975-01-01", "true"), ("1991-06-01", ""), ("2013-01-01", "true")])
def test_a_link_is_in_force_in_its_periods(day: str, certain: str, evidence: ox.Store) -> None:
    columns = "link certain withStart twinnings"
    rows = answer(evidence, "twinned-on-a-day", columns, day=f'"{day}"^^xsd:date')
    told = {link: rest for link, *rest in rows}
    expected = [certain, "8", "12"] if certain else None
    assert told.get("link/agrigento-2525764--oxford-2640729") == expected


def test_what_nothing_confirms_any_more_is_not_certain(evidence: ox.Store) -> None:
    link = "link/duisburg-2934691--pavia-3171366"
    for day, certain in (("2014-06-01", "true"), ("2018-01-01", "false")):
        rows = answer(evidence, "twinned-on-a-day", "link certain", day=f'"{day}"^^xsd:date')
        assert (link, certain) in rows


def test_a_partner_that_is_linked_with_everybody_tells_little(tmp_path: Path) -> None:
    """Both have one partner in common with Alba: a hub with Cork, one of two links with Brno."""
    names = {"alba": 100, "brno": 100, "cork": 100, "hub": 100, "rare": 100, "vast": 10_000}
    names |= {f"t{number}": 100 for number in range(30)}
    pairs = [("alba", "hub"), ("alba", "rare"), ("rare", "brno"), ("rare", "vast"), ("hub", "cork")]
    pairs += [("hub", name) for name in names if name.startswith("t")]
    path = tmp_path / "hubs.ttl"
    text = "@prefix cl: <https://w3id.org/citylinks/ontology#> .\n"
    for name, size in names.items():
        text += f"{city(name)} a cl:City ; cl:population {size} .\n"
    for one, other in pairs:
        link = f"<{BASE}id/link/{one}--{other}>"
        claim = f"<{BASE}id/claim/{one}--{other}/x>"
        text += f"{link} a cl:CityLink ; cl:party {city(one)}, {city(other)} ; cl:claim {claim} .\n"
        text += f'{claim} a cl:LinkClaim ; cl:asOf "2015-01-01"^^{XSD_DATE} .\n'
    path.write_text(text, encoding="utf-8")
    columns = "candidate partnersInCommon"
    rows = answer(load([path]), "possible-partners", columns, city=city("alba"))
    assert rows[:3] == [("city/brno", "1"), ("city/vast", "1"), ("city/cork", "1")]


def test_a_partner_whose_link_is_not_confirmed_still_leads_on(evidence: ox.Store) -> None:
    rows = answer(
        evidence, "open-triangles", "oneName twoName joined", city=city("duisburg-2934691")
    )
    assert ("Oxford", "Perm", "linked") in rows
    assert ("Oxford", "Pavia", "no") in rows
    columns = "candidateName partnersInCommon"
    rows = answer(evidence, "possible-partners", columns, city=city("louisville-4299276"))
    found = {name for name, _ in rows}
    assert "Besançon" in found
    assert not found & {"Perm", "Pavia", "Louisville"}
    rows = answer(
        evidence, "practices-of-partners", "whereName steps confirmed", city=city("pavia-3171366")
    )
    assert ("Perm", "2", "false") in rows


def test_what_is_not_confirmed_goes_to_wikidata_with_its_date(evidence: ox.Store) -> None:
    rows = answer(evidence, "quickstatements", "qid P190 qal585")
    assert ("Q6259", "Q2100", "+2014-00-00T00:00:00Z/9") in rows
    rows = answer(evidence, "quickstatements", "qid P190 qal585", country='"RU"')
    assert ("Q915", "Q2100", "") in rows
    triples = statements(evidence, "IT")
    assert ("Q6259-Q2100", "P585", "2014-01-01T00:00:00Z") in triples
    assert ("Q6259-Q2100-seen", "timePrecision", "9") in triples
    assert ("Q6259", "P190", "Q2100") not in {
        triple for triple in triples if str(triple[0]).startswith("Q6259-")
    }


def test_a_city_with_two_items_goes_to_wikidata_once(shipped_data: ox.Store) -> None:
    """Those of a town and of its municipality would make each statement twice."""
    store = ox.Store()
    store.bulk_extend(shipped_data)
    item = ox.NamedNode(f"{BASE}ontology#wikidataItem")
    second = ox.NamedNode("http://www.wikidata.org/entity/Q999999999")
    store.add(ox.Quad(ox.NamedNode(f"{BASE}id/city/perm-511196"), item, second, ox.DefaultGraph()))
    names, countries = ("quickstatements", "wikidata-statements"), ('"IT"', '"RU"')
    for name, country in product(names, countries):
        text = query_with(name, country=country)
        before, after = shipped_data.query(text), store.query(text)
        assert not isinstance(before, ox.QueryBoolean)
        assert not isinstance(after, ox.QueryBoolean)
        told = [sorted(map(str, found)) for found in (before, after)]
        assert told[0] == told[1] != [], (name, country)


def test_no_day_is_made_up_for_a_source_that_states_none(shipped_data: ox.Store) -> None:
    columns = "document issued issuedEarliest issuedLatest"
    assert answer(shipped_data, "newest-sources", columns) == [
        ("document/ec2u-cultcities", "", "2022-04-07", ""),
        ("document/pavia-notice", "", "2022-01-01", "2022-04-03"),
        ("document/themayor-iurc", "", "2021-01-01", "2021-12-31"),
        ("document/cerv-regulation", "2021-04-28", "", ""),
        ("document/perm-twins", "", "2019-04-01", "2019-04-30"),
    ]


# The same data with an entry of Agrigento that differs and a newer one that ends Oxford's link.
def test_disagreements_give_every_claim(disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "disagreements", "matter asOf kind start")
    assert rows == [
        (matter, "2019-04", kind, start)
        for matter in ("kind", "start")
        for kind, start in (("friendship", "1977"), ("twinning", "2012"))
    ]


def test_a_link_under_both_cities_is_not_one_sided(disputed_data: ox.Store) -> None:
    perm = {
        country: answer(disputed_data, "one-sided-links", "link", country=f'"{country}"')
        for country in ("DE", "IT")
    }
    assert ("link/duisburg-2934691--perm-511196",) in perm["DE"]
    assert ("link/agrigento-2525764--perm-511196",) not in perm["IT"]


def test_an_ended_link_is_weak_and_no_twinning_any_more(disputed_data: ox.Store) -> None:
    link = "link/oxford-2640729--perm-511196"
    rows = answer(disputed_data, "weak-links", "link linkName reason since")
    assert (link, "Oxford–Perm", "ended", "2020-06") in rows
    assert ("link/agrigento-2525764--perm-511196", "Agrigento–Perm", "contested start", "") in rows
    assert "city/oxford-2640729" not in {twin for twin, _ in answer(disputed_data, "easy-twins")}
    for day, there in (("2020-05-31", True), ("2020-07-01", False)):
        rows = answer(disputed_data, "twinned-on-a-day", "link", day=f'"{day}"^^xsd:date')
        assert ((link,) in rows) is there


@every_row(("day", "known"), [("2020-06-15", True), ("2020-01-01", True), ("2020-07-01", False)])
def test_what_ended_after_a_day(day: str, known: bool, disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "ended-or-suspended-links", "link status since", day=f'"{day}"')
    assert rows == [("link/oxford-2640729--perm-511196", "ended", "2020-06")] * known


def test_an_ended_link_goes_to_wikidata_with_its_end(disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "quickstatements", "qid P190 qal580 qal582", country='"GB"')
    end = "+2020-06-00T00:00:00Z/10"
    assert ("Q34217", "Q915", "+1995-00-00T00:00:00Z/9", end) in rows


def test_a_former_partner_is_no_possible_one(disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "possible-partners", "candidateName", city=city("perm-511196"))
    assert rows
    assert ("Oxford",) not in rows
    assert ("Perm",) not in rows


def test_things_have_their_names_beside_them(disputed_data: ox.Store) -> None:
    """But where an answer is short on purpose, drawn instead of read, or has titles for names."""
    without = {}
    for query in saved_queries.read(shipped.query_files()):
        if query.form == "SELECT":
            found = disputed_data.query(query.text)
            assert isinstance(found, ox.QuerySolutions)
            names = {variable.value for variable in found.variables}
            rows = [{name: row[name] for name in names} for row in found]
            named = {n for row in rows for n, term in row.items() if has_name(term)}
            if missing := {name for name in named if f"{name}Name" not in names}:
                without[query.name] = missing
    assert without == {
        "easy-twins": {"twin"},
        "links-on-a-map": {"city", "other"},
        "newest-sources": {"document"},
    }


def has_name(term: object) -> bool:
    kinds = ("agreement", "city", "document", "link")
    iris = tuple(terms.thing(kind, "") for kind in kinds)
    return isinstance(term, ox.NamedNode) and term.value.startswith(iris)


def test_answers_for_countries_together_are_that_for_the_world(shipped_data: ox.Store) -> None:
    """Each is cut to a country, so that who asks for every country must miss nothing."""
    every = "UNDEF"
    found = shipped_data.query(
        f"""PREFIX cl: <{terms.CL}> PREFIX skos: <{terms.PREFIXES["skos"]}>
        SELECT DISTINCT ?code {{ ?city cl:inCountry/skos:notation ?code }}"""
    )
    assert isinstance(found, ox.QuerySolutions)
    codes = [str(row["code"]) for row in found]
    for query in saved_queries.read(shipped.query_files()):
        if [parameter.name for parameter in query.parameters] == ["country"]:
            parts = [lines(shipped_data, query_with(query.name, country=one)) for one in codes]
            world = lines(shipped_data, query_with(query.name, country=every))
            assert set().union(*parts) == world != set(), query.name


def lines(store: ox.Store, text: str) -> set[str]:
    found = store.query(text)
    assert not isinstance(found, ox.QueryBoolean)
    return {str(row) for row in found}
