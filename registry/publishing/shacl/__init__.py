"""Validation of the merged, derived data of a release by the shapes (SHACL).

https://www.w3.org/TR/shacl/ . One validator in two halves that tests prove equal to plain pySHACL:
core constraints by pySHACL on batches of focus nodes with what is read around them, after a
prefilter has left out nodes that conform; `sh:sparql` constraints as one SELECT each on the store,
those on single statements several at once, since pySHACL runs them once for each focus node. Where
the same shapes validated the last release, only the nodes that a change concerns are validated
again.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from registry.graphs.graph import Graph
from registry.publishing.impact import Changes
from registry.publishing.shacl import core, processes, statements
from registry.publishing.shacl.constraints import COMPONENT, Constraint, constraints
from registry.publishing.shacl.report import (
    Report,
    Result,
    Severity,
    completing,
)
from registry.sandbox import MUCH, trim_memory

__all__ = ["Report", "Result", "Severity", "revise", "validate"]

MANY: Final = 10_000
"""Nodes from which all is better validated anew: the world takes as long as some 25,000."""


def validate(
    store: ox.Store,
    shapes: Graph,
    folder: Path | None = None,
    validators: int = 1,
    queries: int | None = None,
) -> Report:
    """Validate the default graph of a store by a graph of shapes.

    Several `validators` share the work: processes, where there are many suspects, which need a
    `folder` for a copy of the store, which has to be on disk; and threads, that run so many
    `queries` at the same time, else as many as there are validators. Each holds what it groups.
    """
    threads = max(1, validators if queries is None else queries)
    core_shapes = core.core_shapes(shapes)
    nodes = sorted(core_shapes.suspects(store, threads), key=str)
    trim_memory(MUCH)  # Other processes come beside this one.
    if folder is not None and validators > 1 and len(nodes) > core.BATCH:
        found = set(processes.results(store, shapes, nodes, folder, validators))
    else:
        found = set(core_shapes.results(store, nodes))
    # A thread reads the answers to its own queries alone, as the engine asks for.
    with ThreadPoolExecutor(threads) as beside:
        jobs = statements.jobs(constraints(shapes))
        found.update(*beside.map(partial(_of_job, store), jobs))
    return _report(map(completing(store), found))


def _of_job(store: ox.Store, job: list[Constraint]) -> set[Result]:
    """Validate by the constraints of a job; what it needed is not held while others run."""
    try:
        return set(statements.results(store, job))
    finally:
        trim_memory(MUCH)


def revise(store: ox.Store, shapes: Graph, before: Report, changes: Changes) -> Report | None:
    """Validate again what changes concern, given the report of the same shapes before them.

    None where that is so much that all is better validated anew.
    """
    core_shapes = core.core_shapes(shapes)
    nodes = core_shapes.concerned(store, changes)
    if len(nodes) > MANY:
        return None
    found = set(core_shapes.results(store, core_shapes.suspects(store, among=nodes)))
    # By shape of a SPARQL constraint ("" = core constraints), the nodes validated again; None = all
    stale: dict[str, set[str] | None] = {"": {node.value for node in nodes}}
    for constraint in constraints(shapes):
        again = constraint.concerned(store, changes)
        more = constraint.results(store) if again is None else constraint.results_of(store, again)
        found.update(more)
        earlier = stale.get(constraint.shape, set())
        both = None if earlier is None or again is None else earlier | {n.value for n in again}
        stale[constraint.shape] = both
    kept = [result for result in before.results if not _is_stale(result, stale)]
    renamed, completed = changes.subjects, completing(store)
    return _report(
        [*map(completed, found), *(completed(r) if r.focus in renamed else r for r in kept)]
    )


def _is_stale(result: Result, stale: dict[str, set[str] | None]) -> bool:
    """Whether the constraint of a result has validated its focus node again."""
    validated = stale.get(result.shape if result.component == COMPONENT else "")
    return validated is None or result.focus in validated


def _report(results: Iterable[Result]) -> Report:
    return Report(tuple(sorted(results, key=lambda result: result.rank)))
