"""What maps show of a list: how countries are linked, and where its cities and links are.

Cities have numbers of their own in a release: those of a country follow each other, and those that
are near to each other are mostly near in number, too, so that what a map loads is short.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import combinations
from typing import Any, Final, NamedTuple

from registry import terms
from registry.lists.tables import TABLES, ListRow, Tables
from registry.maps.arcs import MapPoint
from registry.places.great_circle import SpherePoint, middle
from registry.releases.reading import View
from registry.things.age import years_since
from registry.things.standing import HOLDING, drawn
from registry.views.names import Thing

PER_DEGREE: Final = 200
"""Steps of positions in a degree: half a kilometre, less than a pixel of the closest map."""

_BITS: Final = 16


class Standing(NamedTuple):
    """What a map shows of a country: its code, links, and cities that have part in them."""

    code: str
    links: int
    cities: int


class Flow(NamedTuple):
    """The links between two countries, and those of them that do not hold or are not confirmed."""

    one: str
    other: str
    links: int
    unsure: int


@dataclass(frozen=True)
class Overview:
    """The rows of a list by country: how many there are, and how countries are linked.

    `rows` counts the whole list, `cities` those that have part in it; `unplaced` are rows without
    a place on maps.
    """

    rows: int
    cities: int
    unplaced: int
    countries: tuple[Standing, ...]
    flows: tuple[Flow, ...]


class Atlas:
    """The numbers and places of the cities of a release, and what maps show of its lists."""

    def __init__(self, tables: Tables, as_of: str) -> None:
        self._tables = tables
        # A world of links was confirmed at some hundred dates.
        self._years_since = cache(partial(years_since, today=as_of))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The IRIs of cities with a place, in the order of their numbers."""
        cities = self._tables.places
        ordered = sorted((cities[iri].country, *_curve(cities[iri])) for iri in self._points)
        return tuple(iri for *_, iri in ordered)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The numbers of cities with a place, by IRI."""
        return {iri: number for number, iri in enumerate(self.order)}

    @cached_property
    def anchors(self) -> Mapping[str, SpherePoint]:
        """Where countries stand on maps: in the middle of their cities.

        A city counts once, and once more for each of its links.
        """
        degrees = Counter(city for row in self._tables.links for city in row.cities)
        weighed: defaultdict[str, list[tuple[SpherePoint, int]]] = defaultdict(list)
        for iri, at in self._points.items():
            weighed[self._tables.places[iri].country].append((at.globe, 1 + degrees[iri]))
        return {code: middle(points) for code, points in sorted(weighed.items()) if code}

    @property
    def _points(self) -> Mapping[str, MapPoint]:
        return self._tables.map_points

    def overview(self, name: str, rows: Sequence[ListRow]) -> Overview:
        """Count the rows of a list by country, and its links by each two countries."""
        places = self._tables.places
        of_countries: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        unsure: Counter[tuple[str, str]] = Counter()
        unplaced = 0
        for row in rows:
            known = self._tables.countries(row)
            of_countries.update(known)
            unplaced += not self._is_placed(row)
            for pair in combinations(sorted(known), 2):
                pairs[pair] += 1
                unsure[pair] += row.status not in HOLDING
        cities = {city for row in rows for city in row.cities if city in places}
        in_country = Counter(places[city].country for city in cities)
        links = of_countries if name == "links" else Counter[str]()
        return Overview(
            len(rows),
            len(cities),
            unplaced,
            tuple(Standing(code, links[code], in_country[code]) for code in sorted(of_countries)),
            tuple(Flow(*pair, pairs[pair], unsure[pair]) for pair in sorted(pairs)),
        )

    def _is_placed(self, row: ListRow) -> bool:
        """Whether a row is seen on a map: a link needs two cities with a place."""
        needed = min(2, len(row.cities))
        return bool(needed) and sum(city in self.numbers for city in row.cities) >= needed

    def table(self, name: str, rows: Sequence[ListRow]) -> dict[str, Any]:
        """Return the cities of rows, and the links among them, as columns of small numbers.

        Numbers are differences to those before. `of` of a city is its number in the release, `size`
        the binary digits of its inhabitants, and `countries` has the code and number of the cities
        of each country in turn. A link has its
        cities by their position in this table, the later one as the difference to the first or, of
        one city's links, to that before. `more` are references and cities of links that are not
        named after two cities. `states` are kinds and status, and how lines are drawn.
        """
        shown = [row for row in rows if self._is_placed(row)]
        numbers = sorted({n for row in shown for n in self._numbered(row.cities)})
        cities = [self._tables.places[self.order[number]] for number in numbers]
        counted = Counter(city.country for city in cities)
        return {
            "of": _differences(numbers),
            "lon": _differences(round(PER_DEGREE * (city.longitude or 0)) for city in cities),
            "lat": _differences(round(PER_DEGREE * (city.latitude or 0)) for city in cities),
            "size": [city.population.bit_length() for city in cities],
            "countries": list(counted.items()),
            "links": self._links(shown, numbers) if name == "links" else _NO_LINKS,
        }

    def _numbered(self, cities: Iterable[str]) -> list[int]:
        return sorted(self.numbers[city] for city in cities if city in self.numbers)

    def _links(self, rows: Sequence[ListRow], numbers: Sequence[int]) -> dict[str, Any]:
        """Return the columns of links, in the order of their cities."""
        position = {number: at for at, number in enumerate(numbers)}
        placed = sorted(
            ([position[n] for n in self._numbered(row.cities)], row.iri, row) for row in rows
        )
        stands = [self._state(row) for *_, row in placed]
        states = sorted(set(stands))
        numbered = {state: at for at, state in enumerate(states)}
        firsts = _differences(cities[0] for cities, _, _ in placed)
        seconds, before = [], (-1, 0)
        for cities, _, _ in placed:
            first, second = cities[:2]
            seconds.append(second - (before[1] if before[0] == first else first))
            before = first, second
        return {
            "first": firsts,
            "second": seconds,
            "states": states,
            "state": [numbered[state] for state in stands],
            "since": [int(row.start[:4]) if row.start[:4].isdecimal() else 0 for *_, row in placed],
            "more": {
                at: [row.iri.removeprefix(_LINK), *cities[2:]]
                for at, (cities, _, row) in enumerate(placed)
                if row.iri != _named_after(row.cities)
            },
        }

    def _state(self, row: ListRow) -> tuple[str, str, str]:
        """Return the kind and status of a link, and how its line is drawn."""
        is_old = self._years_since(row.confirmed) > 0
        return row.kind, row.status, drawn(row.kind, row.status, is_old=is_old)


_LINK: Final = terms.thing("link", "")
_NO_LINKS: Final[dict[str, Any]] = {
    **{"first": [], "second": [], "states": [], "state": [], "since": []},
    "more": {},
}


def _named_after(cities: Sequence[str]) -> str:
    """Return the IRI that a link of two cities has."""
    refs = sorted(terms.kind_and_ref(city)[1] for city in cities)  # type: ignore[index]
    return _LINK + "--".join(refs) if len(refs) == 2 else ""


def _differences(values: Iterable[int]) -> list[int]:
    """Return each number as the difference to that before.

    >>> _differences([7, 9, 8])
    [7, 2, -1]
    """
    found, before = [], 0
    for value in values:
        found.append(value - before)
        before = value
    return found


def _curve(city: Thing) -> tuple[int, str]:
    """Return the place of a city on Morton's curve, which keeps near what is near."""
    east = int(((city.longitude or 0) + 180) / 360 * ((1 << _BITS) - 1))
    north = int(((city.latitude or 0) + 90) / 180 * ((1 << _BITS) - 1))
    bits = ((east >> n & 1) << 2 * n | (north >> n & 1) << 2 * n + 1 for n in range(_BITS))
    return sum(bits), city.iri


ATLAS: Final = View("atlas", lambda release: Atlas(release.view(TABLES), release.manifest.as_of))
"""It is counted when somebody first asks for it, so that publishing does not wait."""
