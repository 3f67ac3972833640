"""The rules of derivation, sentence by sentence, on small claims."""

from __future__ import annotations

import calendar
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import every_row

RULES = sorted((Path(__file__).parents[2] / "queries" / "derive").glob("*.rq"))
BASE = "https://w3id.org/citylinks/"
CL = f"{BASE}ontology#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XSD = "http://www.w3.org/2001/XMLSchema#"
SETTINGS = ox.NamedNode(f"{BASE}graph/settings")
PREFIXES = f"""
@prefix : <{BASE}id/> .
@prefix cl: <{CL}> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix kind: <{BASE}scheme/link-kind/> .
@prefix link: <{BASE}id/link/> .
@prefix mode: <{BASE}scheme/evidence-mode/> .
@prefix role: <{BASE}scheme/participation-role/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix status: <{BASE}scheme/status/> .
@prefix topic: <{BASE}scheme/topic/> .
@prefix xsd: <{XSD}> .
kind:iurc-pairing skos:broader kind:programme-pairing .
"""
TODAY = "2022-04-30"

Triples = set[ox.Triple]


def store_of(turtle: str, as_of: str = TODAY) -> ox.Store:
    """Put data in the default graph, the as-of date and the day five years earlier in its own."""
    store = ox.Store()
    store.load((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE)
    day = ox.Literal(as_of, datatype=ox.NamedNode(f"{XSD}date"))
    store.add(ox.Quad(SETTINGS, ox.NamedNode(f"{CL}asOf"), day, SETTINGS))
    limit = ox.Literal(f"{int(as_of[:4]) - 5}{as_of[4:]}", datatype=day.datatype)
    store.add(ox.Quad(SETTINGS, ox.NamedNode(f"{CL}unconfirmedBefore"), limit, SETTINGS))
    return store


def ask(store: ox.Store, rule: Path) -> Triples:
    found = store.query(rule.read_text(encoding="utf-8"))
    assert isinstance(found, ox.QueryTriples)
    return set(found)


def quads(triples: Iterable[ox.Triple]) -> list[ox.Quad]:
    return [ox.Quad(t.subject, t.predicate, t.object) for t in triples]


def derive(turtle: str, as_of: str = TODAY) -> Triples:
    """Run all rules in file order over some Turtle and give what they derive."""
    store = store_of(turtle, as_of)
    derived: Triples = set()
    for rule in RULES:
        found = ask(store, rule)
        store.extend(quads(found))
        derived |= found
    return derived


def short(term: object) -> str:
    """Give the last segment of an IRI, or the text of a literal."""
    if isinstance(term, ox.NamedNode):
        return re.split(r"[/#]", term.value)[-1]
    assert isinstance(term, ox.Literal)
    return term.value


def facts(triples: Triples, subject: str) -> dict[str, str]:
    """Give what is derived of one thing: short predicate to short values, sorted."""
    found = defaultdict(set)
    for triple in triples:
        if short(triple.subject) == subject:
            found[short(triple.predicate)].add(short(triple.object))
    return {name: " ".join(sorted(values)) for name, values in found.items()}


def pairs(triples: Triples, predicate: str) -> set[str]:
    """Give the subjects and objects of one predicate, each pair as `a-b`."""
    return {
        f"{short(t.subject)}-{short(t.object)}" for t in triples if short(t.predicate) == predicate
    }


def date(text: str) -> str:
    """Write a date with the datatype that its length tells."""
    name = {4: "gYear", 7: "gYearMonth"}.get(len(text), "date")
    return f'"{text}"^^xsd:{name}'


def claim(
    as_of: str,
    kind: str = "twinning",
    *,
    status: str = "",
    start: str = "",
    end: str = "",
    family: str = "",
    under: str = "",
) -> str:
    """Write what one source says of the link, as predicates and objects."""
    parts = [
        f"cl:asOf {date(as_of)}",
        f"cl:claimedKind kind:{kind}" if kind else "",
        f"cl:claimedStatus status:{status}" if status else "",
        f"cl:startDate {date(start)}" if start else "",
        f"cl:endDate {date(end)}" if end else "",
        f"cl:supportedBy :passage-{family}" if family else "",
        f"cl:recordedUnder :{under}" if under else "",
    ]
    return " ; ".join(filter(None, parts))


def link(
    *claims: str, parties: str = "a b", cls: str = "CityLink", name: str = "link", more: str = ""
) -> str:
    """Write a link with its claims `c1`, `c2`, … and the documents of some source families."""
    lines = [f"link:{name} a cl:{cls} . {more}"]
    lines += [f"link:{name} cl:party :{party} . :{party} a cl:City ." for party in parties.split()]
    for number, text in enumerate(claims, 1):
        key = f":c{number}" if name == "link" else f":{name}-c{number}"
        lines.append(f"link:{name} cl:claim {key} . {key} a cl:LinkClaim ; {text} .")
    for family in "PQR":
        for copy in ("", "2"):
            lines.append(f":passage-{family}{copy} cl:passageOf :document-{family}{copy} .")
            lines.append(f':document-{family}{copy} cl:sourceFamily "{family}" .')
    return "\n".join(lines)


# Each row: the sentence of the rules, the claims on a link of two, what is derived of the link.
# An empty value says that nothing is derived.
CLAIMS: list[tuple[str, list[str], dict[str, str]]] = [
    # 1. A listing without status or end confirms the link for the date of its source.
    (
        "a plain listing of the last five years is listed as of its date",
        [claim("2017")],
        {"status": "listed", "statusAsOf": "2017", "lastConfirmed": "2017", "confirmedBy": "c1"},
    ),
    (
        "an older listing is not confirmed",
        [claim("2016")],
        {
            "status": "not-confirmed",
            "statusAsOf": "2016",
            "decidedBy": "c1",
            "linkKind": "twinning",
            "contested": "false",
            "contestedAbout": "",
            "startDate": "",
            "endDate": "",
        },
    ),
    ("a status that is stated counts", [claim("2016", status="dormant")], {"status": "dormant"}),
    (
        "an end that is not over leaves a listing as it is",
        [claim("2020", end="2030")],
        {
            "status": "listed",
            "endDate": "2030",
            "endEarliest": "2030-01-01",
            "endLatest": "2030-12-31",
        },
    ),
    (
        "unknown does not vote, be it newer",
        [claim("2016"), claim("2021", status="unknown")],
        {"status": "not-confirmed", "statusAsOf": "2016", "decidedBy": "c1", "contested": "false"},
    ),
    (
        "unknown does not vote, be it of equal date",
        [claim("2016", status="unknown"), claim("2016", status="ended")],
        {"status": "ended", "decidedBy": "c2", "contested": "false"},
    ),
    (
        "the kind of a claim that does not vote is not asked",
        [claim("2016"), claim("2021", "contact", status="unknown")],
        {"linkKind": "twinning", "contested": "false"},
    ),
    (
        "no vote at all is unknown, and the newest claim stands in",
        [claim("2016", status="unknown"), claim("2021", "friendship", status="unknown")],
        {
            "status": "unknown",
            "statusAsOf": "2021",
            "decidedBy": "c2",
            "linkKind": "friendship",
            "contested": "false",
        },
    ),
    (
        "a link without a claim is unknown",
        [],
        {"status": "unknown", "decidedBy": "", "linkKind": "", "contested": "false"},
    ),
    (
        "asOf keeps its precision",
        [claim("2019-04")],
        {"statusAsOf": "2019-04"},
    ),
    (
        "a year and a day within it have no order: the more precise is shown, contested",
        [claim("2021-11-30", status="ended"), claim("2021", status="active")],
        {
            "status": "ended",
            "statusAsOf": "2021-11-30",
            "decidedBy": "c1",
            "contestedAbout": "status",
        },
    ),
    (
        "a year is not later than its last day",
        [claim("2021-12-31", status="ended"), claim("2021")],
        {"status": "ended", "contestedAbout": "status"},
    ),
    # 2. The claim with the latest date decides status and kind.
    (
        "the latest claim decides status and kind",
        [claim("2020", "friendship", status="suspended"), claim("2016", "twinning")],
        {
            "status": "suspended",
            "linkKind": "friendship",
            "decidedBy": "c1",
            "statusAsOf": "2020",
            "contested": "false",
        },
    ),
    (
        "a proposal that is later reported as active is active",
        [
            claim("2022-04-03", "friendship", status="proposed", start="2022-04-07"),
            claim("2022-04", "friendship", status="active"),
        ],
        {
            "status": "active",
            "linkKind": "friendship",
            "startDate": "2022-04-07",
            "startEarliest": "2022-04-07",
            "startLatest": "2022-04-07",
            "decidedBy": "c2",
            "contested": "false",
        },
    ),
    (
        "equal dates and different status are unknown and contested",
        [claim("2016", status="ended"), claim("2016", status="active")],
        {
            "status": "unknown",
            "contested": "true",
            "contestedAbout": "status",
            "decidedBy": "c1",
            "statusAsOf": "2016",
            "endDate": "",
        },
    ),
    (
        "equal dates and different kinds: the commoner, contested",
        [claim("2016"), claim("2016", "friendship"), claim("2016", "friendship")],
        {
            "linkKind": "friendship",
            "status": "not-confirmed",
            "contested": "true",
            "contestedAbout": "kind",
        },
    ),
    (
        "equally common kinds: twinning",
        [claim("2016", "contact"), claim("2016", "twinning"), claim("2016", "friendship")],
        {"linkKind": "twinning", "contestedAbout": "kind"},
    ),
    (
        "equally common kinds without a twinning: the closer tie",
        [claim("2016", "contact"), claim("2016", "cooperation"), claim("2016", "friendship")],
        {"linkKind": "friendship", "contestedAbout": "kind"},
    ),
    (
        "older claims do not make a kind commoner",
        [claim("2010", "contact"), claim("2011", "contact"), claim("2016", "twinning")],
        {"linkKind": "twinning", "contested": "false"},
    ),
    (
        "a decider that states no kind leaves it to the newest that does",
        [claim("2010", "contact"), claim("2012", "twinning"), claim("2016", "")],
        {"linkKind": "twinning", "decidedBy": "c3"},
    ),
    (
        "a kind and one narrower than it agree",
        [claim("2016", "programme-pairing"), claim("2016", "iurc-pairing")],
        {"linkKind": "iurc-pairing", "contested": "false"},
    ),
    (
        "there is one deciding claim, of equals the first by IRI",
        [claim("2016"), claim("2016"), claim("2010")],
        {"decidedBy": "c1"},
    ),
    (
        "an end that has passed makes it ended",
        [claim("2016", end="2021")],
        {
            "status": "ended",
            "endDate": "2021",
            "endEarliest": "2021-01-01",
            "endLatest": "2021-12-31",
        },
    ),
    (
        "an end that has passed makes it ended, whatever status is claimed",
        [claim("2016", status="active", end="2022-04-29")],
        {"status": "ended", "endDate": "2022-04-29"},
    ),
    (
        "an end has passed on the day after it",
        [claim("2020", end="2022-04-30")],
        {"status": "listed", "endDate": "2022-04-30"},
    ),
    (
        "a month in which the as-of date lies has not passed",
        [claim("2020", end="2022-04")],
        {"status": "listed"},
    ),
    (
        "an end that has not passed is no vote of an unknown status",
        [claim("2020"), claim("2021", status="unknown", end="2022-04-30")],
        {"status": "listed", "decidedBy": "c1"},
    ),
    (
        "an end that passed votes even where the status is called unknown",
        [claim("2016", status="unknown", end="2020")],
        {"status": "ended"},
    ),
    (
        "a newer listing does not revive a link whose end is past",
        [claim("2016", end="2014"), claim("2020")],
        {"status": "ended", "endDate": "2014", "contestedAbout": "status"},
    ),
    (
        "a source that states it does",
        [claim("2016", end="2014"), claim("2020", status="active")],
        {"status": "active", "endDate": "", "contested": "false"},
    ),
    (
        "and so does a new start",
        [claim("2016", start="1980", end="2014"), claim("2020", start="2015")],
        {
            "status": "active",
            "startDate": "2015",
            "firstStart": "1980",
            "endDate": "",
            "period": "1 2",
            "contested": "false",
        },
    ),
    (
        "a list between the statement of an end and that end agrees with it",
        [claim("2018", end="2021"), claim("2020")],
        {"status": "ended", "endDate": "2021", "contested": "false"},
    ),
    (
        "ended without a date stays without one",
        [claim("2020", status="ended"), claim("2016")],
        {"status": "ended", "endDate": ""},
    ),
    (
        "the end may stand in an older claim that says ended too",
        [claim("2020", status="ended"), claim("2018", status="ended", end="2017")],
        {"status": "ended", "endDate": "2017", "decidedBy": "c1"},
    ),
    (
        "ends that overlap are one, the narrower given",
        [claim("2020", end="2017"), claim("2018", end="2017-06")],
        {"endDate": "2017-06", "endEarliest": "2017-06-01", "endLatest": "2017-06-30"},
    ),
    (
        "a year's first month is narrower than the year",
        [claim("2020", end="2017"), claim("2018", end="2017-01")],
        {"endDate": "2017-01"},
    ),
    (
        "of ends that do not overlap the one stated last",
        [claim("2020", end="2015"), claim("2018", end="2017")],
        {"endDate": "2015", "status": "ended"},
    ),
    (
        "a future end survives an older one that passed",
        [claim("2020", status="active", end="2022"), claim("2018", end="2022-03")],
        {"status": "active", "endDate": "2022"},
    ),
    # 3. Start.
    (
        "1992 and 1992-05 agree, and the narrower is given",
        [claim("2016", start="1992"), claim("2020", start="1992-05")],
        {
            "startDate": "1992-05",
            "startEarliest": "1992-05-01",
            "startLatest": "1992-05-31",
            "contested": "false",
        },
    ),
    (
        "a year, a month and a day that overlap are the day",
        [
            claim("2016", start="1992-05-17"),
            claim("2020", start="1992"),
            claim("2010", start="1992-05"),
        ],
        {"startDate": "1992-05-17", "contested": "false"},
    ),
    (
        "1952 and 1977 are contested, the earlier given",
        [claim("2016", start="1977"), claim("2020", start="1952")],
        {"startDate": "1952", "contested": "true", "contestedAbout": "start", "status": "listed"},
    ),
    (
        "the start that most families state counts",
        [
            claim("2016", start="1977", family="P"),
            claim("2016", start="1977", family="Q"),
            claim("2016", start="1952", family="R"),
        ],
        {"startDate": "1977", "contestedAbout": "start"},
    ),
    (
        "two crawls of one source are one family",
        [
            claim("2016", start="1977", family="P"),
            claim("2016", start="1977", family="P2"),
            claim("2016", start="1952", family="R"),
        ],
        {"startDate": "1952", "contestedAbout": "start", "sourceCount": "2"},
    ),
    (
        "a year supports the month within it",
        [
            claim("2016", start="1977-03", family="P"),
            claim("2016", start="1977", family="Q"),
            claim("2016", start="1952", family="R"),
        ],
        {"startDate": "1977-03", "contestedAbout": "start"},
    ),
    (
        "two months of one year do not overlap",
        [
            claim("2016", start="1992", family="P"),
            claim("2016", start="1992-08", family="Q"),
            claim("2016", start="1992-05", family="R"),
        ],
        {"startDate": "1992-05", "contestedAbout": "start"},
    ),
    (
        "a start counts even where the status is unknown",
        [claim("2016"), claim("2016", status="unknown", start="1964")],
        {"startDate": "1964", "status": "not-confirmed", "contested": "false"},
    ),
    # 4. Contested.
    (
        "active in 2016 and ended in 2020 agree",
        [claim("2016", status="active"), claim("2020", status="ended")],
        {"status": "ended", "contested": "false", "statusAsOf": "2020"},
    ),
    (
        "a contact in 2005 and a twinning in 2009 agree",
        [claim("2005", "contact"), claim("2009", "twinning")],
        {"linkKind": "twinning", "contested": "false"},
    ),
    (
        "what sources of one date disagreed about is settled by a newer one",
        [
            claim("2016", status="active"),
            claim("2016", "friendship", status="ended"),
            claim("2020", status="active"),
        ],
        {"status": "active", "linkKind": "twinning", "contested": "false"},
    ),
    (
        "all three at once",
        [claim("2016", start="1952"), claim("2016", "contact", status="ended", start="1977")],
        {"contestedAbout": "kind start status", "status": "ended", "linkKind": "twinning"},
    ),
    # Sources and entries.
    (
        "sources are counted by family",
        [claim("2016", family="P"), claim("2017", family="P2"), claim("2017", family="Q")],
        {"sourceCount": "2"},
    ),
    ("no source is none", [claim("2016")], {"sourceCount": "0"}),
    (
        "recorded under both parties",
        [claim("2016", under="a"), claim("2017", under="b")],
        {"recordedBothWays": "true"},
    ),
    (
        "recorded twice under one party",
        [claim("2016", under="a"), claim("2017", under="a")],
        {"recordedBothWays": "false"},
    ),
    ("recorded under none", [claim("2016")], {"recordedBothWays": "false"}),
    (
        "what is no date of the calendar derives nothing",
        [claim("2016", start="1992-13", end="2021-02-30")],
        {"startDate": "", "endDate": "", "status": "not-confirmed", "contested": "false"},
    ),
]


@every_row(("claims", "expected"), [row[1:] for row in CLAIMS], ids=[row[0] for row in CLAIMS])
def test_what_is_derived_from_claims(claims: list[str], expected: dict[str, str]) -> None:
    found = facts(derive(link(*claims)), "link")
    assert {name: found.get(name, "") for name in expected} == expected


@every_row(("claims", "expected"), [row[1:] for row in CLAIMS], ids=[row[0] for row in CLAIMS])
def test_the_order_of_claims_does_not_matter(claims: list[str], expected: dict[str, str]) -> None:
    found = facts(derive(link(*reversed(claims))), "link")
    wanted = {name: value for name, value in expected.items() if name != "decidedBy"}
    assert {name: found.get(name, "") for name in wanted} == wanted


@pytest.mark.parametrize(
    ("as_of", "status", "former"),
    [("2020-12-31", "listed", set()), ("2021-01-01", "ended", {"a-b", "b-a"})],
)
def test_the_as_of_date_is_the_only_today(as_of: str, status: str, former: set[str]) -> None:
    found = derive(link(claim("2016", end="2020")), as_of)
    assert facts(found, "link")["status"] == status
    assert pairs(found, "formerLinkedCity") == former


# Pairings: the programme's end, the claims, what is derived.
PAIRINGS: list[tuple[str, str, list[str], dict[str, str]]] = [
    (
        "a programme that is over ends its pairings",
        "2021-12",
        [claim("2021-03", "iurc-pairing")],
        {"status": "ended", "endDate": "2021-12", "endLatest": "2021-12-31", "decidedBy": "c1"},
    ),
    (
        "a programme that runs does not",
        "2023",
        [claim("2021-03", "iurc-pairing")],
        {"status": "listed", "endDate": ""},
    ),
    (
        "a pairing that ended before its programme keeps its own end",
        "2021",
        [claim("2021-03", "iurc-pairing", end="2020-06")],
        {"status": "ended", "endDate": "2020-06"},
    ),
    (
        "a pairing meant to outlast its programme ends with it",
        "2021",
        [claim("2021-03", "iurc-pairing", end="2030")],
        {"status": "ended", "endDate": "2021"},
    ),
    (
        "a pairing of unknown status ends with its programme too",
        "2021",
        [claim("2021-03", "iurc-pairing", status="unknown")],
        {"status": "ended"},
    ),
]


@every_row(
    ("end", "claims", "expected"), [row[1:] for row in PAIRINGS], ids=[row[0] for row in PAIRINGS]
)
def test_pairings_of_programmes(end: str, claims: list[str], expected: dict[str, str]) -> None:
    programme = (
        f"link:link cl:underProgramme :iurc . :iurc a cl:Programme ; cl:endDate {date(end)} ."
    )
    found = facts(derive(link(*claims, cls="ProgrammePairing", more=programme)), "link")
    assert {name: found.get(name, "") for name in expected} == expected


def test_other_links_outlast_a_programme() -> None:
    programme = f"link:link cl:underProgramme :cerv . :cerv cl:endDate {date('2020')} ."
    assert facts(derive(link(claim("2018"), more=programme)), "link")["status"] == "listed"


# 5. Shortcuts: class of the link, claim, and the properties that join its parties, both ways.
SHORTCUTS: list[tuple[str, str, str, str]] = [
    ("twinning", "CityLink", claim("2018"), "linkedCity twinCity"),
    ("friendship", "CityLink", claim("2018", "friendship"), "friendCity linkedCity"),
    ("cooperation", "CityLink", claim("2018", "cooperation"), "linkedCity"),
    ("contact", "CityLink", claim("2018", "contact"), "linkedCity"),
    ("pairing", "ProgrammePairing", claim("2018", "iurc-pairing"), "linkedCity pairedCity"),
    ("stated long ago", "CityLink", claim("2010", status="active"), "linkedCity twinCity"),
    ("not confirmed", "CityLink", claim("2016"), "unconfirmedCity"),
    ("proposed", "CityLink", claim("2016", status="proposed"), ""),
    ("dormant", "CityLink", claim("2016", status="dormant"), ""),
    ("suspended", "CityLink", claim("2016", status="suspended"), "suspendedCity"),
    ("unknown", "CityLink", claim("2016", status="unknown"), ""),
    ("ended", "CityLink", claim("2016", status="ended"), "formerLinkedCity"),
]


@every_row(
    ("cls", "text", "expected"), [row[1:] for row in SHORTCUTS], ids=[row[0] for row in SHORTCUTS]
)
def test_shortcuts_join_the_parties(cls: str, text: str, expected: str) -> None:
    found = derive(link(text, cls=cls))
    forth = {short(t.predicate) for t in found if (short(t.subject), short(t.object)) == ("a", "b")}
    back = {short(t.predicate) for t in found if (short(t.subject), short(t.object)) == ("b", "a")}
    assert forth == back == set(expected.split())
    assert not any(t.subject == t.object for t in found)


def test_a_link_of_eight_gives_all_pairs() -> None:
    cities = "abcdefgh"
    found = derive(link(claim("2022-04", "friendship"), parties=" ".join(cities)))
    expected = {f"{one}-{other}" for one in cities for other in cities if one != other}
    assert len(expected) == 56
    assert pairs(found, "friendCity") == pairs(found, "linkedCity") == expected
    assert "recordedBothWays" not in facts(found, "link")
    assert pairs(found, "partyIn") == {f"{city}-link" for city in cities}


def test_an_active_link_hides_a_former_one() -> None:
    ended = link(claim("2016", status="ended"), parties="a b c", name="old")
    found = derive(ended + link(claim("2018", "contact")))
    assert pairs(found, "formerLinkedCity") == {"a-c", "c-a", "b-c", "c-b"}
    assert pairs(found, "linkedCity") == {"a-b", "b-a"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("twinning", "TwinningLink"), ("friendship", "FriendshipLink"), ("contact", "")],
)
def test_classes_follow_the_kind(kind: str, expected: str) -> None:
    assert facts(derive(link(claim("2016", kind))), "link").get("type", "") == expected


