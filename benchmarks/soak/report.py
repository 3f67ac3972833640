"""What the soak says at the end: outcomes by kind, and what the server holds."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks.family import Holding
from benchmarks.figures import percentile
from benchmarks.soak.verdict import RIGHT, WRONG, Seen

MOST_DESCRIPTORS = 60
MOST_THREADS = 40
MOST_PROCESSES = 2
MOST_MEMORY = 1.3
MOST_BYTES = 100_000_000
"""By how much a server may hold more at the end than after the warm-up, and be flat."""

_EXAMPLES = 20


@dataclass
class Tally:
    """All that was seen, by kind."""

    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def note(self, seen: Seen, outcome: str) -> None:
        """Count one request."""
        self.outcomes[seen.kind][outcome] += 1
        self.seconds[seen.kind].append(seen.received - seen.sent)
        if outcome.startswith(WRONG):
            at = f"{seen.sent - self.begun:.2f} s to {seen.received - self.begun:.2f} s"
            self.wrong.append(f"{at}, {seen.kind} {seen.ask}: {outcome} {seen.release}")

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return sum(map(len, self.seconds.values()))

    def table(self) -> str:
        """Write a line for each kind: requests, right ones, latencies, all other outcomes."""
        lines = [f"{'kind':<16}{'requests':>10}{'right':>10}{'p99 s':>9}{'max s':>9}  else"]
        for kind in sorted(self.outcomes):
            counts, seconds = self.outcomes[kind], self.seconds[kind]
            other = ", ".join(f"{n} {what}" for what, n in counts.most_common() if what != RIGHT)
            lines.append(
                f"{kind:<16}{len(seconds):>10,}{counts[RIGHT]:>10,}"
                f"{percentile(seconds, 0.99):>9.2f}{max(seconds):>9.2f}  {other}"
            )
        return "\n".join(lines)

    def examples(self) -> str:
        """Write the first of what was wrong."""
        return "\n".join(self.wrong[:_EXAMPLES])


def leaks(warm: Holding, last: Holding) -> list[str]:
    """Say what a server holds more of at the end than is allowed.

    >>> leaks(Holding(4, 20, 100, 10**8), Holding(4, 20, 161, 10**8))
    ['descriptors: 100, then 161']
    """
    allowed = {
        "processes": warm.processes + MOST_PROCESSES,
        "threads": warm.threads + MOST_THREADS,
        "descriptors": warm.descriptors + MOST_DESCRIPTORS,
        "memory": int(warm.memory * MOST_MEMORY) + MOST_BYTES,
    }
    return [
        f"{what}: {getattr(warm, what):,}, then {getattr(last, what):,}"
        for what, most in allowed.items()
        if getattr(last, what) > most
    ]


def holdings(samples: dict[str, Holding]) -> str:
    """Write what the server held at the named moments."""
    lines = [f"{'':<16}{'processes':>10}{'threads':>10}{'descriptors':>12}{'memory MB':>11}"]
    for when, held in samples.items():
        lines.append(
            f"{when:<16}{held.processes:>10}{held.threads:>10}{held.descriptors:>12}"
            f"{held.memory / 1e6:>11.0f}"
        )
    return "\n".join(lines)
