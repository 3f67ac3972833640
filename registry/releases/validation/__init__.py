"""Validation: the merged, derived data of a release are judged by the shapes (SHACL).

https://www.w3.org/TR/shacl/ . One validator in two halves that a test proves equal to plain
pySHACL: core constraints by pySHACL on the default graph, `sh:sparql` constraints as one SELECT
each on the store, since pySHACL runs them once for each focus node.
"""

from __future__ import annotations

import pyoxigraph as ox

from registry.intake.graphs import Graph
from registry.releases.validation import constraints
from registry.releases.validation.report import Report, Result, Severity, completed

__all__ = ["Report", "Result", "Severity", "validate"]


def validate(store: ox.Store, shapes: Graph) -> Report:
    """Judge the default graph of a store by a graph of shapes."""
    # pySHACL takes longer to load than all else, and few who know of reports judge.
    from registry.releases.validation import core

    found = core.results(store, shapes) | constraints.results(store, shapes)
    whole = (completed(store, result) for result in found)
    return Report(tuple(sorted(whole, key=lambda result: result.rank)))
