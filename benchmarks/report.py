"""The report: tables of figures, of ratios beside what is aimed at, and of what is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isinf
from typing import Final

from benchmarks import hostile, targets
from benchmarks.attack import Slowdown
from benchmarks.commands import Timing
from benchmarks.figures import Cell, Row, ratio, shown
from benchmarks.hostile import Outcome
from benchmarks.leaks import Count
from benchmarks.targets import NATIVE, Verdict
from benchmarks.workloads import BOUNDS, Group, Workload

BUSY: Final = 0.9
"""A client process that works this share of the time may be the limit: marked with `!`."""

LEGEND: Final = """\
Medians over rounds. ratio: requests per second, to those of oxigraph; above 1 = more than it.
CPU ms: processor time of the server and its processes for a request.
client: share of the time in which a client process was at work (! = it may have been the limit).
rdflib-endpoint has one round, over the fewest connections. It answers DESCRIBE and CONSTRUCT in
RDF/XML, whatever is asked for; the others in Turtle."""

VERDICT_LEGEND: Final = """\
Ratios of requests per second, by class. least: of the workload that is named; it is what the
target is held against. A workload counts where the native server's p50, distinct and one at a
time, lies in the bounds of its class; where none does, the ratios are shown in brackets."""

Lines = list[tuple[str, ...]]

_HEAD: Final = ("requests/s", "p50 ms", "p99 ms", "CPU ms", "ratio", "target", "", "client")


def figures(
    rows: Sequence[Row], workloads: Sequence[Workload], other_titles: Mapping[str, str]
) -> str:
    """Write the rows, one block for each cell."""
    titles = {**other_titles, **{workload.name: workload.title for workload in workloads}}
    lines: Lines = []
    for cell in dict.fromkeys(row.cell for row in rows):
        block = [row for row in rows if row.cell == cell]
        group = _group(cell, rows, workloads)
        lines += [(_heading(cell, titles[cell.workload]), *_HEAD)]
        lines += [*(_line(row, block, group) for row in block), ()]
    return aligned(lines)


def _group(cell: Cell, rows: Sequence[Row], workloads: Sequence[Workload]) -> Group | None:
    """Give the class whose targets hold for a cell, if the workload's latency is of its class."""
    native = targets.latencies(rows, cell.data).get(cell.workload, -1)
    group = next((w.group for w in workloads if w.name == cell.workload), None)
    return group if group and group.holds(native) else None


def _heading(cell: Cell, title: str) -> str:
    plural = "connection" if cell.connections == 1 else "connections"
    return f"{cell.data}: {title}, {cell.asked}, {cell.connections} {plural}"


def _line(row: Row, block: Sequence[Row], group: Group | None) -> tuple[str, ...]:
    one = row.median
    native = next((other.median.rate for other in block if other.server == NATIVE), 0.0)
    least = targets.target(row.server, NATIVE, group, row.cell.asked) if group else None
    return (
        f"  {row.server}",
        f"{one.rate:,.1f}" if one.rate < 10 else f"{one.rate:,.0f}",
        f"{one.p50:.2f}",
        f"{one.p99:.2f}",
        f"{one.server_cpu:.3f}",
        ratio(one.rate, native),
        f"{least:g}" if least and native else "",
        _verdict(one.rate / native >= least) if least and native else "",
        f"{one.client_share:.0%}" + ("!" if one.client_share > BUSY else ""),
    )


def _verdict(met: bool | None) -> str:
    return "" if met is None else "met" if met else "MISSED"


def classes(rows: Sequence[Row], workloads: Sequence[Workload], data: str) -> str:
    """Write how long the native server takes for each workload, and whether the class is right."""
    native = targets.latencies(rows, data)
    lines: Lines = [(f"{data}: p50 of {NATIVE}", "ms", "class", "ms", "")]
    for workload in workloads:
        if (found := native.get(workload.name)) is not None:
            least, most = BOUNDS[workload.group]
            inside = "" if workload.group.holds(found) else "outside"
            bounds = f"{least:g} and more" if isinf(most) else f"{least:g} to {most:g}"
            lines.append((workload.title, f"{found:.2f}", workload.group, bounds, inside))
    return aligned(lines)


def ratios(verdicts: Sequence[Verdict]) -> str:
    """Write the ratios of classes, with what is aimed at."""
    head = ("connections", "median", "least", "", "target", "")
    lines: Lines = []
    for server, other in dict.fromkeys((v.server, v.other) for v in verdicts):
        lines.append((f"{server} to {other}", *head))
        lines += [_ratio_line(v) for v in verdicts if (v.server, v.other) == (server, other)]
        lines.append(())
    return aligned(lines)


