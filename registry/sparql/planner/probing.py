"""Probes: filters that are always true and see each row of a step as the engine makes it.

The engine does not show its plan. Where each triple pattern and sub-select of a query has a filter
of its own, the order in which the filters are called first is the order of the engine's steps, and
how often each is called is how many rows its step has. A filter in brackets of its own changes
neither: the engine estimates and joins a pattern with a filter as it does the pattern.

    ?c cl:inCountry co:ITA . ?l cl:party ?c
    { ?c cl:inCountry co:ITA FILTER(<probe:0>(?c)) } { ?l cl:party ?c FILTER(<probe:1>(?l)) }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rdflib import URIRef
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.rewriting import Rewritten, exists_in, name_parts
from registry.sparql.planner.syntax import (
    Unwritable,
    block_of,
    copied,
    limited,
    node,
    parts_of,
    prefixes_of,
    read,
    shown,
    spelled_out,
    triples_of,
    write,
)

PROBE: Final = "probe:"
"""IRIs of probes begin with this, and end with the number of the step."""

_WORDS: Final = {
    "OptionalGraphPattern": "OPTIONAL",
    "MinusGraphPattern": "MINUS",
    "Builtin_EXISTS": "EXISTS",
    "Builtin_NOTEXISTS": "NOT EXISTS",
}


@dataclass(frozen=True)
class Step:
    """A triple pattern or sub-select of a query, and in which of its groups it stands.

    `triple` has its terms as IRIs and variables; a sub-select has none. `group` numbers the group.
    """

    pattern: str
    inside: tuple[str, ...]
    group: int
    triple: tuple[Any, Any, Any] | None = None


@dataclass(frozen=True)
class Probed:
    """A query with a probe in each of its steps; `parents` has the group that each group is in."""

    text: str
    steps: tuple[Step, ...]
    parents: tuple[int, ...]
    tree: CompValue


def probe(planned: Rewritten) -> Probed | None:
    """Put a probe into each step of a query; None if it cannot be read or written."""
    try:
        with limited():
            prologue, query = copied(planned.tree) if planned.tree else read(planned.text)
            name_parts(query)
            probing = _Probing(prefixes_of(prologue))
            before = copied(query)
            query["where"] = probing.group(query.where, (), probing.enter(0))
            text = write(prologue, query)
            return Probed(text, tuple(probing.steps), tuple(probing.parents), before)
    except (Unwritable, TimeoutError, RecursionError):
        return None


@dataclass
class _Probing:
    """Puts probes into a tree, in its place."""

    prefixes: Mapping[str, str]
    steps: list[Step] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)

    def enter(self, parent: int) -> int:
        """Number a group."""
        self.parents.append(parent)
        return len(self.parents) - 1

    def group(self, group: CompValue, inside: tuple[str, ...], number: int) -> CompValue:
        """Put probes into a group, or a sub-select."""
        if group.name == "SubSelect":
            group["where"] = self.group(group.where, inside, number)
            return group
        parts = [new for part in parts_of(group) for new in self._part(part, inside, number)]
        return node("GroupGraphPatternSub", part=parts)

    def _part(self, part: CompValue, inside: tuple[str, ...], number: int) -> Iterator[CompValue]:
        """Yield what stands in the place of a part."""
        if part.name == "TriplesBlock":
            for triple in triples_of(part):
                pattern = " ".join(shown(one) for one in triple)
                step = Step(pattern, inside, number, self._resolved(triple))
                yield self._seen(block_of([triple]), step)
            return
        if part.name in {"Filter", "Bind"}:
            for exists in exists_in(part.expr):
                self._inside(exists, (*inside, _WORDS[exists.name]), number)
        elif part.name == "GroupOrUnionGraphPattern":
            part["graph"] = list(self._branches(part.graph, inside, number))
        elif part.name == "LateralGraphPattern":
            part["graph"] = self.group(part.graph, inside, number)
        elif isinstance(part.graph, CompValue):
            self._inside(part, (*inside, self._word(part)), number)
        yield part

    def _word(self, part: CompValue) -> str:
        return _WORDS.get(part.name) or f"GRAPH {shown(part.term)}"

    def _inside(self, part: CompValue, inside: tuple[str, ...], number: int) -> None:
        part["graph"] = self.group(part.graph, inside, self.enter(number))

    def _branches(
        self, branches: list[CompValue], inside: tuple[str, ...], number: int
    ) -> Iterator[CompValue]:
        """Yield the branches of a union; a sub-select that is none is a step of its own."""
        several = len(branches) > 1
        for at, branch in enumerate(branches, start=1):
            word = (f"UNION {at}",) if several else ()
            if branch.name != "SubSelect":
                yield self.group(branch, (*inside, *word), self.enter(number))
                continue
            columns = " ".join(f"?{one}" for one in sorted(scope.possible(branch)))
            inner = self.group(branch, (*inside, *word, "SELECT"), self.enter(number))
            step = Step(f"SELECT {columns}", (*inside, *word), number)
            yield self._seen(node("GroupOrUnionGraphPattern", graph=[inner]), step).graph[0]

    def _seen(self, part: CompValue, step: Step) -> CompValue:
        """Return a part in brackets with its probe."""
        iri = URIRef(f"{PROBE}{len(self.steps)}")
        names = sorted(scope.certain(part) or scope.possible(part))[:1]
        call = node("Function", iri=iri, expr=names)
        self.steps.append(step)
        inner = node("GroupGraphPatternSub", part=[part, node("Filter", expr=call)])
        return node("GroupOrUnionGraphPattern", graph=[inner])

    def _resolved(self, triple: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        subject, path, value = (spelled_out(one, self.prefixes) for one in triple)
        return subject, path, value
