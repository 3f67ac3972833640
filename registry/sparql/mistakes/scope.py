"""Rules beyond the grammar: which variables may stand where (SPARQL 1.1, section 19.8, notes)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rdflib import Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope, syntax
from registry.sparql.planner.syntax import Unwritable, children, parts_of
from registry.sparql.tokens import Token

_LONGEST: Final = 20_000
"""Characters of a query that is read."""


def broken_rule(query: str, tokens: Sequence[Token], message: str) -> tuple[str, int] | None:
    """Explain which rule a query breaks, and where; None where that is not found.

    `message` is the engine's, which names the rule but not the variable.
    """
    if "IRI parsing failed" in message or len(query) > _LONGEST:
        return None
    try:
        with syntax.limited():
            _, tree = syntax.read(query)
            found = next(_broken(tree), None)
    except (Unwritable, TimeoutError, RecursionError):
        return None
    if found is None:
        return None
    named = (t.start for t in tokens if t.kind == "variable" and t.text[1:] == str(found.name))
    starts = [0, *named]
    return found.detail, starts[-1] if found.last else starts[1 % len(starts)]


@dataclass(frozen=True)
class _Broken:
    """A rule that a query breaks with a variable, at its first occurrence or at its last."""

    name: str
    detail: str
    last: bool = False


_TAKEN: Final = "has a value already"


def _broken(value: Any) -> Iterator[_Broken]:
    """Yield the variables that break a rule, each with what it breaks."""
    if isinstance(value, CompValue):
        if value.name in {"SelectQuery", "SubSelect"}:
            yield from _selected(value)
        elif value.name == "GroupGraphPatternSub":
            yield from _bound(value)
        elif value.name == "InlineData":
            yield from _rows(value)
    for one in children(value):
        yield from _broken(one)


def _selected(select: CompValue) -> Iterator[_Broken]:
    """Yield what is wrong with the columns of SELECT."""
    columns = list(select.projection or ())
    expressions = (*columns, select.having, select.orderby)
    is_grouped = select.groupby is not None or any(map(_aggregates, expressions))
    keys = _keys(select)
    if is_grouped and not columns:
        yield _Broken("", "SELECT * cannot stand with GROUP BY: name the columns")
    known = keys if is_grouped else scope.possible(select.where)
    for column in columns:
        used = {column.var} if column.evar is None else _outside_aggregates(column.expr)
        for name in sorted(used - known) if is_grouped else ():
            yield _Broken(
                name,
                f"?{name} is selected, but not grouped by: add it to GROUP BY, or select SAMPLE, "
                "COUNT or another aggregate of it",
            )
        if column.evar is not None:
            if column.evar in known:
                detail = f"?{column.evar} cannot be named by AS, since it {_TAKEN}"
                yield _Broken(column.evar, detail, last=True)
            known |= {column.evar}


def _bound(group: CompValue) -> Iterator[_Broken]:
    """Yield the variables that BIND would give a second value."""
    before: scope.Variables = frozenset()
    for part in parts_of(group):
        if part.name in {"Filter", "Bind"} and _aggregates(part.expr):
            word = part.name.upper()
            name = next(iter(sorted(scope.named_everywhere(part))), "")
            detail = (
                f"COUNT and other aggregates stand in SELECT, HAVING or ORDER BY, not in {word}"
            )
            yield _Broken(name, detail, last=True)
        if part.name == "Bind" and part.var in before:
            detail = f"?{part.var} cannot be named by BIND, since it {_TAKEN}"
            yield _Broken(part.var, detail, last=True)
        if part.name not in {"Filter", "MinusGraphPattern"}:
            before |= scope.possible(part)


def _rows(values: CompValue) -> Iterator[_Broken]:
    """Yield the first variable of VALUES where a row has another number of values."""
    names = list(values.var or ())
    for row in syntax.rows_of(values):
        if len(row) != len(names):
            detail = f"a row of VALUES has {len(row)} of {len(names)} values"
            yield _Broken(next(iter(names), ""), detail, last=True)


def _keys(select: CompValue) -> scope.Variables:
    """Return the variables that a query groups by."""
    conditions = select.groupby.condition if select.groupby is not None else ()
    named = (one if isinstance(one, Variable) else getattr(one, "var", None) for one in conditions)
    return frozenset(one for one in named if isinstance(one, Variable))


def _aggregates(value: Any) -> bool:
    """Whether an aggregate is in an expression."""
    if isinstance(value, CompValue) and value.name.startswith("Aggregate_"):
        return True
    return any(map(_aggregates, children(value)))


def _outside_aggregates(value: Any) -> set[Variable]:
    """Return the variables of an expression that stand in no aggregate."""
    if isinstance(value, Variable):
        return {value}
    if isinstance(value, CompValue) and value.name.startswith("Aggregate_"):
        return set()
    return set().union(*map(_outside_aggregates, children(value)))
