"""Explains a query: what the engine runs, in which order, with how many rows and how much time.

The query is run with a probe in each of its steps (`planner.probing`), in a thread, so that what
was seen until the deadline is told of a query that is not done by then.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyoxigraph as ox

from registry.sparql.planner import Rewritten
from registry.sparql.planner.hints import hints
from registry.sparql.planner.probing import PROBE, Probed, probe
from registry.sparql.planner.statistics import Counts, Estimate

_APART: Final = frozenset({"SELECT", "MINUS"})
"""Words of groups that are found by themselves, without the values from around them."""


_TRUE: Final = ox.Literal(True)

_LEFT: Final = 0.5
"""Seconds before the deadline at which a query is left, so that what was seen is told."""


@dataclass
class _Meter:
    """What the probes have seen: rows and seconds of each step, and the order of their first."""

    steps: int
    order: list[int] = field(default_factory=list)
    rows: list[int] = field(init=False)
    seconds: list[float] = field(init=False)
    last: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.rows, self.seconds = [0] * self.steps, [0.0] * self.steps

    def probes(self) -> dict[ox.NamedNode, Callable[..., Any]]:
        """Return the functions that the engine calls with each row of a step."""
        return {ox.NamedNode(f"{PROBE}{at}"): self._probe(at) for at in range(self.steps)}

    def _probe(self, at: int) -> Callable[..., ox.Literal]:
        """Return the function of one step: the time since the last row of any counts as its own."""

        def seen(*_: Any) -> ox.Literal:
            now = time.perf_counter()
            if not self.rows[at]:
                self.order.append(at)
            self.rows[at] += 1
            self.seconds[at] += now - self.last
            self.last = now
            return _TRUE

        return seen


@dataclass
class _Run:
    """A query that runs in a thread: how many rows it has, and why it failed."""

    rows: int = 0
    failed: BaseException | None = None
    done: bool = False

    def run(self, ask: Callable[[], Any]) -> None:
        """Ask, and count the rows of the answer."""
        try:
            found = ask()
            self.rows = int(bool(found)) if isinstance(found, ox.QueryBoolean) else 0
            for _ in found if not isinstance(found, ox.QueryBoolean) else ():
                self.rows += 1
        except BaseException as error:  # a panic of the engine, too, is none of Exception
            self.failed = error
        self.done = True


def explained(*asked: Any) -> bytes:
    """Explain a query as `explain` does, in JSON."""
    return json.dumps(explain(*asked)).encode()


def explain(
    store: ox.Store,
    planned: Rewritten,
    options: dict[str, Any],
    seconds: float,
    counts: Counts | None = None,
) -> dict[str, Any]:
    """Run a query with probes for at most some seconds; return what there is to tell of it."""
    probed = probe(planned)
    meter = _Meter(len(probed.steps) if probed else 0)
    text = probed.text if probed else planned.text
    run, began = _Run(), time.perf_counter()

    def ask() -> Any:
        return store.query(text, **options, custom_functions=meter.probes())

    thread = threading.Thread(target=run.run, args=(ask,), daemon=True)
    thread.start()
    thread.join(max(seconds - _LEFT, seconds / 2))
    if run.failed:
        raise run.failed
    return {
        "query": planned.text,
        "rewritings": list(planned.steps),
        "complete": run.done,
        "rows": run.rows,
        "seconds": round(time.perf_counter() - began, 3),
        "steps": _steps(probed, meter, counts) if probed else [],
        "hints": hints(probed, meter.rows, run.rows) if probed else [],
    }


def _steps(probed: Probed, meter: _Meter, counts: Counts | None) -> list[dict[str, Any]]:
    """Describe the steps in the order in which the engine takes them, those it does not last."""
    order = list(meter.order)
    order += [at for at in range(len(probed.steps)) if at not in order]
    expected = _estimates(probed, order, counts)
    return [
        {
            "pattern": probed.steps[at].pattern,
            "inside": list(probed.steps[at].inside),
            "estimated": expected[at],
            "rows": meter.rows[at],
            "seconds": round(meter.seconds[at], 3),
        }
        for at in order
    ]


def _estimates(probed: Probed, order: Sequence[int], counts: Counts | None) -> list[int | None]:
    """Estimate the rows of each step, in an order, by its number."""
    found: list[int | None] = [None] * len(probed.steps)
    if counts is None:
        return found
    states = {0: Estimate()}
    for at in order:
        step = probed.steps[at]
        if step.group not in states:
            apart = not _APART.isdisjoint(step.inside[-1:])
            states[step.group] = (not apart and states.get(probed.parents[step.group])) or states[0]
        if step.triple and (pattern := counts.pattern(step.triple)):
            states[step.group] = states[step.group].joined(pattern)
            found[at] = round(states[step.group].rows)
    return found