@every_row(
    ("source", "count"),
    [
        ("cl:supportedBy :passage-P", "1"),
        ("cl:supportedBy :document-P", "1"),
        ("dcterms:source :document-P", "1"),
        ("dcterms:source :document-P ; cl:supportedBy :passage-P2", "1"),
        ("dcterms:source :document-P ; cl:supportedBy :passage-Q", "2"),
        ("dcterms:source :no-family, :document-Q", "2"),
    ],
)
def test_a_claim_names_its_passage_or_its_document(source: str, count: str) -> None:
    assert facts(derive(link(f"{claim('2016')} ; {source}")), "link")["sourceCount"] == count


WHOLE = """
:project a cl:Project ; cl:participation :n1, :n2, :n3, :n4 ; cl:topic topic:heritage .
:n1 cl:participant :a ; cl:role role:coordinator .
:n2 cl:participant :b ; cl:role role:partner .
:n3 cl:participant :university ; cl:role role:associated-partner .
:n4 cl:participant :c ; cl:role role:member .
:a a cl:City . :b a cl:City . :c a cl:City . :d a cl:City .
:agreement a cl:Agreement ; cl:establishes :lab, link:link ; cl:topic topic:arts .
:agreement cl:signature :s1, :s2 .
:lab a cl:LivingLab ; cl:topic topic:innovation .
:s1 cl:signedFor :authority . :authority cl:governs :a . :s2 cl:signedFor :d .
"""


