"""The store of a release: each triple in its named graph, the merged ones in the default graph.

A new release's store is a copy of the last one's (hard links), brought to the new state by the
difference alone. The default graph is a merge, not a bag: a triple that several graphs state
stands in it once, and goes only when no graph has it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from registry.damage import BY_STORE, reading, remade
from registry.graphs.graph import (
    MERGED,
    Graph,
    from_lines,
    parse_lines,
    role_of,
)
from registry.graphs.merging import differing
from registry.graphs.spool import as_file

_BULK: Final = 20_000
"""Triples from which bulk loading, which always writes new files, is faster."""

_LARGE: Final = 2_000_000
"""Bytes of N-Triples from which a new graph is loaded by the engine."""


_CROWDED: Final = 1 << 30
"""Bytes of N-Triples in all from which what needs much memory is done one after another.

For each graph that is loaded the engine holds a million statements and what it sorts of them, for
each query what that groups.
"""


def is_crowded(graphs: Iterable[Graph]) -> bool:
    """Whether so much is in a store that what needs much memory is done one after another."""
    return sum(graph.length for graph in graphs) > _CROWDED


def open_copy(previous: Path | None, target: Path) -> ox.Store:
    """Open a new store at `target`: a copy of the one at `previous`, or an empty one."""
    if previous is not None:
        with reading(previous, remade(previous), BY_STORE):
            ox.Store.read_only(str(previous)).backup(str(target))
    return ox.Store(str(target))


class Difference(NamedTuple):
    """The lines of N-Triples that go from a graph, and those that come to it."""

    gone: Set[bytes]
    come: Set[bytes]

    def __len__(self) -> int:
        return len(self.gone) + len(self.come)

    def __bool__(self) -> bool:
        return len(self) > 0


def difference(before: Graph | None, after: Graph | None) -> Difference:
    """Return how one content of a graph differs from another; None has no content."""
    gone, come = set[bytes](), set[bytes]()
    old, new = (graph.blocks() if graph else iter(()) for graph in (before, after))
    for less, more in differing(old, new):
        gone |= less
        come |= more
    return Difference(gone, come)


def change_graph(store: ox.Store, iri: str, change: Difference) -> list[ox.Triple]:
    """Change one named graph, and its share of the default graph; return all triples concerned."""
    gone, come = parse_lines(from_lines(change.gone)), parse_lines(from_lines(change.come))
    remove(store, iri, gone)
    add(store, iri, come)
    return [*gone, *come]


@contextmanager
def loading(store: ox.Store, graphs: Sequence[Graph], threads: int) -> Iterator[None]:
    """Load graphs into a new store; the large ones beside the work inside, several at a time.

    The engine reads what it need not take from us faster, and leaves Python to others meanwhile.
    """
    large = [graph for graph in graphs if graph.length > _LARGE]
    if is_crowded(large):
        threads = 1
    for graph in graphs:
        for name in _names(graph.iri) if graph.length <= _LARGE else ():
            load(store, graph.blocks(), name)
    with ThreadPoolExecutor(max(1, threads)) as beside:
        started = [
            beside.submit(load, store, graph.blocks(), name)
            for graph in large
            for name in _names(graph.iri)
        ]
        yield
        for loaded in started:
            loaded.result()


def _names(graph: str) -> list[ox.NamedNode | ox.DefaultGraph]:
    """Name the graphs that have the triples of a graph: it, and the default graph if merged."""
    named = ox.NamedNode(graph)
    return [named, ox.DefaultGraph()] if role_of(graph) in MERGED else [named]


def load(store: ox.Store, blocks: Iterable[bytes], name: ox.NamedNode | ox.DefaultGraph) -> None:
    """Add canonical N-Triples, given in blocks, to one graph."""
    head, size, coming = list[bytes](), 0, iter(blocks)
    for block in coming:
        head.append(block)
        size += len(block)
        if size > _LARGE:
            break
    # They are canonical, so that no IRI needs to be validated once more.
    if size > _LARGE:
        store.bulk_load(as_file(chain(head, coming)), _LINES, to_graph=name, lenient=True)
    else:
        store.load(b"".join(head), _LINES, to_graph=name, lenient=True)


_LINES: Final = ox.RdfFormat.N_TRIPLES


def add(store: ox.Store, graph: str, triples: Sequence[ox.Triple]) -> None:
    """Add triples to a named graph and, where its role is merged, to the default graph."""
    names = _names(graph)
    quads = (ox.Quad(t.subject, t.predicate, t.object, name) for t in triples for name in names)
    if len(triples) > _BULK:
        store.bulk_extend(quads)
    else:
        store.extend(quads)


def remove(store: ox.Store, graph: str, triples: Iterable[ox.Triple]) -> None:
    """Remove triples from a named graph, and from the default graph where no graph has them."""
    name = ox.NamedNode(graph)
    for t in triples:
        store.remove(ox.Quad(t.subject, t.predicate, t.object, name))
        elsewhere = store.quads_for_pattern(t.subject, t.predicate, t.object, None)
        graphs = (quad.graph_name for quad in elsewhere)
        if not any(isinstance(g, ox.NamedNode) and role_of(g.value) in MERGED for g in graphs):
            store.remove(ox.Quad(t.subject, t.predicate, t.object, ox.DefaultGraph()))
