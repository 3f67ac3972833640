"""Several default graphs without copying them: each triple pattern is asked where it can be found.

The counts of a release say which graphs have triples of a property, or things of a class. Where a
query's FROM names all of those that are part of the store's own default graph, that graph, which
is merged, has what the query asks for. Where FROM names one of them, the pattern is asked in that
graph; where it names several, in each, without what one before has, so that a triple of two graphs
counts once (SPARQL 1.1, section 13.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

from rdflib import URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.joining import is_property, loop_order
from registry.sparql.planner.rewriting import (
    JOINED,
    Rewritten,
    changed,
    checked,
    exists_in,
    spell_paths,
)
from registry.sparql.planner.statistics import Counts
from registry.sparql.planner.syntax import (
    Unwritable,
    block_of,
    children,
    copied,
    is_short,
    limited,
    node,
    parts_of,
    prefixes_of,
    spelled_out,
    triples_of,
    write,
)

_STEP: Final = "each triple is asked in those graphs of FROM that have its property"

_MOST: Final = 6
"""Graphs that a pattern is asked in one by one; each looks into those before it."""

_ANY: Final = Variable("any")


class Asked(NamedTuple):
    """A query, and the dataset to ask it of; a default graph that is None is the store's own."""

    planned: Rewritten
    named: tuple[str, ...]


def asked_of(
    text: str, default: Sequence[str], named: Sequence[str], counts: Counts
) -> Asked | None:
    """Rewrite a query of several default graphs for the store; None where that is not certain."""
    if not is_short(text):
        return None
    try:
        with limited():
            prologue, query, rewriting = changed(text, counts)
            if query.name == "DescribeQuery":
                return None
            spell_paths(query.where, rewriting)
            # What was copied into several branches is one node in each, which would change twice.
            query = copied(query)
            graphs = _Graphs(frozenset(default), tuple(named), counts, prefixes_of(prologue))
            query["where"] = graphs.group(query.where)
            query["datasetClause"] = None
            steps = (*dict.fromkeys(rewriting.steps), _STEP)
            planned = Rewritten(checked(write(prologue, query)), steps, tree=(prologue, query))
            return Asked(planned, tuple(sorted({*named, *graphs.used})))
    except (Unwritable, TimeoutError, RecursionError):
        return None


