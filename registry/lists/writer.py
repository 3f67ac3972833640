"""Writing lists: as CSV, GeoJSON (RFC 7946), JSON-LD with our context, and SVG."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import pyoxigraph as ox

from registry import csv_rows, terms
from registry.graphs.jsonld import TERMS, THINGS
from registry.lists import geometry
from registry.lists.geometry import Point
from registry.lists.tables import ListRow, Tables
from registry.maps import arcs
from registry.maps.arcs import MapPoint
from registry.maps.projection import HEIGHT, WIDTH
from registry.things.labels import Labels
from registry.things.lookup import Lookup

Json = dict[str, Any]
Cell = str | int | float | bool | None

SEPARATOR: Final = " | "
"""Stands between several values in one cell."""


@dataclass(frozen=True)
class Writer:
    """Writes rows of one list, with labels for one reader.

    `lookup` reads the statements of a release; `context` is the address of the JSON-LD context.
    """

    name: str
    tables: Tables
    labels: Labels
    lookup: Lookup
    context: str

    @property
    def columns(self) -> list[str]:
        """The names of the columns, also of a list without rows."""
        return COLUMNS[self.name]

    def cells(self, row: ListRow) -> dict[str, Cell]:
        """Return the cells of a row by column."""
        return _CELLS[self.name](self, row)

    def records(self, rows: Sequence[ListRow]) -> Iterator[dict[str, Cell]]:
        """Yield the cells of each row; labels are read for many rows at once."""
        for some in self._with_labels(rows):
            yield from map(self.cells, some)

    def csv(self, rows: Sequence[ListRow]) -> Iterator[str]:
        """Write a table (RFC 4180) in parts; unknown values are empty."""
        yield _lines([self.columns])
        for some in self._with_labels(rows):
            yield _lines([cell_text(cell) for cell in self.cells(row).values()] for row in some)

    def geojson(self, rows: Sequence[ListRow]) -> Iterator[str]:
        """Write features: cities as points, links as lines, all else where its cities are."""
        yield '{"type":"FeatureCollection","features":['
        yield from _members(self._with_labels(rows), self._feature)
        yield "]}\n"

    def _feature(self, row: ListRow) -> Json:
        shape = geometry.line if self.name == "links" else geometry.dots
        return {
            "type": "Feature",
            "id": row.iri,
            "geometry": shape(self._points(row)),
            "properties": {key: cell for key, cell in self.cells(row).items() if cell != ""},
        }

    def _points(self, row: ListRow) -> list[Point]:
        places = (self.tables.places.get(city) for city in row.cities)
        return [(p.longitude, p.latitude) for p in places if p and p.latitude is not None]  # type: ignore[misc]

    def svg(self, rows: Sequence[ListRow]) -> Iterator[str]:
        """Draw rows on a map without an outline: links as lines, all else as dots.

        Pages lay the lines over the world; what they refer to is the element `lines`.
        """
        draw = self._lines if self.name == "links" else self._dots
        yield _SVG_BEGINS
        for some in _batches(rows):
            yield f'<path vector-effect="non-scaling-stroke" d="{"".join(map(draw, some))}"/>\n'
        yield "</g></svg>\n"

    def _lines(self, row: ListRow) -> str:
        return "".join(arcs.arc(*pair, _UNIT) for pair in combinations(self._map_points(row), 2))

    def _dots(self, row: ListRow) -> str:
        return "".join(arcs.dot(at, _UNIT) for at in self._map_points(row))

    def _map_points(self, row: ListRow) -> list[MapPoint]:
        return [
            self.tables.map_points[city] for city in row.cities if city in self.tables.map_points
        ]

    def jsonld(self, rows: Sequence[ListRow]) -> Iterator[str]:
        """Write the statements about each thing in the terms of our context, by its address."""
        yield f'{{"@context":{json.dumps(self.context)},"@graph":['
        yield from _members(_batches(rows), lambda row: _describe(self.lookup, row.iri))
        yield "]}\n"

    def _with_labels(self, rows: Sequence[ListRow]) -> Iterator[Sequence[ListRow]]:
        """Yield batches of rows, once the labels of their cities have been read."""
        for some in _batches(rows):
            self.labels.learn(self.tables.index, {city for row in some for city in row.cities})
            yield some

    def label(self, iri: str) -> str:
        """Return the label of a thing; empty for none."""
        return self.labels.of(iri).text

    def joined_labels(self, iris: Iterable[str]) -> str:
        """Return the labels of several things in one cell."""
        return SEPARATOR.join(map(self.label, iris))


_UNIT: Final = 4
"""Units of our maps in one of these drawings: eight kilometres, half a pixel of a wide screen."""

_SVG_BEGINS: Final = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {round(HEIGHT)}" fill="none" '
    'stroke="#14566b" stroke-width="0.6" stroke-opacity="0.4" stroke-linecap="round">\n'
    f'<g id="lines" transform="scale({_UNIT})">\n'
)
"""Colours stand at the root alone, so that a page that uses the lines gives them its own."""

_BATCH: Final = 200
"""Rows that are written at once."""


def _batches(rows: Sequence[ListRow]) -> Iterator[Sequence[ListRow]]:
    return (rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH))


def _lines(cells: Iterable[Sequence[str]]) -> str:
    table = io.StringIO()
    csv_rows.Writer(table).writerows(cells)
    return table.getvalue()


def _members(rows: Iterable[Sequence[ListRow]], write: Callable[[ListRow], Json]) -> Iterator[str]:
    """Write the members of an array in JSON, a line each."""
    before = "\n"
    for some in rows:
        yield before + ",\n".join(json.dumps(write(row), ensure_ascii=False) for row in some)
        before = ",\n"
    yield "\n"


def cell_text(cell: Cell) -> str:
    """Write a cell as text: unknown is empty, truth is `true` or `false`, as in XML Schema."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell)


