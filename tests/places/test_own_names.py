"""Own names: main names are taken for local ones where labels show that they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry import shipped
from registry.places import natural_earth
from registry.places.anchors import Anchor
from registry.places.gazetteer import Place, unpack
from registry.places.labels import without_names_of_neighbours
from registry.places.own_names import SMALL, is_same, may_be_local, samples_of, with_own_names
from registry.places.position import Position
from tests.tables import every_row

Labels = tuple[tuple[str, str], ...]


def place(number: int, name: str, country: str, region: str, *labels: tuple[str, str]) -> Place:
    return Place(number, name, 0.0, 0.0, country, region, 9_000, (), labels)


def many(country: str, region: str, *pairs: tuple[str, Labels]) -> Iterator[Place]:
    """Yield six labelled places of each pair of a main name and labels, differing in a letter."""
    for number in range(6):
        for name, labels in pairs:
            letter = "abcdef"[number]
            told = tuple((tag, f"{label} {letter}") for tag, label in labels)
            yield place(0, f"{name} {letter}", country, region, *told)


SHOWN = [
    *many("IT", "09", ("Borgo", (("it", "Borgo"),))),
    *many("ES", "51", ("Pueblo", (("es", "Pueblo"),))),
    *many("ES", "56", ("Sant Pere", (("es", "San Pedro"), ("ca", "Sant Pere"), ("gl", "Pedro")))),
    *many("BE", "VLG", ("Tongeren", (("nl", "Tongeren"), ("fr", "Tongres-la-Haute")))),
    *many("BE", "BRU", ("Genk", (("nl", "Genk"), ("fr", "Genk")))),
    *many("JP", "01", ("Toyohama", (("ja", "豊浜"),))),
    *many("IN", "01", ("Weir", (("en", "Weir"),))),
]


@every_row(
    ("unnamed", "own"),
    [
        (place(1, "Budrio", "IT", "05"), "it"),
        (place(1, "Carmona", "ES", "51"), "es"),
        (place(1, "Sant Boi", "ES", "56"), "ca"),
        (place(1, "Somewhere", "ES", "60"), ""),
        (place(1, "Peer", "BE", "VLG"), "nl"),
        (place(1, "Evere", "BE", "BRU"), ""),
        (place(1, "Mons", "BE", "WAL"), ""),
        (place(1, "Iwakura", "JP", "01"), ""),
        (place(1, "Bhoom", "IN", "01"), ""),
        (place(1, "Nowhere", "", ""), ""),
        (place(1, "Milan", "IT", "09", ("fr", "Milano"))._replace(population=SMALL), "it"),
        (place(1, "Milan", "IT", "09", ("de", "Mailand"))._replace(population=SMALL), ""),
        (place(1, "Milan", "IT", "09", ("it", "Milano"))._replace(population=SMALL), "it"),
        (place(1, "Toyohama", "JP", "01", ("ja", "豊浜")), "ja"),
        (place(1, "Huy", "BE", "WAL", ("fr", "Huy"), ("nl", "Hoei")), "fr"),
        (place(1, "Borgo", "IT", "09", ("it", "Борго")), "it"),
    ],
)
def test_the_language_of_a_main_name_is_shown_by_labels_near_by(unnamed: Place, own: str) -> None:
    named = [*with_own_names([*SHOWN, unnamed])][-1]
    assert named.own == own
    assert named.labels == tuple(one for one in unnamed.labels if one != ("it", "Борго"))


def test_names_of_the_map_go_before_labels_but_in_chinese() -> None:
    here, where = place(7, "Beijing", "CN", "22", ("de", "Beijing"), ("zh", "北京")), Position(0, 0)
    told = (("de", "Peking"), ("fr", "Pékin"), ("zh", "北京市"))
    mapped = natural_earth.MapPlace("Q956", ("Peking",), told, where, "CN", "", 1)
    anchor = Anchor("Q956", ("Peking",), where, "CN", 7)
    other = place(8, "Beijing", "CN", "22")
    found = [*natural_earth.with_names_of_the_map([here, other], [mapped], [anchor])]
    assert found[0].labels == (("de", "Peking"), ("fr", "Pékin"), ("zh", "北京"))
    assert found[0].others == ("Beijing",)
    assert found[1] == other


@every_row(
    ("population", "away", "kept"),
    [
        (17_889, 0.01, ""),
        (31_684, 0.01, ""),
        (31_685, 0.01, "El Escorial"),
        (0, 0.01, "El Escorial"),
        (17_889, 0.3, "El Escorial"),
    ],
)
def test_no_label_is_the_name_of_a_town_near_by(population: int, away: float, kept: str) -> None:
    town = place(1, "El Escorial", "ES", "29", ("fr", "El Escorial"))._replace(population=15_842)
    beside = place(2, "San Lorenzo de El Escorial", "ES", "29", ("es", "El Escorial"))
    beside = beside._replace(latitude=away, population=population)
    abroad = place(3, "San Lorenzo", "PT", "29", ("es", "El Escorial"))
    found = [*without_names_of_neighbours([town, beside, abroad])]
    assert found[0] == town
    assert found[2] == abroad
    assert dict(found[1].labels).get("es", "") == kept
    assert found[1].names == beside.names


@pytest.mark.slow
def test_what_most_labels_show_is_right_of_the_others() -> None:
    """Of each fifth of the labels, which was not looked at, the others tell the language."""
    places = [*unpack(shipped.GAZETTEER.read_bytes()).places]
    right = told = 0
    for fifth in range(5):
        samples = samples_of(one for one in places if one.id % 5 != fifth)
        for one in places:
            shown = samples.language(one.country, one.region) if one.id % 5 == fifth else ""
            if label := dict(one.labels).get(shown):
                others = tuple(told for told in one.labels if told[0] != shown)
                if may_be_local(one._replace(labels=others)):
                    told += 1
                    right += is_same(one.name, label)
    assert told > 8_000
    assert right / told >= 0.995, (right, told)