def test_participants_are_said_directly() -> None:
    found = derive(WHOLE)
    assert pairs(found, "coordinator") == {"project-a"}
    assert pairs(found, "partner") == {"project-a", "project-b"}
    assert pairs(found, "associatedPartner") == {"project-university"}
    assert pairs(found, "projectPartnerCity") == {"a-b", "b-a", "a-c", "c-a", "b-c", "c-b"}


def test_who_signs_for_a_body_is_its_member() -> None:
    assert pairs(derive(WHOLE), "member") == {"project-c", "lab-a", "lab-d"}


def test_the_parties_of_the_link_beside_a_body_are_its_members() -> None:
    found = derive(WHOLE + link(claim("2022-04"), parties="a b"))
    assert pairs(found, "member") == {"project-c", "lab-a", "lab-b", "lab-d"}


@every_row(
    ("turtle", "expected"),
    [
        (WHOLE, "a-heritage b-heritage c-heritage a-innovation d-innovation a-arts d-arts"),
        (link(claim("2018"), more="link:link cl:topic topic:youth ."), "a-youth b-youth"),
        (link(claim("2016", status="ended"), more="link:link cl:topic topic:youth ."), ""),
        (":x cl:sending :a ; cl:receiving :b ; cl:topic topic:arts .", "a-arts b-arts"),
        (
            ":x cl:originCity :a ; cl:topic topic:arts . :i cl:implementationOf :x ; "
            "cl:implementedIn :b .",
            "a-arts b-arts",
        ),
    ],
    ids=["participation, body, signature", "link", "ended link", "exchange", "practice"],
)
def test_a_city_works_on_what_it_takes_part_in(turtle: str, expected: str) -> None:
    assert pairs(derive(turtle), "worksOn") == set(expected.split())


