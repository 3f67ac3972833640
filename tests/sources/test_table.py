"""Tables by a mapping: what is read of a row, what is refused, what is noticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry.identity.mentions import Mention
from registry.places.position import Position
from registry.problems import Problem
from registry.sources import mapping, table
from registry.sources.statements import (
    LinkRow,
    MemberRow,
    Reading,
    Refusal,
)
from tests.encoded import CITIES, names

SOURCE = """
[source]
graph = "list"
title = "A list"
date = "2015"
family = "list"
licence = "https://spdx.org/licenses/MIT"
address = "https://example.org/"
"""

LINKS = f"""{SOURCE}
[format]
delimiter = ";"
decimal = ","
[city]
name = "stadt"
latitude = "lat"
longitude = "lon"
[partner]
name = "partner"
country = "land"
geonames = "id"
[link]
since = "seit"
kind = "form"
[values.kind]
p = "twinning"
[values.country]
"Slow. Republik" = "SK"
[defaults]
"city.country" = "DE"
"""

Read = Callable[..., Reading]

HEAD = "stadt;lat;lon;partner;land;id;seit;form\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give what reads lines by a mapping."""

    def read_(text: str, mapped: str = LINKS, encoding: str = "utf-8") -> Reading:
        (tmp_path / "m.toml").write_text(mapped, "utf-8")
        (tmp_path / "t.csv").write_text(text, encoding)
        return table.read([tmp_path / "t.csv"], mapping.read(tmp_path / "m.toml"))

    return read_


def test_a_row(read: Read) -> None:
    reading = read(HEAD + "Achim;53,01;9,03;Nitra;Slow. Republik;3058531;1992;p\n")
    row = reading.rows[0]
    assert row == LinkRow(
        Mention("Achim", "DE", Position(53.01, 9.03)),
        Mention("Nitra", "SK", geonames=3058531),
        row.key,
        "t.csv, line 2",
        since="1992",
    )
    assert reading.refused == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (";53;9;Nitra;SK;;1992;p", "a name is missing"),
        ("Achim;53;9;;SK;;1992;p", "a name is missing"),
        ("Achim;north;9;Nitra;SK;;1992;p", "could not convert string to float: 'north'"),
        ("Achim;153;9;Nitra;SK;;1992;p", "153.0, 9.0 is nowhere"),
        ("Achim;nan;9;Nitra;SK;;1992;p", "nan, 9.0 is nowhere"),
        ("Achim;53;9;Nitra;SK;;long ago;p", "'long ago' is not a year, month or day"),
        ("Achim;53;9;Nitra;SK;;1992-13;p", "'1992-13' is not a year, month or day"),
        ("Achim;53;9;Nitra;SK;;1992;x", "'x' is not a kind of link"),
        ("Achim;53;9;Q183;SK;;1992;p", "Q183 is an item without a label"),
    ],
)
def test_a_bad_row_is_told_and_the_rest_goes_on(row: str, why: str, read: Read) -> None:
    good = "Achim;53;9;Cesis;Lettland;;1992;p\n"
    reading = read(f"{HEAD}{row}\n{good}")
    assert reading.refused == [Refusal(2, f"t.csv: {why}")]
    assert [r.there.name for r in reading.rows if isinstance(r, LinkRow)] == ["Cesis"]


def test_a_quotation_mark_that_is_never_closed_takes_no_rows(read: Read) -> None:
    row = "Achim;53,01;9,03;Nitra;SK;;1992;p\n"
    with pytest.raises(Problem, match=r"t\.csv cannot be read: the row of line 3 opens"):
        read(HEAD + row + row.replace("Nitra", '"Nitra') + row)


def test_a_repeated_row_is_noticed(read: Read) -> None:
    row = "Achim;53;9;Cesis;Lettland;;1992;p\n"
    reading = read(HEAD + row + row)
    assert len(reading.rows) == 1
    assert dict(reading.passed_over) == {"repeated rows": 1}


def test_a_row_without_a_kind_is_a_twinning_and_is_noticed(read: Read) -> None:
    reading = read(HEAD + "Achim;53;9;Cesis;Lettland;;1992;\n")
    assert [row.kind for row in reading.rows if isinstance(row, LinkRow)] == ["twinning"]
    assert dict(reading.noticed) == {"rows without a kind, of which the usual one is taken": 1}


