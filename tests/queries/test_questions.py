"""Each question has a full header and gives the answer that it promises on the shipped data."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox

from tests.tables import every_row

QUERIES = sorted((Path(__file__).parents[2] / "queries").glob("*.rq"))
BASE = "https://w3id.org/citylinks/"
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


def answer(store: ox.Store, name: str, columns: str = "", **values: str) -> list[Row]:
    """Run a query as it stands, or with other terms for its parameters; give some columns."""
    text = next(path for path in QUERIES if path.stem == name).read_text(encoding="utf-8")
    for parameter, term in values.items():
        place = rf"(VALUES \?{parameter} \{{ ).*( \}} # parameter {parameter}\n)"
        text, count = re.subn(place, lambda m, t=term: f"{m[1]}{t}{m[2]}", text)  # type: ignore[misc]
        assert count >= 1
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    names = columns.split() or [variable.value for variable in found.variables]
    return [tuple(short(row[column]) for column in names) for row in found]


def city(ref: str) -> str:
    return f"<{BASE}id/city/{ref}>"


@each_query
def test_header_is_full(query: Path) -> None:
    found = header(query)
    titles = {"title", "title@it", "title@fr", "title@de", "title@es"}
    assert titles | {"description", "reader", "expect"} <= found.keys()
    assert found.keys() <= titles | {"description", "reader", "expect", "parameter"}
    assert all(len(values) == 1 for key, values in found.items() if key != "parameter")
    assert len({found[title][0] for title in titles}) == 5
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
    assert answer(shipped_data, "twins-of-a-city", "twinName since asOf source") == [
        ("Amnéville", "1992", "2019-04", "Friendship was born"),
        ("Louisville", "1994", "2019-04", "Friendship was born"),
        ("Oxford", "1995", "2019-04", "Friendship was born"),
        ("Qingdao", "2003", "2019-04", "Friendship was born"),
        ("Duisburg", "2007", "2019-04", "Friendship was born"),
        ("Agrigento", "2012", "2019-04", "Friendship was born"),
    ]


@every_row("ref", ["perm-511196", "pavia-3171366", "besancon-3033123", "turku-633679"])
def test_the_easy_way_gives_the_same_twins(ref: str, shipped_data: ox.Store) -> None:
    exact = answer(shipped_data, "twins-of-a-city", "twin", city=city(ref))
    assert sorted(exact) == answer(shipped_data, "easy-twins", city=city(ref))


def test_the_twins_of_pavia_have_no_known_start(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "twins-of-a-city", "twinName since", city=city("pavia-3171366"))
    assert rows == [("Besançon", ""), ("Hildesheim", "")]


def test_links_of_pavia_of_both_kinds(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "links-of-a-city", "otherName kind status asOf start sources")
    friends = ["Besançon", "Coimbra", "Hildesheim", "Iași", "Poitiers", "Salamanca", "Turku"]
    assert rows == [
        *((name, "friendship", "active", "2022-04", "2022-04-07", "2") for name in friends),
        ("Besançon", "twinning", "active", "2022-04-03", "", "1"),
        ("Hildesheim", "twinning", "active", "2022-04-03", "", "1"),
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
            *("2022-04-03", "friendship", "proposed", "2022-04-07", "false"),
            *("document/pavia-notice", "announced"),
        ),
        (
            *("2022-04", "friendship", "active", "", "true"),
            *("document/ec2u-cultcities", "reported"),
        ),
    ]


def test_the_merge_counts_once_what_graphs_state_twice(shipped_data: ox.Store) -> None:
    assert answer(shipped_data, "links-in-several-graphs") == [
        ("link/cultcities-friendship-agreement", "16", "8", "2")
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
    rows = answer(shipped_data, "one-sided-links", "recordedUnder missingUnder")
    assert {one for one, _ in rows} == {"city/perm-511196", "city/pavia-3171366"}
    assert ("city/pavia-3171366", "city/besancon-3033123") in rows


def test_perm_has_not_been_confirmed_since_2019(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "unconfirmed-links")
    assert len(rows) == 6
    assert {as_of for _, as_of in rows} == {"2019-04"}
    assert not answer(shipped_data, "unconfirmed-links", day='"2019-04-30"^^xsd:date')


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
    assert [when for when, _ in rows] == sorted(when for when, _ in rows)


def test_no_partner_of_perm_is_linked_with_another(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "open-triangles", "cityName open closed")
    assert rows[0] == ("Perm", "15", "0")
    assert ("Pavia", "0", "21") in rows


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
    rows = answer(shipped_data, "links-between-countries")
    assert ("FR", "FR", "friendship", "1") in rows
    assert ("FR", "IT", "friendship", "1") in rows
    assert ("RU", "US", "twinning", "1") in rows


def test_figures(shipped_data: ox.Store) -> None:
    assert {
        ("cities", "17"),
        ("links", "9"),
        ("active links", "9"),
        ("agreements", "1"),
        ("claims", "10"),
        ("practices", "5"),
        ("sources", "4"),
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


def test_wikidata_statements_of_both_directions(shipped_data: ox.Store) -> None:
    text = next(path for path in QUERIES if path.stem == "wikidata-statements").read_text("utf-8")
    found = shipped_data.query(text)
    assert isinstance(found, ox.QueryTriples)
    triples = {tuple(re.split(r"[/#]", short(t))[-1] for t in triple) for triple in found}
    assert {("Q915", "P190", "Q2100"), ("Q2100", "P190", "Q915")} <= triples
    assert ("Q915-Q2100", "P580", "2007-01-01T00:00:00Z") in triples
    assert ("Q915-Q2100-start", "timePrecision", "9") in triples
    assert not any(subject == value for subject, _, value in triples)


def test_quickstatements_keep_the_precision_of_dates(shipped_data: ox.Store) -> None:
    rows = answer(shipped_data, "quickstatements", "qid P190 qal580")
    assert ("Q915", "Q2100", "+2007-00-00T00:00:00Z/9") in rows
    assert ("Q6259", "Q45412", "+2022-04-07T00:00:00Z/11") in rows
    assert ("Q6259", "Q37776", "") in rows
    assert len({row[:2] for row in rows}) == len(rows)


def test_a_city_with_two_items_goes_to_wikidata_once(shipped_data: ox.Store) -> None:
    """Those of a town and of its municipality would make each statement twice."""
    store = ox.Store()
    store.bulk_extend(shipped_data)
    item = ox.NamedNode(f"{BASE}ontology#wikidataItem")
    second = ox.NamedNode("http://www.wikidata.org/entity/Q999999999")
    store.add(ox.Quad(ox.NamedNode(f"{BASE}id/city/perm-511196"), item, second, ox.DefaultGraph()))
    for name in ("quickstatements", "wikidata-statements"):
        text = next(path for path in QUERIES if path.stem == name).read_text("utf-8")
        before, after = shipped_data.query(text), store.query(text)
        assert not isinstance(before, ox.QueryBoolean)
        assert not isinstance(after, ox.QueryBoolean)
        told = [sorted(map(str, found)) for found in (before, after)]
        assert told[0] == told[1] != [], name


# The same data with an entry of Agrigento that differs and a newer one that ends Oxford's link.
def test_disagreements_give_every_claim(disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "disagreements", "matter asOf kind start")
    assert rows == [
        (matter, "2019-04", kind, start)
        for matter in ("kind", "start")
        for kind, start in (("friendship", "1977"), ("twinning", "2012"))
    ]


def test_a_link_under_both_cities_is_not_one_sided(disputed_data: ox.Store) -> None:
    links = {link for (link,) in answer(disputed_data, "one-sided-links", "link")}
    assert "link/duisburg-2934691--perm-511196" in links
    assert "link/agrigento-2525764--perm-511196" not in links


def test_an_ended_link_is_weak_and_no_twinning_any_more(disputed_data: ox.Store) -> None:
    link = "link/oxford-2640729--perm-511196"
    assert (link, "ended") in answer(disputed_data, "weak-links")
    assert ("city/oxford-2640729",) not in answer(disputed_data, "easy-twins")
    for day, there in (("2020-05-31", True), ("2020-07-01", False)):
        rows = answer(disputed_data, "twinned-on-a-day", "link", day=f'"{day}"^^xsd:date')
        assert ((link,) in rows) is there


def test_an_ended_link_goes_to_wikidata_with_its_end(disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "quickstatements", "qid P190 qal580 qal582")
    end = "+2020-06-00T00:00:00Z/10"
    assert ("Q34217", "Q915", "+1995-00-00T00:00:00Z/9", end) in rows


def test_a_former_partner_is_no_possible_one(disputed_data: ox.Store) -> None:
    rows = answer(disputed_data, "possible-partners", "candidateName", city=city("perm-511196"))
    assert rows
    assert ("Oxford",) not in rows
    assert ("Perm",) not in rows
