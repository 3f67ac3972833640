"""Long answers: a worker writes one to a file, and its reader follows while the file grows.

    worker ── writes ──▶ file ── Spool ──▶ client
       └─ frames: so many bytes, then the end or a problem ─▶ Pool ── advance, end, fail ─▶ Spool

A slow reader holds no worker, and an answer takes no memory. What breaks off raises its problem
where the file would end, so that nobody takes a part for the whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Condition
from types import MappingProxyType
from typing import Any, Final

from registry.problems import Problem

ANSWERED: Final = "answered"
"""How a query ends that is answered."""

_PART: Final = 2**18
"""Bytes that are read at a time."""

Ended = Callable[[str, int], None]
"""Takes how an answer ended, as the log of queries calls it, and its length in bytes."""


class Spool:
    """A long answer; one thread reports how far it is written, another reads it once.

    `header` is what its worker said of it as it began; `ended` is called at the end.
    """

    def __init__(self, path: str, header: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.header = header
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        Path(path).unlink()
        self._changed = Condition()
        self.written = 0
        self._problem: Problem | None = None
        self._is_whole = False
        self.is_abandoned = False
        self.ended: Ended = lambda outcome, length: None

    def advance(self, written: int) -> None:
        """Report how many bytes are written."""
        with self._changed:
            self.written = written
            self._changed.notify_all()

    def end(self, written: int) -> None:
        """Report that the answer is whole."""
        with self._changed:
            self.written, self._is_whole = written, True
            self._changed.notify_all()
        self.ended(ANSWERED, written)

    def fail(self, problem: Problem) -> None:
        """Report that nothing more will be written, although the answer is not whole."""
        with self._changed:
            self._problem = problem
            self._changed.notify_all()
        self.ended(problem.name, self.written)

    def wait(self) -> int:
        """Wait until the answer is whole, and return its length in bytes; Problem if it fails."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_whole or self._problem)
            if self._problem:
                raise self._problem
            return self.written

    def __iter__(self) -> Iterator[bytes]:
        """Yield the answer in parts, as they are written; raise the problem if it breaks off."""
        at = 0
        while (written := self._wait_for_more(at)) > at:
            while at < written:
                part = os.pread(self._descriptor, min(_PART, written - at), at)
                at += len(part)
                yield part

    def _wait_for_more(self, at: int) -> int:
        """Wait until more than so many bytes are written, or all; return how many."""
        with self._changed:
            self._changed.wait_for(lambda: self.written > at or self._is_whole or self._problem)
            if self._problem and self.written == at:
                raise self._problem
            return self.written

    def close(self) -> None:
        """Close the file; where the answer is not whole, its query is stopped."""
        if self._descriptor != -1:
            os.close(self._descriptor)
            self._descriptor = -1
        self.is_abandoned = True

    def __del__(self) -> None:
        self.close()
