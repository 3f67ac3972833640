"""SPARQL-based constraints (SHACL section 5), each as one SELECT over all its focus nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from registry import terms
from registry.intake.graphs import Graph
from registry.releases.validation.report import SH, Result, Severity

_TARGETS: Final = {
    "targetClass": "?this <{rdf}type>/<{rdfs}subClassOf>* <{value}>",
    "targetSubjectsOf": "?this <{value}> ?any",
    "targetObjectsOf": "?any <{value}> ?this",
    "targetNode": "BIND(<{value}> AS ?this)",
}
"""How each kind of target (SHACL section 2.1.3) finds its focus nodes."""

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


def results(store: ox.Store, shapes: Graph) -> set[Result]:
    """Run every SPARQL-based constraint on the default graph of the store."""
    known = ox.Store()
    known.extend(ox.Quad(t.subject, t.predicate, t.object) for t in shapes.triples())
    prologue = "".join(
        f"PREFIX {row['prefix'].value}: <{row['namespace'].value}>\n"
        for row in _rows(known, _PREFIXES)
    )
    return {
        result
        for constraint in _rows(known, _CONSTRAINTS)
        for result in _violations(store, known, constraint, prologue)
    }


def _rows(store: ox.Store, query: str) -> Iterator[ox.QuerySolution]:
    """Run a SELECT."""
    found = store.query(query)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("a constraint must be a SELECT")
    return iter(found)


def _violations(
    store: ox.Store, shapes: ox.Store, constraint: ox.QuerySolution, prologue: str
) -> Iterator[Result]:
    """Run one constraint on all focus nodes of its shape."""
    query = prologue + with_targets(
        constraint["select"].value, targets(shapes, constraint["shape"])
    )
    variables = {"this", "value", "path"}
    for row in _rows(store, query):
        bound = {name: _bound(row, name) for name in variables}
        yield Result(
            Severity(constraint["severity"].value.removeprefix(SH).lower()),
            constraint["shape"].value,
            bound["this"],
            bound["path"] or (constraint["path"].value if constraint["path"] else ""),
            bound["value"] or bound["this"],
            constraint["message"].value,
            component=f"{SH}SPARQLConstraintComponent",
        )


def _bound(row: ox.QuerySolution, name: str) -> str:
    """Give the text of a variable's value; empty where it has none."""
    try:
        term = row[name]
    except KeyError:
        return ""
    return term.value if term is not None else ""


def targets(shapes: ox.Store, shape: ox.NamedNode) -> str:
    """Write the graph pattern that finds the focus nodes of a shape."""
    patterns = [
        pattern.format(value=quad.object.value, **terms.PREFIXES)
        for kind, pattern in _TARGETS.items()
        for quad in shapes.quads_for_pattern(shape, ox.NamedNode(SH + kind), None, None)
        if isinstance(quad.object, ox.NamedNode)
    ]
    if not patterns:
        raise ValueError(f"{shape} has a SPARQL constraint and no target")
    return " UNION ".join(f"{{ {pattern} }}" for pattern in sorted(patterns))


def with_targets(select: str, pattern: str) -> str:
    """Let a constraint's SELECT begin with its focus nodes."""
    found = _WHERE.search(select)
    if not found:
        raise ValueError("a constraint's SELECT must have WHERE { … }")
    start = found.end()
    return f"{select[:start]} {{ SELECT DISTINCT ?this WHERE {{ {pattern} }} }}{select[start:]}"
