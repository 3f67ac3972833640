"""SPARQL-based constraints (SHACL section 5), each as one SELECT over all its focus nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import pyoxigraph as ox

from registry.graphs.graph import Graph
from registry.publishing.impact import Changes, reads, restricted
from registry.publishing.shacl import targets
from registry.publishing.shacl.report import SH, Result, Severity

COMPONENT: Final = f"{SH}SPARQLConstraintComponent"

_WHERE: Final = re.compile(r"\bWHERE\s*\{", re.IGNORECASE)

_CONSTRAINTS: Final = f"""
PREFIX sh: <{SH}>
SELECT ?shape ?select ?message ?severity ?path ?constraint WHERE {{
  ?shape sh:sparql ?constraint . ?constraint sh:select ?select .
  FILTER NOT EXISTS {{ ?constraint sh:deactivated true }}
  FILTER NOT EXISTS {{ ?shape sh:deactivated true }}
  OPTIONAL {{ ?constraint sh:message ?own }} OPTIONAL {{ ?shape sh:message ?shared }}
  OPTIONAL {{ ?shape sh:severity ?given }} OPTIONAL {{ ?shape sh:path ?path }}
  BIND(COALESCE(?own, ?shared) AS ?message)
  BIND(COALESCE(?given, sh:Violation) AS ?severity)
}}"""

_PREFIXES: Final = f"""
PREFIX sh: <{SH}>
SELECT DISTINCT ?prefix ?namespace WHERE {{
  ?any sh:declare ?declared . ?declared sh:prefix ?prefix ; sh:namespace ?namespace }}"""


@dataclass(frozen=True)
class Constraint:
    """One constraint: which nodes it validates, by what query, and the message."""

    shape: str
    select: str
    targets: frozenset[targets.Target]
    severity: Severity
    path: str
    message: str

    def results(self, store: ox.Store) -> Iterator[Result]:
        """Validate all focus nodes in the default graph of a store."""
        pattern = targets.pattern(self.targets)
        return self._found(store, with_targets(self.select, pattern))

    def concerned(self, store: ox.Store, changes: Changes) -> set[Any] | None:
        """Return the nodes of which something that is read has changed; None = perhaps all."""
        read = reads(self.select, "this")
        whole = replace(read, paths=read.paths | targets.reads(self.targets))
        return whole.concerned(store, changes)

    def results_of(self, store: ox.Store, nodes: Iterable[Any]) -> Iterator[Result]:
        """Validate those of some nodes that are focus nodes."""
        focus = list(targets.focus_nodes(store, self.targets, among=nodes))
        return self._found(store, restricted(self.select, "this", focus)) if focus else iter(())

    def _found(self, store: ox.Store, query: str) -> Iterator[Result]:
        for row in rows(store, query):
            bound = {name: _bound(row, name) for name in ("this", "value", "path")}
            yield Result(
                self.severity,
                self.shape,
                bound["this"],
                bound["path"] or self.path,
                bound["value"] or bound["this"],
                self.message,
                component=COMPONENT,
            )


@lru_cache(maxsize=2)
def constraints(shapes: Graph) -> tuple[Constraint, ...]:
    """List the SPARQL-based constraints of a graph of shapes, read once while it is the same.

    Raises
    ------
    ValueError
        where a shape has one and no target.

    """
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in shapes.triples())
    prologue = "".join(
        f"PREFIX {row['prefix'].value}: <{row['namespace'].value}>\n"
        for row in rows(store, _PREFIXES)
    )
    return tuple(
        Constraint(
            row["shape"].value,
            prologue + row["select"].value,
            _targets(store, row["shape"]),
            Severity(row["severity"].value.removeprefix(SH).lower()),
            row["path"].value if row["path"] else "",
            row["message"].value,
        )
        for row in rows(store, _CONSTRAINTS)
    )


def _targets(shapes: ox.Store, shape: ox.NamedNode) -> frozenset[targets.Target]:
    """List the targets of a shape."""
    found = frozenset(
        (kind, str(quad.object))
        for kind in targets.KINDS
        for quad in shapes.quads_for_pattern(shape, ox.NamedNode(kind), None, None)
    )
    if not found:
        raise ValueError(f"{shape} has a SPARQL constraint and no target")
    return found


def rows(store: ox.Store, query: str) -> Iterator[ox.QuerySolution]:
    """Run a SELECT."""
    found = store.query(query)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("a constraint must be a SELECT")
    return iter(found)


def _bound(row: ox.QuerySolution, name: str) -> str:
    """Return the text of a variable's value; empty where it has none."""
    try:
        term = row[name]
    except KeyError:
        return ""
    return term.value if term is not None else ""


def with_targets(select: str, pattern: str) -> str:
    """Let a constraint's SELECT begin with its focus nodes."""
    found = _WHERE.search(select)
    if not found:
        raise ValueError("a constraint's SELECT must have WHERE { … }")
    start = found.end()
    return f"{select[:start]} {{ SELECT DISTINCT ?this WHERE {{ {pattern} }} }}{select[start:]}"
