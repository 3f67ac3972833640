"""What the graphs of the next release are: a three-way merge between files and the workspace.

After the first publish the workspace is the truth. A file replaces its graph only where the graph
has not changed since that file was last taken.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from registry.graphs.graph import Graph
from registry.problems import Problem

Winner = Literal["file", "workspace"]


@dataclass(frozen=True)
class MergeBase:
    """What was last taken from a file: the hash of what it held, and of the graph it became.

    The two differ where the identity ledger has merged something.
    """

    file: str
    graph: str


@dataclass(frozen=True)
class Merged:
    """The contributed graphs of the next release; those in `synced` are as their file is."""

    graphs: dict[str, Graph]
    synced: frozenset[str]


def merge(
    current: Mapping[str, Graph],
    offered: Mapping[str, Graph],
    taken: Mapping[str, MergeBase],
    winner: Winner | None = None,
) -> Merged:
    """Merge graphs that files offer into the current ones.

    A graph that nobody offers stays; one that was removed from the workspace stays removed while
    its file is the same.

    Raises
    ------
    Problem
        `conflict`, with the differences, when file and workspace both changed and no winner is
        given.

    """
    unchanged = {i for i in {*offered, *taken} if _unchanged(current.get(i), taken.get(i))}
    equal = {i for i, file in offered.items() if i in current and current[i].sha256 == file.sha256}
    won = set(offered) if winner == "file" else set()
    new = {i for i, file in offered.items() if i not in taken or taken[i].file != file.sha256}
    if winner is None and (both := sorted(new - unchanged - equal)):
        raise Problem(
            "conflict",
            f"file and workspace both changed {', '.join(f'<{iri}>' for iri in both)}; "
            "say --take file or --take workspace",
            difference="\n".join(_difference(current.get(iri), offered[iri]) for iri in both),
        )
    taking = {iri: file for iri, file in offered.items() if iri in won | unchanged}
    return Merged({**current, **taking}, frozenset(won | unchanged | equal))


def _unchanged(here: Graph | None, last: MergeBase | None) -> bool:
    """Whether a graph of the workspace is what was last taken from its file."""
    return (here.sha256 if here else None) == (last.graph if last else None)


def next_bases(
    merged: Merged,
    offered: Mapping[str, Graph],
    taken: Mapping[str, MergeBase],
    after: Mapping[str, Graph],
) -> dict[str, MergeBase]:
    """Return the merge bases that hold once the graphs `after` are released."""
    known = {iri: MergeBase(graph.sha256, graph.sha256) for iri, graph in offered.items()}
    known |= {i: last for i, last in taken.items() if i not in known or known[i].file == last.file}
    return {
        iri: replace(last, graph=after[iri].sha256) if iri in merged.synced & after.keys() else last
        for iri, last in known.items()
    }


def _difference(here: Graph | None, file: Graph) -> str:
    """Show what the file would change in the workspace, as a unified difference."""
    old, new = ([line.decode() for line in graph.lines] if graph else [] for graph in (here, file))
    names = f"workspace {file.iri}", "file"
    return "\n".join(difflib.unified_diff(old, new, *names, n=0, lineterm=""))


def without(graphs: Mapping[str, Graph], removed: Iterable[str]) -> dict[str, Graph]:
    """Leave out graphs by IRI; `not-found` when one is not there."""
    for iri in removed:
        if iri not in graphs:
            raise Problem("not-found", f"there is no graph <{iri}> that could be removed")
    return {iri: graph for iri, graph in graphs.items() if iri not in set(removed)}
