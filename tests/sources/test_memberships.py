"""Memberships: what a source says of cities in networks, and rows that give no statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from registry import terms
from registry.graphs.graph import Graph, Role
from registry.identity.ledger import Ledger
from registry.identity.mentions import Mention
from registry.places.gazetteer import Gazetteer
from registry.sources.known_places import KnownPlaces
from registry.sources.statements import Document, MemberRow, Reading, Row
from registry.sources.world import SEVERAL, SourceResult, assemble

DOCUMENT = Document(
    "crafts-2024",
    "Cities of crafts",
    "2024-10",
    "cities-of-crafts",
    "https://example.org/licence",
    "https://example.org/crafts",
    attribution="By the secretariat of the network.",
)
PAVIA = Mention("Pavia", "IT")
NETWORK = "Cities of Crafts and Folk Art"


def member(place: Mention, key: str, **words: Any) -> MemberRow:
    return MemberRow(place, NETWORK, key, f"row {key}", **words)


Result = tuple[SourceResult, list[str]]


@pytest.fixture
def imported(gazetteer: Gazetteer) -> Callable[..., Result]:
    """Give what imports rows; it returns the result and the statements of the graph."""

    def imported_(*rows: MemberRow) -> Result:
        known = KnownPlaces(gazetteer, Graph(terms.CITIES_GRAPH, b""), Ledger(()))
        made = assemble([Reading(DOCUMENT, list(rows))], known, Ledger(()), "2026-11-24")
        graph = made.graphs.get(terms.GRAPH + DOCUMENT.graph)
        lines = [_short(line.decode()) for line in graph.lines] if graph else []
        assert all(one.role in {Role.SOURCE, Role.CITIES} for one in made.graphs.values())
        return made.outcomes[0], lines

    return imported_


def _short(line: str) -> str:
    for prefix in ("id/", "scheme/", "graph/"):
        line = line.replace(terms.BASE + prefix, "")
    return line.replace(terms.CL, "").removesuffix(" .")


THIS = "<participation/cities-of-crafts-and-folk-art/pavia-3171366>"


def test_a_membership_states_day_field_status_and_page(imported: Callable[..., Result]) -> None:
    row = member(
        PAVIA,
        "k1",
        since="2012-07-23",
        field="Film",
        status="on hold",
        note="In a group.",
        record="https://example.org/pavia",
        topic="arts",
    )
    outcome, lines = imported(row)
    assert not +outcome.lost
    day = '"2012-07-23"^^<http://www.w3.org/2001/XMLSchema#date>'
    for said in (
        f"<network/cities-of-crafts-and-folk-art> <participation> {THIS}",
        "<network/cities-of-crafts-and-folk-art> <topic> <topic/arts>",
        f"{THIS} <participant> <city/pavia-3171366>",
        f"{THIS} <role> <participation-role/member>",
        f"{THIS} <startDate> {day}",
        f'{THIS} <field> "Film"',
        f'{THIS} <participationStatus> "on hold"',
        f'{THIS} <locator> "row k1"',
        f'{THIS} <http://www.w3.org/2004/02/skos/core#note> "In a group."@en',
        f"{THIS} <http://xmlns.com/foaf/0.1/page> <https://example.org/pavia>",
        "<crafts-2024> <http://purl.org/dc/terms/description> "
        '"By the secretariat of the network."@en',
    ):
        assert said in lines


def test_a_network_is_called_in_each_language_as_the_mapping_says(
    imported: Callable[..., Result],
) -> None:
    names = (("fr", "Villes d’artisanat"), ("fr", "Cités d’artisanat"), ("it", "Città d’arte"))
    row = MemberRow(PAVIA, NETWORK, "k1", "row k1", names=names)
    network, skos = "<network/cities-of-crafts-and-folk-art>", "http://www.w3.org/2004/02/skos/core"
    assert [line for line in imported(row)[1] if line.startswith(network) and skos in line] == [
        f'{network} <{skos}#altLabel> "Cités d’artisanat"@fr',
        f'{network} <{skos}#prefLabel> "Cities of Crafts and Folk Art"@en',
        f'{network} <{skos}#prefLabel> "Città d’arte"@it',
        f'{network} <{skos}#prefLabel> "Villes d’artisanat"@fr',
    ]


def test_what_is_not_told_is_not_stated(imported: Callable[..., Result]) -> None:
    _, lines = imported(member(PAVIA, "k1"))
    for name in ("startDate", "endDate", "field", "participationStatus", "topic"):
        assert not [line for line in lines if f"<{name}>" in line]


def test_two_memberships_of_a_city_in_a_network_are_two(imported: Callable[..., Result]) -> None:
    """One IRI with two beginnings would be neither of them."""
    rows = [member(PAVIA, "k1", since="2010"), member(PAVIA, "k2", since="2015-05-01")]
    _, lines = imported(*rows)
    dated = sorted(line.partition(" <startDate>")[0] for line in lines if "<startDate>" in line)
    assert dated == [f"{THIS[:-1]}/k1>", f"{THIS[:-1]}/k2>"]


def test_names_of_many_languages_are_no_english_labels(gazetteer: Gazetteer) -> None:
    """A list in English may name towns as they call themselves: COMUNE DI PAVIA."""
    rows: list[Row] = [member(replace(PAVIA, name="Comune di Pavia"), "k1")]
    for names, tag in (("", "en"), ("und", "und")):
        known = KnownPlaces(gazetteer, Graph(terms.CITIES_GRAPH, b""), Ledger(()))
        reading = Reading(replace(DOCUMENT, names=names), rows)
        made = assemble([reading], known, Ledger(()), "2026-11-24")
        cities = made.graphs[terms.CITIES_GRAPH].ntriples.decode()
        label = '#prefLabel> "Comune di Pavia"@en .'
        assert (label in cities) == (tag == "en")
        assert ('#hiddenLabel> "Comune di Pavia"@und .' in cities) == (tag == "und")


def test_a_row_that_says_what_another_says_is_counted(imported: Callable[..., Result]) -> None:
    outcome, _ = imported(member(PAVIA, "k1"), member(PAVIA, "k2"))
    assert (len(outcome.joined), outcome.repeated) == (1, 1)


def test_a_group_is_no_city_and_is_counted(imported: Callable[..., Result]) -> None:
    group = Mention("Pavia, Prato", "IT", kind="group of municipalities")
    outcome, lines = imported(member(group, "k1"))
    assert dict(outcome.lost) == {"it is a group of municipalities": 1}
    assert lines == []


def test_two_records_are_not_both_the_one_city_of_a_name(imported: Callable[..., Result]) -> None:
    """A list without countries has two cities of a name; which row is which is not guessed."""
    here = member(PAVIA, "k1", record="https://example.org/pavia")
    there = member(PAVIA, "k2", record="https://example.org/pavia-0")
    outcome, _ = imported(here, there)
    assert dict(outcome.lost) == {SEVERAL: 2}
    assert [one.row for one in outcome.opened] == ["k1", "k2"]
    decided = replace(here, city=replace(PAVIA, decided=3171366))
    outcome, _ = imported(decided, there)
    assert [one.row.key for one in outcome.joined] == ["k1"]
    assert dict(outcome.lost) == {SEVERAL: 1}