@dataclass
class _Graphs:
    """Puts the graphs of a dataset into a query; `used` collects those that it names."""

    default: frozenset[str]
    named: tuple[str, ...]
    counts: Counts
    prefixes: Mapping[str, str]

    def __post_init__(self) -> None:
        self.used: set[str] = set()

    def group(self, group: CompValue, known: scope.Variables | None = None) -> CompValue:
        """Put graphs into a group, or a sub-select.

        `known` are the variables that have values where the group is found once for each row
        before it; None where all of it is found at once.
        """
        if group.name == "SubSelect":
            group["where"] = self.group(group.where)
            return group
        parts, found = list(_with_whole_blocks(parts_of(group))), list[CompValue]()
        named = _named_in(parts, known)
        joined = [part for part in parts if part.name in JOINED]
        for part in parts:
            if part.name == "TriplesBlock":
                is_first = all(one.name == "InlineData" for one in found)
                before = known if known is None and not found else _named_in(found, known)
                found += self._block(part, before, is_first, joined == [part])
            else:
                found.append(self._part(part, named))
        return node("GroupGraphPatternSub", part=found)

    def _part(self, part: CompValue, known: scope.Variables) -> CompValue:
        """Put graphs into a part; `known` are variables of the group that it is in."""
        if part.name == "GraphGraphPattern":
            return self._among_named(part)
        if part.name in {"Filter", "Bind"}:
            for exists in exists_in(part.expr):
                exists["graph"] = self.group(exists.graph, known)
        elif part.name in {"OptionalGraphPattern", "LateralGraphPattern"}:
            part["graph"] = self.group(part.graph, known)
        elif isinstance(part.graph, CompValue):
            part["graph"] = self.group(part.graph)
        elif part.graph:
            part["graph"] = [self.group(one) for one in part.graph]
        return part

    def _block(
        self, block: CompValue, known: scope.Variables | None, is_first: bool, is_only: bool
    ) -> Iterator[CompValue]:
        """Yield a block of triples, each in its graphs; those of the merged graph together.

        The engine would order unions by how many branches they have. Where some are asked in
        several graphs, the order is that which the engine gives to plain triples.
        """
        triples = [(triple, self._graphs_of(triple)) for triple in triples_of(block)]
        if not is_first or all(graphs is None or len(graphs) == 1 for _, graphs in triples):
            plain = [triple for triple, graphs in triples if graphs is None]
            yield from (self._in_graphs(one, graphs) for one, graphs in triples if graphs)
            yield from [block_of(plain)] if plain else []
        elif len(triples) == 1 and is_only and known is None and scope.named(block):
            yield self._each_once(*triples[0])
        else:
            order = loop_order([triple for triple, _ in triples], known or frozenset())
            for at, found in enumerate(order):
                graphs = next(graphs for triple, graphs in triples if triple is found)
                part = self._in_graphs(found, graphs) if graphs else block_of([found])
                inside = node("GroupGraphPatternSub", part=[part])
                yield node("LateralGraphPattern", graph=inside) if at else part

    def _graphs_of(self, triple: tuple[Any, Any, Any]) -> tuple[str, ...] | None:
        """Return the graphs in which a triple is asked; None for the store's merged graph."""
        held = [self._holding(name, triple[2]) for name in self._properties(triple[1])]
        holding = frozenset[str]().union(*held)
        if holding & self.counts.merged == holding & self.default:
            return None
        name = spelled_out(triple[1], self.prefixes)
        # What the graphs before have is looked up for each row: the largest comes first.
        by_size = sorted(self.default, key=lambda graph: (-self.counts.size(graph, name), graph))
        graphs = tuple(one for one in by_size if one in holding) or tuple(by_size[:1])
        if len(graphs) > (_MOST if is_property(triple[1]) else 1):
            raise Unwritable("too many graphs, or a path over several")
        return graphs

    def _holding(self, name: Any, value: Any) -> frozenset[str]:
        return self.counts.holding(
            spelled_out(name, self.prefixes), spelled_out(value, self.prefixes)
        )

    def _properties(self, path: Any) -> list[Any]:
        """List the properties of a path; a variable is any of them.

        A path of no step, and one that is negated, reach what no property tells.
        """
        if is_property(path):
            return [path]
        if path.name == "PathNegatedPropertySet" or path.mod in {"*", "?"}:
            return [_ANY]
        inner = [path.part] if isinstance(path.part, CompValue | URIRef) else path.part
        return [name for one in inner for name in self._properties(one)]

    def _in_graphs(self, triple: tuple[Any, Any, Any], graphs: tuple[str, ...]) -> CompValue:
        """Write a triple in one graph, or as a union of what each has and none before it."""
        self.used.update(graphs)
        branches = []
        for at, graph in enumerate(graphs):
            parts = [_in_graph(triple, graph)]
            for before in graphs[:at]:
                there = node("GroupGraphPatternSub", part=[_in_graph(triple, before)])
                parts.append(node("Filter", expr=node("Builtin_NOTEXISTS", graph=there)))
            branches.append(node("GroupGraphPatternSub", part=parts))
        if len(branches) == 1:
            return _in_graph(triple, graphs[0])
        return node("GroupOrUnionGraphPattern", graph=branches)

    def _each_once(self, triple: tuple[Any, Any, Any], graphs: Any) -> CompValue:
        """Write a triple that is found whole as the distinct solutions in its graphs."""
        self.used.update(graphs)
        branches = [
            node("GroupGraphPatternSub", part=[_in_graph(triple, graph)]) for graph in graphs
        ]
        union = node("GroupOrUnionGraphPattern", graph=branches)
        columns = [node("vars", var=one) for one in sorted(scope.named(block_of([triple])))]
        where = node("GroupGraphPatternSub", part=[union])
        select = node("SubSelect", modifier="DISTINCT", projection=columns, where=where)
        return node("GroupOrUnionGraphPattern", graph=[select])

    def _among_named(self, part: CompValue) -> CompValue:
        """Restrict GRAPH to the named graphs of the dataset; the query names others besides."""
        if _holds_graph(part.graph):
            raise Unwritable("GRAPH inside GRAPH")
        if isinstance(part.term, Variable):
            rows = [[URIRef(graph)] for graph in self.named]
            values = node("InlineData", var=[part.term], value=rows)
        elif str(spelled_out(part.term, self.prefixes)) in self.named:
            return part
        else:
            values = node("InlineData", var=[_ANY], value=[])
        group = node("GroupGraphPatternSub", part=[part, values])
        return node("GroupOrUnionGraphPattern", graph=[group])


def _named_in(parts: Sequence[CompValue], known: scope.Variables | None) -> scope.Variables:
    """Return the variables that some parts bind, and those that are known besides."""
    return frozenset[Variable]().union(*map(scope.possible, parts), known or ())


def _with_whole_blocks(parts: Sequence[CompValue]) -> Iterator[CompValue]:
    """Yield parts, of which neighbouring blocks of triples are one."""
    for is_block, run in groupby(parts, lambda part: part.name == "TriplesBlock"):
        if is_block:
            yield block_of(triple for block in run for triple in triples_of(block))
        else:
            yield from run


def _in_graph(triple: tuple[Any, Any, Any], graph: str) -> CompValue:
    inside = node("GroupGraphPatternSub", part=[block_of([triple])])
    return node("GraphGraphPattern", term=URIRef(graph), graph=inside)


def _holds_graph(value: Any) -> bool:
    if isinstance(value, CompValue) and value.name == "GraphGraphPattern":
        return True
    return any(map(_holds_graph, children(value)))