def _ratio_line(verdict: Verdict) -> tuple[str, ...]:
    name, least = verdict.least
    form = "{}" if verdict.ratios else "({})"
    return (
        f"  {verdict.data}: {verdict.group}, {verdict.asked}",
        str(verdict.connections),
        form.format(shown(verdict.median)),
        form.format(shown(least)),
        name,
        "" if verdict.target is None else f"{verdict.target:g}",
        _verdict(verdict.met),
    )


def servers(held: Sequence[tuple[str, float, int]]) -> str:
    """Write for each server when it was ready (seconds), and what it holds after the load."""
    lines: Lines = [("after the load", "ready s", "memory MB")]
    lines += [(name, f"{ready:.2f}", f"{size / 1e6:.0f}") for name, ready, size in held]
    return aligned(lines)


def timings(measured: Sequence[Timing]) -> str:
    """Write what was measured by itself, in milliseconds."""
    lines: Lines = [("", "median ms", "least ms", "most ms", "times")]
    lines += [
        (
            timing.what,
            f"{timing.median * 1e3:,.1f}",
            f"{min(timing.seconds) * 1e3:,.1f}",
            f"{max(timing.seconds) * 1e3:,.1f}",
            str(len(timing.seconds)),
        )
        for timing in measured
    ]
    return aligned(lines)


def slowdowns(measured: Sequence[Slowdown]) -> str:
    """Write the p99 of light queries before and under attack."""
    head = ("deadline", "quiet ms", "attacked ms", "ratio", "target", "", "answers", "refused")
    lines: Lines = [("p99 while another client attacks", *head, "attacks")]
    lines += [
        (
            slowdown.workload,
            f"{slowdown.deadline} s" if slowdown.deadline else "as shipped",
            f"{slowdown.quiet:.2f}",
            f"{slowdown.attacked:.2f}",
            shown(slowdown.ratio),
            f"{targets.MOST_SLOWDOWN:g}",
            _verdict(slowdown.ratio <= targets.MOST_SLOWDOWN and not slowdown.refusals),
            str(slowdown.answers),
            str(slowdown.refusals),
            str(slowdown.attacks),
        )
        for slowdown in measured
    ]
    return aligned(lines)


def outcomes(tried: Sequence[Outcome]) -> str:
    """Write what came of each hostile query, and what it broke."""
    lines: Lines = [("hostile query", "answer", "s", "memory MB", "next answer", "broke")]
    lines += [
        (
            outcome.name,
            outcome.answer or "none",
            f"{outcome.seconds:.2f}",
            f"{outcome.memory / 1e6:.0f}",
            "right" if outcome.next_right else "WRONG",
            ", ".join(outcome.faults),
        )
        for outcome in tried
    ]
    broken = sum(bool(outcome.faults) for outcome in tried)
    seconds, most = hostile.DEADLINE + targets.OVERRUN, hostile.MEMORY + hostile.RESERVED
    bounds = f"{seconds:g} s and {most / 1e6:.0f} MB"
    return f"{aligned(lines)}\n{len(tried)} hostile queries, {broken} not bounded by {bounds}"


def leaks(counted: Sequence[Count]) -> str:
    """Write what the server's processes hold after each step, and what grew."""
    head = ("processes", "for queries", "threads", "descriptors", "RSS MB", "PSS MB", "more", "")
    lines: Lines = [("held after", *head)]
    for count in counted:
        held, refused = count.held, [f"{n} {name}" for name, n in sorted(count.refusals.items())]
        lines.append(
            (
                count.after,
                str(held.processes),
                str(held.evaluating),
                str(held.threads),
                str(held.descriptors),
                f"{held.resident / 1e6:.0f}",
                f"{held.shared_once / 1e6:.0f}",
                ", ".join(held.leaked(counted[0].held)) or "nothing",
                ", ".join(refused),
            )
        )
    return aligned(lines)


def aligned(lines: Sequence[tuple[str, ...]]) -> str:
    """Align columns: the first to the left, the others to the right."""
    widths = [max((len(c) for c in column), default=0) for column in _columns(lines)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=False))
        ).rstrip()
        for line in lines
    )


def _columns(lines: Sequence[tuple[str, ...]]) -> list[list[str]]:
    most = max((len(line) for line in lines), default=0)
    return [[line[at] for line in lines if at < len(line)] for at in range(most)]
