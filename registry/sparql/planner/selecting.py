"""What a query selects and groups by: put as the engine reads it, and as the standard has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyparsing import ParseResults
from rdflib import XSD, Literal, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.syntax import children, holds, node, replace_terms, unwrapped

VOLATILE: Final = frozenset({"Builtin_RAND", "Builtin_UUID", "Builtin_STRUUID", "Builtin_BNODE"})
EXISTS: Final = frozenset({"Builtin_EXISTS", "Builtin_NOTEXISTS"})


def join_strings(select: CompValue) -> list[str]:
    """Have GROUP_CONCAT join the strings of its terms, as the standard has it.

    With DISTINCT, names in different languages stay apart; the engine would give the joined string
    their language if they have the same.
    """
    found = [one for one in aggregates(select) if one.name == "Aggregate_GroupConcat"]
    changed = [one for one in found if not _is_string(one.vars)]
    for one in changed:
        one["vars"] = _as_string(one.vars) if one.distinct else _string_of(one.vars)
        if one.distinct:
            inner = node(one.name, **one)
            one.clear()
            one.name, one["arg"] = "Builtin_STR", inner
    return ["GROUP_CONCAT joins the strings of its terms"] if changed else []


def _is_string(expression: Any) -> bool:
    value = unwrapped(expression)
    return isinstance(value, CompValue) and value.name == "Builtin_STR"


def _as_string(expression: Any) -> CompValue:
    """Write a literal with a language as it is, and any other term as its string."""
    language = node("Builtin_LANG", arg=expression)
    has_one = node("RelationalExpression", expr=language, op="!=", other=Literal(""))
    is_literal = node("Builtin_ISLITERAL", arg=expression)
    condition = node("ConditionalAndExpression", expr=is_literal, other=[has_one])
    return node("Builtin_IF", arg1=condition, arg2=expression, arg3=_string_of(expression))


def _string_of(expression: Any) -> CompValue:
    return node("Builtin_STR", arg=expression)


def aggregates(select: CompValue) -> Iterator[CompValue]:
    """Yield the aggregates of a query itself."""

    def inside(value: Any) -> Iterator[CompValue]:
        if isinstance(value, CompValue) and value.name.startswith("Aggregate_"):
            yield value
        elif not (isinstance(value, CompValue) and value.name == "SubSelect"):
            for one in children(value):
                yield from inside(one)

    for key in ("projection", "having", "orderby"):
        yield from inside(getattr(select, key))


def spell_out_columns(select: CompValue) -> list[str]:
    """Put what is selected AS a name in its place in later columns, where the query groups.

    The standard has it there (section 18.2.4.4); the engine does not read it.
    """
    grouped = select.groupby is not None or any(True for _ in aggregates(select))
    outside = scope.possible(select.where) | _grouped(select)
    known, steps = dict[Variable, Any](), list[str]()

    def spelled(value: Any) -> Any:
        if isinstance(value, Variable) and value in known:
            steps.append(_COLUMNS)
            return known[value]
        return value

    for column in select.projection if grouped else ():
        if column.evar is None:
            continue
        column["expr"] = spelled(column.expr)
        replace_terms(column.expr, spelled)
        if column.evar not in outside and not holds(column.expr, VOLATILE):
            known[column.evar] = column.expr
    return steps[:1]


_COLUMNS: Final = "a column that later columns name is written out in them"
_KEYS: Final = "a key that gives a variable another name is an expression"

UNREAD: Final = frozenset({_COLUMNS, _KEYS})
"""Steps that change what is SPARQL, and is refused by the engine."""


def rename_keys(select: CompValue) -> list[str]:
    """Write `GROUP BY (?a AS ?b)` with an expression, since the engine takes no variable there."""
    conditions = select.groupby.condition if select.groupby is not None else ()
    changed = [
        one
        for one in conditions
        if isinstance(one, CompValue) and isinstance(unwrapped(one.expr), Variable) and one.var
    ]
    for one in changed:
        one["expr"] = node("Builtin_COALESCE", arg=[one.expr])
    return [_KEYS] if changed else []


def spell_out_aliases(select: CompValue) -> list[str]:
    """Put what is selected AS a name in its place in HAVING, where the standard has it unbound."""
    if select.having is None:
        return []
    aliases = {one.evar: one.expr for one in select.projection if one.evar is not None}
    for one in scope.possible(select.where) | _grouped(select):
        aliases.pop(one, None)
    steps: list[str] = []

    def spelled(value: Any) -> Any:
        if isinstance(value, Variable) and value in aliases:
            steps.append("HAVING reads the name of a column as what is selected by it")
            return aliases[value]
        return value

    # Each alias may be of another one.
    for _ in range(len(aliases)):
        replace_terms(select.having, spelled)
    return steps[:1]


def sample_ungrouped(select: CompValue) -> list[str]:
    """Take a value of each group for a variable of HAVING or ORDER BY that is not grouped by.

    The standard has it so (section 18.2.4.1); the engine leaves it without a value.
    """
    if not is_grouped(select):
        return []
    columns = frozenset(one.evar for one in select.projection or () if one.evar is not None)
    kept = _grouped(select) | columns
    changed = [
        _sampled(clause, kept, scope.possible(select.where))
        for clause in (select.having, select.orderby)
        if clause is not None
    ]
    return [_SAMPLED] if any(changed) else []


_SAMPLED: Final = "what is not grouped by has a value of some solution of its group"


def _sampled(value: Any, kept: scope.Variables, known: scope.Variables) -> bool:
    """Write SAMPLE around known variables that are not kept; whether there are any."""
    if isinstance(value, CompValue):
        is_apart = value.name.startswith("Aggregate_") or value.name in EXISTS
        keys: Iterable[Any] = () if is_apart else list(value)
    else:
        keys = range(len(value))
    found = False
    for key in keys:
        one = value[key]
        if _is_bound_of(one, known - kept):
            value[key], found = _has_sample(one.arg), True
        elif isinstance(one, Variable) and one in known - kept:
            value[key], found = node("Aggregate_Sample", vars=one), True
        elif isinstance(one, CompValue | list | ParseResults):
            found |= _sampled(one, kept, known)
    return found


def _is_bound_of(value: Any, names: scope.Variables) -> bool:
    return isinstance(value, CompValue) and value.name == "Builtin_BOUND" and value.arg in names


def _has_sample(name: Variable) -> CompValue:
    """Ask whether there is a sample of a variable: BOUND takes no expression."""
    truth = Literal("true", datatype=XSD.boolean)
    is_any = node("Builtin_ISIRI", arg=node("Aggregate_Sample", vars=name))
    always = node("Builtin_IF", arg1=is_any, arg2=truth, arg3=truth)
    return node("Builtin_COALESCE", arg=[always, Literal("false", datatype=XSD.boolean)])


def _grouped(select: CompValue) -> scope.Variables:
    conditions = select.groupby.condition if select.groupby is not None else ()
    named = (one.var for one in conditions if isinstance(one, CompValue) and one.name == "GroupAs")
    return frozenset(one for one in named if one is not None) | frozenset(
        one for one in conditions if isinstance(one, Variable)
    )


def is_grouped(select: CompValue) -> bool:
    """Whether solutions of a query are put together in groups."""
    return select.groupby is not None or any(True for _ in aggregates(select))
