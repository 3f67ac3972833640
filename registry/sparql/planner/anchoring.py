"""Anchors: what fixes a variable to a few terms is put where the engine joins with it first.

The engine finds the solutions of a group before it filters them, or joins them with the VALUES
behind a query. As VALUES inside the group, which are few, they are where it begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rdflib import URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.syntax import listed, node, parts_of, unwrapped

_IRIS: Final = frozenset({"pname"})


def filters_as_values(parts: Sequence[CompValue]) -> list[CompValue]:
    """Put VALUES in the place of filters that compare a variable with IRIs.

    An IRI equals itself alone, so that the join with it is the filter. A triple of the group binds
    the variable, so that the join does not.
    """
    found = list(parts)
    for part in parts:
        if part.name != "Filter" or (fixed := _fixed(part.expr)) is None:
            continue
        name, terms = fixed
        at = next((at for at, one in enumerate(found) if _binds(one, name)), None)
        if at is not None:
            found.remove(part)
            values = [[term] for term in terms]
            found.insert(at, node("InlineData", var=[name], value=values))
    return found


def _binds(part: CompValue, name: Variable) -> bool:
    return part.name == "TriplesBlock" and name in scope.named(part)


def _fixed(expression: Any) -> tuple[Variable, list[Any]] | None:
    """Return the variable that an expression compares with IRIs alone, and these, each once."""
    pairs = [_compared(one) for one in _disjuncts(expression)]
    names = {pair[0] for pair in pairs if pair}
    if len(names) != 1 or None in pairs:
        return None
    written = {str(term): term for pair in pairs if pair for term in pair[1]}
    return names.pop(), list(written.values())


def _disjuncts(expression: Any) -> Iterator[Any]:
    value = unwrapped(expression)
    if isinstance(value, CompValue) and value.name == "ConditionalOrExpression":
        for one in (value.expr, *value.other):
            yield from _disjuncts(one)
    else:
        yield value


def _compared(value: Any) -> tuple[Variable, list[Any]] | None:
    """Return the variable and the IRIs of `?a = <iri>` or `?a IN (<iri>, …)`."""
    if not isinstance(value, CompValue) or value.name != "RelationalExpression":
        return None
    left, right = unwrapped(value.expr), value.other
    if value.op == "=" and isinstance(unwrapped(right), Variable):
        left, right = unwrapped(right), left
    terms = [unwrapped(one) for one in (listed(right) if value.op == "IN" else [right])]
    is_fixed = value.op in {"=", "IN"} and terms and all(map(_is_iri, terms))
    return (left, terms) if is_fixed and isinstance(left, Variable) else None


def _is_iri(value: Any) -> bool:
    return isinstance(value, URIRef) or (isinstance(value, CompValue) and value.name in _IRIS)


def values_inside(select: CompValue) -> bool:
    """Move the VALUES behind a query, which are joined with its group, into the group.

    Where the group binds all their variables, they may stand as early as these are bound.
    """
    values, group = select.valuesClause, select.where
    if values is None or group.name != "GroupGraphPatternSub":
        return False
    parts, names = parts_of(group), frozenset(values.var or ())
    bound: scope.Variables = frozenset()
    for at, part in enumerate(parts):
        if part.name != "Bind":
            bound |= scope.certain(part)
        if names <= bound:
            # It stands beside a part that is joined, so that the engine orders them.
            inside = node("InlineData", var=values.var, value=values.value)
            select["where"] = node("GroupGraphPatternSub", part=[*parts[:at], inside, *parts[at:]])
            select["valuesClause"] = None
            return True
    return False
