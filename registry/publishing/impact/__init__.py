"""Dependence: what a query or a shape reads around a node, and whom a change therefore concerns.

Queries, rules and shapes say what they look at, so it need not be written down beside them: their
patterns and paths become paths from the node that they validate. Followed forwards these give the
part of a release that the node depends on; followed backwards from a change, the nodes that
depend on it.
"""

from registry.publishing.impact.changes import Changes
from registry.publishing.impact.paths import (
    ANY,
    Path,
    Reads,
    Step,
    origins,
    surroundings,
)
from registry.publishing.impact.recorded import reads, subject
from registry.publishing.impact.restriction import restricted

__all__ = [
    "ANY",
    "Changes",
    "Path",
    "Reads",
    "Step",
    "origins",
    "reads",
    "restricted",
    "subject",
    "surroundings",
]
