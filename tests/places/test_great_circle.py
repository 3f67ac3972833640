"""Great circles: points on the shortest way, and one cut, on the circle, at the antimeridian."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.places.great_circle import SpherePoint, midpoint, shortest_line, sphere_point

LATITUDES = st.one_of(st.floats(-90, 90), st.floats(80, 90), st.floats(-90, -80))
LONGITUDES = st.one_of(st.floats(-180, 180), st.sampled_from((-180.0, 0.0, 180.0)))
POINTS = st.builds(sphere_point, LONGITUDES, LATITUDES)
STEPS = st.floats(0.02, 1.5)
NEAR = 1e-7
"""Radians: less than a metre."""


def angle(one: SpherePoint, other: SpherePoint) -> float:
    """The angle of two points, by their chord, which is exact for near ones."""
    chord = math.dist(one[2:], other[2:]) / 2
    return 2 * math.asin(min(1.0, chord))


def opposite(point: SpherePoint) -> SpherePoint:
    turn = -180 if point.longitude > 0 else 180
    return sphere_point(point.longitude + turn, -point.latitude)


def check(
    parts: list[list[SpherePoint]], start: SpherePoint, end: SpherePoint, step: float
) -> None:
    assert len(parts) in {1, 2}
    assert angle(parts[0][0], start) < NEAR
    assert angle(parts[-1][-1], end) < NEAR
    pairs = [pair for part in parts for pair in itertools.pairwise(part)]
    # Nothing is as short as the shortest way but a way along it.
    assert sum(angle(*pair) for pair in pairs) == pytest.approx(angle(start, end), abs=NEAR)
    for one, other in pairs:
        assert angle(one, other) <= step + NEAR
        assert abs(one.longitude - other.longitude) <= 180
    for point in itertools.chain.from_iterable(parts):
        told = sphere_point(point.longitude, point.latitude)
        assert angle(told, point) < NEAR
        assert math.hypot(*point[2:]) == pytest.approx(1)
    for before, after in itertools.pairwise(parts):
        assert len(before) > 1
        assert len(after) > 1
        assert abs(before[-1].longitude) == 180
        assert before[-1].longitude == -after[0].longitude
        assert before[-1].latitude == after[0].latitude


@given(POINTS, POINTS, STEPS)
def test_a_line_is_the_shortest_and_is_cut_on_the_circle(
    start: SpherePoint, end: SpherePoint, step: float
) -> None:
    check(shortest_line(start, end, step), start, end, step)


@given(POINTS, STEPS)
def test_lines_between_opposite_points_are_half_a_circle(start: SpherePoint, step: float) -> None:
    end = opposite(start)
    check(shortest_line(start, end, step), start, end, step)


@given(LONGITUDES, LATITUDES, LATITUDES, st.floats(-1e-9, 1e-9), STEPS)
def test_lines_over_a_pole_are_cut_there_if_at_all(
    longitude: float, one: float, other: float, off: float, step: float
) -> None:
    beyond = longitude - 180 if longitude > 0 else longitude + 180
    beyond = max(-180.0, min(180.0, beyond + off))
    start, end = sphere_point(longitude, one), sphere_point(beyond, other)
    check(shortest_line(start, end, step), start, end, step)


@given(st.sampled_from((-180.0, 180.0)), st.sampled_from((-180.0, 180.0)), LATITUDES, LATITUDES)
def test_a_line_along_the_antimeridian_stays_on_one_side(
    first: float, second: float, one: float, other: float
) -> None:
    start, end = sphere_point(first, one), sphere_point(second, other)
    parts = shortest_line(start, end, 0.1)
    check(parts, start, end, 0.1)
    assert {point.longitude for part in parts for point in part} == {first}


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("reverse", [False, True])
def test_an_end_on_the_antimeridian_is_on_the_side_of_its_line(side: int, reverse: bool) -> None:
    start, end = sphere_point(side * 180.0, 10), sphere_point(side * -170.0, 20)
    start, end = (end, start) if reverse else (start, end)
    (part,) = shortest_line(start, end, 0.5)
    assert {math.copysign(1, point.longitude) for point in part} == {-side}


@given(POINTS, POINTS)
def test_the_midpoint_is_as_far_from_both_ends(one: SpherePoint, other: SpherePoint) -> None:
    whole = angle(one, other)
    if whole < 3:
        middle = midpoint(one, other)
        assert angle(one, middle) == pytest.approx(whole / 2, abs=NEAR)
        assert angle(middle, other) == pytest.approx(whole / 2, abs=NEAR)
