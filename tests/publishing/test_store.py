"""The store: the default graph is a merge, not a bag."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import terms
from registry.graphs.graph import Graph, from_lines
from registry.publishing import store

TRIPLES = [f"<urn:s{n}> <urn:p> <urn:o> ." for n in range(4)]
MERGED = {terms.GRAPH + name for name in ("list", "cities", "derived", "settings")}
GRAPHS = [*sorted(MERGED), terms.GRAPH + "shapes", terms.GRAPH + "queries"]

contents = st.dictionaries(st.sampled_from(GRAPHS), st.sets(st.sampled_from(TRIPLES)))


def graph(iri: str, lines: set[str]) -> Graph:
    return Graph(iri, "".join(line + "\n" for line in sorted(lines)).encode())


def default(target: ox.Store) -> list[str]:
    quads = target.quads_for_pattern(None, None, None, ox.DefaultGraph())
    return sorted(str(quad.triple) + " ." for quad in quads)


@settings(deadline=None)
@given(st.lists(contents, min_size=1, max_size=5))
def test_a_triple_stands_in_the_default_graph_once_as_long_as_a_graph_has_it(
    history: list[dict[str, set[str]]],
) -> None:
    target, before = ox.Store(), dict[str, Graph]()
    for state in history:
        after = {iri: graph(iri, lines) for iri, lines in state.items()}
        for iri in before.keys() | after.keys():
            store.change_graph(target, iri, store.difference(before.get(iri), after.get(iri)))
        before = after
    stated = {line for iri, lines in history[-1].items() if iri in MERGED for line in lines}
    assert default(target) == sorted(stated)
    named = [str(quad) for quad in target if isinstance(quad.graph_name, ox.NamedNode)]
    assert len(named) == sum(len(lines) for lines in history[-1].values())


@pytest.mark.parametrize("count", [1_000, 20_001])
def test_many_triples_are_loaded_like_few(tmp_path: Path, count: int) -> None:
    """From 20,000 on they are bulk loaded."""
    lines = {f'<urn:s{n}> <urn:p> "{n}" .' for n in range(count)}
    target = store.open_copy(None, tmp_path / "store")
    for iri in (GRAPHS[0], GRAPHS[1]):
        store.change_graph(target, iri, store.difference(None, graph(iri, lines)))
    assert len(target) == 3 * count
    assert len(default(target)) == count


def test_a_copy_and_its_original_go_their_own_ways(tmp_path: Path) -> None:
    first = store.open_copy(None, tmp_path / "first")
    store.change_graph(first, GRAPHS[0], store.difference(None, graph(GRAPHS[0], {TRIPLES[0]})))
    first.flush()
    del first
    second = store.open_copy(tmp_path / "first", tmp_path / "second")
    store.change_graph(second, GRAPHS[0], store.difference(None, graph(GRAPHS[0], {TRIPLES[1]})))
    assert default(second) == TRIPLES[:2]
    assert default(ox.Store.read_only(str(tmp_path / "first"))) == TRIPLES[:1]


def test_large_graphs_are_loaded_side_by_side(tmp_path: Path) -> None:
    """Several threads load at a time; each triple is in its graph, and once in the merged one."""
    graphs = [
        Graph(
            f"{terms.GRAPH}{name}",
            from_lines(b"<urn:%d> <urn:p> <urn:%d> ." % (n % 700, n) for n in range(start, 9_000)),
        )
        for name, start in (("one", 0), ("two", 10), ("settings", 20), ("three", 8_000))
    ]
    target = store.open_copy(None, tmp_path / "store")
    with store.loading(target, graphs, threads=3):
        pass
    for one in graphs:
        found = target.quads_for_pattern(None, None, None, ox.NamedNode(one.iri))
        assert {quad.triple for quad in found} == set(one.triples())
    merged = list(target.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert len(merged) == 9_000
    about = list(target.quads_for_pattern(ox.NamedNode("urn:8"), None, None, None))
    assert len(about) == 13 + 12 + 12 + 1 + 13


@pytest.mark.slow
def test_a_process_that_publishes_again_finds_the_store_closed(tmp_path: Path) -> None:
    """In a process of its own, which loads all anew and collects no garbage."""
    program = """
import gc, sys
from pathlib import Path
from registry import shipped
from registry.publishing.plan import Change
from registry.publishing.transaction import publish
from registry.releases.workspace import Workspace
from registry.settings import Settings
gc.disable()
settings = Settings(home=Path(sys.argv[1]), shipped="curated")
workspace = Workspace(settings.home)
publish(workspace, settings, Change(tuple(shipped.files_of("curated"))))
publish(workspace, settings, Change([], as_of="2020-01-01"))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
