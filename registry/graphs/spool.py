"""N-Triples that may be more than memory should hold: in memory while small, else in files.

The files have no names: a process that is killed leaves none behind, and each goes with the last
object that reads it.

    lines in any order ─▶ Sorter ─ sorted runs, merged ─▶ blocks ─▶ Spool ─▶ blocks, again and again
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

from registry.files import BLOCK
from registry.graphs.merging import merged

_HELD: Final = 1 << 22
"""Bytes of a spool that are held in memory."""

_RUN: Final = 1 << 26
"""Bytes of lines that are sorted at a time."""


class Spool:
    """Bytes that are written from the beginning to the end, and then read by any thread.

    `folder` is where a large one has its file; the system's folder for such files is often kept in
    memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder, self._held = folder, list[bytes]()
        self._file: IO[bytes] | None = None
        self.length = 0

    def write(self, content: bytes) -> int:
        """Add bytes."""
        self.length += len(content)
        self._held.append(content)
        if self.length > _HELD:
            # Closed, and so removed, with this object.
            self._file = self._file or TemporaryFile(dir=self._folder)  # noqa: SIM115
            self._file.writelines(self._held)
            self._file.flush()
            self._held.clear()
        return len(content)

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes, few at a time."""
        if self._file is None:
            yield from self._held
            return
        at = 0
        while block := os.pread(self._file.fileno(), BLOCK, at):
            yield block
            at += len(block)


class Sorter:
    """Sorts lines that come in any order, each once; `folder` as of a `Spool`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder, self._parts, self._size = folder, list[bytes](), 0
        self._runs: list[Spool] = []

    def write(self, part: bytes) -> int:
        """Add bytes, which may begin and end within a line."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > _RUN:
            *_, rest = self._parts[-1].rpartition(b"\n")
            if len(rest) < len(part):
                self._parts[-1] = part[: len(part) - len(rest)]
                self._end_run()
                self._parts, self._size = [rest], len(rest)
        return len(part)

    def flush(self) -> None:
        """Do nothing: whoever writes to streams calls it."""

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines as sorted N-Triples, few at a time; no more lines come then."""
        if self._size:
            self._end_run()
        if len(self._runs) == 1:
            return self._runs[0].blocks()
        return merged(run.blocks() for run in self._runs)

    def _end_run(self) -> None:
        lines = sorted(set(b"".join(self._parts).splitlines(keepends=True)))
        self._parts, self._size = [], 0
        run = Spool(self._folder)
        run.write(b"".join(lines))
        self._runs.append(run)


class _Blocks(io.RawIOBase):
    """Bytes that come in blocks, as a file that is read from the beginning to the end."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._rest = iter(blocks), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        view = memoryview(target).cast("B")
        count = min(len(view), len(self._rest))
        view[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def as_file(blocks: Iterable[bytes]) -> IO[bytes]:
    """Return blocks as a file that is read once."""
    return io.BufferedReader(_Blocks(blocks), BLOCK)
