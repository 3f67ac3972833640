"""Linking tables: encodings, delimiters, rows of every kind; nothing is lost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.problems import Problem
from registry.reconcile.csv_linking import (
    ADDED,
    CHOSEN,
    REJECTED,
    Columns,
    Decisions,
    Linking,
)
from registry.reconcile.extension import Facts
from registry.reconcile.matcher import Matchers
from registry.releases.reading import Release
from registry.settings import Settings
from tests.tables import every_row

PAVIA = terms.thing("city", "pavia-3171366")
PERM = terms.thing("city", "perm-511196")


class Linker:
    """Links tables in the release of the shipped data."""

    def __init__(self, release: Release, settings: Settings) -> None:
        self.facts = Facts.of(release, ["en"])
        self.matcher = Matchers(settings).matcher(release)
        self.last: Linking | None = None

    def __call__(self, table: str | bytes, *extra: str, **columns: str) -> str:
        content = table.encode() if isinstance(table, str) else table
        named = Columns(**{"name": "city", **columns})
        self.last = Linking(self.matcher, self.facts, named, extra)
        return "".join(self.last.lines(io.BytesIO(content)))

    def decided(self, table: str, decisions: Decisions, *extra: str) -> list[list[str]]:
        """Link a table of cities and countries, of which some rows are decided."""
        columns = Columns("city", "country")
        self.last = Linking(self.matcher, self.facts, columns, extra, decisions)
        return rows("".join(self.last.lines(io.BytesIO(table.encode()))))


@pytest.fixture(scope="module")
def linked(release: Release, settings: Settings) -> Linker:
    return Linker(release, settings)


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_a_row_gets_the_city_or_says_why_not(linked: Linker) -> None:
    table = "id,city,country\n1,Pavie,Italy\n2,Xanadu,IT\n3,Pavya,IT\n4,Пермь,\n"
    head, *found = rows(linked(table, country="country"))
    assert head == ["id", "city", "country", *ADDED]
    assert [row[:3] for row in found] == rows(table)[1:]
    assert found[0][3] == PAVIA
    assert float(found[0][4]) >= 95
    assert found[0][5] == "it is its name"
    assert found[1][3:] == ["", "", "no city of this name", ""]
    assert (found[2][3], found[2][6].split()[0]) == ("", PAVIA)
    assert found[2][5].startswith("another place may be meant; ")
    assert found[3][3] == PERM
    assert linked.last
    assert linked.last.counted == {"linked": 2, "ambiguous": 1, "unknown": 1}


@every_row("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@every_row("delimiter", [",", ";", "\t", "|"])
@every_row("ending", ["\n", "\r\n"])
def test_encoding_and_delimiter_are_recognised(
    encoding: str, delimiter: str, ending: str, linked: Linker
) -> None:
    lines = ["note|city".replace("|", delimiter), f'"a{delimiter} b"{delimiter}Besançon']
    text = linked((ending.join(lines) + ending).encode(encoding))
    head, row = rows(text, delimiter)
    assert head[:2] == ["note", "city"]
    assert row[:3] == [f"a{delimiter} b", "Besançon", terms.thing("city", "besancon-3033123")]
    assert text.count("\r\n") == (2 if ending == "\r\n" else 0)


@every_row("declared", ["sep=;", '"sep=;"'])
@every_row("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_what_spreadsheets_write_before_the_head_is_no_row(
    declared: str, encoding: str, linked: Linker
) -> None:
    text = linked(f"{declared}\r\nnote;city\r\n1,5;Besançon\r\n".encode(encoding))
    head, row = rows(text, ";")
    assert head[:2] == ["note", "city"]
    assert row[:3] == ["1,5", "Besançon", terms.thing("city", "besancon-3033123")]


def test_the_names_of_the_registry_tell_encodings_apart(linked: Linker) -> None:
    """In Windows-1252 it would be Gdañski, which could be one."""
    text = linked("city\nStarogard Gdański\n".encode("cp1250"))
    assert rows(text)[1][0] == "Starogard Gdański"


def test_one_column_is_a_table(linked: Linker) -> None:
    assert rows(linked("city\nPavia\n"))[1][1] == PAVIA
    assert rows(linked("city\nPavia", everywhere="Italien"))[1][1] == PAVIA


def test_other_columns_tell_places_apart(linked: Linker) -> None:
    table = "city;lat;lon\nSalamanca;40,97;-5,66\nSalamanca;40,43;-3,68\n"
    _, here, madrid = rows(linked(table, latitude="lat", longitude="lon"), ";")
    assert here[3] == terms.thing("city", "salamanca-3111108")
    assert madrid[3] == ""


@every_row(
    ("table", "columns", "reason"),
    [
        (
            "city,land\nPavia,Utopia\n",
            {"country": "land", "everywhere": "IT"},
            "it is its name; the country 'Utopia' cannot be read",
        ),
        (
            "city,land\nXanadu,Utopia\n",
            {"country": "land"},
            "no city of this name; the country 'Utopia' cannot be read",
        ),
        (
            "city,lat,lon\nXanadu,north,9.1\n",
            {"latitude": "lat", "longitude": "lon"},
            "no city of this name; the latitude 'north' cannot be read",
        ),
        ("city,land\nPavia,Q38\n", {"country": "land"}, "it is its name"),
        ("city,land\nPavia,\n", {"country": "land", "everywhere": "IT"}, "it is its name"),
    ],
)
def test_what_cannot_be_read_is_told_as_a_reason(
    table: str, columns: dict[str, str], reason: str, linked: Linker
) -> None:
    head, row = rows(linked(table, **columns))
    told = row[head.index("reason")]
    assert told.replace("; it is spelled so to the letter", "") == reason


def test_facts_are_added(linked: Linker) -> None:
    head, row = rows(linked("city\nPavia\n", "geonames", "partners", "twins"))
    assert head[-3:] == ["geonames", "partners", "twins"]
    assert row[-3] == "3171366"
    assert len(row[-2].split(" | ")) == int(row[-1]) > 0


def test_columns_that_are_there_keep_their_names(linked: Linker) -> None:
    again = linked(linked("city\nPavia\n"))
    head, row = rows(again)
    assert head == ["city", *ADDED, *(f"{name}_2" for name in ADDED)]
    assert row[1] == row[5] == PAVIA


def test_a_quoted_cell_may_end_the_table(linked: Linker) -> None:
    assert rows(linked('a,city\n1,"Pavia"'))[1][2] == PAVIA
    assert rows(linked("a,city,a\n1,Pavia,2\n"))[1][3] == PAVIA


def test_short_and_blank_rows_stay(linked: Linker) -> None:
    text = linked("a,city,b\n1,Pavia\n\n2\n")
    assert [row[:3] for row in rows(text)[1:]] == [["1", "Pavia", ""], [], ["2", "", ""]]
    assert linked.last
    assert linked.last.counted == {"linked": 1, "unknown": 1}


@every_row(
    ("table", "columns", "extra", "name", "said"),
    [
        ("town\nPavia\n", {}, (), "bad-parameter", "there is no column 'city', but 'town'"),
        ("city\nPavia\n", {"country": "land"}, (), "bad-parameter", "'land'"),
        ("city\nPavia\n", {"everywhere": "Utopia"}, (), "bad-parameter", "'Utopia'"),
        ("city\nPavia\n", {}, ("mayor",), "bad-parameter", "'mayor'"),
        ("city\nPavia\n", {"name": ""}, (), "bad-parameter", "column ''"),
        ("", {}, (), "bad-parameter", "no column"),
        ("city\nPavia\na,b\n", {}, (), "data-syntax", "line 3 has 2 cells, the head has 1"),
        (b"\xff\xfec\x00i\x00t", {}, (), "data-syntax", "no text"),
        (b"city\n\x81\xff\x90\x00\x01\n", {}, (), "data-syntax", "save it as UTF-8"),
        ("city\n" + "a" * 1_000_001, {}, (), "data-syntax", "field larger"),
        # A quotation mark that is never closed would take all further rows for one cell.
        ('city\nPavia\n"Perm\nOxford\n', {}, (), "data-syntax", "line 3 opens a quotation"),
        ('city\nPavia\n"Perm', {}, (), "data-syntax", "line 3 opens a quotation"),
        ('"city\nPavia\n', {}, (), "data-syntax", "line 1 opens a quotation"),
        # Which of two columns of one name is meant, nobody can tell.
        ("city,city\nPavia,Perm\n", {}, (), "bad-parameter", "2 columns are called 'city'"),
    ],
)
def test_what_is_wrong_is_told(  # noqa: PLR0917  (a table of cases)
    table: str | bytes,
    columns: dict[str, str],
    extra: tuple[str, ...],
    name: str,
    said: str,
    linked: Linker,
) -> None:
    with pytest.raises(Problem, match=said) as told:
        linked(table, *extra, **columns)
    assert told.value.name == name


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n\ufeff"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8))
def test_no_cell_is_lost(linked: Linker, cells: list[tuple[str, str, str]]) -> None:
    told = io.StringIO()
    csv.writer(told, lineterminator="\n").writerows([("city", "b", "c"), *cells])
    found = rows(linked(told.getvalue()))
    assert [tuple(row[:3]) for row in found[1:]] == cells
    assert {len(row) for row in found} == {3 + len(ADDED)}


def test_what_a_person_decided_is_kept(linked: Linker) -> None:
    """A city, also one that is no candidate, or none; the facts are those of the city."""
    table = "city,country\nPavya,IT\nPavya,IT\nPavya,IT\nPavia,IT\n"
    found = linked.decided(table, {2: "pavia-3171366", 3: "", 5: "perm-511196"}, "geonames")
    assert [row[2] for row in found[1:]] == [PAVIA, "", "", PERM]
    assert [row[4] for row in found[1:]] == [CHOSEN, REJECTED, found[3][4], CHOSEN]
    assert [row[6] for row in found[1:]] == ["3171366", "", "", "511196"]
    assert [bool(row[5]) for row in found[1:]] == [False, False, True, False]
    assert linked.last
    assert linked.last.counted == {"decided": 3, "ambiguous": 1}


def test_what_was_decided_is_read_from_the_table(linked: Linker) -> None:
    """Unless decisions come with it, which count alone."""
    table = "city,country\nPavya,IT\nPavya,IT\nPavya,IT\nPavia,IT\n"
    first = linked(table, country="country")
    decided = io.StringIO()
    csv.writer(decided).writerows(linked.decided(table, {2: "perm-511196", 3: ""}))
    again = rows(linked(decided.getvalue(), country="country"))
    assert [row[6] for row in again[1:]] == [PERM, "", "", PAVIA]
    assert [row[8] for row in again[1:3]] == [CHOSEN, REJECTED]
    assert linked.last
    assert linked.last.counted == {"decided": 2, "ambiguous": 1, "linked": 1}
    other = linked.decided(decided.getvalue(), {2: ""})
    assert [row[8] for row in other[1:]] == [REJECTED, *(row[4] for row in rows(first)[2:])]


def test_a_city_that_was_chosen_and_is_gone_is_looked_up_anew(linked: Linker) -> None:
    gone = terms.thing("city", "nowhere-1")
    table = f"city,country,city_uri,score,reason,candidates\nPavia,IT,{gone},,{CHOSEN},\n"
    assert rows(linked(table, country="country"))[1][6] == PAVIA


@every_row(
    ("decisions", "said"),
    [
        ({2: "nowhere-1"}, "decisions: there is no city 'nowhere-1'"),
        ({9: ""}, "decisions: no row ends in line 9"),
        ({3: ""}, "decisions: no row ends in line 3"),
    ],
)
def test_a_decision_on_nothing_is_refused(
    decisions: dict[int, str], said: str, linked: Linker
) -> None:
    with pytest.raises(Problem, match=said):
        linked.decided("city,country\nPavia,IT\n\n", decisions)


@every_row(
    ("identifier", "city", "reason"),
    [
        ("Q6259", PAVIA, "it is its identifier"),
        ("3171366", PAVIA, "it is its identifier"),
        (PAVIA, PAVIA, "it is its identifier"),
        ("city/pavia-3171366", PAVIA, "it is its identifier"),
        ("city/nowhere", "", "the identifier 'city/nowhere' cannot be read"),
        ("?", "", "the identifier '?' cannot be read"),
    ],
)
def test_a_column_may_have_identifiers(
    identifier: str, city: str, reason: str, linked: Linker
) -> None:
    _, row = rows(linked(f"city,id\nPavia,{identifier}\n", identifier="id"))
    assert row[2] == city
    assert reason in row[4]


def test_the_identifier_of_another_city_is_left_to_a_person(linked: Linker) -> None:
    _, row = rows(linked("city,id\nPavia,Q915\n", identifier="id"))
    assert row[2] == ""
