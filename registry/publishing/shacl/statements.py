"""SPARQL-based constraints on single statements, found by the distinct values of all at once.

Such a constraint has one triple pattern, and conditions that say nothing of the node:

    $this ?path ?value .
    FILTER(ISLITERAL(?value) && REGEX(STR(?value), "…"))
    FILTER NOT EXISTS { ?value a ?class }

Most statements share their values with others, and to read a value takes the engine longer than to
test it. So the conditions are tested on each distinct path and value, for all constraints of one
pattern in one query. That finds the statements, mostly none, whose nodes are then validated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

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
_CONDITION: Final = re.compile(r"FILTER\s*(?=\()")


class Statements(NamedTuple):
    """What a constraint says of single statements: a triple pattern and conditions on it."""

    prologue: str
    pattern: str
    variables: frozenset[str]
    """The variables of the pattern that conditions are about, without `?`."""

    condition: str
    """An expression that is true of the statements in question."""

    absent: str
    """A group that their values do not match, in braces; empty where there is none."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What is the same for constraints that one query can serve."""
        return self.prologue, self.pattern, self.absent


def statements(select: str) -> Statements | None:
    """Read the SELECT of a constraint; None where it is not on single statements.

    >>> statements('SELECT $this WHERE { $this a ?value . FILTER(ISBLANK(?value)) }').condition
    '(ISBLANK(?value))'
    """
    head = _HEAD.match(select)
    if not head:
        return None
    given = {head["path"][1:], head["value"]} if head["path"][0] in "?$" else {head["value"]}
    conditions, groups, used, at = [], [], set[str](), head.end()
    while select[at:].strip() != "}":
        if absent := _ABSENT.match(select, at):
            groups.append(absent[1])
            used.add(absent[2])
            at = absent.end()
            if absent[3] in given:
                return None
        elif (found := _CONDITION.match(select, at)) and (end := _end(select, found.end())):
            condition = select[found.end() : end]
            named = [word for word, _ in words(condition)]
            if any(word.upper() == "EXISTS" for word in named):
                return None
            conditions.append(condition)
            used |= {word[1:] for word in named if re.fullmatch(r"[?$]\w+", word)}
            at = end + len(select[end:]) - len(select[end:].lstrip())
        else:
            return None
    if not used or not used <= given or len(groups) > 1:
        return None
    condition = " && ".join(conditions) or "true"
    return Statements(
        head["prologue"], head["pattern"], frozenset(used), condition, "".join(groups)
    )


def _end(text: str, start: int) -> int:
    """Return the position behind the parenthesis that closes the one at the start; 0 if none."""
    depth = 0
    for word, end in words(text[start:]):
        depth += (word == "(") - (word == ")")
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
    variables = " ".join(sorted(f"?{name}" for name in {n for one in read for n in one.variables}))
    condition = " || ".join(f"COALESCE({one.condition}, false)" for one in read)
    prologue, pattern, absent = read[0].key
    # Grouping, unlike DISTINCT, keeps the engine from testing statements before they are grouped.
    distinct = f"{{ SELECT {variables} WHERE {{ {pattern} }} GROUP BY {variables} }}"
    # The engine joins MINUS by a table, and asks for NOT EXISTS once for each value.
    without = f" MINUS {absent}" if absent else ""
    query = f"{prologue}SELECT {variables} WHERE {{ {distinct} FILTER({condition}){without} }}"
    found = [f"({' '.join(map(str, row))})" for row in rows(store, query)]
    if not found:
        return set()
    values = f"VALUES ({variables}) {{ {' '.join(found)} }}"
    select = f"{prologue}SELECT DISTINCT $this WHERE {{ {values} {pattern} }}"
    return {row["this"] for row in rows(store, select)}
