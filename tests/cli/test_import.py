"""`citylinks import`: from the files of others to a release, or to files; what is bad is told."""

from __future__ import annotations

import csv
import json
import lzma
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from registry import terms
from registry.identity import ledger
from registry.places.gazetteer import pack
from registry.releases.workspace import Workspace
from tests.cli.mapping import HEAD, MAPPING
from tests.cli.running import Done, run_in
from tests.places.places import PLACES

ROWS = f"""{HEAD}Pavia,IT,Odense,DK,1990
Perm,RU,Odense,DK,
Pavia,IT,Ostrówek,PL,
Pavia,IT,Xanadu,CN,
Pavia,IT,Landkreis Halle,DE,
"""
NETWORKS = """NameCity;Country;Network;City.Statut;Start;End;Url
Oxford;UK;Old Towns;Lead Partner;2015;2018;http://example.org/old
Pavia;IT;Old Towns;Partner;2015;NA;http://example.org/old
Pavia;IT;Old Towns;Partner;2015;NA;http://example.org/old
"""
ODENSE = f"{terms.ID}city/odense-2622447"

Import = Callable[..., Done]


@cache
def packed() -> bytes:
    """Pack the small gazetteer, once for all tests."""
    return pack(PLACES)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a folder with a mapping, a table and a small gazetteer."""
    (tmp_path / "list.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "list.csv").write_text(ROWS, "utf-8")
    (tmp_path / "gazetteer.xz").write_bytes(packed())
    return tmp_path


@pytest.fixture
def bring(own: Workspace, files: Path) -> Import:
    """Give a function that imports into a workspace of one's own."""

    def imported(kind: str, *arguments: object) -> Done:
        small = ("--gazetteer", files / "gazetteer.xz")
        return run_in(own.home, "import", kind, *arguments, *small)

    return imported


@pytest.fixture
def table(bring: Import, files: Path) -> Import:
    """Give a function that imports the table."""
    return lambda *options: bring(
        "table", files / "list.csv", "--mapping", files / "list.toml", *options
    )


def graph(workspace: Workspace, name: str) -> str:
    version = workspace.current()
    assert version
    return workspace.graphs(version)[terms.GRAPH + name].ntriples.decode()


def test_a_table_becomes_a_graph_of_the_next_release(table: Import, own: Workspace) -> None:
    done = table()
    assert done.code == 0, done.err
    lines = [line.split(maxsplit=1) for line in done.out.splitlines()]
    for told in (["3", "cities, 2 links, 0 of several families"], ["1", "ambiguous"]):
        assert told in lines
    assert "claim/odense-2622447--pavia-3171366/list-2015/" in graph(own, "list-2015")
    assert f"<{ODENSE}> <{terms.prefixed('cl:inCountry')}>" in graph(own, "cities")
    assert [entry.ref for entry in ledger.read(own.ledger).entries] == ["odense-2622447"]


def test_the_option_names_another_gazetteer_than_the_settings(own: Workspace, files: Path) -> None:
    """Of two gazetteers only one has the city that a table is about."""
    (files / "none.xz").write_bytes(pack([place for place in PLACES if place.name != "Odense"]))
    settings = {"CITYLINKS_GAZETTEER": str(files / "none.xz")}
    words = ("import", "table", files / "list.csv", "--mapping", files / "list.toml")
    run_in(own.home, *words, **settings)
    assert own.ledger.exists() is False
    run_in(own.home, *words, "--gazetteer", files / "gazetteer.xz", **settings)
    assert [entry.ref for entry in ledger.read(own.ledger).entries] == ["odense-2622447"]


def test_a_second_run_changes_no_byte(table: Import, own: Workspace) -> None:
    first = table("--json").json
    before = own.ledger.read_bytes()
    assert table("--json").json == first
    assert own.ledger.read_bytes() == before


def test_cities_that_came_by_import_stay_when_the_shipped_data_are_published(
    table: Import, own: Workspace
) -> None:
    table()
    assert run_in(own.home, "publish").code == 0
    assert ODENSE in graph(own, "cities")


