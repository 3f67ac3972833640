"""Hints: what of a query costs most of its time, and how to write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from rdflib import RDF, URIRef, Variable
from rdflib.plugins.sparql.parserutils import CompValue

from registry.sparql.planner import scope
from registry.sparql.planner.probing import Probed, Step
from registry.sparql.planner.rewriting import exists_in
from registry.sparql.planner.syntax import block_of, children, parts_of, shown, triples_of

MANY: Final = 20_000
"""Rows of a step from which it is worth to write it otherwise."""

_TEXT: Final = frozenset(
    f"Builtin_{name}" for name in ("CONTAINS", "REGEX", "STRSTARTS", "STRENDS", "LCASE", "UCASE")
)
"""Functions that read each text, for which there is no index."""

_NAMES: Final = frozenset({"prefLabel", "altLabel", "hiddenLabel"})
"""Local names of the properties of names."""

_FEW: Final = 10
"""Rows of a step for each that DISTINCT leaves, from which they are many."""

_LONGEST: Final = 120
"""Characters of a pattern that are shown."""


WORDS: Final = tuple(
    f"hint_{name}"
    for name in ("cartesian", "text", "unanchored", "optional-first", "path", "exists", "distinct")
)
"""The phrases of the interface that say what to change."""


class Hint(NamedTuple):
    """A hint by its name, and the part of the query that it is about."""

    name: str
    pattern: str


def hints(probed: Probed, rows: Sequence[int], answered: int) -> list[dict[str, str]]:
    """List what could be written otherwise, given the rows of each step and of the answer."""
    many = [s.triple for s, n in zip(probed.steps, rows, strict=True) if s.triple and n >= MANY]
    read = frozenset(value for _, _, value in many if isinstance(value, Variable))
    found = dict.fromkeys(
        (
            *_of_steps(probed, rows),
            *_of_group(probed.tree.where, frozenset(), read),
            *_distinct(probed, rows, answered),
        )
    )
    return [hint._asdict() for hint in found]


def _of_steps(probed: Probed, rows: Sequence[int]) -> Iterator[Hint]:
    """Yield hints on steps with many rows."""
    for step, count in zip(probed.steps, rows, strict=True):
        if step.triple is None or count < MANY:
            continue
        subject, path, value = step.triple
        is_open = isinstance(subject, Variable) and isinstance(value, Variable)
        if is_open and _is_repeated(path):
            yield Hint("path", step.pattern)
        elif any(word.endswith("EXISTS") for word in step.inside):
            yield Hint("exists", step.pattern)
        elif is_open and not step.inside and _stands_alone(probed, step):
            yield Hint("unanchored", step.pattern)


def _is_repeated(path: Any) -> bool:
    """Whether a path has steps without number."""
    if isinstance(path, CompValue) and path.mod in {"*", "+"}:
        return True
    return any(map(_is_repeated, children(path)))


def _stands_alone(probed: Probed, step: Step) -> bool:
    """Whether no pattern of the same group has a constant but a class."""
    beside = [one.triple for one in probed.steps if one.group == step.group and one.triple]
    return not any(
        not isinstance(end, Variable)
        for subject, path, value in beside
        for end in ((subject,) if path == RDF.type else (subject, value))
    )


def _of_group(group: CompValue, around: scope.Variables, read: scope.Variables) -> Iterator[Hint]:
    """Yield hints on a group and those in it.

    `around` are the variables outside, `read` those of which many values are read.
    """
    if group.name == "SubSelect":
        yield from _of_group(group.where, around & scope.possible(group), read)
        return
    parts = parts_of(group)
    yield from _cartesian(parts, around)
    yield from _text(parts, read)
    bound = around
    for part in parts:
        others = around.union(*(scope.named(one) for one in parts if one is not part))
        if part.name == "OptionalGraphPattern" and _comes_early(part, bound, parts):
            yield Hint("optional-first", _first(part))
        bound |= scope.possible(part)
        for inner in _groups(part):
            yield from _of_group(inner, others, read)


def _groups(part: CompValue) -> Iterator[CompValue]:
    """Yield the groups in a part."""
    if part.name in {"Filter", "Bind"}:
        yield from (exists.graph for exists in exists_in(part.expr))
    elif isinstance(part.graph, CompValue):
        yield part.graph
    else:
        yield from part.graph or ()


def _comes_early(part: CompValue, bound: scope.Variables, parts: Sequence[CompValue]) -> bool:
    """Whether what joins an OPTIONAL with the rest of its group stands behind it alone."""
    names = scope.possible(part)
    behind = parts[parts.index(part) + 1 :]
    return not names & bound and any(
        one.name != "OptionalGraphPattern" and names & scope.possible(one) for one in behind
    )


def _first(part: CompValue) -> str:
    """Write the beginning of a part."""
    return _shortened(shown(part))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _cartesian(parts: Sequence[CompValue], around: scope.Variables) -> Iterator[Hint]:
    """Yield neighbours that nothing joins: each is a set of patterns that share variables."""
    triples = _triples(parts)
    joining = [around, *(scope.named_everywhere(p) for p in parts if p.name != "TriplesBlock")]
    joining += [scope.named(block_of([triple])) for triple in triples]
    sets: list[scope.Variables] = []
    for names in joining:
        apart = [one for one in sets if not one & names]
        sets = [*apart, names.union(*(one for one in sets if one & names))]
    starts = dict[int, str]()
    for triple in triples:
        names = scope.named(block_of([triple]))
        at = next((at for at, one in enumerate(sets) if names & one), None)
        if at is not None:
            starts.setdefault(at, " ".join(map(shown, triple)))
    for one, other in pairwise(starts.values()):
        yield Hint("cartesian", f"{one} × {other}")


def _triples(parts: Sequence[CompValue]) -> list[tuple[Any, Any, Any]]:
    return [triple for p in parts if p.name == "TriplesBlock" for triple in triples_of(p)]


def _text(parts: Sequence[CompValue], read: scope.Variables) -> Iterator[Hint]:
    """Yield filters that read the text of many names."""
    named = [value for _, path, value in _triples(parts) if _NAMES & set(_properties(path))]
    names = frozenset(one for one in named if isinstance(one, Variable)) & read
    for part in parts:
        if part.name == "Filter" and _holds_text(part.expr) and scope.named(part) & names:
            yield Hint("text", _shortened(shown(part)))


def _properties(path: Any) -> Iterator[str]:
    """Yield the local names of the properties in a path."""
    if isinstance(path, CompValue) and path.name == "pname":
        yield str(path.localname)
    elif isinstance(path, URIRef):
        yield re.split(r"[#/]", path)[-1]
    else:
        for one in children(path):
            yield from _properties(one)


def _holds_text(value: Any) -> bool:
    """Whether an expression reads texts."""
    if isinstance(value, CompValue) and value.name in _TEXT:
        return True
    return any(map(_holds_text, children(value)))


def _distinct(probed: Probed, rows: Sequence[int], answered: int) -> Iterator[Hint]:
    """Yield a hint where DISTINCT leaves few of many rows."""
    most = max(rows, default=0)
    if probed.tree.modifier == "DISTINCT" and most > MANY and most > _FEW * max(answered, 1):
        yield Hint("distinct", f"{most:,} → {answered:,}")
