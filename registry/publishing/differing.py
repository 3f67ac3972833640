"""How a graph that an engine holds differs from what it should be, read off two sorted files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from registry.graphs.graph import lines_in

_MOST: Final = 200_000
"""Lines that go or come; what differs more is loaded whole."""

_SAMPLES: Final = 50
"""Changed subjects that are read back at most."""


class TooDifferent(Exception):
    """A graph is better loaded whole."""


@dataclass
class Difference:
    """The lines that go and come, how many there are then, and what stands of some subjects."""

    gone: list[bytes] = field(default_factory=list)
    come: list[bytes] = field(default_factory=list)
    triples: int = 0
    samples: dict[str, set[bytes]] = field(default_factory=dict)

    @staticmethod
    def between(old: Iterator[bytes], new: Iterator[bytes]) -> Difference:
        r"""Compare two graphs, each given as its canonical N-Triples in blocks.

        >>> found = Difference.between(iter([b"<a> 1\n<b> 2\n"]), iter([b"<b> 2\n<b> 3\n"]))
        >>> found.gone, found.come, found.triples, found.samples == {"b": {b"<b> 2", b"<b> 3"}}
        ([b'<a> 1'], [b'<b> 3'], 2, True)

        Raises
        ------
        TooDifferent
            where many lines differ, or one with a blank node, which no update can name.

        """
        found, about = Difference(), _About()
        before, after = lines_in(old), lines_in(new)
        was, is_now = next(before, None), next(after, None)
        while was is not None or is_now is not None:
            if is_now is None or (was is not None and was < is_now):
                found._note(found.gone, was or b"")
                was = next(before, None)
                continue
            found.triples += 1
            is_new = was != is_now
            if is_new:
                found._note(found.come, is_now)
            else:
                was = next(before, None)
            if (whole := about.add(is_now, is_new)) and len(found.samples) < _SAMPLES:
                found._sample(*whole)
            is_now = next(after, None)
        if whole := about.end():
            found._sample(*whole)
        return found

    def _note(self, kept: list[bytes], line: bytes) -> None:
        if b"_:" in line or len(self.gone) + len(self.come) >= _MOST:
            raise TooDifferent
        kept.append(line)

    def _sample(self, subject: bytes, about: set[bytes]) -> None:
        if not any(b"_:" in line for line in about):
            self.samples[subject[1:-1].decode()] = about


class _About:
    """Collects the lines of one subject after the other; they stand together."""

    def __init__(self) -> None:
        self._subject, self._lines, self._is_changed = b"", set[bytes](), False

    def add(self, line: bytes, is_new: bool) -> tuple[bytes, set[bytes]] | None:
        """Add a line; return the subject before it and its lines, where one of them is new."""
        subject = line.partition(b" ")[0]
        ended = self.end() if subject != self._subject else None
        if subject != self._subject:
            self._subject, self._lines, self._is_changed = subject, set(), False
        self._lines.add(line)
        self._is_changed |= is_new
        return ended

    def end(self) -> tuple[bytes, set[bytes]] | None:
        """Return the last subject and its lines, where one of them is new."""
        return (self._subject, self._lines) if self._is_changed else None