def test_files_are_written_into_a_folder_and_nothing_is_published(
    table: Import, own: Workspace, files: Path
) -> None:
    version, into = own.current(), files / "out"
    book = files / "identity.tsv"
    for _ in range(2):
        assert table("--into", into, "--ledger", book).code == 0
        written = {path.name: path.read_bytes() for path in into.iterdir()}
    assert sorted(written) == [
        "assigned.csv",
        "cities.nt.xz",
        "list-2015.nt.xz",
        "summary.json",
        "unresolved.csv",
    ]
    assert ODENSE.encode() in lzma.decompress(written["cities.nt.xz"])
    assert book.read_bytes().count(b"odense-2622447") == 1
    assert own.current() == version
    assert not own.ledger.exists()


def test_the_summary_says_where_files_are_from_and_what_became_of_each_row(table: Import) -> None:
    told = table("--json").json["inputs"][0]
    assert told["withoutStatement"] == {"ambiguous": 1, "it is a district": 1, "missing": 1}
    assert (told["pairs"], told["pairsPublished"], told["pairsNotOfCities"]) == (5, 2, 1)
    assert told["claims"] + sum(told["withoutStatement"].values()) == told["rows"] == 5
    assert told["account"] == {
        "rows": 5, "statements": 2, "ambiguous": 1, "it is a district": 1, "missing": 1
    }  # fmt: skip
    assert [file["file"] for file in told["files"]] == ["list.csv"]
    assert len(told["files"][0]["sha256"]) == 64


def rows_of(path: str | Path) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text("utf-8").splitlines()))


def test_a_published_import_leaves_its_lists_in_the_workspace(
    table: Import, own: Workspace
) -> None:
    told = table("--json").json
    unresolved, assigned = told["lists"]
    folder = own.home / "imports" / "list-2015"
    assert [Path(unresolved), Path(assigned)] == [
        folder / "unresolved.csv",
        folder / "assigned.csv",
    ]
    assert {row["name"] for row in rows_of(unresolved)} == {
        "Ostrówek",
        "Xanadu",
        "Landkreis Halle",
    }
    found = {row["name"]: row for row in rows_of(assigned)}
    assert {name: (row["ref"], row["rows"]) for name, row in found.items()} == {
        "Odense": ("odense-2622447", "2"),
        "Pavia": ("pavia-3171366", "4"),
        "Perm": ("perm-511196", "1"),
    }
    assert "it is its name" in found["Odense"]["for"]
    assert float(found["Odense"]["confidence"]) > 0.75
    counted = json.loads((folder / "summary.json").read_text("utf-8"))
    assert counted == told["inputs"][0]


def test_the_lists_are_those_of_the_last_import_that_was_published(
    table: Import, files: Path, own: Workspace
) -> None:
    table()
    folder = own.home / "imports" / "list-2015"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    (files / "list.csv").write_text(f"{HEAD}Pavia,IT,Odense,DK,1990\n", "utf-8")
    (files / "list.toml").write_text(MAPPING.replace('"list"', '"No Family"'), "utf-8")
    assert table().code == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    (files / "list.toml").write_text(MAPPING, "utf-8")
    assert table().code == 0
    assert [row["name"] for row in rows_of(folder / "assigned.csv")] == ["Odense", "Pavia"]
    assert rows_of(folder / "unresolved.csv") == []
    assert [path.name for path in folder.parent.iterdir()] == ["list-2015"]


COUNTED = f"""{HEAD}Pavia,IT,Odense,DK,1990
Xanadu,CN,Landkreis Halle,DE,
Xanadu,CN,Ostrówek,PL,
Xanadu,CN,Odense,DK,
Ostrówek,PL,Odense,DK,
Ostrówek,PL,Perm,RU,
Pavia,IT,Pavie,IT,
"""


