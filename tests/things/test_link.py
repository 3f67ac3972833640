"""The page of a link: what its status rests on, and its periods."""

from __future__ import annotations

from registry import terms
from registry.things.link import LinkPage, link
from tests.tables import every_row
from tests.things.made import pages_of, store_of

LINK = terms.thing("link", "a--b")
PERIOD = "<https://w3id.org/citylinks/id/period/a--b/{}>"
MODE = f"<{terms.SCHEME}evidence-mode/disputed>"
BASE = """
link:a--b a cl:CityLink ; cl:party city:a, city:b ; cl:claim claim:x, claim:y, claim:z .
claim:x dcterms:source document:one ; cl:asOf "2017-03"^^xsd:gYearMonth .
claim:y dcterms:source document:two ; cl:asOf "2022-03-28"^^xsd:date .
claim:z dcterms:source document:three ; cl:asOf "2023"^^xsd:gYear .
document:one dcterms:title "One"@en . document:two dcterms:title "Two"@en .
document:three dcterms:title "Three"@en .
"""


def page(turtle: str) -> LinkPage:
    return link(pages_of(store_of(BASE + turtle)), LINK)


DECIDED = "link:a--b cl:decidedBy claim:y . claim:y cl:effectiveStatus status:ended . "


@every_row(
    ("turtle", "told"),
    [
        ("", []),
        (
            "link:a--b cl:decidedBy claim:z ; cl:confirmedBy claim:z .",
            [("decided", "Three", "2023"), ("confirmed", "Three", "2023")],
        ),
        (
            'link:a--b cl:notListedBy document:three ; cl:notListedSince "2023"^^xsd:gYear .',
            [("unlisted", "Three", "2023")],
        ),
        (f"{DECIDED} link:a--b cl:contested true .", [("decided", "Two", "28 March 2022")]),
        (
            f'{DECIDED} link:a--b cl:contestedAbout "status" ; cl:confirmedBy claim:x . '
            "claim:z cl:effectiveStatus status:ended .",
            [
                ("decided", "Two", "28 March 2022"),
                ("confirmed", "One", "March 2017"),
            ],
        ),
        (
            f'{DECIDED} link:a--b cl:contestedAbout "status" .',
            [("decided", "Two", "28 March 2022"), ("contradicted", "Three", "2023")],
        ),
        (
            f'link:a--b cl:decidedBy claim:x ; cl:contestedAbout "status" . '
            f"claim:z cl:claimMode {MODE} .",
            [("decided", "One", "March 2017"), ("denied", "Three", "2023")],
        ),
    ],
)
def test_a_status_tells_what_it_rests_on(turtle: str, told: list[tuple[str, str, str]]) -> None:
    shown = page(turtle).status
    assert [
        (role, one.document.words.text, one.day) for role, some in shown for one in some
    ] == told


def test_periods_are_told_in_order() -> None:
    first, second = PERIOD.format(2), PERIOD.format(10)
    shown = page(f"""
link:a--b cl:period {second}, {first} .
{first} cl:periodNumber 2 ; cl:startDate "1960"^^xsd:gYear ; cl:endDate "1990-05"^^xsd:gYearMonth ;
  cl:periodStatus status:ended .
{second} cl:periodNumber 10 ; cl:startDate "1992"^^xsd:gYear ; cl:periodStatus status:listed .
status:ended skos:prefLabel "Ended"@en . status:listed skos:prefLabel "Listed"@en .
""")
    assert [(p.start, p.end, p.status.text) for p in shown.periods] == [
        ("1960", "May 1990", "Ended"),
        ("1992", "", "Listed"),
    ]


def test_a_table_of_claims_has_what_somebody_decided() -> None:
    shown = page("""
claim:y cl:statusSince "2022-03"^^xsd:gYearMonth ; cl:statusReason "War"@en ;
  cl:decidedByParty city:a .
link:a--b cl:lastConfirmed "2023"^^xsd:gYear .
""")
    rows = {row.matter: row for row in shown.compared}
    assert [value.words.text for value in rows["reason"].claimed[1]] == ["War"]
    assert [value.words.text for value in rows["status_since"].claimed[1]] == ["March 2022"]
    assert [value.iri for value in rows["decided_by_party"].claimed[1]] == [
        terms.thing("city", "a")
    ]
    assert [value.words.text for value in rows["last_confirmed"].derived] == ["2023"]
    assert rows["last_confirmed"].claimed == ((), (), ())


@every_row(
    ("status", "kind"),
    [
        ("active", "twinning"),
        ("listed", "twinning"),
        ("not-confirmed", "twinning unconfirmed"),
        ("suspended", "past"),
        ("ended", "past"),
    ],
)
def test_a_link_is_drawn_as_it_stands(status: str, kind: str) -> None:
    shown = page(f"""
city:a wgs84:lat 44.7 ; wgs84:long 8.03 . city:b wgs84:lat 49.2 ; wgs84:long 16.6 .
city:a a cl:City ; skos:prefLabel "A"@en . city:b a cl:City ; skos:prefLabel "B"@en .
link:a--b cl:status status:{status} ; cl:linkKind <{terms.SCHEME}link-kind/twinning> .
""")
    assert shown.map is not None
    assert [line.kind for line in shown.map.lines] == [kind]


def test_a_first_beginning_is_told_where_it_is_not_the_beginning() -> None:
    once = f'link:a--b cl:firstStart "1960"^^xsd:gYear ; cl:period {PERIOD.format(1)} .'
    assert "first_start" not in {row.matter for row in page(once).compared}
    twice = f"{once} link:a--b cl:period {PERIOD.format(2)} ."
    assert "first_start" in {row.matter for row in page(twice).compared}
