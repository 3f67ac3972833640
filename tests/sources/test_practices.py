"""Practices: what a source says of heritage that is looked after, with or without its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry import terms
from registry.graphs.graph import Graph
from registry.identity.ledger import Ledger
from registry.identity.mentions import Mention
from registry.places.gazetteer import Gazetteer
from registry.problems import Problem
from registry.sources import mapping, report, table
from registry.sources.known_places import KnownPlaces
from registry.sources.statements import PracticeRow, Reading
from registry.sources.world import assemble

MAPPING = """target = "practices"
[source]
graph = "crafts-2024"
title = "A list of crafts"
date = "2024-04"
family = "crafts"
licence = "https://creativecommons.org/licenses/by/2.0/"
address = "https://example.org/"
[city]
name = "where"
[practice]
ref = "id"
title = "title"
organisation = "by"
period = "when"
page = "url"
topic = "form"
measure = "form"
[values.topic]
Access = "inclusion"
[values.measure]
Access = ""
[own.lace]
transferability = "A school, and somebody who teaches."
kind = "intangible"
"""
HEAD = "id,title,by,where,when,url,form\n"
LACE = (
    'lace,Lace in schools,Guild of Lace,"Pavia, Italy",2015 ongoing,www.example.org/lace,Access\n'
)

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give what reads lines by the mapping."""

    def read_(lines: str, mapped: str = MAPPING) -> Reading:
        (tmp_path / "m.toml").write_text(mapped, "utf-8")
        (tmp_path / "t.csv").write_text(HEAD + lines, "utf-8")
        return table.read([tmp_path / "t.csv"], mapping.read(tmp_path / "m.toml"))

    return read_


def test_a_row(read: Read) -> None:
    row = read(LACE).rows[0]
    assert row == PracticeRow(
        Mention("Pavia", "IT"),
        "Lace in schools",
        "lace",
        row.key,
        "t.csv, line 2",
        organisation="Guild of Lace",
        topic="inclusion",
        kind="intangible",
        transferability="A school, and somebody who teaches.",
        since="2015",
        page="http://www.example.org/lace",
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",Lace,,Pavia,,,Access", "the reference is missing"),
        ("lace,,,Pavia,,,Access", "the title is missing"),
        ("lace,Lace,,Pavia,,,Sewing", "'Sewing' is not a concept of topic"),
    ],
)
def test_a_row_that_cannot_be_read(line: str, why: str, read: Read) -> None:
    assert [one.why for one in read(f"{line}\n").refused] == [f"t.csv: {why}"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('ref = "id"', "", "does not say which columns are the title and the reference"),
        ("[own.lace]", "[own.lace]\ncolour = 'red'", "has no 'colour'"),
        ("[own.lace]", "[own]\nlace = 'x'\n[own.other]", "[own] 'lace' is no table"),
    ],
)
def test_a_bad_mapping_is_refused(old: str, new: str, why: str, read: Read) -> None:
    with pytest.raises(Problem) as refused:
        read(LACE, MAPPING.replace(old, new))
    assert why in refused.value.detail


def lines(reading: Reading, gazetteer: Gazetteer) -> tuple[dict[str, object], list[str]]:
    """Import a reading; return its summary, and the statements of its graph."""
    known = KnownPlaces(gazetteer, Graph(terms.CITIES_GRAPH, b""), Ledger(()))
    made = assemble([reading], known, Ledger(()), "2026-11-24")
    said = made.graphs[terms.GRAPH + "crafts-2024"].lines
    counted = report.summary(made, {})["inputs"][0]
    return counted, [line.decode().replace(terms.ID, "").replace(terms.CL, "") for line in said]


THIS = "<practice/crafts-lace>"


def test_a_practice_has_place_organisation_words_and_address(
    read: Read, gazetteer: Gazetteer
) -> None:
    counted, said = lines(read(LACE), gazetteer)
    assert (counted["practices"], counted["withoutPlace"]) == (1, {})
    for line in (
        f"{THIS} <originCity> <city/pavia-3171366> .",
        f"{THIS} <runBy> <organisation/crafts-guild-of-lace> .",
        f"{THIS} <supportedBy> <passage/crafts-2024/lace> .",
        f'{THIS} <transferability> "A school, and somebody who teaches."@en .',
        f'{THIS} <startDate> "2015"^^<http://www.w3.org/2001/XMLSchema#gYear> .',
        f"{THIS} <http://xmlns.com/foaf/0.1/page> <http://www.example.org/lace> .",
        f"{THIS} <topic> <{terms.SCHEME}topic/inclusion> .",
        f"{THIS} <heritageKind> <{terms.SCHEME}heritage-kind/intangible> .",
        f"<implementation/crafts-lace/pavia-3171366> <stage> "
        f"<{terms.SCHEME}practice-stage/operating> .",
        "<implementation/crafts-lace/pavia-3171366> <implementedIn> <city/pavia-3171366> .",
        '<passage/crafts-2024/lace> <locator> "entry lace" .',
    ):
        assert line in said


@pytest.mark.parametrize(
    ("since", "until", "stage"),
    [
        ("2015", "", "operating"),
        ("2015", "2023-01", "discontinued"),
        ("2015", "2024", ""),
        ("2015", "2024-05", ""),
        ("", "", ""),
    ],
)
def test_the_stage_follows_from_the_dates(
    since: str, until: str, stage: str, read: Read, gazetteer: Gazetteer
) -> None:
    reading = read(LACE)
    row = reading.rows[0]
    assert isinstance(row, PracticeRow)
    reading.rows = [replace(row, since=since, until=until)]
    _, said = lines(reading, gazetteer)
    stages = [line for line in said if "<stage>" in line]
    assert [stage in line for line in stages] == [True] * bool(stage)
    assert any("<originCity>" in line for line in said)


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        ("Online", "it is a place online"),
        ('"Italy, Spain"', "it is a list of several places"),
        ('"Italy"', "it is a country"),
        ('"Province of Pavia, Italy"', "it is a province"),
        ('"Xanadu, China"', "missing"),
    ],
)
def test_a_practice_without_a_town_is_stated_and_why_is_counted(
    where: str, cause: str, read: Read, gazetteer: Gazetteer
) -> None:
    counted, said = lines(read(LACE.replace('"Pavia, Italy"', where)), gazetteer)
    assert (counted["practices"], counted["withoutPlace"]) == (1, {cause: 1})
    assert counted["account"] == {"rows": 1, "statements": 1}
    assert f"{THIS} <runBy> <organisation/crafts-guild-of-lace> ." in said
    assert not [line for line in said if "<originCity>" in line or "implementation/" in line]


def test_persons_are_not_named(read: Read, gazetteer: Gazetteer) -> None:
    line = LACE.replace("Guild of Lace", '"Guild of Lace, Mag. Erika Muster"')
    _, said = lines(read(line), gazetteer)
    assert not [line for line in said if "Muster" in line]
    assert f"{THIS} <runBy> <organisation/crafts-guild-of-lace> ." in said


def test_long_names_that_begin_alike_are_two_practices(read: Read, gazetteer: Gazetteer) -> None:
    long = "a-name-" * 20
    pair = "".join(LACE.replace("lace,", f"{long}{end},", 1) for end in ("one", "two"))
    counted, said = lines(read(pair), gazetteer)
    assert counted["practices"] == 2
    assert len({line.split(" ")[0] for line in said if line.startswith("<practice/")}) == 2
