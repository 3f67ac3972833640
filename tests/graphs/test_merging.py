"""The merge of graphs, read in blocks of any length."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.graphs.graph import from_lines
from registry.graphs.merging import merged

LINES = st.frozensets(st.binary(min_size=1, max_size=3).filter(lambda line: b"\n" not in line))


def blocks(lines: frozenset[bytes], length: int) -> Iterator[bytes]:
    """Cut the content of a graph without regard to its lines."""
    content = from_lines(lines) if lines else b""
    return (content[at : at + length] for at in range(0, len(content), length))


@given(st.lists(LINES, max_size=5), st.integers(1, 20))
def test_each_line_of_any_graph_comes_once_and_in_order(
    graphs: list[frozenset[bytes]], length: int
) -> None:
    found = list(merged(blocks(lines, length) for lines in graphs))
    every = frozenset[bytes]().union(*graphs)
    assert b"".join(found) == (from_lines(every) if every else b"")
    assert all(block.endswith(b"\n") for block in found)


def test_no_more_is_read_than_is_sent() -> None:
    """A graph of a thousand blocks is not read before the first lines go out."""
    read = []

    def long() -> Iterator[bytes]:
        for number in range(1_000):
            read.append(number)
            yield b"%04d\n" % number

    coming = merged([long(), iter([b"0000\n0500\n"])])
    assert next(coming) == b"0000\n"
    assert len(read) == 1
    assert b"".join(coming).count(b"\n") == 999


def test_lines_that_are_not_sorted_are_an_error_and_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="not sorted"):
        list(merged([iter([b"b\nc\na\n"]), iter([b"b\n"])]))
