"""Decisions of people: what is read, what counts, what is said of places, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest

from registry import shipped, terms
from registry.graphs import parsing
from registry.graphs.graph import Graph
from registry.identity import ledger
from registry.identity.ledger import Ledger, LedgerEntry
from registry.identity.mentions import Mention
from registry.places.gazetteer import Gazetteer
from registry.places.position import Position
from registry.problems import Problem
from registry.settings import Settings
from registry.sources import decisions
from registry.sources.decisions import References
from registry.sources.known_places import KnownPlaces
from registry.sources.statements import Document, LinkRow, Reading
from registry.sources.world import World, assemble
from tests.tables import every_row

DAY = "2026-11-24"
COLUMNS = ",".join(decisions.COLUMNS)
OLD = "source,row,name,country,decision,ref,note"
AT_HILIB = Position(45.971, 26.238)
HILIB = Mention("Hilib", "RO", AT_HILIB)
PAVIA = Mention("Pavia", "IT", Position(45.19, 9.16))
UNPLACED = Mention("Xanadu")


@dataclass(frozen=True)
class Registry:
    """What is known before an import: the cities that are described, and the ledger."""

    gazetteer: Gazetteer
    cities: Graph
    ledger: Ledger

    def of(self, ledger: Ledger, cities: Graph | None = None) -> Registry:
        return replace(self, ledger=ledger, cities=cities or self.cities)

    @cached_property
    def places(self) -> KnownPlaces:
        return KnownPlaces(self.gazetteer, self.cities, self.ledger)

    @property
    def references(self) -> References:
        return References(self.ledger, self.places)

    def world_of(self, read: Reading, found: decisions.Decided) -> World:
        pairs = decisions.different(found, self.references)
        read = decisions.applied(read, found, self.references)
        return assemble([read], self.places, self.ledger, DAY, different=pairs)


@pytest.fixture(scope="module")
def registry(gazetteer: Gazetteer) -> Registry:
    cities = shipped.ROOT / "data" / "cities.ttl"
    settings = Settings(home=Path("nowhere"))
    curated = parsing.read([parsing.source_of(cities)], settings)[terms.CITIES_GRAPH]
    return Registry(gazetteer, curated, ledger.read(shipped.LEDGER))


def reading(*partners: Mention) -> Reading:
    """Make a source in which Pavia has these partners, in rows with the keys k1, k2."""
    document = Document("list", "A list", "2015", "list", "urn:x:licence", "urn:x:list")
    rows = [
        LinkRow(PAVIA, partner, f"k{number}", f"line {number + 1}")
        for number, partner in enumerate(partners, start=1)
    ]
    return Reading(document, [*rows])


def decided(folder: Path, *lines: str, head: str = COLUMNS) -> decisions.Decided:
    path = folder / "decisions.csv"
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return decisions.read(path)


def said(found: decisions.Decided) -> list[tuple[int, str, str]]:
    return [(one.line, one.decision, one.ref) for one in found.standing]


def test_a_file_without_the_newer_columns_is_read(tmp_path: Path) -> None:
    found = decided(tmp_path, "list,,Hilib,RO,accept,pavia-3171366,why", head=OLD)
    assert [(one.note, one.by, one.latitude) for one in found.standing] == [("why", "", "")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_as_spreadsheets_write_it(tmp_path: Path, delimiter: str) -> None:
    line = "list,,Hilib,RO,accept,pavia-3171366".replace(",", delimiter)
    found = decided(tmp_path, line, head=COLUMNS.replace(",", delimiter))
    assert said(found) == [(2, "accept", "pavia-3171366")]


def test_who_decided_and_when_is_read(tmp_path: Path) -> None:
    found = decided(tmp_path, "list,,Hilib,RO,create,,Hilib,45.9,26.2,Ana,2026-11-01,seen there")
    assert found.standing[0].by == "Ana"
    assert found.standing[0].date == "2026-11-01"
    assert found.standing[0].position == (45.9, 26.2)


@pytest.mark.parametrize(
    ("lines", "standing"),
    [
        (["list,,A,,accept,a-1", "list,,A,,undo,"], []),
        (["list,,A,,accept,a-1", "list,,A,,undo,", "list,,A,,accept,a-2"], [(4, "accept", "a-2")]),
        (["list,,A,,accept,a-1", "list,,A,,accept,a-1"], [(2, "accept", "a-1")]),
        (
            ["list,,A,DE,accept,a-1", "list,,A,FR,accept,a-2"],
            [(2, "accept", "a-1"), (3, "accept", "a-2")],
        ),
        (["list,,A,DE,reject,", "list,,A,Germany,undo,"], []),
        (
            [",,a-1,,different,b-2", ",,a-1,,different,c-3"],
            [(2, "different", "b-2"), (3, "different", "c-3")],
        ),
        (
            [",,a-1,,different,b-2", ",,a-1,,different,c-3", ",,a-1,,undo,b-2"],
            [(3, "different", "c-3")],
        ),
        ([",,a-1,,merge,b-2", ",,a-1,,undo,"], []),
    ],
)
def test_the_last_line_counts_and_earlier_ones_are_undone(
    tmp_path: Path, lines: list[str], standing: list[tuple[int, str, str]]
) -> None:
    assert said(decided(tmp_path, *lines)) == standing


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["list,,A,,perhaps,"], "line 2: 'perhaps' is not a decision"),
        (["list,,A,,accept,"], "line 2: '' is not the reference of a city"),
        (["list,,A,Nowhere,reject,"], "line 2: 'Nowhere' is not a country"),
        ([",,A,,reject,"], "line 2: source and name"),
        ([",,A B,,merge,a-1"], "line 2: name is the reference of a city, which 'A B' is not"),
        ([",,a-1,,merge,a-1"], "line 2: a-1 is itself"),
        (["list,,A,,create,,,95,9"], "line 2: '95', '9' is not a position"),
        (["list,,A,,create,,,45,"], "line 2: '45', '' is not a position"),
        (["list,,A,,create,,,,,Ana,soon"], "line 2: 'soon' is not a year, month or day"),
        (["list,,A,,undo,"], "line 2: no earlier line decides that"),
        (["list,,A,,reject,", "list,,A,DE,undo,"], "line 3: no earlier line decides that"),
        (
            ["list,,A,,accept,a-1", "", "list,,A,,reject,"],
            "line 4: line 2 decides otherwise: accept a-1",
        ),
        (["list,,A,,create,,A,1,2", "list,,A,,create,,A,1,3"], "line 3: line 2 decides otherwise"),
        # A quotation mark that is never closed would take further decisions for a note.
        (
            ["list,,A,,reject,", 'list,,B,,reject,,,,,,,"why', "list,,C,,reject,"],
            "the row of line 3 opens a quotation mark that is never closed",
        ),
        (["list,,Halle, Saale,DE,reject,,,,,,,"], "line 2: it has more cells than the head"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(
    tmp_path: Path, lines: list[str], why: str
) -> None:
    with pytest.raises(Problem, match=r"decisions\.csv") as refused:
        decided(tmp_path, *lines)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("list,,Hilib,RO,reject,", ""),
        ("list,,Hilib,,reject,", ""),
        ("list,k1,Hilib,,reject,", ""),
        ("other,,Nobody,,reject,", ""),
        ("list,,Nobody,,reject,", "line 2: no row of list names 'Nobody'"),
        ("list,,Hilib,HU,reject,", "line 2: no row of list names 'Hilib' in HU"),
        ("list,k7,Hilib,,reject,", "line 2: no row of list names 'Hilib' under the key k7"),
        ("list,,Xanadu,CN,create,,,45,9", ""),
        ("list,,Xanadu,CN,accept,pavia-3171366", "line 2: no row of list names 'Xanadu' in CN"),
    ],
)
def test_a_decision_on_what_no_row_names_is_refused(tmp_path: Path, line: str, why: str) -> None:
    found = decided(tmp_path, line)
    if not why:
        decisions.check_subjects(found, [reading(HILIB, UNPLACED)])
        return
    with pytest.raises(Problem) as refused:
        decisions.check_subjects(found, [reading(HILIB, UNPLACED)])
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("list,,Hilib,,accept,pavia-3171366", replace(HILIB, decided=3171366)),
        ("list,,Hilib,,accept,3171366", replace(HILIB, decided=3171366)),
        ("list,,Hilib,,not-a-city,", replace(HILIB, kind="place that a person says is no city")),
        ("list,,Hilib,,territory,", replace(HILIB, kind="territory")),
        ("list,,Hilib,,create,", replace(HILIB, create=True)),
        (
            'list,,Hilib,,create,,Hilib Nou,45,"26,5"',
            Mention("Hilib Nou", "RO", Position(45, 26.5), also=("Hilib",), create=True),
        ),
        ("list,k2,Hilib,,territory,", HILIB),
    ],
)
def test_what_is_decided_is_said_of_the_place(
    tmp_path: Path, registry: Registry, line: str, after: Mention
) -> None:
    found = decided(tmp_path, line)
    read = decisions.applied(reading(HILIB), found, registry.references)
    assert [row.places[1] for row in read.rows] == [after]


def test_a_decision_on_a_row_counts_before_those_on_all(tmp_path: Path, registry: Registry) -> None:
    found = decided(tmp_path, "list,k1,Hilib,,territory,", "list,,Hilib,RO,create,")
    read = decisions.applied(reading(HILIB, HILIB), found, registry.references)
    kinds = [(row.places[1].kind, row.places[1].create) for row in read.rows]
    assert kinds == [("territory", False), ("", True)]


EDITIONS = {
    "it has none of its own": (["list-2014,,Hilib,,territory,"], "territory", False),
    "of a row": (["list-2014,k1,Hilib,,territory,"], "territory", False),
    "it has one of its own": (
        ["list,,Hilib,,create,", "list-2014,k1,Hilib,RO,territory,"], "", True,
    ),
    "of two the later one": (
        ["list-2014,,Hilib,,create,", "list-2013,,Hilib,,territory,"], "", True,
    ),
    "it was undone": (["list-2014,,Hilib,,create,", "list-2014,,Hilib,,undo,"], "", False),
    "of another list": (["list-2012,,Hilib,,territory,"], "", False),
}  # fmt: skip


@every_row("case", EDITIONS)
def test_a_decision_counts_for_later_editions(
    case: str, tmp_path: Path, registry: Registry
) -> None:
    lines, kind, create = EDITIONS[case]
    found, earlier = decided(tmp_path, *lines), ["list-2013", "list-2014"]
    read = decisions.applied(reading(HILIB), found, registry.references, earlier)
    (place,) = (row.places[1] for row in read.rows)
    assert (place.kind, place.create) == (kind, create)


def test_a_decision_on_an_earlier_edition_that_cannot_be_carried_out_is_noticed(
    tmp_path: Path, registry: Registry
) -> None:
    """The source states no position of the place any more, so that rules decide again."""
    found = decided(tmp_path, "list-2014,,Xanadu,,create,", "list-2014,,Nobody,,reject,")
    decisions.check_subjects(found, [reading(UNPLACED)])
    read = decisions.applied(reading(UNPLACED), found, registry.references, ["list-2014"])
    assert [row.places[1] for row in read.rows] == [UNPLACED]
    assert read.noticed["decisions on earlier editions that cannot be carried out"] == 1


def test_a_decision_speaks_of_an_item_that_was_merged_since(
    tmp_path: Path, registry: Registry
) -> None:
    merged = Mention("Hilib", "RO", AT_HILIB, wikidata="Q9", former=("Q7",))
    found = decided(tmp_path, "list,,Q7,,territory,")
    read = decisions.applied(reading(merged), found, registry.references)
    assert [row.places[1].kind for row in read.rows] == ["territory"]


def test_a_file_follows_another(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(f"{COLUMNS}\nlist,,A,,reject,\nlist,,B,,reject,\n", "utf-8")
    second.write_text(f"{COLUMNS}\nlist,,A,,undo,\nlist,,A,,create,\nlist,,B,,reject,\n", "utf-8")
    found = decisions.read(first, second)
    assert [(one.name, one.decision) for one in found.standing] == [
        ("B", "reject"),
        ("A", "create"),
    ]
    second.write_text(f"{COLUMNS}\nlist,,B,,create,\n", "utf-8")
    with pytest.raises(Problem, match=r"second\.csv, line 2: first\.csv, line 3 decides otherwise"):
        decisions.read(first, second)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("list,,Hilib,,accept,hilib-q9924", "line 2: neither the ledger nor the gazetteer has"),
        ("list,,Hilib,,accept,hilib-999999999", "has the city 'hilib-999999999'"),
        (
            "list,,Xanadu,,create,",
            "line 2: 'Xanadu' cannot be created: the source states no country and position of it",
        ),
        ("list,,Xanadu,CN,create,", "the source states no position of it"),
        ("list,,Q7,,create,,,45,9", "the source states no name and country of it"),
        # All that is there is in another country: latitude and longitude may have been swapped.
        (
            "list,,Hilib,,create,,,45.2,9.2",
            "line 2: 'Hilib' cannot be created: its position is in IT, not in RO",
        ),
        # Nothing is there: it lies in the sea, or in a desert far away.
        (
            "list,,Hilib,,create,,,43.2,34.5",
            "'Hilib' cannot be created: its position is 722 km from the nearest place of RO",
        ),
        ("list,,Hilib,,create,,,0,0", "from the nearest place of RO"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_its_line(
    tmp_path: Path, registry: Registry, line: str, why: str
) -> None:
    read = reading(HILIB, UNPLACED, Mention("Q7", wikidata="Q7"))
    with pytest.raises(Problem) as refused:
        decisions.applied(read, decided(tmp_path, line), registry.references)
    assert why in str(refused.value)


@every_row(
    ("country", "position", "noticed"),
    [
        ("RO", "45.9,26.2", ""),
        ("RO", "45.1,26.9", "Nova is created 110 km from the nearest place of RO"),
        # A territory is of its country, and of a country without places nothing is known.
        ("FR", "-22.9,166.9", "Nova is created 84 km from the nearest place of FR"),
        ("PW", "7.5,134.6", ""),
    ],
)
def test_a_city_that_is_created_far_from_all_others_is_noticed(
    country: str, position: str, noticed: str, tmp_path: Path, registry: Registry
) -> None:
    found = decided(tmp_path, f"list,,Nova,{country},create,,,{position}")
    read = decisions.applied(reading(Mention("Nova", country)), found, registry.references)
    told = [what for what in read.noticed if "created" in what]
    assert told == ([noticed] if noticed else [])
    assert [row.places[1].create for row in read.rows] == [True]


def partners_of(world: World) -> list[str]:
    return [one.there.ref for one in world.outcomes[0].claimed]


def test_a_city_is_created_where_rules_would_not(tmp_path: Path, registry: Registry) -> None:
    """A rule does not believe in a city of 90,000 inhabitants that the gazetteer lacks."""
    large = replace(HILIB, population=90_000)
    by_rule = registry.world_of(reading(large), decisions.Decided())
    assert partners_of(by_rule) == []
    found = decided(tmp_path, "list,,Hilib,RO,create,")
    made = registry.world_of(reading(large), found)
    assert partners_of(made) == ["hilib-4597n2624e"]
    assert [(line.ref, line.country) for line in made.lines] == [("hilib-4597n2624e", "ROU")]


def test_a_created_city_keeps_its_reference_at_the_next_import(
    tmp_path: Path, registry: Registry
) -> None:
    found = decided(tmp_path, "list,,Hilib,RO,create,")
    first = registry.world_of(reading(HILIB), found)
    after = Ledger((*registry.ledger.entries, *first.lines))
    cities = first.graphs[terms.CITIES_GRAPH]
    later = registry.of(after, cities)
    again = later.world_of(reading(HILIB), found)
    assert (partners_of(again), list(again.lines)) == (["hilib-4597n2624e"], [])
    accepted = decided(tmp_path, "list,,Xanadu,,accept,hilib-4597n2624e")
    known_by_ref = later.world_of(reading(UNPLACED), accepted)
    assert partners_of(known_by_ref) == ["hilib-4597n2624e"]


def test_a_created_city_is_called_as_a_person_says_and_as_the_source_does(
    tmp_path: Path, registry: Registry
) -> None:
    found = decided(tmp_path, "list,,Xanadu,IT,create,,Sandù,45.5,9.5")
    made = registry.world_of(reading(UNPLACED), found)
    assert partners_of(made) == ["sandu-4550n950e"]
    graph = made.graphs[terms.CITIES_GRAPH].ntriples.decode()
    assert '"Sandù"' in graph
    assert '"Xanadu"' in graph


def entry(ref: str, item: str, label: str, number: str = "", after: str = "") -> LedgerEntry:
    return LedgerEntry(ref, "city", number, item, "", label, "rule", DAY, after)


HALLE = entry("halle-2911520", "Q3", "Halle", "2911520")
SAALE = entry("halle-saale-2911522", "Q4", "Halle (Saale)", "2911522")
BUDRIO = entry("budrio-3181443", "", "Budrio", "3181443")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    file.write_bytes(f"{COLUMNS}\nlist,,München,DE,reject\n".encode("cp1252"))
    with pytest.raises(Problem, match="cannot be read: 'utf-8' codec"):
        decisions.read(file)


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        ([",,halle-2911520,,merge,budrio-3181443"], ["budrio-3181443"]),
        ([",,halle-2911520,,merge,budrio-3181443", ",,halle-2911520,,undo,"], []),
    ],
)
def test_mergers_become_lines_unless_they_are_undone(
    tmp_path: Path, lines: list[str], after: list[str]
) -> None:
    book = Ledger((HALLE, SAALE, BUDRIO))
    merged = decisions.merged(book, decided(tmp_path, *lines), DAY)
    assert [one.replaced_by for one in merged] == after


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([",,nobody-1,,merge,budrio-3181443"], "line 2: the ledger has no city 'nobody-1'"),
        ([",,budrio-3181443,,merge,nobody-1"], "line 2: the ledger has no city 'nobody-1'"),
        ([",,gone-5,,merge,budrio-3181443"], "line 2: the ledger has withdrawn gone-5"),
        ([",,old-6,,merge,budrio-3181443"], "line 2: the ledger has merged old-6 into halle"),
        (
            [",,halle-2911520,,different,budrio-3181443", ",,budrio-3181443,,merge,halle-2911520"],
            "line 2: halle-2911520 and budrio-3181443 are different, but merged by line 3",
        ),
        (
            [
                ",,halle-2911520,,different,budrio-3181443",
                ",,budrio-3181443,,merge,halle-saale-2911522",
                ",,halle-2911520,,merge,halle-saale-2911522",
            ],
            "are different, but merged by line 3 and line 4",
        ),
        (
            [",,old-6,,different,halle-2911520", ",,old-6,,merge,halle-2911520"],
            "are different, but merged by line 3",
        ),
        (
            [",,halle-2911520,,merge,budrio-3181443", ",,budrio-3181443,,merge,halle-2911520"],
            "is replaced by itself in the end",
        ),
    ],
)
def test_mergers_that_cannot_be_are_refused(tmp_path: Path, lines: list[str], why: str) -> None:
    gone, old = entry("gone-5", "", "Gone", after="-"), entry("old-6", "", "Old", after=HALLE.ref)
    book = Ledger((HALLE, SAALE, BUDRIO, gone, old))
    with pytest.raises(Problem) as refused:
        decisions.merged(book, decided(tmp_path, *lines), DAY)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "split", "merged"),
    [
        ([",,old-6,,different,halle-2911520"], ["old-6"], []),
        ([",,halle-2911520,,different,old-6"], ["old-6"], []),
        ([",,older-7,,different,halle-2911520"], ["older-7"], []),
        ([",,old-6,,merge,halle-2911520", ",,old-6,,undo,"], ["old-6"], []),
        ([",,old-6,,different,budrio-3181443"], [], []),
        # Decided again, or otherwise.
        (
            [",,old-6,,merge,halle-2911520", ",,old-6,,undo,", ",,old-6,,merge,halle-2911520"],
            [],
            [],
        ),
        (
            [",,old-6,,merge,halle-2911520", ",,old-6,,undo,", ",,old-6,,merge,budrio-3181443"],
            ["old-6"],
            [("old-6", "budrio-3181443")],
        ),
        # What was never merged, or never by the ledger, is not split.
        ([",,halle-2911520,,merge,budrio-3181443", ",,halle-2911520,,undo,"], [], []),
        ([",,gone-5,,different,halle-2911520"], [], []),
    ],
)
def test_a_merger_of_the_ledger_is_undone(
    tmp_path: Path, lines: list[str], split: list[str], merged: list[tuple[str, str]]
) -> None:
    gone, old = entry("gone-5", "", "Gone", after="-"), entry("old-6", "", "Old", after=HALLE.ref)
    book = Ledger((HALLE, SAALE, BUDRIO, gone, old, entry("older-7", "", "Older", after="old-6")))
    found = decided(tmp_path, *lines)
    undone = decisions.split(book, found, DAY)
    assert [(one.ref, one.decided, one.replaced_by) for one in undone] == [
        (ref, ledger.SPLIT, "") for ref in split
    ]
    after = ledger.extended(book, undone)
    lines_ = decisions.merged(after, found, DAY)
    assert [(one.ref, one.replaced_by) for one in lines_] == merged


def test_a_city_that_was_split_is_described_and_found_again(
    tmp_path: Path, registry: Registry
) -> None:
    """Its name leads to it once more, and its items stay with it."""
    book = Ledger((HALLE, replace(SAALE, replaced_by=HALLE.ref)))
    found = decided(tmp_path, f",,{SAALE.ref},,different,{HALLE.ref}")
    apart = ledger.extended(book, decisions.split(book, found, DAY))
    saale = Mention("Halle (Saale)", "DE", Position(51.48, 11.97))
    world = registry.of(apart).world_of(reading(saale), found)
    assert partners_of(world) == [SAALE.ref]
    assert terms.thing("city", SAALE.ref).encode() in world.graphs[terms.CITIES_GRAPH].ntriples


ELSEWHERE = entry("anderhalle-q3", "Q3", "Anderhalle")


@pytest.mark.parametrize(
    ("mention", "different", "cause"),
    [
        (Mention("Halle", "DE", Position(52.06, 8.36), wikidata="Q3"), False, ""),
        (Mention("Halle", "DE", Position(52.06, 8.36), wikidata="Q3"), True, "contradictory"),
        (Mention("Halle", "DE", Position(52.06, 8.36), wikidata="Q9"), True, ""),
        (Mention("Halle", "DE", Position(52.06, 8.36)), True, ""),
        (Mention("Halle", "DE", wikidata="Q3", decided=2911520), True, ""),
    ],
)
def test_an_item_is_not_put_on_a_city_that_a_person_says_is_different(
    tmp_path: Path,
    registry: Registry,
    mention: Mention,
    different: bool,
    cause: str,
) -> None:
    halle = replace(HALLE, wikidata="")
    book = Ledger((*registry.ledger.entries, halle, ELSEWHERE))
    lines = [",,halle-2911520,,different,anderhalle-q3"] * different
    made = registry.of(book).world_of(reading(mention), decided(tmp_path, *lines))
    assert partners_of(made) == ([] if cause else ["halle-2911520"])
    assert [one.cause for one in made.outcomes[0].opened] == [cause] * bool(cause)
    if cause:
        excluded = made.outcomes[0].opened[0].finding.excluded[0]
        assert excluded.place.id == 2911520
        assert "anderhalle-q3" in excluded.contradictions[-1].why


@pytest.mark.parametrize(
    ("name", "different", "partners"),
    [
        ("Halle in Westfalen", False, ["halle-2911520"]),
        ("Halle in Westfalen", True, []),
        # The gazetteer calls the first one so, too: it is not the name of the other alone.
        ("Halle Westfalen", True, ["halle-2911520"]),
    ],
)
def test_a_name_of_one_alone_is_not_put_on_a_different_city(
    tmp_path: Path, registry: Registry, name: str, different: bool, partners: list[str]
) -> None:
    book = Ledger((*registry.ledger.entries, HALLE, entry("westfalen-9", "", name)))
    lines = [",,halle-2911520,,different,westfalen-9"] * different
    mention = Mention(name, "DE", Position(52.06, 8.36))
    made = registry.of(book).world_of(reading(mention), decided(tmp_path, *lines))
    assert partners_of(made) == partners


def test_different_cities_must_be_known(tmp_path: Path, registry: Registry) -> None:
    found = decided(tmp_path, ",,halle-2911520,,different,nobody-q1")
    with pytest.raises(Problem, match="line 2: neither the ledger nor the gazetteer has"):
        decisions.different(found, registry.references)


def test_what_was_applied_is_counted(tmp_path: Path) -> None:
    lines = ["list,,A,,reject,", "other,,A,,reject,", "list,,B,,reject,", "list,,B,,undo,"]
    counted = decided(tmp_path, *lines).counted(["list"])
    assert counted == {"applied": 1, "undone": 1, "ofOtherSources": 1}