def test_each_cause_of_the_summary_is_the_sum_of_rows_that_are_listed(
    table: Import, files: Path
) -> None:
    (files / "list.csv").write_text(COUNTED, "utf-8")
    told = table("--json").json
    listed: Counter[str] = Counter()
    for row in rows_of(told["lists"][0]):
        listed[row["cause"]] += int(row["rows"])
    assert +listed == told["inputs"][0]["withoutStatement"]
    assert told["inputs"][0]["withoutStatement"] == {
        "a link of a city with itself": 1,
        "ambiguous": 3,
        "it is a district": 1,
        "missing": 1,
    }
    named = {row["name"]: (row["rows"], row["named"]) for row in rows_of(told["lists"][0])}
    assert named["Xanadu"] == ("1", "3")
    assert named["Ostrówek"] == ("3", "3")


def test_what_is_listed_as_open_names_candidates_and_what_contradicts_them(
    table: Import, files: Path
) -> None:
    placed = '[partner]\nlatitude = "north"\nlongitude = "east"\n'
    (files / "list.toml").write_text(MAPPING.replace("[partner]\n", placed), "utf-8")
    rows = "city,country,partner,land,since,north,east\nPavia,IT,Malmö,DK,,55.6,13\n"
    (files / "list.csv").write_text(rows, "utf-8")
    row = rows_of(table("--json").json["lists"][0])[0]
    assert (row["latitude"], row["longitude"]) == ("55.6", "13.0")
    assert (row["cause"], row["why"]) == ("contradictory", "Malmö: it is in SE, not in DK")
    assert row["candidates"].startswith("malmo-2692969 Malmö SE ")
    assert row["candidates"].endswith(", but it is in SE, not in DK")


def test_the_licence_is_that_of_the_mapping_where_the_inputs_state_none(table: Import) -> None:
    assert table("--json").json["inputs"][0]["licence"] == "https://spdx.org/licenses/MIT"


@pytest.mark.slow
def test_families_that_stated_a_link_before_are_counted(table: Import, files: Path) -> None:
    assert table("--json").json["linksOfSeveralFamilies"] == 0
    assert table("--json").json["linksOfSeveralFamilies"] == 0
    other = MAPPING.replace("list-2015", "list-2016")
    (files / "list.toml").write_text(other, "utf-8")
    assert table("--json").json["linksOfSeveralFamilies"] == 0
    (files / "list.toml").write_text(MAPPING.replace('"list', '"other'), "utf-8")
    assert table("--json").json["linksOfSeveralFamilies"] == 2


def test_a_bad_row_is_told_with_its_line_and_the_rest_goes_on(table: Import, files: Path) -> None:
    (files / "list.csv").write_text(f"{ROWS}Pavia,IT,,DK,\n", "utf-8")
    done = table("--json")
    assert done.json["inputs"][0]["refused"] == ["line 7: list.csv: a name is missing"]
    assert done.json["links"] == 2
    told = table().out.splitlines()
    place = told.index(f"{1:>9}  rows that could not be read")
    assert told[place + 1].strip() == "line 7: list.csv: a name is missing"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("perm-twins", "is of the family 'perm', not 'list'"),
        ("cities", "is no source of others"),
        ("derived", "is no source of others"),
    ],
)
def test_an_import_takes_no_graph_of_another_source(
    name: str, why: str, table: Import, files: Path, own: Workspace
) -> None:
    version = own.current()
    (files / "list.toml").write_text(MAPPING.replace("list-2015", name), "utf-8")
    done = table()
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert f"the graph {name} {why}" in done.err
    assert own.current() == version
    assert not own.ledger.exists()


def test_the_first_bad_rows_are_shown_with_their_lines(table: Import, files: Path) -> None:
    bad = [f"{'x' * number},IT,,DK," for number in range(1, 8)]
    (files / "list.csv").write_text("\n".join([ROWS.strip(), *bad, ""]), "utf-8")
    text = table().out
    assert "7  rows that could not be read" in text
    told = [line.split(":")[0].strip() for line in text.splitlines() if "a name is missing" in line]
    assert told == [f"line {number}" for number in range(7, 12)]
    assert "and others, which --json lists" in text
    (files / "list.csv").write_text(f"{ROWS}Pavia,IT,,DK,\n", "utf-8")
    assert "and others" not in table().out


