"""Counts of a graph are those of its lines, also where they follow those of its last version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.graphs.graph import Graph
from registry.releases import graph_counts
from registry.releases.graph_counts import changed, count
from registry.releases.graph_files import GraphFiles

TYPE = f"<{terms.RDF_TYPE}>"
TRIPLE = st.tuples(
    st.sampled_from("abcdef"), st.sampled_from(["<x:p>", "<x:q>", TYPE]), st.sampled_from("klm")
)
LINES = st.frozensets(st.builds(lambda t: f"<x:{t[0]}> {t[1]} <x:{t[2]}> .".encode(), TRIPLE))


def of(lines: frozenset[bytes], subjects: frozenset[bytes]) -> Iterator[bytes]:
    return (line for line in sorted(lines) if line.split()[0] in subjects)


@given(before=LINES, after=LINES)
def test_counts_follow_what_changed(before: frozenset[bytes], after: frozenset[bytes]) -> None:
    subjects = frozenset(line.split()[0] for line in before ^ after)
    gone, added = list(of(before, subjects)), list(of(after, subjects))
    found = changed(count(sorted(before)), gone, added)
    expected = count(sorted(after))
    assert found.keys() == expected.keys()
    for name, counts in found.items():
        assert counts["triples"] == expected[name]["triples"]
        assert counts["subjects"] == expected[name]["subjects"]
        if "of" in counts and "of" in expected[name]:
            assert counts["of"] == expected[name]["of"]
    assert found.get(TYPE, {}).get("of") == expected.get(TYPE, {}).get("of")


def test_files_of_a_changed_graph_have_its_counts(tmp_path: Path) -> None:
    lines = [f"<x:{at:05}> <x:p> <x:{at % 7}> .".encode() for at in range(5_000)]
    graphs = [
        Graph("x:g", b"".join(line + b"\n" for line in some))
        for some in (lines, [b"<x:0> <x:q> <x:1> .", *lines[10:]])
    ]
    before = None
    for at, graph in enumerate(graphs):
        files = GraphFiles(tmp_path / str(at), graph.iri)
        files.folder.mkdir()
        files.keep(graph, before)
        found = json.loads((files.folder / graph_counts.COUNTS).read_bytes())
        assert found == count(graph.lines)
        before = files
