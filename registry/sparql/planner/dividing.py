"""Division: zero by a decimal fraction is zero, of which the engine has no result.

    ?a / ?b  ─▶  COALESCE(?a / ?b, IF(?a = 0 && ?b != 0, ?a * ?b * 1.0, ?a / ?b))

What has a result keeps it; what is an error stays one, such as a division by zero.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from rdflib import XSD, Literal
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner.selecting import VOLATILE
from registry.sparql.planner.syntax import children, holds, node, unwrapped

STEP: Final = "zero divided by a decimal fraction is zero"
_DEEPEST: Final = 2
"""Divisions within each other that are put so: each makes a query three times as long."""

_ZERO: Final = Literal("0", datatype=XSD.integer)
_ONE: Final = Literal("1.0", datatype=XSD.decimal)


def zeros_divided(value: Any) -> bool:
    """Put all divisions in a tree so that zero has a result; whether there are any."""
    found = False
    for one in children(value):
        found |= zeros_divided(one)
    if not isinstance(value, CompValue) or value.name != "MultiplicativeExpression":
        return found
    if "/" not in (value.op or ()) or _depth(value) > _DEEPEST or holds(value, VOLATILE):
        return found
    operands = list(zip(value.op, value.other, strict=True))
    if all(operator == "*" or _is_whole(by) for operator, by in operands):
        return found
    made = value.expr
    for operator, by in operands:
        made = _times(made, "*", by) if operator == "*" else _divided(made, by)
    value.clear()
    value.name = "ConditionalOrExpression"
    value["expr"] = made
    return True


def _divided(whole: Any, by: Any) -> CompValue:
    if _is_whole(by):
        return _times(whole, "/", by)
    is_zero = node("RelationalExpression", expr=whole, op="=", other=_ZERO)
    divides = node("RelationalExpression", expr=by, op="!=", other=_ZERO)
    both = node("ConditionalAndExpression", expr=is_zero, other=[divides])
    zero = _times(_times(whole, "*", by), "*", _ONE)
    otherwise = node("Builtin_IF", arg1=both, arg2=zero, arg3=_times(whole, "/", by))
    return node("Builtin_COALESCE", arg=[_times(whole, "/", by), otherwise])


def _times(one: Any, operator: str, other: Any) -> CompValue:
    return node("MultiplicativeExpression", expr=one, op=[operator], other=[other])


def _is_whole(value: Any) -> bool:
    """Whether a divisor is a number of the query without a fraction, which divides zero."""
    term = unwrapped(value)
    try:
        number = Decimal(str(term)) if isinstance(term, Literal) else Decimal("0.5")
        return number != 0 and number == number.to_integral_value()
    except InvalidOperation:
        return False


def _depth(value: Any) -> int:
    """Count the divisions that stand within each other, or behind each other."""
    inside = max((_depth(one) for one in children(value)), default=0)
    is_product = isinstance(value, CompValue) and value.name == "MultiplicativeExpression"
    return inside + (list(value.op or ()).count("/") if is_product else 0)