def test_a_bad_row_refuses_all_where_that_is_asked(
    table: Import, files: Path, own: Workspace
) -> None:
    version = own.current()
    (files / "list.csv").write_text(f"{ROWS}Pavia,IT,,DK,\n", "utf-8")
    done = table("--strict")
    assert (done.code, done.out) == (1, "")
    assert "1 rows cannot be read, the first: line 7" in done.err
    assert own.current() == version
    assert not own.ledger.exists()


DECIDED = "source,row,name,country,decision,ref,note\n"


@pytest.mark.parametrize(
    ("decision", "links", "without"),
    [
        ("list-2015,,Ostrówek,PL,accept,ostrowek-662,the one near Lublin", 3, "ambiguous"),
        ("list-2015,,Xanadu,China,not-a-city,,a poem", 2, "missing"),
        ("list-2015,,Odense,,reject,,not for us", 0, "claims"),
        ("other-list,,Odense,,reject,,of another source", 2, ""),
        ("list-2015,,Ostrówek,PL,,,still open", 2, ""),
    ],
)
def test_people_decide(table: Import, files: Path, decision: str, links: int, without: str) -> None:
    (files / "decisions.csv").write_text(f"{DECIDED}{decision}\n", "utf-8")
    done = table("--json", "--decisions", files / "decisions.csv")
    assert done.code == 0, done.err
    assert done.json["links"] == links
    assert without not in done.json["inputs"][0]["withoutStatement"]


@pytest.mark.parametrize(
    ("year", "family", "links"), [("2016", "list", 0), ("2014", "list", 2), ("2016", "other", 2)]
)
def test_what_people_decided_counts_for_later_editions(
    year: str, family: str, links: int, table: Import, files: Path
) -> None:
    """Those are known by their family and date, and the earlier one is published already."""
    decided = ("--decisions", files / "decisions.csv")
    (files / "decisions.csv").write_text(f"{DECIDED}list-2015,,Odense,,reject,,\n", "utf-8")
    assert table("--json").json["links"] == 2
    edition = MAPPING.replace("2015", year).replace('"list"', f'"{family}"')
    (files / "list.toml").write_text(edition, "utf-8")
    done = table("--json", *decided)
    assert done.json["links"] == links, done.err
    assert done.json["decisions"]["applied"] == (links == 0)


def test_a_link_keeps_its_name_where_a_place_is_called_otherwise(
    table: Import, files: Path, own: Workspace
) -> None:
    """As by a later gazetteer; two names of one language would be refused."""
    table()
    (odense,) = (place for place in PLACES if place.name == "Odense")
    renamed = odense._replace(name="Odense By", others=("Odense", *odense.others))
    later = [renamed if place == odense else place for place in PLACES]
    (files / "gazetteer.xz").write_bytes(pack(later))
    (files / "list.toml").write_text(MAPPING.replace("2015", "2016"), "utf-8")
    (files / "list.csv").write_text(f"{ROWS}Oxford,GB,Odense,DK,1991\n", "utf-8")
    done = table()
    assert done.code == 0, done.err
    named = own.released()[1][f"{terms.GRAPH}list-2016"].ntriples.decode()
    assert {'"Odense–Pavia"@und', '"Odense–Perm"@und', '"Odense By–Oxford"@und'} == {
        line.split("> ", 2)[2].removesuffix(" .")
        for line in named.splitlines()
        if "/id/link/" in line and terms.prefixed("skos:prefLabel") in line
    }


