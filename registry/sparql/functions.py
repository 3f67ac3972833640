"""The functions of GeoSPARQL 1.1 that the engine has, and what it takes: all else is refused.

Beside these it knows `geof:area`, which takes a polygon that is drawn clockwise for the rest of the
Earth, and of arguments that it cannot read it makes no value and no error. So a call that can have
no value is refused by its tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from registry import terms
from registry.problems import Problem
from registry.sparql.tokens import Token

UNITS: Final = tuple(terms.UOM + name for name in ("metre", "kilometre", "meter", "kilometer"))

_OF_ONE: Final = (
    "asGeoJSON centroid convexHull coordinateDimension dimension envelope getSRID isEmpty isSimple "
    "spatialDimension"
).split()
_OF_TWO: Final = (
    "difference ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap "
    "intersection rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi sfContains "
    "sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin symDifference union"
).split()
_MEASURES: Final = {"distance": 3, "length": 2, "perimeter": 2}
"""Functions whose last argument is a unit of length."""

_ARGUMENTS: Final[Mapping[str, int]] = {
    **dict.fromkeys(_OF_ONE, 1),
    **dict.fromkeys(_OF_TWO, 2),
    **_MEASURES,
    "relate": 3,
}
"""How many arguments each takes."""

FUNCTIONS: Final = tuple(terms.GEOF + name for name in sorted(_ARGUMENTS, key=str.lower))
"""The functions that are offered, each proven by a test."""

MEASURES: Final = frozenset(terms.GEOF + name for name in _MEASURES)


Names = Callable[[Token], str]
"""Returns the IRI that a token stands for, empty where it stands for none."""


@dataclass(frozen=True)
class Call:
    """A call of a function by its IRI, and the tokens of each argument."""

    function: str
    arguments: tuple[tuple[Token, ...], ...]


def calls(found: Sequence[Token], named: Names) -> Iterator[Call]:
    """Yield the calls of functions of GeoSPARQL."""
    for at, (token, after) in enumerate(pairwise(found), start=1):
        if after.text == "(" and (iri := named(token)).startswith(terms.GEOF):
            yield Call(iri, arguments(found, at))


def arguments(found: Sequence[Token], at: int) -> tuple[tuple[Token, ...], ...]:
    """Return the tokens of each argument of a call, whose bracket opens at an index."""
    depth, read = 0, [list[Token]()]
    for token in found[at:]:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            break
        if depth == 1 and token.text == ",":
            read.append([])
        elif token is not found[at]:
            read[-1].append(token)
    return tuple(map(tuple, read)) if read[0] else ()


def refusal(call: Call, named: Names) -> Problem | None:
    """Return why a call of a function of GeoSPARQL has no answer; None where it may have one."""
    name = call.function.removeprefix(terms.GEOF)
    if name not in _ARGUMENTS:
        return _unknown(f"there is no function <{call.function}>")
    number = _ARGUMENTS[name]
    if len(call.arguments) != number:
        return _unknown(f"geof:{name} has {len(call.arguments)} arguments, and takes {number}")
    if name in _MEASURES and len(last := call.arguments[-1]) == 1:
        unit = named(last[0])
        if unit and unit not in UNITS:
            return _unknown(f"geof:{name} measures in uom:metre or uom:kilometre, not in <{unit}>")
    return None


def _unknown(detail: str) -> Problem:
    return Problem("unknown-function", detail)