# Dates and the first and last day they can mean; none where they are no dates.
BOUNDS: list[tuple[str, str]] = [
    ('"1994"^^xsd:gYear', "1994-01-01 1994-12-31"),
    ('"1994-02"^^xsd:gYearMonth', "1994-02-01 1994-02-28"),
    ('"1900-02"^^xsd:gYearMonth', "1900-02-01 1900-02-28"),
    ('"2000-02"^^xsd:gYearMonth', "2000-02-01 2000-02-29"),
    ('"2024-02"^^xsd:gYearMonth', "2024-02-01 2024-02-29"),
    ('"2022-04-07"^^xsd:date', "2022-04-07 2022-04-07"),
    ('"2024-02-29"^^xsd:date', "2024-02-29 2024-02-29"),
    ('"0001"^^xsd:gYear', "0001-01-01 0001-12-31"),
    ('"2023-02-29"^^xsd:date', ""),
    ('"2022-13"^^xsd:gYearMonth', ""),
    ('"2022-00"^^xsd:gYearMonth', ""),
    ('"2022-04-31"^^xsd:date', ""),
    ('"199x"^^xsd:gYear', ""),
    ('"0000"^^xsd:gYear', ""),
    ('"12022"^^xsd:gYear', ""),
    ('"-044"^^xsd:gYear', ""),
    ('"2022Z"^^xsd:gYear', ""),
    ('"2022-04-07Z"^^xsd:date', ""),
    ('"2022-04-07+02:00"^^xsd:date', ""),
    ('"2022-04-07T00:00:00Z"^^xsd:dateTime', ""),
    ('"2022"^^xsd:gYearMonth', ""),
    ('"2022-04"^^xsd:gYear', ""),
    ('"2022"', ""),
    ('"2022"@en', ""),
    ("2022", ""),
]


