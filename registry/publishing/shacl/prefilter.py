"""Prefilter before pySHACL: the focus nodes that may violate a core constraint.

In data that were validated before, most nodes conform. Each shape is compiled to one SPARQL
expression that is true only of nodes that conform; pySHACL decides on all other nodes. A
constraint without an exact expression counts as violated here, so that nothing slips through.

Many constraints are violated nowhere. One query over all values of a path finds that out sooner
than one look-up for each node, and reads each distinct value once; then the constraint is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import count
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from rdflib import RDF, RDFS, SH, XSD, URIRef
from rdflib.collection import Collection as RdfList
from rdflib.term import Node

from registry import terms
from registry.publishing.impact.of_shapes import TARGETS
from registry.publishing.shacl.targets import focus_nodes

_UNKNOWN: Final = "false"
"""The condition where none is exact: then a node does not surely conform."""

_IGNORED: Final = {RDF.type, SH.path, SH.flags, SH.message, SH.severity, *TARGETS}

_WELL_FORMED: Final[dict[Node, str]] = {
    XSD.string: "true",
    URIRef(terms.prefixed("geo:wktLiteral")): "true",
    XSD.boolean: 'REGEX(STR({0}), "^(true|false)$")',
    XSD.integer: 'REGEX(STR({0}), "^-?[0-9]{{1,18}}$")',
    XSD.decimal: 'REGEX(STR({0}), "^-?[0-9]{{1,18}}([.][0-9]{{1,18}})?$")',
    XSD.date: 'REGEX(STR({0}), "^[0-9]{{4}}-[0-9]{{2}}-(0[1-9]|1[0-9]|2[0-8])$")',
    XSD.gYearMonth: 'REGEX(STR({0}), "^[0-9]{{4}}-(0[1-9]|1[0-2])$")',
    XSD.gYear: 'REGEX(STR({0}), "^[0-9]{{4}}$")',
    XSD.anyURI: 'REGEX(STR({0}), "^[!-~]+$")',
    RDF.langString: 'LANG({0}) != ""',
}
"""Forms of literals that every implementation takes for well-formed; there are others."""


class Prefilter:
    """Expressions for the shapes of a graph, given the classes of a store.

    Of all nodes of the store, or of those `among` a few.
    """

    def __init__(
        self, shapes: rdflib.Graph, store: ox.Store, among: Collection[Any] | None = None
    ) -> None:
        self._shapes, self._store, self._among = shapes, store, among
        self._names = count()
        self._met: dict[str, bool] = {}

    def suspects(self, target: tuple[Node, Node, Node]) -> Iterator[Any]:
        """Return the nodes that a shape has by a target and that do not surely conform to it."""
        shape, kind, value = target
        filtered = f"FILTER(!COALESCE({self._node('?this', shape)}, false))"
        return focus_nodes(self._store, [(str(kind), value.n3())], filtered, self._among)

    def _node(self, node: str, shape: Node) -> str:
        """Return the condition that a node conforms to a shape (SHACL section 3.4)."""
        if self._shapes.value(shape, SH.deactivated):
            return "true"
        if (path := self._shapes.value(shape, SH.path)) is not None:
            return self._property(node, shape, _path(self._shapes, path))
        return _all(self._of_node(node, shape, predicate) for predicate in self._predicates(shape))

    def _predicates(self, shape: Node) -> list[Node]:
        """List the predicates by which a shape constrains nodes."""
        return sorted(set(self._shapes.predicates(shape)) - _IGNORED, key=str)

    def _of_node(self, node: str, shape: Node, predicate: Node) -> str:
        """Return the condition that a node satisfies what a shape says by one predicate."""
        write = _OF_VALUE.get(predicate)
        values = sorted(self._shapes.objects(shape, predicate), key=str)
        return _all(write(self, node, shape, value) for value in values) if write else _UNKNOWN

    def _property(self, node: str, shape: Node, path: str) -> str:
        """Return the condition that the values of a path conform to a property shape."""
        predicates = self._predicates(shape)
        parts, value = [], self._name()
        for predicate in predicates:
            if predicate in _OF_PATH:
                bound = self._shapes.value(shape, predicate)
                parts.append(_OF_PATH[predicate](self, node, path, shape, bound))
        each = _all(
            self._of_node(value, shape, p) for p in predicates if p not in {*_OF_PATH, *_PARAMETERS}
        )
        if each != "true":
            wrong = f"FILTER(!COALESCE({each}, false))"
            distinct = f"SELECT {value} WHERE {{ ?any {path} {value} }} GROUP BY {value}"
            parts.append(
                self._unless_met(
                    f"SELECT {value} WHERE {{ {{ {distinct} }} {wrong} }} LIMIT 1",
                    f"NOT EXISTS {{ {node} {path} {value} . {wrong} }}",
                )
            )
        return _all(parts)

    def _unless_met(self, violations: str, condition: str) -> str:
        """Return a condition, or that it is true where a query finds that no node violates it.

        The query reads all nodes, so it is not asked for the sake of a few.
        """
        if self._among is not None:
            return condition
        # Variables are numbered, and so differ where all else of two queries is the same.
        names = dict.fromkeys(re.findall(r"[?]v[0-9]+", violations))
        for number, name in enumerate(names):
            violations = re.sub(rf"[?]{name[1:]}\b", f"?w{number}", violations)
        if violations not in self._met:
            found = self._store.query(violations)
            if not isinstance(found, ox.QuerySolutions):
                raise TypeError("violations are found by a SELECT")
            self._met[violations] = next(found, None) is None
        return "true" if self._met[violations] else condition

    def _name(self) -> str:
        return f"?v{next(self._names)}"

    def class_(self, node: str, _: Node, value: Node) -> str:
        """Return the condition that a node is of a class or one below it."""
        below, new = {value.n3()}, [value.n3()]
        while new:
            quads = self._store.quads_for_pattern(
                None, ox.NamedNode(str(RDFS.subClassOf)), ox.NamedNode(new.pop()[1:-1]), None
            )
            more = {str(quad.subject) for quad in quads} - below
            below |= more
            new += more
        return _any(f"EXISTS {{ {node} a {one} }}" for one in sorted(below))

    def pattern(self, node: str, shape: Node, value: Node) -> str:
        """Return the condition that the text of a node matches a pattern."""
        flags = self._shapes.value(shape, SH.flags)
        more = f", {flags.n3()}" if flags is not None else ""
        return f"REGEX(STR({node}), {rdflib.Literal(str(value)).n3()}{more})"

    def either(self, node: str, _: Node, value: Node) -> str:
        """Return the condition that a node conforms to one of several shapes."""
        return _any(self._node(node, shape) for shape in RdfList(self._shapes, value))

    def every(self, node: str, _: Node, value: Node) -> str:
        """Return the condition that a node conforms to all of several shapes."""
        return _all(self._node(node, shape) for shape in RdfList(self._shapes, value))

    def inner(self, node: str, _: Node, value: Node) -> str:
        """Return the condition that a node conforms to another shape."""
        return self._node(node, value)

    def among(self, node: str, _: Node, value: Node) -> str:
        """Return the condition that a node is one of a list."""
        return _any(f"sameTerm({node}, {one.n3()})" for one in RdfList(self._shapes, value))

    def in_language(self, node: str, _: Node, value: Node) -> str:
        """Return the condition that the language of a literal is one of a list."""
        ranges = RdfList(self._shapes, value)
        return _any(f"LANGMATCHES(LANG({node}), {rdflib.Literal(str(r)).n3()})" for r in ranges)

    def at_least(self, node: str, path: str, _: Node, value: Any) -> str:
        """Return the condition that a path has at least one or two values."""
        one, two = self._name(), self._name()
        if int(value) == 0:
            return "true"
        if int(value) == 1:
            return f"EXISTS {{ {node} {path} {one} }}"
        return f"EXISTS {{ {_two(node, path, one, two)} }}" if int(value) == 2 else _UNKNOWN

    def at_most(self, node: str, path: str, _: Node, value: Any) -> str:
        """Return the condition that a path has at most one value, or none."""
        one, two = self._name(), self._name()
        if int(value) == 0:
            return f"NOT EXISTS {{ {node} {path} {one} }}"
        if int(value) > 1:
            return _UNKNOWN
        return self._unless_met(
            f"SELECT ?any WHERE {{ ?any {path} {one} }} GROUP BY ?any HAVING(COUNT(*) > 1) LIMIT 1",
            f"NOT EXISTS {{ {_two(node, path, one, two)} }}",
        )

    def has(self, node: str, path: str, _: Node, value: Node) -> str:
        """Return the condition that one value of a path is a certain one."""
        return f"EXISTS {{ {node} {path} {value.n3()} }}"

    def languages_once(self, node: str, path: str, _: Node, value: Any) -> str:
        """Return the condition that no two values of a path have the same language."""
        if not value:
            return "true"
        one, two = self._name(), self._name()
        same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({two}))'
        by = f"GROUP BY ?any (LCASE(LANG({one})) AS ?lang) HAVING(COUNT(*) > 1)"
        return self._unless_met(
            f"SELECT ?any WHERE {{ ?any {path} {one} }} {by} LIMIT 1",
            f"NOT EXISTS {{ {_two(node, path, one, two)} FILTER({same}) }}",
        )

    def apart(self, node: str, path: str, shape: Node, _: Node) -> str:
        """Return the condition that no value of a path is a value of a predicate, too."""
        value = self._name()
        predicates = sorted(self._shapes.objects(shape, SH.disjoint), key=str)
        return _all(
            f"NOT EXISTS {{ {node} {path} {value} . {node} {predicate.n3()} {value} }}"
            for predicate in predicates
        )

    def not_above(self, node: str, path: str, shape: Node, _: Node) -> str:
        """Return the condition that no day or number among the values of a path exceeds others."""
        one, other = self._name(), self._name()
        kinds = f"{XSD.date.n3()}, {XSD.integer.n3()}"
        alike = f"DATATYPE({one}) = DATATYPE({other}) && DATATYPE({one}) IN ({kinds})"
        predicates = sorted(self._shapes.objects(shape, SH.lessThanOrEquals), key=str)
        return _all(
            f"NOT EXISTS {{ {node} {path} {one} . {node} {predicate.n3()} {other} . "
            f"FILTER(!COALESCE({alike} && {one} <= {other}, false)) }}"
            for predicate in predicates
        )

    def qualified(self, node: str, path: str, shape: Node, value: Any) -> str:
        """Return the condition that at least one value of a path conforms to a shape."""
        if int(value) != 1 or self._shapes.value(shape, SH.qualifiedValueShapesDisjoint):
            return _UNKNOWN
        one, other = self._name(), self._shapes.value(shape, SH.qualifiedValueShape)
        if other is None:
            return _UNKNOWN
        fit = f"FILTER(COALESCE({self._node(one, other)}, false))"
        return f"EXISTS {{ {node} {path} {one} . {fit} }}"


def _compared(operator: str) -> Callable[[Prefilter, str, Node, Any], str]:
    return lambda _, node, __, value: f"{node} {operator} {value.n3()}"


def _length(operator: str) -> Callable[[Prefilter, str, Node, Any], str]:
    return lambda _, node, __, value: f"STRLEN(STR({node})) {operator} {value.n3()}"


def _datatype(_: Prefilter, node: str, __: Node, value: Any) -> str:
    """Return the condition that a node is a well-formed literal of a datatype."""
    form = _WELL_FORMED.get(value)
    if form is None:
        return _UNKNOWN
    return f"(ISLITERAL({node}) && DATATYPE({node}) = {value.n3()} && {form.format(node)})"


def _kind(_: Prefilter, node: str, __: Node, value: Node) -> str:
    """Return the condition that a node is of a kind."""
    tests: dict[Node, str] = {SH.IRI: "ISIRI", SH.Literal: "ISLITERAL"}
    return f"{tests[value]}({node})" if value in tests else _UNKNOWN


_OF_VALUE: Final[dict[Any, Callable[[Prefilter, str, Node, Any], str]]] = {
    SH["class"]: Prefilter.class_,
    SH.datatype: _datatype,
    SH.nodeKind: _kind,
    SH.pattern: Prefilter.pattern,
    SH["or"]: Prefilter.either,
    SH["and"]: Prefilter.every,
    SH.node: Prefilter.inner,
    SH.property: Prefilter.inner,
    SH["in"]: Prefilter.among,
    SH.languageIn: Prefilter.in_language,
    SH.minLength: _length(">="),
    SH.maxLength: _length("<="),
    SH.minInclusive: _compared(">="),
    SH.maxInclusive: _compared("<="),
    SH.minExclusive: _compared(">"),
    SH.maxExclusive: _compared("<"),
}
"""By predicate, the condition on each value node (SHACL section 4)."""

_OF_PATH: Final[dict[Any, Callable[[Prefilter, str, str, Node, Any], str]]] = {
    SH.minCount: Prefilter.at_least,
    SH.maxCount: Prefilter.at_most,
    SH.hasValue: Prefilter.has,
    SH.uniqueLang: Prefilter.languages_once,
    SH.disjoint: Prefilter.apart,
    SH.lessThanOrEquals: Prefilter.not_above,
    SH.qualifiedMinCount: Prefilter.qualified,
}
"""By predicate, the condition on all values of a path together."""

_PARAMETERS: Final = {SH.qualifiedValueShape, SH.qualifiedValueShapesDisjoint}
"""Predicates that are parameters of another one (SHACL section 4.7.3)."""


def _two(node: str, path: str, one: str, two: str) -> str:
    """Ask for two different values of a path."""
    return f"{node} {path} {one}, {two} . FILTER(!sameTerm({one}, {two}))"


def _path(shapes: rdflib.Graph, path: Node) -> str:
    """Write a SHACL property path as one of SPARQL (SHACL section 2.3.1)."""
    if isinstance(path, URIRef):
        return path.n3()
    if (path, RDF.first, None) in shapes:
        return "/".join(_path(shapes, part) for part in RdfList(shapes, path))
    ((predicate, value),) = shapes.predicate_objects(path)
    if predicate == SH.inversePath:
        return f"^({_path(shapes, value)})"
    if predicate == SH.alternativePath:
        return f"({'|'.join(_path(shapes, part) for part in RdfList(shapes, value))})"
    signs = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
    return f"({_path(shapes, value)}){signs[URIRef(str(predicate))]}"


def _all(parts: Iterable[str]) -> str:
    """Join what has to hold together."""
    found = sorted({part for part in parts if part != "true"})
    if _UNKNOWN in found:
        return _UNKNOWN
    return f"({' && '.join(found)})" if found else "true"


def _any(parts: Iterable[str]) -> str:
    """Join what is enough, each for itself; one that fails does not spoil the others."""
    found = list(parts)
    return f"({' || '.join(f'COALESCE({part}, false)' for part in found)})" if found else _UNKNOWN
