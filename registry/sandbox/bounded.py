"""One bounded job of a stranger in a process of its own: what both sides do and say.

parent: send the job ─▶ child: `begun`, give up rights, `bound`, work ─▶ result, or `refusal`
parent: `Bounds.receive` raises what the child refused, `Bounds.raise_end` why it ended
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

from registry.problems import Problem
from registry.sandbox.channel import Late, Overlong, Reply
from registry.sandbox.child import Died, Isolated
from registry.sandbox.frames import read_frame
from registry.sandbox.hardening import cap_memory, end_with_parent, share_arena


def begun(source: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read the one job of this process, which ends with its parent; None where there is none."""
    # A group of its own: Ctrl-C at a terminal is the parent's to act on.
    os.setpgid(0, 0)
    share_arena()
    frame = read_frame(source)
    if frame is not None:
        end_with_parent(source.fileno())
    return frame


def bound(memory: int, seconds: float) -> None:
    """Bound this process from now on: in memory (bytes), and in time.

    The parent kills at the deadline; where it is gone, the kernel does, a second later.
    """
    cap_memory(memory)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)


def refusal(error: Problem | MemoryError | RecursionError) -> dict[str, Any]:
    """Return the header by which a child tells that it refuses, or lacks memory or depth."""
    if not isinstance(error, Problem):
        return {"exhausted": True}
    members = {key: value for key, value in error.members.items() if key != "report"}
    return {"problem": error.name, "detail": error.detail, "members": members}


def _nothing(_: bytes) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True)
class Bounds:
    """What a job may take, in seconds and bytes, and what is told of one that takes more.

    `{limit}` in a text stands for the bound; `what` is the process, for the log.
    """

    seconds: float
    memory: int
    answer: int
    what: str
    late: str
    exhausted: str
    overlong: str

    def receive(
        self,
        worker: Isolated,
        seconds: float,
        further: Callable[[bytes], Mapping[str, object]] = _nothing,
    ) -> Reply:
        """Wait for one answer; raise the problem that it reports.

        `further` reads more members of the problem from the payload.
        """
        reply = worker.receive(time.monotonic() + seconds, self.answer)
        header = reply.header
        if "exhausted" in header:
            raise self._exhausted()
        if "problem" in header:
            members = {**header["members"], **further(reply.payload)}
            raise Problem(header["problem"], header["detail"], **members)
        return reply

    def raise_end(self, error: Late | Died | Overlong) -> NoReturn:
        """Raise why the process ended; that it failed by itself is a fault of this software."""
        if isinstance(error, Overlong):
            detail = self.overlong.format(limit=self.answer)
            raise Problem("answer-too-large", detail, limit=self.answer) from error
        if isinstance(error, Late):
            detail = self.late.format(limit=self.seconds)
            raise Problem("data-too-large", detail, limit=self.seconds) from error
        if error.signal:
            raise self._exhausted() from error
        raise RuntimeError(f"{self.what} failed: {error.stderr}") from error

    def _exhausted(self) -> Problem:
        return Problem(
            "data-too-large", self.exhausted.format(limit=self.memory), limit=self.memory
        )
