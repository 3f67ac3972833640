"""Workspaces as the former version of this software left them."""

from __future__ import annotations

import re
from dataclasses import replace

from registry import terms
from registry.graphs.graph import Graph, from_lines
from registry.publishing.merge import MergeBase
from registry.publishing.plan import Change
from registry.publishing.transaction import begin
from registry.releases.workspace import Workspace
from registry.settings import Settings

_GEOMETRY = f"<{terms.thing('geometry', '')}".encode()
_HAS = terms.prefixed("geo:hasDefaultGeometry").encode()
_WKT = terms.prefixed("geo:asWKT").encode()
_SHAPES = re.compile(rb"shapes#(city-)?geometry")


def former(graph: Graph) -> Graph:
    """Write a graph as the former version did: the text in WKT stands at the city."""
    lines = []
    for line in graph.lines:
        if not line.startswith(_GEOMETRY):
            lines += [line] if _HAS not in line else []
        elif _WKT in line:
            lines.append(line.replace(b"/id/geometry/", b"/id/city/", 1))
    return Graph(graph.iri, from_lines(lines))


def publish_former(workspace: Workspace, settings: Settings) -> str:
    """Make the graphs of a workspace what the former version published; return the release.

    Its shapes did not know geometries. What was taken from files was in the former form, too. It
    did not note the ledger by which a release was settled.
    """
    with begin(workspace, settings) as transaction:
        planned = transaction.plan(Change([]))
        graphs = {iri: former(graph) for iri, graph in planned.graphs.items()}
        shapes = [line for line in graphs[terms.SHAPES_GRAPH].lines if not _SHAPES.search(line)]
        graphs[terms.SHAPES_GRAPH] = Graph(terms.SHAPES_GRAPH, from_lines(shapes))
        bases = {i: MergeBase(graphs[i].sha256, graphs[i].sha256) for i in planned.bases}
        planned = replace(planned, graphs=graphs, bases=bases, ledger="")
        transaction.build(planned)
        return transaction.commit(planned).version
