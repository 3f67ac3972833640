"""The order of joins, and whether each looks up or is hashed, by the counts of a release.

The engine orders triples by guesses that are the same for all properties, and looks each of them up
for each row before: a lookup takes as long as it takes to read ten to twenty rows in a row. Where
another order, or a hash join with all rows of a pattern, costs far less by the counts, it is
written so that the engine cannot do otherwise: LATERAL looks up in the order that is written (SEP
0006, https://github.com/w3c/sparql-dev/blob/main/SEP/SEP-0006/sep-0006.md), and sub-selects are
hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rdflib import RDF, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.statistics import Counts, Estimate
from registry.sparql.planner.syntax import UNDEF, block_of, node, parts_of, rows_of

LOOKUP: Final = 8e-6
"""Seconds to look a pattern up for a row."""

_ROW: Final = 0.5e-6
"""Seconds to read one row in order."""

_HASHED: Final = 1.2e-6
"""Seconds to read and hash one row of a pattern, or to find one in it."""

_WORTH: Final = 0.03
"""Seconds that another order has to save."""

_TIMES: Final = 1.5
"""Times that the engine's own order has to take as long."""

_MOST: Final = 14
"""Patterns of a group that are ordered."""

_REACHED: Final = 1_000.0
"""Ends that a path of any number of steps is thought to have."""

_EVERYWHERE: Final = 1e8
"""Rows that a path is thought to have of which no end is known."""


@dataclass(frozen=True)
class _Operand:
    """A pattern or VALUES of a group: what it binds, and what it is estimated to hold.

    `given` are VALUES that its solutions are narrowed by where they are all found.
    """

    part: CompValue
    triple: tuple[Any, Any, Any] | None
    names: frozenset[Variable]
    estimate: Estimate
    is_path: bool = False
    given: tuple[CompValue, ...] = ()


@dataclass(frozen=True)
class _Step:
    """An operand, and whether it is hashed; the first of a plan is neither."""

    operand: _Operand
    hashed: bool = False


@dataclass(frozen=True)
class _Plan:
    """Steps, what they cost in seconds, and what is estimated to be there after them."""

    steps: tuple[_Step, ...]
    seconds: float
    found: Estimate
    names: frozenset[Variable]

    def then(self, operand: _Operand, hashed: bool) -> _Plan:
        """Return the plan with one more step."""
        found = self.found.joined(operand.estimate)
        rows = self.found.rows
        if operand.is_path:
            known = len(operand.names & self.names)
            found = Estimate(rows * (_REACHED if known == 1 else 1.0), found.values)
            cost = rows * _REACHED * LOOKUP
        elif operand.triple is None:
            cost = rows * _ROW
        elif hashed:
            cost = (operand.estimate.rows + rows) * _HASHED
        else:
            cost = rows * LOOKUP
        seconds = self.seconds + cost + found.rows * _ROW
        steps = (*self.steps, _Step(operand, hashed))
        return _Plan(steps, seconds, found, self.names | operand.names)


def _begun(operand: _Operand) -> _Plan:
    rows = _EVERYWHERE if operand.is_path and len(operand.names) > 1 else operand.estimate.rows
    return _Plan((_Step(operand),), rows * _ROW, operand.estimate, operand.names)


def ordered(
    parts: Sequence[CompValue],
    triples: Sequence[tuple[Any, Any, Any]],
    counts: Counts,
    spelled: Callable[[Any], Any],
) -> list[CompValue] | None:
    """Return what stands in the place of triples and VALUES where that is far cheaper, else None.

    `parts` are the VALUES among them, `spelled` spells out the prefix of a term.
    """
    if not 2 <= len(triples) + len(parts) <= _MOST:
        return None
    operands = [*(_of_values(part) for part in parts)]
    given = {
        part.var[0]: {spelled(row[0]): row[0] for row in rows_of(part)}
        for part in parts
        if len(part.var) == 1 and all(row[0] != UNDEF for row in rows_of(part))
    }
    for triple in triples:
        operand = _of_triple(triple, counts, spelled, given)
        if operand is None:
            return None
        operands.append(operand)
    usual, best = _engines(operands), _cheapest(operands)
    if usual is None or best is None or best.steps == usual.steps:
        return None
    is_better = usual.seconds - best.seconds > _WORTH and usual.seconds > _TIMES * best.seconds
    return _written(best) if is_better else None


def _of_values(part: CompValue) -> _Operand:
    names, rows = list(part.var or ()), rows_of(part)
    kinds = {name: float(len({str(row[at]) for row in rows})) for at, name in enumerate(names)}
    return _Operand(part, None, frozenset(names), Estimate(float(len(rows)), kinds))


def _of_triple(
    triple: tuple[Any, Any, Any],
    counts: Counts,
    spelled: Callable[[Any], Any],
    given: Mapping[Variable, Mapping[Any, Any]],
) -> _Operand | None:
    part = block_of([triple])
    names = scope.named(part)
    plain = (spelled(triple[0]), spelled(triple[1]), spelled(triple[2]))
    if not is_property(triple[1]):
        ends = dict.fromkeys(names, _REACHED)
        return _Operand(part, triple, names, Estimate(_REACHED, ends), is_path=True)
    estimate = counts.pattern(plain, given)
    narrowed = given.get(plain[2])
    values = [[term] for term in narrowed.values()] if narrowed else []
    inside = (node("InlineData", var=[plain[2]], value=values),) if narrowed else ()
    return _Operand(part, plain, names, estimate, given=inside) if estimate else None