def test_a_merger_of_cities_is_a_line_of_the_ledger(
    table: Import, files: Path, own: Workspace
) -> None:
    table()
    (files / "decisions.csv").write_text(f"{DECIDED},,odense-2622447,,merge,oxford-2640729,\n")
    for _ in range(2):
        done = table("--decisions", files / "decisions.csv")
        assert done.code == 0, done.err
    lines = own.ledger.read_text("utf-8").splitlines()
    assert [line.split("\t")[-1] for line in lines[1:]] == ["", "oxford-2640729"]
    assert "link/oxford-2640729--pavia-3171366" in graph(own, "list-2015")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("list-2015,,Odense,,perhaps,,", "line 2: 'perhaps' is not a decision"),
        (
            "list-2015,,Odense,,accept,odense,",
            "line 2: neither the ledger nor the gazetteer has the city 'odense'",
        ),
        ("list-2015,,Odense,Nowhere,reject,,", "line 2: 'Nowhere' is not a country"),
        (",,Odense,,reject,,", "line 2: source and name"),
        (",,nobody-1,,merge,oxford-2640729,", "line 2: the ledger has no city 'nobody-1' to merge"),
        (",,nobody-1,,different,oxford-2640729,", "line 2: neither the ledger nor the gazetteer"),
        ("list-2015,,Odense,,accept,odense-q9924,", "line 2: neither the ledger nor the gazetteer"),
        ("list-2015,,Nosuchplace,,reject,,", "line 2: no row of list-2015 names 'Nosuchplace'"),
        ("list-2015,k9,Odense,,reject,,", "line 2: no row of list-2015 names 'Odense' under the"),
        ("list-2015,,Xanadu,,create,,", "line 2: 'Xanadu' cannot be created: the source states no"),
        ("list-2015,,Xanadu,,undo,,", "line 2: no earlier line decides that"),
    ],
)
def test_decisions_that_cannot_be_carried_out_are_refused(
    table: Import, files: Path, own: Workspace, line: str, why: str
) -> None:
    version = own.current()
    (files / "decisions.csv").write_text(f"{DECIDED}{line}\n", "utf-8")
    done = table("--decisions", files / "decisions.csv")
    assert (done.code, done.out) == (1, "")
    assert f"citylinks: decisions.csv, {why}" in done.err
    assert done.err.count("\n") == 1
    assert own.current() == version
    assert not own.ledger.exists()
    assert not (own.home / "imports").exists()


def test_a_first_import_that_is_refused_publishes_nothing(files: Path, tmp_path: Path) -> None:
    (files / "decisions.csv").write_text(f"{DECIDED}list-2015,,Odense,,accept,odense-q1,\n")
    home = tmp_path / "new"
    given = ("--mapping", files / "list.toml", "--gazetteer", files / "gazetteer.xz")
    decided = ("--decisions", files / "decisions.csv")
    command = ("import", "table", files / "list.csv", *given, *decided)
    done = run_in(home, *command, CITYLINKS_SHIPPED="curated")
    assert (done.code, done.out) == (1, "")
    assert Workspace(home).current() is None
    assert Workspace(home).versions() == []


def test_a_person_creates_a_city_and_names_a_territory(
    table: Import, files: Path, own: Workspace
) -> None:
    head = "source,row,name,country,decision,ref,name_as,latitude,longitude,by,date,note\n"
    lines = (
        "list-2015,,Xanadu,CN,create,,Shangdu,42.36,116.18,Ana,2026-11-01,a ruin\n"
        "list-2015,,Ostrówek,PL,territory,,,,,,,\n"
        "other-2015,,Nobody,,reject,,,,,,,\n"
    )
    (files / "decisions.csv").write_text(head + lines, "utf-8")
    done = table("--json", "--decisions", files / "decisions.csv")
    assert done.code == 0, done.err
    told = done.json
    assert told["decisions"] == {"applied": 2, "undone": 0, "ofOtherSources": 1}
    assert told["inputs"][0]["withoutStatement"] == {"it is a district": 1, "it is a territory": 1}
    made = f"<{terms.ID}city/shangdu-4236n11618e>"
    assert made in graph(own, "cities")
    assert "--shangdu-4236n11618e/list-2015/" in graph(own, "list-2015")
    later = table("--decisions", files / "decisions.csv").out
    assert "1 decisions on sources that were not imported are passed over" in later


def test_what_is_left_open_can_be_filled_in_and_given_back(table: Import, files: Path) -> None:
    options = ("--into", files / "out", "--ledger", files / "identity.tsv")
    table(*options)
    path = files / "out" / "unresolved.csv"
    rows = rows_of(path)
    assert {row["name"]: row["cause"] for row in rows} == {
        "Ostrówek": "ambiguous",
        "Xanadu": "missing",
        "Landkreis Halle": "it is a district",
    }
    for row in rows:
        row |= {"decision": "accept", "ref": "odense-2622447"}
    with (files / "filled.csv").open("w", encoding="utf-8", newline="") as file:
        table_ = csv.DictWriter(file, rows[0].keys())
        table_.writeheader()
        table_.writerows(rows)
    done = table("--json", *options, "--decisions", files / "filled.csv")
    assert done.json["inputs"][0]["withoutStatement"] == {}


