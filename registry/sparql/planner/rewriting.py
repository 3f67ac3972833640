"""The rewritings: each keeps the answer that SPARQL 1.1 gives, and says why it does.

What the engine gets wrong is put in words that it gets right: alternatives of a path are unions
(section 18.4), GROUP_CONCAT joins the strings of its terms (18.5.1.7), MINUS takes nothing away
where no variable is shared (18.5). What its own plan makes slow is put so that it is not: FILTER
EXISTS is a join with the distinct values of the shared variables, NOT EXISTS is MINUS with them,
and the triples around a union stand in each of its branches, which otherwise are found whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, groupby, product
from typing import Any, Final

import pyoxigraph as ox
from pyparsing import ParseResults
from rdflib import BNode, Literal, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.syntax import (
    Unwritable,
    block_of,
    children,
    limited,
    node,
    parts_of,
    read,
    triples_of,
    write,
)

Triple = tuple[Any, Any, Any]

SECONDS: Final = 0.5
"""Processor time that rewriting a query may take; as it is written, it may be as fast."""

_MOST_BRANCHES: Final = 32
"""Branches that the alternatives of one path may become."""

_LONGER: Final = 20
"""A query may become this many times as long; branches within branches copy what is around them."""

_VOLATILE: Final = frozenset({"Builtin_RAND", "Builtin_UUID", "Builtin_STRUUID", "Builtin_BNODE"})


@dataclass(frozen=True)
class Rewritten:
    """A query as the engine runs it; `steps` name what was changed, each once, in that order."""

    text: str
    steps: tuple[str, ...] = ()


def rewrite(text: str) -> Rewritten:
    """Rewrite a query where that is certain to keep its meaning; else return it as it is."""
    try:
        with limited(SECONDS):
            return _rewritten(text)
    except (Unwritable, TimeoutError, RecursionError):
        return Rewritten(text)


def each_once(text: str) -> Rewritten | None:
    """Rewrite a query so that a triple that several graphs have counts once; None if it cannot be.

    The engine matches it once for each of several default graphs. The solutions of a block of
    triples in the merge of these are the distinct ones of all its variables.
    """
    try:
        with limited(SECONDS):
            prologue, query = read(text)
            rewriting = _Rewriting(scope.named_everywhere(query))
            rewriting.query(query)
            if not _counts_solutions(query):
                return Rewritten(text)
            query["where"] = _each_once(query.where)
            return Rewritten(_checked(write(prologue, query)), (_ONCE,))
    except (Unwritable, TimeoutError, RecursionError):
        return None


def _rewritten(text: str) -> Rewritten:
    prologue, query = read(text)
    rewriting = _Rewriting(scope.named_everywhere(query))
    rewriting.query(query)
    written = _checked(write(prologue, query)) if rewriting.steps else text
    if not rewriting.steps or len(written) > _LONGER * len(text) + 1_000:
        return Rewritten(text)
    return Rewritten(written, tuple(dict.fromkeys(rewriting.steps)))


def _checked(text: str) -> str:
    """Return a query that the engine takes as SPARQL."""
    try:
        ox.Store().query(text, base_iri="http://localhost/")
    except SyntaxError as error:
        raise Unwritable(str(error)) from error
    return text


_ONCE: Final = "the solutions of neighbouring triples are distinct, whichever graphs have them"


@dataclass
class _Rewriting:
    """Changes a tree in its place; `taken` are the variables of the query."""

    taken: scope.Variables
    steps: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def query(self, query: CompValue) -> None:
        """Rewrite a query with all that is in it."""
        if query.where is None or query.where.name == "FakeGroupGraphPatten":
            raise Unwritable("there is no group")
        for select in _selects(query):
            _name_columns(select)
        _name_blank_nodes(query, self)
        for select in _selects(query):
            self.steps += _join_strings(select)
            self.steps += _spell_out_aliases(select)
        query["where"] = self.group(query.where, _Place())

    def fresh(self) -> Variable:
        """Return a variable that the query does not use."""
        return next(
            found for at in self._numbers if (found := Variable(f"v{at}")) not in self.taken
        )

    def group(self, group: CompValue, place: _Place) -> CompValue:
        """Rewrite a group, or a sub-select, from the inside out."""
        if group.name == "SubSelect":
            group["where"] = self.group(group.where, _Place(place.in_graph))
            return group
        parts = [self._inside(part, place) for part in parts_of(group)]
        parts = list(self._alternatives_as_unions(parts))
        if place.in_graph:
            parts = list(self._without_idle_minus(parts))
        if place.may_join and not place.in_graph:
            parts = self._exists_as_joins(parts)
        return node("GroupGraphPatternSub", part=self._anchored(parts))

    def _inside(self, part: CompValue, place: _Place) -> CompValue:
        """Rewrite what stands in a part."""
        name = part.name
        if name == "Filter":
            self._inside_exists(part.expr, place)
        elif name == "OptionalGraphPattern":
            part["graph"] = self.group(part.graph, _Place(place.in_graph, may_join=False))
        elif name == "MinusGraphPattern":
            part["graph"] = self.group(part.graph, _Place(place.in_graph))
        elif name == "GraphGraphPattern":
            part["graph"] = self.group(part.graph, _Place(in_graph=True))
        elif name == "GroupOrUnionGraphPattern":
            inner = _Place(place.in_graph, place.may_join)
            part["graph"] = [self.group(one, inner) for one in part.graph]
        return part

    def _inside_exists(self, expression: Any, place: _Place) -> None:
        """Rewrite the patterns of EXISTS, into which variables from outside are put."""
        for found in _exists_in(expression):
            found["graph"] = self.group(found.graph, _Place(place.in_graph, may_join=False))

    # Alternatives of a path

    def _alternatives_as_unions(self, parts: Iterable[CompValue]) -> Iterator[CompValue]:
        """Put a union in the place of each triple whose path has alternatives."""
        for part in parts:
            if part.name != "TriplesBlock":
                yield part
                continue
            kept, unions = [], []
            for triple in triples_of(part):
                branches = self._branches(*triple)
                if len(branches) == 1:
                    kept += branches[0]
                else:
                    groups = [_group([block_of(branch)]) for branch in branches]
                    unions.append(node("GroupOrUnionGraphPattern", graph=groups))
            if unions:
                self.steps.append("alternatives of a path are branches of a union")
            yield from [block_of(kept)] if kept else []
            yield from unions

    def _branches(self, subject: Any, path: Any, value: Any) -> list[list[Triple]]:
        """List the branches of a triple: one for each way through the alternatives of its path."""
        if not _has_alternatives(path):
            return [[(subject, path, value)]]
        if path.name == "PathAlternative":
            found = [b for one in path.part for b in self._branches(subject, one, value)]
        elif path.name == "PathSequence":
            nodes = [subject, *(self.fresh() for _ in path.part[1:]), value]
            steps = [
                self._branches(nodes[at], one, nodes[at + 1]) for at, one in enumerate(path.part)
            ]
            found = [[t for step in way for t in step] for way in product(*steps)]
        elif path.name == "PathEltOrInverse":
            found = self._branches(value, path.part, subject)
        else:
            found = self._branches(subject, path.part, value)
        if len(found) > _MOST_BRANCHES:
            raise Unwritable("too many alternatives")
        return found

    # MINUS inside GRAPH

    def _without_idle_minus(self, parts: Sequence[CompValue]) -> Iterator[CompValue]:
        """Leave out MINUS where it shares no variable; the engine has them share that of GRAPH."""
        before: scope.Variables = frozenset()
        for part in parts:
            if part.name == "MinusGraphPattern" and not before & scope.possible(part.graph):
                self.steps.append("MINUS that shares no variable takes nothing away")
                continue
            before |= scope.possible(part)
            yield part

    # EXISTS

    def _exists_as_joins(self, parts: list[CompValue]) -> list[CompValue]:
        """Join with the values for which a pattern exists, or take those away."""
        filters = [part for part in parts if part.name == "Filter"]
        others = [part for part in parts if part.name != "Filter"]
        for part in filters:
            left = []
            for conjunct in _conjuncts(part.expr):
                exists, is_there = _exists(conjunct)
                joined = exists and self._joined(exists.graph, others, filters)
                if not joined:
                    left.append(conjunct)
                    continue
                at, select = joined
                word = "GroupOrUnionGraphPattern" if is_there else "MinusGraphPattern"
                graph = [select] if is_there else select
                others.insert(at, node(word, graph=graph))
                said = "EXISTS is a join with" if is_there else "NOT EXISTS takes away"
                self.steps.append(f"{said} the values for which the pattern is there")
            others += self._with_marks(left, others, filters)
        return others

    def _with_marks(
        self, conditions: Iterable[Any], others: list[CompValue], filters: Sequence[CompValue]
    ) -> list[CompValue]:
        """Mark the values for which a pattern exists where EXISTS is a part of a condition."""
        found = [node("Filter", expr=condition) for condition in conditions]
        for part in found:
            marks: dict[int, CompValue] = {}
            for exists in _exists_in(part.expr):
                if joined := self._joined(exists.graph, others, filters):
                    at, select = joined
                    mark = self.fresh()
                    select["projection"].append(node("vars", expr=Literal(True), evar=mark))
                    others.insert(at, node("OptionalGraphPattern", graph=select))
                    bound = node("Builtin_BOUND", arg=mark)
                    is_there = exists.name == "Builtin_EXISTS"
                    marks[id(exists)] = bound if is_there else node("UnaryNot", expr=bound)
                    self.steps.append("EXISTS in a condition is a mark of the values that have it")
            _replace(part, partial(_marked, marks))
        return found

    def _joined(
        self, pattern: CompValue, others: Sequence[CompValue], filters: Sequence[CompValue]
    ) -> tuple[int, CompValue] | None:
        """Return a sub-select of the shared values, and before which part it may be joined.

        Each solution outside binds the shared variables, and so does each of the pattern; nothing
        else in the pattern depends on what is outside. So a solution stays if and only if its
        values are among those of the pattern, each of which comes once.
        """
        outside = frozenset[Variable]().union(*map(scope.possible, others))
        shared = scope.named_everywhere(pattern) & outside
        if not shared or not _is_self_contained(pattern, outside):
            return None
        bound: scope.Variables = frozenset()
        for at, part in enumerate(others, start=1):
            bound |= scope.certain(part)
            if shared <= bound and part.name != "OptionalGraphPattern":
                anchors = _anchors(others, filters, shared)
                columns = [node("vars", var=one) for one in sorted(shared)]
                where = _group(self._anchored([*anchors, *parts_of(pattern)]))
                return at, node("SubSelect", modifier="DISTINCT", projection=columns, where=where)
        return None

    # Unions

    def _anchored(self, parts: list[CompValue]) -> list[CompValue]:
        """Put the triples around a union into its branches, which the engine finds whole."""
        found = list(parts)
        moved: list[Triple] = []
        for at, part in enumerate(parts):
            if part.name == "OptionalGraphPattern":
                found[at] = self._anchored_optional(part, parts[:at])
            if part.name != "GroupOrUnionGraphPattern" or not _is_open(part):
                continue
            triples = _connected(_plain_triples(parts), scope.possible(part))
            around = scope.named(block_of(triples))
            if not triples or not all(_absorbs(branch, around) for branch in part.graph):
                continue
            branches = [
                _group(self._anchored([block_of(triples), *parts_of(branch)]))
                for branch in part.graph
            ]
            found[at] = node("GroupOrUnionGraphPattern", graph=branches)
            near = [t for one in _run(parts, at) for t in _plain_triples([one])]
            moved += [triple for triple in triples if triple in near]
            self.steps.append("the triples around a union stand in its branches")
        return [_without(part, moved) for part in found] if moved else found

    def _anchored_optional(self, part: CompValue, before: Sequence[CompValue]) -> CompValue:
        """Copy the triples before OPTIONAL into it where it has a union.

        Each solution inside that fits one outside has the same values in them.
        """
        inner = parts_of(part.graph) if part.graph.name != "SubSelect" else []
        if not any(one.name == "GroupOrUnionGraphPattern" and _is_open(one) for one in inner):
            return part
        triples = _connected(_plain_triples(before), scope.possible(part.graph))
        around = scope.named(block_of(triples))
        if not triples or not _absorbs(part.graph, around):
            return part
        group = _group(self._anchored([block_of(triples), *inner]))
        return node("OptionalGraphPattern", graph=group)


@dataclass(frozen=True)
class _Place:
    """Where a group stands.

    `may_join` is unset where variables from outside are seen inside: in OPTIONAL, whose filters see
    both sides, and in EXISTS.
    """

    in_graph: bool = False
    may_join: bool = True


# What a part is


def _group(parts: Iterable[CompValue]) -> CompValue:
    return node("GroupGraphPatternSub", part=[part for part in parts if not _is_empty(part)])


def _is_empty(part: CompValue) -> bool:
    return part.name == "TriplesBlock" and not triples_of(part)


def _is_open(part: CompValue) -> bool:
    """Whether a part is a group or a union of groups, none of which is a sub-select."""
    return all(branch.name != "SubSelect" for branch in part.graph)


def _has_alternatives(path: Any) -> bool:
    """Whether a path has alternatives of which duplicates count: outside of `*`, `+` and `?`."""
    if not isinstance(path, CompValue) or path.mod:
        return False
    if path.name == "PathAlternative" and len(path.part) > 1:
        return True
    if path.name in {"PathAlternative", "PathSequence"}:
        return any(map(_has_alternatives, path.part))
    return path.name in {"PathElt", "PathEltOrInverse"} and _has_alternatives(path.part)


def _conjuncts(expression: Any) -> Iterator[Any]:
    """Yield what a condition demands at once."""
    value = _unwrapped(expression)
    if isinstance(value, CompValue) and value.name == "ConditionalAndExpression":
        for one in (value.expr, *value.other):
            yield from _conjuncts(one)
    else:
        yield value


def _unwrapped(expression: Any) -> Any:
    """Take off the levels of the grammar that hold one expression alone."""
    while isinstance(expression, CompValue) and expression.name in _LEVELS:
        if expression.other or expression.op:
            break
        expression = expression.expr
    return expression


_LEVELS: Final = frozenset(
    f"{name}Expression"
    for name in ("ConditionalOr", "ConditionalAnd", "Relational", "Additive", "Multiplicative")
)


def _exists(expression: Any) -> tuple[CompValue | None, bool]:
    """Return EXISTS or NOT EXISTS where a condition is just that, and whether it is there."""
    value, is_there = _unwrapped(expression), True
    while isinstance(value, CompValue) and value.name == "UnaryNot":
        value, is_there = _unwrapped(value.expr), not is_there
    if not isinstance(value, CompValue) or value.name not in _EXISTS:
        return None, False
    return value, is_there == (value.name == "Builtin_EXISTS")


_EXISTS: Final = frozenset({"Builtin_EXISTS", "Builtin_NOTEXISTS"})


def _exists_in(value: Any) -> Iterator[CompValue]:
    """Yield the outermost patterns of EXISTS in an expression."""
    if isinstance(value, CompValue) and value.name in _EXISTS:
        yield value
    else:
        for one in children(value):
            yield from _exists_in(one)


def _selects(value: Any) -> Iterator[CompValue]:
    """Yield a query and all sub-selects in it."""
    if isinstance(value, CompValue) and value.name in {"SelectQuery", "SubSelect"}:
        yield value
    for one in children(value):
        yield from _selects(one)


def _marked(marks: Mapping[int, CompValue], value: Any) -> Any:
    return marks.get(id(value), value)


def _is_self_contained(pattern: CompValue, outside: scope.Variables) -> bool:
    """Whether each group of a pattern binds itself what it shares with the outside."""
    if pattern.name != "GroupGraphPatternSub":
        return False
    if not scope.named_everywhere(pattern) & outside <= scope.certain(pattern):
        return False
    for part in parts_of(pattern):
        if part.name == "GroupOrUnionGraphPattern":
            if not all(_is_self_contained(branch, outside) for branch in part.graph):
                return False
        elif part.name not in {"TriplesBlock", "Filter"}:
            return False
    return True


def _plain_triples(parts: Iterable[CompValue]) -> list[Triple]:
    """List the triples of blocks that have each solution once: those without longer paths."""
    blocks = (part for part in parts if part.name == "TriplesBlock")
    return [t for block in blocks for t in triples_of(block) if scope.is_plain(t[1])]


def _connected(triples: Sequence[Triple], shared: scope.Variables) -> list[Triple]:
    """List the triples that have some variables, or share others with triples that do."""
    found: list[Triple] = []
    while True:
        more = [t for t in triples if t not in found and scope.named(list(t)) & shared]
        if not more:
            return [triple for triple in triples if triple in found]
        found += more
        shared |= scope.named([list(triple) for triple in more])


def _anchors(
    others: Sequence[CompValue], filters: Sequence[CompValue], shared: scope.Variables
) -> Iterator[CompValue]:
    """Yield what narrows the shared values outside, and may be asked twice."""
    triples = _connected(_plain_triples(others), shared)
    known = scope.named(block_of(triples))
    yield block_of(triples)
    for part in others:
        if part.name == "InlineData" and scope.certain(part) & (known | shared):
            known |= scope.certain(part)
            yield part
        elif part.name == "Bind" and scope.is_constant(part.expr) and part.var in known | shared:
            known |= {part.var}
            yield part
    for part in filters:
        if scope.named_everywhere(part) <= known and not _holds(part, _VOLATILE | _EXISTS):
            yield part


def _holds(value: Any, names: frozenset[str]) -> bool:
    """Whether a node of some names is in a part."""
    if isinstance(value, CompValue) and value.name in names:
        return True
    return any(_holds(one, names) for one in children(value))


def _absorbs(branch: CompValue, around: scope.Variables) -> bool:
    """Whether triples may be put before a group instead of being joined with it.

    They may if the group's own joins bind all variables that its other parts share with them.
    """
    bound: scope.Variables = frozenset()
    for part in parts_of(branch):
        if part.name in _JOINED:
            bound |= scope.certain(part)
        elif part.name != "Filter" and not scope.named_everywhere(part) & around <= bound:
            return False
    filters = [part for part in parts_of(branch) if part.name == "Filter"]
    return all(scope.named_everywhere(one) & around <= bound for one in filters)


_JOINED: Final = frozenset(
    {"TriplesBlock", "InlineData", "GroupOrUnionGraphPattern", "GraphGraphPattern"}
)
"""Parts that are joined with what stands before them, in any order."""


def _run(parts: Sequence[CompValue], at: int) -> list[CompValue]:
    """List the parts around one between which the order does not matter."""
    first, last = at, at
    while first and parts[first - 1].name in _JOINED | {"Filter"}:
        first -= 1
    while last + 1 < len(parts) and parts[last + 1].name in _JOINED | {"Filter"}:
        last += 1
    return list(parts[first : last + 1])


def _without(part: CompValue, moved: Sequence[Triple]) -> CompValue:
    if part.name != "TriplesBlock":
        return part
    return block_of(triple for triple in triples_of(part) if triple not in moved)


# Columns and blank nodes


def _name_columns(select: CompValue) -> None:
    """Write the columns of `SELECT *` out, in the order in which the engine has them."""
    if not select.projection:
        columns = sorted(scope.possible(select))
        if not columns:
            raise Unwritable("SELECT * without a variable")
        select["projection"] = [node("vars", var=one) for one in columns]


def _name_blank_nodes(query: CompValue, rewriting: _Rewriting) -> None:
    """Put variables in the place of blank nodes: nothing selects them, and they may be copied."""
    if not scope.has_blank_nodes(query.where):
        return
    if _holds_star_count(query):
        raise Unwritable("COUNT(DISTINCT *) with blank nodes")
    names: dict[BNode, Variable] = {}

    def named(value: Any) -> Any:
        if isinstance(value, BNode):
            if value not in names:
                names[value] = rewriting.fresh()
            return names[value]
        return value

    _replace(query.where, named)


def _holds_star_count(value: Any) -> bool:
    if isinstance(value, CompValue) and value.name == "Aggregate_Count":
        return bool(value.distinct) and isinstance(value.vars, str) and value.vars == "*"
    return any(map(_holds_star_count, children(value)))


def _replace(value: Any, change: Callable[[Any], Any]) -> None:
    """Change the terms in a tree, in its place."""
    if isinstance(value, CompValue):
        for key in list(value):
            value[key] = change(value[key])
            _replace(value[key], change)
    elif isinstance(value, list | ParseResults):
        for at, one in enumerate(list(value)):
            value[at] = change(one)
            _replace(value[at], change)


# What is selected


def _join_strings(select: CompValue) -> list[str]:
    """Have GROUP_CONCAT join the strings of its terms, as the standard has it."""
    found = [one for one in _aggregates(select) if one.name == "Aggregate_GroupConcat"]
    changed = [one for one in found if not _is_string(one.vars)]
    for one in changed:
        one["vars"] = node("Builtin_STR", arg=one.vars)
    return ["GROUP_CONCAT joins the strings of its terms"] if changed else []


def _is_string(expression: Any) -> bool:
    value = _unwrapped(expression)
    return isinstance(value, CompValue) and value.name == "Builtin_STR"


def _aggregates(select: CompValue) -> Iterator[CompValue]:
    """Yield the aggregates of a query itself."""

    def inside(value: Any) -> Iterator[CompValue]:
        if isinstance(value, CompValue) and value.name.startswith("Aggregate_"):
            yield value
        elif not (isinstance(value, CompValue) and value.name == "SubSelect"):
            for one in children(value):
                yield from inside(one)

    for key in ("projection", "having", "orderby"):
        yield from inside(getattr(select, key))


def _spell_out_aliases(select: CompValue) -> list[str]:
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
        _replace(select.having, spelled)
    return steps[:1]


def _grouped(select: CompValue) -> scope.Variables:
    conditions = select.groupby.condition if select.groupby is not None else ()
    named = (one.var for one in conditions if isinstance(one, CompValue) and one.name == "GroupAs")
    return frozenset(one for one in named if one is not None) | frozenset(
        one for one in conditions if isinstance(one, Variable)
    )


# Several default graphs


def _counts_solutions(query: CompValue) -> bool:
    """Whether the answer to a query depends on how often a solution occurs."""
    bounds = query.limitoffset is not None
    is_set = query.modifier == "DISTINCT" or (query.name != "SelectQuery" and not bounds)
    inner = [one for one in _selects(query) if one is not query]
    return not is_set or any(map(_aggregates_or_cuts, [query, *inner]))


def _aggregates_or_cuts(select: CompValue) -> bool:
    if any(True for _ in _aggregates(select)) or select.groupby is not None:
        return True
    return select.limitoffset is not None and select.modifier != "DISTINCT"


def _each_once(group: CompValue) -> CompValue:
    """Have the blocks of triples in a group, outside of GRAPH, give each solution once."""
    if group.name == "SubSelect":
        if _counts_solutions(group):
            group["where"] = _each_once(group.where)
        return group
    found: list[CompValue] = []
    for is_block, parts in groupby(parts_of(group), lambda part: part.name == "TriplesBlock"):
        if is_block:
            found.append(_distinct([t for block in parts for t in triples_of(block)]))
        else:
            found += map(_inside_once, parts)
    return node("GroupGraphPatternSub", part=found)


def _inside_once(part: CompValue) -> CompValue:
    """Do the same in the groups of a part; how often a pattern exists does not count."""
    if part.name in {"OptionalGraphPattern", "MinusGraphPattern"}:
        part["graph"] = _each_once(part.graph)
    elif part.name == "GroupOrUnionGraphPattern":
        part["graph"] = [_each_once(one) for one in part.graph]
    elif any(True for _ in _selects(part)):
        raise Unwritable("a sub-select in GRAPH or EXISTS")
    return part


def _distinct(triples: list[Triple]) -> CompValue:
    """Make a part that gives each solution of some triples once."""
    if any(_is_negated(path) for _, path, _ in triples):
        raise Unwritable("a negated path has a solution for each triple")
    names = sorted(scope.named(block_of(triples)))
    where = _group([block_of(triples)])
    if not names:
        return node("Filter", expr=node("Builtin_EXISTS", graph=where))
    columns = [node("vars", var=one) for one in names]
    select = node("SubSelect", modifier="DISTINCT", projection=columns, where=where)
    return node("GroupOrUnionGraphPattern", graph=[select])


def _is_negated(path: Any) -> bool:
    return _holds(path, frozenset({"PathNegatedPropertySet"}))
