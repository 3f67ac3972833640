"""Validation of the merged, derived data of a release by the shapes (SHACL).

https://www.w3.org/TR/shacl/ . One validator in two halves that tests prove equal to plain pySHACL:
core constraints by pySHACL on batches of focus nodes with what is read around them, after a
prefilter has left out nodes that conform; `sh:sparql` constraints as one SELECT each on the store,
since pySHACL runs them once for each focus node. Where the same shapes validated the last release,
only the nodes that a change concerns are validated again.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from registry.graphs.graph import Graph
from registry.publishing.impact import Changes
from registry.publishing.shacl.constraints import COMPONENT, constraints
from registry.publishing.shacl.report import (
    Report,
    Result,
    Severity,
    completed,
)

__all__ = ["Report", "Result", "Severity", "revise", "validate"]


def validate(
    store: ox.Store, shapes: Graph, room: Path | None = None, validators: int = 1
) -> Report:
    """Validate the default graph of a store by a graph of shapes.

    Several `validators` share the work: threads that run queries at the same time and, where there
    are many suspects, processes; these need a folder as `room` for a copy of the store, which has
    to be on disk.
    """
    # pySHACL takes longer to load than all else, and few callers that read reports validate.
    from registry.publishing.shacl import core
    from registry.publishing.shacl import processes as side_by_side

    contract = core.CoreShapes(shapes)
    nodes = core.batches(contract.focus_nodes(store))
    few = next(nodes, [])
    if next(nodes, None) is not None:
        few = sorted(contract.suspects(store, validators), key=str)
    if room is not None and validators > 1 and len(few) > core.BATCH:
        found = set(side_by_side.results(store, shapes, few, room, validators))
    else:
        found = set(contract.results(store, few))
    # A thread reads the answers to its own queries alone, as the engine asks for.
    with ThreadPoolExecutor(max(1, validators)) as beside:
        found.update(*beside.map(lambda one: set(one.results(store)), constraints(shapes)))
    return _report(completed(store, result) for result in found)


def revise(store: ox.Store, shapes: Graph, before: Report, changes: Changes) -> Report | None:
    """Validate again what changes concern, given what the same shapes said before them.

    None where that is so much that all is better validated anew.
    """
    from registry.publishing.shacl import core

    contract = core.CoreShapes(shapes)
    nodes = contract.concerned(store, changes)
    if len(nodes) > core.BATCH:
        return None
    found = set(contract.results(store, nodes))
    stale: dict[str, set[str] | None] = {"": _texts(nodes)}
    for constraint in constraints(shapes):
        again = constraint.concerned(store, changes)
        more = constraint.results(store) if again is None else constraint.results_of(store, again)
        found.update(more)
        stale[constraint.shape] = _either(stale.get(constraint.shape, set()), again)
    kept = [result for result in before.results if not _is_stale(result, stale)]
    renamed = changes.subjects
    return _report(
        [
            *(completed(store, result) for result in found),
            *(completed(store, r) if r.focus in renamed else r for r in kept),
        ]
    )


def _texts(nodes: Iterable[Any]) -> set[str]:
    return {node.value for node in nodes}


def _either(one: set[str] | None, nodes: set[Any] | None) -> set[str] | None:
    return None if one is None or nodes is None else one | _texts(nodes)


def _is_stale(result: Result, stale: dict[str, set[str] | None]) -> bool:
    """Whether what found a result has validated its focus node again."""
    validated = stale.get(result.shape if result.component == COMPONENT else "")
    return validated is None or result.focus in validated


def _report(results: Iterable[Result]) -> Report:
    return Report(tuple(sorted(results, key=lambda result: result.rank)))
