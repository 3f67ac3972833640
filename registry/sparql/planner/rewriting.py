"""The rewritings: each keeps the answer that SPARQL 1.1 gives, and says why it does.

What the engine gets wrong is put in words that it gets right: alternatives of a path are unions
(section 18.4), a path of length zero leads from each term to itself, a negated path is found once
for each property (18.4), GROUP_CONCAT joins the strings of its terms (18.5.1.7), MINUS takes
nothing away where no variable is shared (18.5). What its own plan makes slow is put so that it is
not: FILTER EXISTS is a join with the distinct values of the shared variables, NOT EXISTS is MINUS
with them, and what stands around a union is joined with each of its branches, which else are found
whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, count, groupby, product, takewhile
from typing import Any, Final

import pyoxigraph as ox
from rdflib import BNode, Literal, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import dividing, scope
from registry.sparql.planner.anchoring import filters_as_values, values_inside
from registry.sparql.planner.joining import is_property, looked_up, ordered
from registry.sparql.planner.selecting import (
    EXISTS,
    VOLATILE,
    aggregates,
    is_grouped,
    join_strings,
    rename_keys,
    sample_ungrouped,
    spell_out_aliases,
    spell_out_columns,
)
from registry.sparql.planner.statistics import Counts
from registry.sparql.planner.syntax import (
    Unwritable,
    block_of,
    children,
    holds,
    limited,
    node,
    parts_of,
    prefixes_of,
    read,
    replace_terms,
    spelled_out,
    triples_of,
    unwrapped,
    write,
)

Triple = tuple[Any, Any, Any]

_MOST_BRANCHES: Final = 32
"""Branches that the alternatives of one path may become."""

_LONGER: Final = 20
"""A query may become this many times as long; branches within branches copy what is around them."""

_SELECT: Final = frozenset({"SubSelect"})


@dataclass(frozen=True)
class Rewritten:
    """A query as the engine runs it; `steps` name what was changed, each once, in that order.

    `given_up` is set where it could not be read or written, and so may lack what it needs.
    """

    text: str
    steps: tuple[str, ...] = ()
    given_up: bool = field(default=False, compare=False)
    tree: tuple[list[CompValue], CompValue] | None = field(default=None, compare=False, repr=False)
    """The declarations and the query that the text was written of; None where it was not."""


def rewrite(text: str, counts: Counts | None = None) -> Rewritten:
    """Rewrite a query where that is certain to keep its meaning; else return it as it is.

    With the counts of the release that it is asked of, its joins are ordered by them.
    """
    try:
        with limited():
            return _written(text, *changed(text, counts))
    except (Unwritable, TimeoutError, RecursionError):
        return Rewritten(text, given_up=True)


def each_once(text: str) -> Rewritten | None:
    """Rewrite a query so that a triple that several graphs have counts once; None if it cannot be.

    The engine matches it once for each of several default graphs. The solutions of a block of
    triples in the merge of these are the distinct ones of all its variables.
    """
    try:
        with limited():
            prologue, query, rewriting = changed(text)
            if not _counts_solutions(query):
                return _written(text, prologue, query, rewriting)
            spell_paths(query.where, rewriting)
            query["where"] = _each_once(query.where)
            steps = (*dict.fromkeys(rewriting.steps), _ONCE)
            return Rewritten(checked(write(prologue, query)), steps, tree=(prologue, query))
    except (Unwritable, TimeoutError, RecursionError):
        return None


def name_parts(query: CompValue) -> None:
    """Name all that a query does not: its columns, its blank nodes, and the ends of its steps."""
    if query.where is None or query.where.name == "FakeGroupGraphPatten":
        raise Unwritable("there is no group")
    rewriting = _Rewriting(scope.named_everywhere(query))
    for select in _selects(query):
        _name_columns(select)
    _name_blank_nodes(query, rewriting)
    spell_paths(query.where, rewriting)


def changed(
    text: str, counts: Counts | None = None
) -> tuple[list[CompValue], CompValue, _Rewriting]:
    """Read a query and rewrite its tree: its declarations, the tree, and what was done to it."""
    prologue, query = read(text)
    rewriting = _Rewriting(scope.named_everywhere(query), counts, prefixes_of(prologue))
    rewriting.query(query)
    return prologue, query, rewriting


def _written(
    text: str, prologue: list[CompValue], query: CompValue, rewriting: _Rewriting
) -> Rewritten:
    """Write a tree that was changed; a text of which nothing was stays as it is."""
    written = checked(write(prologue, query)) if rewriting.steps else text
    if not rewriting.steps or len(written) > _LONGER * len(text) + 1_000:
        return Rewritten(text, given_up=bool(rewriting.steps))
    return Rewritten(written, tuple(dict.fromkeys(rewriting.steps)), tree=(prologue, query))


def checked(text: str) -> str:
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
    counts: Counts | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict)
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
            self.steps += join_strings(select)
            self.steps += rename_keys(select)
            self.steps += spell_out_columns(select)
            self.steps += spell_out_aliases(select)
            self.steps += sample_ungrouped(select)
        for select in {id(one): one for one in (query, *_selects(query))}.values():
            if not is_grouped(select) and values_inside(select):
                self.steps.append("VALUES behind a query are joined inside its group")
        alone = query.name != "AskQuery" and not _is_cut(query)
        query["where"] = self.group(query.where, _Place(alone=alone))
        if dividing.zeros_divided(query):
            self.steps.append(dividing.STEP)

    def fresh(self) -> Variable:
        """Return a variable that the query does not use."""
        return next(
            found for at in self._numbers if (found := Variable(f"v{at}")) not in self.taken
        )

    def group(self, group: CompValue, place: _Place) -> CompValue:
        """Rewrite a group, or a sub-select, from the inside out."""
        if group.name == "SubSelect":
            alone = not (place.in_graph or place.in_exists or _is_cut(group))
            inner = replace(place, in_optional=False, alone=alone)
            group["where"] = self.group(group.where, inner)
            return group
        # What is optional is looked up for each solution before it, and not joined with a list.
        parts = parts_of(group)
        if not place.in_optional:
            parts = self._anchored_by_filters(parts)
        alone = place.alone and sum(part.name in JOINED for part in parts) == 1
        parts = [self._inside(part, replace(place, alone=alone)) for part in parts]
        parts = list(self._alternatives_as_unions(parts, place))
        if place.in_graph or place.in_exists:
            parts = list(self._without_idle_minus(parts))
        if not (place.in_graph or place.in_exists):
            parts = self._exists_as_joins(parts, place)
        parts = self._anchored(parts)
        for part in parts:
            if part.name in {"Filter", "Bind"}:
                others = (scope.possible(one) for one in parts if one is not part)
                self._loop(part, frozenset[Variable]().union(*others))
        return node("GroupGraphPatternSub", part=self._ordered(parts) if place.alone else parts)

    def _inside(self, part: CompValue, place: _Place) -> CompValue:
        """Rewrite what stands in a part."""
        alone = part.name == "MinusGraphPattern" and not (place.in_graph or place.in_exists)
        if part.name == "GroupOrUnionGraphPattern":
            alone = place.alone
        optional = part.name == "OptionalGraphPattern"
        inner = replace(place, in_optional=optional, alone=alone)
        if part.name in {"Filter", "Bind"}:
            for exists in exists_in(part.expr):
                exists["graph"] = self.group(exists.graph, replace(inner, in_exists=True))
        elif part.name in {"OptionalGraphPattern", "MinusGraphPattern"}:
            part["graph"] = self.group(part.graph, inner)
        elif part.name == "GraphGraphPattern":
            in_any = place.in_any_graph or isinstance(part.term, Variable)
            inner = replace(inner, in_graph=True, in_any_graph=in_any)
            part["graph"] = self.group(part.graph, inner)
        elif part.name == "GroupOrUnionGraphPattern":
            part["graph"] = [self.group(one, inner) for one in part.graph]
        return part

    # Anchors, and the order of joins

    def _anchored_by_filters(self, parts: list[CompValue]) -> list[CompValue]:
        """Put VALUES in the place of filters that compare a variable with IRIs."""
        filters = [part for part in parts if part.name == "Filter"]
        split = [node("Filter", expr=one) for part in filters for one in conjuncts(part.expr)]
        others = [part for part in parts if part.name != "Filter"]
        found = filters_as_values([*others, *split])
        if len([part for part in found if part.name == "Filter"]) == len(split):
            return parts
        self.steps.append("a filter that compares with IRIs is a join with VALUES")
        return found

    def _loop(self, part: CompValue, outside: scope.Variables) -> None:
        """Have the triples of EXISTS that stays as it is looked up one after another."""
        for exists in exists_in(part.expr):
            inner = parts_of(exists.graph) if exists.graph.name != "SubSelect" else []
            blocks = [one for one in inner if one.name == "TriplesBlock"]
            hops = [hop for block in blocks for t in triples_of(block) for hop in self.hops(*t)]
            if len(hops) < 2 or any(one.name not in _LOOPED for one in inner):
                continue
            if not all(is_property(path) for _, path, _ in hops):
                continue
            filters = [one for one in inner if one.name == "Filter"]
            values = [one for one in inner if one.name == "InlineData"]
            looped = looked_up(hops, outside.union(*map(scope.named, values)))
            exists["graph"] = node("GroupGraphPatternSub", part=[*values, *looped, *filters])
            self.steps.append("the triples of EXISTS are looked up one after another")

    def _ordered(self, parts: list[CompValue]) -> list[CompValue]:
        """Order the joins that a group begins with by the counts of the release."""
        filters = [part for part in parts if part.name == "Filter"]
        others = [part for part in parts if part.name != "Filter"]
        run = list(takewhile(lambda part: part.name in _SIMPLE, others))
        rest = others[len(run) :]
        if self.counts is None or not run or (rest and rest[0].name in JOINED):
            return parts
        blocks = [part for part in run if part.name == "TriplesBlock"]
        hops = [hop for block in blocks for t in triples_of(block) for hop in self.hops(*t)]
        values = [part for part in run if part.name == "InlineData"]
        found = ordered(values, hops, self.counts, self._in_full)
        if found is None:
            return parts
        self.steps.append("joins are ordered, and hashed, as costs least by the release's counts")
        return [*found, *rest, *filters]

    def _in_full(self, value: Any) -> Any:
        return spelled_out(value, self.prefixes)

    # Alternatives of a path

    def _alternatives_as_unions(
        self, parts: Iterable[CompValue], place: _Place
    ) -> Iterator[CompValue]:
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
                    groups = [_group(self._spelled(branch, place)) for branch in branches]
                    unions.append(node("GroupOrUnionGraphPattern", graph=groups))
            if unions:
                self.steps.append("alternatives of a path are branches of a union")
            yield from self._spelled(kept, place) if kept else []
            yield from unions

    def _branches(self, subject: Any, path: Any, value: Any) -> list[list[Triple]]:
        """List the branches of a triple: one for each way through the alternatives of its path."""
        if not _has_alternatives(path):
            return [[(subject, path, value)]]
        if path.name == "PathAlternative":
            found = [b for one in path.part for b in self._branches(subject, one, value)]
        elif path.name == "PathSequence":
            steps = [self._branches(*step) for step in self._chained(subject, path, value)]
            found = [[t for step in way for t in step] for way in product(*steps)]
        elif path.name == "PathEltOrInverse":
            found = self._branches(value, path.part, subject)
        else:
            found = self._branches(subject, path.part, value)
        if len(found) > _MOST_BRANCHES:
            raise Unwritable("too many alternatives")
        return found

    def hops(self, subject: Any, path: Any, value: Any) -> list[Triple]:
        """Write a sequence of properties as triples, with variables for what is between them."""
        if not isinstance(path, CompValue) or path.mod or path.name == "pname":
            return [(subject, path, value)]
        if path.name == "PathEltOrInverse":
            return self.hops(value, path.part, subject)
        if path.name == "PathElt":
            return self.hops(subject, path.part, value)
        if path.name not in {"PathAlternative", "PathSequence"}:
            return [(subject, path, value)]
        return [t for step in self._chained(subject, path, value) for t in self.hops(*step)]

    def _chained(self, subject: Any, path: CompValue, value: Any) -> list[Triple]:
        """Put a variable between each two steps of a sequence."""
        nodes = [subject, *(self.fresh() for _ in path.part[1:]), value]
        return list(zip(nodes, path.part, nodes[1:], strict=False))

    # Paths that the engine gets wrong

    def _spelled(self, triples: list[Triple], place: _Place) -> list[CompValue]:
        """Spell out the steps of paths that are of length zero at a term, or negated."""
        kept, others = list[Triple](), list[CompValue]()
        for triple in triples:
            hops = self.hops(*triple)
            ways = [self._in_other_words(hop, place) for hop in hops]
            others += chain.from_iterable(ways)
            left = [hop for hop, way in zip(hops, ways, strict=True) if not way]
            kept += left if any(ways) else [triple]
        return [block_of(kept), *others] if kept else others

    def _in_other_words(self, triple: Triple, place: _Place) -> list[CompValue]:
        """Return the parts that stand for a triple; none where it may stay as it is.

        A way from a term to itself, which the engine finds only if the data have the term, would
        have no graph beside GRAPH with a variable. A negated path has a solution for each property,
        of which the engine finds one if both ends are known.
        """
        if way := self._with_each_property(*triple):
            self.steps.append("a negated path has a solution for each property")
            return way
        if not place.in_any_graph and (itself := _with_way_to_itself(triple)):
            self.steps.append("a path of length zero leads from a term to itself")
            return [itself]
        return []

    def _with_each_property(self, subject: Any, path: Any, value: Any) -> list[CompValue]:
        """Write a negated path as any property and a filter; none where it is no such path."""
        if not isinstance(path, CompValue) or path.name != "PathNegatedPropertySet":
            return []
        name = self.fresh()
        is_other = node("RelationalExpression", expr=name, op="NOT IN", other=list(path.part))
        return [block_of([(subject, name, value)]), node("Filter", expr=is_other)]

    # MINUS inside GRAPH and EXISTS

    def _without_idle_minus(self, parts: Sequence[CompValue]) -> Iterator[CompValue]:
        """Leave out MINUS where it shares no variable; the engine has it share what is around."""
        before: scope.Variables = frozenset()
        for part in parts:
            if part.name == "MinusGraphPattern" and not before & scope.possible(part.graph):
                self.steps.append("MINUS that shares no variable takes nothing away")
                continue
            before |= scope.possible(part)
            yield part

    # EXISTS

    def _exists_as_joins(self, parts: list[CompValue], place: _Place) -> list[CompValue]:
        """Join with the values for which a pattern exists, or take those away.

        The filters of OPTIONAL see what is outside of it, and are left alone.
        """
        others: list[CompValue] = []
        for part in parts:
            if part.name == "Bind":
                self._mark(part, others, ())
            if part.name != "Filter":
                others.append(part)
        filters = [part for part in parts if part.name == "Filter"]
        if place.in_optional:
            return [*others, *filters]
        left = [
            node("Filter", expr=conjunct)
            for part in filters
            for conjunct in conjuncts(part.expr)
            if not self._is_joined(conjunct, others, filters)
        ]
        for part in left:
            self._mark(part, others, filters)
        return [*others, *left]

    def _is_joined(
        self, condition: Any, others: list[CompValue], filters: Sequence[CompValue]
    ) -> bool:
        """Join what a condition demands to exist, or not to, with the other parts, if it may be."""
        exists, is_there = _exists(condition)
        joined = exists and self._joined(exists.graph, others, filters)
        if not joined:
            return False
        at, select = joined
        word = "GroupOrUnionGraphPattern" if is_there else "MinusGraphPattern"
        others.insert(at, node(word, graph=[select] if is_there else select))
        said = "EXISTS is a join with" if is_there else "NOT EXISTS takes away"
        self.steps.append(f"{said} the values for which the pattern is there")
        return True

    def _mark(self, part: CompValue, others: list[CompValue], filters: Sequence[CompValue]) -> None:
        """Mark the values for which a pattern exists where EXISTS is a part of an expression."""
        marks: dict[int, CompValue] = {}
        for exists in exists_in(part.expr):
            if joined := self._joined(exists.graph, others, filters):
                at, select = joined
                mark = self.fresh()
                select["projection"].append(node("vars", expr=Literal(True), evar=mark))
                others.insert(at, node("OptionalGraphPattern", graph=select))
                bound = node("Builtin_BOUND", arg=mark)
                is_there = exists.name == "Builtin_EXISTS"
                marks[id(exists)] = bound if is_there else node("UnaryNot", expr=bound)
                self.steps.append("EXISTS in an expression is a mark of the values that have it")
        replace_terms(part, partial(_marked, marks))

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
        if not shared or _is_looked_up(pattern) or not _is_self_contained(pattern, outside):
            return None
        bound: scope.Variables = frozenset()
        for at, part in enumerate(others, start=1):
            bound |= scope.certain(part)
            # Parts that are joined stay together, and the engine orders them.
            follows = others[at].name if at < len(others) else ""
            if shared <= bound and follows not in JOINED and part.name in JOINED | {"Bind"}:
                anchors = _anchors(others, filters, shared)
                columns = [node("vars", var=one) for one in sorted(shared)]
                where = _group(self._anchored([*anchors, *parts_of(pattern)]))
                return at, node("SubSelect", modifier="DISTINCT", projection=columns, where=where)
        return None

    # Unions

    def _anchored(self, parts: Sequence[CompValue], branches: int = 1) -> list[CompValue]:
        """Join what stands around a union with each of its branches, which else are found whole.

        A join with a union is the union of the joins. Sub-selects stay where they are: each would
        be found once for each branch. `branches` are those that this group is one of already.
        """
        filters = [part for part in parts if part.name == "Filter"]
        found: list[CompValue] = []
        for is_joined, group in groupby(
            (part for part in parts if part.name != "Filter"), lambda part: part.name in JOINED
        ):
            run = list(group)
            found += self._distributed(run, branches) if is_joined else run
        return [*found, *filters]

    def _distributed(self, run: list[CompValue], branches: int) -> list[CompValue]:
        """Distribute the joins of some parts, whose order does not matter, over a union of them."""
        for union in run:
            if union.name != "GroupOrUnionGraphPattern" or not _is_open(union):
                continue
            others = [part for part in run if part is not union]
            kept = [part for part in others if not _may_be_repeated(part)]
            moved = [part for part in others if _may_be_repeated(part)]
            around = frozenset[Variable]().union(*map(scope.named_everywhere, moved))
            many = branches * len(union.graph)
            if not around & scope.possible(union) or many > _MOST_BRANCHES:
                continue
            if all(_absorbs(branch, around) for branch in union.graph):
                self.steps.append("what stands around a union is joined with each of its branches")
                groups = [
                    _group(self._anchored([*moved, *parts_of(branch)], many))
                    for branch in union.graph
                ]
                return [*kept, node("GroupOrUnionGraphPattern", graph=groups)]
        return run


@dataclass(frozen=True)
class _Place:
    """Where a group stands: inside GRAPH (of a variable), EXISTS, or directly in OPTIONAL.

    Into EXISTS, and the sub-selects there, come values from outside. `alone` is set where nothing
    around a group could narrow it, and all its solutions are wanted.
    """

    in_graph: bool = False
    in_any_graph: bool = False
    in_exists: bool = False
    in_optional: bool = False
    alone: bool = False


# What a part is


def _group(parts: Iterable[CompValue]) -> CompValue:
    return node("GroupGraphPatternSub", part=[part for part in parts if not _is_empty(part)])


def _is_empty(part: CompValue) -> bool:
    return part.name == "TriplesBlock" and not triples_of(part)


def _is_open(part: CompValue) -> bool:
    """Whether a part is a group or a union of groups, none of which is a sub-select."""
    return all(branch.name != "SubSelect" for branch in part.graph)


def _may_be_repeated(part: CompValue) -> bool:
    """Whether a part may be found once for each branch of a union: it has no sub-select."""
    return not holds(part, _SELECT)


def _has_alternatives(path: Any) -> bool:
    """Whether a path has alternatives of which duplicates count: outside of `*`, `+` and `?`."""
    if not isinstance(path, CompValue) or path.mod:
        return False
    if path.name == "PathAlternative" and len(path.part) > 1:
        return True
    if path.name in {"PathAlternative", "PathSequence"}:
        return any(map(_has_alternatives, path.part))
    return path.name in {"PathElt", "PathEltOrInverse"} and _has_alternatives(path.part)


def _with_way_to_itself(triple: Triple) -> CompValue | None:
    """Return a path that begins or ends at a term as a union; None where it has no length zero."""
    subject, path, value = triple
    if not isinstance(path, CompValue) or path.mod not in {"*", "?"}:
        return None
    if subject == value and not isinstance(value, Variable):
        return node("GroupOrUnionGraphPattern", graph=[_group([])])
    if isinstance(subject, Variable) == isinstance(value, Variable):
        return None
    name, term = (value, subject) if isinstance(value, Variable) else (subject, value)
    itself = node("InlineData", var=[name], value=[[term]])
    is_another = node("UnaryNot", expr=node("Builtin_SAMETERM", arg1=name, arg2=term))
    ways = [[itself], [block_of([triple]), node("Filter", expr=is_another)]]
    return node("GroupOrUnionGraphPattern", graph=list(map(_group, ways)))


def conjuncts(expression: Any) -> Iterator[Any]:
    """Yield what a condition demands at once."""
    value = unwrapped(expression)
    if isinstance(value, CompValue) and value.name == "ConditionalAndExpression":
        for one in (value.expr, *value.other):
            yield from conjuncts(one)
    else:
        yield value


def _exists(expression: Any) -> tuple[CompValue | None, bool]:
    """Return EXISTS or NOT EXISTS where a condition is just that, and whether it is there."""
    value, is_there = unwrapped(expression), True
    while isinstance(value, CompValue) and value.name == "UnaryNot":
        value, is_there = unwrapped(value.expr), not is_there
    if not isinstance(value, CompValue) or value.name not in EXISTS:
        return None, False
    return value, is_there == (value.name == "Builtin_EXISTS")


def exists_in(value: Any) -> Iterator[CompValue]:
    """Yield the outermost patterns of EXISTS in an expression."""
    if isinstance(value, CompValue) and value.name in EXISTS:
        yield value
    else:
        for one in children(value):
            yield from exists_in(one)


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
        elif part.name not in _LOOPED:
            return False
    return True


def _is_looked_up(pattern: CompValue) -> bool:
    """Whether a pattern is one triple, which the engine looks up for each solution outside."""
    parts = [part for part in parts_of(pattern) if part.name != "Filter"]
    if pattern.name == "SubSelect" or [part.name for part in parts] != ["TriplesBlock"]:
        return False
    return len(triples_of(parts[0])) == 1


def _anchors(
    others: Sequence[CompValue], filters: Sequence[CompValue], shared: scope.Variables
) -> Iterator[CompValue]:
    """Yield what narrows the shared values outside, and may be asked twice."""
    open_ = [
        part
        for other in others
        for part in (map(_block, triples_of(other)) if other.name == "TriplesBlock" else [other])
        if part.name in {"TriplesBlock", "InlineData"}
        or (part.name == "Bind" and scope.is_constant(part.expr))
    ]
    known, found = shared, list[CompValue]()
    while more := [part for part in open_ if part not in found and scope.named(part) & known]:
        found += more
        known |= scope.named(more)
    yield block_of(t for part in found if part.name == "TriplesBlock" for t in triples_of(part))
    yield from (part for part in found if part.name != "TriplesBlock")
    for part in filters:
        if scope.named_everywhere(part) <= known and not holds(part, VOLATILE | EXISTS):
            yield part


def _block(triple: Triple) -> CompValue:
    return block_of([triple])


def _absorbs(branch: CompValue, around: scope.Variables) -> bool:
    """Whether triples may be put before a group instead of being joined with it.

    They may if the group's own joins bind all variables that its other parts share with them.
    """
    bound: scope.Variables = frozenset()
    for part in parts_of(branch):
        if part.name in JOINED:
            bound |= scope.certain(part)
        elif part.name != "Filter" and not scope.named_everywhere(part) & around <= bound:
            return False
    filters = [part for part in parts_of(branch) if part.name == "Filter"]
    return all(scope.named_everywhere(one) & around <= bound for one in filters)


JOINED: Final = frozenset(
    {"TriplesBlock", "InlineData", "GroupOrUnionGraphPattern", "GraphGraphPattern"}
)
"""Parts that are joined with what stands before them, in any order."""


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

    replace_terms(query.where, named)


def _holds_star_count(value: Any) -> bool:
    if isinstance(value, CompValue) and value.name == "Aggregate_Count":
        return bool(value.distinct) and isinstance(value.vars, str) and value.vars == "*"
    return any(map(_holds_star_count, children(value)))


# Several default graphs


def _counts_solutions(query: CompValue) -> bool:
    """Whether the answer to a query depends on how often a solution occurs."""
    is_select = query.name in {"SelectQuery", "SubSelect"}
    is_set = query.modifier == "DISTINCT" or not (is_select or query.limitoffset is not None)
    inner = [one for one in _selects(query) if one is not query]
    return not is_set or any(map(_aggregates_or_cuts, [query, *inner]))


def _is_cut(select: CompValue) -> bool:
    """Whether a query may end before all solutions of its pattern are found."""
    return select.limitoffset is not None and select.orderby is None and not is_grouped(select)


_SIMPLE: Final = frozenset({"TriplesBlock", "InlineData"})
_LOOPED: Final = frozenset({"TriplesBlock", "InlineData", "Filter"})


def _aggregates_or_cuts(select: CompValue) -> bool:
    if any(True for _ in aggregates(select)) or select.groupby is not None:
        return True
    return select.limitoffset is not None and select.modifier != "DISTINCT"


def spell_paths(value: Any, rewriting: _Rewriting) -> None:
    """Write the sequences in a tree as triples: each way through them is a solution of its own."""
    if isinstance(value, CompValue) and value.name == "TriplesBlock":
        found = [hop for triple in triples_of(value) for hop in rewriting.hops(*triple)]
        value["triples"] = [list(hop) for hop in found]
    for one in children(value):
        spell_paths(one, rewriting)


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
    elif holds(part, _SELECT):
        raise Unwritable("a sub-select in GRAPH or EXISTS")
    return part


def _distinct(triples: list[Triple]) -> CompValue:
    """Make a part that gives each solution of some triples once."""
    names = sorted(scope.named(block_of(triples)))
    where = _group([block_of(triples)])
    if not names:
        return node("Filter", expr=node("Builtin_EXISTS", graph=where))
    columns = [node("vars", var=one) for one in names]
    select = node("SubSelect", modifier="DISTINCT", projection=columns, where=where)
    return node("GroupOrUnionGraphPattern", graph=[select])
