"""Positions near others: the few that may be are listed, before the engine measures all of them.

    ?g geo:asWKT ?w FILTER(geof:distance(?w, "POINT(9 45)"^^geo:wktLiteral, uom:metre) < 50000)
    ─▶ VALUES ?w { "POINT(9.1 45.2)"^^geo:wktLiteral … } LATERAL { ?g geo:asWKT ?w } and the filter

Each value of `geo:asWKT` in the default graph that can pass the filter is listed, and each solution
of the group has one such value, so that the answer stays the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pyoxigraph as ox
from rdflib import XSD, Literal, URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry import terms
from registry.places.wkt import POINT, Box, Positions
from registry.sparql.planner.rewriting import Rewritten, checked, conjuncts
from registry.sparql.planner.syntax import (
    Unwritable,
    block_of,
    children,
    copied,
    is_short,
    limited,
    node,
    parts_of,
    read,
    triples_of,
    unwrapped,
    write,
)

GEO: Final = "http://www.opengis.net/ont/geosparql#"
_WKT: Final = f"{GEO}wktLiteral"
METRE: Final = terms.UOM + "metre"

_MOST_LISTED: Final = 5_000
"""Positions that are listed; for more of them it is as fast to measure all."""

_MOST_CENTRES: Final = 10
"""Positions that a variable may have whose distance is asked for."""

_DEGREE: Final = 111_000.0
"""Metres of a degree of latitude, or a little less: no position is passed over."""

_MARGIN: Final = 1.01
"""What distances are multiplied by, whichever radius of the earth the engine takes."""

_JOINED: Final = frozenset({"TriplesBlock", "InlineData", "GroupOrUnionGraphPattern", "Filter"})
"""Parts that may stand before or after a block."""

_NUMBER: Final = re.compile(r"-?[0-9.]+")

Triple = tuple[Any, Any, Any]
Tree = tuple[list[CompValue], CompValue]
"""The declarations of a query, and the query proper."""


def solved(store: ox.Store, query: str) -> list[str]:
    """Return the literals of WKT in the only column of a query."""
    solutions = store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    (column,) = solutions.variables
    terms = [row[column.value] for row in solutions]
    return [t.value for t in terms if isinstance(t, ox.Literal) and t.datatype.value == _WKT]


def bounds_distance(query: str) -> bool:
    """Whether a query may have a filter that lets a few positions pass."""
    return "distance" in query or "sfWithin" in query


def listing_near(planned: Rewritten, store: ox.Store, positions: Positions) -> Rewritten | None:
    """List the positions that filters of distance let pass; None where that is not certain."""
    if not is_short(planned.text):
        return None
    try:
        with limited():
            prologue, tree = copied(planned.tree) if planned.tree else read(planned.text)
        listing = _Listing(prologue, store, positions)
        listing.groups(tree)
        if not listing.listed:
            return None
        with limited():
            text = checked(write(prologue, tree))
    except (Unwritable, TimeoutError, RecursionError):
        return None
    return replace(planned, text=text, steps=(*planned.steps, LISTED), tree=(prologue, tree))


LISTED: Final = "positions near enough are listed"


class _Listing:
    """Lists positions in the groups of a tree, in its place."""

    def __init__(
        self, prologue: Sequence[CompValue], store: ox.Store, positions: Positions
    ) -> None:
        self._prologue, self._store, self._positions = prologue, store, positions
        self._prefixes = {one.prefix or "": str(one.iri) for one in prologue if one.iri}
        if any(one.name == "Base" for one in prologue):
            raise Unwritable("names are relative to a base")
        self.listed = 0

    def groups(self, value: Any) -> None:
        """List positions in all groups of a part, outside of GRAPH."""
        if isinstance(value, CompValue):
            if value.name == "GraphGraphPattern":
                return
            if value.name == "GroupGraphPatternSub":
                self._group(value)
        for one in children(value):
            self.groups(one)

    def _group(self, group: CompValue) -> None:
        blocks = [part for part in parts_of(group) if part.name == "TriplesBlock"]
        triples = [triple for block in blocks for triple in triples_of(block)]
        filters = [part for part in parts_of(group) if part.name == "Filter"]
        for condition in (one for part in filters for one in conjuncts(part.expr)):
            found = self._bounded(condition, triples)
            block = self._binding(found[0], parts_of(group)) if found else None
            if found is None or block is None:
                continue
            name, boxes = found
            values = sorted(self._positions.within(boxes))
            if len(values) <= _MOST_LISTED:
                rows = [[Literal(text, datatype=URIRef(_WKT))] for text in values]
                listed = node("InlineData", var=[name], value=rows)
                inner = node("GroupGraphPatternSub", part=[block])
                # The engine would begin with the block where many values are listed.
                joined = node("LateralGraphPattern", graph=inner)
                others = [part for part in parts_of(group) if part is not block]
                group["part"] = [listed, joined, *others]
                self.listed += 1
                return

    def _binding(self, name: Variable, parts: Sequence[CompValue]) -> CompValue | None:
        """Return the block that gives a variable a value of `geo:asWKT`, if it may stand first."""
        for part in parts:
            if part.name not in _JOINED:
                return None
            if part.name == "TriplesBlock" and any(
                value == name and self._ends_in_wkt(path) for _, path, value in triples_of(part)
            ):
                return part
        return None

    def _ends_in_wkt(self, path: Any) -> bool:
        while isinstance(path, CompValue) and path.name != "pname" and path.part is not None:
            if path.mod or path.name in {"PathEltOrInverse", "PathNegatedPropertySet"}:
                return False
            parts = path.part if isinstance(path.part, list) or _is_list(path.part) else [path.part]
            if path.name == "PathAlternative" and len(parts) > 1:
                return False
            path = parts[-1]
        return self._iri(path) == f"{GEO}asWKT"

    def _bounded(
        self, condition: Any, triples: Sequence[Triple]
    ) -> tuple[Variable, list[Box]] | None:
        """Return the variable that a condition bounds, and the boxes that it may be in."""
        value = unwrapped(condition)
        if not isinstance(value, CompValue):
            return None
        if value.name == "Function":
            return self._inside(value)
        if value.name != "RelationalExpression" or value.op not in {"<", "<=", ">", ">="}:
            return None
        sides = (value.expr, value.other) if value.op in {"<", "<="} else (value.other, value.expr)
        return self._nearer(unwrapped(sides[0]), _number(unwrapped(sides[1])), triples)

    def _nearer(
        self, call: Any, metres: float | None, triples: Sequence[Triple]
    ) -> tuple[Variable, list[Box]] | None:
        """Return what a distance that is less than some metres bounds."""
        if metres is None or not self._calls(call, "distance", 3):
            return None
        one, other, unit = map(unwrapped, call.expr)
        if self._iri(unit) == METRE:
            for name, centre in ((one, other), (other, one)):
                centres = self._centres(centre, triples)
                if isinstance(name, Variable) and centres:
                    return name, [box for at in centres for box in _around(*at, metres)]
        return None

    def _inside(self, call: CompValue) -> tuple[Variable, list[Box]] | None:
        """Return what geof:sfWithin of a constant shape bounds."""
        if not self._calls(call, "sfWithin", 2):
            return None
        name, shape = map(unwrapped, call.expr)
        text = self._wkt(shape)
        if not isinstance(name, Variable) or text is None or not text.startswith("POLYGON"):
            return None
        numbers = [float(one) for one in _NUMBER.findall(text)]
        east, north = numbers[::2], numbers[1::2]
        if not north or len(east) != len(north):
            return None
        return name, [Box(min(north), max(north), min(east), max(east))]

    def _centres(self, value: Any, triples: Sequence[Triple]) -> list[tuple[float, float]]:
        """Return the few points that a constant, or a variable of a constant thing, may be."""
        if isinstance(value, Variable):
            leading = _leading_to(value, triples)
            if not leading:
                return []
            select = node(
                "SelectQuery",
                modifier="DISTINCT",
                projection=[node("vars", var=value)],
                where=node("GroupGraphPatternSub", part=[block_of(leading)]),
            )
            texts = solved(self._store, write(self._prologue, select))
        else:
            text = self._wkt(value)
            texts = [] if text is None else [text]
        points = [POINT.fullmatch(text) for text in texts[: _MOST_CENTRES + 1]]
        if not all(points) or len(points) > _MOST_CENTRES:
            return []
        return [(float(one[1]), float(one[2])) for one in points if one]

    def _calls(self, value: Any, name: str, count: int) -> bool:
        """Whether a value is a call of a function of GeoSPARQL."""
        is_call = isinstance(value, CompValue) and value.name == "Function"
        return bool(
            is_call and self._iri(value.iri) == terms.GEOF + name and len(value.expr or ()) == count
        )

    def _wkt(self, value: Any) -> str | None:
        """Return the text of a literal of WKT without a reference system."""
        if isinstance(value, Literal):
            return str(value) if str(value.datatype) == _WKT else None
        if isinstance(value, CompValue) and value.name == "literal" and value.datatype is not None:
            return str(value.string) if self._iri(value.datatype) == _WKT else None
        return None

    def _iri(self, value: Any) -> str:
        if isinstance(value, CompValue) and value.name == "pname":
            return self._prefixes.get(value.prefix or "", "") + str(value.localname or "")
        return str(value) if isinstance(value, URIRef) else ""


def _is_list(value: Any) -> bool:
    return not isinstance(value, CompValue | URIRef)


def _number(value: Any) -> float | None:
    """Return a constant number that is written as such, or with its datatype."""
    is_typed = isinstance(value, CompValue) and value.name == "literal"
    literal = Literal(value.string, datatype=value.datatype) if is_typed else value
    if not isinstance(literal, Literal) or literal.datatype not in _NUMBERS:
        return None
    return float(literal)


_NUMBERS: Final = frozenset({XSD.integer, XSD.decimal, XSD.double})


def _leading_to(name: Variable, triples: Sequence[Triple]) -> list[Triple]:
    """Return triples that lead from a constant thing to a variable, one after the other."""
    found: list[Triple] = []
    sought: Any = name
    for _ in range(3):
        before = next((triple for triple in triples if triple[2] == sought), None)
        if before is None:
            return []
        found.insert(0, before)
        sought = before[0]
        if not isinstance(sought, Variable):
            named = isinstance(sought, URIRef) or getattr(sought, "name", "") == "pname"
            return found if named else []
    return []


def _around(longitude: float, latitude: float, metres: float) -> Iterator[Box]:
    """Yield the boxes in which all points lie that are no farther from one than a distance."""
    reach = max(metres, 0) * _MARGIN / _DEGREE + 1e-6
    south, north = latitude - reach, latitude + reach
    if south <= -89 or north >= 89:
        yield Box(south, north, -180, 180)
        return
    # The meridians that touch a circle on the sphere are these, in degrees from its centre.
    ratio = math.sin(math.radians(min(reach, 90))) / math.cos(math.radians(latitude))
    wide = math.degrees(math.asin(ratio)) + 1e-6 if ratio < 1 else 180.0
    west, east = longitude - wide, longitude + wide
    if wide >= 180:
        yield Box(south, north, -180, 180)
    else:
        yield Box(
            south, north, west + 360 if west < -180 else west, east - 360 if east > 180 else east
        )
