"""What is too much for memory: sorted in runs, written to files, and read in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import terms
from registry.graphs import graph as graphs
from registry.graphs import parser_process, spool
from registry.graphs.graph import Graph, from_lines, replaced, spooled, whole_lines
from registry.graphs.merging import differing
from registry.graphs.spool import Sorter, Spool, as_file

LINES = st.lists(st.binary(min_size=1, max_size=3).filter(lambda line: not {*line} & {*b"\r\n"}))
"""N-Triples have no carriage return in a line."""

IRI = terms.GRAPH + "list"


def cut(content: bytes, length: int) -> Iterator[bytes]:
    return (content[at : at + length] for at in range(0, len(content), length))


@given(LINES, st.integers(1, 9), st.integers(1, 30), st.integers(0, 30))
def test_lines_in_any_order_are_sorted_each_once(
    lines: list[bytes], length: int, run: int, held: int
) -> None:
    sorter = Sorter()
    with mock.patch.multiple(spool, _RUN=run, _HELD=held, BLOCK=7):
        for part in cut(b"".join(line + b"\n" for line in lines), length):
            sorter.write(part)
        assert b"".join(sorter.blocks()) == b"".join(line + b"\n" for line in sorted({*lines}))


@given(st.lists(st.binary(max_size=9)), st.integers(0, 20))
def test_a_spool_gives_back_what_was_written(parts: list[bytes], held: int) -> None:
    with mock.patch.multiple(spool, _HELD=held, BLOCK=5):
        made = Spool()
        for part in parts:
            made.write(part)
        content = b"".join(parts)
        assert made.length == len(content)
        assert b"".join(made.blocks()) == content
        assert as_file(made.blocks()).read() == content


def test_threads_read_a_spool_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_HELD", 10)
    made, content = Spool(tmp_path), bytes(range(256)) * 5_000
    made.write(content)
    assert list(tmp_path.iterdir()) == []  # Its file has no name, and is gone with the process.
    with ThreadPoolExecutor(4) as beside:
        found = beside.map(lambda _: b"".join(made.blocks()), range(8))
        assert all(one == content for one in found)


@given(LINES, st.integers(1, 9))
def test_blocks_are_cut_at_line_ends(lines: list[bytes], length: int) -> None:
    content = b"".join(line + b"\n" for line in lines)
    blocks = list(whole_lines(cut(content, length)))
    assert b"".join(blocks) == content
    assert all(block.endswith(b"\n") for block in blocks)


@given(LINES, LINES, st.integers(1, 9))
def test_what_differs_is_in_one_graph_alone(
    one: list[bytes], other: list[bytes], length: int
) -> None:
    old, new = {*one}, {*other}
    parts = list(
        differing(*(cut(from_lines(some) if some else b"", length) for some in (old, new)))
    )
    assert {line for gone, _ in parts for line in gone} == old - new
    assert {line for _, come in parts for line in come} == new - old


def test_a_graph_in_a_file_is_the_graph_that_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_HELD", 10)
    monkeypatch.setattr(graphs, "BLOCK", 50)
    monkeypatch.setattr(spool, "BLOCK", 30)
    lines = [f'<{IRI}> <x:p{n % 7}> "{n}" .'.encode() for n in range(100)]
    lines.append(f'<{IRI}> <{terms.prefixed("dcterms:title")}> "Title" .'.encode())
    held = Graph(IRI, from_lines(lines))
    filed = spooled(IRI, cut(held.ntriples, 17), tmp_path)
    for one in (held, filed):
        assert all(block.endswith(b"\n") for block in one.blocks())
        assert (one.length, one.count) == (len(held.ntriples), 101)
        assert one.literal(terms.prefixed("dcterms:title")) == "Title"
        assert one.literal("x:none") == ""
        assert one.literal("x:p3") == "10"
        assert one.has(b'"99"')
        assert not one.has(b'"100"')
    assert filed == held
    assert "ntriples" not in vars(filed)  # Nothing of it was read into memory as a whole.
    changed = replaced(filed, {lines[3], lines[4]}, [b"<a:a> <x:p> <x:o> ."], tmp_path)
    assert {*changed.lines} == {*lines} - {*lines[3:5]} | {b"<a:a> <x:p> <x:o> ."}
    assert changed.lines == sorted(changed.lines)
    assert filed.ntriples == held.ntriples


def test_statements_read_in_batches_are_those_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blank nodes are named by all statements of a graph, wherever these stand."""
    lines = [f"<x:s{n}> <x:p> _:b{n % 5} .\n_:b{n % 5} <x:q> <x:o{n}> ." for n in range(50)]
    parsed = list(ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES))
    found = []
    for batch in (1_000, 7):
        monkeypatch.setattr(parser_process, "_BATCH", batch)
        reading = parser_process._Reading(False, frozenset(), 10_000, tmp_path)
        for quad in parsed:
            reading.add(IRI, quad.triple)
        found.append(b"".join(reading.graphs()[IRI].blocks()))
    assert found[0] == found[1]
    assert found[0].count(b"\n") == 100
    assert b"_:" not in found[0]
    small = parser_process._Reading(False, frozenset(), 10, None)
    small.add(IRI, parsed[1].triple)
    with pytest.raises(parser_process.Refused, match="more than 10 bytes"):
        small.graphs()