def test_nowhere_in_the_sea_is_no_position(read: Read) -> None:
    reading = read(HEAD + "Achim;0;0;Cesis;Lettland;;1992;p\n")
    assert isinstance(reading.rows[0], LinkRow)
    assert reading.rows[0].here.position is None


def test_a_position_that_several_names_share_is_that_of_none(read: Read) -> None:
    rows = "".join(f"{name};53,5;9,5;Cesis;LV;;;p\n" for name in ("A", "B", "C"))
    reading = read(f"{HEAD}{rows}D;52;9;Cesis;LV;;;p\n")
    assert [row.places[0].position for row in reading.rows] == [None] * 3 + [Position(52, 9)]
    assert reading.noticed["positions that several places share"] == 3


@pytest.mark.parametrize(
    ("land", "country", "region"),
    [
        ("Slovakia", "SK", ""),
        ('"England, United Kingdom"', "GB", "England"),
        ('"Ohio, United States"', "US", "Ohio"),
        ('"Réunion, France"', "RE", ""),
        ('"Ohio, Nowhere"', "", ""),
        ("Nowhere", "", ""),
    ],
)
def test_a_division_may_stand_before_its_country(
    land: str, country: str, region: str, read: Read
) -> None:
    row = read(f"{HEAD}Achim;53;9;Nitra;{land};;1992;p\n").rows[0]
    assert (row.places[1].country, row.places[1].region) == (country, region)


def test_countries_that_a_source_confuses(read: Read) -> None:
    mapped = f'confused = [["SK", "Slovenia"], ["LV", "LT"]]\n{LINKS}'
    reading = read(HEAD + "Achim;53,01;9,03;Nitra;Slow. Republik;3058531;1992;p\n", mapped)
    assert [place.confused for place in reading.rows[0].places] == [(), ("SI",)]


def test_a_mapping_says_whether_positions_were_looked_up(read: Read) -> None:
    assert read(HEAD, f"looked_up = true\n{LINKS}").looked_up
    assert not read(HEAD).looked_up
    with pytest.raises(Problem, match="looked_up is true or false, not 'yes'"):
        read(HEAD, f"looked_up = 'yes'\n{LINKS}")


@pytest.mark.parametrize(
    ("confused", "why"),
    [
        ('"SK"', "confused is a list of pairs of countries"),
        ('["SK", "SI"]', "confused is a list of pairs of countries"),
        ('[["SK"]]', "confused is a list of pairs of countries"),
        ('[["SK", "Atlantis"]]', "'Atlantis' is not a country"),
        ('[["SK", "Slovakia"]]', "a country is not confused with itself"),
    ],
)
def test_countries_that_no_source_can_confuse(confused: str, why: str, read: Read) -> None:
    with pytest.raises(Problem, match=why):
        read(HEAD, f"confused = {confused}\n{LINKS}")


def test_memberships(read: Read) -> None:
    mapped = f"""target = "memberships"
{SOURCE}
[city]
name = "NameCity"
country = "Country"
[membership]
network = "Network"
role = "Statut"
since = "Start"
until = "End"
page = "Url"
[values.role]
"Lead Partner" = "coordinator"
[values.until]
NA = ""
"""
    head = "NameCity,Country,Network,Statut,Start,End,Url\n"
    reading = read(head + "Porto,PT,2nd Chance,Lead Partner,2015,NA,http://urbact.eu/x\n", mapped)
    row = reading.rows[0]
    assert row == MemberRow(
        Mention("Porto", "PT"),
        "2nd Chance",
        row.key,
        "t.csv, line 2",
        "coordinator",
        "2015",
        "",
        "http://urbact.eu/x",
    )


OF_ONE_NETWORK = f"""target = "memberships"
{SOURCE}
[city]
name = "city"
kind = "group"
[membership]
since = "adhesion"
field = "field"
status = "status"
note = "how"
record = "page"
locator = "id"
[values.kind]
yes = "group of municipalities"
[values.status]
on_hold = "on hold"
[values.note]
alone = ""
[defaults]
network = "Cities of Crafts"
topic = "arts"
"""

