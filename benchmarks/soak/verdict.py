"""What to think of an answer: right, an error that is allowed, or wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.soak.timeline import Timeline

RIGHT: Final = "right"
WRONG: Final = "WRONG"
KILLED: Final = "killed"
"""A query whose process the soak has killed, and that the server did not repeat."""

TURNED_AWAY: Final = frozenset({"busy", "rate"})
_OF_A_KILL: Final = frozenset({"query-memory", "internal"})
SLACK: Final = 0.5
"""Seconds by which the note of a kill may differ from the moment of the kill."""


@dataclass(frozen=True)
class Seen:
    """What a client saw of one request, at times of `time.monotonic`.

    `problem` is the name of a problem, or what went wrong where no answer came. `named` is the
    release that the address names. Of a 304, `digest` is that of the answer it confirms.
    """

    kind: str
    ask: int
    sent: float
    received: float
    status: int
    release: str = ""
    digest: str = ""
    problem: str = ""
    named: str = ""
    allowed: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True)
class Judge:
    """Judges what clients saw; `expected` gives the right digest of a release and a question."""

    timeline: Timeline
    expected: Callable[[str, int], str]
    kills: Sequence[float]

    def of(self, seen: Seen) -> str:
        """Give an outcome in a word or two; one that begins with `WRONG` fails the soak."""
        if seen.problem:
            return self._of_a_problem(seen)
        fault = self._fault(seen)
        return f"{WRONG}: {fault}" if fault else RIGHT

    def _fault(self, seen: Seen) -> str:
        """Say what is wrong with an answer; empty when it is right."""
        if seen.status not in {200, 304}:
            return f"status {seen.status}"
        if not self.timeline.knows(seen.release):
            return f"a release that never was, {seen.release!r}"
        if seen.named and seen.release != seen.named:
            return "another release than the one named"
        if not seen.named and not self._is_current(seen):
            return "a release that was not current"
        if seen.digest != self.expected(seen.release, seen.ask):
            return "not what the release says"
        return ""

    def _is_current(self, seen: Seen) -> bool:
        return self.timeline.was_current(seen.release, seen.sent, seen.received)

    def _of_a_problem(self, seen: Seen) -> str:
        if seen.problem in TURNED_AWAY or seen.problem in seen.allowed:
            return seen.problem
        if seen.problem in _OF_A_KILL and self._was_killed(seen):
            return f"{KILLED} ({seen.problem})"
        return f"{WRONG}: {seen.problem}"

    def _was_killed(self, seen: Seen) -> bool:
        return any(seen.sent - SLACK <= at <= seen.received + SLACK for at in self.kills)
