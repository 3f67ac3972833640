"""What the graphs of the next release are: a three-way merge between files and the workspace.

After the first publish the workspace is the truth. A file replaces its graph only where the graph
has not changed since that file was last taken.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from registry.intake.graphs import Graph
from registry.problems import Problem

Winner = Literal["file", "workspace"]


@dataclass(frozen=True)
class Merged:
    """The source graphs of the next release, and what of them was taken from files."""

    graphs: dict[str, Graph]
    taken: dict[str, str]


def merge(
    current: Mapping[str, Graph],
    offered: Mapping[str, Graph],
    taken: Mapping[str, str],
    winner: Winner | None = None,
) -> Merged:
    """Merge offered graphs into the current ones.

    `taken` holds, by graph, the hash of the content last taken from a file. A graph that nobody
    offers stays; one that was removed from the workspace stays removed while its file is the same.

    Raises
    ------
    Problem
        `conflict`, with the differences, when file and workspace both changed and no winner is
        given.

    """
    conflicts = [
        iri
        for iri, graph in sorted(offered.items())
        if winner is None and _conflict(current.get(iri), graph, taken.get(iri))
    ]
    if conflicts:
        raise Problem(
            "conflict",
            f"file and workspace both changed {', '.join(f'<{iri}>' for iri in conflicts)}; "
            "say --take file or --take workspace",
            difference="\n".join(_difference(current.get(i), offered[i]) for i in conflicts),
        )
    result = dict(current)
    for iri, graph in offered.items():
        if _take(current.get(iri), graph, taken.get(iri), winner):
            result[iri] = graph
    return Merged(result, {**taken, **{iri: graph.sha256 for iri, graph in offered.items()}})


def _conflict(here: Graph | None, file: Graph, last: str | None) -> bool:
    """Tell whether both sides left the state that was last taken, and differ."""
    state = here.sha256 if here else None
    return file.sha256 not in {state, last} and state != last


def _take(here: Graph | None, file: Graph, last: str | None, winner: Winner | None) -> bool:
    """Tell whether the file's content is the one to have."""
    if winner == "file":
        return True
    if file.sha256 == last:
        return False
    state = here.sha256 if here else None
    return state == last or winner is None


def _difference(here: Graph | None, file: Graph) -> str:
    """Show what the file would change in the workspace, as a unified difference."""
    return "\n".join(
        difflib.unified_diff(
            list(_text(here)), list(_text(file)), f"workspace {file.iri}", "file", n=0, lineterm=""
        )
    )


def _text(graph: Graph | None) -> Iterator[str]:
    return (line.decode() for line in graph.lines) if graph else iter(())


def without(graphs: Mapping[str, Graph], removed: Iterable[str]) -> dict[str, Graph]:
    """Leave out graphs by IRI; `not-found` when one is not there."""
    for iri in removed:
        if iri not in graphs:
            raise Problem("not-found", f"there is no graph <{iri}>")
    return {iri: graph for iri, graph in graphs.items() if iri not in set(removed)}