OF_ONE_HEAD = "city,group,adhesion,field,status,how,page,id\n"


def test_memberships_of_one_network_have_field_status_day_and_page(read: Read) -> None:
    line = "Porto,,2012-07-23 00:00:00,Film,on_hold,alone,https://example.org/porto,PT1\n"
    row = read(OF_ONE_HEAD + line, OF_ONE_NETWORK).rows[0]
    assert row == MemberRow(
        Mention("Porto"),
        "Cities of Crafts",
        row.key,
        "PT1",
        since="2012-07-23",
        field="Film",
        status="on hold",
        record="https://example.org/porto",
        topic="arts",
    )


def test_a_network_has_the_names_that_a_mapping_gives_it(read: Read) -> None:
    named = f'{OF_ONE_NETWORK}[names."Cities of Crafts"]\nit = ["Città", "Arti"]\nfr = ["Villes"]\n'
    row = read(OF_ONE_HEAD + "Porto,,2012,Film,,,,PT1\n", named).rows[0]
    assert isinstance(row, MemberRow)
    assert row.names == (("it", "Città"), ("it", "Arti"), ("fr", "Villes"))


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ("fr = 1", "no list of words"),
        ('fr = [""]', "which is no word"),
        ('"fr fr" = ["Villes"]', "which is no language"),
    ],
)
def test_names_that_are_none_are_refused(read: Read, names: str, why: str) -> None:
    with pytest.raises(Problem, match=why):
        read(OF_ONE_HEAD, f'{OF_ONE_NETWORK}[names."Cities of Crafts"]\n{names}\n')


def test_a_group_of_municipalities_is_not_a_city(read: Read) -> None:
    row = read(OF_ONE_HEAD + '"Porto, Gaia",yes,2012,Film,,,,PT1\n', OF_ONE_NETWORK).rows[0]
    assert row.places == (Mention("Porto, Gaia", kind="group of municipalities"),)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NANTES METROPOLE", "union of municipalities"),
        ("Unione dei Comuni Montani", "union of municipalities"),
        ("Porto", ""),
        ("Reunione", ""),
    ],
)
def test_words_in_names_tell_what_is_no_city(name: str, kind: str, read: Read) -> None:
    mapped = f"{OF_ONE_NETWORK}[kinds]\n'union of municipalities' = ['métropole', 'unione']\n"
    row = read(f"{OF_ONE_HEAD}{name},,2012,Film,,,,PT1\n", mapped).rows[0]
    assert row.places == (Mention(name, kind=kind),)


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ("union = 'unione'", "[kinds] 'union' is no list of words"),
        ("union = ['unione', '-']", "[kinds] 'union' has '-', which is no word"),
    ],
)
def test_kinds_that_are_no_words_are_refused(kinds: str, why: str, read: Read) -> None:
    with pytest.raises(Problem) as refused:
        read(OF_ONE_HEAD, f"{OF_ONE_NETWORK}[kinds]\n{kinds}\n")
    assert why in refused.value.detail


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Porto,,2012-07-23 10:30:00,Film,,,,PT1", "'2012-07-23 10:30:00' is not a year, month"),
        ("Porto,,2012,Film,,,porto.pt,PT1", "'porto.pt' is no address"),
    ],
)
def test_a_membership_that_cannot_be_read(line: str, why: str, read: Read) -> None:
    refused = read(f"{OF_ONE_HEAD}{line}\n", OF_ONE_NETWORK).refused
    assert [one.why.startswith(f"t.csv: {why}") for one in refused] == [True]


def test_a_mapping_that_names_no_network_is_refused(read: Read) -> None:
    mapped = OF_ONE_NETWORK.replace('network = "Cities of Crafts"\n', "")
    with pytest.raises(Problem, match=r"neither \[membership\] nor \[defaults\] says"):
        read(OF_ONE_HEAD, mapped)


