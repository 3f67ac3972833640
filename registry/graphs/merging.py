"""The merge of graphs, read off their files: what stands in the default graph of a release.

No graph has blank nodes, so that a merge as RDF has it is each line once, and every file is sorted:
the lines up to the least of all last ones that are read are complete, and never come again.

    graph A   a c d │ f …      up to d:  a b c d
    graph B   a b e │ …                  e f …
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Set


def merged(graphs: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    """Merge graphs, each given as its canonical N-Triples in blocks, into such blocks."""
    sources = [_Source(blocks) for blocks in graphs]
    while sources := [source for source in sources if source.is_filled()]:
        bound = min(source.lines[-1] for source in sources)
        lines = set[bytes]().union(*(source.take(bound) for source in sources))
        yield b"\n".join([*sorted(lines), b""])


def differing(
    old: Iterator[bytes], new: Iterator[bytes]
) -> Iterator[tuple[Set[bytes], Set[bytes]]]:
    """Compare two graphs, given as in `merged`; yield the lines that are in one alone, in parts."""
    sources = _Source(old), _Source(new)
    while filled := [source for source in sources if source.is_filled()]:
        bound = min(source.lines[-1] for source in filled)
        gone, come = (set(source.take(bound)) for source in sources)
        yield gone - come, come - gone


class _Source:
    """A graph as it is read: the whole lines that are not yet taken, and the beginning of one."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""
        self.lines: list[bytes] = []

    def is_filled(self) -> bool:
        """Read until there is a line; return False at the end."""
        while not self.lines:
            block = next(self._blocks, None)
            if block is None:
                return False
            *self.lines, self._rest = (self._rest + block).split(b"\n")
        return True

    def take(self, bound: bytes) -> list[bytes]:
        """Remove and return the lines up to a bound."""
        end = bisect_right(self.lines, bound)
        if not end and self.lines and self.lines[-1] == bound:
            for _ in self._blocks:
                pass  # Whoever reads a damaged file says so at its end.
            raise ValueError("the lines of a graph are not sorted")
        taken, self.lines = self.lines[:end], self.lines[end:]
        return taken
