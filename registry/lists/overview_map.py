"""The map of a list as pages show it without scripts, and print it: a drawing of few lines.

Of many links it shows the strongest ties of countries, as wide as they are strong, and countries
as dots; of few it shows each link and city.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from registry.lists.atlas import Atlas, Overview
from registry.lists.tables import ListRow, Tables
from registry.maps.arcs import MapPoint, arc, dot, place
from registry.maps.projection import HEIGHT, WIDTH
from registry.things.standing import HOLDING

FEW: Final = 400
"""Links or cities that are drawn one by one."""

_STRONGEST: Final = 300
"""Ties of countries that are drawn: those that are left out are of few links each."""

_UNIT: Final = 4
"""Units of our maps in one of these drawings: eight kilometres, half a pixel of a wide screen."""

_WIDEST, _LARGEST = 7, 9
"""The highest powers of two that still make a line wider, and a dot larger."""

Mark = tuple[float, float]
"""The width of a stroke, and its opacity."""


def draw(atlas: Atlas, tables: Tables, name: str, rows: Sequence[ListRow]) -> str:
    """Draw the rows of a list, without the outline of the world.

    Pages lay it over the world; what they refer to is the element `drawn`.
    """
    cities = {city for row in rows for city in row.cities} & tables.map_points.keys()
    is_few = len(rows) <= FEW and len(cities) <= FEW
    seen = atlas.overview(name, () if is_few else rows)
    lines = _each(tables, rows) if is_few else _ties(atlas, seen)
    dots = _cities(tables, sorted(cities)) if is_few else _countries(atlas, seen)
    return f"{_BEGINS}{''.join(_paths(lines))}{''.join(_paths(dots))}</g></svg>\n"


_BEGINS: Final = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {round(HEIGHT)}" fill="none" '
    'stroke="#14566b" stroke-linecap="round">\n'
    f'<g id="drawn" transform="scale({_UNIT})">\n'
)
"""The colour stands at the root alone, so that a page that uses the drawing gives it its own."""


def _paths(marks: Iterable[tuple[Mark, str]]) -> Iterable[str]:
    """Yield one path for all that is drawn alike, the faintest first."""
    alike: defaultdict[Mark, list[str]] = defaultdict(list)
    for mark, path in marks:
        alike[mark].append(path)
    for (width, opacity), paths in sorted(alike.items(), key=lambda one: one[0][::-1]):
        shown = f'stroke-width="{width}" stroke-opacity="{opacity}"'
        yield f'<path vector-effect="non-scaling-stroke" {shown} d="{"".join(paths)}"/>\n'


def _each(tables: Tables, rows: Sequence[ListRow]) -> Iterable[tuple[Mark, str]]:
    """Yield the lines of each link; those that do not hold or are not confirmed are fainter."""
    for row in rows:
        points = [tables.map_points[city] for city in row.cities if city in tables.map_points]
        mark = (1.3, 0.75) if row.status in HOLDING else (1, 0.35)
        yield from ((mark, arc(*pair, _UNIT)) for pair in combinations(points, 2))


def _ties(atlas: Atlas, seen: Overview) -> Iterable[tuple[Mark, str]]:
    """Yield the lines between countries, the strongest ties alone."""
    for flow in sorted(seen.flows, key=lambda one: -one.links)[:_STRONGEST]:
        one, other = _anchor(atlas, flow.one), _anchor(atlas, flow.other)
        if one and other:
            power = min(round(math.log2(flow.links)), _WIDEST)
            opacity = 0.55 if 2 * flow.unsure <= flow.links else 0.3
            yield (round(0.4 + power * 0.35, 1), opacity), arc(one, other, _UNIT)


def _cities(tables: Tables, cities: Sequence[str]) -> Iterable[tuple[Mark, str]]:
    return (((4, 1), dot(tables.map_points[city], _UNIT)) for city in cities)


def _countries(atlas: Atlas, seen: Overview) -> Iterable[tuple[Mark, str]]:
    """Yield a dot for each country, larger where it has more links, or more cities."""
    for country in seen.countries:
        if at := _anchor(atlas, country.code):
            power = min(round(math.log2(max(country.links or country.cities, 1))), _LARGEST)
            yield (2 + power, 1), dot(at, _UNIT)


def _anchor(atlas: Atlas, code: str) -> MapPoint | None:
    at = atlas.anchors.get(code)
    return place(at.longitude, at.latitude) if at else None
