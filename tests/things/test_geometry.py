"""Great circles as GeoJSON lines: they are shortest, and cut at the antimeridian."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.lists.geometry import Point, dots, great_circle, line
from registry.places.position import distance

POINTS = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
TOKYO, SAN_FRANCISCO = (139.69, 35.69), (-122.42, 37.77)


def length(parts: list[list[Point]]) -> float:
    """Give the kilometres of a line, without the step over the antimeridian."""
    return sum(
        distance(a[1], a[0], b[1], b[0]) for part in parts for a, b in itertools.pairwise(part)
    )


@given(POINTS, POINTS)
@example((103.028, -83.453), (-77.048, -83.815))  # 9 % too long where the cut was interpolated.
def test_a_line_is_the_shortest_way(start: Point, end: Point) -> None:
    away = distance(start[1], start[0], end[1], end[0])
    parts = great_circle(start, end)
    # Each end is rounded by eight metres at most.
    assert length(parts) == pytest.approx(away, rel=1e-6, abs=0.05)
    assert _off(parts[0][0], start) < 0.01
    assert _off(parts[-1][-1], end) < 0.01


def _off(one: Point, other: Point) -> float:
    """Kilometres between two points; the longitudes 180 and -180 are the same."""
    return distance(one[1], one[0], other[1], other[0])


@pytest.mark.conforms("RFC 7946", "3.1.9", "lines are cut at the antimeridian")
@given(POINTS, POINTS)
def test_no_part_crosses_the_antimeridian(start: Point, end: Point) -> None:
    parts = great_circle(start, end)
    for part in parts:
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in part)
        assert all(abs(a[0] - b[0]) <= 180.001 for a, b in itertools.pairwise(part))
        assert len(part) >= 2
    for before, after in itertools.pairwise(parts):
        assert before[-1][0] == -after[0][0]
        assert before[-1][1] == after[0][1]


def test_the_pacific_is_crossed_by_two_lines() -> None:
    geometry = line([TOKYO, SAN_FRANCISCO])
    assert geometry
    assert geometry["type"] == "MultiLineString"
    west, east = geometry["coordinates"]
    assert (west[-1][0], east[0][0]) == (180.0, -180.0)
    assert 40 < west[-1][1] < 55


def test_places_without_a_line() -> None:
    assert line([]) is None
    assert line([TOKYO]) is None
    assert dots([]) is None
    assert dots([TOKYO]) == {"type": "Point", "coordinates": TOKYO}
    assert dots([TOKYO, SAN_FRANCISCO]) == {
        "type": "MultiPoint",
        "coordinates": [TOKYO, SAN_FRANCISCO],
    }
