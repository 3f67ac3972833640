"""What shapes read around a node: their paths and constraints as paths from the focus node.

https://www.w3.org/TR/shacl/ , sections 2.1.3 (targets), 2.3.1 (paths) and 4 (core constraints).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from registry.publishing.impact.of_targets import INSTANCE, target
from registry.publishing.impact.paths import ANY, Path, Step, repeated

TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)

_SHAPES: Final = (SH.node, SH.property, SH["not"], SH.qualifiedValueShape)
_SHAPE_LISTS: Final = (SH["and"], SH["or"], SH.xone)
_PAIRS: Final = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)

_DEPTH: Final = 15
"""Shapes within shapes, as many as pySHACL follows."""

_READ_NOTHING: Final = frozenset(
    str(SH) + name
    for name in """
    path ignoredProperties deactivated datatype nodeKind hasValue in minCount maxCount uniqueLang
    languageIn minLength maxLength pattern flags minInclusive maxInclusive minExclusive
    maxExclusive qualifiedMinCount qualifiedMaxCount qualifiedValueShapesDisjoint message severity
    name description order group sparql
    """.split()
)
"""What shapes say that reads nothing by itself, or, as `sh:sparql`, is validated elsewhere."""

_UNDERSTOOD: Final = _READ_NOTHING.union(
    map(str, (*TARGETS, *_SHAPES, *_SHAPE_LISTS, *_PAIRS, SH["class"], SH.closed))
)


def reads(shapes: Graph) -> frozenset[Path]:
    """Return what the shapes of a graph read from the nodes that they have as targets.

    Raises
    ------
    ValueError
        where a shape says something that is not understood here.

    """
    if implicit := set(shapes.subjects(RDF.type, RDFS.Class)):
        raise ValueError(f"{min(map(str, implicit))} is a class too, name it as a target instead")
    return frozenset(
        path
        for shape in {shape for kind in TARGETS for shape in shapes.subjects(kind)}
        for path in (*_targets(shapes, shape), *_shape(shapes, shape, [()], _DEPTH))
    )


def _targets(shapes: Graph, shape: Node) -> Iterator[Path]:
    """Yield what is read to tell whether a node is a target of a shape."""
    for kind in TARGETS:
        for value in shapes.objects(shape, kind):
            yield from target(str(kind), str(value))


def _shape(shapes: Graph, shape: Node, nodes: list[Path], depth: int) -> Iterator[Path]:
    """Yield what a shape reads of nodes that are reached by some paths."""
    _check(shapes, shape, depth)
    values = nodes
    if path := shapes.value(shape, SH.path):
        values = [way + over for way, over in product(nodes, _ways(shapes, path))]
        yield from values
    if (shape, SH["class"], None) in shapes:
        yield from (way + INSTANCE for way in values)
    if (shape, SH.closed, None) in shapes:
        yield from ((*way, Step(ANY)) for way in values)
    for pair in _PAIRS:
        for predicate in shapes.objects(shape, pair):
            yield from ((*way, Step(frozenset({str(predicate)}))) for way in nodes)
    for inner in _inner(shapes, shape):
        yield from _shape(shapes, inner, values, depth - 1)


def _check(shapes: Graph, shape: Node, depth: int) -> None:
    """Refuse what is not understood, since something would be overlooked."""
    if not depth:
        raise ValueError(f"{shape} refers to itself, or to too many shapes within shapes")
    for predicate in shapes.predicates(shape):
        if str(predicate).startswith(str(SH)) and str(predicate) not in _UNDERSTOOD:
            raise ValueError(f"{shape} has {predicate}, which is not understood")


def _inner(shapes: Graph, shape: Node) -> Iterator[Node]:
    """List the shapes by which a shape validates its value nodes."""
    for predicate in _SHAPES:
        yield from shapes.objects(shape, predicate)
    for predicate in _SHAPE_LISTS:
        for members in shapes.objects(shape, predicate):
            yield from Collection(shapes, members)


def _ways(shapes: Graph, path: Node) -> list[Path]:
    """Return the ways over a SHACL property path."""
    if isinstance(path, URIRef):
        return [(Step(frozenset({str(path)})),)]
    if (path, RDF.first, None) in shapes:
        parts = [_ways(shapes, part) for part in Collection(shapes, path)]
        return [sum(ways, ()) for ways in product(*parts)]
    (predicate, value) = next(iter(shapes.predicate_objects(path)))
    if predicate == SH.inversePath:
        return [tuple(~step for step in reversed(way)) for way in _ways(shapes, value)]
    if predicate == SH.alternativePath:
        return [way for part in Collection(shapes, value) for way in _ways(shapes, part)]
    how = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
    if not isinstance(predicate, URIRef) or predicate not in how:
        raise ValueError(f"{predicate} is no path")
    return repeated(_ways(shapes, value), how[predicate])
