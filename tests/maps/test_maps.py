"""Maps: the projection, lines along great circles, and what a drawing shows."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.maps.arcs import arc, dot, place
from registry.maps.drawing import End, between, draw, journey, scattered
from registry.maps.projection import HEIGHT, WIDTH, around, project
from tests.tables import every_row

PAVIA, PERM, TOKYO, SEATTLE = (
    place(9.16, 45.19),
    place(56.25, 58.01),
    place(139.69, 35.69),
    place(-122.33, 47.61),
)

positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@every_row(
    ("longitude", "latitude", "x", "y"),
    [
        # d3-geo 3.1: geoEqualEarth().fitWidth(20000, {type: "Sphere"})
        (0, 0, 10_000, 4_867.17),
        (180, 0, 20_000, 4_867.17),
        (0, 90, 10_000, 0),
        (9.16, 45.19, 10_435.55, 1_677.21),
        (-122.33, 47.61, 4_287.19, 1_529.98),
        (139.69, -35.69, 17_054.66, 7_445.48),
    ],
)
def test_positions_are_where_the_outline_has_them(
    longitude: float, latitude: float, x: float, y: float
) -> None:
    found = project(longitude, latitude)
    assert found.x == pytest.approx(x, abs=0.01)
    assert found.y == pytest.approx(y, abs=0.01)


@given(positions)
def test_every_position_is_on_the_map(position: tuple[float, float]) -> None:
    x, y = project(*position)
    assert -1e-6 <= x <= WIDTH + 1e-6
    assert -1e-6 <= y <= HEIGHT + 1e-6


@given(positions, positions)
def test_every_way_is_drawn_from_end_to_end(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    start, end = place(*one), place(*other)
    path = arc(start, end)
    assert re.fullmatch(r"(M-?\d+ -?\d+(l-?\d+ -?\d+|q-?\d+ -?\d+ -?\d+ -?\d+))+", path)
    ends = re.findall(r"M(-?\d+) (-?\d+)[lq](?:-?\d+ -?\d+ )?(-?\d+) (-?\d+)", path)
    pieces = [tuple(map(int, numbers)) for numbers in ends]
    (x, y, _, _), (last_x, last_y, dx, dy) = pieces[0], pieces[-1]
    assert min(math.dist((x, y), point) for point in _drawn(one)) <= 1
    assert min(math.dist((last_x + dx, last_y + dy), point) for point in _drawn(other)) <= 1
    for (x, y, dx, dy), (next_x, next_y, _, _) in pairwise(pieces):
        # Each piece begins where the one before ended, or at the other edge of the map.
        assert min(math.dist((x + dx, y + dy), at) for at in _edges(next_x, next_y)) <= 1


def _drawn(position: tuple[float, float]) -> list[tuple[float, float]]:
    """Where a position is on the map: what is on the antimeridian is at both edges."""
    longitude, latitude = position
    longitudes = (-180, 180) if abs(longitude) == 180 else (longitude,)
    return [project(one, latitude) for one in longitudes]


def _edges(x: float, y: float) -> list[tuple[float, float]]:
    return [(x, y), (WIDTH - x, y)]


def test_a_way_over_the_pacific_is_cut_at_the_edge() -> None:
    xs = [int(x) for x in re.findall(r"M(\d+)", arc(TOKYO, SEATTLE))]
    assert max(xs) > 15_000
    assert min(xs) < 5_000
    across = [
        abs(int(step)) for step in re.findall(r"[lq](?:-?\d+ -?\d+ )?(-?\d+)", arc(TOKYO, SEATTLE))
    ]
    assert max(across) < 6_000


def test_a_way_near_a_pole_leaves_the_map_where_its_great_circle_does() -> None:
    # The circle through both is symmetric to the meridian of 145 degrees, and passes longitude 180
    # at tan(latitude) = tan(70°) cos(35°) / cos(75°).
    path = arc(place(70, 70), place(-140, 70))
    latitude = math.degrees(
        math.atan(
            math.tan(math.radians(70)) * math.cos(math.radians(35)) / math.cos(math.radians(75))
        )
    )
    edge, other = project(180, latitude), project(-180, latitude)
    ends = re.findall(r"M(\d+) (\d+)[lq](?:-?\d+ -?\d+ )?(-?\d+) (-?\d+)", path)
    assert (round(edge.x), round(edge.y)) in {
        (int(x) + int(dx), int(y) + int(dy)) for x, y, dx, dy in ends
    }
    assert (round(other.x), round(other.y)) in {(int(x), int(y)) for x, y, _, _ in ends}


def test_a_long_way_bends_to_the_pole() -> None:
    path = arc(PAVIA, SEATTLE)
    heights = [int(y) for y in re.findall(r"M\d+ (\d+)", path)]
    assert min(heights) < PAVIA.point.y - 500


def test_the_same_place_twice_is_a_dot() -> None:
    assert arc(PAVIA, PAVIA) == "M10436 1677l0 0"
    assert dot(PAVIA, 4) == "M2609 419h0"


def test_a_part_of_the_map_shows_its_points_and_lies_on_the_map() -> None:
    box = around([PAVIA.point, PERM.point], least=1_500, ratio=2)
    for point in (PAVIA.point, PERM.point):
        assert box.x < point.x < box.x + box.width
        assert box.y < point.y < box.y + box.height
    whole = around([place(-179, 70).point, place(179, -60).point], least=1_500, ratio=2)
    assert (whole.x, whole.width) == (0, WIDTH)
    assert around([PAVIA.point], least=1_500, ratio=2).width == 1_500


def test_a_city_is_drawn_with_its_links() -> None:
    ends = [End("Perm", PERM, "twinning", "pavia--perm"), End("Tokyo", TOKYO, "past", "x")]
    drawing = draw("Pavia", PAVIA, ends)
    assert [(line.kind, line.key) for line in drawing.lines] == [
        ("twinning", "pavia--perm"),
        ("past", "x"),
    ]
    assert {name.text for name in drawing.names} == {"Pavia", "Perm", "Tokyo"}
    assert next(name for name in drawing.names if name.text == "Tokyo").left
    assert drawing.home == dot(PAVIA)


def test_names_do_not_cover_each_other() -> None:
    ends = [End(f"City {n}", place(9 + n / 100, 45), "twinning", str(n)) for n in range(60)]
    assert len(draw("Pavia", PAVIA, ends).names) == 1


def test_links_of_many_and_journeys_are_drawn() -> None:
    cities = [("Pavia", PAVIA), ("Perm", PERM), ("Tokyo", TOKYO)]
    link, way = between(cities, "friendship"), journey([(cities[0], cities[1])])
    assert link is not None
    assert len(link.lines) == 3
    assert way is not None
    assert [line.kind for line in way.lines] == ["way"]
    assert between([], "twinning") is journey([]) is scattered([]) is None


def test_where_letters_are_larger_fewer_names_have_room() -> None:
    spots = [
        ("Lima", -77.0, -12.0),
        ("Pucallpa", -74.6, -8.4),
        ("A city at the margin", 139.7, 35.7),
    ]
    ends = [End(name, place(*at), "twinning", name) for name, *at in spots]
    names = draw("Pavia", PAVIA, ends).names
    assert {name.text for name in names} == {"Pavia", *(name for name, *_ in spots)}
    assert {name.text for name in names if name.narrow} >= {"Pavia"}
    assert len({"Lima", "Pucallpa"} & {name.text for name in names if name.narrow}) == 1