@every_row(("value", "expected"), BOUNDS)
def test_bounds_of_a_date(value: str, expected: str) -> None:
    found = facts(derive(f":event cl:startDate {value} ; cl:endDate {value} ."), "event")
    for end in ("start", "end"):
        given = (found.get(f"{end}Earliest", ""), found.get(f"{end}Latest", ""))
        assert " ".join(given).strip() == expected


def test_bounds_are_of_type_date() -> None:
    found = derive(link(claim("2016", start="1992", end="2030")))
    bounds = [t.object for t in found if re.search("Earliest|Latest", t.predicate.value)]
    assert len(bounds) == 14
    assert all(isinstance(b, ox.Literal) and short(b.datatype) == "date" for b in bounds)


@given(year=st.integers(1, 9999), month=st.integers(1, 12))
@settings(max_examples=200, deadline=None)
def test_months_end_as_in_the_calendar(year: int, month: int) -> None:
    text = f"{year:04}-{month:02}"
    last = calendar.monthrange(year, month)[1]
    found = facts(ask(store_of(f":event cl:endDate {date(text)} ."), RULES[0]), "event")
    assert found == {"endEarliest": f"{text}-01", "endLatest": f"{text}-{last}"}


@given(year=st.integers(1, 9999), month=st.integers(0, 13), day=st.integers(0, 32))
@settings(max_examples=200, deadline=None)
def test_only_days_of_the_calendar_have_bounds(year: int, month: int, day: int) -> None:
    exists = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    text = f"{year:04}-{month:02}-{day:02}"
    found = facts(ask(store_of(f":event cl:startDate {date(text)} ."), RULES[0]), "event")
    assert found == ({"startEarliest": text, "startLatest": text} if exists else {})


