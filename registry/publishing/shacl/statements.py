"""SPARQL-based constraints on single statements, found by the distinct values of all at once.

Such a constraint has one triple pattern, and conditions on path and value:

    $this ?path ?value .
    FILTER(ISLITERAL(?value) && REGEX(STR(?value), "…"))
    FILTER NOT EXISTS { ?value a ?class }

Most statements share their values with others, and to read a value takes the engine longer than to
test it. So the conditions are tested on each distinct path and value, for all constraints of one
pattern in one query. That finds the statements, mostly none, whose nodes are then validated; what
a constraint says beyond is tested only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pyoxigraph as ox

from registry.publishing.impact.restriction import words
from registry.publishing.shacl.constraints import Constraint, rows
from registry.publishing.shacl.report import Result

_MANY: Final = 2_000
"""Nodes from which a constraint is validated faster for all."""

_HEAD: Final = re.compile(
    r"(?P<prologue>.*?)\bSELECT\b[^{}]*\bWHERE\s*\{\s*"
    r"(?P<pattern>\$this\s+(?P<path>\S+)\s+\?(?P<value>\w+))\s*\.\s*",
    re.DOTALL,
)
_ABSENT: Final = re.compile(r"FILTER NOT EXISTS (\{ \?(\w+) [^\s?]+ \?(\w+) \})\s*")
_CONSTANT: Final = re.compile(r"(<[^<>\s]+> [^\s?]+ \?(\w+) \.)\s*")
_CONDITION: Final = re.compile(r"FILTER\s*(NOT EXISTS\s*|(?=\())")
_VARIABLE: Final = re.compile(r"[?$](\w+)")


@dataclass
class Statements:
    """What a constraint says of single statements: a triple pattern and conditions on it."""

    prologue: str
    pattern: str
    bound: set[str]
    """The variables of path and value, without `?`."""

    constants: dict[str, str] = field(default_factory=dict)
    """Patterns with a subject that is no variable, by their one variable."""

    conditions: list[str] = field(default_factory=list)
    """Expressions that are true of the statements in question."""

    absent: str = ""
    """A group that their values do not match, in braces; empty where there is none."""

    used: set[str] = field(default_factory=set)
    """Those variables of path and value that conditions name."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is the same for constraints that one query can serve."""
        return self.prologue, self.pattern, " ".join(self.constants.values()), self.absent

    def add(self, condition: str) -> None:
        """Note a condition; one on the node is left to the query of the constraint itself."""
        named = [word for word, _ in words(condition)]
        variables = {found[1] for word in named if (found := _VARIABLE.fullmatch(word))}
        if "EXISTS" not in named and variables <= self.bound | self.constants.keys():
            self.conditions.append(condition)
            self.used |= variables & self.bound


def statements(select: str) -> Statements | None:
    """Read the SELECT of a constraint; None where it is not on single statements.

    >>> statements('SELECT $this WHERE { $this a ?value . FILTER(ISBLANK(?value)) }').conditions
    ['(ISBLANK(?value))']
    """
    head = _HEAD.match(select)
    if not head:
        return None
    bound = {name[1:] for name in (head["path"], f"?{head['value']}") if name[0] in "?$"}
    read, at = Statements(head["prologue"], head["pattern"], bound), head.end()
    while select[at:].strip() != "}":
        if (found := _ABSENT.match(select, at)) and found[2] in bound and found[3] not in bound:
            read.absent = found[1]
            read.used.add(found[2])
            at = found.end()
        elif found := _CONSTANT.match(select, at):
            read.constants[found[2]] = found[1]
            at = found.end()
        elif (found := _CONDITION.match(select, at)) and (end := _end(select, found.end())):
            if not found[1]:
                read.add(select[found.end() : end])
            at = end + len(select[end:]) - len(select[end:].lstrip())
        else:
            return None
    return read if read.used else None


def _end(text: str, start: int) -> int:
    """Return the position behind the bracket that closes the one at the start; 0 if none."""
    depth = 0
    for word, end in words(text[start:]):
        depth += (word in "({") - (word in ")}")
        if not depth:
            return start + end
    return 0


def jobs(constraints: Iterable[Constraint]) -> list[list[Constraint]]:
    """Divide constraints into groups that are validated together, by `results`."""
    found: dict[Any, list[Constraint]] = {}
    for constraint in constraints:
        read = statements(constraint.select)
        found.setdefault(read.key if read else constraint, []).append(constraint)
    return list(found.values())


def results(store: ox.Store, job: list[Constraint]) -> Iterator[Result]:
    """Validate all focus nodes by the constraints of a job."""
    nodes = _suspects(store, [read for one in job if (read := statements(one.select))])
    for constraint in job:
        if nodes is None or len(nodes) > _MANY:
            yield from constraint.results(store)
        elif nodes:
            yield from constraint.results_of(store, nodes)


def _suspects(store: ox.Store, read: list[Statements]) -> set[Any] | None:
    """Return the nodes with statements that fulfil the conditions of a constraint; None = all."""
    if not read:
        return None
    prologue, pattern, constants, absent = read[0].key
    variables = " ".join(sorted({f"?{name}" for one in read for name in one.used}))
    conditions = (" && ".join(one.conditions) or "true" for one in read)
    # Grouping, unlike DISTINCT, keeps the engine from testing statements before they are grouped.
    distinct = f"{{ SELECT {variables} WHERE {{ {pattern} }} GROUP BY {variables} }}"
    either = " || ".join(f"COALESCE({condition}, false)" for condition in conditions)
    # The engine joins MINUS by a table, and asks for NOT EXISTS once for each value.
    without = f"MINUS {absent}" if absent else ""
    where = f"{distinct} {constants} FILTER({either}) {without}"
    found = list(rows(store, f"{prologue}SELECT {variables} WHERE {{ {where} }}"))
    if not found:
        return set()
    values = " ".join(f"({' '.join(map(str, row))})" for row in found)
    select = f"SELECT DISTINCT $this WHERE {{ VALUES ({variables}) {{ {values} }} {pattern} }}"
    return {row["this"] for row in rows(store, prologue + select)}