def _city(writer: Writer, row: ListRow) -> dict[str, Cell]:
    place = writer.tables.places[row.iri]
    return {
        "iri": row.iri,
        "name": writer.label(row.iri),
        "country": place.country,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "population": place.population or None,
        "geonames": place.geonames or None,
        "wikidata": SEPARATOR.join(writer.tables.index.items(place)),
        **row.figures,
    }


def _link(writer: Writer, row: ListRow) -> dict[str, Cell]:
    first, others = row.cities[0], row.cities[1:]
    countries = writer.tables.places
    return {
        "iri": row.iri,
        "kind": row.kind,
        "status": row.status,
        "as_of": row.figures["as_of"],
        **_source(writer, row, "status_by"),
        "last_confirmed": row.confirmed,
        **_source(writer, row, "confirmed_by"),
        "not_listed_since": row.figures["not_listed_since"],
        **_source(writer, row, "not_listed_by"),
        "start": row.start,
        "end": row.end,
        "sources": row.figures["sources"],
        "contested": row.figures["contested"],
        "city": first,
        "city_name": writer.label(first),
        "city_country": countries[first].country if first in countries else "",
        "other": SEPARATOR.join(others),
        "other_name": writer.joined_labels(others),
        "other_country": SEPARATOR.join(countries[o].country for o in others if o in countries),
    }


def _source(writer: Writer, row: ListRow, column: str) -> dict[str, Cell]:
    """Return the address of a document, and in a column of its own what it is called."""
    document = str(row.figures[column])
    return {column: document, f"{column}_name": writer.label(document)}


def _practice(writer: Writer, row: ListRow) -> dict[str, Cell]:
    heritage = {"heritage": SEPARATOR.join(row.heritage)}
    return {**_what(writer, row), **heritage, **_where(writer, row), **row.figures}


def _programme(writer: Writer, row: ListRow) -> dict[str, Cell]:
    return {**_what(writer, row), "start": row.start, "end": row.end, **_where(writer, row)}


def _what(writer: Writer, row: ListRow) -> dict[str, Cell]:
    topics = SEPARATOR.join(row.topics)
    return {"iri": row.iri, "name": writer.label(row.iri), "kind": row.kind, "topics": topics}


def _where(writer: Writer, row: ListRow) -> dict[str, Cell]:
    return {"cities": SEPARATOR.join(row.cities), "city_names": writer.joined_labels(row.cities)}


_CELLS: Final[dict[str, Callable[[Writer, ListRow], dict[str, Cell]]]] = {
    "cities": _city,
    "links": _link,
    "practices": _practice,
    "programmes": _programme,
}

COLUMNS: Final = {
    "cities": (
        "iri name country latitude longitude population geonames wikidata links twins not_confirmed"
    ).split(),
    "links": (
        "iri kind status as_of status_by status_by_name last_confirmed confirmed_by "
        "confirmed_by_name not_listed_since not_listed_by not_listed_by_name start end sources "
        "contested city city_name city_country other other_name other_country"
    ).split(),
    "practices": "iri name kind topics heritage cities city_names origin transfers".split(),
    "programmes": "iri name kind topics start end cities city_names".split(),
}
"""The columns of each list."""


def _describe(lookup: Lookup, iri: str) -> Json:
    """Return the statements about a thing, in the terms of our context."""
    types = [terms.compact(one) for one in lookup.iris(iri, "rdf:type")]
    node: Json = {"id": iri, "type": types}
    for term, name in TERMS.items():
        values = [_value(term, value) for value in lookup.objects(iri, name)]
        if values:
            node[term] = values if len(values) > 1 else values[0]
    return node


def _value(term: str, value: ox.NamedNode | ox.BlankNode | ox.Literal) -> Any:
    if not isinstance(value, ox.Literal):
        return value.value if term in THINGS else {"id": value.value}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    datatype = terms.compact(value.datatype.value)
    return value.value if datatype == "xsd:string" else {"@value": value.value, "@type": datatype}