def header(rule: Path) -> dict[str, str]:
    return dict(re.findall(r"^# (\w+): (.+)$", rule.read_text(encoding="utf-8"), re.MULTILINE))


def is_of(triple: ox.Triple, names: list[str]) -> bool:
    """Tell whether a triple is one of the terms that a header names."""
    term = triple.object if triple.predicate.value == RDF_TYPE else triple.predicate
    return f"cl:{short(term)}" in names


EDITIONS = f"""
:document-P dcterms:issued {date("2018")} . :document-P2 dcterms:issued {date("2020")} .
{link(claim("2018", family="P", under="e"), parties="e f", name="missing")}
{link(claim("2020", family="P2", under="e"), parties="e g", name="present")}
{link(claim("2018") + " ; cl:mode mode:inferred", parties="h i", name="read")}
"""
"""A link that a newer edition of its source leaves out, and one that is read from its source."""

EVERYTHING = (
    WHOLE
    + EDITIONS
    + "\n".join(
        link(*row[1], parties=f"a{n} b{n}", name=f"link{n}") for n, row in enumerate(CLAIMS)
    )
)


def test_each_rule_derives_what_its_header_says() -> None:
    store = store_of(EVERYTHING)
    for rule in RULES:
        found = ask(store, rule)
        store.extend(quads(found))
        names = header(rule)["derives"].split()
        assert header(rule)["title"]
        assert header(rule)["description"]
        assert found
        assert all(is_of(triple, names) for triple in found), rule.name


