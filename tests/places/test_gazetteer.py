"""The gazetteer: what is packed comes back, and is found by name, position and id."""

from __future__ import annotations

from pathlib import Path

from registry.places.gazetteer import (
    Gazetteer,
    index_of,
    pack,
    unpack,
)
from registry.places.position import distance
from tests.places.places import PLACES
from tests.tables import every_row


def test_what_is_packed_comes_back() -> None:
    assert sorted(unpack(pack(PLACES))) == sorted(PLACES)


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
    assert [main for _, main in gazetteer.named("szczecin", "PL")] == [True]
    assert [main for _, main in gazetteer.named("stettin", "PL")] == [False]


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