def _cheapest(operands: Sequence[_Operand]) -> _Plan | None:
    """Return the cheapest of the plans that begin with each operand and add the cheapest next."""
    plans = [plan for one in operands if (plan := _grown(_begun(one), operands))]
    return min(plans, key=lambda plan: plan.seconds, default=None)


def _grown(plan: _Plan, operands: Sequence[_Operand]) -> _Plan | None:
    """Add all other operands to a plan, the cheapest first; None where nothing joins one."""
    left = [one for one in operands if one is not plan.steps[0].operand]
    while left:
        nexts = list(_nexts(plan, left))
        if not nexts:
            return None
        plan = min(nexts, key=lambda one: one.seconds + one.found.rows * LOOKUP)
        left.remove(plan.steps[-1].operand)
    return plan


def _nexts(plan: _Plan, left: Sequence[_Operand]) -> Iterator[_Plan]:
    for operand in left:
        if operand.names & plan.names:
            yield plan.then(operand, hashed=False)
            if operand.triple and not operand.is_path:
                yield plan.then(operand, hashed=True)


# The engine's own order


def _engines(operands: Sequence[_Operand]) -> _Plan | None:
    """Return the plan that the engine makes: the smallest first, all looked up."""
    left = list(operands)
    plan = _begun(min(left, key=lambda one: _size(one, frozenset())))
    left.remove(plan.steps[0].operand)
    while left:
        joined = [one for one in left if one.names & plan.names]
        if not joined:
            return None
        bound = plan.names
        operand = min(joined, key=lambda one: _size(one, bound))
        plan = plan.then(operand, hashed=False)
        left.remove(operand)
    return plan


_SIZES: Final = {
    (True, True, True): 1,
    (True, True, False): 10,
    (True, False, True): 2,
    (False, True, True): 1_000,
    (True, False, False): 100,
    (False, False, False): 1_000_000_000,
    (False, True, False): 1_000_000,
    (False, False, True): 10_000,
}
"""The engine's guess of rows, by whether subject, property and value are known."""


def _size(operand: _Operand, bound: frozenset[Variable]) -> float:
    """Return the engine's guess of the rows of an operand where some variables are known."""
    if operand.triple is None:
        return operand.estimate.rows
    known = [not isinstance(one, Variable) or one in bound for one in operand.triple]
    size = _SIZES[known[0], known[1], known[2]]
    if operand.is_path:
        ends = known[0] + known[2]
        return (1_000_000_000, size * 1_000, 1)[ends]
    return size + int(operand.triple[1] == RDF.type)


# Writing


def _written(plan: _Plan) -> list[CompValue]:
    """Write a plan as the parts of a group."""
    parts = [plan.steps[0].operand.part]
    names = plan.steps[0].operand.names
    for step in plan.steps[1:]:
        part = step.operand.part
        if step.hashed:
            found = _selected([*step.operand.given, part], step.operand.names)
            parts = [_selected(parts, names), found]
        elif step.operand.triple is None:
            parts = [_selected(parts, names), part]
        else:
            graph = node("GroupGraphPatternSub", part=[part])
            parts.append(node("LateralGraphPattern", graph=graph))
        names |= step.operand.names
    return parts


def is_property(path: Any) -> bool:
    """Whether a path is one property, or a variable."""
    return not isinstance(path, CompValue) or path.name == "pname"


def looked_up(
    triples: Sequence[tuple[Any, Any, Any]], known: frozenset[Variable]
) -> list[CompValue]:
    """Write triples so that each is looked up for each row before it; `known` are known before."""
    first, *others = map(_group_of, loop_order(triples, known))
    laterals = [node("LateralGraphPattern", graph=graph) for graph in others]
    return [*parts_of(first), *laterals]


def _group_of(triple: tuple[Any, Any, Any]) -> CompValue:
    return node("GroupGraphPatternSub", part=[block_of([triple])])


def loop_order(
    triples: Sequence[tuple[Any, Any, Any]], known: frozenset[Variable]
) -> list[tuple[Any, Any, Any]]:
    """Order triples as the engine does where some variables are known."""
    left, order = list(triples), list[tuple[Any, Any, Any]]()
    while left:
        joined = [one for one in left if known & scope.named(block_of([one]))]
        triple = min(joined or left, key=partial(_guess, known=known))
        left.remove(triple)
        order.append(triple)
        known |= scope.named(block_of([triple]))
    return order


def _guess(triple: tuple[Any, Any, Any], known: frozenset[Variable]) -> int:
    """Return the engine's guess of the rows of a triple."""
    bound = [not isinstance(one, Variable) or one in known for one in triple]
    return _SIZES[bound[0], bound[1], bound[2]] + int(triple[1] == RDF.type)


def _selected(parts: Sequence[CompValue], names: frozenset[Variable]) -> CompValue:
    """Return some parts in a sub-select, which the engine finds by itself and hashes."""
    columns = [node("vars", var=one) for one in sorted(names)]
    where = node("GroupGraphPatternSub", part=list(parts))
    return node(
        "GroupOrUnionGraphPattern", graph=[node("SubSelect", projection=columns, where=where)]
    )