def test_networks_become_participations_with_the_page_as_their_source(
    bring: Import, files: Path, own: Workspace
) -> None:
    (files / "urbact.csv").write_text(NETWORKS, "utf-8")
    done = bring("table", files / "urbact.csv", "--mapping", "urbact", "--json")
    assert done.code == 0, done.err
    assert done.json["inputs"][0]["memberships"] == 2
    assert done.json["inputs"][0]["account"] == {"rows": 3, "statements": 2, "repeated rows": 1}
    made = graph(own, "urbact-2021")
    assert "participation/urbact-old-towns/oxford-2640729" in made
    assert '"page http://example.org/old"' in made
    assert "participation-role/coordinator" in made


def test_pairs_and_entities_of_wikidata(bring: Import, files: Path, own: Workspace) -> None:
    (files / "pairs.tsv").write_text("Q6259\tQ34217\nQ34217\tQ6259\nQ6259\tQ1\n")
    (files / "names.tsv").write_text("Q6259\tPavia\nQ34217\tOxford\n")
    done = bring("wikidata", files / "pairs.tsv", "--names", files / "names.tsv", "--json")
    assert done.code == 0, done.err
    assert done.json["inputs"][0]["refused"] == ["line 3: pairs.tsv: Q1 has no label"]
    snak = {"snaktype": "value", "datavalue": {"value": {"id": "Q34217"}}}
    statement = {"id": "Q6259$1", "rank": "normal", "mainsnak": snak}
    entity = {
        "id": "Q6259",
        "modified": "2023-04-04T05:21:49Z",
        "labels": {"en": {"value": "Pavia"}},
        "claims": {"P190": [statement]},
    }
    (files / "Q6259.json").write_text(json.dumps({"entities": {"Q6259": entity}}))
    assert bring("wikidata", files / "Q6259.json").code == 0
    assert "Q6259$1" in graph(own, "wikidata-entities-2023-04-04")


def test_a_list_of_inputs_is_imported_together(bring: Import, files: Path) -> None:
    (files / "other.csv").write_text(f"{HEAD}Odense,DK,Pavia,IT,1991\n", "utf-8")
    (files / "other.toml").write_text(MAPPING.replace('"list', '"other'), "utf-8")
    (files / "inputs.toml").write_text(
        '[[input]]\nreader = "table"\nfiles = ["list.csv"]\nmapping = "list.toml"\n'
        '[[input]]\nreader = "table"\nfiles = ["other.*v"]\nmapping = "other.toml"\n'
    )
    done = bring("inputs", files / "inputs.toml", "--from", files, "--json")
    assert done.code == 0, done.err
    assert (done.json["links"], done.json["linksOfSeveralFamilies"]) == (2, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[input]]\nfiles = []", "is no list of inputs"),
        ('[[input]]\nreader = "oracle"\nfiles = ["list.csv"]', "no reader 'oracle'"),
        ('[[input]]\nreader = "pairs"\nfiles = ["list.csv"]', "pairs are two files"),
        ('[[input]]\nreader = "table"\nfiles = ["*.tsv"]', "there is no *.tsv"),
        ("[[input", "is no list of inputs"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(
    bring: Import, files: Path, text: str, why: str
) -> None:
    (files / "inputs.toml").write_text(text)
    done = bring("inputs", files / "inputs.toml", "--from", files)
    assert (done.code, done.out) == (1, "")
    assert why in done.err


def test_wrong_use(bring: Import, files: Path) -> None:
    assert bring("table", files / "list.csv").code == 2
    assert bring("wikidata", "a", "b", "--names", "c").code == 2
    assert bring("wikidata").code == 2
    done = bring("table", files / "list.csv", "--mapping", "nobodys")
    assert done.code == 1
    assert "nobodys.toml" in done.err
