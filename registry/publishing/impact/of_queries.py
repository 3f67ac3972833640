"""What a query reads around a node: its patterns as paths from one of its variables.

https://www.w3.org/TR/sparql11-query/#sparqlAlgebra . A triple matters to a solution with the node
only where the patterns that must hold with it lead from the node to the triple: those of its own
group and of the groups around it, but not of the alternatives and options beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import product
from typing import Any

from rdflib import URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translatePath, translatePName, translatePrologue, traverse
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from registry.publishing.impact.paths import ANY, Path, Reads, Step, repeated


@cache
def reads(text: str, focus: str) -> Reads:
    """Return what a query reads of the default graph, from the values of a variable.

    Raises
    ------
    ValueError
        where its paths cannot be followed.

    """
    reader = _Reader(Variable(focus))
    reader.group(_parsed(text).where, _Scope())
    return Reads(frozenset(reader.paths), frozenset(reader.elsewhere))


@cache
def subject(text: str) -> str:
    """Return the name of the one variable that is the subject of all that a CONSTRUCT makes."""
    template = [term for block in _parsed(text).template for term in block]
    subjects = set(template[::3])
    if len(subjects) != 1 or not isinstance(one := subjects.pop(), Variable):
        raise ValueError("a rule must derive statements about one variable")
    return str(one)


@cache
def _parsed(text: str) -> CompValue:
    """Parse a query into its tree, with full IRIs and property paths.

    In a thread, since the parser keeps its exceptions, and with them all that is held by who calls
    it: a store that stays open cannot be opened again.
    """
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(_tree, text).result()


def _tree(text: str) -> CompValue:
    prologue, query = parseQuery(text)
    named = partial(translatePName, prologue=translatePrologue(prologue, None))
    tree = traverse(traverse(query, visitPost=named), visitPost=translatePath)
    if not isinstance(tree, CompValue):
        raise TypeError("the parser returned no tree")
    return tree


@dataclass(frozen=True)
class _Edge:
    """A pattern: the ways over it from one of its ends to the other."""

    start: Any
    ways: tuple[Path, ...]
    end: Any

    def turned(self) -> _Edge:
        back = tuple(tuple(~step for step in reversed(way)) for way in self.ways)
        return _Edge(self.end, back, self.start)


@dataclass(frozen=True)
class _Scope:
    """What holds together with a pattern: edges, what variables stand for, values given."""

    edges: tuple[_Edge, ...] = ()
    optional: tuple[_Edge, ...] = ()
    """Edges that need not hold; they lead only to what one of several variables stands for."""

    aliases: Mapping[Variable, tuple[Variable, ...]] = field(default_factory=dict)
    values: Mapping[Variable, frozenset[str]] = field(default_factory=dict)
    hidden: Mapping[Variable, Variable] = field(default_factory=dict)
    """The names that variables of a subquery have outside, where they are its own."""

    def named(self, term: Any) -> Any:
        return self.hidden.get(term, term)


class _Reader:
    """Collects what a query reads, group by group."""

    def __init__(self, focus: Variable) -> None:
        self.focus = focus
        self.paths: set[Path] = set()
        self.elsewhere: set[frozenset[str] | None] = set()
        self._subqueries = 0

    def group(self, group: CompValue, scope: _Scope) -> None:
        """Read a group, given what holds around it."""
        if group.name == "SubSelect":
            self._subqueries += 1
            self.group(group.where, _within(group, scope, self._subqueries))
            return
        scope = self._joined(group, scope)
        for part in group.part or ():
            if part.name == "TriplesBlock":
                for edge in _edges(part, scope):
                    self._read(edge, scope)
            elif part.name == "OptionalGraphPattern":
                self.group(part.graph, scope)
                more = _required(part.graph, scope)
                scope = replace(scope, optional=scope.optional + more)
            elif part.name == "Bind":
                self._expression(part.expr, scope)
                scope = _with_alias(scope, part)
            elif part.name != "GraphGraphPattern":
                self._inner(part, scope)

    def _inner(self, part: CompValue, scope: _Scope) -> None:
        """Read the groups within a part of a group."""
        if part.name == "GroupOrUnionGraphPattern":
            for graph in part.graph:
                self.group(graph, scope)
        elif part.name == "MinusGraphPattern":
            self.group(part.graph, scope)
        elif part.name == "Filter":
            self._expression(part.expr, scope)
        elif part.name != "InlineData":
            raise ValueError(f"a rule or constraint cannot use {part.name}")

    def _expression(self, expression: Any, scope: _Scope) -> None:
        """Read the groups of EXISTS and NOT EXISTS in an expression."""
        if isinstance(expression, CompValue):
            if expression.name in {"Builtin_EXISTS", "Builtin_NOTEXISTS"}:
                self.group(expression.graph, scope)
                return
            for value in expression.values():
                self._expression(value, scope)
        elif isinstance(expression, Iterable) and not isinstance(expression, str):
            for value in expression:
                self._expression(value, scope)

    def _joined(self, group: CompValue, scope: _Scope) -> _Scope:
        """Add to what holds around a group what must hold in it."""
        values = dict(scope.values)
        for part in group.part or ():
            if part.name == "InlineData":
                values |= _values(part, scope)
        scope = replace(scope, values=values)
        return replace(scope, edges=scope.edges + _required(group, scope))

    def _read(self, edge: _Edge, scope: _Scope) -> None:
        """Read a pattern from the end to which the shorter way leads."""
        ends = [edge, edge.turned()]
        reached = [(way, e) for e in ends for way in [self._ways_to(e.start, scope)] if way]
        if not reached:
            self.elsewhere |= {step.predicates for way in edge.ways for step in way}
            return
        ways, turned = min(reached, key=lambda found: min(map(len, found[0])))
        self.paths |= {way + over for way, over in product(ways, turned.ways)}

    def _ways_to(self, term: Any, scope: _Scope) -> set[Path]:
        """Return the ways from the focus node to a variable; none where it stands apart."""
        if term in scope.aliases:
            wider = replace(scope, edges=scope.edges + scope.optional)
            return {way for name in scope.aliases[term] for way in self._ways_to(name, wider)}
        reached: dict[Any, set[Path]] = {self.focus: {()}}
        edges = [e for one in scope.edges for e in (one, one.turned())]
        while term not in reached:
            new: dict[Any, set[Path]] = {}
            for edge in edges:
                is_new = edge.end not in reached and isinstance(edge.end, Variable)
                if is_new and edge.start in reached:
                    ways = product(reached[edge.start], edge.ways)
                    new.setdefault(edge.end, {way + over for way, over in ways})
            if not new:
                return set()
            reached |= new
        return reached[term]


def _within(query: CompValue, scope: _Scope, number: int) -> _Scope:
    """Return the scope of a subquery; variables that it does not project are its own."""
    given = {part.var for part in query.projection or () if part.get("var") is not None}
    own = {name: Variable(f"{name}_{number}") for name in _variables(query.where) - given}
    hidden = {name: scope.named(name) for name in given} | own
    return replace(scope, hidden=hidden)


def _variables(tree: Any) -> set[Variable]:
    """List the variables in a part of a query."""
    if isinstance(tree, Variable):
        return {tree}
    if isinstance(tree, str):
        return set()
    inner = tree.values() if isinstance(tree, CompValue) else tree
    if not isinstance(inner, Iterable):
        return set()
    return {name for part in inner for name in _variables(part)}


def _edges(block: CompValue, scope: _Scope) -> Iterator[_Edge]:
    """Yield the patterns of a block of triples."""
    for triples in block.triples:
        for start, predicate, end in zip(*[iter(triples)] * 3, strict=True):
            yield _Edge(scope.named(start), _ways(predicate, scope), scope.named(end))


def _required(group: CompValue, scope: _Scope) -> tuple[_Edge, ...]:
    """Return the patterns of a group without which it has no solution."""
    if group.name == "SubSelect":
        return _required(group.where, _within(group, scope, id(group)))
    found: list[_Edge] = []
    for part in group.part or ():
        if part.name == "TriplesBlock":
            found += _edges(part, scope)
        elif part.name == "GroupOrUnionGraphPattern" and len(part.graph) == 1:
            found += _required(part.graph[0], scope)
    return tuple(found)


def _values(data: CompValue, scope: _Scope) -> dict[Variable, frozenset[str]]:
    """Return the IRIs that inline data have for each variable."""
    names = data.var if isinstance(data.var, list) else [data.var]
    rows = [row if isinstance(row, list) else [row] for row in data.value]
    columns = zip(*rows, strict=True)
    return {scope.named(n): frozenset(map(str, c)) for n, c in zip(names, columns, strict=True)}


def _with_alias(scope: _Scope, bind: CompValue) -> _Scope:
    """Add to a scope the variables for which the one that BIND sets may stand."""
    names = tuple(scope.named(name) for name in _alternatives(bind.expr))
    aliases = {**scope.aliases, scope.named(bind.var): names}
    return replace(scope, aliases=aliases)


def _alternatives(expression: Any) -> tuple[Variable, ...]:
    """List the variables of which an expression returns one; none where it computes a value."""
    while isinstance(expression, CompValue) and set(expression) - {"_vars"} == {"expr"}:
        expression = expression.expr
    if isinstance(expression, Variable):
        return (expression,)
    if isinstance(expression, CompValue) and expression.name == "Builtin_COALESCE":
        found = [_alternatives(argument) for argument in expression.arg]
        return tuple(name for names in found for name in names) if all(found) else ()
    return ()


def _ways(predicate: Any, scope: _Scope) -> tuple[Path, ...]:
    """Return the ways over a predicate or property path (SPARQL section 9)."""
    if isinstance(predicate, Variable):
        return ((Step(scope.values.get(scope.named(predicate), ANY)),),)
    if isinstance(predicate, URIRef):
        return ((Step(frozenset({str(predicate)})),),)
    return tuple(_path_ways(predicate))


def _path_ways(path: URIRef | PropertyPath) -> list[Path]:
    if isinstance(path, URIRef):
        return [(Step(frozenset({str(path)})),)]
    if isinstance(path, InvPath):
        return [tuple(~step for step in reversed(way)) for way in _path_ways(path.arg)]
    if isinstance(path, AlternativePath):
        return [way for arg in path.args for way in _path_ways(arg)]
    if isinstance(path, SequencePath):
        return [sum(ways, ()) for ways in product(*map(_path_ways, path.args))]
    if isinstance(path, MulPath):
        return repeated(_path_ways(path.path), str(path.mod))
    raise ValueError(f"{path} cannot be followed")