@pytest.mark.parametrize(
    ("mapped", "why"),
    [
        ("[source", "Expected"),
        (LINKS.replace('title = "A list"', ""), "[source] lacks 'title'"),
        (LINKS.replace('title = "A list"', 'title = ["A list"]'), "[source] title is no text"),
        (LINKS.replace('title = "A list"', 'title = ""'), "[source] title is empty"),
        (LINKS.replace('graph = "list"', 'graph = "A list"'), "[source] graph 'A list' is not"),
        (LINKS.replace('graph = "list"', 'graph = "a/list"'), "[source] graph 'a/list' is not"),
        (LINKS.replace('"2015"', '"2015-13"'), "[source] date '2015-13' is not a year, month or"),
        (LINKS.replace("https://spdx.org/licenses/MIT", "MIT"), "[source] licence 'MIT' is no IRI"),
        (LINKS.replace("https://example.org/", "a b"), "[source] address 'a b' is no IRI"),
        (LINKS.replace("[format]", 'language = "de"\n[format]'), "[source] language 'de' is no"),
        (LINKS.replace("[format]", 'names = "Latin"\n[format]'), "[source] names 'Latin' is no"),
        (LINKS.replace("[link]", '[link]\nyear = "x"'), "[link] has no 'year'"),
        (LINKS.replace('name = "partner"', ""), "[partner] does not say which column"),
        (LINKS.replace('delimiter = ";"', 'delimiter = "||"'), "delimiter is one character"),
        ("target = 'x'", "target is links, memberships or practices"),
        (LINKS.replace('"seit"', '"since"'), "has no column 'since', but 'stadt', 'lat', 'lon',"),
        (LINKS.replace('delimiter = ";"', ""), "are they separated by ';'? [format] delimiter"),
    ],
)
def test_a_bad_mapping_is_refused(mapped: str, why: str, read: Read) -> None:
    with pytest.raises(Problem) as refused:
        read(HEAD, mapped)
    assert refused.value.name == "data-syntax"
    assert why in refused.value.detail


def test_another_encoding_than_the_mapping_names_is_refused(read: Read) -> None:
    named = LINKS.replace("[format]", '[format]\nencoding = "utf-8"')
    with pytest.raises(Problem, match="cannot be read"):
        read(HEAD + "Köln;53;9;Cesis;LV;;1992;p\n", named, "latin-1")


@pytest.mark.parametrize("name", ["", "nosuch", "mappings/urbact"])
def test_a_mapping_that_is_not_there_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(Problem, match=f"no mapping '{name}': .* german-list, .*urbact") as refused:
        mapping.named(name)
    assert refused.value.name == "data-syntax"
    assert mapping.named("urbact").target == "memberships"


@pytest.mark.parametrize("name", sorted(path.stem for path in mapping.MAPPINGS.glob("*.toml")))
def test_the_mappings_of_the_project_can_be_read(name: str) -> None:
    folder = Path(mapping.__file__).parent / "mappings"
    assert mapping.read(folder / f"{name}.toml").document.family


@pytest.mark.parametrize("encoding", CITIES)
def test_an_encoding_is_stated_or_proven_never_guessed(encoding: str, read: Read) -> None:
    lines = "".join(f"{name};;;Pavia;IT;;;p\n" for name in names(CITIES[encoding]))
    stated = ""
    if not encoding.startswith("utf"):
        with pytest.raises(
            Problem, match=r"^t\.csv is not in UTF-8, but seems to be in "
        ) as refused:
            read(HEAD + lines, encoding=encoding)
        detail = refused.value.detail
        stated = detail.partition("in the mapping: ")[2].removesuffix(" in [format]")
        assert stated.startswith('encoding = "')
        assert "\n" not in detail
    found = read(HEAD + lines, LINKS.replace("[format]", f"[format]\n{stated}"), encoding)
    assert [row.places[0].name for row in found.rows] == names(CITIES[encoding])


def test_a_file_in_no_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(LINKS, "utf-8")
    (tmp_path / "t.csv").write_bytes(HEAD.encode() + b"\x81\xff\x00;;;;;;;\n")
    with pytest.raises(Problem, match=r"t\.csv: .*save it as UTF-8"):
        table.read([tmp_path / "t.csv"], mapping.read(tmp_path / "m.toml"))
