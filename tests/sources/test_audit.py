"""Open places: what reports of imports list, whose reports count, and the causes that they give."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from registry import shipped
from registry.damage import Damaged
from registry.identity import resolution
from registry.identity.mentions import Candidate, Reason
from registry.places.gazetteer import Gazetteer
from registry.sources.audit import (
    Audit,
    Cause,
    Choice,
    ListedCandidate,
    ReportFile,
    Reports,
    cause_of,
    is_contested,
)
from tests.reports import HEAD, report
from tests.tables import every_row


def read(home: Path, which: str = "curated") -> Audit:
    return Reports(home, which).current()


@every_row(
    ("words", "cause"),
    [
        ("contradictory", Cause.CONTRADICTORY),
        ("contested", Cause.CONTESTED),
        ("ambiguous", Cause.AMBIGUOUS),
        ("missing", Cause.MISSING),
        ("neither the gazetteer nor Wikidata has it", Cause.MISSING),
        ("unknown", Cause.UNKNOWN),
        ("it is a district", Cause.NOT_A_CITY),
        ("it is a place that a person says is no city", Cause.NOT_A_CITY),
        ("not a city", Cause.NOT_A_CITY),
        ("not-a-city", Cause.NOT_A_CITY),
        ("the ledger has given it up", Cause.OTHER),
        ("", Cause.OTHER),
    ],
)
def test_each_cause_of_a_report_is_one_of_ours(words: str, cause: Cause) -> None:
    assert cause_of({"cause": words}) is cause


@every_row(
    ("cells", "contested"),
    [
        ({"statement": "wikidata"}, True),
        ({"statement": "country;wikidata"}, True),
        ({"statement": "country", "why": "London: Q84 is this place with more reason"}, False),
        ({"statement": ""}, False),
        ({"why": "London: Q84 is this place with more reason"}, True),
        ({"why": "Kapan: it is in AM, not in AZ"}, False),
        ({}, False),
    ],
)
def test_the_statement_that_contradicts_says_whether_a_place_is_contested(
    cells: dict[str, str], contested: bool
) -> None:
    """Where a report names it; words are read only where it does not."""
    assert is_contested(cells) is contested
    wanted = Cause.CONTESTED if contested else Cause.CONTRADICTORY
    assert cause_of({"cause": "contradictory", **cells}) is wanted
    assert cause_of({"cause": "ambiguous", **cells}) is Cause.AMBIGUOUS


def test_what_resolution_says_of_another_item_is_understood(gazetteer: Gazetteer) -> None:
    place = gazetteer.place(3171366)
    assert place
    contested = resolution._contested(Candidate(place, (Reason("name", 9.0),)), "Q6259")
    (contradiction,) = contested.contradictions
    assert is_contested({"why": f"{place.name}: {contradiction.why}"})
    assert is_contested({"statement": contradiction.statement})


def test_places_for_which_most_rows_wait_come_first(tmp_path: Path) -> None:
    report(tmp_path, "a", "a,,Few,DE,,,,unknown,1,,", "a,,Many,DE,,,,unknown,12,,")
    report(tmp_path, "b", "b,,Some,FR,,,,missing,3,,", "b,,None said,,,,,missing,,,")
    audit = read(tmp_path)
    assert [(p.name, p.rows) for p in audit.places] == [
        ("Many", 12),
        ("Some", 3),
        ("Few", 1),
        ("None said", 1),
    ]
    assert audit.sources == ["a", "b"]


def test_a_place_is_called_by_its_name_and_not_by_its_item(tmp_path: Path) -> None:
    report(tmp_path, "a", "a,,Q239877,,,,Mission,unknown,1,,", "a,,Quebec,CA,,,a note,unknown,1,,")
    found = {place.name: place.item for place in read(tmp_path).places}
    assert found == {"Mission": "Q239877", "Quebec": ""}


@every_row(
    ("listed", "candidates"),
    [
        ("", []),
        (
            "mission-4711725 Mission US 11.3 | burg-q12 Alte Burg DE -0.6 | Bourg FR 8.2",
            [
                ListedCandidate("Mission", "mission-4711725", "US"),
                ListedCandidate("Alte Burg", "burg-q12", "DE"),
                ListedCandidate("Bourg", "", "FR"),
            ],
        ),
        (
            "burg-7 Burg (Dithmarschen)  6.0, but it is in DE, not in CH; it is far",
            [
                ListedCandidate(
                    "Burg (Dithmarschen)", "burg-7", "", "it is in DE, not in CH; it is far"
                )
            ],
        ),
        ("Burg DE 8.2", []),
        (
            "Mission 4711725 (11.3); Mission (B. C.) 6075292 (-0.6); Burg -116 (8.2); Bourg -7 (1)",
            [
                ListedCandidate("Mission", "4711725"),
                ListedCandidate("Mission (B. C.)", "6075292"),
                ListedCandidate("Bourg"),
            ],
        ),
        ("in words", [ListedCandidate("in words")]),
    ],
)
def test_candidates_are_read_but_for_the_place_that_would_be_made(
    listed: str, candidates: list[ListedCandidate]
) -> None:
    content = f'{HEAD}\na,,Burg,,,,,ambiguous,1,"{listed}",,\n'.encode()
    (one,) = Audit.of([ReportFile("a", Path("unresolved.csv"), content)]).places
    assert one.candidates == candidates


@every_row(
    ("cause", "why", "reason"),
    [
        ("contradictory", "it is in UA, not in RU", "it is in UA, not in RU"),
        ("it is a district", "", "it is a district"),
        ("not a city", "it is a district", "it is a district"),
        ("it is a district", "its name says so", "it is a district; its name says so"),
        ("missing", "", ""),
    ],
)
def test_a_reason_says_what_the_cause_does_not(cause: str, why: str, reason: str) -> None:
    content = f'{HEAD}\na,,Burg,,,,,{cause},1,,"{why}"\n'.encode()
    (one,) = Audit.of([ReportFile("a", Path("unresolved.csv"), content)]).places
    assert one.reason == reason


def test_columns_that_a_report_lacks_or_has_of_its_own_are_tolerated(tmp_path: Path) -> None:
    """A report of a graph need not say which; a new column comes back in the download."""
    report(tmp_path, "old", "Burg,missing", head="name,cause")
    report(tmp_path, "new", "new,Berg,DE,unknown,2,51.5", head="source,name,country,cause,rows,lat")
    audit = read(tmp_path)
    assert [(p.source, p.name, p.country, p.rows) for p in audit.places] == [
        ("new", "Berg", "DE", 2),
        ("old", "Burg", "", 1),
    ]
    assert {"decision", "ref", "lat"} <= set(audit.columns)
    assert audit.places[0].cells["lat"] == "51.5"


@every_row(
    "content",
    [
        b"source,row\na,\n",
        b"",
        b"name,rows\nBurg,many\n",
        b"name,rows\nBurg,1,2,3\n",
        b"name\n\xff\xfe\n",
        b'name\n"' + b"x" * 2_000_000 + b'"\n',
    ],
)
def test_a_report_that_cannot_be_read_is_damage_that_names_it(
    content: bytes, tmp_path: Path
) -> None:
    path = report(tmp_path, "a")
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"imports/a/unresolved\.csv is damaged"):
        read(tmp_path)


def test_what_is_shipped_counts_where_the_world_is_selected(tmp_path: Path) -> None:
    """Its numbers are those of the file, read by another reader."""
    assert read(tmp_path, "curated").places == ()
    with (shipped.WORLD / "unresolved.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    audit = read(tmp_path, "all")
    assert len(audit.places) == len(rows) > 0
    assert Counter(p.source for p in audit.places) == Counter(row["source"] for row in rows)
    assert sum(p.rows for p in audit.places) == sum(
        int(row.get("named") or row["rows"]) for row in rows
    )


def test_a_report_in_the_workspace_replaces_what_is_shipped_of_its_source(tmp_path: Path) -> None:
    before = Counter(place.source for place in read(tmp_path, "all").places)
    replaced, *others = sorted(before)
    report(tmp_path, replaced, f"{replaced},,Burg,DE,,,,unknown,1,,")
    report(tmp_path, "of-mine", "of-mine,,Berg,DE,,,,unknown,1,,")
    after = Counter(place.source for place in read(tmp_path, "all").places)
    assert after == {replaced: 1, "of-mine": 1, **{name: before[name] for name in others}}
    report(tmp_path, replaced)
    assert replaced not in read(tmp_path, "all").sources


def test_a_report_that_is_replaced_or_removed_is_read_anew(tmp_path: Path) -> None:
    reports = Reports(tmp_path, "curated")
    assert reports.current().places == ()
    path = report(tmp_path, "a", "a,,Burg,DE,,,,unknown,1,,")
    first = reports.current()
    assert [place.name for place in first.places] == ["Burg"]
    assert reports.current() is first
    report(tmp_path, "a", "a,,Berg,DE,,,,unknown,1,,")
    second = reports.current()
    assert [place.name for place in second.places] == ["Berg"]
    path.unlink()
    third = reports.current()
    assert third.places == ()
    assert len({first.digest, second.digest, third.digest}) == 3


def test_counts_by_country_are_those_of_the_places(tmp_path: Path) -> None:
    report(
        tmp_path,
        "a",
        "a,,Burg,DE,,,,unknown,4,,",
        "a,,Kreis,DE,,,,it is a district,1,,",
        "a,,Bourg,FR,,,,unknown,9,,",
        "a,,Q1,,,,Nowhere,missing,2,,",
    )
    audit = read(tmp_path)
    found = {one.country: (one.places, one.rows) for one in audit.by_country(Choice())}
    assert list(found.items()) == [("FR", (1, 9)), ("DE", (2, 5)), ("", (1, 2))]
    (germany,) = audit.by_country(Choice(country="DE"))
    assert {cause: n for cause, n in germany.causes.items() if n} == {"unknown": 1, "not-a-city": 1}
    assert [place.name for place in audit.chosen(Choice(country="-"))] == ["Nowhere"]
    assert [p.name for p in audit.chosen(Choice(cause="unknown", source="a"))] == ["Bourg", "Burg"]