def test_only_dates_are_derived_in_several_places() -> None:
    places = defaultdict(list)
    for rule in RULES:
        for name in header(rule)["derives"].split():
            places[name].append(rule.name)
    bounds = {f"cl:{end}{bound}" for end in ("start", "end") for bound in ("Earliest", "Latest")}
    of_periods = {"cl:startDate", "cl:endDate"}
    assert {name for name, files in places.items() if len(files) > 1} == bounds | of_periods


@pytest.mark.parametrize("before", ["1990-01-01", "2040-01-01"])
def test_what_a_former_release_derived_does_not_matter(before: str) -> None:
    """Each rule reads only what an earlier one has refreshed, as a publisher goes about it."""
    others = "\n".join(
        link(*CLAIMS[-n - 1][1], parties=f"a{n} b{n} c{n}", name=f"link{n}")
        for n in range(len(CLAIMS))
    )
    stale = derive(others, before)
    store = store_of(EVERYTHING)
    store.extend(quads(stale))
    fresh: Triples = set()
    for rule in RULES:
        names = header(rule)["derives"].split()
        fresh |= ask(store, rule)
        for triple in [t for t in stale - fresh if is_of(t, names)]:
            store.remove(ox.Quad(triple.subject, triple.predicate, triple.object))
        store.extend(quads(fresh))
    assert fresh == derive(EVERYTHING)


