"""Which variables a part of a query binds: surely, perhaps, or not at all (SPARQL 1.1, 18.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rdflib import BNode, Literal, URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner.syntax import UNDEF, Unwritable, children, parts_of, rows_of

Variables = frozenset[Variable]

_NONE: Variables = frozenset()


def named(value: Any) -> Variables:
    """Return all variables that occur in a part, but those that a sub-select keeps to itself."""
    if isinstance(value, Variable):
        return frozenset([value])
    if isinstance(value, CompValue) and value.name == "SubSelect":
        return possible(value)
    return _NONE.union(*map(named, children(value)))


def named_everywhere(value: Any) -> Variables:
    """Return all variables that occur in a part, also inside sub-selects."""
    if isinstance(value, Variable):
        return frozenset([value])
    return _NONE.union(*map(named_everywhere, children(value)))


def is_constant(expression: Any) -> bool:
    """Whether an expression is a term, which always has a value."""
    while isinstance(expression, CompValue) and expression.expr is not None:
        if expression.other or expression.op or expression.name.startswith("Unary"):
            return False
        expression = expression.expr
    if isinstance(expression, CompValue):
        return expression.name in {"pname", "literal"}
    return isinstance(expression, URIRef | Literal)


def has_blank_nodes(value: Any) -> bool:
    """Whether a blank node occurs in a part."""
    return isinstance(value, BNode) or any(map(has_blank_nodes, children(value)))


def possible(value: CompValue) -> Variables:
    """Return the variables that solutions of a part may bind: those that are in scope."""
    if value.name not in _POSSIBLE:
        raise Unwritable(value.name)
    return _POSSIBLE[value.name](value)


def certain(value: CompValue) -> Variables:
    """Return the variables that every solution of a part binds."""
    return _CERTAIN.get(value.name, _nothing)(value)


def _nothing(_: CompValue) -> Variables:
    return _NONE


def _selected(value: CompValue) -> Variables:
    """Return the columns of a query or sub-select."""
    if value.projection:
        return frozenset(one.var if one.evar is None else one.evar for one in value.projection)
    given = value.valuesClause.var if value.valuesClause is not None else None
    return possible(value.where) | frozenset(given or ())


def _surely_selected(value: CompValue) -> Variables:
    """Return the columns that are variables of the pattern, which binds them."""
    inner = certain(value.where)
    plain = (one.var for one in value.projection or () if one.evar is None)
    return inner & frozenset(plain) if value.projection else inner


def _always_given(value: CompValue) -> Variables:
    """Return the variables of VALUES that have a term in every row."""
    names = list(value.var or ())
    undefined = {at for row in rows_of(value) for at, one in enumerate(row) if one == UNDEF}
    return frozenset(one for at, one in enumerate(names) if at not in undefined)


def _in_all(value: CompValue) -> Variables:
    first, *others = map(certain, value.graph)
    return first.intersection(*others)


def _of_constant(value: CompValue) -> Variables:
    return frozenset([value.var]) if is_constant(value.expr) else _NONE


_POSSIBLE: Final[dict[str, Callable[[CompValue], Variables]]] = {
    "SelectQuery": _selected,
    "SubSelect": _selected,
    "GroupGraphPatternSub": lambda value: _NONE.union(*map(possible, parts_of(value))),
    "TriplesBlock": named,
    "InlineData": lambda value: frozenset(value.var or ()),
    "Bind": lambda value: frozenset([value.var]),
    "GroupOrUnionGraphPattern": lambda value: _NONE.union(*map(possible, value.graph)),
    "OptionalGraphPattern": lambda value: possible(value.graph),
    "LateralGraphPattern": lambda value: possible(value.graph),
    "GraphGraphPattern": lambda value: possible(value.graph) | named(value.term),
    "Filter": _nothing,
    "MinusGraphPattern": _nothing,
}

_CERTAIN: Final[dict[str, Callable[[CompValue], Variables]]] = {
    "SubSelect": _surely_selected,
    "GroupGraphPatternSub": lambda value: _NONE.union(*map(certain, parts_of(value))),
    "TriplesBlock": named,
    "InlineData": _always_given,
    "Bind": _of_constant,
    "GroupOrUnionGraphPattern": _in_all,
    "LateralGraphPattern": lambda value: certain(value.graph),
    "GraphGraphPattern": lambda value: certain(value.graph) | named(value.term),
}
