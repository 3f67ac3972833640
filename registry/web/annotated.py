"""A report beside the lines of what was sent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from registry import formats, terms
from registry.formats import Format
from registry.graphs.locating import Statement, statements
from registry.publishing.shacl import Result

LONGEST: Final = 200_000
"""Characters of a text of which lines are shown."""

_WHOLE: Final = 300
"""Lines of a text that is shown whole; of a longer one, those about results."""

_AROUND: Final = 3
"""Lines that are shown before and after one with a result."""

_LINES: Final = (formats.TURTLE, formats.NTRIPLES, formats.TRIG, formats.NQUADS)


@dataclass(frozen=True)
class Line:
    """A line of what was sent, with what was found in it; `skipped` lines before are left out."""

    number: int
    text: str
    results: Sequence[Result]
    skipped: int = 0


@dataclass(frozen=True)
class Annotated:
    """What was sent, line by line, and the results that are of no line of it."""

    lines: Sequence[Line] = ()
    elsewhere: Sequence[Result] = ()
    numbers: Sequence[int] = field(default=())
    """The lines that have results."""


def annotated(text: str, form: Format, results: Sequence[Result]) -> Annotated:
    """Put results beside the lines that they are of."""
    if not text.strip() or len(text) > LONGEST:
        return Annotated((), results)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    place = _in_statements(text) if form in _LINES else _in_text(lines)
    beside: defaultdict[int, list[Result]] = defaultdict(list)
    elsewhere = []
    for result in results:
        if line := place(result):
            beside[line].append(result)
        else:
            elsewhere.append(result)
    return Annotated(tuple(_shown(lines, beside)), elsewhere, sorted(beside))


def _in_statements(text: str) -> Callable[[Result], int]:
    """Return the line of a result: of its value, of its property, or of its thing; 0 for none."""
    about: defaultdict[str, list[Statement]] = defaultdict(list)
    for one in statements(text):
        about[one.subject].append(one)

    def line(result: Result) -> int:
        stated = about.get(result.focus, [])
        named = [one for one in stated if one.predicate == result.path]
        exact = [one for one in named or stated if one.value == result.value]
        return next((one.line for one in (*exact, *named, *stated)), 0)

    return line


def _in_text(lines: Sequence[str]) -> Callable[[Result], int]:
    """Return the first line that names the thing of a result, in whatever format; 0 for none."""
    first: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        for name in _NAME.findall(line):
            first.setdefault(name.removeprefix(terms.ID), number)
    return lambda result: first.get(result.focus.removeprefix(terms.ID), 0)


_NAME: Final = re.compile(r"""[^\s"'<>]+""")
"""What may be an IRI in JSON or XML."""


def _shown(lines: Sequence[str], beside: dict[int, list[Result]]) -> Iterator[Line]:
    """Yield the lines that are shown."""
    shown, last = _chosen(len(lines), beside), 0
    for number in sorted(shown):
        yield Line(number, lines[number - 1], beside.get(number, ()), number - last - 1)
        last = number


def _chosen(count: int, beside: dict[int, list[Result]]) -> set[int]:
    if count <= _WHOLE:
        return set(range(1, count + 1))
    near = {line + step for line in beside for step in range(-_AROUND, _AROUND + 1)}
    return {line for line in near if 1 <= line <= count}