def test_deriving_twice_changes_nothing() -> None:
    store = store_of(EVERYTHING)
    for _ in range(2):
        derived: Triples = set()
        for rule in RULES:
            found = ask(store, rule)
            store.extend(quads(found))
            derived |= found
    assert derived == derive(EVERYTHING)


def seconds_by_rule(links: int) -> dict[str, float]:
    """Time each rule on many links of two with three claims each."""
    dice = random.Random(1)
    text = []
    for n in range(links):
        year = str(dice.randint(1950, 2015))
        end = str(dice.randint(2010, 2030)) if n % 9 == 0 else ""
        claims = [claim("2016", start=year, end=end, family="P")] * 3
        text.append(link(*claims, parties=f"a{n % 700} b{n % 900}", name=f"link{n}"))
    store = store_of("\n".join(text))
    spent = {}
    for rule in RULES:
        started = time.process_time()
        found = ask(store, rule)
        spent[rule.stem] = time.process_time() - started
        store.extend(quads(found))
    return spent


def least(runs: Iterable[dict[str, float]]) -> dict[str, float]:
    """Give the least time of each rule over several runs: the one that others slowed least."""
    listed = list(runs)
    return {name: min(run[name] for run in listed) for name in listed[0]}


@pytest.mark.slow
def test_time_grows_with_the_number_of_links_and_not_with_its_square() -> None:
    small = least(seconds_by_rule(1000) for _ in range(3))
    bounds = {name: 9 * max(seconds, 0.05) for name, seconds in small.items()}
    runs: list[dict[str, float]] = []
    for _ in range(3):
        runs.append(seconds_by_rule(4000))
        slow = {name: spent for name, spent in least(runs).items() if spent > bounds[name]}
        if not slow:
            break
    assert not slow
